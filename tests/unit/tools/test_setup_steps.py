"""What ``tools/setup.py`` leaves alone, and what it says where it cannot go on."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tools import setup


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project tree of the test's own, whose environment is taken for made."""
    monkeypatch.setattr(setup, "ROOT", tmp_path)
    monkeypatch.setattr(setup, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(setup, "VENV_PYTHON", Path(sys.executable))
    monkeypatch.setattr(setup, "STAMPS", tmp_path / ".venv" / "voltway-setup.json")
    monkeypatch.setattr(setup, "LOCKS", tmp_path / "requirements")
    monkeypatch.setattr(setup, "PAGE", tmp_path / "page")
    monkeypatch.setattr(setup, "PAGE_BUNDLE", tmp_path / "app" / "map" / "static" / "dist")
    for folder in (".venv", "requirements", "page/src", "page/node_modules/x"):
        (tmp_path / folder).mkdir(parents=True)
    for name in ("build", "runtime", "dev", "page"):
        (tmp_path / "requirements" / f"{name}.txt").write_text("")
    return tmp_path


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that would be run."""
    commands: list[list[str]] = []

    def note(command: list[str], *_others: object) -> None:
        commands.append(command)

    monkeypatch.setattr(setup, "run", note)
    return commands


def locks_of(started: list[list[str]]) -> list[str]:
    """The locks that pip would be given, in turn."""
    return [Path(command[-1]).stem for command in started if command[-1].endswith(".txt")]


def test_packages_are_installed_once(tree: Path, started: list[list[str]]) -> None:
    setup.install_packages(setup.Stamps(), "run")
    setup.install_packages(setup.Stamps(), "run")
    assert locks_of(started) == ["build", "runtime"]
    assert all("--require-hashes" in command for command in started)
    assert started[1][-1] == str(tree / "requirements" / "runtime.txt")


def test_the_packages_of_the_tests_serve_for_running_too(
    tree: Path, started: list[list[str]]
) -> None:
    setup.install_packages(setup.Stamps(), "test")
    setup.install_packages(setup.Stamps(), "run")
    assert locks_of(started) == ["build", "dev"]


def test_a_changed_lock_is_installed_again(tree: Path, started: list[list[str]]) -> None:
    setup.install_packages(setup.Stamps(), "run")
    (tree / "requirements" / "runtime.txt").write_text("anyio==1\n")
    setup.install_packages(setup.Stamps(), "run")
    assert locks_of(started) == ["build", "runtime"] * 2


def test_a_page_is_built_again_only_where_its_sources_changed(
    tree: Path, started: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setup, "node_is_new_enough", lambda: True)
    page, bundle = tree / "page", tree / "app" / "map" / "static" / "dist"
    (page / "package.json").write_text("{}")
    bundle.mkdir(parents=True)
    (bundle / "index.html").write_text("")

    def verbs() -> list[str]:
        setup.build_page(setup.Stamps())
        found = [command[-1] for command in started]
        started.clear()
        return found

    assert verbs() == ["--loglevel=error", "build"]
    assert verbs() == []
    (page / "src" / "main.ts").write_text("export {}")
    assert verbs() == ["build"]
    (page / "node_modules" / "x" / "cache").write_text("changes all the time")
    (page / "generated").mkdir()
    (page / "generated" / "land.json").write_text("made by the build itself")
    assert verbs() == []
    (bundle / "index.html").unlink()
    assert verbs() == ["build"]


def test_a_tree_without_a_page_is_set_up_too(tree: Path, started: list[list[str]]) -> None:
    setup.build_page(setup.Stamps())
    assert started == []


def test_the_page_is_built_beside_the_packages_with_a_node_that_is_there(
    tree: Path, started: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tree / "page" / "package.json").write_text("{}")
    (tree / "pyproject.toml").write_text("")
    monkeypatch.setattr(setup, "node_is_new_enough", lambda: False)
    monkeypatch.setattr(setup, "wheel_node", lambda _stamps: tree)
    setup.prepare(setup.Stamps(), "run")
    assert locks_of(started) == ["page", "build", "runtime"]
    assert sum("pip" in command for command in started) == 4
    assert [command[-1] for command in started if "pip" not in command][-1] == "build"
    stamps = setup.Stamps()
    assert stamps.holds("page", setup.digest_of(setup.page_sources()))
    assert stamps.holds("project", setup.digest_of([tree / "pyproject.toml"]))


def test_a_command_that_fails_is_told_in_one_sentence(tree: Path) -> None:
    with pytest.raises(setup.SetupError, match="it did not work"):
        setup.run([sys.executable, "-c", "raise SystemExit(3)"], "it did not work", tree, {})


@pytest.mark.parametrize("arguments", [["everything"], ["run", "fast"]])
def test_wrong_use_is_told(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert setup.main(arguments) == 2
    assert "usage" in capsys.readouterr().err


def test_an_old_python_is_told_which_one_is_needed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(setup, "OLDEST_PYTHON", (99, 0))
    assert setup.main(["run"]) == 1
    assert "too old" in capsys.readouterr().err
