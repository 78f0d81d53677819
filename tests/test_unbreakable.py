"""Links, files and texts drawn at random end in something usable or in a plain sentence."""

from __future__ import annotations

import resource
import tomllib
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlencode

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from rnnviz.experiment.core import Experiment, run
from rnnviz.settings.config import FIELDS, PAGE_KEYS, RunConfig
from rnnviz.settings.edits import unmarked
from rnnviz.tasks import own
from rnnviz.tasks.chosen import FILLS, columns_of, series_of
from rnnviz.tasks.reading import MOST_COLUMNS, MOST_ROWS, DataError
from rnnviz.tasks.reading.proposal import of_typed, propose
from rnnviz.ui import picks, repeats, state
from tests.configurations import spread
from tests.opening import ROOT, control, healthy, opened

MARKUP = "<img src=x onerror=alert(1)> **b** [a](javascript:alert(1)) $x^2$ `c` :red[r] ![i](http://x.y/z.png)"
TRAINING = "pages/4_Training.py"

# --- links ------------------------------------------------------------------------------------------------

anything = st.text() | st.sampled_from([MARKUP, "\x00", "\u202e", "1e400", "0x10", "9" * 400, "🂡" * 50])


@given(st.dictionaries(st.sampled_from([*FIELDS, *sorted(PAGE_KEYS)]), anything, max_size=12))
def test_what_a_link_came_to_mean_is_a_link_that_means_it(query):
    config, _ = RunConfig.from_query(query)
    assert RunConfig.from_query(config.to_query()) == (config, ())


@given(anything | st.none() | st.lists(anything, max_size=3))
def test_picks_of_any_text_are_read_and_written_back(text):
    found = picks.read(text)
    assert picks.read(picks.written(found)) == found
    assert all(place < 1000 for place in found.values())


@pytest.mark.parametrize("name", ["edits", "compare", "text", "data", "first_entry", "steps", "preset", "<b>"])
def test_a_megabyte_in_a_link_is_refused(name):
    for value in ("x" * 2**20, "Wh1.0.0:1," * 10**5, urlencode({"compare": "a&" * 2**18}), "1" * 2**20):
        config, notes = RunConfig.from_query({name: value, "preset": "echo"} if name != "preset" else {name: value})
        assert config.hidden
        assert 0 < sum(map(len, notes)) < 1000


rubbish = st.sampled_from(["Wh1.0.1", "X.0.0.0", "Y.0.0.0", "b1.9", "W2.63.0", "H_init.0.0", "Y.0.1", "X.199.63.2"])
numbers = st.sampled_from(["1e6", "-1e6", "1e-300", "0", "-0.0", "999999.9"])


@given(
    st.lists(st.builds("{}:{}".format, rubbish, numbers), max_size=6).map(",".join),
    st.sampled_from(["tanh", "relu", "sigmoid", "identity"]),
    st.sampled_from(["lecture-sequence-to-sequence", "lecture-sequence-to-vector", "adding", "characters"]),
)
def test_edits_of_any_entry_run_or_are_named(edits, activation, preset):
    config, notes = RunConfig.from_query({"preset": preset, "edits": edits, "activation": activation})
    assert notes == ()
    message = "an experiment was run"
    try:
        assert isinstance(run(config), Experiment)
    except ValueError as error:
        message = str(error)
    assert 20 < len(message) < 400


# --- files ------------------------------------------------------------------------------------------------


def tried(messages: list[str], make, *arguments, **options):
    """What `make` returns, or None with its sentence among the messages."""
    try:
        return make(*arguments, **options)
    except DataError as error:
        messages.append(str(error))
        return None


def use(content: bytes, fills=FILLS) -> list[own.OwnData]:
    """All that the page may make of a file: a series, columns, classes, a text, each as it is or refused."""
    found = propose(content, "file.csv")
    messages = [*found.notes, *([found.problem] if found.problem else [])]
    made = []
    if found.text is not None:
        made.append((tried(messages, own.text, "a text", found.text) or (None,))[0])
    elif found.columns:
        check_table(found)
        made = [data for fill in fills for data in used(found, fill, messages)]
    for message in messages:
        check_message(message)
    return [data for data in made if data is not None]


def used(found, fill: str, messages: list[str]) -> list[own.OwnData | None]:
    numbers = [column.name for column in found.columns if column.kind == "number"]
    made = []
    for column in found.columns[-2:]:
        if column.kind == "number":
            made.append(tried(messages, series_of, found, column.name, "standard", fill))
        if column.kind in ("number", "class"):
            made.append(tried(messages, columns_of, found, numbers, column.name, "range", fill))
    return [None if one is None else one.data for one in made]


def check_table(found) -> None:
    assert 1 <= len(found.columns) <= MOST_COLUMNS
    assert {column.size for column in found.columns} == {found.rows}
    assert found.rows <= MOST_ROWS
    assert all(0 < len(column.name) <= 100 for column in found.columns)


