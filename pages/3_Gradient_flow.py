"""Gradient flow: a laboratory of how much of an error arrives how far back, and why."""

from importlib import import_module

from rnnviz import ui
from rnnviz.settings.fields import CASES

config = ui.page("3_Gradient_flow", group="network")
controls, picture = ui.bench()
with controls:
    ui.part_row(config)
    if config.part not in ("cliff", "cures"):
        ui.preset_row(CASES, config)
with picture:
    import_module(f"rnnviz.laboratory.{config.part}.show").show(config, ui.theme())
ui.words()
