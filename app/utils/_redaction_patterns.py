"""What a secret looks like: names that hold one, and forms that are one wherever they stand.

All repetitions are bounded or begin at a literal, so that no text takes quadratic time.
"""

from __future__ import annotations

import re

HIDDEN = "[redacted]"

_CORE = (
    r"passw(?:or)?d|passphrase|pwd|secret(?!ar)|token(?!i[sz])|authori[sz]ation|cookie|credential"
    r"|(?:api|access|private|signing|encryption|shared|session|account)[_-]?key"
    r"|session[_-]?id|jwt|signature|connection[_-]?string"
)
SECRET_NAME = re.compile(_CORE)
"""Found in a name without its separators, in small letters."""

SECRET_LAST_WORDS = frozenset({"auth", "dsn", "otp", "cvv", "cvc", "sig", "pass"})
"""Too short to be looked for inside of words."""

HARMLESS_LAST_WORDS = frozenset(
    {"age", "at", "attempts", "budget", "bytes", "count", "counts", "enabled", "kind", "left"}
    | {"len", "length", "limit", "limits", "ms", "policy", "present", "remaining", "required"}
    | {"seconds", "size", "status", "ttl", "type", "used", "valid"}
)
"""A name that ends so tells about a secret, and not the secret: ``token_count``."""

HARMLESS_WORDS = frozenset({"expired", "expires", "expiration", "expiry"})

WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")

_NAME = rf"(?:{_CORE}|\b(?:auth|dsn|otp|cvv|cvc|sig)\b|(?<=\w)_pass\b)[\w-]{{0,40}}"
_IS = r"[\"'\\\]]{0,4}\s{0,4}(?:=>|:=|=|:|%3d)\s{0,4}"
_QUOTED = r"b?(?P<quote>\\{0,3}[\"'])(?:\\.|[^\\])*?(?:(?P=quote)|\Z)"

BEARER = re.compile(
    r"((?i:\bbearer|\bnegotiate)\s{1,4}|(?i:\bbasic)\s{1,4}(?=[a-z]*[A-Z0-9+/=_-]))"
    r"[A-Za-z0-9._~+/=-]{4,}"
)
URL_USER = re.compile(r"(://)([^\s/:@\"'<>]*)(:[^\s/\"'<>]*)?@")
HEADER = re.compile(
    rf"(?P<name>authori[sz]ation|cookie)(?P<is>{_IS})(?:{_QUOTED}|[^\r\n]+)",
    re.IGNORECASE | re.DOTALL,
)
PAIR = re.compile(
    rf"(?P<name>{_NAME})(?P<is>{_IS}|\s{{1,4}}(?=[\"'])|[\"']\s{{0,4}},\s{{0,4}}(?=b?[\"']))"
    rf"(?:{_QUOTED}|(?!\[redacted)(?P<bare>[^\s\"'&<>]+))",
    re.IGNORECASE | re.DOTALL,
)
OPTION = re.compile(
    rf"(?P<is>(?<!\w)--[\w-]{{0,40}}?(?P<name>{_NAME})\s{{1,4}})[^\s\"'-][^\s]*", re.IGNORECASE
)
KNOWN_FORM = re.compile(
    r"\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?"  # JSON Web Token
    r"|\bgh[pousr]_\w{20,}|\bgithub_pat_\w{20,}|\bxox[abprs]-[\w-]{10,}"
    r"|\bsk[-_][\w-]{20,}|\bAIza[\w-]{30,}"
    r"|-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|\Z)",
    re.DOTALL,
)

HINTS = (
    *("pass", "pwd", "secr", "token", "key", "auth", "cook", "cred", "sess", "jwt", "sign", "conn"),
    *("dsn", "otp", "cvv", "cvc", "sig", "bearer", "basic", "negotiate", "://", "eyj", "aiza"),
    *("gho_", "ghp_", "ghr_", "ghs_", "ghu_", "github_", "xox", "sk-", "sk_"),
)
"""Without one of these, in small letters, a text needs no closer look."""
