"""More than one process: nginx's file, the container, and people who go on when their process is killed."""

from __future__ import annotations

import asyncio
import re
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from benchmarks.crowd import free_ports
from benchmarks.reader import LostError, Reader
from deploy.run import ROOT, TEMPLATE, cluster, command, environment, nginx_file, nginx_program, policy

needs_nginx = pytest.mark.skipif(
    nginx_program() is None, reason="nginx was not found; install it (Debian: apt-get install nginx-light)"
)
LINKS = (
    ("Chain_rule", "preset=echo&steps=5"),
    ("Training", "preset=sentiment&seed=4"),
)
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


def test_no_process_listens_to_the_world():
    line = command(8601)
    assert line[line.index("--server.address") + 1] == "127.0.0.1"
    assert environment()["OMP_NUM_THREADS"] == "1"


def test_the_template_leaves_uploads_and_long_lines_alone():
    text = TEMPLATE.read_text()
    assert "proxy_buffering off" in text
    assert "client_max_body_size 9m" in text
    assert "proxy_request_buffering off" in text
    assert "proxy_set_header Upgrade" in text


def test_the_container_runs_as_nobody_in_particular_and_holds_only_the_app():
    lines = [line for line in (ROOT / "deploy/Dockerfile").read_text().splitlines() if line[:1].isupper()]
    assert lines[0] == "FROM python:3.12-slim"
    order = [line.split()[0] for line in lines]
    assert order.index("USER") < order.index("CMD")
    assert [line.split()[1] for line in lines if line.startswith("USER")] == ["reader"]
    copied = [line.split()[1] for line in lines if line.startswith("COPY")]
    assert copied == ["requirements.txt", ".streamlit", "rnnviz", "pages", "app.py"]
    assert any("/_stcore/health" in line for line in (ROOT / "deploy/Dockerfile").read_text().splitlines())
    ignored = (ROOT / "deploy/Dockerfile.dockerignore").read_text().splitlines()
    assert "**" in ignored
    assert "!.streamlit/config.toml" in ignored


@needs_nginx
def test_people_go_on_with_the_same_link_when_their_process_is_killed():
    ports = free_ports(2)
    with cluster(ports, f"127.0.0.1:{free_ports(1)[0]}") as running:
        with ThreadPoolExecutor(1) as apart:  # the browser tests keep a loop running in this one
            apart.submit(asyncio.run, _a_process_dies(running, ports)).result()
        assert running.revive()


async def _a_process_dies(running, ports):
    async with AsyncExitStack() as tabs:
        people = [await tabs.enter_async_context(Reader(running.address, patience=30)) for _ in range(4)]
        opened = [await person.open(*link) for person, link in zip(people, PAIRS, strict=True)]
        seats = [person.cookies["rnnviz_seat"] for person in people]
        assert sorted(seats) == ["0", "0", "1", "1"], "people are spread evenly"

        busy = [asyncio.create_task(_change_until_lost(person)) for person in people]
        await asyncio.sleep(0.7)
        running.apps[ports[0]].send_signal(signal.SIGKILL)
        ends = await asyncio.wait_for(asyncio.gather(*busy), 60)
        assert [lost for lost, _ in ends] == [seat == "0" for seat in seats], "only its own people notice"

        back = await asyncio.gather(*(person.reload() for person in people))
        assert [person.cookies["rnnviz_seat"] for person in people] == ["1"] * 4
        seen = dict(pair for _, scenes in ends for pair in scenes.items())
        for person, answer in zip(people, back, strict=True):
            assert answer.scenes() == seen[person.path, person.query], "the other process knows the link"
        await asyncio.gather(*(person.change("setting.preset", "Adding") for person in people))
        assert [person.query for person in people] == ["preset=adding"] * 4
        again = [await person.open(*link) for person, link in zip(people, PAIRS, strict=True)]
        assert [answer.scenes() for answer in again] == [answer.scenes() for answer in opened]
        assert not [answer.exceptions for answer in (*back, *again) if answer.exceptions]


async def _change_until_lost(person) -> tuple[bool, dict[tuple[str, str], dict[str, str]]]:
    """Change the seed for some seconds; return whether the line broke, and the scenes by page and link."""
    scenes = {}
    try:
        if not person.values()["group.Network"]:
            await person.change("group.Network", True)
        for seed in range(20, 32):
            answer = await person.change("setting.seed", str(seed))
            scenes[person.path, person.query] = answer.scenes()
            await asyncio.sleep(0.1)
    except LostError:
        return True, scenes
    return False, scenes


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
