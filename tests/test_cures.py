"""Ways of learning side by side: the same task, seed and size, and what each reached."""

import dataclasses
from functools import cache

import numpy as np
import pytest

from rnnviz.engine import adjoint_norms, forward, train
from rnnviz.engine.gates import GatedArchitecture, gated_adjoints, initialise_gated
from rnnviz.engine.gates.passes import forward_gated
from rnnviz.experiment import run
from rnnviz.experiment.cures import CURES, LEARNED, LENGTHS, config_of, constant_loss, cure_run, plan
from rnnviz.figures import cures as drawn
from rnnviz.figures import tables
from rnnviz.figures.measures import cures as measured

NAMES = [cure.name for cure in CURES]
BY_NAME = {cure.name: cure for cure in CURES}


@cache
def outcome(name, steps=10, task="adding", epochs=60):
    return cure_run(task, steps, BY_NAME[name], seed=0, epochs=epochs)


def made(name, steps, left, finite=True):
    """An outcome as it would be with another result."""
    held_out = np.array([1.0, left])
    return dataclasses.replace(
        outcome("plain"), cure=BY_NAME[name], steps=steps, held_out=held_out, constant=1.0, finite=finite
    )


def test_every_way_learns_the_same_task_from_the_same_seed():
    first = run(config_of("adding", 20, CURES[0], 3, 10))
    for cure in CURES[1:]:
        other = run(config_of("adding", 20, cure, 3, 10))
        np.testing.assert_array_equal(first.task.X, other.task.X)
        np.testing.assert_array_equal(first.task.held_out_Y, other.task.held_out_Y)
        assert other.parameters.Wh1.shape == first.parameters.Wh1.shape
    assert len(plan()) == len(CURES) * len(LENGTHS)


def test_echo_asks_for_the_first_symbol_at_every_length():
    for steps in LENGTHS:
        experiment = run(config_of("echo", steps, CURES[0], 0, 1))
        np.testing.assert_array_equal(experiment.task.Y[:, :3], experiment.task.X[0])


def test_the_plain_way_is_the_engines_own_training():
    found, config = outcome("clipping"), config_of("adding", 10, BY_NAME["clipping"], 0, 60)
    experiment = run(config)
    losses = [
        epoch.loss
        for epoch in train(
            experiment.architecture,
            experiment.parameters,
            experiment.task.X,
            experiment.task.Y,
            epochs=60,
            learning_rate=config.learning_rate,
            clip_norm=1.0,
        )
    ]
    np.testing.assert_array_equal(found.losses, losses)


@pytest.mark.parametrize("name", ["plain", "identity-relu"])
def test_the_gradient_by_lag_is_that_of_the_last_loss(name):
    experiment = run(config_of("adding", 10, BY_NAME[name], 0, 60))
    trace = forward(experiment.architecture, experiment.parameters, experiment.task.X)
    row = adjoint_norms(experiment.architecture, experiment.parameters, trace, experiment.task.Y)[-1]
    np.testing.assert_allclose(outcome(name).start, row[::-1] / row[-1], rtol=1e-12)


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_the_gradient_by_lag_of_a_gated_cell_is_that_of_its_state(cell):
    experiment = run(config_of("adding", 10, BY_NAME[cell], 0, 60))
    plain = experiment.architecture
    architecture = GatedArchitecture(cell, 2, 16, 1, plain.output_activation, plain.loss, plain.mode)
    parameters = initialise_gated(architecture, 0)
    trace = forward_gated(architecture, parameters, experiment.task.X)
    adjoints = gated_adjoints(architecture, parameters, trace, experiment.task.Y)[-1]
    row = np.sqrt((adjoints**2).sum(axis=(1, 2)))
    np.testing.assert_allclose(outcome(cell).start, row[::-1] / row[-1], rtol=1e-10)


@pytest.mark.parametrize("task", ["adding", "echo"])
def test_no_constant_answer_is_better(task):
    experiment = run(config_of(task, 10, CURES[0], 0, 1))
    Y, stream = experiment.task.Y, np.random.default_rng(0)
    best = constant_loss(experiment)
    assert best > 0

    def loss(answer):
        if task == "adding":
            return 0.5 * ((Y - answer) ** 2).sum(axis=1).mean()
        return -(Y[:, :3] * np.log(answer)).sum(axis=1).mean()

    mean = Y.mean(axis=0) if task == "adding" else Y.mean(axis=0)[:3]
    for _ in range(50):
        other = np.abs(mean + 0.05 * stream.normal(size=mean.shape))
        assert loss(mean) <= loss(other if task == "adding" else other / other.sum()) + 1e-12


