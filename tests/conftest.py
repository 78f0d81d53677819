"""Fixtures that every test may use."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

# Two workers and their servers share the cores: threads of a product only make the others wait.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

settings.register_profile("rnnviz", deadline=None, max_examples=30, derandomize=True)
settings.load_profile("rnnviz")


@pytest.fixture
def preset():
    """Return a function that runs a preset by its name, with changes."""
    from rnnviz.experiment.core import run
    from rnnviz.settings.config import PRESETS

    return lambda name, **changes: run(PRESETS[name].config.replace(**changes))


@pytest.fixture(scope="module")
def address():
    """Start a process of the app and return its address."""
    from benchmarks.crowd import free_ports
    from deploy.run import start, stop, wait_until_healthy

    port = free_ports(1)[0]
    process = start(port)
    wait_until_healthy(f"http://127.0.0.1:{port}", process)
    yield f"http://127.0.0.1:{port}"
    stop([process])
