"""Each preset shows what it promises: measured after training for its own number of epochs."""

from functools import cache

import numpy as np
import pytest

from rnnviz.engine import hidden_slope
from rnnviz.experiment.core import decomposition, run
from rnnviz.experiment.flow import KEEPING, gates, jacobian_norms, spectrum
from rnnviz.experiment.training import train_run
from rnnviz.laboratory.cliff.steps import gradient_step
from rnnviz.laboratory.learned.compute import sunspot_forecast
from rnnviz.settings.config import PRESETS
from tests.predicted import held_out_accuracy, predictions_before_after

LECTURE = ("lecture-sequence-to-vector", "lecture-sequence-to-sequence")
LEARNING = ("sentiment", "parity", "echo")


@cache
def trained(name):
    experiment = run(PRESETS[name].config)
    return experiment, train_run(experiment)


def recall(name, **changes):
    return run(PRESETS[name].config.replace(**changes))


@pytest.mark.parametrize("name", LECTURE)
def test_lecture_networks_look_good(name):
    """Numbers large enough to read with four digits, of both signs, and no unit saturated."""
    experiment = run(PRESETS[name].config)
    weights = np.concatenate([w.ravel() for w in experiment.parameters if w.any()])
    assert np.abs(weights).min() > 0.05
    assert 0.3 < (weights > 0).mean() < 0.7
    assert np.abs(experiment.trace.H).max() < 0.9
    norms = decomposition(experiment).norms
    steps = range(3) if name.endswith("sequence") else [2]
    assert min(norms["W1"][t, k] for t in steps for k in range(t + 1)) > 0.2
    assert min(norms["Wh1"][t, k] for t in steps for k in range(t + 1)) > 0.1
    assert min(np.abs(g).min() for g in experiment.backward.gradients) > 0.01


@pytest.mark.parametrize("name", LECTURE)
def test_lecture_networks_are_wrong_at_first_and_learn(name):
    experiment, training = trained(name)
    predictions = predictions_before_after(experiment, training.final)
    assert predictions.accuracy_before < 1 == predictions.accuracy_after
    assert training.losses[-1] < training.losses[0] / 50
    assert (np.diff(training.losses) < 0).all()


@pytest.mark.parametrize("name", LEARNING)
def test_the_task_is_learned_and_carries_over_to_sequences_never_seen(name):
    experiment, training = trained(name)
    predictions = predictions_before_after(experiment, training.final)
    assert predictions.accuracy_before < 0.7
    assert predictions.accuracy_after == 1
    assert held_out_accuracy(experiment, training.final) >= 0.97
    assert training.losses[-1] < training.losses[0] / 200


@pytest.mark.slow
def test_adding_beats_the_best_constant_answer_by_far():
    experiment, training = trained("adding")
    truth = experiment.task.held_out_Y
    constant = 0.5 * truth.var()
    assert constant > 0.05
    assert training.held_out_losses[-1] < constant / 20
    error = np.abs(predictions_before_after(experiment, training.final).after[0] - experiment.task.Y)
    assert error.max() < 0.1


def best_possible_accuracy(task):
    """Of a reader who remembers every window: for each text read so far the most frequent next character."""
    following = {}
    for sample, tokens in enumerate(task.tokens):
        for t, answer in enumerate(task.Y[:, sample].argmax(axis=1)):
            following.setdefault(tokens[: t + 1], []).append(answer)
    return sum(max(map(seen.count, seen)) for seen in following.values()) / (task.Y.shape[0] * task.Y.shape[1])


def test_characters_are_learned_as_well_as_the_text_allows():
    experiment, training = trained("characters")
    predictions = predictions_before_after(experiment, training.final)
    best = best_possible_accuracy(experiment.task)
    assert 0.9 < best < 1, "the first letters of a window leave open what follows"
    assert predictions.accuracy_before < 0.2
    assert best - 0.02 <= predictions.accuracy_after <= best


