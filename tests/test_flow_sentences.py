"""What Gradient flow says, read again and held against numbers found here, in random configurations."""

import re
from dataclasses import replace
from functools import cache, partial

import numpy as np
import pytest

from rnnviz.engine import backward, single_term
from rnnviz.experiment.clipping import angle, clipping
from rnnviz.experiment.core import decomposition, run
from rnnviz.experiment.flow import (
    attributed,
    drawn_steps,
    jacobian_norms,
    length_of_gradient,
    spectrum,
    terms_of_losses,
)
from rnnviz.laboratory.causes import say as causes_said
from rnnviz.laboratory.causes.compute import causes
from rnnviz.laboratory.cliff import say as cliff_said
from rnnviz.laboratory.cliff.compute import surface
from rnnviz.laboratory.cliff.steps import gradient_step
from rnnviz.laboratory.reach import compute as reach_compute
from rnnviz.laboratory.reach import say as reach_said
from rnnviz.laboratory.truncation import say as truncation_said
from rnnviz.laboratory.truncation.compute import KINDS, mask, truncations
from rnnviz.notation.numbers import NO_PART, four, low, percent, steps_back
from rnnviz.settings.config import PRESETS, RunConfig
from rnnviz.settings.fields import LABELS
from tests.configurations import COUNT, EVERY, configurations

MOST_HELD = 1000


@cache
def held():
    return [(config, run(config)) for config in configurations(min(COUNT, MOST_HELD))]


def experiments(every=1):
    """Every so many of the experiments; those that many tests look at are run once."""
    yield from held()[::every]
    for number, config in enumerate(configurations() if COUNT > MOST_HELD else ()):
        if number >= MOST_HELD and number % every == 0:
            yield config, run(config)


def link(config):
    return f"{config.written()} {config.view()}"


def number(text):
    return float(text.replace("−", "-"))


def says(value, text):
    """Whether a printed number is this one, but for the rounding of another way to compute it."""
    return number(text) == pytest.approx(value, rel=1e-3, abs=1e-300)


def slopes_of(experiment, sample):
    """f₁′ of one sample, from the states alone where they tell it."""
    H, A = experiment.trace.H[:, sample], experiment.trace.A[:, sample]
    return {
        "tanh": lambda: 1 - H**2, "sigmoid": lambda: H * (1 - H), "relu": lambda: (A > 0) * 1.0,
        "identity": lambda: np.ones_like(A),
    }[experiment.architecture.hidden_activation]()  # fmt: skip


def clear(value, *limits):
    """Whether rounding cannot move a value over a limit."""
    return all(abs(value - limit) > 1e-6 * limit for limit in limits)


# --- two causes -------------------------------------------------------------------------------------------

CAUSES = re.compile(
    r"Over (\d+) steps? back an error comes to (.*?) times its length: it (vanishes|is carried|explodes)\. "
    r"With every slope 1, Wₕ₁ alone would leave (.*?); with the unit matrix for Wₕ₁, the slopes alone (.*?)\. (.*)"
)
FATES = {"vanishes": "vanish", "is carried": "carry", "explodes": "explode"}
LET = {"carry it": "carry", "let it vanish": "vanish", "make it explode": "explode"}


def fate(left):
    return "explode" if not left <= 10 else "vanish" if left < 0.01 else "carry"


def stretched(factors):
    """Largest singular value of a product, carried along with a power of two of its own."""
    product, exponent = np.eye(len(factors[0])), 0
    for factor in factors:
        product = product @ factor
        largest = np.abs(product).max()
        if largest == 0:
            return 0.0
        shift = int(np.frexp(largest)[1])
        product, exponent = np.ldexp(product, -shift), exponent + shift
    with np.errstate(over="ignore"):
        return float(np.ldexp(np.linalg.norm(product, 2), exponent))


def alone(text):
    """What each cause alone is said to do; None where the text does not say it."""
    told = re.fullmatch(
        r"(?:(Each) alone would do the same|(Wₕ₁|The slopes) alone would do the same, (?:Wₕ₁|the slopes) "
        r"alone would (.+)|Neither alone does that: each would (.+)|Neither alone does that: Wₕ₁ would (.+), "
        r"the slopes would (.+))\.",
        text,
    )
    each, same, other, both, weights, slopes = told.groups()
    if each:
        return "same", "same"
    if same:
        return ("same", LET[other]) if same == "Wₕ₁" else (LET[other], "same")
    return (LET[both],) * 2 if both else (LET[weights], LET[slopes])


