"""One training step as sheets of named matrices: numbers that may be changed, and formulas of all that follows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rnnviz.engine import Architecture
from rnnviz.engine.training import ADAM, MOMENTUM
from rnnviz.experiment.core import Experiment
from rnnviz.export.blocks import NAMES, TEXTS, Block, Sheet, added, block, name_of, scalar
from rnnviz.export.command import made_with
from rnnviz.export.contents import OPTIMISERS, heading
from rnnviz.export.gated_sheets import factors_of, made_at, slopes_at, way_back
from rnnviz.notation.ids import (
    Quantity,
    chain_factor,
    derivative,
    gradient,
    is_hidden,
    output_factor,
    readout_factor,
    state,
    symbol,
    truncated_symbol,
)
from rnnviz.notation.quantity import BLOCKS
from rnnviz.notation.rules import clips, truncates
from rnnviz.scene.cells import blocks_of
from rnnviz.settings.config import RunConfig
from rnnviz.settings.fields import cell_form

MOST_STEPS, MOST_HIDDEN = 6, 4
STEEPEST = 100.0
"""A sheet's EXP and COSH keep their digits up to here, and so does all that is divided by them."""
_HIDDEN = {  # f and f′; 1 − H² and H (1 − H) would lose their digits where a unit saturates
    "tanh": ("TANH({0})", "1/COSH({0})^2"),
    "sigmoid": ("1/(1+EXP(-{0}))", "1/(2*COSH({0}/2))^2"),
    "relu": ("IF({0}>0,{0},0)", "IF({0}>0,1,0)"),
    "identity": ("{0}", "0*{0}+1"),
}
_SOFTMAX = (
    "EXP({Z})/SUM(EXP({Z}))",
    "MMULT(EXP({Z}),1-identity)/SUM(EXP({Z}))",  # what is left of 1: the sum of the others
    "identity*{Y_hat}*{left}-(1-identity)*MMULT(TRANSPOSE({Y_hat}),{Y_hat})",
)
_LOSSES = {  # L and ∂L/∂Ŷ
    "categorical_cross_entropy": ("-SUM({Y}*LN({Y_hat}))", "-{Y}/{Y_hat}"),
    "binary_cross_entropy": ("-SUM({Y}*LN({Y_hat})+(1-{Y})*LN({left}))", "(1-{Y})/{left}-{Y}/{Y_hat}"),
    "squared_error": ("SUM(({Y_hat}-{Y})^2)/2", "{Y_hat}-{Y}"),
}


def sheets(experiment: Experiment) -> tuple[Sheet, ...]:
    """Return one training step of a small network as sheets.

    Raises
    ------
    ValueError
        Of a network with more than 6 steps, 4 hidden units or one sample, and of pre-activations
        beyond 100 where an exponential of them is taken.
    """
    if reason := misfit(experiment):
        raise ValueError(reason)
    step = _Step(experiment)
    terms = (_terms(step, name) for name in step.parameters)
    return (
        _start(step), _inputs(step), _weights(step), _forward(step), _losses(step), _factors(step),
        *terms, _sums(step), _update(step),
    )  # fmt: skip


def misfit(experiment: Experiment) -> str:
    """Return what of an experiment no spreadsheet holds, and what was expected; "" if it fits."""
    if experiment.task.mask is not None:
        return "a spreadsheet holds a loss at every step: got padding, expected none"
    config, limits = experiment.config, {"steps": MOST_STEPS, "hidden": MOST_HIDDEN, "batch": 1}
    large = {name: most for name, most in limits.items() if getattr(config, name) > most}
    if large:
        came = ", ".join(f"{name} {getattr(config, name)}" for name in large)
        expected = ", ".join(f"{name} {'' if most == 1 else 'up to '}{most}" for name, most in large.items())
        return f"a spreadsheet holds a small network and one sample: got {came}, expected {expected}"
    architecture, trace = experiment.architecture, experiment.trace
    hidden = architecture.hidden_activation if architecture.cell == "plain" else "tanh"
    curved = {"A": (hidden, trace.A), "Z": (architecture.output_activation, trace.Z)}
    for name, (activation, values) in curved.items():
        if activation in ("tanh", "sigmoid", "softmax") and abs(values).max() > STEEPEST:
            size = f"{abs(values).max():.4g}"
            return (
                f"{name}: got {activation} of a number of size {size}, expected at most {STEEPEST:g} in a spreadsheet"
            )
    return ""


