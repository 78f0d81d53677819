"""Gradient flow: a laboratory of how much of an error arrives how far back, and why."""

from rnnviz import ui
from rnnviz.ui import flow

CASES = (
    "small-weights",
    "saturation",
    "vanishing",
    "stable",
    "identity-relu",
    "orthogonal",
    "transient-growth",
    "exploding",
)

config = ui.page(
    "Gradient flow",
    "How far back does the error reach: does it vanish, is it carried, does it explode?",
    group="network",
)
theme = ui.theme()
flow.choose_part(config)
if config.part in flow.WITH_CASES:
    ui.preset_row(CASES, config)
flow.show(config, theme)
ui.words()