@pytest.mark.parametrize("every", EVERY)
@pytest.mark.parametrize("slopes", ["held", "follow"])
def test_two_causes_judges_what_is_left_together_and_says_what_each_alone_would_do(slopes, every):
    for config, experiment in experiments(every):
        sample, T = max(config.sample, 0), config.steps
        found = causes(experiment, sample, slopes == "held")
        text = causes_said.both_sentence(found).replace("*", "")
        if T == 1:
            assert text == "With a single step there is no way back: the gradient is immediate.", link(config)
            continue
        base = PRESETS[config.preset].config
        changed = config.replace(gain=base.gain, spectral_radius=base.spectral_radius)
        clamped = run(changed) if slopes == "held" and changed != config else experiment
        steep, W = slopes_of(clamped, sample), experiment.parameters.Wh1.T
        back = range(T - 1, 0, -1)
        expected = [
            stretched([factor(step) for step in back])
            for factor in (lambda s: np.diag(steep[s]) @ W, lambda s: W, lambda s: np.diag(steep[s]))  # noqa: B023
        ]
        count, left, verdict, weights, bare, rest = CAUSES.fullmatch(text).groups()
        assert int(count) == T - 1
        if not all(clear(each, 0.01, 10) for each in expected):
            continue
        for value, told in zip(expected, (left, weights, bare), strict=True):
            if value < 1e300:
                assert says(value, told.removeprefix("at most ")), (link(config), value, told)
        fates = [fate(each) for each in expected]
        assert FATES[verdict] == fates[0], link(config)
        told = [fates[0] if each == "same" else each for each in alone(rest)]
        assert told == fates[1:], (link(config), text)
        for each, same in zip(fates[1:], alone(rest), strict=True):
            assert (each == fates[0]) == (same == "same"), (link(config), text)


def test_slopes_that_rounding_alone_moves_are_not_said_to_follow():
    for config, experiment in experiments():
        found = causes(experiment, max(config.sample, 0), True)
        apart = np.abs(found.slopes - found.own_slopes).max()
        assert ("moves the other" in causes_said.held_sentence(found)) == (apart > 1e-12), (link(config), apart)
    config = RunConfig()
    found = causes(run(config), 0, True)
    found = replace(found, slopes=found.own_slopes + 6e-16)
    assert causes_said.held_sentence(found) == ""


def test_eigenvalues_slopes_and_singular_values_are_told_as_they_are():
    for config, experiment in experiments():
        sample, n1 = max(config.sample, 0), config.hidden
        found, W = causes(experiment, sample, False), experiment.parameters.Wh1
        text = causes_said.eigenvalue_sentence(found)
        gap = np.abs(W @ W.T - W.T @ W).max()
        if "is normal" in text:
            assert gap <= 1e-4 * max(1e-300, np.linalg.norm(W) ** 2), link(config)
        if "not normal" in text:
            assert gap > 0, link(config)
        sizes = np.abs(np.linalg.eigvals(W))
        outside = int((sizes > 1 + 1e-9).sum())
        if n1 > 1:
            assert text.startswith(f"{outside or 'None'} of "), (link(config), text)
        assert f"ρ = **{four(sizes.max())}**" in text
        slopes = slopes_of(experiment, sample)
        text = causes_said.slope_sentence(found)
        low = (slopes < 0.1 * found.spectrum.gamma).mean(axis=1)
        if most := re.search(r"most at step (\d+)", text):
            assert (low[int(most[1])] > np.delete(low, int(most[1]))).all(), (link(config), text)
        text = causes_said.way_sentence(found, sample)
        if told := re.search(r"(\d+|It)(?: of them)? (?:is|are) exactly 0", text):
            count = 1 if told[1] == "It" else int(told[1])
            assert count == int((found.singular[-1] == 0).sum()), (link(config), text)
        else:
            assert not (found.singular[-1] == 0).any()
        assert ("overflow" in text) == (not np.isfinite(found.singular[-1]).any()), link(config)


