"""Six independent checks of the loop's gradient: what a mistake turns red, by how much, and where."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import lru_cache, partial

import numpy as np

from rnnviz.checks.gradient.differences import SMALLEST, Case, Entry, some_entries
from rnnviz.engine import Architecture, Parameters, derivative, forward, loss_step_terms, term_sums
from rnnviz.engine import step_losses as losses_of_steps
from rnnviz.engine.forward import run as run_forward
from rnnviz.engine.progress import tracked
from rnnviz.engine.values import checked_count, checked_positive
from rnnviz.experiment import costs
from rnnviz.experiment.check import Check, relative
from rnnviz.experiment.core import Experiment
from rnnviz.experiment.mistakes import arguments_of_copy, gradient_of_copy, steps_of_loss

_SUM, _COMPLEX, _CENTRAL = 1e-12, 1e-9, 1e-6
_EPSILON = 1e-6
_FEWEST_STEPS = 3
_ROUNDING = 8 * np.finfo(float).eps


@np.errstate(all="ignore")
def run_checks(mistake: str | None, experiment: Experiment) -> list[Check]:
    """Check the gradient of the copy, with a mistake of `MISTAKES` or none, in six independent ways.

    An error is relative to the largest entry of its parameter's block, of the copy or of what it is compared
    with, but never to less than what rounding leaves: sums that cancel to almost nothing have no digits to
    compare. Where a network has many numbers, the numeric checks look at some of them, and `what` says at how
    many; derivatives that are not finite are left out, and so are differences in which a unit of ReLU
    switches or which still move when ε is doubled. Numbers that overflow turn every check of them red. In a
    saturated or chaotic network (weights of 20 and more) rounding alone may turn "central" or "cells" red.
    """
    case = Case.of(experiment, mistake)
    numeric = [partial(_numeric_check, method=method) for method in _NUMERIC]
    parts: list[Callable[[Case], Check]] = [_terms_check, *numeric, _cells_check, _twice_check, _probe_check]
    return [check(case) for check in tracked(parts)]


def _worst(case: Case, found: Parameters, expected: Iterable[np.ndarray], tolerance: float) -> float:
    return max(
        relative(one, other, _ROUNDING / tolerance * magnitude)
        for one, other, magnitude in zip(found, expected, case.magnitudes, strict=True)
    )


def _terms_check(case: Case) -> Check:
    T = len(case.trace.X)
    first = case.architecture.first_loss_step(T)
    count = (T - first) * (T + first + 1) // 2
    terms = f"the sum of the {count} terms (t, k)" if count > 1 else "the only term (0, 0)"
    if costs.every_term(case.size).seconds <= costs.MOST_SECONDS:
        sums = [np.zeros_like(values) for values in case.parameters]
        for t in tracked(range(first, T)):
            row = loss_step_terms(case.architecture, case.parameters, case.trace, case.Y, t)
            for total, name in zip(sums, Parameters._fields, strict=True):
                total += row[name].sum(axis=0)
        how = "each a product of its own" if count > 1 else "a product of its own"
    else:
        found = term_sums(case.architecture, case.parameters, case.trace, case.Y, ()).totals
        sums = [found[name] for name in Parameters._fields]
        how = "whose adjoints, all products of their own, were added up before the last factor"
    what = f"The gradient of the loop beside {terms}, {how}."
    return Check("Sum of the terms", what, _worst(case, case.gradient, sums, _SUM), _SUM, "terms")


_NUMERIC = {
    "central": ("central", "Central differences", _CENTRAL, "(L(θ + ε) − L(θ − ε)) / 2ε"),
    "complex": ("complex_step", "Complex step", _COMPLEX, "Im L(θ + ih) / h, exact to rounding"),
}


def _numeric_check(case: Case, method: str) -> Check:
    check, title, tolerance, formula = _NUMERIC[method]
    each = costs.copies(case.size, 4) if method == "central" else costs.copies(case.size, 1, True)
    limit, worst, seen, left_out = _entry_limit(case, each, 4, 48), 0.0, 0, 0
    for name, block, magnitude in tracked(_blocks(case)):
        chosen = entries = some_entries(block, limit)
        if method == "central":
            entries = [entry for entry in chosen if not _crosses_a_kink(case, name, entry)]
        least = _least(case, method, magnitude)
        found, numeric = _compared(case, name, block, entries, method, least)
        seen, left_out = seen + len(found), left_out + len(chosen) - len(found)
        worst = max(worst, relative(found, numeric, least))
    what = f"The gradient of the loop beside {formula}, for {_share(case, seen, left_out)}."
    return Check(title, what, worst, tolerance, check)


def _blocks(case: Case) -> list[tuple[str, np.ndarray, float]]:
    return list(zip(Parameters._fields, case.gradient, case.magnitudes, strict=True))


def _compared(
    case: Case, name: str, block: np.ndarray, entries: list[Entry], method: str, least: float
) -> tuple[np.ndarray, np.ndarray]:
    """Entries of the copy and their numeric derivatives, where these are finite and have settled."""
    if not entries:
        return np.zeros(0), np.zeros(0)

    def numeric(epsilon: float) -> np.ndarray:
        moved = partial(derivative, *case.data, **case.trace.more, variable=name, entries=entries, method=method)
        return case.once((name, method, epsilon, *entries), lambda: moved(epsilon=epsilon).sum(axis=1))

    values = numeric(_EPSILON)
    settled = np.isfinite(values)
    if method == "central":
        # What still moves when ε is doubled is not the derivative yet.
        moved = abs(numeric(2 * _EPSILON) - values)
        settled &= moved <= _CENTRAL / 4 * np.maximum(abs(values).max(where=settled, initial=least), least)
    return np.array([block[entry] for entry in entries])[settled], values[settled]


def _least(case: Case, method: str, magnitude: float) -> float:
    """The smallest block that the method resolves to its tolerance; for differences as `check_gradients`."""
    if method == "complex":
        return _ROUNDING / _COMPLEX * magnitude * case.amplified.min()
    loss = losses_of_steps(case.architecture, case.trace, case.Y).sum()
    return _ROUNDING / _EPSILON / _CENTRAL * max(1.0, loss)


def _entry_limit(case: Case, each: costs.Cost, fewest: int, most: int) -> int:
    """How many entries of a parameter to look at, when each costs so much: all if they fit."""
    affordable, sizes = each.affordable(), [block.size for block in case.gradient]
    if sum(sizes) <= affordable:
        return max(sizes)
    return int(np.clip(affordable // len(sizes), fewest, most))


def _crosses_a_kink(case: Case, name: str, entry: Entry) -> bool:
    """Whether a unit of ReLU switches between θ - ε and θ + ε."""
    architecture = case.architecture
    bends = architecture.cell == "plain" and architecture.hidden_activation == "relu"
    kinked = bends, architecture.output_activation == "relu"
    if not any(kinked):
        return False
    signs = []
    for step in (-_EPSILON, _EPSILON):
        block = getattr(case.parameters, name).copy()
        block[entry] += step
        moved = case.parameters._replace(**{name: block})
        trace = run_forward(architecture, moved, case.trace.X, case.trace.H_init, case.trace.C_init)
        signs.append([values > 0 for values, kink in zip((trace.A, trace.Z), kinked, strict=True) if kink])
    return any((one != other).any() for one, other in zip(*signs, strict=True))


def _cells_check(case: Case) -> Check:
    T = len(case.trace.X)
    limit = _entry_limit(case, costs.copies(case.size, T, True), 2, 9)
    entries = {name: some_entries(block, limit) for name, block in zip(Parameters._fields, case.gradient, strict=True)}
    seen = sum(map(len, entries.values()))
    # All steps, or evenly spaced ones with the first and the last.
    count = min(T, max(costs.copies(case.size, seen, True).affordable(), _FEWEST_STEPS))
    steps = np.unique(np.linspace(0, T - 1, count).round().astype(int)).tolist()
    found, least = _terms_at(case, entries, steps)
    where = np.zeros((len(steps), len(steps)))
    for name, chosen in tracked(list(entries.items())):
        numeric = _copies(case, name, chosen, steps)
        where = np.maximum(where, _relative_by_cell(found[name], numeric, least[name]))
    t, k = np.meshgrid(steps, steps, indexing="ij")
    grid = np.full((T, T), np.nan)
    grid[t, k] = np.where((k <= t) & (t >= case.architecture.first_loss_step(T)), where, np.nan)
    cells = "Every term (t, k)" if len(steps) == T else f"The terms (t, k) of {len(steps)} of the {T} steps"
    what = (
        f"{cells} of the loop beside the derivative of Lₜ by the θ of step k alone, by complex step, "
        f"for {_share(case, seen)}."
    )
    return Check("Cell by cell", what, float(where.max()), _COMPLEX, "cells", grid)


def _copies(case: Case, name: str, entries: list[Entry], steps: list[int]) -> np.ndarray:
    """(entries, steps, steps) array: the derivative of each L_t by the θ of each step alone."""
    moved = partial(derivative, *case.data, **case.trace.more, variable=name, entries=entries, steps=steps)
    return case.once((name, "copies", *steps, *entries), lambda: moved()[:, steps])


def _terms_at(
    case: Case, entries: dict[str, list[Entry]], steps: list[int]
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """The copy's terms (entries, steps, steps) by name, and the least scale (steps, steps) of each cell."""
    n, m = len(steps), len(case.trace.H_init)
    found = {name: np.zeros((len(chosen), n, n)) for name, chosen in entries.items()}
    least = {name: np.full((n, n), SMALLEST) for name in entries}
    largest, dZ_each = _largest_inputs(case), case.arguments[-1]
    for row, t in tracked(list(enumerate(steps))):
        own = _ROUNDING / _COMPLEX * case.amplified[t]
        direct = own * abs(dZ_each[t]).max()
        for step in steps_of_loss(case.made, case.arguments, t):
            if step.k not in steps:
                continue
            cell, size = (row, steps.index(step.k)), own * m * abs(step.da).max()
            for name, block in zip(Parameters._fields, step.increments, strict=True):
                found[name][:, *cell] = [block[entry] for entry in entries[name]]
                least[name][cell] += largest[name][step.k] * (direct if name in ("W2", "b2") else size)
    return found, least


