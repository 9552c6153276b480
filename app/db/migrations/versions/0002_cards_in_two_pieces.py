"""Cards in two pieces: parted where the volatile facts belong, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_AT_ONCE = 5_000
_PLACE, _BEHIND_PLACE = b',"latitude":', b',"operator":'

_card = sa.table("card", sa.column("station_id", sa.BigInteger), sa.column("body", sa.LargeBinary))


def upgrade() -> None:
    """Join the first three of four pieces."""
    _rewrite(_in_two)


def downgrade() -> None:
    """Part them again before and behind the coordinates."""
    _rewrite(_in_four)


def _in_two(body: bytes) -> bytes:
    *first, last = body.split(b"\0")
    return b"".join(first) + b"\0" + last


def _in_four(body: bytes) -> bytes:
    before, _, rest = body.partition(_PLACE)
    place, _, behind = rest.partition(_BEHIND_PLACE)
    return b"%b\0%b%b\0%b%b" % (before, _PLACE, place, _BEHIND_PLACE, behind)


def _rewrite(change: Callable[[bytes], bytes]) -> None:
    connection = op.get_bind()
    last_id = 0
    select = (
        sa.select(_card.c.station_id, _card.c.body)
        .where(_card.c.station_id > sa.bindparam("last_id"))
        .order_by(_card.c.station_id)
        .limit(_AT_ONCE)
    )
    update = (
        sa.update(_card)
        .where(_card.c.station_id == sa.bindparam("of_station"))
        .values(body=sa.bindparam("new_body"))
    )
    while rows := connection.execute(select, {"last_id": last_id}).all():
        connection.execute(
            update,
            [{"of_station": station_id, "new_body": change(body)} for station_id, body in rows],
        )
        last_id = rows[-1][0]
