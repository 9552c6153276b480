"""Open Charge Map's places out of tables: the API's CSV, and objects flattened to columns."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from app.importers.parse.text import clean_text, parse_bool

Path = tuple[str | int, ...]
"""Where a cell belongs in the object: ``("AddressInfo", "Title")``."""

_JOINT = re.compile(r"[./]|__")
_COLUMNS_OF_THE_API: dict[str, Path] = {
    "ID": ("ID",),
    "LocationTitle": ("AddressInfo", "Title"),
    **{
        name: ("AddressInfo", name)
        for name in ("AddressLine1", "AddressLine2", "Town", "StateOrProvince", "Postcode",
                     "Latitude", "Longitude")
    },
    "Country": ("AddressInfo", "Country", "Title"),
    **{
        f"Addr_{name}": ("AddressInfo", name)
        for name in ("ContactTelephone1", "ContactTelephone2", "AccessComments", "RelatedURL")
    },
    "ConnectionType": ("Connections",),
    "UsageType": ("UsageType", "Title"),
    "StatusType": ("StatusType", "Title"),
    "NumberOfPoints": ("NumberOfPoints",),
    "DateLastStatusUpdate": ("DateLastStatusUpdate",),
}  # fmt: skip
_MEMBERS = frozenset(
    {"DataProviderID", "OperatorID", "UsageTypeID", "UsageCost", "Connections", "StatusTypeID",
     "SubmissionStatusTypeID", "MetadataValues"}
)  # fmt: skip
_SILENT = frozenset(
    {"Distance", "DistanceUnit", "Addr_ContactEmail", "Addr_GeneralComments", "ChargerType",
     "GeneralComments", "DateLastConfirmed", "DateLastVerified", "DateCreated", "DatePlanned",
     "DataQualityLevel", "PercentageSimilarity", "UserComments", "MediaItems", "UUID",
     "IsRecentlyVerified", "ParentChargePointID", "OperatorsReference", "DataProvidersReference",
     "DataProvider", "OperatorInfo", "UsageType", "StatusType", "SubmissionStatus"}
)  # fmt: skip
_NUMBER_BY_TITLE = {
    "UsageType": {
        "public": 1, "private - restricted access": 2, "privately owned - notice required": 3,
        "public - membership required": 4, "public - pay at location": 5,
        "private - for staff, visitors or customers": 6, "public - notice required": 7,
    },
    "StatusType": {
        "temporarily unavailable": 30, "operational": 50, "partly operational (mixed)": 75,
        "not operational": 100, "planned for future date": 150, "removed (decommissioned)": 200,
        "removed (duplicate listing)": 210,
    },
}  # fmt: skip


def paths_of(columns: Iterable[str]) -> dict[str, Path]:
    """Where the cells of known columns belong; columns that are not known are missing."""
    paths: dict[str, Path] = {}
    for column in columns:
        parts = [part for part in _JOINT.split(column) if part]
        if column in _COLUMNS_OF_THE_API:
            paths[column] = _COLUMNS_OF_THE_API[column]
        elif len(parts) > 1 or column in _MEMBERS:
            paths[column] = tuple(int(part) if part.isdigit() else part for part in parts)
    return paths


def unmapped(columns: Iterable[str]) -> tuple[str, ...]:
    """Columns whose cells belong nowhere."""
    columns = list(columns)
    known = paths_of(columns)
    return tuple(column for column in columns if column not in known and column not in _SILENT)


def is_flat(columns: Iterable[str]) -> bool:
    """Whether columns are those of places: a number, and a place with a title."""
    found = set(paths_of(columns).values())
    return {("ID",), ("AddressInfo", "Title"), ("AddressInfo", "Latitude")} <= found


def unflattener(columns: Iterable[str]) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """A function that makes the API's object of a row."""
    paths = paths_of(columns)

    def unflatten(values: Mapping[str, Any]) -> dict[str, Any]:
        poi: dict[str, Any] = {}
        for column, path in paths.items():
            value = _value(values.get(column))
            if value is not None:
                _put(poi, path, value)
        _finish(poi)
        return poi

    return unflatten


def _value(cell: Any) -> Any:
    """A cell as JSON would have it; lists and objects are read from their text."""
    text = clean_text(cell)
    if text is None:
        return None
    if text[0] in "[{":
        return _decoded(text)
    is_word = text.lower() in {"true", "false"}
    return parse_bool(text) if is_word else text


def _decoded(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        pass
    try:
        return ast.literal_eval(text)  # Data frames write lists as their language does.
    except (ValueError, SyntaxError):
        return text


def _put(poi: dict[str, Any], path: Path, value: Any) -> None:
    inside: dict[Any, Any] = poi
    for part in path[:-1]:
        inside = inside.setdefault(part, {})
        if not isinstance(inside, dict):
            return  # Another column has the whole.
    inside[path[-1]] = value


def _finish(poi: dict[str, Any]) -> None:
    """Connections as a list, and numbers for titles that stand alone."""
    plugs = poi.get("Connections")
    if isinstance(plugs, dict):
        poi["Connections"] = [plugs[place] for place in sorted(plugs, key=str)]
    elif isinstance(plugs, str):
        titles = [title for part in plugs.split(",") if (title := clean_text(part))]
        poi["Connections"] = [{"ConnectionType": {"Title": title}} for title in titles]
    for kind, numbers in _NUMBER_BY_TITLE.items():
        reference = poi.get(kind)
        if isinstance(reference, dict) and "ID" not in reference and f"{kind}ID" not in poi:
            poi[f"{kind}ID"] = numbers.get(str(reference.get("Title")).lower())
