"""What a reader waits for, beside what every page does anyway, side by side in one process.

Usage, from the root of the repository::

    python -m benchmarks.answers [preset …]

Questions and checks are held against the scene of the stage, which every page with a stage builds; a training
against as many single steps as it has epochs, and some for its beginning and end; a link of a megabyte
against an ordinary one; a reader's file against the standard library's ``csv``. The ways take turns, so
that all see the same machine; the median of the ratios is printed.
"""

from __future__ import annotations

import csv
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

from rnnviz import engine
from rnnviz.checks.gradient.compute import run_checks
from rnnviz.experiment.core import Experiment, run
from rnnviz.experiment.training import train_run
from rnnviz.scene.build import build_scene
from rnnviz.settings.config import PRESETS, RunConfig
from rnnviz.tasks.reading.table import read_table
from rnnviz.teaching.questions import questions

ROWS = b"1,2\n" * 10**5
ROUNDS, LIMIT_SECONDS = 5, 4.0
BEFORE_AND_AFTER = 50
"""What a training does once, in steps: start values, predictions before and after."""
LARGE = RunConfig(task="parity", steps=200, hidden=64, batch=16)
LONG_LINKS = {"edits": "Wh1.0.0:1," * 10**5, "compare": "a&" * 2**19, "text": "x" * 2**20, "steps": "1" * 2**20}


class Race(NamedTuple):
    """Something that is waited for, its peer, how many times the peer is meant, and the bar."""

    what: str
    ours: Callable[[], object]
    peer: Callable[[], object]
    times: int
    bar: float


def races(names: list[str]) -> Iterator[Race]:
    """Yield all comparisons."""
    for name in names:
        experiment = run(PRESETS[name].config)
        yield from of_experiment(name, experiment)
    yield Race("questions, T = 200, 64 units", *beside_the_scene(run(LARGE), questions_of), 1, 1)
    for name, text in LONG_LINKS.items():
        yield Race(f"a megabyte in {name}", link({name: text}), link({"steps": "7", "hidden": "4"}), 1, 10)
    yield Race("a file of 100,000 rows", read_rows, lambda: list(csv.reader(ROWS.decode().splitlines())), 1, 10)


def of_experiment(name: str, experiment: Experiment) -> Iterator[Race]:
    """Yield what is waited for with one network."""
    yield Race(f"questions, {name}", *beside_the_scene(experiment, questions_of), 1, 3)
    yield Race(f"checks, {name}", *beside_the_scene(experiment, checks_of), 1, 10)
    steps = train_run(experiment).losses.size + BEFORE_AND_AFTER
    yield Race(f"training, {name}", lambda: train_run(experiment), lambda: step(experiment), steps, 4)


def beside_the_scene(experiment: Experiment, way: Callable) -> tuple[Callable, Callable]:
    """Return a way of an experiment, and the building of its scene."""
    return lambda: way(experiment), lambda: build_scene(experiment, "Wh1")


def questions_of(experiment: Experiment) -> object:
    """Ask everything that can be asked."""
    return questions(experiment, 0)


def checks_of(experiment: Experiment) -> object:
    """Check the gradient in all ways."""
    return run_checks(None, experiment)


def step(experiment: Experiment) -> object:
    """Run forward and backward once, as an epoch does."""
    task, architecture = experiment.task, experiment.architecture
    trace = engine.forward(architecture, experiment.parameters, task.X, experiment.H_init)
    return engine.backward(architecture, experiment.parameters, trace, task.Y)


def link(query: dict[str, str]) -> Callable[[], object]:
    """Return what reads a link."""
    return lambda: RunConfig.from_query(query)


def read_rows() -> object:
    """Read a long file, thinned as the app offers."""
    return read_table(ROWS)


def ratio(race: Race) -> tuple[float, float]:
    """Return median seconds and the median ratio, taken in turns."""
    rounds, began = [], time.perf_counter()
    race.ours(), race.peer()
    while not rounds or (len(rounds) < ROUNDS and time.perf_counter() - began < LIMIT_SECONDS):
        rounds.append((seconds(race.ours), seconds(race.peer) * race.times))
    return statistics.median(ours for ours, _ in rounds), statistics.median(o / p for o, p in rounds)


def seconds(way: Callable[[], object]) -> float:
    """Return processor seconds of one call; a short one is repeated until it fills some milliseconds."""
    count, began = 0, time.process_time()
    while not count or time.process_time() - began < 0.005:
        way()
        count += 1
    return (time.process_time() - began) / count


def main(names: list[str]) -> None:
    """Compare with the named presets, or with all."""
    missed = 0
    for race in races(names or list(PRESETS)):
        took, found = ratio(race)
        missed += found > race.bar
        print(f"{race.what:42}{took * 1e3:10.2f} ms {found:8.2f}x  bar {race.bar:g}", flush=True)
    sys.exit(f"{missed} bars are missed" if missed else None)


if __name__ == "__main__":
    main(sys.argv[1:])
