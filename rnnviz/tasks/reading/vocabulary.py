"""Words and signs that tell what a file of data means, from ``content/vocabulary.toml``."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from rnnviz.notation import prose


@dataclass(frozen=True)
class Vocabulary:
    """What the file says, under its own names."""

    name: str
    time: tuple[str, ...]
    time_signs: tuple[str, ...]
    missing: tuple[str, ...]
    marks: tuple[float, ...]
    dates: tuple[str, ...]
    clocks: tuple[str, ...]
    months: tuple[str, ...]
    of_day: tuple[str, ...]
    in_times: tuple[str, ...]
    unit_patterns: tuple[str, ...]
    footers: tuple[str, ...]
    frequent_signs: str
    worth: Mapping[str, int]
    calendar: Mapping[str, tuple[str, ...]]
    month_names: Mapping[str, str]
    scales: Mapping[str, int]
    units: Mapping[str, str]
    encodings: Mapping[str, str]
    signatures: Mapping[str, str]


WORDS = prose.read("vocabulary", Vocabulary)
TIME_WORDS, MISSING, CALENDAR = frozenset(WORDS.time), frozenset(WORDS.missing), WORDS.calendar


def words_of(name: str) -> list[str]:
    """Return the words of a column's name, in lower case: "AdjClose_usd" has three."""
    parted = re.sub(r"(?<=[a-zà-ÿ])(?=[A-Z])", " ", name)
    return [word for word in re.split(r"[^\w]+|_|(?<=\D)(?=\d)", parted.lower()) if word]


def names_time(name: str) -> bool:
    """Return whether a name speaks of time."""
    words = set(words_of(name))
    return bool(words & TIME_WORDS) or any(part in name.lower() for part in WORDS.time_signs)
