"""GRU and LSTM, term by term, against a network written again gate by gate, untied, by complex steps."""

import pickle
from dataclasses import replace

import numpy as np
import pytest

from rnnviz import engine
from rnnviz.engine import Parameters, backward, decompose, direct_path_terms, forward, single_term
from rnnviz.engine.jacobians import step_jacobians
from tests import oracles

CELLS = [("gru", "before"), ("gru", "after"), ("lstm", "before")]
HIDDEN = ("W1", "Wh1", "b1")
PAIRS = {"sequence_to_sequence": oracles.PAIRS[0], "sequence_to_vector": ("identity", "squared_error")}
CASES = [(cell, mode, masked) for cell in CELLS for mode in oracles.MODES for masked in (False, True)]


class Case:
    """A random network with data and states before step 0, and every term by the oracle."""

    def __init__(self, cell, mode=oracles.MODES[0], masked=False, pair=None, **changes):
        problem = oracles.problem(pair=pair or PAIRS[mode], mode=mode, cell=cell, **changes)
        self.architecture, self.parameters, self.X, self.Y, self.H_init = problem
        stream = np.random.default_rng(1)
        self.initial = {"C_init": stream.normal(size=self.H_init.shape)} if cell[0] == "lstm" else {}
        mask = np.array(stream.uniform(0.2, 2, size=self.Y.shape[:-1])) * (stream.random(self.Y.shape[:-1]) > 0.3)
        self.mask = {"mask": mask} if masked else {}
        self.trace = forward(self.architecture, self.parameters, self.X, self.H_init, **self.initial)
        self.problem = self.architecture, self.parameters, self.X, self.Y, self.H_init
        self.solved = self.architecture, self.parameters, self.trace, self.Y
        self.more = self.initial | self.mask
        self.width = self.architecture.n_hidden * (2 if cell[0] == "lstm" else 1)


@pytest.fixture(scope="module", params=CASES, ids=lambda case: "-".join([*case[0], case[1], "masked" * case[2]]))
def case(request):
    found = Case(*request.param)
    found.terms = oracles.terms(*found.problem, **found.more)
    return found


def near(found, expected, tolerance=1e-12):
    assert oracles.relative_error(found, expected) <= tolerance


def test_every_term_is_the_derivative_by_one_untied_copy(case):
    found = decompose(*case.solved, **case.mask)
    for name in HIDDEN:
        for t, k in np.ndindex(len(case.X), len(case.X)):
            near(found.terms[name][t, k], case.terms[name][t, k])
    for name in ("W2", "b2"):
        near(found.output_terms[name], np.einsum("tt...->t...", case.terms[name]))


def test_gradients_losses_and_sums_of_terms_are_those_of_the_untied_network(case):
    result, parts = backward(*case.solved, **case.mask), decompose(*case.solved, **case.mask)
    copies = [case.parameters] * len(case.X)
    losses = oracles.untied_losses(case.architecture, copies, case.X, case.Y, case.H_init, **case.more).real
    np.testing.assert_allclose(result.step_losses, losses, rtol=1e-12, atol=1e-15)
    assert result.loss == pytest.approx(losses.sum(), rel=1e-13)
    for name, gradient in result.gradients._asdict().items():
        near(gradient, case.terms[name].sum(axis=(0, 1)))
        own = parts.terms[name].sum(axis=(0, 1)) if name in HIDDEN else parts.output_terms[name].sum(axis=0)
        near(own, gradient, 1e-13)


