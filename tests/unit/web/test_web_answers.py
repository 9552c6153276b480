from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.requests import Request

from app.web.conditional import conditional_answer, etag_of
from app.web.errors import FormatNotAcceptable
from app.web.formats import Form, negotiate
from app.web.pages import next_link


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        (None, Form.JSON),
        (" ", Form.JSON),
        ("*/*", Form.JSON),
        ("application/json", Form.JSON),
        ("application/geo+json", Form.GEOJSON),
        ("application/vnd.geo+json", Form.GEOJSON),
        ("text/csv, application/json;q=0.5", Form.CSV),
        ("text/csv;q=0.4, application/json;q=0.5", Form.JSON),
        ("text/*", Form.CSV),
        ("application/ndjson", Form.NDJSON),
        ("application/json;q=0, */*", Form.GEOJSON),
        ("text/html,application/xhtml+xml,*/*;q=0.8", Form.JSON),
        ("text/csv;q=nonsense, application/x-ndjson", Form.NDJSON),
        ("text/csv;q=7, application/x-ndjson;q=0.1", Form.NDJSON),
        ("TEXT/CSV; charset=utf-8", Form.CSV),
    ],
)
def test_accept_is_weighed(accept: str | None, form: Form) -> None:
    assert negotiate(accept) is form


def test_nothing_acceptable_is_said_with_what_is_offered() -> None:
    with pytest.raises(FormatNotAcceptable, match="text/csv") as caught:
        negotiate("image/png")
    assert caught.value.status == 406


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=80))
def test_no_accept_header_breaks_the_negotiation(accept: str) -> None:
    with contextlib.suppress(FormatNotAcceptable):
        assert negotiate(accept) in Form


def _request(**headers: str) -> Request:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "headers": raw})


_MODIFIED = datetime(2026, 1, 31, 12, 0, 0, 500_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"if_none_match": etag_of("a")}, 304),
        ({"if_none_match": f'"other", {etag_of("a").removeprefix("W/")}'}, 304),
        ({"if_none_match": "*"}, 304),
        ({"if_none_match": '"other"', "if_modified_since": "Sat, 31 Jan 2026 12:00:00 GMT"}, 200),
        ({"if_modified_since": "Sat, 31 Jan 2026 12:00:00 GMT"}, 304),
        ({"if_modified_since": "Sat, 31 Jan 2026 12:00:00 -0000"}, 304),
        ({"if_modified_since": "Sat, 31 Jan 2026 11:59:59 GMT"}, 200),
        ({"if_modified_since": "nonsense"}, 200),
    ],
)
def test_a_current_copy_is_not_sent_again(headers: dict[str, str], status: int) -> None:
    answer = conditional_answer(
        _request(**headers), b"body", etag=etag_of("a"), last_modified=_MODIFIED
    )
    assert answer.status_code == status
    assert answer.headers["etag"] == etag_of("a")
    assert answer.headers["last-modified"] == "Sat, 31 Jan 2026 12:00:00 GMT"
    assert answer.body == (b"body" if status == 200 else b"")


def test_without_a_date_only_the_tag_counts() -> None:
    request = _request(if_modified_since="Sat, 31 Jan 2026 12:00:00 GMT")
    answer = conditional_answer(request, b"body", etag=etag_of(b"a"))
    assert answer.status_code == 200
    assert "last-modified" not in answer.headers


def test_each_part_has_its_place_in_a_tag() -> None:
    content, volatile = etag_of("a", "b").split("."), etag_of("a", "c").split(".")
    assert content[0] == volatile[0]
    assert content[1] != volatile[1]


def _scope(query: bytes, path: str = "/api/v1/stations") -> dict[str, Any]:
    return {"query_string": query, "path": path}


def test_the_next_link_keeps_the_query_and_replaces_the_cursor() -> None:
    link = next_link(_scope(b"q=a+b&cursor=old&c%75rsor=older&limit=5"), "new/=")
    assert link == '</api/v1/stations?q=a+b&limit=5&cursor=new%2F%3D>; rel="next"'


def test_a_link_cannot_be_broken_out_of() -> None:
    link = next_link(_scope(b'q=">,\xff'), "c")
    assert link == '</api/v1/stations?q=%22%3E,%FF&cursor=c>; rel="next"'
