"""A brought batch with padding: behind a sample's end there is no loss, in numbers, sentences and pictures."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from multiplied import apart, sides
from scripts import fails, run_here

from rnnviz.checks.claims.compute import live_checks
from rnnviz.checks.gradient.compute import run_checks
from rnnviz.engine import Parameters, backward, forward
from rnnviz.experiment.core import ends, run, with_parameters
from rnnviz.experiment.flow import gradient_flow
from rnnviz.experiment.training import train_run
from rnnviz.experiment.watch import watch
from rnnviz.export.command import maker
from rnnviz.laboratory.forward.compute import prediction
from rnnviz.laboratory.learned.compute import confusion
from rnnviz.scene.build import build_scene
from rnnviz.scene.view import look
from rnnviz.tasks.networks import kept
from rnnviz.tasks.networks.brought import of_entries
from rnnviz.ui.navigation import PAGES
from tests import oracles
from tests.configurations import spread
from tests.opening import healthy, opened
from tests.test_own_network import PAIRS, config_of
from tests.with_torch import torch

LENGTHS = (4, 2, 3)


def padded(pair=PAIRS[0], lengths=LENGTHS, cell=("plain", "before"), **more):
    _, parameters, X, Y, H_init = oracles.problem("tanh", pair, cell=cell)
    mask = (np.arange(len(X))[:, None] < np.array(lengths)).astype(float)
    return {**parameters._asdict(), "X": X, "Y": Y, "H_init": H_init, "mask": mask, "output": pair[0], **more}


@pytest.mark.parametrize("cell", [("plain", "before"), ("gru", "after"), ("lstm", "before")], ids=lambda cell: cell[0])
@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_each_sample_is_as_if_it_ended_there(pair, cell):
    entries = padded(pair, cell=cell)
    experiment = run(config_of(entries, epochs=3))
    alone = []
    for sample, length in enumerate(LENGTHS):
        one = slice(sample, sample + 1)
        trace = forward(
            experiment.architecture, experiment.parameters, entries["X"][:length, one], entries["H_init"][one]
        )
        alone.append(backward(experiment.architecture, experiment.parameters, trace, entries["Y"][:length, one]))
    for name in Parameters._fields:
        mean = np.mean([getattr(each.gradients, name) for each in alone], axis=0)
        assert oracles.relative_error(getattr(experiment.backward.gradients, name), mean) < 1e-12
    assert [
        check.title for check in (*run_checks(None, experiment), *live_checks(experiment)) if not check.passed
    ] == []
    course = train_run(experiment)
    assert course.losses[0] == experiment.backward.loss
    after = with_parameters(experiment, course.final)
    assert after.backward.loss < experiment.backward.loss
    for sample, length in enumerate(LENGTHS):
        view = look(experiment, sample)
        assert view.loss_steps == list(range(length))
        for name in ("Wh1", "W2"):
            assert oracles.relative_error(view.summed(name), getattr(alone[sample].gradients, name)) < 1e-12


@pytest.mark.parametrize(("pair", "sample"), spread([(pair, at) for pair in PAIRS for at in (-1, 0, 1, 2)], 5))
def test_every_product_of_its_scene_multiplies_out(pair, sample):
    experiment = run(config_of(padded(pair), sample=sample))
    scene = json.loads(maker("scene")(experiment))
    worst = 0.0
    for frame in scene["frames"]:
        for product in frame["products"]:
            first, *others = sides(scene, product)
            worst = max([worst, *(apart(first, other) for other in others)])
    assert worst < 1e-12
    last = (max(LENGTHS) if sample < 0 else LENGTHS[sample]) - 1
    drawn = {frame["id"] for frame in scene["frames"]}
    assert f"loss-{last}" in drawn
    assert not {f"loss-{t}" for t in range(last + 1, 4)} & drawn
    assert not {q for q in scene["quantities"] if re.fullmatch(rf"(L|Y|Y_hat)_[{last + 1}-9]", q)}


@pytest.mark.parametrize("sample", [-1, 0, 1, 2])
def test_its_sentences_count_the_steps_that_have_a_loss(sample):
    experiment = run(config_of(padded(), sample=sample))
    count = max(LENGTHS) if sample < 0 else LENGTHS[sample]
    said = " ".join(str(frame["sentence"]) for frame in json.loads(maker("scene")(experiment))["frames"])
    assert f"the sum over the {count} steps" in said
    assert ("that have a loss" in said) == (count < 4)
    one = run(config_of(padded(lengths=(4, 1, 3)), sample=1))
    said = " ".join(str(frame["sentence"]) for frame in json.loads(maker("scene")(one))["frames"])
    assert "The total loss is the loss at step 0, the only one that has a loss" in said
    assert "at the last step" not in said
    for parameter in ("Wh1", "W2"):
        assert build_scene(one, parameter, 1)


def test_what_is_shown_of_predictions_ends_with_the_sample():
    experiment = run(config_of(padded(), epochs=3))
    course = train_run(experiment)
    for sample, length in enumerate(LENGTHS):
        shown = prediction(experiment.task, experiment.trace.Y_hat, sample)
        assert shown.places == tuple(range(length))
        np.testing.assert_array_equal(shown.target, experiment.task.Y[:length, sample])
        seen = watch(experiment, course, [0, 2], sample)
        assert seen.target.shape == seen.predicted.shape[1:] == (length, 2)
        np.testing.assert_allclose(seen.predicted[0], experiment.trace.Y_hat[:length, sample], rtol=1e-12)
    mean = watch(experiment, course, [0, 2], -1)
    at_end = experiment.trace.Y_hat[3, 0]
    np.testing.assert_allclose(mean.predicted[0][3], at_end, rtol=1e-12)
    right = experiment.trace.Y_hat.argmax(-1) == experiment.task.Y.argmax(-1)
    assert mean.right[0] == (right & (experiment.task.mask > 0)).sum()
    assert ends(experiment.task).tolist() == list(LENGTHS)
    counts = confusion(experiment, experiment.parameters)
    assert (counts.total, counts.right) == (sum(LENGTHS), mean.right[0])
    short = run(config_of(padded(lengths=(3, 2, 1))))
    assert np.isnan(gradient_flow(short)[3]).all()
    assert not np.isnan(gradient_flow(short)[2, :3]).any()


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        (np.full((4, 3), 0.5), "mask: got 0.5, expected 1 for a loss and 0 for padding"),
        (np.array([[0.0, 1, 1]] + [[1.0] * 3] * 3), "mask: got a loss behind padding in sample 0"),
        (np.array([[1.0, 1, 0]] * 4), "mask: got no loss in sample 2, expected losses first"),
    ],
)
def test_a_mask_that_is_no_padding_is_named(mask, message):
    with pytest.raises(ValueError, match=message):
        kept.keep(of_entries({**padded(), "mask": mask}))


def test_a_mask_of_ones_is_none_and_the_mean_over_time_is_held_off():
    whole = run(config_of(padded(lengths=(4, 4, 4))))
    assert whole.task.mask is None
    config = config_of(padded())
    assert config.replace(over_time="mean").reconciled()[0] == config
    about = kept.about(of_entries(padded(), "mine.npz"))
    assert "a loss at the first 2 to 4 of them, padding behind" in about


def code_of(kind, experiment):
    """Return the program of a script or a notebook."""
    text = maker(kind)(experiment)
    if kind != "notebook":
        return text
    return "\n\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"] if cell["cell_type"] == "code")


CELLS = [("plain", "before"), ("gru", "before"), ("gru", "after"), ("lstm", "before")]
CUT = {"truncation": 2, "truncation_kind": "window", "clip_norm": 0.5, "optimiser": "adam"}
TAKEN = [
    (kind, pair, cell, more)
    for kind in ("numpy", "pytorch", "notebook")
    for pair in PAIRS
    for cell in CELLS
    for more in ({}, CUT)
]


def taken(kind, pair, cell, more):
    """Run a script of a padded batch that begins with a memory, and hold its numbers against the engine's."""
    entries = padded(pair, cell=cell)
    memory = {"C_init": 0.3 - entries["H_init"]} if cell[0] == "lstm" else {}
    experiment = run(config_of({**entries, **memory}, epochs=3, **more))
    script = code_of(kind, experiment)
    out, names = run_here(script)
    assert "Sum of all" in out
    if kind == "pytorch":
        losses = names["tied"](*(names[name] for name in Parameters._fields))
    else:
        losses = names["step_losses"](names["Z"])
    found = [np.asarray(each) for each in (losses, *names["gradients"])]
    expected = [experiment.backward.step_losses, *experiment.backward.gradients]
    assert max(map(oracles.relative_error, found, expected)) < 1e-12
    return script


@pytest.mark.parametrize(("kind", "pair", "cell", "more"), spread(TAKEN, 13))
def test_a_script_holds_padding_and_memory(kind, pair, cell, more):
    assert kind != "pytorch" or torch.get_num_threads()
    script = taken(kind, pair, cell, more)
    before, mask, after = script.partition("mask = ")
    assert fails(before + mask + after.replace("[1, 1", "[0, 1", 1))


def test_a_spreadsheet_does_not_hold_padding_and_says_so():
    with pytest.raises(ValueError, match="a spreadsheet holds a loss at every step: got padding, expected none"):
        maker("xlsx")(run(config_of(padded())))


@pytest.mark.parametrize(("page", "sample"), spread([(page.path, at) for page in PAGES for at in (-1, 1)], 5))
def test_the_pages_show_it_or_say_why_not(page, sample):
    at = opened(page, warm=False, **config_of(padded(), epochs=5, sample=sample).to_query())
    if page in ("pages/5_Lessons.py", "pages/9_Questions.py"):
        assert not at.exception
        assert ["got padding" in error.value for error in at.error] in ([], [True])
    else:
        healthy(at)
