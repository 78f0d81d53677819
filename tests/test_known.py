"""Networks whose numbers somebody has printed: every printed number is the one computed here."""

from __future__ import annotations

import numpy as np
import pytest

from rnnviz.engine import forward
from rnnviz.experiment.core import run
from rnnviz.experiment.published import arrays, beside
from rnnviz.export.session import fresh_session, read_session
from rnnviz.notation.reading_list import reference
from rnnviz.settings.config import RunConfig
from rnnviz.tasks.networks import kept
from rnnviz.tasks.networks.brought import of_entries
from rnnviz.tasks.networks.known import KNOWN, network
from tests import oracles
from tests.configurations import spread
from tests.opening import healthy, opened
from tests.test_bring_page import said


def experiment(name, **settings):
    return run(kept.config_of(network(name)).replace(**settings))


@pytest.mark.parametrize("name", KNOWN)
def test_every_printed_number_is_computed_here(name):
    known = KNOWN[name]
    assert reference(known.source).link
    rows = beside(experiment(name), known.published.values())
    assert [row.name for row in rows if not all(row.agree)] == []
    for row in rows:
        for printed, ours, value in zip(row.printed, row.ours, row.agree, strict=True):
            assert value
            assert float(ours) == pytest.approx(float(printed), abs=1.5 * 10.0 ** -len(printed.partition(".")[2]))


def test_another_digit_is_seen():
    other = experiment("by-hand", edits="X.2.0.0:5.5")
    (row,) = beside(other, KNOWN["by-hand"].published.values())
    assert row.agree == (True, True, False, False)


def test_the_numbers_by_hand_are_those_of_the_exercise():
    """Written out with the columns of the page, by nothing of this package."""
    h, said = np.zeros(2), []
    for x in (3, 4, 5, 6):
        h = np.maximum(np.array([[1, -1], [1, 1]]) @ h + np.array([1, 2]) * x, 0)
        said.append(int(np.array([-1, 1]) @ h))
    assert said == [3, 16, 28, 40]
    np.testing.assert_array_equal(arrays(experiment("by-hand"))["Y_hat"].ravel(), said)


def test_the_formula_of_d2l_is_the_gradient_divided_by_the_steps():
    """∂L/∂hₜ = Σᵢ (Whhᵀ)^(T−i) Wqhᵀ ∂L/∂o_(T+t−i) and ∂L/∂Whh = Σₜ ∂L/∂hₜ hₜ₋₁ᵀ, with ∂L/∂o = ∂l/∂o / T."""
    found = experiment("d2l")
    assert found.config.over_time == "mean"
    T, (W1, Wh1, _, W2, _) = 3, found.parameters
    Whx, Whh, Wqh = W1.T, Wh1.T, W2.T
    h = [np.zeros(3)]
    for t in range(T):
        h.append(Whx @ found.task.X[t, 0] + Whh @ h[-1])
    o = [(Wqh @ h[t + 1] - found.task.Y[t, 0]) / T for t in range(T)]
    way = [
        sum(np.linalg.matrix_power(Whh.T, i - t) @ Wqh.T @ o[i] for i in range(t, T))
        for t in range(T)
    ]  # fmt: skip
    Whh_gradient = sum(np.outer(way[t], h[t]) for t in range(T))
    np.testing.assert_allclose(Whh_gradient.T, found.backward.gradients.Wh1 / T, rtol=1e-12)


def test_an_upstream_gradient_is_a_loss_of_its_own_kind():
    architecture, parameters, X, _, H_init = oracles.problem()
    H = forward(architecture, parameters, X, H_init).H
    given = np.random.default_rng(7).normal(size=H.shape)
    hidden = {name: getattr(parameters, name) for name in ("W1", "Wh1", "b1")}
    came = of_entries({**hidden, "X": X, "H_init": H_init, "dH": given})
    found = run(kept.config_of(came))
    direct = (found.trace.Y_hat - found.task.Y) / X.shape[1]
    np.testing.assert_allclose(direct, given, rtol=1e-12, atol=1e-14)
    step = 1e-6
    for entry in np.ndindex(3, 3):
        moved = [parameters.Wh1.copy() for _ in range(2)]
        moved[0][entry] += step
        moved[1][entry] -= step
        high, low = (forward(architecture, parameters._replace(Wh1=W), X, H_init).H for W in moved)
        numeric = (given * (high - low)).sum() / (2 * step)
        assert found.backward.gradients.Wh1[entry] == pytest.approx(numeric, rel=1e-6, abs=1e-8)
    assert any("is ∂L/∂H of a loss that is not here" in note for note in came.notes)
    last = of_entries({**hidden, "X": X, "H_init": H_init, "dH": given[-1]})
    assert last.architecture.mode == "sequence_to_vector"
    turned = of_entries({**hidden, "X": X.swapaxes(0, 1), "dH": given.swapaxes(0, 1), "layout": "batch_first"})
    assert turned.Y.shape == given.shape


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"Y": np.zeros((4, 3, 2))}, "dH: got a gradient of H beside Y, expected one of both"),
        ({"dH": np.zeros((4, 3, 2))}, r"dH: got shape \(4, 3, 2\), expected \(T, m, 3\)"),
        ({"dH": np.zeros(3)}, r"dH: got shape \(3,\), expected"),
        ({"dH": "hello"}, "dH: got a text, expected an array"),
    ],
)
def test_an_upstream_gradient_that_does_not_fit_is_named(change, message):
    _, parameters, X, _, _ = oracles.problem()
    hidden = {name: getattr(parameters, name) for name in ("W1", "Wh1", "b1")}
    with pytest.raises(ValueError, match=message):
        of_entries({**hidden, "X": X, "dH": np.zeros((4, 3, 3)), **change})


@pytest.mark.parametrize("name", KNOWN)
def test_a_known_network_needs_no_file(name):
    config = kept.config_of(network(name))
    again, notes = RunConfig.from_query(config.to_query())
    assert (again, notes) == (config, ())
    session, said = read_session(fresh_session(run(config)))
    assert session.data is None
    assert said == ()


@pytest.mark.parametrize("name", spread(["deeplearning-backward", "cs231n-forward", "by-hand"]))
def test_the_page_shows_the_printed_numbers_beside_those_computed(name):
    at = healthy(opened("pages/2_Chain_rule.py", warm=False, **kept.config_of(network(name)).to_query()))
    assert KNOWN[name].title in said(at)
    count = sum(len(each.printed) for each in KNOWN[name].published.values())
    assert f"All {count} numbers agree to the last digit that is printed." in said(at)
    healthy(opened("pages/4_Training.py", warm=False, **kept.config_of(network(name)).to_query()))


def test_a_known_network_is_chosen_where_one_is_brought():
    at = opened("pages/4_Training.py", warm=False)
    at.session_state["network"], at.session_state["network.way"] = True, "known network"
    healthy(at.run())
    healthy(at.button(key="network.go").click().run())
    assert at.query_params["data"] == network(next(iter(KNOWN))).fingerprint()
    home = "".join(each.proto.body for each in healthy(opened("app.py")).get("html"))
    assert all(network(name).fingerprint() in home for name in KNOWN)
