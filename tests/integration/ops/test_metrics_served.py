"""How the metrics are served: once for all who ask, on a second port, or not at all."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from httpx2 import ASGITransport, AsyncClient

from app.main import create_app
from app.ops import exposition
from app.ops.exposition import Exposition, exposing
from app.settings import Settings
from app.utils import metrics
from app.utils._metrics_shared import SharedDirectory
from tests.fixtures.servers import free_port

pytestmark = pytest.mark.anyio


class Renderings:
    """A rendering that takes until it is let go."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.let_go = threading.Semaphore(0)
        self.made = 0

    def __call__(self) -> str:
        self.begun.release()
        self.let_go.acquire()
        self.made += 1
        return f"rendering {self.made}"


@pytest.fixture
def renderings(monkeypatch: pytest.MonkeyPatch) -> Renderings:
    renderings = Renderings()
    monkeypatch.setattr(metrics, "get_metrics", renderings)
    return renderings


async def test_a_storm_of_scrapes_is_one_that_runs_and_one_that_follows(
    renderings: Renderings,
) -> None:
    shared = Exposition()
    first = asyncio.create_task(shared.render(""))
    await asyncio.to_thread(renderings.begun.acquire)
    storm = [asyncio.create_task(shared.render("")) for _ in range(50)]
    await asyncio.sleep(0)
    storm[0].cancel()
    renderings.let_go.release(100)
    assert (await first).body == b"rendering 1"
    shown = {(await task).body for task in storm[1:]}
    assert shown == {b"rendering 2"}, "none is shown what was counted before it asked"
    assert renderings.made == 2
    assert (await shared.render("")).body == b"rendering 3"


async def test_a_rendering_that_fails_does_not_stand_in_the_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers: Iterator[str | Exception] = iter([RuntimeError("no"), "fine"])

    def render() -> str:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(metrics, "get_metrics", render)
    shared = Exposition()
    with pytest.raises(RuntimeError):
        await shared.render("")
    assert (await shared.render("")).body == b"fine"


@asynccontextmanager
async def second_port(port: int | None) -> AsyncIterator[AsyncClient]:
    async with (
        exposing(Exposition(), is_enabled=True, host="127.0.0.1", port=port),
        AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client,
    ):
        yield client


async def test_the_second_port_serves_the_metrics_and_nothing_else() -> None:
    async with second_port(free_port()) as client:
        found = await client.get("/metrics?x=1")
        assert found.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert "# TYPE request_count counter" in found.text
        assert int(found.headers["content-length"]) == len(found.content)
        negotiated = await client.get(
            "/metrics", headers={"Accept": "application/openmetrics-text;version=1.0.0"}
        )
        assert negotiated.headers["content-type"] == metrics.OPENMETRICS_TYPE
        assert negotiated.text.endswith("# EOF\n")
        head = await client.head("/metrics")
        assert (head.status_code, head.content) == (200, b"")
        assert (await client.post("/metrics")).status_code == 405
        for path in ("/", "/health", "/docs", "/openapi.json", "/metrics/x"):
            assert (await client.get(path)).status_code == 404


@pytest.mark.parametrize(
    "sent", [b"", b"GET /metrics", b"x" * 20_000, b"\r\n\r\n", b"\xff \r\n\r\n"]
)
async def test_what_is_no_request_disturbs_nobody(sent: bytes) -> None:
    port = free_port()
    async with second_port(port) as client:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(sent)
        writer.write_eof()
        answer = await reader.read()
        assert b"200 OK" not in answer
        writer.close()
        assert (await client.get("/metrics")).status_code == 200


async def test_the_port_closes_with_the_application() -> None:
    port = free_port()
    async with second_port(port):
        pass
    with closing(socket.socket()) as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


async def test_a_port_that_is_taken_is_logged_and_the_service_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        async with exposing(Exposition(), is_enabled=True, host="127.0.0.1", port=port):
            pass
    assert "PROMETHEUS_PORT cannot be listened on" in caplog.text


async def test_the_port_of_the_application_is_not_opened_twice(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as own:
        port = own.getsockname()[1]
        for second in (None, port):
            app = create_app(Settings(data_dir=tmp_path, port=port, prometheus_port=second))
            async with app.router.lifespan_context(app):
                pass
    assert "PROMETHEUS_PORT" not in caplog.text


async def test_with_metrics_off_no_port_opens_and_nothing_is_measured(tmp_path: Path) -> None:
    port = free_port()
    app = create_app(Settings(data_dir=tmp_path, metrics_enabled=False, prometheus_port=port))
    async with app.router.lifespan_context(app):
        assert not metrics.is_enabled()
        with closing(socket.socket()) as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0
    assert metrics.is_enabled()


@pytest.mark.parametrize("is_on", [True, False])
async def test_a_request_moves_numbers_only_while_metrics_are_on(
    tmp_path: Path, *, is_on: bool
) -> None:
    app = create_app(Settings(data_dir=tmp_path, metrics_enabled=is_on))
    async with (
        app.router.lifespan_context(app),
        AsyncClient(transport=ASGITransport(app), base_url="http://t") as client,
    ):
        with metrics.testing(enabled=is_on) as changed:
            assert (await client.get("/api/v1/stations")).status_code == 200
            where = {"method": "GET", "endpoint": "/api/v1/stations"}
            assert changed("request_count_total", **where) == is_on
            assert changed("request_duration_count", **where) == is_on
            assert changed("responses_total", status="2xx") == is_on
            assert is_on or changed.new_series() == set()


async def test_of_several_workers_one_has_the_port_and_all_hand_over_their_counts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    directory = SharedDirectory(tmp_path)
    caplog.set_level("INFO", logger="app.metrics")
    monkeypatch.setattr(metrics, "shared", directory)
    monkeypatch.setattr(exposition, "_FLUSH_EVERY_S", 0.001)
    flushed = asyncio.Event()
    loop = asyncio.get_running_loop()
    monkeypatch.setattr(metrics, "flush", lambda: loop.call_soon_threadsafe(flushed.set))
    port = free_port()
    async with second_port(port) as client:
        await flushed.wait()
        async with exposing(Exposition(), is_enabled=True, host="127.0.0.1", port=port):
            assert (await client.get("/metrics")).status_code == 200
        assert "another worker serves the metrics" in caplog.text
    flushed.clear()
    async with second_port(port) as client:
        assert (await client.get("/metrics")).status_code == 200
