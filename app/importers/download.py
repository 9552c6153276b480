"""A download that survives: retried, resumed where it broke, asked for only if it changed."""

from __future__ import annotations

import email.utils
import io
import time
from collections.abc import Iterator
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

import httpx2
import stamina

from app.importers.errors import SourceUnreachable, SourceUnreadable

ATTEMPTS = 5
"""Of one request; the waits between them double from half a second to half a minute."""

MAX_RESUMES_WITHOUT_PROGRESS = 5
MAX_REDIRECTS = 5
CONNECT_TIMEOUT_S = 15.0
READ_TIMEOUT_S = 60.0
MAX_RETRY_AFTER_S = 120.0
_PARTIAL, _NOT_MODIFIED, _TOO_MANY = 206, 304, 429
_OUT_OF_RANGE = 416


class Validators(NamedTuple):
    """What a server said about the version that it handed out."""

    etag: str | None = None
    last_modified: str | None = None


class _TryLater(Exception):
    """The server asks to come back: 429 or 5xx."""

    def __init__(self, status: int, retry_after_s: float | None) -> None:
        super().__init__(f"the server answers {status}")
        self.retry_after_s = retry_after_s


class Download(io.RawIOBase):
    """The body of a URL as a raw stream; use it as a context.

    Args:
        url: http or https.
        origin: The URL as it may be shown.
        known: Validators of the copy that is already here.

    Raises:
        SourceUnreachable: On entering: wrong URL, no answer after retries, or a 4xx.
        SourceUnreadable: On reading: it broke off and could not be resumed.
    """

    def __init__(self, url: str, origin: str, known: Validators | None = None) -> None:
        self._url = url
        self._origin = origin
        self._known = known or Validators()
        self._client = httpx2.Client(
            follow_redirects=True,
            max_redirects=MAX_REDIRECTS,
            timeout=httpx2.Timeout(READ_TIMEOUT_S, connect=CONNECT_TIMEOUT_S),
            headers={"user-agent": "voltway-importer", "accept": "*/*"},
        )
        self._response: httpx2.Response | None = None
        self._chunks: Iterator[bytes] = iter(())
        self._rest = b""
        self._position = 0
        self.is_unmodified = False
        self.size_bytes: int | None = None
        self.validators = Validators()

    def __enter__(self) -> Self:
        try:
            parts = urlsplit(self._url)
        except ValueError as error:
            raise SourceUnreachable(self._origin, f"it is no URL ({error})") from error
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise SourceUnreachable(self._origin, "it is no URL of http or https")
        try:
            self._start(self._request({k: v for k, v in self._conditions() if v is not None}))
        except BaseException:
            self.close()
            raise
        return self

    def _conditions(self) -> Iterator[tuple[str, str | None]]:
        # Bytes as they are stored: an ETag and a byte range belong to one coding only.
        yield "accept-encoding", "identity"
        yield "if-none-match", self._known.etag
        yield "if-modified-since", self._known.last_modified

    def _start(self, response: httpx2.Response) -> None:
        self.is_unmodified = response.status_code == _NOT_MODIFIED
        length = response.headers.get("content-length", "")
        self.size_bytes = int(length) if length.isdigit() else None
        self.validators = Validators(
            response.headers.get("etag"), response.headers.get("last-modified")
        )
        self._follow(response)

    def _follow(self, response: httpx2.Response) -> None:
        self._drop_response()
        self._response = response
        self._chunks = response.iter_raw()

    def _request(self, headers: dict[str, str]) -> httpx2.Response:
        """An answer of 2xx, 304 or 416, after as many attempts as it takes."""
        try:
            for attempt in stamina.retry_context(
                on=_is_passing,
                attempts=ATTEMPTS,
                timeout=None,
                wait_initial=0.5,
                wait_max=30.0,
            ):
                with attempt:
                    return self._request_once(headers)
        except (httpx2.HTTPError, _TryLater) as error:
            raise SourceUnreachable(self._origin, _describe(error)) from error
        raise AssertionError("stamina either returns or raises")

    def _request_once(self, headers: dict[str, str]) -> httpx2.Response:
        request = self._client.build_request("GET", self._url, headers=headers)
        response = self._client.send(request, stream=True)
        status = response.status_code
        if response.is_success or status in {_NOT_MODIFIED, _OUT_OF_RANGE}:
            return response
        response.close()
        if status == _TOO_MANY or response.is_server_error:
            raise _TryLater(status, _retry_after_s(response.headers.get("retry-after")))
        raise SourceUnreachable(self._origin, f"the server answers {status}")

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any) -> int:
        """As of any raw stream; goes on where a broken connection left off."""
        if not self._rest:
            self._rest = self._next_chunk()
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count

    def _next_chunk(self) -> bytes:
        for _ in range(MAX_RESUMES_WITHOUT_PROGRESS + 1):
            try:
                chunk = next(self._chunks, b"")
            except httpx2.TransportError as error:
                self._resume(error)
                continue
            self._position += len(chunk)
            if not chunk and self.size_bytes is not None and self._position < self.size_bytes:
                self._resume(httpx2.ReadError("the connection closed early"))
                continue
            return chunk
        raise SourceUnreadable(
            self._origin, f"the connection broke at byte {self._position} again and again"
        )

    def _resume(self, error: Exception) -> None:
        """Ask for the rest of the same version, or give up if there is no such thing."""
        version = self.validators.etag or self.validators.last_modified
        if version is None or version.startswith("W/"):
            raise SourceUnreadable(
                self._origin,
                f"the connection broke at byte {self._position} ({_describe(error)}), and the"
                " server names no version that it could be resumed from",
            ) from error
        response = self._request(
            {
                "accept-encoding": "identity",
                "range": f"bytes={self._position}-",
                "if-range": version,
            }
        )
        starts_here = response.headers.get("content-range", "").startswith(
            f"bytes {self._position}-"
        )
        if response.status_code != _PARTIAL or not starts_here:
            response.close()
            raise SourceUnreadable(
                self._origin,
                f"the connection broke at byte {self._position}, and the file has changed or"
                " the server cannot resume",
            ) from error
        self._follow(response)

    def _drop_response(self) -> None:
        if self._response is not None:
            self._response.close()
            self._response = None

    def close(self) -> None:
        """Close the connection."""
        self._drop_response()
        self._client.close()
        super().close()

    def __exit__(self, *_error: object) -> None:
        self.close()


def _is_passing(error: Exception) -> bool | float:
    """Whether to try again, or after how many seconds the server wants us back."""
    if isinstance(error, _TryLater):
        return True if error.retry_after_s is None else error.retry_after_s
    return isinstance(error, httpx2.TransportError) and not isinstance(
        error, httpx2.UnsupportedProtocol
    )


def _retry_after_s(text: str | None) -> float | None:
    """Seconds of a ``Retry-After`` (a number or an HTTP date), at most two minutes."""
    if text is None:
        return None
    if text.strip().isdigit():
        seconds = float(text)
    else:
        try:
            seconds = email.utils.parsedate_to_datetime(text).timestamp() - time.time()
        except ValueError:
            return None
    return min(max(seconds, 0.0), MAX_RETRY_AFTER_S)


def _describe(error: Exception) -> str:
    return str(error) or type(error).__name__
