"""Stories of the gradient-flow laboratory in a real browser."""

from __future__ import annotations

import csv
import re
from xml.etree import ElementTree

import numpy as np
import pytest
from browsing import CUT, HIGH, PICTURE, SCHEMES, SIZES, at_rest, closed, frames, in_scheme, settled, sized
from playwright.sync_api import expect

from rnnviz.charts.contours import span
from rnnviz.experiment.core import run
from rnnviz.experiment.flow import attributed, spectrum
from rnnviz.experiment.training import train_run
from rnnviz.laboratory.cliff.compute import surface, value_of, window
from rnnviz.laboratory.cliff.steps import walk
from rnnviz.laboratory.reach import compute as reach_compute
from rnnviz.settings.config import PRESETS
from tests.configurations import spread

pytestmark = pytest.mark.browser

LABORATORY = "/Gradient_flow?preset=small-weights"
PLOT = ".rnnviz-plot"


def part(page, name: str) -> None:
    page.get_by_role("radio", name=name).click()
    settled(page)


def test_a_part_travels_in_the_link_and_an_example_keeps_it(visit):
    page = visit(LABORATORY)
    page.wait_for_selector(PLOT)
    part(page, "Two causes")
    page.wait_for_url("**part=causes**")
    expect(page.get_by_text("Wₕ₁ alone would do the same, the slopes alone would carry it.")).to_be_visible()
    page.get_by_role("combobox", name="Example").click()
    page.get_by_role("option", name="Vanish: saturation").click()
    page.wait_for_url("**preset=saturation**part=causes**")
    expect(page.get_by_text("The slopes alone would do the same, Wₕ₁ alone would carry it.")).to_be_visible()


ENDS = """() => [...document.querySelectorAll(".rnnviz-plot .end")].map((one) => one.getBoundingClientRect())
    .filter((box) => box.right > innerWidth).length"""
BELOW = """() => {
    const holder = document.querySelector(".st-key-part-chart .stElementContainer:has(h2)");
    const [title, next] = [holder.querySelector("h2"), holder.nextElementSibling];
    return next.getBoundingClientRect().top - title.getBoundingClientRect().bottom;
}"""
FULL = "(group) => group.offsetWidth === group.parentElement.offsetWidth"


@pytest.mark.parametrize("name", spread(["causes", "reach", "truncation", "cliff", "cures"]))
def test_the_bench_is_whole_in_every_window(visit, name):
    page = visit(f"/Gradient_flow?preset={'cliff' if name == 'cliff' else 'vanishing'}&part={name}")
    closed(page)
    for place, size in enumerate(SIZES):
        in_scheme(page, SCHEMES[(place + len(name)) % 2])
        sized(page, *size)
        assert page.evaluate(CUT, ["controls", "chart"]) == [], size
        assert page.evaluate(PICTURE) <= HIGH
        assert page.evaluate(ENDS) == 0
        assert page.evaluate(BELOW) >= 4
        assert page.locator(".st-key-setting-part [role=radiogroup]").evaluate(FULL)
    if name == "causes":
        expect(page.locator(".rnnviz-plot .end")).to_have_count(5)
        assert page.locator(".rnnviz-plot").bounding_box()["height"] > 600


def test_a_slider_moves_one_cause_and_the_sentence_follows(visit):
    page = visit("/Gradient_flow?preset=orthogonal&part=causes")
    page.wait_for_selector(PLOT)
    expect(page.get_by_text("Let go, they follow")).to_have_count(0)
    page.get_by_role("button", name="More controls").click()
    slider = page.get_by_role("slider", name="Gain of Wₕ₁").last
    slider.focus()
    for _ in range(4):
        page.keyboard.press("ArrowLeft")
    page.wait_for_url("**gain=0.8**")
    settled(page)
    expect(page.get_by_text("Let go, they follow")).to_be_visible()


def test_pointing_at_a_chart_asks_nothing_of_the_server(visit, count_messages):
    page = visit("/Gradient_flow?preset=parity")
    part(page, "map of losses")
    page.wait_for_selector(PLOT)
    sent = count_messages(page)
    grid = page.locator(PLOT).first
    grid.scroll_into_view_if_needed()
    box = grid.bounding_box()
    for place in (0.05, 0.2, 0.4):
        page.mouse.move(box["x"] + place * box["width"], box["y"] + 0.9 * box["height"])
    expect(page.locator(".rnnviz-plot-tip").first).to_contain_text("loss step t = ")
    assert sent() == 0
    part(page, "by lag")


