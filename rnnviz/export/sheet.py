"""The form of a session file: its entries, what each may be, and the reader's own data in it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from rnnviz.engine import Parameters
from rnnviz.export.reading import DamageError, Reader, array, mapping, quoted, real, several, text, true_or_false, whole
from rnnviz.notation.conventions import WEIGHTS
from rnnviz.settings.fields import OWN_TASKS
from rnnviz.tasks.own import MOST_CLASSES, MOST_LETTERS, OwnData
from rnnviz.tasks.reading import FEWEST_ROWS, MOST_COLUMNS, MOST_ROWS

FORMAT, VERSION = "rnnviz session", 1
MOST_WEIGHTS, MOST_NUMBERS = 20_000, 3_000_000
_PAGE_FILE = re.compile(r"\d+_(\w+)\.py")


@dataclass(frozen=True)
class Answer:
    """What a reader chose at a question, and whether it was right."""

    question: str
    chosen: int
    right: bool


@dataclass(frozen=True)
class Step:
    """A moment that a reader has put down: a title, a page and its link."""

    title: str
    page: str
    link: dict[str, str]


@lru_cache(maxsize=1)
def known_pages() -> tuple[str, ...]:
    """Return the pages of the app as their addresses name them; "Home" is the first."""
    folder = Path(__file__).parents[2] / "pages"
    found = filter(None, (_PAGE_FILE.fullmatch(path.name) for path in folder.glob("*.py")))
    in_order = sorted(found, key=lambda match: int(match.string.split("_")[0]))
    return ("Home", *(match[1] for match in in_order))


def read_sheet(found: dict, reader: Reader) -> dict:
    """Return the entries of a session, checked; the keywords of `Session`.

    Raises
    ------
    DamageError
        Names the entry, what came and what was expected.
    """
    _check_kind(found)
    link = mapping(text(40), text(8000), 100)
    entries = {
        "format": text(40),
        "version": whole(VERSION),
        "page": _page,
        "link": link,
        "parameters": lambda value, where: _parameters(value, where, reader),
        "data": lambda value, where: None if value is None else _data(value, where, reader),
        "lessons": mapping(text(80), whole(1000), 200),
        "answers": several(lambda value, where: _answer(value, where, reader), 2000),
        "steps": several(lambda value, where: _step(value, where, reader, link), 200),
    }
    sheet = reader.record(found, "session", entries)
    return {name: value for name, value in sheet.items() if name not in ("format", "version")}


def _check_kind(found: dict) -> None:
    if found.get("format") != FORMAT:
        raise DamageError(f"The file is no session file: its “format” is not “{FORMAT}”.")
    version = found.get("version")
    if type(version) is int and version > VERSION:
        raise DamageError(
            f"The file is of version {quoted(version)}, made by a newer rnnviz; this one reads {VERSION}."
        )
    if type(version) is not int or version < 1:
        raise DamageError(f"session, version: got {quoted(version)}, expected {VERSION}.")


def _page(value: object, where: str) -> str:
    if not isinstance(value, str) or value not in known_pages():
        raise DamageError(f"{where}: got {quoted(value)}, expected one of {', '.join(known_pages())}.")
    return value


def _parameters(value: object, where: str, reader: Reader) -> Parameters:
    sizes = {name: 2 if name in WEIGHTS else 1 for name in Parameters._fields}
    checks = {name: array(size, MOST_WEIGHTS) for name, size in sizes.items()}
    return Parameters(**reader.record(value, where, checks))


def _answer(value: object, where: str, reader: Reader) -> Answer:
    return Answer(**reader.record(value, where, {"question": text(80, 1), "chosen": whole(99), "right": true_or_false}))


def _step(value: object, where: str, reader: Reader, link: Callable[[object, str], dict]) -> Step:
    return Step(**reader.record(value, where, {"title": text(200), "page": _page, "link": link}))


def data_record(data: OwnData) -> dict:
    """Return the reader's own data as JSON can carry them, with their fingerprint."""
    return {
        "task": data.task,
        "title": data.title,
        "features": list(data.features),
        "outputs": list(data.outputs),
        "middle": float(data.middle),
        "width": float(data.width),
        "X": _compact(data.X),
        "Y": _compact(data.Y),
        "fingerprint": data.fingerprint(),
    } | ({"since": data.since, "until": data.until} if data.since or data.until else {})


def _compact(values: np.ndarray) -> list:
    """Nested lists in which whole numbers have no point; one-hot rows become half as long."""
    whole_numbers = (values == values.round()).all() and not (np.signbit(values) & (values == 0)).any()
    return (values.astype(int) if whole_numbers and abs(values).max() < 1e9 else values).tolist()


def _data(value: object, where: str, reader: Reader) -> OwnData:
    rows = array(2, MOST_NUMBERS)
    times = {"since": text(40), "until": text(40)}
    dated = isinstance(value, dict) and all(name in value for name in times)
    found = reader.record(
        value,
        where,
        {
            "task": text(40),
            "title": text(20_000),
            "features": several(text(20_000), MOST_COLUMNS),
            "outputs": several(text(20_000), MOST_COLUMNS),
            "middle": real,
            "width": real,
            "X": rows,
            "Y": rows,
            "fingerprint": text(32, 32),
            **(times if dated else {}),
        },
    )
    fingerprint = found.pop("fingerprint")
    data = OwnData(**(found | _typed(found)))
    _check_data(data, where)
    if data.fingerprint() != fingerprint:
        raise DamageError(f"{where}: a number or a name was changed; its fingerprint does not fit.")
    return data


def _typed(found: dict) -> dict[str, np.ndarray]:
    """The codes of a text are whole numbers, the rest is real; the fingerprint knows the difference."""
    codes = found["task"] == "own_text"
    return {name: found[name].astype(int if codes else float) for name in ("X", "Y")}


def _check_data(data: OwnData, where: str) -> None:
    """Raise DamageError where the parts of own data do not fit together."""
    if data.task not in OWN_TASKS:
        raise DamageError(f"{where}, task: got {quoted(data.task)}, expected one of {', '.join(OWN_TASKS)}.")
    rows, letters = len(data.X), data.task == "own_text"
    if len(data.Y) != rows or not FEWEST_ROWS - 1 <= rows <= MOST_ROWS:
        raise DamageError(f"{where}: got {rows} rows of X and {len(data.Y)} of Y, expected as many.")
    widths = (1, 1) if letters else (len(data.features), len(data.outputs))
    if (data.X.shape[1], data.Y.shape[1]) != widths:
        raise DamageError(f"{where}: X and Y have other columns than their names say.")
    if letters:
        _check_letters(data, where)
    if data.task == "own_classes" and not (_is_one_hot(data.Y) and 2 <= len(data.outputs) <= MOST_CLASSES):
        raise DamageError(f"{where}, Y: expected one class in every row, and 2 to {MOST_CLASSES} of them.")
    if data.width <= 0:
        raise DamageError(f"{where}, width: got {quoted(data.width)}, expected more than 0.")


def _check_letters(data: OwnData, where: str) -> None:
    codes, count = (data.X, data.Y), len(data.outputs)
    if data.features != data.outputs or not 2 <= count <= MOST_LETTERS:
        raise DamageError(f"{where}: expected the same 2 to {MOST_LETTERS} letters as features and outputs.")
    if any(one.min() < 0 or one.max() >= count for one in codes):
        raise DamageError(f"{where}: expected codes from 0 to {count - 1}.")


def _is_one_hot(Y: np.ndarray) -> bool:
    return bool(((Y == 0) | (Y == 1)).all() and (Y.sum(axis=1) == 1).all())
