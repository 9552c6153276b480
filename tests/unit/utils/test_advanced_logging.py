from __future__ import annotations

import json
import logging.handlers
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.utils import _redaction
from app.utils.advanced_logging import (
    JSONFormatter,
    LoggerWithExtra,
    TextFormatter,
    configure_logging,
    flush_logging,
    setup_logging,
)
from app.utils.context import request_id


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    yield
    configure_logging()


class Hostile:
    """A value whose every representation raises."""

    def __repr__(self) -> str:
        raise RuntimeError("no representation")


def _record(message: object = "hello", *args: object, **extra: object) -> logging.LogRecord:
    record = logging.LogRecord("some.name", logging.WARNING, "f.py", 1, message, args, None)
    record.__dict__.update(extra)
    return record


def _failed_record(message: str) -> logging.LogRecord:
    record = _record()
    with pytest.raises(ValueError, match=message) as caught:
        int(f"{message}")
    error = caught.value
    record.exc_info = (type(error), error, error.__traceback__)
    return record


def _line(record: logging.LogRecord) -> dict[str, Any]:
    text = JSONFormatter().format(record)
    assert "\n" not in text
    line: dict[str, Any] = json.loads(text)
    return line


def test_a_line_says_when_how_grave_where_and_what() -> None:
    record = _record("took %d ms", 12)
    record.created = 0.25
    assert _line(record) == {
        "timestamp": "1970-01-01T00:00:00.250Z",
        "level": "WARNING",
        "logger": "some.name",
        "message": "took 12 ms",
    }


def test_a_colliding_extra_is_renamed() -> None:
    line = _line(_record(level="mine", logger="x", timestamp=1, free="y"))
    assert line["level"] == "WARNING"
    assert line["extra_level"] == "mine"
    assert line["extra_logger"] == "x"
    assert line["extra_timestamp"] == 1
    assert line["free"] == "y"


def test_the_request_id_comes_from_the_context() -> None:
    token = request_id.set("abcdefgh")
    try:
        assert _line(_record())["request_id"] == "abcdefgh"
    finally:
        request_id.reset(token)
    assert "request_id" not in _line(_record())


def test_an_exception_has_type_message_and_stack() -> None:
    told = _line(_failed_record("token=abc123 was wrong"))["exception"]
    assert told["type"] == "ValueError"
    assert "abc123" not in json.dumps(told)
    assert "Traceback" in told["stack"]


def test_a_stack_that_was_asked_for_is_there() -> None:
    record = _record()
    record.stack_info = "Stack (most recent call last):\n  here"
    assert "here" in _line(record)["stack"]


@pytest.mark.parametrize(
    "key", ["password", "token", "secret", "api_key", "authorization", "cookie", "X-Api-Key"]
)
def test_secrets_are_hidden_by_key_at_any_depth(key: str) -> None:
    text = JSONFormatter().format(_record(outer={"inner": [{key: "hunter2"}]}, **{key: "hunter2"}))
    assert "hunter2" not in text


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer hunter2hunter2",
        "password=hunter2",
        '{"api_key": "hunter2"}',
        "postgresql://me:hunter2@db/x",
        "access_token: hunter2",
        "Cookie: hunter2",
    ],
)
def test_secrets_are_hidden_in_text(text: str) -> None:
    assert "hunter2" not in JSONFormatter().format(_record(text))
    assert "hunter2" not in TextFormatter().format(_record(text, note=text))


def test_harmless_text_is_left_alone() -> None:
    assert _line(_record("the tokenizer reads https://host/path"))["message"] == (
        "the tokenizer reads https://host/path"
    )


def test_hostile_values_never_raise() -> None:
    circular: list[object] = []
    circular.append(circular)
    for value in (Hostile(), circular, 2**70, float("nan"), "a\ud800b", {1: {2}}, b"\xff", object):
        line = _line(_record("%s", value, value=value))
        assert "value" in line


def test_wrong_arguments_still_make_a_line() -> None:
    assert _line(_record("%d %d", 1))["message"] == "%d %d [1]"
    assert "Hostile" in _line(_record(Hostile()))["message"]


def test_an_extra_that_cannot_be_encoded_is_cleaned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_redaction, "clean_text", lambda text: text)
    record = _record("fine")
    record.name = "bad\ud800name"
    assert _line(record)["logger"].startswith("bad")


