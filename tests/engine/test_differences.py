"""Derivatives by differences against the analytic engine: tied, untied, of states, of inputs and targets."""

from __future__ import annotations

import dataclasses
import tracemalloc

import numpy as np
import pytest
from oracles import CASES, HIDDEN, MODES, PAIRS, problem, relative_error

from rnnviz import engine
from rnnviz.engine import Parameters, derivative, differences, input_gradients, losses_along

NAMES = Parameters._fields


def entries_of(array):
    return list(np.ndindex(np.shape(array)))


@pytest.mark.parametrize("case", CASES)
def test_complex_steps_find_the_gradient(case):
    network = problem(*case)
    architecture, parameters, _, Y, H_init = network
    gradients = engine.backward(architecture, parameters, engine.forward(*network[:3], H_init), Y).gradients
    for name, expected in gradients._asdict().items():
        found = derivative(*network, variable=name, entries=entries_of(expected)).sum(axis=1)
        assert relative_error(found.reshape(expected.shape), expected) < 1e-12
        coarse = derivative(*network, variable=name, entries=entries_of(expected), method="central")
        assert relative_error(coarse.sum(axis=1).reshape(expected.shape), expected) < 1e-6


@pytest.mark.parametrize("case", CASES)
def test_moving_the_copy_of_one_step_finds_the_term(case):
    network = problem(*case)
    architecture, parameters, X, Y, H_init = network
    trace = engine.forward(architecture, parameters, X, H_init)
    terms = engine.decompose(architecture, parameters, trace, Y).terms
    for name, expected in terms.items():
        for entry in entries_of(getattr(parameters, name)):
            found = derivative(*network, variable=name, entries=[entry], steps=range(4))[0]
            wanted = expected[(slice(None), slice(None), *entry)]
            assert np.abs(found - wanted).max() <= 1e-12 * np.abs(expected).max()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("pair", PAIRS, ids=str)
def test_a_copy_of_an_output_parameter_moves_the_loss_of_its_own_step_alone(pair, mode):
    network = problem("tanh", pair, mode)
    architecture, parameters, X, Y, H_init = network
    trace = engine.forward(architecture, parameters, X, H_init)
    for name, expected in engine.decompose(architecture, parameters, trace, Y).output_terms.items():
        for entry in entries_of(getattr(parameters, name)):
            found = derivative(*network, variable=name, entries=[entry], steps=range(4))[0]
            wanted = np.diag(expected[(slice(None), *entry)])
            assert np.abs(found - wanted).max() <= 1e-12 * np.abs(expected).max()


@pytest.mark.parametrize("method", ["complex", "central"])
def test_one_step_several_and_all_give_the_same_columns(method):
    network, which = problem(), {"variable": "Wh1", "entries": [(0, 1), (2, 0)], "method": method}
    every = derivative(*network, **which, steps=range(4))
    assert every.shape == (2, 4, 4)
    for steps in ([1], [3, 1], (3, 1), range(3, 0, -2), np.array([3, 1])):
        np.testing.assert_array_equal(derivative(*network, **which, steps=steps), every[:, :, list(steps)])
    assert derivative(*network, **which, steps=[]).shape == (2, 4, 0)
    one = which | {"entries": [(2, 0)]}
    np.testing.assert_allclose(derivative(*network, **one, steps=range(4))[0], every[1], rtol=1e-12, atol=1e-16)
    np.testing.assert_allclose(every.sum(axis=2), derivative(*network, **which), rtol=1e-4)


@pytest.mark.parametrize("case", CASES)
def test_inputs_targets_and_start_state_have_their_gradients(case):
    network = problem(*case)
    architecture, parameters, X, Y, H_init = network
    trace = engine.forward(architecture, parameters, X, H_init)
    found = input_gradients(architecture, parameters, trace, Y)
    for variable, array in (("X", X), ("Y", Y), ("H_init", H_init)):
        numeric = derivative(*network, variable=variable, entries=entries_of(array)).sum(axis=1)
        analytic = found[variable]
        assert analytic.shape == array.shape
        assert relative_error(analytic, numeric.reshape(array.shape)) < 1e-12
    lists = Parameters(*(value.tolist() for value in parameters))
    same = input_gradients(architecture, lists, trace, Y.tolist())
    np.testing.assert_array_equal(same["H_init"], found["H_init"])


