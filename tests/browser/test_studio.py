"""The training studio in a browser: it plays, follows the pointer and walks the loop, without the server."""

from __future__ import annotations

import math
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from rnnviz.experiment.core import run
from rnnviz.experiment.training import train_run
from rnnviz.settings.config import PRESETS, RunConfig
from tests.browser.browsing import SIZES, at_rest, closed, settled

pytestmark = pytest.mark.browser
STUDIO = "[data-testid='training-player']"
SEEN = """one => {
  let seen = 1;
  for (let each = one; each; each = each.parentElement) seen *= Number(getComputedStyle(each).opacity);
  return seen;
}"""
# What fades is at its end at once: a window that draws no frame moves nothing.
FADE = """one => {
  for (let each = one; each; each = each.parentElement) each.getAnimations().forEach(fading => fading.finish());
}"""
DIFFERS = """cells => [...document.querySelectorAll(cells)].some(
  one => Math.abs(Number(one.textContent.replace("−", "-"))) > 0.01
)"""


ANEW = """studio => {
    studio.querySelector("[data-act=whole]").click();
    studio.querySelector("[data-parameter=Wh1]").click();
    studio.querySelector("[aria-label=First]").click();
    dispatchEvent(new CustomEvent("rnnviz:settle"));
}"""


@pytest.fixture
def studio(visit, tab, server):
    """Return the studio as it opens; where it stands already, it goes back to its start."""
    studio = tab.locator(STUDIO)
    if urlsplit(tab.url).path == "/Training" and studio.count():
        studio.evaluate(ANEW)
    if tab.url != f"{server}/Training":
        visit("/Training")
    tab.wait_for_selector(f"{STUDIO} .panel")
    return studio


def epoch(studio):
    return int(studio.get_attribute("data-frame-id").removeprefix("epoch-"))


def curve(studio, name="loss"):
    return studio.locator(f"[data-panel='{name}'] .plot")


def test_every_cell_is_before_plus_step(studio):
    studio.focus()
    studio.page.keyboard.press("PageDown")
    assert epoch(studio) == 10
    before, step, after = (
        [float(text.replace("−", "-")) for text in studio.locator(f"[data-kind='{kind}'] td").all_inner_texts()]
        for kind in ("before", "step", "after")
    )
    assert len(before) == 9
    for one, two, three in zip(before, step, after, strict=True):
        assert abs(one + two - three) <= 1.1e-3 * max(1, abs(one))


def test_what_an_exploding_step_dwarfs_is_told(visit):
    page = visit("/Training?preset=exploding")
    told = page.locator(f"{STUDIO} .told")
    page.locator(STUDIO).focus()
    page.keyboard.press("End")
    largest = abs(train_run(run(PRESETS["exploding"].config)).parameters["Wh1"][1]).max()
    expect(told).to_contain_text(f"Before it no entry was above {largest:.4g} in size")
    page.keyboard.press("Home")
    expect(told).not_to_contain_text("Before it")


def test_pointing_at_an_epoch_moves_all_views_and_leaving_takes_them_back(studio, count_messages):
    sent = count_messages(studio.page)
    plot = curve(studio)
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    studio.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 30)
    assert abs(epoch(studio) - 50) <= 1
    places = studio.locator(".panel .cursor").evaluate_all(
        "all => all.filter(one => one.offsetParent).map(one => one.style.left)"
    )
    assert len(set(places)) == 1
    assert len(places) == 6
    studio.page.mouse.move(2, 2)
    assert epoch(studio) == 0
    plot.click(position={"x": box["width"] / 4, "y": 20})
    studio.page.mouse.move(2, 2)
    assert abs(epoch(studio) - 25) <= 1
    assert sent() == 0


