"""What glossary, settings, other notations and reading list say of mathematics, computed here."""

import re

import numpy as np
import pytest

from rnnviz.checks.claims.compute import live_checks
from rnnviz.engine import Architecture, backward, forward, initialise, keeps
from rnnviz.experiment.core import run
from rnnviz.experiment.flow import jacobian_norms, spectrum
from rnnviz.experiment.training import epochs_of
from rnnviz.laboratory.cures.compute import KEEP_BIAS
from rnnviz.notation import dialects, reading_list
from rnnviz.notation.glossary import entry
from rnnviz.settings.config import FIELDS, PRESETS, RunConfig
from rnnviz.tasks.memory import marked_sums
from tests.configurations import configurations
from tests.with_torch import torch


def test_a_window_cuts_lag_tau_itself_and_chunks_cut_nearer_ones():
    """As the help of τ and the three entries of the glossary say."""
    nearer = 0
    for config in _truncated(60):
        T, tau = config.steps, config.truncation
        t, k = np.tril_indices(T)
        kept, lag = keeps(t, k, tau, config.truncation_kind), t - k
        assert not kept[lag >= tau].any()
        if config.truncation_kind == "window":
            assert kept[lag < tau].all()
        else:
            nearer += int((~kept & (lag < tau)).sum())
        if tau >= T:
            assert kept.all()
    assert nearer > 0
    assert "τ steps back or more" in FIELDS["truncation"].help
    assert "nearer ones" in FIELDS["truncation"].help
    assert "τ steps back or more" in entry("truncation").meaning
    assert "lag τ itself is cut" in entry("window").meaning
    assert "even lag 1 is cut" in entry("chunk").meaning


def _truncated(count):
    for config in configurations(count, edits=""):
        yield config.replace(truncation=1 + config.seed % (config.steps + 2))


@pytest.mark.parametrize("outputs", [1, 2, 5])
def test_the_gradient_of_mse_loss_is_two_over_n2_of_ours(outputs):
    rng = np.random.default_rng(0)
    Y, said = rng.normal(size=(2, 7, outputs))
    ours = (said - Y) / 7
    place = torch.tensor(said, requires_grad=True)
    torch.nn.MSELoss()(place, torch.tensor(Y)).backward()
    np.testing.assert_allclose(place.grad.numpy(), 2 / outputs * ours, rtol=1e-12)
    place = torch.tensor(said, requires_grad=True)
    torch.nn.BCEWithLogitsLoss()(place, torch.tensor((Y > 0).astype(float))).backward()
    ours = (1 / (1 + np.exp(-said)) - (Y > 0)) / 7
    np.testing.assert_allclose(place.grad.numpy(), ours / outputs, rtol=1e-12)
    told = " ".join(dialects.DIALECTS[0].differences)
    assert "its gradient is 2/n₂ of that of the squared error here" in told
    assert "`BCEWithLogitsLoss` takes that mean as well: 1/n₂ of the one here" in told
    assert "2/n₂ times this one" in entry("squared-error").meaning
    assert "twice that" not in told


def test_the_gradient_of_our_squared_error_is_that_of_the_mean_over_the_batch():
    """What the 2/n₂ is held against: the engine's own ∂L/∂Z, read off the output bias."""
    architecture = Architecture(2, 3, 4, "tanh", "identity", "squared_error", "sequence_to_vector")
    rng, parameters = np.random.default_rng(1), initialise(architecture, 0)
    X, Y = rng.normal(size=(5, 6, 2)), rng.normal(size=(6, 4))
    trace = forward(architecture, parameters, X)
    mse = ((trace.Y_hat[0] - Y) ** 2).mean()
    found = backward(architecture, parameters, trace, Y)
    assert found.loss == pytest.approx(mse * 4 / 2, rel=1e-12)
    np.testing.assert_allclose(found.gradients.b2, (trace.Y_hat[0] - Y).mean(axis=0), rtol=1e-12)


@pytest.mark.parametrize("optimiser", ["SGD", "Adam"])
def test_two_biases_move_twice_as_far(optimiser):
    torch.manual_seed(0)
    layer = torch.nn.RNN(2, 3)
    rule = getattr(torch.optim, optimiser)(layer.parameters(), lr=0.01)
    before = [layer.bias_ih_l0.detach().clone(), layer.bias_hh_l0.detach().clone()]
    (layer(torch.randn(4, 5, 2))[0] ** 2).sum().backward()
    torch.testing.assert_close(layer.bias_ih_l0.grad, layer.bias_hh_l0.grad)
    rule.step()
    one = layer.bias_ih_l0.detach() - before[0]
    both = layer.bias_ih_l0.detach() + layer.bias_hh_l0.detach() - sum(before)
    torch.testing.assert_close(both, 2 * one)
    assert "the sum moves twice as far in an update" in " ".join(dialects.DIALECTS[0].differences)
    assert "moves twice as far" in entry("bias").meaning


