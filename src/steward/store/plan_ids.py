"""The ids of stored plans, read without opening the store: nothing is created, migrated or locked."""

import sqlite3
from contextlib import closing
from pathlib import Path

from steward.model.connection import Secret

_SQLITE = "sqlite:///"


def newest_plan_ids(url: Secret, limit: int) -> tuple[str, ...]:
    """Return ids, the newest first; none for a store that is not there, or is no SQLite file.

    Errors: sqlite3.Error for a file that holds no such table, or is locked.
    """
    text = url.reveal()
    file = Path(text.removeprefix(_SQLITE))
    if not text.startswith(_SQLITE) or not file.is_file():
        return ()
    address = f"{file.resolve().as_uri()}?mode=ro"
    with closing(sqlite3.connect(address, uri=True, timeout=0.5)) as connection:
        query = "SELECT id FROM plans ORDER BY created_ms DESC, id LIMIT ?"
        return tuple(str(row[0]) for row in connection.execute(query, (limit,)))
