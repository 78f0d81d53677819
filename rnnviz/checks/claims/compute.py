"""Checks of the reader's own network, computed where they are shown: each number beside another way to it."""

import math

import numpy as np

from rnnviz.checks.claims import plain_steps
from rnnviz.engine import TRUNCATIONS, backward
from rnnviz.engine.progress import tracked
from rnnviz.experiment.check import Check, relative
from rnnviz.experiment.core import Experiment, decomposition, decomposition_bytes, run, targets
from rnnviz.experiment.flow import KEEPING, drawn_steps, gates, jacobian_norms, jacobians_of_steps, spectrum
from rnnviz.notation.counts import capital, counted, the
from rnnviz.settings.config import RunConfig

_BUDGET = 20_000
"""Multiplications that are made one by one in Python."""
_MOST_TERMS = 8 * 2**20
"""Bytes of terms up to which they are all added up here."""
_LAST_BITS = 1e-12


@np.errstate(all="ignore")
def live_checks(experiment: Experiment) -> list[Check]:
    """Compare states, losses, terms, truncation, Jacobians and the link with other ways to them.

    What an experiment is too large for is left out, or looked at in part, and `what` says how much.
    """
    found = (compared(experiment) for compared in tracked(_CHECKS))
    return [check for check in found if check is not None]


