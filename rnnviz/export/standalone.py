"""The stage as one HTML file, which plays in any browser with no server and no request, and its scene as JSON."""

import base64
import hashlib
import html
import json

from rnnviz.browser import colours, faces, script, stage_style, style
from rnnviz.experiment.core import Experiment
from rnnviz.export.command import made_with
from rnnviz.export.contents import heading
from rnnviz.export.numpy_script import preamble
from rnnviz.scene.build import build_scene, exported_scene

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
_POLICY = (  # it allows this one script and styles written in the page; nothing is ever fetched or sent
    "default-src 'none'; script-src 'sha256-{}'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
    "base-uri 'none'; form-action 'none'"
)


def stage_html(
    experiment: Experiment, *, first_frame: str = "start", parameter: str | None = None, sample: int | None = None
) -> str:
    """Return a page that shows one training step of an experiment, offline.

    Everything of the app's stage works but what needs the server: changing numbers, and, beyond six steps,
    parameters other than the chosen one. It opens on the frame of an id; ``parameter`` and ``sample`` are what is
    taken apart, the configuration's if None. ValueError for an unknown parameter, sample or frame.
    """
    if parameter is not None and parameter not in experiment.parameters._fields:
        raise ValueError(f"parameter: got {parameter!r}, expected {', '.join(experiment.parameters._fields)}")
    scene = build_scene(experiment, parameter, sample, offline=True)
    frames = [frame["id"] for frame in (*scene["frames"], *scene["parameters"][scene["parameter"]]["frames"])]
    if first_frame not in frames:
        raise ValueError(f"first_frame: got {first_frame[:40]!r}, expected one of {', '.join(frames)}")
    title, sentence = heading(experiment)
    code = script("standalone")
    digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
    return _PAGE.format(
        policy=_POLICY.format(digest),
        title=html.escape(title),
        sentence=html.escape(sentence),
        style=faces(None) + colours(":root") + style("standalone") + stage_style(),
        scene=in_script(scene | {"first_frame": first_frame, "preamble": preamble(experiment)}),
        made=html.escape(f"Made with: {made_with('html', experiment.config)}"),
        script=code,
    )


def in_script(value: object) -> str:
    """Return JSON that cannot end the script element which holds it, whatever text is in it."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def scene_json(experiment: Experiment) -> str:
    """Return one training step, with the gradient of the configuration's parameter taken apart, as JSON.

    ``quantities`` holds every entry of every quantity as rows and columns are written in the configuration's
    conventions; what is not finite stands as ``"nan"``, ``"inf"`` or ``"-inf"``. Each of a frame's
    ``products`` is read from left to right, ``·`` (matrix product) and ``∘`` (entry by entry, a row or a
    column broadcast) before ``+``; one factor is ``times`` × ``fn`` of the quantity, transposed first if
    ``transpose`` says so; a softmax is that of each row. All sides of ``=`` are equal. A list without ``=``
    is a matrix that stands alone.
    """
    scene = {"made": made_with("scene", experiment.config)} | exported_scene(experiment)
    return json.dumps(scene, ensure_ascii=False, allow_nan=False)
