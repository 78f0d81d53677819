"""Several processes of the app on loopback, and nginx before them; a process that ends is started again.

Usage, from the root of the repository, with nginx installed (Debian: ``apt-get install nginx-light``)::

    python -m deploy.run [--processes 2] [--memory 1000] [--listen 127.0.0.1:8080] [--first-port 8601]
    python -m deploy.run --print
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import importlib.util
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parents[1]
TEMPLATE = Path(__file__).with_name("nginx.conf.template")
SMALL_ARRAYS = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
"""The engine's matrices are small: threads of the linear algebra only take each other's core."""

MEMORY = {"MALLOC_ARENA_MAX": "2"}
"""Every run of a page has a thread of its own; without a limit each leaves freed memory behind."""

LIMIT = 1000.0
"""Megabytes that a process may hold before it is started again; a warm one holds some 400."""

INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)
ORIGIN = re.compile(r"https?://[\w.-]+(:\d+)?")
POLICY = {
    "default-src": "'self'",
    "script-src": "'self' blob: 'wasm-unsafe-eval'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "connect-src": "'self'",
    "worker-src": "'self' blob:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'self'",
}


def environment() -> dict[str, str]:
    """Return the environment of a process of the app; what the operator has set stays."""
    return SMALL_ARRAYS | MEMORY | dict(os.environ)


def command(port: int, script: str = "app.py") -> list[str]:
    """Return the command line of one process of the app, which listens on loopback only."""
    return [
        *(sys.executable, "-m", "streamlit", "run", script),
        *("--server.address", "127.0.0.1", "--server.port", str(port)),
        *("--server.headless", "true", "--server.fileWatcherType", "none"),
    ]


def start(port: int, log: IO | int = subprocess.DEVNULL, script: str = "app.py") -> subprocess.Popen:
    """Start one process of the app, or of another page."""
    return subprocess.Popen(command(port, script), cwd=ROOT, env=environment(), stdout=log, stderr=subprocess.STDOUT)


def megabytes(pid: int) -> float:
    """Return the resident memory of a process; 0 if it is gone, or where nothing tells (not on Linux)."""
    with suppress(OSError), Path(f"/proc/{pid}/status").open() as lines:
        return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), 0.0)
    return 0.0


def cap(process: subprocess.Popen, limit: float) -> None:
    """Let allocations fail beyond so many megabytes, so that no leap of one reader fells the machine."""
    if hasattr(resource, "prlimit"):
        most = int(limit * 2**20)
        resource.prlimit(process.pid, resource.RLIMIT_DATA, (most, most))


def healthy(address: str, page: str = "_stcore/health") -> bool:
    """Return whether a server answers its health page."""
    try:
        with urllib.request.urlopen(f"{address}/{page}", timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False


def wait_until_healthy(
    address: str, process: subprocess.Popen, patience: float = 60, page: str = "_stcore/health"
) -> None:
    """Wait for the health page; RuntimeError if the process ends or stays silent."""
    end = time.monotonic() + patience
    while process.poll() is None and time.monotonic() < end:
        if healthy(address, page):
            return
        time.sleep(0.1)
    raise RuntimeError(f"no server at {address}; its process: {process.poll()}")


def stop(processes: Sequence[subprocess.Popen], patience: float = 10) -> None:
    """End processes, with force after ``patience`` seconds."""
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def nginx_file(listen: str, ports: Sequence[int], folder: Path, embedders: Sequence[str] = ()) -> str:
    """Return nginx's file for processes on these ports.

    Parameters
    ----------
    listen : str
        Address and port under which readers come, such as ``"127.0.0.1:8080"``.
    ports : sequence of int
        Of the processes, on loopback.
    folder : Path
        Where nginx keeps its process id and what it is just passing on.
    embedders : sequence of str
        Origins whose pages may show the app in a frame, such as ``"https://course.example"``.

    Raises
    ------
    ValueError
        If there is no port.
    """
    if not ports:
        raise ValueError("ports: got none, expected the port of at least one process")
    filled = {
        "LISTEN": listen,
        "FOLDER": str(folder),
        "MIME": _mime_types(),
        "POLICY": policy(embedders),
        "UPSTREAMS": "\n".join(_upstreams(ports)),
        "POOLS": "\n".join(f"        {seat} seat{seat};" for seat in range(len(ports))),
        "SEATS": "\n".join(f'        "~:{port}$" {seat};' for seat, port in enumerate(ports)),
    }
    text = TEMPLATE.read_text("utf-8")
    for name, value in filled.items():
        text = text.replace(f"@{name}@", value)
    return text


def policy(embedders: Sequence[str] = ()) -> str:
    """Return what the browser may load: this server's own files, and the scripts that the page itself holds.

    The app's components arrive over the open line and are loaded as blobs; the one script in Streamlit's
    first page is allowed by its hash, and its tables read their numbers with WebAssembly. Nothing is fetched
    from, or sent to, another server. Pages of the embedders may show it in a frame; ValueError for what is no origin.
    """
    for one in embedders:
        if not ORIGIN.fullmatch(one):
            raise ValueError(f"embed-in: got {one!r}, expected an origin such as https://course.example")
    hashes = " ".join(f"'sha256-{_digest(script)}'" for script in _inline_scripts())
    allowed = POLICY | {"script-src": f"{POLICY['script-src']} {hashes}".strip()}
    allowed["frame-ancestors"] = " ".join([POLICY["frame-ancestors"], *embedders])
    return "; ".join(f"{name} {value}" for name, value in allowed.items())


def _inline_scripts() -> list[str]:
    """Return the scripts in the first page of the Streamlit that is installed."""
    found = importlib.util.find_spec("streamlit")
    page = Path(found.origin).parent / "static" / "index.html" if found and found.origin else None
    return INLINE.findall(page.read_text("utf-8")) if page and page.exists() else []


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _upstreams(ports: Sequence[int]) -> Iterator[str]:
    """Give the group of newcomers and one group a seat, in which all other processes stand by."""
    server = "server 127.0.0.1:{} max_fails=1 fail_timeout=2s{};"
    everyone = " ".join(server.format(port, "") for port in ports)
    yield f"    upstream newcomers {{ zone newcomers 64k; least_conn; {everyone} }}"
    for seat, own in enumerate(ports):
        others = " ".join(server.format(port, " backup") for port in ports if port != own)
        yield f"    upstream seat{seat} {{ zone seat{seat} 64k; {server.format(own, '')} {others} }}"


def _mime_types() -> str:
    """Return the path of nginx's table of types."""
    places = ("/etc/nginx/mime.types", "/usr/local/etc/nginx/mime.types", "/opt/homebrew/etc/nginx/mime.types")
    return next((place for place in places if Path(place).exists()), places[0])


