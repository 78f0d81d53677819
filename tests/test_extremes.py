"""Extreme numbers and settings: every view draws something or says why it does not, and none fails."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import product
from types import SimpleNamespace as Record

import numpy as np
import pytest

from rnnviz.charts import blank, grids, heat
from rnnviz.charts.marks import Chart
from rnnviz.charts.packed import packed, unpacked
from rnnviz.checks.gradient import draw as gradient_draw
from rnnviz.experiment.training import train_run
from rnnviz.laboratory.causes import draw as causes_draw
from rnnviz.laboratory.cliff import draw as cliff_draw
from rnnviz.laboratory.cliff import space as cliff_space
from rnnviz.laboratory.cures import draw as cures_draw
from rnnviz.laboratory.forward import draw as forward_draw
from rnnviz.laboratory.learned import draw as learned_draw
from rnnviz.laboratory.learned.compute import course as path_over_the_loss
from rnnviz.laboratory.reach import draw as reach_draw
from rnnviz.laboratory.reach.compute import Bands, ByLag, Lags
from rnnviz.laboratory.truncation import draw as truncation_draw
from rnnviz.scene import panels
from tests.configurations import spread
from tests.opening import LABORATORY, ROOT, charts, healthy, opened

# --- numbers near the ends of the float range -------------------------------------------------------------

NUMBERS = {
    "tiny": [1e-300, 3e-310, 5e-324, 1e-320],
    "huge": [1e300, 1e308, 1.7e308, 1e307],
    "all of them": [5e-324, 1.0, 1.7e308, 1e-300],
    "both signs": [-1.7e308, 1.7e308, 0.0, 1.0],
    "denormal signs": [-5e-324, 5e-324, 0.0, 0.0],
    "zero": [0.0, 0.0, 0.0, 0.0],
    "nowhere": [np.nan, np.nan, np.nan, np.nan],
    "overflowed": [np.inf, -np.inf, np.nan, np.inf],
    "gaps": [1.0, np.nan, np.inf, 2.0],
    "alone": [np.nan, 1e308, np.nan, np.nan],
    "one level": [1e17, 1e17, 1e17, 1e17],
    "rounding": [1.0, 1.0 + 2e-16, 1.0, 1.0],
}


def of_flow(v, size):
    square = np.tril(np.resize(size, (12, 12)))
    yield forward_draw.states(np.tile(v, (12, 4)), ("a",) * 16, "light")
    yield forward_draw.states(np.tile(v, (3, 1)), tuple("abcd"), "light")
    yield grids.norms(square, "light")
    yield grids.norms(square[:4, :4], "dark", cut=np.eye(4, dtype=bool))
    yield heat.norms(size[:1, None], theme="light")
    for count in (4, 1):
        yield reach_draw.left_by_lag(
            Lags(np.arange(count), *[size[:count]] * 3, count - 1, *[size[:count]] * 2, 1.0), "light"
        )
    yield reach_draw.by_lag(ByLag(size, -size, v), "light")
    yield reach_draw.by_state(Bands(("a", "b"), np.array([size, v])), "light")
    found = Record(weights=size, slopes_alone=size, singular=np.column_stack([size, size]), bound=1.0)
    yield causes_draw.way_back(found, "light")


def of_checks(v, size):
    places = [("Wh1", (0, place)) for place in range(4)]
    yield gradient_draw.scatter(Record(analytic=v, numeric=v[::-1], entries=places, worst=0), "light")
    errors = {"central": size, "forward": size, "analytic": size}
    yield gradient_draw.error_curve(Record(epsilons=10.0 ** -np.arange(4), errors=errors), "light")
    yield gradient_draw.trainings(size, size[:1], "light")
    yield gradient_draw.trainings(size, None, "light")


def of_the_cliff(v, size):
    axes = {"x": np.linspace(-1, 1, 4), "y": np.linspace(-1, 1, 4), "losses": np.tile(size, (4, 1))}
    found = Record(entries=("Wh1.0.0", "Wh1.0.1"), slopes=np.ones((2, 2)), **axes)
    far, near = (Record(place=place, loss=size[0], length=1.0) for place in ((1e300, -1e300), (0.1, 0.1)))
    step = Record(at=(0.0, 0.0), plain=far, clipped=near, length=2.0, limit=1.0, loss=size[1])
    walk = Record(x=v, y=v[::-1], epochs=np.arange(4), losses=size, finite=True)
    drawn = cliff_draw.contour(found, step, {"own": walk}, "light")
    assert all((np.nan_to_num(np.array(mark.x, dtype=float)) < 1e7).all() for mark in drawn.marks)
    yield drawn
    yield cliff_space.space(found, step, {}, "light")
    yield learned_draw.over_loss(Record(path=np.column_stack([v, v]), epochs=np.arange(4), **axes), "light")


def of_learning(v, size):
    yield learned_draw.forecast_lines(Record(years=np.arange(4), truth=v, forecasts={"network": v}), "light", "unit")
    column = {"target": v[:, None], "predicted": v[:, None]}
    shown = Record(outputs=("a",), places=np.arange(4), axis="step t", unit="unit", **column)
    yield forward_draw.lines(shown, "light")
    cure = Record(label="a cure", name="cure")
    outcome = Record(
        cure=cure,
        points=np.arange(4),
        held_out=size,
        training=size,
        losses=size,
        constant=1.0,
        constant_training=1.0,
        start=size,
        end=size,
    )
    yield cures_draw.learning([outcome], ["cure"], False, "light")
    yield cures_draw.learning([outcome], ["cure"], True, "light")
    yield cures_draw.by_lag([outcome], ["cure"], True, "light")
    yield cures_draw.reached(size[None], size[None] > 0, ["a cure"], [1, 2, 3, 4], "light")
    shares = np.clip(v, 0, 1)
    measured = {f"{a} by {b}": shares for a in ("angle", "length") for b in ("value", "norm")}
    yield truncation_draw.over_limit({"part": np.arange(1.0, 5), **measured}, "light")
    yield truncation_draw.entries(list("abcd"), np.tile(v[:, None], (1, 3)), "light")
    likeness = Record(error=v, cosine=v, share=v)
    found = Record(lengths=np.arange(1, 5), likeness={"window": likeness, "chunk": likeness})
    yield truncation_draw.over_length(found, "error", 2, "light")


@pytest.mark.parametrize("figures", [of_flow, of_checks, of_the_cliff, of_learning])
@pytest.mark.parametrize("kind", NUMBERS)
def test_any_numbers_are_drawn_or_the_figure_says_why_not(kind, figures):
    values = np.array(NUMBERS[kind])
    for picture in figures(values, np.abs(values)):
        if isinstance(picture, str):
            assert "<td" in picture
            assert "nan" not in picture
        elif not blank.instead(picture if isinstance(picture, Chart) else picture.flat):
            check_drawable(picture)
        else:
            assert kind in ("nowhere", "overflowed", "zero", "alone")


def check_drawable(picture):
    if isinstance(picture, Chart):
        check_marks(json.loads(packed(picture)))
    else:
        check_limits(json.loads(picture.figure.to_json()))


def check_marks(sent):
    """Both axes have a span and ticks, and a number of some mark stands between their ends."""
    ends = {}
    for name, axis in sent["axes"].items():
        low, high = sorted(axis["range"])
        assert np.isfinite([low, high]).all()
        assert high / 2 - low / 2 > 0
        assert 1 <= len(axis["ticks"]) < 40
        assert all(low <= place <= high for place, _ in axis["ticks"])
        ends[name] = (low, high, axis["log"])
    maps = [mark for mark in sent["marks"] if "z" in mark and not mark.get("picked")]
    for each in maps:
        assert np.isfinite(each["scale"]["span"]).all()
        assert sent["ground"] or np.isfinite(unpacked(each["z"])).any()
    drawn = [mark for mark in sent["marks"] if mark["kind"] in ("line", "dots", "bar")]
    assert maps or any(np.logical_and(*(within(mark[name], ends[name]) for name in "xy")).any() for mark in drawn)


def within(numbers, ends):
    low, high, log = ends
    with np.errstate(all="ignore"):
        places = np.log10(unpacked(numbers)) if log else unpacked(numbers)
    return (places >= low) & (places <= high)


LIMITS = [("cmin", "cmax"), ("start", "end")]


def check_limits(drawn):
    """Every range and colour scale has two finite ends apart from each other, their difference finite too."""
    if isinstance(drawn, dict):
        pairs = [drawn["range"]] if "range" in drawn else []
        pairs += [[drawn[low], drawn[high]] for low, high in LIMITS if high in drawn and low in drawn]
        for low, high in pairs:
            assert low is not None
            assert high is not None
            assert 0 < abs(high - low) < np.inf
    for value in drawn.values() if isinstance(drawn, dict) else drawn if isinstance(drawn, list) else ():
        check_limits(value)


@pytest.mark.parametrize("kind", NUMBERS)
def test_the_studios_small_charts_have_an_axis_for_any_numbers(kind):
    values = np.array(NUMBERS[kind])
    for each in (values, np.abs(values)):
        packed = panels.series("a", np.arange(4), each, "--ink")
        np.testing.assert_allclose(unpacked(packed["ys"]), each, rtol=1e-6)
        check_panel(panels.lines("id", "title", [packed], "words"))
        check_panel(panels.grid("id", "title", np.arange(4), each[:, None], "lag", "chain", "words"))


def check_panel(panel):
    axis = panel["axis"]
    assert np.isfinite([axis["low"], axis["high"]]).all()
    assert axis["low"] < axis["high"] or panel["kind"] == "map"
    assert axis["low"] > 0 or not axis["log"]
    assert panel["kind"] == "map" or axis["ticks"]


# --- settings at their ends -------------------------------------------------------------------------------

PAGES = ["app.py", *sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "pages").glob("*.py"))]
CHECK, TRUST, TRAINING, STATES = (
    next(page for page in PAGES if name in page) for name in ("check", "true", "Training", "Unrolled")
)
CHECKING = (CHECK, TRUST)
"""Pages that recompute every gradient several times: seconds for 200 steps."""
ACTIVATIONS = ("tanh", "relu", "sigmoid", "identity")
OUTPUTS = ("softmax_cce", "sigmoid_bce", "softmax_se", "sigmoid_se", "identity_se", "relu_se")
FAST = {"learning_rate": "10", "epochs": "4", "batch": "2"}
CORNERS = [
    {"steps": "1", "hidden": "1", "spectral_radius": "0", "activation": "relu", "output": "relu_se"},
    {"steps": "1", "hidden": "64", "spectral_radius": "5", "activation": "identity", "output": "softmax_cce"},
]
LONG = {"steps": "200", "hidden": "1", "batch": "1", "epochs": "2", "learning_rate": "10"}
LONGEST = [
    LONG | {"activation": "identity", "spectral_radius": "5", "gain": "5", "output": "identity_se"},
    LONG | {"hidden": "64", "activation": "sigmoid", "spectral_radius": "0", "output": "sigmoid_bce"},
]


def pairs():
    """Every activation with every output, at short and long, narrow and wide, dead and wild networks."""
    for place, (activation, output) in enumerate(product(ACTIVATIONS, OUTPUTS)):
        yield FAST | {
            "activation": activation,
            "output": output,
            "steps": ("1", "12")[place % 2],
            "hidden": ("1", "8")[place // 2 % 2],
            "spectral_radius": ("0", "5", "5")[place % 3],
            "optimiser": ("sgd", "momentum", "adam")[place % 3],
        }


def check_page(at, query):
    """Open the page with these settings and look at all that it draws."""
    at.query_params.clear()
    for name, value in query.items():
        at.query_params[name] = value
    healthy(at.run())
    assert at.title[0].value
    assert at.markdown or at.get("bidi_component")
    for chart in charts(at):
        assert len(chart["alt"]) > 20
        check_marks(chart) if "axes" in chart else check_limits(chart)
    for component in at.get("bidi_component"):
        if component.proto.component_name.endswith(("rnnviz_stage", "rnnviz_training")):
            for panel in json.loads(component.proto.bytes)["scene"].get("panels", ()):
                check_panel(panel)


AT_CORNERS = [(page, place) for page in PAGES for place in range(2 if page in CHECKING else 4)]


@pytest.mark.parametrize(("page", "place"), spread(AT_CORNERS, 7))
def test_every_page_at_the_corners_of_its_settings(page, place):
    check_page(opened(page, warm=False), FAST | [*CORNERS, *LONGEST][place])


@pytest.mark.parametrize(
    ("page", "every"),
    [
        (TRAINING, 5),
        *(pytest.param(page, 1, marks=pytest.mark.slow) for page in (TRAINING, STATES, LABORATORY)),
        pytest.param(CHECK, 5, marks=pytest.mark.slow),
    ],
)
def test_every_activation_with_every_loss(page, every):
    """Of all pairs the gradient check, which computes longer, sees every fifth, and so does what is not slow."""
    at = opened(page, warm=False)
    for query in list(pairs())[::every]:
        check_page(at, query)


@pytest.mark.parametrize("scale", [1e140, 1e200])
def test_the_path_over_the_loss_of_any_size_is_a_path_or_none(preset, scale):
    experiment = preset("lecture-sequence-to-sequence", epochs=4)
    run = train_run(experiment)
    run = replace(run, parameters={name: values * scale for name, values in run.parameters.items()})
    with np.errstate(over="ignore"):
        found = path_over_the_loss(experiment, run)
    assert (found is None) == (scale > 1e150)
    if found:
        assert 0 < found.share <= 1 + 1e-9
        check_drawable(learned_draw.over_loss(found, "light"))


PARTS_AT_CORNERS = [(part, at) for part in ("causes", "truncation", "cliff") for at in range(4 - (part == "cliff"))]


@pytest.mark.parametrize(("part", "place"), spread(PARTS_AT_CORNERS))
def test_every_part_of_the_laboratory_at_its_corners(part, place):
    corners = [*CORNERS, *LONGEST[part == "cliff" :]]
    check_page(opened(LABORATORY, warm=False, part=part), FAST | corners[place] | {"part": part})
