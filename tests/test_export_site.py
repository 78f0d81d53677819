"""The static site: the same frames, numbers and sentences as the app's, in pages that ask no other server."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from rnnviz.__main__ import main, parser
from rnnviz.browser import FONTS, style
from rnnviz.export.site.build import site
from rnnviz.export.site.pages import COMPONENTS, LOCAL, PARTS, address_of, assets, pages, there_of, version_of
from rnnviz.export.site.scenes import MAKERS, ROUNDS, made
from rnnviz.notation.ids import PARAMETERS
from rnnviz.settings.config import PRESETS, RunConfig
from rnnviz.ui import lessons, quiz
from rnnviz.ui.cache import training
from rnnviz.ui.player import _scene as app_training
from rnnviz.ui.stage import _scene as app_stage

ROOT = Path(__file__).parents[1]
THREE = ("lecture-sequence-to-vector", "parity", "vanishing")
UNPACK = re.compile(rb'rnnviz\.unpack\("([^"]+)","([^"]+)"\);\n')


def unpacked(body):
    """Return the name under which a file hands something over, and that."""
    name, data = UNPACK.fullmatch(body).groups()
    return name.decode(), json.loads(zlib.decompress(base64.b64decode(data), wbits=-15))


def scenes(kind, name):
    """Return what the files of a kind hand over, by the name under which the page asks for it."""
    found = {}
    for path, body in made(kind, name).items():
        asked, data = unpacked(body)
        assert path == f"scenes/{asked}.js"
        found[asked] = data["scene"]
    return found


def in_app(packed):
    return json.loads(b"{%b}" % packed)["scene"]


def written_out(scene, part):
    """Return a part of a scene with its formulas in the place of their numbers in the scene's own list."""
    if isinstance(part, list):
        return [written_out(scene, one) for one in part]
    if not isinstance(part, dict):
        return part
    whole = {key: written_out(scene, one) for key, one in part.items()}
    return whole | {"math": scene["math"][part["math"]]} if isinstance(part.get("math"), int) else whole


def without(quantities, *names):
    """What only the engine can serve is not on the site: numbers that can be changed."""
    return {id: {key: value for key, value in each.items() if key not in names} for id, each in quantities.items()}


@pytest.mark.parametrize("name", THREE)
def test_the_stage_is_that_of_the_app_for_every_parameter(name):
    config, found = PRESETS[name].config, scenes("stages", name)
    for parameter in ("W1", "Wh1", "b1", "W2", "b2"):
        wanted = in_app(app_stage(config.replace(parameter=parameter), True))
        here = found[f"stage/{name}"] | found.get(f"stage/{name}.{parameter}", {})
        for key in ("frames", "nodes", "edges", "phases", "view", "choices", "known_from", "preamble"):
            assert written_out(here, here[key]) == written_out(wanted, wanted[key]), key
        parts = [written_out(scene, scene["parameters"][parameter]) for scene in (here, wanted)]
        assert parts[0] == parts[1]
        assert without(here["quantities"]) == without(wanted["quantities"], "edit")


def test_the_overview_is_that_of_the_app():
    name = THREE[0]
    config = PRESETS[name].config
    wanted, here = in_app(app_stage(config, False)), scenes("stages", name)[f"overview/{name}"]
    assert here["frames"] == wanted["frames"]
    assert here["parameters"][config.parameter] == wanted["parameters"][config.parameter]


def test_lessons_and_questions_are_those_of_the_app():
    name = "lecture-sequence-to-vector"
    config, found = PRESETS[name].config, scenes("lessons", name)
    for asked in ("notation", "vector", "general"):
        wanted, here = in_app(lessons._scene(config, asked)), found[f"lessons/{asked}.{name}"]
        assert here["lesson"] == wanted["lesson"]
        assert here["frames"] == wanted["frames"]
    assert len(found) == 3 + ROUNDS
    for number in (0, ROUNDS - 1):
        assert found[f"questions/{name}.{number}"] == in_app(quiz._scene(config, number))["quiz"]


