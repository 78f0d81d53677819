"""A reader's own network as a task: its batch to learn from, its weights to begin with, its sizes held."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from rnnviz.engine import Architecture
from rnnviz.notation.counts import counted
from rnnviz.settings.config import FIELDS, RunConfig
from rnnviz.settings.fields import HOLDERS, OWN_NETWORK, Value
from rnnviz.tasks import store
from rnnviz.tasks.networks import known
from rnnviz.tasks.networks.brought import Brought
from rnnviz.tasks.task import OUTPUT_PAIRS, Task, rows_as_tokens

KINDS = {"categorical_cross_entropy": "classes", "binary_cross_entropy": "binary", "squared_error": "real"}
MOST_WIDE = 64
"""So many inputs and outputs can be drawn."""
_OUTPUTS = {pair: name for name, pair in OUTPUT_PAIRS.items()}


def keep(came: Brought) -> str:
    """Keep a network that can be shown, and return its fingerprint; ValueError as `settings_of`."""
    settings_of(came)
    return came.fingerprint() if came.known else store.keep(came)


def find(fingerprint: str) -> Brought | None:
    """Return the network that has this fingerprint, one that is kept or a known one; None if there is none."""
    found = store.find(fingerprint) or known.by_fingerprint().get(fingerprint)
    return found if isinstance(found, Brought) else None


def settings_of(came: Brought) -> dict[str, Value]:
    """Return the settings of `RunConfig` that a network fixes.

    ValueError where the app cannot show it: for what, what came and what was expected.
    """
    (T, m, n0), of = came.X.shape, came.architecture
    sizes = {"steps": T, "batch": m, "hidden": of.n_hidden}
    for name, size in [*sizes.items(), ("inputs", n0), ("outputs", of.n_outputs)]:
        most = int(FIELDS[name].high) if name in FIELDS else MOST_WIDE
        if size > most:
            raise ValueError(f"{name}: got {size}, expected at most {most}, which is as many as can be shown")
    output, notation = _output(of), {} if padding(came) is None else {"over_time": "sum"}
    cell = {"activation": of.hidden_activation, "cell": of.cell, "reset": of.reset}
    return {"mode": of.mode, "output": output, **cell, **sizes, **notation}


def padding(came: Brought) -> np.ndarray | None:
    """Return (T, m), 1 where a sample has a loss and 0 behind its end; None where every loss counts.

    ValueError for factors that are neither, for a loss behind padding, and for a sample without any.
    """
    if came.mask is None or (came.mask == 1).all():
        return None
    if not np.isin(came.mask, (0, 1)).all():
        other = came.mask[~np.isin(came.mask, (0, 1))][0]
        raise ValueError(f"mask: got {other:.6g}, expected 1 for a loss and 0 for padding, which is what can be shown")
    steps = np.atleast_2d(came.mask)
    wrong = np.flatnonzero((np.diff(steps, axis=0) > 0).any(axis=0) | ~steps.any(axis=0))
    if wrong.size:
        got = "no loss" if not steps[:, wrong[0]].any() else "a loss behind padding"
        raise ValueError(f"mask: got {got} in sample {wrong[0]}, expected losses first and the padding behind them")
    return came.mask


def _output(architecture: Architecture) -> str:
    """The choice of `RunConfig.output` that has this output activation and this loss."""
    activation, loss = architecture.output_activation, architecture.loss
    if (activation, loss) not in _OUTPUTS:
        fitting = " or ".join(repr(each) for other, each in _OUTPUTS if other == activation)
        raise ValueError(f"loss: got {loss!r}, expected {fitting} for the output {activation!r}")
    return _OUTPUTS[activation, loss]


def config_of(came: Brought, **more: Any) -> RunConfig:
    """Keep a network and return the experiment of it; a known one goes by the settings of its page."""
    page = known.KNOWN[came.known].settings if came.known else {}
    return RunConfig(task=OWN_NETWORK, data=keep(came), **more).replace(**settings_of(came), **page)


def _held(fingerprint: str) -> Mapping[str, Value]:
    came = find(fingerprint)
    return {} if came is None else settings_of(came)


HOLDERS.append(_held)


def task_of(came: Brought) -> Task:
    """Return the batch as data to learn from, the weights as those to begin with."""
    of, (T, m, _) = came.architecture, came.X.shape
    return Task(
        OWN_NETWORK, came.X, np.asarray(came.Y, dtype=float), KINDS[of.loss], of.output_activation, of.loss, of.mode,
        "Your own network, on your own batch.", _labels("x", of.n_inputs), _labels("y", of.n_outputs),
        rows_as_tokens([[""] * m] * T), start=came.parameters, H_init=came.H_init, C_init=came.C_init,
        mask=padding(came),
    )  # fmt: skip


def own_network(config: RunConfig) -> Task:
    """The batch and the weights that `config.data` names; ValueError if the process does not know them."""
    came = find(config.data)
    if came is None:
        raise ValueError(
            "data: this link needs the network of the one who made it. It is nowhere stored, but lives in memory "
            "until the app restarts. Bring the file again on the Training page, or choose a preset."
        )
    return task_of(came)


def about(came: Brought) -> str:
    """Say what network it is, and its batch."""
    of, (T, m, n0) = came.architecture, came.X.shape
    kind = of.hidden_activation if of.cell == "plain" else of.cell.upper()
    sizes = f"{counted(n0, 'input')}, {counted(of.n_hidden, f'{kind} unit')}"
    losses = "a loss at every step" if came.Y.ndim == 3 else "one loss, at the last step"
    if (mask := padding(came)) is not None:
        ends = mask.sum(axis=0)
        losses = f"a loss at the first {ends.min():.0f} to {ends.max():.0f} of them, padding behind"
    return (
        f"{came.title}: {sizes}, {counted(of.n_outputs, of.output_activation + ' output')}; "
        f"{counted(T, 'step')}, {counted(m, 'sample')}, {losses}."
    )


def _labels(letter: str, count: int) -> tuple[str, ...]:
    return tuple(f"{letter}{place}" for place in range(1, count + 1))
