from __future__ import annotations

import datetime as dt
import enum
import json
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from app.utils import _redaction
from app.utils._redaction import HIDDEN, clean, clean_text, is_secret

SECRET = "hunter2hunter2"  # noqa: S105 - planted, to be looked for


@pytest.mark.parametrize(
    "key",
    [
        *("password", "token", "secret", "api_key", "authorization", "cookie", "Set-Cookie"),
        *("X-Api-Key", "apiKey", "API_KEY", "dbpassword", "DB_PASSWORD", "Proxy-Authorization"),
        *("SENTRY_DSN", "session_id", "accessToken", "tokens", "auth", "client_secret", "pwd"),
        *("smtp_pass", "dbPass"),
    ],
)
def test_names_of_secrets_are_known_in_any_spelling(key: str) -> None:
    assert is_secret(key)


@pytest.mark.parametrize(
    "key",
    [
        *("token_count", "tokenCount", "cookie_size", "token_expires_in", "password_length"),
        *("tokenizer", "secretary", "passport", "bypass", "key", "id", "author", "monkey", "", "é"),
    ],
)
def test_names_that_only_tell_about_secrets_are_shown(key: str) -> None:
    assert not is_secret(key)


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer {}",
        "bearer {}",
        "Basic {}",
        "password={}",
        '{{"api_key": "{}"}}',
        "{{'password': '{}', 'port': 1}}",
        '{{\\"token\\": \\"{}\\"}}',
        'password="a\\"{}" x',
        "postgresql://me:{}@db/x",
        "redis://:{}@db:1/0",
        "https://{}@errors.example/1",
        "access_token: {}",
        "SMTP_PASS={}",
        "Cookie: a=1; b={}; c=2",
        "set-cookie: sid={}; Path=/",
        "GET /x?api_key={}&page=1",
        "api_key%3D{}",
        "(b'authorization', b'{}')",
        "[('x-api-key', '{}')]",
        "--db-password {} --verbose",
        "Settings(password='{}', port=1)",
        "CREATE USER x PASSWORD '{}'",
        "X-Amz-Signature={}",
        "secret => {}",
        "cookie='{}",
    ],
)
def test_secrets_are_hidden_in_text(text: str) -> None:
    cleaned = clean_text(text.format(SECRET))
    assert SECRET not in cleaned
    assert HIDDEN in cleaned
    assert clean_text(cleaned).count(HIDDEN) == cleaned.count(HIDDEN)


@pytest.mark.parametrize(
    "text",
    [
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0x.c2lnbmF0dXJl",
        "ghp_" + "a1" * 18,
        "xoxb-123456789012-abcdef",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----",
    ],
)
def test_secrets_of_well_known_forms_need_no_name(text: str) -> None:
    assert clean_text(f"got {text} back") == f"got {HIDDEN} back"


@pytest.mark.parametrize(
    "text",
    [
        "GET /api/v1/stations 200",
        "the tokenizer reads https://host/path",
        "basic auth failed",
        "token_count=5 of token_limit: 9",
        "https://example.org/@someone",
        "keyboard: 5, monkey=7",
        "second pass: 3 rows",
    ],
)
def test_harmless_text_is_left_alone(text: str) -> None:
    assert clean_text(text) == text


def test_what_stood_around_a_secret_stays() -> None:
    text = f"Settings(port=1, password={SECRET}), next"
    assert clean_text(text) == f"Settings(port=1, password={HIDDEN}), next"


def test_long_texts_are_cut() -> None:
    assert len(clean_text("y" * 100_000)) == _redaction.MAX_TEXT_LENGTH + 1


def test_harmless_texts_are_remembered_up_to_a_bound() -> None:
    for number in range(10_000):
        clean_text(f"line {number}")
    assert len(_redaction.HARMLESS) <= 4096


class Colour(enum.Enum):
    RED = "red"


class Text(str):
    __slots__ = ()


class Real(float):
    pass


class Pair(NamedTuple):
    name: str
    token: str


class Struct(msgspec.Struct):
    name: str
    token: str


class Model(BaseModel):
    name: str
    token: str


@dataclass
class Data:
    name: str
    token: str
    other: str = field(default=SECRET, repr=False)


@pytest.mark.parametrize("kind", [Pair, Struct, Model, Data])
def test_fields_are_hidden_by_name(kind: type) -> None:
    assert clean(kind(name="n", token=SECRET)) == {"name": "n", "token": HIDDEN}


