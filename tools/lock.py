#!/usr/bin/env python3
"""Resolve the requirements anew and write the hash-locked files, which name no address.

Those of the page's lock, which npm keeps for sponsors, are taken out.

Needs ``uv`` on the path. The versions of ``runtime.txt`` bind ``dev.txt``, so that the
tests meet the packages that a user gets.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = ["uv", "pip", "compile", "--quiet", "--upgrade", "--universal", "--python-version", "3.11"]
# With extras: pip looks for "coverage[toml]" as for another package, and takes a release that
# came out after the lock, which has no hash here.
PLAIN = ["--generate-hashes", "--no-strip-extras", "--no-header", "--no-annotate"]
RUNTIME = "requirements/runtime.txt"
PAGE_LOCK = ROOT / "page" / "package-lock.json"

LOCKS = {
    RUNTIME: ["pyproject.toml"],
    "requirements/dev.txt": ["pyproject.toml", "--group", "dev", "--constraints", RUNTIME],
    "requirements/page.txt": ["--group", "page"],
    "requirements/build.txt": ["--group", "build"],
}


def main() -> int:
    """Write every lock; 1 where uv is missing or finds no solution."""
    for lock, inputs in LOCKS.items():
        command = [*UV, *PLAIN, *inputs, "--output-file", lock]
        try:
            subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        except (FileNotFoundError, subprocess.CalledProcessError) as error:
            sys.stderr.write(f"lock: {lock} was not written: {error}\n")
            return 1
    take_out_addresses()
    return 0


def take_out_addresses() -> None:
    """Leave in the page's lock what is installed, and by which digest."""
    lock = json.loads(PAGE_LOCK.read_text("utf-8"))
    for package in lock["packages"].values():
        for field in ("resolved", "funding"):
            package.pop(field, None)
    PAGE_LOCK.write_text(json.dumps(lock, indent=2, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
