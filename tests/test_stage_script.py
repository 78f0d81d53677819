"""Each player's script is whole: what it names stands in it, and it carries nothing of the other player."""

from __future__ import annotations

import re

import pytest

from rnnviz.stage import FOLDER, PARTS, stage_script

DECLARED = re.compile(r"^(?:export default )?(?:async )?(?:function\*?|class|const|let) +(\w+)", re.M)
PLAYERS = {"stage": "Stage", "training": "TrainingPlayer"}
SOURCES = {path.stem: path.read_text("utf-8") for path in (FOLDER / "js").glob("*.js")}
HOME = {name: part for part, text in SOURCES.items() for name in DECLARED.findall(text)}


def named(text: str) -> set[str]:
    """Return the words of a script that may be names: no comments, texts, members, keys or methods' heads."""
    bare = re.sub(r"//.*|^  (?:async )?\w+\(.*\{$|\"[^\"\n]*\"|'[^'\n]*'", "", text, flags=re.M)
    return set(re.findall(r"(?<![\w.])(\w+)\b(?!:)", bare))


@pytest.mark.parametrize("kind", PARTS)
def test_what_a_part_calls_is_in_the_same_script(kind):
    for part in PARTS[kind]:
        called = {name for name in named(SOURCES[part]) if name in HOME and HOME[name] not in PARTS[kind]}
        assert called == set(), part


@pytest.mark.parametrize("kind", PARTS)
def test_a_script_has_its_own_player_and_not_the_other(kind):
    declared = DECLARED.findall(stage_script(kind=kind))
    assert PLAYERS[kind] in declared
    assert set(PLAYERS.values()) - {PLAYERS[kind]} - set(declared)
    assert len(declared) == len(set(declared))


def test_every_part_belongs_to_a_player():
    entries = {"streamlit", "standalone"}
    assert {part for parts in PARTS.values() for part in parts} | entries == set(SOURCES)


@pytest.mark.parametrize("given", [{"entry": "desk"}, {"kind": "quiz"}])
def test_an_unknown_script_is_named(given):
    (value,) = given.values()
    with pytest.raises(ValueError, match=f"got '{value}', expected"):
        stage_script(**given)
