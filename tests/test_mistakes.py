"""The classic mistakes: the shown line is what runs, the copies are wrong, and the checks say so."""

from __future__ import annotations

import numpy as np
import pytest

from rnnviz.checks.gradient.compute import broken_training, run_checks
from rnnviz.checks.gradient.differences import Case
from rnnviz.engine import Parameters, backward, decompose, forward, hidden_slope, train
from rnnviz.experiment.core import run, with_parameters
from rnnviz.experiment.mistakes import MISTAKES, _copy, arguments_of_copy, gradient_of_copy, made_of, steps_of_loss
from rnnviz.experiment.plain_loop import LOOP_LINES, backward_through_time, loop_code, recorded, run_loop
from rnnviz.settings.config import PRESETS, RunConfig
from tests import oracles
from tests.configurations import PLAIN_PRESETS, spread

PAIRS = [oracles.PAIRS[0], oracles.PAIRS[4], oracles.PAIRS[6]]
CASES = [(hidden, pair, mode) for hidden in oracles.HIDDEN for pair in PAIRS for mode in oracles.MODES]
NAMES = (
    "no_slope", "no_dh_next", "no_transpose", "late_state", "no_batch_mean", "wrong_step_slope", "sign",
    "inverse_slope", "slope_of_preactivation", "time_mean", "overwritten", "aliased", "softmax_slope_twice",
    "no_output_slope", "detached", "clipped_norm", "bias_twice",
)  # fmt: skip
IN_LOOP = [name for name in NAMES if MISTAKES[name].role in LOOP_LINES]
SLOPES = ("no_slope", "wrong_step_slope", "inverse_slope", "slope_of_preactivation")
OUTPUTS = ("softmax_slope_twice", "no_output_slope")
CUT = ("no_dh_next", "detached")
CHECKS = ("terms", "central", "complex_step", "cells", "twice", "probe")
OWN_BATCH = 4
"""A power of two: the mean over the batch and back is then exact, and bits may be compared."""


def solve(hidden="tanh", pair=oracles.PAIRS[0], mode=oracles.MODES[0], **changes):
    sizes = {"T": 4, "m": OWN_BATCH, "seed": 1} | changes
    architecture, parameters, X, Y, H_init = oracles.problem(hidden, pair, mode, **sizes)
    return architecture, parameters, forward(architecture, parameters, X, H_init), Y


def loop_parts(architecture, parameters, trace, Y):
    """Return the arguments of the plain loop, averaged, with ∂L_t/∂Z_t by a complex step of Z."""
    T, m, n2 = len(trace.X), trace.X.shape[1], architecture.n_outputs
    dZ = np.zeros((T, m, n2))
    for row, t in enumerate(range(architecture.first_loss_step(T), T)):
        y = Y if architecture.is_sequence_to_vector else Y[t]
        for j in range(n2):
            z = trace.Z[row] + 1j * oracles.STEP * np.eye(n2)[j]
            p = oracles.activation(architecture.output_activation, z)
            left = oracles.complement(architecture.output_activation, p, z)
            dZ[t, :, j] = oracles.loss(architecture.loss, p, y, left).imag / oracles.STEP / m
    return parameters, trace.X, trace.H, trace.H_init, hidden_slope(architecture, trace), dZ


def broken_loop(name, *parts):
    *rest, dZ = parts
    return recorded(_copy(made_of(name), *rest, dZ * len(parts[3])))


def broken(name, *case):
    """Return the gradient with a mistake, those made before the loop included."""
    return gradient_of_copy(made_of(name), arguments_of_copy(made_of(name), *case))


def blind(name, architecture):
    """Whether a mistake changes nothing: a slope that is 1, or that is the same of A and of H."""
    hidden, output = architecture.hidden_activation, architecture.output_activation
    return (
        (name in SLOPES and hidden == "identity")
        or (name == "slope_of_preactivation" and hidden == "relu")
        or (name in OUTPUTS and output in ("identity", "relu"))
    )


def broken_terms(name, *case):
    arguments, T = arguments_of_copy(made_of(name), *case), len(case[2].X)
    terms = {key: np.zeros((T, T, *v.shape)) for key, v in zip(oracles.NAMES, case[1], strict=True)}
    for t in range(case[0].first_loss_step(T), T):
        for step in steps_of_loss(made_of(name), arguments, t):
            for key, added in zip(oracles.NAMES, step.increments, strict=True):
                terms[key][t, step.k] = added
    return terms


def gradient(steps):
    return Parameters(*map(sum, zip(*(step.increments for step in steps), strict=True)))


