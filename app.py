"""Home: what Backpropagation Through Time is, one live stage, and the ways on from here."""

from rnnviz import ui
from rnnviz.ui import home

config = ui.page("app", first=ui.ready)
words, picture = ui.beside("home")
with words:
    home.column(config)
with picture:
    ui.stage(config, "home.stage", autoplay=config.preset.startswith("lecture"))
ui.words()
