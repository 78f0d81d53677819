"""Plain figures are the figures that plotly would make of the same numbers, and are sent the same."""

import copy
import json

import numpy as np
import pytest

from rnnviz.charts import figure as plain
from rnnviz.charts import heat, legends
from rnnviz.charts import packed as light
from rnnviz.charts.template import layout
from rnnviz.experiment.core import run
from rnnviz.experiment.flow import attributed, gradient_flow, spectrum
from rnnviz.experiment.training import train_run
from rnnviz.laboratory.causes import draw as causes_draw
from rnnviz.laboratory.causes.compute import causes
from rnnviz.laboratory.cliff import draw as cliff_draw
from rnnviz.laboratory.cliff.compute import surface
from rnnviz.laboratory.cliff.steps import gradient_step, walk
from rnnviz.laboratory.cures import draw as cures_draw
from rnnviz.laboratory.cures.compute import CURES, cure_run
from rnnviz.laboratory.forward import compute as forward_compute
from rnnviz.laboratory.forward import draw as forward_draw
from rnnviz.laboratory.learned import draw as learned_draw
from rnnviz.laboratory.learned.course import course
from rnnviz.laboratory.reach import compute as reach_compute
from rnnviz.laboratory.reach import draw as reach_draw
from rnnviz.laboratory.truncation import draw as truncation_draw
from rnnviz.laboratory.truncation.compute import clip_curve, mask, truncations
from rnnviz.settings.config import PRESETS


def charts(theme):
    experiment = run(PRESETS["parity"].config.replace(steps=8, batch=4, hidden=5))
    classes = run(PRESETS["vanishing"].config.replace(steps=4, batch=4, hidden=5))
    values, norms = spectrum(experiment), gradient_flow(experiment)
    found, cut = causes(experiment), ~mask(8, 3, "chunk")
    outcomes = [cure_run("adding", 5, CURES[0], 0, 2)]
    shown, other = (
        forward_compute.prediction(each.task, {"now": each.trace.Y_hat}, 0) for each in (experiment, classes)
    )
    yield (
        "by lag",
        reach_draw.left_by_lag(
            reach_compute.lags(attributed(experiment).sample_norms, values.gamma, values.norm, values.radius),
            theme,
        ),
    )
    yield "norms", heat.norms(norms, theme=theme)
    yield "cut", heat.norms(norms, theme=theme, cut=cut)
    yield "signed", heat.signed(norms[4:, :3], x="x", y="y", theme=theme, columns=("<", "b", "c"))
    yield "counts", heat.counts(np.eye(2), ("a", "b"), theme)
    yield "way", causes_draw.way_back(found, theme)
    yield "slopes", causes_draw.slopes_over_time(found, theme)
    yield "histogram", causes_draw.slope_histogram(found, theme)
    yield "lengths", truncation_draw.over_length(truncations(experiment), "error", 3, theme)
    yield "limits", truncation_draw.over_limit(clip_curve(experiment), theme)
    yield "learning", cures_draw.learning(outcomes, [CURES[0].name], False, theme)
    yield "cure lags", cures_draw.by_lag(outcomes, [CURES[0].name], True, theme)
    yield (
        "shares",
        reach_draw.by_lag(reach_compute.shares_by_lag(attributed(experiment).shares["Wh1"]), theme),
    )
    yield "received", reach_draw.received(reach_compute.bands(attributed(experiment).contributions), theme)
    yield "lines", forward_draw.lines(shown, theme)
    yield "classes", forward_draw.classes(other, "now", theme)
    short, ends = experiment.config.replace(epochs=4), ("Wh1.0.0", "b1.0")
    trained = train_run(run(short))
    grid = surface(experiment, *ends, (-1.0, 1.0, -1.0, 1.0))
    paths = {"plain": walk(experiment, trained, *ends)}
    yield "cliff", cliff_draw.contour(grid, gradient_step(experiment, *ends, 1e-3), paths, theme)
    yield "course", learned_draw.over_loss(course(experiment, trained), theme)


LIGHT = {"by lag", "norms", "cut", "way", "slopes", "lengths", "limits", "learning", "cure lags", "lines"}
LIGHT |= {"cliff", "course"}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_plotly_makes_the_same_of_them(theme):
    light_ones = set()
    for name, drawn in charts(theme):
        whole = drawn.whole()
        assert legends.take_out(drawn) == legends.take_out(whole), name
        assert light.fits(drawn) == light.fits(whole), name
        if light.fits(drawn):
            light_ones.add(name)
            assert light.packed(drawn) == light.packed(whole), name
        sent = json.loads(drawn.to_json())
        assert {key: sent[key] for key in ("data", "layout")} == {
            key: json.loads(whole.to_json())[key] for key in ("data", "layout")
        }, name
    assert light_ones == LIGHT


def test_a_name_that_plotly_does_not_know_is_found():
    drawn = plain.Figure([plain.scatter(x=[0], y=[1], colour="red")], layout("light", x="x", y="y"))
    with pytest.raises(ValueError, match="colour"):
        drawn.whole()


def test_what_is_not_set_is_none_and_can_be_set():
    trace = plain.scatter(x=[0, 1], y=(1, 2), line={"color": "red"})
    assert (trace.type, trace.x, trace.name, trace.line.dash, trace.marker.symbol) == (
        "scatter",
        (0, 1),
        None,
        None,
        None,
    )
    trace.name, trace.line.dash = "new", "dot"
    assert (trace["name"], trace["line"]["dash"]) == ("new", "dot")
    assert copy.deepcopy(trace) == trace
    drawn = plain.Figure([trace], layout("dark", x="x", y="y"))
    assert (drawn.layout.shapes, drawn.layout.legend.orientation) == ((), "h")
    assert not hasattr(trace, "__array__")
