"""The command that makes a file again."""

from __future__ import annotations

import shlex

from rnnviz.settings.config import RunConfig
from rnnviz.settings.fields import OWN_TASKS


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
