"""What was found of a reader's own gradient, in words."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from rnnviz.checks.diagnosis.compute import Explanation, Finding, Relation
from rnnviz.engine import Parameters
from rnnviz.experiment.mistakes import MISTAKES
from rnnviz.notation.numbers import four

if TYPE_CHECKING:
    from rnnviz.checks.diagnosis.differences import Beside, Course

_DIGITS = "as far as the digits go that it has"


def sentence(finding: Finding) -> str:
    """Say whether a gradient is right, which mistake gives its numbers, or how they differ."""
    if finding.overflowed:
        where = _listed(finding.overflowed)
        return f"The pass overflows: the right gradient is not finite in {where}, so nothing can be compared."
    if finding.found is None:
        return _unknown(finding.relations)
    if finding.found.made:
        return _mistaken(finding.found, finding.others, finding.whole)
    return _right(finding)


def _right(finding: Finding) -> str:
    worst = max(finding.errors, key=finding.errors.__getitem__)
    error = finding.errors[worst]
    off = f"the largest relative error is {four(error)}, in {worst}" if error else "no entry differs"
    where = (
        f" It was compared in {_listed(finding.errors)} alone." if len(finding.errors) < len(Parameters._fields) else ""
    )
    return f"The gradient is right{', ' + _DIGITS if finding.rounded else ''}: {off}.{where}"


def _mistaken(found: Explanation, others: tuple[Explanation, ...], whole: float) -> str:
    count = "one mistake" if len(found.made) == 1 else "two mistakes together"
    parts = [f"These are the numbers of {count}: {_listed(found.made)}."]
    if whole != 1:
        plain = (
            f"The whole gradient is {four(whole)} times the right one, and any scaling by this number looks the same."
        )
        parts = [plain, f"So do {count}: {_listed(found.made)}."]
    parts += [_told(name, found) for name in found.made]
    same = [" with ".join(each.made) for each in others]
    if same:
        parts.append(f"In this network the same numbers come from {' or '.join(same)}.")
    return " ".join(parts)


def _told(name: str, found: Explanation) -> str:
    """One mistake: its title, its line, why people make it."""
    mistake = MISTAKES[name]
    if name == "clipped_norm":
        than = "it should be" if len(found.made) == 1 else "the other mistake alone makes it"
        scaled = f"Everything is {four(found.factor)} times what {than}, as after clipping by the norm"
        return f"{scaled}; whatever else scales the whole gradient by one number looks the same."
    right, wrong = mistake.right.split("\n"), mistake.wrong.split("\n")
    line = wrong[0] if len(right) > 1 else "; ".join(wrong)
    where = f", in the sums of {_listed(found.last)}" if name == "overwritten" else ""
    return f"{mistake.title}: `{line}` stands where `{right[0]}` belongs{where}. {mistake.sentence}"


def _unknown(relations: tuple[Relation, ...]) -> str:
    """Which parameters are right, and how each of the others comes from the right numbers."""
    if not relations:
        return "No entry of the gradient is finite: there is nothing to compare."
    parts = ["No known mistake, and no two of them together, give these numbers."]
    right = [each.parameter for each in relations if each.kind == "right"]
    if right:
        parts.append(f"Right: {_listed(right)}.")
    factors = [each for each in relations if each.kind == "factor"]
    if len(factors) == len(relations) and len({four(each.factor) for each in factors}) == 1:
        return f"{parts[0]} The whole gradient is {four(factors[0].factor)} times the right one."
    return " ".join([*parts, *(_related(each) for each in relations if each.kind != "right")])


def _related(relation: Relation) -> str:
    name, times = relation.parameter, "" if relation.factor == 1 else f"{four(relation.factor)} times "
    if relation.kind == "factor":
        return f"{name} is {times}the right one."
    if relation.kind == "transpose":
        return f"{name} is {times}the right one, transposed."
    if relation.kind == "gates":
        stand, belong = (
            [relation.blocks[place] for place in order] for order in (relation.order, sorted(relation.order))
        )
        return f"{name} has its gates in another order: {', '.join(stand)} stand where {', '.join(belong)} belong."
    if relation.kind in ("rows", "columns"):
        what = "entries" if name in ("b1", "b2") else relation.kind
        return f"{name} has the right {what} in another order: {', '.join(map(str, relation.order))}."
    return f"{name} is not the right one by any factor, transpose or other order."


def beside_words(found: "Beside", label: str) -> str:
    """Say by how much a gradient differs from the right one, and where most."""
    if not found.error:
        return f"∂L/∂{label}: all {found.given.size} entries are equal."
    where = ", ".join(map(str, found.worst))
    given, right = (four(float(each[found.worst])) for each in (found.given, found.right))
    most = f"∂L/∂{label} differs most at [{where}]: yours {given}, right {right}"
    return f"{most}; the relative error is {four(found.error)}."


def beside_table(found: "Beside") -> dict[str, Sequence[str] | np.ndarray]:
    """Return every entry of both, with all digits."""
    given, right = found.given.ravel(), found.right.ravel()
    entries = [str([*place]) for place in np.ndindex(found.given.shape)]
    return {"entry": entries, "yours": given, "right": right, "difference": given - right}


def course_words(course: "Course") -> str:
    """Say from which step on, going back, numbers by step are wrong."""
    of = {"A": "∂L/∂Aₜ", "H": "∂L/∂Hₜ"}[course.symbol]
    if course.first is None:
        return f"{of} is right at every step."
    if course.first == course.last:
        return f"{of} is wrong from the last step, t = {course.last}, on."
    right = f"t = {course.last}" + (f" to {course.first + 1}" if course.first + 1 < course.last else "")
    return f"Going back, {of} is right at {right} and wrong from t = {course.first} on."


def _listed(names: Iterable[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
