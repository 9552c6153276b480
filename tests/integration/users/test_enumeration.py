"""Who has an account is not told: neither by an answer nor by the work that it takes."""

from __future__ import annotations

import itertools
import logging
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from httpx2 import AsyncClient, Response
from sqlalchemy import event, update

from app.db.session import writing
from app.users import ruling
from app.users.models import RefreshToken
from app.users.tokens import hash_of
from tests.integration.users.conftest import PASSWORD, Person, SignUp

pytestmark = pytest.mark.anyio

ROUNDS = 5
Ask = Callable[[], Awaitable[Response]]
_numbers = itertools.count(1)


@contextmanager
def work_of(application: FastAPI, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Statements and hashes with their parameters, in the order in which they come."""
    done: list[str] = []
    hasher_hash, hasher_verify = PasswordHasher.hash, PasswordHasher.verify

    def hashing(self: PasswordHasher, password: str) -> str:
        kept = hasher_hash(self, password)
        done.append(kept[:31])
        return kept

    def verifying(self: PasswordHasher, kept: str, password: str) -> bool:
        done.append(kept[:31])
        return hasher_verify(self, kept, password)

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        done.append(" ".join(statement.split()[:3]))

    engine = application.state.resources.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    with monkeypatch.context() as patched:
        patched.setattr(PasswordHasher, "hash", hashing)
        patched.setattr(PasswordHasher, "verify", verifying)
        try:
            yield done
        finally:
            event.remove(engine, "before_cursor_execute", note)


def told(answer: Response) -> tuple[int, dict[str, str], dict[str, Any]]:
    """An answer without what is another one each time."""
    headers = {
        name: value
        for name, value in answer.headers.items()
        if name not in {"x-request-id", "x-process-time"}
    }
    document = {name: fact for name, fact in answer.json().items() if name != "request_id"}
    return answer.status_code, headers, document


async def worth(ask: Ask, done: list[str]) -> list[str]:
    """The work that one request takes."""
    done.clear()
    await ask()
    return list(done)


async def costs(kinds: Mapping[str, Ask]) -> dict[str, list[float]]:
    """Processor seconds of requests of some kinds, which take turns."""
    taken: dict[str, list[float]] = {kind: [] for kind in kinds}
    for _ in range(ROUNDS):
        for kind, ask in kinds.items():
            before_s = time.process_time()
            await ask()
            taken[kind].append(time.process_time() - before_s)
    return taken


def share_of_half(some: Sequence[float], others: Sequence[float]) -> float:
    """Of all pairs, those of which the one takes less than half as long as the other.

    It is near 0 where both do the same, however restless the machine; where one spares the
    hash, which is most of the work, it is near 1.
    """
    pairs = list(itertools.product(some, others))
    return sum(2 * one < other for one, other in pairs) / len(pairs)


def log_ins(person: Person, shut_out: Person) -> dict[str, Ask]:
    return {
        "wrong password": lambda: person.log_in(person.username, "not-my-password-1"),
        "wrong password of an address": lambda: person.log_in(person.email, "not-my-password-1"),
        "unknown name": lambda: person.log_in("nobody-at-all", PASSWORD),
        "unknown address": lambda: person.log_in("nobody@example.org", PASSWORD),
        "a name that no database holds": lambda: person.log_in("nul\0name", PASSWORD),
        "shut out": shut_out.log_in,
    }


def registrations(client: AsyncClient, person: Person) -> dict[str, Ask]:
    async def register(**taken: str) -> Response:
        name = f"fresh{next(_numbers)}"
        body = {"email": f"{name}@example.org", "username": name, "password": PASSWORD, **taken}
        return await client.post("/api/v1/users", json=body)

    return {
        "address taken": lambda: register(email=person.email),
        "name taken": lambda: register(username=person.username),
        "both taken": lambda: register(email=person.email, username=person.username),
        "free": register,
    }


@pytest.fixture
async def shut_out(application: FastAPI, sign_up: SignUp) -> Person:
    """Somebody whose account an admin disabled."""
    person = await sign_up()
    await ruling.set_disabled(application.state.resources.database, person.id, is_disabled=True)
    return person


async def test_log_ins_that_fail_are_one_answer_for_one_work(
    application: FastAPI, person: Person, shut_out: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds = log_ins(person, shut_out)
    answers = [told(await ask()) for ask in kinds.values()]
    status, headers, document = answers[0]
    assert (status, headers["www-authenticate"]) == (401, 'Bearer realm="voltway"')
    assert document["type"].endswith("#invalid-credentials")
    assert all(answer == answers[0] for answer in answers)
    with work_of(application, monkeypatch) as done:
        work = [await worth(ask, done) for ask in kinds.values()]
    assert sum("argon2id" in step for step in work[0]) == 1
    assert all(one == work[0] for one in work)


async def test_registrations_that_fail_are_one_answer_for_the_work_of_one_that_succeeds(
    application: FastAPI, client: AsyncClient, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds = registrations(client, person)
    answers = {kind: told(await ask()) for kind, ask in kinds.items()}
    assert answers.pop("free")[0] == 201
    status, _, document = answers["address taken"]
    assert status == 409
    assert [one["pointer"] for one in document["errors"]] == ["/body/email", "/body/username"]
    assert all(answer == answers["address taken"] for answer in answers.values())
    with work_of(application, monkeypatch) as done:
        work = [await worth(ask, done) for ask in kinds.values()]
    assert sum("argon2id" in step for step in work[0]) == 1
    assert all(one == work[0] for one in work)


async def test_no_kind_of_failure_is_told_by_its_time(
    client: AsyncClient, person: Person, shut_out: Person
) -> None:
    """Of processor time, which other programs of the machine do not lengthen."""
    for kinds in (log_ins(person, shut_out), registrations(client, person)):
        taken = await costs(kinds)
        for one, other in itertools.permutations(kinds, 2):
            assert share_of_half(taken[one], taken[other]) < 0.5, (one, other, taken)


async def test_a_new_name_that_is_taken_is_named_by_what_was_asked_for(
    person: Person, sign_up: SignUp
) -> None:
    other = await sign_up()
    for wanted in ({"email": other.email}, {"username": other.username.upper()}):
        answer = await person.change(**wanted)
        assert answer.status_code == 409
        assert [one["parameter"] for one in answer.json()["errors"]] == list(wanted)
        assert other.id not in answer.text


async def test_who_asks_for_names_is_written_down(
    client: AsyncClient, person: Person, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "app.audit"):
        await registrations(client, person)["address taken"]()
        await person.change(username=person.username.upper(), email=person.email)
    events = [(record.message, vars(record)["account"]) for record in caplog.records
              if record.name == "app.audit"]  # fmt: skip
    assert events == [("registration-refused", None), ("account-changed", person.id)]
    assert person.email not in caplog.text


async def test_refresh_tokens_that_do_not_hold_are_one_answer(
    application: FastAPI, sign_up: SignUp
) -> None:
    """Which of them was ever ours cannot be asked for: nobody guesses 256 bits."""
    used, ended, expired = [await sign_up() for _ in range(3)]
    await used.refresh()
    await ended.client.post("/api/v1/auth/logout", json={"refresh_token": ended.refresh_token})
    async with writing(application.state.resources.database) as session:
        mine = RefreshToken.token_hash == hash_of(expired.refresh_token)
        await session.execute(
            update(RefreshToken).where(mine).values(expires_at=RefreshToken.created_at)
        )
    answers = [told(await person.refresh()) for person in (used, ended, expired)]
    answers.append(told(await used.refresh("vwr_" + "A" * 43)))
    assert answers[0][0] == 401
    assert all(answer == answers[0] for answer in answers)
