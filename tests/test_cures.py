"""Ways of learning side by side: the same task, seed and size, and what each reached."""

import dataclasses
import re
import time
from functools import cache

import numpy as np
import pytest

from rnnviz.engine import Architecture, adjoint_norms, backward, decompose, forward, initialise
from rnnviz.engine.progress import listening
from rnnviz.experiment.core import run
from rnnviz.laboratory.cures import compute, draw
from rnnviz.laboratory.cures import say as said
from rnnviz.laboratory.cures.compute import (
    BATCH,
    CURES,
    HELD_OUT,
    LEARNED,
    LENGTHS,
    LIMIT,
    REACH,
    TASKS,
    TRAINING,
    VERDICTS,
    Outcome,
    config_of,
    constant_losses,
    cure_run,
    data_of,
    plan,
    seconds_of,
)
from rnnviz.notation.numbers import four, percent
from rnnviz.settings.config import RunConfig
from tests.configurations import COUNT, SEED

NAMES = [cure.name for cure in CURES]
LABELS = {cure.name: cure.label for cure in CURES}
BY_NAME = {cure.name: cure for cure in CURES}


@cache
def outcome(name, steps=10, task="adding", updates=60):
    return cure_run(task, steps, BY_NAME[name], seed=0, updates=updates)


def made(name, steps, left, finite=True, training=None, clipped=0, task="adding"):
    """An outcome as it would be with another result; the best constant answer costs 1 on both sets."""
    ends = np.array([left if training is None else training])
    one, end = np.array([1.0]), np.array([left])
    losses = (np.ones(300), np.array([300]), end, ends)
    return Outcome(BY_NAME[name], task, steps, *losses, 1.0, 1.0, one, one, clipped, finite, 0.1)


def network(name, steps=10, task="adding"):
    """Architecture and start values of a plain way, made here from its configuration."""
    config, data = config_of(task, steps, BY_NAME[name], 0, 60), data_of(task, steps, 0)
    last = {"adding": ("identity", "squared_error"), "echo": ("softmax", "categorical_cross_entropy")}[task]
    sizes = (data.X.shape[2], 16, data.Y.shape[1])
    architecture = Architecture(*sizes, config.activation, *last, "sequence_to_vector")
    return architecture, initialise(architecture, 0, config.scheme), config, data


def gated(cell):
    """Architecture and start values of a gated way on the adding task."""
    last = {"output_activation": "identity", "loss": "squared_error", "mode": "sequence_to_vector"}
    architecture = Architecture(2, 16, 1, **last, cell=cell)
    return architecture, initialise(architecture, 0, "orthogonal", update_bias=compute.KEEP_BIAS)


def test_a_configuration_is_the_apps_task_asked_at_the_end():
    for task in TASKS:
        experiment, data = run(config_of(task, 20, CURES[0], 3, 10)), data_of(task, 20, 3)
        assert experiment.config.mode == "sequence_to_vector"
        assert experiment.task.X.shape[2] == data.X.shape[2]
        assert experiment.task.Y.shape[1] == data.Y.shape[1]
        assert compute.architecture_of(experiment.config, data) == experiment.architecture
    assert len(plan()) == len(CURES) * len(LENGTHS)


@pytest.mark.parametrize("steps", LENGTHS)
def test_the_sequences_are_those_of_the_task(steps):
    data = data_of("echo", steps, 0)
    np.testing.assert_array_equal(data.Y[:, :3], data.X[0])
    np.testing.assert_array_equal(data.held_out_Y[:, :3], data.held_out_X[0])
    data, half = data_of("adding", steps, 0), steps // 2
    marks = data.X[..., 1]
    assert (marks[:half].sum(axis=0) == 1).all()
    assert (marks[half:].sum(axis=0) == 1).all()
    np.testing.assert_allclose(data.Y[:, 0], (data.X[..., 0] * marks).sum(axis=0), rtol=1e-12)
    assert data.X[..., 0].min() >= 0
    assert data.X[..., 0].max() <= 1


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("steps", [5, 10])
def test_no_sequence_is_both_learned_from_and_held_out(task, steps):
    data = data_of(task, steps, 4)
    seen, held = ({X[:, one].tobytes() for one in range(X.shape[1])} for X in (data.X, data.held_out_X))
    assert not seen & held
    assert data.X.shape[1] == len(data.Y) == TRAINING
    assert len(data.held_out_Y) <= HELD_OUT
    assert steps == 5 or len(data.held_out_Y) > 0.95 * HELD_OUT


