"""Truncation and clipping in words: what is kept, what is turned."""

from collections.abc import Sequence

import numpy as np

from rnnviz.charts import tables
from rnnviz.experiment.clipping import Clipping
from rnnviz.laboratory.truncation.compute import Likeness, Trained, Truncations
from rnnviz.notation.numbers import beyond_rounding, four, noun, part_of, percent
from rnnviz.notation.rules import TRUNCATIONS
from rnnviz.settings.fields import LABELS

STRAIGHT = 1e-9
"""Degrees that rounding leaves of no angle."""
NO_WAY_BACK = ("W2", "b2")
NOT_COMPARABLE = "This gradient is 0 or not finite: there is nothing to compare at any τ."
NOT_CLIPPED = "The length of the gradient is 0 or not finite here: there is nothing to clip."


def kept_sentence(kind: str, length: int, kept: np.ndarray, reachable: np.ndarray, likeness: Likeness[float]) -> str:
    """Say how many terms (T, T) a truncation to τ keeps and how like the full gradient their sum is."""
    count = f"keeps {part_of(int(kept.sum()), int(reachable.sum()), 'term', bold=True)}"
    whose = "full gradient of all parameters"
    if np.isnan(likeness.share):
        return f"τ = {length} {count}. The {whose} is 0 or not finite: there is nothing to compare."
    share = f"**{percent(likeness.share, 1)}** of the {whose} along its direction"
    return f"τ = {length} {count} and {share}; {_cosine(likeness)}, error **{_error(likeness)}**."


def _error(likeness: Likeness[float]) -> str:
    return percent(beyond_rounding(likeness.error), 1)


def _cosine(likeness: Likeness[float]) -> str:
    return "no direction" if np.isnan(likeness.cosine) else f"cosine **{four(likeness.cosine)}**"


def confusion_sentence(length: int, window: np.ndarray, chunk: np.ndarray) -> str:
    """Say that the two truncations are not the same, with the number of terms that tell them apart."""
    only_window, only_chunk = int((window & ~chunk).sum()), int((chunk & ~window).sum())
    both = " and ".join(f"“{name}”" for name in TRUNCATIONS.values())
    if not only_window and not only_chunk:
        return f"With τ = {length}, {both} keep the same terms here."
    return (
        f"{both} are not the same. With τ = {length} the window lets every loss see its last {length} steps, its own "
        "included; after a detach a loss sees only as far as its own block begins, the first of a block only itself. "
        f"**{only_window}** {noun(only_window, 'term', 'is', 'are')} kept by the window alone, "
        f"{f'**{only_chunk}**' if only_chunk else 'none'} by the blocks alone."
    )


def grid_note(parameter: str, zeros: str) -> str:
    """Say what the colours of both grids are; ``zeros`` tells of norms that are exactly 0."""
    return f"Colour: ‖term(t, k)‖ of {LABELS[parameter]} on a log scale; faint cells are cut. {zeros}"


def comparable(found: Truncations) -> bool:
    """Whether there is anything to draw of truncations: their full gradient has a length."""
    return not np.isnan(found.likeness["window"].share[-1])


def over_length_sentence(found: dict[str, Likeness[float]], length: int, measure: str, words: str, whose: str) -> str:
    """Say how like the full gradient both kinds of truncation are at one τ, by one measure and its name."""
    values = {kind: beyond_rounding(getattr(one, measure)) for kind, one in found.items()}
    told = {kind: "no direction" if np.isnan(value) else four(value) for kind, value in values.items()}
    each = ", ".join(f"“{TRUNCATIONS[kind]}” {value}" for kind, value in told.items())
    return f"τ = {length}, {words} for {whose}: {each}."


def spacing_note(lengths: np.ndarray) -> str:
    """Say that not every τ is computed, where that is so; blocks jump between those that are."""
    if len(lengths) == lengths[-1]:
        return ""
    text = f"{len(lengths)} of the {lengths[-1]} lengths τ are computed, each marked by a dot; between them the error"
    return f"{text} of the blocks can jump, as it depends on where a block begins."


