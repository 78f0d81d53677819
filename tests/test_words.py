"""The glossary, the other notations and the reading list as data: complete, unambiguous, and true."""

import json
import re
from collections import defaultdict

import latex2mathml.converter
import numpy as np
import pytest

from rnnviz.engine import Parameters
from rnnviz.experiment.core import run
from rnnviz.experiment.flow import jacobian_norms
from rnnviz.notation import dialects, reading_list
from rnnviz.notation.conventions import LECTURE, NAMES, Conventions
from rnnviz.notation.glossary import (
    GLOSSARY,
    GROUPS,
    entry,
    found_in,
    latex,
    live_shape,
    mentions,
    of_quantity,
    search,
    tokens,
)
from rnnviz.notation.ids import PARAMETERS, chain_factor, immediate_factor, output_factor, readout_factor, state, symbol
from rnnviz.scene.build import scene_of
from rnnviz.scene.view import look
from rnnviz.settings.config import FIELDS, LABELS, PRESETS, TASKS
from tests.opening import ROOT

IDS = [one.id for one in GLOSSARY]


def quantities():
    """Every form of id that the notation can write."""
    kinds = ("step", "gradient", "clipped", "velocity", "first", "second", "root")
    yield from (f"{name}_{kind}" for name in PARAMETERS for kind in kinds)
    yield from ("L", "rest", state(-1), "column_1", "lag_2", "carry_0", "term_2_1")
    yield from ("f1'_1", "delta_2_1", "frozen_1", "total_2", "via_2_1", chain_factor(3, 1), chain_factor(0))
    yield from (f"{base}_{t}" for base in ("X", "A", "H", "Z", "Y", "Y_hat", "L") for t in (0, 12))
    yield from (output_factor(2), readout_factor(2), chain_factor(2), "dY_hat_2/dZ_2", "dL_2/dZ_2")
    yield from ("dL/dH_1", "dL/dA_1", "dL_2/dH_1", "dL_2/dA_1", "dL_2/dH_init")
    for name in PARAMETERS:
        yield from (name, f"{name}_new", f"dL/d{name}", f"dL_2/d{name}", immediate_factor(1, name))


@pytest.mark.parametrize("quantity", list(quantities()))
def test_every_form_of_a_quantity_has_an_entry(quantity):
    assert symbol(quantity).latex
    assert of_quantity(quantity) in GLOSSARY


def drawn(name):
    """Every quantity that the detailed scene of a preset draws, of all parameters."""
    view = look(run(PRESETS[name].config), 0)
    for parameter in PARAMETERS:
        scene = json.loads(json.dumps(scene_of(view, parameter, True, TASKS["parity"].modes)))
        yield from known(scene)


def known(thing):
    if isinstance(thing, dict):
        yield from thing.get("quantities", {})
        for value in thing.values():
            yield from known(value)
    elif isinstance(thing, list):
        for value in thing:
            yield from known(value)


@pytest.mark.parametrize("name", ["lecture-sequence-to-sequence", "lecture-sequence-to-vector", "echo"])
def test_every_drawn_quantity_has_an_entry(name):
    ids = set(drawn(name))
    assert len(ids) > 20
    assert [quantity for quantity in sorted(ids) if of_quantity(quantity) is None] == []


def test_a_hop_over_several_steps_is_a_product():
    assert of_quantity("dH_2/dH_1").id == of_quantity("dH_0/dH_init").id == "step-jacobian"
    assert of_quantity("dH_4/dH_1").id == "jacobian-product"
    assert of_quantity("dL_2/dWh1").id == "row-sum"
    assert of_quantity("dL/dWh1").id == "gradient"
    assert of_quantity("no such thing") is None


def test_ids_and_names_belong_to_one_entry_each():
    assert len(IDS) == len(set(IDS))
    owners = defaultdict(set)
    for one in GLOSSARY:
        for name in one.names:
            owners[tokens(name)].add(one.id)
    assert {name: ids for name, ids in owners.items() if len(ids) > 1} == {}


@pytest.mark.parametrize("one", GLOSSARY, ids=IDS)
def test_an_entry_is_complete(one):
    assert 1 <= len(re.findall(r"[.:?](?:\s|$)", one.meaning)) <= 5
    assert one.meaning.endswith((".", "?"))
    assert len(one.meaning) < 280
    assert one.see
    assert all((ROOT / path).exists() for path in one.see)
    assert set(one.related) <= set(IDS) - {one.id}
    assert len(set(one.related)) == len(one.related) >= 1
    assert one in mentions(one.term)


