"""The forward pass: the network unrolled and played, one step opened, the states and the predictions."""

from rnnviz import ui
from rnnviz.laboratory.forward import show

config = ui.page("1_Unrolled_network")
ui.experiment(config)
words, picture = ui.beside("forward")
with picture:
    ui.stage(config, "forward.stage", first_frame=f"forward-{min(1, config.steps - 1)}", forward=True)
with words:
    show.over_time(config, ui.theme())
about = "The step whose numbers are shown below, of all samples at once."
t = ui.step("Step t to open", config.steps, key="unrolled.t", help=about, default=1)
show.opened(config, t, ui.theme())
ui.heading("Two modes")
show.modes(config)
ui.words()
