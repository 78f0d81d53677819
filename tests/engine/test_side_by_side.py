"""Several networks at once say what each says alone."""

import numpy as np
import pytest

from rnnviz.engine import Parameters, backward, forward, side_by_side, step_losses
from rnnviz.engine.side_by_side import gradients_each, losses_each, run_each
from tests import oracles

CELLS = [("gru", "before"), ("gru", "after"), ("lstm", "before")]
GATED = [("tanh", oracles.PAIRS[0], mode, cell) for cell in CELLS for mode in oracles.MODES]


def named(case):
    return "-".join([case[0], *case[1], case[2], *(case[3] if len(case) > 3 else ())])


each_case = pytest.mark.parametrize("case", [*oracles.CASES, *GATED], ids=named)


def problem(case):
    return oracles.problem(*case[:3], cell=case[3] if len(case) > 3 else ("plain", "before"))


def several(parameters, count=7):
    rng = np.random.default_rng(5)
    return Parameters(*(part + 0.3 * rng.normal(size=(count, *part.shape)) for part in parameters))


def three_at_once(monkeypatch, X, parameters):
    """Make seven networks three parts, wherever they are held."""
    states = X.shape[1] * len(parameters.Wh1)
    monkeypatch.setattr(side_by_side, "_AT_ONE_STEP", 3 * states)
    monkeypatch.setattr(side_by_side, "_MOST_NUMBERS", 3 * X.shape[0] * states)


@each_case
def test_every_network_says_what_it_says_alone(case):
    architecture, parameters, X, _, H_init = problem(case)
    stacked = several(parameters)
    H, Y_hat = run_each(architecture, stacked, X, H_init)
    for place in range(7):
        alone = forward(architecture, Parameters(*(part[place] for part in stacked)), X, H_init)
        np.testing.assert_allclose(H[place], alone.H, rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(Y_hat[place], alone.Y_hat, rtol=1e-12, atol=1e-14)


@each_case
def test_every_network_has_the_loss_that_it_has_alone(case, monkeypatch):
    architecture, parameters, X, Y, H_init = problem(case)
    three_at_once(monkeypatch, X, parameters)
    stacked = several(parameters)
    alone = [Parameters(*(part[place] for part in stacked)) for place in range(7)]
    expected = [step_losses(architecture, forward(architecture, each, X, H_init), Y).sum() for each in alone]
    np.testing.assert_allclose(losses_each(architecture, stacked, X, Y, H_init), expected, rtol=1e-12)


@each_case
def test_every_network_has_the_gradient_that_it_has_alone(case, monkeypatch):
    architecture, parameters, X, Y, H_init = problem(case)
    three_at_once(monkeypatch, X, parameters)
    stacked = several(parameters)
    losses, gradients = gradients_each(architecture, stacked, X, Y, H_init)
    for place in range(7):
        alone = Parameters(*(part[place] for part in stacked))
        expected = backward(architecture, alone, forward(architecture, alone, X, H_init), Y)
        assert losses[place] == pytest.approx(expected.loss, rel=1e-12)
        for name, wanted in expected.gradients._asdict().items():
            np.testing.assert_allclose(gradients[name][place], wanted, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("varied", [("Wh1",), ("W1", "b1"), ("W2",), ("b2", "Wh1"), ("b1",)])
@pytest.mark.parametrize("case", [oracles.CASES[0], *GATED[::2]], ids=named)
def test_what_all_networks_share_may_stand_there_once(varied, case):
    architecture, parameters, X, Y, H_init = problem(case)
    stacked = several(parameters)._asdict()
    once = {name: values if name in varied else values[:1] for name, values in stacked.items()}
    each = {name: np.repeat(values, 7 // len(values), axis=0) for name, values in once.items()}
    once, each = Parameters(**once), Parameters(**each)
    for found, wanted in zip(
        run_each(architecture, once, X, H_init), run_each(architecture, each, X, H_init), strict=True
    ):
        np.testing.assert_allclose(found, wanted, rtol=1e-12)
    expected = losses_each(architecture, each, X, Y, H_init)
    np.testing.assert_allclose(losses_each(architecture, once, X, Y, H_init), expected, rtol=1e-12)
    found, wanted = (gradients_each(architecture, one, X, Y, H_init)[1] for one in (once, each))
    for name, values in wanted.items():
        np.testing.assert_allclose(found[name], values, rtol=1e-10, atol=1e-13)


def test_one_network_that_overflows_leaves_the_others_alone():
    architecture, parameters, X, Y, H_init = oracles.problem(
        "identity", ("identity", "squared_error"), "sequence_to_sequence"
    )
    stacked = several(parameters, 3)
    stacked.Wh1[1] *= 1e200
    found = losses_each(architecture, stacked, X, Y, H_init)
    assert np.isfinite(found).tolist() == [True, False, True]
