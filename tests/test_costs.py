"""What is held at once stays within its bound at the largest sizes; costs are known before they arise."""

from __future__ import annotations

import time
import tracemalloc

import numpy as np
import pytest

from rnnviz.checks.gradient import say as gradient_said
from rnnviz.checks.gradient.compute import run_checks
from rnnviz.checks.gradient.differences import EPSILONS, compare, error_curve
from rnnviz.experiment import costs
from rnnviz.experiment.core import decomposition, run
from rnnviz.experiment.costs import Size
from rnnviz.experiment.training import kept_epochs, train_run
from rnnviz.export.command import maker
from rnnviz.laboratory.learned.say import recorded_sentence
from rnnviz.scene.build import build_scene
from rnnviz.scene.ledger import ledger
from rnnviz.scene.training import played_places
from rnnviz.scene.view import look
from rnnviz.settings.config import PRESETS, RunConfig
from rnnviz.settings.fields import MOST_SIGNS, OTHER
from rnnviz.teaching.questions import questions
from tests.configurations import spread

LARGE = PRESETS["echo"].config.replace(steps=200, hidden=64, batch=1)
WIDE = PRESETS["echo"].config.replace(steps=200, hidden=64, batch=64, sample=-1)


def most_held(compute):
    """Return the bytes that a computation holds at most."""
    tracemalloc.start()
    try:
        compute()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.slow
@pytest.mark.parametrize(
    "compute",
    [build_scene, lambda at: ledger(look(at, 0), "Wh1"), lambda at: questions(at, 0)],
    ids=["scene", "ledger", "questions"],
)
def test_no_view_of_the_largest_network_holds_its_terms(compute):
    experiment = run(LARGE)
    assert most_held(lambda: compute(experiment)) < costs.MOST_BYTES


@pytest.mark.slow
def test_a_scene_of_the_largest_batch_holds_few_of_its_arrays():
    experiment = run(WIDE)
    assert most_held(lambda: build_scene(experiment)) < 10 * experiment.trace.H.nbytes


def test_what_a_view_keeps_is_as_large_as_what_it_shows():
    view = look(run(LARGE), 0)
    arrays = [*view.terms.terms.values(), *view.terms.rows.values(), *view.terms.columns.values()]
    assert sum((one if one.base is None else one.base).nbytes for one in arrays) < 8 * 2**20


def test_all_terms_are_made_only_where_they_and_what_makes_them_fit():
    for config in (RunConfig(steps=12, hidden=16, batch=8), RunConfig(steps=40, hidden=24, batch=4)):
        experiment = run(config)
        allowed = costs.every_term(Size.of(experiment)).bytes
        assert allowed <= costs.MOST_BYTES
        assert most_held(lambda experiment=experiment: decomposition(experiment)) < 1.5 * allowed
    assert decomposition(run(LARGE)) is None


@pytest.mark.parametrize("optimiser", ["sgd", "adam"])
def test_a_training_keeps_as_many_epochs_as_fit(optimiser):
    remembered = {"sgd": 0, "adam": 2}[optimiser]
    small = train_run(run(RunConfig(epochs=300, optimiser=optimiser)))
    assert len(small.snapshot_epochs) == 300
    config = RunConfig(task="next_character", steps=3, hidden=64, epochs=120, optimiser=optimiser)
    config = config.replace(text="".join(map(chr, range(97, 97 + 70)))).reconciled()[0]
    experiment = run(config)
    limit = costs.snapshots(Size.of(experiment), remembered)
    trained = train_run(experiment)
    assert len(trained.snapshot_epochs) == min(120, limit)
    stacks = (trained.parameters, trained.gradients, trained.updates, *trained.states.values())
    assert sum(each.nbytes for stack in stacks for each in stack.values()) <= costs.MOST_BYTES / 2


def test_fewer_epochs_are_spread_like_many():
    kept = kept_epochs(2000, 48)
    assert (len(kept), kept[0], kept[-1]) == (48, 0, 1999)
    assert (np.diff(kept) > 0).all()


def test_the_sum_of_too_many_terms_is_taken_in_the_cheap_form_and_says_so(monkeypatch):
    experiment = run(RunConfig(steps=6, batch=2))
    one_by_one = run_checks(None, experiment)[0]
    monkeypatch.setattr(costs, "MOST_SECONDS", 0.0)
    cheap = run_checks(None, experiment)[0]
    assert one_by_one.passed
    assert cheap.passed
    assert "each a product of its own" in one_by_one.what
    assert "before the last factor" in cheap.what
    assert not run_checks("no_slope", experiment)[0].passed


