"""A legend beside its chart says what the chart draws, and reads only sub- and superscripts as markup."""

import plotly.graph_objects as go
import pytest

from rnnviz.charts import legends
from rnnviz.charts.lines import curve
from rnnviz.charts.template import layout
from rnnviz.checks.gradient import draw as gradient_draw
from rnnviz.checks.gradient.differences import compare
from rnnviz.laboratory.causes import draw as causes_draw
from rnnviz.laboratory.causes.compute import causes


def figure(*names, **more):
    traces = [curve([0, 1], [0, 1], name, "#123456", dash="dot") for name in names]
    return go.Figure(traces, layout("light", x="x", y="y", showlegend=True, **more))


def test_the_entries_are_those_of_the_chart_and_its_room_is_freed():
    drawn = figure("one", "two")
    drawn.add_trace(go.Bar(x=[0], y=[1], name="bars", marker={"color": "#abcdef"}))
    drawn.add_trace(go.Scatter(x=[0], y=[1], showlegend=False, name="hidden"))
    found = legends.take_out(drawn)
    assert [(each.name, each.colour, each.line) for each in found] == [
        ("one", "#123456", "dotted"),
        ("two", "#123456", "dotted"),
        ("bars", "#abcdef", "area"),
    ]
    assert drawn.layout.showlegend is False
    assert drawn.layout.margin.t == 10


def test_a_chart_without_a_legend_or_with_one_a_panel_is_left_alone():
    plain = go.Figure(curve([0], [1], "x", "#000000"), layout("dark", x="x", y="y"))
    assert legends.take_out(plain) == ()
    panels = figure("one", "two")
    panels.data[0].legend = "legend2"
    assert legends.take_out(panels) == ()
    assert panels.layout.showlegend


def test_a_name_from_the_reader_stays_text():
    html = legends.markup(
        legends.take_out(figure("<img src=x onerror=alert(1)>", "L<sub>0</sub> & ρ<sup>2</sup>"))
    )
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
        entries = legends.take_out(drawn)
        assert len(set(looks(entries))) == len(entries) > 4
        traces = {trace.name: trace for trace in drawn.data if trace.name}
        for each in entries:
            trace, lines = traces[each.name], "lines" in traces[each.name].mode
            part = trace.line if lines else trace.marker
            assert each.colour == part.color
            assert f"opacity:{each.opacity:g}" in legends.markup((each,))
            if lines:
                assert (each.width, each.opacity) == (part.width, trace.opacity or 1)
                assert f"{each.width:g}px" in legends.markup((each,))
            else:
                assert legends._SIGNS[part.symbol] == each.line
                assert f">{each.line}</i>" in legends.markup((each,))
