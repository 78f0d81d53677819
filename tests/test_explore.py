"""``pytest --explore=SEED``: configurations and properties drawn by a seed, which is told."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DRAWING = """
import json
from hypothesis import given, strategies as st
from tests.configurations import SEED
drawn = []

@given(st.integers())
def test_drawing(number):
    drawn.append(number)

def test_telling(request):
    request.path.with_suffix(".json").write_text(json.dumps([SEED, drawn]))
"""


def explored(folder, *options):
    """Return what a run says, the seed of its configurations and what a property has drawn."""
    path = folder / "test_drawn.py"
    path.write_text(DRAWING)
    command = [sys.executable, "-m", "pytest", "-n", "0", "-p", "tests.conftest", "-p", "no:cacheprovider", str(path)]
    told = subprocess.run([*command, *options], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return told, *json.loads(path.with_suffix(".json").read_text())


@pytest.mark.slow
def test_what_was_drawn_anew_is_drawn_again_by_the_seed_that_was_told(tmp_path):
    told, seed, drawn = explored(tmp_path, "--explore")
    assert f"pytest --explore={seed}\n" in told
    assert len(drawn) == 30
    assert explored(tmp_path, f"--explore={seed}")[1:] == (seed, drawn)
