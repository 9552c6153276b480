"""``voltway serve`` as a process: it answers, it ends in peace, it fails in one sentence."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

STATIONS = 3_000


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory of a synthetic catalogue."""
    folder = tmp_path_factory.mktemp("demo")
    subprocess.run(
        [sys.executable, "-m", "app", "demo", "--stations", str(STATIONS)],
        env=_environment(folder),
        check=True,
        capture_output=True,
    )
    return folder


def _environment(data_dir: Path, **more: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return {**inherited, "DATA_DIR": str(data_dir), "PORT": "0", "HOST": "127.0.0.1", **more}


@contextmanager
def _serving(data_dir: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server process and its address; ended, if it has not ended by itself."""
    with (
        (data_dir / "serve.log").open("w") as log,
        subprocess.Popen(
            [sys.executable, "-m", "app", "serve", *arguments],
            env=_environment(data_dir),
            stderr=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        assert process.stderr is not None
        first = process.stderr.readline()
        address = re.search(r"http://[\d.]+:\d+", first)
        assert address is not None, first + process.stderr.read()
        try:
            with subprocess.Popen(["cat"], stdin=process.stderr, stdout=log):
                yield process, address.group()
                process.terminate()
                process.wait(30)
        finally:
            process.kill()


def test_it_answers_and_ends_in_peace(demo: Path) -> None:
    with _serving(demo) as (process, address):
        found = httpx2.get(f"{address}/api/v1/stations?limit=1", timeout=30).json()
        assert found["items"][0]["synthetic"] is True
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert (demo / "logs" / "app.log").exists()


def test_an_interrupt_ends_it_too(demo: Path) -> None:
    with _serving(demo) as (process, address):
        assert httpx2.get(f"{address}/health", timeout=30).status_code == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0


def test_a_stream_that_runs_is_finished_before_the_end(demo: Path) -> None:
    with _serving(demo) as (process, address):
        url = f"{address}/api/v1/stations?format=ndjson"
        with httpx2.stream("GET", url, timeout=30) as answer:
            lines = answer.iter_lines()
            next(lines)
            process.send_signal(signal.SIGTERM)
            count = 1 + sum(1 for _ in lines)
        assert process.wait(30) == 0
    assert count == STATIONS


def test_several_workers_share_a_port_and_log_files_and_end_together(demo: Path) -> None:
    log = demo / "logs" / "app.log"
    begun = log.stat().st_size if log.exists() else 0
    with _serving(demo, "--workers", "2") as (process, address):
        for _ in range(4):
            assert httpx2.get(f"{address}/api/v1/health", timeout=60).status_code == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    lines = [json.loads(line) for line in log.read_bytes()[begun:].splitlines()]
    assert [line["message"] for line in lines].count("started") == 2
    assert {path.name for path in log.parent.glob("*.log")} == {"app.log", "errors.log"}


def test_an_address_that_is_taken_is_told_in_a_sentence(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "app", "serve", "--port", str(port)],
            env=_environment(tmp_path),
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 4
    assert f"voltway: Cannot listen on 127.0.0.1:{port}" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_bad_setting_is_told_in_a_sentence(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "app", "serve"],
        env=_environment(tmp_path, LOG_LEVEL="loud"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("voltway: Environment: LOG_LEVEL='loud'")


def test_an_old_schema_is_refused_in_a_sentence(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "app", "serve"],
        env=_environment(tmp_path, AUTO_MIGRATE="false"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 4
    assert "voltway db upgrade" in done.stderr


def test_a_log_directory_that_cannot_be_made_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "logs").touch()
    done = subprocess.run(
        [sys.executable, "-m", "app", "serve"],
        env=_environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 4
    assert done.stderr.startswith(f"voltway: Log files cannot be written to {tmp_path}/logs")


def test_a_start_that_fails_is_no_success(tmp_path: Path) -> None:
    (tmp_path / "logs" / "app.log").mkdir(parents=True)
    done = subprocess.run(
        [sys.executable, "-m", "app", "serve"],
        env=_environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 4
    assert "Application startup failed" in done.stderr
