"""The exported scene of every preset, parameter, convention and rule multiplies out for anybody's program."""

from __future__ import annotations

import itertools
import json
import os
import re

import numpy as np
import pytest
from configurations import PLAIN_PRESETS, spread
from multiplied import OPERATORS, apart, sides, values

from rnnviz.experiment.core import run
from rnnviz.export.standalone import scene_json
from rnnviz.notation.ids import HIDDEN_PARAMETERS, PARAMETERS
from rnnviz.settings.config import PRESETS

CONVENTIONS = [
    {"symbols": symbols, "vectors": vectors, "over_time": over_time, "first_step": first}
    for symbols, vectors, over_time, first in itertools.product(
        ("page", "pytorch", "textbook"), ("row", "column"), ("sum", "mean"), ("0", "1")
    )
]
RULES = (
    {},
    {"optimiser": "momentum"},
    {"optimiser": "adam"},
    {"clip_norm": 0.1},
    {"clip_value": 0.01},
    {"optimiser": "adam", "clip_norm": 0.05, "clip_value": 0.01},
    {"truncation": 2},
    {"truncation": 2, "truncation_kind": "chunk", "optimiser": "momentum"},
    {"sample": -1},
    {"sample": -1, "optimiser": "adam", "truncation": 3, "batch": 5},
)
EVERY = list(itertools.product(PLAIN_PRESETS, PARAMETERS, CONVENTIONS, RULES))
SPREAD = EVERY[::211]
"""211 divides none of the counts, so that each of their values comes in."""
CELLS = (
    {"cell": "lstm"},
    {"cell": "gru"},
    {"cell": "gru", "reset": "after"},
    {"cell": "lstm", "block": "f"},
    {"cell": "gru", "block": "c"},
    {"cell": "gru", "reset": "after", "block": "c"},
)
GATED = list(
    itertools.product(("lecture-sequence-to-sequence", "sunspots", "echo"), PARAMETERS, CONVENTIONS, RULES, CELLS)
)
KEYS = {"version", "made", "parameter", "T", "cell", "conventions", "quantities", "frames"}


def exported(preset, parameter, *changes):
    config = PRESETS[preset].config.replace(parameter=parameter)
    for each in changes:
        config = config.replace(**each)
    text = scene_json(run(config))
    return json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


def multiply_out(scene, case):
    """Return the kinds of frames in which two sides of an equation were compared."""
    compared = set()
    for frame in scene["frames"]:
        assert frame["products"], (case, frame["id"])
        for product in frame["products"]:
            found = sides(scene, product)
            for left, right in itertools.pairwise(found):
                assert left.value.shape == right.value.shape, (case, frame["id"], product)
                assert apart(left, right) <= 1e-12, (case, frame["id"], product)
                compared.add(frame["id"].split("-")[0])
    return compared


def is_of_the_form(scene, cell="plain"):
    assert set(scene) == KEYS
    assert (scene["version"], scene["cell"]) == (2, cell)
    for one in scene["quantities"].values():
        assert set(one) - {"note"} == {"symbol", "shape", "values"}
        assert one["values"] is not None or one["note"]
        assert one["symbol"].count("{") == one["symbol"].count("}")
        assert all(isinstance(length, int) and length > 0 for length in one["shape"])
    for frame in scene["frames"]:
        assert set(frame) == {"id", "phase", "sentence", "equation", "lit", "products"}
        assert {*frame["lit"]} <= set(scene["quantities"])
        assert isinstance(frame["sentence"], str)
        assert not re.search(r"[{}]", frame["sentence"])
        for one in itertools.chain.from_iterable(frame["products"]):
            assert list(one) == ["op", "q", "transpose", "times", "fn"]
            assert one["op"] in OPERATORS
            assert one["fn"] is None or one["times"] == 1, "the order of the two would matter"


@pytest.mark.parametrize("preset", spread(PLAIN_PRESETS))
def test_every_product_of_a_spread_of_scenes_multiplies_out(preset):
    cases = [case for case in SPREAD if case[0] == preset]
    assert len(cases) >= 5
    for case in cases:
        scene = exported(*case)
        is_of_the_form(scene)
        assert multiply_out(scene, case) >= {"forward", "output", "loss", "term", "sum", "update"}


