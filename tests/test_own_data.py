"""What readers bring: good files become tasks, bad ones a message with row and column, and nothing breaks."""

from __future__ import annotations

import io

import numpy as np
import pytest

from rnnviz.config import RunConfig
from rnnviz.experiment import run, train_run
from rnnviz.tasks import own
from rnnviz.tasks.reading import (
    FEWEST_ROWS,
    MOST_BYTES,
    DataError,
    as_numbers,
    decoded,
    read_table,
    typed_numbers,
)
from tests.opening import healthy, opened

TEN = [round(np.sin(n), 3) for n in range(10)]
PAIRS = [f"{n},{n}" for n in range(9)]
ROWS = "\n".join(f"{n},{value}" for n, value in enumerate(TEN))


def table_of(content, **options):
    text, notes = decoded(content if isinstance(content, bytes) else content.encode())
    return read_table(text, **options), notes


def use(content):
    """All the way to numbers of the last column, as the page does for a series."""
    table, _ = table_of(content)
    name = list(table.columns)[-1]
    return own.series(name, as_numbers(table, name)[0])


def lines(*rows):
    return "\n".join(rows)


MALFORMED = {
    "empty": (b"", "file is empty"),
    "only blanks": (b"  \n \n\t\n", "file is empty"),
    "only separators": (b",,\n,,\n" * 5, "holds no number"),
    "too large": (b"1\n" * (MOST_BYTES // 2 + 1), "5.0 MB; at most 5 MB"),
    "binary": (b"\x89PNG\x00\x01\x02" + bytes(range(200)), "zero bytes"),
    "a spreadsheet": (b"PK\x03\x04 something", "spreadsheet or a document"),
    "a PDF": (b"%PDF-1.7 ...", "spreadsheet or a document"),
    "cut UTF-16": (b"\xff\xfe1\x000\x00\n", "UTF-16, but is cut or broken"),
    "one row": ("1,2,3", "There is 1 row of data"),
    "one row with a header": ("a,b\n1,2", "There is 1 row of data"),
    "a header alone": ("year,value", "There is 1 row of data"),
    "too few rows": (lines(*"1234567"), f"There are 7 rows of data; at least {FEWEST_ROWS}"),
    "one number": ("3.14", "There is 1 row of data"),
    "text among numbers": (lines("t,v", *PAIRS, "9,oops"), "Row 11, column “v” holds “oops”"),
    "a unit behind a number": (lines("v", "5 kg", *"12345678"), "Row 2, column “v” holds “5 kg”"),
    "a missing value": (lines("t,v", *(f"{n},{n}" for n in range(9)), "9,"), "Row 11, column “v” is missing"),
    "NA among numbers": (lines("v", *"1234", "NA", *"56789"), "Row 6, column “v” is missing"),
    "infinity": (lines("v", *"1234", "inf", *"56789"), "Row 6, column “v” holds “inf”"),
    "not a number": (lines("v", *"1234", "NaN", *"56789"), "Row 6, column “v” is missing"),
    "a huge number": (lines("v", *"1234", "1e300", *"56789"), "Row 6, column “v”: “1e300” is too large"),
    "many gaps": (lines("t,v", *(f"{n},{n if n % 2 else ''}" for n in range(20))), "9 more entries"),
    "a long row": (lines("a,b", *PAIRS, "9,1,7"), "Row 11 has 3 fields where 2 were expected"),
    "a short row": (lines("a,b", *PAIRS[:4], "7", *PAIRS[4:]), "Row 6 has 1 field "),
    "several bad rows": (lines(*(f"{n},1" for n in range(9)), "1", "2,3,4"), "1 more row does not fit"),
    "constant": (lines("v", *["7"] * 20), "Column “v” is 7 in all rows"),
    "constant where it is trained on": (lines("v", *["7"] * 17, "8", "9", "10"), "there is nothing to learn"),
    "words alone": (lines(*["alpha beta gamma"] * 12), "holds no number"),
    "dates alone": (lines("day", *(f"2020-01-{n:02d}" for n in range(1, 15))), "holds no number"),
    "thousands of columns": (",".join(map(str, range(200))), "There are 200 columns; at most 64"),
    "a million rows": ("\n".join(["1", "2"] * 500_000), "There are 1,000,000 rows; at most 100,000"),
    "decimal commas between commas": (lines("a,b", *(f"{n},5,{n},5" for n in range(9))), "Row 1 has 2"),
    "semicolons with a stray comma": (lines("a;b", *(f"{n};{n}" for n in range(9)), "9,9"), "Row 11 has 1"),
    "a formula": (lines("v", *"123456789", "=SUM(A1:A9)"), "Row 11, column “v” holds “=SUM(A1:A9)”"),
    "markup": (lines("v", *"123456789", "<script>alert(1)</script>"), "holds “<script>alert(1)</script…”"),
    "a very long cell": (lines("v", *"123456789", "x" * 5000), "holds “xxxxxxxxxxxxxxxxxxxxxxxx…”"),
    "an open quote": (lines("a,b", *(f"{n},1" for n in range(9)), '9,"'), "Row 11, column “b” is missing"),
}  # fmt: skip


def test_there_are_at_least_thirty():
    assert len(MALFORMED) >= 30


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_file_gets_its_message(name):
    content, expected = MALFORMED[name]
    with pytest.raises(DataError) as caught:
        use(content)
    assert expected in str(caught.value)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize(
    ("name", "rows"),
    [("a missing value", 10), ("text among numbers", 10), ("NA among numbers", 10), ("many gaps", 20),
     ("a long row", 9), ("several bad rows", 9), ("a million rows", 100_000)],
)  # fmt: skip
def test_the_repair_that_is_offered_repairs(name, rows):
    content, options = MALFORMED[name][0], {}
    for _ in range(3):
        try:
            known = {key: options[key] for key in ("skip_bad_rows", "thin") if key in options}
            table, _ = table_of(content, **known)
            column = list(table.columns)[-1]
            fill = {"fill": options["fill"]} if "fill" in options else {}
            values, _ = as_numbers(table, column, **fill)
            break
        except DataError as error:
            options |= next(iter(error.repairs.values()))
    assert len(values) == rows
    assert np.isfinite(values).all()


def test_gaps_are_filled_as_the_button_says():
    table, _ = table_of(lines("t,v", *(f"{n},{v}" for n, v in enumerate(["", 1, "", "", 4, 5, 6, 7, 8, 9]))))
    np.testing.assert_allclose(as_numbers(table, "v", fill="line")[0][:5], [1, 1, 2, 3, 4])
    np.testing.assert_allclose(as_numbers(table, "v", fill="before")[0][:5], [1, 1, 1, 1, 4])


GOOD = {
    "plain": ("\n".join(map(str, TEN)), ["column 1"]),
    "header": ("value\n" + "\n".join(map(str, TEN)), ["value"]),
    "commas": (f"t,v\n{ROWS}", ["t", "v"]),
    "semicolons and decimal commas": (
        "t;v\n" + "\n".join(f"{n};{str(v).replace('.', ',')}" for n, v in enumerate(TEN)), ["t", "v"],
    ),
    "decimal commas alone": ("v\n" + "\n".join(f"{v:.3f}".replace(".", ",") for v in TEN), ["v"]),
    "tabs": ("t\tv\n" + "\n".join(f"{n}\t{v}" for n, v in enumerate(TEN)), ["t", "v"]),
    "bars": ("t|v\n" + "\n".join(f"{n}|{v}" for n, v in enumerate(TEN)), ["t", "v"]),
    "blanks": ("t v\n" + "\n".join(f"{n}   {v}" for n, v in enumerate(TEN)), ["t", "v"]),
    "a byte order mark": ("\ufefft,v\n" + ROWS, ["t", "v"]),
    "Windows line ends": (("t,v\n" + ROWS).replace("\n", "\r\n"), ["t", "v"]),
    "quotes": ('"t","a, b"\n' + "\n".join(f'"{n}","{v}"' for n, v in enumerate(TEN)), ["t", "a, b"]),
    "empty lines between": ("t,v\n\n" + ROWS.replace("\n", "\n\n"), ["t", "v"]),
    "two columns of one name": ("v,v\n" + ROWS, ["v", "v (again)"]),
}  # fmt: skip


@pytest.mark.parametrize("name", GOOD)
def test_a_good_file_is_read_as_it_stands(name):
    content, names = GOOD[name]
    table, _ = table_of(content)
    assert list(table.columns) == names
    np.testing.assert_allclose(as_numbers(table, names[-1])[0], TEN)


@pytest.mark.parametrize("encoding", ["utf-16", "cp1252", "utf-8"])
def test_other_encodings_are_read_and_told(encoding):
    table, notes = table_of(("Größe\n" + "\n".join(map(str, TEN))).encode(encoding))
    assert list(table.columns) == ["Größe"]
    assert bool(notes) == (encoding != "utf-8")


def test_rows_are_counted_as_the_reader_sees_them():
    table, _ = table_of(
        lines("", "t,v", "", *(f"{n},{n}" for n in range(5)), "", "5,bad", "6,6", "7,7", "8,8")
    )
    with pytest.raises(DataError, match="column “v” holds “bad”"):
        as_numbers(table, "v")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 2 three 4", "Entry 3, “three”"),
        ("1,2,3", "There are 3 numbers"),
        ("", "There are no numbers"),
        ("5", "There is 1 number;"),
    ],
)
def test_typed_numbers_are_checked(text, message):
    with pytest.raises(DataError, match=message):
        typed_numbers(text)


