"""The replies to the questions, over random configurations: each choice, each reason, each number in them."""

from __future__ import annotations

import re

import numpy as np
import pytest

from rnnviz.experiment.core import run
from rnnviz.teaching.questions import TEMPLATES, ask
from tests.configurations import COUNTS, GATED, configurations
from tests.question_solvers import SOLVERS, Net, named_term, stretch, value

KINDS = 6
"""Kinds of questions that are asked of each configuration: all of them take turns."""
_NUMBER = r"(−?[\d.]+(?:e−?\d+)?)"
_LOST = "would be {n}, not {n}"


def number_in(text: str, pattern: str) -> list[float] | None:
    """The numbers that stand in a text where a pattern has {n}; None where it does not match."""
    match = re.search(pattern.replace("{n}", _NUMBER), text)
    return match and [value(part.rstrip(".")) for part in match.groups()]


def near(one: float, other: float) -> bool:
    """Whether two numbers that were printed with four digits, or made of such, are the same."""
    return abs(one - other) <= 2e-3 * max(abs(one), abs(other))


def plain(text: str) -> str:
    return re.sub(r"\$[^$]*\$|`[^`]*`", "☐", text)


def texts_of(question):
    yield question.prompt
    yield question.answer
    for choice in question.choices:
        yield choice.text
        yield choice.reply


def right_of(question):
    return next(choice for choice in question.choices if choice.right)


# What is said of any question


def printed_apart(net, question):
    """Choices differ as printed, and a wrong number from the right one by more than rounding."""
    texts = [choice.text for choice in question.choices]
    assert len(set(texts)) == len(texts)
    if all(re.fullmatch(_NUMBER, text) for text in texts):
        right = value(right_of(question).text)
        for choice in question.choices:
            other = value(choice.text)
            apart = abs(other - right) > 0.009 * max(abs(right), abs(other))
            assert choice.right or text_is_count(texts) or apart


def text_is_count(texts) -> bool:
    return all(text.isdigit() for text in texts)


def a_reply_differs(net, question):
    """What a wrong choice would give is another number than what is so."""
    for choice in question.choices:
        for pair in re.findall(_LOST.replace("{n}", _NUMBER), choice.reply):
            assert pair[0].rstrip(".") != pair[1].rstrip("."), choice.reply


_ONES = re.compile(
    r"(?<![\d.,])\b1 (more )?(terms|steps|numbers|losses|samples|entries|units|outputs|hops|lags|states|"
    r"Jacobians|rows|columns|matrices)\b|steps (\d+) to \3\b|units (\d+) and \4\b|\b(the|all|each of the) 1 |"
    r"every 1 |(enters|stands in it) 1 times"
)


def no_plural_of_one(net, question):
    for text in texts_of(question):
        assert not _ONES.search(plain(text)), text


FURTHER = ("gate-held", "raised-bias", "why-one")
"""What is left after more steps than the network has."""


def steps_in_range(net, question):
    """Steps, as the conventions count them, are those that the network has."""
    if question.id in FURTHER:
        return
    first, last = net.offset, net.offset + net.T - 1
    for text in texts_of(question):
        words = plain(text)
        found = re.findall(r"\bsteps? (\d+)", words)
        terms = [part for pair in re.findall(r"term\((\w+), (\w+)\)", words) for part in pair]
        found += [part for part in terms if part.isdigit()]
        found += re.findall(r"(?<!− )\b[kt] = (\d+)", words)
        assert all(first <= int(number) <= last for number in found), text


# What is said of one kind


def larger_for_the_reason_given(net, question):
    best = named_term(net, right_of(question).text)
    name = question.facts["parameter"]
    for choice in question.choices:
        reply, (t, k) = choice.reply, named_term(net, choice.text)
        if choice.right:
            continue
        small, large = number_in(reply, r"norm {n}, against {n}")
        assert small < large
        if found := of_both(reply, "arrives"):
            enters = of_both(reply, "enters")
            assert net.m == 1
            assert near(found[0] * enters[0], small)
            assert near(found[1] * enters[1], large)
        elif "what enters is 1 at every step" in reply:
            assert (name, net.m) == ("b1", 1)
        elif found := number_in(reply, r"have norm {n} on average, there {n}"):
            assert near(found[0], samples_terms(net, name, t, k))
            assert near(found[1], samples_terms(net, name, *best))
            assert ("cancel more" in reply) == (found[0] >= found[1]) or near(*found)
        else:
            assert small == 0
            assert_nothing_comes(net, name, t, k, reply)


def of_both(reply, what) -> list[float] | None:
    """The length of something in a term, and in the largest one."""
    same = number_in(reply, rf"{what} has length {{n}} in both")
    return same * 2 if same else number_in(reply, rf"{what} has length {{n}}, there {{n}}")