def test_text_lines_escape_what_would_forge_a_line() -> None:
    text = TextFormatter().format(_record("a\nFAKE\r\u2028\x1b[31m", key="v"))
    assert "\n" not in text
    assert "\x1b" not in text
    assert text.endswith("key=v")


def test_text_lines_indent_a_stack() -> None:
    assert "\n    Traceback" in TextFormatter().format(_failed_record("x"))


def test_reserved_keys_never_raise(capsys: pytest.CaptureFixture[str]) -> None:
    logger = setup_logging("test.reserved")
    reserved = {"name": "n", "args": 1, "message": "m", "exc_info": 2}
    logger.info("x", extra=reserved)
    line = json.loads(capsys.readouterr().err)
    assert line["message"] == "x"
    assert line["extra_name"] == "n"
    assert line["extra_message"] == "m"
    assert line["extra_args"] == 1


def test_who_listens_gets_a_handler_of_its_own() -> None:
    logger, heard = setup_logging("test.listened"), logging.handlers.BufferingHandler(9)
    logger.addHandler(heard)
    assert heard in logger.handlers
    logger.info("first")
    logger.removeHandler(heard)
    logger.info("second")
    assert [record.getMessage() for record in heard.buffer] == ["first"]


def test_bound_extras_join_those_of_the_call(capsys: pytest.CaptureFixture[str]) -> None:
    logger = setup_logging("test.bound").bind(feed="irve")
    assert isinstance(logger, LoggerWithExtra)
    logger.info("x", extra={"row": 1})
    line = json.loads(capsys.readouterr().err)
    assert (line["feed"], line["row"]) == ("irve", 1)


def test_setting_up_twice_writes_once(capsys: pytest.CaptureFixture[str]) -> None:
    setup_logging("test.twice")
    setup_logging("test.twice.child")
    setup_logging("test.twice").info("once")
    setup_logging("test.twice.child").info("once more")
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_without_configuration_info_is_written_and_debug_is_not(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logger = setup_logging("test.levels")
    logger.debug("hidden")
    logger.info("shown")
    assert "hidden" not in (err := capsys.readouterr().err)
    assert "shown" in err


def test_files_open_once_a_directory_is_configured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    logger = setup_logging("test.files")
    configure_logging(level="DEBUG", form="text", directory=tmp_path / "logs")
    logger.debug("fine")
    logger.error("broken")
    configure_logging()
    logger.error("elsewhere")
    everything = (tmp_path / "logs" / "app.log").read_text().splitlines()
    errors = (tmp_path / "logs" / "errors.log").read_text().splitlines()
    assert [json.loads(line)["message"] for line in everything] == ["fine", "broken"]
    assert [json.loads(line)["message"] for line in errors] == ["broken"]
    assert " ERROR   test.files: broken" in capsys.readouterr().err


def test_a_file_is_rotated_at_ten_megabytes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging(directory=tmp_path)
    logger = setup_logging("test.rotation")
    for _ in range(700):
        logger.info("x" * 16_000)
    assert flush_logging()
    assert capsys.readouterr().err
    assert (tmp_path / "app.log.1").stat().st_size <= 10 * 1024 * 1024
    assert (tmp_path / "app.log").exists()


def test_very_long_messages_are_cut() -> None:
    assert len(_line(_record("y" * 100_000))["message"]) < 20_000


def test_a_finished_line_is_written_like_any_other(capsys: pytest.CaptureFixture[str]) -> None:
    logger = setup_logging("tests.finished")
    facts = {"status": 200, "args": "ours", "path": "/x?token=abc"}
    logger.write(logging.INFO, "GET /x 200", facts)
    logger.info("GET /x 200", extra=facts)
    quick, usual = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert quick.pop("timestamp") <= usual.pop("timestamp")
    assert quick == usual
    assert quick["extra_args"] == "ours"


def test_a_factory_of_records_makes_finished_lines_too(
    capsys: pytest.CaptureFixture[str],
) -> None:
    usual = logging.getLogRecordFactory()

    def branded(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = logging.LogRecord(*args, **kwargs)
        record.brand = "ours"
        return record

    logging.setLogRecordFactory(branded)
    try:
        setup_logging("tests.branded").write(logging.INFO, "made", {"status": 1})
    finally:
        logging.setLogRecordFactory(usual)
    assert json.loads(capsys.readouterr().err)["brand"] == "ours"
