from __future__ import annotations

import io
import json
import logging
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.utils._log_late import LateLine, Names, happening
from app.utils._log_output import Output, output
from app.utils.advanced_logging import (
    JSONFormatter,
    LoggerWithExtra,
    configure_logging,
    flush_logging,
    setup_logging,
)
from app.utils.context import request_id

NAMES = st.text(max_size=8) | st.sampled_from(("name", "args", "message", "password", "feed"))
VALUES = st.none() | st.integers() | st.floats() | st.text(max_size=20) | st.binary(max_size=5)


def test_a_finished_line_is_of_the_moment_and_the_request_that_it_was_written_in(
    capsys: pytest.CaptureFixture[str],
) -> None:
    names = Names("early-request", "7", "a" * 32, "b" * 16)
    line = LateLine(JSONFormatter().encode_event, 0.0, "x", "INFO", names, lambda: ("done", {}))
    token = request_id.set("late-request")
    setup_logging("tests.moment").write(logging.INFO, "done", {})
    request_id.reset(token)
    assert json.loads(bytes(line)) == {
        "timestamp": "1970-01-01T00:00:00.000Z",
        "level": "INFO",
        "logger": "x",
        "message": "done",
        "request_id": "early-request",
        "user_id": "7",
        "trace_id": "a" * 32,
        "span_id": "b" * 16,
    }
    first = bytes(line)
    assert first is bytes(line)
    assert json.loads(capsys.readouterr().err)["request_id"] == "late-request"


def test_what_is_put_into_words_later_is_the_same_in_all_files(tmp_path: Path) -> None:
    configure_logging(directory=tmp_path)
    try:
        setup_logging("tests.later").bind(feed="irve").write_later(
            logging.ERROR, lambda: ("done", {"row": 2})
        )
        assert flush_logging()
    finally:
        configure_logging()
    for file in ("app.log", "errors.log"):
        line = json.loads((tmp_path / file).read_text())
        assert (line["message"], line["feed"], line["row"]) == ("done", "irve", 2)


def test_finished_lines_go_where_their_level_belongs(tmp_path: Path) -> None:
    configure_logging(directory=tmp_path)
    try:
        logger = setup_logging("tests.levels")
        logger.write(logging.INFO, "well", {"args": "its own"})
        logger.write(logging.ERROR, "not well", {})
        assert flush_logging()
    finally:
        configure_logging()
    told = [json.loads(line) for line in (tmp_path / "app.log").read_text().splitlines()]
    failed = [json.loads(line) for line in (tmp_path / "errors.log").read_text().splitlines()]
    assert [line["message"] for line in told] == ["well", "not well"]
    assert told[0]["extra_args"] == "its own"
    assert failed == told[1:]


def test_a_finished_line_has_what_is_bound(capsys: pytest.CaptureFixture[str]) -> None:
    setup_logging("tests.bound").bind(feed="irve", row=1).write(logging.INFO, "x", {"row": 2})
    line = json.loads(capsys.readouterr().err)
    assert (line["feed"], line["row"]) == ("irve", 2)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(message=st.text(max_size=30), extra=st.dictionaries(NAMES, VALUES, max_size=5))
def test_a_plain_call_tells_what_a_record_tells(
    capsys: pytest.CaptureFixture[str], message: str, extra: dict[str, object]
) -> None:
    logger = setup_logging("tests.plain").bind(feed="irve")
    capsys.readouterr()
    logger.info(message, extra=extra)
    logger.info(message, extra=extra, stack_info=False)  # which needs a record
    plain, recorded = map(json.loads, capsys.readouterr().err.splitlines())
    assert plain.pop("timestamp") <= recorded.pop("timestamp")
    assert plain == recorded


@pytest.mark.parametrize(
    "value",
    [7, 1.5, None, True, "word", 2**63, -(2**70), b"raw", [1], "password=hunter2", float("nan")],
)
def test_a_key_that_is_known_may_have_any_value(value: object) -> None:
    """Keys are looked at closely once, values each time."""
    formatter = JSONFormatter()
    formatter.encode_event(happening("x", "INFO", "done", {"row": 1}))
    again = json.loads(formatter.encode_event(happening("x", "INFO", "done", {"row": value})))
    first = json.loads(JSONFormatter().encode_event(happening("x", "INFO", "done", {"row": value})))
    assert again["row"] == first["row"]
    assert "hunter2" not in str(again)


def test_what_is_configured_before_the_first_logger_has_a_console(
    capsys: pytest.CaptureFixture[str],
) -> None:
    fresh = Output()
    fresh.configure(logging.WARNING, JSONFormatter(), JSONFormatter(), ())
    logger = LoggerWithExtra(fresh.attach("tests.fresh", JSONFormatter()))
    logger.info("unheard")
    logger.warning("heard")
    flush_logging()
    logger.logger.handlers.clear()
    assert json.loads(capsys.readouterr().err)["message"] == "heard"


def test_a_level_that_is_off_costs_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    setup_logging("tests.off").debug("unheard")
    assert capsys.readouterr().err == ""


def test_a_logger_that_was_not_set_up_takes_finished_lines_too(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(output, "handlers", [])
    LoggerWithExtra(logging.getLogger("tests.plain")).write(logging.WARNING, "done", {})
    assert caplog.messages == ["done"]


def test_a_finished_line_that_cannot_be_told_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(created_s: float) -> str:
        raise OverflowError(created_s)

    monkeypatch.setattr("app.utils._log_json.timestamp", fail)
    told = json.loads(JSONFormatter().encode_event(happening("x", "INFO", "done", {})))
    assert told["message"] == "[log record refused: OverflowError]"


@pytest.mark.parametrize("listener", ["handler", "filter", "filter of a handler", "reporter"])
def test_whoever_listens_gets_a_record_of_a_finished_line(
    listener: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    logger = setup_logging(f"tests.{listener}").logger
    seen: list[str] = []

    def note(record: logging.LogRecord) -> bool:
        seen.append(record.getMessage())
        return True

    def report(self: logging.Logger, record: logging.LogRecord) -> None:
        note(record)
        usual(self, record)

    usual = logging.Logger.callHandlers
    if listener == "handler":
        own = logging.StreamHandler(io.StringIO())
        own.addFilter(note)
        logger.addHandler(own)
    elif listener == "reporter":
        monkeypatch.setattr(logging.Logger, "callHandlers", report)
    else:
        holder = logger if listener == "filter" else logger.handlers[0]
        holder.addFilter(note)
    LoggerWithExtra(logger).write(logging.INFO, "GET /x 200", {"status": 200})
    logger.handlers[0].removeFilter(note)
    assert seen == ["GET /x 200"]
    assert json.loads(capsys.readouterr().err)["status"] == 200
