"""Opens a page of the app as a reader does, without a browser."""

import json
import re
from functools import cache
from pathlib import Path

from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

# Every AppTest looks through all installed packages for components, a tenth of a second each time.
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)

ROOT = Path(__file__).parents[1]
LABORATORY = "pages/3_Gradient_flow.py"


def opened(page, warm=True, **query):
    """Open a page by a link: warm after the home page, or cold, in a session in which app.py never ran."""
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    for key, value in query.items():
        at.query_params[key] = value
    if warm:
        at.run()
    if page != "app.py":
        at.switch_page(page)
    return at.run()


def healthy(at):
    assert [error.message for error in at.exception] == []
    assert [error.value for error in at.error] == []
    assert [text for text in shown(at) if UNDERSCORED.search(text)] == []
    return at


UNDERSCORED = re.compile(r"(?<!\w)[A-ZŶa-zŷβθλσγρ]_(?!h?y\b)[({\w]")
"""H_t: a subscript that no reader is shown as such, but in code; there is none for the y of W_hy and b_y."""
_HIDDEN = re.compile(r"\$[^$]*\$|`[^`]*`|<math.*?</math>|<[^>]*>", re.DOTALL)


def shown(at):
    """Every text of a page that is read as text: no code, no LaTeX, no names of the page's parts."""
    for element in (*at.main, *at.sidebar):
        if element.type in ("markdown", "caption", "header", "title", "table", "arrow_data_frame", "html"):
            yield from texts_of(element)
        elif hasattr(element, "label"):
            yield from map(plain, (element.label, getattr(element.proto, "help", "")))
            yield from map(plain, getattr(element, "options", ()))
    for chart in charts(at):
        yield from map(plain, (chart["alt"], *strings(chart)))


def texts_of(element):
    if element.type in ("table", "arrow_data_frame"):
        yield from map(plain, [*map(str, element.value.columns), *map(str, element.value.to_numpy().ravel())])
    elif element.type == "html":
        yield plain(element.proto.body)
    else:
        yield from map(plain, (element.value, getattr(element.proto, "help", "")))


def plain(text):
    return _HIDDEN.sub(" ", str(text))


def strings(value):
    """Every string in a value of JSON."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for one in value.values() if isinstance(value, dict) else value:
            yield from strings(one)


def charts(at):
    """All charts of a page: "marks", or "data" of what is drawn in space, and the text equivalent, "alt"."""
    found = [{"alt": chart.proto.alt, **json.loads(chart.proto.spec)} for chart in at.get("plotly_chart")]
    for component in at.get("bidi_component"):
        if component.proto.component_name.endswith("rnnviz_plot"):
            sent = json.loads(component.proto.bytes)
            found.append({"alt": sent["alt"], **sent["plot"]})
    return found


def control(kind, name):
    """The one control of a kind whose key begins with a name; the rest of it names a file."""
    (found,) = [one for one in kind if (one.key or "").startswith(f"{name}.")]
    return found
