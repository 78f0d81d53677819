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
_SHARED = ("dom", "moment", "controls", "player", "take")
PARTS = {
    "stage": (
        *_SHARED, "network", "matrices", "grid", "running", "editing", "whatif", "side", "workbench",
        "lesson", "quiz", "stage",
    ),
    "training": (*_SHARED, "panels", "training"),
}  # fmt: skip
"""What each kind of player is made of; Streamlit sends its script again with every change."""


@lru_cache(maxsize=4)
def stage_script(entry: str = "streamlit", kind: str = "stage") -> str:
    """Return a player's script as one text.

    Parameters
    ----------
    entry : {"streamlit", "standalone"}
        Where it is mounted.
    kind : {"stage", "training"}
        Which player: the network, or the studio of a training run.

    Raises
    ------
    ValueError
        If there is no such entry or no such kind.
    """
    if entry not in ("streamlit", "standalone"):
        raise ValueError(f"entry: got {entry!r}, expected 'streamlit' or 'standalone'")
    if kind not in PARTS:
        raise ValueError(f"kind: got {kind!r}, expected 'stage' or 'training'")
    return "\n".join((FOLDER / "js" / f"{part}.js").read_text("utf-8") for part in (*PARTS[kind], entry))


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
