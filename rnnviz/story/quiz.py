"""Questions as data that the stage can ask: pieces of text, MathML, what to light."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from rnnviz.story.conventions import LECTURE, speaking
from rnnviz.story.equations import mathml
from rnnviz.story.questions import CONFUSIONS, TEMPLATES, Question

_MARKED = re.compile(r"\$([^$]+)\$|`([^`]+)`")
_DRAWN_AS = (
    (re.compile(r"dL(?:_\d+)?/d[AH]_(\d+)"), "H_{0}"),
    (re.compile(r"dL_(\d+)/dZ_\d+"), "dL_{0}/dY_hat_{0}"),
    (re.compile(r"carry_(\d+)"), "H_{0}"),
)
"""Adjoints have no place of their own in the overview: where they arrive is lit for them."""


def quiz_scene(questions: Sequence[Question], number: int) -> dict:
    """Return a round of questions as data that JSON can carry.

    Parameters
    ----------
    questions : sequence of Question
    number : int
        Of the round; another one asks for other steps and entries.

    Returns
    -------
    dict
        ``round``, ``confusions`` (ten titles), ``templates`` (id of each to its confusion), ``questions``,
        ``math`` (MathML that the pieces of text point at).
    """
    places: dict[str, int] = {}
    with speaking(LECTURE):
        asked = [_question(one, places) for one in _in_turn(questions)]
    return {
        "round": number,
        "confusions": list(CONFUSIONS),
        "templates": {one.id: one.confusion for one in TEMPLATES},
        "questions": asked,
        "math": [mathml(latex) for latex in places],
    }


def _in_turn(questions: Sequence[Question]) -> list[Question]:
    """One of each confusion after the other, from the first on."""
    turns: dict[int, int] = {}
    ranked = []
    for one in questions:
        turns[one.confusion] = turns.get(one.confusion, 0) + 1
        ranked.append((turns[one.confusion], one.confusion, one))
    return [one for _, _, one in sorted(ranked, key=lambda each: each[:2])]


def _question(one: Question, places: dict[str, int]) -> dict:
    return {
        "id": one.id,
        "confusion": one.confusion,
        "prompt": pieces(one.prompt, places),
        "code": one.code,
        "choices": [_choice(choice, places) for choice in one.choices],
        "frame": one.frame,
        "parameter": one.parameter,
        "answer": pieces(one.answer, places),
    }


def _choice(choice: object, places: dict[str, int]) -> dict:
    return {
        "text": pieces(choice.text, places),
        "right": choice.right,
        "reply": pieces(choice.reply, places),
        "lights": list(dict.fromkeys(map(_drawn, choice.lights))),
    }


def _drawn(quantity: str) -> str:
    for pattern, place in _DRAWN_AS:
        match = pattern.fullmatch(quantity)
        if match:
            return place.format(match[1])
    return quantity


def pieces(text: str, places: Mapping[str, int]) -> list[dict]:
    """Return a text as pieces: ``{"plain": …}``, ``{"math": place}`` for LaTeX, ``{"code": …}`` for code.

    Examples
    --------
    >>> pieces("Is $H_2$ it?", {})
    [{'plain': 'Is '}, {'math': 0}, {'plain': ' it?'}]
    """
    found, end = [], 0
    for match in _MARKED.finditer(text):
        if match.start() > end:
            found.append({"plain": text[end : match.start()]})
        latex, code = match.groups()
        found.append({"math": places.setdefault(latex, len(places))} if latex else {"code": code})
        end = match.end()
    return found + ([{"plain": text[end:]}] if end < len(text) else [])
