"""The catalogue."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import context, op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "catalogue",
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("uuid", name=op.f("pk_catalogue")),
    )
    op.create_table(
        "change",
        sa.Column("seq", KEY, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("station_id", KEY, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_change")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "feed",
        sa.Column("id", KEY, nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("homepage_url", sa.Text(), nullable=True),
        sa.Column("licence", sa.Text(), nullable=False),
        sa.Column("attribution", sa.Text(), nullable=False),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed")),
        sa.UniqueConstraint("source", "name", name=op.f("uq_feed_source_name")),
    )
    op.create_table(
        "operator",
        sa.Column("id", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operator")),
        sa.UniqueConstraint("name", name=op.f("uq_operator_name")),
    )
    op.create_table(
        "import_run",
        sa.Column("id", KEY, nullable=False),
        sa.Column("feed_id", KEY, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("is_complete", sa.Boolean(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("last_modified", sa.Text(), nullable=True),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("rows_read", sa.Integer(), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["feed.id"], name=op.f("fk_import_run_feed_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
    )
    op.create_index("ix_import_run_feed_id", "import_run", ["feed_id"], unique=False)

    op.create_table(
        "station",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("feed_id", KEY, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("place_id", KEY, nullable=False),
        sa.Column("is_shown", sa.Boolean(), nullable=False),
        sa.Column("gone_at", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("street", sa.Text(), nullable=True),
        sa.Column("postal_code", sa.Text(), nullable=True),
        sa.Column("city", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("country", sa.String(length=2), nullable=True),
        sa.Column("latitude", sa.Double(), nullable=False),
        sa.Column("longitude", sa.Double(), nullable=False),
        sa.Column("latitude_band", sa.SmallInteger(), nullable=False),
        sa.Column("operator_id", KEY, nullable=True),
        sa.Column("access", sa.String(length=16), nullable=True),
        sa.Column("open_24_7", sa.Boolean(), nullable=True),
        sa.Column("opening_hours", sa.Text(), nullable=True),
        sa.Column("opening_text", sa.Text(), nullable=True),
        sa.Column("time_zone", sa.String(length=64), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("price_text", sa.Text(), nullable=True),
        sa.Column("payments", sa.Text(), nullable=False),
        sa.Column("licence", sa.Text(), nullable=False),
        sa.Column("attribution", sa.Text(), nullable=False),
        sa.Column("source_url", sa.Text(), nullable=True),
        sa.Column("evse_count", sa.Integer(), nullable=False),
        sa.Column("max_power_w", sa.Integer(), nullable=True),
        sa.Column("static_rank", sa.Integer(), nullable=False),
        sa.Column("search_tokens", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(length=16), nullable=False),
        sa.Column("card_version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["feed.id"], name=op.f("fk_station_feed_id")),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operator.id"], name=op.f("fk_station_operator_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_station")),
        sa.UniqueConstraint("feed_id", "key", name=op.f("uq_station_feed_id_key")),
        sa.UniqueConstraint("public_id", name=op.f("uq_station_public_id")),
    )
    op.create_index(
        "ix_station_latitude_band_longitude",
        "station",
        ["latitude_band", "longitude"],
        unique=False,
    )
    op.create_index("ix_station_place_id", "station", ["place_id"], unique=False)
    op.create_index("ix_station_updated_at_id", "station", ["updated_at", "id"], unique=False)

    op.create_table(
        "card",
        sa.Column("station_id", KEY, autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["station_id"], ["station.id"], name=op.f("fk_card_station_id")),
        sa.PrimaryKeyConstraint("station_id", name=op.f("pk_card")),
    )
    op.create_table(
        "evse",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("station_id", KEY, nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("evse_id", sa.Text(), nullable=True),
        sa.Column("power_level", sa.String(length=16), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=True),
        sa.Column("status_updated_at", sa.BigInteger(), nullable=True),
        sa.Column("content_hash", sa.LargeBinary(length=16), nullable=False),
        sa.ForeignKeyConstraint(["station_id"], ["station.id"], name=op.f("fk_evse_station_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evse")),
        sa.UniqueConstraint("station_id", "uid", name=op.f("uq_evse_station_id_uid")),
    )
    op.create_table(
        "reject",
        sa.Column("id", KEY, nullable=False),
        sa.Column("run_id", KEY, nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["import_run.id"], name=op.f("fk_reject_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reject")),
    )
    op.create_index("ix_reject_run_id", "reject", ["run_id"], unique=False)

    op.create_table(
        "sighting",
        sa.Column("station_id", KEY, autoincrement=False, nullable=False),
        sa.Column("run_id", KEY, nullable=False),
        sa.Column("source_updated_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["import_run.id"], name=op.f("fk_sighting_run_id")),
        sa.ForeignKeyConstraint(
            ["station_id"], ["station.id"], name=op.f("fk_sighting_station_id")
        ),
        sa.PrimaryKeyConstraint("station_id", name=op.f("pk_sighting")),
    )
    op.create_index(op.f("ix_sighting_run_id"), "sighting", ["run_id"], unique=False)

    op.create_table(
        "unknown_word",
        sa.Column("feed_id", KEY, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("occurrences", sa.Integer(), nullable=False),
        sa.Column("run_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["feed.id"], name=op.f("fk_unknown_word_feed_id")),
        sa.ForeignKeyConstraint(["run_id"], ["import_run.id"], name=op.f("fk_unknown_word_run_id")),
        sa.PrimaryKeyConstraint("feed_id", "kind", "word", name=op.f("pk_unknown_word")),
    )
    op.create_table(
        "connector",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("evse_id", KEY, nullable=False),
        sa.Column("standard", sa.String(length=24), nullable=True),
        sa.Column("standard_word", sa.Text(), nullable=True),
        sa.Column("format", sa.String(length=8), nullable=True),
        sa.Column("power_type", sa.String(length=16), nullable=True),
        sa.Column("max_power_w", sa.Integer(), nullable=True),
        sa.Column("max_voltage_v", sa.Integer(), nullable=True),
        sa.Column("max_amperage_a", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["evse_id"], ["evse.id"], name=op.f("fk_connector_evse_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connector")),
    )
    op.create_index("ix_connector_evse_id", "connector", ["evse_id"], unique=False)
    for statement in context.config.attributes["dialect"].text_index_ddl():
        op.execute(statement)
    op.bulk_insert(
        sa.table("catalogue", sa.column("uuid"), sa.column("created_at")),
        [
            {
                "uuid": str(uuid.uuid4()),
                "created_at": round(datetime.now(UTC).timestamp() * 1000),
            }
        ],
    )


def downgrade() -> None:
    """Take everything away: there was nothing before."""
    for statement in context.config.attributes["dialect"].text_index_drop_ddl():
        op.execute(statement)
    op.drop_table("connector")
    op.drop_table("unknown_word")
    op.drop_table("sighting")
    op.drop_table("reject")
    op.drop_table("evse")
    op.drop_table("card")
    op.drop_table("station")
    op.drop_table("import_run")
    op.drop_table("operator")
    op.drop_table("feed")
    op.drop_table("change")
    op.drop_table("catalogue")
