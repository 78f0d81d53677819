"""The package: what a wheel holds, its command, and what the library part needs."""

import os
import subprocess
import sys
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest

import rnnviz
from rnnviz.__main__ import main

ROOT = Path(__file__).parents[1]
LISTED = "from rnnviz.export.sheet import known_pages; print(*known_pages())"
SHOWN = "from streamlit.testing.v1 import AppTest; at = AppTest.from_file({!r}, default_timeout=120).run(); {}"


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Return a folder with what a wheel of the package holds, and nothing of the repository."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", folder, ROOT]
    subprocess.run(build, check=True, env=os.environ | {"PIP_DISABLE_PIP_VERSION_CHECK": "1"})
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def run(site, *arguments):
    """Return what Python prints far from the repository, with the installed package."""
    environment = os.environ | {"PYTHONPATH": str(site)}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=site.parent, env=environment, check=True, capture_output=True, text=True).stdout


def test_a_wheel_holds_every_file_that_the_app_reads(installed):
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
    for name in tracked:
        if name.startswith("rnnviz/"):
            assert (installed / name).is_file(), name
        elif name.startswith(("pages/", "static/", ".streamlit/")) or name == "app.py":
            assert (installed / "rnnviz/app" / name).read_bytes() == (ROOT / name).read_bytes(), name


def test_the_installed_command_knows_its_version_presets_and_pages(installed):
    assert run(installed, "-m", "rnnviz", "--version").split() == ["rnnviz", rnnviz.__version__]
    assert run(installed, "-m", "rnnviz", "presets") == run(ROOT, "-m", "rnnviz", "presets")
    assert run(installed, "-c", LISTED) == run(ROOT, "-c", LISTED)
    entry = (installed / f"rnnviz-{rnnviz.__version__}.dist-info/entry_points.txt").read_text()
    assert "rnnviz = rnnviz.__main__:command" in entry


@pytest.mark.slow
def test_the_installed_app_draws_the_same_first_page(installed):
    app, titles = (
        str(installed / "rnnviz/app/app.py"),
        "assert not at.exception; print([one.value for one in at.title])",
    )
    here = run(ROOT, "-c", SHOWN.format(str(ROOT / "app.py"), titles))
    assert run(installed, "-c", SHOWN.format(app, titles)) == here


def test_without_a_command_the_app_starts_with_the_options_of_streamlit(monkeypatch):
    seen = []
    monkeypatch.setattr("sys.argv", ["rnnviz"])
    monkeypatch.setattr("runpy.run_module", lambda module, **_: seen.append([module, *sys.argv[1:]]))
    for options in ([], ["--server.port", "8600"]):
        assert main(options) == 0
        assert seen.pop() == ["streamlit", "run", str(ROOT / "app.py"), *options]


def test_the_engine_needs_numpy_alone():
    others = ("streamlit", "pandas", "plotly", "clevercsv", "charset_normalizer", "latex2mathml", "nbformat")
    code = f"import sys; sys.modules.update(dict.fromkeys({others})); import rnnviz.engine, rnnviz.settings.config"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_what_requirements_pin_is_what_the_package_asks_for():
    pinned = dict(line.split("==") for line in (ROOT / "requirements.txt").read_text().split() if "==" in line)
    text = (ROOT / "pyproject.toml").read_text()
    for name, number in pinned.items():
        assert f'"{name}>=' in text, name
        assert version(name) == number
