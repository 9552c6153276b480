"""OpenStreetMap's words for sockets, payment and access, in ours.

Source: the tagging documented for ``amenity=charging_station``, and what is found in use.
"""

from __future__ import annotations

from typing import NamedTuple

from app.stations.vocabulary import Access, ConnectorFormat, ConnectorStandard, Payment, PowerType

_S = ConnectorStandard
_SOCKET, _CABLE = ConnectorFormat.SOCKET, ConnectorFormat.CABLE
_ONE, _THREE, _DC = PowerType.AC_1_PHASE, PowerType.AC_3_PHASE, PowerType.DC


class Socket(NamedTuple):
    """What a kind of socket says."""

    standard: ConnectorStandard | None
    format: ConnectorFormat | None = None
    power_type: PowerType | None = None


SOCKETS: dict[str, Socket] = {
    "type1": Socket(_S.IEC_62196_T1, None, _ONE),
    "type1_cable": Socket(_S.IEC_62196_T1, _CABLE, _ONE),
    "type1_combo": Socket(_S.IEC_62196_T1_COMBO, _CABLE, _DC),
    "type2": Socket(_S.IEC_62196_T2, _SOCKET),
    "type2_cable": Socket(_S.IEC_62196_T2, _CABLE),
    "type2_combo": Socket(_S.IEC_62196_T2_COMBO, _CABLE, _DC),
    "type3": Socket(_S.IEC_62196_T3C, _SOCKET),
    "type3a": Socket(_S.IEC_62196_T3A, _SOCKET, _ONE),
    "type3c": Socket(_S.IEC_62196_T3C, _SOCKET),
    "chademo": Socket(_S.CHADEMO, _CABLE, _DC),
    "chaoji": Socket(_S.CHAOJI, _CABLE, _DC),
    "gb_ac": Socket(_S.GBT_AC),
    "gb_dc": Socket(_S.GBT_DC, _CABLE, _DC),
    "mcs": Socket(_S.MCS, _CABLE, _DC),
    "nacs": Socket(_S.SAE_J3400, _CABLE),
    "tesla_supercharger": Socket(_S.TESLA_S, _CABLE, _DC),
    "tesla_supercharger_ccs": Socket(_S.IEC_62196_T2_COMBO, _CABLE, _DC),
    "tesla_destination": Socket(_S.TESLA_S, _CABLE),
    "tesla_standard": Socket(_S.TESLA_S, _CABLE),
    "tesla_roadster": Socket(_S.TESLA_R, _CABLE),
    "schuko": Socket(_S.DOMESTIC_F, _SOCKET, _ONE),
    "typee": Socket(_S.DOMESTIC_E, _SOCKET, _ONE),
    "bs1363": Socket(_S.DOMESTIC_G, _SOCKET, _ONE),
    "as3112": Socket(_S.DOMESTIC_I, _SOCKET, _ONE),
    "sev1011_t13": Socket(_S.DOMESTIC_J, _SOCKET, _ONE),
    "sev1011_t23": Socket(_S.DOMESTIC_J, _SOCKET, _ONE),
    "nema_5_15": Socket(_S.DOMESTIC_B, _SOCKET, _ONE),
    "nema_5_20": Socket(_S.NEMA_5_20, _SOCKET, _ONE),
    "nema_14_30": Socket(_S.NEMA_14_30, _SOCKET),
    "nema_14_50": Socket(_S.NEMA_14_50, _SOCKET),
    "cee_blue": Socket(_S.IEC_60309_2_SINGLE_16, _SOCKET, _ONE),
    "cee_red_16a": Socket(_S.IEC_60309_2_THREE_16, _SOCKET, _THREE),
    "cee_red_32a": Socket(_S.IEC_60309_2_THREE_32, _SOCKET, _THREE),
    "cee_red_63a": Socket(_S.IEC_60309_2_THREE_64, _SOCKET, _THREE),
}

ACCESSES: dict[str, Access] = {
    "yes": Access.PUBLIC,
    "public": Access.PUBLIC,
    "permissive": Access.PUBLIC,
    "designated": Access.PUBLIC,
    "customers": Access.RESTRICTED,
    "permit": Access.RESTRICTED,
    "destination": Access.RESTRICTED,
    "delivery": Access.RESTRICTED,
    "residents": Access.RESTRICTED,
    "members": Access.RESTRICTED,
    "private": Access.PRIVATE,
    "no": Access.PRIVATE,
    "employees": Access.PRIVATE,
}
SILENT_ACCESSES = frozenset({"unknown"})

_CARDS = (
    "cards card credit_cards debit_cards credit_card debit_card visa visa_debit visa_electron "
    "mastercard maestro american_express amex girocard bancomat electronic_purses contactless "
    "v_pay cb jcb diners_club discover_card unionpay prepaid_card"
)
_APPS = (
    "app apple_pay google_pay samsung_pay mobilepay mobile_phone mobile_app paypal qr_code qr upi "
    "wechat alipay paytm phonepe twint bluecode swish telephone sms online website internet"
)
PAYMENTS: dict[str, Payment] = {
    **dict.fromkeys(_CARDS.split(), Payment.CARD),
    **dict.fromkeys(_APPS.split(), Payment.APP),
    **dict.fromkeys(("cash", "coins", "notes", "cheque"), Payment.CASH),
    **dict.fromkeys(
        ("membership_card", "rfid", "nfc", "charging_card", "cards_rfid"), Payment.RFID
    ),
    **dict.fromkeys(("subscription", "account_cards", "contract"), Payment.SUBSCRIPTION),
    "free": Payment.FREE,
}
"""Behind ``payment:`` and ``authentication:``, where the value is ``yes``."""

SILENT_PAYMENTS = frozenset(
    {"none", "others", "other", "phone_call", "short_message", "money_card"}
)
