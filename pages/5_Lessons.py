"""Lessons: the lecture paragraph by paragraph, each with the frame of the stage that it speaks of."""

from rnnviz import ui
from rnnviz.ui import lessons

config = ui.page("5_Lessons", group="network")
lessons.show(config)
ui.words()
