"""The sentences and tables of the gradient check."""

from collections.abc import Sequence

import numpy as np

from rnnviz.checks.gradient.differences import EPSILONS, CellCheck, Comparison, ErrorCurve
from rnnviz.experiment.check import Check
from rnnviz.notation.numbers import all_of, capital, change, counted, four, full, low, part_of
from rnnviz.settings.fields import LABELS

LEARNED = 0.95
"""Up to this part of its first value a loss counts as learned from."""
ALIKE = 0.9
"""From this part on of what the right gradient learns, a broken one learns almost as well."""


def verdict(checks: Sequence[Check]) -> str:
    """Say how many checks hold and which do not."""
    failed, holding = ([check.title for check in checks if check.passed == passed] for passed in (False, True))
    if not failed:
        return f"All **{len(checks)}** checks hold: the gradient is right."
    text = f"**{len(failed)}** of {len(checks)} checks {'fails' if len(failed) == 1 else 'fail'}"
    blind = f" Blind to this mistake here: {', '.join(holding)}." if holding else ""
    return f"{text}: {', '.join(failed)}.{blind}"


def table(checks: Sequence[Check]) -> dict[str, list[str]]:
    """Return the checks as columns of text; the verdict is a word and a mark, not a colour alone."""
    return {
        "what is compared": [f"**{check.title}.** {check.what}" for check in checks],
        "relative error": [f"{four(check.error)}, allowed {four(check.tolerance)}" for check in checks],
        "verdict": [":green[**✓ holds**]" if check.passed else ":red[**✗ fails**]" for check in checks],
    }


def scatter_sentence(found: Comparison) -> str:
    """Name the worst entry with both its numbers."""
    parameter, place = found.entries[found.worst]
    name = f"{LABELS[parameter]}[{', '.join(map(str, place))}]"
    count = len(found.entries)
    entries = f"all {count} entries" if count == found.total else f"the {count} entries looked at, of {found.total},"
    loop, differences, apart = (four(v[found.worst]) for v in (found.analytic, found.numeric, found.relative))
    text = f"Of {entries} {name} is the worst: {loop} by the loop, {differences} by differences"
    return f"{text}, **{apart}** of the largest entry apart."


def scatter_table(found: Comparison) -> dict[str, Sequence | np.ndarray]:
    """Return the entries as columns with every digit."""
    names = [f"{parameter}[{', '.join(map(str, place))}]" for parameter, place in found.entries]
    return {"entry": names, "by the loop": found.analytic, "by differences": found.numeric, "relative": found.relative}


def curve_sentence(found: ErrorCurve) -> str:
    """Say where central differences are best, and why they are worse on the sides where they are."""
    errors = found.errors["central"]
    count = len(errors)
    own = f"The loop's own error is {four(found.errors['analytic'][0])}."
    if count != len(EPSILONS):
        own += f" This network is large: {count} of the {len(EPSILONS)} step sizes ε are computed."
    if not np.isfinite(errors).any():
        return f"No central difference is finite. {own}"
    if not errors[np.isfinite(errors)].any():
        return f"Central differences err nowhere. {own}"
    best = int(np.nanargmin(np.where(np.isfinite(errors), errors, np.inf)))
    why = ["a larger step bends away from the tangent"] if errors[-1] > errors[best] and _bends(found) else []
    why += ["a smaller one is lost in rounding"] if errors[0] > errors[best] else []
    reasons = f": {', '.join(why)}" if why else ""
    end = {0: ", the smallest tried", count - 1: ", the largest tried"}.get(best, "")
    text = f"Central differences are best near ε = {four(found.epsilons[best])}{end}"
    return f"{text}, with an error of **{four(errors[best])}**{reasons}. {own}"


def fewer_updates(done: int, wanted: int) -> str:
    """Say that only the first epochs are trained here."""
    return f"This network is large: of {counted(wanted, 'epoch')} the first {done} are trained here."


