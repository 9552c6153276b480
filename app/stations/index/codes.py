"""Small numbers for the words of the vocabulary, as the columns hold them."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from app.stations.vocabulary import Access, ConnectorStandard, Payment

_S = ConnectorStandard

NO_STANDARD = 0
"""A plug whose word is not in the vocabulary."""

STANDARDS: tuple[ConnectorStandard, ...] = tuple(ConnectorStandard)
STANDARD_CODES = {standard: code for code, standard in enumerate(STANDARDS, start=1)}

CLASSES: tuple[frozenset[ConnectorStandard], ...] = (
    frozenset({_S.IEC_62196_T1}),
    frozenset({_S.IEC_62196_T1_COMBO}),
    frozenset({_S.IEC_62196_T2}),
    frozenset({_S.IEC_62196_T2_COMBO}),
    frozenset({_S.IEC_62196_T3A, _S.IEC_62196_T3C}),
    frozenset({_S.CHADEMO}),
    frozenset({_S.SAE_J3400}),
    frozenset({_S.TESLA_R, _S.TESLA_S}),
    frozenset({_S.GBT_AC}),
    frozenset({_S.GBT_DC}),
    frozenset(standard for standard in _S if standard.name.startswith("DOMESTIC_")),
)
"""Standards that share a column of powers; all others, known or not, share the last one."""

OTHER_CLASS = len(CLASSES)
CLASS_COUNT = OTHER_CLASS + 1

CLASS_OF_CODE: npt.NDArray[np.uint8] = np.full(256, OTHER_CLASS, np.uint8)
for _number, _members in enumerate(CLASSES):
    for _standard in _members:
        CLASS_OF_CODE[STANDARD_CODES[_standard]] = _number

ABSENT, UNKNOWN_POWER = 0, 1
"""In a column of powers: no such connector; one whose power nobody states."""

STEPS_PER_KW = 10
"""A known power is kept as 0.1 kW steps, plus 1."""

ACCESS_CODES = {access: code for code, access in enumerate(Access, start=1)}
PAYMENT_BITS = {payment: 1 << number for number, payment in enumerate(Payment)}

NOT_SAID, NO, YES = 0, 1, 2


@lru_cache(maxsize=256)
def classes_of(standards: frozenset[ConnectorStandard]) -> tuple[tuple[int, ...], bool]:
    """The classes that hold some standards, and whether they hold no others."""
    codes = [STANDARD_CODES[standard] for standard in standards]
    numbers = tuple(sorted({int(CLASS_OF_CODE[code]) for code in codes}))
    is_exact = all(number != OTHER_CLASS and CLASSES[number] <= standards for number in numbers)
    return numbers, is_exact


def country_code(country: str | None) -> int:
    """An alpha-2 code as a number; 0 where unknown."""
    if not country:
        return 0
    first, second = country.encode("ascii", "replace")[:2].ljust(2)
    return first << 8 | second
