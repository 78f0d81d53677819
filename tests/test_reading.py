"""Files as people have them are read as their people mean them, and what is not certain is said."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rnnviz.__main__ import main
from rnnviz.notation.counts import ordinal
from rnnviz.tasks.reading import KINDS as WORDS
from rnnviz.tasks.reading import MOST_ROWS, Wish
from rnnviz.tasks.reading.proposal import of_typed, propose
from tests.configurations import COUNT, SEED
from tests.files import DAYS, KINDS, PAIRS, REFUSED, VALUES, YEAR, dated, open_document, plain, workbook
from tests.written import drawn


@pytest.mark.parametrize("name", KINDS)
def test_a_file_of_this_kind_is_read_as_it_is_meant(name):
    kind = KINDS[name]
    found = propose(kind.content, kind.name)
    record = found.record()
    assert (record["problem"], record["rows"]) == (None, kind.rows)
    assert (record["time"], record["target"]) == (kind.time, kind.target)
    columns = {column["name"]: column for column in record["columns"]}
    for column, values in kind.first.items():
        assert columns[column]["first"][: len(values)] == pytest.approx(values)
    assert {column: columns[column]["unit"] for column in kind.units} == kind.units
    assert kind.note in " ".join(record["notes"])
    assert all(note[-1] in ".:" for note in record["notes"])
    json.dumps(record, allow_nan=False)


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_table_is_told_apart_in_a_sentence(name):
    content, words = REFUSED[name]
    problem = propose(content, "file.csv").problem
    assert problem is not None
    assert words in problem
    assert problem.endswith(".")


@pytest.mark.parametrize("name", ["a.xlsx", "a.csv", "a.txt"])
def test_a_spreadsheet_is_read_whatever_its_name(name):
    found = propose(workbook(), name).record()
    assert (found["time"], found["target"], found["rows"]) == ("day", "heat", 60)
    assert found["columns"][0]["first"][:2] == ["2020-01-01", "2020-01-02"]
    assert found["columns"][1]["first"][:3] == VALUES[:3]
    assert "sheet “Data”" in found["notes"][0]


@given(st.randoms(use_true_random=False), st.sampled_from([workbook(), open_document()]))
@settings(max_examples=60, deadline=None)
def test_a_damaged_spreadsheet_ends_in_a_proposal_or_a_sentence(random, content):
    damaged = bytearray(content)
    for _ in range(random.randint(1, 12)):
        damaged[random.randrange(len(damaged))] = random.randrange(256)
    found = propose(bytes(damaged), "a.xlsx")
    assert found.problem is None or found.problem.endswith(".")


def test_an_open_document_is_read():
    found = propose(open_document(), "a.ods").record()
    assert (found["time"], found["target"]) == ("year", "v")
    assert found["columns"][1]["first"][:3] == VALUES[:3]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1,5 2,7 3,1 4,2 5,5 6,1 7,2 8,3 9,1 10,2", [1.5, 2.7, 3.1]),
        ("1,2,3,4,5,6,7,8", [1, 2, 3]),
        ("1, 2;3\n4 5\t6,7 ,8", [1, 2, 3]),
        ("1.5;2.5;3.5;4.5;5;6;7;9", [1.5, 2.5, 3.5]),
        ("0,5\n0,7\n1,2\n0,3\n0,5\n1,7\n2,2\n0,3", [0.5, 0.7, 1.2]),
        ("−1 −2 (3) 4 5 6 7 9", [-1, -2, -3]),
    ],
)
def test_typed_numbers_are_read_as_they_look(text, expected):
    found = of_typed(text)
    assert found.problem is None
    assert found.columns[0].first(3) == expected
    assert found.target == found.columns[0].name


def test_the_other_reading_is_offered_and_taken():
    found = of_typed("1,5 2,7 3,1 4,2 5,5 6,1 7,2 8,3 9,1 10,2")
    other = of_typed("1,5 2,7 3,1 4,2 5,5 6,1 7,2 8,3 9,1 10,2", found.offers[0].wish)
    assert other.columns[0].first(4) == [1, 5, 2, 7]
    back = of_typed("1,5 2,7 3,1 4,2 5,5 6,1 7,2 8,3 9,1 10,2", other.offers[0].wish)
    assert back.columns[0].first(3) == found.columns[0].first(3)


@pytest.mark.parametrize(
    ("name", "column", "value"),
    [
        ("the same without a header", "column 1", 1900.112),
        ("thousands that a column cannot tell", "v", 1.011),
        ("another mark", "temp", -99.99),
        ("a day that could be a month", "date", "2000-01-01"),
        ("twelve months across", "Jan", 10.0),
    ],
)
def test_every_doubt_has_an_offer_that_ends_it(name, column, value):
    kind = KINDS[name]
    found = propose(kind.content, kind.name)
    assert found.offers
    other = propose(kind.content, kind.name, found.offers[0].wish)
    assert other.column(column).first(1)[0] == pytest.approx(value)


def test_what_the_reader_says_is_done():
    content = "\n".join(dated(plain, lambda n, v: n % 3, head="date,temp,state")).encode()
    wish = Wish(target="state", time="", first=11, last=50, every=2)
    found = propose(content, "", wish.about("state", kind="class").about("temp", unit="K", marks=(VALUES[12],)))
    assert (found.target, found.time, found.rows) == ("state", None, 20)
    assert found.column("state").kind == "class"
    assert found.column("temp").unit == "K"
    assert np.isnan(found.column("temp").values[1])
    assert found.column("temp").values[0] == VALUES[10]


@pytest.mark.parametrize("kind", WORDS)
def test_any_column_may_be_said_to_be_of_any_kind(kind):
    content = "\n".join(dated(plain, lambda n, v: "up" if n % 2 else "down", head="date,temp,state")).encode()
    for name in ("date", "temp", "state"):
        found = propose(content, "", Wish().about(name, kind=kind))
        assert found.column(name).kind in (kind, "time")
        json.dumps(found.record(), allow_nan=False)


# --- what a column's signs mean -----------------------------------------------------------------------------


def rows_of(head, *cells, count=40):
    """A file of a header and rows: each cell a function of the row's number."""
    return "\n".join([head, *("".join(cell(n) for cell in cells) for n in range(count))]).encode()


