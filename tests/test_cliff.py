"""The loss surface: every loss on it, the step, the walk, and standing somewhere else."""

from functools import cache

import numpy as np
import pytest

from rnnviz.config import PRESETS, RunConfig
from rnnviz.engine import forward, step_losses
from rnnviz.engine.training import clip
from rnnviz.experiment import kept, run, train_run
from rnnviz.experiment.surface import (
    REACHES,
    all_entries,
    at_point,
    chosen_entries,
    gradient_step,
    moved,
    points,
    surface,
    value_of,
    walk,
    without_point,
)
from rnnviz.figures import cliff as drawn
from rnnviz.figures import tables
from rnnviz.figures.measures import cliff as measured

CLIFF = PRESETS["cliff"].config
SMALL = PRESETS["parity"].config.replace(steps=5, hidden=3, batch=3)
ENTRIES = "Wh1.0.0", "b1.0"


@cache
def cliff():
    experiment = run(CLIFF)
    return experiment, surface(experiment, *ENTRIES, "near"), train_run(experiment)


def loss_at(experiment, **values):
    parameters = moved(experiment.parameters, {name.replace("_", "."): v for name, v in values.items()})
    trace = forward(experiment.architecture, parameters, experiment.task.X, experiment.H_init)
    return step_losses(experiment.architecture, trace, experiment.task.Y).sum()


@pytest.mark.parametrize("mode", ["sequence_to_sequence", "sequence_to_vector"])
@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid", "identity"])
@pytest.mark.parametrize("entries", [("Wh1.0.1", "b1.2"), ("W1.0.1", "W2.2.0"), ("Wh1.1.1", "Wh1.1.2")])
def test_every_loss_of_the_map_is_the_engines_at_those_numbers(activation, mode, entries):
    experiment = run(SMALL.replace(activation=activation, mode=mode))
    found = surface(experiment, *entries, "middle")
    stream = np.random.default_rng(0)
    for row, column in stream.integers(len(found.x), size=(12, 2)):
        parameters = moved(experiment.parameters, {entries[0]: found.x[column], entries[1]: found.y[row]})
        trace = forward(experiment.architecture, parameters, experiment.task.X)
        expected = step_losses(experiment.architecture, trace, experiment.task.Y).sum()
        assert found.losses[row, column] == pytest.approx(expected, rel=1e-12)


def test_the_middle_of_the_map_is_the_start():
    experiment, found, _ = cliff()
    half = len(found.x) // 2
    assert (found.x[half], found.y[half]) == found.start == (1.2, 0.0)
    assert found.losses[half, half] == pytest.approx(experiment.backward.loss, rel=1e-12)
    assert found.x[-1] - found.start[0] == pytest.approx(REACHES["near"])


def test_the_gradient_is_the_slope_of_the_map():
    experiment = run(SMALL)
    step, eps = gradient_step(experiment, *ENTRIES, 1.0), 1e-6
    start = [value_of(experiment.parameters, name) for name in ENTRIES]
    right = loss_at(experiment, Wh1_0_0=start[0] + eps) - loss_at(experiment, Wh1_0_0=start[0] - eps)
    up = loss_at(experiment, b1_0=start[1] + eps) - loss_at(experiment, b1_0=start[1] - eps)
    assert step.gradient == pytest.approx((right / 2 / eps, up / 2 / eps), rel=1e-6)


@pytest.mark.parametrize("limit", [0.1, 1e9])
def test_the_step_is_the_rate_times_the_gradient_whole_and_clipped(limit):
    experiment = run(SMALL)
    step, gradients = gradient_step(experiment, *ENTRIES, limit), kept(experiment).gradients
    rate = experiment.config.learning_rate
    for place, after, used in (
        (step.plain, step.after_plain, gradients),
        (step.clipped, step.after_clipped, clip(gradients, limit, None)[0]),
    ):
        parameters = type(gradients)(
            *(p - rate * g for p, g in zip(experiment.parameters, used, strict=True))
        )
        assert place == tuple(value_of(parameters, name) for name in ENTRIES)
        trace = forward(experiment.architecture, parameters, experiment.task.X)
        assert after == step_losses(experiment.architecture, trace, experiment.task.Y).sum()
    assert step.length == pytest.approx(np.sqrt(sum((g**2).sum() for g in gradients)))


def test_the_preset_stands_at_a_wall_that_throws_a_plain_step_and_not_a_clipped_one():
    experiment, found, clipped = cliff()
    steepest, middle = measured.slopes(found)
    assert steepest > 1e6 * middle
    step = gradient_step(experiment, *ENTRIES, 1.0)
    assert step.length > 300
    assert step.after_plain > 1e20
    assert step.after_clipped < step.before
    assert measured.leaves(found, step.plain)
    assert clipped.finite
    assert clipped.losses[-1] < 0.2
    plain = train_run(run(CLIFF.replace(clip_norm=None)))
    assert not plain.finite
    assert plain.epochs_done <= 3


def test_the_walk_is_the_training_run_and_its_share_is_that_of_the_two_entries():
    _, _, result = cliff()
    way = walk(result, *ENTRIES)
    np.testing.assert_array_equal(way.x, result.parameters["Wh1"][:, 0, 0])
    np.testing.assert_array_equal(way.epochs, result.snapshot_epochs)
    other = train_run(run(SMALL.replace(epochs=20)))
    way, whole = walk(other, *ENTRIES), 0.0
    for before in range(len(other.snapshot_epochs) - 1):
        squares = [((v[before + 1] - v[before]) ** 2).sum() for v in other.parameters.values()]
        whole += np.sqrt(sum(squares))
    seen = np.hypot(np.diff(way.x), np.diff(way.y)).sum()
    assert way.share == pytest.approx(seen / whole, rel=1e-12)
    assert 0 < way.share < 1


