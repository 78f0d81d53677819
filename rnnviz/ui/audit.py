"""The gradient check on a page: each of its parts computed once for an experiment and a mistake."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rnnviz.config import RunConfig
from rnnviz.ui import work
from rnnviz.ui.cache import experiment, guarded
from rnnviz.ui.shelf import kept

RIGHT = "none"


def checks(config: RunConfig) -> Sequence[Any]:
    """Return the checks of the loop with the mistake that the configuration names."""
    return guarded(lambda: _checks(_key(config)))


def cells(found: Sequence[Any]) -> Any:
    """Return the relative error of each cell, (T, T), of the check that looks at cells; None if none does."""
    return next((check.where for check in found if check.where is not None), None)


def compared(config: RunConfig) -> Any:
    """Return every entry of the gradient beside its central difference."""
    return guarded(lambda: _compared(_key(config)))


def curve(config: RunConfig, found: Any) -> Any:
    """Return the error over ε of the entry that ``found`` names as the worst."""
    return guarded(lambda: _curve(_key(config), found.entries[found.worst]))


def cell(config: RunConfig, t: int, k: int) -> dict[str, Any]:
    """Return one entry of term (t, k) in three ways; the output layer has terms on the diagonal only."""
    from rnnviz.experiment import check_cell

    at = (t, t) if config.parameter in ("W2", "b2") else (t, k)
    run = experiment(config)
    name = ("cell", _key(config), config.parameter, *at)
    entry, found = guarded(
        lambda: work.run(name, lambda: check_cell(run, config.parameter, *at, _mistake(config)))
    )
    return {"entry": entry, "check": found, "t": at[0], "k": at[1]}


def trainings(config: RunConfig) -> tuple[Any, Any, int]:
    """Return the losses of plain gradient descent, right and broken or None, and the updates asked of it."""
    from rnnviz.experiment import costs

    updates = costs.affordable_updates(costs.Size.of(experiment(config)), config.epochs)
    asked = _key(config).replace(epochs=updates)
    plain = asked.replace(mistake=RIGHT)
    broken = None if config.mistake == RIGHT else guarded(lambda: _training(asked))
    return guarded(lambda: _training(plain)), broken, updates


def gain(config: RunConfig) -> Any:
    """Measure what the engine's batched way gains on this experiment; each call measures anew."""
    from rnnviz.experiment import measured_gain

    run = experiment(config)
    return guarded(lambda: work.run(("gain", _key(config)), lambda: measured_gain(run)))


def _key(config: RunConfig) -> RunConfig:
    """Return the configuration without the settings of the view, but for the mistake."""
    return config.replace(**RunConfig().view() | {"mistake": config.mistake})


def _mistake(config: RunConfig) -> str | None:
    return None if config.mistake == RIGHT else config.mistake


@kept
def _checks(config: RunConfig) -> Sequence[Any]:
    from rnnviz.experiment import costs, run_checks

    run = experiment(config)
    with work.ROOM.taken(costs.checks(costs.Size.of(run)).bytes):
        return run_checks(_mistake(config), run)


@kept
def _compared(config: RunConfig) -> Any:
    from rnnviz.experiment import compare, costs

    run = experiment(config)
    with work.ROOM.taken(costs.checks(costs.Size.of(run)).bytes):
        return compare(run, _mistake(config))


@kept
def _curve(config: RunConfig, entry: tuple) -> Any:
    from rnnviz.experiment import error_curve

    return error_curve(experiment(config), *entry, _mistake(config))


@kept
def _training(config: RunConfig) -> Any:
    from rnnviz.experiment import broken_training

    run = experiment(config)
    return broken_training(
        _mistake(config), run.architecture, run.parameters, run.task.X, run.task.Y,
        epochs=config.epochs, learning_rate=config.learning_rate, H_init=run.H_init,
    )  # fmt: skip