class Opaque:
    def __str__(self) -> str:
        return "opaque"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, None),
        (True, True),
        (5, 5),
        (1.5, 1.5),
        (2**63, str(2**63)),
        (-(2**63), -(2**63)),
        (Colour.RED, "red"),
        (enum.IntEnum("Number", "ONE").ONE, 1),  # type: ignore[attr-defined] # made here
        (Text("x"), "x"),
        (Real(0.5), 0.5),
        (b"\xffa", "\\xffa"),
        (bytearray(b"a"), "a"),
        (dt.datetime(2026, 1, 2, tzinfo=dt.UTC), "2026-01-02T00:00:00+00:00"),
        (dt.date(2026, 1, 2), "2026-01-02"),
        (dt.time(3), "03:00:00"),
        (ValueError("no"), "ValueError: no"),
        ((1, 2, 3), [1, 2, 3]),
        (frozenset({1}), [1]),
        (Opaque(), "opaque"),
        (int, "<class 'int'>"),
        ("a\ud800b", "a\\ud800b"),
        ({1: {b"token": 2}}, {"1": {"token": HIDDEN}}),
        ([("x-api-key", SECRET)], [["x-api-key", HIDDEN]]),
        ({"deep": [{"password": {"a": 1}}]}, {"deep": [{"password": HIDDEN}]}),
    ],
)
def test_values_become_what_json_has(value: object, shown: object) -> None:
    assert clean(value) == shown


def test_named_tuples_of_a_type_stay_types() -> None:
    assert clean(Model) == str(Model)


def test_a_number_too_long_for_decimals_is_hexadecimal() -> None:
    assert clean(1 << 20_000) == hex(1 << 20_000)


class Hostile:
    def __str__(self) -> str:
        raise RuntimeError("no representation")


class Lying(dict[str, int]):
    def items(self) -> None:  # type: ignore[override] # it lies
        raise ValueError("no items")


def test_values_that_raise_are_named_by_their_type() -> None:
    assert clean([Hostile(), Lying()]) == ["[unprintable Hostile]", "[unprintable Lying]"]


def test_cycles_and_depth_end() -> None:
    circular: list[object] = []
    circular.append(circular)
    assert "[too deep]" in json.dumps(clean(circular))


def test_what_is_copied_is_bounded() -> None:
    assert len(clean(list(range(1_000_000)))) == _redaction.MAX_ITEMS
    wide: object = "x" * 100
    for _ in range(6):
        wide = [wide] * 100
    assert len(json.dumps(clean(wide))) < 2 * _redaction.MAX_TOTAL_LENGTH


_keys = st.sampled_from(["password", "api_key", "X-Auth-Token", "Authorization", "cookie"])
_plain = st.text(alphabet="abcdefgh ", max_size=10)
_secrets = st.text(alphabet="ABCXYZ0189_-", min_size=12, max_size=24).map(lambda text: f"S{text}S")


@settings(max_examples=80, deadline=None)
@given(
    _keys,
    _secrets,
    _plain,
    st.sampled_from(
        [
            "{before} {key}={secret} {before}",
            "{before} {key}: {secret}",
            '{before} {{"{key}": "{secret}", "a": "{before}"}}',
            "{before} {{'{key}': '{secret}'}}",
            "{before} Bearer {secret}",
            "{before} https://user:{secret}@host/{before}",
            "{before} GET /path?{key}={secret}&x=1",
        ]
    ),
)
def test_a_planted_secret_never_survives(key: str, secret: str, before: str, form: str) -> None:
    text = form.format(before=before, key=key, secret=secret)
    assert secret not in clean_text(text)
    for value in ({"a": [{key: secret}]}, [(key, secret)], {"note": text}, ValueError(text)):
        assert secret not in json.dumps(clean(value))


@pytest.mark.parametrize(
    "part",
    [
        *("a", "token", "password='", "--", "://", "eyJ", "bearer ", "cookie:'", "\\", "--a-"),
        *("://:", "key\"'"),
    ],
)
def test_no_text_takes_quadratic_time(part: str) -> None:
    # Doubling the text would quadruple the steps of a quadratic search; 16 times the length
    # of a text that is cut would hang the test.
    for text in (part * 4_000, f"token{part * 4_000}", f"{part * 4_000}=token"):
        assert len(clean_text(text)) <= 2 * _redaction.MAX_TEXT_LENGTH
