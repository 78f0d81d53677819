"""The NumPy script: alone it finds every number again, and one changed number makes it fail."""

from __future__ import annotations

import ast
import re
from itertools import product

import numpy as np
import pytest
from configurations import spread
from scripts import briefly, changed, drawn, fails, last_digit, literals, own_experiment, run_alone, run_here

from rnnviz.experiment.core import run
from rnnviz.experiment.training import train_run
from rnnviz.export.numpy_script import numpy_script
from rnnviz.export.program import fingerprint, literal, number
from rnnviz.settings.config import FIELDS, PRESETS, RunConfig

CHECKED = "numbers = {"
"""Where the data end and the code begins."""


@pytest.fixture(scope="module")
def script_of():
    made = {}

    def get(name):
        if name not in made:
            made[name] = numpy_script(briefly(name))
        return made[name]

    return get


@pytest.mark.parametrize("name", spread(PRESETS, 7))
def test_every_preset_runs_alone(script_of, tmp_path, name):
    code, out, errors = run_alone(script_of(name), tmp_path)
    assert (code, errors) == (0, "")
    assert "Sum of all" in out
    assert "Training: loss" in out
    imported = {node.names[0].name for node in ast.parse(script_of(name)).body if isinstance(node, ast.Import)}
    assert imported == {"hashlib", "numpy"}


@pytest.mark.parametrize("name", spread(PRESETS, 7))
def test_one_changed_number_makes_it_fail(script_of, name):
    script = script_of(name)
    places = literals(script, CHECKED)
    for place in drawn(places, 4, seed=len(name)):
        assert fails(changed(script, place)), place
        assert fails(last_digit(script, place)), place


def test_every_single_number_of_a_small_script_matters(script_of):
    script = script_of("lecture-sequence-to-sequence")
    places = literals(script, CHECKED)
    assert len(places) > 100
    assert [place for place in places if not fails(changed(script, place))] == []


def test_without_the_fingerprint_the_checks_themselves_find_changed_results(script_of):
    script = script_of("lecture-sequence-to-sequence")
    bare = re.sub(r"assert digest\.hexdigest\(\).*\n", "", script)
    assert not fails(bare)
    place = bare.index("# === What rnnviz computed")
    results = [one for one in literals(bare, CHECKED) if one[0] > bare[:place].count("\n")]
    checked = [one for one in results if float(one[3]) > 1e-7]  # the smaller ones are what is allowed
    assert [one for one in checked if not fails(changed(bare, one))] == []


def test_weights_and_data_are_those_of_the_preset_to_the_last_bit(script_of):
    for name in ("echo", "sunspots"):
        experiment = briefly(name)
        _, names = run_here(script_of(name))
        for key, value in {**experiment.parameters._asdict(), "X": experiment.task.X, "Y": experiment.task.Y}.items():
            assert np.array_equal(names[key], value)
        assert names["history"][-1] == pytest.approx(train_run(experiment).losses[-1], rel=1e-6)


COMBINATIONS = product(*(FIELDS[name].choices for name in ("activation", "output", "mode")))


@pytest.mark.parametrize(("activation", "output", "mode"), spread(COMBINATIONS, 5))
def test_every_combination_runs(activation, output, mode):
    config = RunConfig(task="echo", lag=1, steps=4, batch=3, hidden=3, activation=activation, mode=mode, epochs=5)
    run_here(numpy_script(run(config.replace(output=output, bias=0.3))))


@pytest.mark.parametrize("optimiser", ["sgd", "momentum", "adam"])
@pytest.mark.parametrize(
    "limits",
    [
        {"clip_norm": 0.1},
        {"clip_value": 0.02},
        {"clip_norm": 1.0, "clip_value": 0.05, "truncation": 2},
        {"truncation": 2, "truncation_kind": "chunk"},
        {"truncation": 1},
        {"truncation": 9},
    ],
    ids=str,
)
def test_training_is_that_of_the_experiment(optimiser, limits):
    experiment = run(RunConfig(steps=5, optimiser=optimiser, epochs=30, **limits))
    _, names = run_here(numpy_script(experiment))
    assert names["history"] == pytest.approx(list(train_run(experiment).losses), rel=1e-9)


def test_edits_and_own_data_are_held():
    edited = run(RunConfig(edits="Wh1.0.0:2.5,X.1.0.1:-3,H_init.0.1:0.5,Y.0.0.0:0.25,Y.0.0.1:0.75"))
    _, names = run_here(numpy_script(edited))
    assert names["Wh1"][0, 0] == 2.5
    assert names["H_init"][0, 1] == 0.5
    assert names["Y"][0, 0, 1] == 0.75
    run_here(numpy_script(own_experiment(RunConfig(steps=6, batch=4, epochs=9))))


def test_a_run_that_breaks_says_where(script_of):
    out, _ = run_here(script_of("exploding"))
    assert "stop being finite at epoch 2" in out


@pytest.mark.slow
def test_a_long_run_is_cut_short_and_says_so():
    experiment = run(PRESETS["adding"].config.replace(steps=120, epochs=2000, truncation=3))
    script = numpy_script(experiment)
    assert re.search(r"trains only the first \d+ epochs", script)


def test_readers_text_stays_in_its_comment():
    text = 'ab"""\nimport os\r\x0c\u2028assert False #\\'
    script = numpy_script(run(PRESETS["characters"].config.replace(text=text * 9, epochs=2)))
    run_here(script)
    assert not [line for line in re.split(r"[\r\n\x0c\u2028]", script) if line.startswith(("import os", "assert F"))]


def test_numbers_that_overflow_at_the_start_are_refused():
    wild = PRESETS["exploding"].config.replace(steps=200, edits=",".join(f"Wh1.{i}.{i}:1e5" for i in range(8)))
    with pytest.raises(ValueError, match="not finite at the start"):
        numpy_script(run(wild))


@pytest.mark.parametrize("value", [0.1, -0.0, 1e-320, 5e300, 3.0, 123456789.0, -2.5e-7])
def test_a_number_reads_back_as_itself(value):
    assert np.float64(eval(number(value))).tobytes() == np.float64(value).tobytes()


def test_arrays_read_back_and_keep_the_line_width():
    values = np.random.default_rng(0).normal(size=(3, 40, 4))
    for array in (values, values[0], values[0, 0], values[0, :, 0]):
        text = literal(array)
        assert np.array_equal(np.array(ast.literal_eval(text), dtype=float), array)
        assert max(map(len, text.splitlines())) <= 100


def test_the_fingerprint_sees_names_shapes_and_signs():
    one = {"a": np.zeros((2, 3))}
    others = ({"b": np.zeros((2, 3))}, {"a": np.zeros((3, 2))}, {"a": -np.zeros((2, 3))})
    assert len({fingerprint(numbers) for numbers in (one, *others)}) == 4


def test_a_number_on_which_nothing_depends_still_matters():
    dead = run(RunConfig(activation="relu", bias=-10.0, epochs=2))
    assert not dead.trace.H.any()
    script = numpy_script(dead)
    start, end = script.index("Wh1 = "), script.index("W2 = ")
    lines = range(script[:start].count("\n") + 1, script[:end].count("\n") + 1)
    hidden = [place for place in literals(script, CHECKED) if place[0] in lines]
    assert len(hidden) == 12
    assert [place for place in hidden if not fails(last_digit(script, place))] == []
