"""Many single copies in one pass are the single copies one by one."""

from __future__ import annotations

import numpy as np
import pytest
from oracles import MODES, problem

from rnnviz.engine import Parameters, copies_derivatives, copy_derivatives


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("variable", Parameters._fields)
def test_all_at_once_is_one_by_one(mode, variable):
    network = problem(mode=mode)
    entries = list(np.ndindex(getattr(network[1], variable).shape))[:3]
    found = copies_derivatives(*network, variable=variable, entries=entries, steps=[0, 2, 3])
    for entry, own in zip(entries, found, strict=True):
        expected = copy_derivatives(*network, variable=variable, entry=entry)[:, [0, 2, 3]]
        np.testing.assert_allclose(own, expected, rtol=1e-12, atol=1e-16)


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="steps"):
        copies_derivatives(*problem(), variable="Wh1", entries=[(0, 0)], steps=[4])
    with pytest.raises(ValueError, match="variable"):
        copies_derivatives(*problem(), variable="X", entries=[(0, 0, 0)], steps=[0])
    with pytest.raises(ValueError, match="entries"):
        copies_derivatives(*problem(), variable="Wh1", entries=[(9, 0)], steps=[0])