def numbered(text, sign="."):
    return lambda n: text.format(n=n, day=DAYS[n % 60], two=n % 40 + 10).replace(".", sign)


@pytest.mark.parametrize(
    ("content", "first", "doubtful"),
    [
        (rows_of("date,price", numbered("{day},1.{two}0")), [1.10, 1.11], True),
        (rows_of("Datum;Preis", numbered("{day};1.{two}0", ",")), [1.10, 1.11], True),
        (rows_of("t,a,b", numbered("{n},0.{two},2{two}.840")), [210.84, 211.84], False),
        (rows_of("t;I", numbered("{n};1.{two}0E+01", ",")), [11.0, 11.1], False),
        (rows_of("t;I", numbered("{n};1.{two}0E-05", ",")), [1.1e-5, 1.11e-5], False),
        (rows_of("t,v", lambda n: f"{n}," + ("1.2K" if n % 3 else f"{950 + n}")), [950, 1200], False),
        (rows_of("t,v", lambda n: f"{n}," + (f"1.{n + 1}M" if n % 3 else f"{950_000 + n}")), [950_000, 1.2e6], False),
        (rows_of("t,v", lambda n: f"{n}," + (f"$1.{n + 1}M" if n % 3 else f"$9{n + 10}K")), [910e3, 1.2e6], False),
        (rows_of("t;v", lambda n: f"{n};1,{n + 10} Mio. €"), [1.1e6, 1.11e6], False),
        (rows_of("t,v", lambda n: f"{n},0.0000{n + 10}e3"), [0.01, 0.011], False),
        (rows_of("t,v", lambda n: f"{n}," + ("274K" if n % 3 else f"{270 + n}")), [270, 274], False),
        (rows_of("t,v", lambda n: f'{n},"1,3{n + 10}"' if n % 3 else f"{n},{1150 + n}"), [1150, 1311], True),
        (rows_of("t,v", lambda n: f'{n},"1,3{n + 10}"'), [1310, 1311], True),
    ],
)
def test_thousands_decimals_and_scales_are_told_apart(content, first, doubtful):
    found = propose(content)
    last = found.columns[-1]
    assert last.first(2) == pytest.approx(first)
    assert doubtful == any("it could be" in note for note in found.notes)
    if doubtful:
        other = propose(content, "", found.offers[0].wish).columns[-1]
        assert np.nanmax(np.abs(np.log10(other.values / last.values))) == pytest.approx(3)


