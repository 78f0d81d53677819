"""The exported spreadsheet, computed by an engine that knows nothing of it: every cell is the engine's number."""

from __future__ import annotations

import dataclasses
import io
import itertools
import warnings
from functools import cached_property

import numpy as np
import openpyxl
import pytest
from configurations import configurations, spread
from opening import healthy, opened
from openpyxl.worksheet.formula import ArrayFormula
from oracles import HIDDEN, MODES, PAIRS

from rnnviz import engine
from rnnviz.__main__ import main
from rnnviz.engine.activations import complement, output_jacobian
from rnnviz.engine.losses import loss_and_logit_gradient
from rnnviz.experiment.core import run, targets, truncated
from rnnviz.experiment.training import epochs_of
from rnnviz.export.spreadsheet import STEEPEST, misfit, sheets
from rnnviz.export.workbook import YELLOW, workbook
from rnnviz.settings.config import PRESETS, RunConfig

LECTURE = PRESETS["lecture-sequence-to-sequence"].config
SMALL = RunConfig(steps=2, hidden=2)
NAMES = {"W1": "W_1", "Wh1": "W_h1", "b1": "b_1", "W2": "W_2", "b2": "b_2"}
STATES = {"velocity": "velocity", "first moment": "first", "second moment": "second"}
RULES = (
    {"optimiser": "adam", "clip_norm": 1e-3, "truncation": 2, "truncation_kind": "chunk"},
    {},
    {"optimiser": "momentum", "clip_norm": 0.01},
    {"truncation": 2, "truncation_kind": "chunk", "clip_norm": 0.05, "clip_value": 0.004},
    {"optimiser": "momentum", "truncation": 2, "clip_value": 0.01},
    {"clip_norm": 100.0, "clip_value": 100.0},
    {"optimiser": "adam", "truncation": 1},
    {"optimiser": "adam", "truncation": 3},
)


class Book:
    """An exported workbook, and what an independent engine makes of it."""

    def __init__(self, experiment, folder):
        self.path = folder / "book.xlsx"
        self.path.write_bytes(workbook(experiment))
        self.book = openpyxl.load_workbook(self.path)

    @cached_property
    def model(self):
        """Return the formulas, read and put in order."""
        from formulas import ExcelModel

        return ExcelModel().loads(str(self.path)).finish()

    def places(self):
        """Return the page and the cells of each name."""
        return {name: next(iter(one.destinations)) for name, one in self.book.defined_names.items()}

    def values(self, **changes):
        """Return the numbers of each name, after first cells of some were changed."""
        places = {name: (page, cells.replace("$", "")) for name, (page, cells) in self.places().items()}
        first = {name: f"'[book.xlsx]{page.upper()}'!{cells.split(':')[0]}" for name, (page, cells) in places.items()}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the other engine
            solution = self.model.calculate(inputs={first[name]: value for name, value in changes.items()})
        found = {str(key): one for key, one in solution.items()}
        return {name: _numbers(found, page.upper(), cells) for name, (page, cells) in places.items()}


def _numbers(found, page, cells):
    begin, _, end = cells.partition(":")
    key = f"'[book.xlsx]{page}'!{cells if end not in ('', begin) else begin}"
    return np.array(found[key].value, dtype=float)


def expected(experiment, before=None):
    """Return what the engine says of each name, after an edit of the experiment ``before``."""
    trace, config = experiment.trace, experiment.config
    losses = [len(trace.X) - 1] if experiment.architecture.is_sequence_to_vector else range(len(trace.X))
    found = {"H_init": trace.H_init, "identity": np.eye(experiment.architecture.n_outputs)}
    found |= {plain: cut(getattr(experiment.parameters, name)) for plain, (name, cut) in _parts(experiment).items()}
    found |= _on_start(experiment, before or experiment)
    for k in range(len(trace.X)):
        found |= {f"{name}_{k}": getattr(trace, name)[k] for name in "XH"}
        if experiment.architecture.cell != "plain":
            found |= _gates(experiment, k)
            continue
        found |= {f"A_{k}": trace.A[k], f"slope_{k}": engine.hidden_slope(experiment.architecture, trace)[k]}
        if k:
            found[f"dH_{k}_dH_{k - 1}"] = engine.state_jacobian(*experiment.problem[:3], k, k - 1)
    for row, t in enumerate(losses):
        found |= _of_loss(experiment, row, t)
    if _cuts(config):
        rule, places = (config.truncation, config.truncation_kind), [(t, k) for t in losses for k in range(t + 1)]
        found |= {f"kept_{t}_{k}": engine.keeps(t, k, *rule) for t, k in places}
    return found | _sums(experiment, losses) | _update(experiment)


