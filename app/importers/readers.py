"""Where an input is read: in this process, or in one of its own beside it."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from types import TracebackType
from typing import BinaryIO, Protocol, Self, cast

from app.errors import VoltWayError
from app.importers import feeds, messages
from app.importers.errors import (
    FormatNotRecognised,
    LayoutNotUnderstood,
    ReaderLost,
    SourceUnreadable,
)
from app.importers.feed import Feed
from app.importers.messages import Destination, Failed, Message, Order, frame
from app.importers.reader import read_input

LARGE_BYTES = 1 << 20
"""From this size on, packed or not, a second process saves more than its start costs."""

_BITE_BYTES = 1 << 16
_AHEAD_BYTES = 1 << 18
_ERRORS = {
    error.slug: error for error in (SourceUnreadable, FormatNotRecognised, LayoutNotUnderstood)
}


class Reader(Protocol):
    """The reading half of an import."""

    async def receive(self) -> Message | None:
        """The next message; ``None`` behind the last.

        Raises:
            SourceUnreachable, SourceUnreadable, FormatNotRecognised, LayoutNotUnderstood: The
                input cannot be read.
            ReaderLost: The process that read it is gone.
        """
        ...

    def send_to(self, destination: Destination) -> None:
        """Say where the stations go; nothing is handed out before."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


def choose_reader(
    stream: BinaryIO, order: Order, feed: Feed | None, *, size_bytes: int | None
) -> Reader:
    """A process of its own for what is large, or may be, where there are two processors.

    Args:
        stream: The bytes as they came.
        order: What is read.
        feed: The format, if it is known already.
        size_bytes: Of the stream; ``None`` if nobody knows.
    """
    is_large = size_bytes is None or size_bytes >= LARGE_BYTES
    # A feed that was added while this process ran is not known to another.
    is_ours = feed is None or type(feed).__module__.startswith(f"{feeds.__name__}.")
    if is_large and is_ours and (os.cpu_count() or 1) > 1:
        return Beside(stream, order)
    return Here(stream, order, feed)


class Here:
    """Reads in this process, a message at a time."""

    def __init__(self, stream: BinaryIO, order: Order, feed: Feed | None) -> None:
        self._destination: Destination | None = None
        self._messages = read_input(stream, order, feed, self._asked)

    def _asked(self) -> Destination:
        if self._destination is None:
            raise RuntimeError("send_to comes before the stations")
        return self._destination

    async def receive(self) -> Message | None:
        """See ``Reader``."""
        return next(self._messages, None)

    def send_to(self, destination: Destination) -> None:
        """See ``Reader``."""
        self._destination = destination

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        self._messages.close()


class Beside:
    """Reads in a process of its own, which gets the bytes and sends the messages.

    The process never outlives this one: it ends when its input ends without the last word,
    or when nobody takes what it sends.
    """

    def __init__(self, stream: BinaryIO, order: Order) -> None:
        self._stream = stream
        self._order = order
        self._destination: asyncio.Future[Destination]
        self._process: Process
        self._input: asyncio.StreamWriter
        self._output: asyncio.StreamReader
        self._feeding: asyncio.Task[None]

    async def __aenter__(self) -> Self:
        self._destination = asyncio.get_running_loop().create_future()
        # A session of its own: what is typed at the terminal interrupts this process alone.
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "app.importers.reader_process"),
            stdin=PIPE,
            stdout=PIPE,
            limit=_AHEAD_BYTES,
            start_new_session=True,
        )
        self._input = cast(asyncio.StreamWriter, self._process.stdin)
        self._output = cast(asyncio.StreamReader, self._process.stdout)
        self._feeding = asyncio.create_task(self._feed())
        return self

    async def __aexit__(self, *_error: object) -> None:
        self._feeding.cancel()
        if self.exit_code is None:
            self.kill()
        self._input.close()
        await asyncio.gather(
            self._feeding, self._empty(), self._process.wait(), return_exceptions=True
        )

    async def _empty(self) -> None:
        """Read to the end, or the pipe would stay open until it is collected."""
        while await self._output.read(_AHEAD_BYTES):
            pass

    async def receive(self) -> Message | None:
        """See ``Reader``."""
        try:
            head = await self._output.readexactly(messages.length.size)
            body = await self._output.readexactly(*messages.length.unpack(head))
        except asyncio.IncompleteReadError as error:
            await self._explain_end(is_clean=not error.partial)
            return None
        message: Message | Failed = messages.decode(body)
        if isinstance(message, Failed):
            raise _as_error(message)
        return message

    def send_to(self, destination: Destination) -> None:
        """See ``Reader``."""
        self._destination.set_result(destination)

    async def _feed(self) -> None:
        """Hand over the order, the bytes, and at last where the stations go."""
        try:
            self._input.write(frame(self._order))
            while bite := self._stream.read1(_BITE_BYTES):  # type: ignore[attr-defined]  # - a BufferedReader
                self._input.write(messages.length.pack(len(bite)) + bite)
                await self._input.drain()
            self._input.write(messages.length.pack(0))
            self._input.write(frame(await self._destination))
            await self._input.drain()
        except (BrokenPipeError, ConnectionResetError):
            pass  # The process is gone, which ``receive`` finds out and explains.
        except BaseException:
            # It must not take what it has for the whole input.
            self.kill()
            raise

    def kill(self) -> None:
        """End the process at once."""
        with suppress(ProcessLookupError):  # It may have ended by itself.
            self._process.kill()

    @property
    def exit_code(self) -> int | None:
        """Of the process; ``None`` while it runs, negative where a signal ended it."""
        return self._process.returncode

    async def _explain_end(self, *, is_clean: bool) -> None:
        """Nothing, if all was said; else raise what went wrong."""
        code = await self._process.wait()
        if is_clean and code == 0:
            return
        if self._feeding.done():
            self._feeding.result()
        raise ReaderLost(self._order.origin, code)


def _as_error(failed: Failed) -> Exception:
    """The error that was raised in the other process."""
    kind = _ERRORS.get(failed.slug)
    if kind is None:
        return RuntimeError(f"the reading process failed: {failed.detail}")
    error = kind.__new__(kind)
    VoltWayError.__init__(error, failed.detail, **failed.extra)
    return error
