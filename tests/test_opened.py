"""The opened cell: every form multiplies to the term, running products are adjoints, shares add up to 1."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from drawn import record
from oracles import activation

from rnnviz import engine
from rnnviz.experiment.core import run
from rnnviz.notation.numbers import four
from rnnviz.notation.quantities import frobenius, share
from rnnviz.scene.build import build_scene
from rnnviz.scene.opened import running
from rnnviz.scene.view import look
from rnnviz.settings.config import PRESETS, RunConfig

SEQUENCE, VECTOR = "lecture-sequence-to-sequence", "lecture-sequence-to-vector"
CASES = [
    (SEQUENCE, {}),
    (VECTOR, {}),
    (SEQUENCE, {"steps": 5, "hidden": 4, "activation": "sigmoid", "output": "softmax_se"}),
    (SEQUENCE, {"steps": 4, "activation": "relu", "output": "sigmoid_bce", "batch": 3, "sample": 1}),
    (SEQUENCE, {"steps": 6, "truncation": 2, "truncation_kind": "chunk"}),
    ("exploding", {"steps": 12, "hidden": 6, "sample": 3}),
]


@pytest.fixture(scope="module", params=CASES, ids=lambda case: f"{case[0]}-{case[1]}")
def opened(request):
    name, changes = request.param
    experiment = run(PRESETS[name].config.replace(**changes))
    return look(experiment, experiment.config.sample), build_scene(experiment)


def value(scene, part, item):
    """Return the array that an item of the strip shows, built as the stage draws it."""
    found = record(scene, part, item["q"])
    if item.get("tensor"):
        return np.array([one["values"] for one in found["slices"]])
    if "outer" in item:
        return immediate(scene, part, item)
    array = np.array(found["values"], dtype=float)
    assert list(array.shape) == found["shape"]
    if item.get("diagonal"):
        return np.diag(array[0])
    return array.T if item.get("transpose") else array


def immediate(scene, part, item):
    """Return ∂⁺ as an (n, …) array from the outer product that is drawn."""
    vectors = [value(scene, part, one) for one in item["outer"]]
    if not vectors:
        return None
    slope = vectors[-1] if vectors[-1].shape[0] == vectors[-1].shape[1] > 1 else np.diag(vectors[-1][0])
    if len(vectors) == 1:
        return slope
    return vectors[0].ravel()[None, :, None] * slope[:, None, :]


def replaced(items, forms, choice):
    for one in items:
        for name, chosen in choice.items():
            if one["q"] in forms.get(name, {}).get(chosen, {}):
                yield from forms[name][chosen][one["q"]]["items"]
                break
        else:
            yield one


def product(arrays):
    result = arrays[0]
    for array in arrays[1:]:
        result = np.tensordot(result, array, axes=1)
    return result


CHOICES = [
    dict(zip(("jacobian", "output", "immediate"), names, strict=True))
    for names in itertools.product(("whole", "split"), ("whole", "opened", "fused"), ("outer", "tensor"))
]


@pytest.mark.parametrize("choice", CHOICES, ids=lambda one: "-".join(one.values()))
def test_every_form_of_the_factors_multiplies_to_the_term(opened, choice):
    view, scene = opened
    compared = 0
    for name in ("W1", "Wh1", "b1"):
        part = scene["parameters"].get(name)
        for frame in (part or {}).get("frames", []):
            if not frame["id"].startswith("term-"):
                continue
            *factors, term = frame["matrices"]
            arrays = [value(scene, part, one) for one in replaced(factors, part["forms"], choice)]
            expected = view.term(name, *map(int, frame["id"][5:].split("-")))
            np.testing.assert_allclose(np.squeeze(product(arrays)), np.squeeze(expected), rtol=1e-11, atol=1e-15)
            np.testing.assert_array_equal(value(scene, part, term), np.atleast_2d(expected))
            compared += 1
    assert compared


def test_equation_and_strip_are_opened_alike(opened):
    _, scene = opened
    for part in scene["parameters"].values():
        for choices in part["forms"].values():
            for form in itertools.chain.from_iterable(one.values() for one in choices.values()):
                assert [t["q"] for t in form["tokens"]] == [i["q"] for i in form["items"]]


def test_running_products_are_the_adjoints_of_the_decomposition(opened):
    view, _ = opened
    adjoints = engine.decompose(view.architecture, view.parameters, view.trace, view.Y).adjoints
    slopes = engine.hidden_slope(view.architecture, view.trace)
    for t in view.loss_steps:
        found = view.ways_back[t]
        for k in range(t + 1):
            np.testing.assert_allclose(found[f"dL_{t}/dH_{k}"], adjoints[t, k], rtol=1e-11, atol=1e-15)
            np.testing.assert_allclose(found[f"dL_{t}/dA_{k}"], adjoints[t, k] * slopes[k], rtol=1e-11, atol=1e-15)


def test_running_product_goes_through_the_factors_of_the_term(opened):
    _, scene = opened
    for part in scene["parameters"].values():
        for frame in part["frames"]:
            if "running" in frame:
                t, k = map(int, frame["id"][5:].split("-"))
                shown = [one["q"] for one in frame["running"]["places"] if not one.get("split")]
                assert shown[0] == f"dL_{t}/dY_hat_{t}"
                assert shown[-2:] == [f"dL_{t}/dH_{k}", f"term_{t}_{k}"]
                assert [q for q in shown if "/dH_" in q] == [f"dL_{t}/dH_{j}" for j in range(t, k - 1, -1)]
                assert all(record(scene, part, one["q"])["norm"] >= 0 for one in frame["running"]["places"])
                assert any(character.isdigit() for character in str(frame["running"]["sentence"]))


def test_the_fused_factor_is_the_residual_where_it_says_so(opened):
    view, scene = opened
    for t in view.loss_steps:
        fused = scene["quantities"][f"dL_{t}/dZ_{t}"]
        residual = view.trace.Y_hat[view.output_row(t)] - view.target(t)
        if "leave" in fused["note"]:
            np.testing.assert_allclose(fused["values"], residual, rtol=1e-12, atol=1e-16)
        else:
            assert not np.allclose(fused["values"], residual, rtol=1e-6, atol=0)


def test_slices_of_the_tensor_have_one_column_that_is_not_zero(opened):
    _, scene = opened
    for name in ("W1", "Wh1"):
        for k, record_ in (
            (k, q) for k, q in scene["parameters"].get(name, {"quantities": {}})["quantities"].items() if "slices" in q
        ):
            for one in record_["slices"]:
                other = np.delete(np.array(one["values"]), one["columns"].index(one["unit"]), axis=1)
                assert not other.any(), k


def test_shares_of_cells_rows_columns_and_lags_add_up_to_one(opened):
    _, scene = opened
    for name, part in scene["parameters"].items():
        grid, quantities = part["grid"], part["quantities"]
        cells = [c["q"] for row in grid["cells"] for c in row if c["state"] == "live"]
        groups = [cells, [q for q in grid["row_sums"] if q], grid["column_sums"], grid["lags"]]
        for group in filter(None, groups):
            assert sum(quantities[q]["share"] for q in group) == pytest.approx(1, abs=1e-11), name
        for lag in grid["lags"]:
            assert quantities[lag]["along"] + quantities[lag]["against"] == pytest.approx(
                quantities[lag]["share"], abs=1e-11
            )
            assert quantities[lag]["along"] >= 0 >= quantities[lag]["against"]
            assert {q.split("_")[1] for q in quantities[lag]["parts"]} == {
                str(int(q.split("_")[2]) + int(lag[4:])) for q in quantities[lag]["parts"]
            }


def test_signed_sums_and_entries_of_the_cells_add_up_to_the_margins(opened):
    _, scene = opened
    for part in scene["parameters"].values():
        grid, quantities = part["grid"], part["quantities"]
        total = quantities[grid["corner"]]
        live = [[c["q"] if c["state"] == "live" else None for c in row] for row in grid["cells"]]
        for read in (lambda q: q["sum"], lambda q: q["values"][0][0]):
            scale = total["norm"] + sum(quantities[q]["norm"] for row in live for q in row if q)
            for row, margin in zip(live, grid["row_sums"], strict=True):
                if margin:
                    assert sum(read(quantities[q]) for q in row if q) == pytest.approx(
                        read(quantities[margin]), abs=1e-12 * scale
                    )
            for column, margin in zip(zip(*live, strict=True), grid["column_sums"], strict=True):
                assert sum(read(quantities[q]) for q in column if q) == pytest.approx(
                    read(quantities[margin]), abs=1e-12 * scale
                )
        assert set(grid["closings"]) == {mode for mode, _, _ in grid["modes"]}


def test_a_share_has_a_sign_and_survives_tiny_and_huge_gradients():
    total = np.array([[3.0, 4.0]])
    assert share(total, total) == pytest.approx(1)
    assert share(-total, total) == pytest.approx(-1)
    assert share(np.array([[4.0, -3.0]]), total) == pytest.approx(0)
    assert share(1e-200 * total, 2e-200 * total) == pytest.approx(0.5)
    assert share(1e200 * total, 2e200 * total) == pytest.approx(0.5)
    assert share(total, 0 * total) is None


def test_only_the_last_row_lives_in_sequence_to_vector_and_the_page_says_so():
    scene = build_scene(run(PRESETS[VECTOR].config))
    grid = scene["parameters"]["Wh1"]["grid"]
    assert [[c["state"] for c in row if c["state"] != "future"] for row in grid["cells"]] == [
        ["none"], ["none", "none"], ["live", "live", "live"],
    ]  # fmt: skip
    assert "Only row 2" in grid["note"]
    assert build_scene(run(PRESETS[SEQUENCE].config))["parameters"]["Wh1"]["grid"]["note"] == ""
    assert [mode for mode, _ in scene["modes"]] == ["sequence_to_vector", "sequence_to_sequence"]


def test_with_one_step_nothing_is_offered_that_changes_nothing():
    for steps, there in ((1, False), (2, True)):
        for mode in ("sequence_to_sequence", "sequence_to_vector"):
            scene = build_scene(run(RunConfig(steps=steps, mode=mode)), detail=True)
            assert ("jacobian" in [one["id"] for one in scene["openings"]]) == there
            assert (len(scene["modes"]) > 1) == there


def state_change(view, parameter, entry, k, frozen):
    """∂H_k by one entry, by a complex step of all copies up to k, or of the copy at k alone."""
    step, h = 1e-100, view.trace.H_init[0].astype(complex)
    for s in range(k + 1):
        theta = {name: array.astype(complex) for name, array in view.parameters._asdict().items()}
        if s == k or not frozen:
            theta[parameter][entry] += 1j * step
        a = view.trace.X[s, 0] @ theta["W1"] + h @ theta["Wh1"] + theta["b1"]
        h = activation(view.architecture.hidden_activation, a)
    return h.imag / step


def test_immediate_and_total_derivative_are_what_a_complex_step_finds(opened):
    view, scene = opened
    for name in ("W1", "Wh1", "b1"):
        part = scene["parameters"].get(name)
        if part is None:
            continue
        i, j = part["grid"]["entry"]
        entry = (j,) if name == "b1" else (i, j)
        found = part["immediate"]
        for k in range(view.T):
            frozen, total = (np.array(found["quantities"][f"{kind}_{k}"]["values"])[0] for kind in ("frozen", "total"))
            np.testing.assert_allclose(frozen, state_change(view, name, entry, k, True), rtol=1e-12, atol=1e-16)
            np.testing.assert_allclose(total, state_change(view, name, entry, k, False), rtol=1e-11, atol=1e-15)
            parts = [np.array(found["quantities"][q]["values"])[0] for q in found["steps"][k]["parts"]]
            np.testing.assert_allclose(sum(parts), total, rtol=1e-11, atol=1e-15)


def test_a_batch_has_no_forms_and_the_overview_no_detail():
    batch = build_scene(run(PRESETS[SEQUENCE].config.replace(batch=4, sample=-1)))
    assert batch["openings"] == []
    assert all(part["forms"] == {} and "immediate" not in part for part in batch["parameters"].values())
    overview = build_scene(run(PRESETS[SEQUENCE].config), detail=False)
    assert not overview["detail"]
    assert all("forms" not in part and "loop" not in part for part in overview["parameters"].values())


def test_the_norms_say_that_terms_differ_in_direction_only_where_they_do():
    closing = build_scene(run(PRESETS[SEQUENCE].config))["parameters"]["Wh1"]["grid"]["closings"]["norm"]
    assert "They do not all point the same way" in closing
    single = build_scene(run(PRESETS[SEQUENCE].config.replace(steps=1)))
    assert "One term alone" in single["parameters"]["Wh1"]["grid"]["closings"]["norm"]


def test_one_step_back_is_told_as_one_and_several_by_the_one_that_costs_most():
    view = look(run(PRESETS[SEQUENCE].config), 0)
    lengths = [frobenius(view.ways_back[2][f"dL_2/dH_{j}"]) for j in range(3)]
    one, two = (told(running(view, 2, k).sentence) for k in (1, 0))
    assert one.endswith(f"this one step makes it {four(lengths[1] / lengths[2])} times as long.")
    ratios = {(2, 1): lengths[1] / lengths[2], (1, 0): lengths[0] / lengths[1]}
    (j, i), worst = min(ratios.items(), key=lambda each: each[1])
    assert f"from H_{j} to H_{i}" in two
    assert (four(100 * worst) + " %" if worst < 1 else four(worst) + " times") in two


def told(sentence):
    return "".join(sentence)
