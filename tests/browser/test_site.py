"""The static site in a real browser: from a web server and from a folder, for everyone, to the app and back."""

from __future__ import annotations

import base64
import threading
from collections import Counter
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from browsing import STAGE
from playwright.sync_api import expect
from test_everyone import COLOURS, EXCEPT, RUN

from rnnviz.charts.theme import role
from rnnviz.export.site.build import site
from rnnviz.export.site.pages import assets, pages, version_of
from rnnviz.export.site.scenes import made
from rnnviz.settings.config import PRESETS, RunConfig
from tests.configurations import spread

pytestmark = pytest.mark.browser
TWO = ("lecture-sequence-to-sequence", "vanishing")
SHIFTS = """() => new Promise((done) => {
    new PerformanceObserver((list) => done(list.getEntries().reduce((sum, one) => sum + one.value, 0)))
        .observe({ type: "layout-shift", buffered: true });
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(0))));
})"""
"""How far what is seen has moved while the page came, by the browser's own measure."""
SIDEWAYS = """Math.max(...[document.documentElement, document.querySelector("main")]
    .map((one) => one.scrollWidth - one.clientWidth))"""
WHOLE = {
    "index.html": f"{STAGE} .network",
    "Lessons.html": "[data-testid=lesson] .paragraph",
    "Unrolled_network.html?preset=vanishing": f"{STAGE} .network",
    "Chain_rule.html?preset=vanishing": f"{STAGE} .network",
    "Gradient_flow.html?preset=vanishing": "svg.rnnviz-plot",
    "Gradient_flow.html?part=cures": ".rnnviz-cells",
    "Training.html": "[data-testid=training-player] .panel",
    "Questions.html": "[data-testid=quiz] .option",
    "Words.html?word=bound": ".word-card.asked",
    "Is_this_true.html": ".rnnviz-digits",
}
"""What has to be seen on each page."""


class Quiet(SimpleHTTPRequestHandler):
    """A web server that says nothing."""

    def log_message(self, *_: object) -> None:
        """Keep no log."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    found = tmp_path_factory.mktemp("site")
    for name, body in site(TWO, "http://app.example/").items():
        (found / name).parent.mkdir(parents=True, exist_ok=True)
        (found / name).write_bytes(body)
    return found


@contextmanager
def serving(folder):
    """Give the address at which a folder is served."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def served(folder):
    """Return the address of the site."""
    with serving(folder) as address:
        yield address


@pytest.fixture
def reader(browser):
    """Return a function that gives a new reader's window, which asks its own place alone and complains of nothing."""
    contexts, complaints, asked = [], [], []

    def window(**options):
        options = {"viewport": {"width": 1400, "height": 900}, "reduced_motion": "reduce"} | options
        contexts.append(browser.new_context(**options))
        page = contexts[-1].new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        return page

    yield window
    for context in contexts:
        context.close()
    assert complaints == []
    assert {url.split("/")[2] for url in asked if not url.startswith(("data:", "blob:"))} <= {
        "",
        *asked[0].split("/")[2:3],
    }


def comes(page, what, given=None):
    """Return whether something becomes true within some thousand frames; the page's policy forbids Playwright's own."""
    each = f"() => ({what} || left-- < 1 ? done({what}) : requestAnimationFrame(look))"
    return page.evaluate(
        f"(given) => new Promise((done) => {{ let left = 2000; const look = {each}; look(); }})", given
    )


def test_home_comes_in_a_quarter_of_a_megabyte(browser, tmp_path):
    """Of the site with every preset, from a server that compresses nothing, before anything is pressed."""
    folder = tmp_path / "whole"
    files = assets() | made("stages", RunConfig().preset)
    for name, body in (files | pages(tuple(PRESETS), "", version_of(files))).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(body)
    with serving(folder) as address:
        context = browser.new_context(viewport={"width": 1400, "height": 900})
        page, came = context.new_page(), Counter()
        network = context.new_cdp_session(page)
        network.send("Network.enable")
        network.on("Network.loadingFinished", lambda one: came.update(all=one["encodedDataLength"]))
        page.goto(address + "index.html")
        expect(page.locator(STAGE)).to_have_attribute("data-frame", "1")  # a newcomer's plays by itself
        context.close()
    assert 50_000 < came["all"] <= 250_000