@pytest.mark.parametrize("signs", [2, MOST_SIGNS, MOST_SIGNS + 1, 300])
def test_a_text_has_at_most_so_many_signs_and_the_rarest_are_one(signs):
    letters = "".join(chr(0x4E00 + place) for place in range(signs))
    config, notes = RunConfig(task="next_character", text=letters + letters[:60]).reconciled()
    assert len({*config.text}) == min(signs, MOST_SIGNS)
    assert bool(notes) == (signs > MOST_SIGNS) == (OTHER in config.text)
    assert config.text[: min(60, signs)] == letters[:60]
    assert config.reconciled() == (config, ())
    if notes:
        assert f"The {signs - MOST_SIGNS + 1} rarest of {signs} different characters" in notes[0]


def test_no_text_of_the_app_is_touched():
    for preset in PRESETS.values():
        assert preset.config.reconciled() == (preset.config, ())


def test_seconds_are_known_to_the_order():
    experiment = run(LARGE.replace(batch=16))
    begun = time.process_time()
    train_run(run(experiment.config.replace(epochs=10)))
    used = time.process_time() - begun
    told = costs.training(Size.of(experiment), 10).seconds
    assert told / 12 < used < 12 * told


@pytest.mark.slow
def test_the_bytes_of_a_training_are_known():
    experiment = run(LARGE.replace(batch=16, epochs=120, optimiser="adam", clip_norm=0.1))
    told = costs.training(Size.of(experiment), 120, remembered=2).bytes
    assert told / 3 < most_held(lambda: train_run(experiment)) < 1.5 * told


@pytest.mark.slow
@pytest.mark.parametrize("compute", spread([compare, lambda at: run_checks(None, at)], 2), ids=["compare", "checks"])
def test_a_gradient_check_holds_what_is_known_before(compute):
    experiment = run(LARGE.replace(batch=16, steps=100))
    assert most_held(lambda: compute(experiment)) < 1.2 * costs.checks(Size.of(experiment)).bytes


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["numpy", "notebook", "pytorch", "html", "session"])
def test_an_export_is_known_before_it_is_made(kind):
    experiment = run(PRESETS["echo"].config.replace(steps=60, hidden=32, batch=32, epochs=20))
    told = costs.export(Size.of(experiment), kind, 20)
    begun = time.process_time()
    maker(kind)(experiment)
    used = time.process_time() - begun
    assert used < 4 * told.seconds + 0.5
    assert most_held(lambda: maker(kind)(experiment)) < 2 * told.bytes + 4 * 2**20


def test_a_large_network_is_looked_at_in_part_and_says_in_how_much(monkeypatch):
    experiment = run(RunConfig(steps=5, batch=2))
    found, curve = compare(experiment), error_curve(experiment, "Wh1", (0, 0))
    assert len(found.entries) == found.total
    assert len(curve.epsilons) == len(EPSILONS) == 29
    assert "step sizes" not in gradient_said.curve_sentence(curve)
    monkeypatch.setattr(costs, "MOST_SECONDS", 0.0)
    few, thin = compare(experiment), error_curve(experiment, "Wh1", (0, 0))
    assert len(few.entries) < few.total == found.total
    assert f"the {len(few.entries)} entries looked at, of {few.total}" in gradient_said.scatter_sentence(few)
    assert (len(thin.epsilons), thin.epsilons[0], thin.epsilons[-1]) == (8, 1e-14, 1.0)
    assert "8 of the 29 step sizes ε are computed" in gradient_said.curve_sentence(thin)
    for name in ("forward", "central"):
        assert set(thin.errors[name]) <= set(curve.errors[name])
    numeric = [check for check in run_checks(None, experiment) if check.name in ("central", "cells")]
    assert all("entries, the largest and evenly spaced ones" in check.what for check in numeric)
    assert all(check.passed for check in run_checks(None, experiment))


def test_a_training_in_passing_is_cut_short_where_it_is_dear_and_says_so():
    small, large = Size.of(run(RunConfig())), Size(200, 64, 64, 64, 64)
    assert costs.affordable_updates(small, 300) == 300
    done = costs.affordable_updates(large, 2000)
    assert 10 <= done < 200
    assert costs.updates_by_loop(large, done).seconds <= max(
        costs.MOST_TRAINING, costs.updates_by_loop(large, 10).seconds
    )
    assert f"of 2,000 epochs the first {done} " in gradient_said.fewer_updates(done, 2000)


@pytest.mark.parametrize(("epochs", "hidden"), [(5, 4), (400, 4), (120, 48)])
def test_training_says_how_many_epochs_are_kept_and_played(epochs, hidden):
    config = RunConfig(steps=3, batch=2, hidden=hidden, epochs=epochs)
    trained = train_run(run(config))
    kept, played = len(trained.snapshot_epochs), len(played_places(trained, config))
    text = recorded_sentence(trained.epochs_done, kept, played)
    if played == epochs:
        assert text == ""
    else:
        assert f"Of **{epochs}** epochs" in text
        assert f"of **{kept}**, closer" in text
        assert (f"**{played}** of these" in text) == (played < kept)
