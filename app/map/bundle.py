"""The built page: what ``npm run build`` left in ``static/dist``, as answers."""

from __future__ import annotations

from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from starlette.responses import FileResponse, HTMLResponse, Response

DIST: Final = Path(__file__).parent / "static" / "dist"
"""Made at set-up, shipped inside the wheel, ignored by git."""

ONE_YEAR: Final = "public, max-age=31536000, immutable"
"""For assets: their names carry a hash of their content."""


def content_security_policy(style_url: str | None = None) -> str:
    """What the page may load: nothing from another host, no script or style inside its text.

    Args:
        style_url: A style of the operator's, whose origin may send its parts, too.
    """
    origin = ""
    if style_url is not None:
        parts = urlsplit(style_url)
        origin = f" {parts.scheme}://{parts.netloc}"
    return (
        "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; "
        f"img-src 'self' data: blob:{origin}; font-src 'self'; connect-src 'self'{origin}; "
        "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
    )


ROOT_FILES: Final = (
    "manifest.webmanifest",
    "sw.js",
    "icon.svg",
    "icon-192.png",
    "icon-512.png",
    "icon-maskable-512.png",
    "apple-touch-icon.png",
)
"""What has to lie beside the page under a name that stays: a worker rules its own folder."""

_MEDIA_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}

_NOT_BUILT: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>VoltWay: the map page is not built</title>
</head>
<body>
<h1>The map page is not built yet</h1>
<p>Run <code>make setup</code> in the project's folder, then load this page again.</p>
<p>The API works without it: <a href="./docs">its pages</a>,
<a href="./api/v1/stations?limit=5">the first five stations</a>.</p>
</body>
</html>
"""


def page(dist: Path, style_url: str | None = None) -> Response:
    """The map page; 503 with the remedy in words where it was not built.

    Args:
        dist: The folder that the build wrote.
        style_url: As for ``content_security_policy``.
    """
    headers = _headers(style_url)
    index = dist / "index.html"
    if not index.is_file():
        return HTMLResponse(_NOT_BUILT, status_code=503, headers=headers)
    return FileResponse(index, media_type="text/html; charset=utf-8", headers=headers)


def asset(name: str, *, accepts_gzip: bool, dist: Path) -> Response | None:
    """One of the page's files; ``None`` if there is none of this name.

    Args:
        name: The file's name, without a folder.
        accepts_gzip: Whether the copy that the build compressed may be sent. It always is
            where it may be: compressing the megabytes anew would hold up the other requests.
        dist: The folder that the build wrote.
    """
    media_type = _MEDIA_TYPES.get(Path(name).suffix)
    file = dist / "assets" / name
    if media_type is None or Path(name).name != name or not file.is_file():
        return None
    headers = {"Cache-Control": ONE_YEAR, "Vary": "Accept-Encoding"}
    compressed = file.with_name(f"{name}.gz")
    if accepts_gzip and compressed.is_file():
        headers["Content-Encoding"] = "gzip"
        file = compressed
    return FileResponse(file, media_type=media_type, headers=headers)


def root_file(name: str, *, dist: Path, style_url: str | None = None) -> Response | None:
    """A file beside the page, which browsers ask for again; ``None`` if the build made none.

    Args:
        name: One of ``ROOT_FILES``.
        dist: The folder that the build wrote.
        style_url: As for ``content_security_policy``: a worker goes by a policy of its own.
    """
    file = dist / name
    if name not in ROOT_FILES or not file.is_file():
        return None
    media_type = _MEDIA_TYPES[file.suffix]
    return FileResponse(file, media_type=media_type, headers=_headers(style_url))


def _headers(style_url: str | None) -> dict[str, str]:
    policy = content_security_policy(style_url)
    return {"Content-Security-Policy": policy, "Cache-Control": "no-cache"}
