"""One edit's numbers: slope, prediction, true change and curve, and the scene made of them."""

import json
from itertools import product

import numpy as np
import pytest

from rnnviz.engine import derivative
from rnnviz.experiment.core import run, values_of
from rnnviz.experiment.whatif import what_if, with_one_edit
from rnnviz.notation.conventions import Conventions
from rnnviz.notation.ids import plain
from rnnviz.scene.build import build_scene
from rnnviz.scene.whatif import what_if_scene
from rnnviz.settings.config import PRESETS, RunConfig
from rnnviz.settings.edits import Edit, read, written
from tests.configurations import spread

SEQUENCE = RunConfig(batch=2, steps=4)
VECTOR = RunConfig(task="lecture_vector", mode="sequence_to_vector", batch=2, steps=4)
CONFIGS = {
    "sequence, softmax with cross-entropy": SEQUENCE,
    "sequence, identity with squared error": SEQUENCE.replace(output="identity_se"),
    "sequence, softmax with squared error": SEQUENCE.replace(output="softmax_se"),
    "vector, sigmoid with cross-entropy": VECTOR,
    "vector, sigmoid with squared error": VECTOR.replace(output="sigmoid_se"),
}
ENTRIES = {
    "W1": (1, 2),
    "Wh1": (0, 1),
    "b1": (2,),
    "W2": (2, 0),
    "b2": (0,),
    "X": (1, 1, 0),
    "Y": (1, 1, 0),
    "H_init": (1, 2),
}
EVERY = list(product(CONFIGS, ENTRIES))
SMOOTH = ("tanh", "sigmoid", "identity")


def each_with(name, values):
    """Every entry with every value; every seventh, in which each comes in, where it is not slow."""
    return pytest.mark.parametrize(("name", "variable", name), spread(product(CONFIGS, ENTRIES, values), 7))


def entry_of(config, variable):
    return (1, 0) if variable == "Y" and config.mode == "sequence_to_vector" else ENTRIES[variable]


def moved(config, variable, step):
    """Return the what-if of one entry moved by ``step``, or of a target moved so that it still fits."""
    experiment, entry = run(config), entry_of(config, variable)
    value = float(values_of(experiment, variable)[entry])
    fits = variable != "Y" or 0 <= value + step <= 1
    value = value + step if fits else value - step
    text = f"{variable}.{'.'.join(map(str, entry))}:{value!r}"
    if variable == "Y" and config.output_pair() == "softmax_cce":
        other = (*entry[:-1], 1 - entry[-1])
        text = f"Y.{'.'.join(map(str, other))}:{1 - value!r},{text}"
    return what_if(run(config.replace(edits=text)))


def complex_step(found):
    """Return the slope by a complex step, and the largest one of the edited variable."""
    before, variable = found.before, found.edit.variable
    slopes = derivative(
        before.architecture,
        before.parameters,
        before.task.X,
        before.task.Y,
        before.H_init,
        variable=variable,
        entries=list(np.ndindex(values_of(before, variable).shape)),
    ).sum(axis=1)
    place = np.ravel_multi_index(found.edit.entry, values_of(before, variable).shape)
    return slopes[place], np.abs(slopes).max()


def test_without_edits_there_is_no_what_if():
    assert what_if(run(SEQUENCE)) is None
    assert what_if(run(SEQUENCE.replace(edits="b1.60:1"))) is None


@pytest.mark.parametrize(("name", "variable"), EVERY)
def test_before_and_after_differ_by_the_newest_edit(name, variable):
    found = moved(CONFIGS[name], variable, 0.25)
    edits = read(found.after.config.edits)
    assert found.edit == edits[-1]
    single = variable != "Y" or CONFIGS[name].output_pair() != "softmax_cce"
    assert found.alone == single
    assert found.before.config.edits == (written(edits[:-1]) if single else "")
    for other in ENTRIES:
        before, after = values_of(found.before, other), values_of(found.after, other)
        changed = [list(edit.entry) for edit in edits] if other == variable else []
        assert np.argwhere(before != after).tolist() == sorted(changed)
    assert found.value_before == values_of(found.before, variable)[found.edit.entry]
    assert found.value_after == values_of(found.after, variable)[found.edit.entry] == found.edit.value
    assert found.true == found.after.backward.loss - found.before.backward.loss
    assert found.predicted == found.slope * (found.value_after - found.value_before)


