"""A class against the app: people who open links and change settings, in Streamlit's own protocol.

Usage, from the root of the repository::

    python -m benchmarks.crowd                          25 people, a change every 2 to 6 seconds, two minutes
    python -m benchmarks.crowd --people 8 --seconds 20 --seed 1
    python -m benchmarks.crowd --reruns 200             every person makes 200 changes, one after the other
    python -m benchmarks.crowd --visits 400             400 people come, make three changes and leave
    python -m benchmarks.crowd --processes 2            through nginx to two processes (see deploy/)
    python -m benchmarks.crowd --cores 0                the server on these cores only

Each answer is timed from the change to the end of the page's run, and checked: no exception, the address
bar and the widgets hold the person's own settings, the same link gives the same scene to everybody, and some
of the scenes are computed again by this program itself when all have left. The exit code is 1 when a bar is
missed.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode

from benchmarks.reader import Answer, LostError, Reader, key_of
from benchmarks.serving import free_ports, serving
from deploy.run import ROOT, cluster, megabytes
from rnnviz.settings.config import FIELDS, LABELS, PAGE_KEYS, PRESETS, TASKS, RunConfig

MEDIAN_BAR, SLOW_BAR, GROWTH_BAR = 1.0, 3.0, 32.0
PAUSE, SPOT_CHECKS, SLOWEST = (2.0, 6.0), 40, 5
FILES = {"Home": "app.py", "Lessons": "pages/5_Lessons.py", "Forward pass": "pages/1_Unrolled_network.py",
         "Chain rule": "pages/2_Chain_rule.py", "Gradient flow": "pages/3_Gradient_flow.py",
         "Training": "pages/4_Training.py", "Gradient check": "pages/6_Gradient_check.py"}  # fmt: skip
PAGES = tuple(FILES)
PATHS = {name: Path(file).stem.partition("_")[2] for name, file in FILES.items()}
GROUPS = {"task": "group.Task", "network": "group.Network", "training": "group.Training"}
NUMBERS = {"steps": (1, 14), "hidden": (1, 16), "seed": (0, 500), "batch": (1, 16)}
RATES = (0.01, 0.03, 0.05, 0.1, 0.2, 0.3, 0.5)
WISHES = ("steps", "steps", "hidden", "hidden", "seed", "seed", "learning_rate", "batch", "preset", "page",
          "page", "view")  # fmt: skip
"""What a person does next; what stands twice is done twice as often."""


class Record(NamedTuple):
    """One answer: when, to whom, to what, on which page, how late, how large, what is wrong, its link."""

    moment: float
    person: int
    wish: str
    page: str
    seconds: float
    size: int
    problem: str = ""
    query: str = ""


@dataclass
class Journal:
    """Everything that happened, and the scenes that were seen: page, link and stage, with the fingerprint."""

    began: float = field(default_factory=time.monotonic)
    records: list[Record] = field(default_factory=list)
    scenes: dict[tuple[str, str, str], str] = field(default_factory=dict)
    memory: list[tuple[float, float]] = field(default_factory=list)

    def note(self, person: int, wish: str, page: str, answer: Answer | None, problem: str) -> None:
        """Write down an answer."""
        seconds, size = (answer.seconds, answer.size) if answer else (float("nan"), 0)
        moment, query = time.monotonic() - self.began, answer.query if answer else ""
        self.records.append(Record(moment, person, wish, page, seconds, size, problem, query))

    def differs(self, page: str, query: str, answer: Answer) -> str:
        """Return what differs from the scenes that others got with the same link."""
        for stage, found in answer.scenes().items():
            if self.scenes.setdefault((page, query, stage), found) != found:
                return f"another scene than somebody else's: {page}?{query}"
        return ""


class Person:
    """Somebody with a tab, a will of their own, and a memory of what their settings are."""

    def __init__(self, number: int, address: str, seed: int, journal: Journal) -> None:
        self.number, self.journal = number, journal
        self.dice = random.Random(f"{seed}.{number}")
        self.reader = Reader(address)
        self.page, self.config = "Home", RunConfig()

    async def arrive(self) -> None:
        """Open the link that the lecturer gave: a page and a preset."""
        self.page = self.dice.choice(PAGES)
        self.config = PRESETS[self.dice.choice(tuple(PRESETS))].config
        query = urlencode(self.config.to_query())
        self._check("open", await self.reader.open(PATHS[self.page], query))

    async def act(self) -> None:
        """Change something."""
        wish = self.dice.choice(WISHES)
        if wish == "page":
            answer = await self._turn()
        elif wish == "preset":
            answer = await self._preset()
        elif wish == "view":
            wish, answer = await self._view()
        else:
            answer = await self._setting(wish)
        self._check(wish, answer)

    async def _turn(self) -> Answer:
        self.page = self.dice.choice([page for page in PAGES if page != self.page])
        return await self.reader.follow(self.page)

    async def _preset(self) -> Answer:
        name = self.dice.choice([name for name in PRESETS if name != self.config.preset])
        self.config = PRESETS[name].config.replace(part=self.config.part)
        return await self.reader.change("setting.preset", PRESETS[name].title)

    async def _setting(self, name: str) -> Answer:
        await self._unfold(GROUPS[FIELDS[name].group])
        value = self._other(name)
        self.config = self.config.replace(**{name: value}).reconciled()[0]
        return await self.reader.change(f"setting.{name}", value)

    async def _unfold(self, group: str) -> None:
        if not self.reader.values()[group]:
            self._check("unfold", await self.reader.change(group, True))

    def _other(self, name: str) -> int | float:
        """Return another value than the present one, among those that the task takes."""
        if name == "learning_rate":
            return self.dice.choice([rate for rate in RATES if rate != self.config.learning_rate])
        low, high = NUMBERS[name]
        if name in ("steps", "batch"):
            least, most = getattr(TASKS[self.config.task], name)
            low, high = max(low, least), min(high, most)
        choices = [value for value in range(low, high + 1) if value != getattr(self.config, name)]
        return self.dice.choice(choices)

    async def _view(self) -> tuple[str, Answer]:
        """Look at something else on the page: another parameter on the stage, another part, another step."""
        if self.page in ("Home", "Lessons", "Chain rule") and self.reader.answer.scenes():
            stage = next(iter(self.reader.answer.scenes()))
            value = self._other_choice("parameter", FIELDS["parameter"].choices)
            return "parameter", await self.reader.tell(stage, "parameter", value)
        if self.page == "Gradient flow":
            untouched = self.config.replace(**RunConfig().view()) == RunConfig()
            parts = [part for part in FIELDS["part"].choices if part != "cliff" or not untouched]
            value = self._other_choice("part", parts)
            return "part", await self.reader.change("setting.part", [LABELS[value]])
        key = "unrolled.t"
        if self.page == "Forward pass" and key in self.reader.values():
            return key, await self.reader.change(key, self.dice.randrange(self.config.steps))
        return "page", await self._turn()

    def _other_choice(self, name: str, choices: tuple[str, ...]) -> str:
        value = self.dice.choice([choice for choice in choices if choice != getattr(self.config, name)])
        self.config = self.config.replace(**{name: value})
        return value

    def _check(self, wish: str, answer: Answer) -> None:
        """Hold an answer against what this person alone has asked for."""
        self.journal.note(self.number, wish, self.page, answer, self._problem(answer))

    def _problem(self, answer: Answer) -> str:
        if answer.exceptions:
            return f"exception: {answer.exceptions[0]}"
        query = {name: text for name, text in parse_qsl(answer.query) if name not in PAGE_KEYS}
        if query != self.config.to_query():
            return f"not its own link: {answer.query}, expected {urlencode(self.config.to_query())}"
        for name in NUMBERS:
            own = getattr(self.config, name)
            if float(shown := self.reader.values().get(f"setting.{name}", own)) != own:
                return f"not its own {name}: {shown}, expected {own}"
        return self.journal.differs(self.page, urlencode(self.config.to_query()), answer)


async def stay(person: Person, pauses: Iterable[float]) -> None:
    """Come, change something after each pause, and leave."""
    try:
        await person.arrive()
        for pause in pauses:
            await asyncio.sleep(pause)
            await person.act()
    except LostError as error:
        person.journal.note(person.number, "lost", person.page, None, f"lost: {error}")
    finally:
        await person.reader.close()


def pauses(person: Person, wanted: argparse.Namespace, end: float) -> Iterator[float]:
    """Give the pauses of somebody who makes so many changes, or who stays until the end."""
    if count := 3 if wanted.visits else wanted.reruns:
        yield from (person.dice.uniform(0, 2 * wanted.pause) for _ in range(count))
    else:
        while time.monotonic() + (pause := person.dice.uniform(*PAUSE)) <= end:
            yield pause


async def watch(journal: Journal, pids: list[int], every: float = 1.0) -> None:
    """Write down the server's memory until cancelled."""
    while True:
        journal.memory.append((time.monotonic() - journal.began, sum(map(megabytes, pids))))
        await asyncio.sleep(every)


