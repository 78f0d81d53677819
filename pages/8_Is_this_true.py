"""Is this true?: checks computed now, how each number is tested, and what the app does not model."""

from rnnviz import ui
from rnnviz.ui import trust

config = ui.page("Is this true?", "Which numbers here can I trust, and what does this app leave out?")
trust.live(config)
trust.claims()
trust.left_out()
trust.versions()
ui.words()
