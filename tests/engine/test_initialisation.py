"""Start values: seeds, schemes, and the two spectral measures, which are not the same."""

from __future__ import annotations

import numpy as np
import pytest

from rnnviz.engine import SCHEMES, Architecture, initialise, singular_values, spectral_norm, spectral_radius

ARCHITECTURE = Architecture(4, 16, 3)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_shapes_zero_biases_and_seeds(scheme):
    first, again, other = (initialise(ARCHITECTURE, seed, scheme) for seed in (0, 0, 1))
    assert [array.shape for array in first] == [(4, 16), (16, 16), (16,), (16, 3), (3,)]
    assert all(array.dtype == np.float64 for array in first)
    assert not first.b1.any()
    assert not first.b2.any()
    for one, two in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, two)
    assert (first.W1 != other.W1).all()
    assert scheme in ("identity", "nonnormal") or (first.Wh1 != other.Wh1).any()


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("radius", [0.0, 0.25, 1.0, 5.0])
def test_a_chosen_radius_is_met(scheme, radius):
    drawn, scaled = (initialise(ARCHITECTURE, 3, scheme, spectral_radius=r) for r in (None, radius))
    assert abs(np.linalg.eigvals(scaled.Wh1)).max() == pytest.approx(radius, rel=1e-10)
    np.testing.assert_allclose(scaled.Wh1, drawn.Wh1 * (radius / spectral_radius(drawn.Wh1)), atol=1e-12)
    np.testing.assert_array_equal(scaled.W1, drawn.W1)


def test_schemes_are_what_they_are_called():
    orthogonal = initialise(ARCHITECTURE, 2, "orthogonal").Wh1
    np.testing.assert_allclose(orthogonal @ orthogonal.T, np.eye(16), atol=1e-14)
    np.testing.assert_array_equal(initialise(ARCHITECTURE, 2, "identity").Wh1, np.eye(16))
    wide = Architecture(100, 200, 50)
    xavier, normal = (initialise(wide, 0, scheme) for scheme in ("xavier", "normal"))
    for array in (xavier.W1, xavier.Wh1, xavier.W2):
        limit = np.sqrt(6 / sum(array.shape))
        assert 0.95 * limit < abs(array).max() <= limit
    for array in (normal.W1, normal.Wh1, normal.W2):
        assert array.var() * array.shape[0] == pytest.approx(1, rel=0.1)
    assert spectral_radius(normal.Wh1) == pytest.approx(1, rel=0.15)


def test_radius_and_norm_are_told_apart():
    shear = np.array([[0.5, 100.0], [0.0, -0.5]])
    assert spectral_radius(shear) == pytest.approx(0.5, rel=1e-12)
    assert spectral_norm(shear) == pytest.approx(np.linalg.norm(shear, 2), rel=1e-14)
    assert singular_values(np.stack([shear, np.eye(2)])).shape == (2, 2)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seed": -1}, "seed: got -1"),
        ({"seed": 0.5}, "seed: got 0.5"),
        ({"scheme": "lecun"}, "scheme: got 'lecun', expected one of xavier"),
        ({"spectral_radius": -0.1}, "spectral_radius: got -0.1"),
        ({"spectral_radius": np.nan}, "spectral_radius: got nan"),
    ],
)
def test_nonsense_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        initialise(ARCHITECTURE, **changes)


@pytest.mark.parametrize("matrix", [np.ones(3), np.ones((2, 3)), np.full((2, 2), np.nan)])
def test_a_radius_needs_a_finite_square_matrix(matrix):
    with pytest.raises(ValueError, match="matrix: got"):
        spectral_radius(matrix)


def test_a_nonnormal_chain_grows_first_and_its_radius_says_nothing_of_it():
    chain = initialise(Architecture(2, 8, 1), 0, "nonnormal", 0.8).Wh1
    assert spectral_radius(chain) == pytest.approx(0.8, rel=1e-12)
    assert spectral_norm(chain) > 1
    lengths = [spectral_norm(np.linalg.matrix_power(chain, power)) for power in range(1, 200)]
    assert max(lengths) > 10
    assert lengths[-1] < 1e-3
