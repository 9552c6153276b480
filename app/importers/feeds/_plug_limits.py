"""What a plug can carry: a bay's power is not the power of each of its plugs."""

from __future__ import annotations

from app.stations.vocabulary import ConnectorStandard

_S = ConnectorStandard

LIMIT_W = {
    _S.DOMESTIC_E: 3_700,  # 16 A, 230 V
    _S.DOMESTIC_F: 3_700,
    _S.IEC_60309_2_SINGLE_16: 3_700,
    _S.IEC_62196_T3A: 3_700,
    _S.IEC_60309_2_THREE_16: 11_100,  # 16 A, 400 V
    _S.IEC_60309_2_THREE_32: 22_200,
    _S.IEC_60309_2_THREE_64: 43_700,
    _S.IEC_62196_T1: 19_200,  # 80 A, 240 V
    _S.IEC_62196_T2: 43_700,  # 63 A, 400 V, three phases
    _S.IEC_62196_T3C: 43_700,
}
"""Alternating current only, rounded up to 0.1 kW. Source: IEC 62196-2, IEC 60309-2, CEE 7."""


def carried_power_w(standard: ConnectorStandard | None, power_w: int | None) -> int | None:
    """The power of a plug whose bay is stated to give ``power_w``.

    ``None`` where the plug cannot carry it: the number then belongs to another plug of the
    bay, or is a mistake, and the plug's own is unknown.
    """
    if power_w is None or standard is None or power_w > LIMIT_W.get(standard, power_w):
        return None
    return power_w
