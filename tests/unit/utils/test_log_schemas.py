from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.utils._log_schemas import SCHEMAS, SchemaName
from app.utils._redaction import HIDDEN
from app.utils.advanced_logging import JSONFormatter
from app.utils.context import request_id, span_id, trace_id, user_id
from tests.fixtures.log_records import line_of, make_record

REQUEST = {
    "method": "GET",
    "endpoint": "/api/v1/stations",
    "path": "/api/v1/stations",
    "status": 200,
    "duration_ms": 12.5,
    "client_ip": "192.0.2.1",
    "request_bytes": 0,
    "response_bytes": 2048,
}


@pytest.fixture
def in_a_request() -> Iterator[None]:
    variables = (request_id, user_id, trace_id, span_id)
    tokens = [variable.set(f"the-{variable.name}") for variable in variables]
    yield
    for variable, token in zip(variables, tokens, strict=True):
        variable.reset(token)


def test_elastic_finds_its_names(in_a_request: None) -> None:
    record = make_record("done", **REQUEST, own="x")
    record.created = 0.25
    record.exc_info = (ValueError, ValueError("no"), None)
    line = line_of(record, JSONFormatter("ecs"))
    assert line == {
        "@timestamp": "1970-01-01T00:00:00.250Z",
        "log.level": "warning",
        "log.logger": "some.name",
        "message": "done",
        "ecs.version": "8.11.0",
        "http.request.id": "the-request_id",
        "user.id": "the-user_id",
        "trace.id": "the-trace_id",
        "span.id": "the-span_id",
        "error.type": "ValueError",
        "error.message": "no",
        "error.stack_trace": "ValueError: no\n",
        "http.request.method": "GET",
        "http.response.status_code": 200,
        "url.path": "/api/v1/stations",
        "client.ip": "192.0.2.1",
        "http.request.body.bytes": 0,
        "http.response.body.bytes": 2048,
        "event.duration": 12_500_000,
        "endpoint": "/api/v1/stations",
        "own": "x",
    }


def test_no_plain_value_stands_where_elastic_has_an_object() -> None:
    line = line_of(
        make_record(error="E", client="c", source="irve", user_id=5), JSONFormatter("ecs")
    )
    assert line["extra_error"] == "E"
    assert line["extra_client"] == "c"
    assert line["extra_source"] == "irve"
    assert line["user.id"] == 5
    objects = {key.partition(".")[0] for key in line if "." in key}
    assert objects.isdisjoint(line)


def test_a_user_in_the_context_goes_before_one_in_the_extras(in_a_request: None) -> None:
    line = line_of(make_record(user_id=5), JSONFormatter("ecs"))
    assert (line["user.id"], line["user_id"]) == ("the-user_id", 5)


def test_google_cloud_finds_its_names(in_a_request: None) -> None:
    record = make_record("done", **REQUEST, own="x")
    record.created = 0.25
    record.exc_info = (ValueError, ValueError("no"), None)
    assert line_of(record, JSONFormatter("gcp")) == {
        "time": "1970-01-01T00:00:00.250Z",
        "severity": "WARNING",
        "logger": "some.name",
        "message": "done",
        "logging.googleapis.com/trace": "the-trace_id",
        "logging.googleapis.com/spanId": "the-span_id",
        "logging.googleapis.com/labels": {
            "request_id": "the-request_id",
            "user_id": "the-user_id",
        },
        "error": {"type": "ValueError", "message": "no"},
        "stack_trace": "ValueError: no\n",
        "httpRequest": {
            "requestMethod": "GET",
            "requestUrl": "/api/v1/stations",
            "status": 200,
            "requestSize": "0",
            "responseSize": "2048",
            "remoteIp": "192.0.2.1",
            "latency": "0.012500s",
        },
        "endpoint": "/api/v1/stations",
        "own": "x",
    }


def test_a_slow_request_has_no_status_yet_and_no_address() -> None:
    slow = {"method": "GET", "endpoint": "/x", "duration_ms": 5}
    assert line_of(make_record(**slow), JSONFormatter("gcp"))["method"] == "GET"
    assert line_of(make_record(**slow), JSONFormatter("ecs"))["event.duration"] == 5_000_000
    unknown = REQUEST | {"client_ip": None}
    assert "remoteIp" not in line_of(make_record(**unknown), JSONFormatter("gcp"))["httpRequest"]


@pytest.mark.parametrize("duration", ["long", float("nan"), float("inf"), -1, None])
@pytest.mark.parametrize("schema", ["ecs", "gcp"])
def test_what_only_looks_like_a_request_stays_as_it_is(schema: str, duration: object) -> None:
    extras = {"method": "haversine", "endpoint": "n/a", "status": 1, "duration_ms": duration}
    formatter = JSONFormatter("ecs" if schema == "ecs" else "gcp")
    assert line_of(make_record(**extras), formatter)["method"] == "haversine"


@pytest.mark.parametrize("schema", SCHEMAS)
def test_no_extra_replaces_a_field_of_the_schema(schema: str) -> None:
    formatter = JSONFormatter(next(name for name in SCHEMAS if name == schema))
    plain = line_of(make_record(), formatter)
    forged = line_of(make_record(**dict.fromkeys(plain.keys() - {"message"}, "forged")), formatter)
    assert {key: forged[key] for key in plain if "time" not in key} == {
        key: value for key, value in plain.items() if "time" not in key
    }


@pytest.mark.parametrize("schema", SCHEMAS)
def test_secrets_are_hidden_under_every_name(schema: SchemaName) -> None:
    leaking = {"path": "/?token=hunter2", "client_ip": "pwd=hunter2", "user_id": "Bearer hunter2"}
    line = line_of(make_record(**REQUEST | leaking), JSONFormatter(schema))
    assert "hunter2" not in str(line)
    assert str(line).count(HIDDEN) == len(leaking)
