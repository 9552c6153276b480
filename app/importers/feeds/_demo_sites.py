"""What the demo's stations look like: plugs, powers, hours, prices and names by region.

The powers and plugs are typical of their region; every name is invented and says so.
"""

from __future__ import annotations

from typing import NamedTuple

from app.stations.draft import ConnectorDraft
from app.stations.vocabulary import (
    Access,
    ConnectorFormat,
    ConnectorStandard,
    EvseStatus,
    Payment,
    PowerType,
)

Plugs = tuple[ConnectorDraft, ...]


class SiteKind(NamedTuple):
    """One kind of site: how many bays of which plugs, and how often it is met."""

    weight: float
    """Share in towns; on roads only kinds of ``FAST_FROM_W`` and more are built."""
    fewest_evses: int
    most_evses: int
    plugs: Plugs
    """Of each bay; several plugs share one bay's power."""


FAST_FROM_W = 50_000


def _ac(standard: ConnectorStandard, power_kw: float, *, cable: bool = False) -> ConnectorDraft:
    three_phases = power_kw > 10  # noqa: PLR2004 - 10 kW is more than one phase gives at 32 A
    return ConnectorDraft(
        standard=standard,
        format=ConnectorFormat.CABLE if cable else ConnectorFormat.SOCKET,
        power_type=PowerType.AC_3_PHASE if three_phases else PowerType.AC_1_PHASE,
        max_power_w=round(power_kw * 1000),
        max_voltage_v=400 if three_phases else 230,
        max_amperage_a=32,
    )


def _dc(standard: ConnectorStandard, power_kw: float) -> ConnectorDraft:
    return ConnectorDraft(
        standard=standard,
        format=ConnectorFormat.CABLE,
        power_type=PowerType.DC,
        max_power_w=round(power_kw * 1000),
    )


_S = ConnectorStandard
_CCS1, _CCS2, _NACS = _S.IEC_62196_T1_COMBO, _S.IEC_62196_T2_COMBO, _S.SAE_J3400
_T1, _T2 = _S.IEC_62196_T1, _S.IEC_62196_T2

_TYPE2_WORLD = (
    SiteKind(0.34, 1, 2, (_ac(_T2, 22),)),
    SiteKind(0.20, 2, 6, (_ac(_T2, 11),)),
    SiteKind(0.08, 1, 4, (_ac(_T2, 7.4), _ac(_S.DOMESTIC_F, 2.3))),
    SiteKind(0.03, 1, 2, (_ac(_T2, 3.7),)),
    SiteKind(0.12, 1, 2, (_dc(_CCS2, 50), _dc(_S.CHADEMO, 50), _ac(_T2, 43, cable=True))),
    SiteKind(0.09, 2, 4, (_dc(_CCS2, 150), _dc(_S.CHADEMO, 62.5))),
    SiteKind(0.09, 2, 8, (_dc(_CCS2, 300),)),
    SiteKind(0.05, 4, 16, (_dc(_CCS2, 400),)),
)

SITES: dict[str, tuple[SiteKind, ...]] = {
    "type2": _TYPE2_WORLD,
    "america": (
        SiteKind(0.50, 1, 4, (_ac(_T1, 7.2, cable=True),)),
        SiteKind(0.12, 2, 8, (_ac(_T1, 9.6, cable=True), _ac(_NACS, 9.6, cable=True))),
        SiteKind(0.08, 1, 2, (_ac(_S.NEMA_14_50, 9.6), _ac(_S.NEMA_5_20, 1.9))),
        SiteKind(0.10, 1, 2, (_dc(_CCS1, 62.5), _dc(_S.CHADEMO, 50))),
        SiteKind(0.10, 4, 12, (_dc(_CCS1, 350),)),
        SiteKind(0.10, 6, 20, (_dc(_NACS, 250),)),
    ),
    "china": (
        SiteKind(0.45, 2, 10, (_ac(_S.GBT_AC, 7),)),
        SiteKind(0.25, 2, 8, (_dc(_S.GBT_DC, 60),)),
        SiteKind(0.20, 4, 16, (_dc(_S.GBT_DC, 120),)),
        SiteKind(0.10, 4, 20, (_dc(_S.GBT_DC, 240),)),
    ),
    "japan": (
        SiteKind(0.45, 1, 4, (_ac(_T1, 3.2, cable=True),)),
        SiteKind(0.15, 1, 4, (_ac(_T1, 6, cable=True),)),
        SiteKind(0.30, 1, 2, (_dc(_S.CHADEMO, 50),)),
        SiteKind(0.10, 2, 6, (_dc(_S.CHADEMO, 90),)),
    ),
    "korea": (
        SiteKind(0.60, 2, 8, (_ac(_T1, 7, cable=True),)),
        SiteKind(0.25, 1, 4, (_dc(_CCS1, 100), _dc(_S.CHADEMO, 50))),
        SiteKind(0.15, 2, 8, (_dc(_CCS1, 350),)),
    ),
}
"""By region; each region's weights add up to one."""

