"""What runs in the browser: modules put together into one script, and nothing in them that nobody uses."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from rnnviz.browser import EXPORT, FOLDER, IMPORT, ON_SITE, exported, script
from rnnviz.export.site.pages import PARTS
from rnnviz.notation.numbers import percent
from tests.test_architecture import UNPROMISED

ROOT = Path(__file__).parents[1]
SOURCES = {path.stem: path.read_text("utf-8") for path in FOLDER.glob("*.js")}
STYLES = {path.name: path.read_text("utf-8") for path in FOLDER.glob("*.css")}


@pytest.fixture
def written(tmp_path):
    """Write modules and put the one called ``a`` together."""

    def write(**modules):
        for name, text in modules.items():
            (tmp_path / f"{name}.js").write_text(text + "\n", "utf-8")
        return script("a", tmp_path)

    return write


def ran(text, whole=False):
    """Return what a script prints, word by word or whole."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not there; it comes with npm")
    told = subprocess.run([node, "-e", text], capture_output=True, text=True, check=True).stdout
    return told if whole else told.split()


def script_of(module, expression):
    """Return what an expression is worth inside a module of the browser's."""
    source = EXPORT.sub("", IMPORT.sub("", (FOLDER / module).read_text("utf-8")))
    return json.loads(ran(f"{source}\nconsole.log(JSON.stringify({expression}))", whole=True))


def test_modules_run_in_the_order_of_their_imports_and_once(written):
    text = written(
        a='import { two } from "./b.js";\nimport { one } from "./c.js";\n\nconsole.log(one + two());',
        b='import { one, log } from "./c.js";\n\nexport const two = () => (log("two"), one + 1);',
        c='console.log("c");\nexport const one = 1;\nexport function log(text) {\n  console.log(text);\n}',
    )
    assert ran(text) == ["c", "two", "3"]


def test_a_name_belongs_to_its_module(written):
    text = written(
        a='import { shout } from "./b.js";\n\nconst word = "mine";\nconsole.log(word, shout());',
        b='const word = "its";\nexport const shout = () => word;',
    )
    assert ran(text) == ["mine", "its"]


def test_a_script_is_strict_and_exports_its_entry_by_default_alone(written):
    text = written(a="export default () => 1;")
    assert text.startswith('"use strict";')
    assert text.rstrip().endswith("export default () => 1;")


@pytest.mark.parametrize(
    ("modules", "said"),
    [
        ({"a": 'import { x } from "./b.js";'}, r"b\.js: there is no such module, a\.js imports it"),
        (
            {"a": 'import { x, y } from "./b.js";', "b": "export const x = 1;\nconst y = 2;"},
            r"a\.js imports y, b\.js exports none",
        ),
        (
            {"a": 'import { b } from "./b.js";', "b": 'import { a } from "./a.js";\nexport const b = 1;'},
            r"a\.js is imported in a circle: a → b → a",
        ),
        ({"a": 'import { x as y } from "./b.js";'}, r"a\.js: “import { x as y }.*” is no import"),
        ({"a": 'import "./b.js";'}, r"a\.js: “import \"\./b\.js\";” is no import"),
        ({"a": "export let x = 1;"}, r"a\.js: “export let x = 1;” is no import"),
        (
            {"a": 'import { b } from "./b.js";', "b": "export const b = 1;\nexport default b;"},
            r"b\.js: “export default b;” is no import",
        ),
    ],
)
def test_what_cannot_be_put_together_is_refused(written, modules, said):
    with pytest.raises(ValueError, match=said):
        written(**modules)


ENTRIES = (
    *("mount_stage", "mount_training", "standalone", "toolbar", "plot", "plot_download", "parts"),
    *("stored", "widget", "site"),
)
"""The modules that a page starts with."""


def reached(entry):
    """Return all modules that an entry is put together from."""
    return set(re.findall(r"^const \$(\w+) = ", script(entry), re.M)) | {entry}


def test_every_module_is_reached_from_an_entry():
    assert {name for entry in ENTRIES for name in reached(entry)} == set(SOURCES)


