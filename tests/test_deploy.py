"""More than one process: nginx's file, the container, and people who go on when their process is killed."""

from __future__ import annotations

import asyncio
import http.client
import itertools
import json
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from benchmarks.reader import LostError, Reader
from benchmarks.serving import free_ports
from deploy.run import (
    ROOT,
    TEMPLATE,
    cluster,
    command,
    environment,
    megabytes,
    nginx_file,
    nginx_program,
    policy,
    stop,
    wait_until_healthy,
)

needs_nginx = pytest.mark.skipif(
    nginx_program() is None, reason="nginx was not found; install it (Debian: apt-get install nginx-light)"
)
LINKS = (("Chain_rule", "preset=echo&steps=5"), ("Training", "preset=sentiment&seed=4"))
PAIRS = [link for link in LINKS for _ in range(2)]
"""Each link twice in a row: two people at two processes."""


def test_every_process_is_a_seat_and_stands_by_for_the_others():
    text = nginx_file("127.0.0.1:8080", [8601, 8602, 8603], Path("/run/rnnviz"))
    assert "@" not in text
    for seat, port in enumerate((8601, 8602, 8603)):
        group = next(line for line in text.splitlines() if f"upstream seat{seat} " in line)
        assert re.findall(r"127\.0\.0\.1:(\d+)[^;]*backup;", group) == [
            str(other) for other in (8601, 8602, 8603) if other != port
        ]
        assert f'"~:{port}$" {seat};' in text
    with pytest.raises(ValueError, match="at least one process"):
        nginx_file("127.0.0.1:8080", [], Path("/run/rnnviz"))


def test_pages_may_load_from_this_server_only():
    allowed = dict(part.strip().split(" ", 1) for part in policy().split(";"))
    assert "'unsafe" not in allowed["script-src"]
    assert "sha256-" in allowed["script-src"]
    assert allowed["connect-src"] == "'self'"
    assert allowed["frame-ancestors"] == "'self'"
    assert "http" not in policy()


def test_pages_that_are_named_may_show_the_app_in_a_frame():
    assert "frame-ancestors 'self' https://course.example http://127.0.0.1:8000" in policy(
        ["https://course.example", "http://127.0.0.1:8000"]
    )
    for wrong in ("course.example", "https://a.example/page", "*", "https://a.example; script-src *"):
        with pytest.raises(ValueError, match="expected an origin such as"):
            policy([wrong])


def test_no_process_listens_to_the_world():
    line = command(8601)
    assert line[line.index("--server.address") + 1] == "127.0.0.1"
    assert environment()["OMP_NUM_THREADS"] == "1"


def test_the_template_leaves_uploads_and_long_lines_alone():
    text = TEMPLATE.read_text()
    assert "proxy_buffering off" in text
    assert "client_max_body_size 51m" in text
    assert "proxy_request_buffering off" in text
    assert "proxy_set_header Upgrade" in text


def test_the_container_runs_as_nobody_in_particular_and_holds_only_the_app():
    lines = instructions()
    assert lines[0] == "FROM python:3.12-slim"
    order = [line.split()[0] for line in lines]
    assert order.index("USER") < order.index("CMD")
    assert [line.split()[1] for line in lines if line.startswith("USER")] == ["reader"]
    copied = [line.split()[1] for line in lines if line.startswith("COPY")]
    assert copied == ["requirements.txt", ".streamlit", "rnnviz", "pages", "static", "app.py", "deploy"]
    assert any("/_stcore/health" in line for line in lines if line.startswith("HEALTHCHECK"))
    ignored = (ROOT / "deploy/Dockerfile.dockerignore").read_text().splitlines()
    assert "**" in ignored
    assert "!.streamlit/config.toml" in ignored


def instructions() -> list[str]:
    """Return the lines of the Dockerfile, those that go on joined."""
    text = (ROOT / "deploy/Dockerfile").read_text().replace("\\\n", " ")
    return [line for line in text.splitlines() if line[:1].isupper()]


