"""The experiment's views: each number against an independent way to it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnviz.engine import Parameters, backward, forward, keeps, state_jacobian
from rnnviz.experiment.core import (
    decomposition,
    decomposition_bytes,
    norms_of_terms,
    run,
    targets,
    truncated,
    with_parameters,
)
from rnnviz.experiment.flow import gradient_flow, jacobian_norms, spectrum
from rnnviz.experiment.training import train_run
from rnnviz.laboratory.forward.compute import step_matrices
from rnnviz.laboratory.learned.compute import sunspot_forecast
from rnnviz.settings.config import PRESETS, TASKS, RunConfig
from rnnviz.settings.fields import OWN_TASKS
from tests.predicted import accuracy, held_out_accuracy, predictions_before_after

SMALL = RunConfig(task="echo", steps=6, hidden=4, batch=5, lag=2)
VECTOR = RunConfig(task="recall", mode="sequence_to_vector", steps=6, hidden=4, batch=5)


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_runs_and_sums_its_terms_to_the_gradient(name):
    experiment = run(PRESETS[name].config)
    assert experiment.notes == ()
    assert np.isfinite(experiment.backward.loss)
    terms = decomposition(experiment).terms["Wh1"]
    full = experiment.backward.gradients.Wh1
    np.testing.assert_allclose(terms.sum(axis=(0, 1)), full, atol=1e-12 * np.abs(terms).max())


@pytest.mark.parametrize("name", ["lecture-sequence-to-vector", "echo", "sentiment"])
@pytest.mark.parametrize(("cell", "reset"), [("gru", "before"), ("gru", "after"), ("lstm", "before")])
def test_a_gated_cell_runs_trains_and_sums_its_terms_to_the_gradient(name, cell, reset):
    config = PRESETS[name].config.replace(cell=cell, reset=reset, epochs=3, truncation=2)
    experiment = run(config)
    assert (experiment.notes, experiment.architecture.cell) == ((), cell)
    terms, full = decomposition(experiment).terms["Wh1"], experiment.backward.gradients.Wh1
    np.testing.assert_allclose(terms.sum(axis=(0, 1)), full, atol=1e-12 * np.abs(terms).max())
    t, k = np.indices(terms.shape[:2])
    kept = terms[(t - k >= 0) & (t - k < 2)].sum(axis=0)
    np.testing.assert_allclose(truncated(experiment).gradients.Wh1, kept, atol=1e-12 * np.abs(terms).max())
    trained = train_run(experiment)
    assert trained.finite
    again = with_parameters(experiment, trained.final).backward.loss
    assert again < trained.losses[0] == pytest.approx(experiment.backward.loss, rel=1e-13)
    if trained.held_out_losses is not None:
        held = trained.parameters["Wh1"].shape[0]
        assert trained.held_out_losses.shape == (held,)


def test_start_values_of_a_gated_cell_are_set_block_by_block():
    config = SMALL.replace(scheme="orthogonal", gain=0.5, bias=3.0, forget_bias=2.0, update_bias=-1.0)
    for cell, blocks, biases in [("lstm", 4, [0, 2, 0, 0]), ("gru", 3, [0, -1, 0])]:
        parameters = run(config.replace(cell=cell)).parameters
        for block in np.split(parameters.Wh1, blocks, axis=1):
            np.testing.assert_allclose(block @ block.T, 0.25 * np.eye(4), atol=1e-14)
        np.testing.assert_array_equal(parameters.b1, np.repeat(biases, 4))
    after = run(config.replace(cell="gru", reset="after")).parameters
    np.testing.assert_array_equal(after.b1, np.repeat([0, -1, 0, 0], 4))


def test_a_gated_cell_reads_no_hidden_activation_and_says_its_own_name():
    tanh, relu = (run(SMALL.replace(cell="lstm", activation=name)) for name in ("tanh", "relu"))
    np.testing.assert_array_equal(tanh.trace.H, relu.trace.H)
    assert tanh.config.words.endswith("4 LSTM units")


@pytest.mark.parametrize("task", [name for name in TASKS if name not in OWN_TASKS])
@pytest.mark.parametrize("output", ["task", "softmax_cce", "sigmoid_bce", "identity_se", "relu_se"])
def test_every_task_runs_with_every_output_it_may_be_asked_for(task, output):
    experiment = run(RunConfig(task=task, output=output, steps=4, batch=2))
    assert np.isfinite(experiment.backward.loss)
    assert (experiment.config.output == output) == (output in ("task", *TASKS[task].outputs))


def test_run_reconciles_and_tells():
    experiment = run(RunConfig(task="sentiment", mode="sequence_to_sequence"))
    assert experiment.config.mode == experiment.task.mode == "sequence_to_vector"
    assert len(experiment.notes) == 1


def test_input_scale_multiplies_w1_alone():
    plain, scaled = run(SMALL).parameters, run(SMALL.replace(input_scale=0.5)).parameters
    np.testing.assert_array_equal(scaled.W1, 0.5 * plain.W1)
    np.testing.assert_array_equal(scaled.Wh1, plain.Wh1)


def test_with_parameters_recomputes_everything():
    experiment = run(SMALL)
    edited = experiment.parameters._replace(b1=experiment.parameters.b1 + 1)
    changed = with_parameters(experiment, edited)
    again = backward(changed.architecture, edited, changed.trace, changed.task.Y)
    np.testing.assert_array_equal(changed.backward.gradients.Wh1, again.gradients.Wh1)
    assert changed.backward.loss != experiment.backward.loss


def kept_by(experiment):
    config = experiment.config
    t, k = np.ogrid[: config.steps, : config.steps]
    return keeps(t, k, config.truncation, config.truncation_kind)


@pytest.mark.parametrize("kind", ["window", "chunk"])
@pytest.mark.parametrize("truncation", [1, 2, 4, 9])
def test_kept_gradient_is_the_sum_of_the_kept_terms(kind, truncation):
    experiment = run(SMALL.replace(truncation=truncation, truncation_kind=kind))
    mask = kept_by(experiment)
    assert not np.triu(mask, 1).any()
    terms = decomposition(experiment).terms
    for name in ("W1", "Wh1", "b1"):
        np.testing.assert_allclose(
            terms[name][mask].sum(axis=0), getattr(truncated(experiment).gradients, name), atol=1e-13
        )


def test_without_truncation_everything_is_kept():
    experiment = run(SMALL)
    assert truncated(experiment) is experiment.backward
    np.testing.assert_array_equal(kept_by(experiment), np.tri(6, dtype=bool))


def test_terms_past_64_mib_are_not_held():
    large = run(RunConfig(task="parity", steps=150, hidden=32, batch=8))
    assert decomposition_bytes(large) > 64 * 2**20
    assert decomposition(large) is None
    assert norms_of_terms(large)["Wh1"].shape == (150, 150)
    assert decomposition(run(SMALL)) is not None


@pytest.mark.parametrize(
    ("cell", "reset"), [("plain", "before"), ("gru", "before"), ("gru", "after"), ("lstm", "before")]
)
def test_decomposition_bytes_is_what_is_held(cell, reset):
    experiment = run(SMALL.replace(cell=cell, reset=reset))
    held = decomposition(experiment)
    assert decomposition_bytes(experiment) == held.adjoints.nbytes + sum(
        held.terms[name].nbytes for name in ("W1", "Wh1", "b1")
    )


@pytest.mark.parametrize("config", [SMALL, VECTOR])
def test_step_matrices_compose_to_the_forward_pass(config):
    experiment = run(config)
    for t in range(6):
        step = step_matrices(experiment, t)
        before = f"H_{t - 1}" if t else "H_init"
        np.testing.assert_allclose(step[f"X_{t}"] @ step["W1"], step[f"X_{t} W1"], atol=1e-14)
        np.testing.assert_allclose(step[f"X_{t} W1"] + step[f"{before} Wh1"] + step["b1"], step[f"A_{t}"], atol=1e-14)
        np.testing.assert_allclose(np.tanh(step[f"A_{t}"]), step[f"H_{t}"], atol=1e-14)
        if t:
            np.testing.assert_array_equal(step[before], experiment.trace.H[t - 1])
        if f"Z_{t}" in step:
            np.testing.assert_allclose(step[f"H_{t} W2"] + step["b2"], step[f"Z_{t}"], atol=1e-14)
    assert f"Y_hat_{5}" in step
    assert ("Z_2" in step_matrices(experiment, 2)) == (config is SMALL)


def test_step_matrices_are_of_all_samples():
    every = step_matrices(run(SMALL), 1)
    assert list(every) == [
        *("X_1", "W1", "X_1 W1", "H_0", "Wh1", "H_0 Wh1", "b1", "A_1", "H_1"),
        *("W2", "H_1 W2", "b2", "Z_1", "Y_hat_1", "Y_1"),
    ]
    assert every["H_1"].shape == (5, 4)
    assert every["b1"].shape == (1, 4)


@pytest.mark.parametrize("t", [-1, 6])
def test_step_matrices_of_nothing(t):
    with pytest.raises(ValueError, match=r"got .*, expected"):
        step_matrices(run(SMALL), t)


@pytest.mark.parametrize("output", ["softmax_cce", "sigmoid_bce", "softmax_se", "sigmoid_se", "identity_se"])
@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid", "identity"])
def test_gradient_flow_is_the_norm_of_the_adjoints(activation, output):
    experiment = run(SMALL.replace(activation=activation, output=output))
    flow, adjoints = gradient_flow(experiment), decomposition(experiment).adjoints
    below = np.tri(6, dtype=bool)
    np.testing.assert_allclose(flow[below], np.sqrt((adjoints**2).sum(axis=(2, 3)))[below], rtol=1e-12)
    assert np.isnan(flow[~below]).all()


def test_gradient_flow_has_only_the_last_row_in_sequence_to_vector():
    experiment = run(VECTOR)
    flow, adjoints = gradient_flow(experiment), decomposition(experiment).adjoints
    assert np.isnan(flow[:-1]).all()
    np.testing.assert_allclose(flow[-1], np.sqrt((adjoints[-1] ** 2).sum(axis=(1, 2))), rtol=1e-12)


def test_gradient_flow_reaches_far_below_the_square_root_of_the_smallest_float():
    config = PRESETS["vanishing"].config.replace(steps=200, spectral_radius=0.2)
    flow = gradient_flow(run(config))[-1]
    assert 0 < flow[20] < 1e-200
    assert (np.diff(np.log(flow[20:])) > 0).mean() > 0.95


def bound_by_lag(experiment):
    values = spectrum(experiment)
    return (values.gamma * values.norm) ** np.arange(experiment.config.steps)


@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid", "identity"])
def test_jacobian_norms_are_those_of_the_engine_and_below_the_bound(activation):
    experiment = run(SMALL.replace(activation=activation))
    norms, bound = jacobian_norms(experiment, sample=2), bound_by_lag(experiment)
    for t in range(6):
        assert np.isnan(norms[t, t + 1 :]).all()
        for k in range(t + 1):
            product = state_jacobian(experiment.architecture, experiment.parameters, experiment.trace, t, k, 2)
            assert norms[t, k] == pytest.approx(np.linalg.norm(product, 2), rel=1e-10, abs=1e-300)
            assert norms[t, k] <= bound[t - k] * (1 + 1e-12)


@pytest.mark.parametrize("sample", [-1, 5])
def test_a_jacobian_belongs_to_a_sample(sample):
    with pytest.raises(ValueError, match=r"sample: got .*, expected an integer from 0 to 4"):
        jacobian_norms(run(SMALL), sample)


def test_orthogonal_identity_network_keeps_every_length():
    config = PRESETS["orthogonal"].config.replace(activation="identity")
    norms = jacobian_norms(run(config))
    np.testing.assert_allclose(norms[np.tri(20, dtype=bool)], 1.0, rtol=1e-12)


def test_spectral_radius_and_spectral_norm_are_different_things():
    experiment = run(SMALL.replace(scheme="normal", spectral_radius=0.7, activation="sigmoid"))
    values = spectrum(experiment)
    assert values.radius == pytest.approx(0.7)
    assert values.norm > 0.8
    assert values.norm == pytest.approx(np.linalg.norm(experiment.parameters.Wh1, 2))
    assert values.gamma == 0.25
    assert (np.diff(np.abs(values.eigenvalues)) <= 1e-12).all()


def test_accuracy():
    classes = np.array([[[0.9, 0.1]], [[0.6, 0.4]]])
    assert accuracy("classes", classes, np.array([[[1.0, 0.0]], [[0.0, 1.0]]])) == 0.5
    assert accuracy("binary", np.array([0.2, 0.7, 0.9]), np.array([0.0, 1.0, 0.0])) == pytest.approx(2 / 3)
    assert accuracy("real", classes, classes) is None


def test_training_records_what_gradient_descent_does():
    config = SMALL.replace(epochs=12, learning_rate=0.2)
    experiment = run(config)
    training = train_run(experiment)
    assert (training.epochs_done, training.finite, training.message) == (12, True, "")
    assert training.losses.shape == (12,)
    assert training.step_losses.shape == (12, 6)
    np.testing.assert_allclose(training.step_losses.sum(axis=1), training.losses)
    np.testing.assert_array_equal(training.snapshot_epochs, np.arange(12))
    np.testing.assert_array_equal(training.parameters["W1"][0], experiment.parameters.W1)
    assert not training.clipped.any()
    for name in Parameters._fields:
        after = training.parameters[name][:-1] + training.updates[name][:-1]
        np.testing.assert_allclose(training.parameters[name][1:], after, atol=1e-14)
        np.testing.assert_allclose(training.updates[name], -0.2 * training.gradients[name], atol=1e-14)
        norms = np.sqrt((training.gradients[name].reshape(12, -1) ** 2).sum(axis=1))
        np.testing.assert_allclose(training.gradient_norms[name], norms)
        last = training.parameters[name][-1] + training.updates[name][-1]
        np.testing.assert_allclose(getattr(training.final, name), last, atol=1e-14)


def test_long_training_keeps_300_snapshots_from_first_to_last():
    training = train_run(run(RunConfig(epochs=1000, hidden=2)))
    assert len(training.snapshot_epochs) == len(training.parameters["Wh1"]) == 300
    assert training.snapshot_epochs[[0, -1]].tolist() == [0, 999]
    assert training.losses.shape == (1000,)


def test_held_out_losses_are_those_of_the_snapshots():
    experiment = run(SMALL.replace(epochs=5))
    task, training = experiment.task, train_run(experiment)
    later = Parameters(*(training.parameters[name][3] for name in Parameters._fields))
    trace = forward(experiment.architecture, later, task.held_out_X)
    expected = backward(experiment.architecture, later, trace, task.held_out_Y).loss
    assert training.held_out_losses[3] == pytest.approx(expected, rel=1e-12)
    assert train_run(run(RunConfig(epochs=2))).held_out_losses is None


def test_truncation_and_clipping_reach_training():
    full = train_run(run(SMALL.replace(epochs=3)))
    short = train_run(run(SMALL.replace(epochs=3, truncation=1)))
    assert full.losses[0] == short.losses[0]
    assert full.losses[2] != short.losses[2]
    clipped = train_run(run(SMALL.replace(epochs=3, clip_norm=0.01)))
    assert clipped.clipped.all()
    lengths = np.sqrt(sum((u.reshape(3, -1) ** 2).sum(axis=1) for u in clipped.updates.values()))
    np.testing.assert_allclose(lengths, 0.1 * 0.01)


def test_training_that_blows_up_stops_with_a_message_and_finite_parameters():
    training = train_run(run(PRESETS["exploding"].config))
    assert not training.finite
    assert training.epochs_done == len(training.losses) < 100
    assert training.message.startswith(f"Training stopped after {training.epochs_done - 1} updates:")
    assert np.isfinite(predictions_before_after(run(PRESETS["exploding"].config), training.final).after).all()
    assert np.isfinite(with_parameters(run(PRESETS["exploding"].config), training.final).backward.loss)
    assert all(np.isfinite(values).all() for values in training.parameters.values())


def test_training_twice_gives_the_same():
    experiment = run(SMALL.replace(epochs=20, optimiser="adam"))
    first, second = train_run(experiment), train_run(experiment)
    np.testing.assert_array_equal(first.losses, second.losses)
    np.testing.assert_array_equal(first.final.Wh1, second.final.Wh1)


def test_predictions_before_and_after():
    experiment = run(SMALL.replace(epochs=200, optimiser="adam", learning_rate=0.05))
    final = train_run(experiment).final
    predictions = predictions_before_after(experiment, final)
    np.testing.assert_array_equal(predictions.before, experiment.trace.Y_hat)
    np.testing.assert_array_equal(predictions.truth, targets(experiment.task))
    assert predictions.accuracy_after > predictions.accuracy_before + 0.3
    assert 0 <= held_out_accuracy(experiment, final) <= 1


def test_sequence_to_vector_predictions_have_one_step():
    experiment = run(RunConfig(task="sentiment", mode="sequence_to_vector", steps=4, batch=8))
    predictions = predictions_before_after(experiment, experiment.parameters)
    assert predictions.before.shape == predictions.truth.shape == (1, 8, 1)
    assert predictions.accuracy_before == predictions.accuracy_after
    assert held_out_accuracy(experiment, experiment.parameters) is not None


def test_sunspot_predictions_are_in_sunspot_numbers():
    experiment = run(PRESETS["sunspots"].config)
    predictions = predictions_before_after(experiment, experiment.parameters)
    assert predictions.truth.max() > 100
    assert predictions.unit == "sunspot number"
    assert predictions.accuracy_after is None
    forecast = sunspot_forecast(experiment, experiment.parameters)
    assert forecast.years[[0, -1]].tolist() == [1940, 2008]
    assert list(forecast.forecasts) == list(forecast.errors) == ["network", "last value", "11 years ago"]
    assert forecast.errors["last value"] == pytest.approx(
        np.abs(np.diff(np.append(forecast.forecasts["last value"][0], forecast.truth))).mean()
    )
    with pytest.raises(ValueError, match="expected sunspots"):
        sunspot_forecast(run(SMALL), run(SMALL).parameters)


extremes = st.builds(
    RunConfig,
    task=st.sampled_from(sorted(set(TASKS) - set(OWN_TASKS))),
    mode=st.sampled_from(["sequence_to_sequence", "sequence_to_vector"]),
    steps=st.sampled_from([1, 2, 13, 200]),
    hidden=st.sampled_from([1, 3, 17]),
    batch=st.sampled_from([1, 7]),
    activation=st.sampled_from(["tanh", "relu", "sigmoid", "identity"]),
    output=st.sampled_from(["task", "softmax_cce", "softmax_se", "identity_se", "relu_se"]),
    scheme=st.sampled_from(["xavier", "orthogonal", "identity", "normal"]),
    spectral_radius=st.sampled_from([None, 0.0, 1.0, 5.0]),
    input_scale=st.sampled_from([0.0, 1.0, 10.0]),
    optimiser=st.sampled_from(["sgd", "momentum", "adam"]),
    learning_rate=st.sampled_from([1e-6, 0.1, 10.0]),
    clip_norm=st.sampled_from([None, 1.0]),
    clip_value=st.sampled_from([None, 0.1]),
    truncation=st.sampled_from([None, 1, 200]),
    truncation_kind=st.sampled_from(["window", "chunk"]),
    epochs=st.just(3),
    seed=st.integers(0, 9),
)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(extremes)
def test_the_corners_of_the_settings_give_an_experiment_or_a_reason(config):
    experiment = run(config)
    assert np.isfinite(experiment.backward.loss)
    flow = gradient_flow(experiment)
    assert np.isfinite(flow[-1]).all()
    training = train_run(experiment)
    assert training.finite == (training.message == "")
    assert len(training.losses) == training.epochs_done
    predictions_before_after(experiment, training.final)
    assert all(np.isfinite(values).all() for values in training.final)
