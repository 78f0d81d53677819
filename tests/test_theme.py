"""Colours: one a role, readable in both themes, and the signed scale symmetric around the page."""

import itertools
import re
import tomllib
from pathlib import Path

import numpy as np
import pytest

from rnnviz.charts import theme
from rnnviz.laboratory.reach import draw
from rnnviz.laboratory.reach.compute import ByLag

ROOT = Path(__file__).parents[1]
DESIGN = {
    "forward": "#0072B2",
    "loss": "#E69F00",
    "output": "#B5578E",
    "chain": "#D55E00",
    "parameter": "#009E73",
    "ink": "#1F2430",
}


def test_the_lines_of_the_light_theme_are_the_colours_of_the_design():
    assert {name: theme.role(name, "light").line for name in theme.ROLES} == DESIGN
    assert theme.ground("light").quiet == "#D9DDE6"


@pytest.mark.parametrize(("name", "mode"), list(itertools.product(theme.ROLES, theme.THEMES)))
def test_text_of_a_role_is_readable_on_page_surface_and_its_own_area(name, mode):
    shades, ground = theme.role(name, mode), theme.ground(mode)
    assert min(theme.contrast(shades.text, back) for back in (ground.page, ground.surface, shades.area)) >= 4.5


@pytest.mark.parametrize("mode", theme.THEMES)
def test_ink_and_muted_text_are_readable(mode):
    ground = theme.ground(mode)
    assert min(theme.contrast(ink, ground.surface) for ink in (ground.ink, ground.muted)) >= 4.5


@pytest.mark.parametrize(("name", "mode"), list(itertools.product(theme.ROLES, theme.THEMES)))
def test_an_area_stays_a_tint(name, mode):
    assert theme.contrast(theme.role(name, mode).area, theme.ground(mode).page) < 1.8


@pytest.mark.parametrize("mode", theme.THEMES)
def test_roles_differ_from_each_other(mode):
    for part in ("area", "line", "text"):
        assert len({getattr(theme.role(name, mode), part) for name in theme.ROLES}) == len(theme.ROLES)


@pytest.mark.parametrize("mode", theme.THEMES)
def test_the_signed_scale_is_the_page_at_zero_and_reaches_both_ends(mode):
    assert theme.signed_colour(0.0, 3.0, mode) == theme.ground(mode).page
    assert theme.signed_colour(-3.0, 3.0, mode) == theme.NEGATIVE[mode]
    assert theme.signed_colour(99.0, 3.0, mode) == theme.POSITIVE[mode]
    assert theme.signed_colour(1.0, 0.0, mode) == theme.ground(mode).page


@pytest.mark.parametrize("mode", theme.THEMES)
def test_numbers_printed_on_the_signed_scale_are_readable(mode):
    shades = [theme.signed_colour(value / 20, 1.0, mode) for value in range(-20, 21)]
    assert min(theme.contrast(theme.readable_on(shade), shade) for shade in shades) >= 4.5


@pytest.mark.parametrize("mode", theme.THEMES)
def test_css_variables_hold_every_shade(mode):
    variables = theme.css_variables(mode)
    assert variables["--chain-text"] == theme.role("chain", mode).text
    assert variables["--ink"] == theme.ground(mode).ink
    assert len(variables) == 5 + 3 * len(theme.ROLES) + 3


@pytest.mark.parametrize("call", [lambda: theme.role("chian", "light"), lambda: theme.ground("sepia")])
def test_a_wrong_name_is_told(call):
    with pytest.raises(ValueError, match=r"got '(chian|sepia)', expected one of"):
        call()


@pytest.mark.parametrize("mode", theme.THEMES)
def test_streamlit_is_configured_with_the_same_ground(mode):
    configured = tomllib.loads((ROOT / ".streamlit/config.toml").read_text())["theme"][mode]
    ground, accent = theme.ground(mode), theme.role("forward", mode).text
    assert (configured["primaryColor"], configured["linkColor"]) == (accent, accent)
    assert configured["backgroundColor"] == ground.page
    assert configured["secondaryBackgroundColor"] == ground.surface
    assert (configured["textColor"], configured["borderColor"]) == (ground.ink, ground.quiet)


@pytest.mark.parametrize("mode", theme.THEMES)
def test_shares_by_lag_have_one_colour_on_every_page(mode):
    found = ByLag(along=np.ones(3), against=-np.ones(3), reached=np.zeros(3))
    drawn = {mark.name: mark.colour for mark in draw.by_lag(found, mode).marks}
    colours = theme.css_variables(mode)
    style = (ROOT / "rnnviz/browser/stage.css").read_text(encoding="utf-8")
    for name, kind in (("along the gradient", "plus"), ("against it", "minus")):
        variable = re.search(rf"\.bar-of\.{kind} {{[^}}]*background: var\((.*?)\)", style)[1]
        assert drawn[name] == colours[variable]
