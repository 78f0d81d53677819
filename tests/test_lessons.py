"""The lessons: none of the lecture's equations and remarks is missing, and each paragraph has its frame."""

import re
from functools import lru_cache

import numpy as np
import pytest
from configurations import COUNTS, configurations
from latex2mathml.converter import convert

from rnnviz import engine
from rnnviz.experiment.core import run
from rnnviz.notation.counts import each_of
from rnnviz.notation.ids import path
from rnnviz.scene.build import build_scene
from rnnviz.settings.config import PRESETS, RunConfig
from rnnviz.teaching.lessons import LESSONS, LONGEST, Setting, _label, fits, lesson, lesson_scene
from tests.opening import ROOT, healthy, opened

LECTURE = (ROOT / "tests/data/lecture_equations.txt").read_text(encoding="utf-8").splitlines()
REMARKS = [
    ("notation", "$f_1$ is an activation function on layer $L_1$, typically tanh"),
    ("notation", "$f_2$ is an activation function on layer $L_2$, typically softmax for classification"),
    ("notation", "ReLU or identity for regression"),
    ("notation", "$n_0$ is the number of features in the input data"),
    ("notation", "$n_1$ the number of neurons in the hidden layer $L_1$"),
    ("notation", "$n_2$ the number of neurons in the output layer $L_2$"),
    ("notation", r"$X_t$ is an $m \times n_0$ matrix"),
    ("notation", r"{W1} is an $n_0 \times n_1$ matrix"),
    ("notation", r"{b1} is an $n_1 \times 1$ vector"),
    ("notation", r"{Wh1} is an $n_1 \times n_1$ matrix"),
    ("notation", r"$H_{1t}$ is an $m \times n_1$ matrix"),
    ("notation", r"{W2} is an $n_1 \times n_2$ matrix"),
    ("notation", r"{b2} an $n_2 \times 1$ vector"),
    ("notation", r"$\hat{Y}_t$ is an $m \times n_2$ matrix"),
    ("notation", "The loss is a function of predicted against actual output"),
    ("notation", "added via broadcasting: every element of the bias vector {b2} is added to the corresponding"),
    ("notation", "the total loss is the sum of the losses over all time steps"),
    ("vector", "unrolled over 3 time steps"),
    ("vector", "a forward pass, computing the cost function, backpropagation and parameter updates"),
    ("vector", "Backpropagation in a recurrent network must be done over multiple time steps"),
    ("vector", "Backpropagation Through Time (BPTT)"),
    ("vector", "(many to one) only produces an output and a loss at the last time step"),
    ("vector", "computed at the last time step only"),
    ("vector", "the total loss is the loss at the last time step"),
    ("vector", "can be categorical cross entropy or binary cross entropy"),
    ("vector", "partial derivative of the loss function with respect to the parameters"),
    ("vector", "Output layer gradients are only from the final time step"),
    ("vector", "Hidden layer gradients are derivatives of the loss from the final time step"),
    ("vector", "BPTT sums the derivatives over all the time steps"),
    ("vector", "Step 1: start with initial values for {W1}, {W2}, {Wh1}, {b1} and {b2}"),
    ("vector", "Step 2: forward propagation"),
    ("vector", "Step 3: Backpropagation Through Time"),
    ("vector", "Step 4: parameter updates"),
    ("vector", "Step 5: go to step 2 and repeat"),
    ("sequence", "(many to many) produces an output and a loss at every time step"),
    ("sequence", "computes the output at every time step"),
    ("sequence", "The total loss is the sum of the losses at each time step"),
    ("sequence", "Output layer gradients are summed from each time step"),
    ("sequence", "Hidden layer gradients are the sum of the derivatives of the loss from each time step"),
    ("sequence", "Step 5: go to step 2 and repeat"),
]


@lru_cache
def experiment(preset, cell="plain"):
    return run(PRESETS[preset].config.replace(cell=cell))


def given(name, preset=None):
    wanted = LESSONS[name]
    return lesson(name, Setting.of(experiment(preset or wanted.preset or "lecture-sequence-to-sequence", wanted.cell)))


INNER = r"((?:[^{}]|\{[^{}]*\})*)"
QUANTITY = r"(\\hat\{Y\}_\d|[A-Z](?:_\{\w+\}|_\w)?)"


