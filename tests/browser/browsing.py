"""What the browser stories share."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

from playwright.sync_api import expect

ROOT = Path(__file__).parents[2]
STAGE = "[data-testid='stage']"
STILL = {"reduced_motion": "reduce"}
SETTINGS_OPEN = """if (location.protocol.startsWith("http"))
    localStorage.setItem("stSidebarCollapsed-", String(screen.width < 768))"""
"""Run before a page: beside it its settings are open, as for a reader who has opened them before."""
REOPENED = """() => {
    const open = document.querySelector("[data-testid=stExpandSidebarButton]");
    open?.click();
    return !open;
}"""
"""Open the settings where an earlier test has closed them, until they are."""
RESTS = ("/Take_away", "/Words")
"""Pages without a stage, one of which is looked at between two visits."""

FRAMES = """async (count) => {
    for (let frame = 0; frame < count; frame += 1) await new Promise(requestAnimationFrame);
}"""
RESTS_NOW = """() => {
    const main = document.querySelector("[data-testid=stMain]"), was = window.layout;
    const passes = (one) => one.playState === "running" && one.effect.getTiming().iterations !== Infinity;
    const now = [innerWidth, main.clientWidth, main.scrollWidth, main.scrollHeight, main.scrollTop].join();
    window.layout = document.getAnimations().some(passes) ? null : now;
    return window.layout !== null && window.layout === was;
}"""

TURN = """address => {
    history.pushState({}, "", address);
    dispatchEvent(new PopStateEvent("popstate", { state: {} }));
}"""


BACK = """address => {
    history.replaceState(history.state, "", address + "#");  // with it, Streamlit has nothing to ask
    dispatchEvent(new PopStateEvent("popstate", { state: {} }));
    history.replaceState(history.state, "", address);
    document.querySelector("[data-testid=stMain]").scrollTo(0, 0);
}"""
"""Lead the stage to where its link begins, as the browser's Back does."""


def without_moment(address: str) -> str:
    """Return a link of this server without what it says of the moment on the stage."""
    path, query = urlsplit(address).path, parse_qsl(urlsplit(address).query)
    kept = [pair for pair in query if pair[0] not in ("frame", "q", "open")]
    return f"{path}?{urlencode(kept)}" if kept else path


def turn(page, address: str) -> None:
    """Go to another page of the app as its toolbar does, until its title is there."""
    settled(page)
    title = page.locator("h1").first.text_content()
    page.evaluate(TURN, address)
    page.wait_for_function(
        "title => ![title, undefined].includes(document.querySelector('h1')?.textContent)", arg=title
    )
    settled(page)


def settled(page) -> None:
    """Wait until the server has run the page to its end."""
    page.wait_for_selector("h1")
    page.wait_for_selector("[data-testid='stApp'][data-test-script-state='notRunning']")


def choose(page, menu: str, name: str) -> None:
    """Take a choice of one of the menus in the header."""
    page.locator(".rnnviz-header").get_by_role("button", name=menu, exact=True).click()
    page.locator(".rnnviz-menu:popover-open").get_by_text(name, exact=True).click()


def frames(page, count: int = 2) -> None:
    """Let the browser draw some frames."""
    page.evaluate(FRAMES, count)


def at_rest(page) -> None:
    """Wait until the server has run the page to its end and nothing moves: it is laid out as just before."""
    settled(page)
    page.evaluate("window.layout = null")
    page.wait_for_function(RESTS_NOW, polling=50)
    settled(page)


@contextmanager
def serving(port: int, log: Path):
    """Run the app on a port, and give its address."""
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    options = ["--server.headless", "true", "--server.fileWatcherType", "none"]
    with log.open("w") as out:
        process = subprocess.Popen([*command, *options], cwd=ROOT, stdout=out, stderr=subprocess.STDOUT)
        try:
            wait_until_healthy(f"http://127.0.0.1:{port}", process, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(timeout=20)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_healthy(address: str, process: subprocess.Popen, log: Path) -> None:
    """Wait for the server's health page, at most a minute."""
    for _ in range(240):
        if process.poll() is not None:
            raise RuntimeError(f"the server ended early:\n{log.read_text()}")
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.25)
    raise RuntimeError(f"the server did not answer within a minute:\n{log.read_text()}")


def forget(page, origin: str) -> None:
    """Take back what a page has stored, so that the next one is a new reader's."""
    kinds = {"origin": origin, "storageTypes": "cookies,local_storage"}
    page.context.new_cdp_session(page).send("Storage.clearDataForOrigin", kinds)


MATHEMATICS = """async () => {
    await document.fonts.ready;
    return [...document.fonts].filter((one) => one.family.includes("rnnviz Math")).map((one) => one.status);
}"""
"""How the faces of the mathematics font have arrived."""


def closed(page) -> None:
    """Close the settings, which take their room from the page."""
    chip = page.locator(".rnnviz-header .chip")
    if chip.get_attribute("aria-expanded") == "true":
        chip.click()
    expect(page.get_by_role("combobox", name="Preset")).not_to_be_in_viewport()
    at_rest(page)


WHOLE_NETWORK = """() => {
    const graph = document.querySelector("[data-testid=stage] .graph"), box = graph.getBoundingClientRect();
    const parts = [...graph.querySelectorAll(".node")].map((one) => one.getBoundingClientRect());
    const isCut = ({ left, right }) => left < box.left - 1 || right > box.right + 1;
    return graph.scrollWidth <= graph.clientWidth && box.right <= innerWidth && !parts.some(isCut);
}"""
"""Whether every node stands in the network's box, which does not scroll sideways."""

PARTLY_SEEN = """() => [...document.querySelectorAll("[data-part]")].filter((part) => {
    const box = part.getBoundingClientRect();
    const isWide = part.scrollWidth > part.clientWidth + 1;
    return box.top < 48 || box.bottom > innerHeight || box.right > innerWidth || isWide;
}).map((part) => part.dataset.part)"""
"""The parts of a screen that are not whole in the window."""
SIZES = ((1366, 640), (1400, 900), (1920, 950))
"""The windows that a screen is composed for."""
