"""Where a place of Open Charge Map comes from: its licence and whom to name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.importers.feeds._json import members, number_of, objects, whole
from app.importers.feeds._ocm_words import CONTRIBUTORS
from app.importers.parse.licences import NOT_OPEN, UNKNOWN, is_open, licence_from_text
from app.importers.parse.text import clean_text

ATTRIBUTION = "© Open Charge Map contributors, openchargemap.org"
_ATTRIBUTION_FIELD = 4
"""The metadata field that carries an attribution which the row owes to others."""


def licence_of(poi: Mapping[str, Any]) -> str:
    """What the row owes: the licence of a foreign attribution, else its data provider's."""
    for text in _foreign_attributions(poi):
        licence = licence_from_text(text)
        is_prose = text.startswith(licence)
        if is_open(licence) or not is_prose:
            return licence
    provider = members(poi.get("DataProvider"))
    stated = licence_from_text(provider.get("License"))
    if stated == UNKNOWN and provider.get("IsOpenDataLicensed") is False:
        return NOT_OPEN
    return stated


def attribution_of(poi: Mapping[str, Any]) -> str:
    """Whom to name: the data provider, and those whom the row names itself."""
    provider = number_of(poi, "DataProvider")
    title = clean_text(members(poi.get("DataProvider")).get("Title"))
    if provider in {None, CONTRIBUTORS} or title is None:
        own = ATTRIBUTION
    else:
        own = f"{title}, via Open Charge Map, openchargemap.org"
    return "; ".join((own, *_foreign_attributions(poi)))


def _foreign_attributions(poi: Mapping[str, Any]) -> list[str]:
    return [
        text
        for entry in objects(poi.get("MetadataValues"))
        if whole(entry.get("MetadataFieldID")) == _ATTRIBUTION_FIELD
        and (text := clean_text(entry.get("ItemValue")))
    ]
