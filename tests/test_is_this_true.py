"""The page on trust: every claim has its tests, every limit is the code's, and the live checks can fail."""

import ast
import dataclasses
import re
from functools import lru_cache

import numpy as np
import pytest

from rnnviz.checks.claims.compute import _MOST_TERMS, live_checks
from rnnviz.checks.claims.say import CLAIMS, LEFT_OUT, exactness, listed
from rnnviz.engine import Parameters
from rnnviz.engine.training import OPTIMISERS
from rnnviz.experiment.core import decomposition_bytes, run
from rnnviz.settings.config import FIELDS, PRESETS, RunConfig
from tests.configurations import GATED
from tests.opening import ROOT, healthy, opened

PAGE = "pages/8_Is_this_true.py"
EVERY = [claim for claims in CLAIMS.values() for claim in claims]
LEFT = " ".join(line for lines in LEFT_OUT.values() for line in lines)


@lru_cache
def functions(path):
    """The source of each function of a test file, by its name."""
    text = (ROOT / path).read_text(encoding="utf-8")
    nodes = ast.walk(ast.parse(text))
    return {node.name: ast.get_source_segment(text, node) for node in nodes if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("claim", EVERY, ids=lambda claim: claim.what)
def test_every_test_that_is_named_exists_and_allows_what_is_said(claim):
    assert claim.tests
    for test in claim.tests:
        path, name = test.split("::")
        assert name in functions(path), test
        assert name.startswith("test_")
    path, name = claim.tests[0].split("::")
    source = functions(path)[name]
    helpers = "\n".join(text for other, text in functions(path).items() if re.search(rf"\b{other}\(", source))
    assert re.search(rf"\b{claim.tolerance}\b" if claim.tolerance else "assert", f"{source}\n{helpers}"), source


@pytest.mark.parametrize("claim", EVERY, ids=lambda claim: claim.what)
def test_a_claim_says_how_and_against_what(claim):
    assert (ROOT / claim.see).exists()
    assert claim.how.endswith(".")
    assert claim.against
    assert exactness(claim).startswith(("within 1e−", "equal"))
    assert claim.what in listed((claim,))


# --- the live checks --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_passes(name):
    experiment = run(PRESETS[name].config)
    found = live_checks(experiment)
    assert [check.title for check in found if not check.passed] == []
    assert len(found) == 6 - (decomposition_bytes(experiment) > _MOST_TERMS)


@pytest.mark.parametrize(
    "changes",
    [
        {"steps": 1, "hidden": 1, "batch": 1},
        {"preset": "parity", "task": "parity", "steps": 60, "gain": 5.0, "batch": 8},
        {"preset": "vanishing", "task": "recall", "steps": 30, "spectral_radius": 0.0},
        {"preset": "stable", "task": "recall", "steps": 200, "hidden": 30, "scheme": "orthogonal"},
        {"edits": "Wh1.0.0:0.5"},
    ],
)
def test_odd_networks_pass_too(changes):
    found = live_checks(run(RunConfig(**changes)))
    assert [check for check in found if not check.passed] == []


def titles(experiment):
    return {check.title for check in live_checks(experiment) if not check.passed}


def test_a_wrong_state_a_wrong_loss_and_a_wrong_gradient_are_found():
    good = run(PRESETS["parity"].config.replace(batch=4))
    H = good.trace.H.copy()
    H[3, 0, 1] += 1e-9
    assert "Hidden states" in titles(dataclasses.replace(good, trace=dataclasses.replace(good.trace, H=H)))
    loss = dataclasses.replace(good.backward, loss=good.backward.loss * (1 + 1e-9))
    assert titles(dataclasses.replace(good, backward=loss)) == {"Total loss"}
    wrong = Parameters(*(part * (1 + 1e-9) for part in good.backward.gradients))
    gradients = dataclasses.replace(good.backward, gradients=wrong)
    expected = {"Cells and gradient", "Truncation at full length", "The link"}
    assert titles(dataclasses.replace(good, backward=gradients)) == expected


def test_a_norm_above_the_bound_is_found(monkeypatch):
    from rnnviz.checks.claims import compute

    good = run(PRESETS["stable"].config)
    real = compute.jacobian_norms
    monkeypatch.setattr(compute, "jacobian_norms", lambda *given, **more: real(*given, **more) * (1 + 1e-6))
    assert titles(good) == {"The bound"}


def test_a_network_that_overflows_says_so_without_a_warning():
    config, _ = RunConfig.from_query({"preset": "exploding", "steps": "200", "spectral_radius": "5", "gain": "5"})
    failed = [check for check in live_checks(run(config)) if not check.passed]
    assert {check.error for check in failed} == {np.inf}


def test_a_large_network_is_looked_at_in_part_and_says_so():
    big = RunConfig(preset="echo", task="echo", steps=200, hidden=64, batch=8)
    found = {check.title: check for check in live_checks(run(big))}
    assert "of 200 steps" in found["Hidden states"].what
    assert "Cells and gradient" not in found
    assert all(check.passed for check in found.values())


# --- what is left out -------------------------------------------------------------------------------------


def test_the_limits_that_are_told_are_those_of_the_settings():
    assert FIELDS["steps"].high == 200
    assert FIELDS["batch"].high == FIELDS["hidden"].high == 64
    assert FIELDS["epochs"].high == 2000
    assert "T up to 200, m and n₁ up to 64, 2000 epochs" in LEFT
    assert OPTIMISERS == ("sgd", "momentum", "adam")
    assert "Momentum is 0.9" in LEFT


@pytest.mark.parametrize(
    "word",
    ["dropout", "attention", "embedding", "peephole", "weight_decay", "shuffle", "bidirectional", "float32",
     "float16", "batch_norm", "layer_norm", "schedule", "early_stop"],
)  # fmt: skip
def test_what_is_said_to_be_missing_is_nowhere_in_the_engine(word):
    sources = [*(ROOT / "rnnviz" / "engine").rglob("*.py"), *(ROOT / "rnnviz" / "experiment").glob("*.py")]
    text = "".join(path.read_text(encoding="utf-8") for path in sources)
    assert not re.search(rf"\b\w*{word}\w*", text, re.IGNORECASE)


# --- the page ---------------------------------------------------------------------------------------------


def texts(at):
    return "\n".join(element.value for element in (*at.markdown, *at.caption))


def test_the_page_shows_residuals_claims_limits_and_versions():
    at = healthy(opened(PAGE, warm=False))
    rows = at.table[0].value
    assert len(rows) == 12
    assert all("passed" in text for text in rows.iloc[:, 2])
    assert "All **12** checks passed." in texts(at)
    assert f"numpy {np.__version__}" in texts(at)
    assert "tests/engine/test_gradients.py" in texts(at)


def test_every_group_of_claims_and_limits_is_drawn():
    at = opened(PAGE)
    for group, claims in CLAIMS.items():
        at.get_by_key("trust.claims").set_value(group).run()
        assert all(claim.what in texts(healthy(at)) for claim in claims)
    for subject, lines in LEFT_OUT.items():
        at.get_by_key("trust.left_out").set_value(subject).run()
        assert all(line in texts(healthy(at)) for line in lines)


def test_an_overflowing_network_is_called_not_finite_and_not_wrong():
    at = healthy(opened(PAGE, warm=False, preset="exploding", steps="200", spectral_radius="5", gain="5"))
    assert "overflow" in texts(at)
    assert "failed**]" not in str(at.table[0].value)


def test_a_mistake_that_is_chosen_elsewhere_does_not_reach_these_checks():
    at = healthy(opened(PAGE, warm=False, mistake="no_slope"))
    assert "All **12** checks passed." in texts(at)


@pytest.mark.parametrize("cell", GATED)
def test_gated_networks_pass_and_are_checked_by_their_direct_path(cell):
    config = PRESETS["echo"].config.replace(cell=cell, batch=4, update_bias=0.5)
    for reset in ("before", "after"):
        experiment = run(config.replace(reset=reset))
        found = live_checks(experiment)
        assert [check.title for check in found if not check.passed] == []
        assert "The direct path" in [check.title for check in found]
    H = experiment.trace.H.copy()
    H[3, 0, 1] += 1e-9
    wrong = dataclasses.replace(experiment.trace, H=H)
    assert "Hidden states" in titles(dataclasses.replace(experiment, trace=wrong))

    assert [check for check in live_checks(run(config.replace(steps=1, lag=0))) if not check.passed] == []
