"""Several series in one table, below, among or beside each other: one is read, and the reader is told."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from rnnviz.tasks.reading import Wish, keeper
from rnnviz.tasks.reading.proposal import of_typed, propose
from tests.configurations import COUNTS, SEED
from tests.test_own_data import brought, said

PLACES = ("Oslo", "Côte d’Ivoire", "São Tomé", "Kenya", "Land 5", "Berlin-Mitte")
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
DAYS = [date(2020, 1, 22) + timedelta(n) for n in range(700)]


def values_of(random, series: int, length: int) -> np.ndarray:
    scale = 10.0 ** random.integers(0, 4, series)[:, None]
    return np.round(scale * (random.normal(size=(series, length)).cumsum(axis=1) + 5), 2)


def long_table(random) -> tuple[bytes, dict[str, np.ndarray]]:
    """A row for each series and time, sorted by either or none; a series is named by one column or two."""
    series, length = int(random.integers(2, 7)), int(random.integers(9, 60))
    values = values_of(random, series, length)
    step = random.choice(["year", "day", "t"])
    times = {"year": range(1960, 1960 + length), "day": DAYS[:length], "t": range(length)}[str(step)]
    two = random.random() < 0.4 and series % 2 == 0
    names = [[f"shop {n // 2}", "ab"[n % 2]] if two else [PLACES[n]] for n in range(series)]
    rows = [[str(time), *names[n], f"{values[n, at]}"] for n in range(series) for at, time in enumerate(times)]
    order = random.choice(["series", "time", "none"])
    if order == "time":
        rows.sort(key=lambda row: [str(time) for time in times].index(row[0]))
    if order == "none" and step != "t":
        random.shuffle(rows)
    head = [str(step), *(["shop", "kind"] if two else ["place"]), "amount"]
    known = {" · ".join(name): series for name, series in zip(names, values, strict=True)}
    return "\n".join(",".join(row) for row in [head, *rows]).encode(), known


def wide_table(random) -> tuple[bytes, dict[str, np.ndarray]]:
    """A row a series, with years, dates or months side by side."""
    series, length = int(random.integers(2, 7)), int(random.integers(9, 600))
    form = str(random.choice(["{}", "X{}", "{0} [YR{0}]", "%m/%d/%y", "%Y-%m-%d", "quarter"]))
    if form == "quarter":
        head = [f"{1950 + n // 4}-Q{n % 4 + 1}" for n in range(length)]
    elif "%" in form:
        head = [day.strftime(form) for day in DAYS[:length]]
    else:
        head = [form.format(1900 + n) for n in range(min(length, 120))]
    values = values_of(random, series, len(head))
    extra = bool(random.random() < 0.5)
    rows = [["Country Name", *(["Indicator"] if extra else []), *head]]
    rows += [[PLACES[n], *(["GDP"] if extra else []), *map(str, values[n])] for n in range(series)]
    return "\n".join(";".join(row) for row in rows).encode(), dict(zip(PLACES, values, strict=False))


def monthly_table(random) -> tuple[bytes, dict[str, np.ndarray]]:
    """A row for each station and year, with twelve months side by side."""
    series, years = int(random.integers(2, 5)), int(random.integers(2, 9))
    values = values_of(random, series, 12 * years)
    rows = [["station", "year", *MONTHS]]
    rows += [
        [PLACES[n], str(1990 + year), *map(str, values[n, 12 * year : 12 * year + 12])]
        for n in range(series)
        for year in range(years)
    ]
    return "\n".join(",".join(row) for row in rows).encode(), dict(zip(PLACES, values, strict=False))


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("make", [long_table, wide_table, monthly_table])
def test_each_series_of_a_table_is_read_alone_and_as_it_was_written(make, count):
    for seed in range(SEED, SEED + count // 20):
        content, known = make(np.random.default_rng(seed))
        found = propose(content)
        about = (seed, content[:200], found.notes)
        assert found.problem is None, about
        assert set(found.members) == set(known), about
        assert any(f"{len(known)} series in one table" in note for note in found.notes), about
        assert len(np.unique(found.axis)) == len(found.axis), about
        for member, values in known.items():
            one = propose(content, "", Wish(group=found.group, member=member))
            np.testing.assert_allclose(one.column(one.target).values, values, err_msg=str(about))
            assert one.members == found.members, about


@pytest.mark.parametrize("make", [long_table, wide_table])
def test_all_rows_are_one_series_only_where_the_reader_says_so(make):
    content, known = make(np.random.default_rng(3))
    found = propose(content)
    offer = next(offer for offer in found.offers if offer.label == "Read all rows as one series")
    mixed = propose(content, "", offer.wish)
    assert mixed.rows == sum(map(len, known.values()))
    assert any("nevertheless" in note for note in mixed.notes)
    back = next(offer for offer in mixed.offers if offer.label.startswith("Read one"))
    assert propose(content, "", back.wish).member == found.member


def test_pasted_rows_are_told_apart_as_those_of_a_file():
    content, known = long_table(np.random.default_rng(1))
    assert set(of_typed(content.decode()).members) == set(known)


def test_a_series_of_a_long_file_is_thinned_by_its_own_rows(monkeypatch):
    """Every second row of two series in turn would be of one and the same."""
    monkeypatch.setattr(keeper, "MOST_ROWS", 1000)
    rows = "".join(f"{n},{place},{n % 97}\n" for n in range(1000) for place in ("up", "down"))
    found = propose(f"t,place,v\n{rows}".encode())
    assert (found.members, found.rows, found.every) == (("up", "down"), 1000, 1)


@pytest.mark.parametrize(
    "rows",
    [
        ("date,hour,v", *(f"{DAYS[n // 24]},{n % 24},{n * n % 97}" for n in range(240))),
        ("date,v", *(f"{DAYS[n // 2]},{n * n % 97}" for n in range(240))),
        ("date,v,w", *(f"{DAYS[n // 2]},{n % 5},{n * n % 97}" for n in range(240))),
        ("date,weekday,v", *(f"{DAYS[n]},{DAYS[n]:%A},{n * n % 97}" for n in range(240))),
        ("date,buyer,v", *(f"{DAYS[n // 3]},{'abcdefgh'[n * n % 8]},{n * n % 97}" for n in range(240))),
    ],
)
def test_times_that_repeat_for_another_reason_are_no_series(rows):
    found = propose("\n".join(rows).encode())
    assert (found.members, found.rows) == ((), 240)


def test_years_that_are_no_times_stay_names():
    rows = ("name,2001,2002,2003", *(f"n{n},{n},{n * n % 7},{n % 3}" for n in range(20)))
    assert propose("\n".join(rows).encode()).rows == 20


def test_the_series_is_chosen_on_the_page():
    rows = [f"{place},{1960 + n},{n * n % 97 + 1000 * at}" for at, place in enumerate("ab") for n in range(60)]
    at = brought("\n".join(["land,year,heads", *rows]).encode())
    assert "2 series in one table. “a” is read, 60 of 120 rows" in said(at)
    picker = next(one for one in at.selectbox if one.label == "Series")
    assert (picker.value, picker.options) == ("a", ["a", "b"])
    picker.set_value("b").run()
    assert "“b” is read, 60 of 120 rows" in said(at)
    assert at.dataframe[0].value.iloc[0, -1] == "1000"
    next(one for one in at.button if one.label == "Read all rows as one series").click().run()
    assert "all rows are read as one series nevertheless" in said(at)
    assert not at.exception