def test_sunspots_beat_both_naive_forecasts_on_held_out_years():
    experiment, training = trained("sunspots")
    found = sunspot_forecast(experiment, training.final)
    squared = {name: np.sqrt(np.square(values - found.truth).mean()) for name, values in found.forecasts.items()}
    for errors in (found.errors, squared):
        assert errors["network"] < 0.75 * errors["last value"]
        assert errors["network"] < 0.75 * errors["11 years ago"]
    untrained = sunspot_forecast(experiment, experiment.parameters).forecasts["network"]
    assert squared["network"] < np.sqrt(np.square(untrained - found.truth).mean()) / 1.5


@pytest.mark.parametrize(("steps", "norm"), [(20, 3e-12), (30, 2e-18), (50, 7e-31)])
def test_vanishing_vanishes(steps, norm):
    experiment = recall("vanishing", steps=steps)
    assert spectrum(experiment).radius == pytest.approx(1.0)
    assert norm / 4 < jacobian_norms(experiment)[-1, 0] < norm * 4


@pytest.mark.parametrize("changes", [{}, {"clip_norm": 1.0}])
def test_vanishing_learns_nothing_and_clipping_does_not_help(changes):
    experiment = recall("vanishing", **changes)
    training = train_run(experiment)
    assert training.finite
    assert training.losses[-1] > 0.45, "a constant answer has the loss ½"
    after = predictions_before_after(experiment, training.final).after
    assert after.std() < 0.2


@pytest.mark.parametrize(("steps", "norm"), [(20, 32), (30, 198), (50, 7583)])
def test_exploding_explodes(steps, norm):
    experiment = recall("exploding", steps=steps)
    assert jacobian_norms(experiment)[-1, 0] == pytest.approx(1.2 ** (steps - 1), rel=1e-9)
    assert jacobian_norms(experiment)[-1, 0] == pytest.approx(norm, rel=0.01)
    training = train_run(experiment)
    assert not training.finite
    assert training.epochs_done <= 3
    assert training.message


@pytest.mark.parametrize("seed", range(10))
def test_exploding_explodes_whatever_the_seed(seed):
    training = train_run(recall("exploding", seed=seed))
    assert not training.finite
    assert training.epochs_done <= 5


def test_clipping_tames_the_explosion():
    training = train_run(recall("exploding", clip_norm=1.0))
    assert training.finite
    assert training.clipped[0]
    assert training.losses[-1] < 0.02


def test_orthogonal_carries_the_gradient_and_learns():
    experiment, training = trained("orthogonal")
    assert 0.2 < jacobian_norms(experiment)[-1, 0] < 1
    assert spectrum(experiment).norm == pytest.approx(1.0)
    assert training.losses[-1] < 2e-3
    assert training.held_out_losses[-1] < 1e-2


def lengths(name, **changes):
    """‖∂H_{T−1}/∂H_k‖₂ of every sample, by lag: (samples, T)."""
    experiment = recall(name, **changes)
    return np.array([jacobian_norms(experiment, sample)[-1, ::-1] for sample in range(experiment.config.batch)])


def slopes(name):
    experiment = run(PRESETS[name].config)
    return hidden_slope(experiment.architecture, experiment.trace)


def test_small_weights_make_the_error_vanish_although_every_slope_is_one():
    assert (slopes("small-weights") == 1).all()
    np.testing.assert_allclose(lengths("small-weights"), [0.5 ** np.arange(20)] * 16, rtol=1e-12)


def test_saturation_makes_the_error_vanish_although_the_weights_keep_every_length():
    values = spectrum(run(PRESETS["saturation"].config))
    np.testing.assert_allclose(values.singular_values, 1, rtol=1e-12)
    np.testing.assert_allclose(np.abs(values.eigenvalues), 1, rtol=1e-12)
    assert np.median(slopes("saturation")) < 0.2
    assert lengths("saturation")[:, -1].max() < 1e-17
    assert trained("saturation")[1].losses[-1] > 0.45, "the first number is never recalled: 0.5 is guessing"


def test_an_orthogonal_linear_network_keeps_every_length():
    np.testing.assert_allclose(lengths("stable"), 1, rtol=1e-12)
    np.testing.assert_allclose(lengths("stable", steps=200, batch=2), 1, rtol=1e-11)
    assert trained("stable")[1].losses[-1] < 0.02


