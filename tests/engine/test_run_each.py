"""Several networks at once say what each says alone."""

import numpy as np
import pytest

from rnnviz.engine import Parameters, forward
from rnnviz.engine.forward import run_each
from tests import oracles

CASES = [
    (hidden, pair, mode) for hidden in oracles.HIDDEN for pair in oracles.PAIRS for mode in oracles.MODES
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]}-{'-'.join(case[1])}-{case[2]}")
def test_every_network_says_what_it_says_alone(case):
    architecture, parameters, X, _, H_init = oracles.problem(*case)
    rng = np.random.default_rng(5)
    stacked = Parameters(*(part + 0.3 * rng.normal(size=(7, *part.shape)) for part in parameters))
    H, Y_hat = run_each(architecture, stacked, X, H_init)
    for place in range(7):
        alone = forward(architecture, Parameters(*(part[place] for part in stacked)), X, H_init)
        np.testing.assert_allclose(H[place], alone.H, rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(Y_hat[place], alone.Y_hat, rtol=1e-12, atol=1e-14)