def test_typed_numbers_may_be_parted_as_one_likes():
    assert typed_numbers("1, 2;3\n4 5\t6,7 ,8").columns["typed"] == list("12345678")


# --- from data to a task ----------------------------------------------------------------------------------


def config_of(data, **changes):
    settings = {"task": data.task, "data": own.keep(data), "steps": 5, "batch": 8, "epochs": 3}
    return RunConfig(**(settings | changes))


@pytest.mark.parametrize("scaling", own.SCALINGS)
def test_scaling_is_undone_in_the_original_unit(scaling):
    values = 100 + 20 * np.sin(np.arange(60) / 3)
    experiment = run(config_of(own.series("heat", values, scaling)))
    task = experiment.task
    np.testing.assert_allclose(task.to_unit(task.Y)[:, 0, 0], values[1:6], rtol=1e-12)
    np.testing.assert_allclose(task.to_unit(task.X)[:, 0, 0], values[:5], rtol=1e-12)
    assert task.unit == "heat"


def test_a_scale_is_that_of_the_rows_that_are_trained_on():
    values = np.concatenate([np.sin(np.arange(80.0)), np.full(20, 1000.0) + np.arange(20)])
    data = own.series("v", values)
    assert data.width < 2
    task = run(config_of(data)).task
    assert task.X.max() < 3
    assert task.held_out_Y.max() > 500


