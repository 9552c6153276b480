"""Why an import ends before its end."""

from __future__ import annotations

from app.errors import VoltWayError


class SourceUnreadable(VoltWayError):
    """The input is damaged: it breaks off, or is not what it says it is."""

    slug, title, status, exit_code = "source-unreadable", "The source cannot be read", 422, 3

    def __init__(self, origin: str, what: str) -> None:
        super().__init__(
            f"{origin} cannot be read: {what}. What was stored before stays as it was.",
            origin=origin,
        )


class SourceUnreachable(VoltWayError):
    """The input cannot be opened or fetched."""

    slug, title, status, exit_code = "source-unreachable", "The source cannot be reached", 503, 3

    def __init__(self, origin: str, what: str) -> None:
        super().__init__(f"{origin} cannot be reached: {what}.", origin=origin)


class LayoutNotUnderstood(VoltWayError):
    """A column that no station can do without was not found."""

    slug, title, status, exit_code = "layout-not-understood", "The layout is not understood", 422, 3

    def __init__(self, source: str, missing: str, found: str) -> None:
        super().__init__(
            f"This input has no {missing}, which every {source} input needs; found: {found}.",
            source=source,
            missing=missing,
        )


class FormatNotRecognised(VoltWayError):
    """No registry format fits the input."""

    slug, title, status, exit_code = "format-not-recognised", "The format is not known", 422, 3

    def __init__(self, found: str) -> None:
        super().__init__(
            f"This is the form of no registry that is known here; found: {found}."
            " Name the source instead of `auto` if you know it."
        )


class ImportBusy(VoltWayError):
    """Another process is importing the same feed."""

    slug, title, status, exit_code = "import-busy", "The feed is being imported", 409, 4

    def __init__(self, source: str, feed: str) -> None:
        super().__init__(
            f"Another process is importing feed {feed!r} of {source}; wait until it is done.",
            source=source,
            feed=feed,
        )


class FeedNameRefused(VoltWayError):
    """A feed's name has characters that do not belong into ids."""

    slug, title, status, exit_code = "feed-name", "The feed's name cannot be used", 422, 2

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name!r} cannot be a feed's name; use 1 to 64 of A-Z a-z 0-9 . _ -",
            name=name,
        )


class ReaderLost(VoltWayError):
    """The process that read the input ended before its work was done."""

    slug, title, status, exit_code = "reader-lost", "The reading process is gone", 500, 3

    def __init__(self, origin: str, code: int) -> None:
        how = f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
        super().__init__(
            f"The process that read {origin} {how}: perhaps memory is short."
            " What was stored is whole; import it again.",
            origin=origin,
        )