def cpu_seconds(pid: int) -> float:
    """Return the processor time that a process has used; 0 if it is gone."""
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0


async def crowd(address: str, pids: list[int], wanted: argparse.Namespace) -> Journal:
    """Let everybody come, so many at a time, and return what happened."""
    journal = Journal()
    watching = asyncio.create_task(watch(journal, pids))
    places, end = asyncio.Semaphore(wanted.people), time.monotonic() + wanted.seconds

    async def come(number: int) -> None:
        async with places:
            person = Person(number, address, wanted.seed, journal)
            await stay(person, pauses(person, wanted, end))

    try:
        await asyncio.gather(*map(come, range(wanted.visits or wanted.people)))
        await asyncio.sleep(1.1)
    finally:
        watching.cancel()
    return journal


# --- what came of it --------------------------------------------------------------------------------------


def outcome(journal: Journal, wanted: argparse.Namespace) -> tuple[list[str], list[str]]:
    """Return the figures of a run, and the bars that it missed."""
    changes = [one for one in journal.records if one.wish not in ("open", "lost")]
    times = sorted(one.seconds for one in changes)
    opens = sorted(one.seconds for one in journal.records if one.wish == "open")
    problems = [one for one in journal.records if one.problem]
    median, slow = quantile(times, 0.5), quantile(times, 0.95)
    before, after = growth(journal)
    lines = [
        f"changes {len(times)}: median {median:.3f} s, 95th percentile {slow:.3f} s, worst {times[-1]:.3f} s",
        f"first loads {len(opens)}: median {quantile(opens, 0.5):.3f} s, worst {opens[-1]:.3f} s",
        f"problems: {dict(Counter(one.problem.partition(':')[0] for one in problems)) or 'none'}",
        f"bytes an answer: median {statistics.median(one.size for one in changes) / 1000:.0f} kB",
        f"server's memory: {before:.0f} MB when warm, {after:.0f} MB at the end, "
        f"largest {max(size for _, size in journal.memory):.0f} MB",
        *by_page(changes),
        *slowest(journal.records),
        *sorted({one.problem for one in problems})[:10],
    ]
    bars = {
        f"median under {MEDIAN_BAR:g} s": median < MEDIAN_BAR,
        f"95th percentile under {SLOW_BAR:g} s": slow < SLOW_BAR,
        "nobody lost, no exception, everybody's own answer": not problems,
        f"memory grows by less than {GROWTH_BAR:g} MB": after - before < GROWTH_BAR,
    }
    # Two minutes only fill the cache of results, and without pauses everybody waits for everybody.
    idle = "under" if wanted.reruns or wanted.visits else "grows"
    return lines, [bar for bar, kept in bars.items() if not kept and idle not in bar]