def _parts(experiment):
    """Return, by the name in the sheets, which parameter it is of, and what cuts it out."""
    one, n = experiment.architecture, experiment.architecture.n_hidden
    found, gates = {}, {"lstm": "ifoc", "gru": "rzc"}.get(one.cell, "")
    for name, plain in NAMES.items():
        letters = (gates + ("d" if name == "b1" and one.reset == "after" and one.cell == "gru" else "")) or " "
        for place, gate in enumerate(letters if name in ("W1", "Wh1", "b1") else " "):
            begin = {"W1": "W", "Wh1": "U", "b1": "b"}.get(name, "")
            columns = slice(None) if gate == " " else slice(place * n, (place + 1) * n)
            written = plain if gate == " " else f"{begin}_{gate}"
            found[written] = (name, lambda value, columns=columns: value[..., columns])
    return found


def _gates(experiment, k):
    """Return what a step of a gated cell makes, each by its own formula from what the pass holds."""
    trace, one, n = experiment.trace, experiment.architecture, experiment.architecture.n_hidden
    letters = "ifoc" if one.cell == "lstm" else "rzc"
    before = trace.H[k - 1] if k else trace.H_init
    found, A, gates = {}, np.split(trace.A[k], len(letters), axis=1), np.split(trace.gates[k], len(letters), axis=1)
    for letter, a, gate in zip(letters, A, gates, strict=True):
        slope = 1 / np.cosh(a) ** 2 if letter == "c" else gate * (1 - gate)
        found |= {f"A{letter}_{k}": a, f"gate_{letter}_{k}": gate, f"slope_{letter}_{k}": slope}
    if one.cell == "lstm":
        squashed = np.tanh(trace.C[k])
        start = {} if k else {"C_init": trace.C_init}
        return found | start | {f"C_{k}": trace.C[k], f"tanhC_{k}": squashed, f"slope_tanhC_{k}": 1 - squashed**2}
    if one.reset == "after":
        _, Wh1, b1, _, _ = experiment.parameters
        return found | {f"Vc_{k}": before @ Wh1[:, 2 * n :] + b1[3 * n :]}
    return found | {f"rH_{k}": gates[0] * before}


def _gated_way(experiment, t, k):
    """Return ∂L_t by the states of step k, by its gates, and by what stands between."""
    one, n = experiment.architecture, experiment.architecture.n_hidden
    adjoint, trace = engine.decompose(*experiment.problem).adjoints[t, k], experiment.trace
    delta = np.split(engine.single_term(*experiment.problem, "b1", t, k).delta, len(one.layer.biases), axis=1)
    letters = "ifoc" if one.cell == "lstm" else "rzc"
    found = {f"dL_{t}_dH_{k}": adjoint[:, :n]}
    found |= {f"dL_{t}_dA{letter}_{k}": part for letter, part in zip(letters, delta, strict=False)}
    if one.cell == "lstm":
        whole = adjoint[:, :n] * trace.gates[k][:, 2 * n : 3 * n] / np.cosh(trace.C[k]) ** 2 + adjoint[:, n:]
        return found | {f"dL_{t}_dC_{k}": whole}
    if one.reset == "after":
        return found | {f"dL_{t}_dVc_{k}": delta[3]}
    return found | {f"dL_{t}_drH_{k}": delta[2] @ experiment.parameters.Wh1[:, 2 * n :].T}


def _cuts(config):
    return config.truncation is not None and config.truncation < config.steps


