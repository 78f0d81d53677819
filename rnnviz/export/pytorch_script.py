"""An experiment as a script that needs PyTorch only: autograd finds every number again."""

from functools import partial

import numpy as np

from rnnviz.experiment.core import Experiment, norms_of_terms
from rnnviz.export.contents import Contents, check_fits, contents, script, seconds_of
from rnnviz.export.numpy_script import EQUATIONS, training_end
from rnnviz.export.program import line_of, part
from rnnviz.export.rounding import TINY, autograd_tolerances

_part = partial(part, "pytorch_script")
ARRAY = "torch.tensor({}, dtype=torch.float64)"
MOST_NORMS = 3000  # of terms, stored for each parameter; of a longer network those of some loss steps
LARGEST_TOLERANCE = 1e-5
NO_DIGITS = (
    "Its units or outputs are so saturated that autograd loses the digits of single terms; "
    "only sums of terms are compared."
)


def pytorch_script(experiment: Experiment) -> str:
    """Return a Python script that computes an experiment again by autograd and checks every number of it.

    It needs PyTorch and nothing else, and works in float64. It asserts losses and gradient, ∂L_t/∂θ of every
    loss step, every chain-rule term (t, k) through untied copies of the parameters, and training by
    ``torch.optim``; a fingerprint covers what no result depends on. ValueError if losses or gradient are not
    finite at the start values.
    """
    check_fits(experiment)
    holds = _contents(experiment)
    training = _part(
        "training",
        clipping="".join(line_of(_part(name)) for name in holds.clipping),
        optimiser=_part(f"optimiser {holds.experiment.config.optimiser}"),
        network="truncated" if holds.truncated else "tied",
    )
    steps = {
        "Start values, data, settings": holds.numbers_as(ARRAY, _part),
        "What rnnviz computed": holds.expected_as(ARRAY, _part),
        "Forward, loss, gradient": _network(holds),
        "Every chain-rule term, by untied copies of the parameters": _terms(holds),
        "Update: training": f"{training}\n{training_end(holds)}",
    }
    first = "One experiment of rnnviz, computed again by PyTorch's autograd and checked number by number."
    if holds.form in _MODULES:
        steps |= {"The same network as a module of PyTorch": _module(holds)}
    equations = EQUATIONS[holds.form] if holds.form != "plain" else _EQUATIONS
    return script(first, equations, holds, [] if "term_tolerance" in holds.settings else [NO_DIGITS], steps)


_EQUATIONS = "H_t = f1(X_t W1 + H_{t-1} Wh1 + b1)    Ŷ_t = f2(H_t W2 + b2)"
_MODULES = {"lstm": ("LSTM", (0, 1, 3, 2)), "gru after": ("GRU", (0, 1, 2))}
"""The modules that are the same cell, and where their blocks stand here."""


def _module(holds: Contents) -> str:
    (name, places), blocks = _MODULES[holds.form], holds.experiment.architecture.layer.blocks
    ours, theirs = (", ".join(each) for each in (blocks, [blocks[place] for place in places]))
    return _part(
        "module",
        name=name,
        count=str(len(places)),
        places=str(places),
        ours=ours,
        theirs=theirs,
        biases=_part(f"biases {name}"),
        end=_part(f"end {name}"),
        initial="(H_init[None], C_init[None])" if name == "LSTM" else "H_init[None]",
        target=_target(holds),
    )


def _target(holds: Contents) -> str:
    step = "" if holds.experiment.architecture.is_sequence_to_vector else "[t]"
    return f"Y{step}, mask{step}" if holds.padded else f"Y{step}"


def _contents(experiment: Experiment) -> Contents:
    config, norms = experiment.config, norms_of_terms(experiment)
    tolerance, tolerances = autograd_tolerances(experiment, norms)
    settings, expected = {"tolerance": tolerance}, dict[str, np.ndarray]()
    steps = len(experiment.trace.A)  # norms are stored of all loss steps, or of some with the last
    first = experiment.architecture.first_loss_step(steps)
    rows = np.linspace(steps - 1, first, min(steps - first, max(1, MOST_NORMS // steps)))
    rows = np.unique(rows.round().astype(int))
    rows = rows[tolerances[rows] <= LARGEST_TOLERANCE]
    if len(rows):
        settings |= {"term_tolerance": tolerances[rows].max(), "smallest": TINY}
        expected |= {"expected_rows": rows}
        expected |= {f"expected_norms_{name}": norms[name][rows] for name in ("W1", "Wh1", "b1")}
    if config.clip_norm is not None:
        settings |= {"added": 1e-6, "tiny": 1e-300}
    again = config.truncation if config.truncation and config.truncation_kind == "window" else 1
    seconds = min(again, config.steps) * seconds_of(experiment, 4e-5)
    return contents(experiment, "pytorch", seconds, settings, expected)


def _network(holds: Contents) -> str:
    architecture = holds.experiment.architecture
    output, loss, plain = architecture.output_activation, architecture.loss, holds.form == "plain"
    f1 = {"f1": _part(f"f1 {architecture.hidden_activation}")} if plain else {}
    column = "mask_t[:, None]" if holds.padded else ""
    masked = {"masked": f"{column} * ", "weight": f", {column}"} if column else dict.fromkeys(("masked", "weight"), "")
    return _part(
        "network",
        step=_part(f"step {holds.form}", **f1),
        losses=_part("losses plain" if plain else "losses gated", target=_target(holds)),
        f2=_part(f"f2 {output}") + "\n\n\n" if loss == "squared_error" else "",
        words=_part(f"words {output} {loss}"),
        loss=_part(f"loss {loss}", **masked),
        taken=", mask_t" if column else "",
        first="T - 1" if architecture.is_sequence_to_vector else "0",
    )


def _terms(holds: Contents) -> str:
    start, norms, end = "", "", _part("no norms")
    if "term_tolerance" in holds.settings:
        start, norms, end = line_of(_part("norms start")), line_of(_part("norms")), _part("norms end")
    kind, kept, summed = holds.experiment.config.truncation_kind, "", ""
    if holds.truncated:
        rule = part("numpy_script", f"rule {kind}")
        kept, summed = line_of(_part("kept")), line_of(_part("kept sum", rule=rule))
    terms = _part("terms", kept=kept, kept_sum=summed, norms_start=start, norms=norms, norms_end=end)
    cut = f"truncated {kind}" if holds.form == "plain" else f"truncated gated {kind}"
    truncated = [_part(cut, target=_target(holds)), _part("end truncated")]
    return "\n\n\n".join([terms, *truncated] if holds.truncated else [terms])
