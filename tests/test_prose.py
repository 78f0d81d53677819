"""Prose as data: a fault is named with file, entry and field, and an installation carries every file."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from rnnviz.notation import prose
from rnnviz.settings import config
from rnnviz.settings.config import FIELDS
from rnnviz.settings.fields import Text
from rnnviz.teaching.filling import Lecture, filled


@dataclass(frozen=True)
class Word:
    name: str
    text: str
    year: int = 0
    others: tuple[str, ...] = ()


@pytest.fixture
def written(tmp_path, monkeypatch):
    """Give a function that writes a file of words and reads it by its groups."""
    monkeypatch.setattr(prose, "FOLDER", tmp_path)
    prose.read.cache_clear()

    def write(text):
        (tmp_path / "words.toml").write_text(text, encoding="utf-8")
        return prose.groups("words", Word)

    yield write
    prose.read.cache_clear()


def test_a_table_becomes_what_it_has_to_be(written):
    (group,) = written('["of two"."a b"]\ntext = "Ŷ"\nothers = ["c", "d"]').items()
    assert group == ("of two", (Word("a b", "Ŷ", 0, ("c", "d")),))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('text = "yes"\nyear = "1990"', "words.toml, group, entry, year: got '1990', expected int"),
        ("text = 3", "words.toml, group, entry, text: got 3, expected str"),
        ('text = " "', "words.toml, group, entry, text: got ' ', expected str that is not empty"),
        ('text = "yes"\nothers = "c"', "words.toml, group, entry, others: got 'c', expected tuple"),
        ('text = "yes"\nothers = ["c", 1]', "words.toml, group, entry, others, number 2: got 1"),
        ("year = 1990", "words.toml, group, entry: got no field text, expected text"),
        ('text = "yes"\ntxt = "no"', "words.toml, group, entry: got a field txt, expected one of text, year"),
        ('text = "yes"\ntext = "no"', "words.toml: Cannot overwrite"),
        ('text = "yes"\n[group.entry]', "words.toml: .*at line 3"),
        ('name = "other"\ntext = "yes"', "words.toml, group, entry: got a field name"),
    ],
)
def test_a_fault_is_named_with_file_entry_and_field(written, text, named):
    with pytest.raises(ValueError, match=named):
        written(f"[group.entry]\n{text}")


def test_an_entry_that_is_no_table_is_named(written):
    with pytest.raises(ValueError, match="entry: got 'yes', expected Word"):
        written('[group]\nentry = "yes"')


def test_what_is_read_stays_as_it_is():
    left_out = prose.read("left_out", Mapping[str, tuple[str, ...]])
    assert prose.read("left_out", Mapping[str, tuple[str, ...]]) is left_out
    with pytest.raises(TypeError):
        left_out["Training"] = ()


def test_the_folder_holds_prose_and_program_text_alone():
    assert {"".join(path.suffixes) for path in prose.FOLDER.iterdir()} == {".toml", ".py.txt"}
    for path in prose.FOLDER.glob("*.toml"):
        assert tomllib.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{n:one|many}", None),
        ("{yes}", None),
        ("{tex}", None),
        ("{gone}", None),
        ("{no: and more}", ""),
        ("{yes:{no:a|{n} of {yes:b|c}}|d} $W_{{h1}}$", "3 of b $W_{h1}$"),
        ("{part.real}, {shape[1]}: {shape}", "1.5, 2: 4 × 2"),
        ("{counted:{n} entry}, {every:1 step}, {capital:{word}}", "3 entries, every step, Ŷ"),
    ],
)
def test_a_hole_is_filled_or_refused(text, said):
    holes = Lecture().words() | {"n": 3, "yes": True, "no": False, "part": 1.5, "shape": (4, 2), "word": "ŷ"}
    if said is None:
        with pytest.raises((KeyError, ValueError), match=r"expected words after a colon|gone"):
            filled(text, holes)
    else:
        assert filled(text, holes) == said


def test_what_has_words_exists_and_what_exists_has_words():
    assert set(prose.read("settings", Mapping[str, Text])) == set(FIELDS)
    assert set(prose.read("labels", Mapping[str, str])) <= {
        choice for field in FIELDS.values() for choice in field.choices
    }


@pytest.mark.parametrize(
    ("settings", "named"),
    [({"steps": 0}, "presets.toml, echo, steps: got 0"), ({"stpes": 3}, "presets.toml, echo, .*stpes")],
)
def test_a_fault_in_a_preset_is_named(settings, named):
    with pytest.raises(ValueError, match=named):
        config._preset(config._Row("echo", "Short", "One step.", settings=settings))
