"""Edits of single numbers: as text, in the link, and in the experiment."""

import dataclasses
from urllib.parse import parse_qs, urlencode

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnviz.engine import Parameters, backward, forward
from rnnviz.experiment import core
from rnnviz.experiment.core import run, truncated, values_of, with_parameters
from rnnviz.experiment.training import train_run
from rnnviz.scene.view import look
from rnnviz.settings.config import PRESETS, RunConfig
from rnnviz.settings.edits import (
    INDICES,
    LARGEST_VALUE,
    LONGEST_TEXT,
    MAX_EDITS,
    Edit,
    read,
    with_edit,
    without_last,
    written,
)
from rnnviz.tasks import make
from tests.opening import healthy, opened
from tests.predicted import predictions_before_after

EXAMPLE = "Wh1.0.1:0.5,X.2.0.1:-1,b1.0:0.1,H_init.0.2:1,Y.1.0.0:0"
SEQUENCE = RunConfig(output="softmax_se", batch=2)
VECTOR = RunConfig(task="lecture_vector", mode="sequence_to_vector", batch=2)
EDITS = {
    "W1": "W1.1.2:0.25",
    "Wh1": "Wh1.0.1:0.5",
    "b1": "b1.2:-0.75",
    "W2": "W2.2.0:1.5",
    "b2": "b2.0:0.125",
    "X": "X.1.1.0:2.5",
    "Y": "Y.1.1.0:0.25",
    "H_init": "H_init.1.2:-0.5",
}
VECTOR_EDITS = EDITS | {"Y": "Y.1.0:0.25"}
CASES = [(SEQUENCE, name, text) for name, text in EDITS.items()]
CASES += [(VECTOR, name, text) for name, text in VECTOR_EDITS.items()]
LSTM, GRU = SEQUENCE.replace(cell="lstm"), VECTOR.replace(cell="gru", reset="after")
CASES += [(LSTM, name, text) for name, text in (("W1", "W1.1.11:0.25"), ("Wh1", "Wh1.0.5:0.5"), ("b1", "b1.11:-0.75"))]
CASES += [
    (GRU, name, text) for name, text in (("Wh1", "Wh1.0.8:0.5"), ("b1", "b1.9:-0.75"), ("H_init", "H_init.1.2:1"))
]


def edit_of(variable):
    entries = st.sampled_from(INDICES[variable]).flatmap(lambda count: st.tuples(*[st.integers(0, 9999)] * count))
    return st.builds(Edit, st.just(variable), entries, st.floats(-LARGEST_VALUE, LARGEST_VALUE))


edits = st.sampled_from(sorted(INDICES)).flatmap(edit_of)
texts = st.lists(edits, max_size=12, unique_by=lambda edit: (edit.variable, edit.entry)).map(written)
PIECES = [*INDICES, ".0", ".1.2", ".9999", ":", ":0.5", ":-1e-3", ":nan", ":1e999", ":1e7", ",", ".", "٣", "²"]
PIECES += ["<b>", "\ud800", "\x00", " ", "9" * 5000, "Wh1.0.1:0.5", "H_init.0.0:1", "b1.0:", "b1:1", "−1", "_"]
junk = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=9).map("".join) | st.text()


def numbers_of(experiment):
    """Return every number that goes into the forward pass and the loss, by variable."""
    return {name: values_of(experiment, name) for name in INDICES}


def test_the_example_is_read():
    found = read(EXAMPLE)
    assert [edit.variable for edit in found] == ["Wh1", "X", "b1", "H_init", "Y"]
    assert found[1] == Edit("X", (2, 0, 1), -1.0)
    assert written(found) == "Wh1.0.1:0.5,X.2.0.1:-1.0,b1.0:0.1,H_init.0.2:1.0,Y.1.0.0:0.0"
    assert (read(""), written(())) == ((), "")


@given(st.lists(edits, max_size=8))
def test_text_and_edits_are_the_same_thing(found):
    text = ""
    for edit in found:
        text = with_edit(text, edit)
    latest = {(edit.variable, edit.entry): edit for edit in found}
    assert set(read(text)) == set(latest.values())
    assert written(read(text)) == text
    values = {(edit.variable, edit.entry): edit.value.hex() for edit in read(text)}
    assert values == {place: edit.value.hex() for place, edit in latest.items()}, "to the last bit"


@given(texts, edits)
def test_undo_takes_a_new_edit_back(text, edit):
    known = {(one.variable, one.entry) for one in read(text)}
    if (edit.variable, edit.entry) not in known:
        assert without_last(with_edit(text, edit)) == text


def test_nothing_to_undo():
    assert without_last("") == ""


