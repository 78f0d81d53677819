"""Files that a reader brings: they are received in memory, within bounds, and never touch the disk."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence

import streamlit as st
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartParser
from streamlit import runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

# The parser of Streamlit's upload route would put more than 1 MB into a temporary file; 0 stands for "never".
# What a file may take of the memory is bounded by server.maxUploadSize while it arrives.
MultiPartParser.spool_max_size = 0

MEGABYTES = 50
"""The largest file, of data or of a session; ``server.maxUploadSize`` in ``.streamlit/config.toml``."""
MOST_OF_ALL = 256 * 2**20
"""Bytes of files that all sessions hold together."""
FULL = "The server holds as many files as it can. Please try again in some minutes."

_holding = threading.Lock()
_add_file = MemoryUploadedFileManager.add_file


def hold(manager: MemoryUploadedFileManager, session_id: str, file: UploadedFileRec) -> None:
    """Keep a file that has arrived; the session's oldest ones and those of readers who left make room for it.

    Raises
    ------
    HTTPException
        With status 507 if other readers hold all that may be held.
    """
    with _holding:
        manager.remove_file(session_id, file.file_id)
        own = manager.file_storage.get(session_id, {})
        while own and size(own) + len(file.data) > most_of_a_session():
            manager.remove_file(session_id, next(iter(own)))
        if held(manager) + len(file.data) > MOST_OF_ALL:
            _forget_who_left(manager)
        if held(manager) + len(file.data) > MOST_OF_ALL:
            raise HTTPException(status_code=507, detail=FULL)
        _add_file(manager, session_id, file)


def most_of_a_session() -> int:
    """Return the bytes of files that a session holds: no more than its largest file takes."""
    return st.get_option("server.maxUploadSize") * 2**20


def size(files: Mapping[str, UploadedFileRec]) -> int:
    """Return the bytes of a session's files."""
    return sum(len(file.data) for file in [*files.values()])


def held(manager: MemoryUploadedFileManager) -> int:
    """Return the bytes of all files."""
    return sum(map(size, [*manager.file_storage.values()]))


def _forget_who_left(manager: MemoryUploadedFileManager) -> None:
    """Let go of the files of sessions without a reader; Streamlit keeps them for minutes."""
    if runtime.exists():
        for session_id in [*manager.file_storage]:
            if not runtime.get_instance().is_active_session(session_id):
                manager.remove_session_files(session_id)


MemoryUploadedFileManager.add_file = hold


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