def test_the_loop_inside_an_epoch(studio, count_messages):
    sent = count_messages(studio.page)
    studio.focus()
    seen = []
    for _ in range(6):
        studio.page.keyboard.press("ArrowDown")
        seen.append((studio.get_attribute("data-act"), epoch(studio)))
    assert seen == [("start", 0), ("forward", 0), ("loss", 0), ("bptt", 0), ("update", 0), ("start", 1)]
    gradient, after = (studio.locator(f"[data-kind='{kind}'] table") for kind in ("gradient", "after"))
    expect(gradient).to_be_hidden()
    studio.page.keyboard.press("ArrowUp")
    assert (studio.get_attribute("data-act"), epoch(studio)) == ("update", 0)
    expect(after).to_be_visible()
    studio.page.keyboard.press("ArrowUp")
    expect(gradient).to_be_visible()
    expect(after).to_be_hidden()
    studio.get_by_role("button", name="whole epoch").click()
    assert studio.get_attribute("data-act") is None
    assert sent() == 0


def test_jumps_and_the_way_back_to_the_start(studio):
    studio.get_by_role("button", name="+10 epochs").click()
    studio.get_by_role("button", name="+100 epochs").click()
    assert epoch(studio) == 99
    studio.get_by_role("button", name="−10 epochs").click()
    assert epoch(studio) == 89
    first = studio.locator("[data-kind='before'] td").first
    later = first.inner_text()
    studio.get_by_role("button", name="First").click()
    assert epoch(studio) == 0
    assert first.inner_text() != later


def test_opening_another_parameter_keeps_the_epoch(studio):
    studio.get_by_role("button", name="+10 epochs").click()
    studio.locator("[data-parameter='W2']").click()
    assert epoch(studio) == 10
    expect(studio.locator("[data-kind='before'] tr")).to_have_count(3)
    expect(studio.locator("[data-kind='before'] tr").first.locator("td")).to_have_count(2)


def test_legends_tell_the_numbers_of_the_epoch(studio):
    studio.focus()
    studio.page.keyboard.press("End")
    words = studio.locator("p.sentence").inner_text()
    value = studio.locator("[data-panel='loss'] .entry b").first.inner_text()
    assert value[:4] in words
    expect(studio.locator("[data-panel='outputs'] .reading")).to_have_text("right: 3 of 3")


def test_playing_goes_on_by_itself(open_page):
    page = open_page("/Training?preset=parity&hidden=16&epochs=60", clock=True)
    studio = page.locator(STUDIO)
    studio.wait_for()
    studio.get_by_role("button", name="Play").click()
    page.clock.run_for(4_000)
    studio.get_by_role("button", name="Pause").click()
    stood = epoch(studio)
    assert stood > 8
    page.clock.run_for(5_000)
    assert epoch(studio) == stood


def test_a_pinned_run_stays_over_changes_pages_and_reloads(visit):
    page = visit("/Training")
    page.get_by_role("button", name="Pin this run", exact=True).click()
    expect(page.get_by_text("same settings")).to_be_visible()
    rate = page.get_by_role("textbox", name="Learning rate η")
    rate.fill("7")
    rate.press("Escape")
    rate.press("Tab")
    expect(rate).to_have_value("0.1")  # Escape puts back what stood there
    rate.fill("0,3")
    rate.press("Tab")
    words = page.get_by_text("Beside the pinned run")
    expect(words).to_contain_text("0.3 here, 0.1 pinned")
    told = words.inner_text()
    page.locator(STUDIO).focus()
    page.keyboard.press("PageDown")
    settled(page)  # the words stand above the studio and come before it; what was pressed meanwhile holds
    page.wait_for_function(DIFFERS, arg=f"{STUDIO} [data-kind='difference'] td")
    assert epoch(page.locator(STUDIO)) == 10
    expect(page.locator(STUDIO)).to_be_focused()
    after, pinned, difference = (
        [float(text.replace("−", "-")) for text in page.locator(f"{STUDIO} [data-kind='{kind}'] td").all_inner_texts()]
        for kind in ("after", "pinned", "difference")
    )
    assert len(difference) == 9
    assert max(map(abs, difference)) > 0.01
    for one, other, between in zip(after, pinned, difference, strict=True):
        assert abs(one - other - between) <= 1.1e-3 * max(1, abs(one))
    page.get_by_test_id("stMain").get_by_role("link", name="Chain rule").first.click()
    page.wait_for_url("**/Chain_rule**compare=**")
    page.get_by_test_id("stMain").get_by_role("link", name="Training").first.click()
    expect(page.get_by_text("Beside the pinned run")).to_have_text(told)
    page.reload()
    expect(page.get_by_text("Beside the pinned run")).to_have_text(told)
    page.get_by_role("button", name="Back to the pinned settings").click()
    expect(page.get_by_text("same settings")).to_be_visible()
    page.get_by_role("button", name="Unpin").click()
    expect(page.get_by_text("pinned run")).to_have_count(0)


