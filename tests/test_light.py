"""Light charts: which figures they take, and that their axes are where the numbers are."""

from __future__ import annotations

import base64
import json
import re

import numpy as np
import plotly.graph_objects as go
import pytest

from rnnviz.charts import heat
from rnnviz.charts import packed as light
from rnnviz.charts.figure import Figure, Part
from rnnviz.charts.legends import take_out
from rnnviz.charts.lines import curve
from rnnviz.charts.template import layout, log_axis, log_ticks
from rnnviz.experiment.core import run
from rnnviz.experiment.flow import attributed, spectrum
from rnnviz.experiment.training import train_run
from rnnviz.laboratory.cliff import draw as cliff_draw
from rnnviz.laboratory.cliff.compute import surface
from rnnviz.laboratory.cliff.say import landing_words
from rnnviz.laboratory.cliff.steps import gradient_step, walk
from rnnviz.laboratory.reach import compute as reach_compute
from rnnviz.laboratory.reach import draw as reach_draw
from rnnviz.scene import panels
from rnnviz.settings.config import PRESETS
from tests.drawn import unpacked_numbers


def figure(*traces, **more):
    return go.Figure(list(traces), layout("light", x="x", y="y", **more))


def plain(x=(0, 1, 2), y=(1.0, 4.0, 2.0), **more):
    return curve(np.array(x), np.array(y, dtype=float), "name", "#112233", **more)


def test_lines_dots_and_placed_maps_are_light_and_all_else_is_plotlys():
    assert light.fits(figure(plain(), plain(mode="lines+markers")))
    assert light.fits(heat.norms(np.ones((4, 4)), theme="light"))
    assert not light.fits(heat.signed(np.ones((4, 4)), x="x", y="y", theme="light"))
    assert not light.fits(go.Figure(go.Bar(x=[1], y=[2])))
    assert not light.fits(figure(go.Scatter(x=[1], y=[1], mode="markers", marker={"symbol": "star"})))
    assert not light.fits(figure(plain(x=range(5000), y=range(5000), mode="markers")))
    assert not light.fits(figure(plain(), showlegend=True))
    noted = figure(plain())
    noted.add_annotation(text="here", x=1, y=1)
    assert not light.fits(noted)


def test_what_is_sent_holds_every_number():
    experiment = run(PRESETS["parity"].config)
    values = spectrum(experiment)
    found = reach_compute.lags(attributed(experiment).sample_norms, values.gamma, values.norm, values.radius)
    drawn = reach_draw.left_by_lag(found, "dark")
    take_out(drawn)
    assert light.fits(drawn)
    sent = json.loads(light.packed(drawn))
    by_name = {trace["name"]: trace for trace in sent["data"] if trace["name"]}
    np.testing.assert_array_equal(unpacked_numbers(by_name["median"]["y"]), found.median)
    np.testing.assert_array_equal(unpacked_numbers(by_name["median"]["x"]), found.lag)
    assert sent["axes"]["y"]["log"]
    assert sent["axes"]["y"]["range"] == list(drawn.layout.yaxis.range)
    assert [trace["fill"] for trace in sent["data"][:2]] == [None, "tonexty"]


@pytest.mark.parametrize(
    ("more", "log"),
    [({}, False), ({"yaxis": {"nticks": 4}}, False), ({"yaxis": log_axis(-1, 1)}, True),
     ({"yaxis": {"type": "log"}}, True), ({"yaxis": {"rangemode": "tozero"}}, False),
     ({"yaxis": {"dtick": 2}}, False)],
)  # fmt: skip
def test_an_axis_spans_its_values_and_its_ticks_say_where_they_stand(more, log):
    axis = light.axis(figure(plain(), **more), "y")
    low, high = axis["range"]
    assert axis["log"] == log
    values = np.log10([1.0, 4.0]) if log else [1.0, 4.0]
    assert low <= min(values)
    assert high >= max(values)
    assert 2 <= len(axis["ticks"]) <= 9
    for place, text in axis["ticks"]:
        assert low <= place <= high
        if "<sup>" not in text:
            expected = 10.0**place if log else place
            assert float(text.replace("−", "-")) == pytest.approx(expected, rel=1e-5, abs=1e-9)
    if more.get("yaxis", {}).get("rangemode"):
        assert low == 0
    if "dtick" in more.get("yaxis", {}):
        assert [place for place, _ in axis["ticks"]] == [2, 4]


def test_named_ticks_are_kept():
    ticks = {"type": "log", "tickvals": [1, 2], "ticktext": ["one", "two"]}
    axis = light.axis(figure(plain(x=(1, 2, 3)), xaxis=ticks), "x")
    assert axis["ticks"] == [[0.0, "one"], [pytest.approx(np.log10(2)), "two"]]


@pytest.mark.parametrize("y", [(np.nan, np.nan, np.nan), (3.0, 3.0, 3.0), (0.0, np.inf, 1.0)])
def test_odd_values_have_an_axis(y):
    low, high = light.axis(figure(plain(y=y)), "y")["range"]
    assert np.isfinite([low, high]).all()
    assert low < high


@pytest.mark.parametrize("symbol", ["circle", "circle-open", "diamond", "square", "triangle-up", "x"])
def test_named_points_keep_their_symbol_and_their_name(symbol):
    points = go.Scatter(
        x=[1.0],
        y=[2.0],
        mode="markers",
        text=["W₁[0, 1]"],
        marker={"symbol": symbol, "size": 8, "color": "#111111"},
    )
    drawn = figure(points)
    assert light.fits(drawn)
    sent = json.loads(light.packed(drawn))["data"][0]
    assert sent["text"] == ["W₁[0, 1]"]
    assert sent["marker"]["symbol"] == symbol