def clip_sentence(found: Clipping, angles: tuple[float, float]) -> str:
    """Say what clipping does to length and direction; the angles, by norm and by value, are in degrees."""
    (by_norm, by_value), (angle_by_norm, angle_by_value) = found.lengths, map(_degrees, angles)
    same = "points the same way" if found.limit_norm < found.length else "left as it is"
    return (
        f"The gradient is **{four(found.length)}** long. Clipped by norm at {four(found.limit_norm)} it is "
        f"**{four(by_norm)}** long and {same} ({angle_by_norm}). Clipped by value at "
        f"{four(found.limit_value)}, which cuts **{percent(found.cut, 1)}** of the entries, it is "
        f"**{four(by_value)}** long and turned by **{angle_by_value}**."
    )


def _degrees(angle: float) -> str:
    """Return an angle; what rounding leaves of none is called 0."""
    return f"{0 if angle < STRAIGHT else angle:.3g}°"


def used_sentence(clip_norm: float | None, clip_value: float | None, found: Trained | None) -> str:
    """Say how the experiment itself clips, and what that does to the first gradient; None has no length."""
    if clip_norm is None and clip_value is None:
        return "This experiment trains without clipping; the settings under Training change that."
    limits = [f"by norm at {four(clip_norm)}"] if clip_norm is not None else []
    limits += [f"by value at {four(clip_value)}"] if clip_value is not None else []
    text = f"This experiment trains with clipping {' and '.join(limits)}; its first gradient is "
    if found is None:
        return text + "0 or not finite."
    text += f"{four(found.before)} long. "
    if found.before == found.after:
        return text + "It is not cut."
    turned = f"turned by {_degrees(found.turned)}" if found.turned >= STRAIGHT else "not turned"
    return text + f"It is cut to {four(found.after)} and {turned}."


def trains_sentence(truncation: int | None, kind: str) -> str:
    """Say how the experiment itself truncates."""
    if truncation is None:
        return "This experiment trains with the full gradient, without truncation."
    return f"This experiment trains with τ = {truncation}, “{TRUNCATIONS[kind]}”."


def alone_sentence(parameter: str, found: dict[str, Likeness[float]], cut: dict[str, bool]) -> str:
    """Say how like its own full gradient that of one parameter is, by kind, and whether a term is cut."""
    name = LABELS[parameter]
    if parameter in NO_WAY_BACK:
        text = f"{name} acts at the step of the loss itself: its gradient takes no way back through time"
        return f"{text}, and no truncation cuts it. The grids show {LABELS['Wh1']}."
    if any(np.isnan(each.share) for each in found.values()):
        return f"The gradient of {name} is 0 or not finite: there is nothing to compare."
    each = []
    for kind, one in found.items():
        nothing = " (what is cut adds up to 0)" if cut[kind] else " (nothing is cut)"
        why = nothing if beyond_rounding(one.error) == 0 else ""
        each.append(f"“{TRUNCATIONS[kind]}” error **{_error(one)}**{why}, {_cosine(one)}")
    return f"The gradient of {name} alone: {'; '.join(each)}."


def largest(found: Clipping, names: list[str], most: int = 6) -> tuple[list[str], np.ndarray]:
    """Return the names of the largest entries and their values (entries, 3): before, by norm, by value."""
    order = np.argsort(-np.abs(found.before), kind="stable")[:most]
    values = np.column_stack([found.before, found.by_norm, found.by_value])[order]
    return [names[place] for place in order], values


def entry_names(shapes: dict[str, tuple[int, ...]]) -> list[str]:
    """Return a name for every entry of all parameters, in the order of their flat vector."""
    places = [(LABELS[name], entry) for name, shape in shapes.items() for entry in np.ndindex(shape)]
    return [f"{name}[{', '.join(map(str, entry))}]" for name, entry in places]


def truncated_table(norms: np.ndarray, kept: np.ndarray) -> dict[str, Sequence | np.ndarray]:
    """Return the norms (T, T) of the terms, and whether a truncation keeps each."""
    found = tables.triangle(norms, "‖term(t, k)‖")
    places = found["loss step t"], found["source step k"]
    return found | {"kept": ["yes" if each else "no" for each in kept[places]]}


def truncations_table(found: Truncations) -> dict[str, np.ndarray]:
    """Return each measure of both kinds over τ."""
    each = [(kind, one, measure) for kind, one in found.likeness.items() for measure in ("share", "cosine", "error")]
    return {"τ": found.lengths} | {f"{kind}: {measure}": getattr(one, measure) for kind, one, measure in each}


def clipped_table(found: Clipping, names: Sequence[str]) -> dict[str, Sequence | np.ndarray]:
    """Return every entry before and after clipping."""
    return {"entry": names, "before": found.before, "by norm": found.by_norm, "by value": found.by_value}
