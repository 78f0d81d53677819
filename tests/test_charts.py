"""Charts as data: what is sent holds every number, and the axes are where the numbers are."""

from __future__ import annotations

import json
import re
from dataclasses import fields, replace

import numpy as np
import pytest

from rnnviz.browser import FOLDER
from rnnviz.charts import axes, blank, heat, legends
from rnnviz.charts.marks import Axis, Chart, Line, Map, Mark, Scale
from rnnviz.charts.packed import packed, unpacked
from rnnviz.experiment.core import run
from rnnviz.experiment.flow import attributed, gradient_flow, spectrum
from rnnviz.experiment.training import train_run
from rnnviz.laboratory.causes import draw as causes_drawn
from rnnviz.laboratory.causes.compute import causes
from rnnviz.laboratory.cliff import draw as cliff
from rnnviz.laboratory.cliff.compute import surface
from rnnviz.laboratory.cliff.say import landing_words
from rnnviz.laboratory.cliff.steps import gradient_step, walk
from rnnviz.laboratory.cures import draw as cures_drawn
from rnnviz.laboratory.cures.compute import CURES, cure_run
from rnnviz.laboratory.forward import draw as predictions
from rnnviz.laboratory.forward.compute import prediction
from rnnviz.laboratory.learned import draw as learned
from rnnviz.laboratory.learned.compute import course
from rnnviz.laboratory.reach import compute
from rnnviz.laboratory.reach import draw as sources
from rnnviz.laboratory.truncation import draw as truncation
from rnnviz.laboratory.truncation.compute import clip_curve, mask, truncations
from rnnviz.scene import panels
from rnnviz.settings.config import PRESETS


def chart(*marks, x=Axis("x"), y=Axis("y"), **more):  # noqa: B008
    return Chart(marks, x, y, "light", **more)


def plain(x=(0, 1, 2), y=(1.0, 4.0, 2.0), **more):
    return Line(np.array(x), np.array(y, dtype=float), "name", "#112233", **more)


def sent(drawn):
    return json.loads(packed(drawn))


def charts(theme):
    """Yield a chart of each kind that the pages draw."""
    experiment = run(PRESETS["parity"].config.replace(steps=8, batch=4, hidden=5))
    classes = run(PRESETS["vanishing"].config.replace(steps=4, batch=4, hidden=5))
    values, norms, whole = spectrum(experiment), gradient_flow(experiment), attributed(experiment)
    lags = compute.lags(whole.sample_norms, values.gamma, values.norm, values.radius)
    found, outcomes = causes(experiment), [cure_run("adding", 5, CURES[0], 0, 2)]
    yield sources.left_by_lag(lags, theme)
    yield sources.by_lag(compute.shares_by_lag(whole.shares["Wh1"]), theme)
    yield sources.by_state(compute.bands(whole.contributions), theme)
    yield heat.norms(norms, theme=theme)
    yield heat.norms(norms, theme=theme, cut=~mask(8, 3, "chunk"))
    yield heat.signed(norms[4:, :3], x="x", y="y", theme=theme, columns=("<", "b", "c"))
    yield heat.counts(np.eye(2), ("a", "b"), theme)
    yield causes_drawn.way_back(found, theme)
    yield causes_drawn.slopes_over_time(found, theme)
    yield causes_drawn.slope_histogram(found, theme)
    yield truncation.over_length(truncations(experiment), "error", 3, theme)
    yield truncation.over_limit(clip_curve(experiment), theme)
    yield cures_drawn.learning(outcomes, [CURES[0].name], False, theme)
    yield cures_drawn.by_lag(outcomes, [CURES[0].name], True, theme)
    yield predictions.lines(prediction(experiment.task, experiment.trace.Y_hat, 0), theme)
    yield predictions.classes(prediction(classes.task, classes.trace.Y_hat, 0), theme)
    trained, ends = train_run(run(experiment.config.replace(epochs=4))), ("Wh1.0.0", "b1.0")
    grid = surface(experiment, *ends, (-1.0, 1.0, -1.0, 1.0))
    path = {"plain": walk(experiment, trained, *ends)}
    yield cliff.contour(grid, gradient_step(experiment, *ends, 1e-3), path, theme)
    yield learned.over_loss(course(experiment, trained), theme)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_field_of_every_mark_is_sent_with_all_its_numbers(theme):
    kinds = set()
    for drawn in charts(theme):
        assert blank.instead(drawn) == ""
        for mark, told in zip(drawn.marks, sent(drawn)["marks"], strict=True):
            kinds.add(type(mark))
            assert told["kind"] == type(mark).__name__.lower()
            for name in (each.name for each in fields(mark)):
                value = getattr(mark, name)
                if isinstance(value, np.ndarray):
                    close = 0 if told[name].get("wide") else 1e-6
                    assert name == "z" or not close
                    np.testing.assert_allclose(unpacked(told[name]), value, rtol=close)
                elif not isinstance(value, Scale):
                    assert told[name] == (list(value) if isinstance(value, (tuple, list)) else value)
    assert kinds == set(Mark.__args__)


