"""The dearest links of the app: searched over all settings by their cost, and measured.

Usage, from the root of the repository::

    python -m benchmarks.dearest             the search, and each of the twelve links on a server of its own
    python -m benchmarks.dearest --search    the search alone

A reader of :mod:`benchmarks.reader` opens a link and stays for some seconds. Written down are the server's
largest memory, what it keeps, and the most processor time that passes without a sign: an end, or a move of
the bar that has the button Stop.
"""

from __future__ import annotations

import argparse
import asyncio
import string
import sys
from collections.abc import Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import pairwise, product
from urllib.parse import urlencode

from benchmarks.crowd import cpu_seconds, megabytes, server
from benchmarks.reader import LostError, Reader
from rnnviz.experiment import costs
from rnnviz.experiment.costs import Cost, Size
from rnnviz.laboratory.cliff.compute import points
from rnnviz.settings.config import PRESETS, TASKS, RunConfig
from rnnviz.settings.fields import MAX_TEXT
from rnnviz.tasks import make

SIGNS = "".join(chr(0x4E00 + place) for place in range(MAX_TEXT))
"""A text in which no character comes twice: as many inputs and outputs as the app takes."""
LETTERS = 5 * (string.ascii_letters + string.digits + "-_")
"""As many signs, in a text that is short enough to stand in a link twice: a second run beside the first."""
LARGEST = {"steps": 200, "hidden": 64, "batch": 64, "epochs": 2000, "optimiser": "adam", "sample": -1}
FLOW = ("reach", "causes", "truncation", "cliff")
STAY = 8.0


def _largest(preset: str, **more: object) -> str:
    return urlencode({"preset": preset} | LARGEST | more)


TWELVE = (
    *(f"{page}?{_largest('characters', text=SIGNS)}" for page in ("Training", "Gradient_check")),
    *(f"{page}?{_largest('characters', text=SIGNS)}" for page in ("Is_this_true", "Questions")),
    *(f"{page}?{_largest('characters', text=SIGNS)}" for page in ("Chain_rule", "")),
    *(f"Gradient_flow?{_largest('characters', text=SIGNS, part=part)}" for part in FLOW),
    f"Training?{_largest('characters', text=LETTERS, compare=_largest('characters', text=LETTERS, seed=8))}",
    "Chain_rule?preset=echo&steps=200&hidden=64&batch=1",
)
"""Page and query: the dearest of each page and part, two runs side by side, and what once was the worst."""

DIFFERENT = tuple(f"Training?{_largest('characters', text=SIGNS, epochs=100, seed=seed)}" for seed in range(4))
"""Four trainings that share nothing and keep as many epochs as the longest ones."""
ASKED = {
    "error over ε": (TWELVE[1], "check.view", "How small a step"),
    "broken training": (TWELVE[1] + "&mistake=no_slope", "check.view", "What training makes of it"),
    "the cures' sweep": ("Gradient_flow?part=cures&seed=4321", "cures.run", None),
    **{
        f"{kind} file": (f"Take_away?{_largest('characters', text=SIGNS)}", f"takeaway.make.{kind}", None)
        for kind in ("numpy", "pytorch", "notebook", "html")
    },
}
"""What a reader asks for on a page: its link, the control, and the value, or None for a button."""


def asked(page: str, config: RunConfig, size: Size) -> Cost:
    """Return what a page computes of an experiment."""
    seen = size if config.sample < 0 else size._replace(m=1)
    if page == "Training":
        remembered = {"sgd": 0, "momentum": 1, "adam": 2}[config.optimiser]
        return costs.training(size, config.epochs, remembered)
    if page in ("Gradient_check", "Is_this_true"):
        entries = min(size.parameters, 5 * 48)
        return costs.update(size) + costs.copies(size, 2 * entries)
    if page in ("", "Chain_rule", "Questions"):
        more = costs.copies(seen, 24) if page == "Chain_rule" else costs.one_sweep(seen)
        return costs.update(size) + costs.scene(seen) + more
    if page == "cliff":
        return costs.update(size) + costs.surface(size, points(size))
    if page in FLOW:
        return costs.update(size) + costs.one_sweep(size)
    return costs.forward(size)


PAGES = ("", "Chain_rule", "Questions", "Training", "Gradient_check", "Is_this_true", *FLOW)


def search() -> dict[str, tuple[Cost, RunConfig]]:
    """Return the dearest setting of each page, by bytes times seconds, over a grid of all that count."""
    found: dict[str, tuple[Cost, RunConfig]] = {}
    for config in settings():
        data = make(config)
        T, m, n0 = data.X.shape
        size = Size(T, m, n0, config.hidden, data.Y.shape[-1])
        for page in PAGES:
            cost = asked(page, config, size)
            if page not in found or cost.bytes * cost.seconds > found[page][0].bytes * found[page][0].seconds:
                found[page] = cost, config
    return found


