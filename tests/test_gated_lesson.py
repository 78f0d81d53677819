"""The lesson on gated cells: every number in it, against the network worked out anew from its equations."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from oracles import activation

from rnnviz.engine import initialise
from rnnviz.experiment.core import run
from rnnviz.settings.config import PRESETS, RunConfig
from rnnviz.teaching.lessons import LESSONS, Setting, fits, fitting, lesson, misfit_sentence
from tests.configurations import FEW, GATED, configurations
from tests.gated import adjoints
from tests.opening import healthy, opened

PAGE = "pages/5_Lessons.py"
NUMBER = r"\(?(−?\d+(?:\.\d+)?(?:e−?\d+)?)\)?"


def said(experiment):
    """What the paragraphs say, by chapter: their texts in a row."""
    found = {}
    for one in lesson("gates", Setting.of(experiment)).paragraphs:
        found[one.section] = f"{found.get(one.section, '')} {one.text}".strip()
    return found


def numbers(text, pattern):
    """The numbers at each {n} of a pattern, which must be in the text."""
    found = re.search(re.escape(pattern).replace(r"\{n\}", NUMBER), text)
    assert found, (pattern, text)
    return [float(one.replace("−", "-")) for one in found.groups()]


def near(found, wanted):
    np.testing.assert_allclose(found, wanted, rtol=6e-4, atol=1e-300)


def states(network, parameters, X, H, forget=None):
    """Gates, memory and state of one sample by step, from the equations; ``forget`` stands for the forget bias."""
    n, C, found = network.n_hidden, np.zeros(network.n_hidden), []
    b1 = parameters.b1.copy()
    if forget is not None:
        b1[n : 2 * n] = forget
    for x in X:
        A = x @ parameters.W1 + H @ parameters.Wh1 + b1
        i, f, o = (activation("sigmoid", A[place * n : (place + 1) * n]) for place in range(3))
        c = np.tanh(A[3 * n :])
        C = f * C + i * c
        H = o * np.tanh(C)
        found.append((i, f, o, c, C, H))
    return [np.array(one) for one in zip(*found, strict=True)]


def drawn(experiment, cell):
    config = experiment.config
    network = replace(experiment.architecture, cell=cell, hidden_activation="tanh", reset="before")
    biases = config.forget_bias, config.update_bias
    start = initialise(network, config.seed, config.scheme, config.spectral_radius, *biases)
    return start.W1 * config.input_scale, start.Wh1 * config.gain, start.b1


def plain_stretch(experiment, X, H):
    W1, Wh1, b1 = drawn(experiment, "plain")
    jacobian = np.eye(len(H))
    for t, x in enumerate(X):
        H = np.tanh(x @ W1 + H @ Wh1 + b1)
        jacobian = np.diag(1 - H**2) @ Wh1.T @ jacobian if t else jacobian
    return np.linalg.norm(jacobian, 2)


def update_gates(experiment, X, H):
    (W1, Wh1, b1), n, found = drawn(experiment, "gru"), len(H), []
    for x in X:
        r, z = (activation("sigmoid", x @ W1[:, s] + H @ Wh1[:, s] + b1[s]) for s in (slice(n), slice(n, 2 * n)))
        c = np.tanh(x @ W1[:, 2 * n :] + (r * H) @ Wh1[:, 2 * n :] + b1[2 * n :])
        H = z * H + (1 - z) * c
        found.append(z)
    return np.array(found[1:])


def taught(config):
    """A case as a network that the lesson can be given on; None where there is none."""
    config = config.replace(cell="lstm", batch=min(config.batch, 4), hidden=min(config.hidden, 12)).reconciled()[0]
    return run(config) if fits("gates", config) else None


def test_every_number_of_the_lesson_is_the_networks_whatever_is_set():
    cases = [taught(config) for config in configurations(FEW, cells=GATED)]
    for experiment in [one for one in cases if one]:
        network, parameters, config = experiment.architecture, experiment.parameters, experiment.config
        sample, T, n = max(config.sample, 0), config.steps, config.hidden
        X, start = experiment.trace.X[:, sample], experiment.H_init[sample]
        i, f, o, c, C, H = states(network, parameters, X, start)
        text, keeps = said(experiment), f[1:].prod(axis=0)
        low, high = numbers(text["Gates"], "lies between {n} and {n}")
        near([low, high], [f[1].min(), f[1].max()])
        near(numbers(text["Gates"], "stretch it by at most {n}."), plain_stretch(experiment, X, start))
        u = int(re.search(r"Unit (\d+)", text["Carousel"])[1])
        near(keeps[u], keeps.max())
        near(numbers(text["Carousel"], ": {n} · {n} + {n} · {n} = {n}."), [f[1, u], C[0, u], i[1, u], c[1, u], C[1, u]])
        near(numbers(text["Carousel"].split("Unit")[2], ": {n} · {n} = {n}."), [o[1, u], np.tanh(C[1, u]), H[1, u]])
        product = re.search(r"that is (.*) over", text["Direct path"])[1]
        if " = " in product:
            near([float(one) for one in re.findall(r"[\d.]+(?:e-?\d+)?", product.replace("−", "-"))][:-1], f[1:, u])
        near(float(product.split(" = ")[-1].replace("−", "-")), keeps[u])
        near(numbers(text["Forget bias"], "20 steps leave {n}. With 1 it is {n}, and they leave {n}."),
             [0.5**20, 1 / (1 + np.exp(-1)), (1 / (1 + np.exp(-1))) ** 20])  # fmt: skip
        for bias, words in ((0, ["are {n} on average", "keeps most keeps {n}."]), (1, ["at 1: {n}", "and {n}. As it"])):
            gates = states(network, parameters, X, start, bias)[1][1:]
            near([numbers(text["Forget bias"], each)[0] for each in words], [gates.mean(), gates.prod(axis=0).max()])
        near(numbers(text["Forget bias"], "is {n} on average."), parameters.b1[n : 2 * n].mean())
        arrives = o[-1, u], 1 - np.tanh(C[-1, u]) ** 2
        near(numbers(text["What still vanishes"], "{n} · {n} = {n} of it"), [*arrives, arrives[0] * arrives[1]])
        near(numbers(text["What still vanishes"], "20 steps leaves {n}."), 0.9**20)
        z, kept = (
            update_gates(experiment, X, start),
            numbers(text["GRU"], "are {n} on average and its best unit keeps {n}"),
        )
        near(kept, [z.mean(), z.prod(axis=0).max()])
        near(numbers(text["GRU"], "this LSTM's keeps {n}."), keeps.max())
        assert numbers(text["GRU"], "has {n} weights")[0] == 3 * numbers(text["GRU"], "plain cell {n}.")[0]
        assert f"{T - 1} step" in text["Direct path"]


def test_the_two_ways_of_the_last_term_have_the_lengths_that_are_said():
    """With terms of b1 by step Jacobians written as matrices, for one sample."""
    for steps in (2, 3, 6):
        experiment = run(RunConfig(cell="lstm", steps=steps))
        (whole, direct), n = adjoints(experiment), experiment.config.hidden
        i, _, o, c = np.split(experiment.trace.gates[0, 0], 4)
        C = experiment.trace.C[0, 0]
        leaves, slopes = o * (1 - np.tanh(C) ** 2), [c * i * (1 - i), np.zeros(n), None, i * (1 - c**2)]

        terms = []
        for found in (direct, whole):
            of_H, of_C = np.split(found[steps - 1, 0][0], 2)
            of_output, of_memory = of_H * np.tanh(C) * o * (1 - o), of_H * leaves + of_C
            terms.append(np.concatenate([of_output if one is None else of_memory * one for one in slopes]))
        way, every = terms
        said_lengths = numbers(said(experiment)["What still vanishes"], "length {n}, the way through gates {n}.")
        near(said_lengths, [np.linalg.norm(way), np.linalg.norm(every - way)])


@pytest.mark.parametrize("name", list(LESSONS))
def test_a_lesson_is_given_on_what_is_taken_for_it(name):
    for config in configurations(FEW, cells=("plain", *GATED)):
        assert fits(name, fitting(name, config)), config.written()
        if not fits(name, config):
            assert ("plain units" in misfit_sentence(name, config)) or "LSTM" in misfit_sentence(name, config)


def test_a_link_opens_the_lesson_on_its_network_and_another_one_leads_to_it():
    at = healthy(opened(PAGE, warm=False, lesson="gates.3", cell="lstm"))
    assert at.session_state["lessons.which"] == "gates"
    assert not at.info
    for query in ({"cell": "gru"}, {}, {"cell": "lstm", "steps": "1"}):
        at = healthy(opened(PAGE, warm=False, lesson="gates.3", **query))
        assert "speaks of a network of LSTM units over at least 2 steps" in at.info[0].value
        healthy(at.button(key="lessons.take").click().run())
        assert not at.info
        config = at.session_state["rnnviz.config"]
        assert (config.cell, config.steps) == ("lstm", 3)


def test_without_a_lesson_in_the_link_an_lstm_has_its_own_and_one_on_the_plain_cell_takes_that():
    at = healthy(opened(PAGE, warm=False, cell="lstm", preset="vanishing"))
    assert at.session_state["lessons.which"] == "gates"
    at = healthy(opened(PAGE, warm=False, lesson="general.2", cell="lstm", preset="vanishing"))
    healthy(at.button(key="lessons.take").click().run())
    config = at.session_state["rnnviz.config"]
    assert config == PRESETS["vanishing"].config
