"""Connector words of any registry, folded: the fallback behind each source's own table."""

from __future__ import annotations

from functools import lru_cache

from app.stations.vocabulary import ConnectorStandard
from app.stations.words import split

_S = ConnectorStandard


@lru_cache(maxsize=4_096)
def connector_from_word(word: str) -> ConnectorStandard | None:
    """The standard that a word names, whatever its case, accents and punctuation.

    ``None`` where it names none, or not which one (``CCS`` alone, ``Typ 2 / Schuko``).
    """
    words = split(word)
    for empty in (frozenset(), _FORM_WORDS, _FORM_WORDS | _KIND_WORDS):
        found = _BY_KEY.get("".join(part for part in words if part not in empty))
        if found is not None:
            return found
    return None


_FORM_WORDS = frozenset(
    {
        "ac", "dc", "plug", "socket", "cable", "connector", "steckdose", "stecker", "kupplung",
        "fahrzeugkupplung", "prise", "only", "tethered", "the", "outlet", "inlet", "buchse",
    }
)  # fmt: skip
"""Words of current and form: they tell nothing once the rest of the name is known."""

_KIND_WORDS = frozenset({"iec", "sae", "typ", "type", "eu", "us"})

_KEYS: dict[ConnectorStandard, str] = {
    _S.CHADEMO: "chademo chademo2 chademoconnector jevsg105 g105",
    _S.CHAOJI: "chaoji chademo3 chademo30 gb201341",
    _S.DOMESTIC_A: "domestica nema115 typea",
    _S.DOMESTIC_B: "domesticb nema515 nema515r typeb wallusa uswall",
    _S.DOMESTIC_C: "domesticc europlug typec europlug2pin europlug2pincee716 cee716",
    _S.DOMESTIC_D: "domesticd typed bs546type",
    _S.DOMESTIC_E: "domestice typee ef typeef prisefrancaise frenchplug cee75 cee77",
    _S.DOMESTIC_F: "domesticf typef schuko schukosteckdose cee74 schuko230v",
    _S.DOMESTIC_G: "domesticg typeg bs1363 bs13633pin bs13633pin13amp ukthreepin 3pin",
    _S.DOMESTIC_H: "domestich typeh",
    _S.DOMESTIC_I: "domestici typei asnzs3112 as3112",
    _S.DOMESTIC_J: "domesticj typej sev1011 t13 t23 t15",
    _S.DOMESTIC_K: "domestick typek",
    _S.DOMESTIC_L: "domesticl typel cei2316 2316",
    _S.DOMESTIC_M: "domesticm typem bs546 15a",
    _S.DOMESTIC_N: "domesticn typen nbr14136",
    _S.DOMESTIC_O: "domestico typeo",
    _S.GBT_AC: "gbtac acgbt gbt202342 gbt20234part2 typegbtac",
    _S.GBT_DC: "gbtdc dcgbt gbt202343 gbt20234part3 typegbtdc",
    _S.IEC_60309_2_SINGLE_16: (
        "iec603092single16 cee3 cee3pin cee3polig ceeblue ceeblau bluecommando commandoblue "
        "bluecommando2pe commando2pe ip44ceeblue ceebleu p17mono camping"
    ),
    _S.IEC_60309_2_THREE_16: (
        "iec603092three16 cee16 cee5pin16 ceered16a cee16a iec603095pin16a red16a cee5pin16a "
        "iec60309red16a p17tri16 ceerot16a ceerot16"
    ),
    _S.IEC_60309_2_THREE_32: (
        "iec603092three32 cee32 cee5pin32 ceered32a cee32a red32a cee5pin32a iec603095pin32a "
        "cee5 cee5pin cee5polig iec60309red32a ceerot32a ceerot32"
    ),
    _S.IEC_60309_2_THREE_64: "iec603092three64 cee63 cee63a cee64 ceered63a ceered64a cee125",
    _S.IEC_62196_T1: (
        "iec62196t1 iec621961 type1 typ1 t1 j1772 saej1772 j17722009 saej17722009 yazaki "
        "type1j1772 j1772type1 type1saej1772 type1yazaki saej17722012"
    ),
    _S.IEC_62196_T1_COMBO: (
        "iec62196t1combo ccs1 ccstype1 j1772combo saecombo ccssae type1combo combo1 typecombo1 "
        "type1ccs combotype1 ccscombo1 saej1772combo typ1combo ccs1combo sae1ccs type1dc "
        "ccscombotype1 typcombo1ccs"
    ),
    _S.IEC_62196_T2: (
        "iec62196t2 iec621962 type2 typ2 t2 mennekes type2mennekes mennekestype2 type2cable "
        "type2socket type2tethered type2socketonly iec621962type2 iec62196type2 ac22kw "
        "iec621962type2mennekes type2iec621962 type2tetheredconnector"
    ),
    _S.IEC_62196_T2_COMBO: (
        "iec62196t2combo ccs2 ccstype2 type2combo combo2 typecombo2 type2ccs combotype2 combo "
        "comboccs comboccs2 ccscombo2 combo2ccs typcombo2ccs typ2combo ccs2combo type2ccscombo "
        "typcombo2 ccseu combotype2ccs type2combo2 ccscombotype2 combot2"
    ),
    _S.IEC_62196_T3A: "iec62196t3a type3a t3a scameetype3a scametype3a scame type3single",
    _S.IEC_62196_T3C: (
        "iec62196t3c type3c t3c type3 t3 typ3 scametype3c type3cscame "
        "scametype3cschneiderlegrand iec62196t3"
    ),
    _S.MCS: "mcs megawattchargingsystemmcs megawatt megawattcharging megawattchargingsystem",
    _S.NEMA_5_20: "nema520 nema520r",
    _S.NEMA_6_30: "nema630 nema630r",
    _S.NEMA_6_50: "nema650 nema650r",
    _S.NEMA_10_30: "nema1030 nema1030r",
    _S.NEMA_10_50: "nema1050 nema1050r",
    _S.NEMA_14_30: "nema1430 nema1430r",
    _S.NEMA_14_50: "nema1450 nema1450r",
    _S.PANTOGRAPH_BOTTOM_UP: "pantographbottomup oppchargebottomup",
    _S.PANTOGRAPH_TOP_DOWN: "pantographtopdown oppcharge oppchargetopdown",
    _S.SAE_J3400: "saej3400 j3400 nacs nacsj3400 j3400nacs nacsteslasupercharger",
    _S.TESLA_R: "teslar teslaroadster teslamodelroadster",
    _S.TESLA_S: "teslas teslamodels teslamodelsx teslatyp2 teslatype2",
}

_BY_KEY = {key: standard for standard, keys in _KEYS.items() for key in keys.split()}
_BY_KEY |= {"".join(split(standard.value)): standard for standard in ConnectorStandard}
