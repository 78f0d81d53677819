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
}
SETTING = '    patience: int = setting(5, "training", "int", 1, 50, 1)\n'
MAKER = '        "patient_parity": bits.parity,\n'
ASKED = """
from rnnviz.settings.config import FIELDS, PRESETS, RunConfig
from rnnviz.experiment.core import run
from rnnviz.checks.claims.say import CLAIMS
from rnnviz.notation.glossary import mentions, search
from rnnviz.ui.navigation import page_of

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
"""


@pytest.fixture
def copied(tmp_path):
    """Give a copy of the package to which one of each was added."""
    package = tmp_path / "rnnviz"
    shutil.copytree(ROOT / "rnnviz", package, ignore=shutil.ignore_patterns("__pycache__"))
    for name, text in ADDED.items():
        with (package / "content" / name).open("a", encoding="utf-8") as file:
            file.write(text)
    add_a_line(package / "settings" / "config.py", "    clip_norm: float | None = ", SETTING)
    add_a_line(package / "tasks" / "__init__.py", '        "parity": ', MAKER)
    return tmp_path


def add_a_line(path, before, line):
    """Put a line of code before the one that begins so."""
    source = path.read_text(encoding="utf-8")
    assert source.count(before) == 1
    path.write_text(source.replace(before, line + before), encoding="utf-8")


def test_one_of_each_is_added_in_a_copy(copied):
    done = subprocess.run([sys.executable, "-c", ASKED], cwd=copied, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
