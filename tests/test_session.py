"""The session file: what goes in comes out to the last bit, and whatever else comes in is refused plainly."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnviz.engine import Parameters
from rnnviz.experiment.core import run
from rnnviz.export.reading import MOST_BYTES
from rnnviz.export.session import Session, expected_size, fresh_session, keep_data, read_session, session_text
from rnnviz.export.sheet import Answer, Step, known_pages
from rnnviz.settings.config import PRESETS, TASKS, RunConfig
from rnnviz.tasks import own, store
from rnnviz.tasks.reading import MOST_CELLS
from rnnviz.ui import takeaway

FULL = Session(
    "Training",
    {"preset": "echo", "steps": "5", "frame": "term-2-1", "edits": "W1.0.0:0.1"},
    run(PRESETS["echo"].config.replace(steps=5, edits="W1.0.0:0.1")).parameters,
    lessons={"forward": 3, "loss": 0},
    answers=(Answer("why-terms", 2, False), Answer("why-terms", 1, True)),
    steps=(Step("The first term <b>", "Chain_rule", {"preset": "echo", "frame": "term-2-1"}),),
)
TEXT = session_text(FULL)


def own_data(kind):
    random = np.random.default_rng(1)
    values = random.normal(size=40) * 1e3
    if kind == "series":
        return own.series('a, "b"\n<i>', values)
    if kind == "columns":
        return own.columns({"x": values, "y": values[::-1]}, "z", values**2, "range")
    if kind == "classes":
        return own.classes({"x": values}, "kind", ["up" if v > 0 else "down" for v in values], "none")
    return own.text("poem", "the tide is in, the tide is out, ∂ and ŷ\n" * 2)[0]


def same(one, other):
    assert (one.page, dict(one.link)) == (other.page, dict(other.link))
    assert (one.answers, one.steps) == (other.answers, other.steps)
    assert dict(one.lessons) == dict(other.lessons)
    assert [p.tobytes() for p in one.parameters] == [p.tobytes() for p in other.parameters]


def refusal(raw):
    """Return the message with which a file is refused, or None; any other error is a failure."""
    try:
        read_session(raw)
    except ValueError as error:
        message = str(error)
        assert 10 < len(message) <= 200
        assert not re.search(r"[<>`*$\[\]\\~#|\n]", message), message
        return message
    return None


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_comes_back(name):
    experiment = run(PRESETS[name].config)
    text = fresh_session(experiment)
    session, notes = read_session(text.encode())
    assert notes == ()
    assert session.config == experiment.config
    same(session, Session("Chain_rule", experiment.config.to_query(), experiment.parameters))
    assert session_text(session) == text


def test_everything_comes_back():
    session, notes = read_session(TEXT)
    assert notes == ()
    same(session, FULL)
    assert session_text(session) == TEXT


@given(
    task=st.sampled_from([name for name in TASKS if not name.startswith("own")]),
    steps=st.integers(1, 9),
    hidden=st.integers(1, 9),
    activation=st.sampled_from(["tanh", "relu", "sigmoid", "identity"]),
    rate=st.floats(0.0001, 1.0),
    gain=st.floats(0.0, 4.0),
    seed=st.integers(0, 999),
    value=st.floats(-1e6, 1e6),
)
def test_random_experiments_come_back_to_the_last_bit(value, rate, **changes):
    edits = f"Wh1.0.0:{value!r},b1.0:-0.0"
    config = RunConfig(learning_rate=rate, edits=edits, **changes).reconciled()[0]
    experiment = run(config)
    session, notes = read_session(fresh_session(experiment))
    assert (session.config, notes) == (experiment.config, ())
    same(session, Session("Chain_rule", experiment.config.to_query(), experiment.parameters))


@pytest.mark.parametrize("kind", ["series", "columns", "classes", "text"])
def test_own_data_survive_a_restart(kind, monkeypatch):
    data = own_data(kind)
    config = RunConfig(task=data.task, data=own.keep(data), steps=4, batch=4)
    text = fresh_session(run(config))
    monkeypatch.setattr(store._STORE, "kept", type(store._STORE.kept)())
    session, notes = read_session(text)
    assert notes == ()
    assert own.find(config.data) is None
    keep_data(session)
    assert own.find(config.data).fingerprint() == data.fingerprint()
    assert session.data.title == data.title
    again = run(session.config)
    assert all(np.array_equal(a, b) for a, b in zip(again.parameters, session.parameters, strict=True))
    assert read_session(text)[1] == ()


def test_changed_own_data_are_refused():
    data = own_data("series")
    config = RunConfig(task=data.task, data=own.keep(data), steps=4, batch=4)
    record = json.loads(fresh_session(run(config)))
    record["data"]["X"][3][0] += 1e-9
    assert "fingerprint does not fit" in refusal(json.dumps(record))
    record = json.loads(fresh_session(run(config)))
    record["link"]["data"] = "0" * 32
    assert "does not ask for these data" in refusal(json.dumps(record))


def test_data_that_are_nowhere_are_missed():
    record = json.loads(TEXT) | {"link": {"task": "own_series", "data": "0" * 32}}
    assert "Bring the file again" in refusal(json.dumps(record))


def test_other_start_values_are_said():
    record = json.loads(TEXT)
    record["parameters"]["Wh1"][2][1] += 0.25
    record["parameters"]["b2"][0] -= 1e-12
    session, notes = read_session(json.dumps(record))
    assert len(notes) == 1
    assert "Wh1, b2 differ" in notes[0]
    assert "by up to 0.25" in notes[0]
    assert session.parameters.Wh1[2, 1] == record["parameters"]["Wh1"][2][1]


@pytest.mark.parametrize(("cell", "reset"), [("gru", "before"), ("gru", "after"), ("lstm", "before")])
def test_a_session_of_a_gated_cell_is_read_as_it_was_written(cell, reset):
    experiment = run(PRESETS["echo"].config.replace(cell=cell, reset=reset, forget_bias=0.5))
    session, notes = read_session(fresh_session(experiment))
    assert (session.config, notes) == (experiment.config, ())
    for found, wanted in zip(session.parameters, experiment.parameters, strict=True):
        np.testing.assert_array_equal(found, wanted)


def test_what_is_not_known_is_passed_over_with_a_note():
    record = json.loads(TEXT) | {"colour": "red", "<script>": 1}
    record["parameters"]["W7"] = []
    record["link"] |= {"steps": "many", "nonsense": "1"}
    record["link"].pop("edits")
    record["parameters"] = run(PRESETS["echo"].config).parameters._asdict()
    record["parameters"] = {name: value.tolist() for name, value in record["parameters"].items()} | {"W7": []}
    session, notes = read_session(json.dumps(record))
    assert session.config.steps == PRESETS["echo"].config.steps
    assert [note.split(" ")[0] for note in notes] == ["session:", "session:", "session,", "The", "The"]
    assert not [note for note in notes if "<" in note]


WRONG = {
    "no UTF-8": (b"\xff\xfe\x00", "no text in UTF-8"),
    "no JSON": ("{", "no JSON"),
    "a list": ("[1]", "no session"),
    "another format": ('{"format": "other"}', "no session file"),
    "nested": ("[" * 200_000, "nested too deep"),
    "nested objects": ('{"a":' * 200_000, "nested too deep"),
    "twice": ('{"format": 1, "format": 1}', "“format” twice"),
    "large": (b" " * (MOST_BYTES + 1), "at most 50 MB"),
    "an endless number": ('{"a": ' + "9" * 9999 + "}", "expected numbers up to"),
    "infinity": ('{"a": 1e999}', "expected numbers up to"),
    "not a number": ('{"a": NaN}', "expected finite numbers"),
    "a surrogate": (TEXT.replace("The first", "\\ud800"), "got a text"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_file_that_is_none_is_refused(name):
    raw, said = WRONG[name]
    assert said in refusal(raw)


def changed(path, value):
    record = json.loads(TEXT)
    place = record
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return json.dumps(record)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (["version"], 2, "made by a newer rnnviz"),
        (["version"], "1", "expected 1"),
        (["version"], True, "expected 1"),
        (["page"], "Secret", "expected one of Home, Unrolled"),
        (["page"], "<b>`$*[x](y)", "got “·b·····x·(y)”"),
        (["page"], ["Home"], "expected one of Home, Unrolled"),
        (["link"], [], "got a list, expected an object"),
        (["link", "steps"], 5, "got a number, expected a text"),
        (["parameters", "W1"], [[1, 2], [3]], "rows of one length"),
        (["parameters", "W1"], [[1, 2]], "got 1 by 2 numbers, expected 3 by 12"),
        (["parameters", "W1", 0, 0], "x", "got a text among the numbers"),
        (["parameters", "W1", 0, 0], True, "got true or false among"),
        (["parameters", "W1", 0, 0], 2e12, "expected numbers up to"),
        (["parameters", "b1"], [0] * 20_001, "at most 20000"),
        (["data"], "mine", "got a text, expected an object"),
        (["lessons", "forward"], -1, "whole number from 0"),
        (["lessons", "forward"], 1.5, "whole number from 0"),
        (["answers", 0, "right"], 1, "expected true or false"),
        (["answers", 0], None, "answers 1: got null"),
        (["steps", 0, "page"], "Nowhere", "expected one of Home"),
        (["steps", 0, "title"], "x" * 201, "got a text of 201 signs"),
        (["steps"], [{}] * 201, "at most 200"),
        (["link", "edits"], "Y.0.0.0:7", "sum to 1"),
    ],
    ids=str,
)  # fmt: skip
def test_a_wrong_entry_is_named(path, value, said):
    assert said in refusal(changed(path, value))


def test_every_missing_key_is_named():
    for name in json.loads(TEXT):
        record = json.loads(TEXT)
        del record[name]
        assert ("“format”" if name == "format" else name) in refusal(json.dumps(record))


@given(st.binary(max_size=300))
def test_no_bytes_do_harm(raw):
    assert refusal(raw)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_no_json_does_harm(value):
    assert refusal(json.dumps(value))
    refusal(json.dumps({"format": "rnnviz session", "version": 1, "page": value, "parameters": value}))


@settings(max_examples=150)
@given(st.integers(0, len(TEXT.encode()) - 1), st.integers(0, 255))
def test_a_changed_byte_is_a_plain_message_or_a_session(place, byte):
    raw = bytearray(TEXT.encode())
    raw[place] = byte
    refusal(bytes(raw))


@given(st.integers(0, len(TEXT) - 3))
def test_a_cut_file_is_refused(length):
    assert refusal(TEXT[:length])


def paths(value, before=()):
    """Return the place of every entry of a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [before] * bool(before) + [one for key, part in inner for one in paths(part, (*before, key))]


