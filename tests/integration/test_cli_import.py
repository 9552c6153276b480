"""``voltway import`` as typed into a shell."""

from __future__ import annotations

import io
import json
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cli import imports
from app.importers import registry
from tests.fixtures.command import Voltway
from tests.fixtures.small_feed import HEADER, SmallFeed

LINES = ["A,1,Alpha,48.1,2.1,22,5,", "A,2,Alpha,48.1,2.1,22,5,", "B,1,reject,1,1,1,1,"]


@pytest.fixture(autouse=True)
def _small_feed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry.FEEDS, "small", SmallFeed())


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "table.csv"
    path.write_text("\n".join([HEADER, *LINES, ""]))
    return path


def test_prints_one_object_whose_numbers_add_up(voltway: Voltway, table: Path) -> None:
    done = voltway("import", "small", "--file", str(table), "--json", "--max-rejects", "50%")
    assert (done.exit_code, done.err) == (0, "")
    report = json.loads(done.out)
    assert (
        report["rows_read"]
        == 3
        == sum(
            report[outcome]
            for outcome in ("stored", "changed", "unchanged", "merged", "skipped", "rejected")
        )
    )
    assert report["source"] == report["feed"] == "small"
    assert report["file"] == str(table)
    assert report["reasons"] == {"no-coordinates": 1}
    assert (report["stations_new"], report["stations_total"], report["evses_total"]) == (1, 1, 2)


def test_prints_a_table_for_people(voltway: Voltway, table: Path) -> None:
    done = voltway("import", "small", str(table), "--max-rejects", "1")
    assert done.exit_code == 0
    assert "1 new" in done.out
    assert "Reasons: no-coordinates 1" in done.out
    again = voltway("import", "small", str(table), "--dry-run", "--max-rejects", "1")
    assert "dry run: nothing was written" in again.out


def test_too_many_rejects_are_exit_code_1(voltway: Voltway, table: Path) -> None:
    done = voltway("import", "small", str(table))
    assert done.exit_code == 1
    assert "1 of 3 rows were rejected, more than --max-rejects 20% allows" in done.err


def test_rejected_rows_go_to_a_file(voltway: Voltway, table: Path, tmp_path: Path) -> None:
    rejects = tmp_path / "rejects.ndjson"
    voltway("import", "small", str(table), "--rejects", str(rejects))
    assert [json.loads(line) for line in rejects.read_text().splitlines()] == [
        {
            "row_number": 3,
            "reason": "no-coordinates",
            "detail": "none in this row",
            "raw": LINES[2] + "\n",
        }
    ]


class _Input(io.TextIOWrapper):
    """Standard input with bytes behind it, or a terminal."""

    def __init__(self, data: bytes, *, is_terminal: bool = False) -> None:
        super().__init__(io.BytesIO(data))
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


def test_reads_standard_input(
    voltway: Voltway, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for arguments in (["-"], []):
        monkeypatch.setattr(sys, "stdin", _Input(table.read_bytes()))
        done = voltway("import", "small", *arguments, "--json", "--max-rejects", "1")
        assert (done.exit_code, done.err) == (0, "")
        assert json.loads(done.out)["file"] == "-"


def test_dry_run_makes_no_database(voltway: Voltway, table: Path, data_dir: Path) -> None:
    done = voltway("import", "small", str(table), "--dry-run", "--json", "--max-rejects", "1")
    assert json.loads(done.out)["stored"] == 1
    assert not list(data_dir.rglob("*.db"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nobody", "x.csv"], "SOURCE is one of"),
        (["small", "a.csv", "--url", "http://127.0.0.1/"], "one input"),
        (["small", "a.csv", "--max-rejects", "many"], "--max-rejects many"),
        (["small", "a.csv", "--max-rejects", "101%"], "--max-rejects 101%"),
        (["small", "a.csv", "--max-rejects", "-3"], "--max-rejects -3"),
        (["small", "a.csv", "--rejects", "/nowhere/x"], "--rejects /nowhere/x"),
        (["small", "a.csv", "--feed", "a b"], "cannot be a feed's name"),
    ],
)
def test_wrong_use_is_exit_code_2(voltway: Voltway, arguments: list[str], said: str) -> None:
    done = voltway("import", *arguments)
    assert done.exit_code == 2
    assert said in " ".join(done.err.split())


def test_a_terminal_is_no_input(voltway: Voltway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", _Input(b"", is_terminal=True))
    done = voltway("import", "small")
    assert done.exit_code == 2
    assert "give an input" in " ".join(done.err.split())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "No such file"),
        (b"", "it is empty"),
        (b"<html>moved</html>", "HTML"),
        (b"a,b,c\n1,2,3\n", "no key"),
        (b'[{"a": 1, "b": 2, "c": 3}, oops]', "not JSON"),
    ],
)
def test_an_unreadable_source_is_exit_code_3(
    voltway: Voltway, tmp_path: Path, content: bytes | None, said: str
) -> None:
    path = tmp_path / "input"
    if content is not None:
        path.write_bytes(content)
    done = voltway("import", "small", str(path))
    assert done.exit_code == 3
    assert said in done.err
    assert done.err.count("\n") == 1


def test_an_old_schema_is_refused_where_it_may_not_be_brought_up(
    voltway: Voltway, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTO_MIGRATE", "false")
    done = voltway("import", "small", str(table))
    assert done.exit_code == 4
    assert "voltway db upgrade" in done.err


def test_help_shows_examples(voltway: Voltway) -> None:
    done = voltway("import", "--help")
    assert "voltway import auto - < stations.json" in done.out
    assert "130 interrupted" in done.out


@pytest.fixture
def _handlers() -> Iterator[None]:
    before = signal.getsignal(signal.SIGTERM)
    yield
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.usefixtures("_handlers")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_interrupts_at_once_and_only_once(number: signal.Signals) -> None:
    def raise_twice() -> None:
        try:
            signal.raise_signal(number)
        finally:
            signal.raise_signal(number)

    with pytest.raises(KeyboardInterrupt, match=number.name), imports._signals_interrupt():
        raise_twice()