@pytest.mark.parametrize("name", ["plain", "clipping", "truncation"])
def test_the_plain_ways_are_plain_descent_on_one_batch_after_another(name):
    architecture, parameters, _, data = network(name, steps=20)
    losses, clipped, truncation = [], 0, REACH if name == "truncation" else None
    for number in range(30):
        place = np.arange(BATCH) + number * BATCH % TRAINING
        X, Y = data.X[:, place], data.Y[place]
        found = backward(architecture, parameters, forward(architecture, parameters, X), Y, truncation)
        length = np.sqrt(sum((g**2).sum() for g in found.gradients))
        scale = min(1.0, LIMIT / length) if name == "clipping" else 1.0
        clipped += scale < 1
        losses.append(found.loss)
        moved = (p - 0.05 * scale * g for p, g in zip(parameters, found.gradients, strict=True))
        parameters = parameters._make(moved)
    result = outcome(name, steps=20, updates=30)
    np.testing.assert_allclose(result.losses, losses, rtol=1e-10)
    assert result.clipped == clipped


@pytest.mark.parametrize("name", ["plain", "identity-relu"])
def test_the_gradient_by_lag_is_that_of_the_last_loss(name):
    architecture, parameters, _, data = network(name)
    X, Y = data.X[:, :HELD_OUT], data.Y[:HELD_OUT]
    row = adjoint_norms(architecture, parameters, forward(architecture, parameters, X), Y)[-1]
    np.testing.assert_allclose(outcome(name).start, row[::-1] / row[-1], rtol=1e-12)


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_the_gradient_by_lag_of_a_gated_cell_is_that_of_its_state(cell):
    data = data_of("adding", 10, 0)
    architecture, parameters = gated(cell)
    trace = forward(architecture, parameters, data.X[:, :HELD_OUT])
    adjoints = decompose(architecture, parameters, trace, data.Y[:HELD_OUT]).adjoints[-1]
    row = np.sqrt((adjoints**2).sum(axis=(1, 2)))
    np.testing.assert_allclose(outcome(cell).start, row[::-1] / row[-1], rtol=1e-10)


def test_the_starts_are_what_the_ways_say():
    """Orthogonal blocks; the gate that keeps the old state has a bias of 1, all other biases are 0."""
    for cell, blocks, keeping in (("gru", 3, 1), ("lstm", 4, 1)):
        architecture, start = gated(cell)
        for block in np.split(start.Wh1, blocks, axis=1):
            np.testing.assert_allclose(block @ block.T, np.eye(16), atol=1e-12)
        biases = np.split(start.b1, blocks)
        assert [float(bias.mean()) for bias in biases] == [float(place == keeping) for place in range(blocks)]
        trace = forward(architecture, start, np.zeros((1, 1, 2)))
        assert np.split(trace.gates[0, 0], blocks)[keeping] == pytest.approx(0.73, abs=0.005)
        words = BY_NAME[cell].sentence
        for part in ("start orthogonal", f"bias of {compute.KEEP_BIAS:g}", "near 0.73", "Adam, clipped"):
            assert part in words
        plain = initialise(dataclasses.replace(architecture, cell="plain"), 0)
        times = {3: "three times", 4: "four times"}[blocks]
        assert f"{times} the hidden weights" in words
        assert start.Wh1.size == blocks * plain.Wh1.size
        assert start.W1.size == blocks * plain.W1.size
    careful = {"optimiser": "adam", "learning_rate": 0.01, "clip_norm": LIMIT}
    assert BY_NAME["gru"].changes == BY_NAME["lstm"].changes == careful
    fair = config_of("adding", 10, BY_NAME["orthogonal"], 0, 1)
    assert (fair.scheme, fair.optimiser, fair.clip_norm) == ("orthogonal", "adam", LIMIT)


