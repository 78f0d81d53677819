"""The pages of the site that are read: the words with other notations and further reading, and what can be trusted."""

from collections.abc import Mapping
from html import escape
from importlib import import_module

from rnnviz.charts.tables import markup
from rnnviz.experiment.core import run
from rnnviz.export.site.markup import paragraphs, written
from rnnviz.notation.conventions import PLAIN
from rnnviz.notation.dialects import DIALECTS, GRU_DIFFERENCES, compared, grus
from rnnviz.notation.glossary import GROUPS, Entry, entry, latex
from rnnviz.notation.reading_list import TOPICS, cited, reference
from rnnviz.settings.config import RunConfig


def words(files: Mapping[str, tuple[str, str]]) -> str:
    """Return the glossary, other notations and further reading; ``files`` says where a page is, and its title."""
    groups = "".join(
        f'<section class="word-group"><h2>{escape(title)}</h2>'
        f'<div class="word-cards">{"".join(_card(one, files) for one in entries)}</div></section>'
        for title, entries in GROUPS.items()
    )
    search = '<label class="word-find">Find <input class="word-search" type="search" maxlength="60"></label>'
    return f"<h1>Words</h1>{search}{groups}{_notations()}{_reading()}"


def _card(one: Entry, files: Mapping[str, tuple[str, str]]) -> str:
    symbol = f" {written(f'${latex(one, PLAIN)}$')}" if one.symbol else ""
    also = f"<p class='also'>Also: {escape(', '.join(one.aliases))}</p>" if one.aliases else ""
    tail = " · ".join(filter(None, [one.shape and f"shape {escape(one.shape)}", one.code and f"`{one.code}`"]))
    small = f"<p><small>{written(tail)}</small></p>" if tail else ""
    ways = [
        f'<a href="{file}">{escape(title)}</a>' for file, title in (files[path] for path in one.see if path in files)
    ]
    ways += [f'<a href="#{name}">{escape(entry(name).term)}</a>' for name in one.related]
    return (
        f'<article class="word-card" id="{one.id}"><h3>{escape(one.term)}{symbol}</h3><p>{written(one.meaning)}</p>'
        f'{also}{small}<p class="ways">{" ".join(ways)}</p></article>'
    )


def _notations() -> str:
    found = "".join(
        f"<details><summary>{escape(one.name)}</summary>{markup(compared(one), written)}"
        + paragraphs("**Where they differ in more than a name**\n" + "\n".join(f"- {line}" for line in one.differences))
        + (f"<p>{written(cited(reference(one.reference)))}</p>" if one.reference else "")
        + "</details>"
        for one in DIALECTS
    )
    gates = markup(grus(), written) + paragraphs("\n".join(f"- {line}" for line in GRU_DIFFERENCES))
    return f"<h2>Other notations</h2>{found}<details><summary>Three ways to write a GRU</summary>{gates}</details>"


def _reading() -> str:
    found = "".join(
        f"<h3>{escape(topic)}</h3>" + paragraphs("\n".join(f"- {cited(one)}  \n  {one.why}" for one in references))
        for topic, references in TOPICS.items()
    )
    return f"<h2>Further reading</h2>{found}"


def trusted() -> str:
    """Return what can be trusted: checks made with the site, how each number is tested, what is left out."""
    still = import_module("rnnviz.checks.claims.still")  # only a page meets an idea
    verdict, columns = still.checked(run(RunConfig()))
    live = f"<h2>Checked when this site was made, on the lecture's network</h2>{paragraphs(verdict)}"
    parts = {"How each number is checked": still.claims(), "What is left out": still.left_out()}
    lists = "".join(
        f"<h2>{title}</h2>" + "".join(f"<h3>{escape(name)}</h3>{paragraphs(text)}" for name, text in groups.items())
        for title, groups in parts.items()
    )
    return f"<h1>Is this true?</h1>{live}{markup(columns, written)}{lists}"