@pytest.mark.parametrize("names", NAMES)
@pytest.mark.parametrize("first", [0, 1])
def test_symbols_are_latex_in_every_convention(names, first):
    for one in GLOSSARY:
        if one.symbol:
            written = latex(one, Conventions(names=names, first=first))
            assert "<" not in written.replace(r"t - k < \tau", "")
            assert latex2mathml.converter.convert(written).startswith("<math")


def test_symbols_follow_the_names():
    textbook = Conventions(names="textbook")
    assert latex(entry("Wh1"), textbook) == "W_{hh}"
    assert latex(entry("hidden-state"), textbook) == "h_{t} = f_1(a_{t})"
    assert latex(entry("hidden-state"), LECTURE) == "H_{1t} = f_1(A_{1t})"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Spectral radius of Wₕ₁", {"spectral-radius", "Wh1"}),
        ("its radius and its norms", {"norm"}),
        ("H_3 follows H₂, and the loss L_12", {"hidden-state", "loss"}),
        ("∂⁺H_k is immediate", {"immediate-derivative", "hidden-state"}),
        ("the terms with t − k = 3", {"term", "lag"}),
        ("A named thing", set()),
        ("adam is a name", set()),
        ("Adam, clipped.", {"adam", "clipping"}),
        ("clipped by norm", {"clip-norm"}),
        ("lossless, termination, relunctant", set()),
        ("γ σₘₐₓ", {"bound"}),
        ("σₘₐₓ and γ apart", {"spectral-norm", "gamma"}),
        ("", set()),
    ],
)
def test_whole_words_count_and_the_longest_name_wins(text, expected):
    assert {one.id for one in mentions(text)} == expected


def test_mentions_come_in_the_order_of_the_glossary():
    found = [one.id for one in mentions("Adam, epochs, the hidden state and the loss")]
    assert found == sorted(found, key=IDS.index)


# --- what the app's texts speak of ------------------------------------------------------------------------

ORDINARY = set((ROOT / "tests" / "ordinary_words.txt").read_text(encoding="utf-8").split())


def settings_texts():
    for field in FIELDS.values():
        yield f"{field.label}. {field.help}"
    for limits in TASKS.values():
        yield f"{limits.label}. {limits.help}"
    for preset in PRESETS.values():
        yield f"{preset.title}. {preset.sentence}"
    yield from LABELS.values()


@pytest.mark.parametrize("text", sorted(set(settings_texts())))
def test_settings_and_presets_use_ordinary_words_and_those_of_the_glossary(text):
    left = list(text)
    for start, end, _ in found_in(text):
        left[start:end] = " " * (end - start)
    words = re.findall(r"[^\W\d_]+", "".join(left))
    assert {word for word in words if word.lower() not in ORDINARY} == set()


TECHNICAL = """
unrolled; hidden state; pre-activation; Backpropagation Through Time; chain-rule terms; step
Jacobian; immediate derivative; total derivative; adjoint; dh_next; running product; outer product;
3-tensor; ledger; residual; complex step; central difference; one-sided difference; relative error;
vanishing; exploding; saturated; spectral norm; spectral radius; singular values; eigenvalues;
transient growth; truncation; window; chunk; detached; clipping; clipped by value; cliff; loss
surface; gate; GRU; LSTM; one-hot; softmax; cross-entropy; nats; broadcasting; epoch; optimiser;
momentum; Adam; learning rate; Xavier; orthogonal; non-normal; batch; sequence to sequence; sequence
to vector; held-out; best constant answer; free-running; confusion matrix; temperature; pinned run;
first moment; second moment; velocity; double precision; overflow; seed; η; τ; γ; σₘₐₓ; ρ; ε; θ;
∂⁺; Ŷ; X_t; A_t; Z_t; H_init; W₁; Wₕ₁; W_h1; β₁; W₂; β₂; f₁′; n₀; n₁; n₂; T; m; L_t; L
""".replace("\n", " ")


@pytest.mark.parametrize("word", [word.strip() for word in TECHNICAL.split(";")])
def test_every_technical_word_of_the_app_has_an_entry(word):
    found = list(found_in(word))
    assert [(start, end) for start, end, _ in found] == [(0, len(word))]


# --- numbers in the definitions ---------------------------------------------------------------------------


def test_the_numbers_in_the_definitions_are_true():
    cliff = run(PRESETS["cliff"].config).backward.gradients
    length = np.sqrt(sum((part**2).sum() for part in cliff))
    assert f"{length:.3g} long" in entry("cliff").meaning
    longest = np.nanmax(jacobian_norms(run(PRESETS["transient-growth"].config)))
    assert f"a norm of {longest:.3g}" in entry("transient-growth").meaning
    assert f"{np.log(2):.4f}" in entry("nats").meaning
    assert f"{np.log(2):.4f}" in entry("cross-entropy").meaning
    assert f"{np.finfo(float).eps:.1e}".replace("-", "−") in entry("float64").meaning
    assert f"{np.finfo(float).max:.1e}".replace("+", "") in entry("overflow").meaning
    assert "from 1 to 200" in entry("T").meaning
    assert FIELDS["steps"].high == 200
    assert "from 1 to 64" in entry("n1").meaning
    assert FIELDS["hidden"].high == 64


