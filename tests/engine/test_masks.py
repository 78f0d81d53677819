"""A pass that knows which losses count: all that is made of it leaves the others out, whatever their targets are."""

from __future__ import annotations

import numpy as np
import pytest

from rnnviz import engine
from rnnviz.engine import backward, forward
from rnnviz.engine.forward import with_mask
from tests import oracles

CELLS = [("plain", "before"), ("gru", "after"), ("lstm", "before")]


def padded(mode, cell=("plain", "before"), pair=("softmax", "categorical_cross_entropy")):
    architecture, parameters, X, Y, H_init = oracles.problem("tanh", pair, mode, cell=cell)
    T, m, _ = X.shape
    mask = np.ones((T, m))
    mask[2:, 0] = mask[3:, 1] = 0.0
    mask = mask if mode == "sequence_to_sequence" else mask[-1]
    Y = np.where(mask[..., None] == 0, 7.5, Y)  # no distribution: nobody asks
    plain = forward(architecture, parameters, X, H_init)
    known = with_mask(architecture, plain, mask)
    return architecture, parameters, (plain, known), Y, mask


@pytest.mark.parametrize("mode", oracles.MODES)
@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell[0])
def test_the_pass_carries_what_may_be_given_to_each_function(cell, mode):
    architecture, parameters, (plain, known), Y, mask = padded(mode, cell)
    given, own = backward(architecture, parameters, plain, Y, mask=mask), backward(architecture, parameters, known, Y)
    for one, other in zip(given.gradients, own.gradients, strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(given.step_losses, own.step_losses)
    np.testing.assert_allclose(engine.step_losses(architecture, known, Y), own.step_losses, rtol=1e-15)
    with pytest.raises(ValueError, match=r"^Y: got"):
        backward(architecture, parameters, plain, Y)
    network = architecture, parameters, known, Y
    terms = engine.decompose(*network)
    for name in ("W1", "Wh1", "b1"):
        total = getattr(own.gradients, name)
        assert oracles.relative_error(terms.terms[name].sum(axis=(0, 1)), total) < 1e-12
        assert oracles.relative_error(engine.term_sums(*network, ()).totals[name], total) < 1e-12
        assert oracles.relative_error(getattr(engine.lag_gradients(*network), name).sum(axis=0), total) < 1e-12
        np.testing.assert_allclose(engine.term_norms(*network)[name], terms.norms[name], rtol=1e-10, atol=1e-14)
        single = engine.single_term(*network, name, len(known.X) - 1, 1).value
        np.testing.assert_allclose(single, terms.terms[name][-1, 1], rtol=1e-10, atol=1e-15)


@pytest.mark.parametrize("pair", oracles.PAIRS, ids="-".join)
def test_the_factors_of_a_sample_without_a_loss_are_zeros(pair):
    architecture, parameters, (_, known), Y, _ = padded("sequence_to_sequence", pair=pair)
    network = architecture, parameters, known, Y
    for t, k in ((3, 1), (1, 0)):
        products = []
        for sample in range(known.X.shape[1]):
            value = np.ones(1)
            for factor in engine.chain_factors(*network, "Wh1", t, k, sample):
                value = np.tensordot(value, factor.value, axes=1)
            products.append(value)
        wanted = engine.single_term(*network, "Wh1", t, k).value
        np.testing.assert_allclose(np.mean(products, axis=0), wanted, rtol=1e-10, atol=1e-14)
    assert not engine.chain_factors(*network, "b2", 3, 3, 0)[0].value.any()


@pytest.mark.parametrize("mode", oracles.MODES)
def test_derivatives_by_what_goes_in_are_those_of_the_losses_that_count(mode):
    architecture, parameters, (_, known), Y, mask = padded(mode)
    found = engine.input_gradients(architecture, parameters, known, Y)
    entries = [(0, 0, 0), (len(known.X) - 1, 0, 1), (1, 2, 0)]
    moved = engine.derivative(
        architecture, parameters, known.X, Y, known.H_init, variable="X", entries=entries, mask=mask
    )
    np.testing.assert_allclose(moved.sum(axis=1), [found["X"][entry] for entry in entries], rtol=1e-10, atol=1e-14)
    assert not found["Y"][mask == 0].any()
    along = engine.losses_along(
        architecture, parameters, known.X, Y, known.H_init, variable="b1", entry=(0,), values=[parameters.b1[0]],
        mask=mask,
    )  # fmt: skip
    np.testing.assert_allclose(along[0], engine.step_losses(architecture, known, Y), rtol=1e-12)


def test_a_mask_that_does_not_fit_is_named():
    architecture, _, (plain, _), _, _ = padded("sequence_to_sequence")
    with pytest.raises(ValueError, match=r"^mask: got shape \(2,\), expected \(4, 3\)"):
        with_mask(architecture, plain, np.ones(2))
