"""The house rules: what a layer may import, what no file may hold, and how small pages and functions stay."""

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "rnnviz"
FLOORS = {
    "engine": 0,
    "notation": 1,
    "settings": 2,
    "tasks": 3,
    "charts": 3,
    "experiment": 4,
    "compute": 5,
    "scene": 6,
    "teaching": 6,
    "say": 6,
    "browser": 6,
    "export": 7,
    "ui": 8,
    "show": 9,
    "pages": 10,
    "app": 10,
}
"""From the ground: an import goes to a lower floor, or stays in its own folder. An idea, a folder of
``laboratory`` or ``checks``, has three: ``show.py``, what ``COMPUTE`` names, and what says and draws."""

IDEAS = {"laboratory", "checks"}
COMPUTE = {"compute", "differences", "steps"}

ARRAYS = {"numpy"}
THIRD_PARTY = {
    "engine": ARRAYS,
    "notation": {"latex2mathml"} | ARRAYS,
    "settings": set(),
    "tasks": {"pandas", "clevercsv", "charset_normalizer", "python_calamine"} | ARRAYS,
    "charts": ARRAYS,
    "experiment": ARRAYS,
    "compute": ARRAYS,
    "scene": ARRAYS,
    "teaching": ARRAYS,
    "say": {"plotly"} | ARRAYS,
    "browser": set(),
    "export": {"nbformat", "anywidget", "openpyxl", "traitlets"} | ARRAYS,
    "ui": {"streamlit", "starlette"},  # the latter is Streamlit's own server
    "show": {"streamlit"},
    "pages": set(),
    "app": set(),
}
SOURCES = sorted([*PACKAGE.rglob("*.py"), *(ROOT / "pages").glob("*.py"), ROOT / "app.py"])
PAGES = [path for path in SOURCES if PACKAGE not in path.parents]


def layer(parts):
    """Return the name of a module's floor, by its path in parts: its folder, or what an idea's file does."""
    first, last = parts[0].removesuffix(".py"), parts[-1].removesuffix(".py")
    if first not in IDEAS:
        return first
    return last if last == "show" else "compute" if last in COMPUTE else "say"


def inside(path):
    """Return the path of a source file in parts, below the package."""
    if path.parent == ROOT / "pages":
        return ("pages", path.name)
    return path.relative_to(PACKAGE if PACKAGE in path.parents else ROOT).parts


def room(parts):
    """Return the folder that a module stays in: an idea is a room of its own."""
    return parts[:2] if parts[0] in IDEAS else parts[:1]


def name(path):
    return path.relative_to(ROOT).as_posix()


@cache
def parsed(path):
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imports(path):
    """Return the full names of all modules that a file imports, at its top and inside its functions."""
    tree, found = parsed(path), set()
    for node in set(ast.walk(tree)) - set(for_type_checkers(tree)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level:
            base = path.relative_to(ROOT).with_suffix("").parts[: -node.level]
            found.add(".".join([*base, node.module] if node.module else base))
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module)
            parts = {
                f"{node.module}.{alias.name}": ROOT / node.module.replace(".", "/") / alias.name for alias in node.names
            }
            found |= {full for full, at in parts.items() if at.is_dir() or at.with_suffix(".py").is_file()}
    return found


def for_type_checkers(tree):
    """Return what stands under ``if TYPE_CHECKING``: it is never imported."""
    guarded = [node for node in ast.walk(tree) if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)]
    return [inside for node in guarded for inside in ast.walk(node)]


def own(path):
    """Return the modules of the package that a file imports, in parts."""
    found = (tuple(module.split(".")[1:]) for module in imports(path) if module.startswith("rnnviz."))
    return {parts for parts in found if (PACKAGE / parts[0]).is_dir() and (len(parts) > 2 or parts[0] not in IDEAS)}


def foreign(path):
    """Return the third-party packages that a file imports."""
    return {module.split(".")[0] for module in imports(path)} - set(sys.stdlib_module_names) - {"rnnviz"}


def goes_up(path):
    """Return what a file imports from its own floor or a higher one, in another room."""
    here = inside(path)
    if layer(here) in ("__init__", "__main__"):
        return []
    return [
        ".".join(parts)
        for parts in own(path)
        if room(parts) != room(here) and FLOORS[layer(parts)] >= FLOORS[layer(here)]
    ]


def offenders(found, paths=SOURCES):
    """Return what is found in files where nothing should be, by their names."""
    return {name(path): wrong for path in paths if (wrong := found(path))}


