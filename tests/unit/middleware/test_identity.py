"""The names of a request: on its answer, in its log lines, on its exemplars."""

from __future__ import annotations

import re
from typing import Any

import pytest
from httpx2 import ASGITransport, AsyncClient
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from app.middleware._counts import current_counts
from app.middleware.logging import PerformanceMiddleware, RequestLoggingMiddleware
from app.middleware.request_id import (
    HEADER,
    Identity,
    RequestIdShell,
    enter_names,
    id_of,
    identity_of,
    leave_names,
)
from app.utils import metrics
from app.utils.context import request_id, span_id, trace_id
from tests.fixtures.asgi import Client, http_scope, lines_of, samples

pytestmark = pytest.mark.anyio

_TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
_SPAN = "00f067aa0ba902b7"
_TRACED = {"traceparent": f"00-{_TRACE}-{_SPAN}-01"}


async def _boom(_request: Request) -> Response:
    raise RuntimeError("boom")


async def _show(request: Request) -> Response:
    return PlainTextResponse(f"{request.state.request_id} {trace_id.get()} {span_id.get()}")


_ROUTES = [Route("/boom", _boom), Route("/show/{x}", _show)]


async def _ask(app: ASGIApp, path: str = "/show/1", **more: Any) -> Any:
    transport = ASGITransport(app, raise_app_exceptions=False)
    async with AsyncClient(transport=transport, base_url="http://t") as client:
        return await client.get(path, **more)


def _alone(layer: Any, **arguments: Any) -> Starlette:
    app = Starlette(routes=_ROUTES)
    app.add_middleware(layer, **arguments)
    return app


@pytest.mark.parametrize("path", ["/show/1", "/boom", "/nothing"])
async def test_performance_alone_names_and_times_every_answer(path: str) -> None:
    answer = await _ask(_alone(PerformanceMiddleware), path)
    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["x-request-id"])
    assert re.fullmatch(r"\d+\.\d+", answer.headers["x-process-time"])


