"""Worked examples of what notation and charts write, each beside what it gives."""

from __future__ import annotations

import numpy as np
import pytest

from rnnviz.charts.axes import power
from rnnviz.charts.limits import decimal, reach, round_between, widened
from rnnviz.charts.packed import packed_array, unpacked
from rnnviz.charts.theme import contrast, mix, role, signed_colour
from rnnviz.notation.counts import all_of, capital, counted, each_of, every, noun, ordinal, part_of, plural, the, times
from rnnviz.notation.glossary import live_shape
from rnnviz.notation.numbers import change, four, high, low, lowered, percent, round_step, rounded
from rnnviz.notation.pieces import pieces
from rnnviz.notation.quantity import Quantity, read
from rnnviz.notation.record import shown

EXAMPLES = [
    # charts.axes
    ((power(-3), power(0)), ("10<sup>−3</sup>", "1")),
    # charts.limits
    ((reach(np.array([0.5, -2.0, np.nan])), reach(np.zeros(3)), reach(np.array([1e308, np.inf]))), (2.0, 1.0, 8e307)),
    ((widened(0.0, 10.0, 0.1), widened(3.0, 3.0, 0.1)), ((-1.0, 11.0), (2.5, 3.5))),
    ((round_between(-0.05, 0.05), round_between(-0.9, 0.8)), ([0.9, 0.95, 1.0, 1.05, 1.1], [0.2, 0.5, 1.0, 2.0, 5.0])),
    ((decimal(-1.5), decimal(2.0), decimal(308.5), decimal(-340.5)), ("0.032", "1e+02", "3.2e+308", "3.2e-341")),
    # charts.packed
    ((unpacked(packed_array(np.array([[1.5, 2.0]]))).tolist()), [[1.5, 2.0]]),
    # charts.theme
    ((role("chain", "light").line), "#D55E00"),
    ((round(contrast("#000000", "#FFFFFF"), 1)), 21.0),
    ((signed_colour(0.0, 2.0, "light")), "#FFFFFF"),
    ((mix("#000000", "#FFFFFF", 0.5)), "#808080"),
    # notation.counts
    ((counted(1, "term", "adds", "add"), counted(6, "term", "adds", "add")), ("1 term adds", "6 terms add")),
    (
        (plural("more term"), plural("entry"), plural("loss"), plural("matrix"), plural("day")),
        ("more terms", "entries", "losses", "matrices", "days"),
    ),
    ((noun(1, "step", "is", "are"), noun(0, "step", "is", "are"), noun(3, "step")), ("step is", "steps are", "steps")),
    (
        (counted(1, "term"), counted(6, "term"), counted(1, "entry", "differs", "differ")),
        ("1 term", "6 terms", "1 entry differs"),
    ),
    ((counted(1234, "row")), "1,234 rows"),
    (
        (all_of(1, "term", "is", "are"), all_of(2, "term"), all_of(6, "term", "is", "are")),
        ("the only term is", "both terms", "all 6 terms are"),
    ),
    (
        ((part_of(1, 6, "term", "is", "are"), part_of(2, 6, "term"), part_of(1, 1, "term", "is", "are", bold=True))),
        ("1 of 6 terms is", "2 of 6 terms", "**1 of 1** term is"),
    ),
    ((the(1, "term", "has", "have"), the(6, "term", "has", "have")), ("the only term has", "the 6 terms have")),
    ((every(1, "step"), every(3, "step")), ("every step", "every 3 steps")),
    ((times(1), times(2), times(3)), ("once", "twice", "3 times")),
    ((capital(all_of(1, "term", "is", "are"))), "The only term is"),
    ((each_of(1, "step"), each_of(6, "step")), ("the one step", "each of the 6 steps")),
    ((ordinal(1), ordinal(2), ordinal(11), ordinal(23), ordinal(40)), ("1st", "2nd", "11th", "23rd", "40th")),
    # notation.glossary
    ((live_shape("m × n₁", {"m": 1, "n₁": 3}, "n₁ × n₁")), "m × n₁ = 1 × 3"),
    # notation.numbers
    ((four(0.15482), four(-2), four(3.1e-12)), ("0.1548", "−2", "3.1e−12")),
    ((rounded(0.154823, 5), rounded(-2e21, 6)), ("0.15482", "−2e21")),
    ((percent(1, 8), percent(0.997, 1), percent(0.9999, 1), percent(1, 1)), ("12 %", "99.7 %", "> 99.9 %", "100 %")),
    ((percent(-1, 8), percent(1e-12, 1), percent(0, 1), percent(0.00314, 1)), ("−12 %", "≈ 0 %", "0 %", "0.31 %")),
    (
        (change(4.159, 3.5), change(4.159, 4.159), change(4.159, 4.159 - 2e-6)),
        ("falls from 4.159 to 3.5", "stays at 4.159", "falls by 2e−6 from 4.159"),
    ),
    ((round_step(0.3), round_step(12)), (0.5, 20.0)),
    (("H" + low(19)), "H₁₉"),
    (("ρ" + high(19)), "ρ¹⁹"),
    # notation.pieces
    (
        (pieces("Is {H_2} or $n_1$ it?", {})),
        [{"plain": "Is "}, {"q": "H_2"}, {"plain": " or "}, {"math": 0}, {"plain": " it?"}],
    ),
    # notation.quantity
    (
        (read("term_2_1"), read("W1_step").parameter, read("dH_2/dH_1").by.t),
        (Quantity(kind="term", t=2, k=1, parameter="", of=None, by=None), "W1", 1),
    ),
    # notation.record
    ((shown(3), shown(20)), ([0, 1, 2], [0, 1, 2, 3, 18, 19])),
    # notation.symbol
    (("H" + lowered("init"), "W" + lowered("hy")), ("Hᵢₙᵢₜ", "W_hy")),
]


@pytest.mark.parametrize(("found", "expected"), EXAMPLES)
def test_an_example_gives_what_stands_beside_it(found, expected):
    assert found == expected
