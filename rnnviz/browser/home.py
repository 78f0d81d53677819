"""The column of the home page as HTML: a button that plays the stage, the ways on, the examples."""

from collections.abc import Iterable
from html import escape

from rnnviz.settings.config import PRESETS, Preset, RunConfig
from rnnviz.settings.pages import PAGES, Page, page_of
from rnnviz.tasks.networks.known import Known

TITLE = "How a recurrent network learns"
LEAD = (
    "It reads a sequence step by step and carries a state along. To learn, it follows every error back "
    "through the steps and adds up what each one asks of the weights."
)
WAYS = {"5_Lessons": "Follow the lecture", "2_Chain_rule": "Open one term", "9_Questions": "Predict, then see"}
FIRST = ("parity", "echo", "characters", "adding", "sunspots", "vanishing", "cliff")
"""The examples that are named at once; the others stand in a fold."""
WATCH = "Watch one training step"


def ways(
    config: RunConfig,
    ending: str = "",
    pages: Iterable[Page] = PAGES,
    presets: Iterable[str] = tuple(PRESETS),
    known: Iterable[tuple[Known, RunConfig]] = (),
) -> str:
    """Return the button, the three ways on, the examples, the ``known`` networks, and what each page shows.

    A static site has these ``pages``, as files with an ``ending``, of these ``presets``.
    """
    pages = tuple(pages)
    first_pages = {title: page_of(name) for name, title in WAYS.items()}
    on = "".join(
        _link(page.address(config, ending), title, page.question)
        for title, page in first_pages.items()
        if page in pages
    )
    shown = "".join(
        f"<p>{_link(page.address(config, ending), page.title)} {escape(page.question)}</p>"
        for page in pages
        if page.name
    )
    chosen = [PRESETS[name] for name in presets]
    first, rest = (
        "".join(_example(one, one.config, ending) for one in chosen if (one.name in FIRST) is wanted)
        for wanted in (True, False)
    )
    printed = [_example(*each, ending) for each in known]
    more = f"<h2>{len(printed)} networks with printed numbers</h2>{''.join(printed)}" if printed else ""
    return (
        f'<button type="button" class="rnnviz-watch" data-watch="1"><i aria-hidden="true"></i>{WATCH}</button>'
        f'<nav class="rnnviz-links rnnviz-ways" aria-label="Ways on">{on}</nav>'
        f'<section class="rnnviz-links rnnviz-examples" aria-label="Examples"><h2>Examples</h2>{first}'
        f"<details><summary>All {len(chosen) + len(printed)} examples</summary>{rest}{more}</details>"
        f"<details><summary>What each page shows</summary>{shown}</details></section>"
    )


def _example(one: Preset | Known, config: RunConfig, ending: str) -> str:
    address = page_of("2_Chain_rule").address(config, ending)
    return _link(address, one.title, one.sentence, f"<small>T {config.steps}</small>")


def _link(address: str, title: str, sentence: str = "", more: str = "") -> str:
    return f'<a href="{escape(address)}" title="{escape(sentence)}"><span>{escape(title)}</span>{more}</a>'