def test_the_rate_is_no_length():
    """A plain step is η ‖g‖ long; Adam's is not even proportional to it."""
    for optimiser in ("sgd", "adam"):
        epoch = next(epochs_of(run(RunConfig(optimiser=optimiser, learning_rate=0.1)), 1))
        length = np.sqrt(sum((step**2).sum() for step in epoch.updates))
        gradient = np.sqrt(sum((g**2).sum() for g in epoch.gradients))
        assert length != pytest.approx(0.1, rel=0.1)
        assert (length == pytest.approx(0.1 * gradient, rel=1e-9)) == (optimiser == "sgd")
    assert "multiplied by" in FIELDS["learning_rate"].help
    assert "length" not in FIELDS["learning_rate"].help
    assert "it is not the step's length" in entry("learning-rate").meaning


def test_the_bound_is_a_factor():
    """An error can well be longer than the bound; what it cannot is grow by more."""
    for config in configurations(40, steps=6, edits=""):
        experiment = run(config)
        values, norms = spectrum(experiment), jacobian_norms(experiment)
        t, k = np.tril_indices(6, -1)
        allowed = (values.gamma * values.norm) ** (t - k)
        assert (norms[t, k] <= allowed * (1 + 1e-9) + 1e-300).all()
    assert "can grow by more than this factor" in entry("bound").meaning
    assert "be longer" not in entry("bound").meaning


def test_identity_units_have_slope_1():
    experiment = run(PRESETS["stable"].config)
    assert spectrum(experiment).gamma == 1
    assert PRESETS["stable"].sentence.startswith("Slope 1 and no stretch")
    assert "its slope is 1 everywhere" in entry("identity").meaning
    for preset in PRESETS.values():
        assert "no slope" not in preset.sentence.lower()


def test_the_adding_task_is_the_later_one_and_its_constant_is_as_told():
    """Var(u + v) is 1/6 for two numbers from 0 to 1; the first form has 1/24."""
    X, Y = marked_sums(np.random.default_rng(0), 20, 20_000)
    assert X[..., 0].min() >= 0
    assert Y.var() == pytest.approx(1 / 6, rel=0.03)
    assert 0.5 * Y.var() == pytest.approx(1 / 12, rel=0.03)
    told = entry("adding").meaning
    assert f"1/6 = {1 / 6:.3f} squared, halved to {1 / 12:.3f}" in told
    assert "½ + sum/4" in told
    assert "−1 to 1" in told
    first = np.random.default_rng(0).uniform(-1, 1, (2, 20_000)).sum(axis=0) / 4 + 0.5
    assert 0 <= first.min() <= first.max() <= 1
    assert "first form" in reading_list.reference("hochreiter-1997").why
    assert "form used here" in reading_list.reference("arjovsky-2016").why


def test_what_the_best_constant_costs_in_the_preset_is_what_the_readme_says():
    from tests.opening import ROOT

    task = run(PRESETS["adding"].config).task
    cost = 0.5 * ((task.held_out_Y - task.Y.mean()) ** 2).mean()
    assert f"the best constant answer costs {cost:.3f}" in (ROOT / "docs" / "measured.md").read_text(encoding="utf-8")


def test_the_cliff_stands_beside_the_saddle_node():
    """Inside ±0.101 one unit with weight 1.3 has three states that stay, outside one; the preset has 0.1."""
    experiment = run(PRESETS["cliff"].config)
    w, bias = float(experiment.parameters.Wh1[0, 0]), float(experiment.parameters.b1[0])
    s = np.sqrt(1 - 1 / w)
    edge = abs(np.arctanh(s) - w * s)
    assert f"weight {w:g}" in entry("saddle-node").meaning
    assert f"±{edge:.3f}" in entry("saddle-node").meaning
    assert f"has {bias:g}" in entry("saddle-node").meaning
    assert 0.98 * edge < bias < edge

    def staying(b):
        h = np.linspace(-1, 1, 200_001)
        return int((np.diff(np.sign(np.tanh(w * h + b) - h)) != 0).sum())

    assert staying(edge * 0.999) == 3
    assert staying(edge * 1.001) == 1
    assert "beside a saddle-node" in entry("cliff").meaning
    assert "at the edge where a latch begins" in PRESETS["cliff"].sentence


def test_a_determinant_below_1_does_not_keep_powers_small_and_one_above_1_does_not_make_errors_explode():
    told = entry("determinant").meaning
    matrix = np.diag([4.0, 0.1])
    assert f"make {np.linalg.det(matrix):.1g}" in told
    assert np.linalg.norm(np.linalg.matrix_power(matrix, 10), 2) == pytest.approx(4.0**10)
    assert "powers grow fourfold" in told
    assert "Below 1 it does not rule out exploding" in told
    assert "Above 1 some |eigenvalue| is above 1, and slopes can still make the error vanish" in told
    for seed in range(200):
        drawn = np.random.default_rng(seed).normal(size=(4, 4))
        drawn = drawn * (1.01 / abs(np.linalg.det(drawn))) ** 0.25
        assert abs(np.linalg.eigvals(drawn)).max() > 1
    wide = run(RunConfig(task="recall", mode="sequence_to_vector", steps=20, hidden=8, activation="sigmoid",
                         scheme="orthogonal", gain=1.5))  # fmt: skip
    assert abs(np.linalg.det(wide.parameters.Wh1)) > 20
    assert jacobian_norms(wide)[-1, 0] < 1e-6