def test_a_second_edit_of_an_entry_replaces_the_first_and_is_the_newest():
    text = with_edit("Wh1.0.1:0.5,b1.0:1", Edit("Wh1", (0, 1), 0.75))
    assert text == "b1.0:1.0,Wh1.0.1:0.75"
    assert with_edit("b1.0:1", Edit("b1", (1,), 1)) == "b1.0:1.0,b1.1:1.0"


def test_forty_edits_are_the_most():
    text = written(Edit("b1", (i,), 1e-300 / 3) for i in range(MAX_EDITS))
    assert len(read(text)) == MAX_EDITS
    assert len(read(with_edit(text, Edit("b1", (0,), 2)))) == MAX_EDITS
    with pytest.raises(ValueError, match="edits: got 41 edits, expected at most 40"):
        with_edit(text, Edit("b2", (0,), 2))
    longest = written(Edit("H_init", (1000 + i, 1000), -1.2345678901234567e-300) for i in range(MAX_EDITS))
    assert len(longest) < LONGEST_TEXT


BAD = (
    *("Wh1", "Wh1:1", "Wh1.0:1", "Wh1.0.1.2:1", "b1.0.0:1", "X.0.0:1", "Y.0:1", "H_init.0:1", "Z.0.0:1"),
    *("Wh1.0.1:", "Wh1.0.1:nan", "Wh1.0.1:inf", "Wh1.0.1:1e999", "Wh1.0.1:1000001", "Wh1.0.1:1e7", "b1.0:0x1"),
    *("Wh1.-1.0:1", "Wh1.0.99999:1", "Wh1.٣.0:1", "Wh1.0.0:٣", "b1.0: 1", "b1.0:1\n", "b1.0:1_0", "wh1.0.0:1"),
    *(",", "b1.0:1,", ",b1.0:1", "b1.0:1,,b1.1:1", "b1.0:1;b1.1:1", "<script>alert(1)</script>", "$x$"),
    *("b1.0:1," * 2000, "b1.0:" + "9" * 5000, None, 3, b"b1.0:1"),
)


@pytest.mark.parametrize("text", BAD, ids=lambda text: str(text)[:20])
def test_what_cannot_be_read_is_told(text):
    with pytest.raises(ValueError, match=r"(?s)^edits: got .*, expected ") as error:
        read(text)
    assert len(str(error.value)) < 400
    assert not set("<>`$[]*") & set(str(error.value))


@pytest.mark.parametrize(
    ("variable", "entry", "value"),
    [
        ("A", (0, 0), 1.0),
        (3, (0, 0), 1.0),
        ("Wh1", (0,), 1.0),
        ("Wh1", (0, -1), 1.0),
        ("Wh1", (0, 0.5), 1.0),
        ("Wh1", (0, True), 1.0),
        ("Wh1", (0, 10_000), 1.0),
        ("Wh1", 3, 1.0),
        ("Wh1", (0, 0), float("nan")),
        ("Wh1", (0, 0), float("-inf")),
        ("Wh1", (0, 0), 10**400),
        ("Wh1", (0, 0), "1"),
        ("Wh1", (0, 0), True),
    ],
)
def test_an_edit_is_checked(variable, entry, value):
    with pytest.raises(ValueError, match=r"^edits: got .*, expected "):
        Edit(variable, entry, value)


def test_an_edit_has_plain_numbers():
    edit = Edit("Wh1", [np.int64(0), np.int64(1)], np.float64(0.1))
    assert edit == Edit("Wh1", (0, 1), 0.1)
    assert str(edit) == "Wh1.0.1:0.1"
    assert hash(edit) == hash(Edit("Wh1", (0, 1), 0.1))


@given(texts)
def test_a_link_carries_the_edits(text):
    config = RunConfig(edits=text)
    assert config.edits == text
    query = config.to_query()
    assert RunConfig.from_query(query) == (config, ())
    assert RunConfig.from_query(parse_qs(urlencode(query), keep_blank_values=True)) == (config, ())


@given(junk)
def test_no_text_makes_a_link_raise(text):
    config, notes = RunConfig.from_query({"preset": "echo", "edits": text})
    assert config.replace(edits="") == PRESETS["echo"].config
    try:
        assert (config.edits, notes) == (written(read(text)), ())
    except ValueError:
        assert config.edits == ""
        assert len(notes) == 1
        assert notes[0].startswith("The link's edits “")
        assert len(notes[0]) < 500
        assert not set("<>`$[]*") & set(notes[0])


def test_equal_edits_are_the_same_key():
    assert RunConfig(edits="b1.00:+.5,b1.0:1") == RunConfig(edits="b1.0:1.0")
    assert all(preset.config.edits == "" for preset in PRESETS.values())


def test_edit_and_undo_give_the_same_configuration():
    start = RunConfig(edits="b1.0:1")
    changed = start.replace(edits=with_edit(start.edits, Edit("Wh1", (0, 1), 0.3)))
    assert changed != start
    assert changed.replace(edits=without_last(changed.edits)) == start