@each_with("activation", [*SMOOTH, "relu"])
def test_the_slope_is_that_of_a_complex_step(name, variable, activation):
    found = moved(CONFIGS[name].replace(activation=activation), variable, 0.25)
    if not found.alone:
        pytest.skip("a row of targets that moves as a whole has a test of its own")
    expected, largest = complex_step(found)
    assert abs(found.slope - expected) <= 1e-12 * largest
    assert found.slope != 0 or activation == "relu"


@each_with("activation", SMOOTH)
def test_half_the_step_leaves_a_quarter_of_the_error(name, variable, activation):
    config = CONFIGS[name].replace(activation=activation)
    whole, half = (moved(config, variable, step) for step in (2**-9, 2**-10))
    errors = [found.predicted - found.true for found in (whole, half)]
    if variable == "Y" and config.output_pair() in ("softmax_cce", "sigmoid_bce"):
        assert max(map(abs, errors)) < 1e-14, "a cross-entropy is a straight line along a target"
        return
    assert abs(errors[0]) > 1e-11
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.05)


@each_with("step", [0.7, -0.01, 1e-9])
def test_the_curve_passes_through_before_and_after(name, variable, step):
    found = moved(CONFIGS[name], variable, step)
    assert found.values.shape == found.losses.shape == (81,)
    assert found.step_losses.shape == (81, 4)
    assert (np.diff(found.values) >= 0).all()
    for value, experiment in ((found.value_before, found.before), (found.value_after, found.after)):
        (place,) = np.flatnonzero(found.values == value)[:1]
        np.testing.assert_allclose(found.step_losses[place], experiment.backward.step_losses, rtol=0, atol=1e-12)
        assert abs(found.losses[place] - experiment.backward.loss) <= 1e-12
    distance = abs(found.value_after - found.value_before)
    margin = max(1.5 * distance, 0.5) * (1 - 1e-12)
    assert found.values[0] <= min(found.value_before, found.value_after) - margin
    assert found.values[-1] >= max(found.value_before, found.value_after) + margin


def test_every_point_of_the_curve_is_the_experiment_with_that_value():
    earlier = "Wh1.0.0:0.3,H_init.0.1:0.7,Y.1.0.0:0.5,Y.1.0.1:0.5"
    config = SEQUENCE.replace(edits=f"{earlier},X.0.0.1:-2")
    found = what_if(run(config))
    for place in (0, 17, 40, 80):
        there = run(config.replace(edits=f"{earlier},X.0.0.1:{float(found.values[place])!r}"))
        np.testing.assert_allclose(found.step_losses[place], there.backward.step_losses, rtol=1e-13)


def test_truncation_does_not_change_the_slope():
    edits = "Wh1.0.1:0.5"
    whole, cut = (what_if(run(SEQUENCE.replace(edits=edits, truncation=cut))) for cut in (None, 1))
    assert whole.slope == cut.slope


def test_a_double_edit_of_a_target_is_one_move():
    config = SEQUENCE.replace(edits="Y.1.0.0:0.25,Wh1.0.1:0.5,Y.1.0.1:0.75")
    found = what_if(run(config))
    assert (found.before.config.edits, found.alone) == ("Wh1.0.1:0.5", False)
    with pytest.raises(ValueError, match="sum to 1"):
        run(config.replace(edits="Y.1.0.0:0.25,Wh1.0.1:0.5"))
    logs = np.log(found.after.trace.Y_hat[1, 0])
    assert found.slope == pytest.approx((logs[0] - logs[1]) / 2, rel=1e-13)
    assert found.true == pytest.approx(found.predicted, abs=1e-14)
    place = 33
    y = found.values[place]
    expected = found.before.backward.step_losses.copy()
    expected[1] -= (np.array([1 - y, y]) - found.before.task.Y[1, 0]) @ logs / 2
    np.testing.assert_allclose(found.step_losses[place], expected, rtol=0, atol=1e-14)
    assert ", the rest of its row with it: the loss " in what_if_scene(found)["sentence"]
    json.dumps(build_scene(run(config)), allow_nan=False)


