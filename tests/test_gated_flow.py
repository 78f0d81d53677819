"""What Gradient flow says with a GRU or an LSTM, against step Jacobians written from the equations."""

import re
from functools import cache

import numpy as np
import pytest

from rnnviz.engine import decompose, direct_path_terms
from rnnviz.experiment.core import run
from rnnviz.experiment.flow import attributed, drawn_steps, gates, jacobian_norms, terms_by_path
from rnnviz.laboratory.causes import say as causes_said
from rnnviz.laboratory.causes.compute import gated_causes
from rnnviz.laboratory.cliff import say as cliff_said
from rnnviz.laboratory.cliff.compute import columns_of_blocks, surface
from rnnviz.laboratory.reach import compute as reach_compute
from rnnviz.laboratory.reach import say as reach_said
from rnnviz.notation.numbers import low, percent
from tests.configurations import FEW, GATED, configurations
from tests.gated import adjoints, jacobians
from tests.test_flow_sentences import alone, clear, fate, says, stretched


@cache
def experiments():
    small = (config for config in configurations(cells=GATED) if config.steps <= 20 and config.hidden <= 12)
    return [run(config.replace(batch=min(config.batch, 4), sample=0).reconciled()[0]) for config in small][:FEW]


def link(experiment):
    return experiment.config.written()


def left_of(experiment):
    whole, direct = (attributed(experiment, path).sample_norms for path in (False, True))
    return reach_compute.paths(whole, direct)


def shares_left(found, T):
    """Of every loss and sample with an error, what is left of it by lag."""
    lengths = {pair: np.linalg.norm(rows, axis=1) for pair, rows in found.items()}
    shares = [[] for _ in range(T)]
    for (t, k), own in lengths.items():
        there = lengths[t, t] > 0
        shares[t - k] += (own[there] / lengths[t, t][there]).tolist()
    return shares


def test_what_is_left_in_all_and_along_the_direct_path_is_what_the_equations_leave():
    for experiment in experiments():
        T = experiment.config.steps
        left, (whole, direct) = left_of(experiment), adjoints(experiment)
        text = reach_said.flow_sentence(left, experiment.config.cell)
        shares = shares_left(whole, T)
        far = max((lag for lag, each in enumerate(shares) if each), default=-1)
        if T == 1 or far < 1:
            told = "single step" if T == 1 else "nothing to follow back" if far < 0 else "Only the first loss"
            assert told in text, (link(experiment), text)
            continue
        for values, found in ((left.median, shares), (left.direct, shares_left(direct, T))):
            expected = [np.median(each) for each in found[: far + 1]]
            np.testing.assert_allclose(values[: far + 1], expected, rtol=1e-8, atol=1e-14, err_msg=link(experiment))
        assert np.isnan(left.median[far + 1 :]).all()
        assert (f"After L{low(far)} " in text) == (far < T - 1), (link(experiment), text)
        last = np.median(shares[far])
        told = re.match(
            r"After (\d+) steps? back an error has \*\*(\S+?)\*\* times its length( in the median)?: it \*\*(.+?)\*\*\."
            r" Along the direct path alone, (C through the forget gates|H through the update gates), it would have "
            r"\*\*(\S+?)\*\*\.",
            text,
        )
        assert told, (link(experiment), text)
        assert says(last, told[2]) or last < 1e-12
        assert int(told[1]) == far
        assert says(left.direct[far], told[6])
        assert told[5][0] == {"lstm": "C", "gru": "H"}[experiment.config.cell]
        if clear(last, 0.01, 10) and last:
            name = {"vanish": "vanishes", "carry": "is carried", "explode": "explodes"}[fate(last)]
            assert told[4] == name, (link(experiment), text)


def test_of_the_gradient_is_said_by_which_path_it_came():
    for experiment in experiments():
        T, (whole, direct) = experiment.config.steps, (attributed(experiment, path).shares for path in (False, True))
        terms, alone_terms = decompose(*experiment.problem).terms, direct_path_terms(*experiment.problem)
        for name in ("W1", "Wh1", "b1"):
            by_lag, by_path = (reach_compute.shares_by_lag(each[name]) for each in (whole, direct))
            text, total = reach_said.path_sentence(by_lag, by_path, name), terms[name].sum(axis=(0, 1))
            if T == 1 or not total.any() or "Next to nothing" in text or not text:
                continue
            t, k = np.indices((T, T))
            square = (total**2).sum()
            parts = [float((each[name][t > k].sum(axis=0) * total).sum() / square) for each in (terms, alone_terms)]
            told = re.findall(r"\*\*(.+?)\*\*", text)
            for value, said in zip((parts[0], parts[1], parts[0] - parts[1]), told, strict=True):
                if abs(value) > 1e-4 and square > 1e-200:
                    assert said == percent(value, 1) or float(said.split()[-2].replace("−", "-")) == pytest.approx(
                        100 * value, rel=0.06
                    ), (link(experiment), text, parts)
            columns = reach_said.shares_table(by_lag, by_path)
            both = sum(columns[path] for path in reach_compute.PATH_NAMES)
            np.testing.assert_allclose(both, by_lag.along + by_lag.against, atol=1e-12)


