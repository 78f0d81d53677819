"""The command `export`: from a preset with changes to a file, or to one line that says why not."""

import os
import shlex
import sys
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path

from rnnviz.experiment.core import run
from rnnviz.settings.config import PRESETS, RunConfig, read_value
from rnnviz.settings.fields import OWN_TASKS


def export(kind: str, preset: str, changes: Sequence[str], target: str, **wishes: str) -> int:
    """Write an experiment and return the exit code: 0, or 2 after one line on stderr.

    ``changes`` are ``FIELD=VALUE``, read as in a link, ``wishes`` what the kind takes beside the experiment; the target
    is a file, or ``-`` for stdout. Nothing is written unless all of it can be.
    """
    try:
        config, notes = configuration(preset, changes)
        experiment = run(config)
        _write(maker(kind)(experiment, **wishes), target)
        for note in dict.fromkeys([*notes, *experiment.notes]):
            print(note, file=sys.stderr)
    except BrokenPipeError:
        # Whoever read the output has closed it; what Python still holds for it must not raise at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        return _refuse(f"{target}: cannot be written: {error.strerror or error}")
    except ValueError as error:
        return _refuse(str(error))
    return 0


def configuration(preset: str, changes: Sequence[str]) -> tuple[RunConfig, tuple[str, ...]]:
    """Return the configuration of a preset with changes, and what had to be adjusted.

    ValueError for an unknown preset or setting, or a value that the setting cannot have.
    """
    if preset not in PRESETS:
        hint = next(iter(get_close_matches(preset, PRESETS, n=1)), "one that `python -m rnnviz presets` lists")
        raise ValueError(f"--preset: got {preset[:60]!r}, expected a preset such as {hint}")
    query = {}
    for change in changes:
        name, equals, text = change.partition("=")
        if not equals or name == "preset":
            raise ValueError(f"--set: got {change[:60]!r}, expected FIELD=VALUE, for example steps=5")
        read_value(name, text)
        query[name] = text
    return RunConfig.from_query({"preset": preset} | query)


_MAKERS = {  # by kind, module and function; what a file needs is loaded when it is made
    "html": "standalone.stage_html",
    "pytorch": "pytorch_script.pytorch_script",
    "numpy": "numpy_script.numpy_script",
    "notebook": "notebook.notebook",
    "scene": "standalone.scene_json",
    "session": "session.fresh_session",
    "xlsx": "workbook.workbook",
    "tikz": "tikz.tikz",
    "svg": "svg.svg",
}


def maker(kind: str) -> Callable[..., str | bytes]:
    """Return the function that turns an experiment into the content of a file."""
    module, function = _MAKERS[kind].split(".")
    found: Callable[..., str | bytes] = getattr(import_module(f"rnnviz.export.{module}"), function)
    return found


def made_with(kind: str, config: RunConfig) -> str:
    """Return the command that makes such a file again, on one line and free of control characters.

    Data that a reader brought are in no command: the line then says so.
    """
    parts = ["python", "-m", "rnnviz", "export", kind, "--preset", config.preset]
    for name, value in config.to_query().items():
        if name not in ("preset", "compare"):
            parts += ["--set", f"{name}={value}"]
    text = " ".join(map(shlex.quote, parts))
    text = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)
    return f"{text} (with data of one's own, which a session file holds)" if config.task in OWN_TASKS else text


def _write(made: str | bytes, target: str) -> None:
    """Write all or nothing: the content stands complete beside its place before it goes there."""
    content = made.encode() if isinstance(made, str) else made
    if target == "-":
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    path = Path(os.path.realpath(target))
    if path.exists() and not path.is_file():
        path.write_bytes(content)
        return
    if path.exists() and not os.access(path, os.W_OK):
        raise PermissionError(13, "it is read-only")
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _refuse(reason: str) -> int:
    print(f"python -m rnnviz export: {' '.join(reason.split())}", file=sys.stderr)
    return 2