@settings(max_examples=150)
@given(st.sampled_from(paths(json.loads(TEXT))), JSON)
def test_an_entry_of_another_type_is_a_plain_message_or_a_session(path, value):
    refusal(changed(path, value))


def test_numbers_that_are_not_finite_are_not_written():
    broken = Parameters(*(np.full_like(p, np.nan) for p in FULL.parameters))
    with pytest.raises(ValueError, match="not finite"):
        session_text(Session("Home", {}, broken))


def test_the_pages_are_those_of_the_app():
    assert known_pages()[:3] == ("Home", "Unrolled_network", "Chain_rule")


# --- sizes ------------------------------------------------------------------------------------------------


def test_the_largest_data_that_can_be_trained_on_are_saved_and_opened_again():
    """A file at the limit of what is held fits into a session that is read back."""
    random = np.random.default_rng(0)
    rows, columns = MOST_CELLS // 8 // 4, 8
    values = random.normal(size=(rows, columns)) * 1e-3
    data = own.columns({f"c{n}": values[:, n] for n in range(columns)}, "y", values.sum(axis=1))
    config = RunConfig(task=data.task, data=own.keep(data), steps=4, batch=4)
    text = fresh_session(run(config))
    size, words = expected_size(config)
    assert len(text.encode()) / 2**20 <= size + 0.1
    assert len(text.encode()) / 2**20 > 0.7 * size
    assert f"about {size:.1f} MB; up to 50 MB" in words
    assert read_session(text)[0].data.fingerprint() == data.fingerprint()
    assert 4 * size < MOST_BYTES >> 20


