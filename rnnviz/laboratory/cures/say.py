"""What each way of learning reached, in numbers and words."""

from collections.abc import Mapping, Sequence
from itertools import takewhile

import numpy as np

from rnnviz.laboratory.cures.compute import LEARNED, LIMIT, REACH, VERDICTS, Outcome
from rnnviz.notation.numbers import counted, four, part_of, percent

ASKED = {"adding": "the number marked in the first half", "echo": "the first symbol"}
"""The earliest thing that the answer needs."""


def grid(
    outcomes: Sequence[Outcome], names: Sequence[str], lengths: Sequence[int], training: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Return losses as parts of the best constant answer's, held out or in training, and which are below `LEARNED`.

    Both are arrays (names, lengths); a loss is NaN where a run is still to come, infinite where training broke.
    """
    left = np.full((len(names), len(lengths)), np.nan)
    for each in outcomes:
        place = names.index(each.cure.name), lengths.index(each.steps)
        left[place] = each.left_training if training else each.left
    return left, left < LEARNED


def longest(outcomes: Sequence[Outcome], names: Sequence[str]) -> dict[str, int]:
    """Return the longest T up to which each way learned at every length tried; 0 where not even the first."""
    found = {}
    for name in names:
        runs = sorted((each for each in outcomes if each.cure.name == name), key=lambda each: each.steps)
        found[name] = max((each.steps for each in takewhile(lambda each: each.learned, runs)), default=0)
    return found


def planned_sentence(runs: int, units: int, lengths: Sequence[int], seed: int) -> str:
    """Say what a sweep will train."""
    text = f"**{runs}** networks of {units} units are to be trained: eight ways at T = {', '.join(map(str, lengths))}."
    return f"{text} Of the settings beside this page only the seed counts here: {seed}."


def sweep_sentence(outcomes: Sequence[Outcome], labels: dict[str, str], planned: int) -> str:
    """Say how far each way has come, and where one only fits its training sequences or broke."""
    if not outcomes:
        return "Nothing has been tried yet."
    done = f"{part_of(len(outcomes), planned, 'run', 'is', 'are')} done."
    return " ".join(filter(None, [_furthest(outcomes, labels, planned), _elsewhere(outcomes, labels), done]))


def _furthest(outcomes: Sequence[Outcome], labels: dict[str, str], planned: int) -> str:
    reach = longest(outcomes, list(labels))
    best, first = max(reach.values()), next(iter(labels))
    if best == 0:
        return "No way has learned the shortest task that it was given."
    winners = [labels[name] for name, length in reach.items() if length == best]
    so_far = " so far" if len(outcomes) < planned else ""
    gaps = ", with all shorter ones," if any(each.learned and each.steps > best for each in outcomes) else ""
    text = f"The longest T learned{so_far}{gaps} is **{best}**, by **{_listed(winners)}**."
    if all(each.cure.name != first for each in outcomes):
        return text
    plain = f"up to T = **{reach[first]}**" if reach[first] else "**at no length**"
    plain += " tried" + so_far if so_far else ""
    return f"{text} The way without a cure, {labels[first]}, learns {plain}."


def _elsewhere(outcomes: Sequence[Outcome], labels: dict[str, str]) -> str:
    """What is neither learned nor simply not learned."""
    named = {"overfits": "Overfits, low on its training sequences alone", "not finite": "Not finite"}
    runs = [(each.verdict, f"{labels[each.cure.name]} at T = {each.steps}") for each in outcomes]
    return _by_verdict(named, runs)


def _by_verdict(named: Mapping[str, str], runs: Sequence[tuple[str, str]]) -> str:
    """List runs, as (verdict, words), below the name of each verdict that one of them has."""
    groups = {words: [run for found, run in runs if found == verdict] for verdict, words in named.items()}
    return " ".join(f"{words}: {_listed(group)}." for words, group in groups.items() if group)


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]


def flow_sentence(outcomes: Sequence[Outcome], after: bool) -> str:
    """Say whose error reaches furthest back and whose least, at one length."""
    left = {each.cure.label: (each.end if after else each.start)[-1] for each in outcomes}
    known = {label: value for label, value in left.items() if np.isfinite(value)}
    if not known:
        return "No error reaches back here."
    ends = most, least = max(known.values()), min(known.values())
    with_most, with_least = (_listed([label for label in known if known[label] == end]) for end in ends)
    back, when = outcomes[0].steps - 1, "After training" if after else "Before training"
    if most == least:
        return f"{when}, {back} steps back, **{four(most)}** of the error's length is left with {with_most}."
    text = f"{when}, {back} steps back, most of the error's length is left with {with_most}, **{four(most)}**"
    return f"{text}, and least with {with_least}, **{four(least)}**."


def curve_sentence(outcomes: Sequence[Outcome]) -> str:
    """Say which way ends lowest at one length, what the best constant answer costs, and all verdicts."""
    done = [each for each in outcomes if each.finite]
    if not done:
        return "No run of this length stayed finite."
    best = min(done, key=lambda each: each.left)
    text = (
        f"T = {best.steps}: {best.cure.label} ends lowest on the held-out sequences, at **{four(best.held_out[-1])}**"
    )
    costs = f"**{percent(best.left, 1)}** of what the best constant answer costs, {four(best.constant)}"
    return f"{text}, {costs}. {verdicts(outcomes)}"


def verdicts(outcomes: Sequence[Outcome]) -> str:
    """Sort the ways of one length by what they reached; one that overfits is told with both losses."""
    runs = []
    for each in outcomes:
        both = f" ({percent(each.left_training, 1)} in training, {percent(each.left, 1)} held out)"
        runs.append((each.verdict, each.cure.label + (both if each.verdict == "overfits" else "")))
    return _by_verdict({verdict: verdict.capitalize() for verdict in VERDICTS}, runs)


def limits_sentence(outcomes: Sequence[Outcome]) -> str:
    """Say what clipping and truncation did at one length, beside the way without them."""
    ways = {each.cure.name: each for each in outcomes}
    limits = {"clipping": _clipping, "truncation": _truncation}
    return " ".join(say(ways[name], ways.get("plain")) for name, say in limits.items() if name in ways)


def _clipping(each: Outcome, plain: Outcome | None) -> str:
    if not each.clipped:
        return f"No gradient was longer than {LIMIT:g}: clipping did nothing, its run is that of tanh."
    text = f"Clipping shortened the gradient in {part_of(each.clipped, len(each.losses), 'update')}"
    if plain is not None and not plain.finite and each.finite:
        return f"{text}: without it training broke, with it it stayed finite."
    if not each.finite:
        return f"{text}; training broke all the same."
    return f"{text}. It bounds a step; terms that vanish stay as small beside the others."


def _truncation(each: Outcome, plain: Outcome | None) -> str:
    cut, near = each.steps - REACH, nearest(each.task, each.steps)
    if cut <= 0:
        return f"At T = {each.steps} truncation to {REACH} steps cuts nothing: its run is that of tanh."
    lags = f"lag {REACH}" if cut == 1 else f"lags {REACH} to {each.steps - 1}"
    text = f"Truncation leaves out {part_of(cut, each.steps, 'term')}, {lags}"
    if near < REACH:
        return f"{text}."
    text = f"{text}; {ASKED[each.task]} lies {counted(near, 'step')} back or more, from where no gradient comes"
    return f"{text}, and yet it is learned: what nearer terms taught keeps it." if each.learned else f"{text}."


def nearest(task: str, steps: int) -> int:
    """Return how far back, at least, what `ASKED` names lies."""
    return steps - 1 if task == "echo" else steps - steps // 2


def table(outcomes: Sequence[Outcome]) -> dict[str, Sequence | np.ndarray]:
    """Return what each way reached, one row a run."""
    return {
        "way": [each.cure.label for each in outcomes],
        "steps T": [each.steps for each in outcomes],
        "held-out loss": np.array([each.held_out[-1] if len(each.held_out) else np.nan for each in outcomes]),
        "best constant, held out": np.array([each.constant for each in outcomes]),
        "part of it, held out": np.array([each.left for each in outcomes]),
        "training loss": np.array([each.training[-1] if len(each.training) else np.nan for each in outcomes]),
        "best constant, training": np.array([each.constant_training for each in outcomes]),
        "part of it, training": np.array([each.left_training for each in outcomes]),
        "updates clipped": [each.clipped for each in outcomes],
        "verdict": [each.verdict for each in outcomes],
    }


def curves_table(outcomes: Sequence[Outcome]) -> dict[str, np.ndarray]:
    """Return both losses of runs of one length over the updates, two columns a run."""
    points = max((each.points for each in outcomes), key=len)
    columns = {"update": points}
    for each in outcomes:
        # A run that broke has fewer.
        missing = np.full(len(points) - len(each.points), np.nan)
        columns[f"{each.cure.label}, held out"] = np.append(each.held_out, missing)
        columns[f"{each.cure.label}, training"] = np.append(each.training, missing)
    return columns


def lags_table(outcomes: Sequence[Outcome]) -> dict[str, np.ndarray]:
    """Return what is left of the last error by lag, before and after training, a column a run."""
    columns = {"lag t − k": np.arange(outcomes[0].steps)}
    for each in outcomes:
        columns |= {f"{each.cure.label}, before": each.start, f"{each.cure.label}, after": each.end}
    return columns
