"""Ids of quantities: each says what it is, and none but those of the scenes can be read."""

from __future__ import annotations

import json

import pytest

from rnnviz.experiment.core import run
from rnnviz.export.standalone import scene_json
from rnnviz.notation.ids import chain_factor, immediate_factor, output_factor, readout_factor, symbol
from rnnviz.notation.quantity import PARAMETERS, UPDATE, Quantity, read
from rnnviz.scene.build import build_scene
from rnnviz.settings.config import PRESETS


@pytest.mark.parametrize("preset", ["lecture-sequence-to-sequence", "sunspots"])
@pytest.mark.parametrize("change", [{}, {"sample": -1, "optimiser": "adam", "clip_value": 0.01}], ids=str)
def test_every_id_of_a_scene_is_that_of_a_quantity(preset, change):
    experiment = run(PRESETS[preset].config.replace(**change))
    scene, exported = build_scene(experiment), json.loads(scene_json(experiment))
    found = {*scene["quantities"], *exported["quantities"]}
    for part in scene["parameters"].values():
        found |= {*part["quantities"], *part.get("immediate", {}).get("quantities", {})}
    assert {str(read(one)) for one in found} == found
    assert len({repr(vars(read(one))) for one in found}) == len(found) > 100
    assert all(symbol(one).latex and symbol(one).words for one in found)


@pytest.mark.parametrize(
    ("text", "quantity"),
    [
        ("Y_hat_12", Quantity("Y_hat", 12)),
        ("L", Quantity("L")),
        ("L_3", Quantity("L", 3)),
        ("term_3_1", Quantity("term", 3, 1)),
        ("column_1", Quantity("column", k=1)),
        ("Wh1", Quantity("parameter", parameter="Wh1")),
        ("b2_velocity", Quantity("velocity", parameter="b2")),
        (chain_factor(2), Quantity("derivative", of=Quantity("H", 2), by=Quantity("H", 1))),
        (chain_factor(0), Quantity("derivative", of=Quantity("H", 0), by=Quantity("H_init"))),
        (output_factor(1), Quantity("derivative", of=Quantity("L", 1), by=Quantity("Y_hat", 1))),
        (readout_factor(1), Quantity("derivative", of=Quantity("Y_hat", 1), by=Quantity("H", 1))),
        (
            immediate_factor(4, "W1"),
            Quantity("immediate", of=Quantity("H", 4), by=Quantity("parameter", parameter="W1")),
        ),
    ],
)
def test_an_id_says_what_it_is(text, quantity):
    assert vars(read(text)) == vars(quantity)
    assert quantity == text


@pytest.mark.parametrize(
    "text",
    ["", "H", "H_", "H_x", "H_²", "H_1_2", "W3", "W1_", "W1_2", "term_1", "column_1_2", "d", "dL", "dH_1",
     "dL/d", "/d", "d+", "dfoo_1/dH_2", "dL_1/dfoo", "L_-1"],
)  # fmt: skip
def test_what_is_no_id_is_refused(text):
    with pytest.raises(ValueError, match="quantity: got"):
        read(text)


def test_what_an_update_makes_has_a_symbol():
    for parameter in PARAMETERS:
        for kind in UPDATE:
            assert symbol(Quantity(kind, parameter=parameter)).role == "parameter"