@pytest.mark.parametrize("task", ["adding", "echo"])
def test_no_constant_answer_is_better(task):
    data, stream = data_of(task, 10, 0), np.random.default_rng(0)
    Y, mean = data.Y, data.Y.mean(axis=0) if task == "adding" else data.Y.mean(axis=0)[:3]

    def loss(answer):
        if task == "adding":
            return 0.5 * ((Y - answer) ** 2).sum(axis=1).mean()
        return -(Y[:, :3] * np.log(answer)).sum(axis=1).mean()

    for _ in range(50):
        other = np.abs(mean + 0.05 * stream.normal(size=mean.shape))
        assert loss(mean) <= loss(other if task == "adding" else other / other.sum()) + 1e-12


def test_the_best_constant_answer_is_judged_on_what_training_never_sees():
    data = data_of("adding", 10, 0)
    expected = ((data.held_out_Y - data.Y.mean()) ** 2).mean() / 2
    assert outcome("plain").constant == pytest.approx(expected, rel=1e-12)
    expected = ((data.Y[:HELD_OUT] - data.Y.mean()) ** 2).mean() / 2
    assert outcome("plain").constant_training == pytest.approx(expected, rel=1e-12)
    data = data_of("echo", 10, 0)
    answers = np.log(data.Y.mean(axis=0)[data.held_out_Y.argmax(axis=1)])
    assert outcome("plain", task="echo").constant == pytest.approx(-answers.mean(), rel=1e-12)


def test_what_a_constant_answer_costs_is_what_is_written_about_it():
    """The sum of two numbers from 0 to 1 has the variance 1/6, which the ½ of the loss halves; echo ln 3."""
    costs = [constant_losses(data_of("adding", 20, seed))[0] for seed in range(10)]
    assert np.mean(costs) == pytest.approx(1 / 12, rel=0.05)
    assert constant_losses(data_of("echo", 20, 0))[0] == pytest.approx(np.log(3), rel=0.02)


@pytest.mark.parametrize("name", ["plain", "lstm"])
def test_both_losses_are_measured_on_their_own_sequences(name):
    found, data = outcome(name), data_of("adding", 10, 0)
    for X, Y, losses in (
        (data.held_out_X, data.held_out_Y, found.held_out),
        (data.X[:, :HELD_OUT], data.Y[:HELD_OUT], found.training),
    ):
        if name == "plain":
            architecture, parameters, _, _ = network(name)
            answer = forward(architecture, parameters, X).Y_hat[0]
        else:
            answer = forward(*gated("lstm"), X).Y_hat[0]
        assert losses[0] == pytest.approx(((answer - Y) ** 2).mean() / 2, rel=1e-12)
    assert found.held_out[0] != pytest.approx(found.training[0], rel=1e-3)


@pytest.fixture
def few_sequences(monkeypatch):
    """One batch is all there is to learn from."""
    data_of.cache_clear()
    monkeypatch.setattr(compute, "TRAINING", BATCH)
    yield
    data_of.cache_clear()


def test_too_few_sequences_are_fitted_and_nothing_is_learned_from_them(few_sequences):
    found = cure_run("adding", 20, BY_NAME["adam"])
    assert found.left_training < LEARNED / 10
    assert found.left > 1
    assert found.verdict == "overfits"
    told = said.verdicts([found])
    assert told == (
        f"Overfits: tanh + Adam ({percent(found.left_training, 1)} in training, {percent(found.left, 1)} held out)."
    )


def test_there_are_enough_sequences_to_learn_from():
    """What is low in training is low on held-out sequences, too: nothing overfits at the usual length."""
    for name in ("adam", "orthogonal", "identity-relu"):
        found = outcome(name, 20, updates=300)
        assert found.left == pytest.approx(found.left_training, abs=0.15)
        assert found.verdict != "overfits"


@pytest.mark.slow
def test_gates_learn_what_plain_tanh_does_not():
    assert outcome("gru", 20, updates=300).learned
    assert outcome("identity-relu", 20, updates=300).learned
    assert outcome("plain", 20, updates=300).verdict == "not learned"
    assert outcome("gru", 20, updates=300).left < LEARNED / 5