def shown(name):
    """Return the loop that the reader sees, with the wrong lines of a mistake in it."""
    code = loop_code()
    mistake, line = MISTAKES[name], LOOP_LINES[MISTAKES[name].role]
    for place, (right, wrong) in enumerate(
        zip(mistake.right.split("\n"), mistake.wrong.split("\n"), strict=True), line
    ):
        assert code[place].strip() == right
        code[place] = code[place].replace(right, wrong)
    scope = {"np": np, "Parameters": Parameters}
    exec("\n".join(code), scope)
    return scope["backward_through_time"]


@pytest.fixture(params=spread([(case,) for case in CASES], 5), ids=lambda case: "-".join((case[0], *case[1], case[2])))
def case(request):
    return solve(*request.param)


def test_the_mistakes_are_told_in_plain_words():
    assert tuple(name for name, each in MISTAKES.items() if "plain" in each.cells) == NAMES
    for name, mistake in MISTAKES.items():
        assert mistake.name == name
        assert name in IN_LOOP or mistake.role in ("slope", "errors", "upstream") or "plain" not in mistake.cells
        assert mistake.right != mistake.wrong
        assert mistake.sentence.endswith(".")
        assert len(mistake.title) <= 40
        assert len(mistake.sentence) <= 120


@pytest.mark.parametrize("name", IN_LOOP)
@np.errstate(all="ignore")
def test_the_shown_wrong_line_is_what_runs(case, name):
    parts = loop_parts(*case)
    *rest, dZ = parts
    found = list(broken_loop(name, *parts))
    totals = Parameters(*map(np.zeros_like, case[1]))
    for step, (k, dh, da, dh_next, sums) in zip(found, shown(name)(*rest, dZ * OWN_BATCH), strict=True):
        assert step.k == k
        np.testing.assert_array_equal(step.dh, dh)
        np.testing.assert_array_equal(step.da, da)
        np.testing.assert_array_equal(step.dh_next, dh_next)
        for total, increment, expected in zip(totals, step.increments, sums, strict=True):
            total *= name != "overwritten"
            total += increment
            np.testing.assert_allclose(total, expected, rtol=1e-13, atol=1e-300)


def test_without_a_mistake_the_copy_is_the_honest_loop(case):
    parts = loop_parts(*case)
    plain = recorded(backward_through_time(*parts[:-1], parts[-1] * OWN_BATCH))
    for copy, honest in zip(broken_loop(None, *parts), plain, strict=True):
        assert copy.k == honest.k
        for name in ("dh", "da", "dh_next"):
            np.testing.assert_array_equal(getattr(copy, name), getattr(honest, name))
        for found, expected in zip(copy.increments, honest.increments, strict=True):
            np.testing.assert_array_equal(found, expected)
    for found, expected in zip(gradient(broken_loop(None, *parts)), backward(*case).gradients, strict=True):
        assert oracles.relative_error(found, expected) <= 1e-13


def test_the_slope_written_by_the_state_is_taken_at_the_pre_activation():
    for hidden, slope in (("tanh", lambda a: 1 - a**2), ("sigmoid", lambda a: a * (1 - a))):
        case = solve(hidden)
        _, parameters, trace, _ = case
        *_, dZ = loop_parts(*case)
        dh_next, expected = 0.0, 0.0
        for k in reversed(range(4)):
            da = (dZ[k] @ parameters.W2.T + dh_next) * slope(trace.A[k])
            expected += trace.X[k].T @ da
            dh_next = da @ parameters.Wh1.T
        np.testing.assert_allclose(broken("slope_of_preactivation", *case).W1, expected, rtol=1e-12)


def test_an_upstream_array_that_is_written_into_starts_the_second_pass_from_the_sums_of_the_first():
    case = solve()
    _, parameters, trace, _ = case
    *_, slope, dZ = loop_parts(*case)

    def loop(upstream):
        dW1, dh_next = 0.0, 0.0
        for k in reversed(range(4)):
            dh = upstream[k]
            dh += dh_next
            da = dh * slope[k]
            dW1 += trace.X[k].T @ da
            dh_next = da @ parameters.Wh1.T
        return dW1

    upstream = dZ @ parameters.W2.T
    np.testing.assert_allclose(loop(upstream), backward(*case).gradients.W1, rtol=1e-12)
    np.testing.assert_allclose(broken("aliased", *case).W1, loop(upstream), rtol=1e-12)


