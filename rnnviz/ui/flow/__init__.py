"""The parts of the gradient-flow laboratory; each answers one question of it."""

from importlib import import_module

from rnnviz.config import RunConfig
from rnnviz.ui import state
from rnnviz.ui.choose import control

WITH_CASES = ("where", "causes", "shortcuts")
"""Parts that the presets of the laboratory are shown with."""


def choose_part(config: RunConfig) -> None:
    """Draw the row of parts."""
    control("part", config, take=_take)


def _take(part: str) -> None:
    """Go to a part; a newcomer, who has changed nothing, meets the cliff with the one unit that has it."""
    untouched = state.current().replace(**RunConfig().view()) == RunConfig()
    if part == "cliff" and untouched:
        state.apply_preset("cliff", part=part)
    else:
        state.apply(part=part)


def show(config: RunConfig, theme: str) -> None:
    """Draw the part that is chosen; the others are not even imported."""
    import_module(f"rnnviz.ui.flow.{config.part}").show(config, theme)