def ways(name):
    """The equations of a GRU's next state, from r, z, c, h, and whether r acts after the product."""
    latex = dialects.GRUS[name]
    keeps = r"z \circ h + (1 - z)" in latex["next state"] or latex["next state"].endswith(r"z \circ h")
    return keeps, r"r \circ (h U" in latex["candidate"]


def test_the_three_ways_to_write_a_gru_are_theirs():
    architecture = Architecture(2, 3, 2, cell="gru", mode="sequence_to_vector")
    parameters, rng = initialise(architecture, 0, "orthogonal", update_bias=1.0), np.random.default_rng(0)
    x, h = rng.normal(size=(4, 2)), rng.normal(size=(4, 3))
    r, z, c = np.split(forward(architecture, parameters, x[None], h).gates[0], 3, axis=1)
    after = forward(architecture, parameters, x[None], h).H[0]
    np.testing.assert_allclose(after, z * h + (1 - z) * c, rtol=1e-12)
    assert architecture.layer.blocks == ("reset", "update", "candidate")
    names = ("here, Cho et al. 2014", "Chung et al. 2014", "PyTorch")
    assert [ways(name) for name in names] == [(True, False), (False, False), (True, True)]
    for name in names:
        assert dialects.GRUS[name]["z near 1"].endswith("h" if ways(name)[0] else "c")
    assert "Chung's z is 1 − z of the others" in dialects.GRU_DIFFERENCES[0]
    assert "weights cannot be carried over" in dialects.GRU_DIFFERENCES[1]

    cell = torch.nn.GRUCell(2, 3).double()
    W, U, b = (np.split(each, 3, axis=-1) for each in (parameters.W1, parameters.Wh1, parameters.b1))
    with torch.no_grad():
        cell.weight_ih.copy_(torch.tensor(np.concatenate([block.T for block in W])))
        cell.weight_hh.copy_(torch.tensor(np.concatenate([block.T for block in U])))
        cell.bias_ih.copy_(torch.tensor(np.concatenate(b)))
        cell.bias_hh.zero_()
        theirs = cell(torch.tensor(x), torch.tensor(h)).numpy()
    late = np.tanh(x @ W[2] + b[2] + r * (h @ U[2]))
    np.testing.assert_allclose(theirs, z * h + (1 - z) * late, rtol=1e-12)
    assert abs(theirs - after).max() > 1e-3, "weights cannot be carried over"

    def gate(sign):
        return 1 / (1 + np.exp(-sign * (x @ W[1] + h @ U[1] + b[1])))

    np.testing.assert_allclose((1 - gate(-1)) * h + gate(-1) * c, after, rtol=1e-12)


def test_the_bias_of_1_is_a_choice_of_this_app():
    told = entry("keep-bias").meaning
    assert f"σ(1) = {1 / (1 + np.exp(-1)):.3f}" in told
    assert "choice of this app" in told
    for cell, count in (("lstm", 4), ("gru", 3)):
        start = initialise(Architecture(2, 3, 2, cell=cell), update_bias=KEEP_BIAS, forget_bias=KEEP_BIAS)
        assert (np.split(start.b1, count)[1] == 1).all()
    torch.manual_seed(0)
    assert abs(torch.nn.LSTM(2, 64).bias_ih_l0).max() <= 1 / 8


def test_the_number_of_cells_is_the_number_that_exist():
    """A loss at the last step alone has T terms, not T (T + 1) / 2."""
    for mode, count in (("sequence_to_vector", 20), ("sequence_to_sequence", 210)):
        experiment = run(RunConfig(task="recall", mode=mode, steps=20, hidden=4))
        (check,) = (each for each in live_checks(experiment) if each.title == "Cells and gradient")
        assert re.search(r"\d+", check.what)[0] == str(count)


def test_the_mean_over_time_of_d2l_divides_by_T():
    (one,) = (each for each in dialects.DIALECTS if each.name.startswith("d2l"))
    assert "1/T of those here" in " ".join(one.differences)
    assert r"\frac{1}{T}" in one.symbols["loss"]


ASKED = ("Glorot", "Jozefowicz", "Chung", "Sutskever", "Karpathy", "Ng", "Zhang", "tframe")


@pytest.mark.parametrize("who", ASKED)
def test_the_reading_list_names_whom_the_words_speak_of(who):
    assert any(who in one.authors + one.where for one in reading_list.READING)


@pytest.mark.parametrize("name", ["min-char-rnn", "CS231n", "deeplearning.ai", "d2l", "tframe"])
def test_the_notations_of_the_usual_courses_are_there(name):
    assert any(one.name.startswith(name) for one in dialects.DIALECTS)
