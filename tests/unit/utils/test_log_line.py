from __future__ import annotations

import json
import logging
import types
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.utils import _log_record
from app.utils._log_schemas import SCHEMAS
from app.utils._redaction import HIDDEN
from app.utils.advanced_logging import (
    MAX_LINE_BYTES,
    JSONFormatter,
    TextFormatter,
    decode_line,
    decode_lines,
)
from app.utils.context import request_id, span_id, trace_id, user_id
from tests.fixtures.log_records import line_of, make_record


class Hostile:
    """A value whose every representation raises."""

    def __repr__(self) -> str:
        raise RuntimeError("no representation")


class HostileError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no message")


def test_all_of_the_context_is_told() -> None:
    variables = (request_id, user_id, trace_id, span_id)
    tokens = [variable.set(variable.name) for variable in variables]
    try:
        line = line_of(make_record(user_id=7))
        text = TextFormatter().format(make_record())
    finally:
        for variable, token in zip(variables, tokens, strict=True):
            variable.reset(token)
    assert {name: line[name] for name in ("request_id", "user_id", "trace_id", "span_id")} == {
        "request_id": "request_id",
        "user_id": "user_id",
        "trace_id": "trace_id",
        "span_id": "span_id",
    }
    assert line["extra_user_id"] == 7
    assert text.endswith("hello request_id=request_id user_id=user_id")


def test_an_id_that_only_the_call_knows_is_no_collision() -> None:
    assert line_of(make_record(request_id="of-a-task"))["request_id"] == "of-a-task"


def test_extras_that_collide_twice_are_all_kept() -> None:
    line = line_of(make_record(level=1, extra_level=2, extra_extra_level=3))
    assert line["level"] == "WARNING"
    assert sorted(value for key, value in line.items() if key.endswith("_level")) == [1, 2, 3]


def test_keys_may_be_anything() -> None:
    record = make_record()
    odd: dict[Any, object] = {5: "five", None: "none", "a\ud800": "b", "token": 1}
    record.__dict__.update(odd, color_message="")
    line = line_of(record)
    assert line["5"] == "five"
    assert line["None"] == "none"
    assert line["token"] == HIDDEN
    assert "color_message" not in line


def test_nothing_and_yes_or_no_are_no_secrets() -> None:
    harmless = {"password": None, "token": False}
    line = line_of(make_record(**harmless, deep=[harmless]))
    assert (line["password"], line["token"]) == (None, False)
    assert line["deep"] == [harmless]


def test_keys_that_are_known_are_bounded() -> None:
    formatter = JSONFormatter()
    for number in range(5_000):
        formatter.format(make_record(**{f"key{number}": number}))
    assert len(formatter._ordinary) <= 4096


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_what_is_no_number_is_null(value: float) -> None:
    line = line_of(make_record(value=value, deep=[value]))
    assert line["value"] is None
    assert line["deep"] == [None]


def test_what_breaks_lines_or_bends_terminals_is_escaped() -> None:
    breaking = "a\nb\r\u2028\u2029\x85\x9b31m\x7f\u202e\u2066\x1c\x00"
    text = JSONFormatter().format(make_record(breaking, key=breaking))
    assert all(char.isprintable() for char in text)
    assert json.loads(text)["message"] == breaking
    assert json.loads(text)["key"] == breaking
    assert "é" in JSONFormatter().format(make_record("é"))


def test_an_exception_tells_its_causes_and_its_group() -> None:
    error = ExceptionGroup("several", [ValueError("one"), OSError("two")])
    error.__cause__ = KeyError("inner token=abc12345")
    record = make_record()
    record.exc_info = (type(error), error, None)
    told = line_of(record)["exception"]
    assert told["type"] == "ExceptionGroup"
    assert told["message"].startswith("several")
    assert all(part in told["stack"] for part in ("KeyError", "ValueError: one", "OSError: two"))
    assert "abc12345" not in told["stack"]


def test_exceptions_of_ours_are_named_with_their_module() -> None:
    record = make_record()
    record.exc_info = (None, HostileError(), None)  # type: ignore[assignment] # as some callers do
    told = line_of(record)["exception"]
    assert told["type"].endswith("test_log_line.HostileError")
    assert told["message"] == "[unprintable HostileError]"


@pytest.mark.parametrize("exc_info", [None, (None, None, None), True, "text", 5])
def test_exc_info_that_holds_no_exception_tells_none(exc_info: object) -> None:
    record = make_record()
    record.exc_info = exc_info  # type: ignore[assignment] # as some callers do
    assert "exception" not in line_of(record)


