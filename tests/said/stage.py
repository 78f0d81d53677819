"""What the stage, its ledger, the unrolled network, questions, lessons and exports say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import SimpleNamespace

import numpy as np

from rnnviz.export import contents, notebook
from rnnviz.laboratory.forward import compute
from rnnviz.laboratory.forward import say as forward_said
from rnnviz.laboratory.forward.compute import step_matrices
from rnnviz.notation.conventions import LECTURE, Conventions
from rnnviz.notation.ids import named
from rnnviz.scene.build import edited, scene_of
from rnnviz.scene.ledger import ledger
from rnnviz.scene.view import look
from rnnviz.settings.fields import cell_form
from rnnviz.teaching.lessons import LESSONS, Setting, fits, lesson, misfit_sentence
from rnnviz.teaching.questions import questions
from tests.said.places import HIDDEN, Said, at


def said(run) -> Said:
    """Yield every sentence with its place."""
    for part in (_stage, _ledger, _unrolled, _questions, _lessons, _exports):
        yield from part(run)


def _stage(run) -> Said:
    config = run.config
    view = look(run, config.sample)
    change = edited(run, view.sample) if config.edits else None
    for parameter in ("W1", "Wh1", "W2"):
        scene = scene_of(view, parameter, True, (), change, complete=False)
        yield from told(scene, "stage", view.conventions)
        change = None


def told(value: object, place: str, conventions: Conventions = LECTURE) -> Said:
    """Walk through a scene; what stands under a name of a text is one."""
    if isinstance(value, dict):
        for key, inside in value.items():
            yield from _entry(str(key), inside, place, conventions)
    elif isinstance(value, list):
        for inside in value:
            yield from told(inside, place, conventions)


_TEXTS = ("sentence", "words", "note", "help", "title", "across", "view")
_SKIPPED = ("label", "labels", "math", "latex", "known_from", "phases", "choices", "modes", "loop", "movers", "tells")


def _entry(key: str, inside: object, place: str, conventions: Conventions) -> Said:
    kind = place if key in HIDDEN or _NUMBERED.search(key) else f"{place}: {key}"
    if key == "sentence" and isinstance(inside, list):
        yield kind, spoken_pieces(inside, conventions)
    elif key in _TEXTS and isinstance(inside, str):
        yield kind, inside
    elif key == "closings":
        yield from _closings(inside, kind)
    elif key == "loop" and isinstance(inside, dict) and "frames" in inside:
        yield from told(inside, f"{place}: loop", conventions)
    elif key == "modes" and place.endswith("grid"):
        yield from at(f"{place}: reading", (mode[2] for mode in inside))
    elif key == "code" and isinstance(inside, str):
        yield from at("stage: code, comments", _comments(inside))
    elif key not in _SKIPPED:
        yield from told(inside, kind, conventions)


_NUMBERED = re.compile(r"\d|/|^(L|H_init|step|rest|batch)$|_new$")


def _closings(inside: dict, place: str) -> Said:
    for key, text in inside.items():
        if isinstance(text, dict):
            yield from at(f"{place} {key}", text.values())
        else:
            yield f"{place} {key}", text


def spoken_pieces(pieces: list, conventions: Conventions) -> str:
    """Return a sentence of the stage as one text; a quantity by its symbol."""
    return "".join(piece if isinstance(piece, str) else named(piece["q"], conventions) for piece in pieces)


def _comments(code: str) -> Iterator[str]:
    return (line.split("  # ", 1)[1] for line in code.splitlines() if "  # " in line)


def _ledger(run) -> Said:
    for parameter in ("Wh1", "b2"):
        account = ledger(look(run, run.config.sample), parameter)
        yield from at("ledger", (account.sentence, account.remark))


def _unrolled(run) -> Said:
    T = run.config.steps
    for t in {0, min(1, T - 1), T - 1}:
        yield "unrolled: step", forward_said.step_sentence(step_matrices(run, t), t)
        yield "unrolled: picture", forward_said.unrolled_words(T, t)
    for sample in {run.config.sample, -1, 0}:
        yield "unrolled: states", forward_said.states_sentence(compute.states(run.trace, sample))
        shown = compute.prediction(run.task, run.trace.Y_hat, sample)
        yield "unrolled: prediction", forward_said.fit_sentence(shown)


# Questions, lessons, exports


def _questions(run) -> Said:
    for one in questions(run, run.config.seed):
        yield f"question {one.id}: prompt", one.prompt
        yield f"question {one.id}: answer", one.answer
        yield from at(f"question {one.id}: choices", (choice.text for choice in one.choices))
        yield from at(f"question {one.id}: replies", (choice.reply for choice in one.choices))


def _lessons(run) -> Said:
    for name in LESSONS:
        if not fits(name, run.config):
            yield f"lesson {name}", misfit_sentence(name, run.config)
            continue
        for one in lesson(name, Setting.of(run), run.config.parameter).paragraphs:
            yield f"lesson {name}", _marked(one.text)
            yield f"lesson {name}", _marked(one.box)


def _marked(text: str) -> str:
    """A text with its ``{ids}`` as symbols; LaTeX between dollars stays."""
    parts = re.split(r"(\$[^$]*\$|`[^`]*`)", text)
    named_ids = (re.sub(r"\{([^{}]+)\}", lambda found: named(found[1]), part) for part in parts[::2])
    return "".join(piece for pair in zip(named_ids, [*parts[1::2], ""], strict=True) for piece in pair)


def _exports(run) -> Said:
    epochs = run.config.epochs
    holds = SimpleNamespace(
        experiment=run, shortened=True, truncated=run.config.truncation not in (None, run.config.steps),
        course=SimpleNamespace(epochs=epochs), settings={"tolerance": 1e-6},
        form=cell_form(run.config.cell, run.config.reset), padded=run.task.mask is not None,
    )  # fmt: skip
    yield from at("export: description", contents.description(holds))
    yield from at("export: caveats", contents.caveats(holds))
    if np.isfinite(run.backward.loss):
        yield from at("export: notebook", (notebook._words(name, holds) for name in notebook.TEXTS["words"]))
