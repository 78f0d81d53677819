"""Gradients and every single term against the untied network of the oracles."""

from __future__ import annotations

import numpy as np
import pytest

from rnnviz.engine import (
    Architecture,
    Parameters,
    backward,
    check_gradients,
    decompose,
    forward,
    loss_step_terms,
    single_term,
    step_losses,
)
from tests import oracles

HIDDEN_PARAMETERS = ("W1", "Wh1", "b1")
OUTPUT_PARAMETERS = ("W2", "b2")


def solve(hidden="tanh", pair=oracles.PAIRS[0], mode=oracles.MODES[0], **changes):
    problem = oracles.problem(hidden, pair, mode, **changes)
    architecture, parameters, X, _, H_init = problem
    return problem, forward(architecture, parameters, X, H_init)


@pytest.fixture(scope="module", params=oracles.CASES)
def case(request):
    problem, trace = solve(*request.param)
    return problem, trace, oracles.terms(*problem)


def test_every_term_is_the_derivative_by_one_untied_copy(case):
    (architecture, parameters, _, Y, _), trace, expected = case
    result = decompose(architecture, parameters, trace, Y)
    for name in HIDDEN_PARAMETERS:
        assert result.terms[name].shape == expected[name].shape
        for t, k in np.ndindex(expected[name].shape[:2]):
            assert oracles.relative_error(result.terms[name][t, k], expected[name][t, k]) <= 1e-12, (name, t, k)


def test_every_output_term_is_the_derivative_by_one_untied_copy(case):
    (architecture, parameters, _, Y, _), trace, expected = case
    found = decompose(architecture, parameters, trace, Y).output_terms
    for name in OUTPUT_PARAMETERS:
        for t in range(len(trace.X)):
            assert oracles.relative_error(found[name][t], expected[name][t, t]) <= 1e-12, (name, t)


def test_gradients_and_losses_are_those_of_the_oracle(case):
    (architecture, parameters, X, Y, H_init), trace, expected = case
    result = backward(architecture, parameters, trace, Y)
    for name, found in zip(oracles.NAMES, result.gradients, strict=True):
        assert oracles.relative_error(found, expected[name].sum(axis=(0, 1))) <= 1e-12, name
    losses = oracles.untied_losses(architecture, [parameters] * len(X), X, Y, H_init).real
    np.testing.assert_allclose(result.step_losses, losses, rtol=1e-12, atol=0)
    np.testing.assert_allclose(step_losses(architecture, trace, Y), losses, rtol=1e-12, atol=0)
    assert result.loss == pytest.approx(losses.sum(), rel=1e-13)


def test_terms_sum_to_what_backward_gives(case):
    (architecture, parameters, _, Y, _), trace, _ = case
    result, whole = (decompose(architecture, parameters, trace, Y), backward(architecture, parameters, trace, Y))
    for name in HIDDEN_PARAMETERS:
        total = result.terms[name].sum(axis=(0, 1))
        assert oracles.relative_error(total, getattr(whole.gradients, name)) <= 1e-13
    for name in OUTPUT_PARAMETERS:
        total = result.output_terms[name].sum(axis=0)
        assert oracles.relative_error(total, getattr(whole.gradients, name)) <= 1e-13
    np.testing.assert_array_equal(result.step_losses, whole.step_losses)


def test_columns_are_what_the_loop_adds_at_a_step(case):
    (architecture, parameters, X, Y, H_init), trace, _ = case
    result = decompose(architecture, parameters, trace, Y)
    deltas = backward(architecture, parameters, trace, Y).deltas
    before = [H_init, *trace.H[:-1]]
    for k, delta in enumerate(deltas):
        expected = {"W1": X[k].T @ delta, "Wh1": before[k].T @ delta, "b1": delta.sum(axis=0)}
        for name, column in expected.items():
            assert oracles.relative_error(result.terms[name][:, k].sum(axis=0), column) <= 1e-13


def test_one_row_and_one_term_are_those_of_the_whole(case):
    (architecture, parameters, _, Y, _), trace, expected = case
    for t in range(len(trace.X)):
        row = loss_step_terms(architecture, parameters, trace, Y, t)
        for name in oracles.NAMES:
            assert oracles.relative_error(row[name], expected[name][t]) <= 1e-12
            for k in range(t + 1):
                term = single_term(architecture, parameters, trace, Y, name, t, k)
                assert oracles.relative_error(term.value, expected[name][t, k]) <= 1e-12


def test_central_differences_agree(case):
    architecture, parameters, X, Y, H_init = case[0]
    check = check_gradients(architecture, parameters, X, Y, H_init)
    assert check.relative_error <= 1e-6
    for found, numeric in zip(check.analytic, check.numeric, strict=True):
        assert found.shape == numeric.shape