def test_what_cuts_nothing_is_the_plain_run():
    """To the last bit, as the sentence says."""
    plain, cut = outcome("plain"), outcome("truncation")
    np.testing.assert_array_equal(plain.losses, cut.losses)
    assert "truncation to 10 steps cuts nothing: its run is that of tanh." in said.limits_sentence([cut])
    plain, clipped = outcome("plain", 20), outcome("clipping", 20)
    assert clipped.clipped == 0
    np.testing.assert_array_equal(plain.losses, clipped.losses)
    assert "clipping did nothing, its run is that of tanh." in said.limits_sentence([clipped])


def test_clipping_keeps_a_run_finite_that_explodes_without_it(monkeypatch):
    """A rate far too large for the plain way: the clipped one is told as what it is."""
    monkeypatch.setitem(compute.RATES, "adding", 9.0)
    relu = {"activation": "identity", "scheme": "normal"}
    plain, clipped = (
        cure_run("adding", 40, dataclasses.replace(BY_NAME[name], changes=relu | dict(BY_NAME[name].changes)))
        for name in ("plain", "clipping")
    )
    assert not plain.finite
    assert plain.verdict == "not finite"
    assert plain.left == np.inf
    told = said.limits_sentence([plain, clipped])
    assert f"in {clipped.clipped} of {len(clipped.losses)} updates" in told
    assert ("stayed finite" in told) == clipped.finite


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("steps", [2, 3, 10, 11, 20, 21, 80])
def test_what_is_asked_for_lies_as_far_back_as_is_said(task, steps):
    data = data_of(task, steps, 1)
    marked = data.X[: steps // 2, :, 1].argmax(axis=0) if task == "adding" else np.zeros(1, dtype=int)
    lags = steps - 1 - marked
    assert lags.min() >= said.nearest(task, steps)
    assert steps > 21 or lags.min() == said.nearest(task, steps)


def test_the_grid_holds_every_outcome_and_the_longest_is_without_a_gap():
    outcomes = [made("plain", 10, 0.4), made("plain", 20, 0.7), made("plain", 40, 0.1), made("gru", 10, 0.2)]
    left, low = said.grid(outcomes, NAMES, LENGTHS)
    assert left[0].tolist()[:3] == [0.4, 0.7, 0.1]
    assert np.isnan(left[0, 3])
    assert low.sum() == 3
    assert said.longest(outcomes, NAMES)["plain"] == 10
    assert said.longest(outcomes, NAMES)["lstm"] == 0
    left, low = said.grid([made("plain", 20, 0.7, training=0.3)], NAMES, LENGTHS, training=True)
    assert left[0, 1] == 0.3
    assert low[0, 1]


def test_a_run_that_broke_is_neither_learned_nor_hidden():
    broken = made("gru", 10, 0.1, finite=False)
    assert broken.left == broken.left_training == np.inf
    assert not broken.learned
    words = said.curve_sentence([made("plain", 10, 0.4), broken])
    assert "Not finite: GRU" in words
    left, low = said.grid([broken], NAMES, LENGTHS)
    assert draw.reached(left, low, NAMES, LENGTHS, "light").count("<td style") == 1


def test_the_sentences_name_the_winner_and_the_plain_way():
    outcomes = [made("plain", 10, 0.4), made("gru", 10, 0.1), made("gru", 20, 0.1), made("lstm", 20, 0.8)]
    words = said.sweep_sentence(outcomes, LABELS, 32)
    assert words.endswith("4 of 32 runs are done.")
    assert "The longest T learned so far is **20**, by **GRU + Adam**." in words
    assert "tanh, learns up to T = **10**" in words
    assert "Nothing has been tried" in said.sweep_sentence([], LABELS, 32)
    assert "No way has learned" in said.sweep_sentence([made("plain", 10, 2.0)], LABELS, 32)
    assert "1 of 32 runs is done" in said.sweep_sentence([made("plain", 10, 2.0)], LABELS, 32)
    assert "without a cure" not in said.sweep_sentence([made("gru", 10, 0.1)], LABELS, 32)


def random_outcomes(rng):
    """Some runs of a sweep in their order, with any result."""
    task = str(rng.choice(TASKS))
    done = plan()[: int(rng.integers(1, len(plan()) + 1))]
    found = []
    for steps, cure in done:
        held_out, training = 2.0 ** rng.uniform(-8, 2, 2)
        clipped = int(rng.choice([0, 1, 7, 300]))
        finite = rng.random() < 0.9
        each = made(cure.name, steps, held_out, finite, training, clipped, task)
        lags = rng.choice([0.0, 1e-9, 0.3, 0.3, 1.0, 40.0, np.nan], size=2)
        found.append(dataclasses.replace(each, start=lags[:1], end=lags[1:]))
    return found


def verdict_of(each):
    """What a run reached, from its numbers alone."""
    if not each.finite:
        return "Not finite"
    if each.held_out[-1] < 0.5 * each.constant:
        return "Learned"
    return "Overfits" if each.training[-1] < 0.5 * each.constant_training else "Not learned"


def test_every_verdict_of_any_sweep_is_what_its_numbers_say():
    for number in range(COUNT):
        outcomes = random_outcomes(np.random.default_rng([5, SEED + number]))
        told = said.sweep_sentence(outcomes, LABELS, len(plan()))
        check_sweep(outcomes, told)
        here = [each for each in outcomes if each.steps == outcomes[-1].steps]
        check_length(here, said.curve_sentence(here))
        check_limits(here, said.limits_sentence(here))
        for after in (False, True):
            check_flow(here, after, said.flow_sentence(here, after))


def check_sweep(outcomes, told):
    learned = {(each.cure.name, each.steps): verdict_of(each) == "Learned" for each in outcomes}
    reach = {name: 0 for name in NAMES}
    for name in NAMES:
        for steps in LENGTHS:
            if not learned.get((name, steps), False):
                break
            reach[name] = steps
    best = max(reach.values())
    beyond = any(done and steps > best for (_, steps), done in learned.items())
    all_shorter = ", with all shorter ones," if beyond else ""
    so_far = " so far" if len(outcomes) < len(plan()) else ""
    begins = f"The longest T learned{so_far}{all_shorter} is **{best}**, by **"
    assert told.startswith(begins if best else "No way has learned")
    for name, label in LABELS.items():
        winners = told.split("**")[3] if best else ""
        assert in_list(label, winners) == (best > 0 and reach[name] == best)
    for verdict, words in (("Overfits", "Overfits, low"), ("Not finite", "Not finite: ")):
        runs = [each for each in outcomes if verdict_of(each) == verdict]
        assert (words in told) == bool(runs)
        part = told.split(words)[1].split(".")[0] if runs else ""
        assert part.count(" at T = ") == len(runs)


def check_length(here, told):
    kept = [each for each in here if each.finite]
    if not kept:
        assert told == "No run of this length stayed finite."
        return
    best = min(kept, key=lambda each: each.held_out[-1])
    assert f": {best.cure.label} ends lowest on the held-out sequences, at **{four(best.held_out[-1])}**" in told
    lists = dict(re.findall(r"(Learned|Overfits|Not learned|Not finite): (.*?)\.(?= [A-Z]|$)", told))
    for each in here:
        found = [verdict for verdict, ways in lists.items() if in_list(each.cure.label, ways)]
        assert found == [verdict_of(each)]
    assert set(lists) <= {verdict.capitalize() for verdict in VERDICTS}


def in_list(label, ways):
    """Whether a way stands in a list of words; what is told of it in brackets or with it is passed over."""
    listed = re.split(r", | and |(?<=left with) ", re.sub(r" \(.*?\)", "", ways))
    return label in (one.strip(" .") for one in listed)


def check_limits(here, told):
    ways = {each.cure.name: each for each in here}
    clipped, cut, plain = (ways.get(name) for name in ("clipping", "truncation", "plain"))
    if clipped:
        assert ("clipping did nothing" in told) == (clipped.clipped == 0)
        saved = clipped.clipped > 0 and clipped.finite and not plain.finite
        assert ("without it training broke, with it it stayed finite" in told) == saved
        assert ("broke all the same" in told) == (clipped.clipped > 0 and not clipped.finite)
    if cut:
        assert ("cuts nothing" in told) == (cut.steps <= 10)
        if cut.steps > 10:
            assert f"leaves out {cut.steps - 10} of {cut.steps} terms, lags 10 to {cut.steps - 1}" in told
            assert ("and yet it is learned" in told) == (verdict_of(cut) == "Learned")


def check_flow(here, after, told):
    ends = {each.cure.label: (each.end if after else each.start)[-1] for each in here}
    values = np.array([value for value in ends.values() if not np.isnan(value)])
    if not len(values):
        assert told == "No error reaches back here."
        return
    assert f"**{four(values.max())}**" in told
    assert f"**{four(values.min())}**" in told
    parts = told.split(" and least with ")
    assert (len(parts) == 2) == (values.max() != values.min())
    for label, value in ends.items():
        for part, extreme in zip(parts, (values.max(), values.min()), strict=False):
            assert in_list(label, part) == (value == extreme)


def test_the_pictures_hold_the_numbers():
    outcomes = [outcome("plain"), outcome("gru")]
    for training in (False, True):
        traces = draw.learning(outcomes, NAMES, training, "light").marks
        curves = {trace.name: trace for trace in traces}
        expected = outcomes[1].training if training else outcomes[1].held_out
        np.testing.assert_array_equal(curves["GRU + Adam"].y, expected)
        constant = outcomes[0].constant_training if training else outcomes[0].constant
        assert set(curves["best constant"].y) == {constant}
    lags = {trace.name: trace for trace in draw.by_lag(outcomes, NAMES, True, "dark").marks}
    np.testing.assert_array_equal(lags["tanh"].y, outcomes[0].end)
    table = said.curves_table(outcomes)
    assert len(table["update"]) == len(table["tanh, held out"]) == len(table["GRU + Adam, training"])
    assert said.table(outcomes)["steps T"] == [10, 10]
    assert said.table(outcomes)["verdict"] == [each.verdict for each in outcomes]
    assert len(said.lags_table(outcomes)["lag t − k"]) == 10


def test_progress_is_told_before_every_epoch_and_can_end_the_run():
    heard = []
    with listening(heard.append):
        cure_run("adding", 10, CURES[0], updates=4)
    assert heard[:4] == [0.0, 0.25, 0.5, 0.75]  # then what is left of the last error is measured

    def stop(part):
        raise InterruptedError

    with pytest.raises(InterruptedError), listening(stop):
        cure_run("adding", 10, CURES[0], updates=4)


@pytest.mark.slow
@pytest.mark.parametrize("updates", [100, 300])
def test_the_seconds_of_a_sweep_are_known_to_the_order(updates):
    runs = [(10, CURES[3]), (10, BY_NAME["lstm"])]
    begun = time.process_time()
    for steps, cure in runs:
        cure_run("adding", steps, cure, updates=updates)
    used = time.process_time() - begun
    assert seconds_of(runs, updates) / 12 < used < 12 * seconds_of(runs, updates)


def test_an_unknown_task_is_refused():
    with pytest.raises(ValueError, match="task: got 'parity', expected one of adding, echo"):
        cure_run("parity", 10, CURES[0])


def test_a_sweep_that_is_not_done_tells_what_was_tried_so_far():
    outcomes = [made(name, 10, left) for name, left in (("plain", 0.9), ("gru", 0.1))]
    labels = {cure.name: cure.label for cure in CURES}
    partly, whole = (said.sweep_sentence(outcomes, labels, planned) for planned in (32, 2))
    assert "The longest T learned so far is" in partly
    assert "**at no length** tried so far" in partly
    assert "so far" not in whole


@pytest.mark.parametrize("name", ["plain", "adam", "gru"])
def test_the_sweep_that_is_shown_at_once_is_what_its_runs_come_to(name):
    (task, seed, updates), runs = compute.stored()
    assert seed == RunConfig().seed
    assert runs.keys() == {(steps, cure.name) for steps, cure in plan()}
    kept = runs[10, name]
    again = compute.cure_run(task, 10, kept.cure, seed, updates)
    assert (kept.verdict, kept.clipped) == (again.verdict, again.clipped)
    for values in ("losses", "points", "held_out", "training", "start", "end"):
        np.testing.assert_allclose(getattr(kept, values), getattr(again, values), rtol=1e-3, err_msg=values)
    assert (kept.constant, kept.constant_training) == pytest.approx((again.constant, again.constant_training))
