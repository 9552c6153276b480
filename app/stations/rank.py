"""The static rank: which of two stations that match a text equally well comes first."""

from __future__ import annotations

import math
from functools import lru_cache

from app.stations.draft import StationContent
from app.stations.vocabulary import Access

MAX_RANK = 65_535

_EVSE_SHARE, _POWER_SHARE, _ACCESS_SHARE, _DETAIL_SHARE = 0.40, 0.30, 0.15, 0.15
_MANY_EVSES = 64
_STRONG_W = 400_000
_LOG_EVSES, _LOG_STRONG = math.log2(1 + _MANY_EVSES), math.log2(1 + _STRONG_W)
_BAYS = tuple(math.log2(1 + count) / _LOG_EVSES for count in range(_MANY_EVSES + 1))
_OPENNESS = {Access.PUBLIC: 1.0, None: 0.7, Access.RESTRICTED: 0.3, Access.PRIVATE: 0.0}


def static_rank(content: StationContent, max_power_w: int | None) -> int:
    """0…``MAX_RANK``: more bays, more power, open to all, better described.

    Bays and power count by their logarithm: the step from 1 bay to 2 weighs as much as
    the one from 16 to 32. It depends on the content alone, so it is stored with it.
    """
    bays = _BAYS[min(len(content.evses), _MANY_EVSES)]
    strength = _strength(max_power_w or 0)
    details = (content.name, content.city, content.operator, content.street)
    described = 1 - details.count(None) / len(details)
    return round(
        MAX_RANK
        * (
            _EVSE_SHARE * bays
            + _POWER_SHARE * strength
            + _ACCESS_SHARE * _OPENNESS[content.access]
            + _DETAIL_SHARE * described
        )
    )


@lru_cache(maxsize=1_024)
def _strength(power_w: int) -> float:
    return math.log2(1 + min(power_w, _STRONG_W)) / _LOG_STRONG
