"""Texts of the site: Markdown's few marks become elements, and every other character stands for itself."""

from __future__ import annotations

import json
from importlib import import_module

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnviz.charts.packed import packed as chart_packed
from rnnviz.charts.tables import markup
from rnnviz.checks.claims.say import CLAIMS, LEFT_OUT
from rnnviz.experiment.core import run
from rnnviz.export.site.flow import ALIKE, SAME, SHOWN, alike, as_csv, differing, parts
from rnnviz.export.site.markup import paragraphs, written
from rnnviz.export.site.words import trusted, words
from rnnviz.laboratory.reach import say as said
from rnnviz.laboratory.reach.still import measured
from rnnviz.notation.glossary import GLOSSARY
from rnnviz.notation.reading_list import READING
from rnnviz.settings.config import PRESETS
from rnnviz.settings.fields import PARTS
from rnnviz.settings.pages import PAGES


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("**σ** is `x<y`", "<strong>σ</strong> is <code>x&lt;y</code>"),
        ("*slanted* and **bold `x`**", "<em>slanted</em> and <strong>bold <code>x</code></strong>"),
        ("[a](https://a.example/?x=1&y=2)", '<a href="https://a.example/?x=1&amp;y=2">a</a>'),
        ("[a](javascript:alert(1))", "[a](javascript:alert(1))"),
        (r"\*no\*", "*no*"),
        ("3 < 4 & 5", "3 &lt; 4 &amp; 5"),
    ],
)
def test_marks_become_elements(text, wanted):
    assert written(text) == wanted


@given(st.text())
def test_no_text_becomes_an_element_of_its_own(text):
    plain = text.replace("$", "")
    for made in (written(plain), paragraphs(plain), markup({"a": [plain]}, written)):
        names = {part.split(">")[0].split(" ")[0].strip("/") for part in made.split("<")[1:]}
        assert names <= {
            "strong",
            "em",
            "code",
            "a",
            "p",
            "ul",
            "li",
            "br",
            "div",
            "table",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
        }


def test_lines_become_paragraphs_and_lists():
    assert paragraphs("- a  \n  b\n- c\nend") == "<ul><li>a<br>b</li><li>c</li></ul><p>end</p>"
    table = markup({"x": ["**1**"]}, written)
    assert table.endswith("<tbody><tr><td><strong>1</strong></td></tr></tbody></table></div>")


def test_the_words_and_what_is_trusted_are_whole():
    text = words({page.path: (f"{page.name}.html", page.title) for page in PAGES})
    for one in GLOSSARY:
        assert f'id="{one.id}"' in text
        assert written(one.meaning) in text
    for one in READING:
        assert written(one.title) in text
    told = trusted()
    for claim in (claim for group in CLAIMS.values() for claim in group):
        assert written(claim.how) in told
    for line in (line for lines in LEFT_OUT.values() for line in lines):
        assert written(line) in told
    assert "All <strong>6</strong> checks passed." in told


@pytest.mark.parametrize("name", ["vanishing", "transient-growth"])
def test_the_laboratory_says_and_draws_what_the_app_does(name):
    found = dict(parts(name))
    assert list(found) == [f"flow/{part}.{name}" for part in PARTS if part not in ALIKE]
    experiment = run(PRESETS[name].config)
    lags = measured(experiment)[0]
    reach = found[f"flow/reach.{name}"]
    assert f"{reach['title']} " in said.flow_sentence(lags).replace("**", "") + " "
    assert [one["title"] for one in reach["pictures"]] == ["by lag", "map of losses", "map of states", "map of terms"]
    assert reach["pictures"][0]["csv"] == as_csv(said.lags_table(lags))
    assert len({file: json.dumps(part) for file, part in found.items()}) == len(found)


def test_of_the_dark_theme_what_differs_is_kept():
    def merged(value, other):
        if value == SAME:
            return other
        if isinstance(value, dict):
            return {key: merged(one, (other or {}).get(key)) for key, one in value.items()}
        return (
            [merged(*pair) for pair in zip(value, other, strict=True)]
            if isinstance(value, list) and len(value) == len(other or [])
            else value
        )

    still = import_module("rnnviz.laboratory.reach.still").still(run(PRESETS["vanishing"].config))
    for one in still.pictures:
        light, dark = (json.loads(chart_packed(one.draw(theme))) for theme in ("light", "dark"))
        kept = differing(dark, light)
        assert merged(kept, light) == dark
        assert len(json.dumps(kept)) < 0.7 * len(json.dumps(dark))


def test_a_part_that_needs_no_preset_is_there_once():
    assert [file for file, _ in alike()] == [f"flow/{part}" for part in ALIKE]
    assert dict(parts("parity")) == {}
    assert set(SHOWN) <= set(PRESETS)
