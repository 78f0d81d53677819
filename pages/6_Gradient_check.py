"""Gradient check: the loop against differences of the loss, and what happens when a line of it is wrong."""

from rnnviz import ui
from rnnviz.checks.diagnosis.show import own_gradient
from rnnviz.checks.gradient import show
from rnnviz.ui import network

config = ui.page("6_Gradient_check", group="network")
controls, chart = ui.bench()
with controls:
    ui.control("mistake", config)
    show.mistake(config)
    show.verdict(config)
with chart:
    show.found(config)
    show.grid(config, ui.theme())
show.closer(config, ui.theme())
network.banner(config)
own_gradient(config, ui.theme())
ui.words()
