"""How a request comes to an end: by its answer, its client, our failure, or a shutdown."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.middleware import _exchange
from app.middleware.logging import RequestLoggingMiddleware
from app.middleware.request_id import RequestIdShell
from app.web.problems import UnhandledErrors
from tests.fixtures.asgi import Client, http_scope, lines_of, samples

pytestmark = pytest.mark.anyio

_DISCONNECT = {"type": "http.disconnect"}
_EMPTY_BODY = {"type": "http.request", "body": b"", "more_body": False}


async def _line(
    app: ASGIApp, client: Client, capsys: pytest.CaptureFixture[str], **scope: Any
) -> dict[str, Any]:
    await RequestLoggingMiddleware(app)(http_scope(**scope), client.receive, client.send)
    return lines_of(capsys)[-1]


async def test_an_answer_that_comes_after_its_client_left_is_499(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def asks_then_answers(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await PlainTextResponse("late")(scope, receive, send)

    line = await _line(asks_then_answers, Client(_DISCONNECT), capsys)
    assert (line["status"], line["level"]) == (499, "INFO")
    assert "aborted" not in line


@pytest.fixture
def every_answer_is_late(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_exchange, "LOOK_AFTER_S", -1.0)


@pytest.mark.usefixtures("every_answer_is_late")
async def test_a_busy_route_does_not_hide_that_its_client_left(
    capsys: pytest.CaptureFixture[str],
) -> None:
    line = await _line(PlainTextResponse("late"), Client(_DISCONNECT), capsys)
    assert line["status"] == 499


@pytest.mark.usefixtures("every_answer_is_late")
async def test_looking_for_the_client_takes_no_body_away(
    capsys: pytest.CaptureFixture[str],
) -> None:
    bodies: list[Message] = []

    async def reads_late(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        bodies.append(await receive())
        await send({"type": "http.response.body", "body": b"x"})

    body = {"type": "http.request", "body": b"12", "more_body": False}
    line = await _line(reads_late, Client(body), capsys)
    assert bodies == [body]
    assert (line["status"], line["request_bytes"]) == (200, 2)


@pytest.mark.usefixtures("every_answer_is_late")
async def test_a_body_that_nobody_read_is_not_called_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    line = await _line(PlainTextResponse("x"), Client(_DISCONNECT), capsys, method="POST")
    assert line["status"] == 200


@pytest.mark.usefixtures("every_answer_is_late")
async def test_a_client_that_waits_is_not_waited_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert (await _line(PlainTextResponse("x"), Client(), capsys))["status"] == 200


async def test_a_disconnect_after_the_answer_is_how_it_should_be(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def answers_then_listens(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse("x")(scope, receive, send)
        await receive()

    assert (await _line(answers_then_listens, Client(_DISCONNECT), capsys))["status"] == 200


async def test_what_breaks_off_half_way_is_our_failure(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def some() -> AsyncIterator[bytes]:
        yield b"x"
        raise RuntimeError("half way")

    failures = ("responses_total", {"status": "5xx"})
    (before,) = samples(failures)
    client = Client()
    with pytest.raises((RuntimeError, ExceptionGroup)):
        await RequestLoggingMiddleware(StreamingResponse(some()))(
            http_scope(), client.receive, client.send
        )
    (line,) = lines_of(capsys)
    assert (line["status"], line["sent_status"], line["aborted"]) == (500, 200, True)
    assert (line["level"], line["response_bytes"]) == ("ERROR", 1)
    assert samples(failures) == [before + 1]


async def test_an_answer_without_an_end_is_our_failure(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def stops(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    line = await _line(stops, Client(), capsys)
    assert (line["status"], line["aborted"], line["level"]) == (500, True, "ERROR")


async def test_no_answer_at_all_is_our_failure(capsys: pytest.CaptureFixture[str]) -> None:
    async def says_nothing(*_: object) -> None: ...

    line = await _line(says_nothing, Client(), capsys)
    assert line["status"] == 500
    assert "aborted" not in line


async def test_what_fails_after_its_answer_was_answered_all_the_same(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def fails_behind(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse("x")(scope, receive, send)
        raise RuntimeError("in the background")

    client = Client()
    with pytest.raises(RuntimeError):
        await RequestLoggingMiddleware(fails_behind)(http_scope(), client.receive, client.send)
    (line,) = lines_of(capsys)
    assert (line["status"], line["level"]) == (200, "ERROR")


async def test_a_request_that_is_cancelled_leaves_no_gauge_up(
    capsys: pytest.CaptureFixture[str],
) -> None:
    begun = asyncio.Event()

    async def waits(*_: object) -> None:
        begun.set()
        await asyncio.Event().wait()

    before = samples("requests_in_progress")
    client = Client()
    call = RequestLoggingMiddleware(waits)(http_scope(), client.receive, client.send)
    task = asyncio.ensure_future(call)
    await begun.wait()
    assert samples("requests_in_progress") == [before[0] + 1]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert samples("requests_in_progress") == before
    (line,) = lines_of(capsys)
    assert (line["status"], line["level"]) == (499, "INFO")


async def test_the_body_of_an_answer_to_head_is_never_sent(
    capsys: pytest.CaptureFixture[str],
) -> None:
    line = await _line(PlainTextResponse("four"), Client(), capsys, method="HEAD")
    assert (line["status"], line["response_bytes"]) == (200, 0)


async def test_a_file_that_the_server_sends_is_an_answer(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def sends_a_file(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.pathsend", "path": "/x"})

    line = await _line(sends_a_file, Client(), capsys)
    assert (line["status"], line["response_bytes"]) == (200, 0)


async def test_an_error_of_the_socket_is_the_client_and_one_of_a_file_is_ours(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def reads_a_file(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"x", "more_body": True})
        raise OSError("disk")

    class Gone(Client):
        async def send(self, message: Message) -> None:
            if message["type"] == "http.response.body":
                raise BrokenPipeError

    app = RequestIdShell(RequestLoggingMiddleware(UnhandledErrors(reads_a_file)))
    with pytest.raises(OSError, match="disk"):
        await app(http_scope(), Client().receive, Client().send)
    unhandled, line = lines_of(capsys)
    assert unhandled["message"] == "unhandled error"
    assert line["status"] == 500

    gone = Gone()
    await app(http_scope(), gone.receive, gone.send)
    (line,) = lines_of(capsys)
    assert (line["status"], line["level"]) == (499, "INFO")
