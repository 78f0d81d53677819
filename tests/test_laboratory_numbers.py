"""The laboratory's pages against numbers found another way: by loops over terms, by hand, by the engine."""

import dataclasses
from functools import cache
from xml.etree import ElementTree

import numpy as np
import pytest

from rnnviz.charts import tables
from rnnviz.charts.packed import unpacked
from rnnviz.engine import state_jacobian, train
from rnnviz.experiment import flow
from rnnviz.experiment.clipping import clipping
from rnnviz.experiment.core import decomposition, run, with_parameters
from rnnviz.experiment.flow import attributed, spectrum
from rnnviz.experiment.training import train_run
from rnnviz.laboratory.causes import draw as causes_draw
from rnnviz.laboratory.causes import say as causes_said
from rnnviz.laboratory.causes.compute import causes
from rnnviz.laboratory.cliff import say as cliff_said
from rnnviz.laboratory.cliff import space as cliff_space
from rnnviz.laboratory.cliff.compute import surface
from rnnviz.laboratory.cliff.steps import gradient_step, walk
from rnnviz.laboratory.cures import draw as cures_draw
from rnnviz.laboratory.cures import say as cures_said
from rnnviz.laboratory.cures.compute import CURES, cure_run
from rnnviz.laboratory.reach import compute as reach_compute
from rnnviz.laboratory.reach import draw as reach_draw
from rnnviz.laboratory.reach import say as reach_said
from rnnviz.laboratory.truncation import draw as truncation_draw
from rnnviz.laboratory.truncation import say as truncation_said
from rnnviz.laboratory.truncation.compute import clip_curve
from rnnviz.notation.numbers import four, percent, steps_back
from rnnviz.settings.config import PRESETS, RunConfig
from tests.opening import LABORATORY, charts, healthy, opened

LINK = {
    "preset": "parity",
    "steps": "9",
    "batch": "5",
    "hidden": "4",
    "gain": "1.3",
    "bias": "0.2",
    "clip_norm": "0.02",
    "clip_value": "0.004",
    "epochs": "6",
    "optimiser": "sgd",
    "sample": "2",
    "parameter": "W1",
    "truncation": "3",
    "truncation_kind": "chunk",
}
"""Nothing in this link has its usual value, so that what is ignored is seen."""
PARTIAL = ("W1", "Wh1", "b1")


@cache
def experiment(**changes):
    config, notes = RunConfig.from_query(LINK | changes)
    assert not notes
    return run(config)


@cache
def terms():
    """Every term (t, k), (9, 9, …) for each parameter: held to an oracle in the engine's own tests."""
    return decomposition(experiment()).terms


def page(part, **changes):
    return healthy(opened(LABORATORY, warm=False, part=part, **(LINK | changes)))


def words(at):
    return "\n".join(each.value for group in (at.header, at.markdown, at.caption, at.metric) for each in group)


def values(packed):
    return unpacked(packed).astype(float)


def traces(at):
    """All traces of all charts of a page by name."""
    return {trace.get("name"): trace for chart in charts(at) for trace in chart["marks"]}


def length(gradients):
    return np.sqrt(sum((np.asarray(each) ** 2).sum() for each in gradients))


def flat(gradients):
    return np.concatenate([np.asarray(each).ravel() for each in gradients])


def truncated(kept):
    """The gradient of the kept terms, as one vector."""
    full = experiment().backward.gradients
    return flat(
        sum(terms()[name][t, k] for t in range(9) for k in range(t + 1) if kept(t, k) or t == k)
        if name in PARTIAL
        else getattr(full, name)
        for name in full._fields
    )


# --- where it goes ----------------------------------------------------------------------------------------


def adjoints():
    """‖∂L_t/∂H_k‖ of every sample: the last error times the Jacobians of its own way."""
    here = experiment()
    error = here.trace.Y_hat - here.task.Y
    direct = error @ here.parameters.W2.T / here.task.Y.shape[1]
    found = np.zeros((9, 9, 5))
    for t in range(9):
        for k in range(t + 1):
            for sample in range(5):
                jacobian = state_jacobian(here.architecture, here.parameters, here.trace, t, k, sample)
                found[t, k, sample] = np.linalg.norm(direct[t, sample] @ jacobian)
    return found


