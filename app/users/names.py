"""Names as they are kept and as they are compared."""

from __future__ import annotations

import unicodedata

from email_validator import EmailNotValidError, validate_email

MIN_USERNAME_LENGTH, MAX_USERNAME_LENGTH = 3, 32
MAX_EMAIL_LENGTH = 254
"""Of an address that SMTP can carry (RFC 5321, 4.5.3.1.3, less the brackets)."""

_BETWEEN = frozenset("._-")
_LOOK_ALIKE = frozenset({"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC"})
"""Scripts whose letters pass for each other's."""


def fold(name: str) -> str:
    """What two names have in common that are the same to a person.

    Compatibility forms, width and case do not matter (Unicode's caseless matching, NFKC).
    """
    once = unicodedata.normalize("NFKC", name).casefold()
    return unicodedata.normalize("NFKC", once)


def read_email(text: str) -> str:
    """An e-mail address in its usual form; asks no name server.

    Domains that only a house knows (``.internal``, ``.test``) will do.

    Raises:
        ValueError: It is none; the message says why.
    """
    if len(text) > MAX_EMAIL_LENGTH:
        raise ValueError(f"An e-mail address has at most {MAX_EMAIL_LENGTH} characters.")
    try:
        address = validate_email(
            text,
            strict=True,
            check_deliverability=False,
            globally_deliverable=False,
            test_environment=True,
        )
    except EmailNotValidError as error:
        raise ValueError(f"This is no e-mail address: {error}") from error
    if "." not in address.domain:
        raise ValueError("This is no e-mail address: its domain has no dot.")
    return address.normalized


def read_username(text: str) -> str:
    """A username: letters and digits of any script, and ``. _ -`` between them.

    Scripts that look alike are not mixed, so that ``аda`` with a Cyrillic letter is refused.

    Raises:
        ValueError: It is none; the message says what would be.
    """
    name = unicodedata.normalize("NFKC", text)
    if not MIN_USERNAME_LENGTH <= len(name) <= MAX_USERNAME_LENGTH:
        raise ValueError(
            f"A username has {MIN_USERNAME_LENGTH} to {MAX_USERNAME_LENGTH} characters."
        )
    is_sound = all(char.isalnum() or char in _BETWEEN for char in name)
    if not is_sound or name[0] in _BETWEEN or name[-1] in _BETWEEN:
        raise ValueError("A username is made of letters, digits and . _ - between them.")
    if len(_LOOK_ALIKE.intersection(map(_script_of, name))) > 1:
        raise ValueError("A username does not mix letters of scripts that look alike.")
    return name


def _script_of(char: str) -> str:
    """The first word of its name in Unicode, which for letters is their script."""
    return unicodedata.name(char, "").partition(" ")[0]