def _on_start(experiment, before):
    config, loss = experiment.config, experiment.backward.loss
    found = {"learning_rate": config.learning_rate, "loss_now": loss, "L_all": loss}
    found |= {"loss_exported": before.backward.loss, "loss_change": loss - before.backward.loss}
    found |= {"momentum": 0.9} if config.optimiser == "momentum" else {}
    found |= {"decay_1": 0.9, "decay_2": 0.999, "epsilon": 1e-8} if config.optimiser == "adam" else {}
    limits = {"clip_norm": config.clip_norm, "clip_value": config.clip_value}
    limits["tau"] = config.truncation if _cuts(config) else None
    return found | {name: limit for name, limit in limits.items() if limit is not None}


def _of_loss(experiment, row, t):
    architecture, _, trace, Y = experiment.problem
    Y, Z, Y_hat, name = targets(experiment.task)[row], trace.Z[row], trace.Y_hat[row], architecture.output_activation
    found = {f"Z_{t}": Z, f"Y_hat_{t}": Y_hat, f"Y_{t}": Y, f"L_{t}": experiment.backward.step_losses[t]}
    if name == "softmax" or architecture.loss == "binary_cross_entropy":
        found[f"left_{t}"] = complement(name, Z, Y_hat)
    of_Y, of_state = engine.chain_factors(*experiment.problem, "b1", t, t)[:2]
    found |= {f"dL_{t}_dY_hat_{t}": of_Y.value, f"dY_hat_{t}_dH_{t}": of_state.value[:, : architecture.n_hidden]}
    found[f"dY_hat_{t}_dZ_{t}"] = output_jacobian(name, Z[0], Y_hat[0])
    found[f"dL_{t}_dZ_{t}"] = loss_and_logit_gradient(architecture, trace.Z, trace.Y_hat, targets(experiment.task))[1][
        row
    ]
    adjoints = engine.decompose(*experiment.problem).adjoints
    for k in range(t + 1):
        if architecture.cell != "plain":
            found |= _gated_way(experiment, t, k)
            continue
        found[f"dL_{t}_dH_{k}"] = adjoints[t, k]
        found[f"dL_{t}_dA_{k}"] = engine.single_term(*experiment.problem, "b1", t, k).delta
    return found


def _terms(experiment, losses):
    """Return term (t, k) of each parameter, and whether truncation keeps it."""
    config, parts = experiment.config, engine.decompose(*experiment.problem).terms
    found = {}
    for name, t in itertools.product(NAMES, losses):
        for k in range(t + 1) if name in parts else [t]:
            kept = name not in parts or engine.keeps(t, k, config.truncation, config.truncation_kind)
            term = parts[name][t, k] if name in parts else engine.single_term(*experiment.problem, name, t, k).value
            found[name, t, k] = term, kept
    return found


def _sums(experiment, losses):
    terms, found, gradients = _terms(experiment, losses), {}, truncated(experiment).gradients
    for plain, (name, cut) in _parts(experiment).items():
        gradient = cut(getattr(gradients, name))
        all_of = {place[1:]: (cut(term), kept) for place, (term, kept) in terms.items() if place[0] == name}
        mine, zero = {place: term for place, (term, kept) in all_of.items() if kept}, np.zeros_like(gradient)
        found |= {f"term_{t}_{k}_{plain}": term for (t, k), (term, _) in all_of.items()}
        found[f"dL_d{plain}"] = gradient
        found |= {f"dL_{t}_d{plain}": sum((term for (row, _), term in mine.items() if row == t), zero) for t in losses}
        if name not in ("W2", "b2"):
            for at in range(len(experiment.trace.X)):
                found[f"column_{at}_{plain}"] = sum((term for (_, k), term in mine.items() if k == at), zero)
    return found