@dataclass(frozen=True, eq=False)
class _Step:
    """An experiment, and how its quantities are named and made in sheets."""

    experiment: Experiment

    @cached_property
    def steps(self) -> range:
        return range(len(self.experiment.trace.X))

    @cached_property
    def losses(self) -> list[int]:
        return [self.steps[-1]] if self.architecture.is_sequence_to_vector else [*self.steps]

    @cached_property
    def n(self) -> tuple[int, int, int]:
        """n0, n1 and n2."""
        one = self.architecture
        return one.n_inputs, one.n_hidden, one.n_outputs

    @cached_property
    def architecture(self) -> Architecture:
        return self.experiment.architecture

    @cached_property
    def is_gated(self) -> bool:
        return self.architecture.cell != "plain"

    @cached_property
    def parameters(self) -> dict[str, np.ndarray]:
        """What is learned, each as a matrix, by name: of a gated cell block by block."""
        found: dict[str, np.ndarray] = {}
        for name, value in self.experiment.parameters._asdict().items():
            parts = blocks_of(self.architecture, name) or (name,)
            cut = np.split(np.atleast_2d(value), len(parts), axis=1)
            found |= dict(zip(parts, cut, strict=True))
        return found

    @cached_property
    def cut(self) -> bool:
        return truncates(self.experiment.config)

    @cached_property
    def is_softmax(self) -> bool:
        return self.architecture.output_activation == "softmax"

    @property
    def needs_left(self) -> bool:
        """Whether 1 − Ŷ is a block of its own."""
        return self.is_softmax or self.architecture.loss == "binary_cross_entropy"

    def shape(self, parameter: str) -> tuple[int, int]:
        """A bias stands as a row."""
        rows, columns = self.parameters[parameter].shape
        return rows, columns

    def filled(self, formula: str, t: int) -> str:
        """A formula of quantities at step ``t``."""
        return formula.format(**{name: f"{name}_{t}" for name in ("Y", "Y_hat", "Z", "left")})

    def sheet(self, name: str, bands: Sequence[Sequence[Block]], of: str = "", **words: object) -> Sheet:
        """Return a sheet with its title and words from ``content``, those of a parameter with its name."""
        form = cell_form(self.architecture.cell, self.architecture.reset)
        head = TEXTS.heads.get(f"{name} {form}", TEXTS.heads[name])
        full = f"{name} {of}" if of else name
        lines = tuple(line.format(**words) for line in head.words)
        return Sheet(full, head.title.format(**words), lines, tuple(tuple(band) for band in bands if band))


def _start(step: _Step) -> Sheet:
    experiment, config = step.experiment, step.experiment.config
    chosen: dict[str, float] = {"learning_rate": config.learning_rate}
    chosen |= {"momentum": MOMENTUM} if config.optimiser == "momentum" else {}
    chosen |= dict(zip(("decay_1", "decay_2", "epsilon"), ADAM, strict=True)) if config.optimiser == "adam" else {}
    limits = {name: getattr(config, name) for name in ("clip_norm", "clip_value")}
    chosen |= {name: limit for name, limit in limits.items() if limit is not None}
    chosen |= {"tau": config.truncation} if step.cut and config.truncation else {}
    settings = [[scalar(name, value, True)] for name, value in chosen.items()]
    change = [scalar("loss_now", "L_all"), scalar("loss_exported", experiment.backward.loss)]
    results = [[each] for each in (*change, scalar("loss_change", "loss_now-loss_exported"))]
    title, sentence = heading(experiment)
    return step.sheet("Start", [*settings, *results], title=title, sentence=sentence, made=made_with("xlsx", config))


def _inputs(step: _Step) -> Sheet:
    (n0, n1, n2), task = step.n, step.experiment.task
    Y = task.Y if task.Y.ndim == 3 else {step.losses[0]: task.Y}
    bands = [
        [block(f"X_{t}", (1, n0), task.X[t]), *([block(f"Y_{t}", (1, n2), Y[t])] if t in step.losses else [])]
        for t in step.steps
    ]
    fixed = Block("identity", "I", "ink", (n2, n2), np.eye(n2))
    trace = step.experiment.trace
    starts = {"H_init": trace.H_init} | ({} if trace.C_init is None else {"C_init": trace.C_init})
    return step.sheet("Inputs", [*bands, [block(name, (1, n1), value) for name, value in starts.items()], [fixed]])


def _weights(step: _Step) -> Sheet:
    return step.sheet("Weights", [[block(name, step.shape(name), value)] for name, value in step.parameters.items()])


def _forward(step: _Step) -> Sheet:
    one = step.architecture
    bands = [[*_states(step, t), *(_outputs(step, t) if t in step.losses else [])] for t in step.steps]
    return step.sheet("Forward", bands, hidden=one.hidden_activation, output=one.output_activation)


def _states(step: _Step, t: int) -> Iterator[Block]:
    if step.is_gated:
        yield from made_at(step.architecture, t)
        return
    shape, activation = (1, step.n[1]), step.architecture.hidden_activation
    yield block(f"A_{t}", shape, f"MMULT(X_{t},W_1)+MMULT({state(t - 1)},W_h1)+b_1")
    yield block(f"H_{t}", shape, _HIDDEN[activation][0].format(f"A_{t}"))