@pytest.mark.parametrize("mode", oracles.MODES)
@pytest.mark.parametrize("reach", [1, 2, 3, 5, 9])
def test_truncation_keeps_the_right_terms(mode, reach):
    problem, trace = solve(mode=mode, T=6)
    architecture, parameters, _, Y, _ = problem
    expected = oracles.terms(*problem)
    t, k = np.mgrid[:6, :6]
    kept = {"window": t - k < reach, "chunk": t // reach == k // reach}
    for kind, mask in kept.items():
        found = backward(architecture, parameters, trace, Y, truncation=reach, truncation_kind=kind)
        for name, gradient in zip(oracles.NAMES, found.gradients, strict=True):
            assert oracles.relative_error(gradient, expected[name][mask].sum(axis=0)) <= 1e-12


@pytest.mark.parametrize("reach", [1, 2, 4])
def test_chunks_are_what_detaching_the_state_gives(reach):
    problem, trace = solve("sigmoid", T=7)
    architecture, parameters, _, Y, _ = problem
    found = backward(architecture, parameters, trace, Y, truncation=reach, truncation_kind="chunk").gradients
    for gradient, expected in zip(found, oracles.gradient(*problem, detach=reach), strict=True):
        assert oracles.relative_error(gradient, expected) <= 1e-12


@pytest.mark.parametrize("kind", ["window", "chunk"])
@pytest.mark.parametrize("reach", [1, 3, 20])
def test_deltas_of_a_truncation_give_its_gradient(kind, reach):
    (architecture, parameters, X, Y, _), trace = solve(T=8)
    found = backward(architecture, parameters, trace, Y, truncation=reach, truncation_kind=kind)
    np.testing.assert_allclose(np.einsum("tmi,tmj->ij", X, found.deltas), found.gradients.W1, rtol=1e-12)


def test_adjoints_are_the_derivatives_by_the_state():
    (architecture, parameters, _, Y, H_init), trace = solve("tanh", T=5)
    result = decompose(architecture, parameters, trace, Y)
    for t in range(5):
        for k in range(t + 1):
            hops = [oracles.state_derivative(architecture, parameters, trace.X, H_init, t, k, s) for s in range(3)]
            expected = [result.adjoints[t, t, s] @ hop for s, hop in enumerate(hops)]
            assert oracles.relative_error(result.adjoints[t, k], expected) <= 1e-12
        assert not result.adjoints[t, t + 1 :].any()


def test_relu_at_zero_has_slope_zero():
    (architecture, parameters, X, Y, _), _ = solve("relu", m=1)
    parameters = parameters._replace(b1=np.zeros(3))
    trace = forward(architecture, parameters, np.zeros_like(X))
    gradients = backward(architecture, parameters, trace, Y).gradients
    assert not any(gradient.any() for gradient in gradients[:3])
    assert gradients.b2.any()


def test_a_check_sees_a_wrong_gradient(monkeypatch):
    from rnnviz.engine import differences

    def wrong(*arguments, **options):
        result = right_backward(*arguments, **options)
        return type(result)(
            result.gradients._replace(Wh1=result.gradients.Wh1.T), result.step_losses, result.loss, result.deltas
        )

    right_backward = differences.backward
    monkeypatch.setattr(differences, "backward", wrong)
    architecture, parameters, X, Y, H_init = oracles.problem()
    assert check_gradients(architecture, parameters, X, Y, H_init).relative_error > 1e-2


LARGE = {"W1": {"W1": 1e-300, "X": 1e300}, "Wh1": {"Wh1": 1e-300, "H_init": 1e300}, "W2": {"W2": 1e-300, "W1": 1e300}}
"""The weight whose losses overflow when it is moved, by what makes them do so."""


@pytest.mark.parametrize("name", LARGE)
def test_a_check_that_overflows_in_any_parameter_is_no_number(name):
    numbers = dict.fromkeys(("W1", "Wh1", "W2", "X"), 1.0) | {"H_init": 0.0} | LARGE[name]
    W1, Wh1, W2, H_init, X = (np.full((1, 1), numbers[each]) for each in ("W1", "Wh1", "W2", "H_init", "X"))
    architecture = Architecture(1, 1, 1, "identity", "identity", "squared_error")
    parameters = Parameters(W1, Wh1, np.zeros(1), W2, np.zeros(1))
    check = check_gradients(architecture, parameters, X[None], np.zeros((1, 1, 1)), H_init)
    assert np.isnan(getattr(check.numeric, name)).all()
    assert not np.isfinite(check.relative_error)
