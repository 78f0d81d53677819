"""Words: the glossary, what others call the same things, and further reading."""

from rnnviz import ui
from rnnviz.ui import glossary

HELP = "The words of this app, the symbols of others beside its own, and what to read next."
VIEWS = ("Words and symbols", "Other notations", "Further reading")

config = ui.page("7_Words")
glossary.asked_word(config)
view = ui.choice("Show", VIEWS, key="words.view", help=HELP)
if view == VIEWS[0]:
    glossary.glossary(config)
elif view == VIEWS[1]:
    glossary.dialects()
else:
    glossary.reading()
