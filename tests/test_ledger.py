"""The ledger: its two columns come from two ways of computing, and a fault in one shows."""

from __future__ import annotations

import numpy as np
import pytest

from rnnviz.config import PRESETS
from rnnviz.experiment import run
from rnnviz.story.ledger import LONGEST_LEDGER, ledger
from rnnviz.story.notation import PARAMETERS
from rnnviz.story.view import look


@pytest.mark.parametrize("name", sorted(PRESETS))
@pytest.mark.parametrize("parameter", PARAMETERS)
def test_sum_and_backward_agree_on_every_preset(name, parameter):
    view = look(run(PRESETS[name].config), 0)
    account = ledger(view, parameter)
    scale = np.abs(getattr(view.backward, parameter)).max()
    assert account.residual <= 1e-13 * max(1.0, scale)
    assert len(account.columns["entry"]) <= LONGEST_LEDGER


def test_every_digit_is_shown():
    view = look(run(PRESETS["lecture-sequence-to-sequence"].config), 0)
    account = ledger(view, "Wh1")
    shown = [float(text.replace("−", "-")) for text in account.columns["backward"]]
    assert sorted(shown) == sorted(view.backward.Wh1.ravel().tolist())


def test_a_fault_in_one_way_shows_as_a_residual():
    view = look(run(PRESETS["lecture-sequence-to-sequence"].config), 0)
    view.terms.rows["Wh1"][1, 0, 0] += 1e-6
    account = ledger(view, "Wh1")
    assert account.residual == pytest.approx(1e-6, rel=1e-6)
    assert "1e−6" in account.sentence