def _largest_inputs(case: Case) -> dict[str, np.ndarray]:
    """(T,) arrays: the largest number that each parameter is multiplied with at a step."""
    X, H = (abs(values).max(axis=(1, 2)) for values in (case.trace.X, case.trace.H))
    before = np.concatenate([[abs(case.trace.H_init).max()], H[:-1]])
    return {"W1": X, "Wh1": before, "b1": np.ones_like(H), "W2": H, "b2": np.ones_like(H)}


def _relative_by_cell(found: np.ndarray, numeric: np.ndarray, least: np.ndarray) -> np.ndarray:
    """Largest difference over the largest entry of each cell; (entries, steps, steps) to (steps, steps)."""
    known = np.isfinite(numeric)
    difference = np.where(known, abs(found - numeric), 0.0).max(axis=0)
    scale = np.maximum(abs(found).max(axis=0), np.where(known, abs(numeric), 0.0).max(axis=0))
    errors = difference / np.maximum(scale, least)
    return np.where(np.isfinite(found).all(axis=0), errors, np.inf)


def _twice_check(case: Case) -> Check:
    parameters, *data = case.arguments
    doubled = type(case.arguments)(parameters, *(np.concatenate([v, v], axis=-2) for v in data))
    twice = gradient_of_copy(case.made, doubled)
    what = "The gradient of the loop beside the one when every sequence comes twice: the mean stays as it is."
    return Check("The batch twice", what, _worst(case, case.gradient, twice, _SUM), _SUM, "twice")


