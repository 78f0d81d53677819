"""What does not make sense is refused with the argument's name, what came and what was expected."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from rnnviz.engine import (
    Architecture,
    Parameters,
    adjoint_norms,
    backward,
    chain_factors,
    check_gradients,
    decompose,
    forward,
    hidden_slope,
    immediate_factor,
    loss_step_terms,
    sample_losses,
    single_term,
    state_jacobian,
    step_losses,
    term_norms,
    train,
)
from tests import oracles

NET, PARAMETERS, X, Y, H_INIT = oracles.problem(T=4, m=3)
TRACE = forward(NET, PARAMETERS, X, H_INIT)
VECTOR, _, _, Y_VECTOR, _ = oracles.problem(mode="sequence_to_vector", T=4, m=3)
VECTOR_TRACE = forward(VECTOR, PARAMETERS, X, H_INIT)


def with_entry(array, value):
    changed = array.copy()
    changed.flat[0] = value
    return changed


def refused(message, function, *arguments, **options):
    with pytest.raises(ValueError, match=message) as caught:
        function(*arguments, **options)
    assert ": got " in str(caught.value)
    assert ", expected " in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"n_inputs": 0}, "n_inputs: got 0, expected an integer of at least 1"),
        ({"n_hidden": -3}, "n_hidden: got -3"),
        ({"n_outputs": 2.0}, "n_outputs: got 2.0"),
        ({"n_outputs": True}, "n_outputs: got True"),
        ({"hidden_activation": "gelu"}, "hidden_activation: got 'gelu', expected one of tanh, relu"),
        ({"output_activation": "tanh"}, "output_activation: got 'tanh', expected one of softmax"),
        ({"loss": "hinge"}, "loss: got 'hinge', expected one of categorical_cross_entropy"),
        ({"mode": "vector_to_sequence"}, "mode: got 'vector_to_sequence', expected one of"),
        ({"output_activation": "relu"}, "output_activation: got 'relu', expected 'softmax' or 'sigmoid'"),
        ({"output_activation": "identity", "loss": "binary_cross_entropy"}, "output_activation: got 'identity'"),
        ({"n_outputs": 1, "loss": "binary_cross_entropy"}, "n_outputs: got 1, expected at least 2"),
        ({"hidden_activation": None}, "hidden_activation: got None"),
        ({"mode": ["sequence_to_sequence"]}, "mode: got "),
    ],
)
def test_an_architecture_makes_sense(changes, message):
    refused(message, Architecture, **({"n_inputs": 2, "n_hidden": 3, "n_outputs": 2} | changes))


def test_an_architecture_is_frozen_and_equal_by_value():
    assert Architecture(2, 3, 2) == NET
    with pytest.raises(dataclasses.FrozenInstanceError):
        NET.mode = "sequence_to_vector"


@pytest.mark.parametrize("name", oracles.NAMES)
def test_parameters_have_the_shapes_of_the_architecture(name):
    array = getattr(PARAMETERS, name)
    wrong = PARAMETERS._replace(**{name: np.zeros((7, *array.shape))})
    refused(rf"{name}: got shape \(7, .*\), expected \({array.shape[0]},", forward, NET, wrong, X)
    for value in (np.nan, np.inf, -np.inf):
        refused(
            f"{name}: got {value} at .*expected finite numbers",
            forward,
            NET,
            PARAMETERS._replace(**{name: with_entry(array, value)}),
            X,
        )
    refused(f"{name}: got ", forward, NET, PARAMETERS._replace(**{name: "weights"}), X)
    refused(f"{name}: got ", forward, NET, PARAMETERS._replace(**{name: array + 1j}), X)


@pytest.mark.parametrize("parameters", [None, 3, (), PARAMETERS[:4], np.zeros(4)])
def test_parameters_are_five_arrays(parameters):
    refused(r"parameters: got .*expected Parameters\(W1, Wh1, b1, W2, b2\)", forward, NET, parameters, X)


@pytest.mark.parametrize("bad", [X[0], X[:, :, :1], X[:0], X[:, :0], np.float64(3), "abc", None, [[1], [2, 3]]])
def test_inputs_are_steps_by_batch_by_features(bad):
    refused("X: got .*expected", forward, NET, PARAMETERS, bad)


def test_values_are_finite():
    refused(r"X: got nan at \[0, 0, 0\]", forward, NET, PARAMETERS, with_entry(X, np.nan))
    refused("H_init: got inf", forward, NET, PARAMETERS, X, with_entry(H_INIT, np.inf))
    refused(r"H_init: got shape \(2, 3\), expected \(3, 3\)", forward, NET, PARAMETERS, X, H_INIT[:2])
    refused("Y: got nan", backward, NET, PARAMETERS, TRACE, with_entry(Y, np.nan))


def test_large_finite_values_are_not_refused():
    assert np.isfinite(forward(NET, PARAMETERS, np.full_like(X, 1e308) * np.sign(X)).H).all()


ENTRANCES = [
    backward,
    decompose,
    term_norms,
    adjoint_norms,
    lambda *a: chain_factors(*a, "Wh1", 3, 1),
    lambda *a: single_term(*a, "Wh1", 3, 1),
    lambda *a: loss_step_terms(*a, 3),
    lambda network, parameters, trace, Y: step_losses(network, trace, Y),
    lambda network, parameters, trace, Y: sample_losses(network, trace, Y),
    lambda network, parameters, trace, Y: check_gradients(network, parameters, trace.X, Y),
    lambda network, parameters, trace, Y: train(network, parameters, trace.X, Y, epochs=1, learning_rate=1),
]


@pytest.mark.parametrize("entrance", ENTRANCES)
def test_targets_fit_network_mode_and_loss(entrance):
    refused(r"Y: got shape \(3, 2\), expected \(4, 3, 2\)", entrance, NET, PARAMETERS, TRACE, Y[0])
    refused(r"Y: got shape \(4, 3, 2\), expected \(3, 2\)", entrance, VECTOR, PARAMETERS, VECTOR_TRACE, Y)
    refused("Y: got .*expected rows that sum to 1", entrance, NET, PARAMETERS, TRACE, 2 * Y)
    refused("Y: got -.*expected values of at least 0", entrance, NET, PARAMETERS, TRACE, Y - 2 * Y[:, :, ::-1])
    binary = dataclasses.replace(NET, output_activation="sigmoid", loss="binary_cross_entropy")
    refused("Y: got .*expected values from 0 to 1", entrance, binary, PARAMETERS, TRACE, Y + 1)
    refused("Y: got .*expected", entrance, NET, PARAMETERS, TRACE, "targets")


@pytest.mark.parametrize("entrance", ENTRANCES[:7])
def test_every_entrance_checks_parameters_and_trace(entrance):
    refused("Wh1: got shape", entrance, NET, PARAMETERS._replace(Wh1=np.eye(2)), TRACE, Y)
    refused("trace: got NoneType, expected the Trace", entrance, NET, PARAMETERS, None, Y)
    refused(r"trace.Z: got shape \(1, 3, 2\), expected \(4, 3, 2\)", entrance, NET, PARAMETERS, VECTOR_TRACE, Y)
    refused("architecture: got str", entrance, "tanh", PARAMETERS, TRACE, Y)


IMPOSSIBLE = [(1, 2), (4, 0), (-1, -1), (0, -1), (2.0, 1), (True, 0), ("2", 1), (None, 0)]


@pytest.mark.parametrize(("t", "k"), IMPOSSIBLE)
def test_a_pair_of_steps_is_possible(t, k):
    for parameter in oracles.NAMES:
        refused("[tk]: got .*expected", chain_factors, NET, PARAMETERS, TRACE, Y, parameter, t, k)
        refused("[tk]: got .*expected", single_term, NET, PARAMETERS, TRACE, Y, parameter, t, k)
    refused("[tk]: got .*expected", state_jacobian, NET, PARAMETERS, TRACE, t, k)


@pytest.mark.parametrize("t", [-1, 4, 1.0, None, True])
def test_a_step_is_possible(t):
    refused("t: got .*expected an integer from 0 to 3", loss_step_terms, NET, PARAMETERS, TRACE, Y, t)


@pytest.mark.parametrize("sample", [-1, 3, 0.0, None])
def test_a_sample_is_in_the_batch(sample):
    message = "sample: got .*expected an integer from 0 to 2"
    refused(message, chain_factors, NET, PARAMETERS, TRACE, Y, "Wh1", 2, 1, sample)
    refused(message, state_jacobian, NET, PARAMETERS, TRACE, 2, 1, sample)
    refused(message, immediate_factor, NET, TRACE, "Wh1", 2, sample)


def test_parameter_names_are_known():
    for function in (chain_factors, single_term):
        refused("parameter: got 'W3', expected one of W1, Wh1", function, NET, PARAMETERS, TRACE, Y, "W3", 2, 1)
    refused("parameter: got 'W2', expected one of W1, Wh1, b1", immediate_factor, NET, TRACE, "W2", 2)


def test_steps_without_a_loss_have_no_factors():
    refused(
        "t: got 1, expected 3: in sequence_to_vector only the last step has a loss",
        chain_factors,
        VECTOR,
        PARAMETERS,
        VECTOR_TRACE,
        Y_VECTOR,
        "Wh1",
        1,
        0,
    )
    assert not single_term(VECTOR, PARAMETERS, VECTOR_TRACE, Y_VECTOR, "Wh1", 1, 0).value.any()


def test_the_output_layer_has_no_path_through_time():
    refused("k: got 1, expected k = t = 2 for W2", chain_factors, NET, PARAMETERS, TRACE, Y, "W2", 2, 1)
    assert not single_term(NET, PARAMETERS, TRACE, Y, "W2", 2, 1).value.any()


@pytest.mark.parametrize("truncation", [0, -1, 1.5, "2", True])
def test_truncation_is_a_count(truncation):
    refused("truncation: got .*expected an integer of at least 1", backward, NET, PARAMETERS, TRACE, Y, truncation)
    refused("truncation_kind: got 'block'", backward, NET, PARAMETERS, TRACE, Y, 2, "block")


@pytest.mark.parametrize("epsilon", [0.0, -1e-6, np.nan, "small"])
def test_epsilon_is_above_zero(epsilon):
    refused("epsilon: got ", check_gradients, NET, PARAMETERS, X, Y, None, epsilon)


def test_integers_and_lists_are_numbers_too():
    trace = forward(NET, [array.tolist() for array in PARAMETERS], np.ones((4, 3, 2), dtype=int), H_INIT.tolist())
    labels = np.tile([0, 1], (4, 3, 1))
    result = backward(NET, PARAMETERS, trace, labels.tolist())
    assert trace.X.dtype == np.float64
    assert result.loss == backward(NET, PARAMETERS, trace, labels.astype(bool)).loss


def test_no_argument_is_changed():
    arrays = [*PARAMETERS, X, Y, H_INIT, TRACE.A, TRACE.H, TRACE.Z, TRACE.Y_hat]
    copies = [array.copy() for array in arrays]
    forward(NET, PARAMETERS, X, H_INIT)
    for entrance in ENTRANCES[:-1]:
        entrance(NET, PARAMETERS, TRACE, Y)
    for reach in (1, 2, 3):
        for kind in ("window", "chunk"):
            backward(NET, PARAMETERS, TRACE, Y, reach, kind)
    hidden_slope(NET, TRACE)
    for array, copy in zip(arrays, copies, strict=True):
        np.testing.assert_array_equal(array, copy)


def test_results_are_frozen_and_compare_by_identity():
    results = [
        TRACE,
        backward(NET, PARAMETERS, TRACE, Y),
        decompose(NET, PARAMETERS, TRACE, Y),
        chain_factors(NET, PARAMETERS, TRACE, Y, "W1", 0, 0)[0],
        check_gradients(NET, PARAMETERS, X, Y),
        next(train(NET, PARAMETERS, X, Y, epochs=1, learning_rate=0.1)),
    ]
    for result in results:
        name = dataclasses.fields(result)[0].name
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(result, name, None)
        assert result == result
        assert result != dataclasses.replace(result)
        hash(result)
    assert type(results[1].gradients) is Parameters


@pytest.mark.parametrize("cell", [("plain", "before"), ("gru", "before"), ("gru", "after"), ("lstm", "before")])
def test_the_order_in_which_memory_holds_an_array_changes_nothing(cell):
    architecture, parameters, X, Y, H_init = oracles.problem(cell=cell)
    found = []
    for laid in (np.ascontiguousarray, np.asfortranarray):
        turned = Parameters(*map(laid, parameters))
        trace = forward(architecture, turned, laid(X), laid(H_init))
        found.append([*backward(architecture, turned, trace, laid(Y)).gradients, trace.H])
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-14)