def samples_terms(net, name, t, k) -> float:
    into, error = net.entering(name, k), net.delta(t, k) * net.m
    return float(np.mean([np.linalg.norm(np.outer(a, b)) for a, b in zip(into, error, strict=True)]))


def assert_nothing_comes(net, name, t, k, reply):
    """A term that is 0 is 0 for the reason that is named."""
    step = re.search(r"(?:of|at) step (\d+)", reply)
    at = step and int(step[1]) - net.offset
    if "what enters" in reply:
        assert not net.entering(name, k).any()
    elif "slopes" in reply:
        assert net.adjoint(t, at).any()
        assert not net.delta(t, at).any()
    elif at is not None:
        assert net.delta(t, at).any()
        assert not net.adjoint(t, at - 1).any()
    else:
        assert not net.adjoint(t, t).any() or "samples" in reply


def a_ratio_is_its_factors(net, question):
    ratio, reply = value(right_of(question).text), right_of(question).reply
    found = number_in(reply, r"arrives changes by the factor {n}")
    enters = number_in(reply, r"of what enters by {n}") or [1.0]
    assert found is None or near(found[0] * enters[0], ratio)
    for choice in question.choices:
        if "It leaves out" in choice.reply:
            assert ("slopes" in choice.reply) == (net.architecture.hidden_activation != "identity")
            assert ("enters" in choice.reply) == (question.facts["parameter"] != "b1")


def slopes_change_or_not(net, question):
    f, before, theta = question.facts, net.slope, net.parameters
    after = Net(net.experiment)
    after.parameters = theta._replace(Wh1=f["factor"] * theta.Wh1)
    way = slice(f["k"] + 1, f["t"] + 1)
    same = np.array_equal(after.slope[way], before[way])
    assert ("slopes change too" in right_of(question).reply) == (not same)


def signs_as_said(net, question):
    t, name, place = question.facts["t"], question.facts["parameter"], tuple(question.facts["entry"])
    values = np.array([part[place] for k, part in enumerate(net.rows_of_terms(name, t)) if net.kept(t, k)])
    for choice in question.choices:
        if "none is above 0" in choice.reply:
            assert (values <= 0).all()
        if "pull against" in choice.reply:
            assert values.min() < 0 < values.max()
    assert ("truncated gradient" in question.prompt) == (len(values) <= t)


def first_use_is_lost_as_said(net, question):
    name, place = question.facts["parameter"], tuple(question.facts["entry"])
    reply, unit = right_of(question).reply, place[-1]
    into = net.entering(name, 0)[0, place[0] if name != "b1" else 0]
    slope = net.slope[0, 0, unit]
    if reply.startswith("At the first step"):
        return
    if "so no use moves" in reply:
        assert not net.parameters.Wh1.any()
        return
    assert ("does nothing" in reply) == (into == 0 or slope == 0)
    assert ("Entry" in reply) == (into == 0)
    assert ("The slope" in reply) == (into != 0 and slope == 0)


def one_loss_or_several(net, question):
    after = sum(t >= net.first for t in range(question.facts["k"] + 1, net.T))
    assert after > 0
    assert right_of(question).reply.startswith("The one loss" if after == 1 else "All losses")
    size = number_in(question.prompt, r"length {n}")
    for choice in question.choices:
        length = number_in(choice.reply, r"length {n}")
        assert choice.right or ("same length" in choice.reply) == (length == size)


def radius_as_said(net, question):
    radius = abs(np.linalg.eigvals(net.parameters.Wh1)).max()
    for choice in question.choices:
        if choice.reply.startswith("ρ = "):
            assert ("is below 1" in choice.reply) == (radius < 1)
        if choice.text.startswith("Yes") and right_of(question).text.startswith("No"):
            assert "not below 1" in choice.reply or "is " in choice.reply
    if found := number_in(right_of(question).reply, r"norm is {n}"):
        t = question.facts["t"]
        assert near(found[0], np.linalg.norm(net.jacobian(t, t - 1), 2))


def powers_as_said(net, question):
    W, power = net.parameters.Wh1, question.facts["power"]
    assert power < net.T
    radius, norm = abs(np.linalg.eigvals(W)).max(), stretch(W)
    reply = right_of(question).reply
    if "are the same" in reply:
        assert abs(radius**power - norm**power) <= 0.011 * norm**power
    else:
        low, high = number_in(reply, r"☐?, {n} and {n}") or number_in(reply, r", {n} and {n}")
        assert low < high
        assert low <= value(right_of(question).text) * 1.001 <= high * 1.002


def pulls_as_said(net, question):
    numbers = number_in(right_of(question).reply, r"of length {n}, all terms to one of {n}")
    assert ("longer" in right_of(question).reply) == (numbers[0] > numbers[1]) or near(*numbers)


def the_way_up_or_down(net, question):
    t, j = question.facts["t"], question.facts["entry"]
    for choice in question.choices:
        if "a higher entry of Z" in choice.reply:
            assert ("larger" in choice.reply) == (net.dZ[t, 0, j] > 0)


