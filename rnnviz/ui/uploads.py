"""Files that a reader brings: they are received in memory, within bounds, and never touch the disk."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from rnnviz.ui.streamlit_internals import UploadedFile  # with it comes what keeps files off the disk

MEGABYTES = 50
"""The largest file, of data or of a session; ``server.maxUploadSize`` in ``.streamlit/config.toml``."""


def file_uploader(
    label: str, key: str, types: Sequence[str], on_change: Callable[[], None], help: str | None = None
) -> UploadedFile | None:
    """Draw the place to which a reader brings a file with one of some endings; return that file or None."""
    return st.file_uploader(label, type=list(types), key=key, help=help, on_change=on_change, max_upload_size=MEGABYTES)
