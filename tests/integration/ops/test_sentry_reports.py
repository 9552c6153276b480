"""Reports of errors, against a receiver that speaks the envelope protocol."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from httpx2 import ASGITransport, AsyncClient
from starlette.types import Receive, Scope, Send

from app.main import create_app
from app.ops import sentry
from app.ops.sentry import (
    REPORTS_PER_S,
    ErrorReports,
    SentryDsnInvalid,
    open_error_reports,
)
from app.settings import Settings
from app.utils.metrics import registry
from tests.fixtures.sentry_receiver import SentryReceiver
from tests.fixtures.servers import free_port

pytestmark = pytest.mark.anyio

_TRACE = "0af7651916cd43dd8448eb211c80319c"
_SPAN = "b7ad6b7169203331"


@pytest.fixture
def receiver() -> Iterator[SentryReceiver]:
    with SentryReceiver() as opened:
        yield opened


@asynccontextmanager
async def _serving(tmp_path: Path, dsn: str | None) -> AsyncIterator[AsyncClient]:
    app = create_app(Settings(data_dir=tmp_path, sentry_dsn=dsn))

    @app.post("/explode/{number}")
    async def explode(number: int) -> None:
        password = "hunter2"  # noqa: S105 - what must not be reported
        raise ValueError(f"{number}: password={password} Authorization: Bearer abcdefgh12345")

    transport = ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        AsyncClient(transport=transport, base_url="http://t") as client,
    ):
        yield client


async def _explode(client: AsyncClient) -> Any:
    return await client.post(
        "/explode/7?token=query-secret",
        content=b"body-secret",
        headers={
            "X-Request-ID": "request-of-test",
            "traceparent": f"00-{_TRACE}-{_SPAN}-01",
            "Cookie": "session=cookie-secret",
            "Authorization": "Bearer header-secret",
        },
    )


def _failures() -> float:
    return registry.get_sample_value("errors_total", {"type": "sentry"}) or 0.0


async def test_an_unhandled_error_is_reported_with_its_request(
    tmp_path: Path, receiver: SentryReceiver
) -> None:
    async with _serving(tmp_path, receiver.dsn) as client:
        answer = await _explode(client)
        assert answer.status_code == 500
    event = receiver.events.get(timeout=10)
    assert receiver.events.empty()
    assert receiver.paths == ["/api/7/envelope/"]
    assert event["transaction"] == "POST /explode/{number}"
    assert event["tags"] == {
        "request_id": "request-of-test",
        "method": "POST",
        "endpoint": "/explode/{number}",
    }
    assert event["contexts"]["trace"]["trace_id"] == _TRACE
    assert event["release"].count(".") == 2
    (told,) = event["exception"]["values"]
    assert told["type"] == "ValueError"
    assert told["stacktrace"]["frames"][-1]["function"] == "explode"
    assert event["level"] == "error"


async def test_nothing_secret_leaves(tmp_path: Path, receiver: SentryReceiver) -> None:
    async with _serving(tmp_path, receiver.dsn) as client:
        await _explode(client)
    event = receiver.events.get(timeout=10)
    for frame in event["exception"]["values"][0]["stacktrace"]["frames"]:
        assert "vars" not in frame
    told = event["exception"]["values"][0]["value"]
    assert told.startswith("7: password=")
    text = json.dumps({**event, "exception": told})
    for secret in ("hunter2", "abcdefgh12345", "query-secret", "body-secret", "cookie-secret"):
        assert secret not in text
    assert "header-secret" not in text
    assert "request" not in event
    assert "breadcrumbs" not in event


async def test_what_a_layer_raises_is_reported_too(
    tmp_path: Path, receiver: SentryReceiver
) -> None:
    class Broken:
        def __init__(self, app: Any) -> None:
            self.app = app

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http":
                raise LookupError("a layer")
            await self.app(scope, receive, send)

    app = create_app(Settings(data_dir=tmp_path, sentry_dsn=receiver.dsn))
    app.add_middleware(Broken)
    transport = ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        AsyncClient(transport=transport, base_url="http://t") as client,
    ):
        answer = await client.get("/health")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-request-id"] == answer.json()["request_id"]
    event = receiver.events.get(timeout=10)
    assert event["tags"]["request_id"] == answer.json()["request_id"]
    assert event["exception"]["values"][0]["type"] == "LookupError"


async def test_a_receiver_that_hangs_holds_no_request_up(
    tmp_path: Path, receiver: SentryReceiver
) -> None:
    receiver.may_answer.clear()
    async with _serving(tmp_path, receiver.dsn) as client:
        async with asyncio.timeout(2):
            assert (await _explode(client)).status_code == 500
        receiver.may_answer.set()
    assert receiver.events.get(timeout=10)["transaction"] == "POST /explode/{number}"


async def test_the_end_waits_for_reports_but_not_for_ever(
    tmp_path: Path, receiver: SentryReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sentry, "FLUSH_TIMEOUT_S", 0.1)
    receiver.may_answer.clear()
    async with asyncio.timeout(5), _serving(tmp_path, receiver.dsn) as client:
        await _explode(client)
    assert receiver.events.empty()


async def test_a_receiver_that_is_away_harms_nothing(tmp_path: Path) -> None:
    async with asyncio.timeout(10):
        async with _serving(tmp_path, f"http://abc@127.0.0.1:{free_port()}/7") as client:
            assert (await _explode(client)).status_code == 500


@pytest.mark.parametrize("dsn", ["nonsense", "https://host/7", "ftp://k3y@host/7", "http://k3y@h/"])
async def test_an_address_that_is_none_is_told_without_repeating_it(dsn: str) -> None:
    with pytest.raises(SentryDsnInvalid) as caught:
        async with open_error_reports(dsn, release="1"):
            raise AssertionError
    assert "k3y" not in str(caught.value)


class _Client:
    """Takes everything, or breaks."""

    def __init__(self, *, is_broken: bool = False) -> None:
        self.options: dict[str, Any] = {
            "include_local_variables": False,
            "include_source_context": False,
            "max_value_length": None,
        }
        self.events: list[Any] = []
        self.is_broken = is_broken

    def capture_event(self, event: Any, _hint: Any) -> str | None:
        if self.is_broken:
            raise RuntimeError("broken")
        self.events.append(event)
        return "id"


def _scope(kind: str = "http") -> Scope:
    return {"type": kind, "method": "GET", "path": "/", "headers": []}


def test_a_storm_of_errors_is_cut_and_counted() -> None:
    now_s = [10.0]
    client = _Client()
    reports = ErrorReports(client, clock=lambda: now_s[0])  # type: ignore[arg-type] # a stand-in - of what is used
    before = _failures()
    for _ in range(REPORTS_PER_S + 5):
        reports.report(ValueError("x"), _scope())
    assert len(client.events) == REPORTS_PER_S
    assert _failures() == before + 5
    now_s[0] += 1
    reports.report(ValueError("x"), _scope("websocket"))
    assert client.events[-1]["transaction"] == "WEBSOCKET <unmatched>"
    assert "contexts" not in client.events[-1]


def test_a_report_that_cannot_be_made_is_counted_and_raises_nothing() -> None:
    before = _failures()
    ErrorReports(_Client(is_broken=True)).report(ValueError("x"), _scope())  # type: ignore[arg-type] # a stand-in - of what is used
    assert _failures() == before + 1


def test_without_an_address_the_library_is_never_loaded(tmp_path: Path) -> None:
    program = f"""
import asyncio, sys
from pathlib import Path
from app.main import create_app
from app.ops import sentry
from app.settings import Settings
from httpx2 import ASGITransport, AsyncClient

async def main():
    app = create_app(Settings(data_dir=Path({str(tmp_path)!r})))

    @app.get("/explode")
    async def explode():
        raise ValueError

    async with app.router.lifespan_context(app):
        transport = ASGITransport(app, raise_app_exceptions=False)
        async with AsyncClient(transport=transport, base_url="http://t") as client:
            assert (await client.get("/explode")).status_code == 500

asyncio.run(main())
assert not [name for name in sys.modules if name.startswith("sentry_sdk")]
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