def test_a_chart_is_taken_along_as_numbers_and_as_a_picture(visit, tmp_path):
    page = visit("/Gradient_flow?preset=parity")
    page.wait_for_selector(PLOT)
    page.get_by_text("Numbers, download").first.click()
    files = {}
    for kind in ("csv", "svg", "png"):
        with page.expect_download() as download:
            page.locator(f"button[value={kind}]").first.click()
        assert download.value.suggested_filename == f"rnnviz-lag.{kind}"
        files[kind] = tmp_path / kind
        download.value.save_as(files[kind])
    rows = list(csv.DictReader(files["csv"].read_text(encoding="utf-8").splitlines()))
    assert len(rows) == 8
    assert float(rows[0]["median"]) == 1.0
    picture = ElementTree.fromstring(files["svg"].read_text(encoding="utf-8"))
    words = "".join(picture.itertext())
    assert "lag t − k" in words
    assert "median" in words
    assert picture.find(".//{*}path") is not None
    assert files["png"].read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


def corner(page):
    """The box of the map on the screen, and the places of its corners among the losses."""
    box = (
        page.locator(".rnnviz-plot clipPath rect")
        .nth(1)
        .evaluate("rect => ['x', 'y', 'width', 'height'].map((name) => Number(rect.getAttribute(name)))")
    )
    place = page.locator(".rnnviz-plot").first.bounding_box()
    return place["x"] + box[0], place["y"] + box[1], box[2], box[3], box[0], box[1]


@pytest.fixture(scope="module")
def losses():
    experiment = run(PRESETS["cliff"].config)
    start = tuple(value_of(experiment.parameters, name) for name in ("Wh1.0.0", "b1.0"))
    return surface(experiment, "Wh1.0.0", "b1.0", window(start, "near"))


def test_the_lines_of_the_map_run_where_the_loss_has_their_levels(visit, losses):
    page = visit("/Gradient_flow?preset=cliff&part=cliff")
    page.wait_for_selector(PLOT)
    *_, width, height, left, top = corner(page)
    path = page.locator(".rnnviz-plot path").first.get_attribute("d")
    places = np.array(re.findall(r"[ML]([\d.-]+) ([\d.-]+)", path), dtype=float)
    assert len(places) > 500
    steps = len(losses.x) - 1
    columns, rows = (places[:, 0] - left) / width * steps, (1 - (places[:, 1] - top) / height) * steps
    heights, levels = np.log10(losses.losses), np.linspace(*span(losses.losses), 17)
    column, row = (np.clip(np.floor(each).astype(int), 0, steps - 1) for each in (columns, rows))
    right, up = columns - column, rows - row
    corners = [[heights[row + i, column + j] for j in (0, 1)] for i in (0, 1)]
    low, high = ((1 - right) * side[0] + right * side[1] for side in corners)
    off = np.abs(((1 - up) * low + up * high)[:, None] - levels).min(axis=1)
    # A place is told to a tenth of a pixel, over which the wall rises by up to a few hundredths.
    assert np.median(off) < 0.002
    assert off.max() < 0.1


def test_a_click_on_the_map_moves_the_experiment_to_that_very_point_and_is_taken_back(visit, losses):
    page = visit("/Gradient_flow?preset=cliff&part=cliff")
    page.wait_for_selector(PLOT)
    standing = page.get_by_text("The experiment stands at")
    expect(standing).to_contain_text("with a loss of 0.9054")
    page.locator(".rnnviz-plot").first.scroll_into_view_if_needed()
    left, top, width, height, *_ = corner(page)
    row, column, x, y = 48, 20, left + 10 / 30 * width + 3, top + 6 / 30 * height - 4
    page.mouse.move(x, y)
    tip = page.locator(".rnnviz-plot-tip")
    expect(tip).to_contain_text(f"L = {losses.losses[row, column]:.6g}, gradient of the two")
    page.mouse.click(x, y)
    page.wait_for_url(re.compile(r"edits=Wh1\.0\.0"))
    settled(page)
    sent = dict(re.findall(r"(Wh1\.0\.0|b1\.0)(?:%3A|:)([\d.-]+)", page.url))
    assert sent == {"Wh1.0.0": f"{losses.x[column]:.6g}", "b1.0": f"{losses.y[row]:.6g}"}
    expect(standing).not_to_contain_text("with a loss of 0.9054")
    page.get_by_role("button", name="Undo last change").click()
    expect(standing).to_contain_text("with a loss of 0.9054")
    box = page.get_by_role("textbox", name="β₁[0]")
    box.fill("0.05")
    box.press("Enter")
    page.wait_for_url(re.compile(r"b1\.0(%3A|:)0\.05"))
    page.get_by_role("button", name="Back to the start values").click()
    expect(page).not_to_have_url(re.compile("edits"))


