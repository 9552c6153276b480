"""Numbers of several processes in one directory: files of the living, an archive of the dead."""

from __future__ import annotations

import itertools
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, values
from prometheus_client.mmap_dict import MmapedDict, mmap_key

from app.utils import _metrics_shared as shared
from app.utils._metrics_merge import Numbers
from app.utils._metrics_shared import Member, SharedDirectory

ASKED = mmap_key("asked", "asked_total", ["b", "a"], ["1", "2"], "Asked")
BUSY = mmap_key("busy", "busy", [], [], "Busy")
LABELS: dict[str, tuple[str, ...]] = {"asked": ("b", "a"), "busy": (), "took": ("b",)}


@pytest.fixture
def directory(tmp_path: Path) -> SharedDirectory:
    return SharedDirectory(tmp_path)


def write(path: Path, **numbers: float) -> None:
    keys = {"asked": ASKED, "busy": BUSY}
    file = MmapedDict(str(path))  # type: ignore[no-untyped-call] # - in the library
    for name, value in numbers.items():
        file.write_value(keys[name], value, 0.0)  # type: ignore[no-untyped-call] # - in the library
    file.close()  # type: ignore[no-untyped-call] # - in the library


def member_with(directory: SharedDirectory, *, asked: float, busy: float = 0) -> Member:
    member = Member(directory.path)
    write(directory.path / f"counter_{member.name}.db", asked=asked)
    write(directory.path / f"gauge_livesum_{member.name}.db", busy=busy)
    return member


def shown(directory: SharedDirectory) -> dict[str, float]:
    """Sample → value, of the families that a registry of this process has."""
    registry = CollectorRegistry()
    Counter("asked", "Asked", ("b", "a"), registry=registry)
    Gauge("busy", "Busy", registry=registry)
    families = directory.read().families(registry.collect(), LABELS)
    return {sample.name: sample.value for family in families for sample in family.samples}


def test_the_living_are_summed(directory: SharedDirectory) -> None:
    members = [member_with(directory, asked=n, busy=1) for n in (1, 2, 4)]
    assert shown(directory) == {"asked_total": 7, "busy": 3}
    assert not (directory.path / "archive.json").exists()
    for member in members:
        member.leave()
        member.leave()


def test_counts_of_the_dead_are_kept_and_their_gauges_and_files_are_not(
    directory: SharedDirectory,
) -> None:
    living = member_with(directory, asked=1, busy=1)
    for asked in (2, 4):
        member_with(directory, asked=asked, busy=5).leave()
    for _ in range(2):
        assert shown(directory) == {"asked_total": 7, "busy": 1}
        assert {path.name for path in directory.path.iterdir()} == {
            f"counter_{living.name}.db",
            f"gauge_livesum_{living.name}.db",
            f"{living.name}.alive",
            "archive.json",
            "fold.lock",
        }
    member_with(directory, asked=8).leave()
    assert shown(directory) == {"asked_total": 15, "busy": 1}
    living.leave()
    assert shown(directory) == {"asked_total": 15}


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.one_of(st.integers(0, 9), st.sampled_from(["dies", "scrape"])),
        max_size=12,
    )
)
def test_a_count_never_falls_whoever_dies(
    tmp_path_factory: pytest.TempPathFactory, steps: list[int | str]
) -> None:
    directory = SharedDirectory(tmp_path_factory.mktemp("shared"))
    living: list[Member] = []
    total = 0
    for step in steps:
        if isinstance(step, int):
            living.append(member_with(directory, asked=step))
            total += step
        elif step == "dies" and living:
            living.pop(0).leave()
        elif step == "scrape":
            assert shown(directory).get("asked_total", 0) == total
    assert shown(directory).get("asked_total", 0) == total
    for member in living:
        member.leave()


def test_files_that_were_not_cleared_away_count_once(directory: SharedDirectory) -> None:
    """As when the process that folded was killed before it removed what it had folded."""
    dead = member_with(directory, asked=3)
    dead.leave()
    left = {path: path.read_bytes() for path in directory.path.glob(f"*{dead.name}*")}
    assert shown(directory)["asked_total"] == 3
    for path, content in left.items():
        path.write_bytes(content)
    lock = directory.claim("fold")
    assert lock is not None
    assert shown(directory)["asked_total"] == 3, "while nobody clears away"
    lock.close()
    assert shown(directory)["asked_total"] == 3
    assert list(directory.path.glob("*.db")) == []


