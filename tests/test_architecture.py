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
ORDER = ["engine", "tasks", "experiment", "scene", "story", "figures", "ui"]
"""A layer may import itself and what stands before it; those of ``OPEN`` are open to all."""

OPEN = {"config", "counts", "edits", "prose", "settings", "typed"}
"""Modules that every layer may import."""

BESIDE = {
    "browser": {"figures", *OPEN},
    "export": {"engine", "tasks", "experiment", "scene", "story", "figures", "browser", *OPEN},
}
"""Layers that stand beside the row, and all that they may import."""

THIRD_PARTY = {
    "engine": {"numpy"},
    "tasks": {"numpy", "pandas", "clevercsv", "charset_normalizer", "python_calamine"},
    "experiment": {"numpy"},
    "scene": {"numpy"},
    "story": {"numpy", "latex2mathml"},
    "figures": {"numpy", "plotly"},
    "browser": set(),
    "ui": {"streamlit", "starlette"},  # the latter is Streamlit's own server
    "config": set(),
    "counts": set(),
    "edits": set(),
    "prose": set(),
    "settings": set(),
    "typed": {"edits"},
    "export": {"numpy", "nbformat"},
    "pages": set(),
    "app": set(),
}
SOURCES = sorted([*PACKAGE.rglob("*.py"), *(ROOT / "pages").glob("*.py"), ROOT / "app.py"])
PAGES = [path for path in SOURCES if PACKAGE not in path.parents]


def layer(path):
    """Return the layer of a source file: its folder under rnnviz, a module's name, "pages" or "app"."""
    if path.parent == ROOT / "pages":
        return "pages"
    inside = path.relative_to(PACKAGE if PACKAGE in path.parents else ROOT)
    return inside.parts[0].removesuffix(".py")


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
            if node.module == "rnnviz":
                found |= {f"rnnviz.{alias.name}" for alias in node.names}
    return found


def for_type_checkers(tree):
    """Return what stands under ``if TYPE_CHECKING``: it is never imported."""
    guarded = [
        node for node in ast.walk(tree) if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
    ]
    return [inside for node in guarded for inside in ast.walk(node)]


def own(path):
    """Return the layers of rnnviz that a file imports."""
    return {module.split(".")[1] for module in imports(path) if module.startswith("rnnviz.")}


def foreign(path):
    """Return the third-party packages that a file imports."""
    return {module.split(".")[0] for module in imports(path)} - set(sys.stdlib_module_names) - {"rnnviz"}


def allowed(of):
    if of in BESIDE:
        return BESIDE[of] | {of}
    if of in ORDER:
        reach = set(ORDER[: ORDER.index(of) + 1]) | OPEN
        return reach | {"browser", "export"} if of == "ui" else reach
    return OPEN if of in OPEN else {*ORDER, *OPEN, "browser", "export"}


def offenders(found, paths=SOURCES):
    """Return what is found in files where nothing should be, by their names."""
    return {name(path): wrong for path in paths if (wrong := found(path))}


def test_imports_never_go_back():
    assert offenders(lambda path: own(path) - allowed(layer(path))) == {}


def test_a_layer_has_its_own_library_only():
    known = [path for path in SOURCES if layer(path) in THIRD_PARTY]
    assert len(known) > 200
    assert offenders(lambda path: foreign(path) - THIRD_PARTY[layer(path)], known) == {}


def test_every_layer_is_known():
    known = {*THIRD_PARTY, "__init__", "__main__"}
    assert {layer(path) for path in SOURCES} - known == set()


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_a_page_only_composes(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 90
    assert not [node for node in ast.walk(ast.parse(text)) if isinstance(node, (ast.FunctionDef, ast.BinOp))][
        4:
    ]
    assert "rnnviz" in text
    assert "ui.page(" in text


FORBIDDEN = (
    r"unsafe_allow",
    r"time\.sleep",
    r"\bpickle\b",
    r"\bTODO\b",
    r"\bFIXME\b",
    r"\b(eval|exec)\(",
)


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


def test_streamlit_is_never_imported_below_the_user_interface():
    code = (
        "import sys, rnnviz.engine, rnnviz.tasks, rnnviz.experiment, rnnviz.story, rnnviz.figures.theme;"
        "print('streamlit' in sys.modules, 'plotly' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_the_home_page_draws_and_loads_no_plotly_figure():
    code = (
        "import sys; from streamlit.testing.v1 import AppTest;"
        "at = AppTest.from_file('app.py', default_timeout=60).run(); assert not at.exception;"
        "assert not at.get('plotly_chart');"
        "print([name for name in ('heat', 'lines') if 'rnnviz.figures.' + name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
