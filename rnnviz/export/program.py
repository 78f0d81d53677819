"""Program text as content: the parts of ``content/<name>.py.txt``, each under a line ``#%% title``."""

from __future__ import annotations

import re
from functools import cache
from string import Template

from rnnviz.notation.prose import FOLDER


def part(script: str, title: str, **names: str) -> str:
    """Return a part of a script, with what belongs behind each dollar sign.

    Raises
    ------
    KeyError
        If there is no such part, or a name of it is not given.
    """
    return Template(_parts(script)[title]).substitute(names)


def line_of(text: str) -> str:
    """Return text as lines of its own behind another; nothing of nothing."""
    return f"\n{text}" if text else ""


@cache
def _parts(script: str) -> dict[str, str]:
    text = (FOLDER / f"{script}.py.txt").read_text("utf-8")
    _, *found = re.split(r"^#%% (.+)\n", text, flags=re.MULTILINE)
    return {title: code.strip("\n") for title, code in zip(found[::2], found[1::2], strict=True)}
