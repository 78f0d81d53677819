"""The loops of GRU and LSTM: right they are the engine's gradient; each mistake is the shown line, and is found."""

import numpy as np
import pytest

import rnnviz
from rnnviz.checks.gradient import say as said
from rnnviz.checks.gradient.compute import broken_training, run_checks
from rnnviz.checks.gradient.differences import Case, check_cell, compare, error_curve
from rnnviz.engine import Architecture, Parameters, backward, decompose, forward, initialise
from rnnviz.experiment.core import run
from rnnviz.experiment.mistakes import MISTAKES, arguments_of_copy, gradient_of_copy, known_of, made_of, steps_of_loss
from rnnviz.experiment.plain_loop import source_of
from rnnviz.settings.config import PRESETS, RunConfig
from rnnviz.settings.fields import FORMS, LABELS
from tests import oracles
from tests.configurations import FEW, GATED, configurations
from tests.gated_loops import LOOPS

FORM_OF = {"lstm": ("lstm", "before"), "gru before": ("gru", "before"), "gru after": ("gru", "after")}
EACH = [(form, name) for form in LOOPS for name, each in MISTAKES.items() if form in each.cells]
BEFORE = ("softmax_slope_twice", "no_output_slope")


def solved(form, mode=oracles.MODES[0], pair=oracles.PAIRS[0]):
    architecture, parameters, X, Y, H_init = oracles.problem(pair=pair, mode=mode, cell=FORM_OF[form], T=4, m=4, seed=1)
    C_init = np.random.default_rng(3).normal(size=H_init.shape) if form == "lstm" else None
    return architecture, parameters, forward(architecture, parameters, X, H_init, C_init), Y


def of_copy(names, case):
    made = frozenset(names)
    return gradient_of_copy(made, arguments_of_copy(made, *case))


@pytest.mark.parametrize("mode", oracles.MODES)
@pytest.mark.parametrize("form", LOOPS)
def test_the_right_loop_is_the_engines_gradient_term_by_term(form, mode):
    case = solved(form, mode, oracles.PAIRS[0] if mode == oracles.MODES[0] else oracles.PAIRS[6])
    expected = backward(*case).gradients
    for found, wanted in zip(of_copy((), case), expected, strict=True):
        assert oracles.relative_error(found, wanted) <= 1e-13
    terms, arguments = decompose(*case).terms, arguments_of_copy(frozenset(), *case)
    for t in range(case[0].first_loss_step(4), 4):
        for step in steps_of_loss(frozenset(), arguments, t):
            for name in ("W1", "Wh1", "b1"):
                assert oracles.relative_error(getattr(step.increments, name), terms[name][t, step.k]) <= 1e-12


def test_every_form_has_mistakes_of_its_own_and_the_plain_ones_are_the_plain_loops():
    assert set(LOOPS) == set(FORMS[1:])
    for form in LOOPS:
        own = [name for name, each in MISTAKES.items() if form in each.cells and "plain" not in each.cells]
        assert len(own) >= 4
    assert {"no_slope", "no_transpose"}.isdisjoint(name for _, name in EACH)
    assert all(set(each.cells) <= set(FORMS) for each in MISTAKES.values())