def _bends(found: ErrorCurve) -> bool:
    """Whether the largest ε errs by more than rounding, whose part falls as 1/ε, can explain."""
    errors, epsilons = found.errors["central"], found.epsilons
    rounded = (errors * epsilons)[epsilons <= 1e-8]
    return bool(errors[-1] * epsilons[-1] > 10 * np.nanmax(rounded, initial=0.0))


def curve_table(found: ErrorCurve) -> dict[str, np.ndarray]:
    """Return the errors as columns."""
    return {"ε": found.epsilons} | found.errors


def where_sentence(where: np.ndarray) -> str:
    """Say how many cells of the grid are wrong, and by how much at worst."""
    present = np.isfinite(where)
    wrong = present & (where > 1e-9)
    if not wrong.any():
        terms = all_of(int(present.sum()), "term", "agrees", "agree")
        return f"{capital(terms)} with moving one copy of the parameter."
    terms = part_of(int(wrong.sum()), int(present.sum()), "term", "is", "are", bold=True)
    least, most = (four(100 * end(where[wrong])) for end in (np.min, np.max))
    if least == most and wrong.sum() > 1:
        return f"{terms} wrong, each off by {most} % of the largest."
    t, k = np.unravel_index(np.where(present, where, -1.0).argmax(), where.shape)
    return f"{terms} wrong; the worst is term({t}, {k}), off by {four(100 * where[t, k])} % of the largest."


def cell_sentence(check: CellCheck, parameter: str) -> str:
    """Say what is moved, what is looked at, and whether the term agrees."""
    t, k, apart = check.t, check.k, abs(check.term - check.complex_step)
    agrees = apart <= 1e-9 * max(abs(check.complex_step), abs(check.term))
    verdict = "they agree" if agrees else f"off by {four(apart)}"
    return (
        f"Only the copy of {parameter} used at step {k} is moved, and only L{low(t)} is looked at. The largest entry "
        f"of term({t}, {k}) is {four(check.term)} by the loop and **{four(check.complex_step)}** by a complex step: "
        f"{verdict}."
    )


def cell_table(check: CellCheck) -> dict[str, list[str]]:
    """Return one entry of a term in three ways, with every digit."""
    return {
        "entry": [str(list(check.entry))],
        "by the loop": [full(check.term)],
        "moving one copy, complex step": [full(check.complex_step)],
        "moving one copy, central difference": [full(check.central)],
    }


def training_table(right: np.ndarray, broken: np.ndarray | None) -> dict[str, np.ndarray]:
    """Return the losses as columns; a run that ended early is filled up with NaN."""
    columns = {"right gradient": right} | ({} if broken is None else {"broken gradient": broken})
    length = max(map(len, columns.values()))
    filled = {name: np.append(run, np.full(length - len(run), np.nan)) for name, run in columns.items()}
    return {"update": np.arange(length)} | filled


def training_sentence(right: np.ndarray, broken: np.ndarray | None, wanted: int) -> str:
    """Compare where both trainings end."""
    if not len(right):
        return "The loss is not finite at the start, so there is nothing to train."
    start, ended = "With the right gradient the loss", len(right) < wanted + 1
    start += f" {_broke(right)}" if ended else f" {change(right[0], right[-1], bold=True)}"
    if broken is None:
        return f"{start}." if ended else f"{start} within {counted(wanted, 'update')}."
    if len(broken) < wanted + 1:
        return f"{start}; with the mistake it {_broke(broken)}."
    end = f"{start}; with the mistake it ends at **{four(broken[-1])}**"
    return f"{end}{'' if ended else _how_it_went(right, broken)}."


def _broke(losses: np.ndarray) -> str:
    """Losses end before the first that is not finite: the last one stands after one update less."""
    return f"is no longer finite after {counted(len(losses), 'update')}"


def _how_it_went(right: np.ndarray, broken: np.ndarray) -> str:
    """Compare what was learned: of nothing learned, nothing is said."""
    if not right[-1] < LEARNED * right[0]:
        return "; the right one has learned too little here to tell them apart"
    share = (broken[0] - broken[-1]) / (right[0] - right[-1])
    if share >= ALIKE:
        return ": it learns almost as well, which is why such a mistake can live for years"
    return ": it learns, but less" if share > 0 else ": it does not learn"
