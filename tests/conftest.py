"""Fixtures that every test may use."""

from __future__ import annotations

import os
import random

import pytest
from hypothesis import core, settings

# Two workers and their servers share the cores: threads of a product only make the others wait.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

settings.register_profile("rnnviz", deadline=None, max_examples=30, derandomize=True)
settings.register_profile("explore", settings.get_profile("rnnviz"), derandomize=False)
settings.load_profile("rnnviz")


def pytest_addoption(parser):
    """Offer ``--explore``: properties and random configurations are drawn anew, or as a seed says."""
    text = "draw what is random anew; --explore=SEED draws it again"
    parser.addoption("--explore", nargs="?", type=int, const=random.randrange(10**6), metavar="SEED", help=text)


def pytest_configure(config):
    """Hand the seed on; whoever reads it does so later."""
    if (seed := config.getoption("explore")) is not None:
        settings.load_profile("explore")
        core.global_force_seed = seed
        os.environ["RNNVIZ_CONFIGURATIONS_SEED"] = str(seed)


def pytest_terminal_summary(terminalreporter, config):
    """Say with which seed the run can be repeated."""
    if (seed := config.getoption("explore")) is not None:
        terminalreporter.write_line(f"drawn anew; the same again: pytest --explore={seed}")


@pytest.fixture
def preset():
    """Return a function that runs a preset by its name, with changes."""
    from rnnviz.experiment.core import run
    from rnnviz.settings.config import PRESETS

    return lambda name, **changes: run(PRESETS[name].config.replace(**changes))


@pytest.fixture(scope="session")
def address():
    """Start a process of the app and return its address."""
    from benchmarks.serving import serving

    with serving() as (url, _):
        yield url
