"""Which database URLs are accepted, and what is said about the others."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.db.engine import dialect_for
from app.db.errors import DatabaseUrlRefused


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("sqlite+aiosqlite:////srv/voltway.db", "sqlite"),
        ("postgresql+asyncpg://me:sesame@host:5433/voltway?ssl=require", "postgresql"),
        ("postgresql+asyncpg:///voltway?host=/run/postgresql", "postgresql"),
        ("postgresql+asyncpg://host/voltway?pooler=transaction", "postgresql"),
    ],
)
def test_a_database_is_known_by_its_url(url: str, name: str) -> None:
    assert dialect_for(url).name == name


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("not a url", "cannot be read as a URL"),
        ("sqlite+aiosqlite://", "needs a file"),
        ("sqlite+aiosqlite:///:memory:", "needs a file"),
        ("sqlite:////srv/voltway.db", "'sqlite' is not supported"),
        ("mysql+aiomysql://host/db", "'mysql+aiomysql' is not supported"),
        ("postgresql://host/db", "'postgresql' is not supported"),
        ("postgresql+asyncpg://host:port/db", "cannot be read as a URL"),
        ("postgresql+asyncpg://host", "names no database"),
        ("postgresql+asyncpg://host/db?sslmode=require", "'sslmode' is not known; write ssl="),
        ("postgresql+asyncpg://host/db?speed=high", "'speed' is not known"),
        ("postgresql+asyncpg://host/db?pooler=session", "'pooler' is 'transaction' or left out"),
    ],
)
def test_another_url_is_refused_with_the_right_form(url: str, why: str) -> None:
    with pytest.raises(DatabaseUrlRefused) as refused:
        dialect_for(url)
    assert why in refused.value.detail
    assert "sqlite+aiosqlite:////absolute/path" in refused.value.detail
    assert refused.value.exit_code == 4


def test_asking_for_a_dialect_touches_no_file(tmp_path: Path) -> None:
    dialect = dialect_for(f"sqlite+aiosqlite:///{tmp_path / 'voltway.db'}")
    assert not dialect.exists()
    assert list(tmp_path.iterdir()) == []