def test_held_out_windows_read_nothing_that_was_trained_on():
    values = np.arange(100.0)
    task = run(config_of(own.series("v", values, "none"), batch=64)).task
    assert task.X.max() < task.held_out_X.min()
    assert task.Y.max() <= task.held_out_X.min()


def test_columns_and_classes_become_their_tasks():
    a, b = np.arange(40.0), np.cos(np.arange(40.0))
    data = own.columns({"a": a, "b": b}, "c", 2 * b + 5, "standard")
    task = run(config_of(data)).task
    assert task.X.shape == (5, 8, 2)
    np.testing.assert_allclose(task.to_unit(task.Y)[:, 0, 0], (2 * b + 5)[:5], rtol=1e-12)
    data = own.classes({"a": a}, "kind", ["up", "down "] * 20)
    task = run(config_of(data)).task
    assert task.kind == "classes"
    assert task.output_labels == ("down", "up")
    assert task.Y[0, 0].tolist() == [0, 1]


def test_a_text_becomes_characters_and_rare_ones_one_sign():
    data, notes = own.text("t.txt", "".join(chr(200 + n % 90) for n in range(400)) + "aaaa")
    assert len(data.features) == own.MOST_LETTERS
    assert "read as one sign" in notes[0]
    data, _ = own.text("t.txt", "abcabcabcabc\r\n")
    task = run(config_of(data, steps=4, batch=3)).task
    assert task.tokens[0] == ("a", "b", "c", "a")
    assert task.output_labels[int(task.Y[0, 0].argmax())] == "b"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: own.columns({}, "c", np.arange(20.0)), "No column is chosen"),
        (lambda: own.classes({"a": np.arange(9.0)}, "k", ["x"] * 9), "holds only “x”"),
        (lambda: own.classes({"a": np.arange(99.0)}, "k", list(map(str, range(99)))), "99 different labels"),
        (lambda: own.series("v", np.arange(5.0)), "There are 4 rows to learn from"),
        (lambda: own.text("t", "aaaaaaaaaaaaa"), "13 characters, all the same"),
        (lambda: own.text("t", "ab"), "The text has 2 characters"),
    ],
)
def test_what_cannot_be_learned_is_said(make, message):
    with pytest.raises(DataError, match=message):
        make()


