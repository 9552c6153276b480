"""``voltway serve``: the web server."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.loading import keep_loaded, loading
from app.errors import VoltWayError

if TYPE_CHECKING:
    from fastapi import FastAPI

    from app.settings import Settings

GRACE_S = 10
"""How long running requests may go on once the server was asked to stop, by default."""

_KEEP_ALIVE_S = 75
"""Longer than a proxy keeps a connection unused (nginx: 60 s), so that the proxy lets go first
and no request meets a connection that is being closed."""
_WORKER_PATIENCE_S = 60
"""How long a new worker may take to load the catalogue before a restart is given up, and an
old one to answer its supervisor before it is taken for hung."""
_BACKLOG = 2048
_OTHER_PORT = "Choose another port: voltway serve --port 8001, or --port 0 for a free one."


class AddressTaken(VoltWayError):
    """The address to listen on cannot be had."""

    slug, title, status, exit_code = "address-taken", "The address cannot be listened on", 503, 4

    def __init__(self, host: str, port: int, error: OSError, *, remedy: str) -> None:
        super().__init__(f"Cannot listen on {host}:{port}: {error.strerror or error}. {remedy}")


class LogDirRefused(VoltWayError):
    """Log files cannot be written where they should be."""

    slug, title, status, exit_code = "log-dir", "LOG_DIR cannot be used", 503, 4

    def __init__(self, directory: Path, error: OSError) -> None:
        super().__init__(
            f"Log files cannot be written to {directory}: {error.strerror or error}."
            " Set LOG_DIR or DATA_DIR to a directory that this user may write to."
        )


def command(
    *,
    host: Annotated[str | None, typer.Option(help="Address to listen on [HOST].")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65_535, help="Port; 0 picks a free one [PORT].")
    ] = None,
    workers: Annotated[
        int, typer.Option(min=1, max=64, help="Processes that answer, on one port.")
    ] = 1,
    grace_s: Annotated[
        int,
        typer.Option(
            "--grace", min=1, max=3600, help="Seconds that running requests get to end in."
        ),
    ] = GRACE_S,
) -> None:
    """Serve the map, the API and its docs until interrupted.

    Running requests end before the server does, streams are cut off after --grace seconds.
    With several workers, SIGHUP replaces them one after the other, and no request fails.
    Options win over the environment variables HOST and PORT.
    """
    with loading():
        import uvicorn
        from uvicorn.supervisors import Multiprocess

        from app.resources import signer_of
        from app.settings import Settings
        from app.utils.advanced_logging import configure_logging, setup_logging
        from app.web.protocol import SPOKEN, HttpProtocol

    settings = Settings()
    configure_logging(
        level=settings.log_level, form=settings.log_format, schema=settings.log_schema
    )
    setup_logging("uvicorn.error")
    _require_log_dir(settings.resolved_log_dir)
    signer_of(settings)  # refused here in one sentence, not by each worker
    asyncio.run(_prepare(settings))
    listener = _listen(host or settings.host, settings.port if port is None else port)
    shown_host, shown_port = listener.getsockname()[:2]
    settings = settings.model_copy(update={"host": shown_host, "port": shown_port})
    _require_metrics_port(settings)
    typer.echo(
        f"VoltWay listens on http://{_for_url(shown_host)}:{shown_port}"
        f" (map /, API /api/v1, docs /docs); Ctrl-C stops it.",
        err=True,
    )
    config = uvicorn.Config(
        "app.cli.serve:make_worker_app" if workers > 1 else make_app(settings),
        factory=workers > 1,
        workers=workers,
        http=HttpProtocol,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=grace_s,
        timeout_worker_healthcheck=_WORKER_PATIENCE_S,
        backlog=_BACKLOG,
        **SPOKEN,
    )
    server = uvicorn.Server(config)
    signal.signal(signal.SIGTERM, _end)
    try:
        if workers > 1:
            with _environment_of_workers(settings, workers):
                Multiprocess(config, sockets=[listener]).run()
        else:
            server.run(sockets=[listener])
    except KeyboardInterrupt:
        return
    except SystemExit as ended:
        # uvicorn ends a failed start with 3, which means another thing on this command line.
        raise typer.Exit(VoltWayError.exit_code if ended.code else 0) from None


def make_app(settings: Settings) -> FastAPI:
    """The application with its log files."""
    with loading():
        from app.main import create_app

        application = create_app(settings, log_dir=settings.resolved_log_dir)
    keep_loaded()
    return application


def make_worker_app() -> FastAPI:
    """The application of one of several processes."""
    with loading():
        from app.settings import Settings
        from app.utils.advanced_logging import configure_logging, setup_logging

    settings = Settings()
    configure_logging(
        level=settings.log_level, form=settings.log_format, schema=settings.log_schema
    )
    setup_logging("uvicorn.error")
    return make_app(settings)


def _end(_number: int, _frame: FrameType | None) -> None:
    """The server raises SIGTERM once more when it has ended in peace: then this is done."""
    raise SystemExit(0)


def _require_log_dir(directory: Path) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LogDirRefused(directory, error) from error


@contextmanager
def _environment_of_workers(settings: Settings, workers: int) -> Iterator[None]:
    """Tell them where they listen, how many they are, and where they keep metrics together.

    The directory is a fresh one, so that counts begin at nought with the service.
    """
    with TemporaryDirectory(prefix="voltway-metrics-") as directory:
        os.environ.update(HOST=settings.host, PORT=str(settings.port))
        os.environ["DATABASE_PROCESSES"] = str(max(workers, settings.database_processes))
        if settings.metrics_enabled:
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = directory
        yield


def _require_metrics_port(settings: Settings) -> None:
    """Fail early where the second port is taken; the lifespan opens it."""
    if settings.metrics_enabled and settings.prometheus_port not in {None, settings.port}:
        remedy = "Set PROMETHEUS_PORT to a free port, or leave it unset: /metrics is on PORT too."
        _listen(settings.host, settings.prometheus_port, remedy=remedy).close()


async def _prepare(settings: Settings) -> None:
    """Fail early, in one sentence, where the database cannot be used."""
    from app.resources import open_database_of

    async with open_database_of(settings):
        pass


def _listen(host: str, port: int, *, remedy: str = _OTHER_PORT) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        # From here on connections wait in the queue, so that the sentence below is true.
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise AddressTaken(host, port, error, remedy=remedy) from error
    listener.set_inheritable(True)
    return listener


def _for_url(host: str) -> str:
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - shown, not bound
        return "localhost"
    return f"[{host}]" if ":" in host else host
