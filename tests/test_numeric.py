"""The gradient beside differences of the loss: the right one passes everywhere, a broken one shows where."""

from __future__ import annotations

import numpy as np
import pytest

from rnnviz import engine
from rnnviz.checks.gradient.differences import Case, check_cell, compare, error_curve
from rnnviz.experiment.core import run
from rnnviz.experiment.mistakes import MISTAKES
from rnnviz.settings.config import PRESETS
from tests.configurations import spread


def lecture(**changes):
    return run(PRESETS["lecture-sequence-to-sequence"].config.replace(**changes))


@pytest.mark.parametrize("name", spread(sorted(PRESETS)))
def test_the_right_gradient_agrees_with_differences_on_every_preset(name):
    experiment = run(PRESETS[name].config)
    found = compare(experiment)
    assert np.isfinite(found.relative).all()
    loss = experiment.backward.loss
    largest = max(np.abs(part).max() for part in experiment.backward.gradients)
    assert found.relative[found.worst] < 1e-5 or 1e-10 * loss > 1e-6 * largest
    assert len(found.entries) == len(found.analytic) == len(found.numeric) <= found.total


def test_the_loops_gradient_is_the_engines():
    for experiment in (lecture(), lecture(batch=5, steps=6), run(PRESETS["vanishing"].config)):
        for own, expected in zip(Case.of(experiment).gradient, experiment.backward.gradients, strict=True):
            np.testing.assert_allclose(own, expected, rtol=1e-11, atol=1e-16)


def test_a_large_network_is_sampled_and_keeps_its_largest_entries():
    experiment = run(PRESETS["characters"].config.replace(hidden=40))
    found = compare(experiment)
    assert len(found.entries) < found.total
    gradient = experiment.backward.gradients.Wh1
    largest = np.unravel_index(np.abs(gradient).argmax(), gradient.shape)
    assert ("Wh1", tuple(map(int, largest))) in found.entries


@pytest.mark.parametrize(
    "mistake", [name for name, each in MISTAKES.items() if name != "no_batch_mean" and "plain" in each.cells]
)
def test_a_mistake_names_its_worst_entry(mistake):
    found = compare(lecture(), mistake)
    parameter, entry = found.entries[found.worst]
    assert found.relative[found.worst] > 1e-3
    wrong = getattr(Case.of(lecture(), mistake).gradient, parameter)[entry]
    assert found.analytic[found.worst] == wrong
    assert wrong != pytest.approx(getattr(lecture().backward.gradients, parameter)[entry], rel=1e-6)


def test_the_error_over_epsilon_has_the_shape_of_a_u():
    curve = error_curve(lecture(start_state=0.0), "Wh1", (0, 1))
    for method, power in (("central", 2), ("forward", 1)):
        errors = curve.errors[method]
        best = int(errors.argmin())
        assert errors[best] < errors[0] / 100
        assert errors[best] < errors[-1] / 100
        assert errors[-1] / errors[-3] == pytest.approx(10**power, rel=0.6)
    assert curve.errors["central"].min() < curve.errors["forward"].min() / 10
    assert curve.errors["analytic"].max() < 1e-12
    assert error_curve(lecture(), "Wh1", (0, 1), "no_slope").errors["analytic"].min() > 1e-3


def test_a_single_term_agrees_with_moving_one_copy():
    experiment = lecture(steps=5)
    terms = engine.decompose(experiment.architecture, experiment.parameters, experiment.trace, experiment.task.Y).terms
    for name in ("W1", "Wh1", "b1"):
        for t in range(5):
            for k in range(t + 1):
                check = check_cell(experiment, name, t, k)
                assert check.term == pytest.approx(terms[name][(t, k, *check.entry)], rel=1e-12, abs=1e-18)
                assert check.complex_step == pytest.approx(check.term, rel=1e-10, abs=1e-17)
                assert check.central == pytest.approx(check.term, rel=1e-4, abs=1e-9)
                assert abs(check.term) == pytest.approx(np.abs(terms[name][t, k]).max(), rel=1e-12, abs=1e-18)


def test_a_single_term_finds_the_mistake():
    check = check_cell(lecture(), "Wh1", 2, 1, "no_transpose")
    assert abs(check.term - check.complex_step) > 1e-3 * abs(check.term)
    same = check_cell(lecture(), "Wh1", 2, 2, "no_transpose")
    assert same.term == pytest.approx(same.complex_step, rel=1e-10)
    with pytest.raises(ValueError, match="k"):
        check_cell(lecture(), "Wh1", 1, 2)