@pytest.mark.parametrize(
    ("days", "first"),
    [
        ([f"{day:%y-%m-%d}" for day in DAYS], ["2020-01-01", "2020-01-02"]),
        ([f"{day:%y.%m.%d}" for day in DAYS], ["2020-01-01", "2020-01-02"]),
        ([f"{day:%y%m%d}" for day in DAYS], ["2020-01-01", "2020-01-02"]),
        ([f"{day:%d%m%y}" for day in DAYS], ["2020-01-01", "2020-01-02"]),
        ([month.replace("-", "") for month in YEAR], ["2015-01-01", "2015-02-01"]),
        ([f"{day:%d.%m.%y}" for day in DAYS], ["2020-01-01", "2020-01-02"]),
        ([f"01/{month[5:]}/{month[:4]}" for month in YEAR], ["2015-01-01", "2015-02-01"]),
        ([f"{month[5:]}/01/{month[:4]}" for month in YEAR], ["2015-01-01", "2015-02-01"]),
    ],
)
def test_dates_are_read_in_the_order_of_the_file(days, first):
    found = propose(rows_of("date,v", lambda n: f"{days[n]},{n * n % 37}", count=60))
    assert found.columns[0].first(2) == first
    assert not any("order" in note or "could name" in note for note in found.notes)


@pytest.mark.parametrize(
    ("labels", "across"),
    [
        ("name,code", [str(1960 + n) for n in range(9)]),
        ("geo", [str(2020 - n) for n in range(9)]),
        ("province,country", [f"1/{n + 1}/20" for n in range(9)]),
    ],
)
def test_years_and_dates_across_are_times_or_else_names(labels, across):
    words = labels.split(",")
    rows = rows_of(
        ",".join([labels, *across]),
        lambda n: ",".join([*(f"{word}{n}" for word in words), *(str(n * n % 7 + k * k % 5) for k in range(9))]),
    )
    one = propose(rows)
    assert (one.rows, one.time, one.target) == (9, one.columns[-2].name, "value")
    found = propose(rows, "", next(offer.wish for offer in one.offers if offer.label.startswith("Keep")))
    assert [column.name for column in found.columns] == [*words, *across]
    assert found.rows == 40
    data = propose(b"\n".join(rows.splitlines()[1:]))
    assert data.rows == 40


@pytest.mark.parametrize(
    ("content", "names", "values"),
    [
        (rows_of("date,v", lambda n: f"{DAYS[n]},{n},{n % 7}"), ["date", "v"], [0.0, 1.1]),
        (rows_of("day,v", lambda n: f"{n},{n * n},{n % 7}"), ["day", "v"], [0.0, 1.1]),
        (rows_of("date,a,v", lambda n: f"{DAYS[n]},{n},5,-{n % 9},25"), ["date", "a", "v"], [-0.25, -1.25]),
        (rows_of("date,v", lambda n: f"{DAYS[n]},{n}" + ",5" * (n % 3 > 0)), ["date", "v"], [0.0, 1.5]),
    ],
)
def test_two_fields_for_each_name_are_decimals_and_said(content, names, values):
    found = propose(content)
    assert [column.name for column in found.columns] == names
    assert found.columns[-1].first(2) == values
    assert "two fields for each name" in found.notes[0]
    other = propose(content, "", found.offers[0].wish)
    assert len(other.columns) > len(names)
    assert len(propose(content, "", other.offers[0].wish).columns) == len(names)


def test_rows_that_are_numbered_without_a_name_are_not_joined():
    found = propose(rows_of("time,v", lambda n: f"{n + 1},{n * 2},{n * n % 7}"))
    assert [column.name for column in found.columns] == ["column 1", "time", "v"]


@pytest.mark.parametrize("join", [" ", "T", ","])
def test_the_end_of_a_day_is_the_start_of_the_next(join):
    head = "date,time,v" if join == "," else "time,v"
    found = propose(rows_of(head, lambda n: f"{DAYS[n // 24]}{join}{n % 24 + 1:02d}:00,{n % 7}", count=72))
    assert (np.diff(found.axis) == np.timedelta64(1, "h")).all()
    assert str(found.axis[23])[:16] == "2020-01-02T00:00"


def test_the_target_of_a_table_without_names_is_no_part_of_a_date():
    rows = (f"{1990 + n // 12},{n % 12 + 1},{n * n % 37 + 0.5},{n % 3}" for n in range(60))
    assert propose("\n".join(rows).encode()).target == "column 3"


