"""The application on each database in turn, and people who have signed up."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient, Response
from sqlalchemy import delete

from app.db.session import writing
from app.main import create_app
from app.users import accounts, sessions
from app.users.accounts import NewAccount
from app.users.models import ApiKey, User
from app.users.passwords import Passwords
from tests.fixtures.filled import Filled
from tests.fixtures.servers import PostgresServer

PASSWORD = "lamp-otter-violin-9"  # noqa: S105 - of people that are made up
_numbers = itertools.count(1)


@dataclass
class Person:
    """Somebody with an account, and the tokens of a log-in."""

    client: AsyncClient
    id: str
    username: str
    email: str
    password: str = PASSWORD
    access_token: str = ""
    refresh_token: str = ""

    @property
    def headers(self) -> dict[str, str]:
        """Who is calling."""
        return {"Authorization": f"Bearer {self.access_token}"}

    async def log_in(self, name: str | None = None, password: str | None = None) -> Response:
        """Keep the tokens of a log-in that succeeds."""
        answer = await self.client.post(
            "/api/v1/auth/token",
            data={"username": name or self.username, "password": password or self.password},
        )
        if answer.status_code == 200:
            self.access_token = answer.json()["access_token"]
            self.refresh_token = answer.json()["refresh_token"]
        return answer

    async def refresh(self, token: str | None = None) -> Response:
        """Exchange a refresh token."""
        return await self.client.post(
            "/api/v1/auth/refresh", json={"refresh_token": token or self.refresh_token}
        )

    async def me(self) -> Response:
        """Ask who one is."""
        return await self.client.get("/api/v1/users/me", headers=self.headers)

    async def change(self, **wanted: str) -> Response:
        """Change one's account, with the current password."""
        body = {"current_password": self.password, **wanted}
        return await self.client.patch("/api/v1/users/me", headers=self.headers, json=body)


SignUp = Callable[[], Awaitable[Person]]


@pytest.fixture(scope="package", params=["sqlite", "postgresql"])
def catalogue(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    empty_catalogue: Path,
) -> Iterator[Filled]:
    """An empty catalogue on each database in turn; tests of all modules share it."""
    folder = tmp_path_factory.mktemp("data")
    if request.param == "sqlite":
        shutil.copyfile(empty_catalogue, folder / "voltway.db")
        yield Filled(folder, f"sqlite+aiosqlite:///{folder / 'voltway.db'}")
        return
    server: PostgresServer = request.getfixturevalue("postgresql_server")
    url = server.create_database(like=request.getfixturevalue("postgresql_template"))
    yield Filled(folder, url)
    server.drop_database(url)


@pytest.fixture(scope="package")
async def application(catalogue: Filled) -> AsyncIterator[FastAPI]:
    """The application over it, its lifespan running; nothing is limited."""
    app = create_app(catalogue.settings())
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture(scope="module", autouse=True)
async def _nobody(application: FastAPI) -> None:
    """No module meets the accounts of another one; what hangs on them goes with them."""
    async with writing(application.state.resources.database) as session:
        await session.execute(delete(ApiKey))
        await session.execute(delete(User))


@pytest.fixture(scope="module")
async def client(application: FastAPI) -> AsyncIterator[AsyncClient]:
    """A client without a network between."""
    transport = ASGITransport(application, raise_app_exceptions=False)
    async with AsyncClient(transport=transport, base_url="http://voltway.test") as opened:
        yield opened


class _OneHash(Passwords):
    """Hashes the password that all people here have once: that is most of what a person costs."""

    kept: ClassVar[dict[str, str]] = {}

    async def hashed(self, password: str) -> str:
        if password not in self.kept:
            self.kept[password] = await super().hashed(password)
        return self.kept[password]


@pytest.fixture
def sign_up(application: FastAPI, client: AsyncClient) -> SignUp:
    """Make an account with a name of its own, and log in."""
    resources = application.state.resources

    async def signed_up() -> Person:
        name = f"person{next(_numbers)}"
        new = NewAccount(f"{name}@example.org", name, PASSWORD)
        user = await accounts.register(resources.database, _OneHash(), new)
        tokens = await sessions.begin(resources.database, resources.signer, user)
        return Person(client, user.public_id, name, new.email, PASSWORD, *tokens)

    return signed_up


@pytest.fixture
async def person(sign_up: SignUp) -> Person:
    """Somebody who has logged in."""
    return await sign_up()