def _outputs(step: _Step, t: int) -> Iterator[Block]:
    shape, activation = (1, step.n[2]), step.architecture.output_activation
    yield block(f"Z_{t}", shape, f"MMULT(H_{t},W_2)+b_2")
    formula = _SOFTMAX[0] if step.is_softmax else _HIDDEN[activation][0].format("{Z}")
    yield block(f"Y_hat_{t}", shape, step.filled(formula, t))
    if step.needs_left:
        one, formula = symbol(f"Y_hat_{t}"), _SOFTMAX[1] if step.is_softmax else "1/(1+EXP({Z}))"
        yield Block(f"left_{t}", f"1 − {one.text}", one.role, shape, step.filled(formula, t))


def _losses(step: _Step) -> Sheet:
    formula = _LOSSES[step.architecture.loss][0]
    bands = [[block(f"L_{t}", (1, 1), step.filled(formula, t))] for t in step.losses]
    whole = block("L", (1, 1), added(f"L_{t}" for t in step.losses))._replace(name="L_all")
    return step.sheet("Losses", [*bands, [whole]], loss=TEXTS.losses[step.architecture.loss])


def _factors(step: _Step) -> Sheet:
    bands: list[list[Block]] = [[*_output_factors(step, t)] for t in step.losses]
    bands += [[*_state_factors(step, k)] for k in step.steps]
    bands += [[*_way_back(step, t)] for t in step.losses]
    return step.sheet("Factors", bands)


def _output_factors(step: _Step, t: int) -> Iterator[Block]:
    _, n1, n2 = step.n
    one = step.architecture
    slope = _SOFTMAX[2] if step.is_softmax else f"identity*({_HIDDEN[one.output_activation][1].format('{Z}')})"
    yield block(output_factor(t), (1, n2), step.filled(_LOSSES[one.loss][1], t))
    inner, logits = derivative(f"Y_hat_{t}", f"Z_{t}"), derivative(f"L_{t}", f"Z_{t}")
    yield block(inner, (n2, n2), step.filled(slope, t))
    yield block(readout_factor(t), (n2, n1), f"MMULT({name_of(inner)},TRANSPOSE(W_2))")
    yield block(logits, (1, n2), f"MMULT({name_of(output_factor(t))},{name_of(inner)})")


def _state_factors(step: _Step, k: int) -> Iterator[Block]:
    if step.is_gated:
        yield from slopes_at(step.architecture, k)
        return
    n1 = step.n[1]
    slope = _HIDDEN[step.architecture.hidden_activation][1]
    one = symbol(f"f1'_{k}")
    yield Block(f"slope_{k}", one.text, one.role, (1, n1), slope.format(f"A_{k}"))
    if k > 0:
        yield block(chain_factor(k), (n1, n1), f"TRANSPOSE(slope_{k})*TRANSPOSE(W_h1)")


def _way_back(step: _Step, t: int) -> Iterator[Block]:
    """∂L_t/∂H_k and ∂L_t/∂A_k, from k = t down to 0."""
    shape = (1, step.n[1])
    if step.is_gated:
        first = "MMULT({},{})".format(*map(name_of, (output_factor(t), readout_factor(t))))
        yield from way_back(step.architecture, t, first)
        return
    for k in range(t, -1, -1):
        H, A = derivative(f"L_{t}", f"H_{k}"), derivative(f"L_{t}", f"A_{k}")
        pair = (output_factor(t), readout_factor(t)) if k == t else (f"dL_{t}/dH_{k + 1}", chain_factor(k + 1))
        yield block(H, shape, "MMULT({},{})".format(*map(name_of, pair)))
        yield block(A, shape, f"{name_of(H)}*slope_{k}")


def _terms(step: _Step, name: str) -> Sheet:
    hidden = is_hidden(name)
    bands = [[_term(step, name, t, k) for k in (range(t + 1) if hidden else (t,))] for t in step.losses]
    entering, by = _factors_of(step, name, "k")
    words = {"entering": f"{entering}ᵀ" if entering else "1", "adjoint": f"∂L_t/∂{by if hidden else 'Z_t'}"}
    words["places"] = TEXTS.places["hidden" if hidden else "output"]
    return step.sheet("Terms", bands, NAMES[name], parameter=symbol(name).text, **words)


def _factors_of(step: _Step, name: str, k: int | str) -> tuple[str, str]:
    """What enters a parameter at step k, "" of a bias, and what its product is added to."""
    if name in BLOCKS:
        return factors_of(step.architecture, name, k)
    before = state(k - 1) if isinstance(k, int) else "H_(k−1)"
    entering = {"W1": f"X_{k}", "Wh1": f"{before}", "W2": f"H_{k}"}.get(name, "")
    return entering, f"A_{k}" if is_hidden(name) else f"Z_{k}"