def test_the_best_constant_answer_is_judged_on_what_training_never_sees():
    task = run(config_of("adding", 10, CURES[0], 0, 1)).task
    expected = ((task.held_out_Y - task.Y.mean()) ** 2).mean() / 2
    assert outcome("plain").constant == pytest.approx(expected, rel=1e-12)
    task = run(config_of("echo", 10, CURES[0], 0, 1)).task
    answers = np.log(task.Y.mean(axis=0)[task.held_out_Y.argmax(axis=1)])
    assert outcome("plain", task="echo").constant == pytest.approx(-answers.mean(), rel=1e-12)


@pytest.mark.parametrize("name", ["plain", "lstm"])
def test_held_out_losses_are_those_of_sequences_that_training_never_sees(name):
    found, experiment = outcome(name), run(config_of("adding", 10, BY_NAME[name], 0, 60))
    task = experiment.task
    if name == "plain":
        trace = forward(experiment.architecture, experiment.parameters, task.held_out_X)
    else:
        architecture = GatedArchitecture("lstm", 2, 16, 1, "identity", "squared_error", "sequence_to_vector")
        trace = forward_gated(architecture, initialise_gated(architecture, 0), task.held_out_X)
    expected = ((trace.Y_hat[0] - task.held_out_Y) ** 2).mean() / 2
    assert found.held_out[0] == pytest.approx(expected, rel=1e-12)
    assert found.held_out[0] != pytest.approx(found.losses[0], rel=1e-3)


def test_gates_learn_what_plain_tanh_does_not():
    assert outcome("gru", 20, epochs=300).learned
    assert outcome("identity-relu", 20, epochs=300).learned
    assert not outcome("plain", 20, epochs=300).learned
    assert outcome("gru", 20, epochs=300).left < LEARNED / 5


def test_the_grid_holds_every_outcome_and_the_longest_is_without_a_gap():
    outcomes = [made("plain", 10, 0.4), made("plain", 20, 0.7), made("plain", 40, 0.1), made("gru", 10, 0.2)]
    left, learned = measured.grid(outcomes, NAMES, LENGTHS)
    assert left[0].tolist()[:3] == [0.4, 0.7, 0.1]
    assert np.isnan(left[0, 3])
    assert learned.sum() == 3
    assert measured.longest(outcomes, NAMES)["plain"] == 10
    assert measured.longest(outcomes, NAMES)["lstm"] == 0


def test_a_run_that_broke_is_neither_learned_nor_hidden():
    broken = made("gru", 10, 0.1, finite=False)
    assert broken.left == np.inf
    assert not broken.learned
    words = measured.curve_sentence([made("plain", 10, 0.4), broken])
    assert "Not finite: GRU" in words
    left, learned = measured.grid([broken], NAMES, LENGTHS)
    assert drawn.reached(left, learned, NAMES, LENGTHS, "light").count("<td style") == 1


def test_the_sentences_name_the_winner_and_the_plain_way():
    labels = {cure.name: cure.label for cure in CURES}
    outcomes = [made("plain", 10, 0.4), made("gru", 10, 0.1), made("gru", 20, 0.1), made("lstm", 20, 0.8)]
    words = measured.sweep_sentence(outcomes, labels, 32)
    assert words.startswith("4 of 32 runs are done.")
    assert "**GRU, Adam**: T = **20**" in words
    assert "tanh, learns up to T = **10**" in words
    assert "Nothing has been tried" in measured.sweep_sentence([], labels, 32)
    assert "No way has learned" in measured.sweep_sentence([made("plain", 10, 2.0)], labels, 32)


def test_the_pictures_hold_the_numbers():
    outcomes = [outcome("plain"), outcome("gru")]
    curves = {trace.name: trace for trace in drawn.learning(outcomes, NAMES, "light").data}
    np.testing.assert_array_equal(curves["GRU, Adam"].y, outcomes[1].held_out)
    lags = {trace.name: trace for trace in drawn.by_lag(outcomes, NAMES, True, "dark").data}
    np.testing.assert_array_equal(lags["tanh"].y, outcomes[0].end)
    table = tables.curves(outcomes)
    assert len(table["epoch"]) == len(table["tanh"]) == len(table["GRU, Adam"])
    assert tables.cures(outcomes)["steps T"] == [10, 10]
    assert len(tables.cure_lags(outcomes)["lag t − k"]) == 10


def test_progress_is_told_after_every_epoch_and_can_end_the_run():
    told = []
    cure_run("adding", 10, CURES[0], epochs=4, progress=told.append)
    assert told == [0.25, 0.5, 0.75, 1.0]

    def stop(fraction):
        raise InterruptedError

    with pytest.raises(InterruptedError):
        cure_run("adding", 10, CURES[0], epochs=4, progress=stop)


def test_an_unknown_task_is_refused():
    with pytest.raises(ValueError, match="task: got 'parity', expected one of adding, echo"):
        cure_run("parity", 10, CURES[0])
