"""Next character: windows of a text that the reader may replace with any other."""

import numpy as np

from rnnviz.notation.counts import counted
from rnnviz.settings.config import RunConfig

from .task import Task, build, one_hot

_VISIBLE = {" ": "␣", "\n": "↵", "\t": "⇥", "\r": "␍"}


def visible(character: str) -> str:
    """The character as a label: blanks and control characters get a sign of their own."""
    code = character if character.isprintable() else f"U+{ord(character):04X}"
    return _VISIBLE.get(character, code)


def next_character(config: RunConfig) -> Task:
    """`batch` windows of T characters spread evenly over the text; Y_t is the character that follows X_t.

    ValueError if the text has fewer than two different characters: nothing could be learned.
    """
    text = config.text
    alphabet = tuple(dict.fromkeys(text))
    if len(alphabet) < 2:
        raise ValueError(f"text: got {counted(len(alphabet), 'different character')}, expected at least 2")
    starts = np.linspace(0, len(text) - config.steps - 1, config.batch).round().astype(int)
    codes = np.array([alphabet.index(c) for c in text])
    windows = codes[starts + np.arange(config.steps + 1)[:, None]]
    labels = tuple(map(visible, alphabet))
    parts = [[visible(c) for c in text[s : s + config.steps]] for s in starts]
    return build(
        config,
        one_hot(windows[:-1], len(alphabet)),
        one_hot(windows[1:], len(alphabet)),
        kind="classes",
        sentence="Read the text one character a step and name the character that comes next.",
        feature_labels=labels,
        output_labels=labels,
        tokens=tuple(map(tuple, parts)),
    )
