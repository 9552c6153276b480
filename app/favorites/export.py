"""All that is kept of a user, gathered from accounts and favourites."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select

from app.db.engine import Database
from app.db.session import reading
from app.favorites import keep
from app.favorites.schemas import ExportedFavorite, ExportedSession, UserExport
from app.users import keys
from app.users.models import RefreshToken, User
from app.users.schemas import Account, Key


async def export_of(database: Database, user: User) -> UserExport:
    """The account, favourites, sessions and keys of a user. Cost: three statements."""
    favorites = await keep.list_all(database, user)
    async with reading(database) as session:
        tokens = (
            await session.scalars(
                select(RefreshToken)
                .where(RefreshToken.user_id == user.id)
                .order_by(RefreshToken.id)
            )
        ).all()
    return UserExport(
        exported_at=datetime.now(UTC),
        account=Account.of(user),
        favorites=[
            ExportedFavorite(station_id=one.station.public_id, favorited_at=one.favorited_at)
            for one in favorites
        ],
        sessions=[
            ExportedSession(
                created_at=token.created_at,
                expires_at=token.expires_at,
                revoked_at=token.revoked_at,
            )
            for token in tokens
        ],
        api_keys=[Key.of(key) for key in await keys.list_all(database, user)],
    )
