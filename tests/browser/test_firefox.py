"""The main stories once more, in Firefox."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

import pytest
from bidi import firefox, firefox_path
from browsing import FILLED, ROOT, STAGE, TURN, printed

from benchmarks.serving import free_ports
from deploy.run import cluster, nginx_program
from rnnviz.experiment.core import run
from rnnviz.export.standalone import stage_html
from rnnviz.settings.config import PRESETS

pytestmark = pytest.mark.browser

CURE = "no Firefox found; install it (Debian: apt-get install firefox-esr) or set RNNVIZ_FIREFOX to its path"
RESTING = "document.querySelector(`[data-testid='stApp'][data-test-script-state='notRunning'] h1`) !== null"
STORIES = ("Chain_rule", "Training")
PLAYER = "[data-testid='training-player']"

OTHERS = [name for page in sorted((ROOT / "pages").glob("*.py")) if (name := page.stem.split("_", 1)[1]) not in STORIES]
WATCH = """() => {
    window.refused = [];
    addEventListener("securitypolicyviolation", (event) => {
        window.refused.push(`${event.violatedDirective}: ${event.blockedURI}`);
    });
}"""
UNFOLD = """[...document.querySelectorAll("summary")]
    .find((one) => one.textContent.includes("Numbers, download")).click()"""


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """Return a headless Firefox."""
    path = firefox_path()
    if path is None:
        if os.environ.get("RNNVIZ_BROWSER") == "required":
            pytest.fail(CURE)
        pytest.skip(CURE)
    with firefox(path, tmp_path_factory.mktemp("firefox")) as tab:
        yield tab


@pytest.fixture
def tab(running):
    """Return a new tab; at the end its console must hold no error."""
    running.renew()
    yield running
    running.evaluate("true")  # with its answer comes what was told before
    assert running.complaints == []


@pytest.fixture
def visit(tab, server):
    """Return a function that opens a path of the app and waits until its stage or player is there."""

    def opened(path, there=STAGE):
        tab.goto(server + path)
        tab.until(RESTING)
        tab.until(f"document.querySelector(`{there}`) !== null")
        return tab

    yield opened
    assert asked_of(tab) <= {urlsplit(server).netloc}


def asked_of(tab):
    """Return the servers that were asked for something."""
    return {urlsplit(one).netloc for one in tab.asked if one.startswith(("http", "ws"))}


def value(tab, selector, name):
    """Return an attribute of an element."""
    return tab.evaluate(f"document.querySelector(`{selector}`).getAttribute(`{name}`)")


def text(tab, selector):
    return tab.evaluate(f"document.querySelector(`{selector}`).textContent")


def focus(tab, selector):
    tab.evaluate(f"document.querySelector(`{selector}`).focus()")


def test_home_plays_by_itself_and_goes_where_the_keys_say(visit):
    tab = visit("/")
    tab.until(f"document.querySelector(`{STAGE}`).dataset.frame > 0")
    focus(tab, STAGE)
    tab.press("Home")
    assert value(tab, STAGE, "data-frame-id") == "start"
    tab.press("ArrowRight")
    assert value(tab, STAGE, "data-frame-id") == "forward-0"
    tab.press("End")
    assert value(tab, STAGE, "data-frame-id") == "update"


def test_the_chain_rule_opens_a_term_prints_it_and_follows_a_setting(visit):
    tab = visit("/Chain_rule")
    focus(tab, STAGE)
    tab.press("End")
    assert value(tab, STAGE, "data-frame-id") == "update"
    tab.click(f"{STAGE} .grid .cell[data-q='term_2_1']")
    assert "length 0.5586" in text(tab, f"{STAGE} p.sentence")
    pages, colours = printed(tab.printed())
    assert pages == 1
    assert colours > FILLED, "boxes are printed empty"
    drawn = f"{STAGE} .network [data-q='H_1'] .value"
    before = text(tab, drawn)
    focus(tab, STAGE)
    tab.press("s")
    tab.until(
        "document.querySelector(`input[aria-label^='Hidden units']`)?.checkVisibility({visibilityProperty: true})"
    )
    focus(tab, "input[aria-label^='Hidden units']")
    tab.press("ArrowRight")
    tab.until("location.search.includes(`hidden=4`)")
    tab.until(RESTING)
    tab.until(f"document.querySelector(`{drawn}`).textContent !== {before!r}")


@pytest.mark.slow
def test_training_plays(visit):
    tab = visit("/Training", PLAYER)
    focus(tab, PLAYER)
    tab.press("Home")
    assert value(tab, PLAYER, "data-frame") == "0"
    tab.press("Space")
    tab.until(f"document.querySelector(`{PLAYER}`).dataset.frame > 1")


def test_the_exported_page_plays_offline(tab, tmp_path):
    page = tmp_path / "page.html"
    page.write_text(stage_html(run(PRESETS["lecture-sequence-to-sequence"].config)), "utf-8")
    tab.offline(True)
    try:
        tab.goto(page.as_uri())
        tab.until(f"document.querySelector(`{STAGE}`) !== null")
        focus(tab, STAGE)
        tab.press("Home", "Space")
        tab.until(f"document.querySelector(`{STAGE}`).dataset.frame > 1")
    finally:
        tab.offline(False)
    assert asked_of(tab) == set()


@pytest.mark.slow
def test_every_other_page_opens_and_complains_of_nothing(visit):
    """The first is opened cold; from there it goes on as the toolbar does, until another title is there."""
    links = [f"/{page}?preset=echo&steps=5" for page in OTHERS]
    tab = visit(links[0], "h1")
    for link in links:
        if link != links[0]:
            title = text(tab, "h1")
            tab.evaluate(f"({TURN})(`{link}`)")
            tab.until(f"![`{title}`, undefined].includes(document.querySelector(`h1`)?.textContent)")
            tab.until(RESTING)
        assert tab.evaluate("document.querySelectorAll(`[data-testid='stException']`).length") == 0, link
        assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth"), link


@pytest.mark.skipif(nginx_program() is None, reason="nginx was not found (Debian: apt-get install nginx-light)")
@pytest.mark.slow
def test_the_policy_of_a_server_refuses_nothing(tab):
    watch = tab.ask("script.addPreloadScript", functionDeclaration=WATCH)
    with cluster(free_ports(), f"127.0.0.1:{free_ports()[0]}") as deployed:
        tab.goto(f"{deployed.address}/Training")
        tab.until(RESTING)
        tab.until(f"document.querySelector(`{PLAYER}`) !== null")
        tab.evaluate(UNFOLD)
        tab.until("document.querySelector(`[data-testid='stDataFrame'] canvas`) !== null")
        assert tab.evaluate("refused") == []
        assert asked_of(tab) == {urlsplit(deployed.address).netloc}
    tab.ask("script.removePreloadScript", **watch)
