"""All that runs in the browser: the JavaScript and the styles of toolbar, stage, studio and charts, and of the site.

The scripts are ES modules. A Streamlit component and a page with no server take one script each:
:func:`script` puts an entry together with the modules that it imports, each in a scope of its own.
"""

import base64
import hashlib
import json
import re
from functools import cache
from pathlib import Path

from rnnviz.charts.theme import css_variables
from rnnviz.settings.places import APP

FOLDER = Path(__file__).parent
FONTS = (("normal", "rnnviz-math.woff2"), ("italic", "rnnviz-math-italic.woff2"))
"""The faces of the mathematics font, made by ``docs/fonts.py``; Streamlit serves them from the folder ``static``."""
ON_SITE = {"streamlit_internals": "site_page"}
"""What stands in for which module on the static site, with the same exports."""

IMPORT = re.compile(r'^import \{ (?P<names>\w+(?:, \w+)*) \} from "\./(?P<module>\w+)\.js";$', re.M)
EXPORT = re.compile(r"^export (?=(?:(?:async )?function|class|const) (?P<name>\w+))", re.M)
_LEFT = re.compile(r"^(?:import|export)\b.*", re.M)


@cache
def script(entry: str, folder: Path = FOLDER, on_site: bool = False, there: str = "") -> str:
    """Return a module that a page starts with and those that it imports, in the order of imports, as one script.

    What the entry exports by default, the script does. ``on_site`` a page is no page of Streamlit's: another module
    stands in for ``streamlit_internals.js``; the modules of an entry that is ``there`` already are left out. ValueError
    if a module is not there, is imported in a circle, does not export what is imported from it, or imports or exports
    in another way than ``import { a, b } from "./x.js";`` and ``export`` before a function, class or const.
    """
    sources, before = dict[str, str](), dict[str, str]()
    if there:
        _gather(there, folder, before, (), on_site)
    _gather(entry, folder, sources, (), on_site)
    sources = {name: text for name, text in sources.items() if name not in before}
    *modules, last = (_bare(name, text, name == entry) for name, text in sources.items())
    parts = [
        f"const ${name} = (() => {{\n{bare}\nreturn {{ {', '.join(exported(text))} }};\n}})();"
        for (name, text), bare in zip(sources.items(), modules, strict=False)
    ]
    return "\n".join(['"use strict";', *parts, last])


def exported(text: str) -> list[str]:
    """Return the names that a module exports."""
    return [found["name"] for found in EXPORT.finditer(text)]


def _gather(name: str, folder: Path, sources: dict[str, str], way: tuple[str, ...], on_site: bool) -> None:
    """Read a module after all that it imports."""
    if name in way:
        raise ValueError(f"{name}.js is imported in a circle: {' → '.join((*way, name))}")
    if name in sources:
        return
    path = folder / f"{ON_SITE.get(name, name) if on_site else name}.js"
    if not path.is_file():
        raise ValueError(f"{name}.js: there is no such module{f', {way[-1]}.js imports it' if way else ''}")
    text = path.read_text("utf-8")
    for found in IMPORT.finditer(text):
        _gather(found["module"], folder, sources, (*way, name), on_site)
        if missing := set(found["names"].split(", ")) - set(exported(sources[found["module"]])):
            raise ValueError(f"{name}.js imports {', '.join(sorted(missing))}, {found['module']}.js exports none")
    sources[name] = text


def _bare(name: str, text: str, is_entry: bool) -> str:
    """Return a module's text with its imports as constants and without the word export."""
    bare = EXPORT.sub("", IMPORT.sub(r"const { \g<names> } = $\g<module>;", text))
    left = [line for line in _LEFT.findall(bare) if not (is_entry and line.startswith("export default "))]
    if left:
        raise ValueError(f"{name}.js: “{left[0][:60]}” is no import or export of the known kinds")
    return bare


@cache
def style(*names: str) -> str:
    """Return style sheets, such as ``"toolbar"``, as one text."""
    return "\n".join((FOLDER / f"{name}.css").read_text("utf-8") for name in names)


@cache
def colours(selector: str) -> str:
    """Return the rule that gives an element the colours of both themes as variables."""
    light, dark = css_variables("light"), css_variables("dark")
    lines = (f"  {name}: light-dark({light[name]}, {dark[name]});" for name in light)
    return "\n".join([f"{selector} {{", *lines, "}", ""])


@cache
def faces(folder: str | None = "app/static/") -> str:
    """Return the rules of the mathematics font: its addresses in a folder, or the font itself for one file alone.

    Without the folder ``static`` such a file has the mathematics font of its reader's system.
    """

    def address(name: str) -> str:
        if folder is not None:
            return f"{folder}{name}"
        path = APP / "static" / name
        return f"data:font/woff2;base64,{base64.b64encode(path.read_bytes()).decode()}" if path.is_file() else "data:,"

    rule = '@font-face {{ font-family: "rnnviz Math"; font-style: {}; src: url("{}"); size-adjust: 110%; }}'
    return "\n".join(rule.format(face, address(name)) for face, name in FONTS)


def stage_style(*more: str) -> str:
    """Return the style of a player: the colours, its rules, and ``more`` sheets."""
    sheets = "stage", "squares", "strips", "phone", "print", "contrast"
    return colours(".rnnviz-stage") + style(*sheets, *more)


def packed(scene: dict) -> bytes:
    """Return the members ``"id"``, a fingerprint, and ``"scene"`` of a JSON object, without its braces.

    It is made once and sent as often as it is shown; ValueError if it holds a number that JSON has no word for.
    """
    body = json.dumps(scene, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    return b'"id":"%b","scene":%b' % (hashlib.sha256(body).hexdigest()[:16].encode(), body)
