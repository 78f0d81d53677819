"""Predict, then see: questions about the network on the screen, generated from its own numbers.

A template drafts a question from what the stage shows; the answer and every wrong choice are computed. A
wrong choice is what a known misconception would say. The seed draws steps, entries, distractors and order.
"""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain, zip_longest
from types import MappingProxyType

import numpy as np

from rnnviz.experiment.core import Experiment
from rnnviz.notation import prose
from rnnviz.teaching.questions import distances, factors, gated, losses, paths
from rnnviz.teaching.questions.asking import Choice, Question, Template, Words
from rnnviz.teaching.questions.scope import Scope, scope_of

__all__ = ["CONFUSIONS", "TEMPLATES", "TOPICS", "Choice", "Question", "Template", "Topic", "ask", "questions"]


@dataclass(frozen=True)
class Topic:
    """What is often got wrong: its name, the number that a question names it by, and a sentence about it."""

    name: str
    number: int
    about: str


TOPICS = MappingProxyType(prose.read("confusions", Mapping[str, Topic]))
"""The topics by name, from easy to hard."""
CONFUSIONS = tuple(one.about for one in sorted(TOPICS.values(), key=lambda one: one.number))
"""What learners get wrong, a sentence each; ``confusion`` counts from 1."""
ATTEMPTS = 24
_BUILDERS = {name: made for module in (paths, factors, losses, distances, gated) for name, made in vars(module).items()}
TEMPLATES = tuple(
    Template(words, _BUILDERS[name.replace("-", "_")])
    for name, words in prose.read("questions", Mapping[str, Words]).items()
)
"""The kinds of questions: each has its words and, under the same name, the function that works out its numbers."""
_BY_ID = MappingProxyType({template.id: template for template in TEMPLATES})


def ask(experiment: Experiment, template_id: str, seed: int) -> Question | None:
    """Return a question of the kind of that id; another ``seed``, at least 0, asks something new.

    It is None where the network cannot carry it: too short, one loss, numbers that are not finite, or choices that
    nobody could tell apart.

    Raises
    ------
    ValueError
        For an unknown template or a seed that is not a whole number from 0.
    """
    if template_id not in _BY_ID:
        raise ValueError(f"template_id: got {template_id!r}, expected one of {', '.join(_BY_ID)}")
    return _asked(scope_of(experiment), _BY_ID[template_id], _checked(seed))


def questions(experiment: Experiment, seed: int) -> tuple[Question, ...]:
    """Return one question of each kind that fits, in an order that mixes the confusions.

    Raises
    ------
    ValueError
        For a seed that is not a whole number from 0.
    """
    scope, draw = scope_of(experiment), np.random.default_rng([_checked(seed), 1])
    groups = []
    for confusion in draw.permutation(len(CONFUSIONS)) + 1:
        kinds = [template for template in TEMPLATES if template.confusion == confusion]
        made = (_asked(scope, kinds[place], seed) for place in draw.permutation(len(kinds)))
        groups.append([question for question in made if question is not None])
    return tuple(question for question in chain(*zip_longest(*groups)) if question is not None)


def _checked(seed: int) -> int:
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
        raise ValueError(f"seed: got {seed!r}, expected a whole number from 0")
    return int(seed)


def _asked(scope: Scope, template: Template, seed: int) -> Question | None:
    """Draw until there is a question that can be asked."""
    if not template.words.fits(scope):
        return None
    draw = np.random.default_rng([seed, zlib.crc32(template.id.encode())])
    with np.errstate(all="ignore"):
        tries = (template.ask(scope, draw) for _ in range(ATTEMPTS if template.words.draws else 1))
        return next(filter(None, tries), None)