PRIVATE = (
    "/_stcore/metrics",
    "/_stcore/metrics/",
    "/_stcore/metrics?families=session_events_total",
    "//_stcore//metrics",
    "/_stcore/health/../metrics",
    "/_stcore/upload_file/%2e%2e/metrics",
    "/static/..%2f_stcore/metrics",
    "/%5Fstcore/%6Detrics",
    "/_stcore/agent/openapi.json",
    "/_stcore/script-health-check",
)


@pytest.mark.slow
@needs_nginx
def test_what_the_image_starts_serves_readers_and_hides_what_is_for_nobody(tmp_path):
    for line in instructions():
        if line.startswith("COPY"):
            _, source, target = line.split()
            copy = shutil.copytree if (ROOT / source).is_dir() else shutil.copy
            copy(ROOT / source, tmp_path / (source if target == "." else target))
    line = json.loads(next(line for line in instructions() if line.startswith("CMD")).removeprefix("CMD "))
    assert "0.0.0.0:8501" in line, "a container's port is open to what is outside of it"
    address = f"127.0.0.1:{free_ports()[0]}"
    line = [{"python": sys.executable, "0.0.0.0:8501": address}.get(word, word) for word in line]
    with (tmp_path / "log").open("w") as log:
        line += ["--first-port", str(free_ports()[0])]
        image = subprocess.Popen(line, cwd=tmp_path, stdout=log, stderr=log)
    try:
        wait_until_healthy(f"http://{address}", image)
        _what_readers_get(address)
        children = [int(pid) for pid in _children(image.pid)]
        assert len(children) == 3, "two processes and nginx"
    finally:
        stop([image], patience=30)
    assert not any(Path(f"/proc/{pid}").exists() for pid in children), (tmp_path / "log").read_text()
    assert "Traceback" not in (tmp_path / "log").read_text()


def _children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def _what_readers_get(address: str) -> None:
    status, headers, page = _ask(address, "/Chain_rule")
    assert status == 200
    assert headers["Content-Security-Policy"] == policy()
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "rnnviz_seat=" in headers["Set-Cookie"]
    assert "immutable" not in (headers["Cache-Control"] or "")
    files = re.findall(r'(?:src|href)="\./(static/[^"]+)"', page)
    assert files
    for file in files:
        status, headers, _ = _ask(address, f"/{file}")
        assert status == 200
        if re.search("public|immutable", headers["Cache-Control"]):
            assert headers["Set-Cookie"] is None, file
    assert any("immutable" in _ask(address, f"/{file}")[1]["Cache-Control"] for file in files)
    for path in PRIVATE:
        status, headers, text = _ask(address, path)
        assert (status, "streamlit" in text.lower()) == (404, False), path
        assert headers["Content-Security-Policy"], path
    assert _ask(address, "/_stcore/host-config")[0] == 200


def _ask(address: str, path: str) -> tuple[int, http.client.HTTPMessage, str]:
    """Ask for exactly this path; what a library would tidy stays."""
    line = http.client.HTTPConnection(address, timeout=20)
    try:
        line.request("GET", path)
        answer = line.getresponse()
        return answer.status, answer.headers, answer.read().decode("utf-8", "replace")
    finally:
        line.close()


def killed(running, ports) -> int:
    """Kill a process, and return its port."""
    running.apps[ports[0]].send_signal(signal.SIGKILL)
    return ports[0]


def until_told(running) -> list[str]:
    """Tend a cluster until something was done; a busy machine may keep an answer about health waiting."""
    for _ in range(60):
        if told := [*running.tend()]:
            return told
        time.sleep(0.5)
    raise AssertionError("nothing was done")


def relieved(running, _) -> int:
    """Let the largest process be beyond its memory, and return its port."""
    running.memory = 50
    before = {port: app.pid for port, app in running.apps.items()}
    (said,) = until_told(running)
    (port,) = [port for port, app in running.apps.items() if app.pid != before[port]]
    assert said == f"the process on port {port} held more than 50 MB and was started again"
    return port


@needs_nginx
@pytest.mark.parametrize("end", [killed, pytest.param(relieved, marks=pytest.mark.slow)])
def test_people_go_on_with_the_same_link_when_their_process_ends(end):
    ports = free_ports(2)
    with cluster(ports, f"127.0.0.1:{free_ports()[0]}") as running:
        with ThreadPoolExecutor(1) as apart:  # the browser tests keep a loop running in this one
            apart.submit(asyncio.run, _a_process_ends(running, ports, end)).result()
        assert running.revive() == (ports[:1] if end is killed else [])


