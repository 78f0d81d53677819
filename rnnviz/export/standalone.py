"""The stage as one HTML file: it plays in any browser, with no server and no request."""

from __future__ import annotations

import base64
import hashlib
import html
import json

from rnnviz.browser import colours, script, stage_style, style
from rnnviz.experiment.core import Experiment
from rnnviz.export.made import made_with
from rnnviz.scene.build import build_scene
from rnnviz.settings.config import PRESETS, TASKS, Preset

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title} · rnnviz</title>
<link rel="icon" href="data:,">
<style>{style}</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p class="lead">{sentence}</p>
<noscript><p>The stage is drawn by a script in this file; allow scripts to see it.</p></noscript>
<script type="application/json" data-rnnviz-scene>{scene}</script>
<p class="made">{made}</p>
</main>
<script>{script}</script>
</body>
</html>
"""


def stage_html(
    experiment: Experiment, *, first_frame: str = "start", parameter: str | None = None, sample: int | None = None
) -> str:
    """Return a page that shows one training step of an experiment, offline.

    Everything of the app's stage works but what needs the server: changing numbers, and, beyond six steps,
    parameters other than the chosen one.

    Parameters
    ----------
    experiment : Experiment
        From :func:`rnnviz.experiment.run`.
    first_frame : str
        Id of the frame on which it opens.
    parameter, sample
        What is taken apart; the configuration's if None.

    Raises
    ------
    ValueError
        For an unknown parameter, sample or frame.
    """
    if parameter is not None and parameter not in experiment.parameters._fields:
        raise ValueError(f"parameter: got {parameter!r}, expected {', '.join(experiment.parameters._fields)}")
    scene = opened_at(build_scene(experiment, parameter, sample, offline=True), first_frame)
    code = script("standalone")
    preset = PRESETS[experiment.config.preset]
    return _PAGE.format(
        policy=_policy(code),
        title=html.escape(_title(experiment)),
        sentence=html.escape(_sentence(experiment, preset)),
        style=colours(":root") + style("standalone") + stage_style(),
        scene=in_script(scene),
        made=html.escape(f"Made with: {made_with('html', experiment.config)}"),
        script=code,
    )


def opened_at(scene: dict, first_frame: str) -> dict:
    """Return a scene that opens on one of its frames.

    Raises
    ------
    ValueError
        If there is no such frame.
    """
    part = scene["parameters"][scene["parameter"]]
    frames = [frame["id"] for frame in (*scene["frames"], *part["frames"])]
    if first_frame not in frames:
        raise ValueError(f"first_frame: got {first_frame[:40]!r}, expected one of {', '.join(frames)}")
    return scene | {"first_frame": first_frame}


def in_script(value: object) -> str:
    """Return JSON that cannot end the script element which holds it, whatever text is in it."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _policy(code: str) -> str:
    """Allow this one script and styles written in the page; nothing is ever fetched or sent."""
    digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _title(experiment: Experiment) -> str:
    preset = PRESETS[experiment.config.preset]
    same = experiment.config.task == preset.config.task
    return preset.title if same else TASKS[experiment.config.task].label


def _sentence(experiment: Experiment, preset: Preset) -> str:
    """The preset's sentence, which speaks of its own numbers, or what the task is."""
    plain = experiment.config.replace(parameter=preset.config.parameter, sample=preset.config.sample)
    return preset.sentence if plain == preset.config else experiment.task.sentence