def test_imports_go_to_a_lower_floor():
    assert offenders(goes_up) == {}


def test_a_layer_has_its_own_library_only():
    known = [path for path in SOURCES if layer(inside(path)) in THIRD_PARTY]
    assert len(known) > 200
    assert offenders(lambda path: foreign(path) - THIRD_PARTY[layer(inside(path))], known) == {}


def test_only_pages_meet_an_idea():
    def met(path):
        return [".".join(each) for each in own(path) if each[0] in IDEAS and room(each) != room(inside(path))]

    assert offenders(lambda path: layer(inside(path)) not in ("pages", "app") and met(path)) == {}


def test_every_layer_is_known():
    known = {*THIRD_PARTY, "__init__", "__main__"}
    assert {layer(inside(path)) for path in SOURCES} - known == set()


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_a_page_only_composes(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 90
    assert not [node for node in ast.walk(ast.parse(text)) if isinstance(node, (ast.FunctionDef, ast.BinOp))][4:]
    assert "rnnviz" in text
    assert "ui.page(" in text


FORBIDDEN = (r"unsafe_allow", r"time\.sleep", r"\bpickle\b", r"\bTODO\b", r"\bFIXME\b", r"\b(eval|exec)\(")


def test_nothing_that_we_do_not_do():
    texts = {path: path.read_text(encoding="utf-8") for path in SOURCES}
    assert offenders(lambda path: [word for word in FORBIDDEN if re.search(word, texts[path])]) == {}


def long_functions(path):
    """Return the functions of a file whose bodies have 45 lines or more."""
    found = []
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.FunctionDef):
            documented = ast.get_docstring(node) is not None
            first = node.body[1] if documented and len(node.body) > 1 else node.body[0]
            found += [node.name] if node.end_lineno - first.lineno >= 45 else []
    return found


def test_functions_stay_small():
    assert offenders(long_functions, [path for path in SOURCES if PACKAGE in path.parents]) == {}


INTERNALS = "streamlit_internals"
UNPROMISED = re.compile(
    r"from streamlit\.|import streamlit\.|streamlit import|starlette|get_script_run_ctx"
    r"|testid[=~|^*]*[\"']?st[A-Z]|\bst(App|Main|Element|Sidebar)\w*|(?<![\w-])st-(?!key-)\w|data-stale|katex"
)
"""What Streamlit does not promise; the variables ``--st-…`` and the classes ``st-key-…`` are documented."""
TEST = re.compile(r"(test_\w+)(?:[.:] ?(test_\w+))?")


def test_what_streamlit_does_not_promise_stands_in_three_files():
    scripts = [*PACKAGE.rglob("*.js"), *PACKAGE.rglob("*.css")]
    texts = {path: path.read_text(encoding="utf-8") for path in [*SOURCES, *scripts]}
    touching = {name(path) for path, text in texts.items() if UNPROMISED.search(text)}
    assert touching == {
        f"rnnviz/{place}.{kind}"
        for place, kind in ((f"ui/{INTERNALS}", "py"), (f"browser/{INTERNALS}", "js"), (f"browser/{INTERNALS}", "css"))
    }


def test_every_such_touch_names_a_test_that_is_there():
    for path in [*PACKAGE.rglob(f"{INTERNALS}.*")]:
        if path.suffix not in (".py", ".js", ".css"):
            continue
        named = TEST.findall(path.read_text(encoding="utf-8"))
        assert len(named) >= 5, name(path)
        for file, test in named:
            found = [*(ROOT / "tests").rglob(f"{file}.py")]
            assert found, f"{name(path)} names {file}"
            assert f"def {test}" in found[0].read_text(encoding="utf-8"), f"{name(path)} names {file}.{test}"


def test_streamlit_is_never_imported_below_the_user_interface():
    code = (
        "import sys, rnnviz.tasks, rnnviz.experiment.core, rnnviz.scene.build, rnnviz.charts.theme;"
        "print('streamlit' in sys.modules, 'plotly' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_the_home_page_draws_and_loads_no_plotly_figure():
    code = (
        "import sys; from streamlit.testing.v1 import AppTest;"
        "at = AppTest.from_file('app.py', default_timeout=60).run(); assert not at.exception;"
        "assert not at.get('plotly_chart');"
        "print([name for name in ('heat', 'marks') if 'rnnviz.charts.' + name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