def _states(experiment: Experiment) -> Check:
    """The states of the first sample, unit by unit in plain Python."""
    T, step = experiment.config.steps, plain_steps.step_of(experiment)
    steps = min(T, max(1, _BUDGET // sum(part.size for part in experiment.parameters[:3])))
    before, memory, worst = experiment.H_init[0], experiment.C_init, 0.0
    memory = before if memory is None else memory[0]
    for t in range(steps):
        found = step(experiment.trace.X[t, 0].tolist(), before.tolist(), memory.tolist())
        before = experiment.trace.H[t, 0]
        memory = before if experiment.trace.C is None else experiment.trace.C[t, 0]
        worst = max(worst, relative(before, found))
    looked_at = f"the first {steps} of {T} steps" if steps < T else "all steps" if T > 1 else "the only step"
    what = f"The hidden states of the first sample, each unit in plain Python from the state before, for {looked_at}."
    return Check("Hidden states", what, worst, _LAST_BITS)


def _losses(experiment: Experiment) -> Check:
    """The total loss by its formula, from the predictions, in the longest floats that there are."""
    Y = targets(experiment.task).astype(np.longdouble)
    p, left = _outputs(experiment.architecture.output_activation, experiment.trace.Z.astype(np.longdouble))
    name = experiment.architecture.loss
    if name == "categorical_cross_entropy":
        each = -_times_log(Y, p)
    elif name == "binary_cross_entropy":
        each = -_times_log(Y, p) - _times_log(1 - Y, left)
    else:
        each = (p - Y) ** 2 / 2
    each = each if experiment.task.mask is None else np.where(experiment.task.mask[..., None], each, 0)
    total = each.sum(axis=2).mean(axis=1).sum()
    what = "The total loss by the formula of the textbook, in longer floats, from the outputs Z of all samples."
    return Check("Total loss", what, relative(experiment.backward.loss, total), _LAST_BITS)


def _times_log(y: np.ndarray, p: np.ndarray) -> np.ndarray:
    return np.where(y > 0, y * np.log(np.where(y > 0, p, 1)), 0)


def _outputs(name: str, Z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The predictions and what is left of them to 1."""
    if name == "softmax":
        e = np.exp(Z - Z.max(axis=2, keepdims=True))
        p = e / e.sum(axis=2, keepdims=True)
        return p, p @ (1 - np.eye(p.shape[2], dtype=np.longdouble))
    if name == "sigmoid":
        return 1 / (1 + np.exp(-Z)), 1 / (1 + np.exp(Z))
    p = np.maximum(Z, 0) if name == "relu" else Z
    return p, 1 - p


def _margins(experiment: Experiment) -> Check | None:
    """Every term added up in another order, beside the backward sweep."""
    found = decomposition(experiment) if decomposition_bytes(experiment) <= _MOST_TERMS else None
    if found is None:
        return None
    entering = {"W1": experiment.trace.X, "Wh1": experiment.trace.H, "b1": np.ones(1)}
    deltas = np.abs(experiment.backward.deltas).sum(axis=(0, 1)).max(initial=0.0)
    worst = 0.0
    for name, values in found.terms.items():
        columns = values[::-1].sum(axis=0)[::-1].sum(axis=0)
        # What rounding is of: the largest sum that a gradient would be if no sample pulled against another.
        uncancelled = np.abs(entering[name]).max(initial=0.0) * deltas
        scale = max(np.abs(values).sum(axis=(0, 1)).max(initial=0.0), uncancelled)
        gap = np.abs(columns - getattr(experiment.backward.gradients, name)).max(initial=0.0)
        worst = max(worst, float(gap / scale) if scale > 0 else float(gap))
        worst = math.inf if not np.isfinite(values).all() else worst
    T = experiment.config.steps
    cells = capital(the(int(np.tri(T)[experiment.architecture.first_loss_step(T) :].sum()), "cell"))
    what = f"{cells} of the grid, added up column by column from the last one, for W₁, Wₕ₁ and β₁."
    return Check("Cells and gradient", what, worst, _LAST_BITS)


def _whole_window(experiment: Experiment) -> Check:
    """A truncation that cuts nothing."""
    T, full = experiment.config.steps, experiment.backward.gradients
    found = [backward(*experiment.problem, truncation=T, truncation_kind=kind).gradients for kind in TRUNCATIONS]
    worst = max(relative(one, other) for each in found for one, other in zip(each, full, strict=True))
    what = f"The gradient truncated at τ = T = {T}, window and chunk, beside the full one."
    return Check("Truncation at full length", what, worst, _LAST_BITS)


def _bounded(experiment: Experiment) -> Check | None:
    """No product of step Jacobians is longer than the bound; logarithms do not overflow."""
    if experiment.architecture.cell != "plain":
        return _kept(experiment)
    values, steps = spectrum(experiment), drawn_steps(experiment)
    norms = jacobian_norms(experiment, steps=tuple(steps.tolist()))
    lag = np.subtract.outer(steps, steps)
    there = np.isfinite(norms) & (norms > 0) & (lag >= 0)
    stretch = values.gamma * values.norm
    allowed = lag[there] * (math.log(stretch) if stretch > 0 else -math.inf)
    above = np.log(norms[there]) - np.where(lag[there] > 0, allowed, 0.0)
    what = f"{counted(int(there.sum()), 'product')} ∂Hₜ/∂Hₖ of the first sample beside (γ σₘₐₓ)^(t − k), none above it."
    return Check("The bound", what, max(0.0, float(np.expm1(above.max(initial=0.0)))), _LAST_BITS)


def _kept(experiment: Experiment) -> Check | None:
    """What a gated cell hands back along its direct path, beside the products of the gate that keeps."""
    if experiment.config.steps == 1:
        return None
    n, gate = experiment.config.hidden, KEEPING[experiment.config.cell]
    steps, values = jacobians_of_steps(experiment, 0, directly=True)[1:], gates(experiment)[gate][1:, 0]
    product, kept = np.eye(steps.shape[1]), [np.ones(n)]
    worst = 0.0
    for jacobian, value in zip(steps[::-1], values[::-1], strict=True):
        product, kept = product @ jacobian, [*kept, kept[-1] * value]
        worst = max(worst, relative(np.diagonal(product)[-n:], kept[-1]))
    what = (
        f"What is handed back along the direct path over up to {counted(len(steps), 'step')}, for the first sample, "
        f"beside the products of its {gate} gates."
    )
    return Check("The direct path", what, worst, _LAST_BITS)


def _from_its_link(experiment: Experiment) -> Check:
    """The experiment that the link means, run anew."""
    config, _ = RunConfig.from_query(experiment.config.to_query())
    again = run(config)
    both = again.backward.gradients, experiment.backward.gradients
    error = 0.0 if all(map(np.array_equal, *both)) else max(map(relative, *both))
    what = "The gradient of the experiment that the link names, run from nothing: equal to the last bit."
    return Check("The link", what, error if math.isfinite(experiment.backward.loss) else math.inf, 0.0)


_CHECKS = (_states, _losses, _margins, _whole_window, _bounded, _from_its_link)
