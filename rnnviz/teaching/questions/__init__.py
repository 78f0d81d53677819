"""Predict, then see: questions about the network on the screen, generated from its own numbers.

A template drafts a question from what the stage shows; the answer and every wrong choice are computed. A
wrong choice is what a known misconception would say. The seed draws steps, entries, distractors and order.
"""

from __future__ import annotations

import zlib
from itertools import chain, zip_longest
from types import MappingProxyType

import numpy as np

from rnnviz.experiment.core import Experiment
from rnnviz.teaching.questions import (
    averages,
    loops,
    mistaken,
    outputs,
    shapes,
    spectra,
    sums,
    truncation,
    uses,
    vanishing,
)
from rnnviz.teaching.questions.asking import Choice, Question, Template
from rnnviz.teaching.questions.scope import Scope, scope_of

__all__ = ["CONFUSIONS", "TEMPLATES", "Choice", "Question", "Template", "ask", "questions"]

CONFUSIONS = (
    "Why there is a sum over k, and why its terms are added and not averaged.",
    "How the immediate derivative differs from the total one.",
    "Why the formula is a double sum and the code one loop.",
    "Where the transpose of the recurrent weights comes from.",
    "Which shapes the factors have, and which product gives that of the weights.",
    "What the loss and the output activation leave together.",
    "What truncation cuts, and what it leaves as it is.",
    "What vanishes: the terms that reach far back, not the whole gradient.",
    "How weights and slopes, eigenvalues and singular values share the blame.",
    "What is added, what is averaged, what is clipped, and which step a slope belongs to.",
)
"""The ten things that learners get wrong, a sentence each; ``confusion`` counts from 1."""

ATTEMPTS = 24
TEMPLATES: tuple[Template, ...] = tuple(
    found
    for module in (sums, uses, loops, shapes, outputs, truncation, vanishing, spectra, averages, mistaken)
    for found in vars(module).values()
    if isinstance(found, Template)
)
_BY_ID = MappingProxyType({template.id: template for template in TEMPLATES})


def ask(experiment: Experiment, template_id: str, seed: int) -> Question | None:
    """Return a question of one kind about an experiment.

    Parameters
    ----------
    experiment : Experiment
    template_id : str
        The id of one of ``TEMPLATES``.
    seed : int
        At least 0; another one asks something new.

    Returns
    -------
    Question, or None where the network cannot carry it: too short, one loss, numbers that are not finite, or
    choices that nobody could tell apart.

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