@pytest.mark.parametrize("mode", oracles.MODES)
@pytest.mark.parametrize("pair", oracles.PAIRS, ids="-".join)
def test_the_slope_of_the_output_is_left_out_or_taken_twice(pair, mode):
    """The two by a complex step of the loss by ŷ, and of f2 by z."""
    case = solve("tanh", pair, mode)
    architecture, _, trace, Y = case
    errors = {name: np.zeros_like(trace.Z) for name in OUTPUTS}
    for row, j in np.ndindex(len(trace.Z), 2):
        y = Y if architecture.is_sequence_to_vector else Y[row]
        p = trace.Y_hat[row] + 1j * oracles.STEP * np.eye(2)[j]
        errors["no_output_slope"][row, :, j] = oracles.loss(pair[1], p, y, 1 - p).imag / oracles.STEP
        z = trace.Z[row] + 1j * oracles.STEP * np.eye(2)[j]
        by_z = oracles.activation(pair[0], z).imag / oracles.STEP
        dZ = loop_parts(*case)[-1][-len(trace.Z) :][row] * OWN_BATCH
        errors["softmax_slope_twice"][row, :, j] = (by_z * dZ).sum(axis=-1)
    for name, each in errors.items():
        found = arguments_of_copy(made_of(name), *case).errors[-len(trace.Z) :]
        np.testing.assert_allclose(found, each, rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize("name", NAMES)
def test_every_mistake_makes_the_gradient_wrong(case, name):
    errors = map(oracles.relative_error, broken(name, *case), backward(*case).gradients)
    assert any(not error < 1e-3 for error in errors) != blind(name, case[0])


def test_terms_without_a_mistake_are_those_of_the_engine(case):
    found, expected = broken_terms(None, *case), decompose(*case)
    T = len(case[2].X)
    assert tuple(found) == oracles.NAMES
    for name, terms in expected.terms.items():
        for t, k in np.ndindex(T, T):
            assert oracles.relative_error(found[name][t, k], terms[t, k]) <= 1e-13
    for name, terms in expected.output_terms.items():
        for t, k in np.ndindex(T, T):
            right = terms[t] if t == k else np.zeros_like(terms[t])
            assert oracles.relative_error(found[name][t, k], right) <= 1e-13


@pytest.mark.parametrize("name", NAMES)
def test_terms_of_a_copy_sum_to_its_gradient_and_stay_below_the_diagonal(case, name):
    whole = broken(name, *case)
    if not np.isfinite(whole.Wh1).all():
        return  # nothing adds up to what is divided by a slope of 0
    found = broken_terms(name, *case)
    above = np.triu(np.ones((4, 4), dtype=bool), 1)
    for key, expected in zip(oracles.NAMES, whole, strict=True):
        assert oracles.relative_error(found[key].sum(axis=(0, 1)), expected) <= 1e-12
        assert not found[key][above].any()


@pytest.mark.parametrize("name", NAMES)
def test_the_wrong_cells_are_the_expected_ones(name):
    case = solve()
    found, right = broken_terms(name, *case)["Wh1"], decompose(*case).terms["Wh1"]
    wrong = abs(found - right).max(axis=(2, 3)) > 1e-9 * abs(right).max(axis=(2, 3))
    t, k = np.mgrid[:4, :4]
    before = dict.fromkeys((*CUT, "no_transpose", "aliased"), k < t)
    expected = (before | {"overwritten": (k <= t) & (k > 0), "bias_twice": k < 0}).get(name, k <= t)
    np.testing.assert_array_equal(wrong, expected)


@pytest.mark.parametrize("mode", oracles.MODES)
def test_training_without_a_mistake_is_plain_gradient_descent(mode):
    architecture, parameters, X, Y, H_init = oracles.problem(mode=mode)
    case = Case(None, architecture, parameters, forward(architecture, parameters, X, H_init), Y)
    found = broken_training(case, 20, 0.1)
    epochs = train(architecture, parameters, X, Y, epochs=21, learning_rate=0.1, H_init=H_init)
    np.testing.assert_allclose(found, [epoch.loss for epoch in epochs], rtol=1e-12)
    assert found[-1] < found[0]


@pytest.mark.parametrize("name", NAMES)
def test_training_with_a_mistake_goes_another_way(name):
    found, right = (broken_training(Case(each, *solve()), 5, 0.1) for each in (name, None))
    assert len(right) == 6
    assert len(found) == 6 or name == "inverse_slope"  # a saturated unit has a slope of 0
    assert found[0] == right[0]
    assert abs(found[1:] - right[1 : len(found)]).min() > 1e-6


@pytest.mark.parametrize("name", [None, *NAMES])
def test_training_stops_where_it_overflows(name):
    experiment = run(PRESETS["exploding"].config)
    found = broken_training(Case.of(experiment, name), 60, 10.0)
    assert np.isfinite(found).all()
    assert 1 <= len(found) <= 61
    assert name in CUT or len(found) < 61


def test_no_updates_give_the_first_loss_alone():
    assert broken_training(Case("no_slope", *solve()), 0, 0.1).shape == (1,)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"epochs": -1}, r"epochs: got -1, expected an integer of at least 0"),
        ({"learning_rate": np.nan}, r"learning_rate: got nan, expected a finite number"),
    ],
)
def test_training_names_what_is_wrong(changes, message):
    with pytest.raises(ValueError, match=message):
        broken_training(Case(None, *solve()), **{"epochs": 1, "learning_rate": 0.1} | changes)


