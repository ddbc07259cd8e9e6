"""Inserts with conflict handling, in each database's dialect, in chunks within its limits."""

from collections.abc import Iterable
from typing import Any, TypeVar

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

T = TypeVar("T")

_CHUNK = 500
"""Rows or names per statement: below the parameter limits of both databases."""


def insert_into(connection: Connection, table: Table) -> Any:
    """Return an insert with ``on_conflict_do_update``; both dialects spell it alike."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(table)


def chunks(rows: list[T]) -> Iterable[list[T]]:
    """Split rows into chunks of one statement."""
    return [rows[i : i + _CHUNK] for i in range(0, len(rows), _CHUNK)]
