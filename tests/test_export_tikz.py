"""The exported LaTeX document draws the network, and prints the numbers, of the scene."""

from __future__ import annotations

import json
import re
import shutil
import subprocess

import numpy as np
import pytest
from configurations import PLAIN_PRESETS, configurations, spread

from rnnviz.engine import keeps
from rnnviz.experiment.core import run
from rnnviz.export.standalone import scene_json
from rnnviz.export.tikz import tikz
from rnnviz.notation.ids import PARAMETERS
from rnnviz.scene.build import build_scene
from rnnviz.settings.config import PRESETS

LECTURE = PRESETS["lecture-sequence-to-sequence"].config
PAIRED = re.compile(r"\\(begin|end)\{(\w+)\}")
MATRIX = re.compile(r"\{\\begin\{pmatrix\} (.*?) \\end\{pmatrix\}\}")
NUMBER = re.compile(r"(-?[\d.]+)(?: \\cdot 10\^\{(-?\d+)\})?")


def check_structure(text):
    """Assert that everything is closed which was opened, and that LaTeX without packages of letters reads it."""
    bare = "\n".join(line for line in text.splitlines() if not line.startswith("%"))
    assert bare.isascii()
    assert bare.startswith(r"\documentclass")
    depth = 0
    for sign in re.sub(r"\\[{}]", "", bare):
        depth += {"{": 1, "}": -1}.get(sign, 0)
        assert depth >= 0
    assert depth == 0
    assert bare.count("$") % 2 == 0
    open_ones = []
    for kind, name in PAIRED.findall(bare):
        if kind == "begin":
            open_ones.append(name)
        else:
            assert open_ones.pop() == name
    assert open_ones == []


def check_network(text, experiment, frame):
    """Assert that every node and every edge of the stage is drawn once, and of the ways back what is lit."""
    scene = build_scene(experiment, detail=False)
    for node in scene["nodes"]:
        assert text.count(f"({node['q']}) at (") == 1, node
    drawn = [line for line in text.splitlines() if line.startswith(r"  \draw")]
    lit = set(frame["lit"])
    expected = [edge for edge in scene["edges"] if edge["kind"] != "backward" or edge["q"] in lit]
    immediate = [each for each in scene["parameters"][scene["parameter"]]["edges"] if each["q"] in lit]
    assert len(drawn) == len(expected) + len(immediate)
    for edge in expected:
        ends = (f"({edge['node']});",) if edge["kind"] == "bias" else (f"({edge['from']}) ", f"({edge['to']});")
        assert [line for line in drawn if all(end in line for end in ends)], edge
    used = [line for line in drawn if "[used]" in line]
    assert len(used) == (scene["parameter"] in lit), frame["id"]


def check_numbers(text, scene, frame):
    """Assert that the matrices are those of the frame's products, entry by entry, in four digits."""
    factors = [one for product in frame["products"] for one in product]
    found = MATRIX.findall(text)
    assert len(found) == len(factors)
    for inner, one in zip(found, factors, strict=True):
        quantity = scene["quantities"][one["q"]]
        values = np.array(quantity["values"], dtype=float)
        values = values.T if one["transpose"] else values
        rows = [row.split(" & ") for row in inner.split(r" \\ ")]
        assert [len(rows), len(rows[0])] == [min(side, 7) for side in values.shape]
        whole = max(values.shape) <= 6
        assert quantity["symbol"] in text
        assert (r"\cdots" in inner or r"\vdots" in inner) == (not whole)
        if whole:
            printed = np.array([[number(entry) for entry in row] for row in rows])
            assert np.allclose(printed, values, rtol=5.1e-4, atol=0), one


def number(text):
    digits, power = NUMBER.fullmatch(text).groups()
    return float(f"{digits}e{power or 0}")


def check(config):
    experiment = run(config)
    text, scene = tikz(experiment), json.loads(scene_json(experiment))
    last = config.steps - 1
    ids = {frame["id"]: frame for frame in scene["frames"]}
    kept = [k for k in range(last + 1) if keeps(last, k, config.truncation, config.truncation_kind)]
    drawn = [k for k in kept if f"term-{last}-{k}" in ids]
    chosen = next((k for k in drawn if np.any(scene["quantities"][f"term_{last}_{k}"]["values"])), drawn[0])
    frame = ids[f"term-{last}-{chosen}"]
    check_structure(text)
    assert f"{frame['equation']}$" in text
    check_network(text, experiment, frame)
    check_numbers(text, scene, frame)


@pytest.mark.parametrize("preset", spread(PLAIN_PRESETS, every=4))
def test_every_preset(preset):
    check(PRESETS[preset].config)


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_every_parameter_and_convention(parameter):
    check(LECTURE.replace(parameter=parameter, symbols="pytorch", vectors="column", truncation=2))


@pytest.mark.parametrize(
    "change",
    [
        {"cell": "lstm", "parameter": "Wh1"},
        {"cell": "lstm", "block": "f", "vectors": "column", "batch": 2, "sample": -1},
        {"cell": "gru", "parameter": "Wh1", "symbols": "pytorch"},
        {"cell": "gru", "reset": "after", "parameter": "b1", "mode": "sequence_to_vector"},
        {"cell": "lstm", "parameter": "W2", "steps": 15},
    ],
    ids=str,
)
def test_gated_cells(change):
    check(LECTURE.replace(**change))


@pytest.mark.parametrize("count", [12, pytest.param(150, marks=pytest.mark.slow)])
def test_random_networks(count):
    for config in configurations(count):
        check(run(config).config)


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex here")
@pytest.mark.parametrize("preset", ["lecture-sequence-to-sequence", pytest.param("echo", marks=pytest.mark.slow)])
def test_it_compiles(preset, tmp_path):
    (tmp_path / "term.tex").write_text(tikz(run(PRESETS[preset].config)), encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "term.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, errors="replace")
    assert done.returncode == 0, done.stdout[-2000:]
    assert (tmp_path / "term.pdf").stat().st_size > 5000
