"""Numbers as people write them: signs, units, thousands, decimal commas, and what a column's run tells."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pandas as pd

from .vocabulary import WORDS

LARGEST = 1e12
_ALIKE = {"-": "−–—﹣－‐‑", " ": "\u00a0\u2007\u2009\u202f\u2002\u2003\u3000", "'": "’‘´`＇"}
_ALIKE |= {".": "．\u066b", ",": "，", "%": "％\u066a"} | {
    str(n): chr(0xFF10 + n) + chr(0x660 + n) + chr(0x6F0 + n) for n in range(10)
}
_SAME = str.maketrans({sign: plain for plain, signs in _ALIKE.items() for sign in signs})

_CURRENCY = "$€£¥₹₽₩₺₫₪฿₴₦￥"
_CODE = (
    r"(?:USD|EUR|GBP|JPY|CHF|CNY|RMB|INR|KRW|BRL|CAD|AUD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|RUB|TRY|ZAR|MXN|"
    r"US\$|R\$|A\$|C\$|Fr\.|kr\.?|zł|Kč|Ft)"
)
_DIGITS = r"(?:\d[\d.,' ]*\d|\d|(?=[.,]\d))[.,]?\d*"
_UNIT = r"[^\d\s().,+'-][^\d\s(),;+]{0,7}(?:[/ ·][A-Za-z²³%°]{1,6}[-²³\d]{0,2})?"
_SCALE = rf"(?:{'|'.join(map(re.escape, sorted(WORDS.scales, key=len, reverse=True)))})(?![^\W\d_]|[/·])"
_ENTRY = re.compile(
    rf"(?P<open>\()?\s*(?P<sign1>[+-])?\s*(?P<before>[{_CURRENCY}]|{_CODE})?\s*(?P<sign2>[+-])?\s*"
    rf"(?P<digits>{_DIGITS})(?:\s?[eEdD](?P<power>[+-]?\d{{1,3}}))?"
    rf"(?P<sign3>-)?\s*(?P<scale>{_SCALE})?\s*(?P<after>{_UNIT})?\s*(?P<close>\))?\s*(?P<late>%)?"
)
_PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_GROUPED = re.compile(r"\d{1,3}(?:([.,' ])\d{3})(?:\1\d{3})*|\d{1,3}(?:([,' ])\d{2,3})*\2\d{3}", re.ASCII)


class Entry(NamedTuple):
    """One entry taken apart: the digits as they stand, and what stands around them."""

    digits: str
    negative: bool
    power: int | None
    unit: str


@dataclass(frozen=True)
class Numbers:
    """A column read as numbers."""

    values: np.ndarray  # (R,) float: NaN where an entry is missing or no number
    unit: str = ""  # currency, percent sign or unit that stands at the numbers
    whole: bool = False
    decimal: str = ""  # "." or ",", or "" where the column has neither
    sure: bool = True  # not where the same signs could mean thousands or decimals


@lru_cache(maxsize=4096)
def taken_apart(entry: str) -> Entry | None:
    """Return the parts of an entry that is a number in some notation, else None."""
    text = entry.strip().translate(_SAME)
    if len(text) > 60 or not any(sign.isdecimal() for sign in text):
        return None
    found = _ENTRY.fullmatch(text.removeprefix("'"))
    if found is None or not found["digits"].isascii() or bool(found["open"]) != bool(found["close"]):
        return None
    signs = [found[name] for name in ("sign1", "sign2", "sign3") if found[name]]
    digits = found["digits"].strip()
    if len(signs) > 1 or (found["open"] and signs):
        return None
    unit, scale = found["before"] or found["after"] or found["late"] or "", found["scale"] or ""
    power = None if found["power"] is None else int(found["power"])
    if scale and (unit or len(scale) > 1):  # a letter alone may be a unit: 270 K
        power, scale = (power or 0) + WORDS.scales[scale], ""
    return Entry(digits, bool(found["open"]) or signs == ["-"], power, unit.strip() or scale)


def is_number(entry: str) -> bool:
    """Return whether an entry is a number in some notation."""
    found = taken_apart(entry)
    return found is not None and _value(found.digits, "") is not None


def evidence(digits: str) -> str:
    """Return what the signs in a number tell of the decimal sign.

    "." or "," where that sign must part the decimals, "no." or "no," where it must part thousands, "?." or
    "?," where it could do either, "" where nothing is told.
    """
    bare = re.sub(r"(?<=\d)[' ](?=\d)", "", digits)
    points, commas = bare.count("."), bare.count(",")
    if points and commas:
        last = "." if bare.rfind(".") > bare.rfind(",") else ","
        return last if bare.count(last) == 1 else ""
    sign = "." if points else "," if commas else ""
    if not sign:
        return ""
    if points + commas > 1:
        return f"no{sign}"
    left, right = bare.split(sign)
    if len(right) != 3 or not 1 <= len(left) <= 3 or left.startswith("0") or bare != digits:
        return sign
    return f"?{sign}"


def as_numbers(entries: Sequence[str], decimal: str = "", hint: str = "", separator: str = "") -> Numbers:
    """Read a column of numbers, missing ones empty.

    ``decimal`` is the decimal sign that the reader has said, ``hint`` that of the file's other columns,
    ``separator`` what parts its fields.
    """
    series = pd.Series(entries, dtype=object)
    if decimal != "," and (quick := _quick(series)) is not None:
        return quick
    codes, distinct = pd.factorize(series)
    parts = _scaled([taken_apart(entry) for entry in distinct])
    unit = _unit(parts, np.bincount(codes, minlength=len(parts)))
    parts = [part if part is None or part.unit in ("", unit) else None for part in parts]
    # a mantissa before an exponent has no thousands
    told = Counter(evidence(p.digits).removeprefix("?" if p.power is not None else "") for p in parts if p is not None)
    sign, sure = (decimal, True) if decimal else _decimal(told, hint)
    if not sign and not sure:
        sign, sure = _by_run(parts, told, separator)
    values = np.array([*(_number(part, sign) for part in parts), np.nan])[codes]
    known = values[~np.isnan(values)]
    whole = bool(known.size) and bool((known == np.round(known)).all()) and not (sign and told[sign])
    return Numbers(values, unit, whole, sign, sure)


def _quick(series: pd.Series) -> Numbers | None:
    """The usual case, read by pandas: every entry a plain number with at most a point, nothing in doubt."""
    distinct = series[series != ""]
    if not distinct.size or not distinct.str.fullmatch(_PLAIN).all():
        return None
    pointed = distinct[distinct.str.contains(".", regex=False)]
    if pointed.size and pointed.str.fullmatch(r"[+-]?[1-9]\d{0,2}\.\d{3}").all():
        return None  # thousands, perhaps
    values = pd.to_numeric(series.replace("", np.nan), errors="coerce").to_numpy(float)
    whole = not distinct.str.contains(r"[.eE]").any()
    return Numbers(values, "", whole, "" if whole else ".")


def _scaled(parts: list[Entry | None]) -> list[Entry | None]:
    """Thousands and millions by a letter, as 950K and 1.5M or 950 and 1.2K, in one column."""
    letters = [part for part in parts if part is not None and part.unit in WORDS.scales]
    if len({part.unit for part in letters}) < 2 and not _go_on(parts, letters):
        return parts
    scaled = {part: part._replace(power=(part.power or 0) + WORDS.scales[part.unit], unit="") for part in letters}
    return [part and scaled.get(part, part) for part in parts]


def _go_on(parts: Sequence[Entry | None], letters: Sequence[Entry]) -> bool:
    """Whether plain numbers go on from those with a letter as if it were a scale; else it is a unit."""
    plain = [value for part in parts if part and not part.unit and (value := _value(part.digits, ""))]
    read = [value for part in letters if (value := _value(part.digits, ""))]
    if not plain or not read:
        return False
    apart = np.log10(np.median(plain) / np.median(read))
    return bool(abs(apart - WORDS.scales[letters[0].unit]) < abs(apart))


def _unit(parts: Sequence[Entry | None], counts: np.ndarray) -> str:
    """The unit that stands at half of the numbers or more."""
    found: Counter[str] = Counter()
    for part, count in zip(parts, counts, strict=True):
        if part is not None:
            found[part.unit] += int(count)
    return next((unit for unit in found if unit and found[unit] >= 0.5 * found.total()), "")


def _decimal(told: Counter[str], hint: str) -> tuple[str, bool]:
    """The decimal sign, and whether the column itself leaves no doubt."""
    points, commas = told["."], told[","]
    if points or commas:  # of both, each entry tells for itself
        return "" if points and commas else "." if points else ",", True
    for sign, other in ((".", ","), (",", ".")):
        if told[f"no{sign}"]:
            return other, True
    doubtful = [sign for sign in ".," if told[f"?{sign}"]]
    if len(doubtful) == 1 and hint:
        return hint, True
    return "", not doubtful


def _by_run(parts: Sequence[Entry | None], told: Counter[str], separator: str) -> tuple[str, bool]:
    """Thousands or decimals, by how the doubtful entries go on from those without the sign."""
    sign = "." if told["?."] >= told["?,"] else ","
    other = "," if sign == "." else "."
    with_sign = [part.digits for part in parts if part is not None and sign in part.digits]
    without = [float(part.digits) for part in parts if part and part.digits.isdecimal()]
    without = [value for value in without if value and set(f"{value:.0f}") != {"9"}]  # marks for missing
    quoted = sign == separator  # in a file of commas a comma in quotes parts thousands, as a rule
    if not without:
        return (other if quoted else sign), False
    if max(without) >= 1000:
        return (other, False) if quoted else (sign, len(with_sign) > 1)
    read = [value for digits in with_sign if (value := _value(digits, sign))]
    if not read:
        return sign, False
    apart = np.log(np.median(read) / np.median(without))
    as_decimals, as_thousands = abs(apart), abs(apart + np.log(1000))
    chosen = sign if as_decimals < as_thousands else other
    if quoted and chosen == sign:
        return other, False
    return chosen, abs(as_decimals - as_thousands) > 1.5


def _number(part: Entry | None, decimal: str) -> float:
    if part is None or (value := _value(part.digits, decimal)) is None:
        return np.nan
    value = float(Decimal(repr(value)).scaleb(part.power)) if part.power else value
    return -value if part.negative else value


def _value(digits: str, decimal: str) -> float | None:
    """The number that digits stand for; without a decimal sign every entry is read by itself."""
    if digits.isdecimal():
        return float(digits)
    told = decimal or evidence(digits)
    sign = {"no.": ",", "no,": "."}.get(told, told[-1:])
    whole, _, part = digits.partition(sign) if sign else (digits, "", "")
    grouped = not whole or whole.isdecimal() or _GROUPED.fullmatch(whole)
    bare = re.sub(r"\D", "", whole)
    if not grouped or not (bare or part) or not (part or "0").isdecimal():
        return None
    return float(f"{bare or 0}.{part or 0}")
