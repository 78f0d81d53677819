"""The loss surface in words and numbers: how steep its wall is, where the steps go, how training walks."""

from collections.abc import Mapping, Sequence

import numpy as np

from rnnviz.laboratory.cliff.compute import Surface, Walk
from rnnviz.laboratory.cliff.steps import Landing, Step, inside, steepness
from rnnviz.notation.numbers import counted, four, percent, rounded
from rnnviz.notation.rules import TRUNCATIONS
from rnnviz.settings.config import RunConfig
from rnnviz.settings.edits import entry_of
from rnnviz.settings.fields import LABELS


def label(name: str) -> str:
    """Return an entry such as "Wh1.0.2" as the lecture writes it: "Wₕ₁[0, 2]"."""
    variable, entry = entry_of(name)
    return f"{LABELS[variable]}[{', '.join(map(str, entry))}]"


def map_sentence(found: Surface, step: Step) -> str:
    """Say how steep the map is and where the experiment stands on it."""
    x, y = map(label, found.entries)
    stands = f"The experiment stands at {x} = **{four(step.at[0])}**, {y} = **{four(step.at[1])}** with a loss of "
    stands += f"**{four(step.loss)}**; there the gradient of all parameters is **{four(step.whole)}** long"
    if step.truncation is not None:
        length, kind = step.truncation
        stands += f", the truncated one (τ = {length}, “{TRUNCATIONS[kind]}”) **{four(step.length)}**"
    beyond = "" if inside(found, step.at) else " That is beyond this map, so no step is drawn."
    return f"{_wall(found, step)} {stands}.{beyond}"


def _wall(found: Surface, step: Step) -> str:
    steep, losses = steepness(found), found.losses
    if not np.isfinite(losses).any():
        return "No loss on this map is finite."
    if np.isnan(steep.largest):
        return "No gradient on this map is finite."
    x, y = map(four, steep.place)
    if steep.largest == 0:
        flat = np.isfinite(losses).all() and not np.ptp(losses)
        why = "these two entries do not change the loss" if flat else "there the gradient of these two is 0"
        return f"The map is flat{'' if flat else ' wherever its slope is measured'}: {why}."
    full = "" if step.truncation is None else "full "
    text = f"The {full}gradient over these two entries is up to **{four(steep.largest)}** long, at ({x}, {y})"
    if steep.median == 0:
        return f"{text}; on at least half of the map it is 0."
    times = f"{four(steep.largest / steep.median)} times the median of {four(steep.median)}"
    return f"{text}: **{times}** on this map."


def step_sentence(step: Step) -> str:
    """Say how long the plain and the clipped step are and where they land."""
    gradient = "gradient" if step.truncation is None else "truncated gradient"
    if step.plain is None:
        return f"The {gradient} is not finite here: there is no step to take, and nothing to clip."
    by = "−η ∂L/∂θ" if step.truncation is None else f"by −η times the {gradient}"
    plain = f"The plain step {by} is **{four(step.plain.length)}** long and lands {_lands(step.plain)}."
    if step.clipped is None or step.length <= step.limit:
        return f"{plain} The {gradient} is no longer than {four(step.limit)}, so clipping leaves it as it is."
    clipped = f"the step is **{four(step.clipped.length)}** long and lands {_lands(step.clipped)}"
    return f"{plain} With the {gradient} clipped to length {four(step.limit)} {clipped}."


def _lands(landing: Landing) -> str:
    there = f"at a loss of **{four(landing.loss)}**" if np.isfinite(landing.loss) else "where L is **not finite**"
    return f"{there} ({four(landing.loss_of_two)} if only these two move)"


def columns_note(blocks: Mapping[str, range]) -> str:
    """Say which columns of Wₕ₁ belong to which block of a gated cell, the entries of β₁ alike."""
    ends = (f"{name} {each[0]}" + (f" to {each[-1]}" if len(each) > 1 else "") for name, each in blocks.items())
    return f"Columns of Wₕ₁, and entries of β₁, by gate: {', '.join(ends)}."


def missing_note(wanted: str, taken: str) -> str:
    """Say which chosen entry this network does not have, and which is drawn instead."""
    return f"{label(wanted)} cannot be drawn here; {label(taken)} stands in its place."


def limit_note(limit: float) -> str:
    """Say that the limit serves the comparison alone."""
    return f"Training is not clipped by norm here; to compare, the gradient is clipped to {four(limit)}."


def clip_value_note(limit: float) -> str:
    """Say that the compared walks leave clipping by value out."""
    return f"The experiment's clipping by value, at {four(limit)}, is left out of both."


def train_help(epochs: int, limit: float) -> str:
    """Say what the button to train from a point does."""
    updates = counted(epochs, "update")
    return f"{updates} from this point, not clipped and clipped to {four(limit)}; the map then plays both ways."


