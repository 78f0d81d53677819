"""Reasons: whatever a sentence gives as one is looked up in the numbers, in random configurations."""

import re
from types import SimpleNamespace

import numpy as np

from rnnviz.checks.gradient import say as gradient_said
from rnnviz.checks.gradient.differences import EPSILONS, error_curve
from rnnviz.engine import hidden_slope, single_term
from rnnviz.experiment.core import run
from rnnviz.laboratory.cliff import say as cliff_said
from rnnviz.laboratory.cliff import steps as cliff_steps
from rnnviz.laboratory.cliff.compute import chosen_entries, surface, value_of, window
from rnnviz.laboratory.cliff.steps import gradient_step
from rnnviz.laboratory.forward import say as forward_said
from rnnviz.laboratory.forward.compute import step_matrices
from rnnviz.notation.numbers import four
from rnnviz.scene import opened, sentences
from rnnviz.scene.view import look
from tests.configurations import COUNT, configurations


def plain(pieces):
    return "".join(piece if isinstance(piece, str) else piece["q"] for piece in pieces)


# --- the forward pass -------------------------------------------------------------------------------------


def test_a_step_says_what_is_remembered_and_how_far_it_differs_between_samples():
    for place, config in enumerate(configurations()):
        experiment = run(config)
        t = place % config.steps
        H = experiment.trace.H[t - 1] if t else experiment.trace.H_init
        past, present = H @ experiment.parameters.Wh1, experiment.task.X[t] @ experiment.parameters.W1
        text = forward_said.step_sentence(step_matrices(experiment, t), t)
        assert "more" not in text, config.written()
        assert "less" not in text, config.written()
        assert ("nothing is remembered" in text) == (not past.any()), (config.written(), text)
        if not past.any():
            alone = H.any() and not experiment.parameters.Wh1.any()
            zero = "W_{h1}" if alone else "H_"  # of the state, or of its product where neither is 0 itself
            assert text.split("as $")[1].startswith(zero), (config.written(), text)
        elif len(H) > 1:
            spreads = [float(np.linalg.norm(each - each.mean(axis=0))) for each in (past, present)]
            told = [
                each.replace("−", "-") for each in re.findall(r"spread by \*\*(.+?)\*\* and \*\*(.+?)\*\*;", text)[0]
            ]
            for spread, said in zip(spreads, map(float, told), strict=True):
                assert abs(spread - said) <= 1e-3 * spread + 1e-11, (config.written(), text)


# --- terms that are 0, steps that change nothing ----------------------------------------------------------


def reasons_hold(view, parameter, t, k, text):
    """Whether what the sentence names is 0, by the arrays themselves."""
    trace, parameters = view.trace, view.parameters
    before = trace.H[k - 1] if k else trace.H_init
    if match := re.search(r"Every slope f₁′ of step (\d+) is 0", text):
        step = int(match[1]) - view.conventions.first
        return k <= step <= t and not hidden_slope(view.architecture, trace)[step].any()
    if "goes back through time" in text:
        return t > k and not parameters.Wh1.any()
    if "could have scaled" in text:
        return not (before if parameter == "Wh1" else trace.X[k]).any()
    if "no error reaches" in text:
        return not parameters.W2.any()
    if "The error at Z" in text:
        direct = single_term(view.architecture, parameters, trace, view.Y, "b2", t, t).delta
        return not direct.any()
    factors = [parameters.W2, before if parameter == "Wh1" else trace.X[k] if parameter == "W1" else np.ones(1)]
    factors += [parameters.Wh1] if t > k else []
    slopes = hidden_slope(view.architecture, trace)[k : t + 1]
    return "None of its factors" in text and all(each.any() for each in [*factors, *slopes])


