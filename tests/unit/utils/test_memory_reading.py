"""What the system says of memory: control groups of both versions, the peak, the heap."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from app.utils.memory_optimization import (
    read_limit_bytes,
    read_peak_bytes,
    read_rss_bytes,
    trim_heap,
)


class Groups:
    """A system's files about control groups."""

    def __init__(self, root: Path) -> None:
        self.file = root / "cgroup"
        self.mount = root / "mount"
        self.mount.mkdir()

    def write(self, name: str, text: str) -> None:
        file = self.mount / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "ascii")

    def limit(self, lines: str) -> int | None:
        self.file.write_text(lines, "utf-8")
        return read_limit_bytes(self.file, self.mount)


@pytest.fixture
def groups(tmp_path: Path) -> Groups:
    return Groups(tmp_path)


def test_the_least_limit_on_the_way_up_counts(groups: Groups) -> None:
    groups.write("system.slice/memory.max", "300000000\n")
    groups.write("system.slice/voltway.service/memory.max", "max\n")
    assert groups.limit("0::/system.slice/voltway.service\n") == 300_000_000
    groups.write("system.slice/voltway.service/memory.max", "200000000\n")
    assert groups.limit("0::/system.slice/voltway.service\n") == 200_000_000


def test_a_container_sees_its_group_as_the_root(groups: Groups) -> None:
    groups.write("memory.max", "256000000\n")
    assert groups.limit("0::/\n") == 256_000_000


def test_the_first_version_is_read_too(groups: Groups) -> None:
    lines = "5:cpu,cpuacct:/docker/1\n4:memory:/docker/1\n0::/\n"
    groups.write("memory/docker/1/memory.limit_in_bytes", "9223372036854771712\n")
    assert groups.limit(lines) is None
    groups.write("memory/memory.limit_in_bytes", "128000000\n")
    assert groups.limit(lines) == 128_000_000


def test_without_control_groups_there_is_no_limit(groups: Groups) -> None:
    assert read_limit_bytes(groups.file, groups.mount) is None
    assert groups.limit("0::/\n") is None


def test_the_peak_is_the_systems(tmp_path: Path) -> None:
    status = tmp_path / "status"
    assert read_peak_bytes(status) is None
    status.write_text("VmPeak:\t  9 kB\nVmHWM:\t  52 kB\n", "ascii")
    assert read_peak_bytes(status) == 52 * 1024
    status.write_text("VmPeak:\t  9 kB\n", "ascii")
    assert read_peak_bytes(status) is None


def test_resident_memory_is_that_of_this_process() -> None:
    held = bytes(20_000_000).replace(b"\0", b"x")
    assert read_rss_bytes() > len(held)


def test_trimming_the_heap_is_harmless() -> None:
    assert trim_heap() in {True, False}


def test_trimming_is_for_linux_with_glibc_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert trim_heap() is False
