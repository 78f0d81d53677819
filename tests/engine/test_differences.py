"""Derivatives by differences against the analytic engine: tied, untied, of states, of inputs and targets."""

from __future__ import annotations

import numpy as np
import pytest
from oracles import HIDDEN, MODES, PAIRS, problem, relative_error

from rnnviz import engine
from rnnviz.engine import Parameters, copy_derivatives, derivatives, input_gradients, losses_along
from rnnviz.engine.differences import state_derivatives

NAMES = Parameters._fields
NETWORKS = [(hidden, pair, mode) for hidden in HIDDEN for pair in PAIRS for mode in MODES]


def entries_of(array):
    return list(np.ndindex(np.shape(array)))


@pytest.mark.parametrize(("hidden", "pair", "mode"), NETWORKS, ids=str)
def test_complex_steps_find_the_gradient(hidden, pair, mode):
    network = problem(hidden, pair, mode)
    architecture, parameters, _, Y, H_init = network
    gradients = engine.backward(architecture, parameters, engine.forward(*network[:3], H_init), Y).gradients
    for name, expected in gradients._asdict().items():
        found = derivatives(*network, variable=name, entries=entries_of(expected)).sum(axis=1)
        assert relative_error(found.reshape(expected.shape), expected) < 1e-12
        coarse = derivatives(*network, variable=name, entries=entries_of(expected), method="central")
        assert relative_error(coarse.sum(axis=1).reshape(expected.shape), expected) < 1e-6


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("hidden", HIDDEN)
def test_moving_the_copy_of_one_step_finds_the_term(hidden, mode):
    network = problem(hidden, PAIRS[0], mode)
    architecture, parameters, X, Y, H_init = network
    trace = engine.forward(architecture, parameters, X, H_init)
    terms = engine.decompose(architecture, parameters, trace, Y).terms
    for name, expected in terms.items():
        for entry in entries_of(getattr(parameters, name)):
            found = copy_derivatives(*network, variable=name, entry=entry)
            wanted = expected[(slice(None), slice(None), *entry)]
            assert np.abs(found - wanted).max() <= 1e-12 * np.abs(expected).max()
            one = copy_derivatives(*network, variable=name, entry=entry, k=1)
            np.testing.assert_array_equal(one, found[:, 1])


@pytest.mark.parametrize(("hidden", "pair", "mode"), NETWORKS, ids=str)
def test_inputs_targets_and_start_state_have_their_gradients(hidden, pair, mode):
    network = problem(hidden, pair, mode)
    architecture, parameters, X, Y, H_init = network
    trace = engine.forward(architecture, parameters, X, H_init)
    found = input_gradients(architecture, parameters, trace, Y)
    for variable, array in (("X", X), ("Y", Y), ("H_init", H_init)):
        numeric = derivatives(*network, variable=variable, entries=entries_of(array)).sum(axis=1)
        analytic = getattr(found, variable)
        assert analytic.shape == array.shape
        assert relative_error(analytic, numeric.reshape(array.shape)) < 1e-12


