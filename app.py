"""Home: what Backpropagation Through Time is, one live stage, and the ways on from here."""

from rnnviz import ui
from rnnviz.settings.config import PRESETS

FIRST = (
    ("5_Lessons", "1 Follow the lecture"),
    ("2_Chain_rule", "2 Open one term"),
    ("9_Questions", "3 Predict, then see"),
)

config = ui.page("app", first=ui.ready)
ui.title("How a recurrent network learns")
ui.say(
    "A recurrent network reads a sequence step by step and carries a hidden state along. "
    "Unrolled over time it is a deep network that uses the same weights at every step. "
    "Backpropagation Through Time follows every path from a loss back to each use of a weight, "
    "and adds them up."
)
ui.control("sample", config)
ui.stage(config, "home.stage", autoplay=config.preset.startswith("lecture"))
ui.heading("Where to go from here")
ui.path("New to this?", [(ui.page_of(name), words, ui.page_of(name).question, config) for name, words in FIRST])
ui.cards([(page, page.title, page.question, config) for page in ui.PAGES[1:]])
ui.heading("Or start from an example")
ui.links([(ui.page_of("2_Chain_rule"), one.title, one.sentence, one.config) for one in PRESETS.values()])
ui.words()