def frame(page):
    return page.get_attribute(STAGE, "data-frame-id")


@pytest.mark.parametrize("path", spread(list(WHOLE), 5))
def test_a_page_is_whole_at_once_and_for_everyone(reader, served, axe, path):
    page = reader(color_scheme="dark")
    page.goto(served + path)
    expect(page.locator(WHOLE[path]).first).to_be_visible()
    expect(page.locator(".rnnviz-header [aria-current=page]").first).to_be_attached()
    assert page.evaluate(SHIFTS) < 0.001
    page.add_style_tag(content="* { transition: none !important; animation: none !important; }")
    page.evaluate(axe)
    assert page.evaluate(RUN, [EXCEPT, None, None]) == []
    page.emulate_media(color_scheme="light")
    assert page.evaluate(RUN, [EXCEPT, COLOURS, None]) == []
    for width in (1366, 390):
        page.set_viewport_size({"width": width, "height": 844})
        assert comes(page, f"{SIDEWAYS} <= 0"), width


def test_from_a_folder_the_stage_takes_a_parameter_and_keeps_the_moment(reader, folder):
    page = reader(offline=True)
    page.goto((folder / "Chain_rule.html").as_uri() + "?preset=vanishing&parameter=W1&frame=term-19-17")
    page.wait_for_selector(STAGE)
    assert frame(page) == "term-19-17"
    expect(page.locator("[data-parameter=W1]")).to_have_attribute("aria-pressed", "true")
    page.click("[data-parameter=b1]")
    expect(page.locator("[data-parameter=b1]")).to_have_attribute("aria-pressed", "true")
    page.focus(STAGE)
    page.keyboard.press("ArrowRight")
    here = frame(page)
    page.wait_for_url(lambda url: "parameter=b1" in url and f"frame={here}" in url)
    page.reload()
    page.wait_for_selector(STAGE)
    assert frame(page) == here
    page.click(".rnnviz-pages a >> text=Training")
    expect(page.locator("[data-testid=training-player] .panel").first).to_be_visible()
    assert "preset=vanishing&parameter=b1" in page.url


@pytest.mark.slow
def test_lessons_and_questions_go_on_without_a_server(reader, served):
    page = reader()
    page.goto(f"{served}Lessons.html?lesson=general.2")
    lesson = page.locator("[data-testid=lesson]")
    expect(lesson).to_have_attribute("data-paragraph", "1")
    lesson.locator("select").select_option("sequence")
    expect(lesson).to_have_attribute("data-lesson", "sequence")
    page.goto(f"{served}Questions.html")
    page.get_by_role("button", name="New numbers").click()
    page.wait_for_url(lambda url: ".1" in url)
    page.locator(".option").first.click()
    page.get_by_role("button", name="This is my answer").click()
    expect(page.locator(".verdict")).to_contain_text(".")


@pytest.mark.slow
def test_the_pictures_of_the_laboratory_are_chosen_by_link_and_theme(reader, served):
    page = reader(color_scheme="light")
    page.goto(f"{served}Gradient_flow.html?preset=vanishing&see=flow.picture:1")
    expect(page.get_by_role("button", name="map of losses")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="map of terms").click()
    page.wait_for_url(lambda url: "flow.picture%3A3" in url)
    drawn = page.locator(".st-key-part-chart svg").first
    light = drawn.evaluate("one => one.outerHTML")
    page.keyboard.press("s")
    page.get_by_role("dialog").get_by_role("button", name="dark").click()
    assert comes(page, "document.querySelector('.st-key-part-chart svg').outerHTML !== given", light)
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


