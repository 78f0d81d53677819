"""The plain loop that the reader sees: the engine's gradient, columns, adjoints and single terms."""

from __future__ import annotations

import numpy as np
import pytest

from rnnviz.engine import Parameters, backward, decompose, forward, hidden_slope, loss_step_terms
from rnnviz.experiment.plain_loop import LOOP_LINES, loop_code, run_loop
from tests import oracles

PAIRS = [oracles.PAIRS[0], oracles.PAIRS[4], oracles.PAIRS[6]]
CASES = [(hidden, pair, mode) for hidden in oracles.HIDDEN for pair in PAIRS for mode in oracles.MODES]
HIDDEN_PARAMETERS = ("W1", "Wh1", "b1")
T = 5
STATEMENTS = {
    "mean": "dZ = dZ_each / len(H_init)",
    "start": "dh_next = np.zeros_like(H_init)",
    "dh": "dh = dZ[k] @ W2.T + dh_next",
    "da": "da = dh * slope[k]",
    "W1": "dW1 += X[k].T @ da",
    "Wh1": "dWh1 += (H[k - 1] if k > 0 else H_init).T @ da",
    "b1": "db1 += da.sum(axis=0)",
    "W2": "dW2 += H[k].T @ dZ[k]",
    "b2": "db2 += dZ[k].sum(axis=0)",
    "dh_next": "dh_next = da @ Wh1.T",
}


def solve(hidden="tanh", pair=oracles.PAIRS[0], mode=oracles.MODES[0], **changes):
    architecture, parameters, X, Y, H_init = oracles.problem(hidden, pair, mode, **({"T": T} | changes))
    return architecture, parameters, forward(architecture, parameters, X, H_init), Y


def added(steps):
    """Return the increments by name, (T,) + θ.shape in the order of k."""
    rows = [step.increments for step in sorted(steps, key=lambda step: step.k)]
    return {name: np.array([getattr(row, name) for row in rows]) for name in oracles.NAMES}


def gradient_of_each_sample(architecture, parameters, trace, Y):
    """Return (T, m, n2) ∂/∂Z of each sample's own loss, from single-sample gradients of b2."""
    T, m, _ = trace.X.shape
    found = np.zeros((T, m, architecture.n_outputs))
    for s in range(m):
        one = forward(architecture, parameters, trace.X[:, s : s + 1], trace.H_init[s : s + 1])
        y = Y[s : s + 1] if architecture.is_sequence_to_vector else Y[:, s : s + 1]
        for t in range(T):
            found[t, s] = loss_step_terms(architecture, parameters, one, y, t)["b2"][t]
    return found


@pytest.fixture(params=CASES, ids=lambda case: "-".join((case[0], *case[1], case[2])))
def case(request):
    return solve(*request.param)


def test_the_steps_walk_back_and_hand_on(case):
    _, parameters, trace, _ = case
    steps = list(run_loop(*case))
    assert [step.k for step in steps] == [4, 3, 2, 1, 0]
    for step in steps:
        np.testing.assert_array_equal(step.dh_next, step.da @ parameters.Wh1.T)
        np.testing.assert_array_equal(step.da, step.dh * hidden_slope(case[0], trace)[step.k])


def test_increments_are_the_columns_of_the_grid(case):
    expected, found = decompose(*case), added(run_loop(*case))
    for name in HIDDEN_PARAMETERS:
        columns = expected.terms[name].sum(axis=0)
        for k in range(T):
            assert oracles.relative_error(found[name][k], columns[k]) <= 1e-13, (name, k)
    for name, terms in expected.output_terms.items():
        for k in range(T):
            assert oracles.relative_error(found[name][k], terms[k]) <= 1e-13, (name, k)


def test_increments_sum_to_the_gradient(case):
    found = added(run_loop(*case))
    for name, gradient in zip(oracles.NAMES, backward(*case).gradients, strict=True):
        assert oracles.relative_error(found[name].sum(axis=0), gradient) <= 1e-13, name


def test_dh_is_the_sum_of_the_adjoints(case):
    adjoints = decompose(*case).adjoints
    for step in run_loop(*case):
        assert oracles.relative_error(step.dh, adjoints[:, step.k].sum(axis=0)) <= 1e-13


def test_one_loss_alone_gives_its_terms(case):
    for t in range(T):
        expected, found = loss_step_terms(*case, t), added(run_loop(*case, losses={t}))
        for name in oracles.NAMES:
            for k in range(T):
                assert oracles.relative_error(found[name][k], expected[name][k]) <= 1e-13, (name, t, k)


def test_some_losses_give_the_sum_of_theirs():
    case = solve()
    found = added(run_loop(*case, losses=[1, 3]))
    each = [added(run_loop(*case, losses=[t])) for t in (1, 3)]
    for name in oracles.NAMES:
        assert oracles.relative_error(found[name], each[0][name] + each[1][name]) <= 1e-13
        assert not added(run_loop(*case, losses=[]))[name].any()


def test_tiny_increments_keep_their_digits():
    architecture, parameters, trace, Y = solve("sigmoid", mode=oracles.MODES[1], T=40)
    found = added(run_loop(architecture, parameters, trace, Y))["Wh1"]
    terms = loss_step_terms(architecture, parameters, trace, Y, 39)["Wh1"]
    assert abs(terms[1]).max() < 1e-18 * abs(terms[39]).max()
    for k in range(40):
        assert oracles.relative_error(found[k], terms[k]) <= 1e-12


def test_each_role_finds_its_statement():
    code = loop_code()
    assert {role: code[line].strip() for role, line in LOOP_LINES.items()} == STATEMENTS
    loop = [LOOP_LINES[role] for role in ("dh", "da", *oracles.NAMES, "dh_next")]
    assert loop == list(range(loop[0], loop[0] + 8))


def test_the_shown_code_has_no_docstring_and_is_the_readers_own():
    code = loop_code()
    assert code[0].startswith("def ")
    assert '"""' not in "\n".join(code)
    assert 12 <= len(code) <= 25
    assert max(map(len, code)) <= 100
    code.clear()
    assert loop_code()


def test_the_shown_code_gives_the_gradient_when_it_is_run_as_it_stands(case):
    architecture, parameters, trace, Y = case
    scope = {"np": np, "Parameters": Parameters}
    exec("\n".join(loop_code()), scope)
    run = scope["backward_through_time"]
    each = gradient_of_each_sample(*case)
    *_, last = run(parameters, trace.X, trace.H, trace.H_init, hidden_slope(architecture, trace), each)
    for found, expected in zip(last[-1], backward(architecture, parameters, trace, Y).gradients, strict=True):
        assert oracles.relative_error(found, expected) <= 1e-13


def test_an_overflowing_network_warns_nobody():
    architecture, parameters, X, Y, H_init = oracles.problem("identity", oracles.PAIRS[6], T=40)
    parameters = parameters._replace(Wh1=1e30 * parameters.Wh1)
    trace = forward(architecture, parameters, X, H_init)
    assert len(list(run_loop(architecture, parameters, trace, Y))) == 40


@pytest.mark.parametrize("losses", [[5], [-1], [1.5]])
def test_an_impossible_loss_step_is_named(losses):
    with pytest.raises(ValueError, match=r"losses: got .*, expected an integer from 0 to 4"):
        run_loop(*solve(), losses=losses)


def test_wrong_arguments_raise_as_in_the_engine():
    architecture, parameters, trace, Y = solve()
    with pytest.raises(ValueError, match=r"Y: got shape"):
        run_loop(architecture, parameters, trace, Y[:2])