@pytest.mark.parametrize(
    ("part", "told"),
    [(0.994, "99 %"), (0.995, "99.5 %"), (0.9994, "99.9 %"), (0.9996, "> 99.9 %"), (1 - 1e-12, "100 %")],
)
def test_nothing_less_than_all_is_a_hundred_percent(part, told):
    assert percent(part, 1) == told


def test_where_it_goes_says_what_loops_over_losses_and_samples_find():
    at = page("reach")
    norms, Wh1 = adjoints(), experiment().parameters.Wh1
    shares = [[norms[t, t - lag, i] / norms[t, t, i] for t in range(lag, 9) for i in range(5)] for lag in range(9)]
    drawn = traces(at)
    np.testing.assert_allclose(values(drawn["median"]["y"]), [np.median(each) for each in shares], rtol=1e-9)
    sigma, rho = np.linalg.norm(Wh1, 2), max(abs(np.linalg.eigvals(Wh1)))
    lag = np.arange(9)
    np.testing.assert_allclose(values(drawn["bound (γ σ<sub>max</sub>)<sup>lag</sup>"]["y"]), sigma**lag)
    np.testing.assert_allclose(values(drawn["long-run rate ρ<sup>lag</sup>"]["y"]), rho**lag)
    text = words(at)
    assert f"{four(np.median(shares[-1]))} times its length" in text
    assert f"allows {four(sigma**8)}" in text
    assert [(metric.label, metric.value) for metric in at.metric] == [
        ("Spectral norm σₘₐₓ(Wₕ₁)", four(sigma)),
        ("Largest slope γ", "1"),
        ("γ σₘₐₓ", four(sigma)),
        ("Spectral radius ρ(Wₕ₁)", four(rho)),
    ]


def test_where_the_gradient_comes_from_says_what_the_terms_say():
    text, name = words(page("reach")), "W1"
    each, gradient = terms()[name], terms()[name].sum(axis=(0, 1))
    shares = [sum((each[t, t - lag] * gradient).sum() for t in range(lag, 9)) / (gradient**2).sum() for lag in range(9)]
    reached = np.cumsum(shares)
    half, nearly = (
        max((lag + 1 for lag in range(9) if abs(1 - reached[lag]) > missing), default=0) for missing in (0.5, 0.01)
    )
    ways = {0: "at the same step"}
    assert f"W₁ comes from terms {ways.get(half, f'up to **{steps_back(half)}**')}" in text
    assert nearly > 0
    assert f"**{percent(reached[half], 1)}** of the gradient of W₁" in text
    assert f"**{percent(reached[nearly], 1)}** from those up to **{steps_back(nearly)}**" in text
    assert shares[-1] < 0
    assert f"8 steps back, takes **{percent(-shares[-1], 1)}** away" in text
    here = experiment()
    error = (here.trace.Y_hat - here.task.Y) @ here.parameters.W2.T / 5
    parts = np.zeros((9, 9, 5, 4))
    for t in range(9):
        for k in range(t + 1):
            for i in range(5):
                jacobian = state_jacobian(here.architecture, here.parameters, here.trace, t, k, i)
                parts[t, k, i] = error[t, i] @ jacobian
    arriving = parts.sum(axis=0)
    lengths = np.sqrt((arriving**2).sum(axis=(1, 2)))
    most = int(lengths.argmax())
    assert f"The error ∂L/∂Hₖ is longest at step {most}, **{four(lengths[most])}**" in text
    own, far = ((parts[t, 0] * arriving[0]).sum() / lengths[0] ** 2 for t in (0, 8))
    assert f"L₀ gives **{percent(own, 1)}** and the last one, L₈, **{percent(far, 1)}**" in text


