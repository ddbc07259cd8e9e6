"""Canaries: a secret for each place, and where a store or a folder still holds one."""

import base64
import re
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import create_engine, inspect

from support.postgresql import PostgresServer


class Canaries:
    """A secret for each place, and for each part of an address, none like those of another test."""

    def __init__(self) -> None:
        self._root = f"cAnArY{uuid.uuid4().hex[:8]}"

    def __getitem__(self, place: str) -> str:
        return f"{self._root}-{place}+/{place}"

    def url(self, place: str, port: int) -> str:
        login, step, value, rest = (
            quote(self[f"{place}-{part}"], safe="") for part in ("login", "step", "value", "rest")
        )
        return f"http://user:{login}@127.0.0.1:{port}/{step}?token={value}#{rest}"

    def found_in(self, content: str | bytes) -> list[str]:
        """Return where one is, as it is or within base64, with what is around it."""
        text = content if isinstance(content, str) else content.decode("utf-8", "replace")
        forms = "|".join(map(re.escape, (self._root, *_within_base64(self._root))))
        return re.findall(rf".{{0,60}}(?:{forms}).{{0,30}}", text)


def _within_base64(text: str) -> Iterator[str]:
    """Return how a text is seen in the base64 of a longer one, for each place where it may begin."""
    for shift, first in enumerate((0, 2, 3)):
        whole = base64.b64encode(b"?" * shift + text.encode()).decode()
        yield whole[first : (shift + len(text)) * 8 // 6]


def rows_of(file: Path, url: str = "") -> Iterator[tuple[str, str]]:
    """Return each row of a store, with its table; of PostgreSQL where there is a URL."""
    if url:
        yield from _rows_of_postgresql(url)
        return
    with closing(sqlite3.connect(file)) as database:
        for (table,) in database.execute("select name from sqlite_master where type = 'table'"):
            for row in database.execute(f'select * from "{table}"'):
                yield table, " ".join(map(_text, row))


def _rows_of_postgresql(url: str) -> Iterator[tuple[str, str]]:
    engine = create_engine(url)
    try:
        for table in inspect(engine).get_table_names():
            with engine.connect() as connection:
                for row in connection.exec_driver_sql(f'select * from "{table}"'):
                    yield table, " ".join(map(_text, row))
    finally:
        engine.dispose()


def answering(server: PostgresServer, canaries: Canaries) -> str:
    """Return a URL with passwords that its server does not ask for, and takes."""
    password = quote(canaries["STORE"], safe="")
    url = server.new_database().replace("postgres@", f"postgres:{password}@")
    return f"{url}&password={password}&connect_timeout=5"


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def assert_none_kept(canaries: Canaries, state: Path, url: str = "") -> dict[str, list[str]]:
    """Look at the bytes of all files, and return the rows of the store, by table."""
    for kept in state.rglob("*"):
        if kept.is_file():
            assert not canaries.found_in(kept.read_bytes()), kept
    rows: dict[str, list[str]] = {}
    for table, row in rows_of(state / "steward.db", url):
        assert not canaries.found_in(row), table
        rows.setdefault(table, []).append(row)
    return rows