def test_every_export_is_imported_somewhere():
    wanted = {
        (found["module"], name)
        for text in SOURCES.values()
        for found in IMPORT.finditer(text)
        for name in found["names"].split(", ")
    }
    wanted |= {(ON_SITE[module], name) for module, name in wanted if module in ON_SITE and name in STOOD_IN[module]}
    assert {(module, name) for module, text in SOURCES.items() for name in exported(text)} == wanted


STOOD_IN = {module: set(exported(SOURCES[other])) for module, other in ON_SITE.items()}


@pytest.mark.parametrize("entry", ["site", *(module for module, _ in PARTS.values())])
def test_what_the_site_is_put_together_from_needs_no_page_of_streamlit(entry):
    text = script(entry, on_site=True)
    assert UNPROMISED.search(text) is None
    assert script(entry) == text or "streamlit_internals" in reached(entry)


def test_every_class_of_a_style_is_drawn_somewhere():
    made = "\n".join([*SOURCES.values(), *(path.read_text("utf-8") for path in (ROOT / "rnnviz").rglob("*.py"))])
    words = set(re.findall(r"[\w-]+", made))
    rules = re.sub(r"/\*.*?\*/|\{[^{}]*\}", " ", "".join(STYLES.values()), flags=re.S)
    found = set(re.findall(r"\.(?!st|katex)([a-zA-Z][\w-]*)", rules))
    counted = re.compile(r"(phase|role|panel|reading)-\w+")  # the number, the role or the name is put in
    assert {name for name in found - words if not counted.fullmatch(name)} == set()


def test_a_player_carries_nothing_of_the_other():
    assert "training" not in reached("mount_stage") | reached("standalone")
    assert "stage" not in reached("mount_training")


def test_an_unknown_entry_is_named():
    with pytest.raises(ValueError, match=r"desk\.js: there is no such module"):
        script("desk")


@pytest.mark.parametrize("name", [*(f"{name}.js" for name in SOURCES), *STYLES])
def test_files_stay_small(name):
    assert len((FOLDER / name).read_text("utf-8").splitlines()) <= 400


def test_the_browser_writes_numbers_as_the_sentences_do():
    random = np.random.default_rng(3)
    values = [0.0, 1.0, -1.0, 0.995, 0.9996, 1e-6, *(random.normal(size=200) * 10.0 ** random.integers(-5, 2, 200))]
    numbers = script_of(
        "numbers.js", f"{json.dumps(values)}.map((one) => [significant(one, 4), written(one, 'share')])"
    )
    assert [share for _, share in numbers] == [percent(value, 1) for value in values]
    assert [float(text.replace("−", "-")) for text, _ in numbers if "e" not in text] == [
        float(f"{value:.4g}") for value, (text, _) in zip(values, numbers, strict=True) if "e" not in text
    ]


def test_a_line_breaks_where_it_has_no_number_and_a_lone_spot_is_a_dash():
    spots = "[[0, 1], [1, 2], [2, NaN], [3, 4], [4, Infinity], [5, 6], [6, 7]]"
    path = "M0.00 1.00L1.00 2.00M3.00 4.00m-4 0h8M5.00 6.00L6.00 7.00"
    assert script_of("chart.js", f"linePath({spots})") == path


@pytest.mark.parametrize(
    ("axis", "value", "share"),
    [
        ({"low": -1, "high": 3}, 0, 0.25),
        ({"low": -1e308, "high": 1e308}, 0, 0.5),
        ({"low": 1e-4, "high": 1, "log": True}, 1e-2, 0.5),
        ({"low": 1e-4, "high": 1, "log": True}, 0, None),
        ({"low": -100, "high": 100, "bend": 1}, 1, 0.75),
        ({"low": 2, "high": 2}, 2, 0),
    ],
)
def test_a_value_has_its_place_on_every_kind_of_axis(axis, value, share):
    found = script_of("chart.js", f"scaled({json.dumps(axis)}, {value})")
    assert found == (None if share is None else pytest.approx(share))


def test_no_rule_makes_every_change_of_the_page_a_change_of_every_style():
    """A part of a class name, or all that the root holds, in a selector: then each class set restyles whole trees."""
    for name, text in STYLES.items():
        assert "[class*=" not in text, name
        assert not re.search(r"(?:html|:root)[^\s,{]*:has\(", text), name
