"""Ribbon and nodes: widths follow the lengths of the product so far; the words of a node are those of its numbers."""

from __future__ import annotations

from itertools import pairwise
from math import isfinite, log2

import numpy as np
import pytest
from configurations import configurations

from rnnviz import engine
from rnnviz.experiment.core import run
from rnnviz.notation.ids import HIDDEN_PARAMETERS, PARAMETERS, path
from rnnviz.notation.quantities import frobenius, shown_steps
from rnnviz.notation.quantity import read
from rnnviz.scene.nodes import scales, words
from rnnviz.scene.ribbon import HALVES, TENTHS, THREAD, WIDEST, lengths_back, ribbon, ribbons
from rnnviz.scene.view import look
from rnnviz.settings.config import PRESETS

ROUNDED = 0.006
"""Widths are given to a hundredth of a pixel."""


def checked(band, factors, lengths):
    """Assert that a band shows these lengths, each behind its factor."""
    assert [one.q for one in band.edges] == factors
    ends = [one.end for one in band.edges]
    assert band.edges[0].start == ends[0]
    assert all(after.start == before.end for before, after in pairwise(band.edges))
    assert all(THREAD <= one <= WIDEST for one in ends)
    assert [one.is_lost for one in band.edges] == [not isfinite(one) or one == 0 for one in lengths]
    found = [(length, end) for length, end in zip(lengths, ends, strict=True) if isfinite(length)]
    assert all(end == THREAD for length, end in found if length == 0)
    seen = sorted((length, end) for length, end in found if length > 0)
    if not seen:
        return
    assert seen[-1][1] == WIDEST
    assert all(high[1] >= low[1] - ROUNDED for low, high in pairwise(seen))
    apart = log2(seen[-1][0]) - log2(seen[0][0])
    price = min(8.0, 22.0 / apart) if apart else 8.0
    assert all(abs(WIDEST - end - price * (log2(seen[-1][0]) - log2(length))) < ROUNDED for length, end in seen)
    scale = HALVES if price > 3.3 else TENTHS
    assert [(name, pytest.approx(WIDEST - price * halvings, abs=ROUNDED)) for name, halvings in scale] == list(
        band.marks
    )


def checked_words(view, task):
    """Assert that what nodes are called is what their numbers are, and that one scale holds all of a kind."""
    found, size = words(view), scales(view)
    assert not view.is_batch or {said["text"] for said in found.values()} <= {"", "NaN"}
    assert all(np.abs(one[np.isfinite(one)]).max(initial=0) <= size["H"] for one in view.trace.H[shown_steps(view.T)])
    for name, said in found.items():
        kind, _, t = name.rpartition("_")
        t = int(t)
        if kind == "X" and "alone" in said:
            assert view.trace.X[t, 0].tolist() == [float(one == said["text"]) for one in task.feature_labels]
        elif "time" in said:
            assert said["time"] == str(task.time[t, view.sample] - 1)
        elif "alone" in said:
            label, target, y_hat = said["text"], found[f"Y_{t}"]["text"], view.trace.Y_hat[view.output_row(t), 0]
            assert said["part"] == y_hat.max() == y_hat[task.output_labels.index(label)]
            assert not target or view.target(t)[0, task.output_labels.index(target)] == 1
    return found


def products(view, parameter, t, k):
    """Return the length of the product behind each factor, of all samples' rows together, from the engine's factors."""
    samples = view.trace.A.shape[1]
    rows = [engine.chain_factors(*view.problem, parameter, t, k, sample) for sample in range(samples)]
    lengths, before = [], [np.eye(1)] * samples
    for place in range(len(rows[0]) - 1):
        before = [row @ factors[place].value for row, factors in zip(before, rows, strict=True)]
        lengths.append(frobenius(np.concatenate(before)) / samples)
    return [*lengths, frobenius(view.term(parameter, t, k))]


def test_the_width_of_a_ribbon_follows_the_length_of_the_product_so_far():
    rng, said, kinds = np.random.default_rng(0), set(), set()
    for config in configurations():
        with np.errstate(all="ignore"):
            experiment = run(config)
            view = look(experiment, config.sample)
            for name, said_of_it in checked_words(view, experiment.task).items():
                kinds |= {(read(name).kind, key) for key in said_of_it.keys() & {"alone", "time"}}
            parameter = PARAMETERS[rng.integers(len(PARAMETERS))]
            bands = ribbons(view, parameter)
            if view.is_batch and view.T > 12:
                assert not bands
                continue
            assert set(bands) == set(view.drawn_terms(parameter))
            for t, k in list(bands)[-3:]:
                lengths = [*known(view, parameter, t, k), frobenius(view.term(parameter, t, k))]
                checked(bands[t, k], path(t, k, parameter, shown_steps(view.T)), lengths)
                if view.T <= 5 and all(map(isfinite, lengths)):
                    assert lengths == pytest.approx(products(view, parameter, t, k), rel=1e-9, abs=1e-300), (
                        config.written()
                    )
                said.add(bands[t, k].words)
    assert {each.split("; ")[-1] for each in said} >= {"grey: length 0"}
    assert kinds == {("X", "alone"), ("X", "time"), ("Y_hat", "alone")}
    assert any("rows of all samples" in each for each in said)


def known(view, parameter, t, k):
    """Return what the module says of the lengths on the way, from the loss to H_k."""
    way = lengths_back(view, t)
    steps = [j for j in reversed(shown_steps(view.T)) if k <= j <= t] if parameter in HIDDEN_PARAMETERS else []
    return [way[""], *(way[f"H_{j}"] for j in steps)]


@pytest.mark.parametrize(
    ("lengths", "widths"),
    [
        ([1.26, 0.498, 0.604, 0.523], [24, 13.29, 15.51, 13.85]),
        ([1.0, 2.0**-11, 2.0**-22], [24, 13, 2]),
        ([4.0, 2.0, 0.0, 0.0], [24, 16, 1.5, 1.5]),
        ([0.0, 0.0], [1.5, 1.5]),
        ([1.0, float("inf"), float("nan")], [24, 24, 24]),
        ([5e-324, 1e308], [2, 24]),
    ],
)
def test_each_halving_costs_the_same(lengths, widths):
    view = look(run(PRESETS["lecture-sequence-to-sequence"].config), 0)
    factors = path(2, 1, "Wh1", shown_steps(view.T))[-len(lengths) :]
    found = ribbon(factors, lengths)
    assert [one.end for one in found.edges] == widths
    checked(found, factors, lengths)