def test_standing_somewhere_else_moves_the_experiment_and_leaves_the_map():
    config = CLIFF.replace(edits=at_point(CLIFF, ENTRIES, (0.8, -0.25)))
    there = run(config)
    assert [value_of(there.parameters, name) for name in ENTRIES] == [0.8, -0.25]
    assert without_point(config, ENTRIES) == CLIFF
    again = config.replace(edits=at_point(config, ENTRIES, (0.5, 0.0)))
    assert again.edits.count("Wh1.0.0") == 1
    other = CLIFF.replace(edits="W2.0.0:0.5,b1.0:1")
    assert without_point(other, ENTRIES).edits == "W2.0.0:0.5"


def test_entries_that_the_network_does_not_have_are_replaced_by_others():
    experiment = run(CLIFF)
    assert chosen_entries(experiment, ENTRIES) == ENTRIES
    assert chosen_entries(experiment, ("Wh1.5.5", "b1.0")) == ("Wh1.0.0", "b1.0")
    assert chosen_entries(experiment, ("b1.0", "b1.0")) == ("b1.0", "Wh1.0.0")
    assert len(all_entries(experiment)) == 2 + 1 + 1 + 1 + 1


def test_a_larger_network_gets_a_coarser_map():
    assert points(run(CLIFF)) == 61
    large = run(RunConfig(preset="parity", task="parity", steps=150, hidden=64, batch=64))
    assert 11 <= points(large) < 30
    assert points(large) % 2 == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("Wh1.0.0", "Wh1.0.0", "near"), "expected two different entries"),
        (("Wh1.9.0", "b1.0", "near"), "entries: got Wh1.9.0 and b1.0"),
        (("Wh1.0.0", "b1.0", "wide"), "reach: got 'wide', expected one of near, middle, far"),
    ],
)
def test_an_impossible_map_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        surface(run(CLIFF), *arguments)


def test_a_step_that_leaves_the_map_ends_at_its_border():
    _, found, _ = cliff()
    assert measured.within(found, (1.2, 0.0), (1.3, 0.1)) == pytest.approx((1.3, 0.1))
    end = measured.within(found, (1.2, 0.0), (-8.8, 5.0))
    assert end[0] == pytest.approx(found.x[0])
    assert end[1] == pytest.approx(0.5)
    assert measured.within(found, (1.2, 0.0), (np.nan, 0.0))[0] == 1.2
    assert measured.leaves(found, (np.nan, 0.0))


def test_the_sentences_hold_the_numbers():
    experiment, found, result = cliff()
    step = gradient_step(experiment, *ENTRIES, 1.0)
    words = measured.surface_sentence(found, (1.2, 0.0), step.before)
    assert "Wₕ₁[0, 0] = **1.2** and β₁[0] = **0**; the loss is **10.07**" in words
    words = measured.step_sentence(step, 0.02)
    assert "goes **6.718** far" in words
    assert "clipped from 335.9 to 1 it goes **0.02** far" in words
    assert "leaves it as it is" in measured.step_sentence(gradient_step(experiment, *ENTRIES, 1e9), 0.02)
    words = measured.walk_sentence(walk(result, *ENTRIES), result, True)
    assert "with clipping: 300 epochs, it ends at a loss of **0.1545**" in words
    broken = train_run(run(CLIFF.replace(clip_norm=None)))
    assert "not finite" in measured.walk_sentence(walk(broken, *ENTRIES), broken, False)


def test_what_is_not_finite_leaves_a_gap_and_is_counted():
    experiment = run(CLIFF.replace(steps=200))
    found = surface(experiment, *ENTRIES, "far")
    lost = int((~np.isfinite(found.losses)).sum())
    assert lost > 0
    assert f"{lost} of {found.losses.size} losses are not finite" in measured.surface_sentence(
        found, (1, 1), 1.0
    )
    step = gradient_step(experiment, *ENTRIES, 1.0)
    assert drawn.contour(found, (1.2, 0.0), step, walk(train_run(experiment), *ENTRIES), "light").data


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_the_pictures_hold_the_map_the_step_and_the_walk(mode):
    experiment, found, result = cliff()
    step, way = gradient_step(experiment, *ENTRIES, 1.0), walk(result, *ENTRIES)
    figure = drawn.contour(found, (1.2, 0.0), step, way, mode)
    traces = {trace.name: trace for trace in figure.data}
    np.testing.assert_array_equal(figure.data[0].customdata, found.losses)
    below = figure.data[0].z < figure.data[0].zmax
    np.testing.assert_allclose(10 ** figure.data[0].z[below], found.losses[below], rtol=1e-9)
    np.testing.assert_array_equal(traces["training run"].x, way.x)
    assert traces["clipped step"].x[1] == pytest.approx(step.clipped[0])
    assert traces["plain step (leaves the map)"].x[1] == pytest.approx(found.x[0])
    picks = figure.data[-1]
    assert len(picks.x) == drawn.PICKS**2
    assert picks.marker.opacity == picks.unselected.marker.opacity == 0
    mountain = drawn.mountain(found, (1.2, 0.0), step, way, mode)
    np.testing.assert_array_equal(mountain.data[0].customdata, found.losses)
    table = tables.surface(found)
    place = 5 * len(found.x) + 7
    assert (table["Wh1.0.0"][place], table["b1.0"][place]) == (found.x[7], found.y[5])
    assert table["loss"][place] == found.losses[5, 7]
