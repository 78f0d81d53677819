"""PyTorch where it is there: a test that touches it is skipped without it, and fails where it is required."""

from __future__ import annotations

import importlib
import os

import pytest

CURE = "PyTorch is not there; install it with `pip install -r requirements-torch.txt`"


class _Torch:
    """The module, found when something of it is asked for: the other tests of a file run without it."""

    def __getattr__(self, name):
        if name.startswith(("_", "pytest")):  # what pytest asks of everything that stands in a file of tests
            raise AttributeError(name)
        try:
            return getattr(importlib.import_module("torch"), name)
        except ImportError:
            return pytest.fail(CURE) if os.environ.get("RNNVIZ_TORCH") == "required" else pytest.skip(CURE)


torch = _Torch()