def _update(experiment):
    config, epoch = experiment.config, next(epochs_of(experiment, 1))
    found = {}
    for plain, (name, cut) in _parts(experiment).items():
        updates, after, used = (cut(getattr(one, name)) for one in (epoch.updates, epoch.after, epoch.used))
        found |= {f"{plain}_step": updates, f"{plain}_new": after}
        found |= {f"{plain}_{STATES[kind]}": cut(getattr(value, name)) for kind, value in epoch.state.items()}
        if config.clip_norm is not None or config.clip_value is not None:
            found[f"{plain}_clipped"] = used
    if config.clip_norm is not None:
        norm = np.sqrt(sum((part**2).sum() for part in epoch.gradients))
        found |= {"norm": norm, "shorter": min(1.0, config.clip_norm / norm) if norm else 1.0}
    return found


def compare(found, wanted, case, floor=1e-15):
    """Assert that all names are the same, to 1e-12 of the largest entry of each."""
    assert set(found) == set(wanted), case
    for name, value in wanted.items():
        there = np.reshape(value, found[name].shape)
        largest = np.max(np.abs(wanted["L_all"] if name == "loss_change" else there))
        assert abs(found[name] - there).max() <= 1e-12 * largest + floor, (case, name, found[name], there)


def small(config):
    """Return a network as near to this one as a spreadsheet holds."""
    sizes = {"steps": min(6, config.steps), "hidden": min(4, config.hidden), "batch": 1}
    return config.replace(**sizes).reconciled()[0]


def test_every_cell_of_the_lecture_is_the_engines_again_after_a_change(tmp_path):
    experiment = run(LECTURE)
    book = Book(experiment, tmp_path)
    compare(book.values(), expected(experiment), "as exported")
    changed = run(LECTURE.replace(edits="Wh1.0.0:0.75,X.0.0.0:-1.5,b2.0:0.3"))
    compare(book.values(W_h1=0.75, X_0=-1.5, b_2=0.3), expected(changed, experiment), "changed")


@pytest.mark.parametrize(
    "change",
    [
        {"cell": "lstm", "steps": 2},
        pytest.param({"cell": "gru", "optimiser": "adam", "clip_norm": 1e-3}, marks=pytest.mark.slow),
        {"cell": "gru", "reset": "after", "mode": "sequence_to_vector", "steps": 2},
        pytest.param({"cell": "lstm", "truncation": 2, "output": "sigmoid_se"}, marks=pytest.mark.slow),
    ],
    ids=str,
)
def test_every_cell_of_a_gated_network_is_the_engines(change, tmp_path):
    experiment = run(SMALL.replace(**{"steps": 3} | change))
    book = Book(experiment, tmp_path)
    compare(book.values(), expected(experiment), change)
    changed = run(SMALL.replace(**{"steps": 3} | change, edits="Wh1.0.0:0.75,X.0.0.0:-1.5"))
    first = "U_i" if change["cell"] == "lstm" else "U_r"
    compare(book.values(**{first: 0.75, "X_0": -1.5}), expected(changed, experiment), "changed")


def test_every_formula_has_a_name_and_what_may_be_changed_is_yellow(tmp_path):
    experiment = run(LECTURE.replace(optimiser="adam", clip_norm=1.0, truncation=2))
    book = Book(experiment, tmp_path)
    named = {(page, cells.replace("$", "").split(":")[0]) for page, cells in book.places().values()}
    cells = [cell for page in book.book for row in page for cell in row]
    formulas = [cell for cell in cells if isinstance(cell.value, ArrayFormula)]
    assert {(cell.parent.title, cell.coordinate) for cell in formulas} <= named
    assert len(named) == len(book.places())
    assert not [cell for cell in cells if isinstance(cell.value, str) and cell.data_type == "f"]
    yellow = {cell.parent.title for cell in cells if cell.fill.start_color.rgb == f"00{YELLOW[1:]}"}
    assert yellow == {"Start", "Inputs", "Weights"}
    numbers = [cell for cell in cells if isinstance(cell.value, float)]
    assert len(numbers) > 30
    assert book.book.calculation.fullCalcOnLoad


def test_the_first_sheet_speaks_of_the_network_at_hand_and_text_stays_text(tmp_path):
    assert Book(run(LECTURE), tmp_path).book["Start"]["A2"].value == PRESETS[LECTURE.preset].sentence
    experiment = run(SMALL)
    task = dataclasses.replace(experiment.task, sentence="=1+1 \a")
    page = Book(dataclasses.replace(experiment, task=task), tmp_path).book["Start"]
    assert (page["A2"].value, page["A2"].data_type) == ("=1+1 �", "s")
    links = [cell.hyperlink.location for row in page for cell in row if cell.hyperlink]
    assert links[0] == "'Inputs'!A1"
    assert len(links) == len(sheets(experiment)) - 1