def test_a_long_training_shows_how_it_goes_and_can_be_stopped(visit):
    page = visit("/Training?preset=adding&hidden=48&steps=100&epochs=2&seed=5")
    settled(page)
    epochs = page.get_by_role("textbox", name="Epochs")
    epochs.fill("2000")
    epochs.press("Enter")
    bar = page.get_by_test_id("stProgress")
    expect(bar).to_contain_text("of 2000")  # else it is the bar of another computation
    expect(page.locator("[data-stale='true']", has=page.locator(STUDIO))).to_have_count(1)
    page.locator(STUDIO).evaluate(FADE)
    assert page.locator(STUDIO).evaluate(SEEN) < 0.5
    bar.evaluate(FADE)
    assert bar.evaluate(SEEN) == 1
    expect(bar).to_contain_text("s left")
    expect(page.get_by_role("button", name="Stop", exact=True)).to_have_count(1)
    expect(page.get_by_test_id("stStatusWidget").get_by_role("button")).to_have_count(0)
    page.get_by_test_id("stMain").get_by_role("button", name="Stop", exact=True).click()
    told = page.get_by_text("Stopped after")
    expect(told).to_be_visible()
    done = int(told.inner_text().split()[2])
    assert 0 < done < 2000
    page.wait_for_selector(f"{STUDIO} .panel")
    studio = page.locator(STUDIO)
    studio.focus()
    page.keyboard.press("End")
    assert epoch(studio) == done - 1
    page.get_by_role("button", name="Train to the end").click()
    expect(bar).to_contain_text("of 2000")
    page.get_by_test_id("stMain").get_by_role("button", name="Stop", exact=True).click()
    expect(told).to_be_visible()


def test_a_map_tells_the_cell_under_the_pointer(studio):
    result = train_run(run(RunConfig()))
    plot = curve(studio, "steps")
    plot.evaluate("one => one.scrollIntoView({ block: 'center' })")
    box = plot.bounding_box()
    reading = studio.locator("[data-panel='steps'] .reading")
    for row in range(3):
        studio.page.mouse.move(box["x"] + box["width"] * 30 / 99, box["y"] + box["height"] * (1 - (row + 0.5) / 3))
        assert epoch(studio) == 30
        name, value = reading.inner_text().split(": ")
        assert name == f"step t {row}"
        assert abs(float(value) - result.step_losses[30, row]) <= 0.006 * result.step_losses[30, row]
    painted = plot.locator("img").evaluate(
        """one => {
            const canvas = Object.assign(document.createElement("canvas"), { width: 100, height: 3 });
            const brush = canvas.getContext("2d");
            brush.drawImage(one, 0, 0);
            return [2, 1, 0].map(row => brush.getImageData(30, row, 1, 1).data[3]);
        }"""
    )
    order = sorted(range(3), key=lambda row: result.step_losses[30, row])
    assert [painted[row] for row in order] == sorted(painted)
    assert len(set(painted)) == 3


def test_a_curve_stands_where_its_numbers_are(studio):
    """The last point of the loss, read back from the picture by the ticks beside it."""
    plot = curve(studio)
    last = float(plot.locator("path.line").first.get_attribute("d").split()[-1])
    ticks = plot.locator(".tick").evaluate_all("all => all.map(one => [parseFloat(one.style.bottom), one.textContent])")
    (low, one), (high, two) = ticks[0], ticks[-1]
    exponent = math.log10(float(one)) + ((100 - last) - low) / (high - low) * math.log10(float(two) / float(one))
    expected = train_run(run(RunConfig())).losses[-1]
    assert abs(10**exponent / expected - 1) < 0.01


