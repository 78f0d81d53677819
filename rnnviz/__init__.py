"""rnnviz: how a recurrent network is trained by Backpropagation Through Time.

The matrix products here are small. A BLAS that spreads one over all cores waits for every core each time,
and where another session keeps one busy, for long: a product of microseconds becomes milliseconds. So NumPy,
which reads these settings when it is loaded, is given one thread unless the environment says otherwise.
"""

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rnnviz.checks.diagnosis.diagnose import diagnose as diagnose
    from rnnviz.engine import decompose as decompose
    from rnnviz.export.widget import show as show
    from rnnviz.tasks.networks.brought import load as load

__version__ = "0.1.0"
"""Of the package, which is built with it."""

for _setting in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_setting, "1")

_PUBLIC = {
    "decompose": "rnnviz.engine",
    "diagnose": "rnnviz.checks.diagnosis.diagnose",
    "load": "rnnviz.tasks.networks.brought",
    "show": "rnnviz.export.widget",
}
"""What is at hand here, and the module that has it: it is loaded, with NumPy, when it is asked for."""


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_PUBLIC])
