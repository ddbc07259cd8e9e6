"""Bringing a database's tables up to date when it is opened, one process at a time."""

from collections.abc import Callable

from sqlalchemy import Connection, Engine, inspect, text

from steward.model.error import StoreTrouble, StoreUnavailable
from steward.store.tables import REVISION

_POSTGRESQL_LOCK = 7_305_148_190_426_611_001
"""A number that only steward's migrations lock."""


def migrate(reading: Engine, writing: Engine, place: str) -> None:
    """Run the steps that are missing, all in one transaction.

    Shape: tables that are up to date are only read: no lock. Else the transaction of ``writing`` holds SQLite's write
           lock or an advisory lock of PostgreSQL, so of two that open at once one waits and then finds nothing to do.
           Alembic is imported before the lock is taken, and only if there is something to do.
    Errors: StoreUnavailable for tables of a newer steward.
    """
    with reading.begin() as connection:
        if _revision(connection) == REVISION:
            return
    upgrade = _upgrader()
    with writing.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL lock_timeout = '60s'"))
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_POSTGRESQL_LOCK})"))
        found = _revision(connection)
        if found == REVISION:
            return
        if found is not None and found > REVISION:
            raise StoreUnavailable(
                f"the store {place} is of a newer steward (its tables are at {found}, this one knows {REVISION})",
                why=StoreTrouble.NEWER,
                remedy="upgrade steward, or set another [store] url",
            )
        upgrade(connection)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _upgrader() -> Callable[[Connection], None]:
    """Import Alembic, which takes longer than the steps, and return what runs them."""
    from alembic import command
    from alembic.config import Config

    def upgrade(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", "steward.store:migrations")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")

    return upgrade
