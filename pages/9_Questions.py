"""Questions: predict, then see; each is made from the network on the screen and answered by it."""

from rnnviz import ui
from rnnviz.ui import quiz

config = ui.page("9_Questions", group="network")
quiz.show(config)
ui.words()