@pytest.mark.parametrize("name", PARTIAL)
def test_the_length_beside_the_shares_is_that_of_the_chosen_parameter(name):
    at = healthy(opened(LABORATORY, warm=False, preset="vanishing", parameter=name, part="reach"))
    gradients = run(PRESETS["vanishing"].config).backward.gradients
    expected = np.linalg.norm(getattr(gradients, name))
    assert f"the gradient, the sum of all terms, is **{four(expected)}** long" in words(at)


def test_the_map_of_states_is_of_the_chosen_sample():
    at = opened(LABORATORY, warm=False, part="reach", **LINK)
    at.get_by_key("flow.picture").set_value("map of states").run()
    here = experiment()
    jacobian = state_jacobian(here.architecture, here.parameters, here.trace, 8, 0, 2)
    expected = np.linalg.norm(jacobian, 2)
    assert (
        f"Sample 3: a small change of the state of step 0 reaches that of step 8 **{four(expected)}** times"
        in words(healthy(at))
    )


@pytest.mark.parametrize(
    "preset", ["adding", "echo", "characters", "sunspots", "transient-growth", "stable", "exploding"]
)
def test_nothing_is_said_to_vanish_where_errors_are_carried(preset):
    here = run(PRESETS[preset].config)
    left = flow_of(here.config)
    if not left.median[-1] < flow.VANISHED:
        for name in PARTIAL:
            text = reach_said.share_sentence(
                reach_compute.shares_by_lag(attributed(here).shares[name]), name, 1.0, left.median
            )
            assert "vanish" not in text
    assert ("**vanishes**" in reach_said.flow_sentence(left)) == bool(left.median[-1] < flow.VANISHED)


def flow_of(config):
    here = run(config)
    found = spectrum(here)
    return reach_compute.lags(attributed(here).sample_norms, found.gamma, found.norm, found.radius)


def lags_with(median, stretch, low=None, high=None, trend=None):
    """What the sentences are made of, with any numbers."""
    lag = np.arange(len(median))
    median = np.array(median, dtype=float)
    low, high = (median if each is None else np.array(each, dtype=float) for each in (low, high))
    trend = 0.5**lag if trend is None else np.array(trend, dtype=float)
    return reach_compute.Lags(lag, median, low, high, len(lag) - 1, stretch**lag, trend, stretch)


def test_an_error_had_to_vanish_only_where_the_bound_says_so():
    had = lags_with([1, 0.1, 1e-3], 0.05)
    assert "as it had to with γ σₘₐₓ = 0.05 below 1" in reach_said.flow_sentence(had)
    allowed = lags_with([1, 0.1, 1e-3], 0.9)
    assert "though γ σₘₐₓ = 0.9 would leave more" in reach_said.flow_sentence(allowed)
    longer = lags_with([1, 0.1, 1e-3], 1.5)
    assert "though γ σₘₐₓ = 1.5 is not below 1" in reach_said.flow_sentence(longer)


def test_growth_on_the_way_is_told_only_where_the_trend_falls():
    assert "grows to **3**" in reach_said.flow_sentence(lags_with([1, 3, 0.5], 4.0))
    assert "grows" not in reach_said.flow_sentence(lags_with([1, 3, 0.5], 4.0, trend=[1, 1.1, 1.2]))


def test_a_sample_that_explodes_is_told_where_the_median_does_not():
    text = reach_said.flow_sentence(lags_with([1, 0.1, 1e-5], 2.0, low=[1, 0.1, 1e-9], high=[1, 5, 40]))
    assert "One by one it is between **1e−9** and **40**" in text
    assert "One by one" not in reach_said.flow_sentence(lags_with([1, 0.1, 1e-5], 2.0))
    text = reach_said.flow_sentence(flow_of(PRESETS["cliff"].config))
    assert "One by one" in text


