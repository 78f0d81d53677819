"""The training studio's scene: what it shows is the run's own numbers, and they subtract."""

from __future__ import annotations

import dataclasses
import json
import re
from types import SimpleNamespace

import numpy as np
import pytest
from configurations import configurations
from hypothesis import given
from hypothesis import strategies as st

from rnnviz.charts.packed import packed_array, unpacked
from rnnviz.engine import Parameters, decompose, forward
from rnnviz.experiment.core import run
from rnnviz.experiment.training import Recorder, kept_epochs, train_run
from rnnviz.experiment.watch import watch
from rnnviz.notation.ids import HIDDEN_PARAMETERS, PARAMETERS
from rnnviz.notation.rules import clips, is_mean, rule
from rnnviz.scene import panels
from rnnviz.scene.comparing import difference_sentence, differences, outcome_sentence
from rnnviz.scene.training import FEWEST_FRAMES, MOST_FRAMES, MOST_NUMBERS, build_training_scene, played_places
from rnnviz.settings.config import PRESETS, RunConfig


def watched(name="lecture-sequence-to-sequence", **changes):
    config = PRESETS[name].config.replace(**changes)
    experiment = run(config)
    result = train_run(experiment)
    return experiment, result, watch(experiment, result, played_places(result, config), config.sample)


def staged(name="lecture-sequence-to-sequence", **changes):
    experiment, result, seen = watched(name, **changes)
    scene = build_training_scene(result, seen, experiment.task, experiment.config)
    json.dumps(scene, allow_nan=False)
    return result, scene


def at(result, place):
    return Parameters(*(result.parameters[name][place] for name in Parameters._fields))


def panel(scene, id):
    return next(each for each in scene["panels"] if each["id"] == id)