def test_the_player_is_that_of_the_app():
    name = "lecture-sequence-to-vector"
    config = PRESETS[name].config
    run = training(config)
    assert scenes("training", name)[f"training/{name}"] == in_app(app_training(config, run.epochs_done, run))


class Links(HTMLParser):
    """What a page points at, and the data that stand in it."""

    def __init__(self, text):
        super().__init__()
        self.asked, self.led, self.facts, self.policy, self._in = [], [], None, None, False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.asked += [given[name] for name in ("src",) if name in given]
        self.asked += [given["href"]] if tag == "link" else []
        self.led += [given["href"]] if tag == "a" else []
        self.policy = given["content"] if "http-equiv" in given else self.policy
        self._in = "data-rnnviz-page" in given

    def handle_data(self, data):
        if self._in:
            self.facts = json.loads(data)
        self._in = False


@pytest.fixture(scope="module")
def small():
    """A site of one preset."""
    return site(["lecture-sequence-to-sequence"], "https://course.example/rnnviz")


def test_a_page_asks_for_files_of_the_site_alone(small):
    there = there_of(["lecture-sequence-to-sequence"])
    assert {page.name for page in there} == COMPONENTS.keys() - {"Gradient_flow"}
    assert {page.address(RunConfig(), ".html") for page in there} == {path for path in small if path.endswith(".html")}
    for page in there:
        text = small[page.address(RunConfig(), ".html")].decode()
        found = Links(text)
        own = [one for one in found.asked if not one.startswith("data:")]
        assert own
        assert {urlsplit(one).path for one in own} <= set(small)
        assert {urlsplit(one).path for one in found.led if not urlsplit(one).scheme} <= {*small, ""}
        assert found.facts["app"] == "https://course.example/rnnviz/"
        assert found.facts["local"] is False
        needed = ["site", "toolbar", *COMPONENTS[page.name].split()]
        assert [name for name in ("site", *PARTS) if f"assets/{name}.js" in text] == needed
        run = [unpacked(small[f"assets/{name}.js"])[1]["script"] for name in needed[1:]]
        hashes = [base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() for one in run]
        policy = dict(one.split(" ", 1) for one in unescape(found.policy).split("; "))
        assert policy["default-src"] == "'none'"
        assert policy["script-src"].split() == ["'self'", *(f"'sha256-{one}'" for one in hashes)]


def test_a_style_asks_for_the_font_alone_and_a_component_has_its_own(small):
    sheets = {"site": small["assets/site.css"].decode()}
    sheets |= {name: unpacked(small[f"assets/{name}.js"])[1]["style"] for name in PARTS}
    asked = [one for sheet in sheets.values() for one in re.findall(r"url\(\"?([^)\"]*)", sheet)]
    assert {one for one in asked if not one.startswith(("#", "data:"))} == {file for _, file in FONTS}
    assert {f"assets/{file}" for _, file in FONTS} <= set(small)
    assert "@import" not in "".join(sheets.values())
    for name, owner in (("stage", ["stage", "training"]), ("lesson", ["stage"]), ("studio", ["training"])):
        assert [one for one, sheet in sheets.items() if style(name) in sheet] == owner


def test_no_module_comes_to_a_page_twice(small):
    scripts = {name: unpacked(small[f"assets/{name}.js"])[1]["script"] for name in PARTS}
    scripts["site"] = small["assets/site.js"].decode()
    modules = {name: set(re.findall(r"^const (\$\w+) = \(", text, re.M)) for name, text in scripts.items()}
    used = {name: set(re.findall(r"= (\$\w+);$", text, re.M)) for name, text in scripts.items()}
    for name in PARTS:
        assert not modules[name] & modules["site"]
        assert used[name] <= modules[name] | modules["site"]


