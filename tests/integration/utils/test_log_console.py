"""The console: whatever standard error is, and however slowly it is read."""

from __future__ import annotations

import io
import json
import os
import pty
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from app.utils._log_sinks import ConsoleHandler
from app.utils.advanced_logging import JSONFormatter, TextFormatter
from tests.fixtures.log_records import make_record

_WAIT_S = 20.0

_FLOOD = """
import sys
from app.utils.advanced_logging import flush_logging, setup_logging
logger = setup_logging("flood")
for number in range(10_000):
    logger.info("x" * 1_000, extra={"number": number})
for number in range(10):
    logger.error("grave", extra={"number": number})
print("all calls returned", flush=True)
sys.stdin.readline()
print(flush_logging(float(sys.argv[1])), flush=True)
logger.info("after")
"""

_FORK = """
import os, sys, warnings
from pathlib import Path
warnings.simplefilter("ignore", DeprecationWarning)  # from 3.12 on, of forks beside threads
from app.utils.advanced_logging import configure_logging, flush_logging, setup_logging
configure_logging(directory=Path(sys.argv[1]))
logger = setup_logging("fork")
for number in range(100):
    logger.info("before", extra={"number": number})
pid = os.fork()
name = "parent" if pid else "child"
for number in range(100):
    logger.info(name, extra={"number": number})
if not pid:
    flush_logging(20)
    os._exit(0)
os.waitpid(pid, 0)
"""

_MULTIPROCESSING = """
import multiprocessing
from app.utils.advanced_logging import setup_logging
logger = setup_logging("worker")
if __name__ == "__main__":
    process = multiprocessing.get_context("fork").Process(target=logger.info, args=("last words",))
    process.start()
    process.join()
"""

_KILLED = """
import os, sys
from pathlib import Path
from app.utils.advanced_logging import configure_logging, flush_logging, setup_logging
configure_logging(directory=Path(sys.argv[1]))
logger = setup_logging("killed")
for number in range(100):
    logger.info("x", extra={"number": number})
flush_logging(20)
logger.info("perhaps")
os.kill(os.getpid(), 9)
"""

_LONG = """
import sys
from app.utils.advanced_logging import setup_logging
logger = setup_logging("long")
for number in range(200):
    logger.info("x" * 9_000, extra={"writer": sys.argv[1], "number": number})
print("all calls returned", flush=True)
"""


