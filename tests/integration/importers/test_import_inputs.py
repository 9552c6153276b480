"""The ways into an import: URLs that did not change, spreadsheets, recognition."""

from __future__ import annotations

import io
import threading
import zipfile
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from app.db.engine import Database, open_database
from app.importers import registry, tables
from app.importers.errors import SourceUnreachable, SourceUnreadable
from app.importers.fetch import locate
from app.importers.options import Options
from app.importers.report import Report
from app.importers.run import import_feed
from tests.fixtures.small_feed import HEADER, SmallFeed

pytestmark = pytest.mark.anyio

ROWS = ["A,1,Alpha,48.1,2.1,22,5,", "B,1,Beta,48.2,2.2,50,5,", "C,1,Gamma,48.3,2.3,50,5,"]


@pytest.fixture
async def database(catalogue_url: str, anyio_backend: str) -> AsyncIterator[Database]:
    opened = open_database(catalogue_url)
    yield opened
    await opened.close()


class Publisher:
    """Serves one version of a table, and says so."""

    def __init__(self) -> None:
        self.version = "1"
        self.rows = ROWS
        self.asked: list[str | None] = []
        publisher = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                known = self.headers["If-None-Match"]
                publisher.asked.append(known)
                etag = f'"{publisher.version}"'
                is_known = known == etag or publisher.version == "stubborn"
                body = b"" if is_known else "\n".join([HEADER, *publisher.rows]).encode()
                self.send_response(304 if is_known else 200)
                self.send_header("ETag", etag)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/table.csv"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    running = Publisher()
    yield running
    running.close()


async def pull(database: Database, url: str, **options: str) -> Report:
    return await import_feed(
        database, locate(url), SmallFeed(), Options(feed_name=options.get("feed_name"))
    )


async def test_what_has_not_changed_is_a_clean_run_of_no_rows(
    database: Database, publisher: Publisher
) -> None:
    first = await pull(database, publisher.url)
    assert (first.is_complete, first.stations_new) == (True, 3)
    again = await pull(database, publisher.url)
    assert (again.is_unmodified, again.rows_read, again.state) == (True, 0, "done")
    assert (again.stations_gone, again.stations_total) == (0, 3)
    once_more = await pull(database, publisher.url)
    assert once_more.is_unmodified
    assert publisher.asked == [None, '"1"', '"1"']


async def test_another_query_or_feed_is_another_input(
    database: Database, publisher: Publisher
) -> None:
    await pull(database, publisher.url)
    assert not (await pull(database, f"{publisher.url}?page=2")).is_unmodified
    assert not (await pull(database, publisher.url, feed_name="other")).is_unmodified


async def test_a_pull_is_complete_with_most_of_the_previous_rows_only(
    database: Database, publisher: Publisher
) -> None:
    await pull(database, publisher.url)
    publisher.version, publisher.rows = "2", ROWS[:2]
    report = await pull(database, publisher.url)
    assert not report.is_complete
    assert report.notes.remarks["complete"] == (
        "no: 2 rows are under 80 % of the 3 before; nothing was marked gone"
    )
    publisher.version = "3"
    publisher.rows = [*ROWS[:2], "D,1,Delta,48.4,2.4,50,5,"]
    report = await pull(database, publisher.url)
    assert (report.is_complete, report.stations_gone, report.stations_total) == (True, 1, 3)


async def test_recognition_works_on_a_url_that_has_not_changed(
    database: Database, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = SmallFeed()
    monkeypatch.setitem(registry.FEEDS, "small", feed)
    monkeypatch.setattr(feed, "recognises", lambda *_: 1.0)
    report = await import_feed(database, locate(publisher.url))
    assert (report.source, report.stations_new) == ("small", 3)
    report = await import_feed(database, locate(publisher.url))
    assert (report.source, report.is_unmodified) == ("small", True)


async def test_a_server_that_lies_about_changes_is_told_off(
    database: Database, publisher: Publisher
) -> None:
    publisher.version = "stubborn"
    with pytest.raises(SourceUnreachable, match="without being asked"):
        await pull(database, publisher.url)


def workbook(*sheets: list[list[str | float]]) -> bytes:
    """The smallest files that make a spreadsheet."""
    buffer = io.BytesIO()
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    documents = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    packages = "http://schemas.openxmlformats.org/package/2006/relationships"
    ids = range(1, len(sheets) + 1)
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{packages}"><Relationship Id="r1" Target="xl/workbook.xml"'
            f' Type="{documents}/officeDocument"/></Relationships>',
        )
        listed = "".join(f'<sheet name="S{n}" sheetId="{n}" r:id="r{n}"/>' for n in ids)
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{main}" xmlns:r="{documents}"><sheets>{listed}</sheets></workbook>',
        )
        relations = "".join(
            f'<Relationship Id="r{n}" Target="worksheets/s{n}.xml" Type="{documents}/worksheet"/>'
            for n in ids
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{packages}">{relations}</Relationships>',
        )
        for number, rows in zip(ids, sheets, strict=True):
            lines = "".join(f"<row>{''.join(map(_cell, row))}</row>" for row in rows)
            archive.writestr(
                f"xl/worksheets/s{number}.xml",
                f'<worksheet xmlns="{main}"><sheetData>{lines}</sheetData></worksheet>',
            )
    return buffer.getvalue()


def _cell(value: str | float) -> str:
    if isinstance(value, str):
        return f'<c t="inlineStr"><is><t>{value}</t></is></c>'
    return f"<c><v>{value}</v></c>"


async def test_the_largest_sheet_is_read_below_its_preamble(
    database: Database, tmp_path: Path
) -> None:
    path = tmp_path / "table.xlsx"
    rows: list[list[str | float]] = [
        ["Register"],
        list(HEADER.split(",")),
        ["A", 1.0, "Alpha", 48.5, 2.25, 22.0, 5.0, ""],
        ["", "", "", "", "", "", "", ""],
        ["B", 1.0, "reject", 48.5, 2.25, 22.0, "", ""],
    ]
    path.write_bytes(workbook([["notes"]], rows))
    rejects: list[str] = []
    report = await import_feed(
        database,
        locate(str(path)),
        SmallFeed(),
        on_reject=lambda reject: rejects.append(reject.raw),
    )
    assert (report.stations_new, report.outcomes["rejected"]) == (1, 1)
    assert rejects == ["B\t1\treject\t48.5\t2.25\t22\t\t"]


async def test_a_spreadsheet_without_rows_or_too_large_or_broken_is_said(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "table.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
    with pytest.raises(SourceUnreadable, match="no spreadsheet"):
        await import_feed(database, locate(str(path)), SmallFeed())
    path.write_bytes(workbook([["x"]]))
    monkeypatch.setattr(tables, "MAX_SPREADSHEET_BYTES", 100)
    with pytest.raises(SourceUnreadable, match="over 100"):
        await import_feed(database, locate(str(path)), SmallFeed())


async def test_data_files_of_a_zip_that_are_not_read_are_named(
    database: Database, tmp_path: Path
) -> None:
    path = tmp_path / "register.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("part-1.csv", f"{HEADER}\n{ROWS[0]}\n{ROWS[1]}\n")
        archive.writestr("part-2.csv", f"{HEADER}\n{ROWS[2]}\n")
        archive.writestr("operators.csv", "operator,phone\n")
        archive.writestr("README.txt", "Register\n" * 99)
    report = await import_feed(database, locate(str(path)), SmallFeed())
    assert (report.rows_read, report.stations_new) == (3, 3)
    assert report.notes.remarks["files-left-out"] == "operators.csv"
