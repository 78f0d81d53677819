"""Questions: predict, then see; each is made from the network on the screen and answered by it."""

from rnnviz import ui
from rnnviz.ui import quiz

config = ui.page("9_Questions", group="network")
ui.say(
    "Choose and commit first; then the answer is computed on your network, and the stage shows where it "
    "stands. The ten numbers are ten things that are often got wrong. Your score stays in this browser."
)
quiz.show(config)
ui.words()
