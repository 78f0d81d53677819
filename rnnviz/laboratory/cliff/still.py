"""The cliff in a picture that stands alone: the map, the step from there, and two walks of training."""

from collections.abc import Mapping
from functools import partial

from rnnviz.charts.still import Still, Stills
from rnnviz.experiment.core import Experiment, run
from rnnviz.experiment.training import train_run
from rnnviz.laboratory.cliff import compute, draw, steps
from rnnviz.laboratory.cliff import say as said

LIMIT, REACH = 1.0, "near"
"""The length that gradients are clipped to where the experiment clips none, and how far the map goes, at first."""


def mapped(found: compute.Surface, step: steps.Step, walks: Mapping[str, compute.Walk]) -> Still:
    """The map with what moves on it."""
    return Still(
        "cliff.map",
        "map",
        partial(draw.contour, found, step, walks),
        said.map_sentence(found, step),
        said.map_table(found),
        f"Colour: L on a log scale. {said.size_sentence(found)}.",
    )


def still(experiment: Experiment) -> Stills:
    """Return the part of an experiment."""
    config = experiment.config
    entries = compute.chosen_entries(experiment, (config.first_entry, config.second_entry))
    limit = LIMIT if config.clip_norm is None else config.clip_norm
    limits = {"plain": None, "clipped": limit}
    changed = {kind: run(config.replace(clip_norm=each, clip_value=None)) for kind, each in limits.items()}
    walks = {kind: steps.walk(each, train_run(each), *entries) for kind, each in changed.items()}
    step = steps.gradient_step(experiment, *entries, limit)
    middle = compute.values_at(experiment.parameters, entries)
    plain = compute.surface(experiment, *entries, compute.window(middle, REACH, None))
    walked = compute.surface(experiment, *entries, compute.window(middle, REACH, walks["plain"]))
    told = [said.walk_sentence(each, walked, said.walk_name(kind, limit).capitalize()) for kind, each in walks.items()]
    trained = mapped(walked, step, walks)
    return Stills(
        f"{said.map_sentence(plain, step)} {said.step_sentence(step)} {said.step_note(step, plain, config)}",
        (mapped(plain, step, {}), Still("cliff.walks", "training", trained.draw, " ".join(told), note=" ".join(told))),
        pick="cliff.walks",
    )
