"""The dearest links that there are: what four readers of them at once take, and that work ends with them."""

from __future__ import annotations

import argparse
import asyncio
from urllib.parse import parse_qsl

import pytest

from benchmarks import dearest
from benchmarks.crowd import cpu_seconds, megabytes, server
from benchmarks.dearest import ASKED, DIFFERENT, FLOW, LARGEST, TWELVE, ask, largest, visit, warm
from rnnviz.settings.config import RunConfig

PEAK, ABOVE_WARM, SILENCE = 700, 100, 5.0
"""Megabytes of the process, megabytes that it keeps a minute later, seconds of the processor with no sign."""


@pytest.mark.slow
def test_the_search_finds_what_is_in_the_list():
    for page, (_, config) in dearest.search().items():
        assert (config.task, config.steps, config.batch, config.hidden) == ("next_character", 200, 64, 64)
        name = f"Gradient_flow?part={page}" if page in FLOW else page
        listed = [link for link in TWELVE if link.startswith(name.partition("?")[0] + "?")]
        assert any(f"part={page}" in link or page not in FLOW for link in listed)
    assert len(set(TWELVE)) == 12
    assert (LARGEST["steps"], LARGEST["hidden"], LARGEST["batch"]) == (200, 64, 64)


@pytest.mark.parametrize("link", TWELVE)
def test_a_dear_link_is_a_link(link):
    query = dict(parse_qsl(link.partition("?")[2]))
    config, notes = RunConfig.from_query(query)
    assert (config.steps, config.hidden) == (200, 64)
    assert all("read as one sign" in note for note in notes)


async def in_turn(address, pid, links, stay):
    return [await visit(address, pid, link, stay) for link in links]


async def four_at_once(address, pid):
    """Four readers, each with all links in another order and of another seed, then with a whole training."""
    turned = [[f"{link}&seed={place}" for link in TWELVE[place:] + TWELVE[:place]] for place in range(0, 12, 3)]
    async with largest(pid) as peak:
        found = await asyncio.gather(*(in_turn(address, pid, links, 6.0) for links in turned))
        found += await asyncio.gather(*(in_turn(address, pid, [link], 120.0) for link in DIFFERENT))
    return peak[0], [seen for each in found for seen in each]


async def settled(pid, limit, patience=60):
    """Wait until the process holds no more than the limit; return what it holds."""
    for _ in range(patience):
        if megabytes(pid) <= limit:
            break
        await asyncio.sleep(1)
    return megabytes(pid)


async def left_behind(pid):
    """Return the seconds of the processor that are used from two seconds after everybody left."""
    await asyncio.sleep(2.5)
    before = cpu_seconds(pid)
    await asyncio.sleep(2)
    return cpu_seconds(pid) - before


@pytest.mark.slow
def test_the_twelve_dearest_links_are_bounded_in_memory_and_time():
    with server(argparse.Namespace(server=None, processes=1, cores=None)) as (address, (pid,)):
        asyncio.run(warm(address))
        before = megabytes(pid)
        silent = {}
        for number, link in enumerate(TWELVE):
            seen = asyncio.run(visit(address, pid, link))
            assert not seen.problem
            silent[number, link.split("text=")[0]] = seen.silence
            assert asyncio.run(left_behind(pid)) < 0.5, link
        peak, many = asyncio.run(four_at_once(address, pid))
        after = asyncio.run(settled(pid, before + ABOVE_WARM))
    print(f"warm {before:.0f} MB, peak {peak:.0f} MB, after {after:.0f} MB; silence {silent}")
    assert not [seen.problem for seen in many if seen.problem]
    assert max(silent.values()) <= SILENCE, silent
    assert peak <= PEAK
    assert after <= before + ABOVE_WARM


@pytest.mark.slow
def test_what_a_reader_asks_for_on_a_page_shows_how_far_it_is_and_ends_with_them():
    with server(argparse.Namespace(server=None, processes=1, cores=None)) as (address, (pid,)):
        asyncio.run(warm(address))
        silent = {}
        for what in ASKED:
            seen = asyncio.run(ask(address, pid, what))
            assert not seen.problem
            assert seen.done or seen.bars, what
            silent[what] = seen.silence, asyncio.run(left_behind(pid))
    print(silent)
    assert all(silence <= SILENCE and after < 0.5 for silence, after in silent.values()), silent