def test_the_spread_has_everything_in_it():
    _, parameters, conventions, rules = zip(*SPREAD, strict=True)
    assert set(parameters) == set(PARAMETERS)
    assert all(each in conventions for each in CONVENTIONS)
    assert all(each in rules for each in RULES)


def gated(every, cell):
    """Check scenes of gated cells: every so many of the product that have this cell."""
    for case in [case for case in GATED[::every] if case[-1] == cell]:
        changes = {"steps": 4} if case[0] == "sunspots" else {}
        scene = exported(*case, changes)
        is_of_the_form(scene, cell["cell"])
        assert multiply_out(scene, case) >= {"forward", "output", "term", "paths", "sum", "update"} - (
            set() if case[1] in HIDDEN_PARAMETERS else {"paths"}
        )


@pytest.mark.parametrize("cell", spread(CELLS, 2), ids=str)
def test_every_product_of_scenes_of_gated_cells_multiplies_out(cell):
    gated(463 if "block" not in cell else 929, cell)


@pytest.mark.slow
@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_every_product_of_many_scenes_of_gated_cells_multiplies_out(cell):
    gated(97 if "block" not in cell else 331, cell)


@pytest.mark.slow
@pytest.mark.parametrize("parameter", PARAMETERS)
@pytest.mark.parametrize("preset", PLAIN_PRESETS)
def test_every_product_of_many_scenes_multiplies_out(preset, parameter):
    """Every 31st of the whole product, some minute; ``RNNVIZ_SCENES=1`` takes all, which is half an hour."""
    every = int(os.environ.get("RNNVIZ_SCENES", "31"))
    for case in [case for case in EVERY[::every] if case[:2] == (preset, parameter)]:
        scene = exported(*case)
        is_of_the_form(scene)
        multiply_out(scene, case)


@pytest.mark.parametrize("change", [{}, {"vectors": "column"}, {"symbols": "pytorch"}], ids=str)
def test_every_entry_is_there_to_the_last_bit(change):
    config = PRESETS["characters"].config.replace(hidden=9, parameter="W2", sample=-1, **change)
    experiment = run(config)
    scene = json.loads(scene_json(experiment))
    turned = bool(change)
    for name, part in experiment.parameters._asdict().items():
        part = np.atleast_2d(part)
        is_turned = change.get("vectors") == "column" or (turned and name[0] == "W")
        np.testing.assert_array_equal(values(scene, name), part.T if is_turned else part)
    for t in range(config.steps):
        found = values(scene, f"H_{t}")
        written = found.T if change.get("vectors") == "column" else found
        np.testing.assert_array_equal(written, experiment.trace.H[t])


def test_frames_follow_the_lecture():
    scene = exported("lecture-sequence-to-sequence", "Wh1")
    ids = [frame["id"] for frame in scene["frames"]]
    assert ids[:3] == ["start", "forward-0", "output-0"]
    assert ids[-3:] == ["term-0-0", "sum", "update"]
    assert [frame["phase"] for frame in scene["frames"]][:: len(ids) - 1] == ["Start values", "Update"]
    term = scene["frames"][ids.index("term-2-1")]
    assert [one["q"] for one in term["products"][0]] == [
        "H_0", "dL_2/dY_hat_2", "dY_hat_2/dH_2", "dH_2/dH_1", "f1'_1", "term_2_1",
    ]  # fmt: skip
    assert scene["frames"][1]["equation"].startswith("H_{0} = f_1( X_{0} W_{1} + H_{init} W_{h1}")


def test_a_changed_number_is_noticed():
    scene = exported("lecture-sequence-to-sequence", "Wh1")
    scene["quantities"]["dH_2/dH_1"]["values"][1][0] *= 1 + 1e-9
    with pytest.raises(AssertionError, match="term-2-"):
        multiply_out(scene, "changed")


def test_folded_steps_are_in_the_sums():
    scene = exported("sunspots", "Wh1", {"steps": 30})
    ids = [frame["id"] for frame in scene["frames"]]
    total = scene["frames"][ids.index("loss")]["products"][0]
    assert "L_rest" in {one["q"] for one in total}
    assert multiply_out(scene, "sunspots") >= {"loss", "sum"}
