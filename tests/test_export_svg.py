"""The drawing of a frame holds the numbers of the scene, shows nothing that is not computed yet, and stands alone."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import numpy as np
import pytest
from configurations import configurations, spread

from rnnviz.__main__ import main
from rnnviz.charts.theme import THEMES, ground
from rnnviz.experiment.core import run
from rnnviz.export.drawing import pieces_of
from rnnviz.export.standalone import scene_json
from rnnviz.export.svg import WIDTH, svg
from rnnviz.notation.numbers import rounded
from rnnviz.settings.config import PRESETS

LECTURE = PRESETS["lecture-sequence-to-sequence"].config
SPACE = "{http://www.w3.org/2000/svg}"


def groups(root, *, nodes):
    """Return what stands for quantities: the network's nodes, or the matrices of the products, in their order."""
    return [one for one in root.iter(f"{SPACE}g") if "data-q" in one.attrib and ("data-row" in one.attrib) == nodes]


def told(group):
    """Return the plain words of a group, numbers too."""
    return [one.text for one in group.iter(f"{SPACE}text") if one.text]


def check(config, frame=None):
    """Assert that each matrix of the frame is there, entry by entry, or as a square of colour for each entry."""
    experiment = run(config)
    scene = json.loads(scene_json(experiment))
    root = ElementTree.fromstring(svg(experiment, frame=frame))
    chosen = next(one for one in scene["frames"] if one["id"] == root.get("data-frame-id"))
    assert chosen["id"] == (frame or chosen["id"])
    assert root.find(f"{SPACE}title").text == chosen["sentence"]
    factors = [one for product in chosen["products"] for one in product]
    drawn = groups(root, nodes=False)
    assert [one.get("data-q") for one in drawn] == [one["q"] for one in factors]
    for group, one in zip(drawn, factors, strict=True):
        values = np.array(scene["quantities"][one["q"]]["values"], dtype=float)
        values = values.T if one["transpose"] else values
        squares = list(group.iter(f"{SPACE}rect"))
        assert len(squares) == values.size
        assert [len({one.get(side) for one in squares}) for side in ("y", "x")] == [*values.shape]
        if max(values.shape) <= 6:
            wanted = [rounded(value, 3) if np.isfinite(value) else "NaN" for value in values.ravel().tolist()]
            assert told(group)[-len(wanted) :] == wanted
    return root, chosen


@pytest.mark.parametrize("preset", spread(PRESETS, every=5))
def test_every_preset(preset):
    root, _ = check(PRESETS[preset].config)
    assert float(root.get("width")) == WIDTH


def test_every_frame_of_the_lecture_shows_what_is_known_then():
    frames = json.loads(scene_json(run(LECTURE)))["frames"]
    for place, frame in enumerate(frames):
        root, _ = check(LECTURE, frame["id"])
        shown = {one.get("data-q"): told(one) for one in groups(root, nodes=True)}
        for t in range(3):
            computed = next(n for n, each in enumerate(frames) if each["id"] == f"forward-{t}")
            assert bool(shown[f"H_{t}"]) == (place >= computed)
        shares = [words for words in (one.text for one in root.iter(f"{SPACE}text")) if words and words.endswith("%")]
        assert bool(shares) == (frame["phase"] in ("BPTT", "Update"))


@pytest.mark.parametrize("count", [12, pytest.param(60, marks=pytest.mark.slow)])
def test_random_networks(count):
    for config in configurations(count):
        check(run(config).config)


def test_a_gated_cell_has_its_row():
    check(PRESETS["lstm-memory"].config)


def test_both_themes_stand_alone():
    for theme in THEMES:
        text = svg(run(LECTURE), theme=theme)
        assert f'fill="{ground(theme).page}"' in text
        assert "http" not in text.replace("http://www.w3.org/2000/svg", "")
    with pytest.raises(ValueError, match="theme: got"):
        svg(run(LECTURE), theme="sepia")


def test_the_command_takes_theme_and_frame(tmp_path, capsys):
    target = tmp_path / "frame.svg"
    command = ["export", "svg", "--preset", "lecture-sequence-to-vector", "-o", str(target)]
    assert main([*command, "--theme", "dark", "--frame", "sum"]) == 0
    assert ground("dark").page in target.read_text("utf-8")
    assert main([*command, "--frame", "nothing"]) == 2
    assert "--frame: got 'nothing', expected one of start" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("latex", "wanted"),
    [
        ("H_{t} = f_1(", [("H", ""), ("t", "sub"), (" = ", ""), ("f", ""), ("1", "sub"), ("(", "")]),
        (
            r"\frac{\partial L}{\partial \hat{Y}_{2}}",
            [("∂", ""), ("L", ""), ("/", ""), ("∂", ""), ("Y\u0302", ""), ("2", "sub")],
        ),
    ],
)
def test_a_formula_becomes_pieces_on_a_line(latex, wanted):
    assert pieces_of(latex) == wanted