# --- where it goes ----------------------------------------------------------------------------------------


def lengths_of(rows):
    largest = np.abs(rows).max(axis=1, keepdims=True)
    return largest[:, 0] * np.linalg.norm(rows / np.where(largest > 0, largest, 1), axis=1)


def shares_left(experiment):
    """Shares of every loss and sample by lag, each error carried back by its own Jacobians."""
    T = experiment.config.steps
    steep = np.stack([slopes_of(experiment, i) for i in range(experiment.trace.H.shape[1])], axis=1)
    parts = experiment.architecture, experiment.parameters, experiment.trace, experiment.task.Y
    found = [[] for _ in range(T)]
    with np.errstate(all="ignore"):
        for t in range(experiment.architecture.first_loss_step(T), T):
            error = single_term(*parts, "b2", t, t).delta @ experiment.parameters.W2.T
            own = lengths_of(error)
            for k in range(t, -1, -1):
                found[t - k] += (lengths_of(error) / own)[own > 0].tolist()
                error = (error * steep[k]) @ experiment.parameters.Wh1.T
    return found


def test_where_it_goes_says_why_only_what_the_numbers_say():
    for config, experiment in experiments():
        found, values, T = attributed(experiment), spectrum(experiment), config.steps
        left = reach_compute.lags(found.sample_norms, values.gamma, values.norm, values.radius)
        text, band = reach_said.flow_sentence(left), reach_said.band_sentence(left)
        shares = shares_left(experiment)
        if T == 1 or not np.isfinite(np.concatenate([each for each in shares])).all():
            continue
        if T > 1 >= sum(map(bool, shares)):
            assert ("Only the first loss" if shares[0] else "nothing to follow back") in text, (link(config), text)
            continue
        shares = [each for each in shares if each]
        medians = [float(np.median(each)) for each in shares]
        if not min(filter(None, medians)) > 1e-290:
            continue
        assert (f"After L{low(len(shares) - 1)} " in text) == (len(shares) < T), (link(config), text)
        told = re.match(
            r"After (\d+) steps? back an error has \*\*(\S+?)\*\* times its length( in the median)?: it \*\*(.+?)\*\*",
            text,
        )
        assert told, (link(config), text)
        assert int(told[1]) == len(shares) - 1, (link(config), text)
        assert says(medians[-1], told[2]), (link(config), text, medians[-1])
        assert bool(told[3]) <= (len(shares[-1]) > 1)
        last, gamma = medians[-1], {"sigmoid": 0.25}.get(config.activation, 1.0)
        allowed = gamma * np.linalg.norm(experiment.parameters.Wh1, 2)
        radius = np.abs(np.linalg.eigvals(experiment.parameters.Wh1)).max()
        if clear(last, 0.01, 10):
            name = (
                "is gone"
                if last == 0
                else {"vanish": "vanishes", "carry": "is carried", "explode": "explodes"}[fate(last)]
            )
            assert told[4] == name, (link(config), text)
        if "as it had to" in text:
            assert allowed ** (len(shares) - 1) < 0.01 * (1 + 1e-9), (link(config), text)
        if "though γ" in text:
            assert allowed ** (len(shares) - 1) > 0.01 * (1 - 1e-9), (link(config), text)
        grows = re.search(r"grows(?: to \*\*(\S+?)\*\*, (.+?),)? although ρ = (\S+) is below 1", text)
        if grows:
            assert radius < 1
            top = int(np.argmax(medians))
            assert medians[top] > 1.5 * (1 - 1e-9)
            assert (grows[1] is None) == (top == len(shares) - 1), (link(config), text)
            assert grows[1] is None or (says(medians[top], grows[1]) and grows[2] == steps_back(top))
        elif radius < 1 - 1e-9:
            assert not max(medians) > 1.5 * (1 + 1e-9), (link(config), text)
        assert "rule" not in text
        assert ("exactly 0" in band) == any(min(each) == 0 < max(each) for each in shares), (link(config), band)