def test_an_edit_that_overflows_is_told_without_a_warning():
    config = SEQUENCE.replace(activation="identity", output="identity_se", steps=60, edits="Wh1.0.0:1e6")
    found = what_if(run(config))
    assert not np.isfinite(found.true)
    scene = json.loads(json.dumps(what_if_scene(found), allow_nan=False))
    assert scene["sentence"].startswith("Wₕ₁[0, 0] from ")
    assert scene["sentence"].endswith(" and is no finite number now.")
    assert set(map(type, scene["curve"]["ys"])) <= {float, str}
    assert isinstance(scene["curve"]["low"], float)


@pytest.mark.parametrize(("name", "variable"), EVERY)
def test_the_scene_has_the_numbers(name, variable):
    found = moved(CONFIGS[name], variable, 0.25)
    scene = json.loads(json.dumps(what_if_scene(found), allow_nan=False))
    assert scene["variable"] == variable
    assert scene["entry"] == list(found.edit.entry)
    numbers = [scene[key] for key in ("before", "after", "slope", "predicted", "true")]
    assert numbers == [found.value_before, found.value_after, found.slope, found.predicted, found.true]
    curve = scene["curve"]
    assert (curve["xs"], curve["ys"]) == (found.values.tolist(), found.losses.tolist())
    assert (curve["low"], curve["high"]) == (found.losses.min(), found.losses.max())
    (x0, y0), (x1, y1) = curve["tangent"]
    assert (x0, x1) == (found.values[0], found.values[-1])
    assert (y1 - y0) / (x1 - x0) == pytest.approx(found.slope, rel=1e-9, abs=1e-12)
    at = y0 + found.slope * (found.value_before - x0)
    assert at == pytest.approx(found.before.backward.loss, rel=1e-12)
    steps = [3] if found.after.config.mode == "sequence_to_vector" else [0, 1, 2, 3]
    assert [step["t"] for step in scene["steps"]] == steps
    assert [step["after"] for step in scene["steps"]] == found.after.backward.step_losses[steps].tolist()
    assert [step["before"] for step in scene["steps"]] == found.before.backward.step_losses[steps].tolist()
    assert ",".join(edit["edit"] for edit in scene["edits"]) == found.after.config.edits
    assert scene["edits"][-1]["text"].startswith(plain(tuple(map(tuple, scene["label"]))))


@pytest.mark.parametrize(
    ("config", "text", "label"),
    [
        (SEQUENCE, "Wh1.0.1:0.5", "Wₕ₁[0, 1] = 0.5"),
        (SEQUENCE, "b1.2:-0.5", "β₁[0, 2] = −0.5"),
        (SEQUENCE, "X.2.1.0:3", "X₂[1, 0] = 3"),
        (SEQUENCE.replace(output="softmax_se"), "Y.3.0.1:0.25", "Y₃[0, 1] = 0.25"),
        (VECTOR, "Y.1.0:0.25", "Y₃[1, 0] = 0.25"),
        (SEQUENCE, "H_init.0.2:0.123456", "Hᵢₙᵢₜ[0, 2] = 0.1235"),
        (SEQUENCE.replace(cell="lstm"), "Wh1.2.4:0.5", "U_f[2, 1] = 0.5"),
        (SEQUENCE.replace(cell="gru", reset="after"), "b1.11:0.5", "d_c[0, 2] = 0.5"),
        (SEQUENCE.replace(cell="lstm"), "W2.1.0:0.5", "W₂[1, 0] = 0.5"),
    ],
)
def test_an_entry_is_named_as_it_is_drawn(config, text, label):
    scene = what_if_scene(what_if(run(config.replace(edits=text))))
    assert scene["edits"][0]["text"] == label
    assert plain(tuple(map(tuple, scene["label"]))) == label.split(" =")[0]


@pytest.mark.parametrize(
    ("variable", "conventions", "label"),
    [
        ("Wh1", Conventions(names="pytorch"), "weight_hh[1, 0]"),
        ("b1", Conventions(names="pytorch"), "bias_ih[0, 2]"),
        ("X", Conventions(names="pytorch"), "x₁[1, 0]"),
        ("Wh1", Conventions(vectors="column"), "Wₕ₁[1, 0]"),
        ("b1", Conventions(vectors="column"), "β₁[2, 0]"),
        ("H_init", Conventions(vectors="column"), "Hᵢₙᵢₜ[2, 1]"),
        ("X", Conventions(first=1), "X₂[1, 0]"),
        ("W1", Conventions(names="textbook"), "Wₓₕ[1, 2]"),
    ],
)
def test_the_entry_is_named_in_the_conventions_of_the_reader(variable, conventions, label):
    scene = what_if_scene(moved(SEQUENCE, variable, 0.25), conventions=conventions)
    assert scene["sentence"].startswith(f"{label} from ")
    assert f"[{scene['place'][0]}, {scene['place'][1]}]" == scene["label"][-1][0]
    assert scene["entry"] == list(ENTRIES[variable])


