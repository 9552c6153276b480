"""Starting quickly: no looks for garbage in what is only being loaded."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def loading() -> Iterator[None]:
    """The collector rests: nearly all that is loaded stays, and looking took a tenth of a start."""
    was_looking = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_looking:
            gc.enable()


def keep_loaded() -> None:
    """Leave all that there is out of later looks.

    A look at everything stopped a server for 75 ms, and what is loaded is most of everything.
    Python looks when it ends, too: that was a fifth of a short command's time.
    """
    gc.freeze()