def start(code: str, *arguments: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def opened(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None
    return stream


def told(text: bytes) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_full_pipe_holds_up_no_caller_and_recovers() -> None:
    with start(_FLOOD, _WAIT_S) as process:
        # Nobody reads the log, and yet every call comes back.
        assert opened(process.stdout).readline() == b"all calls returned\n"
        texts: list[bytes] = []
        reader = threading.Thread(target=lambda: texts.append(opened(process.stderr).read()))
        reader.start()
        opened(process.stdin).write(b"\n")
        opened(process.stdin).flush()
        assert opened(process.stdout).readline() == b"True\n"
        reader.join(_WAIT_S)
    lines = told(texts[0])
    messages = Counter(line["message"] for line in lines)
    assert messages["grave"] == 10
    assert messages["after"] == 1
    lost = [line["lost"] for line in lines if line["message"] == "log lines were lost"]
    assert lost == [{"INFO": 10_000 - messages["x" * 1_000]}]


def test_a_process_ends_though_nobody_reads_its_log() -> None:
    with start(_FLOOD, 0) as process:
        assert opened(process.stdout).readline() == b"all calls returned\n"
        opened(process.stdin).write(b"\n")
        opened(process.stdin).flush()
        assert opened(process.stdout).readline() == b"False\n"
        assert process.wait(_WAIT_S) == 0


def test_what_was_logged_before_a_fork_is_written_once(tmp_path: Path) -> None:
    with start(_FORK, tmp_path) as process:
        _, on_console = process.communicate(timeout=_WAIT_S)
    assert process.returncode == 0
    for text in (on_console, (tmp_path / "app.log").read_bytes()):
        lines = Counter((line["message"], line["number"]) for line in told(text))
        assert lines == Counter(
            (name, number) for name in ("before", "parent", "child") for number in range(100)
        )


def test_a_process_of_multiprocessing_writes_its_last_line() -> None:
    with start(_MULTIPROCESSING) as process:
        _, err = process.communicate(timeout=_WAIT_S)
    assert [line["message"] for line in told(err)] == ["last words"]


def test_a_killed_process_loses_no_more_than_its_queue(tmp_path: Path) -> None:
    with start(_KILLED, tmp_path) as process:
        process.communicate(timeout=_WAIT_S)
    assert process.returncode == -signal.SIGKILL
    lines = told((tmp_path / "app.log").read_bytes())
    assert [line["number"] for line in lines[:100]] == list(range(100))


def test_processes_that_share_a_pipe_do_not_mix_their_lines() -> None:
    inlet, outlet = os.pipe()
    command = [sys.executable, "-c", _LONG]
    writers = [
        subprocess.Popen([*command, name], stdout=subprocess.PIPE, stderr=outlet) for name in "ab"
    ]
    os.close(outlet)
    for writer in writers:  # from here on both want to write
        with opened(writer.stdout) as calls:
            assert calls.readline() == b"all calls returned\n"
    with os.fdopen(inlet, "rb") as pipe:
        lines = told(pipe.read())
    assert [writer.wait(_WAIT_S) for writer in writers] == [0, 0]
    assert Counter((line["writer"], line["number"]) for line in lines) == Counter(
        (writer, number) for writer in "ab" for number in range(200)
    )


@pytest.fixture
def console() -> Iterator[ConsoleHandler]:
    handler = ConsoleHandler(JSONFormatter())
    yield handler
    handler.retire()


def test_a_stream_without_a_descriptor_is_written_at_once(
    console: ConsoleHandler, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = io.StringIO(), io.StringIO()
    for stream in (first, second):
        monkeypatch.setattr(sys, "stderr", stream)
        console.handle(make_record("here"))
    assert json.loads(first.getvalue())["message"] == "here"
    assert json.loads(second.getvalue())["message"] == "here"


def test_a_closed_stream_loses_lines_and_breaks_no_caller(
    console: ConsoleHandler, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    memory = io.StringIO()
    memory.close()
    monkeypatch.setattr(sys, "stderr", memory)
    console.handle(make_record())
    with (tmp_path / "console").open("w") as file:
        monkeypatch.setattr(sys, "stderr", file)
        console.handle(make_record("into the file"))
        assert console.wait_until_written(_WAIT_S)
    console.handle(make_record())
    assert console.wait_until_written(_WAIT_S)
    assert console.losses.take_untold() == {"WARNING": 1}
    assert (tmp_path / "console").read_text().count("into the file") == 1


def test_without_a_console_nothing_is_written(
    console: ConsoleHandler, monkeypatch: pytest.MonkeyPatch
) -> None:
    for stream in (None, io.StringIO(), None):
        monkeypatch.setattr(sys, "stderr", stream)
        console.handle(make_record())
    assert console.sink.write([b"x\n"]) == 1
    assert console.losses.take_untold() == {}


def test_a_pipe_that_does_not_wait_is_waited_for(
    console: ConsoleHandler, monkeypatch: pytest.MonkeyPatch
) -> None:
    inlet, outlet = os.pipe()
    os.set_blocking(outlet, False)
    texts: list[bytes] = []
    with os.fdopen(inlet, "rb") as pipe, os.fdopen(outlet, "w") as writer:
        monkeypatch.setattr(sys, "stderr", writer)
        for _ in range(20):
            console.handle(make_record("x" * 10_000))
        reader = threading.Thread(target=lambda: texts.append(pipe.read()))
        reader.start()
        assert console.wait_until_written(_WAIT_S)
        writer.close()
        reader.join(_WAIT_S)
    assert len(told(texts[0])) == 20
    assert console.losses.take_untold() == {}


def test_a_reader_that_is_gone_loses_lines(
    console: ConsoleHandler, monkeypatch: pytest.MonkeyPatch
) -> None:
    inlet, outlet = os.pipe()
    os.close(inlet)
    with os.fdopen(outlet, "w") as writer:
        monkeypatch.setattr(sys, "stderr", writer)
        console.handle(make_record())
        assert console.wait_until_written(_WAIT_S)
    assert console.losses.take_untold() == {"WARNING": 1}


def test_colours_are_for_terminals_only(
    console: ConsoleHandler, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    console.setFormatter(TextFormatter())
    main, terminal = pty.openpty()
    with os.fdopen(main, "rb", buffering=0) as screen, os.fdopen(terminal, "w") as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        console.handle(make_record())
        assert console.wait_until_written(_WAIT_S)
        assert b"\x1b[33mWARNING" in screen.read(1_000)
    with (tmp_path / "console").open("w") as file:
        monkeypatch.setattr(sys, "stderr", file)
        console.handle(make_record())
        assert console.wait_until_written(_WAIT_S)
    assert "\x1b" not in (tmp_path / "console").read_text()