PLUG_REGIONS = {
    "CA": "america",
    "CN": "china",
    "JP": "japan",
    "KR": "korea",
    "MX": "america",
    "US": "america",
}
"""By country; ``type2`` elsewhere."""

COUNTRY_DENSITY = {
    "AU": 1.5,
    "BY": 0.5,
    "CA": 2.5,
    "CN": 1.2,
    "JP": 1.5,
    "KR": 2.0,
    "NZ": 2.0,
    "RU": 0.3,
    "UA": 0.7,
    "US": 2.5,
}
EUROPE_DENSITY = 4.0
OTHER_DENSITY = 0.25
"""Stations per inhabitant, relative to one another."""

_FIRST_WORDS = ("Marzipan", "Teapot", "Nutmeg", "Paperkite", "Fernweh", "Moonmilk", "Bumblewatt")
_SECOND_WORDS = ("Volt", "Charging", "Mobility", "Plug", "Energy", "Ladepunkt")
OPERATORS = tuple(f"{first} {second} (demo)" for second in _SECOND_WORDS for first in _FIRST_WORDS)

TOWN_PLACES = (
    "Central Station",
    "Market Square",
    "City Hall",
    "Library",
    "Retail Park",
    "Park and Ride",
    "Hospital",
    "University",
    "Sports Hall",
    "Museum Quarter",
    "Harbour",
    "Old Brewery",
    "North Gate",
    "South Gate",
)

STREETS = (
    "Station Road",
    "Garden Street",
    "Mill Lane",
    "Church Street",
    "Long Street",
    "Ring Road",
)

PAYMENTS: tuple[tuple[Payment, ...], ...] = (
    (Payment.APP, Payment.RFID),
    (Payment.AD_HOC, Payment.APP, Payment.CARD),
    (Payment.AD_HOC, Payment.CARD),
    (Payment.APP, Payment.RFID, Payment.SUBSCRIPTION),
    (Payment.FREE,),
    (),
)
PAYMENT_SHARES = (0.35, 0.25, 0.12, 0.13, 0.05, 0.10)

HOURS: tuple[str | None, ...] = (
    "24/7",
    "Mo-Su 06:00-23:00",
    "Mo-Sa 07:00-22:00",
    "Mo-Fr 08:00-18:00; Sa 09:00-13:00",
    None,
)
HOURS_SHARES = (0.62, 0.10, 0.10, 0.08, 0.10)

ACCESS: tuple[Access | None, ...] = (Access.PUBLIC, Access.RESTRICTED, Access.PRIVATE, None)
ACCESS_SHARES = (0.86, 0.09, 0.02, 0.03)

STATUSES = (
    EvseStatus.AVAILABLE,
    EvseStatus.CHARGING,
    EvseStatus.OUTOFORDER,
    EvseStatus.BLOCKED,
    EvseStatus.RESERVED,
    EvseStatus.INOPERATIVE,
    EvseStatus.UNKNOWN,
)
STATUS_SHARES = (0.60, 0.27, 0.05, 0.03, 0.01, 0.02, 0.02)

PRICES: dict[str, tuple[str, ...]] = {
    "EUR": (
        "0.39 EUR/kWh",
        "0.49 EUR/kWh",
        "0.59 EUR/kWh",
        "0.69 EUR/kWh + 0.10 EUR/min after 4 h",
    ),
    "GBP": ("0.45 GBP/kWh", "0.59 GBP/kWh", "0.79 GBP/kWh"),
    "CHF": ("0.45 CHF/kWh", "0.55 CHF/kWh + 1.50 CHF/session"),
    "USD": ("0.28 USD/kWh", "0.43 USD/kWh", "0.56 USD/kWh", "1.50 USD/h"),
    "CNY": ("1.20 CNY/kWh", "1.60 CNY/kWh"),
}
"""By currency; none elsewhere."""
