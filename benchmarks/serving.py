"""What measurements and stories run: the app, or another page, on a free port of its own, and a Chromium."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import IO

from deploy.run import start, stop, wait_until_healthy

QUIET = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking")
"""With these arguments a Chromium draws without a graphics card, and asks nobody but the app."""


def free_ports(count: int = 1) -> list[int]:
    """Return ports that nobody listens on."""
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


@contextmanager
def serving(log: IO | int = subprocess.DEVNULL, script: str = "app.py") -> Iterator[tuple[str, subprocess.Popen]]:
    """Run a Streamlit script on a free port; give its address and process once it answers, and stop it at the end."""
    (port,) = free_ports()
    process, address = start(port, log, script), f"http://127.0.0.1:{port}"
    try:
        wait_until_healthy(address, process)
        yield address, process
    finally:
        stop([process])


def chromium_path() -> str | None:
    """Return the path of Chromium, RNNVIZ_CHROMIUM before what is installed, or None."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("RNNVIZ_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