def state_derivatives(architecture, parameters, X, H_init, *, variable, entry, k):
    """Return the derivative of H_k (m, n1) by the θ of step k alone, and by all copies of θ up to k.

    A squared error of the output h_j against h_j - 1 has the slope 1 by h_j.
    """
    n1, alone, every = architecture.n_hidden, [], []
    reading = dataclasses.replace(
        architecture, n_outputs=1, output_activation="identity", loss="squared_error", mode="sequence_to_sequence"
    )
    for sample in range(X.shape[1]):
        x, h = X[:, [sample]], H_init[[sample]]
        for j in range(n1):
            read = parameters._replace(W2=np.eye(n1)[:, [j]], b2=np.zeros(1))
            Y = engine.forward(reading, read, x, h).Z - 1
            arguments = {"variable": variable, "entries": [entry]}
            alone.append(derivative(reading, read, x, Y, h, **arguments, steps=[k])[0, k, 0])
            every.append(derivative(reading, read, x, Y, h, **arguments)[0, k])
    return np.reshape(alone, (-1, n1)), np.reshape(every, (-1, n1))


@pytest.mark.parametrize("hidden", HIDDEN)
def test_a_state_moves_at_once_and_through_its_past(hidden):
    architecture, parameters, X, _, H_init = problem(hidden)
    trace = engine.forward(architecture, parameters, X, H_init)
    for variable, entry in (("W1", (1, 2)), ("Wh1", (0, 1)), ("b1", (2,))):
        for k in range(len(X)):
            arguments = {"variable": variable, "entry": entry, "k": k}
            frozen, total = state_derivatives(architecture, parameters, X, H_init, **arguments)
            for sample in range(X.shape[1]):
                uses = [
                    engine.immediate_factor(architecture, trace, variable, s, sample).value[(slice(None), *entry)]
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


@pytest.mark.parametrize("case", CASES)
def test_the_present_value_gives_the_present_losses(case):
    network = problem(*case)
    architecture, parameters, X, Y, H_init = network
    expected = engine.step_losses(architecture, engine.forward(architecture, parameters, X, H_init), Y)
    for name, array in parameters._asdict().items():
        entry = tuple(n - 1 for n in array.shape)
        found = losses_along(*network, variable=name, entry=entry, values=[array[entry]])
        np.testing.assert_allclose(found[0], expected, rtol=1e-14, atol=0)


def test_a_small_value_after_a_large_one_arrives_unrounded():
    architecture, parameters, X, Y, H_init = problem("identity", PAIRS[6])
    parameters.Wh1[0, 0] = 1e9
    network = architecture, parameters, X, Y, H_init
    found = losses_along(*network, variable="Wh1", entry=(0, 0), values=[1e-5])[0]
    assert parameters.Wh1[0, 0] == 1e9
    parameters.Wh1[0, 0] = 1e-5
    expected = engine.step_losses(architecture, engine.forward(architecture, parameters, X, H_init), Y)
    np.testing.assert_allclose(found, expected, rtol=1e-14, atol=0)


def test_losses_beyond_floats_come_without_a_warning():
    network = problem("identity", PAIRS[6])
    found = losses_along(*network, variable="Wh1", entry=(0, 0), values=[1e200, np.inf, np.nan, 0.5])
    assert not np.isfinite(found[:3, -1]).any()
    assert np.isfinite(found[3]).all()
    assert losses_along(*network, variable="Wh1", entry=(0, 0), values=[]).shape == (0, 4)
    huge = problem("identity", PAIRS[6], T=60, scale=1e6)
    for method in ("complex", "central"):
        slope = derivative(*huge, variable="Wh1", entries=[(0, 0)], method=method)
        assert np.isfinite(slope[0, 0])
        assert np.isnan(slope[0, -1])
    far = derivative(*network, variable="Wh1", entries=[(0, 0)], method="central", epsilon=1e200)
    assert np.isnan(far).all()


@pytest.mark.parametrize("pair", PAIRS[:5:3], ids=str)
def test_huge_logits_have_finite_losses_and_derivatives(pair):
    architecture, parameters, X, Y, H_init = problem("identity", pair)
    parameters = parameters._replace(W2=1e4 * parameters.W2)
    network = architecture, parameters, X, Y, H_init
    trace = engine.forward(architecture, parameters, X, H_init)
    gradient = engine.backward(architecture, parameters, trace, Y).gradients.Wh1
    found = derivative(*network, variable="Wh1", entries=entries_of(gradient)).sum(axis=1)
    assert relative_error(found.reshape(gradient.shape), gradient) < 1e-12
    assert np.isfinite(losses_along(*network, variable="Wh1", entry=(0, 0), values=[5.0])).all()


def test_blocks_change_nothing(monkeypatch):
    network = problem()
    entries = entries_of(network[1].Wh1)
    whole = derivative(*network, variable="Wh1", entries=entries)
    shares = []
    counted = differences._block_losses

    def counting(network, nudge):
        shares.append(len(nudge.by))
        return counted(network, nudge)

    monkeypatch.setattr(differences, "_block_losses", counting)
    derivative(*network, variable="Wh1", entries=entries)
    assert shares == [9]
    monkeypatch.setattr(differences, "_BLOCK_BYTES", 1)
    np.testing.assert_array_equal(derivative(*network, variable="Wh1", entries=entries), whole)
    assert shares == [9] + 9 * [1]
    assert derivative(*network, variable="Wh1", entries=[]).shape == (0, 4)


def test_a_block_stays_small():
    network = problem(T=1, m=32, sizes=(4, 32, 3))
    entries = entries_of(network[1].Wh1) * 3
    derivative(*network, variable="Wh1", entries=entries[:1])
    tracemalloc.start()
    derivative(*network, variable="Wh1", entries=entries)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 32 * 2**20


def test_the_error_of_differences_falls_with_their_order():
    network, which = problem(), {"variable": "Wh1", "entries": [(0, 1)]}
    exact = derivative(*network, **which).sum()
    coarse, fine = (
        abs(derivative(*network, **which, method="central", epsilon=epsilon).sum() - exact) for epsilon in (1e-2, 1e-3)
    )
    assert 80 < coarse / fine < 120


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"variable": "W3"}, "variable"),
        ({"method": "magic"}, "method"),
        ({"entries": [(9, 9)]}, "shape"),
        ({"entries": [(0,)]}, "shape"),
        ({"entries": [(-1, 0)]}, "shape"),
        ({"entries": [(0.5, 0)]}, "entries: got"),
        ({"entries": [(True, 0)]}, "entries: got"),
        ({"entries": [0]}, "entries: got 0"),
        ({"entries": ["ab"]}, "entries: got"),
        ({"entries": 3}, "entries: got 3"),
        ({"variable": "b1", "entries": [1]}, "entries: got 1"),
        ({"method": "central", "epsilon": 0.0}, "epsilon"),
        ({"method": "central", "epsilon": np.inf}, "epsilon"),
        ({"epsilon": -1e-6}, "epsilon"),
    ],
)
def test_bad_arguments_are_named(changes, message):
    arguments = {"variable": "Wh1", "entries": [(0, 0)]} | changes
    with pytest.raises(ValueError, match=message):
        derivative(*problem(), **arguments)