def test_shapes_are_those_of_the_engine():
    experiment = run(PRESETS["parity"].config)
    T, m, n0 = experiment.trace.X.shape
    sizes = {"T": T, "m": m, "n₀": n0, "n₁": 8, "n₂": 1}

    def shape(name):
        return live_shape(entry(name).shape, sizes, "n₁ × n₁").split(" = ")[1]

    def of(array):
        return " × ".join(map(str, array.shape))

    trace = experiment.trace
    for name, array in {
        "input": trace.X[0],
        "hidden-state": trace.H[0],
        "pre-activation": trace.A[0],
        "logits": trace.Z[0],
        "prediction": trace.Y_hat[0],
        "delta": experiment.backward.deltas[0],
        "start-state": trace.H_init,
        **experiment.parameters._asdict(),
    }.items():
        assert shape(name) == of(array), name
    assert Parameters._fields == PARAMETERS
    assert shape("gradient") == of(experiment.backward.gradients.Wh1)


def test_a_search_finds_names_before_meanings():
    assert search("ρ")[0].id == "spectral-radius"
    assert search("Clip")[0].id == "clipping"
    assert search("dh_next")[0].id == "dh-next"
    assert {one.id for one in search("0.999")} == {"adam"}
    assert search("   ") == search("no such word at all") == ()


@pytest.mark.parametrize("wrong", ["", "nothing", None, 3, ["gradient"], "Gradient"])
def test_an_unknown_id_is_named(wrong):
    with pytest.raises(ValueError, match="expected an id of the glossary"):
        entry(wrong)


def test_groups_hold_every_entry_once():
    assert [one for group in GROUPS.values() for one in group] == list(GLOSSARY)
    assert all(len(group) <= 18 for group in GROUPS.values())


# --- other notations and reading --------------------------------------------------------------------------


@pytest.mark.parametrize("one", dialects.DIALECTS, ids=lambda one: one.name)
def test_a_notation_is_complete(one):
    assert set(one.symbols) <= set(dialects.APP)
    for latex_of in (*one.symbols.values(), *dialects.APP.values()):
        assert latex2mathml.converter.convert(latex_of).startswith("<math")
    assert len(one.differences) >= 3
    columns = dialects.compared(one)
    assert len({len(column) for column in columns.values()}) == 1
    if one.reference:
        assert str(reading_list.reference(one.reference).year) in one.name


def test_the_transposes_that_are_spoken_of_are_true():
    """Columns give W_rec diag(σ′) for equation 2 of Pascanu et al., and not its transpose."""
    rng = np.random.default_rng(0)
    W, x = rng.normal(size=(3, 3)), rng.normal(size=3)

    def following(x):
        return W @ np.tanh(x)

    jacobian = np.array([following(x + 1e-100j * one).imag / 1e-100 for one in np.eye(3)]).T
    slope = np.diag(1 - np.tanh(x) ** 2)
    np.testing.assert_allclose(jacobian, W @ slope, rtol=1e-12)
    assert np.abs(jacobian - W.T @ slope).max() > 0.1


ASKED = {
    "werbos-1990": "78(10), 1550–1560",
    "bengio-1994": "5(2), 157–166",
    "hochreiter-1997": "9(8), 1735–1780",
    "pascanu-2013": "28(3), 1310–1318",
    "williams-zipser-1989": "1(2), 270–280",
    "rumelhart-1986": "323, 533–536",
    "goodfellow-2016": "MIT Press",
}


@pytest.mark.parametrize("name", ASKED)
def test_references_are_full(name):
    one = reading_list.reference(name)
    assert ASKED[name] in one.where
    assert str(one.year) in name
    assert one.link.startswith("https://")


def test_the_reading_list_has_a_reason_for_each():
    ids = [one.id for one in reading_list.READING]
    assert len(ids) == len(set(ids)) >= 12
    for one in reading_list.READING:
        assert one.why.endswith(".")
        assert one.authors
        assert one.year == 0 or 1980 < one.year < 2030
        assert not one.doi or re.fullmatch(r"10\.\d{4,}/\S+", one.doi)
        assert one.title in reading_list.cited(one)
    with pytest.raises(ValueError, match="expected one of lecture"):
        reading_list.reference("nobody")