def test_every_scene_that_a_page_can_ask_for_is_there(small):
    facts = Links(small["index.html"].decode()).facts
    assert set(facts["presets"]) == {"lecture-sequence-to-sequence"}
    for name, each in facts["presets"].items():
        wanted = [f"training/{name}", *([f"overview/{name}"] if each["whole"] else [])]
        wanted += [f"stage/{name}", *(f"stage/{name}.{one}" for one in facts["parameters"] if not each["whole"])]
        wanted += [f"lessons/{lesson}.{name}" for lesson, fit in facts["lessons"].items() if name in fit]
        wanted += [f"flow/{part}.{name}" for part in facts["parts"] if part not in facts["alike"]][
            : 9 * (name in facts["shown"])
        ]
        wanted += [f"questions/{name}.{number}" for number in range(facts["rounds"]) if name in facts["asked"]]
        assert {f"scenes/{one}.js" for one in wanted} <= set(small)
    once = [f"scenes/flow/{part}.js" for part in facts["alike"]]
    assert len([path for path in small if path.startswith("scenes/")]) == len(wanted) + len(once)
    assert set(once) <= set(small)


def test_a_link_of_the_site_means_the_same_experiment_in_the_app(small):
    home = Links(small["index.html"].decode())
    for link in home.led:
        config, notes = RunConfig.from_query(dict(parse_qsl(urlsplit(link).query)))
        assert notes == ()
        assert config == PRESETS[config.preset].config


def test_the_version_changes_with_every_file():
    files = {"a": b"1", "b": b"2"}
    assert len({version_of(files), version_of(files | {"a": b"2"}), version_of({"a": b"1", "c": b"2"})}) == 3
    found = pages(["echo"], "", version_of(files))
    assert version_of(files).encode() in found["index.html"]
    assert Links(found["index.html"].decode()).facts["app"] == LOCAL


@pytest.mark.parametrize("app", ["course.example", "javascript:alert(1)", "https://", "https://a.example/?x=1", "//a"])
def test_what_is_no_address_of_an_app_is_refused(app):
    with pytest.raises(ValueError, match="--app: got"):
        address_of(app)


def test_a_folder_of_something_else_is_left_alone(tmp_path, capsys):
    (tmp_path / "letter.txt").write_text("dear")
    assert main(["export", "site", "-o", str(tmp_path)]) == 2
    assert "expected a folder that is new or empty, or that holds a site" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]
    assert main(["export", "site", "--preset", "nothing", "-o", str(tmp_path / "new")]) == 2
    assert "expected presets" in capsys.readouterr().err


@pytest.mark.slow
def test_the_whole_site_is_small_and_complete(tmp_path, capsys):
    folder = tmp_path / "site"
    assert main(["export", "site", "-o", str(folder)]) == 0
    told = capsys.readouterr().err
    assert f"{len(PRESETS) * len(MAKERS)}/{len(PRESETS) * len(MAKERS)}" in told
    sizes = {path.relative_to(folder).as_posix(): path.stat().st_size for path in folder.rglob("*") if path.is_file()}
    assert sum(sizes.values()) < 40_000_000
    assert set(assets()) <= set(sizes)
    assert main(["export", "site", "-o", str(folder), "--preset", "cliff"]) == 0
    left = {path.stem.split(".")[-1] for path in (folder / "scenes").rglob("*.js")}
    assert left <= {"cliff", "cures", *PARAMETERS}


def test_what_is_said_of_publishing_it_is_what_there_is():
    flow = (ROOT / ".github/workflows/pages.yml").read_text("utf-8")
    command = re.search(r"python -m rnnviz (export site .*)", flow)[1].replace('"$RNNVIZ_APP"', "https://a.example")
    options = parser().parse_args(command.split())
    assert (options.kind, options.output, options.app) == ("site", "public", "https://a.example")
    assert f"path: {options.output}" in flow
    told = (ROOT / "deploy/README.md").read_text("utf-8")
    for line in re.findall(r"python -m rnnviz (export site -o \S+(?: --app \S+)?)", told):
        assert parser().parse_args(line.split()).kind == "site"
    for file in re.findall(r"`([\w./]+/[\w.]+)`", told):
        assert (ROOT / file).exists() or file.startswith("public/"), file