def test_of_terms_and_states_is_said_what_there_is():
    for config, experiment in experiments():
        if config.steps > 25:
            continue
        exact, norms = decomposition(experiment).terms, terms_of_losses(experiment)
        for name in ("W1", "Wh1", "b1"):
            text = reach_said.terms_sentence(norms[name], name)
            assert "learned" not in text
            nothing = not exact[name].any()
            assert ("is exactly 0" in text) == nothing, (link(config), text)
            if nothing:
                assert "so is their sum" in text
        steps = tuple(drawn_steps(experiment).tolist())
        text = reach_said.state_sentence(jacobian_norms(experiment, max(config.sample, 0), steps), steps, 0)
        assert ("single step" in text) == (config.steps == 1)


def test_the_gradient_comes_from_where_it_is_said_to_come_from():
    for config, experiment in experiments():
        found, lengths = attributed(experiment), length_of_gradient(experiment)
        values = spectrum(experiment)
        medians = reach_compute.lags(found.sample_norms, values.gamma, values.norm, values.radius).median
        for name, shares in found.shares.items():
            if not (np.isfinite(shares).all() and np.isfinite(lengths[name]) and shares.any()):
                continue
            by_lag = [np.diagonal(shares, -lag).sum() for lag in range(config.steps)]
            there = [np.diagonal(shares, -lag).any() for lag in range(config.steps)]
            furthest = int(np.flatnonzero(there)[-1])
            text = reach_said.share_sentence(reach_compute.shares_by_lag(shares), name, lengths[name], medians)
            assert "does not" not in text
            if "no more than rounding" in text:
                each = np.nansum(found.sample_norms)
                assert lengths[name] <= max(1e-12 * each, 1e-300), (link(config), text)
                continue
            assert ("All of the gradient" in text) == (furthest == 0), (link(config), text)
            if furthest:
                last, way = by_lag[furthest], steps_back(furthest)
                adds = f"{way}, adds **{percent(last, 1)}**", f"{way}, takes **{percent(-last, 1)}** away"
                assert adds[int(last < -NO_PART)] in text, (link(config), text)
            if "vanish" in text:
                assert medians[furthest] < 0.01, (link(config), text)
                assert abs(by_lag[furthest]) < 0.01, (link(config), text)
                assert f"is **{four(lengths[name])}** long" in text
            strange = [each for each in re.findall(r"\*\*([−\d.e]+) %\*\*", text) if not 0 <= number(each) <= 100]
            if strange and not all(abs(number(each)) < 1e-9 for each in strange):
                assert "pull against each other" in text, (link(config), text)


def test_whose_gradient_is_shared_out_is_said():
    for config, experiment in experiments(every=3):
        text, samples = reach_said.whose_sentence(experiment), experiment.trace.X.shape[1]
        assert (f"mean over the {samples} samples" in text) == (samples > 1), link(config)
        full = experiment.backward.gradients
        cut = config.truncation is not None and config.truncation < config.steps
        assert ("the full one" in text) == cut, link(config)
        assert (f"τ = {config.truncation}" in text) == cut
        if config.steps <= 12 and not cut:
            network = experiment.architecture, experiment.parameters, experiment.trace, experiment.task.Y
            kept = backward(*network, config.truncation, config.truncation_kind).gradients
            assert all(map(partial(np.array_equal, equal_nan=True), full, kept)), link(config)


def test_the_cliff_and_the_causes_say_which_gradient_they_speak_of():
    for config, experiment in experiments(every=3):
        step = gradient_step(experiment, "W1.0.0", "b1.0", 1.0)
        found = surface(experiment, "W1.0.0", "b1.0", (-1.0, 1.0, -1.0, 1.0)) if config.steps < 4 else None
        whole = _length(experiment.backward.gradients)
        network = experiment.architecture, experiment.parameters, experiment.trace, experiment.task.Y
        taken = _length(backward(*network, config.truncation, config.truncation_kind).gradients)
        cut = config.truncation is not None and config.truncation < config.steps
        assert (f"τ = {config.truncation})" in causes_said.whole_way_sentence(config)) == cut, link(config)
        text = cliff_said.step_sentence(step)
        assert ("truncated gradient" in text) == cut, (link(config), text)
        if np.isfinite(taken):
            shorter = taken <= 1.0
            assert ("no longer than 1," in text) == shorter or abs(taken - 1) < 1e-9, (link(config), text)
        if found is None or not np.isfinite([whole, taken]).all():
            continue
        text = cliff_said.map_sentence(found, step)
        lengths = re.search(r"all parameters is \*\*(\S+)\*\* long(?:, the truncated one .*? \*\*(\S+)\*\*)?", text)
        assert says(whole, lengths[1]), (link(config), text)
        assert bool(lengths[2]) == cut, (link(config), text)
        assert not cut or says(taken, lengths[2]), (link(config), text)
        assert ("full gradient over" in text) == (cut and "gradient over" in text), (link(config), text)


