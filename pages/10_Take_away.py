"""Take away: the session as a file, programs that check every number, and a page that plays offline."""

from rnnviz import ui
from rnnviz.ui import takeaway

config = ui.page("10_Take_away", group="network")
ui.heading("This session")
takeaway.session_file(config)
ui.heading("This network")
takeaway.files(config)
ui.note(
    "Numbers and pictures of a chart: “Numbers, download” below it. Picture and code of a frame: “Save this frame” "
    "below the stage of the page Chain rule."
)
ui.words()
