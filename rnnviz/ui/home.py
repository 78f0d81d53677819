"""The column of the home page; most of it is one element, as each of Streamlit's own costs time with every change."""

import streamlit as st

from rnnviz.browser import home
from rnnviz.settings.config import RunConfig
from rnnviz.settings.pages import PAGES
from rnnviz.tasks.networks import kept
from rnnviz.tasks.networks.known import KNOWN, network
from rnnviz.ui.show import collect, say, title


def column(config: RunConfig) -> None:
    """Draw what the app is about, the button, the three ways on, the examples, and what each page shows."""
    title(home.TITLE)
    say(home.LEAD)
    collect(*(page.question for page in PAGES))
    known = ((one, kept.config_of(network(name))) for name, one in KNOWN.items())
    st.html(home.ways(config, known=known))
