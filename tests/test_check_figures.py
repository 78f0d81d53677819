"""The pictures and sentences of the gradient check show the numbers that they are given."""

from __future__ import annotations

import numpy as np
import pytest

from rnnviz.checks.gradient import draw
from rnnviz.checks.gradient import say as said
from rnnviz.checks.gradient.compute import broken_training, run_checks
from rnnviz.checks.gradient.differences import Case, compare, error_curve
from rnnviz.checks.gradient.draw import PARAMETER_NAMES
from rnnviz.experiment.core import run
from rnnviz.settings.config import PRESETS

THEMES = ("light", "dark")


@pytest.fixture(scope="module")
def experiment():
    return run(PRESETS["lecture-sequence-to-sequence"].config)


@pytest.mark.parametrize("theme", THEMES)
def test_the_scatter_holds_every_entry_and_rings_the_worst(experiment, theme):
    found = compare(experiment, "no_slope")
    figure = draw.scatter(found, theme)
    shown = {trace.name: trace for trace in figure.marks}
    assert sum(len(shown[name].x) for name in PARAMETER_NAMES.values()) == len(found.entries)
    for parameter, name in PARAMETER_NAMES.items():
        places = [i for i, (one, _) in enumerate(found.entries) if one == parameter]
        np.testing.assert_array_equal(shown[name].y, found.analytic[places])
        np.testing.assert_array_equal(shown[name].x, found.numeric[places])
    assert (shown["worst"].x[0], shown["worst"].y[0]) == (found.numeric[found.worst], found.analytic[found.worst])
    assert f"{found.relative[found.worst]:.4g}"[:5] in said.scatter_sentence(found)


@pytest.mark.parametrize("theme", THEMES)
def test_the_error_curve_shows_its_numbers_and_names_the_best_step(experiment, theme):
    found = error_curve(experiment, "Wh1", (0, 1))
    figure = draw.error_curve(found, theme)
    np.testing.assert_allclose(figure.marks[0].y, np.maximum(found.errors["central"], 1e-17))
    best = found.epsilons[found.errors["central"].argmin()]
    assert said.four(best) in said.curve_sentence(found)
    assert set(said.curve_table(found)) == {"ε", "forward", "central", "analytic"}


@pytest.mark.parametrize("theme", THEMES)
def test_trainings_are_drawn_to_their_own_end(theme):
    experiment = run(PRESETS["exploding"].config)
    right, broken = (broken_training(Case.of(experiment, name), 20, 0.01) for name in (None, "no_dh_next"))
    figure = draw.trainings(right, broken, theme)
    assert [len(trace.y) for trace in figure.marks] == [len(right), len(broken)]
    table = said.training_table(right, broken)
    assert len({len(column) for column in table.values()}) == 1
    assert len(draw.trainings(right, None, theme).marks) == 1


def test_the_verdict_names_what_fails_and_what_is_blind(experiment):
    assert "All **6**" in said.verdict(run_checks(None, experiment))
    found = run_checks("no_transpose", experiment)
    text = said.verdict(found)
    assert all(check.title in text for check in found)
    marks = said.table(found)["verdict"]
    assert [("✓" in mark) for mark in marks] == [check.passed for check in found]


def test_where_names_the_worst_cell(experiment):
    where = next(c.where for c in run_checks("no_transpose", experiment) if c.where is not None)
    t, k = np.unravel_index(np.nanargmax(where), where.shape)
    assert f"term({t}, {k})" in said.where_sentence(where)
    right = next(c.where for c in run_checks(None, experiment) if c.where is not None)
    assert "agree" in said.where_sentence(right)
    twice = next(c.where for c in run_checks("bias_twice", experiment) if c.where is not None)
    assert "wrong, each off by 50 % of the largest." in said.where_sentence(twice)


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ([3.0, 2.0, 1.05], "almost"),
        ([3.0, 2.5, 2.0], "learns, but less"),
        ([3.0, 4.0, 5.0], "does not learn"),
        ([3.0], "finite"),
    ],
)
def test_the_sentence_on_training_says_how_it_went(broken, words):
    assert words in said.training_sentence(np.array([3.0, 2.0, 1.0]), np.array(broken), 2)


def test_of_nothing_learned_nothing_is_said():
    text = said.training_sentence(np.array([3.0, 2.99]), np.array([3.0, 3.0]), 1)
    assert "too little" in text
    assert "almost" not in text


def test_a_right_gradient_that_breaks_is_told_so():
    right, broken = np.array([3.0, 1e200]), np.array([3.0, 2.0, 1.0])
    assert "right gradient the loss is no longer finite after 2 updates" in said.training_sentence(right, broken, 2)
    assert said.training_sentence(right, None, 2).endswith("after 2 updates.")


def test_the_table_sets_each_error_beside_what_is_allowed(experiment):
    found = run_checks(None, experiment)
    table = said.table(found)
    for check, what, error in zip(found, table["what is compared"], table["relative error"], strict=True):
        assert what == f"**{check.title}.** {check.what}"
        left, right = error.replace("−", "-").split(", allowed ")
        assert float(left) == pytest.approx(check.error, rel=1e-3)
        assert float(right) == pytest.approx(check.tolerance, rel=1e-3)
