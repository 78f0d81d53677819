"""A session as a file: settings, start values, the reader's data, and how far the reader has come.

The file is JSON, has a version and is checked entry by entry when it is read (`rnnviz.export.reading`).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rnnviz.engine import Architecture, Parameters
from rnnviz.experiment.core import Experiment, run
from rnnviz.export.reading import MOST_BYTES, DamageError, Reader, decoded, plain
from rnnviz.export.sheet import FORMAT, VERSION, Answer, Step, data_record, read_sheet
from rnnviz.notation.numbers import four
from rnnviz.settings.config import RunConfig
from rnnviz.tasks import store
from rnnviz.tasks.networks.brought import Brought
from rnnviz.tasks.own import OwnData

_DIGITS = 22  # signs of a number in a file, with what parts it from the next


@dataclass(frozen=True, eq=False)
class Session:
    """What a reader had before them, in full."""

    page: str  # as in the address, "Chain_rule"; "Home" for the first page
    link: Mapping[str, str]  # what `RunConfig.to_query` gives, and keys of the page such as ``frame``
    parameters: Parameters  # the start values, edits included
    data: OwnData | Brought | None = None  # that the reader brought
    lessons: Mapping[str, int] = field(default_factory=dict)  # the paragraph reached in each lesson
    answers: tuple[Answer, ...] = ()
    steps: tuple[Step, ...] = ()  # moments that the reader has put down, in order

    @property
    def config(self) -> RunConfig:
        """The experiment that the link means."""
        return RunConfig.from_query(self.link)[0]

    @property
    def progress(self) -> dict[str, Any]:
        """How far the reader has come, as JSON can carry it: lessons, answers and steps."""
        return {
            "lessons": dict(self.lessons),
            "answers": [answer._asdict() for answer in self.answers],
            "steps": [step._asdict() | {"link": dict(step.link)} for step in self.steps],
        }


def session_text(session: Session) -> str:
    """Return a session as the text of a file; `read_session` gives every number back to the last bit.

    ValueError if a number is not finite, or the file would be larger than can be read back.
    """
    record = {
        "format": FORMAT,
        "version": VERSION,
        "page": session.page,
        "link": dict(session.link),
        "parameters": {name: value.tolist() for name, value in session.parameters._asdict().items()},
        "data": None if session.data is None else data_record(session.data),
        **session.progress,
    }
    try:
        written = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
        lines = (f"{json.dumps(key)}: {written(value)}" for key, value in record.items())
        text = "{\n" + ",\n".join(lines) + "\n}\n"
    except ValueError:
        raise ValueError("session: got a number that is not finite, expected finite numbers only") from None
    if len(text.encode()) > MOST_BYTES:
        raise ValueError(f"session: got data of more than {MOST_BYTES >> 20} MB, expected fewer rows")
    return text


def expected_size(config: RunConfig) -> tuple[float, str]:
    """Return how many megabytes the session of a configuration takes at most, and a sentence about it.

    Every number is counted with its longest digits; the data of the reader make nearly all of it.
    """
    data = _known(config)
    if data is None:
        return 0.0, ""
    size = _bytes_of(data) / 2**20
    limit = MOST_BYTES >> 20
    if size > limit:
        return size, (
            f"Your data make a file of about {size:.0f} MB; at most {limit} MB can be opened again. "
            "Bring fewer rows or columns."
        )
    return size, f"With your data the file has about {max(size, 0.1):.1f} MB; up to {limit} MB can be opened."


def _bytes_of(data: OwnData | Brought) -> int:
    if isinstance(data, Brought):
        return data.held_bytes // 8 * _DIGITS
    whole = data.task in ("own_classes", "own_text")
    return data.X.size * (8 if data.task == "own_text" else _DIGITS) + data.Y.size * (3 if whole else _DIGITS)


def _known(config: RunConfig) -> OwnData | Brought | None:
    """What the reader brought: a known network is in every copy of the app."""
    found = store.find(config.data)
    return found if isinstance(found, OwnData | Brought) else None


def fresh_session(experiment: Experiment) -> str:
    """Return the text of a session that begins with an experiment, on the page that takes it apart."""
    config = experiment.config
    return session_text(Session("Chain_rule", config.to_query(), experiment.parameters, _known(config)))


def read_session(raw: bytes | str) -> tuple[Session, tuple[str, ...]]:
    """Return the session that a file holds, with a sentence for each thing that was passed over.

    Nothing is stored while reading: `keep_data` does that once the session is wanted. ValueError is one plain
    sentence that says why the file cannot be used, whatever the file holds.
    """
    reader = Reader()
    try:
        session = Session(**read_sheet(decoded(raw), reader))
        config, notes = RunConfig.from_query(session.link)
        data = session.data
        if data is not None and (config.data, config.task) != (data.fingerprint(), data.task):
            raise DamageError("session, data: the link does not ask for these data.")
        return session, (*reader.notes, *notes, *_compared(session, config))
    except ValueError as error:
        raise ValueError(plain(str(error))) from None


def keep_data(session: Session) -> None:
    """Make the reader's own data known to this process, so that the session's link finds them."""
    if session.data is not None:
        store.keep(session.data)


def _compared(session: Session, config: RunConfig) -> tuple[str, ...]:
    """Say by how much the file's start values differ from those that its settings give here.

    Another version of NumPy may draw other numbers. Data that are not kept yet cannot be run: then only the
    shapes are compared. ValueError if the experiment cannot run, or a parameter has another shape.
    """
    data = session.data
    if config.data and store.find(config.data) is None and data is not None:
        _check_shapes(session.parameters, _network(data, config).shapes)
        return ()
    here = run(config).parameters
    _check_shapes(session.parameters, [one.shape for one in here])
    pairs = zip(Parameters._fields, session.parameters, here, strict=True)
    found = {name: float(abs(one - other).max()) for name, one, other in pairs}
    differing = [name for name, size in found.items() if size]
    if not differing:
        return ()
    return (
        f"The file's {', '.join(differing)} differ from what its settings give here, by up to "
        f"{four(max(found.values()))}; the numbers computed here are used.",
    )


def _network(data: OwnData | Brought, config: RunConfig) -> Architecture:
    if isinstance(data, Brought):
        return data.architecture
    n2 = len(data.outputs)
    n0 = n2 if data.task == "own_text" else len(data.features)
    return Architecture(n0, config.hidden, n2, cell=config.cell, reset=config.reset)


def _check_shapes(parameters: Parameters, expected: Sequence[tuple[int, ...]]) -> None:
    for name, value, shape in zip(Parameters._fields, parameters, expected, strict=True):
        if value.shape != shape:
            came, expected_shape = (" by ".join(map(str, one)) for one in (value.shape, shape))
            raise DamageError(f"parameters, {name}: got {came} numbers, expected {expected_shape}.")
