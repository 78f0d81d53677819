"""What each way of learning reached, in numbers and words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rnnviz.story.numbers import four, part_of, percent


def grid(outcomes: Sequence, names: Sequence[str], lengths: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """Return held-out losses as parts of the best constant answer's, and which of them count as learned.

    Returns
    -------
    left : ndarray, shape (names, lengths)
        NaN where a run is still to come, infinite where training broke.
    learned : ndarray of bool, shape (names, lengths)
    """
    left = np.full((len(names), len(lengths)), np.nan)
    learned = np.zeros(left.shape, dtype=bool)
    for each in outcomes:
        place = names.index(each.cure.name), lengths.index(each.steps)
        left[place], learned[place] = each.left, each.learned
    return left, learned


def longest(outcomes: Sequence, names: Sequence[str]) -> dict[str, int]:
    """Return the longest T up to which each way learned at every length tried; 0 where not even the first."""
    found = dict.fromkeys(names, 0)
    broken = set()
    for each in sorted(outcomes, key=lambda each: each.steps):
        if each.learned and each.cure.name not in broken:
            found[each.cure.name] = each.steps
        elif not each.learned:
            broken.add(each.cure.name)
    return found


def planned_sentence(runs: int, units: int, lengths: Sequence[int], seed: int) -> str:
    """Say what a sweep will train."""
    return (
        f"**{runs}** networks of {units} units are to be trained: eight ways at T = "
        f"{', '.join(map(str, lengths))}. Of the settings beside this page only the seed counts here: {seed}."
    )


def sweep_sentence(outcomes: Sequence, labels: dict[str, str], planned: int) -> str:
    """Say which way learned the longest task so far, and which failed first."""
    if not outcomes:
        return "Nothing has been tried yet."
    reach = longest(outcomes, list(labels))
    best = max(reach.values())
    text = f"{part_of(len(outcomes), planned, 'run', 'is', 'are')} done. "
    if best == 0:
        return text + "No way has learned even the shortest task yet."
    winners = [labels[name] for name, length in reach.items() if length == best]
    first = next(iter(labels))
    text += f"The longest task is learned by **{_listed(winners)}**: T = **{best}**. "
    plain = f"up to T = **{reach[first]}**" if reach[first] else "**at no length**"
    return text + f"The way without a cure, {labels[first]}, learns {plain}."


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]


def flow_sentence(outcomes: Sequence, after: bool) -> str:
    """Say whose error reaches furthest back and whose least, at one length."""
    ends = {each.cure.label: (each.end if after else each.start)[-1] for each in outcomes}
    known = {label: value for label, value in ends.items() if np.isfinite(value)}
    if not known:
        return "No error reaches back here."
    best, worst = max(known, key=known.get), min(known, key=known.get)
    back, when = outcomes[0].steps - 1, "After training" if after else "Before training"
    if best == worst:
        return f"{when}, {back} steps back, **{four(known[best])}** of the error is left with {best}."
    return (
        f"{when}, {back} steps back, most of the error is left with {best}, **{four(known[best])}**, "
        f"and least with {worst}, **{four(known[worst])}**."
    )


def curve_sentence(outcomes: Sequence) -> str:
    """Say which way ends lowest at one length, and what the best constant answer costs."""
    done = [each for each in outcomes if each.finite]
    if not done:
        return "No run of this length stayed finite."
    best = min(done, key=lambda each: each.left)
    broken = [each.cure.label for each in outcomes if not each.finite]
    text = (
        f"T = {best.steps}: {best.cure.label} ends lowest, at **{four(best.held_out[-1])}**, "
        f"**{percent(best.left, 1)}** of what the best constant answer costs, {four(best.constant)}."
    )
    return text + (f" Not finite: {_listed(broken)}." if broken else "")
