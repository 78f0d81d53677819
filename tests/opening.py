"""Opens a page of the app as a reader does, without a browser."""

import json
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
    return at


def charts(at):
    """All charts of a page, plotly's and the light ones: their "data" and their text equivalent, "alt"."""
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