def test_a_term_of_0_names_a_factor_that_is_0():
    for config in configurations(max(1, COUNT // 2), activation="relu"):
        view = look(run(config), config.sample)
        for parameter in ("W1", "Wh1", "b1"):
            for t in view.loss_steps[-6:]:
                for k in {0, t // 2, t} & {k for name, *place in view.terms.terms for k in place}:
                    if (parameter, t, k) not in view.terms.terms or view.term(parameter, t, k).any():
                        continue
                    text = plain(sentences.say(sentences.zero_reason(view, parameter, t, k)))
                    assert reasons_hold(view, parameter, t, k, text), (config.written(), parameter, t, k, text)


def test_wh1_of_0_is_told_as_the_reason():
    for config in configurations(max(1, COUNT // 10), gain=0.0, edits="", truncation=None, activation="tanh"):
        view = look(run(config), 0)
        t = config.steps - 1
        if t and view.trace.X[0].any():
            assert "{Wh1} is 0" in sentences.zero_reason(view, "W1", t, 0), config.written()


def test_steps_back_lengthen_or_shorten_as_it_is_said():
    for config in configurations():
        view = look(run(config), max(config.sample, 0))
        t = config.steps - 1
        text = plain(opened.where_it_shrinks(view, t, [step for step in opened.shown_steps(view.T) if step <= t]))
        products = view.ways_back[t]
        lengths = [float(np.linalg.norm(products[f"dL_{t}/dH_{j}"])) for j in opened.shown_steps(view.T)][::-1]
        with np.errstate(all="ignore"):
            ratios = np.array(lengths[1:]) / np.array(lengths[:-1])
        ratios = ratios[np.isfinite(ratios)]
        if not ratios.size or min(lengths) < 1e-150:
            continue
        if "every step lengthens" in text:
            assert (ratios > 1).all(), (config.written(), text)
            assert not re.search(r"(?<![\d.])1 times", text), (config.written(), text)
        if "no step changes" in text or "leaves it as it is" in text:
            np.testing.assert_allclose(ratios, 1, rtol=1e-8)
        if "no step shortens" in text:
            assert 1 - 1e-8 < ratios.min() < 1 + 1e-8
            assert ratios.max() > 1 + 1e-10
        if "costs the most" in text:
            assert ratios.min() < 1, (config.written(), text)


# --- the gradient check -----------------------------------------------------------------------------------


def test_differences_bend_or_are_rounded_only_where_they_do():
    for place, config in enumerate(configurations(max(1, COUNT // 12))):
        experiment = run(config)
        name = ("W1", "Wh1", "b1", "W2", "b2")[place % 5]
        entry = (0,) * getattr(experiment.parameters, name).ndim
        found = error_curve(experiment, name, entry)
        text, errors = gradient_said.curve_sentence(found), found.errors["central"]
        if not np.isfinite(errors).all() or not errors.any():
            assert "larger step" not in text or np.isfinite(errors).any()
            continue
        best = int(errors.argmin())
        assert ("the largest tried" in text) == (best == len(EPSILONS) - 1), (config.written(), text)
        assert ("the smallest tried" in text) == (best == 0), (config.written(), text)
        if "a larger step bends" in text:
            assert errors[best + 1 :].max(initial=0) > errors[best], (config.written(), text)
            rounded = np.finfo(float).eps * abs(experiment.backward.loss)
            exact = abs(getattr(experiment.backward.gradients, name)[entry]) or 1.0
            assert errors[-1] > rounded / exact / EPSILONS[-1], (config.written(), text)
        if "a smaller one is lost" in text:
            assert errors[:best].max(initial=0) > errors[best], (config.written(), text)


def test_a_straight_line_is_not_said_to_bend():
    epsilons, rng = np.array(EPSILONS), np.random.default_rng(1)
    over = {"epsilons": epsilons, "total": len(EPSILONS)}
    rounded = 1e-16 / epsilons * rng.uniform(0.1, 1, len(epsilons))
    for errors, bends in ((rounded, False), (rounded + 0.1 * epsilons**2, True)):
        found = SimpleNamespace(errors={"central": errors, "analytic": errors * 0}, **over)
        assert ("bends away" in gradient_said.curve_sentence(found)) == bends
    none = SimpleNamespace(errors={"central": rounded * 0, "analytic": rounded * 0}, **over)
    assert "err nowhere" in gradient_said.curve_sentence(none)


def test_nothing_learned_is_not_compared():
    rng = np.random.default_rng(0)
    for _ in range(2000):
        right, broken = (np.append(4.0, rng.choice([3.99, 4.0, 1.0, 0.5, 6.0]) * rng.uniform(0.98, 1.02)) for _ in "ab")
        text, fall, other = gradient_said.training_sentence(right, broken, 1), 4 - right[-1], 4 - broken[-1]
        if "learns almost as well" in text:
            assert fall > 0.1
            assert other >= 0.89 * fall
        if "does not learn" in text:
            assert other <= 0.01 * 4
        if "too little" in text:
            assert fall < 0.3


# --- the cliff --------------------------------------------------------------------------------------------


def test_the_map_is_called_flat_only_where_its_losses_are_equal():
    for config in configurations(max(1, COUNT // 10)):
        experiment = run(config)
        entries = chosen_entries(experiment, (config.first_entry, config.second_entry))
        at = tuple(value_of(experiment.parameters, name) for name in entries)
        found, step = (surface(experiment, *entries, window(at, "near")), gradient_step(experiment, *entries, 1.0))
        text = cliff_said.map_sentence(found, step)
        if "do not change the loss" in text:
            assert np.ptp(found.losses) == 0, config.written()
        if "No loss on this map is finite" in text:
            assert not np.isfinite(found.losses).any()
        if "at least half" in text:
            assert np.mean(found.slopes == 0) >= 0.5 * np.isfinite(found.slopes).mean()
        assert four(step.at[0]) in text
        assert "leaves" not in cliff_said.beyond_sentence(step, found) or cliff_steps.inside(found, step.at)