def test_an_unknown_mistake_is_named():
    message = r"mistake: got 'typo', expected one of no_slope, "
    with pytest.raises(ValueError, match=message):
        broken_training(Case("typo", *solve()), 1, 0.1)


def test_the_honest_loop_is_untouched_by_the_copies():
    case = solve()
    before = gradient(run_loop(*case))
    for name in NAMES:
        list(broken_loop(name, *loop_parts(*case)))
    for found, expected in zip(gradient(run_loop(*case)), before, strict=True):
        np.testing.assert_array_equal(found, expected)


def red(checks):
    return {check.name for check in checks if not check.passed}


def checked(name, experiment):
    return {check.name: check for check in run_checks(name, experiment)}


@pytest.fixture(scope="module", params=spread(PLAIN_PRESETS, 8))
def started(request):
    return run(PRESETS[request.param].config)


def test_every_preset_is_green_without_a_mistake(started):
    checks = run_checks(None, started)
    assert tuple(check.name for check in checks) == CHECKS
    assert red(checks) == set()
    assert [check.name for check in checks if check.error > check.tolerance] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_mistake_turns_a_check_red_on_every_preset(started, name):
    symmetric = np.array_equal(started.parameters.Wh1, started.parameters.Wh1.T)
    hidden = (
        blind(name, started.architecture)
        or (name == "no_transpose" and symmetric)
        or (name == "no_batch_mean" and started.task.X.shape[1] == 1)
    )
    found = red(run_checks(name, started))
    assert ("probe" in found) != (name in OUTPUTS and blind(name, started.architecture))
    # On the wall of the cliff central differences are too coarse to tell H_k from H_{k-1}, which hardly move, and
    # those of b1 do not settle.
    coarse = {"central"} if started.config.preset == "cliff" and name in ("late_state", "bias_twice") else set()
    assert ({"terms", "central", "complex_step", "cells"} - coarse <= found) != hidden
    # Divided by slopes near 0 a gradient overflows, or has no digits that a second one could have.
    assert name == "inverse_slope" or ("twice" in found) == (name == "no_batch_mean")


@pytest.mark.parametrize("preset_name", ["lecture-sequence-to-vector", "lecture-sequence-to-sequence"])
def test_the_lecture_is_checked_in_full(preset_name):
    experiment = run(PRESETS[preset_name].config)
    found = checked(None, experiment)
    total = sum(block.size for block in experiment.parameters)
    for name in ("central", "complex_step", "cells"):
        assert f"for all {total} entries." in found[name].what


def test_the_error_of_the_terms_is_relative_to_the_largest_entry_of_each_block():
    experiment = run(PRESETS["sentiment"].config)
    parts = (experiment.architecture, experiment.parameters, experiment.trace, experiment.task.Y)
    pairs = zip(gradient(broken_loop("no_slope", *loop_parts(*parts))), experiment.backward.gradients, strict=True)
    expected = max(abs(a - b).max() / max(abs(a).max(), abs(b).max()) for a, b in pairs)
    assert checked("no_slope", experiment)["terms"].error == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("no_dh_next", [[0, 0, 0], [1, 0, 0], [1, 1, 0]]),
        ("no_transpose", [[0, 0, 0], [1, 0, 0], [1, 1, 0]]),
        ("no_slope", [[1, 0, 0], [1, 1, 0], [1, 1, 1]]),
        ("late_state", [[1, 0, 0], [1, 1, 0], [1, 1, 1]]),
        ("wrong_step_slope", [[1, 0, 0], [1, 1, 0], [1, 1, 1]]),
        (None, [[0, 0, 0], [0, 0, 0], [0, 0, 0]]),
    ],
)
def test_the_grid_shows_which_terms_are_wrong(name, wrong):
    found = checked(name, run(PRESETS["lecture-sequence-to-sequence"].config))
    where = found["cells"].where
    np.testing.assert_array_equal(np.isnan(where), np.triu(np.ones((3, 3), dtype=bool), 1))
    np.testing.assert_array_equal(np.nan_to_num(where) > 1e-3, np.array(wrong, dtype=bool))
    assert found["cells"].error == np.nanmax(where)
    assert all(check.where is None for check in found.values() if check.name != "cells")


