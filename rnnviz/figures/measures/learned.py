"""What a trained network can do, in sentences."""

from __future__ import annotations

import numpy as np

from rnnviz.edits import unmarked
from rnnviz.story.numbers import four, part_of, percent, times


def confusion_sentence(found: object, where: str) -> str:
    """Say how many answers of an ``experiment.Confusion`` are right, and which mistake is the commonest."""
    text = (
        f"{where} {part_of(found.right, found.total, 'answer', 'is', 'are', bold=True)} right "
        f"({percent(found.right, found.total)})"
    )
    wrong = found.counts - np.diag(np.diag(found.counts))
    if not wrong.any():
        return text + "."
    target, said = np.unravel_index(int(wrong.argmax()), wrong.shape)
    wanted, given = (unmarked(str(found.labels[place])) for place in (target, said))
    often = "most often " if (wrong > 0).sum() > 1 else ""
    return f"{text}; {often}“{wanted}” was taken for “{given}”, {times(int(wrong[target, said]))}."


def forecast_sentence(found: object, how: str, unit: str) -> str:
    """Say how far off the network's forecasts are beside the naive ones, and whether it beats both."""
    errors = {name: each["mae"] for name, each in found.errors.items()}
    naive = {name: value for name, value in errors.items() if name != "network"}
    others = " and ".join(f"{four(value)} by the {_named(name)}" for name, value in naive.items())
    better = [name for name, value in naive.items() if errors["network"] < value]
    verdict = "better than both" if len(better) == 2 else "better than one" if better else "worse than both"
    return (
        f"{how} the network is off by **{four(errors['network'])}** ({unit}) on average over "
        f"{found.years[0]}–{found.years[-1]}, {others}: {verdict}."
    )


def _named(name: str) -> str:
    return {"last value": "last known value", "11 years ago": "value 11 years before"}[name]


def course_sentence(found: object) -> str:
    """Say how far the parameters went and how much of the way the plane of an ``experiment.Course`` shows."""
    straight = float(np.linalg.norm(found.path[0]))
    length = float(np.linalg.norm(np.diff(found.path, axis=0), axis=1).sum())
    times = four(length / straight) if straight > 0 else ""
    around = {"": "", "1": ", in a straight line"}.get(times, f", {times} times the straight way")
    return (
        f"All parameters together went **{four(length)}** far on this plane{around}. Its two directions are "
        f"those in which the path spreads most, and hold {percent(found.share, 1.0)} of it; the loss is that "
        "on the plane through the last state."
    )
