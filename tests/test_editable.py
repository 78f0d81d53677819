"""Every number that can be edited is named as it stands in the link, and remembers what it was."""

from __future__ import annotations

import numpy as np
import pytest

from rnnviz.experiment.core import run, values_of
from rnnviz.notation.quantity import BLOCKS
from rnnviz.scene.build import build_scene
from rnnviz.scene.cells import blocks_of
from rnnviz.settings.config import PRESETS
from rnnviz.settings.edits import read

CASES = [
    ("lecture-sequence-to-sequence", {}),
    ("lecture-sequence-to-sequence", {"batch": 4, "sample": 2, "steps": 4}),
    ("lecture-sequence-to-sequence", {"batch": 4, "sample": -1}),
    ("lecture-sequence-to-vector", {"batch": 3, "sample": 1}),
    ("lecture-sequence-to-vector", {"batch": 3, "sample": -1, "hidden": 8}),
    ("lecture-sequence-to-sequence", {"cell": "lstm"}),
    ("lecture-sequence-to-sequence", {"cell": "gru", "reset": "after", "batch": 2, "sample": -1}),
]
WRITTEN = [{}, {"vectors": "column"}, {"symbols": "pytorch"}, {"symbols": "pytorch", "vectors": "column"}]
AXES = {"rc": lambda i, j: [i, j], "cr": lambda i, j: [j, i], "c": lambda i, j: [j], "r": lambda i, j: [i]}


@pytest.mark.parametrize("written", WRITTEN, ids=str)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_drawn_entry_has_the_name_of_the_number_that_it_shows(case, written):
    experiment = run(PRESETS[case[0]].config.replace(**case[1], **written))
    found, blocks = set(), set()
    for name, record in build_scene(experiment)["quantities"].items():
        if "edit" not in record:
            continue
        template = record["edit"]
        array = values_of(experiment, template["variable"])
        for row, numbers in zip(record["rows"], record["values"], strict=True):
            for column, number in zip(record["columns"], numbers, strict=True):
                *first, last = AXES[template["axes"]](row, column)
                entry = (*template["prefix"], *first, last + template["begins"])
                assert array[entry] == number
                (edit,) = read(f"{template['variable']}.{'.'.join(map(str, entry))}:1")
                assert edit.entry == entry
        found.add(template["variable"])
        blocks |= {name} & BLOCKS.keys()
    assert blocks == {one for name in ("W1", "Wh1", "b1") for one in blocks_of(experiment.architecture, name)}
    assert found == {"W1", "Wh1", "b1", "W2", "b2", "X", "Y", "H_init"}


@pytest.mark.parametrize("written", WRITTEN, ids=str)
def test_records_remember_what_they_were_before_the_newest_edit(written):
    base = PRESETS["lecture-sequence-to-sequence"].config.replace(**written, start_state=0.0, edits="b1.0:0.2")
    before = build_scene(run(base))
    after = build_scene(run(base.replace(edits="b1.0:0.2,Wh1.0.1:0.9")))
    changed = 0
    for old, new in (
        (before["quantities"], after["quantities"]),
        (before["parameters"]["Wh1"]["quantities"], after["parameters"]["Wh1"]["quantities"]),
    ):
        for name, record in new.items():
            if "values" in record:
                was = record["was"]["values"] if "was" in record else record["values"]
                np.testing.assert_array_equal(was, old[name]["values"], err_msg=name)
                changed += "was" in record
    assert changed > 15
    assert "was" not in after["quantities"]["H_0"]
    assert "was" in after["quantities"]["H_1"]
    assert "whatif" not in build_scene(run(base.replace(edits="")))
