"""The pages of the site as HTML: what stands in them at once, and what the scripts need to know."""

import base64
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from html import escape
from string import Template
from urllib.parse import urlsplit

from rnnviz.browser import colours, faces, home, script, stage_style, style
from rnnviz.charts.drawing import ICON
from rnnviz.charts.theme import FONT
from rnnviz.export.site.flow import ALIKE, SHOWN
from rnnviz.export.site.scenes import ROUNDS, handed_over, is_taught, is_whole, lessons_of
from rnnviz.export.site.words import trusted, words
from rnnviz.export.standalone import in_script
from rnnviz.notation.ids import PARAMETERS
from rnnviz.settings.config import LABELS, PAGE_KEYS, PRESETS, RunConfig
from rnnviz.settings.fields import PARTS as PARTS_OF_FLOW
from rnnviz.settings.pages import PAGES, Page
from rnnviz.settings.places import APP
from rnnviz.teaching.lessons import LESSONS

ENDING = ".html"
LOCAL = "http://localhost:8501/"
"""Where the app answers that somebody has started on the own computer."""
PARTS: Mapping[str, tuple[str, Callable[[], str]]] = {
    "toolbar": ("toolbar", str),
    "stage": ("mount_stage", partial(stage_style, "lesson")),
    "training": ("mount_training", partial(stage_style, "studio")),
    "plot": ("plot", partial(style, "plot")),
    "plot_download": ("plot_download", str),
}
"""The components of the pages, each a file of its own: the module that it begins with, and what makes its style."""
COMPONENTS = {
    "": "stage",
    "Lessons": "stage",
    "Unrolled_network": "stage",
    "Chain_rule": "stage",
    "Gradient_flow": "plot plot_download",
    "Training": "training",
    "Questions": "stage",
    "Words": "",
    "Is_this_true": "",
}
"""The pages that the site has, and the components of each; the first is mounted."""

_PAGE = Template("""<!doctype html>
<html lang="en" data-ending="$ending">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="$policy">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="description" content="$question">
<title>$title · rnnviz</title>
<link rel="icon" href="$icon">
<link rel="stylesheet" href="assets/site.css?v=$version">
<script type="application/json" data-rnnviz-page>$facts</script>
<script defer src="assets/site.js?v=$version"></script>
$script</head>
<body>
<div class="site-header"></div>
<main>
<div class="site-block">
<noscript><p>What is shown here is drawn by a script of this site; allow scripts to see it.</p></noscript>
$body
</div>
</main>
</body>
</html>
""")
_FACES = FONT.replace("-apple", '"rnnviz Sans", -apple')
_POLICY = (  # it allows this site's own files, and styles written in a page; a picture fetches the font that it holds
    "default-src 'none'; script-src 'self' {}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'"
)


def assets() -> dict[str, bytes]:
    """Return what all pages share: style, script and font, the font's licence, and each component."""
    sheet = faces("") + colours(":root") + f":root {{ --st-font: {_FACES}; }}\n" + style("site", "toolbar", "beside")
    found = {"site.css": sheet.encode(), "site.js": script("site", on_site=True).encode()}
    found |= {f"{name}.js": handed_over(name, _component(name)) for name in PARTS}
    found |= {path.name: path.read_bytes() for path in (APP / "static").iterdir()}
    return {f"assets/{name}": body for name, body in found.items()}


@cache
def _code(name: str) -> str:
    """Return a component as a script that hands it over; it uses the modules that the site's own script brings."""
    made = script(PARTS[name][0], on_site=True, there="site").replace("\nexport default ", "\nreturn ")
    return f'rnnviz.take("{name}", (() => {{\n{made}\n}})());\n//# sourceURL={name}.js'


@cache
def _digest(name: str) -> str:
    """Return what a page's policy calls a component's script, which alone it runs beside the site's files."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(_code(name).encode()).digest()).decode()}'"


def _component(name: str) -> bytes:
    """Return what a component's file holds."""
    return json.dumps({"style": PARTS[name][1](), "script": _code(name)}, ensure_ascii=False).encode()


def address_of(app: str) -> str:
    """Return the address of an app with its last slash; ValueError for what is no address."""
    found = urlsplit(app)
    if found.scheme not in ("http", "https") or not found.netloc or found.query or found.fragment:
        raise ValueError(f"--app: got {app[:80]!r}, expected an address such as https://course.example/rnnviz/")
    return app.rstrip("/") + "/"