def test_the_browser_draws_every_mark_and_reads_every_field():
    script = "".join((FOLDER / f"{name}.js").read_text("utf-8") for name in ("marks", "plot"))
    for mark in Mark.__args__:
        assert re.search(rf"^  {mark.__name__.lower()}\(group, ", script, re.M), mark
        for each in fields(mark):
            assert re.search(rf"\b{each.name}\b", script), (mark, each.name)
    dashes = {mark.dash for drawn in charts("light") for mark in drawn.marks if isinstance(mark, Line)}
    assert dashes - {"solid"} <= set(re.findall(r"(\w+): \"[\d ]+\"", script))


def test_axes_of_names_are_told_by_them_and_run_from_cell_to_cell():
    drawn = heat.signed(np.ones((2, 30)), x="x", y="y", theme="light", columns=tuple(f"n{n}" for n in range(30)))
    told = sent(drawn)["axes"]
    assert told["x"]["names"][29] == "n29"
    assert told["x"]["range"] == [-0.5, 29.5]
    assert told["y"]["range"] == [1.5, -0.5]  # the first one at the top
    assert len(told["x"]["ticks"]) <= 14
    assert all(text == f"n{place:g}" for place, text in told["x"]["ticks"])


def test_bars_stand_on_those_before_them_on_their_side_of_zero():
    found = compute.Bands(("a", "b", "c"), np.array([[1.0, -1.0], [2.0, 3.0], [-4.0, -5.0]]))
    drawn = sources.by_state(found, "light")
    assert [mark.base.tolist() for mark in drawn.marks] == [[0, 0], [1, 0], [0, -1]]
    low, high = axes.worked_out(drawn, "y")["range"]
    assert low <= -6
    assert high >= 3
    above = replace(drawn, marks=drawn.marks[:1])
    bars = replace(above.marks[0], y=np.array([1.0, 2.0]))
    assert axes.worked_out(replace(above, marks=[bars]), "y")["range"][0] == 0


def test_a_text_from_a_reader_stays_text():
    drawn = chart(replace(plain(), name="<img src=x> & <sub>0</sub>"))
    assert sent(drawn)["marks"][0]["name"] == "<img src=x> & <sub>0</sub>"
    assert legends.markup(legends.entries(drawn)).count("&lt;img src=x&gt; &amp; <sub>0</sub>") == 1


@pytest.mark.parametrize(
    "axis",
    [Axis("y"), Axis("y", about=4), axes.log_axis("y", -1, 1), Axis("y", log=True), Axis("y", from_zero=True),
     Axis("y", every=2)],
)  # fmt: skip
def test_an_axis_spans_its_values_and_its_ticks_say_where_they_stand(axis):
    found = axes.worked_out(chart(plain(), y=axis), "y")
    low, high = found["range"]
    assert found["log"] == axis.log
    values = np.log10([1.0, 4.0]) if axis.log else [1.0, 4.0]
    assert low <= min(values)
    assert high >= max(values)
    assert 2 <= len(found["ticks"]) <= 9
    for place, text in found["ticks"]:
        assert low <= place <= high
        if "<sup>" not in text:
            expected = 10.0**place if axis.log else place
            assert float(text.replace("−", "-")) == pytest.approx(expected, rel=1e-5, abs=1e-9)
    if axis.from_zero:
        assert low == 0
    if axis.every:
        assert [place for place, _ in found["ticks"]] == [2, 4]


def test_given_ticks_are_kept():
    axis = Axis("x", log=True, ticks=((0, "one"), (np.log10(2), "two"), (9, "far")))
    found = axes.worked_out(chart(plain(x=(1, 2, 3)), x=axis), "x")
    assert found["ticks"] == [[0.0, "one"], [pytest.approx(np.log10(2)), "two"]]


