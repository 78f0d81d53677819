"""A legend beside its chart says what the chart draws, and reads only sub- and superscripts as markup."""

import numpy as np
import pytest

from rnnviz.charts import legends
from rnnviz.charts.marks import SIGNS, Axis, Band, Bar, Chart, Dots, Line
from rnnviz.checks.gradient import draw as gradient_draw
from rnnviz.checks.gradient.differences import compare
from rnnviz.laboratory.causes import draw as causes_draw
from rnnviz.laboratory.causes.compute import causes

ENDS = np.array([0.0, 1.0])


def lines(*names):
    return [Line(ENDS, ENDS, name, "#123456", dash="dot") for name in names]


def listed(*marks, **more):
    return legends.entries(Chart(marks, Axis("x"), Axis("y"), "light", **more))


def test_the_entries_are_those_of_the_chart():
    bars = Bar(ENDS, ENDS, "bars", "#abcdef", 0 * ENDS)
    unnamed = Dots(ENDS, ENDS, "", "#abcdef"), Band(ENDS, ENDS, ENDS, "#abcdef", 0.5)
    found = listed(*lines("one", "two"), bars, *unnamed)
    assert [(each.name, each.colour, each.line) for each in found] == [
        ("one", "#123456", "dotted"),
        ("two", "#123456", "dotted"),
        ("bars", "#abcdef", "area"),
    ]
    assert listed(*lines("one"), legend=False) == ()


def test_a_name_from_the_reader_stays_text():
    html = legends.markup(listed(*lines("<img src=x onerror=alert(1)>", "L<sub>0</sub> & ρ<sup>2</sup>")))
    assert "<img" not in html
    assert "L<sub>0</sub> &amp; ρ<sup>2</sup>" in html


def looks(entries):
    return [(each.colour, each.line, each.width, each.opacity) for each in entries]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_swatch_looks_as_what_it_names_and_as_nothing_else(preset, theme):
    experiment = preset("vanishing")
    found = compare(experiment)
    charts = [gradient_draw.scatter(found, theme), causes_draw.way_back(causes(experiment), theme)]
    for drawn in charts:
        entries = legends.entries(drawn)
        assert len(set(looks(entries))) == len(entries) > 4
        marks = {mark.name: mark for mark in drawn.marks if mark.name}
        for each in entries:
            mark = marks[each.name]
            assert (each.colour, each.opacity) == (mark.colour, mark.opacity)
            assert f"opacity:{each.opacity:g}" in legends.markup((each,))
            if isinstance(mark, Line):
                assert each.width == mark.width
                assert f"{each.width:g}px" in legends.markup((each,))
            else:
                assert SIGNS[mark.sign] == each.line
                assert f">{each.line}</i>" in legends.markup((each,))
