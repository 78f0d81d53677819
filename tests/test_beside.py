"""A reader's gradient beside the right one: the maps, the place in the loop where it differs, the step from then on."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest

import rnnviz
from rnnviz.checks.diagnosis import draw, say
from rnnviz.checks.diagnosis.differences import Beside, beside, by_step, courses, place_of
from rnnviz.engine import Architecture, Parameters, backward, decompose, forward, initialise
from rnnviz.engine.forward import with_mask
from rnnviz.experiment.mistakes import MISTAKES, arguments_of_copy, gradient_of_copy, known_of
from rnnviz.experiment.plain_loop import run_loop
from rnnviz.tasks.networks.brought import of_entries
from tests import oracles
from tests.configurations import spread
from tests.opening import healthy
from tests.test_bring_page import brought, file, said
from tests.test_own_network import network

AT_ONCE = {"no_slope", "inverse_slope", "wrong_step_slope", "sign", "no_batch_mean", "time_mean", "late_state"}
LATER = {"no_dh_next", "no_transpose", "detached", "aliased"}
"""Mistakes by which the last loss goes wrong at its own step, and those that need one step back."""


def problem(mode="sequence_to_sequence"):
    architecture, parameters, X, Y, H_init = oracles.problem(mode=mode)
    return architecture, parameters, forward(architecture, parameters, X, H_init), Y


@pytest.mark.parametrize("mode", oracles.MODES)
@pytest.mark.parametrize("name", spread(MISTAKES))
def test_the_place_of_a_mistake_is_the_first_term_that_it_changes(name, mode):
    found, T = place_of([name], problem(mode)), len(problem()[2].X)
    if name in ("clipped_norm", "overwritten"):
        assert found.frame == "sum"
    elif name in AT_ONCE:
        assert found.at == (T - 1, T - 1)
    elif name in LATER:
        assert found.at == (T - 1, T - 2)
    if name == "bias_twice":
        assert (found.parameter, found.at) == ("b1", (T - 1, T - 1))


def test_nothing_wrong_has_no_place_and_one_that_is_not_drawn_is_the_sum():
    assert place_of([], problem()) is None
    architecture = Architecture(2, 3, 2, mode="sequence_to_vector")
    X, Y = np.ones((30, 1, 2)), np.array([[1.0, 0.0]])
    long = architecture, initialise(architecture, 0), forward(architecture, initialise(architecture, 0), X), Y
    assert place_of(["no_slope"], long).frame == "term-29-29"


@pytest.mark.parametrize("cell", ["plain", "gru", "lstm"])
def test_gradients_by_step_are_those_of_the_loop_and_of_the_terms(cell):
    architecture = Architecture(2, 3, 2, cell=cell)
    rng = np.random.default_rng(1)
    X, Y = rng.normal(size=(5, 2, 2)), np.eye(2)[rng.integers(0, 2, (5, 2))]
    parameters = initialise(architecture, 2)
    of = architecture, parameters, forward(architecture, parameters, X), Y
    found = by_step(of)
    np.testing.assert_allclose(found["A"], backward(*of).deltas, rtol=1e-13)
    adjoints = decompose(*of).adjoints[..., :3].sum(axis=0)
    np.testing.assert_allclose(found["H"], adjoints, rtol=1e-12, atol=1e-15)
    if cell == "plain":
        np.testing.assert_allclose(found["H"][::-1], [step.dh for step in run_loop(*of)], rtol=1e-12)


@pytest.mark.parametrize("symbol", ["A", "H"])
def test_the_step_from_which_on_it_goes_wrong_is_told(symbol):
    of = problem()
    T = len(of[2].X)
    for first in range(T):
        numbers = by_step(of)[symbol]
        numbers[: first + 1] *= 1.01
        (course,) = courses(of, {symbol: numbers})
        assert (course.last, course.first) == (T - 1, first)
        words = say.course_words(course)
        assert f"t = {T - 1}" in words
        assert first == T - 1 or f"wrong from t = {first} on" in words
    (right,) = courses(of, {symbol: by_step(of)[symbol].astype(np.float32).astype(float)})
    assert say.course_words(right) == f"∂L/∂{symbol}ₜ is right at every step."


def test_a_file_may_hold_gradients_by_step_and_what_does_not_fit_is_named():
    entries, _ = network()
    H = np.zeros((4, 3, 3))
    came = of_entries({**entries, "grad.H": H})
    assert came.gradients is None
    assert came.by_step["H"] is not None
    turned = {name: np.swapaxes(entries[name], 0, 1) for name in "XY"}
    came = of_entries({**entries, **turned, "grad.H": np.zeros((3, 4, 3)), "layout": "batch_first"})
    assert came.by_step["H"].shape == (4, 3, 3)
    assert "grad.H came batch first, (3, 4, 3), and was turned: it is (4, 3, 3)." in came.notes
    with pytest.raises(ValueError, match=r"^grad\.H: got shape \(2, 3\), expected \(4, 3, 3\)"):
        of_entries({**entries, "grad.H": np.zeros((2, 3))})


@pytest.mark.parametrize(("cell", "reset"), [("gru", "before"), ("gru", "after"), ("lstm", "before")])
def test_gates_in_another_order_are_told(cell, reset):
    architecture = Architecture(2, 3, 2, cell=cell, reset=reset)
    rng = np.random.default_rng(4)
    X, Y, parameters = rng.normal(size=(4, 2, 2)), np.eye(2)[rng.integers(0, 2, (4, 2))], initialise(architecture, 2)
    right = backward(architecture, parameters, forward(architecture, parameters, X), Y).gradients

    def swapped(array):
        first, second, *rest = np.split(array, array.shape[-1] // 3, axis=-1)
        return np.concatenate([second, first, *rest], axis=-1)

    wrong = right._replace(W1=swapped(right.W1), Wh1=swapped(right.Wh1), b1=swapped(right.b1))
    found = rnnviz.diagnose(architecture, parameters, X, Y, wrong)
    assert found.verdict == "unknown"
    one, other = architecture.layer.blocks[:2]
    for name in ("W1", "Wh1", "b1"):
        assert f"{name} has its gates in another order: {other}, {one}, " in found.sentence


@pytest.mark.parametrize("size", [(3, 3), (12, 40), (5,)])
def test_the_maps_hold_every_entry_and_share_a_scale(size):
    rng = np.random.default_rng(0)
    name = "Wh1" if len(size) == 2 else "b1"
    found = Beside(name, rng.normal(size=size), rng.normal(size=size))
    maps = draw.maps(found, "light")
    assert [*maps] == ["yours", "right", "yours − right"]
    if size == (12, 40):
        given, right, apart = (picture.marks[0] for picture in maps.values())
        np.testing.assert_array_equal(given.z, found.given)
        np.testing.assert_array_equal(apart.z, found.given - found.right)
        assert given.scale.span == right.scale.span
    else:
        for title, values in zip(maps, (found.given, found.right, found.given - found.right), strict=True):
            assert all(repr(float(value)) in maps[title] for value in values.ravel())


def test_the_worst_entry_is_the_worst_and_equal_ones_are_said_to_be():
    of = problem()
    right = backward(*of).gradients
    wrong = right.Wh1.copy()
    wrong[1, 2] += 1.0
    (found,) = beside(of, {"Wh1": wrong})
    assert found.worst == (1, 2)
    assert "differs most at [1, 2]" in say.beside_words(found, "Wₕ₁")
    (same,) = beside(of, Parameters(*[None] * 4, b2=right.b2))
    assert say.beside_words(same, "β₂") == f"∂L/∂β₂: all {right.b2.size} entries are equal."
    not_finite = replace(found, given=np.full_like(wrong, np.nan))
    assert "yours not finite" in say.beside_words(not_finite, "Wₕ₁")


def broken(name):
    of = problem()
    return gradient_of_copy({name}, arguments_of_copy({name}, *of))


def links(at):
    return [f"{one.proto.label} {one.proto.query_string}" for one in at.get("page_link")]


def test_the_page_shows_the_maps_and_leads_to_the_frame():
    at = healthy(brought(file(lambda _: broken("no_transpose"))))
    assert "**Mistake: no_transpose.**" in said(at)
    (way,) = [one for one in links(at) if "where it first differs" in one]
    assert "term(3, 2) of Wₕ₁" in way
    assert "frame=term-3-2" in way
    assert "parameter" not in way or "parameter=Wh1" in way
    assert "differs most at" in said(at)
    healthy(at.button(key="network.go").click().run())
    assert "Your gradient beside the right one" in [each.value for each in at.header]
    assert "**Mistake: no_transpose.**" in said(at)


def test_gradients_by_step_alone_are_judged_too():
    of = problem()
    H = by_step(of)["H"]
    H[:2] = 0.0
    content = file(lambda g: Parameters(*[None] * 5), **{"grad.H": H})
    assert "∂L/∂Hₜ is right at t = 3 to 2 and wrong from t = 1 on." in said(healthy(brought(content)))


@pytest.mark.parametrize(("cell", "reset"), [("gru", "before"), ("gru", "after"), ("lstm", "before")])
def test_each_mistake_of_a_gated_cell_has_its_place(cell, reset):
    architecture, parameters, X, Y, H_init = oracles.problem(cell=(cell, reset))
    of = architecture, parameters, forward(architecture, parameters, X, H_init), Y
    for name in known_of(architecture):
        found = place_of([name], of)
        assert found is not None, name
        assert (found.at is None) == (name in ("clipped_norm", "overwritten"))


def test_a_gradient_of_a_batch_with_padding_has_its_maps_and_its_place():
    entries, (architecture, parameters, X, Y, H_init) = network()
    mask = np.ones(X.shape[:2])
    mask[2:, 0] = 0
    trace = with_mask(architecture, forward(architecture, parameters, X, H_init), mask)
    made = {"no_dh_next"}
    wrong = gradient_of_copy(made, arguments_of_copy(made, architecture, parameters, trace, Y))._asdict()
    H = by_step((architecture, parameters, trace, Y))["H"]
    stream = io.BytesIO()
    np.savez(stream, **entries, mask=mask, **{"grad.H": H}, **{f"grad.{name}": value for name, value in wrong.items()})
    at = healthy(brought(stream.getvalue()))
    assert "**Mistake: no_dh_next.**" in said(at)
    assert "∂L/∂Hₜ is right at every step." in said(at)
    assert [one for one in links(at) if "frame=term-3-2" in one]
