"""Questions as data that the stage can ask: pieces of text, MathML, what to light."""

from collections.abc import Sequence

from rnnviz.notation.equations import mathml
from rnnviz.notation.ids import output_factor, state
from rnnviz.notation.pieces import labels_of, pieces
from rnnviz.notation.quantity import Quantity, read
from rnnviz.teaching.questions import TEMPLATES, TOPICS, Choice, Question


def quiz_scene(questions: Sequence[Question], number: int) -> dict:
    """Return a round of questions as data that JSON can carry.

    ``topics`` are number, name and sentence of each that is asked about, from easy to hard; ``templates`` gives the
    number of each kind; ``labels`` and ``math`` hold symbols and MathML that the pieces of text point at; the
    ``number`` of the round says which steps and entries were asked.
    """
    places: dict[str, int] = {}
    asked = [_question(one, places) for one in _in_turn(questions)]
    found = {one.confusion for one in questions}
    labels = labels_of(text for one in asked for text in _texts(one))
    return {
        "round": number,
        "topics": [[one.number, name, one.about] for name, one in TOPICS.items() if one.number in found],
        "templates": {one.id: one.confusion for one in TEMPLATES},
        "questions": asked,
        "labels": labels,
        "math": [mathml(latex) for latex in places],
    }


def _texts(one: dict) -> list[list[dict]]:
    return [one["prompt"], one["answer"], *(choice[kind] for choice in one["choices"] for kind in ("text", "reply"))]


def _in_turn(questions: Sequence[Question]) -> list[Question]:
    """Topic after topic, from easy to hard, each in the order of its kinds."""
    topics = [one.number for one in TOPICS.values()]
    kinds = [one.id for one in TEMPLATES]
    return sorted(questions, key=lambda one: (topics.index(one.confusion), kinds.index(one.id)))


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


def _choice(choice: Choice, places: dict[str, int]) -> dict:
    return {
        "text": pieces(choice.text, places),
        "right": choice.right,
        "reply": pieces(choice.reply, places),
        "lit": list(dict.fromkeys(map(_drawn, choice.lit))),
    }


def _drawn(quantity: str) -> str:
    """Adjoints have no place of their own in the overview: where they arrive is lit for them."""
    match read(quantity):
        case Quantity("carry", k=int(k)):
            return state(k)
        case Quantity("derivative", of=Quantity("L", t=int(t)), by=Quantity("Z")):
            return output_factor(t)
        case Quantity("derivative", of=Quantity("L"), by=Quantity("A" | "H", t=int(t))):
            return state(t)
    return quantity
