"""One Streamlit server and one Chromium for all browser tests.

Without a Chromium the tests are skipped with the cure; with RNNVIZ_BROWSER=required (CI) they fail instead.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest
from browsing import ROOT, STAGE, settled

CURE = "no Chromium found; install it (Debian: apt-get install chromium) or set RNNVIZ_CHROMIUM to its path"


def chromium_path() -> str | None:
    """Return the path of Chromium, or None."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("RNNVIZ_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """Return the address of a running app, and fail at the end if its log holds an error."""
    log = tmp_path_factory.mktemp("server") / "log.txt"
    with serving(free_port(), log) as address:
        yield address
    written = log.read_text()
    assert "Traceback" not in written, written


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


@pytest.fixture(scope="session")
def browser():
    """Return a headless Chromium."""
    path = chromium_path()
    if path is None:
        if os.environ.get("RNNVIZ_BROWSER") == "required":
            pytest.fail(CURE)
        pytest.skip(CURE)
    from playwright.sync_api import sync_playwright

    quiet = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=path, args=[*quiet, "--disable-component-update"]
        )
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def context_like(browser):
    """Return a function that gives the one context with some options, which keeps what it has fetched."""
    contexts = {}

    def context(**options):
        options.setdefault("viewport", {"width": 1400, "height": 1000})
        key = repr(sorted(options.items()))
        if key not in contexts:
            contexts[key] = browser.new_context(**options)
        return contexts[key]

    yield context
    for each in contexts.values():
        each.close()


@pytest.fixture
def open_page(context_like, server):
    """Return a function that opens a path as a new reader; the page's console must stay free of errors."""
    pages, complaints = [], []

    def opened(path: str = "/", **options):
        page = context_like(**options).new_page()
        pages.append(page)
        page.set_default_timeout(20_000)
        page.on("console", lambda message: note(complaints, message))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(server + path)
        settled(page)
        return page

    yield opened
    for page in pages:
        forget(page, server)
        page.close()
    assert complaints == []


def forget(page, origin: str) -> None:
    """Take back what a page has stored, so that the next one is a new reader's."""
    kinds = {"origin": origin, "storageTypes": "cookies,local_storage"}
    page.context.new_cdp_session(page).send("Storage.clearDataForOrigin", kinds)


@pytest.fixture
def open_file(browser, tmp_path):
    """Return a function that opens a page as a file; it asks for nothing else and complains of nothing."""
    contexts, complaints, asked = [], [], []

    def opened(text: str, width: int = 1400, **options):
        path = tmp_path / f"page{len(contexts)}.html"
        path.write_text(text, "utf-8")
        context = browser.new_context(viewport={"width": width, "height": 1000}, offline=True, **options)
        contexts.append(context)
        page = context.new_page()
        page.complaints = complaints
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(path.as_uri())
        page.wait_for_selector(STAGE)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []
    assert len(asked) == len(contexts)


def note(complaints: list[str], message) -> None:
    """Keep an error of the console.

    On a cold deep link Streamlit itself looks for its server below the page's path first; those two 404s are
    the framework's, on any app, and the only ones passed over.
    """
    probe = message.location.get("url", "").rsplit("/_stcore/", 1)[-1] in ("health", "host-config")
    if message.type == "error" and not probe:
        complaints.append(message.text)


@pytest.fixture
def count_messages():
    """Return a function that starts counting what a page sends to its server, and gives back the counter."""

    def start(page):
        page.evaluate(
            """() => {
                window.sentToServer = 0;
                const send = WebSocket.prototype.send;
                WebSocket.prototype.send = function (...rest) {
                    window.sentToServer += 1;
                    return send.apply(this, rest);
                };
            }"""
        )
        return lambda: page.evaluate("window.sentToServer")

    return start
