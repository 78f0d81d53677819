"""Home: what Backpropagation Through Time is, one live stage, and the ways on from here."""

from rnnviz import ui
from rnnviz.ui import home

config = ui.page("app", first=ui.ready)
words, picture = ui.beside("home")
with words:
    ui.title("How a recurrent network learns")
    ui.say(
        "It reads a sequence step by step and carries a state along. To learn, it follows every error back "
        "through the steps and adds up what each one asks of the weights."
    )
    home.ways(config)
with picture:
    ui.stage(config, "home.stage", autoplay=config.preset.startswith("lecture"))
ui.words()