@pytest.mark.parametrize(("config", "variable", "text"), CASES, ids=lambda value: str(value)[:24])
def test_an_edit_changes_one_number_and_nothing_else(config, variable, text):
    plain, edited = run(config), run(config.replace(edits=text))
    (edit,) = read(text)
    assert (edited.config.edits, edited.notes) == (written([edit]), ())
    before, after = numbers_of(plain), numbers_of(edited)
    assert before[variable][edit.entry] != edit.value == after[variable][edit.entry]
    for name in INDICES:
        changed = np.argwhere(before[name] != after[name]).tolist()
        assert changed == ([list(edit.entry)] if name == variable else []), name
    for field in dataclasses.fields(plain.task):
        if field.name not in ("X", "Y"):
            np.testing.assert_equal(getattr(edited.task, field.name), getattr(plain.task, field.name))


@pytest.mark.parametrize(("config", "variable", "text"), CASES, ids=lambda value: str(value)[:24])
def test_the_forward_pass_and_the_gradient_are_those_of_the_edited_numbers(config, variable, text):
    plain, edited = run(config), run(config.replace(edits=text))
    numbers = {name: values.copy() for name, values in numbers_of(plain).items()}
    (edit,) = read(text)
    numbers[variable][edit.entry] = edit.value
    parameters = Parameters(*(numbers[name] for name in Parameters._fields))
    trace = forward(plain.architecture, parameters, numbers["X"], numbers["H_init"])
    expected = backward(plain.architecture, parameters, trace, numbers["Y"])
    assert edited.backward.loss == expected.loss != plain.backward.loss
    np.testing.assert_array_equal(edited.trace.H, trace.H)
    np.testing.assert_array_equal(edited.trace.H_init, numbers["H_init"])
    for found, wanted in zip(edited.backward.gradients, expected.gradients, strict=True):
        np.testing.assert_array_equal(found, wanted)


def test_all_edits_together_and_the_newest_wins():
    text = ",".join(EDITS.values())
    edited = run(SEQUENCE.replace(edits="Wh1.0.1:7," + text))
    for edit in read(text):
        assert values_of(edited, edit.variable)[edit.entry] == edit.value


CACHED = [
    (SEQUENCE, ",".join(EDITS.values())),
    (PRESETS["sunspots"].config, "X.0.0.0:9,Y.0.0.0:9,W1.0.0:9"),
    (PRESETS["sentiment"].config, "X.0.0.0:9,Y.0.0:0.5,W1.0.0:9"),
    (PRESETS["characters"].config, "X.0.0.0:9,W1.0.0:9"),
]


@pytest.mark.parametrize(("config", "text"), CACHED, ids=lambda value: str(value)[:40])
def test_an_edit_never_reaches_the_unedited_experiment(config, text):
    before = {name: values.copy() for name, values in numbers_of(run(config)).items()}
    edited = run(config.replace(edits=text))
    assert edited.config.edits
    for name, values in numbers_of(run(config)).items():
        np.testing.assert_array_equal(values, before[name])


def test_a_task_that_is_shared_is_not_written_to(monkeypatch):
    shared = make(SEQUENCE)
    X, Y = shared.X.copy(), shared.Y.copy()
    monkeypatch.setattr(core, "make", lambda config: shared)
    edited = run(SEQUENCE.replace(edits=",".join(EDITS.values())))
    assert edited.task.X[1, 1, 0] == 2.5
    np.testing.assert_array_equal(shared.X, X)
    np.testing.assert_array_equal(shared.Y, Y)


def test_edits_whose_entry_is_gone_are_left_out_with_a_note():
    config = SEQUENCE.replace(edits="Wh1.2.2:1,b1.0:0.5,H_init.1.2:1,Y.0.1:0.5,X.2.1.0:1", hidden=2, steps=2)
    experiment = run(config)
    assert experiment.config == config.replace(edits="b1.0:0.5")
    assert experiment.notes == (
        "4 edits were left out, because there is no such entry here: Wh1[2, 2], H_init[1, 2], Y[0, 1], X[2, 1, 0].",
    )
    assert run(experiment.config).notes == ()
    one = run(SEQUENCE.replace(edits="b2.2:1"))
    assert one.config == SEQUENCE
    assert one.notes == ("1 edit was left out, because there is no such entry here: b2[2].",)
    many = run(SEQUENCE.replace(edits=written(Edit("b1", (i,), 1) for i in range(40))))
    assert many.config.edits == "b1.0:1.0,b1.1:1.0,b1.2:1.0"
    assert many.notes[0].startswith("37 edits were left out")
    assert len(many.notes[0]) < 150


def test_a_page_says_which_edit_of_its_link_is_left_out():
    at = healthy(opened("pages/2_Chain_rule.py", edits="W1.0.3:0.7"))
    assert [one.value for one in at.warning] == list(run(RunConfig(edits="W1.0.3:0.7")).notes) != []


