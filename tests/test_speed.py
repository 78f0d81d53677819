"""The speedup of the batched way is measured, not typed in, and its code is the engine's."""

from __future__ import annotations

import pytest

from rnnviz.engine import decomposition
from rnnviz.experiment.core import run
from rnnviz.laboratory.speed.compute import Speedup, measured_speedup
from rnnviz.laboratory.speed.say import speedup_sentence
from rnnviz.settings.config import PRESETS


def test_both_ways_are_measured(monkeypatch):
    monkeypatch.setattr("rnnviz.laboratory.speed.compute.PATIENCE", 0.0)
    found = measured_speedup(run(PRESETS["lecture-sequence-to-sequence"].config))
    assert found.plain > 0
    assert found.batched > 0
    assert "def _sweep_at_once" in found.code


def test_the_code_is_that_of_the_size(monkeypatch):
    monkeypatch.setattr("rnnviz.laboratory.speed.compute.PATIENCE", 0.0)
    used = []
    original = decomposition._sweep_by_source
    monkeypatch.setattr(decomposition, "_sweep_by_source", lambda *a: used.append(1) or original(*a))
    experiment = run(PRESETS["sunspots"].config)
    decomposition.decompose(experiment.architecture, experiment.parameters, experiment.trace, experiment.task.Y)
    monkeypatch.undo()
    monkeypatch.setattr("rnnviz.laboratory.speed.compute.PATIENCE", 0.0)
    assert ("by_source" in measured_speedup(experiment).code) == bool(used)


def test_too_many_terms_are_not_measured(monkeypatch):
    monkeypatch.setattr("rnnviz.experiment.costs.MOST_BYTES", 10)
    assert measured_speedup(run(PRESETS["lecture-sequence-to-sequence"].config)) is None
    assert "memory" in speedup_sentence(None)


def test_the_sentence_has_the_ratio():
    assert "**4 times**" in speedup_sentence(Speedup(0.008, 0.002, ""))


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_a_gated_network_is_measured_too(cell):
    found = measured_speedup(run(PRESETS["echo"].config.replace(cell=cell)))
    assert found.plain > 0 < found.batched
    assert "back.deltas" in found.code or "find(" in found.code