@pytest.mark.parametrize(("config", "losses"), [(SEQUENCE, 4), (VECTOR, 1)])
def test_a_mean_over_time_scales_the_loss_but_not_the_steps(config, losses):
    found = moved(config, "Wh1", 0.25)
    total, mean = what_if_scene(found), what_if_scene(found, 1 / losses)
    for key in ("true", "slope", "predicted"):
        assert mean[key] == total[key] / losses
    np.testing.assert_array_equal(mean["curve"]["ys"], np.array(total["curve"]["ys"]) / losses)
    assert mean["curve"]["tangent"][0][1] == pytest.approx(total["curve"]["tangent"][0][1] / losses, rel=1e-12)
    assert mean["steps"] == total["steps"]


def sentence(config, text):
    return what_if_scene(what_if(run(config.replace(edits=text))))["sentence"]


def test_the_sentence_tells_what_came_and_what_the_slope_had_said():
    still = RunConfig(start_state=0.0)
    assert sentence(still, "Wh1.0.1:0.5") == (
        "Wₕ₁[0, 1] from −0.4513 to 0.5: the loss falls by 0.2446. "
        "The slope there, −0.4657 × 0.9513, had predicted a fall of 0.443; the curve bends."
    )
    assert sentence(still, "b1.0:0.01").endswith("predicted a fall of 0.003304, almost the same.")
    assert sentence(still, "H_init.0.2:-1").startswith("Hᵢₙᵢₜ[0, 2] from 0 to −1: the loss ")
    assert sentence(still, "H_init.0.2:-1").count(" × (−1), ") == 1
    assert sentence(still, "b1.0:0") == "β₁[0, 0] is 0 as before: nothing changes."


def test_a_prediction_that_came_true_is_no_bend():
    straight = sentence(VECTOR, "Y.1.0:0.5")
    assert "bends" not in straight
    assert "almost" not in straight


def test_a_number_that_nothing_hangs_on_changes_nothing():
    still = sentence(RunConfig(activation="relu"), "b1.0:-9,W2.0.0:3")
    assert ": the loss stays as it is. The slope there, 0 × " in still
    assert still.endswith(", had predicted no change.")


def test_another_probability_leaves_the_rest_to_the_other_classes():
    start = run(PRESETS["lecture-sequence-to-sequence"].config)
    text = with_one_edit(start, Edit("Y", (1, 0, 0), 0.25))
    changed = run(start.config.replace(edits=text))
    np.testing.assert_allclose(changed.task.Y[1, 0], [0.25, 0.75])
    np.testing.assert_array_equal(changed.task.Y[0], start.task.Y[0])
    assert str(what_if(changed).edit) == "Y.1.0.0:0.25"
    with pytest.raises(ValueError, match="probability"):
        with_one_edit(start, Edit("Y", (1, 0, 0), 1.5))
    with pytest.raises(ValueError, match="shape"):
        with_one_edit(start, Edit("Wh1", (7, 0), 1.5))


@pytest.mark.parametrize("cell", ["gru", "lstm"])
@pytest.mark.parametrize("text", ["Wh1.0.5:0.5", "b1.4:1.25", "W1.0.7:-0.5", "H_init.0.1:0.5", "X.0.0.1:2"])
def test_an_edit_of_a_gated_cell_is_compared_with_the_network_without_it(cell, text):
    config = RunConfig(cell=cell)
    found = what_if(run(config.replace(edits=text)))
    before, after = (run(config.replace(edits=edits)).backward.loss for edits in ("", text))
    assert found.true == pytest.approx(after - before, rel=1e-9, abs=1e-14)
    np.testing.assert_allclose(np.interp(found.value_after, found.values, found.losses), after, rtol=1e-12)
    step = 1e-6 * max(1.0, abs(found.value_before))
    edited = f"{text.split(':')[0]}:{found.value_before + step!r}"
    slope = (run(config.replace(edits=edited)).backward.loss - before) / step
    assert found.slope == pytest.approx(slope, rel=1e-3, abs=1e-6)
