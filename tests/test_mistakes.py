"""The classic mistakes: the shown line is what runs, the copies are wrong, and the checks say so."""

from __future__ import annotations

import numpy as np
import pytest

from rnnviz.config import PRESETS
from rnnviz.engine import Parameters, backward, decompose, forward, hidden_slope, train
from rnnviz.experiment import (
    LOOP_LINES,
    MISTAKES,
    backward_loop,
    broken_loop,
    broken_terms,
    broken_training,
    loop_code,
    run,
    run_loop,
)
from tests import oracles

PAIRS = [oracles.PAIRS[0], oracles.PAIRS[4], oracles.PAIRS[6]]
CASES = [(hidden, pair, mode) for hidden in oracles.HIDDEN for pair in PAIRS for mode in oracles.MODES]
NAMES = ("no_slope", "no_dh_next", "no_transpose", "late_state", "no_batch_mean", "wrong_step_slope")
OWN_BATCH = 4
"""A power of two: the mean over the batch and back is then exact, and bits may be compared."""


def solve(hidden="tanh", pair=oracles.PAIRS[0], mode=oracles.MODES[0], **changes):
    sizes = {"T": 4, "m": OWN_BATCH, "seed": 1} | changes
    architecture, parameters, X, Y, H_init = oracles.problem(hidden, pair, mode, **sizes)
    return architecture, parameters, forward(architecture, parameters, X, H_init), Y


def loop_parts(architecture, parameters, trace, Y):
    """Return the arguments of backward_loop, with ∂L_t/∂Z_t by a complex step of Z."""
    T, m, n2 = len(trace.X), trace.X.shape[1], architecture.n_outputs
    dZ = np.zeros((T, m, n2))
    for row, t in enumerate(range(architecture.first_loss_step(T), T)):
        y = Y if architecture.is_sequence_to_vector else Y[t]
        for j in range(n2):
            z = trace.Z[row] + 1j * oracles.STEP * np.eye(n2)[j]
            p = oracles.activation(architecture.output_activation, z)
            left = oracles.complement(architecture.output_activation, p, z)
            dZ[t, :, j] = oracles.loss(architecture.loss, p, y, left).imag / oracles.STEP / m
    return parameters, trace.X, trace.H, trace.H_init, hidden_slope(architecture, trace), dZ


def gradient(steps):
    return Parameters(*map(sum, zip(*(step.increments for step in steps), strict=True)))


def shown(name):
    """Return the loop that the reader sees, with the wrong line of a mistake in it."""
    code = loop_code()
    mistake, line = MISTAKES[name], LOOP_LINES[MISTAKES[name].role]
    assert code[line].strip() == mistake.right
    code[line] = code[line].replace(mistake.right, mistake.wrong)
    scope = {"np": np, "Parameters": Parameters}
    exec("\n".join(code), scope)
    return scope["backward_through_time"]


@pytest.fixture(params=CASES, ids=lambda case: "-".join((case[0], *case[1], case[2])))
def case(request):
    return solve(*request.param)


def test_the_mistakes_are_told_in_plain_words():
    assert tuple(MISTAKES) == NAMES
    for name, mistake in MISTAKES.items():
        assert mistake.name == name
        assert mistake.role in LOOP_LINES
        assert mistake.right != mistake.wrong
        assert mistake.sentence.endswith(".")
        assert len(mistake.title) <= 40
        assert len(mistake.sentence) <= 120


@pytest.mark.parametrize("name", NAMES)
def test_the_shown_wrong_line_is_what_runs(case, name):
    parts = loop_parts(*case)
    *rest, dZ = parts
    found = list(broken_loop(name, *parts))
    totals = Parameters(*map(np.zeros_like, case[1]))
    for step, (k, dh, da, dh_next, sums) in zip(found, shown(name)(*rest, dZ * OWN_BATCH), strict=True):
        assert step.k == k
        np.testing.assert_array_equal(step.dh, dh)
        np.testing.assert_array_equal(step.da, da)
        np.testing.assert_array_equal(step.dh_next, dh_next)
        for total, increment, expected in zip(totals, step.increments, sums, strict=True):
            total += increment
            np.testing.assert_allclose(total, expected, rtol=1e-13, atol=1e-300)


def test_without_a_mistake_the_copy_is_the_honest_loop(case):
    parts = loop_parts(*case)
    for copy, honest in zip(broken_loop(None, *parts), backward_loop(*parts), strict=True):
        assert copy.k == honest.k
        for name in ("dh", "da", "dh_next"):
            np.testing.assert_array_equal(getattr(copy, name), getattr(honest, name))
        for found, expected in zip(copy.increments, honest.increments, strict=True):
            np.testing.assert_array_equal(found, expected)
    for found, expected in zip(gradient(broken_loop(None, *parts)), backward(*case).gradients, strict=True):
        assert oracles.relative_error(found, expected) <= 1e-13


