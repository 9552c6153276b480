"""The project's own files: locks, pages, decisions, links."""

from __future__ import annotations

import json
import re
import tomllib
from importlib.metadata import distributions
from pathlib import Path

import pytest

from app.importers.registry import FEEDS
from tools import generate_docs

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
PACKAGE_LOCK = ROOT / "page" / "package-lock.json"


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("lock", LOCKS, ids=name_of)
def test_a_lock_names_versions_and_digests_and_no_address(lock: Path) -> None:
    text = lock.read_text("utf-8")
    assert "://" not in text
    assert not re.search(r"^-", text, flags=re.MULTILINE), "an option, such as an index"
    for requirement in text.replace("\\\n", " ").splitlines():
        assert re.match(r"\S+==\S+ .*--hash=sha256:[0-9a-f]{64}", requirement), requirement


def test_what_is_asked_for_with_extras_is_pinned_with_them() -> None:
    """Else pip takes a newer release for the extra, whose digest the lock does not hold."""
    text = (ROOT / "requirements" / "dev.txt").read_text("utf-8")
    pinned = {name.lower() for name in re.findall(r"^(\S+?\[\S+?\])==", text, flags=re.MULTILINE)}
    locked = set(re.findall(r"^([\w.-]+)", text, flags=re.MULTILINE))
    asked = {
        match[1]: match[0]
        for package in distributions()
        for requirement in package.requires or ()
        if "extra ==" not in requirement
        if (match := re.match(r"([\w.-]+)\[[^]]+\]", requirement.lower()))
    }
    assert len(asked) > 1
    assert {whole for name, whole in asked.items() if name in locked} <= pinned


def test_what_is_run_is_what_is_tested() -> None:
    """The lock for tests holds every line of the lock for running."""
    runtime, dev = (
        (ROOT / "requirements" / name).read_text("utf-8").replace("\\\n", " ").splitlines()
        for name in ("runtime.txt", "dev.txt")
    )
    assert set(runtime) <= set(dev)


def test_every_dependency_is_explained() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    page = (ROOT / "docs" / "explanation" / "dependencies.md").read_text("utf-8")
    names = [re.split(r"[\[<>=;]", line)[0].strip() for line in project["dependencies"]]
    assert [name for name in names if f"`{name}`" not in page] == []


@pytest.mark.skipif(not PACKAGE_LOCK.exists(), reason="this tree has no page")
def test_the_pages_lock_names_no_address() -> None:
    text = PACKAGE_LOCK.read_text("utf-8")
    assert "://" not in text, "tools/lock.py takes addresses out"
    packages = json.loads(text)["packages"]
    assert [name for name, package in packages.items() if name and "integrity" not in package] == []


def test_generated_pages_agree_with_the_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert generate_docs.main(["--check"]) == 0, capsys.readouterr().err


@pytest.mark.parametrize("source", FEEDS)
def test_every_source_has_its_page(source: str) -> None:
    page = (ROOT / "docs" / "sources" / f"{source}.md").read_text("utf-8").lower()
    for topic in ("licence", "key"):
        assert topic in page


def test_the_readme_can_be_read_in_a_minute() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) < 150


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target) or target.startswith("#"):
            continue
        path = page.parent / target.partition("#")[0]
        assert path.exists(), f"{name_of(page)} links to {target}"


@pytest.mark.parametrize("decision", DECISIONS, ids=name_of)
def test_a_decision_tells_why_and_what_else_there_was(decision: Path) -> None:
    text = decision.read_text("utf-8")
    for section in ("Context", "Decision", "Consequences", "Alternatives", "Files"):
        assert f"\n## {section}\n" in text, section
    files = text.partition("\n## Files\n")[2]
    for named in re.findall(r"`([\w./-]+\.\w+)`", files):
        assert (ROOT / named).exists(), f"{named} is not there"


def test_decisions_are_numbered_without_a_gap() -> None:
    numbers = [int(path.name[:4]) for path in DECISIONS]
    assert numbers == list(range(1, len(numbers) + 1))
    index = (ROOT / "docs" / "decisions" / "README.md").read_text("utf-8")
    assert [path.name for path in DECISIONS if path.name not in index] == []
