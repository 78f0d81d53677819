"""What moves while the stage plays: on the real quantities, into the still picture, and not for who wants stillness."""

from __future__ import annotations

import pytest

from rnnviz.experiment.core import run
from rnnviz.export.standalone import stage_html
from rnnviz.settings.config import PRESETS

pytestmark = pytest.mark.browser

DRIVE = """() => {
    // The player's timer does not run: what it waits for is kept, and called by hand.
    const later = window.setTimeout;
    window.setTimeout = (act, after, ...rest) => {
        if (after < 50) return later(act, after, ...rest);
        window.next = { act, after };
        return 1e9;
    };
    const stage = document.querySelector("[data-testid=stage]"), drawn = () => new Promise(requestAnimationFrame);
    const within = (move) => move.effect.target.closest(".network");
    window.stage = stage;
    window.press = (key, more = {}) =>
        stage.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, ...more }));
    window.moves = () => stage.getAnimations({ subtree: true });
    window.spans = (some) => some.map((move) => move.effect.getTiming())
        .map(({ delay, duration }) => [delay, delay + duration]);
    // The time in which at least one animation on the network runs, in milliseconds.
    window.busy = () => {
        let sum = 0, until = 0;
        for (const [from, to] of spans(moves().filter(within)).sort(([a], [b]) => a - b)) {
            sum += Math.max(0, to - Math.max(from, until));
            until = Math.max(until, to);
        }
        return sum;
    };
    window.still = () => {
        const copy = stage.cloneNode(true);
        for (const one of copy.querySelectorAll(".bar, [aria-live], .spoken")) one.remove();
        return copy.outerHTML.replace(/ data-autoplay="true"/, "");
    };
    window.finish = async () => {
        for (const move of moves()) move.finish();
        await drawn();
        await drawn();
    };
}"""

PLAY = """async (way) => {
    const seen = [], last = Number(stage.dataset.frames) - 1;
    press(way > 0 ? "Home" : "End");
    press(" ", { shiftKey: way < 0 });
    for (let frame = 0; frame <= last; frame += 1) {
        const found = { id: stage.dataset.frameId, busy: busy(), shown: window.next.after, moves: moves().length };
        found.isOver = spans(moves()).every(([, to]) => to <= found.shown);
        for (const move of moves()) move.pause();
        await finish();
        if (way > 0) found.moved = still();
        seen.push(found);
        window.next.act();
    }
    return [seen, stage.querySelector(".play").ariaLabel, moves().length];
}"""

STILLS = """async () => {
    for (let left = Number(stage.dataset.frames); left; left -= 1) press("ArrowRight"); // what is drawn once stays
    press("Home");
    const pictures = [];
    while (pictures.length < Number(stage.dataset.frames)) {
        await finish(); // until it is fitted
        pictures.push(still());
        press("ArrowRight");
    }
    return pictures;
}"""


@pytest.fixture
def opened(open_file):
    """Return a function that opens the offline page of a preset, which needs no server, with its timer held."""

    def opened(preset="lecture-sequence-to-sequence", **changes):
        page = open_file(stage_html(run(PRESETS[preset].config.replace(**changes))))
        page.evaluate(DRIVE)
        return page

    return opened


MOVED = [
    ({}, ["start", "forward-0", "output-0"]),
    ({"cell": "lstm"}, ["start", "forward-0-f", "forward-0-i"]),
    pytest.param({"cell": "gru"}, ["start", "forward-0-r", "forward-0-z"], marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("cell", "first"), MOVED)
def test_it_moves_into_the_still_picture_of_every_frame(opened, cell, first):
    page = opened(**cell)
    stills = page.evaluate(STILLS)
    seen, button, left = page.evaluate(PLAY, 1)
    assert [one["id"] for one in seen[:3]] == first
    assert seen[-1]["id"] == "update"
    for one, still in zip(seen, stills, strict=True):
        assert one["busy"] > 0, one["id"]
        assert one["isOver"], one["id"]
        assert one["moved"] == still, one["id"]
    assert sum(one["busy"] for one in seen) > 0.5 * sum(one["shown"] for one in seen)
    assert (button, left) == ("Play", 0)
    back, button, left = page.evaluate(PLAY, -1)
    assert [one["id"] for one in back] == [one["id"] for one in reversed(seen)]
    assert all(one["moves"] for one in back)
    assert (button, left) == ("Play", 0)


def test_a_term_of_zero_passes_quickly(opened):
    seen, _, _ = opened("parity", steps=2).evaluate(PLAY, 1)
    shown = {one["id"]: one["shown"] for one in seen}
    assert shown["term-1-0"] < shown["term-1-1"] / 2
    assert shown["term-0-0"] < shown["term-1-1"] / 2


CUT_SHORT = """([act]) => {
    press("Home");
    press(" ");
    window.next.act();
    const before = moves().length;
    act === "button" ? stage.querySelector("[aria-label=Next]").click() : press(act);
    return [before, moves().length, stage.dataset.frameId, stage.querySelectorAll(".guest, .pulse").length];
}"""


def test_a_hand_cuts_it_short_and_who_wants_stillness_gets_it(opened):
    page = opened()
    for act, frame in (("ArrowRight", "output-0"), ("button", "output-0"), ("End", "update"), (" ", "forward-0")):
        before, after, shown, guests = page.evaluate(CUT_SHORT, [act, frame])
        assert before > 0, act
        assert (after, shown, guests) == (0, frame, 0), act
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(STILLNESS) == [19, 0, 1700]


STILLNESS = """() => {
    press("Home");
    press(" ");
    const seen = [];
    while (seen.at(-1) !== stage.dataset.frameId) {
        seen.push(stage.dataset.frameId);
        window.next.act();
    }
    return [seen.length, moves().length, window.next.after];
}"""
