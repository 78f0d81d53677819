"""The app behind nginx, in a real Chromium: its policy breaks nothing, and a killed process is no end."""

from __future__ import annotations

import signal
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from browsing import SETTINGS_OPEN
from playwright.sync_api import expect

from benchmarks.serving import free_ports
from deploy.run import cluster, nginx_program
from tests.browser.browsing import STAGE, STILL, settled

pytestmark = pytest.mark.browser
WATCH = """
window.refused = [];
addEventListener("securitypolicyviolation", (event) => {
  window.refused.push(`${event.violatedDirective}: ${event.blockedURI}`);
});
"""


@pytest.fixture(scope="module")
def guest(tmp_path_factory):
    """A folder that another server hands out, and the origin of its pages."""
    folder = tmp_path_factory.mktemp("guest")
    handler = partial(SimpleHTTPRequestHandler, directory=folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        handler.func.log_message = lambda *_: None
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield folder, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def deployed(guest):
    """Two processes behind nginx."""
    if nginx_program() is None:
        pytest.skip("nginx was not found; install it (Debian: apt-get install nginx-light)")
    with cluster(free_ports(2), f"127.0.0.1:{free_ports()[0]}", embedders=[guest[1]]) as running:
        yield running


@pytest.fixture
def visit(browser, deployed):
    """Return a function that opens a path behind nginx; nothing may be refused, nothing thrown."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000}, **STILL)
    context.add_init_script(SETTINGS_OPEN)
    page, thrown = context.new_page(), []
    page.set_default_timeout(30_000)
    page.add_init_script(WATCH)
    page.on("pageerror", lambda error: thrown.append(str(error)))

    def opened(path):
        answer = page.goto(deployed.address + path)
        settled(page)
        return page, answer

    yield opened
    assert page.evaluate("window.refused") == []
    context.close()
    assert thrown == []


@pytest.mark.slow
def test_the_policy_breaks_nothing_not_even_a_file(visit):
    page, answer = visit("/Training")
    assert "'unsafe-" not in answer.headers["content-security-policy"].partition("style-src")[0]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    page.get_by_text("Numbers, download").first.click()
    page.wait_for_selector("[data-testid='stDataFrame'] canvas")
    page.get_by_text("Your own data").first.click()
    rows = "\n".join(f"{n},{n % 7}" for n in range(60)).encode()
    file = {"name": "own.csv", "mimeType": "text/csv", "buffer": rows}
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Train on these data").click()
    page.wait_for_url("**data=*")
    settled(page)
    assert page.locator("[data-testid='training-player']").count() == 1
    visit("/Gradient_flow?preset=cliff&part=cliff")
    page.wait_for_selector(".rnnviz-plot image", state="attached")
    visit("/Gradient_flow?preset=parity&part=causes")
    page.get_by_text("Slopes over time and how often each occurs").click()
    page.wait_for_selector(".rnnviz-plot rect.bar", state="attached")


@pytest.mark.slow
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "asked to end"])
def test_a_reader_whose_process_ends_goes_on(visit, deployed, end):
    deployed.revive()
    deployed.wait()
    page, _ = visit("/Chain_rule?preset=echo&steps=5")
    page.wait_for_selector(f"{STAGE} .network")
    seat = seat_of(page)
    deployed.apps[list(deployed.apps)[seat]].send_signal(end)
    app = "[data-testid='stApp']"
    page.wait_for_selector(f"{app}:not([data-test-connection-state='CONNECTED'])")
    page.wait_for_selector(f"{app}[data-test-connection-state='CONNECTED']")  # the other process
    page.get_by_role("slider", name="Hidden units").first.press("ArrowRight")
    page.wait_for_url("**hidden=*")  # the first change counts
    assert seat_of(page) != seat
    settled(page)
    page.reload()
    settled(page)
    page.wait_for_selector(f"{STAGE} .network")
    assert "preset=echo&steps=5&hidden=" in page.url


def seat_of(page) -> int:
    return next(int(one["value"]) for one in page.context.cookies() if one["name"] == "rnnviz_seat")


CLOSE = """items => items.map((one) => one.getBoundingClientRect()).filter((box, place, all) =>
    place > 0 && box.left < all[place - 1].right - 1)"""
FRAME = "<!doctype html><title>guest</title><iframe width=1000 height=640 src='{}'></iframe>"


@pytest.mark.slow
def test_a_page_of_another_origin_shows_the_stage_alone_where_it_is_named(browser, deployed, guest):
    folder, origin = guest
    moment = "/Chain_rule?preset=lecture-sequence-to-sequence&frame=term-2-1&embed=true"
    (folder / "all.html").write_text(FRAME.format(f"{deployed.address}{moment}"))
    (folder / "part.html").write_text(FRAME.format(f"{deployed.address}{moment}&hide=header,grid"))
    context = browser.new_context(viewport={"width": 1100, "height": 700}, **STILL)
    page = context.new_page()
    page.set_default_timeout(60_000)
    for name, grid in (("all", 1), ("part", 0)):
        page.goto(f"{origin}/{name}.html")
        inside = page.frame_locator("iframe")
        expect(inside.locator(STAGE)).to_have_attribute("data-frame-id", "term-2-1", timeout=60_000)
        expect(inside.locator(".rnnviz-header")).to_be_hidden()
        expect(inside.locator(f"{STAGE} .side:visible")).to_have_count(grid)
        bar = inside.locator(f"{STAGE} [data-part='transport']").bounding_box()
        assert inside.locator(f"{STAGE} .factors > *").evaluate_all(CLOSE) == []
        assert bar["y"] + bar["height"] <= page.locator("iframe").bounding_box()["y"] + 640
    page.goto(f"{origin.replace('127.0.0.1', 'localhost')}/all.html")  # an origin that is not named
    page.wait_for_function("() => !document.querySelector('iframe').contentDocument")
    expect(page.frame_locator("iframe").locator("#root")).to_have_count(0)
    context.close()