def test_a_map_is_sent_cell_by_cell_with_its_scale():
    values = 10.0 ** -np.add.outer(np.arange(9), np.arange(9))
    values[5, 2] = 0.0
    cut = np.zeros((9, 9), dtype=bool)
    cut[7, 0] = True
    sent = json.loads(light.packed(heat.norms(values, theme="light", cut=cut)))
    coloured, zero, left_out = sent["data"]
    cells = unpacked_numbers(coloured["z"]).reshape(9, 9)
    kept = np.tri(9, dtype=bool) & ~cut & (values > 0)
    np.testing.assert_allclose(cells[kept], np.log10(values[kept]))
    assert np.isnan(cells[~kept]).all()
    assert unpacked_numbers(coloured["customdata"]).reshape(9, 9)[3, 1] == values[3, 1]
    assert coloured["span"] == [cells[kept].min(), cells[kept].max()]
    assert all(coloured["span"][0] <= place <= coloured["span"][1] for place, _ in coloured["scale"])
    assert np.flatnonzero(np.isfinite(unpacked_numbers(zero["z"]))).tolist() == [5 * 9 + 2]
    assert np.flatnonzero(np.isfinite(unpacked_numbers(left_out["z"]))).tolist() == [7 * 9]
    low, high = sent["axes"]["y"]["range"]
    assert low > high  # step 0 stands at the top
    assert sent["axes"]["y"]["ticks"][0] == [0, "0"]


def test_contours_are_sent_with_their_levels_and_what_is_clicked_with_every_digit():
    experiment = run(PRESETS["cliff"].config.replace(epochs=3))
    entries = ("Wh1.0.0", "b1.0")
    found = surface(experiment, *entries, (0.7, 1.9, -0.5, 0.7))
    step, path = gradient_step(experiment, *entries, 1.0), walk(experiment, train_run(experiment), *entries)
    drawn = cliff_draw.contour(found, step, {"plain": path}, "light")
    take_out(drawn)
    assert light.fits(drawn)
    sent = json.loads(light.packed(drawn))["data"]
    lines, picks = sent[:2]
    heights = unpacked_numbers(lines["z"]).reshape(found.losses.shape)
    np.testing.assert_allclose(heights, np.log10(found.losses), atol=1e-6)
    assert len(lines["levels"]) == 17
    np.testing.assert_allclose([lines["levels"][end] for end in (0, -1)], lines["span"])
    assert picks["picked"]
    for name, values in (("z", found.losses[::2, ::2]), ("customdata", found.slopes)):
        np.testing.assert_array_equal(unpacked_numbers(picks[name]), values.ravel())
    line = next(trace for trace in sent if trace.get("updates") and trace["hoverinfo"] != "skip")
    np.testing.assert_array_equal(unpacked_numbers(line["updates"]), path.epochs)
    assert line["text"][1].startswith("after 1 update: L = ")
    arrow = next(trace for trace in sent if (trace["name"] or "").startswith("plain step"))
    assert arrow["marker"]["arrow"] == 14
    assert arrow["text"] == ["", landing_words(step.plain, "plain")]


@pytest.mark.parametrize(("size", "dtype"), [(1.0, "f4"), (1e-300, "f8"), (1e300, "f8"), (0.0, "f4")])
def test_colours_are_sent_short_where_that_loses_nothing(size, dtype):
    values = size * np.array([[1.0, -2.0], [np.nan, 3.0]])
    colours = [[0, "#000000"], [1, "#ffffff"]]
    trace = Part({"type": "heatmap", "x": [0, 1], "y": [0, 1], "z": values, "colorscale": colours})
    drawn = Figure([trace], layout("light", x="x", y="y"))
    sent = json.loads(light.packed(drawn))["data"][0]["z"]
    assert sent["dtype"] == dtype
    read = np.frombuffer(base64.b64decode(sent["bdata"]), sent["dtype"])
    np.testing.assert_allclose(read, values.ravel(), rtol=1e-6)


HIGH = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


@pytest.mark.parametrize(
    ("low", "high"),
    [
        (0.736, 1.695),
        (0.8913, 1.122),
        (2.1, 4.9),
        (11, 18),
        (6e-7, 8e-7),
        (0.12, 8.0),
        (3e5, 1e20),
        (1e-9, 3),
    ],
)
def test_ticks_of_every_log_scale_are_round_numbers(low, high):
    ends = np.log10([low, high]).tolist()
    drawn = light.axis(figure(plain(y=(low, high)), yaxis={"type": "log", "range": ends}), "y")["ticks"]
    bar = log_ticks(*ends)
    small = panels._log_axis(low, high)
    for places, texts in ((*zip(*drawn, strict=True),), (bar["tickvals"], bar["ticktext"])):
        assert len(texts) > 1
        for place, text in zip(places, texts, strict=True):
            assert is_round(place, text), text
    assert len(small["ticks"]) > 1
    for place, text in small["ticks"]:
        at = np.log10(small["low"]) + place * (np.log10(small["high"]) - np.log10(small["low"]))
        assert is_round(at, text), text


def is_round(exponent, text):
    """Whether a tick stands where its number is, and that has at most three digits."""
    plain = re.sub(r"10<sup>(.*)</sup>", r"1e\1", text).replace("−", "-")
    plain = re.sub("10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)", lambda found: "1e" + found[1].translate(HIGH), plain)
    digits = f"{float(plain):.12e}".partition("e")[0].rstrip("0").replace(".", "")
    return np.isclose(np.log10(float(plain)), exponent, atol=1e-9) and len(digits) <= 3
