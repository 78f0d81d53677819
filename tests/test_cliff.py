"""The loss over two entries: every number of the map, the steps and the walk against the engine itself."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from rnnviz.engine import backward, forward, side_by_side, step_losses, train
from rnnviz.engine.training import clip
from rnnviz.experiment.core import run, with_parameters
from rnnviz.experiment.costs import Size
from rnnviz.experiment.training import train_run
from rnnviz.laboratory.cliff import draw, space, steps
from rnnviz.laboratory.cliff import say as said
from rnnviz.laboratory.cliff.compute import (
    REACHES,
    all_entries,
    at_point,
    chosen_entries,
    moved,
    points,
    surface,
    value_of,
    window,
    without_point,
)
from rnnviz.laboratory.cliff.steps import gradient_step, walk
from rnnviz.notation.numbers import four
from rnnviz.settings.config import PRESETS, RunConfig
from rnnviz.settings.edits import read

PAIR = ("Wh1.0.0", "b1.0")
SMALL = PRESETS["parity"].config.replace(batch=3, steps=5, hidden=3, optimiser="sgd", epochs=12)
CLIFF = PRESETS["orthogonal"].config.replace(
    steps=50, hidden=1, scheme="identity", spectral_radius=1.3, bias=0.1, learning_rate=0.1, epochs=300
)
"""One tanh unit that has to keep ±1 for 50 steps: a narrow valley between two walls."""


def loss_of(experiment, parameters):
    trace = forward(experiment.architecture, parameters, experiment.task.X, experiment.H_init)
    return step_losses(experiment.architecture, trace, experiment.task.Y).sum()


def around(experiment, entries, reach=0.5):
    x, y = (value_of(experiment.parameters, name) for name in entries)
    return x - reach, x + reach, y - 2 * reach, y + reach


@pytest.fixture(scope="module")
def small():
    experiment = run(SMALL)
    return experiment, surface(experiment, *PAIR, around(experiment, PAIR))


@pytest.fixture(scope="module")
def cliff():
    experiment = run(CLIFF)
    start = tuple(value_of(experiment.parameters, name) for name in PAIR)
    return experiment, surface(experiment, *PAIR, window(start, "near"))


@pytest.mark.parametrize("mode", ["sequence_to_sequence", "sequence_to_vector"])
@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid", "identity"])
@pytest.mark.parametrize("entries", [PAIR, ("W1.0.1", "W2.2.0"), ("b2.0", "Wh1.1.2"), ("Wh1.0.1", "Wh1.1.0")])
def test_every_loss_of_the_map_is_the_engines(activation, mode, entries):
    experiment = run(SMALL.replace(activation=activation, mode=mode, task="lecture_vector", bias=0.3))
    found = surface(experiment, *entries, around(experiment, entries))
    assert found.losses.shape == (len(found.y), len(found.x))
    for row, column in [(0, 0), (0, -1), (-1, 0), (7, 30), (41, 12), (-1, -1)]:
        place = {entries[0]: found.x[column], entries[1]: found.y[row]}
        expected = loss_of(experiment, moved(experiment.parameters, place))
        assert found.losses[row, column] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "identity"])
def test_slopes_are_the_lengths_of_the_gradient_of_the_two(activation):
    experiment = run(SMALL.replace(activation=activation))
    found = surface(experiment, *PAIR, around(experiment, PAIR))
    for row, column in [(0, 0), (3, 20), (-1, 5), (15, 15)]:
        place = dict(zip(PAIR, (found.x[::2][column], found.y[::2][row]), strict=True))
        gradients = with_parameters(experiment, moved(experiment.parameters, place)).backward.gradients
        expected = np.hypot(value_of(gradients, PAIR[0]), value_of(gradients, PAIR[1]))
        assert found.slopes[row, column] == pytest.approx(expected, rel=1e-6)


def test_a_slope_that_is_lost_in_rounding_is_0():
    experiment = run(SMALL.replace(activation="relu", bias=-10.0))
    found = surface(experiment, *PAIR, around(experiment, PAIR))
    assert (found.slopes == 0).all()
    assert "flat" in said.map_sentence(found, gradient_step(experiment, *PAIR, 1.0))


def test_what_overflows_is_not_finite_and_said_and_drawn_grey():
    experiment = run(CLIFF.replace(activation="identity", steps=200, spectral_radius=5.0))
    found = surface(experiment, *PAIR, (0.5, 200.0, -1.0, 1.0))
    broken = int((~np.isfinite(found.losses)).sum())
    assert 0 < broken < found.losses.size
    assert f"{broken} of {found.losses.size}" in said.size_sentence(found)
    step = gradient_step(experiment, *PAIR, 1.0)
    for theme in ("light", "dark"):
        figure = draw.contour(found, step, {}, theme)
        assert figure.ground
        assert np.isnan(figure.marks[0].z).sum() == broken
        space.space(found, step, {}, theme)


def test_a_larger_network_has_a_coarser_map():
    sizes = [points(Size.of(run(SMALL.replace(hidden=hidden, steps=50, batch=16)))) for hidden in (1, 16, 64)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] == 61
    assert sizes[-1] < 61
    assert all(size % 4 == 1 for size in sizes)


def test_a_map_of_many_parts_is_the_same_map(small, monkeypatch):
    experiment, found = small
    monkeypatch.setattr(side_by_side, "_MOST_NUMBERS", 5_000)
    again = surface(experiment, *PAIR, around(experiment, PAIR))
    np.testing.assert_allclose(again.losses, found.losses, rtol=1e-12)
    np.testing.assert_allclose(again.slopes, found.slopes, rtol=1e-12)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ((*PAIR, (1.0, 0.0, 0.0, 1.0)), "bounds"),
        ((*PAIR, (0.0, np.inf, 0.0, 1.0)), "bounds"),
        (("Wh1.0.0", "Wh1.0.0", (0.0, 1.0, 0.0, 1.0)), "entries"),
        (("Wh1.9.0", "b1.0", (0.0, 1.0, 0.0, 1.0)), "Wh1.9.0"),
    ],
)
def test_a_map_of_nothing_is_refused(small, arguments, named):
    with pytest.raises(ValueError, match=named):
        surface(small[0], *arguments)


def test_the_window_holds_the_start_and_the_near_part_of_the_walk():
    experiment = run(SMALL)
    found = walk(experiment, train_run(experiment), *PAIR)
    start = (1.0, -2.0)
    reach = REACHES["near"]
    assert window(start, "near") == pytest.approx((1 - reach, 1 + reach, -2 - reach, -2 + reach))
    path = dataclasses.replace(found, x=np.array([1.0, 1.0 + 1.9 * reach, 1.5]), y=np.array([-2.0, -2.0, 99.0]))
    left, right, bottom, top = window(start, "near", path)
    assert (left, bottom, top) == pytest.approx((1 - reach, -2 - reach, -2 + reach))
    assert right == pytest.approx(1 + 2 * reach)
    with pytest.raises(ValueError, match="reach"):
        window(start, "nearby")


def test_the_map_stays_while_the_point_moves():
    config = SMALL.replace(edits="W1.0.0:0.5")
    edits = at_point(config, PAIR, (0.25, -1.5))
    there = config.replace(edits=edits)
    assert {edit.variable for edit in read(edits)} == {"W1", "Wh1", "b1"}
    assert [value_of(run(there).parameters, name) for name in PAIR] == [0.25, -1.5]
    assert without_point(there, PAIR) == config
    assert read(at_point(there, PAIR, (1, 2))) != read(edits)
    assert len(read(at_point(there, PAIR, (1, 2)))) == 3


def test_an_entry_that_is_missing_is_replaced():
    experiment = run(SMALL)
    assert len(all_entries(experiment)) == sum(each.size for each in experiment.parameters)
    assert chosen_entries(experiment, PAIR) == PAIR
    assert chosen_entries(experiment, ("Wh1.7.7", "b1.0")) == PAIR
    assert chosen_entries(experiment, ("b1.0", "b1.0")) == ("b1.0", "Wh1.0.0")
    assert chosen_entries(experiment, ("W2.0.0", "b2.99")) == ("W2.0.0", "Wh1.0.0")


@pytest.mark.parametrize("truncation", [None, 2])
def test_steps_are_those_of_the_engine(truncation):
    experiment = run(SMALL.replace(truncation=truncation, learning_rate=0.3))
    result = backward(experiment.architecture, experiment.parameters, experiment.trace, experiment.task.Y, truncation)
    whole, limit = result.gradients, 0.25
    cut, changed = clip(whole, limit, None)
    assert changed
    found = gradient_step(experiment, *PAIR, limit)
    assert found.at == tuple(value_of(experiment.parameters, name) for name in PAIR)
    assert found.loss == pytest.approx(result.loss, rel=1e-13)
    assert found.length == pytest.approx(np.sqrt(sum((g**2).sum() for g in whole)), rel=1e-13)
    for landing, gradients in ((found.plain, whole), (found.clipped, cut)):
        after = type(whole)(*(p - 0.3 * g for p, g in zip(experiment.parameters, gradients, strict=True)))
        assert landing.place == pytest.approx([value_of(after, name) for name in PAIR], rel=1e-13)
        assert landing.loss == pytest.approx(loss_of(experiment, after), rel=1e-12)
        two = moved(experiment.parameters, dict(zip(PAIR, landing.place, strict=True)))
        assert landing.loss_of_two == pytest.approx(loss_of(experiment, two), rel=1e-12)
        x, y, loss = (f"{each:.6g}".replace("-", "−") for each in (*landing.place, loss_of(experiment, after)))
        assert said.landing_words(landing, "plain") == f"plain step to ({x}, {y}): L = {loss}"
    assert found.clipped.length == pytest.approx(0.3 * limit, rel=1e-12)


def test_the_two_components_are_slopes_of_the_surface(small):
    experiment, _ = small
    x, y = (value_of(experiment.parameters, name) for name in PAIR)
    found = surface(experiment, *PAIR, (x - 1e-4, x + 1e-4, y - 1e-4, y + 1e-4))
    middle = len(found.x) // 2
    by_x, by_y = found.losses[middle], found.losses[:, middle]
    gradient = gradient_step(experiment, *PAIR, 1.0).gradient
    assert (by_x[-1] - by_x[0]) / 2e-4 == pytest.approx(gradient[0], rel=1e-6)
    assert (by_y[-1] - by_y[0]) / 2e-4 == pytest.approx(gradient[1], rel=1e-6)


def test_a_gradient_that_is_not_finite_takes_no_step():
    experiment = run(CLIFF.replace(activation="identity", steps=200, spectral_radius=5.0, edits="Wh1.0.0:200"))
    found = gradient_step(experiment, *PAIR, 1.0)
    assert found.plain is None
    assert "not finite" in said.step_sentence(found)
    assert len(said.step_table(found, PAIR)["where"]) == 1


@pytest.mark.parametrize("clip_norm", [None, 0.1])
def test_the_walk_is_the_training_run(clip_norm):
    experiment = run(SMALL.replace(clip_norm=clip_norm))
    found = walk(experiment, train_run(experiment), *PAIR)
    epochs = list(
        train(
            experiment.architecture,
            experiment.parameters,
            experiment.task.X,
            experiment.task.Y,
            epochs=SMALL.epochs + 1,
            learning_rate=SMALL.learning_rate,
            clip_norm=clip_norm,
        )
    )
    np.testing.assert_array_equal(found.epochs, np.arange(SMALL.epochs + 1))
    np.testing.assert_allclose(found.x, [value_of(each.parameters, PAIR[0]) for each in epochs], rtol=1e-13)
    np.testing.assert_allclose(found.y, [value_of(each.parameters, PAIR[1]) for each in epochs], rtol=1e-13)
    np.testing.assert_allclose(found.losses, [each.loss for each in epochs], rtol=1e-12)
    updates = [each.updates for each in epochs[:-1]]
    seen = sum(np.hypot(value_of(u, PAIR[0]), value_of(u, PAIR[1])) for u in updates)
    whole = sum(np.sqrt(sum((part**2).sum() for part in u)) for u in updates)
    assert found.share == pytest.approx(seen / whole, rel=1e-10)
    assert found.finite


def test_a_run_that_breaks_is_walked_as_far_as_it_is_finite():
    experiment = run(PRESETS["exploding"].config)
    found = walk(experiment, train_run(experiment), *PAIR)
    assert not found.finite
    assert np.isfinite([found.x, found.y]).all()
    here = surface(experiment, *PAIR, around(experiment, PAIR))
    assert "no longer finite" in said.walk_sentence(found, here, "Training")
    told = said.walk_words(found)
    assert [text.endswith("then not finite") for text in told] == [False] * (len(told) - 1) + [True]
    step = gradient_step(experiment, *PAIR, 1.0)
    space.space(here, step, {"plain": found}, "light")


def test_the_preset_is_thrown_off_its_cliff_and_learns_when_clipped(cliff):
    experiment, found = cliff
    step = gradient_step(experiment, *PAIR, 1.0)
    steep = steps.steepness(found)
    assert steep.largest > 100 * steep.median
    assert step.length > 50
    assert step.plain.length > 5
    assert step.plain.loss > 1.2 * step.loss
    assert step.clipped.loss < 0.05 * step.loss
    assert not steps.inside(found, step.plain.place)
    assert steps.inside(found, step.clipped.place)
    plain = walk(experiment, train_run(experiment), *PAIR)
    other = run(CLIFF.replace(clip_norm=1.0))
    clipped = walk(other, train_run(other), *PAIR)
    assert plain.losses[-1] > 0.49  # ½: what the best constant answer to ±1 costs
    assert clipped.losses[-1] < 1e-3
    assert clipped.share > 0.5


def test_the_sentences_hold_the_live_numbers(cliff):
    experiment, found = cliff
    step = gradient_step(experiment, *PAIR, 1.0)
    steep = steps.steepness(found)
    words = said.map_sentence(found, step)
    expected = np.nanmax(found.slopes) / np.nanmedian(found.slopes)
    for number in (steep.largest, steep.median, expected, *step.at, step.loss, step.length):
        assert four(number) in words
    words = said.step_sentence(step)
    for number in (step.plain.length, step.plain.loss, step.clipped.length, step.clipped.loss_of_two):
        assert four(number) in words
    assert "plain step leaves" in said.beyond_sentence(step, found)
    assert "clipped step leaves" not in said.beyond_sentence(step, found)
    loose = gradient_step(experiment, *PAIR, 1000.0)
    assert "leaves it as it is" in said.step_sentence(loose)
    assert loose.clipped.place == loose.plain.place


def test_the_largest_slope_stands_where_the_sentence_says(cliff):
    experiment, found = cliff
    steep = steps.steepness(found)
    place = dict(zip(PAIR, steep.place, strict=True))
    gradients = with_parameters(experiment, moved(experiment.parameters, place)).backward.gradients
    length = np.hypot(*(value_of(gradients, name) for name in PAIR))
    assert steep.largest == pytest.approx(length, rel=1e-4)


def test_a_line_is_cut_where_it_leaves_the_map(small):
    _, found = small
    start = (float(found.x[30]), float(found.y[30]))
    right, top = found.x[-1], found.y[-1]
    assert steps.cut_at_border(found, start, (start[0] + 100, start[1])) == pytest.approx((right, start[1]))
    assert steps.cut_at_border(found, start, (start[0], start[1] + 9)) == pytest.approx((start[0], top))
    near = (start[0] + 0.01, start[1] - 0.01)
    assert steps.cut_at_border(found, start, near) == pytest.approx(near)
    end = (start[0] - 30.0, start[1] + 20.0)
    cut = steps.cut_at_border(found, start, end)
    assert (cut[1] - start[1]) / (cut[0] - start[0]) == pytest.approx(-2 / 3)
    assert steps.inside(found, cut) or min(abs(cut[0] - found.x[0]), abs(cut[1] - top)) < 1e-12


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_map_shows_its_numbers(cliff, theme):
    experiment, found = cliff
    step = gradient_step(experiment, *PAIR, 1.0)
    paths = {"plain": walk(experiment, train_run(experiment), *PAIR)}
    figure = draw.contour(found, step, paths, theme)
    lines, picks, *marks = figure.marks
    shown = {mark.name: mark for mark in marks}
    np.testing.assert_allclose(10**lines.z, found.losses, rtol=1e-12)
    assert picks.picked
    for row, column in ((0, 0), (1, 0), (16, 4), (30, 30)):
        here = np.flatnonzero(found.y == picks.y[row])[0], np.flatnonzero(found.x == picks.x[column])[0]
        assert picks.z[row, column] == found.losses[here]
        assert picks.values[row, column] == found.slopes[row, column]
    assert (shown["the experiment"].x[0], shown["the experiment"].y[0]) == step.at
    assert tuple(shown["clipped step"].x) == (step.at[0], step.clipped.place[0])
    assert tuple(shown["clipped step"].y) == (step.at[1], step.clipped.place[1])
    assert "plain step (leaves the map)" in shown
    np.testing.assert_array_equal(shown["training, not clipped"].x, paths["plain"].x)
    assert figure.x.range == (found.x[0], found.x[-1])


def test_the_view_in_space_stands_on_the_same_numbers(cliff):
    experiment, found = cliff
    step = gradient_step(experiment, *PAIR, 1.0)
    figure = space.space(found, step, {}, "light").figure
    np.testing.assert_allclose(10 ** figure.data[0].z, found.losses, rtol=1e-12)
    shown = {trace.name: trace for trace in figure.data if trace.name}
    assert shown["the experiment"].z[0] == pytest.approx(np.log10(step.loss) + 0.02)
    assert shown["clipped step"].z[1] == pytest.approx(np.log10(step.clipped.loss) + 0.02)


def test_from_beyond_the_map_no_step_is_drawn_and_it_is_said(cliff):
    _, found = cliff
    step = gradient_step(run(CLIFF.replace(edits="b1.0:9")), *PAIR, 1.0)
    picture = space.space(found, step, {}, "dark")
    assert len(draw.contour(found, step, {}, "dark").marks) == len(picture.flat.marks) == 2
    assert len(picture.figure.data) == 1
    assert "beyond this map" in said.map_sentence(found, step)


def test_tables_hold_the_map_and_the_steps(cliff):
    experiment, found = cliff
    table = said.map_table(found)
    assert list(table)[:3] == ["Wₕ₁[0, 0]", "β₁[0]", "L"]
    place = 5 * len(found.x) + 9
    values = [column[place] for column in table.values()]
    assert values[:3] == [found.x[9], found.y[5], found.losses[5, 9]]
    assert np.isnan(values[3])
    step = gradient_step(experiment, *PAIR, 1.0)
    rows = said.step_table(step, PAIR)
    assert list(rows["L"]) == [step.loss, step.plain.loss, step.clipped.loss]
    assert len({len(column) for column in rows.values()}) == 1
    path = walk(experiment, train_run(experiment), *PAIR)
    assert len({len(column) for column in said.walk_table(path, PAIR).values()}) == 1


def test_the_defaults_of_the_configuration_are_the_pair():
    assert (RunConfig().first_entry, RunConfig().second_entry) == PAIR
