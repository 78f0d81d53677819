"""Two runs side by side, in words: what differs in their settings, and what came of it."""

import numpy as np

from rnnviz.experiment.training import TrainingRun
from rnnviz.notation.numbers import four
from rnnviz.settings.config import FIELDS, LABELS, RunConfig
from rnnviz.settings.edits import read

_NOT_NAMED = {"preset", "sample", "compare"}
MOST_NAMED = 6


def differences(now: RunConfig, pinned: RunConfig) -> list[tuple[str, str, str]]:
    """Return (setting, here, in the pinned run) for every setting of the experiment that differs."""
    view = set(now.view()) | _NOT_NAMED
    changed = [name for name in FIELDS if name not in view and getattr(now, name) != getattr(pinned, name)]
    return [(FIELDS[name].label, _written(now, name), _written(pinned, name)) for name in changed]


def _written(config: RunConfig, name: str) -> str:
    value = getattr(config, name)
    if value is None:
        return "none"
    if isinstance(value, float):
        return four(value)
    if name == "edits":
        return f"{len(read(value))} changed by hand" if value else "none"
    return LABELS.get(value, str(value)) if name != "text" else f"“{value[:24]}…”"


def difference_sentence(now: RunConfig, pinned: RunConfig) -> str:
    """Say in what the two runs differ."""
    found = differences(now, pinned)
    if not found:
        return "The pinned run has the same settings; change one and see what it does."
    words = [f"{label} **{here}** here, {there} pinned" for label, here, there in found[:MOST_NAMED]]
    more = f"; and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
    return "Beside the pinned run: " + "; ".join(words) + more + "."


def outcome_sentence(now: TrainingRun, pinned: TrainingRun) -> str:
    """Say where the losses of the two runs ended, and where one became the lower for good."""
    ends = [run.losses[np.isfinite(run.losses)][-1:] for run in (now, pinned)]
    here, there = (float(end[0]) if end.size else float("nan") for end in ends)
    words = f"The loss ends at **{four(here)}** here and at {four(there)} in the pinned run"
    count = min(len(now.losses), len(pinned.losses))
    with np.errstate(invalid="ignore"):
        lower = now.losses[:count] < pinned.losses[:count]
    if not np.isfinite([here, there]).all() or now.losses[count - 1] == pinned.losses[count - 1]:
        return words + "."
    winner = "this one" if lower[-1] else "the pinned one"
    since = int(np.flatnonzero(lower != lower[-1])[-1]) + 1 if (lower != lower[-1]).any() else 0
    when = "from the start" if since == 0 else f"from epoch {since} on"
    both = "" if len(now.losses) == len(pinned.losses) else f" up to epoch {count - 1}, the last of both"
    return f"{words}; {winner} is the lower {when}{both}."