def test_training_walks_over_the_map_and_is_played_without_the_server(visit, count_messages):
    page = visit("/Gradient_flow?preset=cliff&part=cliff")
    page.wait_for_selector(PLOT)
    expect(page.locator(".rnnviz-walk")).to_have_count(0)
    page.get_by_role("button", name="Train from here").click()
    told = page.locator(".rnnviz-walk output")
    experiment = run(PRESETS["cliff"].config)
    path = walk(experiment, train_run(experiment), "Wh1.0.0", "b1.0")
    expect(told).to_contain_text(f"after 300 updates: L = {path.losses[-1]:.6g}")
    sent = count_messages(page)
    slider = page.get_by_role("slider", name="Updates made")
    slider.focus()
    page.keyboard.press("Home")
    expect(told).to_contain_text(f"after 0 updates: L = {path.losses[0]:.6g}")
    page.keyboard.press("ArrowRight")
    expect(told).to_contain_text(f"after 1 update: L = {path.losses[1]:.6g}")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("not clipped .*; training, clipped to 1 .*"))
    page.get_by_role("button", name="Play the walk").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(told).not_to_contain_text("after 1 update:")
    page.get_by_role("button", name="Pause").click()
    now = slider.input_value()
    frames(page, 12)
    assert slider.input_value() == now
    assert 1 < int(now) < 300
    assert sent() == 0
    page.get_by_role("radio", name="none", exact=True).click()
    expect(page.locator(".rnnviz-walk")).to_have_count(0)


def test_a_walk_that_goes_far_leaves_in_the_direction_of_its_step(visit):
    page = visit("/Gradient_flow?preset=cliff&part=cliff&learning_rate=10&epochs=1&see=cliff.walks:1")
    page.wait_for_selector(".rnnviz-walk")
    lines = page.locator(".rnnviz-plot path[stroke-linejoin]").evaluate_all(
        "paths => paths.map((path) => path.getAttribute('d')).filter((d) => !d.includes('Z'))"
    )
    ways = [np.diff(np.array(re.findall(r"[ML]([\d.-]+) ([\d.-]+)", d), dtype=float), axis=0)[0] for d in lines]
    plain, step = ways[0], ways[-3]
    assert np.abs(plain).max() > 1e4
    assert plain / np.linalg.norm(plain) == pytest.approx(step / np.linalg.norm(step), abs=0.01)


def runs_when_stopped(page) -> int:
    """Stop the sweep; return how many runs are done."""
    page.get_by_role("button", name="Stop", exact=True).click()
    go_on = page.get_by_role("button", name=re.compile("Go on"))
    expect(go_on).to_be_enabled()
    settled(page)
    done = 32 - int(re.search(r"(\d+) runs? left", go_on.inner_text())[1])
    expect(page.get_by_text(f"{done} of 32 runs are done").first).to_be_visible()
    return done


@pytest.mark.slow
def test_a_sweep_is_stopped_and_goes_on_where_it_was(visit):
    page = visit("/Gradient_flow?part=cures&seed=4321")
    page.get_by_role("radio", name="100", exact=True).click()
    settled(page)
    page.get_by_role("button", name="Run the sweep").click()
    expect(page.get_by_text(re.compile("of 32 runs are done"))).to_be_visible()
    first = runs_when_stopped(page)
    assert 8 <= first < 32
    page.get_by_role("button", name=re.compile("Go on")).click()
    expect(page.get_by_text(f"{first} of 32 runs are done")).to_have_count(0)
    second = runs_when_stopped(page)
    assert first < second <= 32
    part(page, "Where it goes")
    part(page, "What cures it")
    expect(page.get_by_text(f"{second} of 32 runs are done")).to_be_visible()
    expect(page.get_by_role("button", name="Stop", exact=True)).to_have_count(0)


@pytest.mark.slow
def test_nothing_scrolls_sideways_on_a_phone(visit):
    page = visit("/Gradient_flow?preset=parity")
    page.set_viewport_size({"width": 380, "height": 800})
    for name in ("Two causes", "Truncation and clipping", "The cliff", "Where it goes"):
        part(page, name)
        page.wait_for_selector(PLOT)
        assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 380, name


def pointed_at(page, plot, x, y):
    """Point at a place of a chart until its tip is there: the page may be laid out anew as the pointer arrives."""
    tip = page.locator(".rnnviz-plot-tip:visible")
    for turn in range(100):
        plot.scroll_into_view_if_needed()
        box = plot.bounding_box()
        page.mouse.move(box["x"] + x + turn % 2, box["y"] + y)
        if tip.count():
            break
        frames(page)
    return tip


