"""Two hosts over one PostgreSQL and one Redis, and the nginx of ``deploy/`` in front of them."""

from __future__ import annotations

import json
import os
import signal
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx2
import pytest

from tests.fixtures.hosts import PATIENCE_S, Host, Nginx, one_off, until
from tests.fixtures.irve_table import write_irve_table
from tests.fixtures.load import Load
from tests.fixtures.servers import PostgresServer, RedisServer

pytestmark = pytest.mark.xdist_group("a pair of hosts")
STATIONS = 400
ASKED = "/api/v1/stations?limit=1"
CLIENT = "127.0.0.9"
"""Another address than the proxy's own."""


@dataclass
class Pair:
    """Hosts that know of each other through the database alone."""

    first: Host
    second: Host
    nginx: Nginx

    @property
    def hosts(self) -> tuple[Host, Host]:
        return self.first, self.second


@pytest.fixture(scope="module")
def pair(
    postgresql_server: PostgresServer,
    shared_redis: RedisServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Pair]:
    """They start at once on an empty database, which both bring up to date."""
    folder = tmp_path_factory.mktemp("pair")
    url = postgresql_server.create_database()
    shared = {
        "DATABASE_URL": url,
        "REDIS_URL": shared_redis.url,
        "TRUSTED_PROXIES": "127.0.0.1/32",
    }
    hosts = [Host(folder / name, **shared) for name in ("first", "second")]
    nginx = Nginx(folder / "nginx", [host.port for host in hosts])
    try:
        for host in hosts:
            host.begin()
        for host in hosts:
            host.wait_until_it_works()
        nginx.start()
        filled = hosts[0].run("demo", "--stations", str(STATIONS), "--seed", "7")
        assert filled.returncode == 0, filled.stderr
        yield Pair(hosts[0], hosts[1], nginx)
    finally:
        nginx.stop()
        for host in hosts:
            host.kill()
        postgresql_server.drop_database(url)


@pytest.fixture
def client(pair: Pair) -> Iterator[httpx2.Client]:
    transport = httpx2.HTTPTransport(local_address=CLIENT)
    with httpx2.Client(
        base_url=pair.nginx.url, transport=transport, timeout=PATIENCE_S, trust_env=False
    ) as opened:
        yield opened


def _lines(pair: Pair, request_id: str) -> list[dict[str, Any]]:
    return [
        json.loads(line)
        for host in pair.hosts
        for line in (host.logs / "app.log").read_text().splitlines()
        if request_id in line
    ]


def _count(address: str) -> int:
    url = f"{address}/api/v1/stations?limit=500"
    return len(one_off.get(url).json()["items"])


def test_both_hosts_see_what_was_imported_on_one(pair: Pair) -> None:
    for host in pair.hosts:
        until(lambda url=host.url: _count(url) == STATIONS)  # type: ignore[misc] # a default binds it - mypy cannot type it
    assert _count(pair.nginx.url) == STATIONS


def test_the_log_names_the_client_and_not_whom_it_pretends_to_come_from(
    pair: Pair, client: httpx2.Client
) -> None:
    headers = {"X-Request-ID": "through-the-proxy-1", "X-Forwarded-For": "10.9.8.7"}
    answer = client.get(ASKED, headers=headers)
    assert answer.headers["X-Request-ID"] == "through-the-proxy-1"
    until(lambda: _lines(pair, "through-the-proxy-1") != [])
    (line,) = _lines(pair, "through-the-proxy-1")
    assert line["client_ip"] == CLIENT


def test_an_id_that_is_not_accepted_is_replaced_by_the_proxy(
    pair: Pair, client: httpx2.Client
) -> None:
    answer = client.get(ASKED, headers={"X-Request-ID": "no good!"})
    given = answer.headers["X-Request-ID"]
    until(lambda: _lines(pair, given) != [])
    assert len(given) == 32


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd"])
def test_answers_are_compressed_once(client: httpx2.Client, coding: str) -> None:
    url = "/api/v1/stations?limit=100"
    with client.stream("GET", url, headers={"Accept-Encoding": coding}) as answer:
        raw = b"".join(answer.iter_raw())
    assert answer.headers["Content-Encoding"] == coding
    assert len(raw) < len(client.get(url, headers={"Accept-Encoding": "identity"}).content) / 2