async def test_a_client_that_left_is_not_answered() -> None:
    async def reads(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise ClientDisconnect

    client = Client()
    with pytest.raises(ClientDisconnect):
        await PerformanceMiddleware(reads)(http_scope(), client.receive, client.send)
    await RequestIdShell(reads)(http_scope(), client.receive, client.send)
    assert client.sent == []


async def test_performance_alone_raises_on_what_it_answered() -> None:
    transport = ASGITransport(_alone(PerformanceMiddleware))
    with pytest.raises(RuntimeError, match="boom"):
        async with AsyncClient(transport=transport, base_url="http://t") as client:
            await client.get("/boom")


@pytest.mark.parametrize("kind", [Exception, 500])
async def test_an_application_with_a_handler_for_errors_answers_by_itself(kind: Any) -> None:
    async def sorry(_request: Request, _error: Exception) -> Response:
        return PlainTextResponse("sorry", 500)

    app = _alone(PerformanceMiddleware)
    app.add_exception_handler(kind, sorry)
    assert (await _ask(app, "/boom")).text == "sorry"


async def test_an_application_that_shows_tracebacks_does_so() -> None:
    app = _alone(PerformanceMiddleware)
    app.debug = True
    assert "Traceback" in (await _ask(app, "/boom")).text


async def test_logging_alone_counts_and_logs(capsys: pytest.CaptureFixture[str]) -> None:
    label = ("request_count_total", {"method": "GET", "endpoint": "/show/{x}"})
    (before,) = samples(label)
    await _ask(_alone(RequestLoggingMiddleware), headers={"X-Request-ID": "id-of-client"})
    (line,) = lines_of(capsys)
    assert (line["endpoint"], line["request_id"]) == ("/show/{x}", "id-of-client")
    assert samples(label) == [before + 1]


async def test_ids_of_several_layers_agree_and_stand_once() -> None:
    app = RequestIdShell(PerformanceMiddleware(RequestLoggingMiddleware(_alone(
        PerformanceMiddleware))))  # fmt: skip
    answer = await _ask(app)
    (told,) = answer.headers.get_list("x-request-id")
    assert len(answer.headers.get_list("x-process-time")) == 1
    assert answer.text.startswith(told)


@pytest.mark.parametrize(
    "offered",
    ["short", "x" * 65, "with space", "new\nline-in-it", "ünïcödé-id", "tail-newline\n", ""],
)
async def test_an_id_that_is_unfit_is_replaced(offered: str) -> None:
    scope = http_scope(headers=[(HEADER, offered.encode())])
    assert re.fullmatch(r"[0-9a-f]{32}", id_of(scope))


@given(st.from_regex(r"[A-Za-z0-9._-]{8,64}", fullmatch=True))
def test_an_id_that_is_fit_is_kept(offered: str) -> None:
    assert id_of(http_scope(headers=[(HEADER, offered.encode())])) == offered


def test_several_ids_are_none() -> None:
    pair = (HEADER, b"id-of-client")
    assert id_of(http_scope(headers=[pair, pair])) != "id-of-client"


def test_an_id_that_stands_in_the_state_already_is_kept() -> None:
    assert id_of(http_scope(state={"request_id": "of-an-outer-layer"})) == "of-an-outer-layer"


async def test_a_trace_reaches_route_and_log_line(capsys: pytest.CaptureFixture[str]) -> None:
    answer = await _ask(_alone(RequestLoggingMiddleware), headers=_TRACED)
    assert answer.text.endswith(f"{_TRACE} {_SPAN}")
    (line,) = lines_of(capsys)
    assert (line["trace_id"], line["span_id"]) == (_TRACE, _SPAN)
    assert trace_id.get() is None


def test_names_are_those_of_the_innermost_request() -> None:
    outer = identity_of(http_scope(headers=[(b"traceparent", _TRACED["traceparent"].encode())]))
    inner = identity_of(http_scope())
    entered = [enter_names(identity) for identity in (outer, outer, inner)]
    assert (request_id.get(), trace_id.get()) == (inner.request_id, None)
    for names in (entered.pop(), entered.pop()):
        leave_names(names)
        assert (request_id.get(), trace_id.get()) == (outer.request_id, _TRACE)
    leave_names(entered.pop())
    assert request_id.get() is None


def test_a_span_within_the_same_trace_is_another_name() -> None:
    outer, inner = Identity("outer-id", _TRACE, _SPAN), Identity("inner-id", _TRACE, "b" * 16)
    entered = enter_names(outer)
    entered_further = enter_names(inner)
    assert span_id.get() == "b" * 16
    leave_names(entered_further)
    assert span_id.get() == _SPAN
    leave_names(entered)


async def test_durations_carry_an_example_a_second_and_every_trace() -> None:
    counts = current_counts()
    for identity in (
        Identity("first-of-this-second", None, None),
        Identity("second-of-this-second", None, None),
    ):
        counts.answered("GET", "/untraced", 200, 0.01, identity)
    for trace in ("a" * 32, "b" * 32):
        counts.answered("GET", "/traced", 200, 0.01, Identity("whatever", trace, _SPAN))
    text = metrics.get_openmetrics()
    assert '# {request_id="first-of-this-second"} 0.01 ' in text
    assert "second-of-this-second" not in text
    assert f'# {{trace_id="{"b" * 32}"}} 0.01 ' in text


async def test_without_metrics_nothing_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    app = _alone(RequestLoggingMiddleware)
    app.add_middleware(PerformanceMiddleware, slow_request_threshold=1e-9)
    label = ("request_count_total", {"method": "GET", "endpoint": "/show/{x}"})
    await _ask(app)
    names = (label, "slow_requests_total", "requests_in_progress")
    before = samples(*names)
    capsys.readouterr()
    with metrics.testing(enabled=False):
        await _ask(app)
    assert samples(*names) == before
    assert len(lines_of(capsys)) == 2


async def test_a_path_is_logged_up_to_a_length(capsys: pytest.CaptureFixture[str]) -> None:
    await _ask(_alone(RequestLoggingMiddleware), "/" + "x" * 5000)
    assert len(lines_of(capsys)[0]["path"]) == 1024
