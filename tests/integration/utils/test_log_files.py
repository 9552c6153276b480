"""Log files: rotated, moved away, full, and shared by several processes."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from app.utils._log_sinks import KEPT_FILES, FileSink

_SHARING = """
import sys
from pathlib import Path
from app.utils import _log_queue, _log_sinks
from app.utils.advanced_logging import configure_logging, setup_logging
_log_sinks.KEPT_FILES = int(sys.argv[3])
_log_queue.MAX_BATCH_BYTES = int(sys.argv[4]) // 10
_log_sinks.FileSink.__init__.__kwdefaults__["max_bytes"] = int(sys.argv[4])
configure_logging(directory=Path(sys.argv[1]))
logger = setup_logging("sharing")
for number in range(int(sys.argv[5])):
    logger.info("x" * int(sys.argv[6]), extra={"writer": sys.argv[2], "number": number})
"""

_LIMITED = """
import resource, sys
from pathlib import Path
from app.utils.advanced_logging import configure_logging, flush_logging, setup_logging
configure_logging(directory=Path(sys.argv[1]))
logger = setup_logging("limited")
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (1050, hard))
for number in range(50):
    logger.info("x", extra={"number": number})
assert flush_logging(20)
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
logger.info("again")
"""


def _lines(sink: FileSink, *texts: str) -> int:
    return sink.write([f"{text}\n".encode() for text in texts])


def test_a_file_is_not_for_everyone(tmp_path: Path) -> None:
    FileSink(tmp_path / "app.log").close()
    assert stat.S_IMODE((tmp_path / "app.log").stat().st_mode) & 0o027 == 0


def test_old_files_are_kept_in_order_and_bounded(tmp_path: Path) -> None:
    sink = FileSink(tmp_path / "app.log", max_bytes=4)
    for number in range(10):
        assert _lines(sink, f"{number:03}") == 1
    kept = [f"app.log.{number}" for number in range(1, KEPT_FILES + 1)]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["app.log", *kept]
    assert [(tmp_path / name).read_text() for name in ("app.log", *kept)] == [
        f"{number:03}\n" for number in range(9, 3, -1)
    ]
    sink.close()


def test_a_file_that_was_moved_or_deleted_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    sink = FileSink(path)
    _lines(sink, "one")
    path.rename(tmp_path / "moved")
    _lines(sink, "two")
    assert ((tmp_path / "moved").read_text(), path.read_text()) == ("one\n", "two\n")
    path.unlink()
    _lines(sink, "three")
    assert path.read_text() == "three\n"
    os.truncate(path, 0)
    _lines(sink, "four")
    assert path.read_text() == "four\n"
    sink.close()


def test_a_directory_that_is_gone_loses_lines_until_it_is_back(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    sink = FileSink(folder / "app.log")
    (folder / "app.log").unlink()
    folder.rmdir()
    with pytest.raises(FileNotFoundError):
        _lines(sink, "lost")
    folder.mkdir()
    assert _lines(sink, "kept") == 1
    sink.close()


def test_a_full_disk_takes_nothing() -> None:
    sink = FileSink(Path("/dev/full"))
    assert _lines(sink, "lost") == 0
    sink.close()


def test_a_file_that_cannot_be_rotated_grows_on(tmp_path: Path) -> None:
    (tmp_path / "app.log.1" / "in the way").mkdir(parents=True)
    for number in range(2, KEPT_FILES + 1):
        (tmp_path / f"app.log.{number}" / "too").mkdir(parents=True)
    sink = FileSink(tmp_path / "app.log", max_bytes=4)
    assert _lines(sink, "one") == 1
    assert _lines(sink, "two") == 1
    assert (tmp_path / "app.log").read_text() == "one\ntwo\n"
    sink.close()


def test_what_a_fork_inherited_is_let_go(tmp_path: Path) -> None:
    sink = FileSink(tmp_path / "app.log")
    sink.begin_anew()
    sink.begin_anew()
    assert _lines(sink, "mine") == 1
    sink.close()


def test_a_limit_in_the_middle_of_a_line_tears_none(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _LIMITED, str(tmp_path)], check=True, capture_output=True
    )
    told = [json.loads(line) for line in (tmp_path / "app.log").read_text().splitlines()]
    numbers = [line["number"] for line in told if "number" in line]
    assert numbers == list(range(len(numbers)))
    assert 0 < len(numbers) < 50
    assert told[-2]["message"] == "again"
    assert told[-1]["lost"] == {"INFO": 50 - len(numbers)}
    assert len(done.stderr.splitlines()) == 51


def _share(folder: Path, kept: int, max_bytes: int, lines: int, length: int) -> list[Path]:
    """Let three processes write at once; the files that came of it."""
    numbers = [str(number) for number in (kept, max_bytes, lines, length)]
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", _SHARING, str(folder), name, *numbers],
            stderr=subprocess.DEVNULL,
        )
        for name in "abc"
    ]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    return [path for path in folder.iterdir() if path.name.startswith("app.log")]


@pytest.mark.parametrize(
    ("max_bytes", "lines", "length"),
    [(10 * 1024 * 1024, 2_000, 2_000), (20_000, 300, 100)],
    ids=["ten megabytes", "many rotations"],
)
def test_processes_share_and_rotate_files_without_loss(
    tmp_path: Path, max_bytes: int, lines: int, length: int
) -> None:
    files = _share(tmp_path, 100, max_bytes, lines, length)
    assert len(files) > 1
    assert all(path.stat().st_size <= max_bytes for path in files)
    told = [json.loads(line) for path in files for line in path.read_bytes().splitlines()]
    assert Counter((line["writer"], line["number"]) for line in told) == Counter(
        (writer, number) for writer in "abc" for number in range(lines)
    )
