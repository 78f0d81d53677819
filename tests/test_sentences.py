"""What every sentence of the app has to keep, whatever the numbers in it: number and verb agree at ones."""

from __future__ import annotations

import itertools
import re
from urllib.parse import parse_qsl

import pytest

from rnnviz.notation.counts import all_of, counted, each_of, noun, ordinal, plural
from rnnviz.settings.config import RunConfig
from tests.configurations import COUNTS, configurations, spread
from tests.opening import UNDERSCORED
from tests.sentences import always, collected, link

NUMBER = r"[−-]?\d[\d.,]*(?:e[−+-]?\d+)?"
SINGULAR = "is|as|was|has|does|plus|minus|times|across|counts|this|its|us|loss|class|bias|less|always|puts|makes"
SINGULAR += "|becomes|reaches"
SINGULAR += "|takes|stands|gives|adds|stays|comes|goes|falls|rises|ends|costs|pixels|thus|looks|needs|leaves|pulls"
NAMED = re.compile(
    r"(?:=|≤|\b(?:step|unit|entry|row|column|epoch|lag|loss|sample|output|radius|leave|leaves)) "
    r"\**1\b\**(?! of)",
    re.IGNORECASE,
)
"""A 1 that is a name or a value, no count."""
FAULTS = {
    "one of several": re.compile(rf"(?<![\w.,−\-/·×^])\**1\** (?!(?:{SINGULAR})\b)[a-z]+s\b"),
    "one with the verb of several": re.compile(r"(?<![\d.,])\**1\** of [^.;,]*? (?:are|lie|fail|agree|have)\b"),
    "one are": re.compile(r"\b(?:One|only|the one) [a-z]+ (?:are|were|have|lie|add|agree)\b"),
    "all one": re.compile(r"\b[Aa]ll \**1\** (?!is\b)|\beach of the \**1\** "),
    "from a number to the same": re.compile(
        rf"(?<!weight )\bfrom \**({NUMBER})\**(?: at epoch \d+)? to \**\1\**(?![\d.,]*\d|e)"
    ),
    "a number and not the same": re.compile(rf"({NUMBER}),? not \1(?![\d.,]*\d|e)"),
    "two blanks": re.compile(r"\S  +\S"),
    "what is no word": re.compile(r"\b(?:nan|inf|None(?! of)|True|False|null)\b|(?<!_)\{|\{(?!\w−1)|(?<!−1)\}"),
    "subscript as _": UNDERSCORED,
    "ordinal": re.compile(r"(?<!1)[123]th\b|1[123](?:st|nd|rd)\b"),
    "no verb": re.compile(r"\(\)|“”| ,| \.(?!\d)|\.\.(?!\.)|,,"),
}
NO_SENTENCES = (
    "stage", "studio", "question", "lesson", "flow: cliff, points of a walk", "flow: cliff, size",
    "settings: help", "words: reading", "trust: claims", "export",
)  # fmt: skip
"""Places that hold names and phrases beside sentences."""
WHOLE = ("stage: frames: sentence", "stage: parameters: frames: sentence", "stage: loop", "studio: acts")
STOP = re.compile(r"[.?!…:][*)”]*$")


def faults(place: str, text: str) -> list[str]:
    """The rules that a sentence breaks; what stands in LaTeX or code is no sentence."""
    plain = NAMED.sub("this", re.sub(r"\$\$.*?\$\$|\$[^$]*\$|`[^`]*`", "x", text, flags=re.DOTALL))
    found = [name for name, pattern in FAULTS.items() if pattern.search(plain)]
    whole = not place.startswith(NO_SENTENCES) or place.startswith(WHOLE)
    return [*found, "no stop"] if whole and not STOP.search(plain.rstrip()) else found


def broken(found: dict[str, list[str]]) -> list[str]:
    return [
        f"{place}: {', '.join(wrong)}: {text}"
        for place, texts in found.items()
        for text in texts
        if (wrong := faults(place, text))
    ]


