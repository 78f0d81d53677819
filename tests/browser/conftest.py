"""One Streamlit server and one Chromium for all browser tests.

Without a Chromium the tests are skipped with the cure; with RNNVIZ_BROWSER=required (CI) they fail instead.
"""

from __future__ import annotations

import os
import shutil
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

import pytest
from browsing import BACK, REOPENED, RESTS, SETTINGS_OPEN, STAGE, STILL, at_rest, forget, settled, turn, without_moment

from benchmarks.serving import QUIET, chromium_path, serving

WINDOW = {"width": 1400, "height": 1000}
PATIENCE = 60_000
"""Milliseconds in which whatever is waited for has to come: many, as the machine may be busy."""

CURE = "no Chromium found; install it (Debian: apt-get install chromium) or set RNNVIZ_CHROMIUM to its path"
AXE = Path(__file__).parent / "node_modules/axe-core/axe.min.js"
AXE_CURE = "axe-core is not there; fetch it with `npm ci --prefix tests/browser`"


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """Return the address of a running app, and fail at the end if its log holds an error."""
    log = tmp_path_factory.mktemp("server") / "log.txt"
    with log.open("w") as out, serving(out) as (address, _):
        yield address
    written = log.read_text()
    assert "Traceback" not in written, written


@pytest.fixture(scope="session")
def browser():
    """Return a headless Chromium."""
    path = chromium_path()
    if path is None:
        missing(CURE)
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=path,
            args=[*QUIET, "--disable-component-update"],
            ignore_default_args=["--disable-dev-shm-usage"] if memory_is_shared() else [],
        )
        yield chromium
        chromium.close()


def missing(cure: str) -> NoReturn:
    """Skip with the cure, or fail where the browser stories are required."""
    if os.environ.get("RNNVIZ_BROWSER") == "required":
        pytest.fail(cure)
    pytest.skip(cure)


@pytest.fixture(scope="session")
def axe() -> str:
    """Return axe-core as a script, which looks for what shuts people out."""
    return AXE.read_text(encoding="utf-8") if AXE.exists() else missing(AXE_CURE)


def memory_is_shared() -> bool:
    """Return whether there is room in shared memory; without it Chromium writes what it shares to disk."""
    shared = Path("/dev/shm")
    return shared.exists() and shutil.disk_usage(shared).free > 2**30


@pytest.fixture(scope="session")
def context_like(browser):
    """Return a function that gives the one context with some options, which keeps what it has fetched.

    With ``clock`` its time can be run forward: ``page.clock.run_for``. Without ``beside`` the settings are
    closed, as for a reader who comes for the first time.
    """
    contexts = {}

    def context(clock=False, beside=True, **options):
        options.setdefault("viewport", WINDOW)
        key = repr((clock, beside, sorted(options.items())))
        if key not in contexts:
            contexts[key] = browser.new_context(**options)
            if beside:
                contexts[key].add_init_script(SETTINGS_OPEN)
            if clock:
                contexts[key].clock.install()
        return contexts[key]

    yield context
    for each in contexts.values():
        each.close()


@pytest.fixture(scope="session")
def windows(context_like):
    """Return a function that gives a window with some options; a new one costs more than what it loads."""
    idle = {}

    @contextmanager
    def window(**options):
        free = idle.setdefault(repr(sorted(options.items())), [])
        page = free.pop() if free else context_like(**options).new_page()
        page.set_default_timeout(PATIENCE)
        yield page
        free.append(page)

    return window


@pytest.fixture
def open_page(windows, server):
    """Return a function that opens a path as a new reader; the page's console must stay free of errors."""
    complaints = []

    @contextmanager
    def reader(path: str, **options):
        with windows(**options) as page, listening(page, complaints):
            page.bring_to_front()
            page.goto(server + path)
            settled(page)
            yield page
            as_new(page, options.get("viewport", WINDOW))
            forget(page, server)
            page.goto("about:blank")

    with ExitStack() as readers:
        yield lambda path="/", **options: readers.enter_context(reader(path, **options))
    assert complaints == []


@contextmanager
def listening(page, complaints: list[str]):
    """Keep what a page complains of."""
    listeners = {
        "console": lambda message: note(complaints, message),
        "pageerror": lambda error: complaints.append(str(error)),
    }
    for event, heard in listeners.items():
        page.on(event, heard)
    yield
    for event, heard in listeners.items():
        page.remove_listener(event, heard)


def as_new(page, size: dict[str, int] = WINDOW) -> None:
    """Take back what a test has changed of a window."""
    page.set_viewport_size(size)
    page.emulate_media(color_scheme="null", media="null")
    page.evaluate("sessionStorage.clear(), localStorage.clear()")


@pytest.fixture(scope="session")
def tab(context_like, server):
    """Return one tab that tests share; loading the app anew takes five times as long as going to a link."""
    page = context_like(**STILL).new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(server + RESTS[0])
    settled(page)
    page.stands = None
    return page


@pytest.fixture
def visit(tab, server):
    """Return a function that goes to a link in the shared tab; what was drawn there before is gone.

    From a page to itself it goes over one that rests: the tab tells by the title that it has arrived. Where
    nothing but the moment has changed since it went to the same link, the stage alone goes back; not so where
    questions may have been answered.
    """
    complaints = []
    tab.bring_to_front()

    def visited(path: str = "/"):
        here = without_moment(tab.url)
        is_back = tab.stands == (path, here) and path == without_moment(path)
        if is_back and tab.locator(STAGE).count() and not tab.locator("[data-testid=quiz]").count():
            tab.evaluate(BACK, here)
            at_rest(tab)
            return tab
        if urlsplit(tab.url).path == urlsplit(path).path:
            turn(tab, RESTS[path.startswith(RESTS[0])])
        turn(tab, path)
        tab.wait_for_function(REOPENED)
        tab.stands = path, without_moment(tab.url)
        return tab

    with listening(tab, complaints):
        yield visited
    as_new(tab)
    forget(tab, server)
    tab.evaluate(SETTINGS_OPEN)
    assert complaints == []


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
    """Return a function that starts counting what a page at rest sends to its server, and gives back the counter."""

    def start(page):
        at_rest(page)
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
