"""Which plugs carry direct current, whatever a registry says beside them."""

from __future__ import annotations

from app.stations.vocabulary import ConnectorStandard, PowerType

_S = ConnectorStandard

DIRECT_CURRENT = frozenset(
    {
        _S.CHADEMO,
        _S.CHAOJI,
        _S.GBT_DC,
        _S.IEC_62196_T1_COMBO,
        _S.IEC_62196_T2_COMBO,
        _S.MCS,
    }
)
"""Tesla's plugs are missing on purpose: the same one carries either current."""


def power_type_of(standard: ConnectorStandard | None, stated: PowerType | None) -> PowerType | None:
    """The kind of current: direct for plugs that carry no other, else as stated."""
    return PowerType.DC if standard in DIRECT_CURRENT else stated
