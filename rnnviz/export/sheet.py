"""The form of a session file: its entries, what each may be, and the reader's own data in it."""

import re
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from rnnviz.engine import Parameters
from rnnviz.export.network_sheet import network_record, read_network
from rnnviz.export.reading import DamageError, Reader, array, mapping, quoted, real, several, text, true_or_false, whole
from rnnviz.notation.conventions import WEIGHTS
from rnnviz.settings.fields import OWN_NETWORK, OWN_TASKS
from rnnviz.settings.places import APP
from rnnviz.tasks.networks.brought import Brought
from rnnviz.tasks.own import MOST_CLASSES, MOST_LETTERS, MOST_TIMES, OwnData
from rnnviz.tasks.reading import FEWEST_ROWS, MOST_COLUMNS, MOST_ROWS

FORMAT, VERSION = "rnnviz session", 1
MOST_WEIGHTS, MOST_NUMBERS = 20_000, 3_000_000
_PAGE_FILE = re.compile(r"\d+_(\w+)\.py")


class Answer(NamedTuple):
    """What a reader chose at a question, and whether it was right."""

    question: str
    chosen: int
    right: bool


class Step(NamedTuple):
    """A moment that a reader has put down: a title, a page and its link."""

    title: str
    page: str
    link: dict[str, str]


@lru_cache(maxsize=1)
def known_pages() -> tuple[str, ...]:
    """Return the pages of the app as their addresses name them; "Home" is the first."""
    found = filter(None, (_PAGE_FILE.fullmatch(path.name) for path in (APP / "pages").glob("*.py")))
    in_order = sorted(found, key=lambda match: int(match.string.split("_")[0]))
    return ("Home", *(match[1] for match in in_order))


def read_sheet(found: dict, reader: Reader) -> dict:
    """Return the entries of a session, checked; the keywords of `Session`.

    DamageError names the entry, what came and what was expected.
    """
    _check_kind(found)
    link = mapping(text(40), text(8000), 100)
    answer = {"question": text(80, 1), "chosen": whole(99), "right": true_or_false}
    step = {"title": text(200), "page": _page, "link": link}
    arrays = {name: array(2 if name in WEIGHTS else 1, MOST_WEIGHTS) for name in Parameters._fields}
    entries = {
        "format": text(40),
        "version": whole(VERSION),
        "page": _page,
        "link": link,
        "parameters": lambda value, where: Parameters(**reader.record(value, where, arrays)),
        "data": lambda value, where: None if value is None else _brought(value, where, reader),
        "lessons": mapping(text(80), whole(1000), 200),
        "answers": several(lambda value, where: Answer(**reader.record(value, where, answer)), 2000),
        "steps": several(lambda value, where: Step(**reader.record(value, where, step)), 200),
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


_SAID = {"since": text(40), "until": text(40), "source": text(80), "chosen": text(400)}
"""What is said of a reader's own data, where it is."""


def data_record(data: OwnData | Brought) -> dict:
    """Return what the reader brought as JSON can carry it, with its fingerprint."""
    if isinstance(data, Brought):
        return network_record(data)
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
    } | {name: value for name in (*_SAID, "times") if (value := getattr(data, name))}


def _compact(values: np.ndarray) -> list:
    """Nested lists in which whole numbers have no point; one-hot rows become half as long."""
    whole_numbers = (values == values.round()).all() and not (np.signbit(values) & (values == 0)).any()
    return (values.astype(int) if whole_numbers and abs(values).max() < 1e9 else values).tolist()


def _brought(value: object, where: str, reader: Reader) -> OwnData | Brought:
    """What the reader brought: a network, or data of their own."""
    is_network = isinstance(value, dict) and value.get("task") == OWN_NETWORK
    return (read_network if is_network else _data)(value, where, reader)


def _data(value: object, where: str, reader: Reader) -> OwnData:
    checks = {"task": text(40), "title": text(20_000), "middle": real, "width": real, "fingerprint": text(32, 32)}
    checks |= dict.fromkeys(("features", "outputs"), several(text(20_000), MOST_COLUMNS))
    checks |= dict.fromkeys(("X", "Y"), array(2, MOST_NUMBERS))
    given = value if isinstance(value, dict) else {}
    checks |= {name: check for name, check in _SAID.items() if name in given}
    checks |= {"times": several(text(40), MOST_TIMES)} if "times" in given else {}
    found = reader.record(value, where, checks)
    fingerprint = found.pop("fingerprint")
    if found["task"] == "own_text":  # codes are whole numbers, and the fingerprint knows the difference
        found |= {name: found[name].astype(int) for name in ("X", "Y")}
    data = OwnData(**found)
    _check_data(data, where)
    if data.fingerprint() != fingerprint:
        raise DamageError(f"{where}: a number or a name was changed; its fingerprint does not fit.")
    return data


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
    one_hot = bool(((data.Y == 0) | (data.Y == 1)).all() and (data.Y.sum(axis=1) == 1).all())
    if data.task == "own_classes" and not (one_hot and 2 <= len(data.outputs) <= MOST_CLASSES):
        raise DamageError(f"{where}, Y: expected one class in every row, and 2 to {MOST_CLASSES} of them.")
    if data.times and len(data.times) != rows:
        raise DamageError(f"{where}, times: got {len(data.times)}, expected {rows}.")
    if data.width <= 0:
        raise DamageError(f"{where}, width: got {quoted(data.width)}, expected more than 0.")


def _check_letters(data: OwnData, where: str) -> None:
    codes, count = (data.X, data.Y), len(data.outputs)
    if data.features != data.outputs or not 2 <= count <= MOST_LETTERS:
        raise DamageError(f"{where}: expected the same 2 to {MOST_LETTERS} letters as features and outputs.")
    if any(one.min() < 0 or one.max() >= count for one in codes):
        raise DamageError(f"{where}: expected codes from 0 to {count - 1}.")
