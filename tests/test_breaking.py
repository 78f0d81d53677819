"""A broken run: where it broke is found, not guessed, and a remedy does what its button says."""

from __future__ import annotations

import numpy as np
import pytest

from rnnviz.engine import Parameters, decompose, forward
from rnnviz.experiment.core import run
from rnnviz.experiment.training import train_run
from rnnviz.laboratory.breaking.compute import GROWN, Breakdown, breakdown, remedies
from rnnviz.laboratory.breaking.say import breakdown_sentence, remedy_sentence
from rnnviz.settings.config import PRESETS, RunConfig
from tests.opening import healthy, opened

BROKEN = {
    "exploding": PRESETS["exploding"].config,
    "a rate far too high": PRESETS["sunspots"].config.replace(
        activation="relu", optimiser="sgd", learning_rate=5.0, clip_norm=None
    ),
    "slowly": PRESETS["exploding"].config.replace(steps=4, learning_rate=0.2, optimiser="momentum"),
}


@pytest.fixture(scope="module", params=BROKEN, ids=str)
def case(request):
    experiment = run(BROKEN[request.param])
    result = train_run(experiment)
    assert not result.finite
    return experiment, result, breakdown(experiment, result)


def lengths(experiment, result, epoch):
    """log10 of every term's length at a kept epoch, from the terms themselves."""
    place = list(result.snapshot_epochs).index(epoch)
    parameters = Parameters(*(result.parameters[name][place] for name in Parameters._fields))
    trace = forward(experiment.architecture, parameters, experiment.task.X)
    terms = decompose(experiment.architecture, parameters, trace, experiment.task.Y).terms
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        return {
            name: np.log10(np.abs(values).reshape(*values.shape[:2], -1).max(axis=2))
            + np.log10(
                np.linalg.norm(
                    np.nan_to_num(
                        values.reshape(*values.shape[:2], -1)
                        / np.abs(values).reshape(*values.shape[:2], -1).max(axis=2, keepdims=True)
                    ),
                    axis=2,
                )
            )
            for name, values in terms.items()
        }


def test_the_epoch_and_the_last_sound_state(case):
    _, result, found = case
    assert found.epoch == result.epochs_done - 1
    norms = np.array(list(result.gradient_norms.values()))
    assert not (np.isfinite(result.losses[found.epoch]) and np.isfinite(norms[:, found.epoch]).all())
    assert np.isfinite(result.losses[: found.healthy + 1]).all()
    assert np.isfinite(norms[:, : found.healthy + 1]).all()
    assert found.healthy == found.epoch - 1


def test_the_parameter_is_the_one_whose_gradient_grew_most(case):
    _, result, found = case
    with np.errstate(divide="ignore"):
        ratios = {
            name: np.log(norms[found.healthy]) - np.log(norms[0]) for name, norms in result.gradient_norms.items()
        }
    assert found.parameter == max(ratios, key=ratios.get)
    assert found.norms == (
        result.gradient_norms[found.parameter][0],
        result.gradient_norms[found.parameter][found.healthy],
    )


def test_the_term_that_grew_first(case):
    experiment, result, found = case
    name, t, k = found.term
    start, there = (lengths(experiment, result, epoch) for epoch in (0, found.grew_at))
    assert found.lengths[0] == pytest.approx(start[name].max(), abs=1e-9)
    assert found.lengths[1] == pytest.approx(there[name][t, k], abs=1e-9)
    growth = {each: there[each].max() - start[each].max() for each in there}
    assert growth[name] == pytest.approx(max(growth.values()), abs=1e-9)
    for epoch in result.snapshot_epochs[result.snapshot_epochs < found.grew_at][:20]:
        earlier = lengths(experiment, result, int(epoch))
        assert all(earlier[each].max() - start[each].max() < GROWN for each in earlier)


def test_of_silent_units_no_term_grew():
    """ReLU units that are never on have terms of 0, while the bias of the output breaks on its own."""
    dead = {"activation": "relu", "bias": -8.0, "optimiser": "sgd", "learning_rate": 10.0, "clip_norm": None}
    experiment = run(PRESETS["sunspots"].config.replace(**dead))
    found = breakdown(experiment, train_run(experiment))
    terms = decompose(experiment.architecture, experiment.parameters, experiment.trace, experiment.task.Y).terms
    assert not any(values.any() for values in terms.values())
    assert (found.parameter, found.term) == ("b2", None)
    assert "every term of W₁, Wₕ₁ and β₁ was 0" in breakdown_sentence(found)


def test_a_sound_run_has_no_breakdown():
    experiment = run(PRESETS["lecture-sequence-to-sequence"].config.replace(epochs=3))
    assert breakdown(experiment, train_run(experiment)) is None


def test_remedies_are_settings_and_at_least_one_helps():
    experiment = run(BROKEN["exploding"])
    done = {
        next(iter(each.changes)): train_run(run(experiment.config.replace(**each.changes)))
        for each in remedies(experiment)
    }
    assert set(done) == {"learning_rate", "clip_norm", "spectral_radius"}
    assert done["clip_norm"].finite
    assert "stays finite: the loss falls" in remedy_sentence(done["clip_norm"])
    assert f"{done['clip_norm'].losses[-1]:.4g}" in remedy_sentence(done["clip_norm"])


def test_a_remedy_that_fails_says_so():
    experiment = run(BROKEN["exploding"])
    result = train_run(experiment)
    assert remedy_sentence(result) == f"breaks too, at epoch {result.epochs_done - 1}"


def test_a_remedy_beyond_the_limits_is_not_offered():
    config = BROKEN["exploding"].replace(learning_rate=1e-6)
    offered = [set(each.changes) for each in remedies(run(config))]
    assert {"learning_rate"} not in offered


def test_the_sentence_has_the_numbers_also_beyond_floats():
    found = Breakdown(9, 8, "W2", (0.5, 1e20), ("Wh1", 7, 2), 4, (-1.0, 412.3))
    text = breakdown_sentence(found)
    for part in (
        "epoch **9**",
        "epoch 8",
        "from 0.5 to 1e20",
        "**term(7, 2)**",
        "5 steps back",
        "epoch 4",
        "10⁴¹²",
        "0.1",
    ):
        assert part in text


def test_the_page_tells_and_a_button_cures():
    at = healthy(opened("pages/4_Training.py", preset="exploding"))
    text = " ".join(each.value for each in at.markdown)
    assert "The first term to grow was **term(" in text
    at.button(key="remedy.clip_norm").click().run()
    healthy(at)
    assert at.sidebar.text_input(key="setting.clip_norm").value == "1"
    assert not at.warning


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_a_gated_run_that_breaks_is_told_and_offered_what_concerns_it(cell):
    config = RunConfig(cell=cell, output="identity_se", learning_rate=10.0, epochs=300, task="recall", steps=6)
    config = config.replace(edits="W2.0.0:1000000,W2.1.0:1000000").reconciled()[0]
    experiment = run(config)
    trained = train_run(experiment)
    assert not trained.finite
    found = breakdown(experiment, trained)
    assert found is not None
    assert f"epoch **{found.epoch}**" in breakdown_sentence(found)
    assert not any("radius" in each.label for each in remedies(experiment))