@pytest.mark.parametrize(("form", "name"), EACH)
def test_the_line_that_is_shown_is_the_line_that_runs(form, name):
    made, case = MISTAKES[name], solved(form)
    if name in BEFORE:
        return
    lines = list(source_of(LOOPS[form]))
    right, wrong = (text.strip().splitlines() for text in (made.right, made.wrong))
    bare = [line.strip() for line in lines]
    (here,) = (at for at in range(len(lines)) if bare[at : at + len(right)] == right)
    indent = lines[here][: len(lines[here]) - len(bare[here])]
    lines[here : here + len(right)] = [indent + line for line in wrong]
    space = {"np": np, "Parameters": Parameters}
    exec("\n".join(lines), space)
    arguments = arguments_of_copy(frozenset(), *case)
    *_, (*_, shown) = space[LOOPS[form].__name__](*arguments)
    for found, wanted in zip(of_copy([name], case), shown, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize(("form", "name"), EACH)
def test_every_mistake_of_a_gated_loop_makes_another_gradient_and_is_found(form, name):
    case = solved(form)
    right, wrong = backward(*case).gradients, of_copy([name], case)
    assert max(oracles.relative_error(one, other) for one, other in zip(wrong, right, strict=True)) > 1e-3
    config = PRESETS["lecture-sequence-to-sequence"].config
    cell, reset = FORM_OF[form]
    config = config.replace(cell=cell, reset=reset, batch=2, output="softmax_se", mistake=name)
    checks = run_checks(config.mistake, run(config))
    failed = {check.name for check in checks if not check.passed}
    assert {"terms", "probe"} <= failed, (form, name, failed)
    assert "gradient is right" not in said.verdict(checks)
    assert config.reconciled()[0].mistake == name


@pytest.mark.parametrize("count", [FEW // 20, pytest.param(FEW // 2, marks=pytest.mark.slow)])
def test_the_checks_of_a_right_gated_loop_hold_whatever_the_settings(count):
    for config in list(configurations(cells=GATED))[:count]:
        experiment = run(config.replace(steps=min(config.steps, 12), batch=min(config.batch, 8)).reconciled()[0])
        found = run_checks(None, experiment)
        failed = [(check.title, check.error) for check in found if not check.passed]
        finite = all(np.isfinite(each).all() for each in experiment.backward.gradients)
        assert not failed or not finite, (config.written(), failed)


def test_the_looks_at_a_gated_gradient_are_of_its_own_numbers():
    experiment = run(RunConfig(cell="lstm", batch=2, mistake="no_forget_factor"))
    for mistake in (None, "no_forget_factor"):
        found = compare(experiment, mistake)
        assert found.total == sum(each.size for each in experiment.parameters)
        assert (np.nanmax(found.relative) < 1e-6) == (mistake is None)
        cell = check_cell(experiment, "Wh1", 2, 0, mistake)
        assert (abs(cell.term - cell.complex_step) < 1e-9 * abs(cell.complex_step)) == (mistake is None)
        curve = error_curve(experiment, "b1", (4,), mistake)
        assert (curve.errors["analytic"][0] < 1e-9) == (mistake is None)
    losses = broken_training(Case.of(experiment, None), 5, 0.1)
    assert losses[-1] < losses[0] == pytest.approx(experiment.backward.loss, rel=1e-13)


@pytest.mark.parametrize("cell", GATED)
def test_a_mistake_of_another_loop_is_not_made_and_that_is_said(cell):
    config, notes = RunConfig.from_query({"cell": cell, "mistake": "no_transpose"})
    assert config.mistake == "none"
    assert LABELS["no_transpose"] in notes[0]
    plain, notes = RunConfig.from_query({"mistake": "no_forget_factor"})
    assert (plain.mistake, len(notes)) == ("none", 1)


@pytest.mark.parametrize("form", LOOPS)
def test_a_wrong_gradient_of_a_gated_cell_is_diagnosed(form):
    sizes = (2, 3, 2)
    cell, reset = FORM_OF[form]
    architecture = Architecture(*sizes, "tanh", "softmax", "categorical_cross_entropy", cell=cell, reset=reset)
    draw = np.random.default_rng(5)
    start = initialise(architecture, 4)
    parameters = Parameters(*(each + 0.5 * draw.normal(size=each.shape) for each in start))
    X, Y = draw.normal(size=(4, 3, 2)), np.eye(2)[draw.integers(0, 2, (4, 3))]
    H_init = draw.normal(size=(3, 3))
    trace = forward(architecture, parameters, X, H_init)
    for name in known_of(architecture):
        if name == "clipped_norm":
            continue
        wrong = gradient_of_copy(made_of(name), arguments_of_copy(made_of(name), architecture, parameters, trace, Y))
        found = rnnviz.diagnose(architecture, parameters, X, Y, wrong, H_init)
        assert found.verdict == "mistake", (form, name)
        assert name in found.mistakes, (form, name, found.mistakes)
