"""The command line."""

import os
import subprocess
import sys

import pytest

from rnnviz.__main__ import main
from rnnviz.settings.config import PRESETS


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


@pytest.mark.parametrize("arguments", [["nonsense"], ["presets", "--loud"]])
def test_a_wrong_command_explains_itself(arguments, capsys):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert "usage: rnnviz" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["html", "numpy", "scene", "session", "tikz"])
def test_export_writes_a_file(kind, tmp_path, capsys):
    target = tmp_path / "out"
    arguments = ["export", kind, "--preset", "lecture-sequence-to-sequence", "--set", "steps=2", "-o"]
    assert main([*arguments, str(target)]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert "lecture-sequence-to-sequence" in target.read_text("utf-8")
    assert main([*arguments, "-"]) == 0
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == (target.read_text("utf-8"), "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--preset", "echoo"], "expected a preset such as echo"),
        (["--preset", "echo", "--set", "step=3"], "expected one that exists, for example steps"),
        (["--preset", "echo", "--set", "steps=many"], "expected a whole number from"),
        (["--preset", "echo", "--set", "steps=1e999"], "expected a whole number from"),
        (["--preset", "echo", "--set", "learning_rate=nan"], "expected a number from"),
        (["--preset", "echo", "--set", "steps"], "expected FIELD=VALUE"),
        (["--preset", "echo", "--set", "preset=adding"], "expected FIELD=VALUE"),
        (["--preset", "echo", "--set", "task=own_series"], "needs the data of the one who made it"),
        (["--preset", "lecture-sequence-to-sequence", "--set", "edits=Y.0.0.0:3"], "sum to 1"),
        (["--preset", "echo", "--set", "steps=2", "-o", "/nowhere/at/all.py"], "cannot be written"),
        (["--preset", "echo", "--set", "steps=2", "-o", "."], "cannot be written"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_export_refuses_in_one_line(arguments, said, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["export", "numpy", *arguments]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert len(printed.err.splitlines()) == 1
    assert said in printed.err
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_made_anew_stays_as_it_was(tmp_path, capsys):
    target = tmp_path / "old.py"
    target.write_text("mine")
    assert main(["export", "numpy", "--preset", "echo", "--set", "seed=x", "-o", str(target)]) == 2
    assert target.read_text() == "mine"


def test_adjustments_are_said(tmp_path, capsys):
    arguments = ["export", "html", "--preset", "echo", "--set", "steps=2", "-o", str(tmp_path / "a")]
    assert main(arguments) == 0
    assert capsys.readouterr().err.splitlines() == ["lag 3 became 1: with 2 steps the lag goes from 0 to 1."]


def test_output_that_nobody_reads_is_no_error():
    command = f"{sys.executable} -m rnnviz export numpy --preset echo | head -1"
    done = subprocess.run(["bash", "-c", f"set -o pipefail; {command}"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_what_is_printed_is_whole_in_any_terminal(encoding):
    environment = os.environ | {"PYTHONIOENCODING": encoding}
    command = [sys.executable, "-m", "rnnviz", "export", "numpy", "--preset", "lecture-sequence-to-vector"]
    done = subprocess.run(command, capture_output=True, env=environment, check=True)
    assert "∂⁺H_t/∂W1" in done.stdout.decode("utf-8")


def test_listing_presets_loads_no_library():
    code = (
        "import sys; from rnnviz.__main__ import main; main(['presets']);"
        "print([name for name in ('numpy', 'pandas', 'nbformat', 'streamlit') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
