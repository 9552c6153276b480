"""Several workers on one port: replaced without a failed request, ended within a bound."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.hosts import PATIENCE_S, Host, one_off, until
from tests.fixtures.load import Load

pytestmark = pytest.mark.xdist_group("a host of workers")
STATIONS = 8_000
"""Their export is larger than what the buffers between two programs hold."""


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """Two workers that were started on an empty directory, and then got a catalogue."""
    started = Host(tmp_path_factory.mktemp("workers"), "--workers", "2", "--grace", "1")
    try:
        started.begin()
        started.wait_until_it_works()
        filled = started.run("demo", "--stations", str(STATIONS))
        assert filled.returncode == 0, filled.stderr
        yield started
    finally:
        started.kill()


def _workers(host: Host) -> set[int]:
    children = Path(f"/proc/{host.pid}/task/{host.pid}/children").read_text().split()
    return {int(child) for child in children if _is_worker(int(child))}


def _is_worker(pid: int) -> bool:
    try:
        return b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def _has_stations(host: Host) -> bool:
    answer = one_off.get(f"{host.url}/api/v1/stations?limit=1")
    return len(answer.json()["items"]) == 1


def test_every_worker_sees_an_import(host: Host) -> None:
    until(lambda: all(_has_stations(host) for _ in range(30)))


def test_no_request_fails_while_the_workers_are_replaced(host: Host) -> None:
    before = _workers(host)
    assert len(before) == 2
    url = f"{host.url}/api/v1/stations?limit=5"
    with Load(url) as kept, Load(url, is_keeping=False) as new:
        kept.wait_for_more()
        os.kill(host.pid, signal.SIGHUP)
        until(lambda: len(_workers(host)) == 2 and not before & _workers(host))
        kept.wait_for_more()
        new.wait_for_more()
    assert kept.failures == new.failures == []


def test_a_stream_that_nobody_reads_ends_with_the_grace_and_is_not_taken_for_whole(
    host: Host,
) -> None:
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(PATIENCE_S)
        client.connect(("127.0.0.1", host.port))
        client.sendall(b"GET /api/v1/stations?format=ndjson HTTP/1.1\r\nHost: t\r\n\r\n")
        assert client.recv(15) == b"HTTP/1.1 200 OK"
        assert host.stop() == 0
        last = b""
        try:
            while part := client.recv(65_536):
                last = (last + part)[-100:]
        except ConnectionResetError:
            return
    assert not last.endswith(b"0\r\n\r\n")
