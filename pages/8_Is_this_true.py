"""Is this true?: checks computed now, how each number is tested, and what the app does not model."""

from rnnviz import ui
from rnnviz.ui import trust

config = ui.page("Is this true?", ui.page_of("8_Is_this_true").question)
trust.live(config)
trust.claims()
trust.left_out()
trust.versions()
ui.words()
