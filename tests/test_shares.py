"""One number a term: its share of the gradient, the same in caption, record and cell, and 100 % in all."""

from __future__ import annotations

import re

import numpy as np
import pytest

from rnnviz.experiment.core import run
from rnnviz.notation.numbers import percent
from rnnviz.scene.build import build_scene
from rnnviz.settings.config import PRESETS
from tests.configurations import COUNTS, configurations

TERM = re.compile(r"length ([^ ,]+), (.+ %) of the ")


def told(frame):
    """The caption of a frame as plain text, quantities by their ids."""
    return "".join(piece if isinstance(piece, str) else piece["q"] for piece in frame["sentence"])


def projection(part, whole):
    part, whole = part / np.abs(whole).max(), whole / np.abs(whole).max()
    return float((part * whole).sum() / (whole * whole).sum())


@pytest.mark.parametrize(
    ("share", "text"),
    [(1e-12, "≈ 0 %"), (-9.457e-14, "≈ 0 %"), (0, "0 %"), (-0.029, "−2.9 %"), (1.1, "110 %"), (1, "100 %")],
)
def test_a_share_is_short_whatever_its_size(share, text):
    assert percent(share, 1) == text


@pytest.mark.parametrize("count", COUNTS)
def test_the_caption_of_a_term_tells_its_own_share_and_the_shares_are_all_of_the_gradient(count):
    seen = 0
    for config in configurations(count):
        if config.steps > 6 or config.hidden > 6:
            continue
        part = build_scene(run(config), detail=False)["parameters"][config.parameter]
        cells = [cell["q"] for row in part["grid"]["cells"] for cell in row if cell["state"] == "live"]
        shares = [part["quantities"][cell].get("share") for cell in cells]
        if None in shares or not all(isinstance(one, float) for one in shares):
            continue
        seen += 1
        assert sum(shares) == pytest.approx(1, abs=1e-9 * max(1, *np.abs(shares))), config.written()
        whole = max(part["quantities"][part["grid"]["corner"]]["shape"]) <= 6
        for frame in part["frames"]:
            if (found := TERM.search(told(frame))) and whole:
                name = frame["id"].replace("-", "_")
                values = {q: np.array(part["quantities"][q]["values"]) for q in (name, *cells)}
                expected = projection(values[name], sum(values[cell] for cell in cells))
                assert found[2] == percent(part["quantities"][name]["share"], 1), config.written()
                assert part["quantities"][name]["share"] == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert seen > count / 10


def test_a_term_that_truncation_cuts_has_no_share():
    scene = build_scene(run(next(configurations(1, steps=4, truncation=1, mode="sequence_to_sequence"))))
    for part in scene["parameters"].values():
        for row in part["grid"]["cells"]:
            for cell in row:
                if cell["state"] == "cut":
                    assert "share" not in part["quantities"][cell["q"]]


def test_no_term_that_a_newcomer_sees_first_is_zero():
    """The lecture's networks start from a state that is not 0, so that every term of W_h1 is there."""
    for preset, terms in (("lecture-sequence-to-sequence", 6), ("lecture-sequence-to-vector", 3)):
        scene = build_scene(run(PRESETS[preset].config))
        for name in ("W1", "Wh1", "b1"):
            part = scene["parameters"][name]
            cells = [cell["q"] for row in part["grid"]["cells"] for cell in row if "q" in cell]
            assert len(cells) == terms
            assert all(part["quantities"][cell]["norm"] > 0.1 for cell in cells)
    shares = [scene["parameters"]["Wh1"]["quantities"][cell]["share"] for cell in cells]
    assert min(shares) > 0