def nginx_program() -> str | None:
    """Return the path of nginx, or None; Debian keeps it where only root looks."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


class Cluster:
    """Processes of the app and nginx before them.

    Attributes
    ----------
    address : str
        Under which readers come.
    apps : dict of int to Popen
        The processes by their port.
    memory : float
        Megabytes that a process may hold before it is started again; at twice as many, allocations fail.
    """

    def __init__(
        self,
        listen: str,
        ports: Sequence[int],
        folder: Path,
        memory: float = LIMIT,
        log: IO | int | None = None,
        embedders: Sequence[str] = (),
    ) -> None:
        self.address, self.memory, self._log = f"http://{listen}", memory, log
        self.apps = {port: self.start_app(port) for port in ports}
        file = folder / "nginx.conf"
        file.write_text(nginx_file(listen, ports, folder, embedders), encoding="utf-8")
        self._line = [nginx_program() or "nginx", "-e", "stderr", "-p", str(folder), "-c", str(file)]
        self.nginx: subprocess.Popen | None = None

    def start_app(self, port: int) -> subprocess.Popen:
        """Start the process of a port."""
        process = start(port, self._log)
        cap(process, 2 * self.memory)
        return process

    def wait(self) -> None:
        """Wait until every process answers, then let readers in."""
        for port, process in self.apps.items():
            wait_until_healthy(f"http://127.0.0.1:{port}", process)
        self.nginx = self.nginx or subprocess.Popen(self._line, stdout=self._log, stderr=self._log)
        wait_until_healthy(self.address, self.nginx)

    def revive(self) -> list[int]:
        """Start again what has ended, and return the ports."""
        ended = [port for port, process in self.apps.items() if process.poll() is not None]
        self.apps |= {port: self.start_app(port) for port in ended}
        return ended

    def relieve(self) -> list[int]:
        """Start again the process that holds the most if that is too much, and return its port.

        It is asked to end, which closes its readers' lines at once; their pages find another process by
        themselves, and nobody waits for what it still computes. One goes at a time, and only while another
        answers.
        """
        port = max(self.apps, key=lambda port: megabytes(self.apps[port].pid))
        others = self.apps.keys() - {port}
        if megabytes(self.apps[port].pid) <= self.memory:
            return []
        if others and not any(healthy(f"http://127.0.0.1:{other}") for other in others):
            return []
        stop([self.apps[port]], patience=2)
        self.apps[port] = self.start_app(port)
        return [port]

    def tend(self) -> Iterator[str]:
        """Start again what has ended or holds too much, and say so."""
        for port in self.revive():
            yield f"the process on port {port} had ended and was started again"
        for port in self.relieve():
            yield f"the process on port {port} held more than {self.memory:g} MB and was started again"

    def stop(self) -> None:
        """End everything: nginx first, so that nobody new comes."""
        stop([*filter(None, [self.nginx]), *self.apps.values()])


@contextmanager
def cluster(
    ports: Sequence[int],
    listen: str,
    memory: float = LIMIT,
    log: IO | int | None = subprocess.DEVNULL,
    embedders: Sequence[str] = (),
) -> Iterator[Cluster]:
    """Run a cluster, give it once it answers, and end it.

    Parameters
    ----------
    ports : sequence of int
        Of the processes, on loopback.
    listen : str
        Address and port under which readers come.
    memory : float
        Megabytes that a process may hold.
    log : file or int or None
        Where everybody writes, as ``subprocess`` takes it; None is where this program writes.
    embedders : sequence of str
        Origins whose pages may show the app in a frame.

    Raises
    ------
    RuntimeError
        If nginx is missing, or something does not start.
    """
    if nginx_program() is None:
        raise RuntimeError("nginx was not found; install it (Debian: apt-get install nginx-light)")
    with tempfile.TemporaryDirectory(prefix="rnnviz-") as folder:
        running = Cluster(listen, ports, Path(folder), memory, log, embedders)
        try:
            running.wait()
            yield running
        finally:
            running.stop()


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 2, help="one a core is usual")
    parser.add_argument("--memory", type=float, default=LIMIT, help="megabytes that a process may hold")
    parser.add_argument("--listen", default="127.0.0.1:8080", help="address and port for readers")
    parser.add_argument("--first-port", type=int, default=8601, help="of the processes, on loopback")
    words = "origins whose pages may show the app in a frame, such as https://course.example"
    parser.add_argument("--embed-in", nargs="*", default=[], metavar="ORIGIN", help=words)
    parser.add_argument("--print", action="store_true", help="show nginx's file and end")
    return parser.parse_args(arguments)


def main() -> None:
    """Run until a signal ends it."""
    wanted = options()
    ports = range(wanted.first_port, wanted.first_port + wanted.processes)
    if wanted.print:
        print(nginx_file(wanted.listen, ports, Path("/run/rnnviz"), wanted.embed_in))
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with cluster(ports, wanted.listen, wanted.memory, None, wanted.embed_in) as running:
        print(f"rnnviz: {running.address}, {wanted.processes} processes", flush=True)
        try:
            while running.nginx.poll() is None:
                time.sleep(1)
                for line in running.tend():
                    print(line, flush=True)
        except KeyboardInterrupt:
            return
    sys.exit("nginx has ended")


if __name__ == "__main__":
    main()
