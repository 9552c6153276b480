"""Every code block of the README, run as a reader would run it."""

from __future__ import annotations

import json
import os
import queue
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import IO, Any, NamedTuple

import pytest

from tests.fixtures.services import missing

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")
PATIENCE_S = 120
VOLATILE = {"available_count", "status_updated_at", "updated_at"}

pytestmark = pytest.mark.xdist_group("readme")  # one server for all of them


class Block(NamedTuple):
    """A fenced block of the README."""

    language: str
    text: str


FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = [Block(*found) for found in FENCE.findall(README)]


def blocks(language: str) -> list[str]:
    """The texts of one language, in order."""
    return [block.text for block in BLOCKS if block.language == language]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An empty ``DATA_DIR`` and a free port; nothing of a ``make`` that runs these tests."""
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        port = probe.getsockname()[1]
    data_dir = tmp_path_factory.mktemp("readme") / "data"
    inherited = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    return {**inherited, "DATA_DIR": str(data_dir), "PORT": str(port)}


@pytest.fixture(scope="module")
def running(environment: dict[str, str]) -> Iterator[dict[str, str]]:
    """``make run`` until it listens; stopped as Ctrl-C stops it, and ended in peace."""
    told: list[str] = []
    spoke: queue.SimpleQueue[bool] = queue.SimpleQueue()

    def listen(stderr: IO[str]) -> None:
        for line in stderr:
            told.append(line)
            if "listens on" in line:
                spoke.put(True)
        spoke.put(False)

    with subprocess.Popen(
        ["make", "run"],
        cwd=ROOT,
        env=environment,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stderr is not None
        listener = threading.Thread(target=listen, args=(process.stderr,))
        listener.start()
        try:
            assert spoke.get(timeout=PATIENCE_S), f"make run ended: {''.join(told)}"
            yield environment
        finally:
            os.killpg(process.pid, signal.SIGINT)
            listener.join(PATIENCE_S)
    assert not any("Traceback" in line for line in told)


def run(command: str, environment: dict[str, str]) -> str:
    """The standard output of a block of the shell."""
    port = environment["PORT"]
    done = subprocess.run(
        [
            "bash",
            "-eu",
            "-o",
            "pipefail",
            "-c",
            command.replace("localhost:8000", f"localhost:{port}"),
        ],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def settled(item: dict[str, Any]) -> dict[str, Any]:
    """A station without what depends on the hour."""
    return {name: value for name, value in item.items() if name not in VOLATILE}


def test_only_blocks_that_are_run_stand_in_the_readme() -> None:
    assert {block.language for block in BLOCKS} == {"sh", "json", "python", "mermaid"}
    assert blocks("sh")[0] == "make run\n"


def test_the_search_answers_what_the_readme_shows(running: dict[str, str]) -> None:
    if shutil.which("curl") is None:
        missing("there is no curl", "apt-get install -y curl")
    (ask,) = (text for text in blocks("sh") if text.startswith("curl "))
    (shown,) = blocks("json")
    answer = json.loads(run(ask.replace("curl", "curl -sS --fail"), running))
    promised = json.loads(shown)
    assert list(answer) == list(promised)
    for item, promise in zip(answer["items"], promised["items"], strict=True):
        assert list(item) == list(promise)
        assert settled(item) == settled(promise)


def test_a_second_run_finds_everything_in_place(running: dict[str, str]) -> None:
    """Set-up has nothing to do and the catalogue is full: only serving is left."""
    assert run("make -s setup", running) == ""
    assert "nothing done" in run(".venv/bin/voltway demo --if-empty", running)


def test_the_other_commands_do_what_they_say(running: dict[str, str]) -> None:
    (commands,) = (text for text in blocks("sh") if "voltway import" in text)
    out = run(commands, running)
    assert "sound" in out
    assert "irve" in out


def test_the_snippets_run_as_written() -> None:
    for snippet in blocks("python"):
        subprocess.run([sys.executable, "-c", snippet], cwd=ROOT, check=True, capture_output=True)