def check_message(message: str) -> None:
    """A sentence: short, whole, and harmless where Markdown is read."""
    assert 5 < len(message) < 400
    assert message.endswith(".")
    assert "Traceback" not in message


def check_data(data: own.OwnData) -> None:
    assert np.isfinite(data.X).all()
    assert np.isfinite(data.Y).all()
    assert np.isfinite([data.middle, data.width]).all()
    assert len(data.X) == len(data.Y) >= 7


def survive(content: bytes, **options) -> None:
    try:
        found = use(content, **options)
    except DataError as error:
        check_message(str(error))
    else:
        for data in found:
            check_data(data)


numbers_typed = st.sampled_from(["1", "-2.5", "1e3", "0", "7,5", "-1e12", "1e-300", ".5", "", "NA", "3."])
cells = st.one_of(
    st.integers(-(10**15), 10**15).map(str),
    st.floats().map(repr),
    st.sampled_from(["", "NA", "1,5", '"', '""', "'", "=1+1", "up", "٣", "1e308", "-0", "\t", "\x0b", "\u2028"]),
    st.text(max_size=5),
)
rows_of = st.integers(1, 4).flatmap(
    lambda width: (
        st.lists(st.lists(cells, min_size=1, max_size=width), min_size=1, max_size=30)
        | st.lists(st.lists(cells, min_size=width, max_size=width), min_size=9, max_size=30)
        | st.lists(st.lists(numbers_typed, min_size=width, max_size=width), min_size=9, max_size=30)
    )
)
tables = st.tuples(
    st.sampled_from([",", ";", "\t", "|", " ", ", "]), st.sampled_from(["\n", "\r\n", "\r", "\n\n"]), rows_of
).map(lambda drawn: drawn[1].join(drawn[0].join(row) for row in drawn[2]))
encodings = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "cp1252", "latin-1"])


@given(st.binary(max_size=400))
@example(b"\xff\xfe")
@example(b"\xfe\xff\xd8\x00" * 9)
@example(b"\xef\xbb\xbf")
@example(b"1\n" * 8 + b"\xe9\x00")
@example(b'"' + b"1\n" * 20)
@settings(max_examples=200)
def test_any_bytes_end_in_data_or_in_a_sentence(content):
    survive(content)


@given(tables, encodings)
@example("1,0\n" * 6 + "1,1e-300\n1,1\n1,-1e12", "utf-8")
@example("time,y\n-17e307,1\n" + "".join(f"{place}e307,{place % 3}\n" for place in range(-9, 18, 2)), "utf-8")
@example("1e308,-999\n-1e308,2\n9e307,1e308\n1,-1e308\n" * 3, "utf-8")
@settings(max_examples=200)
def test_anything_like_a_table_ends_in_data_or_in_a_sentence(text, encoding):
    survive(text.encode(encoding, errors="replace"))


@given(st.lists(tables, min_size=2, max_size=3), st.lists(encodings, min_size=3, max_size=3))
def test_mixed_encodings_end_in_data_or_in_a_sentence(parts, encodings):
    survive(b"\n".join(map(lambda part, name: part.encode(name, errors="replace"), parts, encodings)))


@given(st.text(max_size=200) | st.lists(cells, max_size=30).map(" ".join))
def test_anything_typed_ends_in_numbers_or_in_a_sentence(text):
    found = of_typed(text)
    if found.problem is not None:
        check_message(found.problem)
    for column in found.columns:
        assert np.isfinite(column.known).all()


HUGE = {
    "a million commas": b"," * 10**6,
    "a line of five megabytes": b"1" * (5 * 2**20 - 1),
    "a cell of five megabytes, quoted": b'"' + b"x\n" * (5 * 2**19 - 1),
    "a header of a megabyte": b"a" * 2**20 + b"\n" + b"1\n" * 50,
    "all columns of one name": b",".join([b"v"] * 64) + b"\n" + (b",".join([b"1"] * 64) + b"\n") * 20,
    "a hundred thousand columns once": b"1,2\n" * 20 + b"1," * 10**5 + b"\n" + b"1,2\n" * 20,
    "only quotes": b'"' * (2 * 2**20),
    "only line ends": b"\r" * 10**6 + b"1",
    "rows of two": b"1,2\n" * 10**6,
    "every byte but zero": bytes(range(1, 256)) * 8000,
    "a deep blank line": b"1" + b" " * 10**6 + b"2\n" + b"1 2\n" * 20,
    "signs without end": b"1,+" + b"9" * 10**6 + b"\n" + b"1,2\n" * 20,
    "half numbers": b"1" * 10**5 + b"e\n" + b"1\n" * 20,
}


@pytest.mark.parametrize("name", spread(HUGE))
def test_a_huge_file_is_answered_in_bounded_memory(name):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    survive(HUGE[name], fills=("line",))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 600 * 2**10


# --- text stays text --------------------------------------------------------------------------------------

ASCII_PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"