@pytest.mark.parametrize("name", [name for name in NAMES])
def test_every_mistake_makes_the_gradient_wrong(case, name):
    blind = case[0].hidden_activation == "identity" and name in ("no_slope", "wrong_step_slope")
    found = gradient(broken_loop(name, *loop_parts(*case)))
    errors = map(oracles.relative_error, found, backward(*case).gradients)
    assert (max(errors) > 1e-3) != blind


def test_terms_without_a_mistake_are_those_of_the_engine(case):
    found, expected = broken_terms(None, *case), decompose(*case)
    T = len(case[2].X)
    assert tuple(found) == oracles.NAMES
    for name, terms in expected.terms.items():
        for t, k in np.ndindex(T, T):
            assert oracles.relative_error(found[name][t, k], terms[t, k]) <= 1e-13
    for name, terms in expected.output_terms.items():
        for t, k in np.ndindex(T, T):
            right = terms[t] if t == k else np.zeros_like(terms[t])
            assert oracles.relative_error(found[name][t, k], right) <= 1e-13


@pytest.mark.parametrize("name", NAMES)
def test_terms_of_a_copy_sum_to_its_gradient_and_stay_below_the_diagonal(case, name):
    found = broken_terms(name, *case)
    whole = gradient(broken_loop(name, *loop_parts(*case)))
    above = np.triu(np.ones((4, 4), dtype=bool), 1)
    for key, expected in zip(oracles.NAMES, whole, strict=True):
        assert oracles.relative_error(found[key].sum(axis=(0, 1)), expected) <= 1e-12
        assert not found[key][above].any()


@pytest.mark.parametrize("name", NAMES)
def test_the_wrong_cells_are_the_expected_ones(name):
    case = solve()
    found, right = broken_terms(name, *case)["Wh1"], decompose(*case).terms["Wh1"]
    wrong = abs(found - right).max(axis=(2, 3)) > 1e-9 * abs(right).max(axis=(2, 3))
    t, k = np.mgrid[:4, :4]
    expected = {"no_dh_next": k < t, "no_transpose": k < t}.get(name, k <= t)
    np.testing.assert_array_equal(wrong, expected)


@pytest.mark.parametrize("mode", oracles.MODES)
def test_training_without_a_mistake_is_plain_gradient_descent(mode):
    architecture, parameters, X, Y, H_init = oracles.problem(mode=mode)
    found = broken_training(None, architecture, parameters, X, Y, epochs=20, learning_rate=0.1, H_init=H_init)
    epochs = train(architecture, parameters, X, Y, epochs=21, learning_rate=0.1, H_init=H_init)
    np.testing.assert_allclose(found, [epoch.loss for epoch in epochs], rtol=1e-12)
    assert found[-1] < found[0]


@pytest.mark.parametrize("name", NAMES)
def test_training_with_a_mistake_goes_another_way(name):
    architecture, parameters, X, Y, _ = oracles.problem(m=4)
    options = {"epochs": 5, "learning_rate": 0.1}
    found = broken_training(name, architecture, parameters, X, Y, **options)
    right = broken_training(None, architecture, parameters, X, Y, **options)
    assert found.shape == right.shape == (6,)
    assert found[0] == right[0]
    assert abs(found[1:] - right[1:]).min() > 1e-6


@pytest.mark.parametrize("name", [None, *NAMES])
def test_training_stops_where_it_overflows(name):
    experiment = run(PRESETS["exploding"].config)
    task = experiment.task
    parts = (experiment.architecture, experiment.parameters, task.X, task.Y)
    found = broken_training(name, *parts, epochs=60, learning_rate=10.0)
    assert np.isfinite(found).all()
    assert 1 <= len(found) <= 61
    assert name == "no_dh_next" or len(found) < 61


def test_no_updates_give_the_first_loss_alone():
    architecture, parameters, X, Y, _ = oracles.problem()
    found = broken_training("no_slope", architecture, parameters, X, Y, epochs=0, learning_rate=0.1)
    assert found.shape == (1,)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"epochs": -1}, r"epochs: got -1, expected an integer of at least 0"),
        ({"learning_rate": np.nan}, r"learning_rate: got nan, expected a finite number"),
    ],
)
def test_training_names_what_is_wrong(changes, message):
    architecture, parameters, X, Y, _ = oracles.problem()
    with pytest.raises(ValueError, match=message):
        broken_training(None, architecture, parameters, X, Y, **{"epochs": 1, "learning_rate": 0.1} | changes)


def test_an_unknown_mistake_is_named():
    case = solve()
    message = r"mistake: got 'typo', expected one of no_slope, "
    with pytest.raises(ValueError, match=message):
        broken_loop("typo", *loop_parts(*case))
    with pytest.raises(ValueError, match=message):
        broken_terms("typo", *case)
    with pytest.raises(ValueError, match=message):
        broken_training("typo", case[0], case[1], case[2].X, case[3], epochs=1, learning_rate=0.1)


def test_the_honest_loop_is_untouched_by_the_copies():
    case = solve()
    before = gradient(run_loop(*case))
    for name in NAMES:
        list(broken_loop(name, *loop_parts(*case)))
    for found, expected in zip(gradient(run_loop(*case)), before, strict=True):
        np.testing.assert_array_equal(found, expected)