def test_silence_and_overflow_are_told_apart():
    silent = reach_compute.lags(np.zeros((3, 3)), 1.0, 0.5, 0.5)
    assert "No loss sends an error" in reach_said.flow_sentence(silent)
    broken = np.full((3, 3), np.nan)
    assert "not finite" in reach_said.flow_sentence(reach_compute.lags(broken, 1.0, 0.5, 0.5))
    grown = np.tri(3)
    grown[1, 0] = grown[2, 1] = 1e3
    grown[2, 0] = np.inf
    text = reach_said.flow_sentence(reach_compute.lags(grown, 1.0, 2.0, 2.0))
    assert "**explodes**: one step back it has **1000** times its length" in text
    assert tables.zero_sentence(broken) == "No norm here is a finite number."


def test_the_band_reaches_the_edge_where_one_of_its_errors_is_exactly_0():
    found = lags_with([1, 0.5, 0.2], 1.0, low=[1, 0.1, 0], high=[1, 0.6, 0.3])
    drawn = reach_draw.left_by_lag(found, "light")
    high, low = drawn.marks[0].high, drawn.marks[0].low
    np.testing.assert_array_equal(high, found.high)
    np.testing.assert_array_equal(low[:2], found.low[:2])
    assert 0 < low[2] < 10 ** drawn.y.range[0]


def test_without_weights_the_bound_is_0_and_not_a_smallest_number():
    assert flow.bound(0.0, np.arange(3)).tolist() == [1, 0, 0]
    text = reach_said.flow_sentence(flow_of(PRESETS["vanishing"].config.replace(spectral_radius=0.0)))
    assert "allows **0**" in text


def test_errors_of_equal_length_have_no_longest():
    equal = np.diag([1.0, 1.0 + 1e-13, 1.0])
    assert "The error ∂L/∂Hₖ has the same length at every step, **1**" in reach_said.contributions_sentence(equal)
    other = np.diag([1.0, 1.5, 1.0])
    assert "The error ∂L/∂Hₖ is longest at step 1, **1.5**" in reach_said.contributions_sentence(other)


def test_an_error_that_overflows_is_not_called_none():
    changes = {"activation": "identity", "steps": 200, "gain": 5.0, "spectral_radius": 5.0}
    found = attributed(run(PRESETS["exploding"].config.replace(**changes))).contributions
    assert not np.isfinite(found).all()
    assert "not finite" in reach_said.contributions_sentence(found)


def test_terms_that_pull_against_the_gradient_are_told():
    found = reach_compute.ByLag(np.array([1.2, 0.3]), np.array([-0.1, -0.4]), np.cumsum(np.array([1.1, -0.1])))
    text = reach_said.share_sentence(found, "W1", 1.0, np.ones(2))
    assert f"make **{percent(1.5, 1)}** of it" in text
    assert f"take **{percent(0.5, 1)}** away" in text
    quiet = reach_compute.ByLag(np.array([0.9, 0.1]), np.zeros(2), np.array([0.9, 1.0]))
    assert "pull" not in reach_said.share_sentence(quiet, "W1", 1.0, np.ones(2))


def test_the_line_of_the_shares_is_what_a_window_keeps():
    found = reach_compute.ByLag(np.array([0.5, 0.8, 0.1]), np.array([0.0, -0.3, -0.1]), np.array([0.5, 1.0, 1.0]))
    drawn = {trace.name: trace.y for trace in reach_draw.by_lag(found, "light").marks}
    (line,) = [y for name, y in drawn.items() if "up to" in name]
    np.testing.assert_array_equal(line, found.reached)


