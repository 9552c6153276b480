"""What strangers and other users may try, over every route that the OpenAPI document has."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient
from sqlalchemy import func, select

from app.db.base import Base
from app.db.session import reading
from app.users import ruling
from app.users.vocabulary import Role
from tests.integration.users.conftest import Person, SignUp

pytestmark = pytest.mark.anyio

PAYLOADS = (
    "' OR '1'='1",
    "1; DROP TABLE station; --",
    "' UNION SELECT password_hash FROM user_account --",
    "../../../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "%00",
    "\r\nSet-Cookie: stolen=1",
    "<script>alert(1)</script>",
    "${jndi:ldap://127.0.0.1/x}",
    "😀" * 50,
    "9" * 400,
    "-1e309",
    "NaN",
    "[" * 200,
    "x" * 3_000,
)
OPEN = {"/api/v1/users", "/api/v1/auth/token", "/api/v1/auth/refresh", "/api/v1/auth/logout"}
METHODS = ("get", "put", "post", "patch", "delete")
FREE = ("/api/v1/stations", "/api/v1/operators", "/api/v1/connectors", "/api/v1/sources",
        "/api/v1/health", "/health", "/api/v1/places", "/api/v1/directions", "/tiles")  # fmt: skip


def operations(application: FastAPI) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in application.openapi()["paths"].items():
        for method in METHODS:
            if method in methods:
                yield method, path, methods[method]


def filled(path: str, value: str) -> str:
    """A path with the same value in the place of all its parameters."""
    return re.sub(r"\{[^}]*\}", lambda _: value, path)


async def rows_of_all_tables(application: FastAPI) -> dict[str, int]:
    async with reading(application.state.resources.database) as session:
        return {
            table.name: await session.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
        }


def require_harmless(answer: Any, what: object) -> None:
    assert answer.status_code < 500, (what, answer.text)
    assert "stolen" not in answer.headers.get("set-cookie", ""), what
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json", what
        document = answer.json()
        assert document["status"] == answer.status_code
        for word in ("Traceback", "sqlalchemy.", "sqlite3.", "asyncpg.", "$argon2"):
            assert word not in answer.text, what


async def test_no_parameter_of_any_route_reaches_a_statement_or_a_file(
    application: FastAPI, client: AsyncClient, person: Person
) -> None:
    before = await rows_of_all_tables(application)
    asked = 0
    for method, path, operation in operations(application):
        parameters = operation.get("parameters", [])
        for payload in PAYLOADS:
            for parameter in parameters:
                in_path = parameter["in"] == "path"
                url = filled(path, payload if in_path else "x")
                query = {} if in_path else {parameter["name"]: payload}
                if parameter["in"] not in {"path", "query"}:
                    continue
                answer = await client.request(
                    method.upper(), httpx_path(url), params=query, headers=person.headers
                )
                require_harmless(answer, (method, path, parameter["name"], payload))
                asked += 1
    assert asked > 300
    assert await rows_of_all_tables(application) == before


def httpx_path(path: str) -> str:
    """Percent-encoded but for what separates, as a client that means harm sends it."""
    return "".join(
        char if char.isascii() and char.isprintable() and char not in '?# <>"`{}|\\^[]' else
        "".join(f"%{byte:02X}" for byte in char.encode("utf-8", "surrogatepass"))
        for char in path
    )  # fmt: skip


def fields_of(application: FastAPI, operation: dict[str, Any]) -> dict[str, list[str]]:
    """Media type → fields of the bodies that an operation reads."""
    schemas = application.openapi()["components"]["schemas"]
    content = operation.get("requestBody", {}).get("content", {})
    return {
        kind: list(schemas[media["schema"]["$ref"].rpartition("/")[2]].get("properties", ()))
        for kind, media in content.items()
        if "$ref" in media.get("schema", {})
    }


async def test_no_field_of_any_body_reaches_a_statement_or_a_file(
    application: FastAPI, client: AsyncClient, person: Person
) -> None:
    """Each field alone, and all of them at once, which is what a log-in needs to look one up."""
    before = await rows_of_all_tables(application)
    asked = 0
    for method, path, operation in operations(application):
        for kind, fields in fields_of(application, operation).items():
            for payload in PAYLOADS:
                for chosen in (*([field] for field in fields), fields):
                    values = dict.fromkeys(chosen, payload)
                    sent: dict[str, Any] = (
                        {"data": values} if kind.endswith("urlencoded") else {"json": values}
                    )
                    answer = await client.request(
                        method.upper(), filled(path, "x"), headers=person.headers, **sent
                    )
                    require_harmless(answer, (method, path, chosen, payload))
                    asked += 1
    assert asked > 300
    assert await rows_of_all_tables(application) == before


BODIES = (
    b"",
    b"null",
    b"[]",
    b'"text"',
    b"{",
    b'{"a":' * 30 + b"1" + b"}" * 30,
    b"[" * 60 + b"]" * 60,
    b'{"password":{"$ne":null},"username":{"$gt":""},"email":["x"]}',
    b'{"\\ud800":"\\ud800","\\u0000":"\\u0000"}',
    b'{"email":"a@b.example","email":"c@d.example"}',
    b'{"n":' + b"9" * 5_000 + b"}",
    b'{"n":1e999,"m":NaN}',
    b"\xff\xfe\x00",
    b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>",
)


async def test_no_body_of_any_kind_breaks_a_route(
    application: FastAPI, client: AsyncClient, person: Person
) -> None:
    before = await rows_of_all_tables(application)
    for method, path, operation in operations(application):
        if method == "get" or "requestBody" not in operation:
            continue
        for body in BODIES:
            for kind in ("application/json", "application/x-www-form-urlencoded", "text/xml"):
                headers = {**person.headers, "Content-Type": kind}
                answer = await client.request(
                    method.upper(), filled(path, "x"), content=body, headers=headers
                )
                require_harmless(answer, (method, path, kind, body[:60].decode("latin-1")))
                assert answer.status_code >= 204, (path, body)
    assert await rows_of_all_tables(application) == before


async def test_every_refusal_that_a_route_documents_is_a_problem(application: FastAPI) -> None:
    for method, path, operation in operations(application):
        for status, answer in operation["responses"].items():
            if "400" <= status < "500":
                assert list(answer["content"]) == ["application/problem+json"], (method, path)


async def test_a_body_of_another_kind_is_refused_by_the_name_of_its_header(
    application: FastAPI, client: AsyncClient, person: Person
) -> None:
    routes = 0
    for method, path, operation in operations(application):
        if "requestBody" not in operation:
            continue
        routes += 1
        assert "415" in operation["responses"], (method, path)
        for kind in ("text/xml", "text/plain;charset=utf-8", "application/json-seq", ""):
            headers = {**person.headers, "Content-Type": kind}
            answer = await client.request(
                method.upper(), filled(path, "x"), content=b"<a/>", headers=headers
            )
            assert answer.status_code == 415, (method, path, kind, answer.text)
            assert answer.headers["content-type"] == "application/problem+json"
            (fault,) = answer.json()["errors"]
            assert fault["pointer"] == "/header/Content-Type"
            assert fault["bounds"] in operation_kinds(operation)
    assert routes >= 9


def operation_kinds(operation: dict[str, Any]) -> tuple[str, ...]:
    """The kinds of bodies that an operation documents, alone and together."""
    kinds = list(operation["requestBody"]["content"])
    return (*kinds, " or ".join(kinds))


async def test_what_is_made_of_json_is_read_as_such(person: Person) -> None:
    for kind in ("application/json; charset=utf-8", "APPLICATION/JSON", "application/x+json"):
        answer = await person.client.post(
            "/api/v1/auth/logout",
            content=b'{"refresh_token": "never seen"}',
            headers={"Content-Type": kind},
        )
        assert answer.status_code == 204, (kind, answer.text)


async def test_every_route_of_a_user_wants_to_know_who_is_asking(
    application: FastAPI, client: AsyncClient
) -> None:
    closed = 0
    for method, path, _ in operations(application):
        if path.startswith(FREE) or path in OPEN:
            continue
        for headers in ({}, {"Authorization": "Bearer e30.e30."}, {"X-API-Key": "vw_guess"}):
            answer = await client.request(method.upper(), filled(path, "x"), headers=headers)
            assert answer.status_code == 401, (method, path, answer.text)
            closed += 1
    assert closed >= 3 * 10


async def test_ids_of_another_user_open_nothing(application: FastAPI, sign_up: SignUp) -> None:
    """Every route with a parameter in its path, asked with each id that the other has."""
    ada, eve = await sign_up(), await sign_up()
    key = (
        await ada.client.post(
            "/api/v1/keys", json={"name": "k", "scopes": ["favorites"]}, headers=ada.headers
        )
    ).json()
    ids = (ada.id, ada.username, ada.email, key["id"], key["prefix"], "1")
    account = (await ada.me()).json()
    for method, path, _ in operations(application):
        if "{" not in path or path.startswith(FREE):
            continue
        for other_id in ids:
            answer = await eve.client.request(
                method.upper(), filled(path, other_id), json={"role": "admin"}, headers=eve.headers
            )
            assert answer.status_code in {403, 404}, (method, path, other_id, answer.text)
            assert ada.email not in answer.text.replace(other_id, "")
    assert (await ada.me()).json() == account
    shown = {"X-API-Key": key["key"]}
    assert (await ada.client.get("/api/v1/favorites", headers=shown)).status_code == 200
    assert (await eve.me()).json()["role"] == "driver"


@pytest.mark.parametrize("field", ["role", "id", "token_epoch", "disabled_at", "password_hash"])
async def test_nobody_gives_himself_what_is_not_his_to_give(person: Person, field: str) -> None:
    answer = await person.change(username="someone-else", **{field: "admin"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == f"/body/{field}"
    assert (await person.me()).json()["role"] == "driver"


async def test_a_header_of_an_answer_holds_nothing_of_a_request_but_its_sound_id(
    client: AsyncClient,
) -> None:
    for offered in ("abc\tdefgh", "a" * 65, "x" * 7, 'id"; evil', "häßlich-genug"):
        headers = {b"X-Request-ID": offered.encode("latin-1")}
        answer = await client.get("/api/v1/stations?limit=1", headers=headers)
        assert answer.headers["x-request-id"] != offered
    answer = await client.get("/api/v1/stations", params={"q": "\r\nX-Evil: 1", "limit": 1})
    assert "x-evil" not in answer.headers
    assert "\n" not in json.dumps(dict(answer.headers)).replace("\\n", "")


async def test_an_admin_who_was_one_is_none_any_more(application: FastAPI, sign_up: SignUp) -> None:
    database = application.state.resources.database
    first, second = await sign_up(), await sign_up()
    for person in (first, second):
        await ruling.set_role(database, person.id, Role.ADMIN)
        await person.log_in()
    await ruling.set_role(database, second.id, Role.DRIVER)
    answer = await second.client.get("/api/v1/admin/users", headers=second.headers)
    assert answer.status_code == 401
    await second.log_in()
    answer = await second.client.get("/api/v1/admin/users", headers=second.headers)
    assert answer.status_code == 403
