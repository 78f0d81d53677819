"""The command line."""

import os
import subprocess
import sys

import pytest

from rnnviz.__main__ import main
from rnnviz.config import PRESETS


def test_presets_are_listed_one_a_line_name_first(capsys):
    assert main(["presets"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(PRESETS)
    assert all(line.endswith(PRESETS[line.split()[0]].sentence) for line in lines)


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_it_runs_as_a_module_in_any_terminal(encoding):
    environment = os.environ | {"PYTHONIOENCODING": encoding}
    command = [sys.executable, "-m", "rnnviz", "presets"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", env=environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == len(PRESETS)


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["presets", "--loud"]])
def test_a_wrong_command_explains_itself(arguments, capsys):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert "usage: python -m rnnviz" in capsys.readouterr().err
