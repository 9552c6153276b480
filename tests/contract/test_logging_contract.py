"""What the logging module promises by name, and what the shippers of its lines rely on."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from app.utils._log_schemas import SchemaName
from app.utils.advanced_logging import (
    JSONFormatter,
    LoggerWithExtra,
    configure_logging,
    flush_logging,
    setup_logging,
)
from app.utils.context import request_id
from tests.fixtures.log_records import line_of, make_record

DEPLOY = Path(__file__).resolve().parents[2] / "deploy" / "logging"
REQUEST = {
    "method": "GET",
    "endpoint": "/x",
    "path": "/x",
    "status": 200,
    "duration_ms": 1.5,
    "client_ip": "192.0.2.1",
    "request_bytes": 0,
    "response_bytes": 1,
}


def test_the_usage_of_the_specification(capsys: pytest.CaptureFixture[str]) -> None:
    logger = setup_logging(__name__)
    logger.info("Message", extra={"user_id": 123, "action": "login"})
    line = json.loads(capsys.readouterr().err)
    assert isinstance(logger, LoggerWithExtra)
    assert line["message"] == "Message"
    assert (line["user_id"], line["action"]) == (123, "login")
    assert line["timestamp"].endswith("Z")


@pytest.mark.parametrize("level", ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"])
def test_levels_reach_console_file_and_error_file(
    level: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    logger = setup_logging("contract.levels")
    configure_logging(level="DEBUG", directory=tmp_path)
    try:
        logger.log({"DEBUG": 10, "INFO": 20, "WARNING": 30, "ERROR": 40}.get(level, 50), "x")
        assert flush_logging()
    finally:
        configure_logging()
    is_error = level in {"ERROR", "CRITICAL"}
    assert json.loads(capsys.readouterr().err)["level"] == level
    assert len((tmp_path / "app.log").read_text().splitlines()) == 1
    assert len((tmp_path / "errors.log").read_text().splitlines()) == int(is_error)


def test_the_schema_is_configured(capsys: pytest.CaptureFixture[str]) -> None:
    logger = setup_logging("contract.schema")
    configure_logging(schema="gcp")
    try:
        logger.warning("x")
    finally:
        configure_logging()
    assert json.loads(capsys.readouterr().err)["severity"] == "WARNING"


def test_a_directory_that_cannot_be_had_leaves_logging_as_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "errors.log").mkdir()
    with pytest.raises(IsADirectoryError):
        configure_logging(level="ERROR", directory=tmp_path)
    setup_logging("contract.refused").info("still here")
    assert "still here" in capsys.readouterr().err


def test_reserved_and_doubled_keys_never_raise(capsys: pytest.CaptureFixture[str]) -> None:
    setup_logging("contract.keys").info("x", extra={"name": 1, "extra_name": 2, "msg": 3})
    line = json.loads(capsys.readouterr().err)
    assert (line["extra_extra_name"], line["extra_name"], line["extra_msg"]) == (1, 2, 3)


def _fields(schema: SchemaName) -> set[str]:
    """All fields of a line, those inside of objects with their path."""
    record = make_record("x", **REQUEST)
    record.exc_info = (ValueError, ValueError("x"), None)
    token = request_id.set("abcdefgh")
    try:
        line = line_of(record, JSONFormatter(schema))
    finally:
        request_id.reset(token)
    inner = {
        f"{name}.{key}" for name, value in line.items() if isinstance(value, dict) for key in value
    }
    return set(line) | inner


def test_google_cloud_is_configured_for_fields_that_there_are() -> None:
    text = (DEPLOY / "google-ops-agent.yaml").read_text("utf-8")
    named = set(re.findall(r"jsonPayload\.([\w.]+)", text)) | set(
        re.findall(r"time_key: (\w+)", text)
    )
    assert named
    assert named <= _fields("gcp")


def test_elastic_gets_lines_that_need_no_mapping() -> None:
    text = (DEPLOY / "filebeat.yml").read_text("utf-8")
    named = set(
        re.findall(r"[@\w]+(?:\.\w+)*", text.partition("Lines carry ")[2].partition(":")[0])
    )
    assert {"@timestamp", "log.level", "message", "ecs.version"} <= named <= _fields("ecs")
    assert "expand_keys: true" in text  # dotted names become objects


def test_cloudwatch_is_asked_for_fields_that_there_are() -> None:
    queries = json.loads((DEPLOY / "cloudwatch-queries.json").read_text("utf-8"))
    agent = json.loads((DEPLOY / "cloudwatch-agent.json").read_text("utf-8"))
    known = _fields("default") | {"@timestamp", "sink", "lost.INFO", "lost.ERROR", "p99"}
    words = {"filter", "ispresent", "stats", "pct", "as", "count", "by", "sort", "desc", "asc"}
    for query in queries.values():
        plain = re.sub(r'"[^"]*"', "", query)
        named = set(re.findall(r"@?[a-z]\w*(?:\.\w+)*", plain)) - words - {"in", "fields"}
        assert named <= known
    (file,) = agent["logs"]["logs_collected"]["files"]["collect_list"]
    assert file["file_path"].endswith("/app.log")
    assert line_of(make_record())["timestamp"][:10].count("-") == 2
