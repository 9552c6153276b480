from __future__ import annotations

import pytest

from app.importers.parse import licences


@pytest.mark.parametrize(
    ("text", "licence"),
    [
        ("Licensed under Creative Commons Attribution 4.0 International (CC BY 4.0)", "CC-BY-4.0"),
        (
            "Creative Commons Attribution-ShareAlike 4.0 International (CC BY-SA 4.0)",
            "CC-BY-SA-4.0",
        ),
        ("http://creativecommons.org/licenses/by/3.0", "CC-BY-3.0"),
        ("Licensed under Attribution-NonCommercial-ShareAlike 3.0", "CC-BY-NC-SA-3.0"),
        ("CC BY-NC-ND 4.0", "CC-BY-NC-ND-4.0"),
        ("CC0", "CC0-1.0"),
        ("Data © OpenStreetMap contributors, ODbL 1.0.", "ODbL-1.0"),
        ("licensed under the Open Government Licence v2.0.", "OGL-UK-2.0"),
        ("Open License: https://www.etalab.gouv.fr/Licence_Ouverte.pdf", "LicenseRef-etalab-1.0"),
        ("Licence Ouverte / Etalab 2.0", "etalab-2.0"),
        ("... and may be used for any purpose whatsoever.", "LicenseRef-any-purpose"),
        ("DL-DE-BY-2.0", "DL-DE-BY-2.0"),
        ("All rights reserved", "All rights reserved"),
        ("", "unknown"),
        (None, "unknown"),
    ],
)
def test_a_statement_names_its_licence(text: str | None, licence: str) -> None:
    assert licences.licence_from_text(text) == licence


@pytest.mark.parametrize("licence", ["CC-BY-4.0", "CC-BY-SA-4.0", "OGL-UK-2.0", "ODbL-1.0"])
def test_open_licences_are_open(licence: str) -> None:
    assert licences.is_open(licence)


@pytest.mark.parametrize("licence", ["CC-BY-NC-SA-3.0", "CC-BY-ND-4.0", "unknown", "my own"])
def test_other_licences_are_not_open(licence: str) -> None:
    assert not licences.is_open(licence)
