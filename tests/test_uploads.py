"""A file that a reader brings is received in memory: Streamlit's upload route writes nothing to disk."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import streamlit.web.server.starlette.starlette_routes as routes
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartParser
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from rnnviz.ui import choose
from rnnviz.ui import streamlit_internals as internals

MEGABYTE = 2**20
BOUNDARY = b"a-boundary-of-parts"


class Session:
    """A runtime to whom every session is known."""

    def is_active_session(self, session_id):
        return True


def sent(content: bytes) -> tuple[int, MemoryUploadedFileManager]:
    """Send a file to the real route as a browser does, in pieces; return the status and what was kept."""
    kept = MemoryUploadedFileManager("/_stcore/upload_file")
    app = Starlette(routes=routes.create_upload_routes(Session(), kept, None))
    head = b'--%b\r\nContent-Disposition: form-data; name="f"; filename="a.csv"\r\n\r\n' % BOUNDARY
    body = head + content + b"\r\n--%b--\r\n" % BOUNDARY
    pieces = [body[start : start + 65_536] for start in range(0, len(body), 65_536)]
    answers = []

    async def receive():
        return {"type": "http.request", "body": pieces.pop(0), "more_body": bool(pieces)}

    async def send(message):
        answers.append(message)

    scope = {
        "type": "http", "http_version": "1.1", "method": "PUT", "query_string": b"", "scheme": "http",
        "path": "/_stcore/upload_file/session/file", "server": ("127.0.0.1", 80), "root_path": "",
        "headers": [(b"content-type", b"multipart/form-data; boundary=" + BOUNDARY)],
    }  # fmt: skip
    # In a thread of its own: where browser tests ran before, this one has an event loop already.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, app(scope, receive, send)).result()
    return answers[0]["status"], kept


@pytest.fixture
def temporary(monkeypatch, tmp_path):
    """Return the list of files that are opened for writing; the folder of temporary ones is empty."""
    made = []
    real = os.open

    def watched(path, flags, *rest, **named):
        if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            made.append(path)
        return real(path, flags, *rest, **named)

    monkeypatch.setattr(os, "open", watched)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(routes, "is_xsrf_enabled", lambda: False)
    return made


@pytest.mark.parametrize("size", [3 * MEGABYTE, 8 * MEGABYTE])
def test_a_file_of_some_megabytes_stays_in_memory(temporary, size):
    content = os.urandom(size)
    status, kept = sent(content)
    assert status == 204
    assert kept.get_files("session", ["file"])[0].data == content
    assert temporary == []


def test_the_watch_sees_a_file_that_is_put_on_the_disk(temporary, monkeypatch):
    monkeypatch.setattr(MultiPartParser, "spool_max_size", MEGABYTE)
    assert sent(b"x" * (3 * MEGABYTE))[0] == 204
    assert len(temporary) == 1


def test_a_file_beyond_the_limit_is_refused_while_it_arrives(temporary):
    """No size is announced here, so the route has to count; it neither keeps nor writes anything."""
    status, kept = sent(b"x" * (52 * MEGABYTE))
    assert status == 413
    assert kept.get_files("session", ["file"]) == []
    assert temporary == []


def test_no_place_for_files_allows_more_than_the_server(monkeypatch):
    from streamlit import config

    allowed = []
    monkeypatch.setattr(choose.st, "file_uploader", lambda *_, max_upload_size, **__: allowed.append(max_upload_size))
    from rnnviz.ui import own, takeaway

    own._file(None)
    takeaway._open()
    assert max(allowed) == config.get_option("server.maxUploadSize")


class Readers:
    """A runtime that knows who is there."""

    def __init__(self, *present):
        self.present = present

    def is_active_session(self, session):
        return session in self.present


def bring(manager, session, name, megabytes):
    """Let a session bring a file to the place where Streamlit keeps it."""
    manager.add_file(session, UploadedFileRec(name, f"{name}.csv", "text/csv", bytes(megabytes * MEGABYTE)))


def names(manager, session):
    return [*manager.file_storage.get(session, {})]


def test_a_session_that_brings_sixty_files_holds_what_one_may_take(monkeypatch):
    monkeypatch.setattr(internals, "most_of_a_session", lambda: 16 * MEGABYTE)
    manager = MemoryUploadedFileManager("/upload")
    for number in range(60):
        bring(manager, "one", f"file{number}", 8)
        assert internals.held(manager) <= internals.most_of_a_session()
    assert names(manager, "one") == ["file58", "file59"]
    bring(manager, "one", "file59", 3)
    assert names(manager, "one") == ["file58", "file59"], "a file that is sent again replaces itself"
    manager.remove_session_files("one")
    assert internals.held(manager) == 0


def test_all_sessions_together_hold_a_bounded_number_of_bytes(monkeypatch):
    monkeypatch.setattr(internals, "MOST_OF_ALL", 40 * MEGABYTE)
    monkeypatch.setattr(internals, "most_of_a_session", lambda: 16 * MEGABYTE)
    monkeypatch.setattr(internals.runtime, "exists", lambda: True)
    monkeypatch.setattr(internals.runtime, "get_instance", lambda: Readers("a", "b", "c", "d"))
    manager = MemoryUploadedFileManager("/upload")
    for session in ("a", "b"):
        bring(manager, session, "first", 8)
        bring(manager, session, "second", 8)
    bring(manager, "left", "first", 8)
    bring(manager, "c", "first", 8)
    assert names(manager, "left") == [], "who left makes room"
    with pytest.raises(HTTPException) as refused:
        bring(manager, "d", "first", 8)
    assert (refused.value.status_code, refused.value.detail) == (507, internals.FULL)
    assert internals.held(manager) <= internals.MOST_OF_ALL
    assert len(names(manager, "a")) == 2, "nobody else loses anything"


def test_a_text_of_as_many_signs_as_letters_is_counted_at_once():
    from rnnviz.tasks import own

    content = "".join(map(chr, range(0x20000, 0x20000 + 81_537)))
    start = time.process_time()
    data, notes = own.text("signs", content)
    assert time.process_time() - start < 1.5
    assert "rarest of 81537" in notes[-1]
    assert int(data.X.max()) < own.MOST_LETTERS


def test_a_full_server_says_so_to_the_browser(temporary, monkeypatch):
    monkeypatch.setattr(internals, "MOST_OF_ALL", MEGABYTE)
    status, kept = sent(b"x" * (2 * MEGABYTE))
    assert status == 507
    assert internals.held(kept) == 0
