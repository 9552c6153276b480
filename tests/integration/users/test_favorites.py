"""Favourites: kept once, told with what is true now, and never lost by an import."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient, Response
from sqlalchemy import delete, event, func, select, update

from app.db.session import reading, writing
from app.favorites import keep
from app.favorites.models import Favorite
from app.favorites.schemas import FavoriteStation
from app.stations import intake
from app.stations.models import Card, Station
from app.stations.vocabulary import Access
from app.users.models import User
from tests.fixtures.catalogue import NOW, Catalogue, simple_station
from tests.integration.users.conftest import Person, SignUp

pytestmark = pytest.mark.anyio

PLACES = {"near": (48.85, 2.35), "far": (43.3, 5.4), "odd/one": (50.1, 8.7)}


@pytest.fixture(scope="module")
async def stations(application: FastAPI) -> dict[str, str]:
    """Stations by key, with their public ids; the application knows them."""
    resources = application.state.resources
    catalogue = Catalogue(resources.database, resources.reader)
    drafts = [
        simple_station(key, name=key.title(), latitude=latitude, longitude=longitude)
        for key, (latitude, longitude) in PLACES.items()
    ]
    ids = await catalogue.store(drafts)
    await resources.follower.poll()
    async with reading(resources.database) as session:
        rows = (await session.execute(select(Station.id, Station.public_id))).all()
    by_id = {row.id: row.public_id for row in rows}
    return dict(zip(PLACES, map(by_id.__getitem__, ids), strict=True))


async def put(person: Person, station_id: str) -> Response:
    return await person.client.put(f"/api/v1/favorites/{station_id}", headers=person.headers)


async def give_up(person: Person, station_id: str) -> Response:
    return await person.client.delete(f"/api/v1/favorites/{station_id}", headers=person.headers)


async def kept(person: Person, **query: Any) -> list[dict[str, Any]]:
    answer = await person.client.get("/api/v1/favorites", params=query, headers=person.headers)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def ids(items: Iterable[dict[str, Any]]) -> list[str]:
    return [item["id"] for item in items]


async def test_a_station_is_kept_once_and_given_up_once(
    person: Person, stations: dict[str, str]
) -> None:
    near = stations["near"]
    assert [(await put(person, near)).status_code for _ in range(3)] == [201, 204, 204]
    assert ids(await kept(person)) == [near]
    assert [(await give_up(person, near)).status_code for _ in range(2)] == [204, 204]
    assert await kept(person) == []


async def test_a_favourite_is_told_as_the_search_tells_it(
    client: AsyncClient, person: Person, stations: dict[str, str]
) -> None:
    await put(person, stations["near"])
    (item,) = await kept(person)
    found = (await client.get("/api/v1/stations", params={"q": "near"})).json()["items"]
    (searched,) = [one for one in found if one["id"] == stations["near"]]
    assert item.pop("favorited_at").endswith("Z")
    assert item.pop("gone") is False
    assert item == searched


async def test_they_come_newest_first_or_nearest_first(
    person: Person, stations: dict[str, str]
) -> None:
    for key in ("near", "odd/one", "far"):
        assert (await put(person, stations[key])).status_code == 201
    assert ids(await kept(person)) == [stations[key] for key in ("far", "odd/one", "near")]
    around = await kept(person, sort="distance", latitude=43, longitude=5)
    assert ids(around) == [stations[key] for key in ("far", "near", "odd/one")]
    assert around[0]["distance_m"] < around[1]["distance_m"] < around[2]["distance_m"]


@pytest.mark.parametrize(
    "order", [{}, {"sort": "distance", "latitude": 43, "longitude": 5}], ids=["newest", "nearest"]
)
async def test_pages_follow_each_other(
    person: Person, stations: dict[str, str], order: dict[str, Any]
) -> None:
    for key in PLACES:
        await put(person, stations[key])
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        answer = await person.client.get(
            "/api/v1/favorites", params={**order, "limit": 1, **cursor}, headers=person.headers
        )
        seen += ids(answer.json()["items"])
        if answer.json()["next_cursor"] is None:
            break
        cursor = {"cursor": answer.json()["next_cursor"]}
    assert seen == ids(await kept(person, **order))
    assert len(seen) == len(PLACES)


async def test_of_a_hundred_requests_at_once_one_pair_is_left(
    application: FastAPI, person: Person, stations: dict[str, str]
) -> None:
    async def put_until_it_is_answered() -> int:
        """A busy machine has not a connection for everyone in time, and says when to come back."""
        while (answer := await put(person, stations["far"])).status_code == 503:
            assert answer.headers["retry-after"]
        return answer.status_code

    statuses = await asyncio.gather(*(put_until_it_is_answered() for _ in range(100)))
    assert sorted(statuses) == [201] + 99 * [204]
    async with reading(application.state.resources.database) as session:
        pairs = await session.scalar(
            select(func.count())
            .select_from(Favorite)
            .join(User, User.id == Favorite.user_id)
            .where(User.public_id == person.id)
        )
    assert pairs == 1


async def test_nobody_sees_or_changes_what_others_keep(
    sign_up: SignUp, stations: dict[str, str]
) -> None:
    ada, bob = await sign_up(), await sign_up()
    await put(ada, stations["near"])
    assert await kept(bob) == []
    assert (await give_up(bob, stations["near"])).status_code == 204
    assert ids(await kept(ada)) == [stations["near"]]


async def test_without_signing_in_there_are_none(
    client: AsyncClient, stations: dict[str, str]
) -> None:
    path = f"/api/v1/favorites/{stations['near']}"
    for answer in (
        await client.get("/api/v1/favorites"),
        await client.put(path),
        await client.delete(path),
    ):
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_a_station_that_never_was_is_not_found(person: Person, method: str) -> None:
    for station_id in ("alpha:nothing", "%00", "alpha:%2E%2E%2Fnear", "'; DROP TABLE favorite;--"):
        answer = await person.client.request(
            method, f"/api/v1/favorites/{station_id}", headers=person.headers
        )
        assert answer.status_code == 404, station_id
        assert answer.json()["type"].endswith("#station-not-found")


@pytest.mark.parametrize(
    "query",
    [
        {"sort": "distance"},
        {"sort": "distance", "latitude": 1},
        {"latitude": 1, "longitude": 2},
        {"sort": "distance", "latitude": "nan", "longitude": 2},
        {"sort": "name"},
        {"limit": 0},
        {"limit": 501},
        {"cursor": "what"},
        {"cursor": "1~x"},
        {"cursor": "0~nan~1"},
        {"cursor": "0~1.5~1"},
        {"page": 2},
    ],
)
async def test_a_list_that_makes_no_sense_is_refused(person: Person, query: dict[str, Any]) -> None:
    answer = await person.client.get("/api/v1/favorites", params=query, headers=person.headers)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_an_import_that_changes_a_station_leaves_it_kept(
    application: FastAPI, person: Person
) -> None:
    resources = application.state.resources
    catalogue = Catalogue(resources.database, resources.reader)
    await catalogue.store([simple_station("changing", name="Before")], source="gamma")
    await resources.follower.poll()
    await put(person, "gamma:changing")
    await catalogue.store([simple_station("changing", name="After")], source="gamma")
    await resources.follower.poll()
    assert [item["name"] for item in await kept(person)] == ["After"]


async def test_one_that_its_source_no_longer_has_stays_and_is_marked(
    application: FastAPI, sign_up: SignUp
) -> None:
    resources = application.state.resources
    ada, bob = await sign_up(), await sign_up()
    catalogue = Catalogue(resources.database, resources.reader)
    (station_id,) = await catalogue.store([simple_station("leaving", name="Old")], source="delta")
    await put(ada, "delta:leaving")
    async with writing(resources.database) as session:
        await session.execute(
            update(Station).where(Station.id == station_id).values(gone_at=func.coalesce(
                Station.gone_at, Station.updated_at))
        )  # fmt: skip
    await catalogue.change(station_id, "UPDATE station SET is_shown = is_shown")
    await resources.follower.poll()
    (item,) = await kept(ada)
    assert (item["name"], item["gone"], item["available_count"]) == ("Old", True, None)
    assert (await put(ada, "delta:leaving")).status_code == 204
    assert (await put(bob, "delta:leaving")).status_code == 410


@pytest.mark.parametrize("is_indexed", [True, False])
async def test_one_that_has_lost_its_card_is_told_by_its_row(
    application: FastAPI, person: Person, *, is_indexed: bool
) -> None:
    """No favourite is left out in silence, not even in a damaged catalogue."""
    resources = application.state.resources
    catalogue = Catalogue(resources.database, resources.reader)
    source = f"damaged{is_indexed}".lower()
    drafts = [
        simple_station(key, name=key.title(), city="Paris", access=Access.PUBLIC)
        for key in ("whole", "bare")
    ]
    async with writing(resources.database) as session:
        facts = {"title": source, "licence": "CC0-1.0", "attribution": "nobody"}
        feed = await intake.ensure_feed(
            session, source=source, name=source, is_synthetic=True, **facts
        )
        run_id = await intake.begin_run(session, feed, origin="-", now=NOW)
    catalogue.feeds[source] = feed, run_id
    _, bare = await catalogue.store(drafts, source=source)
    for key in ("whole", "bare"):
        assert (await put(person, f"{source}:{key}")).status_code == 201
    async with writing(resources.database) as session:
        await session.execute(delete(Card).where(Card.station_id == bare))
    if is_indexed:
        await resources.follower.poll()
    told = await kept(person)
    assert ids(told) == [f"{source}:bare", f"{source}:whole"]
    for item in told:
        FavoriteStation.model_validate(item)
    known = {"name": "Bare", "access": "public", "source": source, "gone": False}
    assert known.items() <= told[0].items()
    assert told[0]["synthetic"] or not is_indexed, "the index knows whose it is"
    assert (told[0]["address"]["city"], told[0]["connectors"]) == ("Paris", [])
    await give_up(person, f"{source}:bare")
    assert ids(await kept(person)) == [f"{source}:whole"]


async def test_stations_that_are_linked_are_one_favourite(
    application: FastAPI, person: Person
) -> None:
    """Two sources have one place: the shown station is told, and giving it up gives up both."""
    resources = application.state.resources
    catalogue = Catalogue(resources.database, resources.reader)
    (shown,) = await catalogue.store([simple_station("p", name="Shown")], source="shown")
    (hidden,) = await catalogue.store([simple_station("p", name="Hidden")], source="hidden")
    for public_id in ("hidden:p", "shown:p"):
        assert (await put(person, public_id)).status_code == 201
    async with writing(resources.database) as session:
        await session.execute(
            update(Station).where(Station.id == hidden).values(place_id=shown, is_shown=False)
        )
    await catalogue.change(hidden, "UPDATE station SET name = name")
    await resources.follower.poll()
    assert ids(await kept(person)) == ["shown:p"]
    await give_up(person, "shown:p")
    assert await kept(person) == []


async def test_as_many_can_be_kept_as_one_may(
    person: Person, stations: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keep, "MOST", 1)
    assert (await put(person, stations["near"])).status_code == 201
    refused = await put(person, stations["far"])
    assert refused.status_code == 409
    assert refused.json()["most"] == 1
    assert (await put(person, stations["near"])).status_code == 204


async def test_a_list_takes_as_many_statements_however_long_it_is(
    application: FastAPI, person: Person, stations: dict[str, str]
) -> None:
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            statements.append(statement)

    engine = application.state.resources.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        counts = []
        for key in PLACES:
            await put(person, stations[key])
            statements.clear()
            await kept(person)
            counts.append(len(statements))
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert counts == [2, 2, 2]  # who is asking, and what is kept