def _term(step: _Step, name: str, t: int, k: int) -> Block:
    entering, by = _factors_of(step, name, k)
    adjoint = f"dL_{t}_d{by}"
    formula = f"MMULT(TRANSPOSE({entering}),{adjoint})" if entering else adjoint
    one = symbol(Quantity("term", t, k))
    return Block(_term_name(name, t, k), one.text, one.role, step.shape(name), formula)


def _term_name(name: str, t: int, k: int) -> str:
    return f"term_{t}_{k}_{NAMES[name]}"


def _sums(step: _Step) -> Sheet:
    config = step.experiment.config
    kept = [[_kept(config, t, k) for k in range(t + 1)] for t in step.losses] if step.cut else []
    bands = [band for name in step.parameters for band in _sums_of(step, name)]
    found = step.sheet("Sums", [*kept, *bands])
    said = (TEXTS.kept[config.truncation_kind],) if step.cut else ()
    return found._replace(words=found.words + said)


def _kept(config: RunConfig, t: int, k: int) -> Block:
    together = {"window": f"{t}-{k}<tau", "chunk": f"INT({t}/tau)=INT({k}/tau)"}[config.truncation_kind]
    return Block(f"kept_{t}_{k}", f"kept({t}, {k})", "ink", (1, 1), f"IF({together},1,0)")


def _sums_of(step: _Step, name: str) -> Iterator[list[Block]]:
    """The rows, the columns and the whole of one parameter's terms."""
    hidden, shape = is_hidden(name), step.shape(name)
    cut = step.cut and hidden
    places = [(t, k) for t in step.losses for k in (range(t + 1) if hidden else (t,))]
    parts = {(t, k): f"{f'kept_{t}_{k}*' if cut else ''}{_term_name(name, t, k)}" for t, k in places}

    def summed(quantity: Quantity, formula: str, t: int | None) -> Block:
        return block(quantity, shape, formula, truncated_symbol(name, t) if cut else None)

    rows = {t: added(part for place, part in parts.items() if place[0] == t) for t in step.losses}
    yield [summed(gradient(name, t), formula, t) for t, formula in rows.items()]
    if hidden:
        yield [_column(step, name, k, parts) for k in step.steps]
    yield [summed(gradient(name), added(name_of(gradient(name, t)) for t in step.losses), None)]


def _column(step: _Step, name: str, k: int, parts: Mapping[tuple[int, int], str]) -> Block:
    one = symbol(Quantity("column", k=k))
    formula = added(part for place, part in parts.items() if place[1] == k)
    return Block(f"column_{k}_{NAMES[name]}", one.text, one.role, step.shape(name), formula)


def _update(step: _Step) -> Sheet:
    config = step.experiment.config
    squares = added(f"SUMSQ({name_of(gradient(name))})" for name in step.parameters)
    shorter = scalar("shorter", "IF(norm>clip_norm,clip_norm/norm,1)")
    scalars = [] if config.clip_norm is None else [scalar("norm", f"SQRT({squares})"), shorter]
    clipping = " from the clipped gradient" if clips(config) else ""
    bands = [[*_updated(step, name)] for name in step.parameters]
    return step.sheet("Update", [scalars, *bands], optimiser=OPTIMISERS[config.optimiser], clipping=clipping)


def _updated(step: _Step, name: str) -> Iterator[Block]:
    """From a gradient to the new values of one parameter."""
    config, given, plain = step.experiment.config, name_of(gradient(name)), NAMES[name]
    made = dict[str, str]()
    if clips(config):
        shorter = given if config.clip_norm is None else f"{given}*shorter"
        limited = f"IF(ABS({shorter})>clip_value,SIGN({shorter})*clip_value,{shorter})"
        made["clipped"] = shorter if config.clip_value is None else limited
        given = f"{plain}_clipped"
    if config.optimiser == "momentum":  # at the first update there is no velocity and no moment yet
        made["velocity"], given = f"momentum*0+{given}", f"{plain}_velocity"
    if config.optimiser == "adam":
        made["first"] = f"(decay_1*0+(1-decay_1)*{given})/(1-decay_1^1)"
        made["second"] = f"(decay_2*0+(1-decay_2)*{given}^2)/(1-decay_2^1)"
        given = f"{plain}_first/(SQRT({plain}_second)+epsilon)"
    made |= {"step": f"-learning_rate*{given}", "new": f"{plain}+{plain}_step"}
    for kind, formula in made.items():
        yield block(Quantity(kind, parameter=name), step.shape(name), formula)