def test_rows_without_a_loss_are_empty_in_the_grid():
    where = checked(None, run(PRESETS["lecture-sequence-to-vector"].config))["cells"].where
    np.testing.assert_array_equal(np.isnan(where), [[True] * 3, [True] * 3, [False] * 3])


@pytest.mark.parametrize("name", NAMES)
def test_the_probe_finds_every_mistake_where_the_own_network_hides_it(name):
    smallest = RunConfig(task="parity", steps=1, hidden=1, batch=1, activation="identity")
    found = red(run_checks(name, run(smallest)))
    assert "probe" in found
    assert red(run_checks(None, run(smallest))) == set()


@pytest.mark.parametrize("mode", oracles.MODES)
@pytest.mark.parametrize("output", ["softmax_cce", "sigmoid_bce", "identity_se", "relu_se"])
def test_the_probe_finds_every_mistake_with_every_output(output, mode):
    experiment = run(RunConfig(task="echo", steps=3, hidden=2, batch=2, lag=1, output=output, mode=mode))
    assert red(run_checks(None, experiment)) == set()
    for name in NAMES:
        seen = not (name in OUTPUTS and output in ("identity_se", "relu_se"))
        assert ("probe" in red(run_checks(name, experiment))) == seen, name


@pytest.mark.parametrize("scale", [0.0, 0.01, 3.0])
@pytest.mark.parametrize("activation", oracles.HIDDEN)
def test_networks_of_any_scale_are_green_without_a_mistake(activation, scale):
    config = RunConfig(task="echo", steps=6, hidden=4, batch=5, lag=2, activation=activation)
    start = run(config)
    scaled = with_parameters(start, Parameters(*(scale * values for values in start.parameters)))
    assert red(run_checks(None, scaled)) == set()


def test_a_gradient_that_cancels_to_rounding_is_no_error():
    start = run(RunConfig(task="parity", steps=5, hidden=3, batch=7))
    ones = start.task.Y.mean()
    silent = start.parameters._replace(W2=np.zeros((3, 1)), b2=np.array([np.log(ones / (1 - ones))]))
    fitted = with_parameters(start, silent)
    assert 0 < abs(fitted.backward.gradients.b2[0]) < 1e-15
    assert red(run_checks(None, fitted)) == set()


def test_differences_across_a_kink_are_left_out_and_said_so():
    start = run(RunConfig(task="echo", steps=4, hidden=3, batch=2, lag=1, activation="relu"))
    still = start.parameters._replace(W1=np.zeros_like(start.parameters.W1))
    found = checked(None, with_parameters(start, still))
    assert found["central"].passed
    assert "left out, where a unit of ReLU switches" in found["central"].what
    assert "left out" not in found["complex_step"].what


@pytest.mark.slow
def test_a_large_network_is_looked_at_in_part_and_the_text_says_so():
    experiment = run(RunConfig(task="echo", steps=60, hidden=32, batch=32))
    found = checked("no_dh_next", experiment)
    assert red(found.values()) >= {"terms", "central", "complex_step", "cells", "probe"}
    total = sum(block.size for block in experiment.parameters)
    for name in ("central", "complex_step", "cells"):
        assert f"of {total} entries, the largest and evenly spaced ones" in found[name].what
    assert " of the 60 steps" in found["cells"].what
    where = found["cells"].where
    assert where.shape == (60, 60)
    assert 4 <= np.isfinite(np.diagonal(where)).sum() < 60


def test_an_overflowing_network_is_red_and_warns_nobody():
    start = run(RunConfig(task="recall", steps=10, hidden=3, batch=2, activation="identity"))
    huge = with_parameters(start, start.parameters._replace(Wh1=1e200 * start.parameters.Wh1))
    found = checked(None, huge)
    assert found["terms"].error == np.inf
    assert not found["terms"].passed
    assert found["probe"].passed


def test_checks_of_an_unknown_mistake_name_it():
    with pytest.raises(ValueError, match=r"mistake: got 'typo'"):
        run_checks("typo", run(PRESETS["sentiment"].config))


def test_the_settings_know_every_mistake():
    from rnnviz.settings.fields import LABELS, MISTAKE_NAMES

    assert ("none", *MISTAKES) == MISTAKE_NAMES
    assert all(name in LABELS for name in MISTAKE_NAMES)