_HIDES = {
    True: "units without a bend have f₁′ = 1, a symmetric Wₕ₁ is its own transpose",
    False: "with a single step no state comes back, a state of 0 keeps the recurrent weights out",
}
"""What a plain network, and a gated one, may hide beside the mean."""


def _probe_check(case: Case) -> Check:
    # A small random network of the same mode, output and loss on which every mistake shows.
    small = replace(case.architecture, hidden_activation="tanh", n_inputs=2, n_hidden=3, n_outputs=2)
    probe, errors = Case(case.mistake, small, *_small_network(small)), []
    for name, block, magnitude in _blocks(probe):
        least = _least(probe, "complex", magnitude)
        found, numeric = _compared(probe, name, block, list(np.ndindex(block.shape)), "complex", least)
        errors.append(relative(found, numeric, least))
    is_plain = small.cell == "plain"
    what = (
        f"The same loop on a fixed small network ({'tanh' if is_plain else 'the same cell'}, T = 4, m = 2, n₁ = 3, "
        f"with a start state) beside the complex step. It finds what your own network hides: {_HIDES[is_plain]}, "
        "one sequence is its own mean."
    )
    return Check("Another network", what, max(errors), _COMPLEX, "probe")


@lru_cache(maxsize=16)
def _small_network(small: Architecture) -> tuple:
    stream = np.random.default_rng(0)
    parameters = Parameters(*(stream.normal(scale=0.7, size=shape) for shape in small.shapes))
    # Outputs of ReLU above 0 pass the gradient on.
    parameters = parameters._replace(b2=abs(parameters.b2) + 2.0)
    X, H_init = stream.normal(size=(4, 2, 2)), stream.normal(size=(2, 3))
    Y = stream.uniform(0.1, 0.9, size=(2, 2) if small.is_sequence_to_vector else (4, 2, 2))
    Y /= Y.sum(axis=-1, keepdims=True)
    return parameters, forward(small, parameters, X, H_init), Y, {}


def _share(case: Case, seen: int, left_out: int = 0) -> str:
    total = sum(block.size for block in case.gradient)
    words = f"all {total} entries" if seen == total else f"{seen} of {total} entries"
    if seen + left_out < total:
        words += ", the largest and evenly spaced ones: all would take too long"
    if left_out:
        words += f"; {left_out} left out, where a unit of ReLU switches or the quotient has not settled"
    return words


@np.errstate(all="ignore")
def broken_training(case: Case, epochs: int, learning_rate: float) -> np.ndarray:
    """Train with the gradient of the copy, ``θ ← θ - η g``: losses after 0, 1, … updates, while finite."""
    epochs = checked_count("epochs", epochs, 0)
    learning_rate = checked_positive("learning_rate", learning_rate, zero=True)
    architecture, parameters, X, Y, H_init = case.data
    losses: list[float] = []
    for _ in tracked(range(epochs + 1)):
        trace = run_forward(architecture, parameters, X, H_init, case.trace.C_init)
        loss = float(losses_of_steps(architecture, trace, Y).sum())
        if not np.isfinite(loss):
            break
        losses.append(loss)
        gradient = gradient_of_copy(case.made, arguments_of_copy(case.made, architecture, parameters, trace, Y))
        parameters = Parameters(*(v - learning_rate * g for v, g in zip(parameters, gradient, strict=True)))
    return np.array(losses)
