"""Sums of terms by row, column and lag are those of the single terms; a long loop tells how far it is."""

from __future__ import annotations

import numpy as np
import pytest

from rnnviz import engine
from rnnviz.engine import Architecture, forward, initialise, loss_step_terms, term_sums
from rnnviz.engine.progress import listening, tracked

CLOSE = {"rtol": 1e-12, "atol": 1e-15}


def network(steps, batch, mode, sizes=(3, 4, 2)):
    architecture = Architecture(*sizes, mode=mode)
    draw = np.random.default_rng(steps)
    X = draw.normal(size=(steps, batch, sizes[0]))
    Y = np.eye(sizes[2])[draw.integers(sizes[2], size=(steps, batch))]
    parameters = initialise(architecture, 1)
    trace = forward(architecture, parameters, X, draw.normal(size=(batch, sizes[1])))
    return architecture, parameters, trace, Y[-1] if mode == "sequence_to_vector" else Y


def kept(reach, kind, t, k):
    return t // reach == k // reach if kind == "chunk" else t - k < reach


@pytest.mark.parametrize("mode", engine.MODES)
@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize(("truncation", "kind"), [(None, "window"), (2, "window"), (3, "chunk"), (1, "chunk")])
@pytest.mark.parametrize(("T", "steps"), [(1, [0]), (5, [0, 1, 2, 3, 4]), (9, [0, 1, 4, 7, 8])])
def test_they_are_the_sums_of_the_single_terms(mode, batch, truncation, kind, T, steps):
    problem = network(T, batch, mode)
    found = term_sums(*problem, steps, truncation, kind)
    rows = [loss_step_terms(*problem, t) for t in range(T)]
    reach = truncation or T
    for name in engine.Parameters._fields:
        cells = {(t, k): rows[t][name][k] for t in range(T) for k in range(t + 1) if name not in ("W2", "b2") or t == k}
        counted = {at: value for at, value in cells.items() if name in ("W2", "b2") or kept(reach, kind, *at)}

        def total(which, counted=counted, cells=cells):
            return sum((value for at, value in counted.items() if which(*at)), np.zeros_like(cells[0, 0]))

        np.testing.assert_allclose(found.totals[name], total(lambda t, k: True), **CLOSE)
        left_out = sum((cells[at] for at in cells if at not in counted), np.zeros_like(cells[0, 0]))
        np.testing.assert_allclose(found.cut[name], left_out, **CLOSE)
        for step in steps:
            np.testing.assert_allclose(found.rows[name, step], total(lambda t, k, s=step: t == s), **CLOSE)
            np.testing.assert_allclose(found.columns[name, step], total(lambda t, k, s=step: k == s), **CLOSE)
        for (_, lag), value in ((at, v) for at, v in found.lags.items() if at[0] == name):
            np.testing.assert_allclose(value, total(lambda t, k, lag=lag: t - k == lag), **CLOSE)
        for (_, t, k), value in ((at, v) for at, v in found.terms.items() if at[0] == name):
            np.testing.assert_allclose(value, cells[t, k], **CLOSE)
        wanted = {(t, k) for t, k in cells if t in steps and k in steps}
        losses = {t for t in range(T) if mode == "sequence_to_sequence" or t == T - 1}
        assert {at[1:] for at in found.terms if at[0] == name} >= {at for at in wanted if at[0] in losses}


def test_nothing_that_is_held_is_a_view_of_something_larger():
    found = term_sums(*network(9, 2, "sequence_to_sequence"), [0, 1, 8])
    for values in (found.terms, found.rows, found.columns, found.lags, found.totals, found.cut):
        for value in values.values():
            assert value.base is None or value.base.nbytes == value.nbytes


# --- how far a loop is ------------------------------------------------------------------------------------


def test_nested_loops_tell_one_part_that_never_goes_back():
    heard = []
    with listening(heard.append):
        for _ in tracked(range(3)):
            for _ in tracked([1, 2]):
                pass
    assert heard == sorted(heard)
    assert heard[0] == 0
    assert heard[-1] == pytest.approx(5 / 6)


def test_what_the_listener_raises_ends_the_loop_and_leaves_no_trace():
    def leave(part):
        if part > 0.5:
            raise KeyboardInterrupt

    turns = []
    with pytest.raises(KeyboardInterrupt), listening(leave):
        turns.extend(turn for turn in tracked(range(10)))
    assert turns == [0, 1, 2, 3, 4, 5]
    assert tracked(turns) is turns
