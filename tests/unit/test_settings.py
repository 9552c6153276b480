from __future__ import annotations

from pathlib import Path

import pytest

from app.settings import Settings, SettingsInvalid
from app.settings_in_force import settings_with_sources


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def test_defaults_put_everything_into_the_data_directory() -> None:
    settings = Settings(data_dir=Path("/srv/voltway"))
    assert settings.resolved_database_url == "sqlite+aiosqlite:////srv/voltway/voltway.db"
    assert settings.resolved_log_dir == Path("/srv/voltway/logs")
    assert settings.index_dir == Path("/srv/voltway/index")


def test_environment_wins_over_defaults_and_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "9001")
    monkeypatch.setenv("CORS_ORIGINS", "https://a.example, https://b.example")
    rows = {row.name: row for row in settings_with_sources()}
    assert (rows["PORT"].value, rows["PORT"].source) == ("9001", "environment")
    assert rows["CORS_ORIGINS"].value == "https://a.example,https://b.example"
    assert rows["HOST"].source == "default"
    assert rows["AUTO_MIGRATE"].value == "true"
    assert rows["LOG_DIR"].value == "data/logs"


def test_a_password_in_an_address_is_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql+asyncpg://me:hunter2@db/x")
    (row,) = (row for row in settings_with_sources() if row.name == "DATABASE_URL")
    assert row.value == "postgresql+asyncpg://me:***@db/x"


def test_bad_values_are_named_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "99999")
    monkeypatch.setenv("LOG_LEVEL", "loud" * 30)
    monkeypatch.setenv("TRUSTED_PROXIES", "10.0.0.0/8,foo")
    with pytest.raises(SettingsInvalid) as caught:
        Settings()
    assert caught.value.exit_code == 2
    for words in ("PORT='99999'", "LOG_LEVEL='loud", "TRUSTED_PROXIES='10.0.0.0/8,foo'", "…"):
        assert words in caught.value.detail


def test_secrets_are_masked_and_not_repeated_in_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://me:hunter2@cache:6379/0")
    monkeypatch.setenv("SENTRY_DSN", "https://0123abcd@errors.example/7")
    rows = {row.name: row.value for row in settings_with_sources()}
    assert rows["REDIS_URL"] == "redis://me:***@cache:6379/0"
    assert "0123abcd" not in rows["SENTRY_DSN"]
    monkeypatch.setenv("REDIS_URL", "redis+cluster://me:hunter2@a:7000,b:7001")
    rows = {row.name: row.value for row in settings_with_sources()}
    assert rows["REDIS_URL"] == "redis+cluster://me:***@a:7000,b:7001"
    monkeypatch.setenv("REDIS_URL", "http://me:hunter2@cache")
    with pytest.raises(SettingsInvalid) as caught:
        Settings()
    assert "REDIS_URL=***" in caught.value.detail
    assert "redis://" in caught.value.detail
    assert "hunter2" not in caught.value.detail


@pytest.mark.parametrize(
    "dsn",
    ["nonsense", "https://host/7", "ftp://k3y@host/7", "https://k3y@host/", "https://k3y@h/x"],
)
def test_an_address_of_sentry_is_checked_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, dsn: str
) -> None:
    monkeypatch.setenv("SENTRY_DSN", dsn)
    with pytest.raises(SettingsInvalid, match="https://KEY@HOST/PROJECT") as caught:
        Settings()
    assert "k3y" not in caught.value.detail


def test_levels_may_be_written_in_small_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_LEVEL", "debug")
    assert Settings().log_level == "DEBUG"


def test_an_empty_value_unsets_what_may_be_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOG_DIR", "DATABASE_URL", "PROMETHEUS_PORT", "REDIS_URL", "SENTRY_DSN"):
        monkeypatch.setenv(name, "")
    settings = Settings()
    assert settings.redis_url is None
    assert settings.prometheus_port is None
    assert {row.value for row in settings_with_sources() if row.name == "SENTRY_DSN"} == {""}


def test_servers_beside_the_database_are_listed_checked_and_masked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one, two = "postgresql+asyncpg://me:sesame@one/db", "postgresql+asyncpg://me:s,same@two/db"
    monkeypatch.setenv("DATABASE_REPLICA_URLS", f"{one}, postgresql+asyncpg://two/db")
    monkeypatch.setenv("DATABASE_DIRECT_URL", two)
    settings = Settings()
    assert settings.database_replica_urls == (one, "postgresql+asyncpg://two/db")
    rows = {row.name: row.value for row in settings_with_sources(settings)}
    masked = "postgresql+asyncpg://me:***@one/db,postgresql+asyncpg://two/db"
    assert rows["DATABASE_REPLICA_URLS"] == masked
    assert rows["DATABASE_DIRECT_URL"] == "postgresql+asyncpg://me:***@two/db"
    for name in ("DATABASE_REPLICA_URLS", "DATABASE_DIRECT_URL"):
        monkeypatch.setenv(name, "mysql://me:sesame@one/db")
        with pytest.raises(SettingsInvalid, match=f"{name}=.*begins with postgresql") as refused:
            Settings()
        assert "sesame" not in refused.value.detail
        monkeypatch.setenv(name, "")
    assert Settings().database_direct_url is None


@pytest.mark.parametrize("name", ["MAP_STYLE_URL", "ROUTER_URL"])
def test_other_servers_of_the_map_are_named_by_plain_addresses(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for good in ("http://localhost:5000", "https://maps.example/a/b.json?key=1", "http://[::1]/x"):
        monkeypatch.setenv(name, good)
        assert getattr(Settings(), name.lower()) == good
    for bad in ("maps.example", "ftp://maps.example", "https://me:pw@maps.example/", "https://a;b",
                "https://a /b", "https:///x"):  # fmt: skip
        monkeypatch.setenv(name, bad)
        with pytest.raises(SettingsInvalid, match=name):
            Settings()
    monkeypatch.setenv(name, "")
    assert getattr(Settings(), name.lower()) is None