def test_either_host_knows_the_tag_that_the_other_gave(pair: Pair, client: httpx2.Client) -> None:
    station = client.get(ASKED).json()["items"][0]["id"]
    tags = {
        one_off.get(f"{host.url}/api/v1/stations/{station}").headers["ETag"] for host in pair.hosts
    }
    (tag,) = tags
    for _ in range(4):
        answer = client.get(f"/api/v1/stations/{station}", headers={"If-None-Match": tag})
        assert (answer.status_code, answer.content) == (304, b"")


def test_an_export_has_every_station(client: httpx2.Client) -> None:
    with client.stream("GET", "/api/v1/stations?format=ndjson") as answer:
        assert sum(1 for _ in answer.iter_lines()) == STATIONS


def test_a_stream_reaches_the_client_as_it_is_written(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """The server writes its second line once the client has its first."""
    has_first = Event()

    def serve(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65_536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\none\n")
            assert has_first.wait(PATIENCE_S)
            connection.sendall(b"two\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        nginx = Nginx(tmp_path_factory.mktemp("stream") / "nginx", [port, port])
        nginx.start()
        thread = Thread(target=serve, args=(listener,))
        thread.start()
        try:
            with one_off.stream("GET", nginx.url) as answer:
                lines = answer.iter_lines()
                assert next(lines) == "one"
                has_first.set()
                assert list(lines) == ["two"]
        finally:
            has_first.set()
            thread.join(PATIENCE_S)
            nginx.stop()


def test_metrics_are_not_for_everybody(pair: Pair, client: httpx2.Client) -> None:
    assert client.get("/metrics").status_code == 404
    assert one_off.get(f"{pair.first.url}/metrics").status_code == 200


def _has_answered(host: Host) -> bool:
    text = one_off.get(f"{host.url}/metrics").text
    return 'request_count{method="GET",endpoint="/api/v1/stations"}' in text


def test_no_request_fails_while_one_host_after_the_other_is_restarted(pair: Pair) -> None:
    with Load(f"{pair.nginx.url}/api/v1/stations?limit=5") as load:
        for host in pair.hosts:
            load.wait_for_more()
            assert host.stop() == 0
            host.begin()
            host.wait_until_it_works()
            until(lambda host=host: _has_answered(host))  # type: ignore[misc] # a default binds it - mypy cannot type it
        load.wait_for_more()
    assert load.failures == []


def test_a_host_that_dies_is_passed_over(pair: Pair, client: httpx2.Client) -> None:
    pair.first.kill()
    for _ in range(20):
        assert client.get(ASKED).status_code == 200
    pair.first.begin()
    pair.first.wait_until_it_works()
    until(lambda: client.get(ASKED).is_success and _has_answered(pair.first))


def test_without_a_host_the_proxy_answers_with_a_problem(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound, and listening to nobody
        port = nobody.getsockname()[1]
        nginx = Nginx(tmp_path_factory.mktemp("nobody") / "nginx", [port, port])
        nginx.start()
        try:
            headers = {"X-Request-ID": "nobody-is-there"}
            answer = one_off.get(f"{nginx.url}/health", headers=headers)
        finally:
            nginx.stop()
    assert answer.status_code == 503
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Retry-After"] == "5"
    assert answer.headers["X-Request-ID"] == answer.json()["request_id"] == "nobody-is-there"


def test_a_feed_is_imported_on_one_host_at_a_time_and_a_dead_one_holds_nobody_up(
    pair: Pair, tmp_path: Path
) -> None:
    table, small = tmp_path / "irve.csv", tmp_path / "small.csv"
    write_irve_table(table, 1_500)
    write_irve_table(small, 2)
    importer = pair.first.start_reading("import", "irve", "-")
    assert importer.stdin is not None
    try:
        importer.stdin.write(table.read_bytes())
        importer.stdin.flush()
        until(lambda: _is_refused(pair.second, small))
    finally:
        os.killpg(importer.pid, signal.SIGKILL)
        importer.wait(PATIENCE_S)
        importer.stdin.close()
    until(lambda: not _is_refused(pair.second, small))


def _is_refused(host: Host, table: Path) -> bool:
    ended = host.run("import", "irve", "--file", str(table))
    assert ended.returncode in {0, 4}, ended.stderr
    assert (ended.returncode == 4) == ("Another process is importing" in ended.stderr)
    return ended.returncode == 4