def plain(latex):
    """One writing for the lecture's ∂/∂W L and the app's ∂L/∂W: no spaces, no sizes, no braces, H_10 for H_1,0."""
    latex = re.sub(r"_\{1,(\d+)\}", r"_{1\1}", latex)
    latex = re.sub(r"\\boxed\{.*\}", "", latex)
    latex = latex.replace(r"\partial^{+}", r"\partial").replace(r"\log_e", "log")
    latex = re.sub(r"\\(Rightarrow|quad|left|right|Bigg|Big|,|;)", "", latex)
    latex = re.sub(rf"\\frac\{{\\partial\}}\{{\\partial {INNER}\}} {QUANTITY}", r"d(\2)/d(\1)", latex)
    latex = re.sub(rf"\\frac\{{\\partial {INNER}\}}\{{\\partial {INNER}\}}", r"d(\1)/d(\2)", latex)
    latex = latex.replace("learning rate", "learning_rate").replace(r"\text", "").replace(r"\hat", "^")
    return re.sub(r"[\s{}]", "", latex).strip("+").replace("+]", "]")


def lines(name):
    found = []
    for paragraph in given(name).paragraphs:
        found += [plain(" ".join(piece.latex for piece in line)) for line in paragraph.lines]
    return found


EVERY_LINE = {name: lines(name) for name in LESSONS}


def equations():
    for written in LECTURE:
        for part in re.split(r"\\quad(?! ?\\boxed)", written):
            if plain(part):
                yield pytest.param(part.strip(), id=plain(part)[:60])


@pytest.mark.parametrize("written", list(equations()))
def test_every_equation_of_the_lecture_is_in_a_lesson(written):
    wanted, all_lines = plain(written), [line for name in LESSONS for line in EVERY_LINE[name]]
    if "=" in wanted or "dependson" in wanted:
        assert wanted in all_lines
    else:
        assert any(wanted in line for line in all_lines)


def test_the_lecture_has_not_been_shortened():
    assert len(LECTURE) == 81
    assert len(list(equations())) > 80


@pytest.mark.parametrize("name", ["vector", "sequence"])
def test_every_box_of_the_lecture_stands_beside_its_term(name):
    boxes = [(one.frame, one.box) for one in given(name).paragraphs if one.box]
    steps = [2] if name == "vector" else [0, 1, 2]
    assert len(boxes) == 3 * sum(t + 1 for t in steps)
    for parameter in ("b1", "W1", "Wh1"):
        for t in steps:
            assert (f"term-{t}-{t}", f"Chain Rule. {{H_{t}}} depends on {{{parameter}}}") in boxes
            for k in range(t):
                assert (f"term-{t}-{k}", f"Chain Rule. {{H_{k + 1}}} depends on {{H_{k}}}") in boxes


@pytest.mark.parametrize(("name", "words"), REMARKS)
def test_every_remark_of_the_lecture_is_made(name, words):
    assert any(words in one.text for one in given(name).paragraphs)


def summands(line):
    """The products of a line's right side, as ids; what stands before a bracket belongs to each."""
    front, inside, product, bracket = [], [], [], False
    for piece in line[2:]:
        if piece.latex.startswith(r"\Bigg["):
            front, product, bracket = product, [], True
        elif piece.latex == "+" or piece.latex.startswith(r"\Bigg]"):
            inside.append(front + product)
            product = []
        else:
            product.append(piece.q)
    return inside if bracket else [*inside, product]


@pytest.mark.parametrize("name", ["vector", "sequence"])
@pytest.mark.parametrize("steps", range(1, LONGEST + 1))
def test_the_products_of_a_bracket_are_the_paths_of_its_terms(name, steps):
    base = experiment(LESSONS[name].preset).config
    found = lesson(name, Setting.of(run(base.replace(steps=steps))))
    brackets = [(one, line) for one in found.paragraphs for line in one.lines if "Bigg" in str(line)]
    losses = [steps - 1] if name == "vector" else range(1, steps)
    assert len(brackets) == 3 * len(losses)
    for paragraph, line in brackets:
        t = int(re.search(r"dL_(\d)/dY", line[2].q)[1])
        wanted = [path(t, k, paragraph.parameter, range(steps)) for k in range(t, -1, -1)]
        assert summands(line) == wanted