@given(st.text() | st.text("*_`[]<>$:\\ab\n #w."))
def test_what_markdown_would_act_on_is_escaped(text):
    found = unmarked(text)
    plain = []
    place = 0
    while place < len(found):
        if found[place] == "\\":
            place += 1
            assert found[place] in ASCII_PUNCTUATION
        else:
            assert found[place] not in "*_`[]<>$:\\\n#~|!"
        plain.append(found[place])
        place += 1
    assert "".join(plain) == " ".join(text.split())


def evil_csv() -> bytes:
    rows = "\n".join(f"{n},{n * n % 7},{'*up*' if n % 3 else '<b>down</b>'}" for n in range(40))
    return f'"<b>t</b>","{MARKUP}",[k](http://x.y)\n{rows}'.encode()


def brought(content: bytes, name: str = "evil.csv") -> AppTest:
    """Open the training page, its fold for own data, and upload a file."""
    at = opened(TRAINING, warm=False)
    at.session_state["own"] = True
    at.run()
    at.get("file_uploader")[0].upload(name, content, "text/csv").run()
    return at


def test_messages_about_a_file_show_its_text_as_text():
    at = brought(evil_csv().replace(b"\n3,2,", b"\n3,![x](http://x.y/z.png),"))
    control(at.selectbox, "own.column").set_value(MARKUP[:60]).run()
    assert not at.exception
    said = next(each.value for each in at.markdown if "Row 5" in each.value)
    assert r"\<img src=x onerror=alert(1)\> \*\*b\*\* \[a\](javascript\:alert" in said
    assert r"\!\[x\](http\://x.y/z.png" in said


def test_sentences_about_own_data_show_its_text_as_text():
    at = brought(evil_csv())
    control(at.selectbox, "own.column").set_value(MARKUP[:60]).run()
    at.button(key="own.go").click().run()
    healthy(at)
    assert at.query_params["task"] == "own_series"
    at.switch_page("pages/1_Unrolled_network.py").run()
    said = [each.value for each in healthy(at).markdown if "on average" in each.value]
    assert r"\<img src=x" in said[0]
    assert not [each.value for each in [*at.markdown, *at.caption] if "<img" in each.value.replace(r"\<", "")]


def test_classes_with_markup_are_named_as_text():
    content = evil_csv()
    at = brought(content)
    control(at.selectbox, "own.column").set_value("[k](http://x.y)").run()
    at.button(key="own.go").click().run()
    said = " ".join(each.value for each in healthy(at).markdown)
    assert at.query_params["task"] == "own_classes"
    assert "was taken for" in said or "100 %" in said
    assert "<b>" not in said.replace(r"\<b", "")
    assert "“*up*”" not in said


# --- nothing leaves, nothing stays ------------------------------------------------------------------------


def test_no_usage_statistics_and_no_message_that_the_browser_may_have_dropped():
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert config["browser"]["gatherUsageStats"] is False
    assert config["global"]["minCachedMessageSize"] >= 1e9


def test_an_upload_never_touches_the_disk(tmp_path, monkeypatch):
    """Reading, the preview, training on it and coming back by the link write no file that holds the data."""
    import builtins
    import io
    import os

    written = []
    real = {"open": builtins.open, "os.open": os.open}

    def watched(path, mode="r", *rest, **named):
        if set(mode) & set("wax+"):
            written.append(path)
        return real["open"](path, mode, *rest, **named)

    def watched_low(path, flags, *rest, **named):
        if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            written.append(path)
        return real["os.open"](path, flags, *rest, **named)

    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    at = brought(b"t,v\n" + b"".join(b"%d,%d\n" % (n, n * 7 % 11) for n in range(60)), "mine.csv")
    monkeypatch.setattr(builtins, "open", watched)
    monkeypatch.setattr(io, "open", watched)
    monkeypatch.setattr(os, "open", watched_low)
    at.button(key="own.go").click().run()
    healthy(at)
    assert at.query_params["task"] == "own_series"
    assert [path for path in written if not str(path).endswith(".pyc") and "__pycache__" not in str(path)] == []
    assert list(Path(tmp_path).rglob("*")) == []


def test_a_change_whose_widget_is_gone_is_passed_over(monkeypatch):
    told = []
    monkeypatch.setattr(state.st, "session_state", {"kept": 3})
    state.changed("kept", told.append)
    state.changed("gone", told.append)
    assert told == [3]


@pytest.mark.parametrize("text", ["9" * 5000, "²", "-1", "NaN", ""])
def test_the_number_of_an_answer_is_one_or_is_passed_over(monkeypatch, text):
    brought = {repeats.PAGE: SimpleNamespace(string_value=text)}
    monkeypatch.setattr(repeats.st, "session_state", {})
    for name, answer in {"is_in_a_page": True, "browser_values": brought}.items():
        monkeypatch.setattr(repeats.internals, name, lambda answer=answer: answer)
    monkeypatch.setattr(repeats.internals, "key_of", lambda widget: widget)
    assert repeats.sort() == frozenset()
    assert repeats._DRAWN not in repeats.st.session_state
