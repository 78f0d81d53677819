"""One thread for matrix products, wherever the package is entered, unless the environment says otherwise."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SETTING = "OPENBLAS_NUM_THREADS"


def seen(code, **more):
    """Run code in a fresh interpreter, in which no number of threads is set but those given."""
    plain = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=plain | more, capture_output=True, text=True, check=True
    )
    return done.stdout.split()


@pytest.mark.parametrize("module", ["rnnviz.engine", "rnnviz.ui", "rnnviz.settings.config"])
def test_numpy_is_loaded_with_one_thread(module):
    code = f"import {module}, numpy, os; print(os.environ['{SETTING}'])"
    assert seen(code) == ["1"]


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="counts the threads of Linux")
def test_a_product_starts_no_thread():
    code = (
        "import os, rnnviz.engine, numpy as np; a = np.ones((400, 400)); a @ a;"
        "print(len(os.listdir('/proc/self/task')))"
    )
    assert seen(code) == ["1"]


def test_streamlit_does_not_load_numpy_first():
    assert seen("import sys, streamlit.web.bootstrap; print('numpy' in sys.modules)") == ["False"]


def test_the_environment_has_the_last_word():
    assert seen(f"import rnnviz, os; print(os.environ['{SETTING}'])", **{SETTING: "3"}) == ["3"]