def version_of(files: dict[str, bytes]) -> str:
    """Return what changes with any of the files, so that no browser mixes two sites."""
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(name.encode() + hashlib.sha256(files[name]).digest())
    return digest.hexdigest()[:10]


def pages(presets: Sequence[str], app: str, version: str) -> dict[str, bytes]:
    """Return the pages; ``app`` is where the app answers, "" if who reads has to start it."""
    there = there_of(presets)
    return {file_of(page): _page(page, there, presets, app, version).encode() for page in there}


def there_of(presets: Sequence[str]) -> list[Page]:
    """Return the pages that have something to show of these presets."""
    empty = set() if any(map(is_taught, presets)) else {"Lessons", "Questions"}
    empty |= set() if set(presets) & set(SHOWN) else {"Gradient_flow"}
    return [page for page in PAGES if page.name in COMPONENTS.keys() - empty]


def file_of(page: Page) -> str:
    """Return the file of a page."""
    return page.address(RunConfig(), ENDING)


def _page(page: Page, there: Sequence[Page], presets: Sequence[str], app: str, version: str) -> str:
    needed = ["toolbar", *COMPONENTS[page.name].split()]
    code = "".join(f'<script defer src="assets/{one}.js?v={version}"></script>\n' for one in needed)
    facts = {
        "title": page.title,
        "guide": [page.question, *page.guide],
        "pages": [(file_of(one), one.title, one.rare) for one in there],
        "app": app or LOCAL,
        "local": not app,
        "version": version,
        **shared(presets),
    }
    return _PAGE.substitute(
        ending=ENDING,
        policy=escape(_POLICY.format(" ".join(map(_digest, needed)))),
        question=escape(page.question),
        title=escape(page.title),
        icon=f"data:image/svg+xml;base64,{base64.b64encode(ICON.encode()).decode()}",
        version=version,
        facts=in_script(facts),
        script=code,
        body=_body(page, there, presets),
    )


def shared(presets: Sequence[str]) -> dict:
    """Return what every page has to know of the experiments that the site shows."""
    default = RunConfig().preset
    taught = [name for name in presets if is_taught(name)]
    return {
        "presets": {name: _facts(name) for name in presets},
        "first": default if default in presets else presets[0],
        "keys": [*PAGE_KEYS, "preset", "parameter", "part"],
        "parameters": PARAMETERS,
        "lessons": {
            one.id: found
            for one in LESSONS.values()
            if (found := [name for name in taught if one.id in lessons_of(name)])
        },
        "asked": taught,
        "rounds": ROUNDS,
        "parts": {part: LABELS[part] for part in PARTS_OF_FLOW},
        "alike": ALIKE,
        "shown": [name for name in SHOWN if name in presets],
    }


def _facts(name: str) -> dict:
    preset = PRESETS[name]
    config = preset.config
    last = config.steps - 1
    return {
        "title": preset.title,
        "sentence": preset.sentence,
        "words": config.words,
        "parameter": config.parameter,
        "whole": is_whole(config),
        "first": {"Unrolled_network": f"forward-{min(1, last)}", "Chain_rule": f"term-{last}-{max(last - 1, 0)}"},
    }


def _body(page: Page, there: Sequence[Page], presets: Sequence[str]) -> str:
    if page.name in READ:
        return f'<article class="site-words" tabindex="-1">{READ[page.name](there)}</article>'
    place = f'data-place="{page.name or "Home"}" data-component="{COMPONENTS[page.name].partition(" ")[0]}"'
    if page.name == "":
        words = f"<h1>{home.TITLE}</h1><p>{home.LEAD}</p>{home.ways(RunConfig(), ENDING, there, presets)}"
        return _beside("home", words, place)
    title = f'<h1 class="page-title">{escape(page.title)}</h1>'
    key = ' class="st-key-forward-stage"' if page.name == "Unrolled_network" else ""
    return f"{title}\n<div{key} {place}></div>"


READ: Mapping[str, Callable[[Sequence[Page]], str]] = {
    "Words": lambda there: words({page.path: (file_of(page), page.title) for page in there}),
    "Is_this_true": lambda there: trusted(),
}
"""The pages that are text alone."""


def _beside(key: str, words: str, place: str) -> str:
    """Words beside a picture, as ``ui.beside`` draws them."""
    return (
        f'<div class="beside-room"><div class="st-key-beside-{key}"><div class="st-key-words-{key}">{words}</div>'
        f'<div class="st-key-picture-{key}"><div class="st-key-{key}-stage" {place}></div></div></div></div>'
    )
