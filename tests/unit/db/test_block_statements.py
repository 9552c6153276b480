"""Which statements of the driver are written in blocks of rows."""

from __future__ import annotations

import pytest

from app.db.dialects.blocks import BLOCK_ROWS, _block_statement


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO operator (id, name) VALUES (?, ?)",
        'INSERT INTO station (id, "key") VALUES (?, ?)',
        "INSERT INTO card (station_id, body) VALUES (?, ?) ON CONFLICT (station_id) DO NOTHING",
    ],
)
def test_a_plain_insert_becomes_one_of_many_rows(statement: str) -> None:
    block = _block_statement(statement)
    assert block is not None
    assert block.count("(?, ?)") == BLOCK_ROWS
    assert block.replace(", ".join(["(?, ?)"] * BLOCK_ROWS), "(?, ?)") == statement


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO operator (id) VALUES (?) RETURNING id",
        "INSERT INTO operator (id) SELECT id FROM other",
        "UPDATE operator SET name = ? WHERE id = ?",
    ],
)
def test_anything_else_is_left_as_it_is(statement: str) -> None:
    assert _block_statement(statement) is None