# --- two causes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("slopes", ["held", "follow"])
def test_two_causes_says_what_products_of_matrices_find(slopes):
    at = page("causes", slopes=slopes)
    here, own = experiment(gain="1.0") if slopes == "held" else experiment(), experiment()
    used, Wh1 = (1 - here.trace.H**2)[:, 2], own.parameters.Wh1
    product, power, alone = np.eye(4), np.eye(4), np.eye(4)
    for step in range(8, 0, -1):
        slope = np.diag(used[step])
        product, power, alone = product @ slope @ Wh1.T, power @ Wh1.T, alone @ slope
    text = words(at)
    together, weights, bare = (np.linalg.norm(each, 2) for each in (product, power, alone))
    assert f"Over 8 steps back an error comes to at most {four(together)} times its length" in text
    assert f"Wₕ₁ alone would leave at most **{four(weights)}**" in text
    assert f"the slopes alone at most **{four(bare)}**" in text
    assert f"The mean slope is **{four(used.mean())}**" in text
    assert f"**{percent((used < 0.1).mean(), 1)}** of all 36 slopes" in text
    assert "Sample 3, from the state of step 8 back." in text
    radii = abs(np.linalg.eigvals(Wh1))
    outside = int((radii > 1).sum())
    assert (f"{outside} of 4 eigenvalues" if outside else "None of the 4 eigenvalues") in text
    assert f"ρ = **{four(radii.max())}**" in text
    mean = (1 - own.trace.H**2)[:, 2].mean()
    told = f"held at a mean of **{four(used.mean())}**. Let go, they follow Wₕ₁ to a mean of **{four(mean)}**"
    assert (told in text) == (slopes == "held")


def test_eigenvalues_are_counted_against_1_and_not_against_the_largest_stretch():
    config = PRESETS["transient-growth"].config.replace(spectral_radius=1.1)
    found = causes(run(config))
    outside = int((abs(spectrum(run(config)).eigenvalues) > 1).sum())
    assert outside > 0
    assert causes_said.eigenvalue_sentence(found).startswith(f"{outside} of ")


def test_equal_radius_and_stretch_are_not_enough_to_be_called_normal():
    class Found:
        pass

    found = Found()
    matrix = np.array([[1.0, 0, 0], [0, 0, 0.5], [0, 0, 0]])
    base = spectrum(run(PRESETS["stable"].config))
    found.spectrum = type(base)(1.0, 1.0, 1.0, np.linalg.eigvals(matrix), np.linalg.svd(matrix, compute_uv=False))
    assert "not normal" in causes_said.eigenvalue_sentence(found)
    found.spectrum = base
    assert "is normal" in causes_said.eigenvalue_sentence(found)


def test_slopes_over_time_are_drawn_as_they_are():
    found = causes(run(PRESETS["saturation"].config), 1)
    drawn = {trace.name: trace.y for trace in causes_draw.slopes_over_time(found, "light").marks}
    (share,) = [y for name, y in drawn.items() if name and "saturated" in name]
    np.testing.assert_allclose(share, (found.slopes < 0.1).mean(axis=1))
    assert found.saturated.mean() > 0.6


def test_the_dotted_circle_has_the_spectral_radius():
    drawn = causes_draw.eigenvalues(np.array([0.5 + 0.2j, 0.5 - 0.2j]), 0.6, "light")
    unit, radius, *dots = ElementTree.fromstring(drawn).findall("{http://www.w3.org/2000/svg}circle")
    assert float(radius.get("r")) / float(unit.get("r")) == pytest.approx(0.6, abs=1e-3)
    assert float(dots[0].get("cy")) < causes_draw.SIZE / 2 < float(dots[1].get("cy"))


# --- truncation and clipping ------------------------------------------------------------------------------


