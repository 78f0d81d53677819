"""The column of the home page: a button that plays the stage, the ways on, the examples.

All of it is one element of the page, because each of Streamlit's own costs time with every change.
"""

from collections.abc import Iterable
from html import escape

import streamlit as st

from rnnviz.settings.config import PRESETS, Preset, RunConfig
from rnnviz.tasks.networks import kept
from rnnviz.tasks.networks.known import KNOWN, Known, network
from rnnviz.ui.navigation import PAGES, page_of
from rnnviz.ui.show import collect

WAYS = {"5_Lessons": "Follow the lecture", "2_Chain_rule": "Open one term", "9_Questions": "Predict, then see"}
FIRST = ("parity", "echo", "characters", "adding", "sunspots", "vanishing", "cliff")
"""The examples that are named at once; the others stand in a fold."""
WATCH = "Watch one training step"


def ways(config: RunConfig) -> None:
    """Draw the button, the three ways on, the examples, and what each page shows."""
    on = "".join(_link(page_of(name).address(config), title, page_of(name).question) for name, title in WAYS.items())
    pages = "".join(
        f"<p>{_link(page.address(config), page.title)} {escape(page.question)}</p>" for page in PAGES if page.name
    )
    first, rest = _examples(name in FIRST for name in PRESETS), _examples(name not in FIRST for name in PRESETS)
    collect(*(page.question for page in PAGES))
    st.html(
        f'<button type="button" class="rnnviz-watch" data-watch="1"><i aria-hidden="true"></i>{WATCH}</button>'
        f'<nav class="rnnviz-links rnnviz-ways" aria-label="Ways on">{on}</nav>'
        f'<section class="rnnviz-links rnnviz-examples" aria-label="Examples"><h2>Examples</h2>{first}'
        f"<details><summary>All {len(PRESETS)} examples</summary>{rest}</details>"
        f"<details><summary>{len(KNOWN)} networks with printed numbers</summary>{_known()}</details>"
        f"<details><summary>What each page shows</summary>{pages}</details></section>"
    )


def _examples(wanted: Iterable[bool]) -> str:
    return "".join(
        _example(one, one.config) for one, is_wanted in zip(PRESETS.values(), wanted, strict=True) if is_wanted
    )


def _example(one: Preset | Known, config: RunConfig) -> str:
    address = page_of("2_Chain_rule").address(config)
    return _link(address, one.title, one.sentence, f"<small>T {config.steps}</small>")


def _known() -> str:
    return "".join(_example(one, kept.config_of(network(name))) for name, one in KNOWN.items())


def _link(address: str, title: str, sentence: str = "", more: str = "") -> str:
    return f'<a href="{escape(address)}" title="{escape(sentence)}"><span>{escape(title)}</span>{more}</a>'