@pytest.mark.parametrize("reach", [1, 2, 3])
def test_truncation_keeps_the_right_terms(case, reach):
    t, k = np.mgrid[: len(case.X), : len(case.X)]
    kept = {"window": t - k < reach, "chunk": t // reach == k // reach}
    detached = oracles.gradient(*case.problem, detach=reach, **case.more)
    for kind, these in kept.items():
        gradients = backward(*case.solved, reach, kind, **case.mask).gradients._asdict()
        for name, gradient in gradients.items():
            near(gradient, case.terms[name][these].sum(axis=0))
            if kind == "chunk":
                near(gradient, getattr(detached, name))
    if not case.mask:
        found = engine.truncated_gradients(*case.solved, [reach])
        for kind, these in kept.items():
            for name in oracles.NAMES:
                near(getattr(found[kind], name)[0], case.terms[name][these].sum(axis=0))


def test_the_direct_path_is_what_remains_with_every_entering_state_held(case):
    found = direct_path_terms(*case.solved, **case.mask)
    expected = oracles.terms(*case.problem, direct=True, **case.more)
    whole = decompose(*case.solved, **case.mask).terms
    for name in HIDDEN:
        assert found[name].shape == whole[name].shape
        near(found[name], expected[name])
        for t in range(len(case.X)):
            np.testing.assert_array_equal(found[name][t, t], whole[name][t, t])


def test_what_came_along_the_direct_path_is_attributed_to_the_same_whole(case):
    if case.mask:
        return
    terms, adjoints = direct_path_terms(*case.solved), engine.attribution(*case.solved, directly=True).sample_norms
    for name, shares in engine.attribution(*case.solved, directly=True).shares.items():
        total = case.terms[name].sum(axis=(0, 1))
        expected = np.tensordot(terms[name], total, total.ndim) / (total**2).sum()
        np.testing.assert_allclose(shares, expected, rtol=0, atol=1e-12)
    whole = engine.attribution(*case.solved).sample_norms
    np.testing.assert_array_equal(np.einsum("ttm->tm", adjoints), np.einsum("ttm->tm", whole))
    assert (adjoints != whole).any()


def test_steps_along_the_direct_path_are_the_gate_that_keeps_and_nothing_else(case):
    n, trace = case.architecture.n_hidden, case.trace
    arguments = case.architecture, case.parameters, trace, 1
    whole, direct = step_jacobians(*arguments), step_jacobians(*arguments, directly=True)
    for t in range(1, len(case.X)):
        near(whole[t], engine.state_jacobian(*arguments[:3], t, t - 1, 1))
        kept = np.diag(trace.gates[t, 1, n : 2 * n])
        expected = kept
        if case.initial:
            leaves = np.diag(trace.gates[t, 1, 2 * n : 3 * n] * (1 - np.tanh(trace.C[t, 1]) ** 2))
            expected = np.block([[np.zeros((n, n)), leaves @ kept], [np.zeros((n, n)), kept]])
        near(direct[t], expected)


def test_single_terms_and_rows_are_those_of_the_whole(case):
    for name in oracles.NAMES:
        for t, k in np.argwhere(np.tri(len(case.X))):
            term = single_term(*case.solved, name, t, k, **case.mask)
            near(term.value, case.terms[name][t, k])
            near(np.squeeze(term.inputs.T @ term.delta), np.squeeze(case.terms[name][t, k]))
    if not case.mask:
        for t in range(len(case.X)):
            row = engine.loss_step_terms(*case.solved, t)
            for name in oracles.NAMES:
                near(row[name], case.terms[name][t])


def test_norms_are_those_of_the_terms(case, monkeypatch):
    for small in (2**17, 0):  # the terms held, and not
        monkeypatch.setattr("rnnviz.engine.norms._SMALL", small)
        for name, norms in engine.term_norms(*case.solved, **case.mask).items():
            lengths = np.sqrt((case.terms[name] ** 2).sum(axis=tuple(range(2, case.terms[name].ndim))))
            np.testing.assert_allclose(norms, lengths, rtol=1e-10, atol=1e-14 * lengths.max())
    for name, logs in engine.log10_term_norms(*case.solved, **case.mask).items():
        np.testing.assert_allclose(10**logs, norms_of(case.terms[name]), rtol=1e-10, atol=1e-13)


def norms_of(terms):
    return np.sqrt((terms**2).sum(axis=tuple(range(2, terms.ndim))))


def test_sums_by_lag_row_and_column_are_those_of_the_terms(case):
    if case.mask:
        return
    T = len(case.X)
    lags, sums = engine.lag_gradients(*case.solved), engine.term_sums(*case.solved, range(T), 2)
    for name in HIDDEN:
        for lag in range(T):
            near(getattr(lags, name)[lag], sum(case.terms[name][t, t - lag] for t in range(lag, T)))
        near(sums.totals[name] + sums.cut[name], case.terms[name].sum(axis=(0, 1)))
        for (parameter, t, k), term in sums.terms.items():
            near(term, case.terms[parameter][t, k])
        assert len(sums.terms) >= T
    found = engine.attribution(*case.solved)
    for name, shares in found.shares.items():
        total = case.terms[name].sum(axis=(0, 1))
        expected = np.tensordot(case.terms[name], total, total.ndim) / (total**2).sum()
        np.testing.assert_allclose(shares, expected, rtol=0, atol=1e-12)
    adjoints = decompose(*case.solved).adjoints
    np.testing.assert_allclose(found.sample_norms, np.linalg.norm(adjoints, axis=-1), rtol=1e-10, atol=1e-15)


def test_adjoints_are_derivatives_by_the_state_that_is_handed_on(case):
    found, expected = decompose(*case.solved, **case.mask).adjoints, np.zeros((4, 4, 3, case.width))
    copies, n = [case.parameters] * len(case.X), case.architecture.n_hidden
    for k, sample, unit in np.ndindex(*expected.shape[1:]):
        moves = [np.zeros((3, n), dtype=complex) for _ in range(case.width // n)]
        moves[unit // n][sample, unit % n] = 1j * oracles.STEP
        moved = oracles.untied_losses(
            case.architecture, copies, case.X, case.Y, case.H_init, nudge=(k, moves), **case.more
        )
        expected[:, k, sample, unit] = moved.imag / oracles.STEP
    near(found, expected)
    lengths = engine.adjoint_norms(*case.solved, **case.mask)
    np.testing.assert_allclose(lengths, norms_of(expected), rtol=1e-10, atol=1e-14)


def test_jacobians_are_derivatives_of_the_whole_state(case):
    for t, k in np.argwhere(np.tri(len(case.X))):
        expected = oracles.state_derivative(
            case.architecture, case.parameters, case.X, case.H_init, t, k, 1, **case.initial
        )
        near(engine.state_jacobian(case.architecture, case.parameters, case.trace, t, k, 1), expected)


def test_chained_factors_are_the_samples_own_term(case):
    if case.mask:
        return
    letter = "S" if case.architecture.cell == "lstm" else "H"
    last = len(case.X) - 1
    for name in HIDDEN:
        for k in range(last + 1):
            own = []
            for sample in range(3):
                factors = engine.chain_factors(*case.solved, name, last, k, sample)
                product = factors[0].value
                for factor in factors[1:]:
                    product = np.tensordot(product, factor.value, axes=1)
                own.append(product[0])
            near(np.mean(own, axis=0), case.terms[name][last, k])
            hops = [f"d{letter}_{s}/d{letter}_{s - 1}" for s in range(last, k, -1)]
            assert [factor.id for factor in factors[2:]] == [*hops, f"d+{letter}_{k}/d{name}"]
            assert factors[-1].value.shape == (case.width, *getattr(case.parameters, name).shape)
            for s, factor in zip(range(last, k, -1), factors[2:], strict=False):
                step = engine.state_jacobian(case.architecture, case.parameters, case.trace, s, s - 1, 2)
                np.testing.assert_allclose(factor.value, step, rtol=1e-13)


def test_differences_agree(case):
    check = engine.check_gradients(*case.problem, **case.more)
    assert check.relative_error <= 1e-6
    for name in ("Wh1", "b1"):
        entries = list(np.ndindex(getattr(case.parameters, name).shape))
        steps = engine.derivative(*case.problem, variable=name, entries=entries, steps=range(4), **case.more)
        near(steps.transpose(1, 2, 0).reshape(case.terms[name].shape), case.terms[name])


def test_input_gradients_are_differences(case):
    if case.mask:
        return
    for name, gradient in engine.input_gradients(*case.solved).items():
        entries = list(np.ndindex(gradient.shape))
        steps = engine.derivative(*case.problem, variable=name, entries=entries, **case.initial)
        near(gradient, steps.sum(axis=1).reshape(gradient.shape))


@pytest.mark.parametrize("pair", oracles.PAIRS, ids="-".join)
@pytest.mark.parametrize("cell", CELLS, ids="-".join)
def test_every_output_and_loss(cell, pair):
    case = Case(cell, pair=pair, sizes=(1, 2, 2), T=3)
    expected = oracles.gradient(*case.problem, **case.more)
    for found, wanted in zip(backward(*case.solved).gradients, expected, strict=True):
        near(found, wanted)


@pytest.mark.parametrize(("T", "m", "n1"), [(40, 3, 9), (7, 1, 5), (30, 20, 8)])
@pytest.mark.parametrize("mode", oracles.MODES)
@pytest.mark.parametrize("cell", CELLS, ids="-".join)
def test_large_and_small_sweeps_give_the_same(cell, mode, T, m, n1, monkeypatch):
    case = Case(cell, mode, T=T, m=m, sizes=(2, n1, 3), scale=0.5)
    found, gradients = [], backward(*case.solved).gradients
    for small in (0, 2**40):
        monkeypatch.setattr("rnnviz.engine.decomposition._SMALL", small)
        found.append((decompose(*case.solved), direct_path_terms(*case.solved)))
    for name in HIDDEN:
        near(found[0][0].terms[name].sum(axis=(0, 1)), getattr(gradients, name), 1e-13)
        near(found[0][0].terms[name], found[1][0].terms[name], 1e-13)
        near(found[0][1][name], found[1][1][name], 1e-13)
        near(single_term(*case.solved, name, T - 1, 2).value, found[0][0].terms[name][T - 1, 2], 1e-12)
    for reach in (1, 5):
        kept = np.subtract.outer(np.arange(T), np.arange(T)) < reach
        window = backward(*case.solved, reach).gradients
        near(window.Wh1, found[0][0].terms["Wh1"][kept].sum(axis=0), 1e-12)


@pytest.mark.parametrize("cell", CELLS, ids="-".join)
def test_long_sequences_and_saturated_gates_keep_their_digits(cell):
    case = Case(cell, T=40, m=2, scale=6.0, pair=("identity", "squared_error"))
    gradients = backward(*case.solved).gradients
    for name in HIDDEN:
        array = getattr(gradients, name)
        for entry in list(np.ndindex(array.shape))[::3]:
            moved = [oracles._stepped(case.parameters, name, entry)] * len(case.X)
            losses = oracles.untied_losses(case.architecture, moved, case.X, case.Y, case.H_init, **case.more)
            assert abs(array[entry] - losses.sum().imag / oracles.STEP) < 1e-12 * abs(array).max()


@pytest.mark.parametrize("cell", CELLS, ids="-".join)
def test_padding_may_hold_any_number(cell):
    """Targets at padding are no distribution, and no later input counts."""
    case = Case(cell, T=5)
    mask = np.array([[1, 1, 1], [1, 1, 1], [1, 0, 1], [1, 0, 1], [0, 0, 1]])
    X, Y = case.X.copy(), case.Y.copy()
    Y[mask == 0], X[mask == 0] = 7.0, -3.0
    trace = forward(case.architecture, case.parameters, X, case.H_init, **case.initial)
    found = backward(case.architecture, case.parameters, trace, Y, mask=mask)
    expected = np.zeros(5)
    for sample, length in enumerate((4, 2, 5)):
        short = np.s_[:length, sample : sample + 1]
        initial = {name: value[sample : sample + 1] for name, value in case.initial.items()}
        alone = forward(case.architecture, case.parameters, case.X[short], case.H_init[sample : sample + 1], **initial)
        expected[:length] += backward(case.architecture, case.parameters, alone, case.Y[short]).step_losses / 3
    np.testing.assert_allclose(found.step_losses, expected, rtol=1e-13)
    (epoch,) = engine.train(
        case.architecture,
        case.parameters,
        X,
        Y,
        epochs=1,
        learning_rate=0.1,
        mask=mask,
        H_init=case.H_init,
        **case.initial,
    )
    for gradient, wanted in zip(epoch.gradients, found.gradients, strict=True):
        np.testing.assert_array_equal(gradient, wanted)


@pytest.mark.parametrize("optimiser", engine.OPTIMISERS)
@pytest.mark.parametrize("cell", CELLS, ids="-".join)
def test_training_follows_the_gradient_and_learns(cell, optimiser):
    case = Case(cell)
    settings = {"epochs": 30, "learning_rate": 0.05, "truncation": 3, "optimiser": optimiser}
    epochs = list(engine.train(*case.problem[:4], **settings, H_init=case.H_init, **case.initial))
    assert epochs[-1].loss < epochs[0].loss
    for epoch in epochs[::10]:
        trace = forward(case.architecture, epoch.parameters, case.X, case.H_init, **case.initial)
        wanted = backward(case.architecture, epoch.parameters, trace, case.Y, 3).gradients
        for found, gradient in zip(epoch.gradients, wanted, strict=True):
            np.testing.assert_array_equal(found, gradient)
    with pytest.raises(ValueError, match="mask: got shape"):
        engine.train(*case.problem[:4], **settings, mask=np.ones((1, 3)))


def test_a_training_that_overflows_ends_quietly():
    case = Case(("lstm", "before"), pair=("identity", "squared_error"))
    run = list(engine.train(case.architecture, case.parameters, case.X, 1e200 * case.Y, epochs=50, learning_rate=10.0))
    assert not run[-1].finite
    assert len(run) < 50


@pytest.mark.parametrize("scheme", engine.SCHEMES)
@pytest.mark.parametrize("cell", CELLS, ids="-".join)
def test_every_block_starts_as_the_scheme_says(cell, scheme):
    architecture = engine.Architecture(4, 30, 2, cell=cell[0], reset=cell[1])
    start, again = (engine.initialise(architecture, 1, scheme) for _ in range(2))
    assert tuple(each.shape for each in start) == architecture.shapes
    blocks = np.split(start.Wh1, len(architecture.layer.blocks), axis=1)
    np.testing.assert_array_equal(start.Wh1, again.Wh1)
    for block in blocks:
        if scheme == "orthogonal":
            np.testing.assert_allclose(block.T @ block, np.eye(30), atol=1e-12)
        elif scheme == "xavier":
            assert 0.9 * np.sqrt(6 / 60) < abs(block).max() <= np.sqrt(6 / 60)
        elif scheme == "normal":
            assert block.std() == pytest.approx(30**-0.5, rel=0.1)
        else:
            np.testing.assert_array_equal(np.diag(block), np.ones(30))
    assert scheme in ("identity", "nonnormal") or (blocks[0] != blocks[1]).any()
    limit = np.sqrt(6 / 34)
    if scheme != "normal":
        assert 0.8 * limit < abs(start.W1).max() <= limit
    for block in np.split(engine.initialise(architecture, 1, scheme, 0.7).Wh1, len(blocks), axis=1):
        assert engine.spectral_radius(block) == pytest.approx(0.7, rel=1e-6)


def test_the_biases_that_start_apart():
    for cell, kept in ((("lstm", "before"), 1.0), (("gru", "after"), 0.0), (("gru", "before"), 0.0)):
        architecture = engine.Architecture(2, 3, 2, cell=cell[0], reset=cell[1])
        names = architecture.layer.biases
        for options, wanted in (({}, kept), ({"forget_bias": -2.0, "update_bias": -2.0}, -2.0)):
            biases = np.split(engine.initialise(architecture, 0, **options).b1, len(names))
            for name, bias in zip(names, biases, strict=True):
                assert (bias == (wanted if name in ("forget", "update") else 0.0)).all()
    for bias in (np.nan, "a", None, [1.0]):
        for name in ("forget_bias", "update_bias"):
            with pytest.raises(ValueError, match=f"{name}: got .*expected"):
                engine.initialise(architecture, 0, **{name: bias})


def refused(message, act):
    with pytest.raises(ValueError, match=message) as caught:
        act()
    assert ", expected " in str(caught.value)


def test_nonsense_is_refused_by_name():
    gru, lstm = Case(CELLS[0]), Case(CELLS[2])
    plain = oracles.problem()
    architecture, parameters, X, Y, H_init = gru.problem
    refused("cell: got 'rnn', expected one of plain, gru, lstm", lambda: replace(architecture, cell="rnn"))
    refused("reset: got 'between', expected one of before, after", lambda: replace(architecture, reset="between"))
    after = replace(architecture, reset="after")
    refused(r"b1: got shape \(9,\), expected \(12,\)", lambda: forward(after, parameters, X))
    narrow = lstm.parameters._replace(Wh1=parameters.Wh1)
    refused(r"Wh1: got shape \(3, 9\), expected \(3, 12\)", lambda: forward(lstm.architecture, narrow, X))
    refused("C_init: got an array .*expected None", lambda: forward(architecture, parameters, X, H_init, H_init))
    refused("C_init: got an array .*expected None", lambda: forward(*plain[:3], plain[4], plain[4]))
    short = {"C_init": H_init[:2]}
    refused(r"C_init: got shape \(2, 3\), expected \(3, 3\)", lambda: forward(*lstm.problem[:3], **short))
    refused("C_init: got nan", lambda: forward(*lstm.problem[:3], C_init=np.nan * H_init))
    refused(r"trace.A: got shape \(4, 3, 12\)", lambda: backward(architecture, parameters, lstm.trace, Y))
    refused(
        r"trace.gates: got shape None, expected",
        lambda: backward(architecture, parameters, replace(gru.trace, gates=None), Y),
    )
    refused(r"trace.C: got shape None, expected", lambda: backward(*lstm.problem[:2], replace(lstm.trace, C=None), Y))
    refused("trace: got int, expected the Trace", lambda: backward(architecture, parameters, 3, Y))
    for act in (backward, decompose, direct_path_terms, engine.term_norms):
        refused(r"mask: got shape \(3,\), expected \(4, 3\)", lambda act=act: act(*gru.solved, mask=np.ones(3)))
        refused("mask: got nan", lambda act=act: act(*gru.solved, mask=np.full((4, 3), np.nan)))
    vector = Case(CELLS[0], "sequence_to_vector")
    refused(r"mask: got shape \(4, 3\), expected \(3,\)", lambda: backward(*vector.solved, mask=np.ones((4, 3))))
    trace = forward(*plain[:3])
    refused("architecture: got the cell 'plain'", lambda: direct_path_terms(*plain[:2], trace, plain[3]))
    refused("architecture: got the cell 'gru'", lambda: engine.hidden_slope(architecture, gru.trace))
    refused("variable: got 'C_init'", lambda: engine.derivative(*gru.problem, variable="C_init", entries=[(0, 0)]))


def test_results_have_the_shapes_of_the_contract():
    for cell, g, biases in ((CELLS[0], 3, 3), (CELLS[1], 3, 4), (CELLS[2], 4, 4)):
        case = Case(cell)
        trace, parts = case.trace, decompose(*case.solved)
        assert trace.A.shape == trace.gates.shape == backward(*case.solved).deltas.shape == (4, 3, 3 * g)
        shapes = {name: terms.shape[2:] for name, terms in parts.terms.items()}
        assert shapes == {"W1": (2, 3 * g), "Wh1": (3, 3 * g), "b1": (3 * biases,)}
        assert parts.adjoints.shape == (4, 4, 3, case.width)
        if cell[0] == "lstm":
            assert trace.C.shape == (4, 3, 3)
            np.testing.assert_array_equal(trace.C_init, case.initial["C_init"])
        else:
            assert trace.C is None
            assert trace.C_init is None
        for ignored in ("relu", "sigmoid"):
            other = replace(case.architecture, hidden_activation=ignored)
            again = forward(other, case.parameters, case.X, case.H_init, **case.initial)
            np.testing.assert_array_equal(again.H, trace.H)
        assert type(backward(*case.solved).gradients) is Parameters


@pytest.mark.parametrize("cell", CELLS, ids="-".join)
def test_an_architecture_that_was_used_can_be_kept_and_copied(cell):
    case = Case(cell)
    again = pickle.loads(pickle.dumps(case.architecture))
    assert again == case.architecture
    assert hash(again) == hash(case.architecture)
    trace = forward(again, case.parameters, case.X, case.H_init, **case.initial)
    np.testing.assert_array_equal(trace.H, case.trace.H)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("mode", oracles.MODES)
@pytest.mark.parametrize("pair", oracles.PAIRS, ids="-".join)
@pytest.mark.parametrize("cell", CELLS, ids="-".join)
def test_more_networks_have_the_terms_and_direct_paths_of_the_oracle(cell, pair, mode, seed):
    T, m, n0, n1, n2 = (int(each) for each in np.random.default_rng(seed).integers((1, 1, 1, 1, 2), (7, 5, 4, 5, 4)))
    case = Case(cell, mode, seed % 2 == 1, pair, T=T, m=m, sizes=(n0, n1, n2), seed=seed)
    expected, direct = (oracles.terms(*case.problem, direct=way, **case.more) for way in (False, True))
    found, along = decompose(*case.solved, **case.mask), direct_path_terms(*case.solved, **case.mask)
    gradients = backward(*case.solved, **case.mask).gradients
    for name in HIDDEN:
        near(found.terms[name], expected[name])
        near(along[name], direct[name])
        near(getattr(gradients, name), expected[name].sum(axis=(0, 1)))
