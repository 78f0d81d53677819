"""The ledger: its four columns come from four ways of computing, and a fault in one shows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rnnviz import engine
from rnnviz.experiment.core import run
from rnnviz.notation.conventions import Conventions
from rnnviz.notation.ids import PARAMETERS
from rnnviz.notation.numbers import four
from rnnviz.scene.ledger import LONGEST_LEDGER, ledger
from rnnviz.scene.view import look
from rnnviz.settings.config import PRESETS


@pytest.mark.parametrize("name", sorted(PRESETS))
@pytest.mark.parametrize("parameter", PARAMETERS)
def test_sum_and_backward_agree_on_every_preset(name, parameter):
    view = look(run(PRESETS[name].config), 0)
    account = ledger(view, parameter)
    scale = np.abs(getattr(view.backward, parameter)).max()
    assert account.residual <= 1e-13 * max(1.0, scale)
    assert len(account.columns["entry"]) <= LONGEST_LEDGER
    full = view.truncation is None or view.truncation >= view.T
    if full:
        assert account.relative["complex step"] <= 1e-9
        assert account.relative["central difference"] <= 1e-4 or scale < 1e-5


def test_every_digit_is_shown():
    view = look(run(PRESETS["lecture-sequence-to-sequence"].config), 0)
    account = ledger(view, "Wh1")
    shown = [float(text.replace("−", "-")) for text in account.columns["backward"]]
    assert sorted(shown) == sorted(view.backward.Wh1.ravel().tolist())


def test_a_fault_in_one_way_shows_as_a_residual():
    view = look(run(PRESETS["lecture-sequence-to-sequence"].config), 0)
    view.terms.totals["Wh1"][0, 0] += 1e-6
    account = ledger(view, "Wh1")
    assert account.residual == pytest.approx(1e-6, rel=1e-6)
    assert "1e−6" in account.sentence
    assert all(distance > 1e-7 for distance in account.relative.values())


@pytest.mark.parametrize("kind", ["window", "chunk"])
def test_truncation_shows_against_the_differences_of_the_loss(kind):
    config = PRESETS["lecture-sequence-to-sequence"].config.replace(truncation=1, truncation_kind=kind)
    view = look(run(config), 0)
    account = ledger(view, "Wh1")
    full = engine.backward(view.architecture, view.parameters, view.trace, view.Y).gradients.Wh1
    missing = np.abs(full - view.total("Wh1")).max() / np.abs(view.total("Wh1")).max()
    assert account.relative["backward"] <= 1e-13
    assert account.relative["complex step"] == pytest.approx(missing, rel=1e-12)
    assert f"differ by **{four(missing)}**" in account.sentence
    assert "truncation" in account.sentence
    assert "which costs digits" not in account.sentence
    assert "not the gradient of the loss" in account.remark
    assert "each loss holds the state 1 step before its own constant" in account.remark  # either kind: τ = 1
    whole = ledger(view, "W2")  # nothing is cut of the output layer
    assert "which costs digits" in whole.sentence
    assert "runcat" not in whole.sentence + whole.remark


@pytest.mark.parametrize("names", ["pytorch", "textbook"])
def test_the_ledger_speaks_other_conventions(names):
    view = look(run(PRESETS["lecture-sequence-to-sequence"].config), 0)
    plain = ledger(view, "W1")
    account = ledger(replace(view, conventions=Conventions(names, over_time="mean")), "W1")
    places = [entry[entry.index("[") :] for entry in account.columns["entry"]]
    expected = [entry[entry.index("[") :] for entry in plain.columns["entry"]]
    turned = [f"[{', '.join(reversed(place[1:-1].split(', ')))}]" for place in expected]
    assert places == (turned if names == "pytorch" else expected)
    first, whole = (float(one.columns["complex step"][0].replace("−", "-")) for one in (account, plain))
    assert first == pytest.approx(whole / 3, rel=1e-12)
    assert account.relative["complex step"] <= 1e-9
