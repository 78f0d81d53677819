"""A page whose process has died comes back to a session that knows nothing of it: the first change counts."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from benchmarks.reader import LostError, Reader
from rnnviz.settings.config import RunConfig

LINK = "preset=echo&steps=5"
CHAIN = "Chain_rule"


async def lose(reader: Reader) -> None:
    """Cut the line and come back to another session, as after the end of the process."""
    await reader.close()
    reader.session = ""
    await reader._connect()


async def changed(address: str, page: str, act) -> tuple[Reader, Reader]:
    """Return a reader who did something at once, and one who did the same after the session was lost."""
    readers = []
    for lost in (False, True):
        reader = Reader(address)
        await reader.open(page, LINK)
        if lost:
            await lose(reader)
        await act(reader)
        await reader.close()
        readers.append(reader)
    return tuple(readers)


def ran(coroutine):
    """Return what a coroutine gives; the browser tests keep a loop running in this thread."""
    with ThreadPoolExecutor(1) as apart:
        return apart.submit(asyncio.run, coroutine).result()


FIRST = {
    "a number": (CHAIN, lambda reader: reader.change("setting.seed", "77")),
    "a preset": (CHAIN, lambda reader: reader.change("setting.preset", "Adding")),
    "a button": (CHAIN, lambda reader: reader.press("sidebar.Reset")),
    "an edit": (CHAIN, lambda reader: reader.tell("chain.stage", "edit", "Wh1.0.1:0.5")),
    "a pick": ("Unrolled_network", lambda reader: reader.change("unrolled.t", 2.0)),
}


@pytest.mark.parametrize("what", FIRST)
def test_the_first_change_after_a_lost_session_counts(address, what):
    there, back = ran(changed(address, *FIRST[what]))
    assert there.query != LINK, "it was a change"
    assert back.query == there.query
    assert back.values() == there.values()
    assert back.answer.scenes() == there.answer.scenes()


async def _two_at_once(address):
    async with Reader(address) as reader:
        await reader.open(CHAIN, LINK)
        await lose(reader)
        reader.patience = 0  # the second change goes out before the first one's answer
        with suppress(LostError):
            await reader.change("setting.hidden", 5.0)
        reader.patience = 60
        await reader.change("setting.seed", "77")
        await reader.rerun()
        return RunConfig.from_query(dict(part.split("=") for part in reader.query.split("&")))[0]


def test_a_second_change_does_not_take_the_first_one_away(address):
    config = ran(_two_at_once(address))
    assert (config.hidden, config.seed) == (5, 77)


async def _another_page(address):
    async with Reader(address) as reader:
        await reader.open("", "")
        await lose(reader)
        reader.path, reader.query, reader.page = CHAIN, "preset=adding", ""
        await reader.rerun(page_name=CHAIN)
        return reader


def test_a_link_to_another_page_is_not_mixed_with_what_the_page_before_held(address):
    reader = ran(_another_page(address))
    assert reader.query == "preset=adding"
    assert reader.values()["setting.preset"] == "Adding"
    assert reader.values()["setting.hidden"] == RunConfig.from_query({"preset": "adding"})[0].hidden


async def _unseen(address, page, query, act=None):
    """Ask again as a browser does that has seen nothing of what the last run drew anew."""
    async with Reader(address) as reader:
        await reader.open(page, query)
        held = set(reader.widgets) if act else set()
        if act:
            await act(reader)
        link, shown = reader.query, reader.values()
        reader.widgets = {name: one for name, one in reader.widgets.items() if name in held}
        await reader.rerun()
        again = reader.values()
        await reader.rerun()  # what the browser shows by now comes back
        return link, shown, again, reader.query


UNSEEN = {
    "a first run": ("Training", "preset=echo&hidden=5&epochs=60"),
    "settings": (CHAIN, "preset=echo&steps=5&seed=4&lag=2"),
    "knobs": ("Gradient_flow", LINK + "&part=causes"),
    "a cliff": ("Gradient_flow", LINK + "&part=cliff"),
    "other limits": ("", LINK + "&lag=1", lambda reader: reader.change("setting.steps", 9.0)),
    "a pick and a fold": ("Unrolled_network", LINK + "&see=unrolled.t:2,words:1"),
}


@pytest.mark.parametrize("what", UNSEEN)
def test_what_a_broken_off_run_drew_unseen_changes_nothing(address, what):
    link, shown, again, query = ran(_unseen(address, *UNSEEN[what]))
    assert again == shown
    assert query == link