@pytest.mark.parametrize(
    "changes", [{}, {"optimiser": "adam"}, {"optimiser": "momentum"}, {"clip_norm": 0.1}, {"hidden": 16, "epochs": 400}]
)
def test_before_plus_step_is_the_next_epoch(changes):
    result, scene = staged(**changes)
    for name in PARAMETERS:
        part = scene["parameters"][name]
        before, step = unpacked(part["before"]).astype(float), unpacked(part["step"]).astype(float)
        for frame in range(3):
            np.testing.assert_allclose(before[frame] + step[frame], before[frame + 1], rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(step[5].ravel(), result.updates[name][5].ravel(), rtol=1e-6)
        np.testing.assert_allclose(unpacked(part["gradient"])[5].ravel(), result.gradients[name][5].ravel(), rtol=1e-6)


def test_plain_descent_is_rate_times_gradient():
    _, scene = staged(learning_rate=0.05)
    for part in scene["parameters"].values():
        step, gradient = unpacked(part["step"]), unpacked(part["gradient"])
        np.testing.assert_allclose(step, -0.05 * gradient, rtol=1e-5, atol=1e-12)
        np.testing.assert_allclose(
            unpacked(part["tells"]["values"])[:, 0], np.sqrt((step**2).sum(axis=(1, 2))), rtol=1e-5
        )
        assert part["states"] == {}


def test_what_the_optimiser_remembers_makes_the_step():
    _, scene = staged(optimiser="adam", learning_rate=0.02)
    for part in scene["parameters"].values():
        first, second = (unpacked(part["states"][f"{name} moment"]) for name in ("first", "second"))
        np.testing.assert_allclose(unpacked(part["step"]), -0.02 * first / (np.sqrt(second) + 1e-8), rtol=1e-4)
    _, scene = staged(optimiser="momentum", learning_rate=0.02)
    part = scene["parameters"]["W1"]
    velocity = unpacked(part["states"]["velocity"])
    np.testing.assert_allclose(unpacked(part["step"]), -0.02 * velocity, rtol=1e-5)
    gradient = unpacked(part["gradient"])
    np.testing.assert_allclose(velocity[4], 0.9 * velocity[3] + gradient[4], rtol=1e-4, atol=1e-7)


def test_the_words_on_the_step_have_its_length_and_its_angle():
    result, scene = staged(optimiser="momentum", learning_rate=0.02)
    told = scene["parameters"]["Wh1"]["tells"]
    step, plain = result.updates["Wh1"][7], -0.02 * result.gradients["Wh1"][7]
    lengths = np.linalg.norm(step), np.linalg.norm(plain)
    angle = np.degrees(np.arccos((step * plain).sum() / lengths[0] / lengths[1]))
    np.testing.assert_allclose(unpacked(told["values"])[7], [*lengths, angle], rtol=1e-4)
    assert re.findall(r"{(\d)}", told["words"]) == ["0", "1", "2"]


@pytest.mark.parametrize("optimiser", ["sgd", "momentum", "adam"])
@pytest.mark.parametrize("limits", [{"clip_norm": 0.1}, {"clip_value": 0.02}, {"clip_norm": 0.3, "truncation": 1}])
def test_what_the_optimiser_makes_is_told_beside_the_gradient_it_was_given(optimiser, limits):
    """Clipping shortens the gradient before the optimiser sees it, and is told apart."""
    result, scene = staged(optimiser=optimiser, learning_rate=0.02, **limits)
    for name, part in scene["parameters"].items():
        told, values = part["tells"]["words"], unpacked(part["tells"]["values"])
        step, given, whole = (kind[name] for kind in (result.updates, result.used, result.gradients))
        beside = whole if optimiser == "sgd" else given
        for frame in (0, 7):
            lengths = [np.linalg.norm(step[frame]), 0.02 * np.linalg.norm(beside[frame])]
            np.testing.assert_allclose(values[frame, :2], lengths, rtol=1e-4)
        if optimiser == "sgd":
            assert told.startswith("Clipping makes")
            continue
        np.testing.assert_allclose(values[0, 3], 0.02 * np.linalg.norm(whole[0]), rtol=1e-4)
        kind = "truncated gradient" if name in HIDDEN_PARAMETERS and "truncation" in limits else "gradient"
        assert f"−rate × clipped {kind} alone" in told
        assert f"Before clipping, −rate × {kind} is {{3}}" in told
        if optimiser == "momentum":  # at the first update the velocity is the gradient
            np.testing.assert_allclose(values[0, 0], values[0, 1], rtol=1e-6)
            assert values[0, 2] == 0


def test_a_truncated_gradient_is_called_one_and_the_full_one_by_lag_full():
    for changes, cut in (({"truncation": 1, "steps": 5}, True), ({"truncation": 5, "steps": 5}, False)):
        _, scene = staged(**changes)
        hidden, output = scene["parameters"]["Wh1"]["captions"], scene["parameters"]["W2"]["captions"]
        assert ("truncated gradient" in hidden["step"]) == cut
        assert "truncated" not in output["step"] + output["gradient"]
        assert ("Truncated" in panel(scene, "gradients")["title"]) == cut
        assert panel(scene, "lags")["title"].startswith("Full gradient") == cut
        assert ("Of the full gradient" in panel(scene, "lags")["words"]) == cut


def test_clipped_epochs_are_marked_and_their_step_is_the_clipped_one():
    result, scene = staged(clip_norm=0.5)
    assert scene["clipped"] == result.clipped.astype(int).tolist()
    assert 0 < sum(scene["clipped"]) < 100
    assert unpacked(panel(scene, "gradients")["marks"]).tolist() == np.flatnonzero(result.clipped).tolist()
    assert panel(scene, "gradients")["limit"] == 0.5
    step = np.sqrt(sum((unpacked(part["step"])[0] ** 2).sum() for part in scene["parameters"].values()))
    np.testing.assert_allclose(step, 0.1 * 0.5, rtol=1e-5)


def test_the_biggest_movers_are_the_largest_steps_and_none_where_all_move_alike():
    _, scene = staged()
    part = scene["parameters"]["Wh1"]
    sizes = np.abs(unpacked(part["step"]).reshape(100, -1))
    for frame, movers in enumerate(part["movers"]):
        assert movers[0] == sizes[frame].argmax()
        assert len(movers) <= 3
    _, scene = staged(optimiser="adam")
    assert scene["parameters"]["Wh1"]["movers"][0] == []


def test_frames_are_the_epochs_of_the_run():
    result, scene = staged("lecture-sequence-to-vector", epochs=20)
    assert scene["frames"] == list(range(20))
    np.testing.assert_allclose(unpacked(scene["parameters"]["Wh1"]["before"]), result.parameters["Wh1"], rtol=1e-6)
    lengths = [
        np.sqrt(sum((values[name][7] ** 2).sum() for name in PARAMETERS))
        for values in (result.gradients, result.updates)
    ]
    np.testing.assert_allclose(unpacked(scene["loop"])[7, :4], [7, result.losses[7], *lengths], rtol=1e-6)
    assert all(
        set(re.findall(r"{(.)}", words)) <= set("012345")
        for words in [*scene["words"]["whole"].values(), *(act[2] for act in scene["acts"])]
    )


@pytest.mark.parametrize("name", ["lecture-sequence-to-sequence", "exploding"])
def test_a_loss_is_told_beside_the_first_one(name):
    result, scene = staged(name, epochs=20)
    for row, kind in zip(unpacked(scene["loop"]), scene["outcome"], strict=True):
        times = result.losses[int(row[0])] / result.losses[0]
        assert kind == ("start" if row[0] == 0 else "part" if times < 2 else "times")
        if kind != "start":
            assert row[4] == pytest.approx(100 * times if kind == "part" else times, rel=0.051)
            assert row[5] == pytest.approx(result.losses[0])


@pytest.mark.parametrize("total", [1, 2, 299, 300, 301, 450, 2000, 9999])
def test_long_runs_keep_ever_fewer_epochs(total):
    kept = kept_epochs(total)
    assert len(kept) == min(total, 300)
    assert kept[0] == 0
    assert kept[-1] == total - 1
    assert (np.diff(kept) > 0).all()
    if total >= 2000:
        assert kept[:20].tolist() == list(range(20))
        assert np.diff(kept)[-50:].mean() > 5 * np.diff(kept)[50:100].mean()


def test_a_long_run_holds_no_more_than_its_snapshots():
    _, result, seen = watched(epochs=900)
    assert len(result.snapshot_epochs) == 300
    assert len(result.losses) == 900
    assert seen.places[[0, -1]].tolist() == [0, 299]


@pytest.mark.parametrize("name", ["parity", "adding", "characters", "exploding"])
def test_the_studio_stays_light(name):
    config = PRESETS[name].config.replace(epochs=320 if name != "exploding" else 50)
    experiment = run(config)
    result = train_run(experiment)
    places = played_places(result, config)
    assert places == sorted(set(places))
    assert len(places) <= MOST_FRAMES
    each = sum(values[0].size for values in result.parameters.values()) * (3 + len(result.states))
    assert len(places) * each <= max(1.1 * MOST_NUMBERS, 1.5 * FEWEST_FRAMES * each)


# --- charts -----------------------------------------------------------------------------------------------


def test_curves_are_the_run():
    result, scene = staged("parity", epochs=40)
    training, held_out = panel(scene, "loss")["series"]
    np.testing.assert_allclose(unpacked(training["ys"]), result.losses, rtol=1e-6)
    np.testing.assert_allclose(unpacked(held_out["ys"]), result.held_out_losses, rtol=1e-6)
    steps = panel(scene, "steps")
    np.testing.assert_allclose(unpacked(steps["values"]), result.step_losses, rtol=1e-6)
    for curve, norms in zip(panel(scene, "gradients")["series"], result.gradient_norms.values(), strict=True):
        np.testing.assert_allclose(unpacked(curve["ys"]), norms, rtol=1e-6)


def test_the_ratio_is_the_step_over_the_parameter():
    result, scene = staged()
    curve = panel(scene, "ratios")["series"][1]
    expected = np.linalg.norm(result.updates["Wh1"][9]) / np.linalg.norm(result.parameters["Wh1"][9])
    np.testing.assert_allclose(unpacked(curve["ys"])[9], expected, rtol=1e-5)
    bias = unpacked(panel(scene, "ratios")["series"][2]["ys"])
    assert np.isnan(bias[0])  # it starts at zero: no part of nothing


def test_a_single_loss_at_the_end_needs_no_map_of_steps():
    _, scene = staged("lecture-sequence-to-vector", epochs=3)
    assert {each["id"] for each in scene["panels"]} == {"loss", "gradients", "ratios", "lags"}


def test_a_curve_holds_the_epochs_that_are_played():
    xs = panels.sampled(5000, [0, 1, 2, 777, 4999])
    assert {0, 1, 2, 777, 4999} <= set(xs.tolist())
    assert len(xs) <= panels.MOST_COLUMNS + 5


@pytest.mark.parametrize(
    ("values", "log"),
    [([1.0, 2.0, 3.0], False), ([1e-6, 1.0], True), ([0.0, 1e-6, 1e-6, 2.0], True), ([-1.0, 5.0], False),
     ([np.nan, np.inf], False), ([0.0, 0.0], False), ([2.0, 2.0], False)],
)  # fmt: skip
def test_an_axis_holds_its_values_and_round_ticks(values, log):
    axis = panels.axis(np.array(values))
    assert axis["log"] == log
    assert axis["low"] < axis["high"]
    assert all(-1e-9 <= place <= 1 + 1e-9 for place, _ in axis["ticks"])
    finite = [value for value in values if np.isfinite(value) and (value > 0 or not log)]
    assert all(axis["low"] * 0.9999 <= value <= axis["high"] * 1.0001 for value in finite) or min(values) < 0


def test_ticks_stand_where_their_number_is():
    axis = panels.axis(np.array([0.0, 7.3]))
    for place, text in axis["ticks"]:
        assert axis["low"] + place * (axis["high"] - axis["low"]) == pytest.approx(float(text))


def test_packed_numbers_come_back():
    values = np.array([[1.5, -2.25e-30], [np.inf, np.nan]])
    np.testing.assert_array_equal(unpacked(packed_array(values)), values.astype("f4"))


# --- what it says, holds and sends back -------------------------------------------------------------------


def test_predictions_are_the_networks_own():
    experiment, result, seen = watched("parity", epochs=12, sample=2)
    trace = forward(experiment.architecture, at(result, 7), experiment.task.X)
    np.testing.assert_allclose(seen.predicted[7], trace.Y_hat[:, 2], rtol=1e-12)
    np.testing.assert_array_equal(seen.target, experiment.task.Y[:, 2])
    experiment, result, seen = watched("parity", epochs=5, sample=-1)
    trace = forward(experiment.architecture, at(result, 3), experiment.task.X)
    np.testing.assert_allclose(seen.predicted[3], trace.Y_hat.mean(axis=1), rtol=1e-12)


def test_in_sequence_to_vector_every_sequence_has_its_answer():
    experiment, result, seen = watched("adding", epochs=4)
    trace = forward(experiment.architecture, at(result, 3), experiment.task.X)
    np.testing.assert_allclose(seen.predicted[3], trace.Y_hat[-1], rtol=1e-12)
    assert seen.target.shape == experiment.task.Y.shape


def test_a_real_series_is_shown_in_its_unit():
    experiment, result, seen = watched("sunspots", epochs=3)
    trace = forward(experiment.architecture, at(result, 2), experiment.task.X)
    np.testing.assert_allclose(seen.predicted[2], experiment.task.to_unit(trace.Y_hat[:, 0]), rtol=1e-12)
    assert seen.target.max() > 20


def test_states_lie_along_the_directions_of_most_spread():
    experiment, result, seen = watched("parity", epochs=30)
    followed = seen.states.shape[2]
    trace = forward(experiment.architecture, at(result, 29), experiment.task.X[:, :followed])
    cloud = trace.H.reshape(-1, trace.H.shape[-1])
    variances = np.sort(np.linalg.eigvalsh(np.cov(cloud.T, bias=True)))[::-1]
    flat = seen.states[-1].reshape(-1, 2)
    np.testing.assert_allclose(flat.var(axis=0), variances[:2], rtol=1e-9)
    assert seen.spread == pytest.approx(variances[:2].sum() / variances.sum())


def test_one_hidden_unit_has_one_direction():
    _, _, seen = watched(hidden=1, epochs=2)
    assert (seen.states[..., 1] == 0).all()
    assert seen.spread == pytest.approx(1)


def test_the_gradient_by_lag_is_that_of_the_terms():
    experiment, result, seen = watched("parity", epochs=10)
    place = seen.lag_places[-1]
    trace = forward(experiment.architecture, at(result, place), experiment.task.X)
    terms = decompose(experiment.architecture, at(result, place), trace, experiment.task.Y).terms["Wh1"]
    for lag in range(len(terms)):
        summed = sum(terms[t, t - lag] for t in range(lag, len(terms)))
        np.testing.assert_allclose(seen.by_lag[-1, lag], np.linalg.norm(summed), rtol=1e-10, atol=1e-15)


def test_the_best_frame_is_the_one_with_the_lowest_loss():
    result, scene = staged("sunspots", epochs=60)
    assert scene["outputs"]["best"] == result.losses.argmin()


# --- runs that break --------------------------------------------------------------------------------------


def test_an_exploding_run_shows_only_finite_epochs():
    config = PRESETS["exploding"].config
    result = train_run(run(config))
    assert not result.finite
    _, scene = staged("exploding")
    for part in scene["parameters"].values():
        assert np.isfinite(unpacked(part["before"])).all()


def test_the_gradient_by_lag_of_a_broken_run_ends_with_its_last_sound_epoch():
    run, scene = staged("exploding")
    map_of_lags = panel(scene, "lags")
    xs, values = unpacked(map_of_lags["xs"]), unpacked(map_of_lags["values"])
    sound = int(run.snapshot_epochs[-1])
    assert xs.tolist()[-2:] == [sound, sound + 1]
    assert np.isfinite(values[:-1]).all()
    assert np.isnan(values[-1]).all()


def test_a_run_with_nothing_finite_plays_nothing():
    config = PRESETS["lecture-sequence-to-sequence"].config.replace(epochs=3)
    result = train_run(run(config))
    broken = {name: np.full_like(values, np.nan) for name, values in result.updates.items()}
    assert played_places(dataclasses.replace(result, updates=broken), config) == []


# --- two runs ---------------------------------------------------------------------------------------------


def beside(**changes):
    experiment, result, seen = watched()
    other = train_run(run(experiment.config.replace(**changes)))
    return result, other, build_training_scene(result, seen, experiment.task, experiment.config, other)


def test_a_pinned_run_stands_at_the_same_epochs():
    _, other, scene = beside(learning_rate=0.3)
    pinned = unpacked(scene["parameters"]["Wh1"]["pinned"])
    np.testing.assert_allclose(pinned[40], other.parameters["Wh1"][40] + other.updates["Wh1"][40], rtol=1e-5)
    curve = next(each for each in panel(scene, "loss")["series"] if each["name"] == "pinned")
    np.testing.assert_allclose(unpacked(curve["ys"]), other.losses, rtol=1e-6)


def test_what_two_runs_differ_by_is_subtracted_before_it_is_shortened():
    result, other, scene = beside(learning_rate=0.3)
    difference = unpacked(scene["parameters"]["Wh1"]["difference"])
    expected = sum(getattr(each, kind)["Wh1"][40] * sign for each, sign in ((result, 1), (other, -1))
                   for kind in ("parameters", "updates"))  # fmt: skip
    np.testing.assert_allclose(difference[40], expected, rtol=1e-6)
    _, _, same = beside()
    assert not unpacked(same["parameters"]["Wh1"]["difference"]).any()


def test_a_longer_pinned_run_is_cut_and_another_size_has_no_matrix():
    _, other, scene = beside(epochs=700, hidden=5)
    assert "pinned" not in scene["parameters"]["Wh1"]
    assert "pinned" in scene["parameters"]["b2"]
    curve = next(each for each in panel(scene, "loss")["series"] if each["name"] == "pinned")
    assert unpacked(curve["xs"]).max() == 99
    np.testing.assert_allclose(unpacked(curve["ys"])[-1], other.losses[99], rtol=1e-6)


def test_two_runs_are_told_apart_in_words():
    now = PRESETS["lecture-sequence-to-sequence"].config.replace(clip_norm=0.5, optimiser="adam", sample=0)
    pinned = PRESETS["lecture-sequence-to-sequence"].config.replace(parameter="W2", learning_rate=0.3)
    told = {label: (here, there) for label, here, there in differences(now, pinned)}
    assert told == {
        "Optimiser": ("adam", "plain gradient descent"),
        "Learning rate η": ("0.1", "0.3"),
        "Clip by norm": ("0.5", "none"),
    }
    sentence = difference_sentence(now, pinned)
    assert "**0.1** here, 0.3 pinned" in sentence
    assert "same settings" in difference_sentence(now, now.replace(sample=0, parameter="b1"))


def test_the_outcome_says_who_is_lower_and_since_when():
    def made(*losses):
        return SimpleNamespace(losses=np.array(losses))

    text = outcome_sentence(made(3.0, 2.0, 1.0, 0.5), made(2.5, 1.5, 1.2, 1.1))
    assert "**0.5** here and at 1.1" in text
    assert "this one is the lower from epoch 2 on" in text
    assert "the pinned one is the lower from the start" in outcome_sentence(made(3.0, 2.0), made(1.0, 0.5))
    assert "lower" not in outcome_sentence(made(1.0, 0.5), made(1.0, 0.5))
    text = outcome_sentence(made(9.0, 5e21), made(2.0, 3e20, 7e99))
    assert "the pinned one is the lower from the start up to epoch 1, the last of both." in text
    assert "not finite" not in outcome_sentence(made(1.0, np.nan), made(1.0, 0.5))


def test_colours_are_scaled_by_what_they_show():
    result, scene = staged()
    part = scene["parameters"]["Wh1"]
    steps = np.abs(result.updates["Wh1"]).max(axis=(1, 2))
    np.testing.assert_allclose(unpacked(part["limits"]["step"]), steps, rtol=1e-6)
    values = np.maximum(abs(result.parameters["Wh1"]), abs(result.parameters["Wh1"] + result.updates["Wh1"]))
    np.testing.assert_allclose(unpacked(part["limits"]["before"]), values.max(), rtol=1e-6)
    _, scene = staged("exploding")
    limits = unpacked(scene["parameters"]["Wh1"]["limits"]["before"])
    assert limits[0] < 1e-3 * limits[-1]


# --- stopped by the reader --------------------------------------------------------------------------------


def test_what_is_done_of_a_run_is_a_run():
    experiment = run(PRESETS["parity"].config.replace(epochs=900))
    recorder = Recorder(experiment)
    for epoch in recorder.epochs():
        if epoch.epoch == 420:
            break
    partial, whole = recorder.result(), train_run(experiment)
    assert partial.epochs_done == 421
    assert partial.finite
    assert partial.message.startswith("Stopped after 421 of 900 epochs")
    assert whole.message == ""
    np.testing.assert_array_equal(partial.losses, whole.losses[:421])
    assert partial.snapshot_epochs[-1] == 420
    np.testing.assert_array_equal(partial.final.Wh1, epoch.after.Wh1)


@pytest.mark.parametrize("name", ["lecture-sequence-to-sequence", "sunspots", "exploding"])
def test_a_run_from_its_link_is_the_same_to_the_last_bit(name):
    config = PRESETS[name].config.replace(epochs=30, hidden=7, optimiser="adam", clip_norm=0.7, seed=123)
    first, again = (train_run(run(each)) for each in (config, RunConfig.from_query(config.to_query())[0]))
    np.testing.assert_array_equal(first.losses, again.losses)
    for part in ("parameters", "gradients", "updates"):
        for key in PARAMETERS:
            np.testing.assert_array_equal(getattr(first, part)[key], getattr(again, part)[key])


def test_the_nearest_kept_epoch():
    kept = np.array([0, 1, 10, 11])
    assert panels.nearest(kept, np.array([0, 4, 5, 6, 99])).tolist() == [0, 1, 1, 2, 3]
    assert panels.nearest(np.array([3]), np.array([0, 9])).tolist() == [0, 0]


def test_a_spike_drowns_neither_a_curve_nor_a_map():
    values = np.full((100, 4), 0.5) + np.arange(4) / 10
    values[0] = 60.0
    assert panels.axis(values[:, 0])["log"]
    axis = panels.grid("x", "x", np.arange(100), values, "t", "loss", "")["axis"]
    assert axis["high"] == pytest.approx(0.8)
    assert axis["low"] == 0.5


def test_a_parameter_that_does_not_move_says_so():
    _, scene = staged("parity", steps=1, epochs=3)
    tells = scene["parameters"]["Wh1"]["tells"]
    assert (unpacked(tells["values"])[:, 0] == 0).all()
    assert tells["still"] == "Nothing moves Wₕ₁ in this epoch."


def test_in_every_setting_the_rule_names_what_makes_the_step():
    for config in configurations():
        cut = config.truncation is not None and config.truncation < config.steps
        for name in ("Wh1", "W2"):
            lines = " ".join(rule(config, name))
            assert (r"\tau" in lines) == (cut and name == "Wh1"), config.to_query()
            assert (r"\partial L" in lines) != (cut and name == "Wh1")
            assert (r"\hat{m}" in lines) == (config.optimiser == "adam")
            assert ("0.9\\,v" in lines) == (config.optimiser == "momentum")
            assert (r"-\eta\,g" in lines) == (config.optimiser == "sgd" and not clips(config))
            assert ("clip" in lines) == (config.clip_norm is not None or config.clip_value is not None)
        several = config.mode == "sequence_to_sequence" and config.steps > 1
        assert is_mean(config) == (config.over_time == "mean" and several)


@pytest.mark.parametrize("optimiser", ["sgd", "momentum", "adam"])
def test_the_gradient_that_the_optimiser_is_given_stands_beside_the_computed_one(optimiser):
    result, scene = staged(optimiser=optimiser, clip_norm=0.1, clip_value=0.05)
    part = scene["parameters"]["Wh1"]
    np.testing.assert_allclose(unpacked(part["states"]["clipped gradient"]), result.used["Wh1"], rtol=1e-6)
    assert np.abs(result.used["Wh1"]).max() <= 0.05
    assert part["names"]["clipped gradient"] == [["clip(g)", ""]]


def test_training_says_that_it_goes_by_the_sum_over_time():
    _, plain = staged()
    _, scene = staged(over_time="mean")
    assert plain["remark"] == ""
    assert "sum of the losses over the 3 steps" in scene["remark"]
    np.testing.assert_array_equal(unpacked(scene["loop"]), unpacked(plain["loop"]))
    _, last = staged("lecture-sequence-to-vector", over_time="mean")
    assert last["remark"] == ""


def test_a_mean_over_the_batch_is_called_one():
    _, scene = staged("parity", epochs=3, sample=-1)
    assert "mean over the" in scene["outputs"]["words"]
    _, scene = staged("parity", epochs=3, sample=1)
    assert "mean" not in scene["outputs"]["words"]


def test_right_answers_of_a_mean_are_those_of_the_sequences():
    experiment, result, seen = watched("echo", epochs=4, sample=-1)
    Y = experiment.task.Y
    trace = forward(experiment.architecture, at(result, 3), experiment.task.X)
    assert seen.right[3] == np.sum(trace.Y_hat.argmax(axis=2) == Y.argmax(axis=2))
    assert seen.right.max() > len(Y)  # of all sequences, not of the steps
    _, _, one = watched("echo", epochs=4, sample=1)
    assert one.right is None


@given(st.floats(1e-3, 1e3), st.floats(1e2, 1e300), st.lists(st.floats(-1, 1), min_size=1, max_size=20))
def test_what_is_usual_is_seen_beside_what_exploded(usual, factor, shares):
    values = np.array([*(usual * share for share in shares), usual, -usual, usual * factor])
    axis = panels.signed_axis(values, usual)
    place = [panels._bent(value, axis) for value in (axis["low"], 0.0, usual, axis["high"])]
    assert place[0] == pytest.approx(0)
    assert place[-1] == pytest.approx(1)
    assert place[2] - place[1] >= 0.25
    assert all(0 <= at <= 1 for at, _ in axis["ticks"])
    for at, text in axis["ticks"]:
        assert at == pytest.approx(panels._bent(float(text.replace("−", "-")), axis))
    assert "bend" not in panels.signed_axis(values[:-1], usual)


@pytest.mark.parametrize(("cell", "reset"), [("gru", "before"), ("gru", "after"), ("lstm", "before")])
def test_a_gated_run_tells_each_block_and_how_far_its_gates_are_open(cell, reset):
    experiment, result, seen = watched(cell=cell, reset=reset, epochs=20)
    scene = build_training_scene(result, seen, experiment.task, experiment.config)
    json.dumps(scene, allow_nan=False)
    layer = experiment.architecture.layer
    for name in HIDDEN_PARAMETERS:
        tells, update = scene["parameters"][name]["tells"], result.updates[name][seen.places]
        blocks = layer.biases if name == "b1" else layer.blocks
        parts = np.split(update, len(blocks), axis=-1)
        found = unpacked(tells["values"])
        for place, (block, part) in enumerate(zip(blocks, parts, strict=True), 1):
            assert f"{{{place}}} ({block})" in tells["words"]
            lengths = np.sqrt((part.reshape(len(part), -1) ** 2).sum(axis=1))
            np.testing.assert_allclose(found[:, place], lengths, rtol=1e-6)
    assert "By block" not in scene["parameters"]["W2"]["tells"]["words"]
    curves = panel(scene, "gates")["series"]
    assert [each["name"] for each in curves] == [name for name in layer.blocks if name != "candidate"]
    for column, each in enumerate(curves):
        last = forward(experiment.architecture, at(result, seen.lag_places[-1]), experiment.task.X, experiment.H_init)
        n = experiment.config.hidden
        mean = last.gates[..., column * n : (column + 1) * n].mean()
        assert unpacked(each["ys"])[-1] == pytest.approx(mean, rel=1e-6)
    assert not any(each["id"] == "gates" for each in staged()[1]["panels"])
