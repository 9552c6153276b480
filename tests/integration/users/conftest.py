"""The application on each database in turn, and people who have signed up."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient, Response

from app.db import migrate
from app.db.engine import open_database
from app.main import create_app
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


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
async def application(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[FastAPI]:
    """The application over an empty catalogue, its lifespan running; log-ins are not limited."""
    folder = tmp_path_factory.mktemp("data")
    url = f"sqlite+aiosqlite:///{folder / 'voltway.db'}"
    if request.param == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgresql_server")
        url = server.create_database()
    database = open_database(url)
    await migrate.upgrade(database)
    await database.close()
    no_limits = dict.fromkeys(("rate_limit", "rate_limit_endpoint", "rate_limit_log_in"), "off")
    app = create_app(Filled(folder, url).settings(**no_limits))
    async with app.router.lifespan_context(app):
        yield app
    if request.param == "postgresql":
        server.drop_database(url)


@pytest.fixture(scope="module")
async def client(application: FastAPI) -> AsyncIterator[AsyncClient]:
    """A client without a network between."""
    transport = ASGITransport(application, raise_app_exceptions=False)
    async with AsyncClient(transport=transport, base_url="http://voltway.test") as opened:
        yield opened


@pytest.fixture
def sign_up(client: AsyncClient) -> SignUp:
    """Make an account with a name of its own, and log in."""

    async def signed_up() -> Person:
        name = f"person{next(_numbers)}"
        email = f"{name}@example.org"
        answer = await client.post(
            "/api/v1/users", json={"email": email, "username": name, "password": PASSWORD}
        )
        assert answer.status_code == 201, answer.text
        person = Person(client, answer.json()["id"], name, email)
        await person.log_in()
        return person

    return signed_up


@pytest.fixture
async def person(sign_up: SignUp) -> Person:
    """Somebody who has logged in."""
    return await sign_up()
