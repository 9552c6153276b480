"""Names as they are kept and as they are compared."""

from __future__ import annotations

import unicodedata

from email_validator import EmailNotValidError, validate_email

MIN_USERNAME_LENGTH, MAX_USERNAME_LENGTH = 3, 32
MAX_EMAIL_LENGTH = 254
"""Of an address that SMTP can carry (RFC 5321, 4.5.3.1.3, less the brackets)."""

_BETWEEN = frozenset("._-")


def fold(name: str) -> str:
    """What two names have in common that are the same to a person.

    Compatibility forms, width and case do not matter (Unicode's caseless matching, NFKC).
    """
    once = unicodedata.normalize("NFKC", name).casefold()
    return unicodedata.normalize("NFKC", once)


def read_email(text: str) -> str:
    """An e-mail address in its usual form; asks no name server.

    Raises:
        ValueError: It is none; the message says why.
    """
    if len(text) > MAX_EMAIL_LENGTH:
        raise ValueError(f"An e-mail address has at most {MAX_EMAIL_LENGTH} characters.")
    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise ValueError(f"This is no e-mail address: {error}") from error


def read_username(text: str) -> str:
    """A username: letters and digits of any script, and ``. _ -`` between them.

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
    return name
