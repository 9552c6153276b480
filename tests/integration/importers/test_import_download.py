"""Downloads against a real server on the loopback that fails in every way it can."""

from __future__ import annotations

import email.utils
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import stamina

from app.importers import fetch
from app.importers.download import Validators, _retry_after_s
from app.importers.errors import SourceUnreachable, SourceUnreadable
from app.importers.fetch import Location, locate, open_location

BODY = bytes(range(256)) * 2_000


class Site:
    """A server whose answers a test scripts; remembers the requests' headers."""

    def __init__(self) -> None:
        self.requests: list[dict[str, str]] = []
        self.script: list[Callable[[BaseHTTPRequestHandler], None]] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.requests.append({name.lower(): value for name, value in self.headers.items()})
                step = site.script[min(len(site.requests), len(site.script)) - 1]
                step(self)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/feed.csv?key=secret"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def site() -> Iterator[Site]:
    running = Site()
    # Retries as in production, without the waits between them.
    with stamina.set_testing(testing=True, attempts=5, cap=True):
        yield running
    running.close()


def answer(
    body: bytes = BODY, status: int = 200, *, announce: int = -1, **headers: str
) -> Callable[[BaseHTTPRequestHandler], None]:
    def step(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body) if announce < 0 else announce))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return step


def rest_of(total: bytes, etag: str) -> Callable[[BaseHTTPRequestHandler], None]:
    """What a server answers that can resume: the rest of the version that is asked for."""

    def step(handler: BaseHTTPRequestHandler) -> None:
        if handler.headers["If-Range"] != etag:
            answer(total, ETag='"new"')(handler)
            return
        start = int(handler.headers["Range"].removeprefix("bytes=").rstrip("-"))
        span = f"bytes {start}-{len(total) - 1}/{len(total)}"
        answer(total[start:], 206, Content_Range=span, ETag=etag)(handler)

    return step


def download(url: str, known: Validators | None = None) -> tuple[bytes, Validators] | None:
    with open_location(Location("url", url), known) as opened:
        if opened is None:
            return None
        data = opened.stream.read()
        assert opened.bytes_read() == len(data)
        return data, opened.validators()


def test_hands_out_the_body_and_what_names_its_version(site: Site) -> None:
    site.script = [answer(ETag='"v1"', Last_Modified="Sat, 31 Jan 2026 12:00:00 GMT")]
    assert download(site.url) == (BODY, Validators('"v1"', "Sat, 31 Jan 2026 12:00:00 GMT"))
    assert site.requests[0]["accept-encoding"] == "identity"
    assert "if-none-match" not in site.requests[0]


def test_asks_only_for_what_has_changed(site: Site) -> None:
    site.script = [answer(b"", 304)]
    assert download(site.url, Validators('"v1"', "Sat, 31 Jan 2026 12:00:00 GMT")) is None
    assert site.requests[0]["if-none-match"] == '"v1"'
    assert site.requests[0]["if-modified-since"] == "Sat, 31 Jan 2026 12:00:00 GMT"


@pytest.mark.parametrize("status", [429, 500, 503])
def test_comes_back_when_the_server_is_busy(site: Site, status: int) -> None:
    site.script = [answer(b"", status, Retry_After="0"), answer(b"", status), answer()]
    assert download(site.url) == (BODY, Validators())
    assert len(site.requests) == 3


def test_gives_up_after_some_attempts(site: Site) -> None:
    site.script = [answer(b"", 503)]
    with pytest.raises(SourceUnreachable, match="the server answers 503"):
        download(site.url)
    assert len(site.requests) == 5


def test_a_refusal_is_final_and_shows_no_secret(site: Site) -> None:
    site.script = [answer(b"", 404)]
    with pytest.raises(SourceUnreachable, match=r"/feed\.csv cannot be reached: .* 404") as caught:
        download(site.url)
    assert "secret" not in caught.value.detail
    assert len(site.requests) == 1


@pytest.mark.parametrize("version", ['"v1"', "Sat, 31 Jan 2026 12:00:00 GMT"])
def test_goes_on_where_the_connection_broke(site: Site, version: str) -> None:
    if version.startswith('"'):
        broken = answer(BODY[:200_000], announce=len(BODY), ETag=version)
    else:
        broken = answer(BODY[:200_000], announce=len(BODY), Last_Modified=version)
    broken_again = answer(
        BODY[200_000:300_000],
        206,
        announce=len(BODY) - 200_000,
        Content_Range=f"bytes 200000-{len(BODY) - 1}/{len(BODY)}",
    )
    site.script = [broken, broken_again, rest_of(BODY, version)]
    result = download(site.url)
    assert result is not None
    assert result[0] == BODY
    assert [request.get("range") for request in site.requests] == [
        None,
        "bytes=200000-",
        "bytes=300000-",
    ]


