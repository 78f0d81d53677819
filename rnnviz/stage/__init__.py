"""The linked player: a scene from :mod:`rnnviz.story`, drawn and played in the browser.

``stage_script``, ``stage_style`` and the scene are all that a page with no server needs; ``mount`` hands the
same three to Streamlit.
"""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from pathlib import Path

from rnnviz.figures.theme import css_variables

FOLDER = Path(__file__).parent
PARTS = (
    "dom", "moment", "controls", "player", "network", "matrices", "grid", "running", "editing", "whatif",
    "side", "workbench", "lesson", "quiz", "take", "stage",
    "panels", "training",
)  # fmt: skip


@lru_cache(maxsize=2)
def stage_script(entry: str = "streamlit") -> str:
    """Return the stage's script as one text; ``entry`` is ``"streamlit"`` or ``"standalone"``.

    Raises
    ------
    ValueError
        If there is no such entry.
    """
    if entry not in ("streamlit", "standalone"):
        raise ValueError(f"entry: got {entry!r}, expected 'streamlit' or 'standalone'")
    return "\n".join((FOLDER / "js" / f"{part}.js").read_text("utf-8") for part in (*PARTS, entry))


def packed(scene: dict) -> bytes:
    """Return a scene as compact JSON with its fingerprint, made once and sent as often as it is shown.

    Returns
    -------
    bytes
        The members ``"id"`` and ``"scene"`` of an object, without its braces.

    Raises
    ------
    ValueError
        If the scene holds a number that JSON has no word for.
    """
    body = json.dumps(scene, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    return b'"id":"%b","scene":%b' % (hashlib.sha256(body).hexdigest()[:16].encode(), body)


@lru_cache(maxsize=1)
def stage_style() -> str:
    """Return the stage's style: the colours of both themes as variables, then the rules."""
    light, dark = css_variables("light"), css_variables("dark")
    pairs = [f"  {name}: light-dark({light[name]}, {dark[name]});" for name in light]
    rules = (FOLDER / "stage.css").read_text("utf-8")
    return ".rnnviz-stage {\n" + "\n".join(pairs) + "\n}\n" + rules