def _length(gradients):
    return float(np.sqrt(sum((each**2).sum() for each in gradients)))


def test_what_a_state_receives_is_from_the_losses_that_are_named():
    for config, experiment in experiments():
        received = attributed(experiment).contributions
        lengths = received.sum(axis=0)
        text = reach_said.contributions_sentence(received)
        if not np.isfinite(lengths).all() or not lengths.any():
            continue
        senders = np.flatnonzero(received.any(axis=1))
        assert config.steps == 1 or (" alone." in text) == (len(senders) == 1), (link(config), text)
        if config.steps > 1 and len(senders) == 1:
            place = text.split("all from L")[1].removesuffix(" alone.")
            assert place == str(senders[0]).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))
        if most := re.search(r"is longest at step (\d+)", text):
            assert lengths[int(most[1])] == lengths.max()
        shown = [number(each) for each in re.findall(r"\*\*([−\d.e]+) %\*\*", text)]
        if any(not 0 <= each <= 100 for each in shown):
            assert "pull against each other" in text, (link(config), text)


# --- truncation and clipping ------------------------------------------------------------------------------


def test_truncation_says_what_is_cut_and_why_nothing_is_missed():
    for place, (config, experiment) in enumerate(experiments(every=2)):
        T = config.steps
        rng = np.random.default_rng(place)
        length, first = int(rng.integers(1, T + 1)), experiment.architecture.first_loss_step(T)
        found = truncations(experiment, length)
        there = [(t, k) for t in range(first, T) for k in range(t + 1)]
        rules = {"window": lambda t, k: t - k < length, "chunk": lambda t, k: t // length == k // length}  # noqa: B023
        kept = {kind: sum(rule(t, k) for t, k in there) for kind, rule in rules.items()}
        masks = {kind: mask(T, length, kind, first) for kind in KINDS}
        text = truncation_said.confusion_sentence(length, masks["window"], masks["chunk"])
        assert ("keep the same terms" in text) == (kept["window"] == kept["chunk"]), (link(config), text)
        cut = {kind: kept[kind] < len(there) for kind in KINDS}
        for name in ("W1", "Wh1", "b1"):
            one = found.only(name)
            text = truncation_said.alone_sentence(name, {kind: one.at(kind, length) for kind in KINDS}, cut)
            for kind, part in zip(KINDS, text.partition("; ")[::2], strict=True):
                if "nothing is cut" in part:
                    assert not cut[kind], (link(config), text)
                if "adds up to 0" in part:
                    assert cut[kind], (link(config), text)
                    assert one.at(kind, length).error <= 1e-12
            full = getattr(experiment.backward.gradients, name)
            if "nothing to compare" in text and T <= 25:
                assert not full.any() or not np.isfinite(np.linalg.norm(full)), (link(config), text)
        assert LABELS["W1"] in truncation_said.grid_note("W1", "")


def test_clipping_says_when_it_leaves_a_gradient_as_it_is():
    for place, (config, experiment) in enumerate(experiments(every=2)):
        part, of_largest = np.random.default_rng(place).uniform(0.01, 1.25, size=2)
        found = clipping(experiment, part, of_largest)
        if found is None:
            continue
        angles = angle(found.before, found.by_norm), angle(found.before, found.by_value)
        text = truncation_said.clip_sentence(found, angles)
        changed = bool((found.by_norm != found.before).any())
        assert ("left as it is" in text) <= (not changed), (link(config), text)
        assert ("left as it is" in text) == (part > 1), (link(config), text)
        assert changed or part > 1 - 1e-12