def test_what_could_not_be_opened_again_is_told_before_it_is_saved():
    values = np.cumsum(np.ones((60_000, 64)), axis=0)
    data = own.columns({f"c{n}": values[:, n] + n for n in range(64)}, "y", values[:, 0], "none")
    config = RunConfig(task=data.task, data=own.keep(data), steps=4, batch=4)
    size, words = expected_size(config)
    assert size > 50
    assert "at most 50 MB can be opened again" in words


def test_every_limit_of_size_is_the_same():
    from rnnviz.tasks.reading import MEGABYTES

    root = Path(__file__).parents[1]
    config = tomllib.loads((root / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert MEGABYTES == MOST_BYTES >> 20 == config["server"]["maxUploadSize"]
    nginx = (root / "deploy" / "nginx.conf.template").read_text(encoding="utf-8")
    assert f"client_max_body_size {MEGABYTES + 1}m;" in nginx


def test_times_of_own_data_are_kept_and_older_files_have_none():
    data = own.dated(own.series("v", np.sin(np.arange(60) / 3)), "2020-01-01", "2020-03-01")
    text = fresh_session(run(RunConfig(task=data.task, data=own.keep(data), steps=4, batch=4)))
    found, notes = read_session(text)
    assert (found.data.since, found.data.until, notes) == ("2020-01-01", "2020-03-01", ())
    old = own.series("v", np.sin(np.arange(60) / 3))
    text = fresh_session(run(RunConfig(task=old.task, data=own.keep(old), steps=4, batch=4)))
    assert '"since"' not in text
    assert read_session(text)[0].data.fingerprint() == old.fingerprint()


@pytest.mark.parametrize(
    "text",
    ["", "[1]", "[" * 100_000, '{"moment": 3, "steps": "x"}']
    + [f'{{"moment": {{"page": {page}, "link": {{"frame": 3}}}}}}' for page in ('["Words"]', "{}", "null", "7")],
)
def test_whatever_a_browser_has_stored_there_is_a_moment(text):
    stored = takeaway._checked(text)
    assert takeaway._moment(stored, RunConfig()) == {"page": "Home", "link": RunConfig().to_query()}
    assert read_session(takeaway._session_text(RunConfig(), stored))[0].page == "Home"
