"""The questions: each is worked out again by a solver that shares no code with them, over many networks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pytest

from rnnviz.experiment.core import run
from rnnviz.notation import prose
from rnnviz.scene.build import build_scene
from rnnviz.settings.config import PRESETS, RunConfig
from rnnviz.teaching.questions import CONFUSIONS, TEMPLATES, ask, questions
from rnnviz.teaching.questions.asking import Words
from tests import oracles
from tests.configurations import FEW, GATED, PLAIN_PRESETS, configurations, spread
from tests.question_solvers import SOLVERS, Net, close

IDS = [template.id for template in TEMPLATES]
BY_ID = {template.id: template for template in TEMPLATES}
LECTURE = ("lecture-sequence-to-vector", "lecture-sequence-to-sequence")
SEEDS = range(2)

ODD = {
    "one step": RunConfig(steps=1),
    "one step, a vector": RunConfig(task="lecture_vector", mode="sequence_to_vector", steps=1),
    "two steps": RunConfig(steps=2),
    "two steps, a vector": RunConfig(task="lecture_vector", mode="sequence_to_vector", steps=2, seed=51),
    "five steps": RunConfig(steps=5, hidden=4, seed=3),
    "one unit": RunConfig(hidden=1, steps=4),
    "two units": RunConfig(hidden=2, steps=4),
    "relu": RunConfig(activation="relu", steps=4, hidden=4),
    "sigmoid": RunConfig(activation="sigmoid", steps=4),
    "identity": RunConfig(activation="identity", steps=4),
    "squared error": RunConfig(task="parity", steps=4, output="sigmoid_se", batch=3),
    "softmax, squared error": RunConfig(output="softmax_se", steps=4),
    "sigmoid, binary": RunConfig(output="sigmoid_bce", steps=4),
    "relu output": RunConfig(task="sunspots", steps=4, output="relu_se", batch=3),
    "batch mean": RunConfig(task="echo", steps=6, hidden=4, batch=5, sample=-1),
    "second sample": RunConfig(task="echo", steps=6, hidden=4, batch=5, sample=1),
    "batch mean of a vector": PRESETS["vanishing"].config.replace(sample=-1, steps=8),
    "long batch mean": PRESETS["sunspots"].config.replace(sample=-1, batch=4),
    "window": RunConfig(steps=6, truncation=2, hidden=4),
    "window of one": RunConfig(steps=4, truncation=1),
    "blocks": RunConfig(steps=6, truncation=4, truncation_kind="chunk", hidden=4),
    "blocks, a vector": PRESETS["orthogonal"].config.replace(truncation=6, truncation_kind="chunk"),
    "window longer than all": RunConfig(steps=3, truncation=9),
    "edits": RunConfig(steps=4, edits="Wh1.0.1:1.5,X.1.0.0:-2,H_init.0.0:0.7,b1.1:0.3"),
    "dead": RunConfig(steps=4, edits="Wh1.0.0:0,Wh1.0.1:0,Wh1.0.2:0,W1.0.0:0,W1.0.1:0"),
    "saturated": RunConfig(steps=5, bias=6.0),
    "large": RunConfig(activation="identity", spectral_radius=5.0, gain=3.0, steps=30, task="parity", batch=2),
    "overflow": RunConfig(
        task="recall", mode="sequence_to_vector", activation="identity", spectral_radius=5.0, gain=5.0, steps=200
    ),
    "thirteen steps": RunConfig(steps=13, task="echo", hidden=4, batch=2),
    "time from one": RunConfig(steps=4, first_step="1"),
    "mean over time": RunConfig(steps=4, over_time="mean"),
    "textbook": RunConfig(steps=4, symbols="textbook"),
    "pytorch": RunConfig(steps=4, symbols="pytorch"),
    "columns": RunConfig(steps=4, vectors="column"),
    "lstm": RunConfig(cell="lstm", steps=4),
    "lstm, batch mean": RunConfig(cell="lstm", task="echo", steps=14, hidden=4, batch=4, sample=-1),
    "lstm, a vector": PRESETS["vanishing"].config.replace(cell="lstm", steps=8, forget_bias=3.0, sample=2),
    "gru": RunConfig(cell="gru", steps=4, vectors="column"),
    "gru, reset after": RunConfig(cell="gru", reset="after", steps=5, symbols="textbook", truncation=2),
    "gru, one step": RunConfig(cell="gru", steps=1, first_step="1"),
    "everything else": RunConfig(
        steps=14, task="echo", hidden=3, batch=3, symbols="textbook", first_step="1", over_time="mean"
    ),
}
SETTINGS = {name: preset.config for name, preset in PLAIN_PRESETS.items()} | ODD


@pytest.fixture(scope="module", params=spread(SETTINGS, 7))
def network(request):
    """An experiment with its questions for each seed; made once for all tests of it."""
    experiment = run(SETTINGS[request.param])
    return experiment, {seed: questions(experiment, seed) for seed in SEEDS}


@cache
def experiment_of(name):
    return run(SETTINGS[name])


@cache
def asked_of(name, seed):
    """Every question by its kind; made once for all tests that look at one of them."""
    return {question.id: question for question in questions(experiment_of(name), seed)}


def solved(net, question):
    """What the solver says of each choice."""
    with np.errstate(all="ignore"):
        decide = SOLVERS[question.id](net, question)
        return [bool(decide(choice.text)) for choice in question.choices]


def test_exactly_the_right_choice_is_right(network):
    experiment, made = network
    net = Net(experiment)
    for seed, asked in made.items():
        for question in asked:
            found = solved(net, question)
            about = (seed, question.id, [choice.text for choice in question.choices], dict(question.facts))
            assert found.count(True) == 1, about
            assert found == [choice.right for choice in question.choices], about


def test_a_question_is_well_formed(network):
    for question in (question for asked in network[1].values() for question in asked):
        texts = [choice.text for choice in question.choices]
        replies = [choice.reply for choice in question.choices]
        assert 2 <= len(texts) <= 5
        assert len(set(texts)) == len(texts), question.id
        assert len(set(replies)) == len(replies), question.id
        assert all(choice.lit and choice.reply.strip() for choice in question.choices)
        for text in (question.prompt, question.answer, *texts, *replies):
            plain = re.sub(r"\$[^$]*\$|`[^`]*`", "", text)
            assert not re.search(r"[<>*_\\$`{}]|nan|inf\b|not finite|None", plain), text
            assert text.count("$") % 2 == 0
            assert "  " not in text
            assert text == text.strip()
        assert all(reply.endswith(".") for reply in replies)
        assert question.prompt.endswith(("?", "."))
        assert 1 <= question.confusion <= len(CONFUSIONS)


def test_the_stage_has_every_place_that_is_lit_and_the_frame(network):
    experiment, made = network
    scenes = {}
    for question in (question for asked in made.values() for question in asked):
        name = question.parameter
        if name not in scenes:
            scenes[name] = build_scene(experiment, name)
        scene = scenes[name]
        part = scene["parameters"][name]
        drawn = {one["q"] for one in [*scene["nodes"], *scene["edges"]]}
        known = set(scene["quantities"]) | set(part["quantities"]) | drawn
        frames = {one["id"] for one in [*scene["frames"], *part["frames"]]}
        lights = {light for choice in question.choices for light in choice.lit}
        assert lights - known == set(), question.id
        assert question.frame in frames, question.id


def test_the_same_seed_asks_the_same(network):
    experiment, made = network
    assert questions(experiment, 1) == made[1]
    for question in made[1]:
        assert ask(experiment, question.id, 1) == question


def test_a_network_asks_each_kind_once_and_mixes_them(network):
    for asked in network[1].values():
        assert len({question.id for question in asked}) == len(asked)
        kinds = [question.confusion for question in asked]
        assert len(set(kinds[: len(set(kinds))])) == len(set(kinds))


def test_there_are_enough_kinds():
    counts = Counter(template.confusion for template in TEMPLATES)
    assert len(TEMPLATES) >= 30
    assert sorted(counts) == list(range(1, 12))
    assert min(counts.values()) >= 3
    assert len(set(IDS)) == len(IDS)
    assert set(SOLVERS) == set(IDS)
    assert len(CONFUSIONS) == len(set(CONFUSIONS)) == 11
    assert all(text.endswith(".") for text in CONFUSIONS)
    assert all(template.words.title for template in TEMPLATES)


MISFITS = {
    ("lecture-sequence-to-vector", "two-ways-on"): "one loss: a state before the last has one way on",
    ("lecture-sequence-to-vector", "which-cells"): "one loss: the grid has one row",
    ("lecture-sequence-to-vector", "logit-sum"): "one output: there is nothing to sum",
    ("lecture-sequence-to-vector", "batch-share"): "a batch of one is its own mean",
    ("lecture-sequence-to-vector", "over-batch"): "a batch of one is its own mean",
    ("lecture-sequence-to-sequence", "batch-share"): "a batch of one is its own mean",
    ("lecture-sequence-to-sequence", "over-batch"): "a batch of one is its own mean",
}


PLAIN = [template.id for template in TEMPLATES if "plain" in template.words.cells]


@pytest.mark.parametrize("count", [FEW // 4, pytest.param(FEW, marks=pytest.mark.slow)])
@pytest.mark.parametrize("cell", ["plain", *GATED])
def test_a_question_is_asked_of_the_cells_that_it_is_true_of_and_each_cell_has_some(cell, count):
    for config in configurations(count, cells=[cell]):
        with np.errstate(all="ignore"):
            asked = questions(run(config.replace(batch=min(config.batch, 4)).reconciled()[0]), 3)
        assert all(cell in BY_ID[question.id].words.cells for question in asked)
        assert asked or config.steps == 1 or cell == "plain"


@pytest.mark.parametrize("cell", GATED)
def test_a_gated_network_of_three_steps_is_asked_every_kind_that_it_can_be(cell):
    asked = {question.id for seed in range(6) for question in questions(run(RunConfig(cell=cell)), seed)}
    fitting = {one.id for one in TEMPLATES if cell in one.words.cells}
    assert {one for one in fitting if BY_ID[one].confusion == 11} < asked <= fitting


@pytest.mark.parametrize("preset", LECTURE)
@pytest.mark.parametrize("kind", PLAIN)
def test_the_lecture_s_networks_carry_every_kind_but_those_with_a_reason(preset, kind):
    found = [asked_of(preset, seed).get(kind) for seed in range(12)]
    if (preset, kind) in MISFITS:
        assert found == [None] * 12
    else:
        assert all(found)


@pytest.mark.parametrize("kind", PLAIN)
def test_every_kind_is_asked_of_several_presets(kind):
    fitting = [name for name in PLAIN_PRESETS if kind in asked_of(name, 0)]
    assert len(fitting) >= 3, fitting


SPOKEN_OF = {"plain": "echo", "lstm": "lstm"}


@pytest.mark.parametrize("template", TEMPLATES, ids=IDS)
def test_a_new_seed_asks_something_new(template):
    made = [asked_of(SPOKEN_OF[template.words.cells[0]], seed).get(template.id) for seed in range(12)]
    prompts = {question.prompt for question in made if question}
    orders = {tuple(choice.text for choice in question.choices) for question in made if question}
    assert len(prompts) >= 3 if template.words.draws else len(prompts) == 1
    assert len(orders) >= 2


@pytest.mark.parametrize("preset", [*LECTURE, "echo"])
def test_the_right_choice_stands_anywhere(preset):
    places = Counter()
    for seed in range(25):
        for question in asked_of(preset, seed).values():
            if len(question.choices) == 4:
                places[[choice.right for choice in question.choices].index(True)] += 1
    shares = np.array([places[place] for place in range(4)]) / places.total()
    assert places.total() > 200
    assert abs(shares - 0.25).max() < 0.08


@pytest.mark.parametrize("seed", spread(range(2, 20)))
def test_many_seeds_of_the_lecture_are_right_as_well(seed):
    for name in (*LECTURE, "one unit", "five steps", "window", "blocks"):
        net = Net(experiment_of(name))
        for question in asked_of(name, seed).values():
            assert solved(net, question) == [choice.right for choice in question.choices], question


def test_a_wrong_number_is_never_close_to_the_right_one(network):
    for question in (question for asked in network[1].values() for question in asked):
        texts = [choice.text.replace("−", "-") for choice in question.choices]
        try:
            values = [float(text) for text in texts]
        except ValueError:
            continue
        (right,) = (v for v, choice in zip(values, question.choices, strict=True) if choice.right)
        apart = [abs(v - right) / max(abs(v), abs(right)) for v in values if v != right]
        whole = all(text.isdigit() for text in texts)
        assert len(apart) == len(values) - 1
        assert whole or min(apart) > 0.009, (question.id, texts)


def test_infinite_numbers_leave_only_questions_of_structure():
    experiment = run(RunConfig(steps=6, edits="Wh1.0.0:1e6,Wh1.1.1:1e6,X.0.0.0:1e6", activation="identity"))
    blown = run(SETTINGS["overflow"].replace(edits="Wh1.0.0:1e6,Wh1.1.1:1e6,Wh1.2.2:1e6"))
    assert not np.isfinite(blown.backward.loss)
    numeric = {template.id for template in TEMPLATES if template.words.numbers}
    asked = questions(blown, 0)
    assert asked
    assert not {question.id for question in asked} & numeric
    assert len(questions(experiment, 0)) > len(asked)


CANCELLING = RunConfig(
    mode="sequence_to_vector", steps=5, hidden=2, batch=2, activation="relu", output="softmax_se",
    scheme="orthogonal", spectral_radius=1.0, gain=0.3, seed=423,
)  # fmt: skip


def test_what_rounding_leaves_of_nothing_is_no_number_to_ask_for():
    """Two steps back through this Wh1 the error cancels: what the engine still holds there is noise."""
    experiment = run(CANCELLING)
    net = Net(experiment)
    assert np.linalg.norm(net.adjoint(4, 1)) < 1e-15 < np.linalg.norm(net.adjoint(4, 3))
    for seed in range(60):
        for kind in ("far-share", "power-of-weights", "which-product", "largest-term", "scaled-weights"):
            question = ask(experiment, kind, seed)
            if question:
                assert solved(net, question) == [choice.right for choice in question.choices], question


def test_a_loss_that_is_right_has_nothing_to_send_back():
    """Where the output is saturated and right there is no error, and no number is asked for."""
    right = "Y.0.0.0:0,Y.0.0.1:1,Y.1.0.0:0,Y.1.0.1:1,Y.2.0.0:1,Y.2.0.1:0,Y.3.0.0:1,Y.3.0.1:0"
    experiment = run(RunConfig(steps=4, edits=f"b2.0:-12,b2.1:12,{right}"))
    errors = abs(Net(experiment).dZ[:, 0]).max(axis=1)
    assert 0 < errors[:2].max() < 1e-6 < errors[2:].min()
    asked = [question for seed in range(10) for question in questions(experiment, seed)]
    rows = {question.facts["t"] for question in asked if question.id in ("row-adds", "nudge", "far-share")}
    assert rows == {2, 3}


def test_one_step_has_no_past_to_ask_about():
    kinds = {question.confusion for question in questions(run(ODD["one step"]), 0)}
    assert not kinds & {1, 2, 3, 4, 7, 8}
    assert {5, 6, 10} <= kinds


@pytest.mark.parametrize(
    ("kind", "seed", "message"),
    [
        ("largest", 0, "template_id: got 'largest', expected one of count-terms"),
        ("largest-term", -1, "seed: got -1, expected a whole number from 0"),
        ("largest-term", 1.5, "seed: got 1.5, expected a whole number from 0"),
        ("largest-term", True, "seed: got True, expected a whole number from 0"),
    ],
)
def test_bad_arguments_say_what_came(kind, seed, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        ask(run(RunConfig()), kind, seed)


def test_facts_hold_no_answer_and_cannot_be_changed():
    for question in questions(run(RunConfig()), 0):
        with pytest.raises(TypeError):
            question.facts["t"] = 1
        (right,) = (choice.text for choice in question.choices if choice.right)
        assert right not in map(str, question.facts.values()) or right in "0123"


@pytest.mark.parametrize("sample", [0, -1])
def test_a_large_network_is_asked_about_as_well(sample):
    config = RunConfig(task="parity", steps=200, hidden=64, batch=16, sample=sample)
    assert len(questions(run(config), 0)) > 10


PROBLEMS = [
    oracles.problem(hidden, pair, mode, T=4, m=2, seed=number, scale=0.5)
    for number, (hidden, pair, mode) in enumerate(
        [
            ("tanh", oracles.PAIRS[0], oracles.MODES[0]),
            ("sigmoid", oracles.PAIRS[4], oracles.MODES[1]),
            ("relu", oracles.PAIRS[6], oracles.MODES[0]),
            ("identity", oracles.PAIRS[2], oracles.MODES[1]),
        ]
    )
]


class Bare:
    """What `Net` reads of an experiment, without one."""

    def __init__(self, architecture, parameters, X, Y, H_init):
        self.config, self.architecture, self.parameters = RunConfig(sample=-1), architecture, parameters
        self.task, self.H_init = type("Task", (), {"X": X, "Y": Y}), H_init


@pytest.mark.parametrize("problem", PROBLEMS, ids=["tanh", "sigmoid", "relu", "identity"])
def test_the_solver_s_network_agrees_with_the_oracles(problem):
    net, true = Net(Bare(*problem)), oracles.terms(*problem)
    for name in ("W1", "Wh1", "b1"):
        for t in range(net.first, net.T):
            assert close(net.rows_of_terms(name, t), true[name][t, : t + 1])
            assert all(close(net.term(name, t, k), true[name][t, k]) for k in range(t + 1))
    gradient = oracles.gradient(*problem)
    assert all(close(one, other) for one, other in zip(net.gradient(), gradient, strict=True))
    assert close(net.states_by_entry("Wh1", (0, 1))[0], net.immediate_by_entry("Wh1", (0, 1), 0))


def test_each_kind_has_its_words_and_no_words_stand_alone():
    rows = prose.read("questions", Mapping[str, Words])
    assert set(rows) == set(IDS)
    assert len(IDS) == len(set(IDS))
    for words in rows.values():
        assert len(words.choices) > 1 or any(one.each for one in words.choices.values()), words.id


def test_a_shape_is_asked_for_in_plain_english():
    asked = [words.prompt for words in prose.read("questions", Mapping[str, Words]).values()]
    told = [row["about"] for row in prose.read("confusions", Mapping[str, Mapping[str, Any]]).values()]
    assert not [text for text in asked + told if re.search(r"\bwhich shapes? (has|have|the)\b", text, re.IGNORECASE)]
