"""Files that a reader brings: they are received in memory and never touch the disk."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st
from starlette.formparsers import MultiPartParser

# The parser of Streamlit's upload route would put more than 1 MB into a temporary file; 0 stands for "never".
# What a file may take of the memory is bounded by server.maxUploadSize while it arrives.
MultiPartParser.spool_max_size = 0

MEGABYTES = 50
"""The largest file, of data or of a session; ``server.maxUploadSize`` in ``.streamlit/config.toml``."""


def file_uploader(
    label: str,
    key: str,
    types: Sequence[str],
    megabytes: int,
    on_change: Callable[[], None],
    help: str | None = None,
) -> object:
    """Draw the place to which a reader brings a file, and return that file or None.

    Parameters
    ----------
    label, key : str
    types : sequence of str
        Endings of names, without the dot.
    megabytes : int
        The largest file; no more than ``server.maxUploadSize`` in ``.streamlit/config.toml``.
    on_change : callable
    help : str, optional
    """
    return st.file_uploader(
        label, type=list(types), key=key, help=help, on_change=on_change, max_upload_size=megabytes
    )
