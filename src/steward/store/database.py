"""The connection to the database: SQLite or PostgreSQL, transactions, and reconnecting after a fault."""

import os
import sqlite3
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError

from steward.model.error import ConfigurationError, StoreTrouble
from steward.model.extra import Extra, ExtraMissing
from steward.model.redaction import remember_url, shown_url
from steward.store.faults import store_faults, unavailable
from steward.store.migrating import migrate

BUSY_TIMEOUT_MS = 2_000
"""How long a statement waits for another process's lock; shorter than a poll interval."""
MIGRATION_TIMEOUT_MS = 60_000
"""How long opening waits while another process creates or migrates the tables."""
_WAL_TIMEOUT_SECONDS = 10.0
_WAL_PAUSE_SECONDS = 0.005
_WRITES = "steward_writes"
_TIMEOUT = "steward_busy_timeout_ms"


class Database:
    """One database, opened at first use and reopened after it was lost; thread-safe.

    Errors: every use raises StoreUnavailable; ConfigurationError at once for a URL of an unsupported database.
    """

    def __init__(self, url: str) -> None:
        try:
            self._url = make_url(url)
        except ArgumentError:
            raise ConfigurationError(
                "invalid store URL",
                remedy="write sqlite:////PATH/steward.db or postgresql+psycopg://USER@HOST/DATABASE",
            ) from None
        if self._url.drivername not in ("sqlite", "postgresql+psycopg"):
            raise ConfigurationError(
                f"unsupported store URL {self._url.drivername}://",
                remedy="use sqlite:/// or postgresql+psycopg://",
            )
        remember_url(url)
        self.place = shown_url(self._url.render_as_string(hide_password=True))
        self._lock = Lock()
        self._engine: Engine | None = None
        self._file = _file_of(self._url.database) if self.is_sqlite else None
        self._identity: tuple[int, int] | None = None

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file on this machine."""
        return self._url.get_backend_name() == "sqlite"

    @contextmanager
    def reading(self) -> Generator[Connection]:
        """Read: all statements see the same moment."""
        with store_faults(self.place), self._opened().begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Generator[Connection]:
        """Write: all or nothing. SQLite locks at once, because a transaction that starts by reading cannot wait."""
        with store_faults(self.place):
            engine = self._opened().execution_options(**{_WRITES: True})
            with engine.begin() as connection:
                yield connection

    def size_bytes(self) -> int:
        """Return the size of the data; free space inside the database does not count."""
        with self.reading() as connection:
            if not self.is_sqlite:
                return int(
                    connection.execute(
                        text(
                            "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0) FROM pg_class c "
                            "WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace"
                        )
                    ).scalar_one()
                )
            pages, free, size = (
                int(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one())
                for name in ("page_count", "freelist_count", "page_size")
            )
            return (pages - free) * size

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            self._dispose()

    def _dispose(self) -> None:
        if self._engine is not None:
            self._engine.dispose()
        self._engine = None

    def _opened(self) -> Engine:
        """Return the engine with migrated tables; a deleted SQLite file raises once, then is created again."""
        with self._lock:
            if self._engine is not None and self._identity != _identity_of(self._file):
                self._dispose()
                raise unavailable(
                    self.place, StoreTrouble.GONE, "its file was deleted; its data is lost"
                )
            if self._engine is None:
                self._engine = self._open()
                self._identity = _identity_of(self._file)
            return self._engine

    def _open(self) -> Engine:
        if self._file is not None:
            _create(self._file)
        engine = self._created()
        try:
            patient = {_WRITES: True, _TIMEOUT: MIGRATION_TIMEOUT_MS}
            migrate(engine, engine.execution_options(**patient), self.place)
        except BaseException:
            engine.dispose()
            raise
        return engine

    def _created(self) -> Engine:
        if self.is_sqlite:
            engine = create_engine(self._url, pool_size=4, max_overflow=8, pool_timeout=5)
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
            return engine
        try:
            return create_engine(
                self._url,
                pool_size=4,
                max_overflow=4,
                pool_timeout=5,
                pool_pre_ping=True,
                connect_args={
                    "connect_timeout": 5,
                    "application_name": "steward",
                    "options": f"-c lock_timeout={BUSY_TIMEOUT_MS} -c statement_timeout=60000",
                },
            )
        except ModuleNotFoundError:
            raise ExtraMissing(Extra.POSTGRESQL, "a store on PostgreSQL") from None


_CREATING = Lock()


def _create(file: Path) -> None:
    """Create the file, readable only by its owner, if it does not exist; an existing file is not opened.

    Closing a file drops all locks that this process holds on it (POSIX), including SQLite's: another process would then
    consider itself the last one, and remove the log that this process still writes to.
    """
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (
        _CREATING,
        suppress(FileExistsError),
    ):  # no other code here has it open until it is closed again
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def _file_of(database: str | None) -> Path:
    if not database or database == ":memory:":
        raise ConfigurationError(
            "the store URL names no file", remedy="use sqlite:////PATH/steward.db"
        )
    return Path(database).expanduser().absolute()


def _identity_of(file: Path | None) -> tuple[int, int] | None:
    """Return the identity of the file at a path, to recognise a replaced file."""
    if file is None:
        return None
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _prepare_sqlite(connection: Any, _: object) -> None:
    connection.isolation_level = (
        None  # BEGIN is issued below: the driver would defer it to the first change
    )
    connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    _use_wal(connection)
    for name, value in (
        ("synchronous", "NORMAL"),
        ("foreign_keys", "ON"),
        ("journal_size_limit", 64 * 1024 * 1024),
    ):
        connection.execute(f"PRAGMA {name}={value}")


def _use_wal(connection: sqlite3.Connection) -> None:
    """Set the journal mode, waiting for other connections that open the same new file.

    SQLite upgrades a read lock here and never calls its busy handler for that: if two connections change the mode at
    once, one of them gets SQLITE_BUSY immediately, whatever the timeout.
    """
    deadline = time.monotonic() + _WAL_TIMEOUT_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            is_busy = error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
            if not is_busy or time.monotonic() >= deadline:
                raise
            time.sleep(_WAL_PAUSE_SECONDS)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    connection.exec_driver_sql(f"PRAGMA busy_timeout={options.get(_TIMEOUT, BUSY_TIMEOUT_MS)}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get(_WRITES, False) else "BEGIN")