def test_one_of_a_thing_is_told_as_one():
    found = propose(rows_of("t,v", lambda n: f"{n}," + ("x" if n in (3, 9) else f"{n % 7}")))
    assert "nor is 1 more entry of the column" in found.notes[0]
    assert "1 zero byte," in propose(b"\x00" + rows_of("t,v", numbered("{n},{two}"))).problem


@pytest.mark.parametrize("mark", [-9999, -999, 99999])
def test_one_usual_mark_far_outside_the_rest_is_offered_as_missing(mark):
    content = rows_of("t,v", lambda n: f"{n},{mark if n == 7 else n % 9}")
    found = propose(content)
    assert f"“v”: {mark} occurs once" in found.notes[0]
    assert np.isnan(found.column("v").values[7])
    assert propose(content, "", found.offers[0].wish).column("v").values[7] == mark


@pytest.mark.parametrize("foot", ["Total,780", "Sum,780\nMean,19"])
def test_rows_that_sum_up_the_others_are_left_out(foot):
    for head in ("product", "nr"):
        content = rows_of(f"{head},v", lambda n, head=head: f"{head[:1]}{n},{n % 7}") + f"\n{foot}".encode()
        found = propose(content)
        assert found.rows == found.total == 40
        assert "up the others" in found.notes[0]


def test_an_open_quote_swallows_no_rows():
    found = propose(rows_of("t,v", lambda n: f"{n}," + ('"' if n == 20 else "") + f"{n % 7}"))
    assert found.rows == 40
    assert "never closed" in found.notes[0]
    closed = propose(rows_of("t,v,w", lambda n: f"{n},{n % 7}," + ('"two\nlines"' if n > 20 else "one")))
    assert closed.rows == 40


def test_a_target_too_large_to_be_learned_is_a_problem_at_once():
    assert "too large" in propose(rows_of("t,v", lambda n: f"{n},{n % 7}e13")).problem


@pytest.mark.parametrize(
    ("start", "step", "kind"),
    [
        (10**15, 1000, "number"),
        (10**9, 10, "number"),
        (1_577_836_800, 3600, "time"),
        (1_577_836_800_123, 60_000, "time"),
        (1_577_836_800_123_456, 1000, "number"),
    ],
)
def test_numbers_that_go_on_evenly_are_time_only_where_they_look_like_a_clock_and_it_is_said(start, step, kind):
    content = rows_of("a,w", lambda n: f"{start + step * n},{n * n % 7}")
    found = propose(content)
    assert (found.columns[0].kind, found.target) == (kind, "w")
    assert ("read as time since 1970" in " ".join(found.notes)) == (kind == "time")
    for offer in found.offers:
        assert propose(content, "", offer.wish).columns[0].first(1) == [start]


def test_six_digits_that_name_two_days_are_asked_about():
    content = rows_of("date,v", lambda n: f"{n + 1:02d}0220,{n * n % 7}", count=28)
    found = propose(content)
    assert "could name the day or the year first; it is read with the day first" in found.notes[0]
    other = propose(content, "", found.offers[0].wish)
    assert other.columns[0].first(2) == ["2001-02-20", "2002-02-20"]


def test_a_wish_that_leads_nowhere_can_be_taken_back():
    found = propose(b"t,v\n" + b"1,2\n" * 20, "", Wish(group=("t",), member="none"))
    assert found.problem
    assert found.offers[0].wish == Wish()


# --- long files -------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_long_file_is_thinned_while_it_is_read_and_says_the_step():
    rows = 3 * MOST_ROWS + 7
    content = b"t,v\n" + b"".join(b"%d,%d\n" % (n, n * n % 101) for n in range(rows))
    found = propose(content)
    assert found.total == rows
    assert found.every == 4
    assert found.column("v").first(3) == [0, 16, 64]
    assert f"Of {rows:,} rows every 4th is used" in " ".join(found.notes)
    part = propose(content, "", Wish(first=1001, last=2000))
    assert (part.rows, part.every, part.column("t").first(1)) == (1000, 1, [1000])
    wide = propose(content, "", Wish(every=1000))
    assert wide.column("t").first(2) == [0, 1000]


