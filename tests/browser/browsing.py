"""What the browser stories share."""

from __future__ import annotations

import re
import zlib
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

from playwright.sync_api import expect

from rnnviz.charts.theme import GROUNDS

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


def forget(page, origin: str) -> None:
    """Take back what a page has stored, so that the next one is a new reader's."""
    kinds = {"origin": origin, "storageTypes": "cookies,local_storage"}
    page.context.new_cdp_session(page).send("Storage.clearDataForOrigin", kinds)


SIZES = ((1366, 640), (1400, 900), (1920, 950))
"""A small laptop with its browser's bars, a usual window, a large one."""
SCHEMES = ("light", "dark")

CUT = """(must) => {
    const main = document.querySelector("[data-testid=stMain]"), found = new Set(), whole = new Set(), boxes = [];
    const { left } = main.getBoundingClientRect(), right = left + main.clientWidth;
    const open = { left, top: 48, right, bottom: innerHeight }, seen = new Map([[main, open]]);
    const isIn = (box, by, high = 1) => box.left >= by.left - 1 && box.right <= by.right + 1
        && box.top >= by.top - high && box.bottom <= by.bottom + high;
    const meet = (one, { left, top, right, bottom }) => ({
        left: Math.max(one.left, left), top: Math.max(one.top, top),
        right: Math.min(one.right, right), bottom: Math.min(one.bottom, bottom),
    });
    const seenIn = (one) => {
        if (seen.has(one)) return seen.get(one);
        const around = seenIn(one.parentElement), { overflow, textOverflow, display } = getComputedStyle(one);
        const clips = overflow !== "visible" && !["contents", "inline"].includes(display);
        if (clips && textOverflow === "ellipsis" && one.scrollWidth > one.clientWidth)
            found.add(`"${one.textContent}" ends in dots`);
        return seen.set(one, clips ? meet(around, one.getBoundingClientRect()) : around).get(one);
    };
    const isShown = (one) => one.checkVisibility({ visibilityProperty: true, opacityProperty: true });
    const isSaid = ({ data, parentElement: one }) => data.trim() && isShown(one)
        && !one.closest(".spoken, annotation, option, title") && getComputedStyle(one).clipPath === "none";
    const range = document.createRange();
    const isCut = (text) => {
        range.selectNodeContents(text);
        const by = seenIn(text.parentElement);
        return [...range.getClientRects()].some((box) => box.width && !isIn(box, by, Math.max(1, box.height / 5)));
    };
    for (const part of document.querySelectorAll("[data-part], [class*=st-key-words-]")) {
        const name = part.dataset.part || "words", isSpread = getComputedStyle(part).display === "contents";
        const all = (isSpread ? [...part.querySelectorAll(".token, .matrix")] : [part]).filter(isShown);
        const shown = all.map((one) => [one, one.getBoundingClientRect()]).filter(([, box]) => box.width && box.height);
        if (!shown.length || shown.every(([, box]) => box.top >= innerHeight)) continue;
        whole.add(name);
        for (const [one, box] of shown) {
            const isWide = one.scrollWidth > one.clientWidth + 2, isHigh = one.scrollHeight > one.clientHeight + 2;
            if (!isIn(box, open)) found.add(`${name} leaves the window`);
            if (!isSpread && (isWide || isHigh)) found.add(`${name} is larger than its box`);
            boxes.push([one, box, name]);
        }
        const words = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
        while (words.nextNode()) {
            const text = words.currentNode;
            if (isSaid(text) && isCut(text)) found.add(`${name}: "${text.data.slice(0, 20)}" is cut`);
        }
    }
    const labels = [...document.querySelectorAll("[data-part=network] text")].filter(isShown).map((one) => {
        const { left, top, right, bottom, height } = one.getBoundingClientRect(), edge = height / 5;
        return [one, { left, top: top + edge, right, bottom: bottom - edge }, `"${one.textContent}"`];
    });
    for (const all of [boxes, labels]) for (const [one, a, name] of all) for (const [other, b, its] of all) {
        if (one === other || one.contains(other) || other.contains(one)) continue;
        const { left, top, right, bottom } = meet(a, b);
        if (right - left > 2 && bottom - top > 2) found.add(`${name} lies over ${its}`);
    }
    for (const one of document.querySelectorAll("[data-part=grid] .number")) {
        if (isShown(one) && one.getClientRects().length > 1) found.add(`${one.textContent} is broken`);
    }
    if (main.scrollTop) found.add("the page is scrolled");
    return [...found, ...(must || []).filter((name) => !whole.has(name)).map((name) => `no ${name}`)];
}"""
"""What is not whole on one screen: parts, their factors and words that leave it or their box, lie over each other, are
broken, or are not there. What lies wholly under the window is not of this screen.
"""

PICTURE = """() => {
    const drawn = [...document.querySelectorAll("[data-testid=stMain] :is(svg, canvas, img, table, .moved)")];
    const boxes = drawn.map((one) => one.getBoundingClientRect());
    return Math.min(...boxes.filter(({ width, height }) => width > 100 && height > 60).map(({ top }) => top));
}"""
"""How far from the top the first picture begins."""
HIGH = 120


def in_scheme(page, scheme: str) -> None:
    """Show a page in the light or the dark theme."""
    page.emulate_media(color_scheme=scheme)
    ground = f"rgb{tuple(bytes.fromhex(GROUNDS[scheme].page[1:]))}"
    expect(page.get_by_test_id("stApp")).to_have_css("background-color", ground)


def sized(page, width: int, height: int) -> None:
    """Give a page's window a size, and wait until all stands where it will."""
    page.set_viewport_size({"width": width, "height": height})
    at_rest(page)


FILLED = 12
"""A handout has more colours than this where its boxes are filled; frames and text have some six."""


def printed(paper: bytes) -> tuple[int, int]:
    """Return how many pages a PDF has, and with how many colours something is filled on them."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", paper, re.DOTALL)
    plain = [paper, *(zlib.decompressobj().decompress(one) for one in streams if one[:1] == b"x")]
    fills = {fill for one in plain for fill in re.findall(rb"([\d.]+ [\d.]+ [\d.]+) (?:rg|scn)\s", one)}
    return sum(len(re.findall(rb"/Type\s*/Page\b", one)) for one in plain), len(fills)


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
"""The windows that a screen is composed for."""