def test_norms_by_path_are_those_of_the_terms():
    for experiment in experiments()[:20]:
        whole, direct = decompose(*experiment.problem).terms, direct_path_terms(*experiment.problem)
        found, reached = terms_by_path(experiment), ~np.isnan(attributed(experiment).sample_norms[..., 0])
        for name, terms in whole.items():
            for norms, each in zip(found, (direct[name], terms - direct[name]), strict=True):
                lengths = [[np.linalg.norm(term) for term in row] for row in each]
                np.testing.assert_allclose(norms[name][reached], np.array(lengths)[reached], rtol=1e-12, atol=1e-300)
                assert np.isnan(norms[name][~reached]).all()


def test_each_path_alone_is_said_to_do_what_its_product_does():
    for experiment in experiments():
        config, sample = experiment.config, experiment.trace.X.shape[1] - 1
        found = gated_causes(experiment, sample)
        text, T = causes_said.paths_sentence(found).replace("*", ""), config.steps
        if T == 1:
            assert text == "With a single step there is no way back: the gradient is immediate."
            continue
        pairs = [jacobians(experiment, t, sample) for t in range(T - 1, 0, -1)]
        direct, rest, both = (stretched(list(each)) for each in (*zip(*pairs, strict=True), [a + b for a, b in pairs]))
        told = re.fullmatch(
            r"Over (\d+) steps? back an error comes to at most (\S+) times its length: it (.+?)\. The direct path alone"
            r" would leave at most (\S+?); the rest alone, the direct path cut at every step, at most (\S+)\. (.*)",
            text,
        )
        assert told, (link(experiment), text)
        assert told[1] == str(T - 1)
        for value, said in ((both, told[2]), (direct, told[4]), (rest, told[5])):
            assert value < 1e-12 or says(value, said), (link(experiment), text, value)
        fates = [fate(value) for value in (direct, rest, both)]
        if all(clear(value, 0.01, 10) for value in (direct, rest, both)):
            words = told[6].replace("The direct path", "Wₕ₁").replace("the direct path", "Wₕ₁")
            words = words.replace("The rest", "The slopes").replace("the rest", "the slopes")
            expected = ["same" if each == fates[2] else each for each in fates[:2]]
            assert list(alone(words)) == expected, (link(experiment), text)


def test_of_a_gate_is_said_how_far_it_is_open_and_what_its_product_leaves():
    for experiment in experiments():
        found, values = gated_causes(experiment, 0), gates(experiment)
        names = {"lstm": ["input", "forget", "output", "candidate"], "gru": ["reset", "update", "candidate"]}
        assert list(found.values) == names[experiment.config.cell]
        for name, each in values.items():
            mine = each[:, 0]
            text = causes_said.gate_sentence(found, name)
            numbers = re.findall(r"\*\*(\S+?)\*\*", text)
            assert says(np.abs(mine).mean(), numbers[0]), (link(experiment), text)
            if name == found.keeping and len(mine) > 1:
                left = np.prod(mine[1:], axis=0)
                assert all(says(end, said) for end, said in zip((left.max(), left.min()), numbers[1:], strict=False))
            else:
                assert len(numbers) == 1


def test_states_of_a_gated_cell_are_mapped_by_the_products_of_its_jacobians():
    for experiment in experiments()[:20]:
        steps, T = tuple(drawn_steps(experiment).tolist()), experiment.config.steps
        norms = jacobian_norms(experiment, 0, steps)
        assert steps == tuple(range(T))
        for t, k in np.argwhere(np.tri(T, k=-1)):
            expected = stretched([sum(jacobians(experiment, s, 0)) for s in range(t, k, -1)])
            assert norms[t, k] == pytest.approx(expected, rel=1e-8, abs=1e-13)


@pytest.mark.parametrize("cell", GATED)
def test_the_loss_surface_of_a_gated_cell_is_its_loss_and_names_the_columns(cell):
    experiment = next(each for each in experiments() if each.config.cell == cell and each.config.hidden > 1)
    n = experiment.config.hidden
    blocks = columns_of_blocks(experiment)
    text = cliff_said.columns_note(blocks)
    assert f"input 0 to {n - 1}, forget {n} to {2 * n - 1}" in text or f"reset 0 to {n - 1}, update {n}" in text
    found = surface(experiment, "Wh1.0.1", f"b1.{n}", (-1.0, 1.0, -1.0, 1.0))
    for row, column in ((0, 2), (4, 8)):
        edits = f"Wh1.0.1:{found.x[column]!r},b1.{n}:{found.y[row]!r}".replace("np.float64(", "").replace(")", "")
        moved = run(experiment.config.replace(edits=edits))
        assert found.losses[row, column] == pytest.approx(moved.backward.loss, rel=1e-10)
        slopes = moved.backward.gradients.Wh1[0, 1], moved.backward.gradients.b1[n]
        assert found.slopes[row // 2, column // 2] == pytest.approx(np.hypot(*slopes), rel=1e-8)
