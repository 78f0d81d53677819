"""Every sentence that the app writes from numbers, by its place: collected for one configuration or many.

``python -m tests.sentences --count 500 -o FILE`` writes each distinct sentence with its numbers replaced
by #, with one example and the link of it, sorted by place: to be read by eye.
"""

from __future__ import annotations

import argparse
import re
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor

import numpy as np

from rnnviz.experiment.core import run as experiment_run
from rnnviz.experiment.training import train_run
from rnnviz.settings.config import PRESETS, RunConfig
from tests.said import laboratory, prose, runs, stage
from tests.said.places import Said, at

Found = dict[str, list[str]]
MOST_EPOCHS = 40
"""A longer training is not worded otherwise."""


def collected(config: RunConfig) -> Found:
    """Return every sentence that a configuration makes, by place; a place holds no sentence twice.

    Parameters
    ----------
    config : RunConfig
        Reconciled or not; one that cannot be run gives its refusal alone.
    """
    found: dict[str, dict[str, None]] = defaultdict(dict)
    with np.errstate(all="ignore"):
        for place, sentence in _of(config):
            if sentence:
                found[place][sentence] = None
    return {place: list(sentences) for place, sentences in found.items()}


def _of(config: RunConfig) -> Said:
    config, notes = config.reconciled()
    yield from at("settings: notes", notes)
    config = config.replace(epochs=min(config.epochs, MOST_EPOCHS))
    try:
        run = experiment_run(config)
    except ValueError as error:
        yield "edits: refused", str(error)
        return
    yield from at("edits: notes", run.notes)
    yield "task", run.task.sentence
    trained = train_run(run)
    yield from stage.said(run)
    yield from laboratory.said(run, trained)
    yield from runs.said(run, trained)


def always() -> Found:
    """Return the sentences that do not depend on the configuration, and those of made-up outcomes."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for place, sentence in prose.said():
        if sentence:
            found[place][sentence] = None
    return {place: list(sentences) for place, sentences in found.items()}


_DIGITS = "0-9₀₁₂₃₄₅₆₇₈₉⁰¹²³⁴⁵⁶⁷⁸⁹"
_NUMBER = re.compile(rf"[−⁻-]?[{_DIGITS}]+(?:[.,][0-9]+)*(?:e[−+-]?[0-9]+)?")
_LETTER = re.compile(r"(W_?(?:ₕ₁|₁|₂|\{h1\}|1|2|h1)|β_?(?:₁|₂|1|2)|\\beta_\{?[12]\}?)")


def template(sentence: str) -> str:
    """Return a sentence with θ for its parameters and # for its numbers.

    Examples
    --------
    >>> template("Wₕ₁ moves by 0.5: L₃ = 1.2e−7")
    'θ moves by #: L# = #'
    """
    return _NUMBER.sub("#", _LETTER.sub("θ", sentence))


def link(config: RunConfig) -> str:
    """Return what stands in the address of a configuration."""
    return "&".join(f"{name}={value}" for name, value in config.to_query().items())


def main(arguments: list[str] | None = None) -> None:
    """Write what many configurations say."""
    from tests.configurations import configurations

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--places", default="", help="only places that begin so")
    parser.add_argument("-o", "--output", required=True)
    asked = parser.parse_args(arguments)
    found: dict[str, dict[str, tuple[str, str]]] = defaultdict(dict)
    _add(found, always(), "")
    some = [*(one.config for one in PRESETS.values()), *configurations(asked.count, asked.seed)]
    with ProcessPoolExecutor(asked.jobs) as workers:
        for config, of_one in zip(some, workers.map(_whatever, some, chunksize=4), strict=True):
            _add(found, of_one, link(config))
    with open(asked.output, "w", encoding="utf-8") as file:
        for place in sorted(place for place in found if place.startswith(asked.places)):
            file.write(f"\n== {place} ({len(found[place])})\n")
            for shape, (sentence, where) in sorted(found[place].items()):
                file.write(f"{shape}\n    e.g. {sentence}\n    {where}\n")


def _whatever(config: RunConfig) -> Found:
    """What a configuration says; one that breaks is told as such and ends nothing."""
    try:
        return collected(config)
    except Exception as error:
        return {"! broken": [repr(error)]}


def _add(found: dict, of_one: Found, link: str) -> None:
    for place, sentences in of_one.items():
        for sentence in sentences:
            found[place].setdefault(template(sentence), (sentence, link))


if __name__ == "__main__":
    main()
