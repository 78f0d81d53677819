"""Each choice beside a file that was brought does what it says, on the page."""

from __future__ import annotations

import pytest

from tests.test_own_data import brought, healthy, said
from tests.test_reading import rows_of

DATED = rows_of(
    "date,price,rain,state", lambda n: f"2020-01-{n % 28 + 1:02d},{n * n % 97},{n % 7},{'ab'[n % 2]}", count=28
)
AMBIGUOUS = rows_of("date,v", lambda n: f"{n % 12 + 1:02d}/{n % 11 + 2:02d}/{2000 + n},{n % 7}")
WIDE = rows_of(
    "land," + ",".join(map(str, range(1960, 2000))), lambda n: f"l{n}," + ",".join(map(str, range(n, n + 40)))
)


def choice(at, label):
    kinds = (at.selectbox, at.text_input, at.number_input, at.button, at.segmented_control, at.slider)
    return next(one for kind in kinds for one in kind if one.label.replace("\\", "") == label)


def first(at, column: int = -1) -> list[str]:
    return list(at.dataframe[0].value.iloc[:3, column])


def heads(at) -> str:
    return " | ".join(at.dataframe[0].value.columns)


@pytest.mark.parametrize(
    ("label", "value", "shown"),
    [
        ("Target", "rain", "rain (number, target)"),
        ("Time axis", "none", "date (time) |"),
        ("It holds", "left out", "price (left out"),
        ("It holds", "class", "price (class) | rain (number, target)"),
        ("Unit", "EUR", "price [EUR] (number, target)"),
        ("Fields are parted by", "semicolon", "column 1"),
    ],
)
def test_a_choice_shows_in_the_first_rows(label, value, shown):
    at = brought(DATED)
    assert shown not in heads(at)
    choice(at, label).set_value(value).run()
    assert shown in heads(at)
    assert not at.exception


def test_rows_are_chosen_by_their_numbers():
    at = brought(rows_of("t,v", lambda n: f"{n},{n * n % 97}", count=400))
    choice(at, "From row").set_value(101).run()
    choice(at, "To row").set_value(300).run()
    choice(at, "Every n-th row").set_value(4).run()
    assert "The first rows of 50 rows, 100 to 296" in said(healthy(at))
    assert first(at, 0) == ["100", "104", "108"]
    assert "of the 40 rows" in said(at)


def test_marks_and_decimals_are_read_as_one_says():
    at = brought(rows_of("t;v", lambda n: f"{n};1.{n + 100}"))
    before = first(at)
    choice(at, "Decimals after a").set_value("comma").run()
    assert [float(one) for one in first(healthy(at))] == [1000 * float(one) for one in before]
    choice(at, "Missing marks").set_value("1100 1102").run()
    assert first(healthy(at)) == ["missing", "1101", "missing"]


def test_an_encoding_is_read_as_one_says():
    at = brought("date,Größe\n".encode("cp1252") + rows_of("x,y", lambda n: f"{n},{n % 7}")[4:])
    choice(at, "Encoding").set_value("Cyrillic (Windows-1251)").run()
    assert "GrцЯe" in heads(healthy(at))


@pytest.mark.parametrize(
    ("label", "content"),
    [
        ("Keep the years as columns", WIDE),
        ("“date”: the day first", AMBIGUOUS),
        ("“v”: take -9999 as a value", rows_of("t,v", lambda n: f"{n},{-9999 if n % 9 == 2 else n % 7}")),
        ("“a”: numbers", rows_of("a,v", lambda n: f"{1577836800 + 3600 * n},{n * n % 7}")),
    ],
)  # fmt: skip
def test_an_offer_changes_the_first_rows_or_their_heads(label, content):
    at = brought(content)
    before = (heads(at), first(at), first(at, 0))
    choice(at, label).click().run()
    assert (heads(healthy(at)), first(at), first(at, 0)) != before


def test_another_series_of_a_table_turned_by_a_press_is_trained_on():
    at = brought(WIDE)
    choice(at, "Series").set_value("l7").run()
    assert first(healthy(at)) == ["7", "8", "9"]
    assert (
        "Training reads 20 windows of 12 rows, each with the row after it: all of the 32 rows from 1960 to 1991"
        in said(at)
    )
    choice(at, "Train on these data").click().run()
    assert healthy(at).query_params["task"] == "own_series"