def test_exc_info_may_ask_for_the_current_exception() -> None:
    record = make_record()
    record.exc_info = True  # type: ignore[assignment] # as some callers do
    try:
        int("now")
    except ValueError:
        assert "now" in line_of(record)["exception"]["message"]


def test_a_stack_formatted_elsewhere_is_told() -> None:
    record = make_record()
    record.exc_text = "Traceback of another process"
    assert line_of(record)["exception"]["stack"] == "Traceback of another process"


def test_a_long_stack_keeps_both_ends() -> None:
    record = make_record()
    record.exc_text = "begin" + "x" * 100_000 + "end"
    stack = line_of(record)["exception"]["stack"]
    assert stack.startswith("begin")
    assert stack.endswith("end")
    assert len(stack) < 20_000


def test_an_exception_that_cannot_be_formatted_tells_where_it_was_raised(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(_error: BaseException) -> list[str]:
        raise RuntimeError

    broken = types.SimpleNamespace(
        format_exception=refuse, format_tb=lambda _trace: ["where it was raised"]
    )
    monkeypatch.setattr(_log_record, "traceback", broken)
    record = make_record()
    record.exc_info = (ValueError, ValueError("x"), None)
    assert line_of(record)["exception"]["stack"] == "where it was raised"


def test_a_record_that_is_none_is_still_a_line() -> None:
    record = make_record()
    record.created = "yesterday"  # type: ignore[assignment] # what others may do
    assert line_of(record) == {
        "level": "WARNING",
        "logger": "some.name",
        "message": "[log record refused: TypeError]",
    }


def test_a_line_is_bounded() -> None:
    record = make_record(**{f"key{number}": "x" * 20_000 for number in range(100)})
    text = JSONFormatter().format(record)
    assert len(text) <= MAX_LINE_BYTES
    assert json.loads(text)["message"] == "hello"


# Shared by all examples, since a formatter treats keys that it knows differently.
FORMATTERS = {str(name): JSONFormatter(name) for name in SCHEMAS}

_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.text(alphabet="\ud800\udfff\u2028\n\x1b\x85", max_size=5)
    | st.binary(max_size=10)
    | st.datetimes()
    | st.decimals()
    | st.uuids()
    | st.builds(Hostile)
    | st.builds(HostileError)
    | st.sampled_from([object, 2**70, -(2**70)]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(max_size=5) | st.integers(), inner, max_size=3)
    ),
    max_leaves=12,
)


@settings(max_examples=50, deadline=None)
@given(
    st.sampled_from(list(FORMATTERS)),
    _values,
    st.lists(_values, max_size=3),
    st.dictionaries(
        st.text(max_size=8)
        | st.sampled_from(["level", "message", "error", "method", "endpoint", "duration_ms"]),
        _values,
        max_size=6,
    ),
)
def test_any_record_is_one_valid_line(
    schema: str, message: object, args: list[object], extra: dict[str, Any]
) -> None:
    record = logging.LogRecord("n", logging.INFO, "f", 1, message, tuple(args), None)
    record.__dict__.update({k: v for k, v in extra.items() if k not in record.__dict__})
    line_of(record, FORMATTERS[schema])
    assert "\n" not in TextFormatter().format(record)


def test_a_terminal_gets_colours_and_no_other_escapes() -> None:
    formatter = TextFormatter()
    formatter.is_coloured = True
    text = formatter.format(make_record("a\x1b[31m"))
    assert text.count("\x1b") == 2
    assert "\x1b[33mWARNING\x1b[0m" in text
    record = make_record()
    record.levelname = "OWN\x1b"
    record.name = "a\nb"
    assert formatter.format(record).isprintable()


def test_a_line_is_decoded_into_its_fields() -> None:
    line = decode_line(JSONFormatter().encode(make_record("x", status=200, duration_ms=1.5, own=1)))
    assert (line.level, line.logger, line.message, line.status) == (
        "WARNING",
        "some.name",
        "x",
        200,
    )
    assert line.duration_ms == 1.5
    with pytest.raises(msgspec.DecodeError):
        decode_line("no line")


def test_many_lines_are_decoded_at_once() -> None:
    lines = [JSONFormatter().encode(make_record("x", status=status)) for status in (200, 404)]
    assert decode_lines(b"\n".join(lines) + b"\n") == [decode_line(line) for line in lines]
    assert decode_lines(b"") == []
    with pytest.raises(msgspec.DecodeError):
        decode_lines(lines[0] + b"\nno line\n")
