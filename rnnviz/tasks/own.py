"""The reader's own data: prepared once, kept in memory (see `store`) under the fingerprint that stands in the link."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from rnnviz.notation.counts import counted
from rnnviz.settings.config import RunConfig

from . import store
from .characters import visible
from .reading import FEWEST_ROWS, DataError
from .task import Task, build, one_hot, starts

SCALINGS = ("standard", "range", "none")
HELD_OUT = 0.2
"""The last part of the rows, on which nothing is trained."""
LEAST_SPREAD = 1e-9
"""A column that moves less than this part of its largest value counts as constant and is not widened."""
MOST_TIMES = 5_000
"""So many rows are told by their time; of more, files and memory would be full."""
MOST_CLASSES, MOST_LETTERS, MOST_TEXT = 24, 60, 100_000
OTHER = "�"
_MOST_HELD = 64


@dataclass(frozen=True, eq=False)
class OwnData:
    """Rows in their order, ready for a task."""

    task: str  # "own_series", "own_columns", "own_classes" or "own_text"
    title: str  # what the reader calls it; shown as text only
    X: np.ndarray  # (R, n0), scaled; for a text the code of each character, (R, 1)
    Y: np.ndarray  # (R, n2), what is to be said after reading row r: scaled numbers, or one-hot classes
    features: tuple[str, ...]
    outputs: tuple[str, ...]
    middle: float = 0.0  # of the target: an output y means ``middle + width y`` in the original unit
    width: float = 1.0
    since: str = ""  # the time of the first and the last row; "" where the rows have none
    until: str = ""
    source: str = ""  # the name of the file
    chosen: str = ""  # how it is read, in words
    times: tuple[str, ...] = ()  # (R,) of which time each row of Y is; none where the rows have none, or are too many

    @property
    def ahead(self) -> int:
        """How many rows after the last that is read the target stands: 1 where the next row is named, else 0."""
        return int(self.task in ("own_series", "own_text"))

    @property
    def rows(self) -> int:
        """How many rows there are: those that are read, and the last where it is a target alone."""
        return len(self.X) + self.ahead

    @property
    def held_bytes(self) -> int:
        """How much memory the rows take."""
        return self.X.nbytes + self.Y.nbytes

    def fingerprint(self) -> str:
        """Return 32 hexadecimal digits that tell these data from all others."""
        found = hashlib.sha256(repr((self.task, self.title, self.features, self.outputs)).encode())
        found.update(repr((self.middle, self.width, self.X.shape, self.Y.shape)).encode())
        if self.since or self.until:
            found.update(repr((self.since, self.until)).encode())
        if self.source or self.chosen or self.times:
            found.update(repr((self.source, self.chosen, self.times)).encode())
        found.update(np.ascontiguousarray(self.X).tobytes())
        found.update(np.ascontiguousarray(self.Y).tobytes())
        return found.hexdigest()[:32]


keep = store.keep


def find(name: str) -> OwnData | None:
    """Return the data that have this fingerprint, None if no known ones have."""
    found = store.find(name)
    return found if isinstance(found, OwnData) else None


def scaled(values: np.ndarray, how: str) -> tuple[np.ndarray, float, float]:
    """Scale a column by its first 80 %, the part that is trained on; return it with middle and width."""
    if how not in SCALINGS:
        raise ValueError(f"scaling: got {how!r}, expected one of {', '.join(SCALINGS)}")
    known = values[: _split(len(values))]
    if how == "none":
        middle, width = 0.0, 1.0
    elif how == "standard":
        middle, width = float(known.mean()), float(known.std())
    else:
        middle, width = float(known.min()), float(np.ptp(known))
    width = width if width > LEAST_SPREAD * np.abs(values).max() else 1.0
    return (values - middle) / width, middle, width


def _split(rows: int) -> int:
    return max(1, round(rows * (1 - HELD_OUT)))


def series(title: str, values: np.ndarray, scaling: str = "standard") -> OwnData:
    """A single series: read one value after another and forecast the next; DataError if short or constant."""
    _check_length(len(values), FEWEST_ROWS + 1)
    _check_moves(values[: _split(len(values) - 1) + 1], title)
    found, middle, width = scaled(values, scaling)
    X, Y = found[:-1, None], found[1:, None]
    return OwnData("own_series", title, X, Y, (title,), (f"{title}, next",), middle, width)


def columns(features: dict[str, np.ndarray], target: str, values: np.ndarray, scaling: str = "standard") -> OwnData:
    """Columns of numbers, read row by row, and a target column of numbers to be named at each row.

    DataError if there is no feature, too few rows, or a constant target.
    """
    X = _features(features, scaling)
    _check_length(len(values))
    _check_moves(values[: _split(len(values))], target)
    found, middle, width = scaled(values, scaling)
    return OwnData("own_columns", target, X, found[:, None], tuple(features), (target,), middle, width)


def classes(features: dict[str, np.ndarray], target: str, labels: Sequence[str], scaling: str = "standard") -> OwnData:
    """Columns of numbers, and a target column of labels: name the class of each row.

    DataError if there is no feature, too few rows, one class only or more than 24.
    """
    X = _features(features, scaling)
    _check_length(len(labels))
    names = sorted({label.strip() for label in labels})
    if not 2 <= len(names) <= MOST_CLASSES:
        some = f"only “{names[0][:24]}”" if len(names) == 1 else counted(len(names), "different label")
        raise DataError(f"Column “{target}” holds {some}; 2 to {MOST_CLASSES} classes can be learned.")
    codes = np.array([names.index(label.strip()) for label in labels])
    shown = tuple(name[:24] or "(empty)" for name in names)
    return OwnData("own_classes", target, X, one_hot(codes, len(names)), tuple(features), shown)


def _features(features: dict[str, np.ndarray], scaling: str) -> np.ndarray:
    if not features:
        raise DataError("No column is chosen to be read; choose at least one beside the target.")
    return np.stack([scaled(values, scaling)[0] for values in features.values()], axis=1)


def text(title: str, content: str) -> tuple[OwnData, tuple[str, ...]]:
    """A text: read one character after another and name the next; with notes on what was changed.

    DataError if it is too short or repeats one character.
    """
    notes, content = [], content.replace("\r\n", "\n").replace("\r", "\n")
    if len(content) > MOST_TEXT:
        notes.append(f"Of {len(content):,} characters the first {MOST_TEXT:,} are used.")
        content = content[:MOST_TEXT]
    counts = Counter(content)
    letters = sorted(counts, key=lambda letter: (-counts[letter], letter))
    if len(content) < FEWEST_ROWS or len(letters) < 2:
        alike = ", all the same" if len(letters) == 1 and len(content) > 1 else ""
        has = f"The text has {counted(len(content), 'character')}{alike}"
        raise DataError(f"{has}; at least {FEWEST_ROWS} with 2 different ones are needed.")
    if len(letters) > MOST_LETTERS:
        rare = len(letters) - MOST_LETTERS + 1
        notes.append(f"The {rare} rarest of {len(letters)} characters are read as one sign, {OTHER}.")
        letters = [*letters[: MOST_LETTERS - 1], OTHER]
    place = {letter: code for code, letter in enumerate(letters)}
    codes = np.array([place.get(letter, len(letters) - 1) for letter in content])
    labels = tuple(visible(letter) for letter in letters)
    data = OwnData("own_text", title, codes[:-1, None], codes[1:, None], labels, labels)
    return data, tuple(notes)


def dated(data: OwnData, since: str, until: str, times: Sequence[str] = ()) -> OwnData:
    """Return the same data with the times of their first and last row, and of each row of Y."""
    return replace(data, since=since[:40], until=until[:40], times=tuple(each[:40] for each in times))


def named(data: OwnData, source: str, chosen: str) -> OwnData:
    """Return the same data with the name of their file and how it is read."""
    return replace(data, source=source[:80], chosen=chosen)


def held_out_from(data: OwnData, steps: int) -> int:
    """Return the first row that is held out from windows of so many rows."""
    return _windows(len(data.X), steps, 1)[0]


@dataclass(frozen=True)
class Usage:
    """How much of the rows a training reads, the rows that are targets among them."""

    known: int  # rows before those that are held out
    windows: int  # that are trained on
    read: int  # different rows in them
    held: int  # windows that are held out


def usage(data: OwnData, steps: int, batch: int) -> Usage:
    """Return how much of the data is read in windows of `steps` rows, `batch` of them at most."""
    split, train, held = _windows(len(data.X), steps, batch)
    wide = steps + data.ahead
    read = int(np.minimum(np.diff(train), wide).sum()) + wide if train.size else 0
    return Usage(split + data.ahead, len(train), read, len(held))


def _windows(rows: int, steps: int, batch: int) -> tuple[int, np.ndarray, np.ndarray]:
    """Rows that may be trained on, all but the last fifth and at least one window; first rows of the windows."""
    split = min(max(_split(rows), steps), rows)
    return split, starts(0, split - steps, batch), starts(split, rows - steps, _MOST_HELD)


def _check_length(rows: int, fewest: int = FEWEST_ROWS) -> None:
    if rows < fewest:
        raise DataError(
            f"There {'is' if rows == 1 else 'are'} {counted(rows, 'row')} to learn from; at least {fewest} are needed."
        )


def _check_moves(values: np.ndarray, name: str) -> None:
    if np.ptp(values) == 0:
        raise DataError(
            f"Column “{name}” is {values[0]:.6g} in all rows that are trained on: there is nothing to "
            "learn. Choose another column."
        )


def own_task(config: RunConfig) -> Task:
    """The windows of the data that `config.data` names; the last fifth of the rows is held out.

    ValueError if the process does not know these data, or they are shorter than the window.
    """
    data = find(config.data)
    if data is None or data.task != config.task:
        raise ValueError(
            "data: this link needs the data of the one who made it. They are nowhere stored, but live in "
            "memory until the app restarts. Bring the file again on the Training page, or choose a preset."
        )
    if len(data.X) < config.steps:
        rows = f"the rows of “{data.title}”{' before its last' if data.ahead else ''}"
        raise ValueError(f"steps: got {config.steps}, expected at most {len(data.X)}, {rows}")
    _, train, held_out = _windows(len(data.X), config.steps, config.batch)
    at, held = (first + np.arange(config.steps)[:, None] for first in (train, held_out))
    X, Y, real, letters = data.X, data.Y, data.task in ("own_series", "own_columns"), data.task == "own_text"
    if letters:
        X, Y = (one_hot(codes[:, 0].astype(int), len(data.outputs)) for codes in (X, Y))

    def token(row: int) -> str:
        return data.features[int(data.X[row, 0])] if letters else f"row {row + 1}"

    words = _SENTENCES[data.task].format(title=data.title)
    return build(
        config,
        X[at],
        Y[at],
        held_out=(X[held], Y[held]),
        kind="real" if real else "classes",
        sentence=f"{words} {read_words(data, config.steps, config.batch)}",
        feature_labels=data.features,
        output_labels=data.outputs,
        tokens=tuple(tuple(map(token, rows)) for rows in at.T),
        unit=data.title if real else "",
        to_unit=lambda outputs: data.middle + data.width * np.asarray(outputs),
    )


_SENTENCES = {
    "own_series": "Read “{title}” one value after another and forecast the next.",
    "own_columns": "Read the chosen columns row by row and name “{title}” of each row.",
    "own_classes": "Read the chosen columns row by row and name the class “{title}” of each row.",
    "own_text": "Read “{title}” one character a step and name the character that comes next.",
}


def about(data: OwnData) -> str:
    """Say which data these are: their file, rows and period, what is learned and how they are read."""
    period = f", {data.since} to {data.until}" if data.since else ""
    rows = "characters" if data.task == "own_text" else "rows"
    words = f"{data.source or data.title}: {data.rows:,} {rows}{period}. "
    words += _SENTENCES[data.task].format(title=data.title)
    return words + (f" {data.chosen[0].upper()}{data.chosen[1:]}." if data.chosen else "")


def read_words(data: OwnData, steps: int, batch: int) -> str:
    """Say how many of the rows the windows of a training hold."""
    found = usage(data, steps, batch)
    rows = "characters" if data.task == "own_text" else "rows"
    part = f"all {found.known:,}" if found.read == found.known else f"{found.read:,} of {found.known:,}"
    period = f", {data.since} to {data.until}" if data.since else ""
    windows = f"{counted(found.windows, 'window')} of {steps}"
    windows += f", each with the {rows[:-1]} after it" if data.ahead else ""
    held = f"; the last {data.rows - found.known:,} are held out" if found.known < data.rows else ""
    return f"Training reads {part} {rows} (of {data.rows:,}{period}) in {windows}{held}."