def test_a_copy_needs_a_step_and_a_parameter():
    with pytest.raises(ValueError, match="steps"):
        derivative(*problem(), variable="Wh1", entries=[(0, 0)], steps=[4])
    with pytest.raises(ValueError, match="variable"):
        derivative(*problem(), variable="X", entries=[(0, 0, 0)], steps=[0])
    for entry in (0, (3, 0), (0, 0.5), (0,)):
        with pytest.raises(ValueError, match="entries: got"):
            derivative(*problem(), variable="Wh1", entries=[entry], steps=[])
        with pytest.raises(ValueError, match="entry: got"):
            losses_along(*problem(), variable="Wh1", entry=entry, values=[])


@pytest.mark.parametrize("values", [3.0, ["a"], [[1.0, 2.0]], [1j], [[1.0], [1.0, 2.0]], None])
def test_values_are_a_row_of_numbers(values):
    with pytest.raises(ValueError, match="values: got"):
        losses_along(*problem(), variable="Wh1", entry=(0, 0), values=values)


@pytest.mark.parametrize("gap", [10.0, 20.0, 40.0])
@pytest.mark.parametrize("pair", PAIRS[:2], ids=str)
def test_confident_right_outputs_keep_their_digits(pair, gap):
    architecture, parameters, X, _, H_init = problem("tanh", pair)
    Y = np.zeros((*X.shape[:2], 2))
    Y[..., 0] = 1.0
    parameters = parameters._replace(W2=1e-3 * parameters.W2, b2=np.array([gap, 0.0]))
    network = architecture, parameters, X, Y, H_init
    trace = engine.forward(architecture, parameters, X, H_init)
    for name, expected in engine.backward(architecture, parameters, trace, Y).gradients._asdict().items():
        found = derivative(*network, variable=name, entries=entries_of(expected)).sum(axis=1)
        assert relative_error(found.reshape(expected.shape), expected) < 1e-12, name
