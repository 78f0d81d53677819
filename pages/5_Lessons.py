"""Lessons: the lecture paragraph by paragraph, each with the frame of the stage that it speaks of."""

from rnnviz import ui

config = ui.page("Lessons", ui.page_of("5_Lessons").question, group="network")
ui.lessons(config)
ui.words()
