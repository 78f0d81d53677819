"""Random tables with a known meaning, written as people write them: for tests of what is read again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

SEPARATORS = (",", ";", "\t", "|")
FORMATS = (
    "%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%Y/%m/%d", "%d-%b-%Y", "%b %d, %Y", "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M:%S", "%d.%m.%Y %H:%M", "%m/%d/%Y %I:%M %p", "%Y%m%d", "%y%m%d", "%Y%m",
    "%d/%m/%Y %H.%M.%S",
    "%Y-%m-%dT%H:%M:%SZ",
    "%B %d, %Y", "%d %B %Y", "%a %d %b %Y", "%Y-%m-%d %H:%M:%S.%f", "%d.%m.%y", "unix", "year", "month", "",
)  # fmt: skip
NOTATIONS = (
    "plain", "comma", "thousands", "german", "apostrophe", "blank", "dollar", "euro", "percent", "paren",
    "minus",
    "fortran", "scientific", "whole", "grouped whole", "unit", "dollar scale", "word scale", "percent apart",
    "power and unit", "million",
)  # fmt: skip
HEADERS = {
    "utf-8": ("Wert", "Temperatur", "Größe"),
    "utf-8-sig": ("value", "price", "μ"),
    "utf-16": ("valeur", "prix", "été"),
    "cp1252": ("Größe", "Wärme", "Höhe"),
    "cp932": ("気温", "湿度", "風速"),
    "gb18030": ("温度", "价格", "数量"),
}


@dataclass(frozen=True, eq=False)
class Written:
    """A file and what it means."""

    content: bytes
    names: tuple[str, ...]
    values: tuple[np.ndarray, ...]
    times: tuple[datetime, ...] | None
    about: tuple


def drawn(seed: int) -> Written:
    """Return the table of a seed."""
    random = np.random.default_rng(seed)
    rows = int(random.integers(12, 70))
    form = str(random.choice(FORMATS))
    separator = str(random.choice(SEPARATORS))
    encoding = str(random.choice(list(HEADERS)))
    local = str(random.choice([".", ","]))
    count = int(random.integers(1, 4))
    kinds = [_notation(random, local) for _ in range(count)]
    times, stamps = _times(random, rows, form)
    columns = [_column(random, rows, kind) for kind in kinds]
    names = HEADERS[encoding][:count]
    header = bool(random.random() < 0.8) or encoding in ("cp932", "gb18030", "cp1252")
    cells = [*([stamps] if form else []), *(texts for texts, _ in columns)]
    turned = bool(form) and bool(random.random() < 0.2)
    order = range(rows - 1, -1, -1) if turned else range(rows)
    head = [["Date", *names] if form else list(names)] if header else []
    lines = [separator.join(_quoted(cell, separator) for cell in row) for row in
             [*head, *([column[place] for column in cells] for place in order)]]  # fmt: skip
    lines = [*_before(random, header), *lines]
    if random.random() < 0.2:
        lines += ["", ""]
    text = str(random.choice(["\n", "\r\n"])).join(lines)
    try:
        content = text.encode(encoding)
    except UnicodeEncodeError:  # no such sign there
        content = text.encode("utf-8")
    values = [value for _, value in columns]
    if not form:
        names = names if header else tuple(f"column {place + 1}" for place in range(count))
    elif not header:
        names = tuple(f"column {place + 2}" for place in range(count))
    return Written(content, tuple(names), tuple(values), times, (form, separator, encoding, kinds, header, turned))


def _notation(random, local: str) -> str:
    other = (
        {"comma", "german", "blank", "euro", "percent", "million"}
        if local == ","
        else set(NOTATIONS) - {"comma", "german", "euro", "million", "blank"}
    )
    return str(random.choice(sorted(other & set(NOTATIONS))))


def _before(random, header: bool) -> list[str]:
    kind = random.integers(0, 5)
    if kind == 0:
        return ["# made by a logger", "# station 12"]
    if kind == 1 and header:
        return ["Weather station north of the town", ""]
    return []


def _quoted(cell: str, separator: str) -> str:
    return f'"{cell}"' if separator in cell else cell


def _times(random, rows: int, form: str):
    if not form:
        return None, []
    start = datetime(int(random.integers(1972, 2030)), int(random.integers(1, 13)), int(random.integers(1, 28)))
    style = form if form == "%Y%m" else "%Y-%m"
    step = {"year": None, "month": None}.get(form, timedelta(days=1))
    if "%H" in form or "%I" in form:
        step = timedelta(minutes=int(random.choice([5, 30, 60, 1440])))
    form = "month" if form == "%Y%m" else form
    if form == "year":
        times = [datetime(1900 + place, 1, 1) for place in range(rows)]
        return tuple(times), [f"{one.year}" for one in times]
    if form == "month":
        times = [
            datetime(start.year + (start.month - 1 + n) // 12, (start.month - 1 + n) % 12 + 1, 1) for n in range(rows)
        ]
        return tuple(times), [one.strftime(style) for one in times]
    times = [start + place * step for place in range(rows)]
    if form == "unix":
        return tuple(times), [str(round((one - datetime(1970, 1, 1)).total_seconds())) for one in times]
    return tuple(times), [one.strftime(form) for one in times]


def _column(random, rows: int, kind: str) -> tuple[list[str], np.ndarray]:
    size = float(random.choice([3.0, 80.0, 4000.0]))
    values = np.round(
        size * (1.2 + np.sin(np.arange(rows) / random.uniform(1, 9))) + size * random.normal(0, 0.1, rows), 2
    )
    if kind in ("whole", "grouped whole"):
        values = np.round(values * (1 if kind == "whole" else 3000 / size))
    if kind in ("paren", "minus", "plain"):
        values = values - np.round(np.median(values), 2)
        values = np.round(values, 2)
    texts = [_text(value, kind) for value in values]
    if random.random() < 0.3 and rows >= 20:
        gone = random.choice(np.arange(1, rows - 1), 3, replace=False)
        mark = str(random.choice(["", "NA", "n/a", "***", "-", "null", "-9999"]))
        mark = "***" if mark == "-9999" and values.min() < -1000 else mark  # it could be a value there
        texts = [mark if place in gone else text for place, text in enumerate(texts)]
        values[gone] = np.nan
    return texts, values


def _text(value: float, kind: str) -> str:
    grouped = f"{value:,.2f}"
    power = int(np.log10(abs(value))) if value else 0
    scale, name, word = [(1, "", ""), (1000, "K", " Tsd."), (1e6, "M", " Mio.")][min(power // 3, 2) if power > 0 else 0]
    short = f"{value / scale:.6f}".rstrip("0").rstrip(".")
    swapped = grouped.translate(str.maketrans(",.", ".,"))
    return {
        "plain": f"{value:.2f}",
        "comma": f"{value:.2f}".replace(".", ","),
        "thousands": grouped,
        "german": swapped,
        "apostrophe": grouped.replace(",", "'"),
        "blank": grouped.replace(",", "\u00a0").replace(".", ","),
        "dollar": f"-${-value:,.2f}" if value < 0 else f"${grouped}",
        "euro": f"{swapped} €",
        "percent": f"{value:.2f}%",
        "paren": f"({-value:.2f})" if value < 0 else f"{value:.2f}",
        "minus": f"{value:.2f}".replace("-", "−"),
        "fortran": f"{value:.8E}".replace("E", "D"),
        "scientific": f"{value:.8e}",
        "whole": f"{value:.0f}",
        "grouped whole": f"{value:,.0f}",
        "unit": f"{value:.2f} kg",
        "dollar scale": f"${short}{name}",
        "word scale": f"{short}{word}",
        "percent apart": f"{value:.2f} %",
        "power and unit": f"{value:.8e} kg",
        "million": f"{value / 1e6:.8f} Mio. €".replace(".", ",", 1),
    }[kind]