EVERY = [(pair, hidden, mode) for pair in PAIRS for hidden in HIDDEN for mode in MODES]


@pytest.mark.parametrize(("pair", "hidden", "mode"), spread(EVERY, every=21), ids=str)
def test_every_activation_loss_and_mode(pair, hidden, mode, tmp_path):
    experiment = run(SMALL.replace(activation=hidden, mode=mode, bias=0.3))
    task = dataclasses.replace(experiment.task, output_activation=pair[0], loss=pair[1])
    architecture = dataclasses.replace(experiment.architecture, output_activation=pair[0], loss=pair[1])
    trace = engine.forward(architecture, experiment.parameters, task.X, experiment.H_init)
    backward = engine.backward(architecture, experiment.parameters, trace, task.Y)
    experiment = dataclasses.replace(experiment, task=task, architecture=architecture, trace=trace, backward=backward)
    compare(Book(experiment, tmp_path).values(), expected(experiment), (pair, hidden, mode))


@pytest.mark.parametrize("rule", spread(RULES, every=4), ids=str)
def test_every_rule_of_the_update_and_truncation(rule, tmp_path):
    experiment = run(SMALL.replace(steps=3, **rule))
    compare(Book(experiment, tmp_path).values(), expected(experiment), rule)


@pytest.mark.slow
@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_in_small(preset, tmp_path):
    config = small(PRESETS[preset].config)
    experiment = run(config)
    compare(Book(experiment, tmp_path).values(), expected(experiment), config)


@pytest.mark.slow
def test_random_small_networks(tmp_path):
    for config in configurations(60):
        experiment = run(small(config))
        if misfit(experiment):
            continue
        compare(Book(experiment, tmp_path).values(), expected(experiment), config.written())


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (["steps=7"], "got steps 7, expected steps up to 6"),
        (["hidden=5", "batch=2"], "got hidden 5, batch 2, expected hidden up to 4, batch 1"),
        (["edits=b1.0:101"], f"A: got tanh of a number of size 100.3, expected at most {STEEPEST:g}"),
        (["edits=b2.0:-200"], f"expected at most {STEEPEST:g}"),
    ],
    ids=str,
)
def test_what_is_too_large_is_refused_in_one_line(changes, said, capsys, tmp_path):
    arguments = [part for change in changes for part in ("--set", change)]
    target = tmp_path / "out.xlsx"
    assert main(["export", "xlsx", "--preset", LECTURE.preset, *arguments, "-o", str(target)]) == 2
    printed = capsys.readouterr()
    assert (printed.out, len(printed.err.splitlines())) == ("", 1)
    assert said in printed.err
    assert not target.exists()


def test_the_command_writes_a_workbook_to_a_file_and_to_a_pipe(capfdbinary, tmp_path):
    arguments = ["export", "xlsx", "--preset", LECTURE.preset, "-o"]
    assert main([*arguments, str(tmp_path / "out.xlsx")]) == 0
    assert main([*arguments, "-"]) == 0
    printed = io.BytesIO(capfdbinary.readouterr().out)
    names = [openpyxl.load_workbook(one).sheetnames for one in (tmp_path / "out.xlsx", printed)]
    assert names == [[sheet.name for sheet in sheets(run(LECTURE))]] * 2


def test_the_page_offers_it_or_says_why_not():
    at = healthy(opened("pages/10_Take_away.py", warm=False))
    offered = len(at.get("download_button"))
    at = healthy(opened("pages/10_Take_away.py", warm=False, preset="echo"))
    assert (
        len([*at.get("download_button"), *(one for one in at.button if one.label.startswith("Make it"))]) == offered - 1
    )
    assert [one.value for one in at.caption if "got steps 10, hidden 12, batch 64" in one.value]