@pytest.mark.parametrize("length_", [2, 5])
def test_truncation_says_what_the_kept_terms_add_up_to(length_):
    at = opened(LABORATORY, warm=False, part="truncation", **LINK)
    at.slider(key="flow.length").set_value(length_).run()
    text, whole = words(healthy(at)), flat(experiment().backward.gradients)
    kinds = {"window": lambda t, k: t - k < length_, "chunk": lambda t, k: t // length_ == k // length_}
    for keeps in kinds.values():
        part = truncated(keeps)
        count = sum(keeps(t, k) for t in range(9) for k in range(t + 1))
        share, size = part @ whole / (whole @ whole), np.linalg.norm(whole)
        cosine = part @ whole / size / np.linalg.norm(part)
        error = np.linalg.norm(part - whole) / size
        assert (
            f"τ = {length_} keeps **{count} of 45** terms and **{percent(share, 1)}** of the full "
            f"gradient of all parameters along its direction; "
            f"cosine **{four(cosine)}**, error **{percent(error, 1)}**."
        ) in text


def test_the_grids_are_of_the_chosen_parameter():
    at = page("truncation")
    largest = np.log10(np.sqrt((terms()["W1"] ** 2).sum(axis=(2, 3))).max())
    shown = next(trace for chart in charts(at) for trace in chart["marks"] if trace["kind"] == "map")
    assert np.nanmax(values(shown["z"])) == pytest.approx(largest, rel=1e-6)


def test_clipping_says_what_the_two_limits_do():
    at = opened(LABORATORY, warm=False, part="truncation", **LINK)
    at.session_state["flow.way"] = "clipping"
    at.run()
    at.slider(key="flow.clip_norm").set_value(0.7).run()
    at.slider(key="flow.clip_value").set_value(0.2).run()
    whole = flat(experiment().backward.gradients)
    limit = 0.2 * abs(whole).max()
    by_value = np.clip(whole, -limit, limit)
    cosine = by_value @ whole / np.linalg.norm(by_value) / np.linalg.norm(whole)
    text = words(healthy(at))
    size = np.linalg.norm(whole)
    assert f"Clipped by norm at {four(0.7 * size)} it is **{four(0.7 * size)}** long" in text
    assert f"which cuts **{percent((abs(whole) > limit).mean(), 1)}** of the entries" in text
    assert f"**{four(np.linalg.norm(by_value))}** long and turned by **{np.degrees(np.arccos(cosine)):.3g}°" in text


def test_lengths_over_the_limit_keep_their_names():
    real = clip_curve(experiment())
    drawn = {trace.name: trace.y for trace in truncation_draw.over_limit(real, "light").marks}
    np.testing.assert_array_equal(drawn["by value: length left"], real["length by value"])
    np.testing.assert_array_equal(drawn["by norm: length left"], real["length by norm"])


def test_the_largest_entries_are_before_by_norm_and_by_value():
    found = clipping(experiment(), 0.5, 0.3)
    _, columns = truncation_said.largest(found, [str(place) for place in range(len(found.before))])
    whole = np.sort(abs(flat(experiment().backward.gradients)))[::-1][:6]
    np.testing.assert_allclose(abs(columns[:, 0]), whole)
    np.testing.assert_allclose(abs(columns[:, 1]), 0.5 * whole)
    np.testing.assert_allclose(abs(columns[:, 2]), np.minimum(whole, 0.3 * whole[0]))


def test_what_rounding_leaves_of_no_error_is_called_0():
    at = opened(LABORATORY, warm=False, part="truncation", preset="parity", steps="9", parameter="W2")
    at.slider(key="flow.length").set_value(9).run()
    assert "error **0 %**" in words(healthy(at))
    assert "e−1" not in words(at)


# --- the cliff --------------------------------------------------------------------------------------------


def trained(**changes):
    """The losses and parameters of the experiment's own training, by the engine alone."""
    here = experiment()
    config = here.config.replace(**changes)
    return list(
        train(
            here.architecture,
            here.parameters,
            here.task.X,
            here.task.Y,
            epochs=config.epochs,
            learning_rate=config.learning_rate,
            clip_norm=config.clip_norm,
            clip_value=config.clip_value,
            truncation=config.truncation,
            truncation_kind=config.truncation_kind,
            H_init=here.H_init,
        )
    )


def loss_at(parameters):
    return float(with_parameters(experiment(), parameters).backward.loss)


def stepped(gradient):
    return type(gradient)(
        *(
            values - experiment().config.learning_rate * slope
            for values, slope in zip(experiment().parameters, gradient, strict=True)
        )
    )


def test_the_cliff_names_the_gradient_of_the_kept_terms_and_takes_its_step():
    text = words(page("cliff"))
    here = experiment()
    part = next(iter(trained())).gradients
    size = length(part)
    assert f"of all parameters is **{four(length(here.backward.gradients))}** long" in text
    assert f"(τ = 3, “detach every τ”) **{four(size)}**" in text
    assert "−η times the truncated gradient" in text
    after, eta = stepped(part), here.config.learning_rate
    assert f"**{four(eta * size)}** long and lands at a loss of **{four(loss_at(after))}**" in text
    assert f"**{four(eta * 0.02)}** long" in text
    alone = here.parameters.Wh1.copy(), here.parameters.b1.copy()
    alone[0][0, 0], alone[1][..., 0] = after.Wh1[0, 0], after.b1[..., 0]
    two = loss_at(here.parameters._replace(Wh1=alone[0], b1=alone[1]))
    assert f"**{four(loss_at(after))}** ({four(two)} if only these two move)" in text


@pytest.mark.parametrize(
    ("walks", "runs"),
    [
        ("plain and clipped", {"Training, not clipped": (None, None), "Training, clipped to 0.02": (0.02, None)}),
        ("as set", {"Training as set": (0.02, 0.004)}),
    ],
)
def test_the_walks_are_trained_as_their_names_say(walks, runs):
    at = page("cliff")
    at.get_by_key("cliff.walks").set_value(walks).run()
    text = words(healthy(at))
    for name, (clip_norm, clip_value) in runs.items():
        last = trained(clip_norm=clip_norm, clip_value=clip_value)[-1]
        end = loss_at(type(last.parameters)(*map(np.add, last.parameters, last.updates)))
        assert f"{name} ends after 6 updates at a loss of **{four(end)}**" in text
    assert ("left out of both" in text) == (walks != "as set")


def test_a_broken_run_has_made_as_many_updates_as_the_training_page_says():
    config = PRESETS["exploding"].config.replace(activation="identity", learning_rate=10.0, steps=30, epochs=40)
    here = run(config)
    broken = train_run(here)
    assert not broken.finite
    found = walk(here, broken, "Wh1.0.0", "b1.0")
    assert found.updates == broken.epochs_done - 1
    grid = surface(here, "Wh1.0.0", "b1.0", (-1.0, 1.0, -1.0, 1.0))
    text = cliff_said.walk_sentence(found, grid, "Training")
    count = f"{found.updates} update" + ("" if found.updates == 1 else "s")
    assert f"breaks after {count}:" in text
    assert f"stopped after {count}:" in broken.message


def test_a_long_walk_says_that_its_share_is_of_what_is_drawn():
    for epochs, told in ((300, False), (600, True)):
        here = run(experiment().config.replace(epochs=epochs))
        found = walk(here, train_run(here), "Wh1.0.0", "b1.0")
        assert found.thinned == told
        grid = surface(here, "Wh1.0.0", "b1.0", (-1.0, 1.0, -1.0, 1.0))
        text = cliff_said.walk_sentence(found, grid, "Training")
        assert ("of the way between its drawn points" in text) == told


def test_a_point_of_a_walk_knows_how_many_updates_it_took():
    here = run(experiment().config.replace(epochs=600))
    found = walk(here, train_run(here), "Wh1.0.0", "b1.0")
    grid = surface(here, "Wh1.0.0", "b1.0", (-1.0, 1.0, -1.0, 1.0))
    step = gradient_step(here, "Wh1.0.0", "b1.0", 0.02)
    picture = cliff_space.space(grid, step, {"plain": found}, "light")
    (flat,) = (mark for mark in picture.flat.marks if getattr(mark, "updates", None) is not None)
    (line,) = (trace for trace in picture.figure.data if trace.name == flat.name)
    np.testing.assert_array_equal(flat.updates, found.epochs)
    assert tuple(flat.words) == line.hovertext
    for words, epoch, loss in zip(flat.words, found.epochs, found.losses, strict=True):
        assert f"after {epoch} update" in words
        assert f"L = {loss:.6g}".replace("e-0", "e-") in words.replace("−", "-")
    assert found.epochs[-1] == 600


def test_the_map_lies_around_the_start_values():
    at = opened(LABORATORY, warm=False, part="cliff", **LINK)
    at.get_by_key("cliff.walks").set_value("none").run()
    drawn = next(trace for trace in charts(healthy(at))[0]["marks"] if trace["kind"] == "contour")
    start = experiment().parameters
    for axis, value in (("x", start.Wh1[0, 0]), ("y", start.b1.ravel()[0])):
        places = values(drawn[axis])
        np.testing.assert_allclose(places[[0, -1]], [value - 0.6, value + 0.6])


def test_a_step_into_what_overflows_is_told_without_a_number():
    here = run(PRESETS["exploding"].config.replace(steps=60))
    text = cliff_said.step_sentence(gradient_step(here, "Wh1.0.0", "b1.0", 1.0))
    assert "long and lands where L is **not finite**" in text


def test_the_curve_over_tau_names_each_error():
    at = opened(LABORATORY, warm=False, part="truncation", **LINK)
    at.slider(key="flow.length").set_value(4).run()
    whole, told = flat(experiment().backward.gradients), []
    for name, keeps in (
        ("the last τ steps", lambda t, k: t - k < 4),
        ("detach every τ", lambda t, k: t // 4 == k // 4),
    ):
        error = np.linalg.norm(truncated(keeps) - whole) / np.linalg.norm(whole)
        told.append(f"“{name}” {four(error)}")
    assert f"τ = 4, relative error for all parameters: {', '.join(told)}." in words(healthy(at))


# --- what cures it ----------------------------------------------------------------------------------------


@cache
def outcome(name="plain", updates=30):
    return cure_run("adding", 10, {cure.name: cure for cure in CURES}[name], seed=1, updates=updates)


@pytest.mark.parametrize("name", ["plain", "truncation", "gru"])
def test_after_training_is_after_the_last_update(name):
    """One update more begins where the shorter run ended."""
    short, longer = outcome(name, 30), outcome(name, 31)
    assert short.points[-1] == 30
    assert longer.points[-1] == 31
    place = longer.points.tolist().index(30)
    assert short.held_out[-1] == pytest.approx(longer.held_out[place], rel=1e-12)
    assert (short.end != longer.end).any()


def test_before_and_after_training_are_not_mixed_up():
    made = [outcome("plain"), outcome("gru")]
    for after in (False, True):
        ends = {each.cure.label: (each.end if after else each.start)[-1] for each in made}
        best = max(ends, key=ends.get)
        text = cures_said.flow_sentence(made, after)
        assert text.startswith("After" if after else "Before")
        assert f"with {best}, **{four(ends[best])}**" in text
        drawn = {trace.name: trace.y for trace in cures_draw.by_lag(made, ["plain", "gru"], after, "light").marks}
        expected = made[1].end if after else made[1].start
        np.testing.assert_array_equal(drawn[made[1].cure.label], expected)


def test_the_curves_are_judged_by_their_end():
    rising = dataclasses.replace(outcome(), held_out=np.array([0.2, 0.1, 0.7]), constant=1.0)
    assert "at **0.7**, **" + percent(0.7, 1) in cures_said.curve_sentence([rising])


def test_the_page_says_after_training_what_is_after_it(monkeypatch):
    monkeypatch.setattr("rnnviz.laboratory.cures.compute.plan", lambda: [(10, CURES[0])])
    at = healthy(opened(LABORATORY, warm=False, part="cures", seed="1"))
    at.get_by_key("cures.epochs").set_value("100").run()
    at.button(key="cures.run").click().run()
    found = outcome("plain", 100)
    for when, share in (("before training", found.start[-1]), ("after training", found.end[-1])):
        at.get_by_key("cures.when").set_value(when).run()
        assert f"**{four(share)}** of the error's length is left with tanh" in words(healthy(at))