def test_who_is_killed_while_clearing_away_leaves_nothing_that_counts_twice(
    directory: SharedDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = member_with(directory, asked=3)
    first.leave()
    left = {path: path.read_bytes() for path in directory.path.glob(f"*{first.name}*")}
    assert shown(directory)["asked_total"] == 3
    for path, content in left.items():
        path.write_bytes(content)
    member_with(directory, asked=4).leave()

    def killed(_: Path, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", killed)
        with pytest.raises(KeyboardInterrupt):
            shown(directory)
    assert shown(directory)["asked_total"] == 7


def test_while_another_folds_the_dead_are_read_where_they_lie(directory: SharedDirectory) -> None:
    member_with(directory, asked=3, busy=1).leave()
    lock = directory.claim("fold")
    assert lock is not None
    assert shown(directory) == {"asked_total": 3}
    lock.close()


@pytest.mark.parametrize("kept_bytes", [0, 3, 8, 20, 60])
def test_a_file_that_was_cut_off_breaks_nothing(
    directory: SharedDirectory, kept_bytes: int
) -> None:
    living = member_with(directory, asked=1)
    torn = member_with(directory, asked=2)
    path = directory.path / f"counter_{torn.name}.db"
    path.write_bytes(path.read_bytes()[:kept_bytes])
    assert shown(directory)["asked_total"] == 1
    torn.leave()
    assert shown(directory)["asked_total"] == 1
    assert not path.exists()
    living.leave()


def test_who_never_took_a_lock_is_left_alone(directory: SharedDirectory) -> None:
    path = directory.path / "counter_1234.db"
    write(path, asked=5)
    assert shown(directory) == {"asked_total": 5}
    assert path.exists()


def test_a_reading_begins_anew_where_the_archive_changed(
    directory: SharedDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process folds between our look at the archive and our look at the files."""
    dead = member_with(directory, asked=3)
    other = SharedDirectory(directory.path)
    listed = SharedDirectory._files
    folds = iter([False, True, False])

    def files(self: SharedDirectory) -> Iterator[shared._File]:
        if self is directory and next(folds, False):
            dead.leave()
            other.read()
        return iter(list(listed(self)))

    monkeypatch.setattr(SharedDirectory, "_files", files)
    assert shown(directory) == {"asked_total": 3}


def test_a_reading_ends_also_where_the_archive_never_rests(
    directory: SharedDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    generations = itertools.count()
    monkeypatch.setattr(
        SharedDirectory,
        "_archive",
        lambda _: shared._Archive(frozenset(), {ASKED: 1.0}, next(generations)),
    )
    assert shown(directory) == {"asked_total": 1}


def test_one_process_alone_has_what_it_claimed(directory: SharedDirectory) -> None:
    claimed = directory.claim("port")
    assert claimed is not None
    assert directory.claim("port") is None
    claimed.close()
    again = directory.claim("port")
    assert again is not None
    again.close()


def test_a_directory_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"There is no directory .*nowhere"):
        SharedDirectory(tmp_path / "nowhere")


@pytest.fixture
def as_several(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    several = values.MultiProcessValue()  # type: ignore[no-untyped-call] # - in the library
    monkeypatch.setattr(values, "ValueClass", several)
    return tmp_path


def test_a_process_that_is_one_of_several_keeps_its_numbers_in_files(
    as_several: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    after_fork: list[object] = []
    monkeypatch.setattr(os, "register_at_fork", lambda **hooks: after_fork.extend(hooks.values()))
    directory = shared.join()
    assert directory is not None
    registry = CollectorRegistry()
    took = Histogram("took", "Took", ("b",), buckets=(1, 2), registry=registry)
    limit = Gauge("busy", "Busy", registry=registry, multiprocess_mode="livemax")
    took.labels("x").observe(1.5)
    limit.set(3)
    (rejoin,) = after_fork
    assert callable(rejoin)
    rejoin()
    took.labels("x").observe(9)
    limit.set(2)
    (took_shown, busy_shown) = directory.read().families(registry.collect(), LABELS)
    assert [(s.name, s.labels, s.value) for s in took_shown.samples] == [
        ("took_bucket", {"b": "x", "le": "1.0"}, 0),
        ("took_bucket", {"b": "x", "le": "2.0"}, 1),
        ("took_bucket", {"b": "x", "le": "+Inf"}, 2),
        ("took_count", {"b": "x"}, 2),
        ("took_sum", {"b": "x"}, 10.5),
    ]
    assert [s.value for s in busy_shown.samples] == [2], "the name before the fork is no more"
    assert len(list(as_several.glob("*.alive"))) == 1


def test_a_process_alone_joins_nobody() -> None:
    assert shared.join() is None


def test_gauges_are_summed_or_the_greatest_is_taken() -> None:
    numbers = Numbers({})
    for value in (2.0, 5.0, 3.0):
        numbers.add_gauges([(BUSY, value)], mode="livesum")
        numbers.add_gauges([(ASKED, value)], mode="livemax")
    assert numbers._gauges == {BUSY: 10, ASKED: 5}


def test_labels_are_in_the_order_of_their_names(directory: SharedDirectory) -> None:
    assert list(json.loads(ASKED)[2]) == ["a", "b"], "sorted in the file"
    member = member_with(directory, asked=1)
    registry = CollectorRegistry()
    Counter("asked", "Asked", ("b", "a"), registry=registry)
    Counter("alone", "Of one process", registry=registry)
    (family,) = directory.read().families(registry.collect(), LABELS)
    assert list(family.samples[0].labels) == ["b", "a"]
    member.leave()


def test_readers_in_threads_agree(directory: SharedDirectory) -> None:
    for _ in range(4):
        member_with(directory, asked=2).leave()
    found: list[float] = []
    threads = [
        threading.Thread(target=lambda: found.append(shown(directory)["asked_total"]))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [8] * 6
