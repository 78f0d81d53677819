"""Words that tell what a column is: of time, of what one would forecast, of a value that is missing."""

from __future__ import annotations

import re

TIME_WORDS = frozenset({
    "annee", "anno", "année", "ano", "año", "clock", "dag", "data", "date", "dateandtime", "datetime",
    "datum", "day", "dia", "ds", "dt", "epoch", "fecha", "frame", "heure", "hora", "hour", "jahr",
    "jour", "mes", "mese", "minute", "mois", "monat", "month", "ms", "period", "periode", "quartal",
    "quarter", "rok", "sec", "second", "seconds", "step", "steps", "stunde", "t", "tag", "temps", "tid",
    "time", "timestamp", "timestep", "ts", "uhrzeit", "unix", "week", "when", "woche", "year", "yr",
    "zeit",
})  # fmt: skip
TIME_SIGNS = (
    "日付", "日時", "日期", "时间", "時間", "時刻", "时刻", "年", "月份", "날짜", "дата", "год", "время",
    "datum",
    "timestamp",
)  # fmt: skip
"""Parts of names, in languages that part no words by blanks."""

WORTH = {
    "close": 60, "schluss": 60, "adj": -8, "target": 70, "label": 45, "y": 45, "price": 40, "preis": 40,
    "last": 15, "value": 30, "wert": 30, "sales": 35, "umsatz": 35, "demand": 35, "load": 30,
    "consumption": 30, "passengers": 35, "count": 12, "cnt": 35, "total": 18, "temperature": 25, "temp":
    25, "temperatur": 25, "rate": 20, "output": 25, "revenue": 30, "profit": 30, "power": 25, "flow":
    20, "cases": 25, "level": 15, "amount": 20, "signal": 20, "v": 10, "closing": 55, "収盤": 30, "终値":
    40, "終値": 60, "收盘价": 60, "收盘": 60, "open": 2, "high": 1, "low": 1, "vwap": 4, "volume": -30, "vol":
    -30, "volumen": -30, "quality": -35, "flag": -45, "qc": -45, "error": -30, "err": -30, "std": -30,
    "stdev": -30, "sd": -20, "sigma": -20, "id": -60, "index": -40, "idx": -40, "no": -40, "nr": -40,
    "number": -10, "code": -45, "plz": -60, "zip": -60, "station": -45, "lat": -50, "latitude": -50,
    "lon": -50, "lng": -50, "long": -50, "longitude": -50, "elevation": -45, "altitude": -45, "weekday": -40,
    "season": -40, "holiday": -40, "workingday": -40, "month": -40, "day": -40, "hour": -40, "year":
    -40, "yr": -40, "mnth": -40, "hr": -40, "minute": -40, "weathersit": -40, "unnamed": -40, "row":
    -40, "instant": -60, "dividends": -25, "splits": -30, "stock": 0,
}  # fmt: skip
"""How much a word in a column's name speaks for or against forecasting it."""

CALENDAR = {
    "year": ("year", "yr", "yyyy", "jahr", "année", "año", "anno"),
    "month": ("month", "mo", "mm", "mon", "monat", "mois", "mes", "mnth"),
    "day": ("day", "dd", "dy", "tag", "jour", "dia", "day of month", "mday"),
    "hour": ("hour", "hr", "hh", "stunde", "heure", "hora"),
    "minute": ("minute", "min", "mn"),
}  # fmt: skip
"""Names of columns that hold one part of a date."""

MISSING = frozenset({
    "#div/0!", "#n/a", "#na", "#null!", "#ref!", "#value!", "fehlt", "k.a.", "missing", "n.a.", "n.d.",
    "n.v.", "n/a", "na", "nan", "nd", "nil", "none", "null", "undef", "unknown", "void",
})  # fmt: skip


def words_of(name: str) -> list[str]:
    """Return the words of a column's name, in lower case: "AdjClose_usd" has three."""
    parted = re.sub(r"(?<=[a-zà-ÿ])(?=[A-Z])", " ", name)
    return [word for word in re.split(r"[^\w]+|_|(?<=\D)(?=\d)", parted.lower()) if word]


def names_time(name: str) -> bool:
    """Return whether a name speaks of time."""
    words = set(words_of(name))
    return bool(words & TIME_WORDS) or any(part in name.lower() for part in TIME_SIGNS)