def ones() -> list[RunConfig]:
    """Settings at 1 and above it: T, n1, m and n2 in all combinations, τ, epochs and edits beside them."""
    rest = itertools.cycle(itertools.product((1, None), (1, 3), ("", "Wh1.0.0:0.5")))
    found = []
    for T, n1, m, task in itertools.product((1, 3), (1, 2), (1, 2), ("parity", "echo")):
        for mode in ("sequence_to_sequence", "sequence_to_vector"):
            truncation, epochs, edits = next(rest)
            found.append(
                RunConfig(
                    task=task, steps=T, hidden=n1, batch=m, mode=mode, lag=min(1, T - 1), epochs=epochs,
                    truncation=truncation, edits=edits, clip_norm=0.1, seed=len(found),
                )
            )  # fmt: skip
        next(rest)
    return found


@pytest.mark.parametrize("config", spread(ones()), ids=link)
def test_every_sentence_at_ones(config):
    assert broken(collected(config)) == []


@pytest.mark.parametrize("count", COUNTS)
def test_every_sentence_of_random_configurations(count):
    some = configurations(count // 30)
    wrong = {link(config): found for config in some if (found := broken(collected(config)))}
    assert wrong == {}


CANCELLED = ("preset=sentiment&steps=11&scheme=nonnormal&input_scale=0.0", "preset=sentiment&input_scale=0.0&sample=-1")
"""Terms that cancel to the last bit: what rounding leaves of their sum has no shares that add up to 1."""


@pytest.mark.parametrize("query", CANCELLED)
def test_terms_that_cancel_are_not_shared_out(query):
    found = collected(RunConfig.from_query(dict(parse_qsl(query)))[0])
    assert broken(found) == []
    assert found["trust: verdict"] == ["All **6** checks passed."]
    assert any("rounding leaves of its terms" in text for text in found["flow: sources"])


def test_every_sentence_that_no_configuration_changes():
    assert broken(always()) == []


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("1 terms are kept.", "one of several"),
        ("after **1** updates.", "one of several"),
        ("1 of its 2 drawn points lie beyond.", "one with the verb of several"),
        ("One term are left.", "one are"),
        ("All 1 checks hold.", "all one"),
        ("each of the 1 steps.", "all one"),
        ("It stayed from 4.159 to 4.159.", "from a number to the same"),
        ("It would be 1, not 1.", "a number and not the same"),
        ("It is  two.", "two blanks"),
        ("It is nan.", "what is no word"),
        ("Every 2th step.", "ordinal"),
        ("The norm of H_t grows.", "subscript as _"),
        ("W_{h1} is used.", "subscript as _"),
        ("It is", "no stop"),
    ],
)
def test_a_fault_is_found(text, rule):
    assert rule in faults("flow: where", text)


@pytest.mark.parametrize(
    "text",
    [
        "1 step is left.",
        "Of 21 steps 11 are kept.",
        "From 0.1 to 0.12 it moved.",
        "It would be 1, not 1.5.",
        "γ σₘₐₓ = 1 is it.",
        "The 12th and the 21st of all 11.",
    ],
)
def test_what_is_right_is_left_alone(text):
    assert faults("flow: where", text) == []


def test_the_helper():
    assert [counted(n, "entry", "is", "are") for n in (0, 1, 2)] == ["0 entries are", "1 entry is", "2 entries are"]
    assert [all_of(n, "term") for n in (1, 2, 3)] == ["the only term", "both terms", "all 3 terms"]
    assert [each_of(n, "step") for n in (1, 2)] == ["the one step", "each of the 2 steps"]
    assert [ordinal(n) for n in (1, 2, 3, 4, 11, 12, 13, 21, 102, 111)] == [
        "1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "102nd", "111th",
    ]  # fmt: skip
    assert noun(1, "loss", "is", "are") == "loss is"
    assert [plural(word) for word in ("loss", "class", "day", "matrix", "time step", "box", "epoch")] == [
        "losses", "classes", "days", "matrices", "time steps", "boxes", "epochs",
    ]  # fmt: skip
