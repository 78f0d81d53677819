"""Charts follow the theme: when the reader switches it, the page is drawn again.

Streamlit tells Python the theme with the next rerun only (streamlit issue 11920). This invisible component
causes that rerun as soon as what is seen is not what was drawn for.
"""

from __future__ import annotations

import streamlit as st

from rnnviz.ui import state

_STYLE = "i { position: absolute; color: var(--st-text-color); transition: color 1ms }"
_SCRIPT = """
export default function ({ parentElement, data, setTriggerValue }) {
  const probe = parentElement.querySelector("i")
  let asked = null
  const look = () => {
    const [red, green, blue] = getComputedStyle(probe).color.match(/[\\d.]+/g).map(Number)
    const seen = red + green + blue > 382 ? "dark" : "light" // light text stands on a dark page
    if (seen !== data.drawn && seen !== asked) {
      asked = seen
      setTriggerValue("theme", seen)
    }
  }
  probe.addEventListener("transitionend", look)
  look()
  return () => probe.removeEventListener("transitionend", look)
}
"""


def follow_theme(drawn: str) -> None:
    """Draw the page again when the reader's theme is not the one it was drawn for."""
    watcher = st.components.v2.component("rnnviz_theme", html="<i></i>", css=_STYLE, js=_SCRIPT)
    watcher(key="theme", data={"drawn": drawn}, height=1, on_theme_change=state.touched)