SEEDS = (20, 21, 22)


async def _a_process_ends(running, ports, end):
    async with AsyncExitStack() as tabs:
        people = [await tabs.enter_async_context(Reader(running.address, patience=60)) for _ in range(4)]
        opened = [await person.open(*link) for person, link in zip(people, PAIRS, strict=True)]
        seats = [person.cookies["rnnviz_seat"] for person in people]
        assert sorted(seats) == ["0", "0", "1", "1"], "people are spread evenly"

        rounds, over = [asyncio.Event() for _ in people], asyncio.Event()
        work = map(_change_until, people, rounds, itertools.repeat(over))
        busy = [asyncio.create_task(one) for one in work]
        await asyncio.wait_for(asyncio.gather(*(each.wait() for each in rounds)), 120)
        gone = str(ports.index(await asyncio.to_thread(end, running, ports)))
        theirs = [task for task, seat in zip(busy, seats, strict=True) if seat == gone]
        await asyncio.wait(theirs, timeout=60)
        over.set()
        ends = await asyncio.wait_for(asyncio.gather(*busy), 120)
        assert [lost for lost, _ in ends] == [seat == gone for seat in seats], "only its own people notice"

        back = await asyncio.gather(*(person.reload() for person in people))
        stays = {"0": "1", "1": "0"}[gone]
        if end is killed:
            assert [person.cookies["rnnviz_seat"] for person in people] == [stays] * 4
        seen = dict(pair for _, scenes in ends for pair in scenes.items())
        for person, answer in zip(people, back, strict=True):
            assert answer.scenes() == seen[person.path, person.query], "the other process knows the link"
        await asyncio.gather(*(person.change("setting.preset", "Adding") for person in people))
        assert [person.query for person in people] == ["preset=adding"] * 4
        again = [await person.open(*link) for person, link in zip(people, PAIRS, strict=True)]
        assert [answer.scenes() for answer in again] == [answer.scenes() for answer in opened]
        assert not [answer.exceptions for answer in (*back, *again) if answer.exceptions]


async def _change_until(person, once: asyncio.Event, over: asyncio.Event) -> tuple[bool, dict]:
    """Change the seed round and round; return whether the line broke, and the scenes by page and link.

    ``once`` tells that every seed has been seen, so that nobody's process ends before they saw its link.
    """
    scenes = {}
    try:
        if not person.values()["group.Network"]:
            await person.change("group.Network", True)
        while not over.is_set():
            for seed in SEEDS:
                answer = await person.change("setting.seed", str(seed))
                scenes[person.path, person.query] = answer.scenes()
                await asyncio.sleep(0.1)
            once.set()
    except LostError:
        once.set()
        return True, scenes
    return False, scenes


@pytest.mark.slow
@needs_nginx
def test_a_process_is_capped_and_goes_only_while_another_answers():
    with cluster(free_ports(2), f"127.0.0.1:{free_ports()[0]}", memory=2000) as running:
        for app in running.apps.values():
            assert 50 < megabytes(app.pid) < 2000
            if hasattr(resource, "prlimit"):
                assert resource.prlimit(app.pid, resource.RLIMIT_DATA) == (4000 * 2**20,) * 2
        assert [*running.tend()] == []
        running.memory = 50
        for app in running.apps.values():
            app.send_signal(signal.SIGSTOP)
        assert [*running.tend()] == []
        for app in running.apps.values():
            app.send_signal(signal.SIGCONT)
        assert len(until_told(running)) == 1
        assert [*running.tend()] == [], "the new one does not answer yet"


def test_what_nginx_gets_is_what_nginx_takes(tmp_path):
    if nginx_program() is None:
        pytest.skip("nginx was not found; install it (Debian: apt-get install nginx-light)")
    file = tmp_path / "nginx.conf"
    file.write_text(nginx_file("127.0.0.1:8080", [8601, 8602], tmp_path))
    checked = subprocess.run(
        [nginx_program(), "-t", "-p", str(tmp_path), "-c", str(file)], capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stderr
    assert "[warn]" not in checked.stderr