@pytest.mark.parametrize(
    ("changes", "stays"),
    [
        ({"cell": "gru"}, False),
        ({"hidden": 4}, False),
        ({"cell": "plain"}, False),
        ({"learning_rate": 0.5}, True),
        ({"steps": 2}, True),
    ],
)
def test_an_edit_of_a_gate_is_no_other_gate_s_number(changes, stays):
    edits = "W1.0.5:0.7,b1.2:0.1,X.0.0.1:1.0"
    found, notes = RunConfig(cell="lstm", edits=edits).changed(**changes)
    assert found.edits == (edits if stays else "X.0.0.1:1.0")
    told = "2 edits were left out, because the gates' numbers stand elsewhere now: W1[0, 5], b1[2]."
    assert (told in notes) != stays
    plain, notes = RunConfig(edits="Wh1.0.1:0.5").changed(hidden=4)
    assert (plain.edits, notes) == ("Wh1.0.1:0.5", ())


@pytest.mark.parametrize(
    ("config", "text", "message"),
    [
        (VECTOR, "Y.1.0:1.5,b1.0:1", r"^Y\[1, 0\]: got the target 1.5, expected a number from 0 to 1 for binary"),
        (VECTOR, "Y.1.0:-1", r"^Y\[1, 0\]: got the target -1, expected a number from 0 to 1 for binary"),
        (RunConfig(), "Y.0.0.1:-1", r"^Y\[0, 0, 1\]: got the target -1, expected numbers of at least 0 for cat"),
        (RunConfig(), "Y.1.0.0:1,Y.2.0.0:0.5", r"^Y\[2, 0, 0\]: got the target 0.5, .* sums to [01].5; expected"),
        (RunConfig(), "Y.2.0.0:0.5,Y.1.0.0:0.5,Y.1.0.1:0.5", r"^Y\[2, 0, 0\]: got the target 0.5, .*sum to 1 for"),
    ],
)
def test_a_target_that_does_not_fit_the_loss_is_named(config, text, message):
    with pytest.raises(ValueError, match=message):
        run(config.replace(edits=text))


def test_targets_that_fit_together_pass():
    experiment = run(RunConfig(edits="Y.2.0.0:0.25,Y.2.0.1:0.75"))
    np.testing.assert_array_equal(experiment.task.Y[2, 0], [0.25, 0.75])
    assert run(RunConfig(output="identity_se", edits="Y.2.0.0:1000000")).task.Y[2, 0, 0] == 1e6


START = RunConfig(steps=4, batch=2, epochs=4, start_state=0.0, edits="H_init.1.0:0.9,H_init.0.1:-0.4")


def test_training_starts_from_the_edited_state():
    experiment = run(START)
    assert np.count_nonzero(experiment.H_init) == 2
    training = train_run(experiment)
    assert training.losses[0] == pytest.approx(experiment.backward.loss, rel=1e-15)
    np.testing.assert_array_equal(training.gradients["Wh1"][0], experiment.backward.gradients.Wh1)
    final = with_parameters(experiment, training.final)
    np.testing.assert_array_equal(final.H_init, experiment.H_init)
    predictions = predictions_before_after(experiment, training.final)
    np.testing.assert_array_equal(predictions.after, final.trace.Y_hat)
    assert look(experiment, -1).loss_after == training.losses[1]
    fresh = forward(experiment.architecture, training.final, experiment.task.X)
    assert (fresh.Y_hat != final.trace.Y_hat).any()


def test_truncation_sees_the_edited_state():
    experiment = run(START.replace(truncation=2))
    expected = backward(
        experiment.architecture, experiment.parameters, experiment.trace, experiment.task.Y, truncation=2
    )
    np.testing.assert_array_equal(truncated(experiment).gradients.Wh1, expected.gradients.Wh1)
    zeros = run(START.replace(truncation=2, edits=""))
    assert (truncated(zeros).gradients.Wh1 != expected.gradients.Wh1).any()


def test_held_out_sequences_start_from_zeros():
    plain = RunConfig(task="echo", steps=5, batch=4, epochs=1)
    edited = plain.replace(edits="H_init.0.0:5")
    np.testing.assert_array_equal(train_run(run(plain)).held_out_losses, train_run(run(edited)).held_out_losses)


@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid", "identity"])
@pytest.mark.parametrize("variable", ["Wh1", "W2", "X", "H_init"])
def test_the_largest_edits_leak_no_warning(activation, variable):
    place = EDITS[variable].partition(":")[0]
    config = SEQUENCE.replace(activation=activation, steps=60, epochs=3, edits=f"{place}:1e6")
    training = train_run(run(config))
    assert training.finite == (training.message == "")