def test_bars_are_as_long_as_their_numbers_and_tell_them(visit):
    page = visit("/Gradient_flow?preset=parity")
    page.get_by_text("Bars by lag and by state").click()
    plot = page.locator(".rnnviz-plot").filter(has_text="share of the gradient")
    plot.scroll_into_view_if_needed()
    at_rest(page)
    bars = plot.locator("rect.bar").evaluate_all(
        "all => all.map((bar) => ['x', 'y', 'width', 'height'].map((name) => Number(bar.getAttribute(name))))"
    )
    shares = attributed(run(PRESETS["parity"].config)).shares["Wh1"]
    found = reach_compute.shares_by_lag(shares)
    sizes = np.abs(np.concatenate([found.along, found.against]))
    ticks = dict(
        plot.locator("text[text-anchor=end]").evaluate_all(
            "all => all.map((one) => [one.textContent, Number(one.getAttribute('y'))])"
        )
    )
    np.testing.assert_allclose(np.array(bars)[:, 3], sizes * (ticks["0"] - ticks["1"]), atol=0.05)
    left, top, width, height = bars[0]
    tip = pointed_at(page, plot, left + width / 2, top + height / 2)
    expect(tip).to_contain_text("lag t − k 0")
    expect(tip).to_contain_text(f"along the gradient {found.along[0]:.6g}")
    assert page.locator(".js-plotly-plot").count() == 0


def test_a_map_with_names_tells_the_cell_under_the_pointer_by_them(visit):
    page = visit("/Unrolled_network?preset=parity&steps=12")
    plot = page.locator(".rnnviz-plot").filter(has_text="unit").first
    plot.scroll_into_view_if_needed()
    at_rest(page)
    experiment = run(PRESETS["parity"].config.replace(steps=12))
    names = plot.locator("text[text-anchor=end]").evaluate_all(
        "all => all.map((one) => [one.textContent, Number(one.getAttribute('y')) - 4])"
    )
    image = plot.locator("image").first
    left, width = (float(image.get_attribute(name)) for name in ("x", "width"))
    row, column = 5, 3
    tip = pointed_at(page, plot, left + (column + 0.5) * width / 12, dict(names)[str(row)])
    value = experiment.trace.H[column, 0, row]
    expect(tip).to_contain_text(f"unit {row}: {value:.6g}".replace("-", "−"))


def test_a_chart_tells_its_numbers_under_the_pointer(visit, count_messages):
    page = visit("/Gradient_flow?preset=parity")
    plot = page.locator(".rnnviz-plot").first
    plot.scroll_into_view_if_needed()
    at_rest(page)
    sent, box = count_messages(page), plot.bounding_box()
    page.mouse.move(box["x"] + 62, box["y"] + box["height"] / 2)
    tip = page.locator(".rnnviz-plot-tip").first
    expect(tip).to_contain_text("lag t − k 0")
    expect(tip).to_contain_text("median 1")
    page.mouse.move(box["x"] + box["width"] - 20, box["y"] + box["height"] / 2)
    expect(tip).to_contain_text("lag t − k 7")
    page.mouse.move(2, 2)
    expect(tip).to_be_hidden()
    assert sent() == 0
    width = plot.bounding_box()["width"]
    page.set_viewport_size({"width": 700, "height": 900})
    page.wait_for_function(f"document.querySelector('.rnnviz-plot').getBoundingClientRect().width < {width} - 50")


def test_a_chart_stands_where_its_numbers_are(visit):
    """The median at the last lag, read back from the picture by the ticks beside it, against the table."""
    page = visit("/Gradient_flow?preset=parity")
    plot = page.locator(".rnnviz-plot").first
    plot.wait_for()
    dots = plot.locator("circle").evaluate_all(
        "all => all.map(one => [Number(one.getAttribute('cx')), Number(one.getAttribute('cy'))])"
    )
    texts = plot.locator("text").evaluate_all(
        "all => all.map(one => [Number(one.getAttribute('y')) - 4, one.textContent, one.getAttribute('text-anchor')])"
    )
    exponents = {"10−1": -1, "1": 0, "101": 1, "102": 2}
    ticks = [(y, exponents[text]) for y, text, anchor in texts if anchor == "end" and text in exponents]
    (y0, e0), (y1, e1) = ticks[0], ticks[-1]
    found = [10 ** (e0 + (y - y0) / (y1 - y0) * (e1 - e0)) for _, y in dots]
    experiment = run(PRESETS["parity"].config)
    values = spectrum(experiment)
    expected = reach_compute.lags(attributed(experiment).sample_norms, values.gamma, values.norm, values.radius).median
    assert len(found) == len(expected)
    assert all(abs(one / other - 1) < 0.01 for one, other in zip(found, expected, strict=True))


NAMES_CUT = """found => found.flatMap((one) => [one, ...one.querySelectorAll("*")])
    .filter((one) => one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflowX !== "visible")
    .map((one) => one.textContent)"""


def test_the_name_of_a_number_is_never_cut(visit):
    page = visit("/Gradient_flow")
    for width in (768, 1000, 1400):
        page.set_viewport_size({"width": width, "height": 900})
        labels = page.get_by_test_id("stMetricLabel")
        expect(labels).to_have_count(4)
        assert labels.evaluate_all(NAMES_CUT) == [], width
