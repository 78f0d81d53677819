"""The formulas of a gated cell's step, gate by gate, and of its way back."""

from collections.abc import Iterator

from rnnviz.engine import Architecture
from rnnviz.export.blocks import NAMES, Block, added, block
from rnnviz.notation.ids import derivative, state, symbol
from rnnviz.notation.quantity import BLOCKS
from rnnviz.scene.cells import gates_of, is_after

_SQUASH = {"c": ("TANH({0})", "1/COSH({0})^2")}
_SIGMOID = ("1/(1+EXP(-{0}))", "1/(2*COSH({0}/2))^2")


def made_at(architecture: Architecture, t: int) -> Iterator[Block]:
    """From the inputs of a step to all that it hands on; a gate is called ``gate_f_0``, for a sheet takes c for C."""
    before, after = state(t - 1), is_after(architecture)
    for gate in gates_of(architecture):
        W, U, b = (NAMES[f"{kind}{gate}"] for kind in "WUb")
        brought = f"MMULT({before},{U})"
        if gate == "c" and after:
            yield _row(architecture, f"Vc_{t}", f"{brought}+{NAMES['bd']}")
            brought = f"gate_r_{t}*Vc_{t}"
        elif gate == "c" and "r" in gates_of(architecture):
            yield _row(architecture, f"rH_{t}", f"gate_r_{t}*{before}")
            brought = f"MMULT(rH_{t},{U})"
        yield _row(architecture, f"A{gate}_{t}", f"MMULT(X_{t},{W})+{brought}+{b}")
        formula = _SQUASH.get(gate, _SIGMOID)[0].format(f"A{gate}_{t}")
        yield _row(architecture, f"{gate}_{t}", formula, f"gate_{gate}_{t}")
    if architecture.cell == "gru":
        yield _row(architecture, f"H_{t}", f"gate_z_{t}*{before}+(1-gate_z_{t})*gate_c_{t}")
        return
    yield _row(architecture, f"C_{t}", f"gate_f_{t}*{state(t - 1, 'C')}+gate_i_{t}*gate_c_{t}")
    yield _row(architecture, f"tanhC_{t}", f"TANH(C_{t})")
    yield _row(architecture, f"H_{t}", f"gate_o_{t}*tanhC_{t}")


def slopes_at(architecture: Architecture, k: int) -> Iterator[Block]:
    """The slope of each gate, and of an LSTM's tanh C."""
    of = {gate: (f"A{gate}_{k}", _SQUASH.get(gate, _SIGMOID)[1]) for gate in gates_of(architecture)}
    of |= {"tanhC": (f"C_{k}", _SQUASH["c"][1])} if architecture.cell == "lstm" else {}
    for name, (argument, formula) in of.items():
        made = symbol(f"{name}_{k}")
        yield Block(
            f"slope_{name}_{k}", f"{made.text}′", made.role, (1, architecture.n_hidden), formula.format(argument)
        )


def way_back(architecture: Architecture, t: int, first: str) -> Iterator[Block]:
    """∂L_t by what every step k ≤ t hands on, and by its pre-activations; ``first`` is the formula of ∂L_t/∂H_t."""
    for k in range(t, -1, -1):
        formula = first if k == t else added(_handed(architecture, t, k + 1))
        yield _row(architecture, derivative(f"L_{t}", f"H_{k}"), formula)
        if architecture.cell == "lstm":
            later = f"+dL_{t}_dC_{k + 1}*gate_f_{k + 1}" if k < t else ""
            formula = f"dL_{t}_dH_{k}*gate_o_{k}*slope_tanhC_{k}{later}"
            yield _row(architecture, derivative(f"L_{t}", f"C_{k}"), formula)
        for kind, formula in _by_gate(architecture, t, k).items():
            yield _row(architecture, derivative(f"L_{t}", f"{kind}_{k}"), formula)


def _by_gate(architecture: Architecture, t: int, k: int) -> dict[str, str]:
    """∂L_t by each gate's pre-activation, in the order in which one needs the other."""
    dH, dC, before = f"dL_{t}_dH_{k}", f"dL_{t}_dC_{k}", state(k - 1)
    if architecture.cell == "lstm":
        factors = {
            "i": f"{dC}*gate_c_{k}", "f": f"{dC}*{state(k - 1, 'C')}", "o": f"{dH}*tanhC_{k}", "c": f"{dC}*gate_i_{k}",
        }  # fmt: skip
        return {f"A{gate}": f"{formula}*slope_{gate}_{k}" for gate, formula in factors.items()}
    dA = f"dL_{t}_dAc_{k}"
    found = {"Ac": f"{dH}*(1-gate_z_{k})*slope_c_{k}", "Az": f"{dH}*({before}-gate_c_{k})*slope_z_{k}"}
    if is_after(architecture):
        return found | {"Ar": f"{dA}*Vc_{k}*slope_r_{k}", "Vc": f"{dA}*gate_r_{k}"}
    return found | {"rH": f"MMULT({dA},TRANSPOSE({NAMES['Uc']}))", "Ar": f"dL_{t}_drH_{k}*{before}*slope_r_{k}"}


def _handed(architecture: Architecture, t: int, k: int) -> Iterator[str]:
    """The parts of ∂L_t/∂H_{k-1}: through each gate, and in a GRU straight."""
    for gate in gates_of(architecture):
        kind = "Vc" if gate == "c" and is_after(architecture) else f"A{gate}"
        if gate == "c" and architecture.cell == "gru" and kind != "Vc":
            yield f"dL_{t}_drH_{k}*gate_r_{k}"
        else:
            yield f"MMULT(dL_{t}_d{kind}_{k},TRANSPOSE({NAMES[f'U{gate}']}))"
    if architecture.cell == "gru":
        yield f"dL_{t}_dH_{k}*gate_z_{k}"


def factors_of(architecture: Architecture, name: str, k: int | str) -> tuple[str, str]:
    """What enters a block at step k, "" of a bias, and what its product is added to."""
    whole, gate = BLOCKS[name]
    candidate = gate in ("c", "d") and architecture.cell == "gru"
    under = candidate and is_after(architecture) and (gate == "d" or whole == "Wh1")
    before = state(k - 1) if isinstance(k, int) else "H_(k−1)"
    entering = {"W1": f"X_{k}", "Wh1": f"rH_{k}" if candidate and not is_after(architecture) else f"{before}"}
    return entering.get(whole, ""), f"Vc_{k}" if under else f"A{gate}_{k}"


def _row(architecture: Architecture, quantity: str, formula: str, name: str = "") -> Block:
    made = block(quantity, (1, architecture.n_hidden), formula)
    return made._replace(name=name or made.name)