@pytest.mark.parametrize("hidden", HIDDEN)
def test_a_state_moves_at_once_and_through_its_past(hidden):
    architecture, parameters, X, _, H_init = problem(hidden)
    trace = engine.forward(architecture, parameters, X, H_init)
    for variable, entry in (("W1", (1, 2)), ("Wh1", (0, 1)), ("b1", (2,))):
        for k in range(len(X)):
            arguments = {"variable": variable, "entry": entry, "k": k}
            frozen = state_derivatives(architecture, parameters, X, H_init, **arguments, frozen=True)
            total = state_derivatives(architecture, parameters, X, H_init, **arguments, frozen=False)
            for sample in range(X.shape[1]):
                uses = [
                    engine.immediate_factor(architecture, trace, variable, s, sample).value[
                        (slice(None), *entry)
                    ]
                    for s in range(k + 1)
                ]
                ways = [
                    engine.state_jacobian(architecture, parameters, trace, k, s, sample) @ use
                    for s, use in enumerate(uses)
                ]
                np.testing.assert_allclose(frozen[sample], uses[k], rtol=1e-12, atol=1e-15)
                np.testing.assert_allclose(total[sample], sum(ways), rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("variable", [*NAMES, "X", "Y", "H_init"])
def test_losses_along_an_entry_are_those_of_the_network_with_that_value(variable, mode):
    network = problem("tanh", PAIRS[2], mode)
    architecture, parameters, X, Y, H_init = network
    arrays = parameters._asdict() | {"X": X, "Y": Y, "H_init": H_init}
    entry = tuple(n - 1 for n in arrays[variable].shape)
    values = np.array([arrays[variable][entry], -1.5, 0.25])
    found = losses_along(*network, variable=variable, entry=entry, values=values)
    for value, losses in zip(values, found, strict=True):
        changed = {name: array.copy() for name, array in arrays.items()}
        changed[variable][entry] = value
        theta = Parameters(*(changed[name] for name in NAMES))
        trace = engine.forward(architecture, theta, changed["X"], changed["H_init"])
        expected = engine.step_losses(architecture, trace, changed["Y"])
        np.testing.assert_allclose(losses, expected, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("pair", PAIRS[:5:3], ids=str)
def test_huge_logits_have_finite_losses_and_derivatives(pair):
    architecture, parameters, X, Y, H_init = problem("identity", pair)
    parameters = parameters._replace(W2=1e4 * parameters.W2)
    network = architecture, parameters, X, Y, H_init
    trace = engine.forward(architecture, parameters, X, H_init)
    gradient = engine.backward(architecture, parameters, trace, Y).gradients.Wh1
    found = derivatives(*network, variable="Wh1", entries=entries_of(gradient)).sum(axis=1)
    assert relative_error(found.reshape(gradient.shape), gradient) < 1e-12
    assert np.isfinite(losses_along(*network, variable="Wh1", entry=(0, 0), values=[5.0])).all()


def test_blocks_change_nothing(monkeypatch):
    network = problem()
    entries = entries_of(network[1].Wh1)
    whole = derivatives(*network, variable="Wh1", entries=entries)
    monkeypatch.setattr("rnnviz.engine.differences._BLOCK_BYTES", 1)
    np.testing.assert_array_equal(derivatives(*network, variable="Wh1", entries=entries), whole)
    assert derivatives(*network, variable="Wh1", entries=[]).shape == (0, 4)


def test_the_error_of_differences_falls_with_their_order():
    network = problem()
    exact = derivatives(*network, variable="Wh1", entries=[(0, 1)]).sum()
    error = {
        (method, epsilon): abs(
            derivatives(*network, variable="Wh1", entries=[(0, 1)], method=method, epsilon=epsilon).sum()
            - exact
        )
        for method in ("forward", "central")
        for epsilon in (1e-2, 1e-3)
    }
    assert 8 < error["forward", 1e-2] / error["forward", 1e-3] < 12
    assert 80 < error["central", 1e-2] / error["central", 1e-3] < 120


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"variable": "W3"}, "variable"),
        ({"method": "magic"}, "method"),
        ({"entries": [(9, 9)]}, "shape"),
        ({"entries": [(0,)]}, "shape"),
        ({"entries": [(-1, 0)]}, "shape"),
        ({"method": "central", "epsilon": 0.0}, "epsilon"),
    ],
)
def test_bad_arguments_are_named(changes, message):
    arguments = {"variable": "Wh1", "entries": [(0, 0)]} | changes
    with pytest.raises(ValueError, match=message):
        derivatives(*problem(), **arguments)


def test_a_copy_needs_a_step_and_a_parameter():
    with pytest.raises(ValueError, match="k"):
        copy_derivatives(*problem(), variable="Wh1", entry=(0, 0), k=4)
    with pytest.raises(ValueError, match="variable"):
        copy_derivatives(*problem(), variable="X", entry=(0, 0, 0))
