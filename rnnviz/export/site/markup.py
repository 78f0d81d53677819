"""The little Markdown of sentences, lists and tables as HTML; every other character stands for itself."""

import re
from collections.abc import Sequence
from html import escape

from rnnviz.notation.equations import mathml

_PIECE = re.compile(
    r"\$(?P<math>[^$]+)\$|`(?P<code>[^`]+)`|\*\*(?P<bold>.+?)\*\*|\*(?P<slanted>[^*]+)\*"
    r"|\[(?P<name>[^\]]+)\]\((?P<to>https?://[^)\s]+)\)|\\(?P<kept>[^\w\s])"
)


def written(text: str) -> str:
    """Return one line: bold, slanted, code, formulas and links are marked, all else is text."""
    parts, end = [], 0
    for found in _PIECE.finditer(text):
        parts += [escape(text[end : found.start()]), _marked(found)]
        end = found.end()
    return "".join([*parts, escape(text[end:])])


def _marked(found: re.Match[str]) -> str:
    kind = found.lastgroup if found.lastgroup != "to" else "name"
    text = found[kind or 0]
    if kind == "math":
        return mathml(text)
    if kind == "name":
        return f'<a href="{escape(found["to"])}">{escape(text)}</a>'
    if kind == "code":
        return f"<code>{escape(text)}</code>"
    if kind == "kept":
        return escape(text)
    name = {"bold": "strong", "slanted": "em"}[str(kind)]
    return f"<{name}>{written(text)}</{name}>"


def paragraphs(text: str) -> str:
    """Return lines as paragraphs, and those that begin with a dash as a list; two spaces at an end break the line."""
    items, out = list[str](), list[str]()
    for line in re.sub(r"  \n(?=\s*[^\s-])", "\v", text).split("\n"):
        broken = "<br>".join(written(part.strip()) for part in line.removeprefix("- ").split("\v"))
        if line.startswith("- "):
            items.append(f"<li>{broken}</li>")
            continue
        out += [_listed(items)] if items else []
        items = []
        out += [f"<p>{broken}</p>"] if line.strip() else []
    return "".join([*out, *([_listed(items)] if items else [])])


def _listed(items: Sequence[str]) -> str:
    return f"<ul>{''.join(items)}</ul>"