def entries_cut_as_said(net, question):
    f = question.facts
    gradient = np.concatenate([part.ravel() for part in net.whole_gradient])
    limit = f["part"] * abs(gradient).max()
    least, most = (int((abs(gradient) > limit * edge).sum()) for edge in (1 + 1e-9, 1 - 1e-9))
    for choice in question.choices:
        if found := number_in(choice.reply, r"Above the limit(?: and cut to it)?: {n} of the {n} entries"):
            assert found[1] == len(gradient)
            assert least <= found[0] <= most
    length = number_in(question.prompt, r"has length {n}")
    assert near(length[0], net.scale * np.linalg.norm(gradient))


def the_rest_as_said(net, question):
    ratio, reply = value(right_of(question).text), right_of(question).reply
    after, before = number_in(reply, r"Length {n} after {n}")
    assert near(after / before, ratio)
    assert ("It grows" in reply) == (ratio > 1) or near(ratio, 1)


def detached_as_said(net, question):
    found = number_in(question.answer, r"makes it {n}")
    assert found is None or found[0] != value(right_of(question).text)


def both_paths_as_said(net, question):
    name, t, k = (question.facts[each] for each in ("parameter", "t", "k"))
    direct, term = (net.gated_term(name, t, k, direct=way) / net.m for way in (True, False))
    pattern = r"direct path has length {n}, the way through gates and candidates {n}"
    lengths = number_in(question.answer, pattern)
    wanted = np.linalg.norm(direct), np.linalg.norm(term - direct)
    np.testing.assert_allclose(lengths, wanted, rtol=2e-3, atol=1e-12 * max(wanted))
    gates = [net.all_keeping(s) for s in range(k + 1, t + 1)]
    low, high = number_in(question.prompt, r"lies between {n} and {n}")
    assert near(low, np.min(gates))
    assert near(high, np.max(gates))


def raised_as_said(net, question):
    before, after = net.before_gate(net.keeps, question.facts["t"])[0, question.facts["unit"]] + np.array([0, 1])
    found = number_in(right_of(question).reply, r"from {n} to {n}, and the sigmoid of that is {n}")
    assert all(map(near, found, (before, after, 1 / (1 + np.exp(-after)))))
    kept = number_in(question.answer, r"such steps it leaves {n} in place of {n}")
    assert all(map(near, kept, ((1 / (1 + np.exp(-after))) ** 20, (1 / (1 + np.exp(-before))) ** 20)))


REASONS = {
    "longer-path": both_paths_as_said,
    "raised-bias": raised_as_said,
    "largest-term": larger_for_the_reason_given,
    "far-share": a_ratio_is_its_factors,
    "scaled-weights": slopes_change_or_not,
    "row-adds": signs_as_said,
    "when-equal": first_use_is_lost_as_said,
    "dh-next-sum": one_loss_or_several,
    "guarantee": radius_as_said,
    "long-run": powers_as_said,
    "truncated-length": pulls_as_said,
    "logit-gradient": the_way_up_or_down,
    "clip-length": entries_cut_as_said,
    "clip-angle": entries_cut_as_said,
    "what-vanishes": the_rest_as_said,
    "detach-or-reset": detached_as_said,
}
OF_ALL = (printed_apart, a_reply_differs, no_plural_of_one, steps_in_range)


def examined(net, question) -> str | None:
    """What is wrong with a question, or None."""
    try:
        with np.errstate(all="ignore"):
            decide = SOLVERS[question.id](net, question)
            found = [bool(decide(choice.text)) for choice in question.choices]
            assert found == [choice.right for choice in question.choices], found
            for check in (*OF_ALL, *([REASONS[question.id]] if question.id in REASONS else [])):
                check(net, question)
    except AssertionError as problem:
        return f"{question.id}: {problem!r}"
    return None


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("cells", [("plain",), GATED], ids=["plain", "gated"])
def test_what_is_asked_and_replied_is_true_in_any_configuration(count, cells):
    ids, found = [template.id for template in TEMPLATES if {*cells} & {*template.words.cells}], []
    for number, config in enumerate(configurations(count, cells=cells)):
        if cells == GATED:  # worked out again one bias after the other
            small = dict(batch=min(config.batch, 4), hidden=min(config.hidden, 8), steps=min(config.steps, 14))
            config = config.replace(**small, edits="").reconciled()[0]
        with np.errstate(all="ignore"):
            experiment = run(config)
            net = Net(experiment)
            for place in range(KINDS):
                question = ask(experiment, ids[(KINDS * number + place) % len(ids)], number)
                if question and (problem := examined(net, question)):
                    found.append((config.written(), config.sample, problem, question))
    assert found == [], f"{len(found)} of {count}: {found[:3]}"
