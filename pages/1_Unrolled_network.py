"""The forward pass: the network unrolled, one step opened, the states and the predictions."""

from rnnviz import ui
from rnnviz.laboratory.forward import show

config = ui.page("1_Unrolled_network")
ui.experiment(config)
about = "The step whose numbers are shown below."
t = ui.step("Step t to open", config.steps, key="unrolled.t", help=about, default=1)
show.opened(config, t, ui.theme())
ui.heading("Over all steps")
ui.control("sample", config)
show.over_time(config, ui.theme())
ui.heading("Two modes")
show.modes(config)
ui.words()
