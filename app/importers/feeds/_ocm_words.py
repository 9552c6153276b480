"""Open Charge Map's numbers for plugs, use, states and countries, in our words.

Source: its reference data (core reference list, 2021 to 2026). The numbers never change;
new ones are added, and those are read by their title instead.
"""

from __future__ import annotations

from typing import NamedTuple

from app.stations.vocabulary import (
    Access,
    ConnectorFormat,
    ConnectorStandard,
    EvseStatus,
    Payment,
    PowerLevel,
    PowerType,
)

_S = ConnectorStandard
_SOCKET, _CABLE = ConnectorFormat.SOCKET, ConnectorFormat.CABLE

UNKNOWN_PLUG = 0
FIVE_PINS = frozenset({17, 35})
"""Red three-phase plugs whose size only amperes or kilowatts tell."""


class Plug(NamedTuple):
    """What a connection type says; ``standard`` is ``None`` where the vocabulary lacks it."""

    standard: ConnectorStandard | None
    format: ConnectorFormat | None = None


PLUGS: dict[int, Plug] = {
    UNKNOWN_PLUG: Plug(None),
    1: Plug(_S.IEC_62196_T1),
    2: Plug(_S.CHADEMO, _CABLE),
    3: Plug(_S.DOMESTIC_G, _SOCKET),
    4: Plug(_S.IEC_60309_2_SINGLE_16, _SOCKET),
    5: Plug(None),
    6: Plug(None),
    7: Plug(None),
    8: Plug(_S.TESLA_R, _CABLE),
    9: Plug(_S.NEMA_5_20, _SOCKET),
    10: Plug(_S.NEMA_14_30, _SOCKET),
    11: Plug(_S.NEMA_14_50, _SOCKET),
    13: Plug(_S.DOMESTIC_C, _SOCKET),
    14: Plug(None, _SOCKET),
    15: Plug(None, _SOCKET),
    16: Plug(_S.IEC_60309_2_SINGLE_16, _SOCKET),
    17: Plug(_S.IEC_60309_2_THREE_32, _SOCKET),
    18: Plug(None),
    21: Plug(None),
    22: Plug(_S.DOMESTIC_B, _SOCKET),
    23: Plug(_S.DOMESTIC_E, _SOCKET),
    24: Plug(None),
    25: Plug(_S.IEC_62196_T2, _SOCKET),
    26: Plug(_S.IEC_62196_T3C),
    27: Plug(_S.SAE_J3400, _CABLE),
    28: Plug(_S.DOMESTIC_F, _SOCKET),
    29: Plug(_S.DOMESTIC_I, _SOCKET),
    30: Plug(_S.TESLA_S, _CABLE),
    31: Plug(None),
    32: Plug(_S.IEC_62196_T1_COMBO, _CABLE),
    33: Plug(_S.IEC_62196_T2_COMBO, _CABLE),
    34: Plug(_S.IEC_60309_2_SINGLE_16, _SOCKET),
    35: Plug(_S.IEC_60309_2_THREE_32, _SOCKET),
    36: Plug(_S.IEC_62196_T3A),
    1036: Plug(_S.IEC_62196_T2, _CABLE),
    1037: Plug(_S.DOMESTIC_J, _SOCKET),
    1038: Plug(_S.GBT_AC, _SOCKET),
    1039: Plug(_S.GBT_AC, _CABLE),
    1040: Plug(_S.GBT_DC, _CABLE),
    1041: Plug(None, _SOCKET),
    1042: Plug(None, _SOCKET),
}

CURRENTS: dict[int, PowerType] = {
    10: PowerType.AC_1_PHASE,
    20: PowerType.AC_3_PHASE,
    30: PowerType.DC,
}

LEVELS: dict[int, PowerLevel] = {1: PowerLevel.LEVEL_1, 2: PowerLevel.LEVEL_2}
"""Level 3 means 40 kW and more of either current: a class only where the current is direct."""
LEVEL_OF_40_KW = 3


class Use(NamedTuple):
    """What a usage type says."""

    access: Access | None
    payments: tuple[Payment, ...] = ()


USES: dict[int, Use] = {
    0: Use(None),
    1: Use(Access.PUBLIC),
    2: Use(Access.PRIVATE),
    3: Use(Access.RESTRICTED),
    4: Use(Access.PUBLIC, (Payment.SUBSCRIPTION,)),
    5: Use(Access.PUBLIC, (Payment.AD_HOC,)),
    6: Use(Access.RESTRICTED),
    7: Use(Access.PUBLIC),
}

PLANNED = 150
GONE = frozenset({200, 210})
"""Removed, and duplicate of another."""
NOT_OPERATIONAL = 100

STATES: dict[int, EvseStatus] = {
    10: EvseStatus.AVAILABLE,
    20: EvseStatus.CHARGING,
    30: EvseStatus.INOPERATIVE,
    NOT_OPERATIONAL: EvseStatus.INOPERATIVE,
    PLANNED: EvseStatus.PLANNED,
}
"""``0``, ``50`` (operational) and ``75`` (partly so) say nothing about a bay right now."""

SILENT_STATES = frozenset({0, 50, 75}) | GONE

PUBLISHED = frozenset({100, 200})
"""Submission states that are live."""

UNKNOWN_OPERATOR = 1
PRIVATE_PERSON = 44
CONTRIBUTORS = 1
"""The data provider that is Open Charge Map's own community."""

_IN_ORDER = (
    "GB US IE HK AF AX AL DZ AS AD AO AI AQ AG AR AM AW AU AT AZ BS BH BD BB BY BE BZ BJ BM BT BO "
    "BQ BA BW BV BR IO BN BG BF BI KH CM CA CV KY CF TD CL CN CX CC CO KM CG CD CK CR CI HR CU CW "
    "CY CZ DK DJ DM DO EC EG SV GQ ER EE ET FK FO FJ FI FR GF PF TF GA GM GE DE GH GI GR GL GD GP "
    "GU GT GG GN GW GY HT HM VA HN HU IS IN ID IR IQ IM IL IT JM JP JE JO KZ KE KI KP KR KW KG LA "
    "LV LB LS LR LY LI LT LU MO MK MG MW MY MV ML MT MH MQ MR MU YT MX FM MD MC MN ME MS MA MZ MM "
    "NA NR NP NL NC NZ NI NE NG NU NF MP NO OM PK PW PS PA PG PY PE PH PN PL PT PR QA RE RO RU RW "
    "BL SH KN LC MF PM VC WS SM ST SA SN RS SC SL SG SX SK SI SB SO ZA GS ES LK SD SR SJ SZ SE CH "
    "SY TW TJ TZ TH TL TG TK TO TT TN TR TM TC TV UG UA AE UM UY UZ VU VE VN VG VI WF EH YE ZM ZW "
    "SS XK"
)

COUNTRIES: dict[int, str] = dict(enumerate(_IN_ORDER.split(), start=1))
"""Open Charge Map numbers the countries by name, behind the four that it began with."""