def step_note(step: Step, found: Surface, config: RunConfig) -> str:
    """Say what kind of step is drawn, and which one leaves the map."""
    plain = f"Steps of plain gradient descent with η = {four(config.learning_rate)}."
    optimiser = "" if config.optimiser == "sgd" else "The walk takes the steps of the chosen optimiser instead."
    truncated = "" if step.truncation is None else "The map shows the full loss; training truncates too."
    return " ".join(filter(None, (plain, beyond_sentence(step, found), optimiser, truncated)))


def beyond_sentence(step: Step, found: Surface) -> str:
    """Say which step leaves the map and how far it goes; nothing where both stay."""
    names = {"plain": step.plain, "clipped": step.clipped if step.length > step.limit else None}
    gone = [
        f"The {name} step leaves the map: it ends at ({four(each.place[0])}, {four(each.place[1])})."
        for name, each in names.items()
        if each is not None and inside(found, step.at) and not inside(found, each.place)
    ]
    return " ".join(gone)


def walk_name(kind: str, limit: float) -> str:
    """Return the name of a training run, "plain", "clipped" or "own"."""
    names = {"plain": "training, not clipped", "own": "training as set"}
    return names.get(kind) or f"training, clipped to {four(limit)}"


def walk_words(walk: Walk) -> list[str]:
    """Say where a walk stands at each of its points, and at the last one that it breaks there."""
    points = zip(walk.epochs, walk.losses, strict=True)
    words = [f"after {counted(int(epoch), 'update')}: L = {rounded(loss, 6)}" for epoch, loss in points]
    return words if walk.finite or not words else [*words[:-1], f"{words[-1]}, then not finite"]


def landing_words(landing: Landing, kind: str) -> str:
    """Say where a step lands and what the loss is there."""
    x, y, loss = (rounded(value, 6) for value in (*landing.place, landing.loss))
    return f"{kind} step to ({x}, {y}): L = {loss}"


def walk_sentence(walk: Walk, found: Surface, name: str) -> str:
    """Say where a run, such as "Training as set", ends, how much of its walk is seen here and on the map."""
    if walk.x.size == 0:
        return f"{name} has no finite point."
    updates = counted(walk.updates, "update")
    ends = f"breaks after {updates}: the numbers are no longer finite"
    if walk.finite:
        ends = f"ends after {updates} at a loss of **{four(walk.losses[-1])}**"
    way = "the way between its drawn points" if walk.thinned else "its way"
    share = "" if np.isnan(walk.share) else f"; **{percent(walk.share, 1)}** of {way} lies in these two entries"
    outside = sum(not inside(found, place) for place in zip(walk.x, walk.y, strict=True))
    points = f"{outside} of its {walk.x.size} drawn points {'lies' if outside == 1 else 'lie'}"
    points = "its only drawn point lies" if walk.x.size == 1 else points
    left = f"; {points} beyond the map" if outside else ""
    return f"{name} {ends}{share}{left}."


def size_sentence(found: Surface) -> str:
    """Say of how many points the map is made, and how many of them have no finite loss."""
    count, broken = found.losses.size, int((~np.isfinite(found.losses)).sum())
    text = f"{len(found.x)} × {len(found.y)} losses, each of the whole network with these two entries put there"
    if broken:
        return f"{text}; {broken} of {count} {'is' if broken == 1 else 'are'} not finite (grey)"
    return f"{text}; all are finite"


def map_table(found: Surface) -> dict[str, np.ndarray]:
    """Return the map as one row a point; every second of each has a gradient, NaN elsewhere."""
    first, second = np.meshgrid(found.x, found.y)
    slopes = np.full(found.losses.shape, np.nan)
    slopes[::2, ::2] = found.slopes
    x, y = map(label, found.entries)
    columns = {x: first, y: second, "L": found.losses, "gradient of the two": slopes}
    return {name: values.ravel() for name, values in columns.items()}


def walk_table(walk: Walk, entries: tuple[str, str]) -> dict[str, np.ndarray]:
    """Return a walk as one row a point."""
    x, y = map(label, entries)
    return {"updates": walk.epochs, x: walk.x, y: walk.y, "L": walk.losses}


def step_table(step: Step, entries: tuple[str, str]) -> dict[str, Sequence | np.ndarray]:
    """Return where the experiment stands and where the two steps land."""
    x, y = map(label, entries)
    landed = [each for each in (step.plain, step.clipped) if each is not None]
    rows = [(*each.place, each.length, each.loss, each.loss_of_two) for each in landed]
    numbers = np.array([(*step.at, 0.0, step.loss, step.loss), *rows]).T
    names = ["here", "after the plain step", "after the clipped step"][: 1 + len(landed)]
    columns = zip((x, y, "length of the step", "L", "L if only these two move"), numbers, strict=True)
    return {"where": names} | dict(columns)
