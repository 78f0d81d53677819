"""The scene of a gated cell: its two roads, its ribbon, its blocks, and sentences that hold for whatever is set."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from configurations import FEW, configurations
from drawn import told
from oracles import activation

from rnnviz import engine
from rnnviz.experiment.core import run
from rnnviz.notation.ids import HIDDEN_PARAMETERS, PARAMETERS
from rnnviz.notation.numbers import four, percent
from rnnviz.notation.quantities import frobenius, share
from rnnviz.notation.quantity import BLOCKS, read
from rnnviz.scene import cells
from rnnviz.scene.build import build_scene, scene_of
from rnnviz.scene.ribbon import WIDEST, ribbons
from rnnviz.scene.view import look
from rnnviz.settings.config import PRESETS

LECTURE = PRESETS["lecture-sequence-to-sequence"].config
CASES = [
    {"cell": "lstm"},
    {"cell": "lstm", "steps": 5, "batch": 3, "sample": -1},
    {"cell": "gru", "steps": 4, "batch": 3, "sample": 1},
    {"cell": "gru", "reset": "after", "steps": 4, "batch": 2, "sample": -1},
]
ONLY_PLAIN = re.compile(r"(?<!A)f₁|f1|slope")


def blocks(view):
    return [name for whole in HIDDEN_PARAMETERS for name in cells.blocks_of(view.architecture, whole)]


@pytest.fixture(scope="module", params=CASES, ids=str)
def view(request):
    experiment = run(LECTURE.replace(**request.param))
    return look(experiment, experiment.config.sample)


def test_both_roads_of_a_term_are_the_engines_and_add_up(view):
    direct = engine.direct_path_terms(*view.problem)
    for name in (*HIDDEN_PARAMETERS, *blocks(view)):
        whole = BLOCKS[name][0] if name in BLOCKS else name
        for t, k in view.drawn_terms(name):
            wanted = view.cut_out(name, direct[whole][t, k])
            along, through = cells.roads(view, name, t, k)
            assert np.abs(along - wanted).max() <= 1e-14
            np.testing.assert_allclose(along + through, view.term(name, t, k), rtol=0, atol=1e-15)


def test_blocks_are_the_columns_of_their_parameter_in_the_order_of_the_engine(view):
    for whole in HIDDEN_PARAMETERS:
        parts = cells.blocks_of(view.architecture, whole)
        for of in (lambda name: view.of(view.parameters, name), view.total, lambda name: view.row(name, view.T - 1)):
            np.testing.assert_array_equal(np.concatenate([of(name) for name in parts], axis=-1), of(whole))
    n1, A = view.architecture.n_hidden, view.trace.A[0]
    for place, gate in enumerate(view.gates):
        squashed = activation("tanh" if gate == "c" else "sigmoid", A[:, place * n1 : (place + 1) * n1])
        np.testing.assert_allclose(view.made[0][f"{gate}_0"], squashed, atol=1e-15)


def test_the_ribbon_parts_where_the_roads_do_and_is_as_wide_as_each_is_long():
    """Along C by hand: ∂L/∂C_t through every forget gate on the way; the rest is what is left of the whole."""
    view = look(run(LECTURE.replace(cell="lstm", steps=4)), 0)
    n1, trace = view.architecture.n_hidden, view.trace
    error = engine.chain_factors(*view.problem, "b1", 3, 3)
    at_H = (error[0].value @ error[1].value)[0, :n1]
    along = at_H * trace.gates[3, 0, 2 * n1 : 3 * n1] * (1 - np.tanh(trace.C[3, 0]) ** 2)
    band = ribbons(view, "Wh1")[3, 0]
    lengths, start = [], (np.linalg.norm(at_H), np.linalg.norm(at_H))
    for j in range(3, 0, -1):
        along = along * trace.gates[j, 0, n1 : 2 * n1]
        whole = error[0].value @ error[1].value @ engine.state_jacobian(*view.problem[:3], 3, j - 1)
        end = np.linalg.norm(along), np.linalg.norm(whole[0] - np.concatenate([np.zeros(n1), along]))
        lengths.append(list(zip(start, end, strict=True)))
        start = end
    drawn = [edge.roads for edge in band.edges]
    assert [len(roads) for roads in drawn] == [0, 0, 2, 2, 2, 0]
    steps = (8, 22)
    pairs = [
        (length, width)
        for roads, known in zip(drawn[2:5], lengths, strict=True)
        for road, ends in zip(roads, known, strict=True)
        for length, width in zip(ends, (road.start, road.end), strict=True)
    ]
    longest = max(max(length for length, _ in pairs), *(frobenius(one.value) for one in error[:1]))
    price = {round((WIDEST - width) / np.log2(longest / length), 3) for length, width in pairs if length < longest}
    assert max(price) - min(price) < 0.02, "each halving costs the same"
    assert max(price) <= steps[0]


def test_the_forms_of_the_output_multiply_to_the_term(view):
    """∂Ŷ/∂S through Z, and fused with the loss."""
    scene = build_scene_of(view)
    if view.is_batch:
        assert scene["openings"] == []
        return
    assert [one["id"] for one in scene["openings"]] == ["output", "immediate"]
    for name in HIDDEN_PARAMETERS:
        part = scene["parameters"][name]
        for choice in ("opened", "fused"):
            forms = part["forms"]["output"][choice]
            t = view.T - 1
            items = next(one for one in part["frames"] if one["id"] == f"term-{t}-{t}")["matrices"]
            replaced = [each for one in items[:2] for each in forms.get(one["q"], {"items": [one]})["items"]]
            found = np.eye(1)
            for one in replaced:
                record = part["quantities"].get(one["q"]) or scene["quantities"][one["q"]]
                values = np.array(record["values"])
                found = found @ (values.T if one.get("transpose") else values)
            factors = engine.chain_factors(*view.problem, name, t, t)
            np.testing.assert_allclose(found, factors[0].value @ factors[1].value, atol=1e-15)


def build_scene_of(view):
    with np.errstate(all="ignore"):
        return scene_of(view, "Wh1", True)


def test_nothing_is_said_that_only_the_plain_cell_does(view):
    scene = build_scene_of(view)
    json.dumps(scene, allow_nan=False)
    texts = [told(frame) for part in scene["parameters"].values() for frame in (*scene["frames"], *part["frames"])]
    texts += [one["words"] for one in scene["quantities"].values()]
    assert [text for text in texts if ONLY_PLAIN.search(text)] == []
    assert not any(name.startswith("f1'") for name in scene["quantities"])


def test_a_step_is_told_gate_by_gate():
    names = {"lstm": ["f", "i", "c", "C", "o", ""], "gru": ["r", "z", "c", ""]}
    for cell, acts in names.items():
        ids = [frame["id"] for frame in build_scene(run(LECTURE.replace(cell=cell)))["frames"]]
        step = [f"forward-1-{act}".removesuffix("-") for act in acts]
        assert ids[ids.index("output-0") + 1 : ids.index("output-1")] == step


def test_what_runs_to_a_node_is_what_arrives_there():
    """Products with the blocks make the pre-activation, less the bias; products with gates the memory and the state."""
    for change in ({"cell": "lstm"}, {"cell": "gru"}, {"cell": "lstm", "vectors": "column"}):
        scene = build_scene(run(LECTURE.replace(**change)))
        known = {name: np.array(one["values"]) for name, one in scene["quantities"].items() if "values" in one}
        frames = [frame for frame in scene["frames"] if frame["id"].startswith("forward-1")]
        for frame in frames:
            sent, end = sum(np.array(one["values"]) for one in frame["pulses"]), frame["pulses"][0]["to"]
            gate = end[0]
            wanted = known[f"A{gate}_1"] - known[f"b{gate}"] if f"A{gate}_1" in known else known[end]
            np.testing.assert_allclose(sent, wanted, atol=1e-15)


@pytest.mark.parametrize("count", [FEW // 4, pytest.param(2 * FEW, marks=pytest.mark.slow)])
def test_sentences_have_the_numbers_of_what_is_set(count):
    """Spread of a gate, lengths of what is kept and added, length and share of each road."""
    seen = set()
    for config in configurations(count, cells=("gru", "lstm")):
        with np.errstate(all="ignore"):
            try:
                experiment = run(config)
            except ValueError:
                continue
            view = look(experiment, config.sample)
            scene = scene_of(view, config.parameter, False, complete=False)
        if config.parameter in HIDDEN_PARAMETERS:
            seen |= checked_roads(view, config, scene)
        n1, trace = view.architecture.n_hidden, view.trace
        for frame in scene["frames"]:
            _, *place = frame["id"].split("-")
            if not frame["id"].startswith("forward") or len(place) == 1 or place[1] == "C":
                continue
            t, gate = int(place[0]), place[1]
            values = trace.gates[t][:, (at := view.gates.index(gate)) * n1 : (at + 1) * n1]
            low, high = four(values.min()), four(values.max())
            size = f"length {four(frobenius(values))}" if gate == "c" else low if low == high else f"{low} to {high}"
            assert f": {size}{view.rows_of}." in told(frame), config.written()
    assert seen >= {"share", "left out"} | ({"exactly 0"} if count > FEW else set())


def checked_roads(view, config, scene):
    direct, seen = engine.direct_path_terms(*view.problem)[config.parameter], set()
    for frame in scene["parameters"][config.parameter]["frames"]:
        if not frame["id"].startswith("paths"):
            continue
        t, k = map(int, frame["id"].split("-")[1:])
        said, term = told(frame), view.term(config.parameter, t, k)
        for before, part in (("length", direct[t, k]), ("candidates:", term - direct[t, k])):
            of = share(part, view.summed(config.parameter)) if view.kept(t, k) else None
            if np.abs(part).max() <= 1e-12 * np.abs(term).max():
                seen |= {"exactly 0"} if not part.any() and "exactly 0" in said else set()
                continue
            size = f"{before} {four(frobenius(part))}"
            assert size in said, (config.written(), frame["id"])
            if of is not None:
                seen.add("share")
                assert f"{size}, {percent(of, 1)}" in said, (config.written(), frame["id"])
                assert said.count(" of the ") == 1, (config.written(), frame["id"])
            seen |= set() if view.kept(t, k) else {"left out"}
        assert ("% of" in said) <= view.kept(t, k)
        assert view.whose in said
    return seen


def test_every_parameter_of_a_gated_cell_has_its_parts(view):
    scene = build_scene_of(view)
    facts = {"gates": list(view.gates), "memory": view.kind == "S"}
    assert scene["cell"] == facts | {"after": view.architecture.reset == "after"}
    assert set(scene["parameters"]) == set(PARAMETERS)
    nodes = {one["q"] for one in scene["nodes"]}
    assert ("C_init" in nodes) == (view.kind == "S")
    assert {one[end] for one in scene["edges"] if "from" in one for end in ("from", "to")} <= nodes


def test_a_block_is_chosen_by_its_gate_and_is_a_part_of_its_parameter():
    lstm, gru = (run(LECTURE.replace(cell=cell, reset="after")).architecture for cell in ("lstm", "gru"))
    found = [cells.chosen(lstm, *each) for each in (("Wh1", "f"), ("b1", "c"), ("W2", "f"), ("W1", "z"), ("W1", "all"))]
    assert found == ["Uf", "bc", "W2", "W1", "W1"]
    assert [cells.chosen(gru, *each) for each in (("b1", "d"), ("Wh1", "d"), ("Wh1", "z"))] == ["bd", "Wh1", "Uz"]
    scene = build_scene(run(LECTURE.replace(cell="lstm", parameter="W1", block="o")))
    assert scene["parameter"] == "Wo"
    assert scene["blocks"]["W1"][0] == ["W1", "all blocks"]
    assert ["Wo", "output gate"] in scene["blocks"]["W1"]
    frames = [frame for frame in scene["parameters"]["Wo"]["frames"] if frame["id"][:4] in ("term", "path", "sum")]
    assert all({"Wo", "W1"} <= set(frame["lit"]) for frame in frames)
    assert build_scene(run(LECTURE))["parameter"] == "Wh1"


def test_a_block_that_moves_nothing_says_why():
    """The forget gate of the first step has an empty memory to keep."""
    view = look(run(LECTURE.replace(cell="lstm")), 0)
    frames = scene_of(view, "Uf", False, complete=False)["parameters"]["Uf"]["frames"]
    texts = {frame["id"]: told(frame) for frame in frames}
    assert "exactly 0. C_init is 0, so the forget gate had nothing to keep." in texts["term-2-0"]
    assert not any("None of its factors" in text for text in texts.values())


def test_a_step_jacobian_is_the_sum_of_its_ways(view):
    """Straight it is diag(f) or diag(z); each other way moves one gate alone, by a central difference of its own."""
    assert bool(view.opened_hops) != view.is_batch
    for j, i in view.opened_hops:
        parts, n1 = view.hop_parts(j), view.architecture.n_hidden
        whole = engine.state_jacobian(*view.problem[:3], j, i)
        np.testing.assert_allclose(sum(parts.values()), whole, atol=1e-15)
        gate = view.known(read(f"{'f' if view.kind == 'S' else 'z'}_{j}"))
        np.testing.assert_allclose(parts[f"straight_{j}"][-n1:, -n1:], np.diag(gate[0]), atol=1e-15)
        for name in view.gates:
            np.testing.assert_allclose(parts[f"via{name}_{j}"][:, :n1], differences(view, j, name), atol=1e-8)
            assert not parts[f"via{name}_{j}"][:, n1:].any()


def differences(view, j, gate, step=1e-5):
    """The state after step j by H_{j−1}, where one gate alone reads the moved state and the others the old one."""
    before = view.known(read(f"H_{j - 1}" if j else "H_init"))[0]
    columns = [
        stepped(view, j, gate, before + move) - stepped(view, j, gate, before - move)
        for move in step * np.eye(len(before))
    ]
    return np.stack(columns, axis=1) / (2 * step)


def stepped(view, j, moving, moved):
    """The state after a step of which one gate reads another H before; by the equations alone."""
    old = view.known(read(f"H_{j - 1}" if j else "H_init"))[0]
    X, n1, after = view.trace.X[j, 0], len(old), view.architecture.reset == "after"
    place = {gate: slice(i * n1, (i + 1) * n1) for i, gate in enumerate(view.gates)}
    W1, Wh1, b1 = view.parameters[:3]

    def squashed(gate, reset=None):
        H, at = moved if gate == moving else old, place[gate]
        read_by = H @ Wh1[:, at] if reset is None or after else (reset * H) @ Wh1[:, at]
        if reset is not None and after:
            read_by = reset * (read_by + b1[3 * n1 :])
        total = X @ W1[:, at] + read_by + b1[at]
        return np.tanh(total) if gate == "c" else 1 / (1 + np.exp(-total))

    if "f" in view.gates:
        C = squashed("f") * view.known(read(f"C_{j - 1}"))[0] + squashed("i") * squashed("c")
        return np.concatenate([squashed("o") * np.tanh(C), C])
    z = squashed("z")
    return z * old + (1 - z) * squashed("c", squashed("r"))


def test_a_step_jacobians_frame_has_its_numbers(view):
    frames = {frame["id"]: frame for frame in build_scene_of(view)["parameters"]["Wh1"]["frames"]}
    assert {name for name in frames if name.startswith("hop")} == {f"hop-{j}" for j, _ in view.opened_hops}
    for j, _ in view.opened_hops:
        said = told(frames[f"hop-{j}"])
        for part in [*view.hop_parts(j).values()][1:]:
            assert f"{four(frobenius(part))} through" in said


def test_the_update_takes_the_gradient_that_is_drawn_to_the_last_bits_of_each_entry():
    config = PRESETS["lstm-memory"].config.replace(clip_norm=0.1, sample=-1, parameter="Wh1")
    known = build_scene(run(config))["parameters"]["Wh1"]["quantities"]
    drawn, clipped = (np.array(known[name]["values"]) for name in ("dL/dWh1", "Wh1_clipped"))
    factors = clipped / drawn  # entries that nearly cancel lose digits to the order in which terms are added
    assert np.ptp(factors) <= 1e-14 * factors.max()