@pytest.mark.parametrize("y", [(np.nan, np.nan, np.nan), (3.0, 3.0, 3.0), (0.0, np.inf, 1.0)])
def test_odd_values_have_an_axis(y):
    low, high = axes.worked_out(chart(plain(y=y)), "y")["range"]
    assert np.isfinite([low, high]).all()
    assert low < high


def test_a_map_is_sent_cell_by_cell_with_its_scale():
    values = 10.0 ** -np.add.outer(np.arange(9), np.arange(9))
    values[5, 2] = 0.0
    cut = np.zeros((9, 9), dtype=bool)
    cut[7, 0] = True
    found = sent(heat.norms(values, theme="light", cut=cut))
    coloured, zero, left_out = found["marks"]
    cells = unpacked(coloured["z"])
    kept = np.tri(9, dtype=bool) & ~cut & (values > 0)
    np.testing.assert_allclose(cells[kept], np.log10(values[kept]))
    assert np.isnan(cells[~kept]).all()
    assert unpacked(coloured["values"])[3, 1] == values[3, 1]
    low, high = coloured["scale"]["span"]
    assert [low, high] == [cells[kept].min(), cells[kept].max()]
    assert all(low <= place <= high for place, _ in coloured["scale"]["ticks"])
    assert np.flatnonzero(np.isfinite(unpacked(zero["z"]))).tolist() == [5 * 9 + 2]
    assert np.flatnonzero(np.isfinite(unpacked(left_out["z"]))).tolist() == [7 * 9]
    low, high = found["axes"]["y"]["range"]
    assert low > high  # step 0 stands at the top
    assert found["axes"]["y"]["ticks"][0] == [0, "0"]


def test_contours_are_sent_with_their_levels_and_what_is_clicked_with_every_digit():
    experiment = run(PRESETS["cliff"].config.replace(epochs=3))
    entries = ("Wh1.0.0", "b1.0")
    found = surface(experiment, *entries, (0.7, 1.9, -0.5, 0.7))
    step, path = gradient_step(experiment, *entries, 1.0), walk(experiment, train_run(experiment), *entries)
    lines, picks, line, *others = sent(cliff.contour(found, step, {"plain": path}, "light"))["marks"]
    heights = unpacked(lines["z"])
    np.testing.assert_allclose(heights, np.log10(found.losses), atol=1e-6)
    assert len(lines["levels"]) == 17
    np.testing.assert_allclose([lines["levels"][end] for end in (0, -1)], lines["scale"]["span"])
    assert picks["picked"]
    for name, values in (("z", found.losses[::2, ::2]), ("values", found.slopes)):
        np.testing.assert_array_equal(unpacked(picks[name]), values)
    np.testing.assert_array_equal(unpacked(line["updates"]), path.epochs)
    assert line["words"][1].startswith("after 1 update: L = ")
    arrow = next(mark for mark in others if mark["name"].startswith("plain step"))
    assert arrow["arrow"] == 14
    assert arrow["words"] == ["", landing_words(step.plain, "plain")]


@pytest.mark.parametrize(
    ("size", "words", "wide"),
    [(1.0, "", False), (1e-300, "", True), (1e300, "", True), (0.0, "", False), (1.0, "told: {z}", True)],
)
def test_colours_are_sent_short_where_that_loses_nothing(size, words, wide):
    values = size * np.array([[1.0, -2.0], [np.nan, 3.0]])
    scale = Scale((0, 1), ((0, "#000000"), (1, "#ffffff")))
    told = sent(chart(Map(np.arange(2), np.arange(2), values, scale, words)))["marks"][0]["z"]
    assert told.get("wide", False) == wide
    np.testing.assert_allclose(unpacked(told), values, rtol=1e-6)


HIGH = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


@pytest.mark.parametrize(
    ("low", "high"),
    [(0.736, 1.695), (0.8913, 1.122), (2.1, 4.9), (11, 18), (6e-7, 8e-7), (0.12, 8.0), (3e5, 1e20), (1e-9, 3)],
)
def test_ticks_of_every_log_scale_are_round_numbers(low, high):
    ends = np.log10([low, high]).tolist()
    drawn = axes.worked_out(chart(plain(y=(low, high)), y=Axis("y", log=True, range=tuple(ends))), "y")["ticks"]
    small = panels._log_axis(low, high)
    for places, texts in (zip(*drawn, strict=True), zip(*axes.log_ticks(*ends), strict=True)):
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