def quantile(values: list[float], part: float) -> float:
    """Return a quantile of sorted values."""
    return values[min(len(values) - 1, int(part * len(values)))] if values else float("nan")


def growth(journal: Journal) -> tuple[float, float]:
    """Return the memory when the server is warm, after half of all answers, and at the end."""
    warm = journal.records[len(journal.records) // 2].moment
    end = journal.memory[-1][0]
    early = [size for moment, size in journal.memory if warm <= moment <= warm + 0.1 * end]
    late = statistics.median(size for moment, size in journal.memory if moment >= 0.9 * end)
    return statistics.median(early or [late]), late


def by_page(changes: list[Record]) -> Iterator[str]:
    """Give a line for each page."""
    for page, count in Counter(one.page for one in changes).most_common():
        times = sorted(one.seconds for one in changes if one.page == page)
        yield f"    {page:18}{count:5} changes, median {quantile(times, 0.5):.3f} s, worst {times[-1]:.3f} s"


def slowest(records: list[Record]) -> Iterator[str]:
    """Give a line for each of the answers that came latest."""
    for one in sorted(records, key=lambda one: -one.seconds)[:SLOWEST]:
        if one.wish != "lost":
            yield f"    slow: {one.seconds:.1f} s at {one.moment:.0f} s, {one.wish} on {one.page}?{one.query}"


def computed_again(journal: Journal, seed: int) -> list[str]:
    """Compute some of the scenes in this program, and return those that differ from what the server sent."""
    from streamlit.testing.v1 import AppTest

    logging.getLogger("streamlit.runtime.scriptrunner_utils.script_run_context").setLevel(logging.ERROR)
    wrong = []
    seen = sorted(journal.scenes.items())
    for (page, query, stage), sent in random.Random(seed).sample(seen, min(SPOT_CHECKS, len(seen))):
        at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        for name, text in parse_qsl(query):
            at.query_params[name] = text
        if page != "Home":
            at.switch_page(FILES[page])
        found = scenes(at.run()).get(stage)
        if found != sent:
            wrong.append(f"{page}?{query}: {stage} was {sent}, expected {found}")
    return wrong


def scenes(at: object) -> dict[str, str]:
    """Return the fingerprints of the scenes on a page that was run here."""
    sent = ((key_of(one.proto.id), one.proto.bytes) for one in at.get("bidi_component"))
    return {key: scene[7:23].decode() for key, scene in sent if scene.startswith(b'{"id":"')}


# --- the server -------------------------------------------------------------------------------------------


@contextmanager
def server(wanted: argparse.Namespace) -> Iterator[tuple[str, list[int]]]:
    """Run what is to be measured; give its address and the numbers of its processes."""
    if wanted.server:
        yield wanted.server, wanted.pid
    elif wanted.processes > 1:
        with cluster(free_ports(wanted.processes), f"127.0.0.1:{free_ports()[0]}") as running:
            pids = [process.pid for process in running.apps.values()]
            keep_to(pids, wanted.cores)
            yield running.address, pids
    else:
        with tempfile.TemporaryFile("w+") as log:
            with serving(log) as (address, process):
                keep_to([process.pid], wanted.cores)
                yield address, [process.pid]
            log.seek(0)
            print("".join(log.read().partition("Traceback")[1:])[:6000])


def keep_to(pids: list[int], cores: list[int] | None) -> None:
    """Keep processes, with all their threads, to some cores."""
    for pid in pids if cores else []:
        for thread in Path(f"/proc/{pid}/task").iterdir():
            os.sched_setaffinity(int(thread.name), cores)


def options(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--people", type=int, default=25, help="at once")
    parser.add_argument("--seconds", type=float, default=120, help="how long they stay")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--reruns", type=int, default=0, help="so many changes a person instead")
    parser.add_argument("--visits", type=int, default=0, help="so many people who come and leave instead")
    parser.add_argument("--pause", type=float, default=0.2, help="mean pause of --reruns and --visits")
    parser.add_argument("--processes", type=int, default=1, help="of the server; more than one behind nginx")
    parser.add_argument("--cores", type=int, nargs="+", help="keep the server to these")
    parser.add_argument("--server", help="address of a server that is there already")
    parser.add_argument("--pid", type=int, nargs="*", default=[], help="its processes, for the memory")
    return parser.parse_args(arguments)


def main() -> int:
    """Measure, print, and return 1 if a bar is missed."""
    wanted = options()
    with server(wanted) as (address, pids):
        before, own = sum(map(cpu_seconds, pids)), time.process_time()
        journal = asyncio.run(crowd(address, pids, wanted))
        used, mine = sum(map(cpu_seconds, pids)) - before, time.process_time() - own
    seconds = time.monotonic() - journal.began
    lines, missed = outcome(journal, wanted)
    wrong = computed_again(journal, wanted.seed)
    print(*lines, sep="\n")
    print(
        f"processor: the server {used / seconds:.2f} cores, this program {mine / seconds:.2f}; "
        f"{1000 * used / len(journal.records):.0f} ms of the server's an answer"
    )
    print(f"of the scenes {min(SPOT_CHECKS, len(journal.scenes))} were computed again here, {len(wrong)} differ")
    print(*wrong, sep="\n", end="\n" if wrong else "")
    print("bars:", "; ".join(f"MISSED {bar}" for bar in missed) or "all kept")
    return 1 if missed or wrong else 0


if __name__ == "__main__":
    sys.exit(main())