def settings() -> Iterator[RunConfig]:
    """Give the largest, the smallest and a middle value of every setting that changes the work."""
    for preset, mode, steps, batch, hidden in product(
        PRESETS, ("sequence_to_sequence", "sequence_to_vector"), (1, 12, 200), (1, 8, 64), (1, 16, 64)
    ):
        base = PRESETS[preset].config
        if mode not in TASKS[base.task].modes:
            continue
        for text, sample, optimiser in product((base.text, SIGNS), (0, -1), ("sgd", "adam")):
            if text == SIGNS and base.task != "next_character":
                continue
            changed = {"steps": steps, "batch": batch, "hidden": hidden, "mode": mode, "epochs": 2000}
            more = {"text": text, "sample": sample, "optimiser": optimiser}
            yield base.replace(**changed, **more).reconciled()[0]


@dataclass
class Watcher(Reader):
    """A reader who notes the server's processor time at every sign that comes from it."""

    pid: int = 0
    signs: list[float] = field(default_factory=list)

    def _place(self, tree: dict, message: object) -> None:
        super()._place(tree, message)
        if message.delta.new_element.WhichOneof("type") == "progress":
            self.signs.append(cpu_seconds(self.pid))


@dataclass
class Seen:
    """What one visit cost: whether the page was done, seconds to the longest silence, what went wrong."""

    done: bool
    silence: float
    bars: int
    problem: str = ""


async def visit(address: str, pid: int, link: str, stay: float = STAY) -> Seen:
    """Open a link, stay for some seconds or until it is done, and leave."""
    path, _, query = link.partition("?")
    done, problem = True, ""
    async with Watcher(address, pid=pid, patience=stay) as reader:
        begun = cpu_seconds(pid)
        try:
            answer = await reader.open(path, query)
            problem = " ".join([*answer.exceptions, *answer.errors])
        except LostError:
            done = False
        times = [begun, *reader.signs, cpu_seconds(pid)]
    return Seen(done, max(b - a for a, b in pairwise(times)), len(reader.signs), problem)


async def ask(address: str, pid: int, what: str, stay: float = STAY) -> Seen:
    """Open a page, ask there for something long, stay for some seconds and leave."""
    link, key, value = ASKED[what]
    path, _, query = link.partition("?")
    done, problem = True, ""
    async with Watcher(address, pid=pid, patience=300) as reader:
        await reader.open(path, query)
        reader.patience, reader.signs = stay, []
        begun = cpu_seconds(pid)
        try:
            answer = await (reader.press(key) if value is None else reader.change(key, [value]))
            problem = " ".join([*answer.exceptions, *answer.errors])
        except LostError:
            done = False
        times = [begun, *reader.signs, cpu_seconds(pid)]
    return Seen(done, max(b - a for a, b in pairwise(times)), len(reader.signs), problem)


@asynccontextmanager
async def largest(pid: int, every: float = 0.05):
    """Give a list whose last entry is the most memory that the process has held while the context lasts."""
    seen = [megabytes(pid)]

    async def watch() -> None:
        while True:
            seen[0] = max(seen[0], megabytes(pid))
            await asyncio.sleep(every)

    watching = asyncio.create_task(watch())
    try:
        yield seen
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching


async def warm(address: str) -> None:
    """Open every page once, so that all is imported and every heap has its first pages."""
    for link in TWELVE:
        path, _, query = link.partition("?")
        part = query.rpartition("part=")[2] if "part=" in query else ""
        async with Reader(address, patience=120) as reader:
            await reader.open(path, f"part={part}" if part else "")


async def measured(address: str, pid: int, link: str) -> str:
    """Return the figures of one link."""
    await warm(address)
    before = megabytes(pid)
    async with largest(pid) as peak:
        seen = await visit(address, pid, link, 600)
    await asyncio.sleep(5)
    return (
        f"{link.split('text=')[0][:86]:86} warm {before:4.0f} MB, peak {peak[0]:5.0f}, kept "
        f"{megabytes(pid):4.0f}; silent for {seen.silence:.1f} s, {seen.bars} signs {seen.problem}"
    )


def main() -> int:
    """Search, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--search", action="store_true", help="only search")
    wanted = parser.parse_args()
    for page, (cost, config) in search().items():
        size = f"T {config.steps}, m {config.batch}, n1 {config.hidden}"
        print(f"{page or 'Home':15} {cost.bytes / 2**20:6.0f} MB {cost.seconds:7.1f} s  {config.task} {size}")
    for link in () if wanted.search else TWELVE:
        choice = argparse.Namespace(server=None, processes=1, cores=None)
        with server(choice) as (address, (pid,)):
            print(asyncio.run(measured(address, pid, link)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
