"""The lessons in their order, and one of them as data that the stage can play."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rnnviz.notation import prose
from rnnviz.notation.equations import mathml
from rnnviz.notation.ids import symbol
from rnnviz.notation.numbers import counted
from rnnviz.notation.pieces import labels_of, pieces
from rnnviz.teaching.lessons import general, notation, sequence, vector
from rnnviz.teaching.lessons.model import Lesson, Paragraph, Setting

LONGEST = 6
"""Up to so many steps a walk writes every term out."""


@dataclass(frozen=True)
class Entry:
    """A lesson in the list: its name in a link, its title, and what network it needs.

    Attributes
    ----------
    id, title, about : str
    preset : str
        The network that the lecture uses; "" where any will do.
    mode : str
        The mode that it needs; "" for any.
    """

    id: str
    title: str
    about: str
    preset: str = ""
    mode: str = ""


LESSONS = prose.read("lessons", Mapping[str, Entry])


def fits(name: str, mode: str, steps: int) -> bool:
    """Return whether a lesson can be given on a network of this mode with so many steps."""
    wanted = LESSONS[name].mode
    return not wanted or (mode == wanted and steps <= LONGEST)


def misfit_sentence(name: str, mode: str, steps: int) -> str:
    """Say why a lesson cannot be given on a network of this mode with so many steps."""
    entry, wanted, given = LESSONS[name], *(each.replace("_", " ") for each in (LESSONS[name].mode, mode))
    return (
        f"“{entry.title}” speaks of a {wanted} network over at most {LONGEST} steps; "
        f"the present one is {given} over {counted(steps, 'step')}."
    )


def lesson(name: str, of: Setting, parameter: str = "Wh1") -> Lesson:
    """Return a lesson for a network.

    Parameters
    ----------
    name : str
        A key of ``LESSONS``.
    of : Setting
    parameter : str
        The parameter that the last lesson writes its formula for.

    Raises
    ------
    ValueError
        For an unknown lesson, or a network that it cannot be given on.
    """
    if name not in LESSONS:
        raise ValueError(f"lesson: got {name!r}, expected one of {', '.join(LESSONS)}")
    if not fits(name, of.mode, of.T):
        wanted = LESSONS[name].mode.replace("_", " ")
        raise ValueError(
            f"lesson {name}: got {of.mode.replace('_', ' ')} over {of.T} steps, "
            f"expected {wanted} over at most {LONGEST} steps"
        )
    if name == "general":
        return general.lesson(of, parameter)
    return {"notation": notation, "vector": vector, "sequence": sequence}[name].lesson(of)


def lesson_scene(given: Lesson) -> dict:
    """Return a lesson as data that JSON can carry.

    Returns
    -------
    dict
        ``id``, ``title``, ``sections`` (name and first paragraph of each), ``paragraphs`` with ``text`` and
        ``box`` as pieces, ``lines`` of tokens, ``frame``, ``parameter``, ``lit``; ``math``, the MathML that
        tokens point at; ``labels``, how each quantity in the text is written.
    """
    places: dict[str, int] = {}
    paragraphs = [_paragraph(one, places) for one in given.paragraphs]
    labels = labels_of(one["text"] + one["box"] for one in paragraphs)
    return {
        "id": given.id,
        "title": LESSONS[given.id].title,
        "sections": _sections(given),
        "paragraphs": paragraphs,
        "labels": labels,
        "math": [mathml(latex) for latex in places],
    }


def _sections(given: Lesson) -> list[dict]:
    """The parts of a lesson; one that is named after a parameter is written as its symbol."""
    found: dict[str, int] = {}
    for place, one in enumerate(given.paragraphs):
        found.setdefault(one.section, place)
    return [{"label": _section_label(name), "first": place} for name, place in found.items()]


def _section_label(name: str) -> list[list[str]]:
    if name in ("W1", "Wh1", "b1"):
        return [list(part) for part in symbol(name).label]
    return [[name, ""]]


def _paragraph(one: Paragraph, places: dict[str, int]) -> dict:
    return {
        "text": pieces(one.text, places),
        "box": pieces(one.box, places),
        "lines": [[piece.drawn(places) for piece in line] for line in one.lines],
        "frame": one.frame,
        "parameter": one.parameter,
        "lit": list(one.lit),
        "words": len(one.text.split()),
    }
