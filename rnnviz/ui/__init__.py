# ruff: noqa: F401
"""The only layer that imports Streamlit (beside the ``show.py`` of each idea).

A page is ``config = ui.page(...)``, then what it shows, then ``ui.words()``. Here stands what several pages use; what
one page alone shows is imported by that page, so that the others need not wait for it.
"""

from rnnviz.ui.cache import experiment
from rnnviz.ui.choose import choice, control, part_row, preset_row, step
from rnnviz.ui.navigation import link, theme
from rnnviz.ui.page import page
from rnnviz.ui.show import bench, beside, digits, heading, lazy_fold, note, say, title
from rnnviz.ui.stage import ledger, ready, stage
from rnnviz.ui.words import words