@pytest.mark.parametrize("name", ["vector", "sequence"])
def test_the_written_products_add_up_to_the_gradient(name):
    one = experiment(LESSONS[name].preset)
    arguments = one.architecture, one.parameters, one.trace, one.task.Y
    for paragraph in given(name).paragraphs:
        for line in paragraph.lines:
            if not (paragraph.frame == "sum" and "Bigg" in str(line)):
                continue
            whole = sum(multiplied(arguments, product, paragraph.parameter) for product in summands(line))
            wanted = getattr(one.backward.gradients, paragraph.parameter)
            assert np.abs(whole - wanted).max() <= 1e-13 * np.abs(wanted).max()


def multiplied(arguments, product, parameter):
    t, k = (int(re.search(r"_(\d)/d", product[place])[1]) for place in (0, -1))
    factors = {factor.id: factor.value for factor in engine.chain_factors(*arguments, parameter, t, k)}
    value = factors[product[0]]
    for name in product[1:]:
        value = np.tensordot(value, factors[name], axes=1)
    return value[0]


CASES = [
    ("notation", "lecture-sequence-to-vector"),
    ("notation", "parity"),
    ("vector", "lecture-sequence-to-vector"),
    ("sequence", "lecture-sequence-to-sequence"),
    ("general", "lecture-sequence-to-sequence"),
    ("general", "lecture-sequence-to-vector"),
    ("general", "parity"),
    ("general", "vanishing"),
    ("gates", "lecture-sequence-to-vector"),
    ("gates", "lecture-sequence-to-sequence"),
    ("gates", "vanishing"),
]


@pytest.mark.parametrize(("name", "preset"), CASES)
def test_each_paragraph_has_its_frame_and_lights_what_is_drawn(name, preset):
    one, scenes = experiment(preset, LESSONS[name].cell), {}
    for paragraph in lesson(name, Setting.of(one)).paragraphs:
        parameter = paragraph.parameter or one.config.parameter
        if parameter not in scenes:
            scenes[parameter] = build_scene(one, parameter, detail=False)
        scene, part = scenes[parameter], scenes[parameter]["parameters"][parameter]
        assert paragraph.frame in {frame["id"] for frame in scene["frames"] + part["frames"]}
        known = {*scene["quantities"]}.union(*(each["quantities"] for each in scene["parameters"].values()))
        assert set(paragraph.lit) <= known
        assert set(re.findall(r"\{([^{}$]+)\}", re.sub(r"\$[^$]*\$", "", paragraph.text + paragraph.box))) <= known
        assert {piece.q for line in paragraph.lines for piece in line if piece.q} <= known


def test_numbers_in_the_words_are_those_of_the_network():
    one = run(RunConfig(steps=4, hidden=5, batch=2, activation="relu"))
    text = " ".join(paragraph.text for paragraph in lesson("notation", Setting.of(one)).paragraphs)
    assert "$n_0 = 2$, $n_1 = 5$, $n_2 = 2$ and $m = 2$" in text
    assert "Here it is ReLU, applied" in text
    assert "at each of the 4 steps" in text
    general = lesson("general", Setting.of(one))
    assert any("10 terms for 4 steps" in paragraph.text for paragraph in general.paragraphs)


def test_data_for_the_browser_is_complete():
    data = lesson_scene(given("sequence"))
    assert [section["label"][0][0] for section in data["sections"]] == [
        "Network", "Forward", "Loss", "Gradients", "β", "W", "W", "Updates", "Five steps"]  # fmt: skip
    for paragraph in data["paragraphs"]:
        assert all(piece["q"] in data["labels"] for piece in paragraph["text"] + paragraph["box"] if "q" in piece)
        assert all(0 <= piece["math"] < len(data["math"]) for line in paragraph["lines"] for piece in line)
    assert data["math"][data["paragraphs"][0]["lines"][0][0]["math"]].startswith("<math")


def test_latex_in_the_words_can_be_drawn():
    for name in LESSONS:
        for paragraph in given(name).paragraphs:
            for latex in re.findall(r"\$([^$]+)\$", paragraph.text):
                assert convert(latex).startswith("<math")