def test_a_link_without_its_data_says_so_and_leaves_the_page_alive():
    at = opened("pages/4_Training.py", warm=False, task="own_series", data="0" * 32)
    assert "nowhere stored" in at.error[0].value
    assert at.sidebar.selectbox(key="setting.preset")
    assert not at.exception


def test_the_store_is_bounded_and_keeps_what_was_used_last():
    store = own._Store()
    names = [store.put(own.series(f"v{n}", np.arange(30.0) + n)) for n in range(own.MOST_KEPT + 5)]
    assert store.get(names[0]) is None
    assert store.get(names[-1]) is not None
    store.get(names[5])
    store.put(own.series("one more", np.arange(30.0)))
    assert store.get(names[5]) is not None
    assert len(store.kept) == own.MOST_KEPT


def test_equal_data_have_one_name_and_others_another():
    values = np.arange(30.0)
    names = {
        own.series("v", values).fingerprint(),
        own.series("v", values.copy()).fingerprint(),
        own.series("w", values).fingerprint(),
        own.series("v", values + 1).fingerprint(),
        own.series("v", values, "range").fingerprint(),
    }
    assert len(names) == 4


def test_own_data_are_trained_on_from_their_link():
    data = own.series("wave", np.sin(np.arange(120) / 4))
    config = config_of(data, epochs=60, optimiser="adam", learning_rate=0.02)
    first, again = train_run(run(config)), train_run(run(RunConfig.from_query(config.to_query())[0]))
    assert first.losses[-1] < 0.3 * first.losses[0]
    np.testing.assert_array_equal(first.losses, again.losses)


# --- on the page ------------------------------------------------------------------------------------------


def test_typed_numbers_are_trained_on_and_can_be_undone():
    at = healthy(opened("pages/4_Training.py", warm=False))
    at.session_state["own"] = True
    at.session_state["own.way"] = "type numbers"
    at.run()
    at.text_area(key="own.numbers").set_value("1 2 three").run()
    assert "Entry 3" in at.error[0].value
    at.text_area(key="own.numbers").set_value(" ".join(map(str, TEN * 4))).run()
    healthy(at)
    at.button(key="own.go").click().run()
    healthy(at)
    assert at.query_params["task"] == "own_series"
    assert len(at.query_params["data"]) == 32
    at.sidebar.button(key="sidebar.Undo").click().run()
    assert "task" not in healthy(at).query_params


def test_io_is_in_memory_only(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(io, "open", None)
    own.keep(use(f"t,v\n{ROWS}"))
    assert list(tmp_path.iterdir()) == []
