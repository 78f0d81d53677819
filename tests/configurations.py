"""Random configurations for whatever is said from numbers: every setting of a reader, ones often.

A run draws `COUNT` of them, the same each time; ``RNNVIZ_CONFIGURATIONS=5000`` draws more, and
``RNNVIZ_CONFIGURATIONS_SEED``, which ``pytest --explore`` sets, others. A failing one is told by its
link (`RunConfig.written` and the view).

What costs more than some two seconds takes a part of its cases in the run that everybody makes, and all
of them in the run of the marker ``slow``: `spread` parts named cases, `COUNTS` drawn ones. CI makes both.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pytest

from rnnviz.settings.config import FIELDS, PRESETS, RunConfig
from rnnviz.settings.fields import OWN_TASKS, TASKS

COUNT = int(os.environ.get("RNNVIZ_CONFIGURATIONS", "300"))
SEED = int(os.environ.get("RNNVIZ_CONFIGURATIONS_SEED", "0"))
FEW = COUNT if "RNNVIZ_CONFIGURATIONS" in os.environ else COUNT // 5
COUNTS = (FEW, pytest.param(COUNT, marks=pytest.mark.slow))
"""How many a dear test draws: few of them, and all where it is slow."""

EVERY = (5, pytest.param(1, marks=pytest.mark.slow))
"""Which of named cases a fixture makes at once for many tests: every fifth, and each where it is slow."""

GATED = ("gru", "lstm")
PLAIN_PRESETS = {name: preset for name, preset in PRESETS.items() if preset.config.cell == "plain"}
"""Those of the plain cell, for what is about it alone."""

EDITABLE = {"W1": 2, "Wh1": 2, "b1": 1, "W2": 2, "b2": 1, "H_init": 2}
"""Variables whose entries are edited here, with their count of indices; targets may not fit a loss."""


def spread(cases: Iterable, every: int = 3) -> list:
    """Return the cases of ``pytest.mark.parametrize``, all but each ``every``-th under the marker ``slow``.

    Of combinations each value comes in where ``every`` divides none of the counts that are combined.
    """
    return [
        pytest.param(*(case if isinstance(case, tuple) else [case]), marks=[pytest.mark.slow] * (place % every > 0))
        for place, case in enumerate(cases)
    ]


def configurations(
    count: int = COUNT, seed: int = SEED, cells: Sequence[str] = ("plain",), **fixed: object
) -> Iterator[RunConfig]:
    """Yield ``count`` reconciled configurations of these cells; ``fixed`` settings are the same in each.

    Half start from a preset and change some settings, half draw every setting.
    """
    for number in range(count):
        rng = np.random.default_rng([seed, number])
        config = _drawn(rng).replace(**_cell(np.random.default_rng([seed, number, 1]), cells))
        yield config.replace(**fixed).reconciled()[0]


def _cell(rng: np.random.Generator, cells: Sequence[str]) -> dict[str, object]:
    return {
        "cell": str(rng.choice(cells)),
        "reset": _choice(rng, "reset"),
        "forget_bias": float(rng.choice([1.0, 0.0, -2.0, 5.0])),
        "update_bias": float(rng.choice([0.0, 1.0, -3.0])),
    }


def _drawn(rng: np.random.Generator) -> RunConfig:
    """One configuration, before its task has been asked whether it fits."""
    wanted = _sizes(rng) | _network(rng) | _training(rng) | _view(rng)
    if rng.random() < 0.5:
        base = PRESETS[str(rng.choice(list(PRESETS)))].config
        kept = rng.choice(list(wanted), size=int(rng.integers(1, len(wanted))), replace=False)
        return base.replace(**{name: wanted[name] for name in kept if name != "task"})
    return RunConfig(**wanted)


def _sizes(rng: np.random.Generator) -> dict[str, object]:
    steps, hidden, batch = (_size(rng, *ends) for ends in ((12, 60), (8, 24), (6, 64)))
    tasks = [name for name in TASKS if name not in OWN_TASKS]
    return {
        "task": str(rng.choice(tasks)),
        "mode": _choice(rng, "mode"),
        "steps": steps,
        "hidden": hidden,
        "batch": batch,
        "lag": int(rng.integers(0, steps)),
    }


def _size(rng: np.random.Generator, usual: int, largest: int) -> int:
    """Often 1 or 2, mostly up to ``usual``, now and then up to ``largest``."""
    return int(rng.choice([1, 2, rng.integers(1, usual + 1), rng.integers(1, largest + 1)], p=[0.2, 0.1, 0.6, 0.1]))


def _network(rng: np.random.Generator) -> dict[str, object]:
    return {
        "activation": _choice(rng, "activation"),
        "output": _choice(rng, "output"),
        "scheme": _choice(rng, "scheme"),
        "spectral_radius": _perhaps(rng, 0.0, 0.5, 1.0, 1.0, 1.5),
        "gain": float(rng.choice([0.0, 0.5, 1.0, 1.0, 1.0, 1.5, 2.0])),
        "input_scale": float(rng.choice([0.0, 0.5, 1.0, 1.0, 3.0])),
        "start_state": float(rng.choice([0.0, -0.25, 0.5])),
        "bias": float(rng.choice([0.0, 0.0, 0.0, -2.0, 3.0])),
        "seed": int(rng.integers(0, 1000)),
        "edits": _edits(rng),
    }


def _training(rng: np.random.Generator) -> dict[str, object]:
    return {
        "optimiser": _choice(rng, "optimiser"),
        "learning_rate": float(rng.choice([0.001, 0.01, 0.1, 0.5, 2.0])),
        "clip_norm": _perhaps(rng, 0.01, 1.0, 100.0),
        "clip_value": _perhaps(rng, 0.001, 0.1, 10.0),
        "truncation": None if rng.random() < 0.5 else _size(rng, 6, 60),
        "truncation_kind": _choice(rng, "truncation_kind"),
        "epochs": int(rng.choice([1, 2, 10])),
    }


def _view(rng: np.random.Generator) -> dict[str, object]:
    names = ("parameter", "symbols", "vectors", "over_time", "first_step", "slopes")
    return {name: _choice(rng, name) for name in names} | {"sample": int(rng.choice([-1, 0, 0, 1]))}


def _choice(rng: np.random.Generator, name: str) -> str:
    return str(rng.choice(FIELDS[name].choices))


def _perhaps(rng: np.random.Generator, *values: float) -> float | None:
    return None if rng.random() < 0.6 else float(rng.choice(values))


def _edits(rng: np.random.Generator) -> str:
    """Mostly none; else one or two entries near the first, which most networks have."""
    if rng.random() < 0.7:
        return ""
    chosen = rng.choice(list(EDITABLE), size=int(rng.integers(1, 3)), replace=False)
    values = {name: round(float(rng.normal()), 2) for name in chosen}
    return ",".join(f"{name}{'.0' * EDITABLE[name]}:{value}" for name, value in values.items())