def test_relu_units_that_start_as_the_identity_hand_the_error_on():
    assert (lengths("identity-relu") == 1).all()
    assert set(np.unique(slopes("identity-relu"))) == {0.0, 1.0}
    assert trained("identity-relu")[1].losses[-1] < 0.01


def test_an_error_grows_first_although_every_eigenvalue_is_below_one():
    values, found = spectrum(run(PRESETS["transient-growth"].config)), lengths("transient-growth")
    np.testing.assert_allclose(np.abs(values.eigenvalues), 0.8, rtol=1e-12)
    assert values.norm > 1
    assert (found.max(axis=1) > 20).all()
    assert 10 < found[0].argmax() < 50
    assert lengths("transient-growth", steps=120, batch=1)[0, -1] < 0.01, "in the long run the radius wins"
    assert trained("transient-growth")[1].finite


def test_a_plain_step_is_thrown_out_of_the_valley_and_a_clipped_one_stays():
    experiment, plain = trained("cliff")
    step = gradient_step(experiment, "Wh1.0.0", "b1.0", 1.0)
    assert step.length > 70
    assert step.plain.loss > experiment.backward.loss > 100 * step.clipped.loss
    assert 0.49 < plain.losses[-1] < 0.51, "½ is what the best constant answer costs"
    assert train_run(recall("cliff", clip_norm=1.0)).losses[-1] < 1e-3


# --- gated cells ------------------------------------------------------------------------------------------


def pinned(name):
    experiment = run(PRESETS[name].config.pinned())
    return experiment, train_run(experiment)


def kept_at_first(experiment):
    return gates(experiment)[KEEPING[experiment.config.cell]].mean()


@pytest.mark.slow
def test_an_lstm_holds_a_sign_over_fifty_steps_and_tanh_units_of_the_same_radius_forget_it():
    (lstm, learned), (tanh, forgotten) = trained("lstm-memory"), pinned("lstm-memory")
    assert lstm.config.steps == 50
    assert (tanh.config.cell, tanh.config.activation) == ("plain", "tanh")
    assert kept_at_first(lstm) == pytest.approx(0.95, abs=0.01)
    for block in (*np.split(lstm.parameters.Wh1, 4, axis=1), tanh.parameters.Wh1):
        assert np.abs(np.linalg.eigvals(block)).max() == pytest.approx(0.5)
    constant = 0.5  # of the best constant answer to a sign
    assert max(learned.losses[-1], learned.held_out_losses[-1]) < constant / 100
    assert forgotten.held_out_losses[-1] > constant / 2
    assert np.all(forgotten.losses > constant / 10)


def test_a_gru_names_the_first_symbol_of_sequences_that_it_was_not_trained_on():
    experiment, training = trained("gru-echo")
    assert (experiment.config.steps, experiment.config.lag) == (20, 19)
    assert kept_at_first(experiment) == pytest.approx(0.95, abs=0.01)
    predictions = predictions_before_after(experiment, training.final)
    assert predictions.accuracy_before < 0.7 < predictions.accuracy_after == 1
    assert held_out_accuracy(experiment, training.final) == 1


@pytest.mark.slow
def test_with_a_forget_bias_of_1_is_learned_what_is_not_with_0():
    (one, learned), (zero, not_learned) = trained("forget-bias"), pinned("forget-bias")
    assert (one.config.forget_bias, zero.config.forget_bias) == (1.0, 0.0)
    assert one.config.replace(forget_bias=0.0, compare="") == zero.config
    assert kept_at_first(one) == pytest.approx(0.73, abs=0.01)
    assert kept_at_first(zero) == pytest.approx(0.5, abs=0.01)
    assert max(learned.losses[-1], learned.held_out_losses[-1]) < 0.01
    assert len(not_learned.losses) == len(learned.losses) == 300
    assert min(not_learned.losses.min(), not_learned.held_out_losses.min()) > 0.45
