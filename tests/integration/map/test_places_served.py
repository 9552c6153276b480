"""``/api/v1/places`` over HTTP."""

from __future__ import annotations

from pathlib import Path

import pytest
from httpx2 import ASGITransport, AsyncClient

from app.main import create_app
from app.settings import Settings

pytestmark = pytest.mark.anyio


async def test_places_are_answered_and_wrong_questions_refused(tmp_path: Path) -> None:
    app = create_app(Settings(data_dir=tmp_path, rate_limit="off", rate_limit_endpoint="off"))
    async with (
        app.router.lifespan_context(app),
        AsyncClient(transport=ASGITransport(app), base_url="http://voltway.test") as client,
    ):
        answer = await client.get("/api/v1/places", params={"q": "Lyon", "limit": 1})
        (place,) = answer.json()["items"]
        assert (place["name"], place["country"]) == ("Lyon", "FR")
        assert place["kind"] == "city"
        assert place["latitude"] == pytest.approx(45.75, abs=0.05)
        assert (await client.get("/api/v1/places", params={"q": "xqzzy"})).json() == {"items": []}
        (typed,) = (await client.get("/api/v1/places?q=48.85,2.35")).json()["items"]
        assert (typed["kind"], typed["latitude"], typed["country"]) == ("coordinate", 48.85, None)
        for query in ("", "?q=", f"?q={'x' * 101}", "?q=a&limit=21"):
            refused = await client.get(f"/api/v1/places{query}")
            assert refused.status_code == 422
            assert refused.json()["errors"][0]["pointer"] in {"/query/q", "/query/limit"}