@pytest.mark.parametrize(
    ("name", "config", "words"),
    [
        ("poetry", RunConfig(), "expected one of notation, vector, sequence, general, gates"),
        (
            "vector",
            RunConfig(),
            "speaks of a sequence to vector network of plain units over at most 6 steps; the present one is",
        ),
        (
            "sequence",
            RunConfig(steps=7),
            "over at most 6 steps; the present one is sequence to sequence, with plain units, over 7 steps",
        ),
    ],
)
def test_a_lesson_that_does_not_fit_is_refused(name, config, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        lesson(name, Setting.of(run(config)))
    assert name not in LESSONS or not fits(name, config)


@pytest.mark.parametrize("asked", ["vector.7", "vector", "sequence.999", "general.2", "nonsense.1", "<b>", ""])
def test_a_link_opens_its_lesson_or_the_first(asked):
    at = healthy(opened("pages/5_Lessons.py", warm=False, lesson=asked, preset="lecture-sequence-to-vector"))
    name = asked.split(".")[0] if asked.split(".")[0] in LESSONS else "notation"
    assert at.session_state["lessons.which"] == name
    if name == "sequence":
        assert "speaks of a sequence to sequence network" in at.info[0].value
        at.button(key="lessons.take").click().run()
        healthy(at)
    assert len(at.get("bidi_component")) >= 1


def test_a_link_to_another_lesson_is_followed_and_the_readers_choice_stays_without_one():
    at = healthy(opened("pages/5_Lessons.py", warm=False, lesson="general.1"))
    at.query_params["lesson"] = "sequence.3"
    assert healthy(at.run()).session_state["lessons.which"] == "sequence"
    at.session_state["lessons.which"] = (
        "notation"  # the stage reports it; the browser's link goes on to say what it said
    )
    assert healthy(at.run()).session_state["lessons.which"] == "notation"
    for link, wanted in (("sequence.1", "sequence"), ("general.1", "general"), ("", "general")):
        at.query_params["lesson"] = "x"
        at.switch_page("pages/7_Words.py").run()
        at.query_params["lesson"] = link
        assert healthy(at.switch_page("pages/5_Lessons.py").run()).session_state["lessons.which"] == wanted


@pytest.mark.parametrize("count", COUNTS)
def test_in_every_setting_the_lessons_say_how_often_a_weight_is_used_and_what_is_another_rule(count):
    for config in configurations(count):
        of = Setting.of(run(config))
        said = " ".join(one.text for one in lesson("notation", of).paragraphs)
        if of.T == 1:
            assert "every parameter is used once" in said
            assert "1 steps" not in said.replace("with 1 steps counted", "")
        elif config.mode == "sequence_to_vector":
            assert f"used at {each_of(of.T, 'step')}, {{W2}} and {{b2}} at the last one alone" in said
        else:
            assert f"The same five parameters are used at {each_of(of.T, 'step')}" in said
        general = " ".join(one.text for one in lesson("general", of).paragraphs)
        cut = config.truncation is not None and config.truncation < config.steps
        other = config.optimiser != "sgd" or config.clip_norm is not None or config.clip_value is not None
        assert ("truncation" in general) == cut, config.to_query()
        assert ("this network trains with" in general) == other
        assert ("Adam" in general) == (config.optimiser == "adam")


SHOWN_BY = dict(f="the forget gate", i="the input gate", c="the candidate", C="the memory", o="the output gate")


@pytest.mark.parametrize("name", list(LESSONS))
def test_the_way_on_names_what_the_next_paragraph_shows_anew(name):
    lesson_given = given(name)
    drawn = lesson_scene(lesson_given)["paragraphs"]
    assert len(drawn) == len(lesson_given.paragraphs)
    for before, one, words in zip(lesson_given.paragraphs, lesson_given.paragraphs[1:], drawn[1:], strict=False):
        said = "".join(text for text, _ in words["name"])
        is_new, steps = one.section != before.section, [int(step) for step in re.findall(r"\d+", one.frame)]
        assert bool(said) == (is_new or one.frame != before.frame)
        if is_new:
            assert said.removeprefix("The gradient of ") == "".join(text for text, _ in _label(one.section))
        elif "further back" in said:
            earlier = [int(step) for step in re.findall(r"\d+", before.frame)]
            assert steps == [earlier[0], earlier[1] - 1]
        elif said and one.frame.count("-") == 2 and one.frame.startswith("forward"):
            assert said == SHOWN_BY[one.frame[-1]]
        elif "t = " in said:
            assert steps[0] == int(said.split("t = ")[1])


def test_a_new_link_opens_its_lesson_and_an_old_one_leaves_the_reader_where_he_is():
    at = healthy(opened("pages/5_Lessons.py", warm=False, lesson="notation.3"))
    at.session_state["lessons.which"] = "general"
    assert healthy(at.run()).session_state["lessons.which"] == "general"
    at.query_params["lesson"] = "sequence.2"
    assert healthy(at.run()).session_state["lessons.which"] == "sequence"
