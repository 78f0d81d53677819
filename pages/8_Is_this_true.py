"""Is this true?: checks computed now, how each number is tested, and what the app does not model."""

from rnnviz import ui
from rnnviz.checks.claims import show as trust
from rnnviz.checks.gradient.show import RIGHT, checks

config = ui.page("8_Is_this_true")
trust.live(config, checks(config.replace(mistake=RIGHT)))
trust.claims()
trust.left_out()
trust.versions()
ui.words()