WIDTHS = "found => found.map((one) => one.getBoundingClientRect().width)"


def test_no_epoch_moves_the_next_matrix(studio):
    tables, widths = studio.locator("[data-kind] table"), []
    studio.page.get_by_role("button", name="First").click()
    for _ in range(11):
        widths.append(tables.evaluate_all(WIDTHS))
        studio.get_by_role("button", name="+10 epochs").click()
    assert len(widths[0]) == 4
    assert all(each == widths[0] for each in widths)


LONE = """found => found.filter((op) => {
    const sign = op.getBoundingClientRect(), next = op.nextElementSibling?.getBoundingClientRect();
    return !next || next.top > sign.bottom || next.left < sign.left;
}).length"""


def test_a_sign_never_stands_on_a_line_of_its_own(studio):
    for width in (1400, 900, 600, 380):
        studio.page.set_viewport_size({"width": width, "height": 900})
        operators = studio.locator(".factors .op")
        assert operators.count() == 2
        assert operators.evaluate_all(LONE) == 0, width


CUT = """(found) => found.filter((part) => part.offsetParent).filter((part) => {
    const box = part.getBoundingClientRect();
    return innerWidth > 900 && (box.top < 48 || box.bottom > innerHeight || part.scrollWidth > part.clientWidth + 1);
}).map((part) => part.dataset.part)"""

HIDDEN = """(found, block) => found.filter((panel) => {
    panel.scrollIntoView({ block });
    const box = panel.getBoundingClientRect();
    const at = (y) => document.elementFromPoint((box.left + box.right) / 2, y);
    return !panel.contains(at(box.top + 4)) || !panel.contains(at(box.bottom - 4));
}).map((panel) => panel.dataset.panel)"""


@pytest.mark.parametrize("size", [(1366, 640), (390, 844)])
def test_a_chart_that_is_brought_into_view_lies_under_nothing(studio, size):
    studio.page.set_viewport_size(dict(zip(("width", "height"), size, strict=True)))
    studio.page.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, 0)")
    at_rest(studio.page)
    assert studio.locator(".screen > [data-part]").evaluate_all(CUT) == []
    if size[0] > 900:
        studio.get_by_role("button", name="Charts").click()
        assert studio.locator(".screen > [data-part]").evaluate_all(CUT) == []
    for block in ("start", "end"):
        assert studio.locator(".panel:visible").evaluate_all(HIDDEN, block) == [], block


SWATCHES = """() => ["target", "start", "best", "now"].map((name) => {
    const panel = document.querySelector("[data-panel=outputs]");
    const entry = [...panel.querySelectorAll(".entry")].find((one) => one.textContent.trim() === name);
    const kind = entry.className.replace("entry", "line");
    const line = [...panel.querySelectorAll("path")].find((one) => one.getAttribute("class") === kind);
    const [swatch, drawn] = [getComputedStyle(entry, "::before"), getComputedStyle(line)];
    return [swatch.borderTopColor === drawn.stroke, swatch.opacity === drawn.opacity];
})"""


def test_an_exploded_run_is_readable_up_to_its_last_sound_epoch(visit):
    page = visit("/Training?preset=exploding")
    page.wait_for_selector(f"{STUDIO} .panel")
    last = page.evaluate(
        f"Number(document.querySelector(\"{STUDIO} [data-panel='loss'] .under\").lastChild.textContent)"
    )
    page.locator(STUDIO).get_by_role("button", name="Last").click()
    assert last == epoch(page.locator(STUDIO))
    closed(page)
    for size in SIZES:
        page.set_viewport_size(dict(zip(("width", "height"), size, strict=True)))
        at_rest(page)
        assert page.locator(f"{STUDIO} .screen > [data-part]").evaluate_all(CUT) == [], size
    targets = page.locator("[data-panel='outputs'] .line.thick").get_attribute("d")
    heights = [float(point.split()[1]) for point in targets[1:].split("L")]
    assert max(heights) - min(heights) > 1  # of 100; a linear axis up to 1e11 leaves a millionth
    assert page.evaluate(SWATCHES) == [[True, True]] * 4
