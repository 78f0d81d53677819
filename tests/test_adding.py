"""What CONTRIBUTING.md says of adding is enough: one of each is added in a copy, and works there."""

import shutil
import subprocess
import sys

import pytest

from tests.opening import ROOT

ADDED = {
    "glossary.toml": """
[Learning.patience]
term = "patience"
meaning = "How many epochs one waits."
see = ["pages/4_Training.py"]
related = ["epoch"]
""",
    "presets.toml": """
[patient]
title = "Patience"
sentence = "It waits longer than the stable one."
like = "stable"
settings = { patience = 9, steps = 7 }
""",
    "settings.toml": """
[patience]
label = "Patience"
help = "How many epochs one waits."
""",
    "claims.toml": """
[Learning.Patience]
how = "It is counted."
against = "A count."
tests = ["tests/test_adding.py::test_one_of_each_is_added_in_a_copy"]
see = "pages/4_Training.py"
""",
    "tasks.toml": """
[patient_parity]
label = "Patient parity"
help = "It is asked once."
modes = ["sequence_to_vector"]
outputs = ["sigmoid_bce"]
steps = [2, 9]
""",
    "pages.toml": """
["pages/11_Patience.py"]
title = "Patience"
question = "How long does one wait?"
guide = ["One waits.", "It is counted."]
""",
    "labels.toml": 'patience = "How long one waits"\n',
    "cures.toml": """
[patience]
label = "patient"
sentence = "It waits."
cell = "rnn"
""",
}
PAGE = """
from rnnviz import ui

config = ui.page("11_Patience", group="training")
ui.say(f"One waits {config.patience} epochs.")
ui.words()
"""
PART = """
from rnnviz.ui.show import say


def show(config, theme):
    say(f"A {theme} part of the laboratory waits {config.patience} epochs.")
"""
EXPORT = """
def waited(experiment):
    return f"{experiment.config.patience} epochs"
"""
ROWS = {
    "settings/config.py": (
        "    clip_norm: float | None = ",
        '    patience: int = setting(5, "training", "int", 1, 50, 1)\n',
    ),
    "tasks/__init__.py": ('        "parity": ', '        "patient_parity": bits.parity,\n'),
    "laboratory/cures/compute.py": ('    "plain": {},', '    "patience": {"optimiser": "momentum"},\n'),
    "export/command.py": ('    "session": "session.', '    "waiting": "waiting.waited",\n'),
    "__main__.py": ('    "session": "a file', '    "waiting": "how long one waits",\n'),
}
ASKED = """
from rnnviz.settings.config import FIELDS, PRESETS, RunConfig
from rnnviz.experiment.core import run
from rnnviz.checks.claims.say import CLAIMS
from rnnviz.notation.glossary import mentions, search
from rnnviz.settings.pages import page_of

config, notes = RunConfig.from_query({"patience": "7"})
assert (config.patience, notes, config.to_query()["patience"]) == (7, (), "7")
assert RunConfig().patience == 5 and FIELDS["patience"].help == "How many epochs one waits."
assert RunConfig.from_query({"patience": "70"})[1] != ()
patient = PRESETS["patient"].config
assert (patient.patience, patient.steps, patient.scheme) == (9, 7, "orthogonal")
assert len(run(patient).trace.X) == 7
config, notes = RunConfig.from_query({"task": "patient_parity", "steps": "50"})
assert (config.steps, config.mode, len(notes)) == (9, "sequence_to_vector", 2)
assert run(config).task.Y.shape == (config.batch, 1)
assert search("patience")[0].id == "patience" and mentions("it has patience")
assert CLAIMS["Learning"][-1].what == "Patience"
assert page_of("Patience").guide == ("One waits.", "It is counted.")

from rnnviz.laboratory.cures.compute import CURES
assert (CURES[-1].name, CURES[-1].changes) == ("patience", {"optimiser": "momentum"})

from rnnviz.export.command import maker
assert maker("waiting")(run(patient)) == "9 epochs"

from streamlit.testing.v1 import AppTest

def opened(page, **query):
    at = AppTest.from_file(page, default_timeout=60)
    at.query_params.update(query)
    at.run()
    assert not at.exception, at.exception
    return at, [text.value for text in at.markdown]

at, said = opened("pages/11_Patience.py", patience="7")
assert at.title[0].value == "Patience" and "One waits 7 epochs." in said
assert at.sidebar.slider(key="setting.patience").value == 7
at.sidebar.slider(key="setting.patience").set_value(8).run()
assert "".join(at.query_params["patience"]) == "8"
at, said = opened("pages/3_Gradient_flow.py", part="patience", patience="7", wait="long")
assert "A light part of the laboratory waits 7 epochs." in said
assert "How long one waits" in at.get_by_key("setting.part").options
assert "".join(at.query_params["wait"]) == "long" and not at.warning
"""


@pytest.fixture
def copied(tmp_path):
    """Give a copy of the package to which one of each was added."""
    package = tmp_path / "rnnviz"
    for folder in ("rnnviz", "pages", ".streamlit"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "app.py", tmp_path)
    for name, text in ADDED.items():
        with (package / "content" / name).open("a", encoding="utf-8") as file:
            file.write(text)
    for name, (before, line) in ROWS.items():
        add_a_line(package / name, before, line)
    edit(package / "settings" / "fields.py", 'PARTS = ("reach"', 'PARTS = ("patience", "reach"')
    edit(package / "settings" / "config.py", '"find", ', '"find", "wait", ')
    (tmp_path / "pages" / "11_Patience.py").write_text(PAGE, encoding="utf-8")
    (package / "laboratory" / "patience").mkdir()
    (package / "laboratory" / "patience" / "show.py").write_text(PART, encoding="utf-8")
    (package / "export" / "waiting.py").write_text(EXPORT, encoding="utf-8")
    return tmp_path


def edit(path, old, new):
    """Put a text in the place of another, which stands there once."""
    source = path.read_text(encoding="utf-8")
    assert source.count(old) == 1
    path.write_text(source.replace(old, new), encoding="utf-8")


def add_a_line(path, before, line):
    """Put a line of code before the one that begins so."""
    edit(path, before, line + before)


@pytest.mark.slow
def test_one_of_each_is_added_in_a_copy(copied):
    done = subprocess.run([sys.executable, "-c", ASKED], cwd=copied, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