def test_does_not_mix_two_versions(site: Site) -> None:
    site.script = [
        answer(BODY[:1000], announce=len(BODY), ETag='"v1"'),
        rest_of(BODY, '"v2"'),
    ]
    with pytest.raises(SourceUnreadable, match="the file has changed or the server cannot resume"):
        download(site.url)


@pytest.mark.parametrize(
    "broken",
    [
        answer(BODY[:1000], announce=len(BODY)),
        answer(BODY[:1000], announce=len(BODY), ETag='W/"weak"'),
    ],
    ids=["nameless", "weak"],
)
def test_cannot_resume_what_has_no_strong_name(
    site: Site, broken: Callable[[BaseHTTPRequestHandler], None]
) -> None:
    site.script = [broken]
    with pytest.raises(SourceUnreadable, match="names no version that it could be resumed from"):
        download(site.url)


def test_gives_up_when_it_breaks_at_one_place_again_and_again(site: Site) -> None:
    nothing_more = answer(
        b"", 206, announce=100, Content_Range=f"bytes 1000-{len(BODY) - 1}/{len(BODY)}"
    )
    site.script = [answer(BODY[:1000], announce=len(BODY), ETag='"v1"'), nothing_more]
    with pytest.raises(SourceUnreadable, match="broke at byte 1000 again and again"):
        download(site.url)


def test_follows_few_redirects_only(site: Site) -> None:
    site.script = [answer(b"", 302, Location="/elsewhere"), answer()]
    assert download(site.url) == (BODY, Validators())
    site.requests.clear()
    site.script = [answer(b"", 302, Location="/round")]
    with pytest.raises(SourceUnreachable, match="redirect"):
        download(site.url)


def test_a_redirect_leads_to_http_only(site: Site) -> None:
    site.script = [answer(b"", 302, Location="file:///etc/hostname")]
    with pytest.raises(SourceUnreachable):
        download(site.url)


def test_nobody_listening_is_unreachable(site: Site) -> None:
    with pytest.raises(SourceUnreachable, match=r"127\.0\.0\.1:1/x cannot be reached"):
        download("http://127.0.0.1:1/x")


@pytest.mark.parametrize("url", ["ftp://example.org/x", "http://[broken", "file:///etc/hostname"])
def test_only_http_urls_are_fetched(url: str) -> None:
    with pytest.raises(SourceUnreachable):
        download(url)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [(None, None), ("7", 7), ("99999", 120), ("soon", None), ("Thu, 01 Jan 1970 00:00:00 GMT", 0)],
)
def test_retry_after_is_a_number_or_a_date_within_bounds(
    text: str | None, seconds: float | None
) -> None:
    assert _retry_after_s(text) == seconds


def test_retry_after_may_lie_ahead() -> None:
    seconds = _retry_after_s(email.utils.formatdate(time.time() + 60, usegmt=True))
    assert seconds is not None
    assert 50 < seconds <= 60


def test_files_are_opened_by_path(tmp_path: Path) -> None:
    path = tmp_path / "feed.csv"
    path.write_bytes(BODY)
    with open_location(locate(str(path))) as opened:
        assert opened is not None
        assert opened.size_bytes == len(BODY)
        assert opened.stream.read() == BODY
    with (
        pytest.raises(SourceUnreachable, match="No such file"),
        open_location(locate(str(tmp_path / "absent"))),
    ):
        pass


def test_a_folder_is_no_input(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreachable, match="directory"):
        fetch.open_location(locate(str(tmp_path))).__enter__()


def test_what_a_user_typed_is_told_apart() -> None:
    assert locate("-").kind == "stdin"
    assert locate("https://user:pw@example.org:444/a?b=c").origin == "https://example.org:444/a"
    assert locate("http://example.org/a").origin == "http://example.org/a"
    assert locate("some/file.csv") == Location("file", "some/file.csv")
    assert locate("http://a/b?c").digest != locate("http://a/b?d").digest
    assert fetch.STANDARD_INPUT == "-"
