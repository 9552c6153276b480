"""Metrics of several processes on one port: any of them shows the sum, whoever dies."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Thread

import httpx2
from prometheus_client.parser import text_string_to_metric_families

from tests.fixtures.servers import free_port, wait_until
from tests.fixtures.services import missing

PATIENCE_S = 60
CONFIGURATION = Path(__file__).resolve().parents[2] / "deploy" / "prometheus" / "prometheus.yml"
ASKED = "request_count_total[('endpoint', '/health'), ('method', 'GET')]"

client = httpx2.Client(
    timeout=PATIENCE_S, limits=httpx2.Limits(max_keepalive_connections=0), trust_env=False
)
"""With a connection for each request, so that any worker may answer it."""


@contextmanager
def _serving(folder: Path, *arguments: str, **environment: str) -> Iterator[tuple[int, str]]:
    """The process id and the address of a server that keeps its directories in ``folder``."""
    (folder / "tmp").mkdir(exist_ok=True)
    with (
        (folder / "serve.log").open("w") as log,
        subprocess.Popen(
            [sys.executable, "-m", "app", "serve", "--port", "0", *arguments],
            env={
                **{name: value for name, value in os.environ.items() if name != "DATABASE_URL"},
                "DATA_DIR": str(folder / "data"),
                "TMPDIR": str(folder / "tmp"),
                **environment,
            },
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as process,
    ):
        assert process.stderr is not None
        first = process.stderr.readline()
        address = re.search(r"http://[\d.]+:\d+", first)
        assert address is not None, first + process.stderr.read()
        drain = Thread(target=lambda: log.writelines(process.stderr or ()), daemon=True)
        drain.start()
        try:
            yield process.pid, address.group()
            process.send_signal(signal.SIGINT)
            assert process.wait(PATIENCE_S) == 0
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            drain.join(PATIENCE_S)


def _workers(pid: int) -> set[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return {int(child) for child in children if b"spawn_main" in _command_of(child)}


def _command_of(pid: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _scrape(address: str) -> dict[str, float]:
    """Name with labels → value; the parser gives every counter its ``_total``."""
    text = client.get(f"{address}/metrics").text
    return {
        sample.name + str(sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def _until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline, "it never came about"


def _ask(address: str, times: int) -> None:
    for _ in range(times):
        assert client.get(f"{address}/health").status_code == 200


def test_any_worker_shows_the_sum_and_a_killed_one_loses_nothing(tmp_path: Path) -> None:
    port = free_port()
    second = f"http://127.0.0.1:{port}"
    with _serving(tmp_path, "--workers", "2", PROMETHEUS_PORT=str(port)) as (supervisor, address):
        _ask(address, 30)
        _until(lambda: _scrape(address).get(ASKED) == 30)
        before = _scrape(address)
        assert _scrape(second)[ASKED] == 30, "one of them serves it for both"
        first_workers = _workers(supervisor)
        assert len(first_workers) == 2
        killed = min(first_workers)
        os.kill(killed, signal.SIGKILL)
        _until(lambda: killed not in _workers(supervisor) and len(_workers(supervisor)) == 2)
        _until(lambda: len(_alive(tmp_path)) == 2)
        after = _scrape(address)
        lower = {
            name: (value, after.get(name))
            for name, value in before.items()
            if re.search(r"_(total|count|bucket|sum)\[", name) and after.get(name, 0) < value
        }
        assert lower == {}
        assert after[ASKED] == 30
        _ask(address, 10)
        _until(lambda: _scrape(address)[ASKED] == 40)
        now = _scrape(address)
        assert now["requests_in_progress[]"] == 1, "the scrape itself; nothing of the dead"
        assert now["request_duration_count[('endpoint', '/health'), ('method', 'GET')]"] == 40
        owners = {path.stem.rpartition("_")[2] for path in _directory(tmp_path).glob("*.db")}
        assert len(owners) == 2, "the files of the dead are folded"
        _until(lambda: _is_open(port))
        assert _scrape(second)[ASKED] == 40
    assert list((tmp_path / "tmp").glob("voltway-metrics-*")) == []


def _directory(folder: Path) -> Path:
    (directory,) = (folder / "tmp").glob("voltway-metrics-*")
    return directory


def _alive(folder: Path) -> list[Path]:
    return [path for path in _directory(folder).glob("*.alive") if _exists(path)]


def _is_open(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _exists(path: Path) -> bool:
    return Path(f"/proc/{path.stem.partition('-')[0]}").exists()


def test_a_second_port_that_is_taken_is_told_in_one_line(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        ended = subprocess.run(
            [sys.executable, "-m", "app", "serve", "--port", "0"],
            env={**os.environ, "DATA_DIR": str(tmp_path), "PROMETHEUS_PORT": str(port)},
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
    assert ended.returncode == 4
    assert f"Cannot listen on 127.0.0.1:{port}" in ended.stderr
    assert "Set PROMETHEUS_PORT" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_one_worker_keeps_its_exemplars(tmp_path: Path) -> None:
    told = '# {request_id="told-by-the-client"}'
    with _serving(tmp_path) as (_, address):

        def text(accept: str) -> str:
            return client.get(f"{address}/metrics", headers={"Accept": accept}).text

        client.get(f"{address}/health", headers={"X-Request-ID": "told-by-the-client"})
        _until(lambda: told in text("application/openmetrics-text"))
        assert told not in text("text/plain")


FORKING = """
import os
from app.utils.metrics import get_metrics, request_count, requests_in_progress

asked = request_count.labels("GET", "/forked")
asked.inc()
requests_in_progress.inc()
child = os.fork()
if not child:
    asked.inc(2)
    requests_in_progress.inc(5)
    os._exit(0)
os.waitpid(child, 0)
print(get_metrics())
"""


def test_a_child_of_a_fork_counts_beside_its_parent(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", FORKING],
        env={**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert 'request_count{method="GET",endpoint="/forked"} 3\n' in ended.stdout
    assert "requests_in_progress 1.0\n" in ended.stdout, "the child has ended"


@contextmanager
def _prometheus(folder: Path, target: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A real one with our configuration, that scrapes ``target`` every second."""
    if shutil.which("prometheus") is None:
        missing("there is no prometheus", "apt-get install -y --no-install-recommends prometheus")
    told = CONFIGURATION.read_text()
    assert "127.0.0.1:8000" in told
    told = re.sub(r"scrape_(interval|timeout): \d+s", r"scrape_\1: 1s", told)
    (folder / "prometheus.yml").write_text(told.replace("127.0.0.1:8000", target))
    port = free_port()
    command = (
        "prometheus",
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'series'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=error",
    )
    with subprocess.Popen(command, cwd=folder) as process:
        try:
            yield process, f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def test_a_real_prometheus_stores_the_standards_name(tmp_path: Path) -> None:
    with _serving(tmp_path) as (_, address):
        _ask(address, 3)
        with _prometheus(tmp_path, address.removeprefix("http://")) as (process, prometheus):

            def stored(query: str) -> list[float]:
                try:
                    answer = client.get(f"{prometheus}/api/v1/query", params={"query": query})
                except httpx2.TransportError:
                    return []
                if answer.status_code != 200:
                    return []
                return [float(series["value"][1]) for series in answer.json()["data"]["result"]]

            asked = '{method="GET",endpoint="/health"}'
            wait_until(lambda: stored(f"request_count_total{asked}") == [3], process)
            assert stored(f"request_count{asked}") == []
            assert stored(f"request_duration_count{asked}") == [3]
            assert stored('up{job="voltway"}') == [1]