@pytest.mark.slow
def test_what_the_site_has_not_computed_is_said_and_led_to_the_app(reader, served):
    page = reader()
    page.goto(f"{served}Chain_rule.html?preset=vanishing&steps=5&frame=term-19-17")
    note = page.locator(".site-note")
    expect(note).to_contain_text("steps 5")
    note.locator("a").focus()
    to = note.locator("a").get_attribute("href")
    assert to == "http://app.example/Chain_rule?preset=vanishing&steps=5&frame=term-19-17"
    page.goto(f"{served}Training.html?epoch=3")
    page.get_by_role("button", name="Pin this run").click()
    expect(page.locator(".site-note")).to_contain_text("needs the engine")


def test_a_link_opens_the_same_moment_in_the_app_and_back(reader, served, open_page):
    query = "?preset=vanishing&parameter=W1&frame=term-19-17&open=cells.share"
    here = reader()
    here.goto(f"{served}Chain_rule.html{query}")
    here.wait_for_selector(STAGE)
    app = open_page(f"/Chain_rule{query}", reduced_motion="reduce", viewport={"width": 1400, "height": 900})
    app.wait_for_selector(STAGE)
    for selector in (".sentence", ".grid", ".formula"):
        both = [page.locator(f"{STAGE} {selector}").first.text_content() for page in (here, app)]
        assert both[0] == both[1], selector
    app.focus(STAGE)
    app.keyboard.press("ArrowRight")
    moved = frame(app)
    app.wait_for_url(lambda url: moved in url)
    here.goto(f"{served}Chain_rule.html?{app.url.split('?')[1]}")
    here.wait_for_selector(STAGE)
    assert frame(here) == moved
    assert here.locator(f"{STAGE} .sentence").text_content() == app.locator(f"{STAGE} .sentence").text_content()


def kept(page, what):
    """Return the name and the bytes of what stands behind Share."""
    page.locator(".rnnviz-toolbar [aria-label=Share]").click()
    with page.expect_download(timeout=180_000) as download:
        page.get_by_role("button", name=what, exact=True).click()
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


def test_a_frame_is_kept_as_a_picture_at_twice_its_size(reader, served):
    page = reader()
    page.goto(f"{served}Chain_rule.html?frame=term-2-1")
    page.wait_for_selector(STAGE)
    name, png = kept(page, "Picture")
    assert (name, png[:8]) == ("term-2-1.png", b"\x89PNG\r\n\x1a\n")
    width = page.locator(f"{STAGE} .screen").evaluate("one => Math.ceil(one.getBoundingClientRect().width + 48)")
    assert int.from_bytes(png[16:20]) == 2 * width
    drawn = """async (address) => {
        const image = await createImageBitmap(await (await fetch(address)).blob()), { width, height } = image;
        const brush = new OffscreenCanvas(width, height).getContext("2d"), found = new Set();
        brush.drawImage(image, 0, 0);
        const { data } = brush.getImageData(0, 0, width, height);
        for (let at = 0; at < data.length; at += 4) found.add(65536 * data[at] + 256 * data[at + 1] + data[at + 2]);
        return [...found];
    }"""
    blank = page.context.new_page()
    colours = set(blank.evaluate(drawn, f"data:image/png;base64,{base64.b64encode(png).decode()}"))
    for name in ("loss", "output", "chain", "parameter"):  # the ribbon, in the colours of its factors
        assert int(role(name, "light").line[1:], 16) in colours, name


@pytest.mark.slow
def test_a_training_step_is_kept_as_a_film(reader, served):
    page = reader()
    page.goto(f"{served}Unrolled_network.html?frame=forward-1")
    page.wait_for_selector(STAGE)
    name, film = kept(page, "Film")
    assert (name, film[:4]) == ("training-step.webm", b"\x1aE\xdf\xa3")
    assert len(film) > 20_000
    assert frame(page) == "forward-1"
