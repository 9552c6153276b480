"""The words of the domain: OCPI 2.2.1's, with the few that it lacks.

Source: OCPI 2.2.1 (mod_locations, types). Extensions: ``SAE_J3400`` (NACS) and ``MCS``
come from OCPI 2.3; access and payment are ours, since OCPI spreads them over
capabilities and tokens.
"""

from __future__ import annotations

from enum import StrEnum


class ConnectorStandard(StrEnum):
    """The plug; OCPI ``ConnectorType`` plus ``SAE_J3400`` and ``MCS``."""

    CHADEMO = "CHADEMO"
    CHAOJI = "CHAOJI"
    DOMESTIC_A = "DOMESTIC_A"
    DOMESTIC_B = "DOMESTIC_B"
    DOMESTIC_C = "DOMESTIC_C"
    DOMESTIC_D = "DOMESTIC_D"
    DOMESTIC_E = "DOMESTIC_E"
    DOMESTIC_F = "DOMESTIC_F"
    DOMESTIC_G = "DOMESTIC_G"
    DOMESTIC_H = "DOMESTIC_H"
    DOMESTIC_I = "DOMESTIC_I"
    DOMESTIC_J = "DOMESTIC_J"
    DOMESTIC_K = "DOMESTIC_K"
    DOMESTIC_L = "DOMESTIC_L"
    DOMESTIC_M = "DOMESTIC_M"
    DOMESTIC_N = "DOMESTIC_N"
    DOMESTIC_O = "DOMESTIC_O"
    GBT_AC = "GBT_AC"
    GBT_DC = "GBT_DC"
    IEC_60309_2_SINGLE_16 = "IEC_60309_2_single_16"
    IEC_60309_2_THREE_16 = "IEC_60309_2_three_16"
    IEC_60309_2_THREE_32 = "IEC_60309_2_three_32"
    IEC_60309_2_THREE_64 = "IEC_60309_2_three_64"
    IEC_62196_T1 = "IEC_62196_T1"
    IEC_62196_T1_COMBO = "IEC_62196_T1_COMBO"
    IEC_62196_T2 = "IEC_62196_T2"
    IEC_62196_T2_COMBO = "IEC_62196_T2_COMBO"
    IEC_62196_T3A = "IEC_62196_T3A"
    IEC_62196_T3C = "IEC_62196_T3C"
    MCS = "MCS"
    NEMA_5_20 = "NEMA_5_20"
    NEMA_6_30 = "NEMA_6_30"
    NEMA_6_50 = "NEMA_6_50"
    NEMA_10_30 = "NEMA_10_30"
    NEMA_10_50 = "NEMA_10_50"
    NEMA_14_30 = "NEMA_14_30"
    NEMA_14_50 = "NEMA_14_50"
    PANTOGRAPH_BOTTOM_UP = "PANTOGRAPH_BOTTOM_UP"
    PANTOGRAPH_TOP_DOWN = "PANTOGRAPH_TOP_DOWN"
    SAE_J3400 = "SAE_J3400"
    TESLA_R = "TESLA_R"
    TESLA_S = "TESLA_S"


class ConnectorFormat(StrEnum):
    """Whether the driver brings the cable (OCPI ``ConnectorFormat``)."""

    SOCKET = "SOCKET"
    CABLE = "CABLE"


class PowerType(StrEnum):
    """Kind of current (OCPI ``PowerType``)."""

    AC_1_PHASE = "AC_1_PHASE"
    AC_2_PHASE = "AC_2_PHASE"
    AC_2_PHASE_SPLIT = "AC_2_PHASE_SPLIT"
    AC_3_PHASE = "AC_3_PHASE"
    DC = "DC"


class PowerLevel(StrEnum):
    """A class of power where a source gives no kW (AFDC); never turned into a number."""

    LEVEL_1 = "LEVEL_1"
    LEVEL_2 = "LEVEL_2"
    DC_FAST = "DC_FAST"


class EvseStatus(StrEnum):
    """What a charging bay is doing (OCPI ``Status``)."""

    AVAILABLE = "AVAILABLE"
    BLOCKED = "BLOCKED"
    CHARGING = "CHARGING"
    INOPERATIVE = "INOPERATIVE"
    OUTOFORDER = "OUTOFORDER"
    PLANNED = "PLANNED"
    REMOVED = "REMOVED"
    RESERVED = "RESERVED"
    UNKNOWN = "UNKNOWN"


class Access(StrEnum):
    """Who may charge: anyone, a stated group (members, customers), or nobody else."""

    PUBLIC = "public"
    RESTRICTED = "restricted"
    PRIVATE = "private"


class Payment(StrEnum):
    """A way to pay, or ``free``."""

    AD_HOC = "ad_hoc"
    CARD = "card"
    APP = "app"
    RFID = "rfid"
    CASH = "cash"
    SUBSCRIPTION = "subscription"
    FREE = "free"


_S = ConnectorStandard

CONNECTOR_ALIASES: dict[str, frozenset[ConnectorStandard]] = {
    "ccs": frozenset({_S.IEC_62196_T1_COMBO, _S.IEC_62196_T2_COMBO}),
    "ccs1": frozenset({_S.IEC_62196_T1_COMBO}),
    "ccs2": frozenset({_S.IEC_62196_T2_COMBO}),
    "chademo": frozenset({_S.CHADEMO}),
    "chaoji": frozenset({_S.CHAOJI}),
    "type1": frozenset({_S.IEC_62196_T1}),
    "j1772": frozenset({_S.IEC_62196_T1}),
    "type2": frozenset({_S.IEC_62196_T2}),
    "type3": frozenset({_S.IEC_62196_T3A, _S.IEC_62196_T3C}),
    "type3a": frozenset({_S.IEC_62196_T3A}),
    "type3c": frozenset({_S.IEC_62196_T3C}),
    "nacs": frozenset({_S.SAE_J3400}),
    "j3400": frozenset({_S.SAE_J3400}),
    "tesla": frozenset({_S.SAE_J3400, _S.TESLA_S, _S.TESLA_R}),
    "gbt": frozenset({_S.GBT_AC, _S.GBT_DC}),
    "gbt_ac": frozenset({_S.GBT_AC}),
    "gbt_dc": frozenset({_S.GBT_DC}),
    "schuko": frozenset({_S.DOMESTIC_F}),
    "type_e": frozenset({_S.DOMESTIC_E}),
    "domestic": frozenset(s for s in ConnectorStandard if s.name.startswith("DOMESTIC_")),
    "nema": frozenset(s for s in ConnectorStandard if s.name.startswith("NEMA_")),
    "cee": frozenset(s for s in ConnectorStandard if s.name.startswith("IEC_60309_")),
    "mcs": frozenset({_S.MCS}),
    "pantograph": frozenset({_S.PANTOGRAPH_BOTTOM_UP, _S.PANTOGRAPH_TOP_DOWN}),
}
"""Words that a query may use for connectors; an exact standard is accepted too."""

_BY_FOLDED_NAME = {standard.value.casefold(): standard for standard in ConnectorStandard}


def standards_for(word: str) -> frozenset[ConnectorStandard] | None:
    """Resolve an alias or an exact standard, in any case; ``None`` if it is neither."""
    folded = word.strip().casefold()
    if folded in CONNECTOR_ALIASES:
        return CONNECTOR_ALIASES[folded]
    exact = _BY_FOLDED_NAME.get(folded)
    return None if exact is None else frozenset({exact})