@pytest.mark.slow
def test_fifty_megabytes_are_read_in_bounded_memory():
    code = (
        "import resource\n"
        "from rnnviz.tasks.reading.proposal import propose\n"
        "line = b'2020-01-01 00:00:00,1.2345,2.3456,3.4567,4.5678,5.6789\\n'\n"
        "content = b'time,a,b,c,d,e\\n' + line * (49 * 2**20 // len(line))\n"
        "propose(b'v\\n' + b'1.5\\n2.5\\n' * 20)\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "found = propose(content)\n"
        "after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "print(found.total, found.every, (after - before) >> 10)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    total, every, megabytes = map(int, done.stdout.split())
    assert total > 900_000
    assert every >= 9
    assert megabytes < 250


@pytest.mark.parametrize(
    ("number", "words"), [(2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th"), (21, "21st"), (112, "112th")]
)
def test_a_step_is_named_as_one_speaks(number, words):
    assert ordinal(number) == words


# --- any table, written and read again --------------------------------------------------------------------


@pytest.mark.parametrize("part", range(3))
def test_what_was_written_is_read_again(part):
    """Random tables of a known meaning: dates, notations, separators, encodings and headers of many kinds."""
    for seed in range(SEED + part, SEED + COUNT // 4, 3):
        written = drawn(seed)
        found = propose(written.content, "table.csv")
        about = (seed, written.about, found.notes)
        assert found.problem is None, about
        doubtful = [name for name in written.names if f"“{name}”: “" in " ".join(found.notes)]
        for name, values in zip(written.names, written.values, strict=True):
            assert found.column(name) is not None, about
            if name not in doubtful:  # thousands and decimals look alike, and the reader is asked
                np.testing.assert_allclose(found.column(name).values, values, atol=1e-6, err_msg=str(about))
        assert found.target in written.names, about
        if written.times is not None:
            assert (found.axis == np.array(written.times, dtype="datetime64[us]")).all(), about


def rubbish():
    pieces = st.sampled_from(
        [b",", b";", b"\t", b"|", b" ", b"\n", b"\r", b'"', b"'", b"#", b"%", b"-", b"(", b")", b"1",
         b"2020-01-01",
         b"1,5",
         b"12:00", b"\xff", b"\xfe", b"\x00", b"\xe9", b"\x93\xfa", b"PK\x03\x04", b"NA", b"e5", b"$",
         "€".encode(), "−".encode(),
         "\u2028".encode(), b"Jan", b"1900", b"year", b"0x1", b"9" * 40, b"1e999", b"=1+1", b"sep=;",
         b"\x1a", b"\xef\xbb\xbf"]
    )  # fmt: skip
    return st.lists(pieces, max_size=120).map(b"".join) | st.binary(max_size=300)


@given(rubbish(), st.sampled_from(["a.csv", "a.txt", "", "a.xlsx"]))
@example(b"1900-01-01,1\n" * 9 + b"99999999-99-99,2", "a.csv")
@example(b"\xd0\xcf\x11\xe0" + bytes(100), "a.xls")
@settings(max_examples=150, deadline=None)
def test_hostile_bytes_end_in_a_proposal_or_a_sentence(content, name):
    found = propose(content, name)
    assert found.problem is None or (10 < len(found.problem) < 300 and found.problem.endswith("."))
    assert json.loads(json.dumps(found.record(), allow_nan=False))["problem"] == found.problem
    assert all(len(note) < 400 for note in found.notes)
    for offer in found.offers:
        propose(content, name, offer.wish)


# --- the command ------------------------------------------------------------------------------------------


def test_the_command_prints_the_proposal_as_json(tmp_path, capsys):
    file = tmp_path / "a.csv"
    file.write_text("\n".join(f"{d},{v}" for d, v in PAIRS))
    assert main(["read", str(file)]) == 0
    record = json.loads(capsys.readouterr().out)
    assert list(record) == ["rows", "columns", "time", "target", "notes", "problem"]
    assert record["columns"][0] == {
        "name": "column 1", "kind": "time", "unit": "", "first": [str(day) for day in DAYS[:5]],
    }  # fmt: skip
    file.write_bytes(b"")
    assert main(["read", str(file)]) == 1
    assert json.loads(capsys.readouterr().out)["problem"] == "The file is empty."
    assert main(["read", str(tmp_path / "none")]) == 1
    assert "cannot be opened" in json.loads(capsys.readouterr().out)["problem"]
