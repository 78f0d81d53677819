"""A reader's own gradient: each known mistake, and each two of them, is named by the numbers alone.

The gradients under suspicion are made here, by a loop of its own that shares nothing with the package.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import combinations

import numpy as np
import pytest

import rnnviz
from rnnviz.engine import Architecture, Parameters
from rnnviz.experiment.mistakes import MISTAKES
from tests import oracles
from tests.configurations import spread
from tests.with_torch import torch

CLIP = "clipped_norm"
KNOWN = [name for name, each in MISTAKES.items() if "plain" in each.cells]
EXACT = [name for name in KNOWN if name != CLIP]
ORDER = [
    *((), *combinations(EXACT, 1), *combinations(EXACT, 2)),
    *(tuple(name for name in MISTAKES if name in (*made, CLIP)) for n in (0, 1) for made in combinations(EXACT, n)),
]
"""Every explanation, from simple to less so."""
PAIRS = [made for made in ORDER if len(made) == 2]
FACTOR = 0.37


def network(seed):
    """Return a random network with data: sizes, activations, loss and mode are drawn."""
    rng = np.random.default_rng([27, seed])
    output = PAIRS_OF_LOSS[seed % len(PAIRS_OF_LOSS)]
    hidden, mode = ("tanh", "sigmoid", "tanh", "relu")[seed % 4], oracles.MODES[seed % 3 == 2]
    T, m = int(rng.integers(3, 7)), int(rng.integers(2, 5))
    sizes = tuple(int(size) for size in rng.integers(2, 5, size=3))
    return oracles.problem(hidden, output, mode, T=T, m=m, sizes=sizes, seed=seed, scale=0.7)


PAIRS_OF_LOSS = [oracles.PAIRS[0], oracles.PAIRS[3], oracles.PAIRS[4], oracles.PAIRS[2], oracles.PAIRS[6]]


def slope(name, a, h):
    if name == "tanh":
        return 1 - h**2
    return h * (1 - h) if name == "sigmoid" else (h > 0) * 1.0 if name == "relu" else np.ones_like(h)


def output_jacobian(name, z, p):
    """(m, n2, n2) array."""
    if name == "softmax":
        return np.einsum("mi,ij->mij", p, np.eye(p.shape[1])) - np.einsum("mi,mj->mij", p, p)
    return np.einsum("mi,ij->mij", slope(name, z, p), np.eye(p.shape[1]))


def by_output(loss, p, y):
    if loss == "squared_error":
        return p - y
    return -y / p + ((1 - y) / (1 - p) if loss == "binary_cross_entropy" else 0)


@np.errstate(all="ignore")
def by_hand(made, architecture, parameters, X, Y, H_init):
    """Return the gradient of a loop in which these mistakes are made; clipped by `FACTOR`."""
    W1, Wh1, b1, W2, b2 = parameters
    T, m = len(X), X.shape[1]
    A, H, Z, before = [], [], [], [H_init]
    for x in X:
        A.append(x @ W1 + before[-1] @ Wh1 + b1)
        H.append(oracles.activation(architecture.hidden_activation, A[-1]))
        Z.append(H[-1] @ W2 + b2)
        before.append(H[-1])
    scale = np.prod([FACTOR if CLIP in made else 1, -1 if "sign" in made else 1, 1 / T if "time_mean" in made else 1])
    scale /= 1 if "no_batch_mean" in made else m
    errors = []
    for t in range(T):
        p = oracles.activation(architecture.output_activation, Z[t])
        there = architecture.mode == "sequence_to_sequence" or t == T - 1
        y = Y if architecture.mode == "sequence_to_vector" else Y[t]
        J = output_jacobian(architecture.output_activation, Z[t], p)
        error = by_output(architecture.loss, p, y)
        for _ in range(1 + ("softmax_slope_twice" in made) - ("no_output_slope" in made)):
            error = np.einsum("mj,mji->mi", error, J)
        errors.append(scale * error if there else np.zeros_like(error))
    upstream = [error @ W2.T for error in errors]
    for _ in range(1 + ("aliased" in made)):
        grads, carried, seen = [np.zeros_like(v) for v in parameters], np.zeros_like(H_init), []
        for k in range(T - 1, -1, -1):
            dh = upstream[k] if {"no_dh_next", "detached"} & {*made} else upstream[k] + carried
            seen.insert(0, dh)
            at = k - 1 if "wrong_step_slope" in made else k
            f = slope(architecture.hidden_activation, A[at], A[at] if "slope_of_preactivation" in made else H[at])
            da = dh if "no_slope" in made else dh / f if "inverse_slope" in made else dh * f
            state = H[k] if "late_state" in made else before[k]
            bias = da.sum(0) * (2 if "bias_twice" in made else 1)
            new = [X[k].T @ da, state.T @ da, bias, H[k].T @ errors[k], errors[k].sum(0)]
            grads = new if "overwritten" in made else [g + n for g, n in zip(grads, new, strict=True)]
            carried = da @ (Wh1 if "no_transpose" in made else Wh1.T)
        upstream = seen
    return Parameters(*grads)


def same(found, other, scaled=False):
    """Whether two gradients are the same numbers, or the first is a part of the second."""
    finite = [np.isfinite(v) for v in found]
    if any((f != np.isfinite(v)).any() for f, v in zip(finite, other, strict=True)):
        return False
    one, two = (np.concatenate([v[f] for v, f in zip(g, finite, strict=True)]) for g in (found, other))
    factor = one @ two / (two @ two) if scaled else 1.0
    largest = [
        max(abs(v[f]).max(initial=0), abs(o[f]).max(initial=0)) for v, o, f in zip(found, other, finite, strict=True)
    ]
    pairs = zip(found, other, finite, largest, strict=True)
    near = [abs(v - factor * o)[f].max(initial=0) <= 1e-9 * max(size, 1e-6 * max(largest)) for v, o, f, size in pairs]
    return all(near) and (not scaled or 0 < factor < 1)


@lru_cache(maxsize=2)
def gradients(seed):
    return {made: by_hand(made, *network(seed)) for made in ORDER}


def expected(seed, made):
    """Return the simplest explanation that gives the same numbers, by hand."""
    every = gradients(seed)
    found = every[made]
    return next(
        other
        for other in ORDER
        if same(found, every[other])
        or (CLIP in other and same(found, every[tuple(n for n in other if n != CLIP)], scaled=True))
    )


def diagnosed(seed, gradient):
    architecture, parameters, X, Y, H_init = network(seed)
    return rnnviz.diagnose(architecture, parameters, X, Y, gradient, H_init)


NETWORKS = spread(range(10), 7)


@pytest.mark.parametrize("seed", NETWORKS)
@pytest.mark.parametrize("names", ["", *EXACT, CLIP])
def test_each_mistake_is_named_and_the_right_gradient_is_right(seed, names):
    made = tuple(names.split())
    found = diagnosed(seed, gradients(seed)[made])
    assert found.mistakes == expected(seed, made)
    assert found.verdict == ("mistake" if found.mistakes else "right")
    assert found.factor == (pytest.approx(FACTOR, rel=1e-6) if CLIP in found.mistakes else 1)
    assert all(name in found.sentence for name in found.mistakes)


CASES = [(seed, " ".join(made)) for seed in range(10) for made in PAIRS]


@pytest.mark.parametrize(("seed", "names"), spread(CASES, 53))
def test_each_two_mistakes_are_named(seed, names):
    made = tuple(names.split())
    found = diagnosed(seed, gradients(seed)[made])
    assert found.mistakes == expected(seed, made)
    assert all(name in found.sentence for name in found.mistakes)


def test_which_two_mistakes_are_the_numbers_of_something_simpler():
    """A slope that is left out cannot be wrong too; where nothing comes back nothing goes wrong on the way."""
    slopes = ("wrong_step_slope", "inverse_slope", "slope_of_preactivation")
    lost = {
        *(("no_slope", other) for other in slopes),
        *{
            ("no_dh_next", "no_transpose"),
            ("no_dh_next", "aliased"),
            ("no_transpose", "detached"),
            ("aliased", "detached"),
        },
        *{("softmax_slope_twice", "no_output_slope"), ("time_mean", CLIP)},
    }
    assert {made for made in PAIRS if expected(0, made) not in (made, by_first(made))} == lost


def by_first(made):
    """Return two mistakes with `no_dh_next` for `detached`, which always gives the same numbers."""
    return tuple(name for name in MISTAKES if name in {"no_dh_next" if n == "detached" else n for n in made})


def test_a_detached_state_is_said_to_be_the_same_as_a_forgotten_one():
    found = diagnosed(0, gradients(0)[("detached",)])
    assert found.mistakes == ("no_dh_next",)
    assert found.others == (("detached",),)
    assert "the same numbers come from detached" in found.sentence


def to_digits(values, digits=6):
    return np.array([float(f"{v:.{digits}g}") for v in values.ravel()]).reshape(values.shape)


ROUNDED = {
    "decimals": lambda v: np.round(v, 6),
    "digits": to_digits,
    "single": lambda v: v.astype(np.float32),
    "printed": lambda v: np.round(v, 4),
}


@pytest.mark.parametrize("how", ROUNDED)
@pytest.mark.parametrize("seed", spread(range(10), 4))
def test_a_rounded_gradient_is_right(seed, how):
    right = by_hand((), *network(seed))
    found = diagnosed(seed, Parameters(*map(ROUNDED[how], right)))
    assert found.verdict == "right"
    assert max(found.errors.values()) < 0.01
    if how != "single":
        assert "as far as the digits go" in found.sentence


@pytest.mark.parametrize("how", ["decimals", "digits", "single"])
@pytest.mark.parametrize("names", [*spread(KNOWN, 3), *spread(map(" ".join, PAIRS), 90)])
def test_a_rounded_mistake_is_named(names, how):
    made = tuple(names.split())
    found = diagnosed(0, Parameters(*map(ROUNDED[how], gradients(0)[made])))
    assert found.mistakes == expected(0, made)


def batch_of_two(seed):
    """Return a network, its parameters and data, and the right gradient; four steps, two samples."""
    architecture, Y = Architecture(2, 3, 2), np.tile([1.0, 0.0], (4, 2, 1))
    parameters = rnnviz.engine.initialise(architecture, seed)
    X = np.random.default_rng(seed).normal(size=(4, 2, 2))
    return architecture, parameters, X, Y, by_hand((), architecture, parameters, X, Y, np.zeros((2, 3)))


@pytest.mark.parametrize("seed", [0, 9, 11, 19, 21, 52])
def test_rounding_to_one_decimal_is_not_taken_for_clipping(seed):
    *problem, right = batch_of_two(seed)
    found = rnnviz.diagnose(*problem, Parameters(*(np.round(v, 1) for v in right)))
    assert (found.mistakes, found.factor) == ((), 1)


@pytest.mark.parametrize(("seed", "factor"), [(0, 2.0), (0, 1.5), (0, 3.25), (1, 1.25), (1, -0.3), (5, 1.7), (5, -0.7)])
def test_a_gradient_that_is_only_scaled_is_said_to_be(seed, factor):
    """Also where a known mistake, clipped by a free factor, gives it: any scaling looks the same."""
    found = diagnosed(seed, Parameters(*(factor * v for v in by_hand((), *network(seed)))))
    said = re.match(r"The whole gradient is (\S+) times the right one, and any scaling by this number", found.sentence)
    assert float(said[1].replace("−", "-")) == factor
    by_two = {"no_batch_mean": network(seed)[2].shape[1], "sign": -1}
    assert found.mistakes[1:] == (CLIP,)
    assert by_two[found.mistakes[0]] * found.factor == pytest.approx(factor)


@pytest.mark.parametrize("made", [(), ("no_batch_mean",), ("late_state", CLIP), (CLIP,)])
def test_a_gradient_that_is_not_only_scaled_is_not_said_to_be(made):
    assert "whole gradient is" not in diagnosed(0, gradients(0)[made]).sentence


@pytest.mark.parametrize("seed", spread(range(10), 4))
def test_noise_is_unknown(seed):
    rng, right = np.random.default_rng(seed), by_hand((), *network(seed))
    noise = Parameters(*(rng.normal(size=v.shape) for v in right))
    near = Parameters(*(v * (1 + 1e-3 * rng.normal(size=v.shape)) for v in right))
    nothing = Parameters(*(np.zeros_like(v) for v in right))  # what is left of a last loss by two known mistakes
    for gradient in (noise, near, nothing)[: 2 if network(seed)[0].is_sequence_to_vector else 3]:
        found = diagnosed(seed, gradient)
        assert (found.verdict, found.mistakes) == ("unknown", ())
        assert found.sentence.startswith("No known mistake")


def test_relations_of_an_unknown_gradient_are_said_and_true():
    right = gradients(0)[()]
    order = np.roll(np.arange(len(right.b1)), 1)
    strange = Parameters(right.W1[:, order], right.Wh1.T, right.b1, -3.5 * right.W2, right.b2 + 1)
    said = diagnosed(0, strange).sentence
    assert "Right: b1." in said
    assert f"W1 has the right columns in another order: {', '.join(map(str, order))}." in said
    assert "Wh1 is the right one, transposed." in said
    assert "W2 is −3.5 times the right one." in said
    assert "b2 is not the right one by any factor" in said
    whole = diagnosed(0, Parameters(*(250 * v for v in right)))
    assert whole.sentence.endswith("The whole gradient is 250 times the right one.")


def test_only_some_parameters_may_be_overwritten_or_given():
    right, last = gradients(0)[()], gradients(0)[("overwritten",)]
    found = diagnosed(0, right._replace(Wh1=last.Wh1, b2=last.b2))
    assert found.mistakes == ("overwritten",)
    assert "in the sums of Wh1 and b2" in found.sentence
    some = diagnosed(0, {"Wh1": gradients(0)[("late_state",)].Wh1, "b1": right.b1})
    assert some.mistakes == ("late_state",)
    assert {*some.errors} == {"Wh1", "b1"}
    assert "compared in Wh1 alone" in diagnosed(0, Parameters(None, right.Wh1, None, None, None)).sentence


def test_a_mask_leaves_padded_steps_without_a_loss():
    architecture, parameters, X, Y, H_init = network(0)
    mask = np.ones(X.shape[:2])
    mask[-1, 0] = mask[1, 1] = 0
    alone = []
    for sample in range(X.shape[1]):
        for t in np.flatnonzero(mask[:, sample]):
            case = (architecture, parameters, X[: t + 1, [sample]], Y[: t + 1, [sample]], H_init[[sample]])
            before = (architecture, parameters, X[:t, [sample]], Y[:t, [sample]], H_init[[sample]])
            rest = by_hand((), *before) if t else Parameters(*(np.zeros_like(v) for v in parameters))
            alone.append([a - b for a, b in zip(by_hand((), *case), rest, strict=True)])
    right = Parameters(*(sum(parts) / X.shape[1] for parts in zip(*alone, strict=True)))
    assert rnnviz.diagnose(architecture, parameters, X, Y, right, H_init, mask=mask).verdict == "right"
    assert diagnosed(0, right).verdict == "unknown"


def changed(rng, block):
    """Return a block as it is, scaled, turned, in another order, or off."""
    order = rng.permutation(block.shape[-1])
    ways = [block, block, rng.normal() * 3 * block, block.T, -2 * block.T, block[..., order], block + 0.1]
    ways = [way for way in ways if way.shape == block.shape]
    return ways[rng.integers(len(ways))]


def near(one, other):
    return one.shape == other.shape and abs(one - other).max() <= 1e-3 * abs(one).max()  # four digits are told


def holds(own, right, said):
    """Whether every statement about a parameter is true of its numbers."""
    for name, own_block, block in zip(oracles.NAMES, own, right, strict=True):
        listed = re.search(r"Right: ([^.]*)\.", said)
        if listed and name in re.split(", | and ", listed[1]):
            assert near(own_block, block)
        elif scaled := re.search(rf"\b{name} is (?:(\S+) times )?the right one(, transposed)?\.", said):
            factor = float((scaled[1] or "1").replace("−", "-"))
            assert near(own_block, factor * (block.T if scaled[2] else block))
        elif moved := re.search(rf"\b{name} has the right (\w+) in another order: ([\d, ]+)\.", said):
            order = [int(place) for place in moved[2].split(", ")]
            assert near(own_block, block[order] if moved[1] == "rows" else block[..., order])
        else:
            assert f"{name} is not the right one by any" in said
            assert not near(own_block, block)


@pytest.mark.parametrize("count", [12, pytest.param(300, marks=pytest.mark.slow)])
def test_what_is_said_of_an_unknown_gradient_is_true(count):
    unknown = 0
    for number in range(count):
        rng, problem = np.random.default_rng(number), network(number % 10)
        right = by_hand((), *problem)
        own = Parameters(*(changed(rng, block) for block in right))
        found = rnnviz.diagnose(*problem[:4], own, problem[4])
        for name, block, other in zip(oracles.NAMES, own, right, strict=True):
            size = max(abs(block).max(), abs(other).max())
            assert found.errors[name] == pytest.approx(
                abs(block - other).max() / size if size else 0, rel=1e-6, abs=1e-12
            )
        if found.verdict == "right":
            assert max(found.errors.values()) < 1e-8
        if found.verdict == "unknown" and "The whole gradient" not in found.sentence:
            holds(own, right, found.sentence)
            unknown += 1
    assert unknown > count / 2


@pytest.mark.parametrize(
    ("gradient", "message"),
    [
        ({"W3": np.zeros(2)}, r"gradients: got 'W3', expected one of W1, Wh1, b1, W2, b2"),
        ({"W1": np.zeros((9, 9))}, r"gradients.W1: got shape \(9, 9\), expected \(2, 3\)"),
        ({"W1": np.array(["a"])}, r"gradients.W1: got an array of <U1 with shape \(1,\), expected an array of real"),
        ({"W1": [[1, 2, 3], [1]]}, r"gradients.W1: got list of 2, expected an array of real numbers"),
        ({"b1": object()}, r"gradients.b1: got object, expected an array of real numbers"),
        ({"b1": list}, r"gradients.b1: got type, expected an array of real numbers"),
        ({"b1": np.ones(3) * 1j}, r"gradients.b1: got an array of complex128 with shape \(3,\), expected"),
        ({}, r"gradients: got none, expected at least one of W1"),
        (np.zeros(5), r"gradients: got an array of float64"),
        ([1, 2], r"gradients: got list of 2, expected Parameters"),
    ],
)
def test_what_does_not_fit_is_named(gradient, message):
    architecture = Architecture(2, 3, 2)
    parameters = rnnviz.engine.initialise(architecture)
    X, Y = np.ones((2, 1, 2)), np.tile([1.0, 0.0], (2, 1, 1))
    with pytest.raises(ValueError, match=message):
        rnnviz.diagnose(architecture, parameters, X, Y, gradient)


def test_a_gradient_that_is_not_finite_is_compared_where_it_is():
    right = gradients(3)[()]
    found = diagnosed(3, gradients(3)[("inverse_slope",)])
    assert not np.isfinite(gradients(3)[("inverse_slope",)].W1).all()
    assert found.mistakes == ("inverse_slope",)
    broken = right._replace(b2=np.full_like(right.b2, np.nan))
    assert diagnosed(3, broken).verdict == "unknown"


def overflowing():
    architecture = Architecture(2, 3, 2, "relu", "identity", "squared_error")
    parameters = Parameters(*(1e160 * v for v in rnnviz.engine.initialise(architecture, 0)))
    return architecture, parameters, *batch_of_two(0)[2:4]


@pytest.mark.parametrize("value", [np.nan, np.inf, 0.0, 1.0])
@pytest.mark.parametrize("names", [("W1", "Wh1", "b1", "W2", "b2"), ("b2",)])
def test_nothing_is_said_of_a_gradient_where_the_right_one_overflows(value, names):
    problem = overflowing()
    with np.errstate(all="ignore"):
        right = by_hand((), *problem, np.zeros((2, 3)))
    assert not any(np.isfinite(v).all() for v in right)
    own = {name: np.full_like(getattr(right, name), value) for name in names}
    found = rnnviz.diagnose(*problem, own)
    assert (found.verdict, found.mistakes) == ("unknown", ())
    assert found.sentence.startswith("The pass overflows: the right gradient is not finite in ")
    assert all(name in found.sentence for name in names)


@pytest.mark.parametrize("names", [("W1", "Wh1", "b1"), ("W1",)])
def test_no_mistake_is_read_from_numbers_none_of_which_is_finite(names):
    nothing = {name: np.full_like(getattr(gradients(3)[()], name), np.nan) for name in names}
    found = diagnosed(3, nothing)
    assert (found.verdict, found.mistakes) == ("unknown", ())
    assert found.sentence == "No entry of the gradient is finite: there is nothing to compare."


def test_targets_that_are_no_array_are_named():
    *problem, right = batch_of_two(0)
    with pytest.raises(ValueError, match=r"Y: got list of 2, expected an array of real numbers"):
        rnnviz.diagnose(*problem[:3], [[1.0, 2.0], [1.0]], right)


def test_tensors_on_their_way_to_a_gradient_are_taken_as_numbers():
    architecture, parameters, X, Y, right = batch_of_two(0)
    own = {name: torch.tensor(v, requires_grad=True) for name, v in right._asdict().items()}
    assert rnnviz.diagnose(architecture, parameters, X, Y, own).verdict == "right"
    weights = Parameters(*(torch.tensor(v, requires_grad=True) for v in parameters))
    data = (torch.tensor(v, requires_grad=True) for v in (X, Y))
    assert rnnviz.diagnose(architecture, weights, *data, Parameters(**own)).verdict == "right"
    with pytest.raises(ValueError, match=r"gradients.b1: got Tensor, expected|gradients.b1: got shape \(\), expected"):
        rnnviz.diagnose(architecture, parameters, X, Y, {"b1": torch.tensor(1.0)})
