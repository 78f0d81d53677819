"""What no configuration changes, and what is said of outcomes and files that are made up."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from rnnviz.checks.claims.say import CLAIMS, LEFT_OUT, listed
from rnnviz.laboratory.cliff import say as cliff_said
from rnnviz.laboratory.cures import compute as cures_compute
from rnnviz.laboratory.cures import say as cures_said
from rnnviz.laboratory.speed.compute import Speedup
from rnnviz.laboratory.speed.say import speedup_sentence
from rnnviz.laboratory.truncation import say as truncation_said
from rnnviz.notation.dialects import DIALECTS, GRU_DIFFERENCES
from rnnviz.notation.glossary import GLOSSARY
from rnnviz.notation.reading_list import READING
from rnnviz.settings.config import FIELDS, PRESETS, RunConfig
from rnnviz.settings.pages import PAGES
from rnnviz.tasks import own
from rnnviz.tasks.reading.proposal import propose
from tests.said.places import Said, at


def said() -> Said:
    """Yield every sentence with its place."""
    for query in QUERIES:
        config, notes = RunConfig.from_query(query)
        yield from at("settings: notes of a link", (*notes, *config.reconciled()[1]))
    yield from _sweep()
    yield from _own_data()
    yield from _prose()


def _sweep() -> Said:
    """What is said of a sweep, from outcomes that nobody trained: none, some, all, broken ones."""
    labels = {cure.name: cure.label for cure in cures_compute.CURES}
    yield (
        "cures: plan",
        cures_said.planned_sentence(len(cures_compute.plan()), cures_compute.HIDDEN, cures_compute.LENGTHS, 1),
    )
    yield from at("cures: ways", (f"{cure.label}: {cure.sentence}" for cure in cures_compute.CURES))
    for count in (0, 1, 5, len(cures_compute.plan())):
        for left in (0.01, 0.4, 0.7, 2.0, np.inf):
            outcomes = [_outcome(cure, steps, left) for steps, cure in cures_compute.plan()[:count]]
            yield "cures: sweep", cures_said.sweep_sentence(outcomes, labels, len(cures_compute.plan()))
            here = [each for each in outcomes if each.steps == cures_compute.LENGTHS[0]]
            if here:
                yield "cures: curves", cures_said.curve_sentence(here)
                yield from at("cures: flow", (cures_said.flow_sentence(here, after) for after in (0, 1)))
    for number, steps in enumerate((10, 11, 20)):
        for task in cures_compute.TASKS:
            here = [_outcome(cure, steps, 0.4 + number, task, clipped=number) for cure in cures_compute.CURES]
            yield "cures: limits", cures_said.limits_sentence(here)


def _outcome(cure, steps: int, left: float, task: str = "adding", clipped: int = 0) -> cures_compute.Outcome:
    ends = np.array([0.5, left if np.isfinite(left) else 1.0])
    share = np.linspace(1.0, 0.1 * (1 + len(cure.name)), steps)
    losses = (ends, np.array([0, 10]), ends, ends / 2, 1.0, 1.0)
    return cures_compute.Outcome(cure, task, steps, *losses, share, share / 2, clipped, bool(np.isfinite(left)), 0.1)


QUERIES = (
    {"steps": "0", "learning_rate": "-1", "task": "nonsense", "what": "1", "edits": "Wh1", "preset": "none"},
    {"task": "sentiment", "mode": "sequence_to_sequence", "steps": "40", "batch": "64", "output": "relu_se"},
    {"task": "echo", "lag": "9", "steps": "1", "sample": "40"},
    {"task": "echo", "lag": "9", "steps": "3", "batch": "0", "truncation": "0", "sample": "-5"},
    {"task": "next_character", "text": "ab", "steps": "30", "batch": "9"},
    {"task": "next_character", "text": "abcabc", "steps": "30", "batch": "9"},
)
"""Links of which something is ignored or moved."""
NUMBERS = "\n".join(map(str, range(20)))
FILES = {
    "gap": NUMBERS.replace("\n7\n", "\n\n7\nn/a\n"),
    "short": "1\n2\n3",
    "one": "1",
    "bad row": "a;b\n" + "\n".join(f"{n};{n * n}" for n in range(20)) + "\n5",
    "bad rows": "a,b\n" + "\n".join(f"{n},{n * n}" for n in range(20)) + "\n5\n6",
    "empty": "\n\n",
    "same": "x\n" + "\n".join(["1"] * 20),
    "again": "a,a\n" + "\n".join(f"{n},{n * n}" for n in range(20)),
}


def _own_data() -> Said:
    for text in (*FILES.values(), "1", "1 2 3", "", "1 x 2 3 4 5 6 7 8 9", "1 2 3 4 5 6 7 8 9"):
        yield from at("own data: proposal", _proposed(text.encode()))
    for text in ("a", "aaaaaaaaaaaaaa", "abcabcabcabc\ufffd"):
        yield from at("own data: text", _refused(lambda text=text: own.text("typed", text)))
    for content in (b"", b"\xff\xfe1\x002\x00", b"caf\xe9 1 2 3"):
        yield from at("own data: proposal", _proposed(content))
    for labels in (["x"] * 20, ["a", "b"] * 10, list(map(str, range(100)))):
        features = {"n": np.arange(len(labels)) * 1.0}
        made = partial(own.classes, features, "label", labels)
        yield from at("own data: classes", _refused(made))


def _refused(read) -> Iterator[str]:
    try:
        made = read()
    except ValueError as error:
        yield str(error)
        return
    except TypeError:
        raise
    if isinstance(made, tuple):
        yield from made[-1] if isinstance(made[-1], tuple) else ()


def _proposed(content: bytes) -> Iterator[str]:
    found = propose(content)
    yield from found.notes
    if found.problem:
        yield found.problem


def _prose() -> Said:
    claims = (listed(claims) for claims in CLAIMS.values())
    yield from at("trust: claims", (line for text in claims for line in text.split("\n")))
    yield from at("trust: left out", (line for lines in LEFT_OUT.values() for line in lines))
    yield from at("words: glossary", (f"{one.term}: {one.meaning}" for one in GLOSSARY))
    yield from at("words: dialects", (line for one in DIALECTS for line in one.differences))
    yield from at("words: dialects", GRU_DIFFERENCES)
    yield from at("words: reading", (one.why for one in READING))
    yield from at("guides", (line for page in PAGES for line in page.guide))
    yield from at("settings: help", (f"{field.label}: {field.help}" for field in FIELDS.values()))
    yield from at("presets", (f"{one.title}: {one.sentence}" for one in PRESETS.values()))
    for gain in (None, Speedup(0.02, 0.004, "")):
        yield "stage: gain", speedup_sentence(gain)
    yield from at("flow: nothing", (truncation_said.NOT_CLIPPED, truncation_said.NOT_COMPARABLE))
    yield "flow: cliff", cliff_said.limit_note(1.0)
