"""The parts of the gradient-flow laboratory; each answers one question of it."""

from importlib import import_module

from rnnviz.config import RunConfig

WITH_CASES = ("where", "causes", "shortcuts")
"""Parts that the presets of the laboratory are shown with."""


def show(config: RunConfig, theme: str) -> None:
    """Draw the part that is chosen; the others are not even imported."""
    import_module(f"rnnviz.ui.flow.{config.part}").show(config, theme)
