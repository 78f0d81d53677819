"""The laboratory of gradients as the site shows it: a part of a preset as texts, numbers and charts in both themes."""

import json
from collections.abc import Iterator
from html import escape
from importlib import import_module
from typing import Any

from rnnviz.charts import blank, legends
from rnnviz.charts.packed import packed as chart_packed
from rnnviz.charts.still import Still, Stills
from rnnviz.charts.tables import as_csv
from rnnviz.experiment.core import run
from rnnviz.export.site.markup import paragraphs, written
from rnnviz.notation import prose
from rnnviz.settings.config import PRESETS
from rnnviz.settings.fields import CASES, PARTS

SHOWN = (*CASES, "cliff")
ALIKE = ("cures",)
"""The parts that are the same for every preset."""
SAME = {"same": True}
"""Stands in the dark theme's chart where it is as the light one's."""


def parts(name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give the parts of a preset, each under the name of its file."""
    if name not in SHOWN:
        return
    experiment = run(PRESETS[name].config)
    for part in PARTS:
        if part not in ALIKE:
            still = import_module(f"rnnviz.laboratory.{part}.still").still
            yield f"flow/{part}.{name}", part_of(still(experiment))


def alike() -> Iterator[tuple[str, dict[str, Any]]]:
    """Give the parts that need no preset."""
    experiment = run(PRESETS[CASES[0]].config)
    for part in ALIKE:
        yield f"flow/{part}", part_of(import_module(f"rnnviz.laboratory.{part}.still").still(experiment))


def part_of(found: Stills) -> dict[str, Any]:
    """Return a part as data for the page: texts as HTML, charts as ``browser/plot.js`` draws them."""
    first, rest = prose.first_sentence(found.verdict)
    return {
        "title": first,
        "pick": found.pick,
        "rest": paragraphs(rest),
        "pictures": [_still(one) for one in found.pictures],
        "below": [_still(one) for one in found.below],
        "numbers": [[name, value, written(words)] for name, (value, words) in found.numbers.items()],
    }


def _still(one: Still) -> dict[str, Any]:
    light, dark = (_drawn(one, theme) for theme in ("light", "dark"))
    alt = one.alt.replace("**", "")
    table = {"csv": as_csv(one.table)} if one.table is not None else {}
    return (
        {"key": one.key, "title": one.title, "alt": alt, "note": written(one.note), "light": light}
        | table
        | {"dark": differing(dark, light)}
    )


def _drawn(one: Still, theme: str) -> dict[str, Any]:
    """Return a picture of one theme: a chart with its legend, or HTML."""
    picture = one.draw(theme)
    if isinstance(picture, str):
        return {"html": picture}
    if reason := blank.instead(picture):
        return {"html": f"<p>{escape(reason)}</p>"}
    listed = legends.entries(picture)
    legend = legends.markup(listed, legends.named_at_ends(picture)) if listed else ""
    return {"legend": legend, "plot": json.loads(chart_packed(picture))}


def differing(value: Any, other: Any) -> Any:
    """Return a value of JSON with ``SAME`` wherever it is as in the other one: numbers need not be sent twice."""
    if value == other:
        return SAME
    if isinstance(value, dict) and isinstance(other, dict):
        return {key: differing(one, other.get(key)) for key, one in value.items()}
    if isinstance(value, list) and isinstance(other, list) and len(value) == len(other):
        return [differing(*pair) for pair in zip(value, other, strict=True)]
    return value
