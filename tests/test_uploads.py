"""A file that a reader brings is received in memory: Streamlit's upload route writes nothing to disk."""

from __future__ import annotations

import asyncio
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor

import pytest
import streamlit.web.server.starlette.starlette_routes as routes
from starlette.applications import Starlette
from starlette.formparsers import MultiPartParser
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

from rnnviz.ui import uploads

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
    monkeypatch.setattr(
        uploads.st, "file_uploader", lambda *_, max_upload_size, **__: allowed.append(max_upload_size)
    )
    from rnnviz.ui import own, takeaway

    own._file(None)
    takeaway._open()
    assert max(allowed) == config.get_option("server.maxUploadSize")
