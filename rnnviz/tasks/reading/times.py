"""Times as people write them: formats tried in turn, and read by pandas."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd

from .vocabulary import WORDS

_JOIN = re.compile(r"\s*[T,;:_-]?\s*")
_PIECES = {
    "Y": r"\d{4}", "y": r"\d{2}", "m": r"\d{1,2}", "d": r"\d{1,2}", "b": "[A-Za-z]{3}", "a": "[A-Za-z]{3}",
    "H": r"\d{1,2}", "I": r"\d{1,2}", "M": r"\d{2}", "S": r"\d{2}", "f": r"\d{1,9}", "p": "[AaPp][Mm]",
    "z": r"[+-]\d{2}:?\d{2}",
}  # fmt: skip


_SHAPES = {
    form: re.compile(
        "".join(_PIECES[p[1]] if p.startswith("%") else re.escape(p) for p in re.split("(%.)", form)), re.A
    )
    for form in (*WORDS.dates, *WORDS.months, *WORDS.clocks)
}
_PAIRS = {"%d/%m/": "%m/%d/", "%d-%m-": "%m-%d-", "%m/%d/": "%d/%m/", "%m-%d-": "%d-%m-",
          "%y%m%d": "%d%m%y", "%m%d%y": "%d%m%y", "%d%m%y": "%y%m%d"}  # fmt: skip
_MONTH_OF = {word: short for short, words in WORDS.month_names.items() for word in (short, *words.split())}
_DAYS = {day: day for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
_WORD = re.compile(r"[^\W\d_]+\.?")
_DIGITS = {zero + n: str(n) for zero in (0x660, 0x6F0, 0xFF10) for n in range(10)}  # Arabic, Persian, full width
_DIGITS_ONLY = re.compile(r"\d[\d/:.,-]*(?: [\d/:.,-]+)?", re.ASCII)
_MIDNIGHT = re.compile(r"(?:^|(?<=[ T,;_]))24(?=[:.h]?00([:.]?00)?\b)", re.ASCII)
_OFFSET = re.compile(r"[+-]\d{2}:?\d{2}$")
_QUARTER = re.compile(r"(?:(\d{4})[ \-./]?[QqKk]([1-4])|[QqKk]([1-4])[ \-./]?(\d{4}))")
_WEEK = re.compile(r"(\d{4})-?[Ww](\d{1,2})(?:-(\d))?")
COUNTED = {  # least, most, what is counted from, and the unit
    "year": (1500, 2262, "0000-01-01", "Y"),
    "unix s": (1e7, 4.2e9, "1970", "s"),
    "unix ms": (1e11, 4.2e12, "1970", "ms"),
    "unix us": (1e14, 4.2e15, "1970", "us"),
    "unix ns": (1e17, 4.2e18, "1970", "ns"),
    "excel": (3001, 79_999, "1899-12-30", "D"),
}


@dataclass(frozen=True)
class Times:
    """A column read as times."""

    values: np.ndarray  # (R,) datetime64: NaT where an entry is missing or no time
    form: str  # as in ``strptime``, or "year", "quarter", "week", "unix s", "excel", "of day"
    other: str = ""  # another format that fits as well (day and month exchanged)

    def texts(self, places: Sequence[int] | slice) -> list[str | None]:
        """Return entries in the form of ISO 8601, as precise as they were written."""
        unit = {"year": "Y", "of day": "s"}.get(self.form, "us" if self.has_clock else "D")
        values = self.values[places].astype(f"datetime64[{unit}]")
        texts = [str(value).removesuffix(".000000") for value in values]
        texts = [text.split("T")[-1] for text in texts] if self.form == "of day" else texts
        return [None if text == "NaT" else text for text in texts]

    @property
    def has_clock(self) -> bool:
        """Whether the entries name an hour."""
        return self.form.startswith("unix") or any(part in self.form for part in ("%H", "%I"))


def cleaned(entry: str) -> str:
    """Return an entry with month names in English and single blanks, as the formats expect it."""
    if _DIGITS_ONLY.fullmatch(entry):
        return entry
    text = " ".join(entry.split()).translate(_DIGITS)
    if len(text) > 40 or not any(sign.isdigit() for sign in text):
        return "" if len(text) > 40 else text
    text = text.removesuffix(" UTC").removesuffix(" GMT")
    text = re.sub(r"Z$", "+0000", text) if "T" in text or ":" in text else text
    text = re.sub(r"(?<=\d)(st|nd|rd|th)\b", "", text)

    def in_english(found: re.Match) -> str:
        word = found[0].rstrip(".").lower()
        return _MONTH_OF.get(word) or _DAYS.get(word[:3], found[0])

    return _WORD.sub(in_english, text) if any(sign.isalpha() for sign in text) else text


def as_times(entries: Sequence[str], form: str = "") -> Times | None:
    """Read a column of times by a format, else by the likeliest; None where fewer than 9 in 10 fit one."""
    codes, distinct = pd.factorize(pd.Series(entries, dtype=object))
    texts = [cleaned(str(entry)) for entry in distinct]
    present = [text for text in texts if text]
    if not present:
        return None
    if "%" not in form and (found := _special(texts, present)) is not None:
        return Times(found[0][codes], found[1])
    forms = [form] if form else _fitting(present)
    read = {each: _parsed(texts, each) for each in forms[:6]}
    whole = {each: values for each, values in read.items() if _share(values, texts) >= (0.9 if not form else 0.0)}
    if not whole:
        return None
    best = min(whole, key=lambda each: (each in WORDS.of_day, _disorder(whole[each][codes]), _habit(each, whole[each])))
    rival = next((each for each in whole if each != best and _exchanged(each) == best), "")
    if rival:  # it is in doubt where the order and the steps of two readings do not tell which one is meant
        (back, lengths), (other, others) = _disorder(whole[best][codes]), _disorder(whole[rival][codes])
        rival = rival if back == other and others < 3 * lengths else ""
    return Times(whole[best][codes], "of day" if best in WORDS.of_day else best, rival)


def _habit(form: str, values: np.ndarray) -> float:
    """Where hours are counted to twelve the month stands first; six digits name days close together."""
    known = values[~np.isnat(values)].astype("int64")
    return float(np.ptp(known)) if len(form) == 6 and len(known) else float("%p" in form and form.startswith("%d/"))


def _special(texts: list[str], present: list[str]) -> tuple[np.ndarray, str] | None:
    for pattern, make, name in ((_QUARTER, _from_quarter, "quarter"), (_WEEK, _from_week, "week")):
        if sum(bool(pattern.fullmatch(text)) for text in present) >= 0.9 * len(present):
            made = [make(found) if (found := pattern.fullmatch(text)) else None for text in texts]
            return np.array([np.datetime64(one or "NaT") for one in made], dtype="datetime64[s]"), name
    return None


def _from_quarter(found: re.Match) -> str:
    return f"{found[1] or found[4]}-{3 * int(found[2] or found[3]) - 2:02d}-01"


def _from_week(found: re.Match) -> str | None:
    try:
        return datetime.fromisocalendar(int(found[1]), int(found[2]), int(found[3] or 1)).date().isoformat()
    except ValueError:
        return None


def _fitting(present: list[str]) -> list[str]:
    """Formats that fit most of a few entries spread over the column."""
    probes = [present[place] for place in np.unique(np.linspace(0, len(present) - 1, 12).astype(int))]
    probes.sort(key=lambda text: ":" not in text)  # at midnight some programs write the day alone
    forms = next((found for probe in probes if (found := _formats(probe))), [])
    if all(text.isdigit() for text in probes):
        whole = "%Y%m%d%H%M%S"
        known = {6: ["%Y%m", "%y%m%d", "%d%m%y", "%m%d%y"]} | {n: [whole[: n - 2]] for n in (8, 10, 12, 14)}
        forms = known.get(len(probes[0]), [])
    return [each for each in forms if _share(_parsed(probes, each), probes) >= 0.8]


def _formats(text: str) -> list[str]:
    """The formats that a text may have: a date, a time of day, or a date, what joins, and a time of day."""
    found = [form for form in (*WORDS.dates, *WORDS.months, *WORDS.of_day) if _SHAPES[form].fullmatch(text)]
    for day in WORDS.dates:
        head = _SHAPES[day].match(text)
        join = _JOIN.match(text, head.end()) if head else None
        if join is not None and join[0]:
            rest = text[join.end() :]
            found += [day + join[0] + clock for clock in WORDS.clocks if _SHAPES[clock].fullmatch(rest)]
    return found


def _parsed(texts: list[str], form: str) -> np.ndarray:
    late = np.array(["%H" in form and bool(_MIDNIGHT.search(text)) for text in texts], dtype=bool)
    if late.any():  # 24:00 is 00:00 of the next day
        texts = [_MIDNIGHT.sub("00", text) for text in texts]
    read = pd.to_datetime(pd.Series(texts, dtype=object), format=form, errors="coerce", utc=True)
    values = read.dt.tz_localize(None).to_numpy().astype("datetime64[us]")
    day = next((day for day in WORDS.dates if form.startswith(day) and form != day), "")
    if day and (alone := [place for place in np.flatnonzero(np.isnat(values)) if texts[place]]):
        values[alone] = _parsed([texts[place] for place in alone], day)
    if "%z" in form:  # one offset for all: the clock of the file; several: UTC
        offsets = {found[0] for text in texts if (found := _OFFSET.search(text))}
        if len(offsets) == 1:
            text = offsets.pop()
            values = values + int(f"{text[0]}1") * np.timedelta64(60 * int(text[1:3]) + int(text[-2:]), "m")
    if "%y" in form:  # two digits: a year beyond 2045 is of the century before
        values[values > np.datetime64("2045-12-31")] -= np.timedelta64(36_525, "D")
    values[late] += np.timedelta64(1, "D")
    return values


def _share(values: np.ndarray, texts: list[str]) -> float:
    present = np.array([bool(text) for text in texts])
    return float((~np.isnat(values[present])).mean()) if present.any() else 0.0


def _exchanged(form: str) -> str:
    return next((other + form[len(one) :] for one, other in _PAIRS.items() if form.startswith(one)), "")


def _disorder(values: np.ndarray) -> tuple[int, int]:
    """How many steps go the other way than most, and how many different lengths the steps have."""
    known = values[~np.isnat(values)]
    months = known.astype("datetime64[M]")
    if len(np.unique(known - months)) == 1:  # one day of the month: the months are the steps
        known = months
    steps = np.diff(known).astype("int64")
    signs = np.sign(steps)
    return int(min((signs > 0).sum(), (signs < 0).sum())), len(np.unique(steps[:2000]))


@np.errstate(over="ignore")
def ordered(values: np.ndarray, strictly: bool = False) -> bool:
    """Return whether numbers or times go on in one direction; strictly, without standing still."""
    steps = np.diff(values)
    signs = np.sign(steps.astype("int64") if steps.dtype.kind == "m" else steps)
    return bool(abs(signs.sum()) == (signs.size if strictly else abs(signs).sum()) > 0)


def from_numbers(values: np.ndarray, form: str) -> Times | None:
    """Read whole numbers as years, seconds since 1970 or a spreadsheet's days; None where they cannot be."""
    known = values[~np.isnan(values)]
    if not known.size or (known != np.round(known)).any():
        return None
    low, high, zero, unit = COUNTED[form]
    if known.min() < low or known.max() > high:
        return None
    found = np.full(len(values), np.datetime64("NaT"), dtype="datetime64[us]")
    since = known.astype("int64").astype(f"timedelta64[{unit}]")
    found[~np.isnan(values)] = np.array(zero, f"datetime64[{unit}]") + since
    return Times(found, form)


def month_of(name: str) -> int:
    """Return the number of the month that a name means, 1 to 12, or 0."""
    bare = name.strip().rstrip(".").lower()
    short = _MONTH_OF.get(bare, bare[:3] if bare.isascii() and bare.isalpha() and len(bare) <= 4 else "")
    if short in WORDS.month_names:
        return list(WORDS.month_names).index(short) + 1
    return int(bare) if bare.isdecimal() and len(bare) <= 2 and 1 <= int(bare) <= 12 else 0
