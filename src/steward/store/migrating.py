"""Migrates a database's tables when it is opened, one process at a time."""

from collections.abc import Callable

from sqlalchemy import Connection, Engine, inspect, text

from steward.model.error import StoreTrouble, StoreUnavailable
from steward.store.tables import REVISION

_POSTGRESQL_LOCK = 7_305_148_190_426_611_001
"""A lock number used only by steward's migrations."""


def migrate(reading: Engine, writing: Engine, place: str) -> None:
    """Run the missing migrations in one transaction.

    Current tables are only read, without a lock. Otherwise ``writing`` holds SQLite's write lock or a PostgreSQL
    advisory lock: of two processes that open at once, one waits and then finds nothing to do. Alembic is imported
    before the lock is taken, and only if needed.
    Errors: StoreUnavailable for tables of a newer version of steward.
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
                f"the store {place} was migrated by a newer steward "
                f"(its tables are at {found}, this one knows {REVISION})",
                why=StoreTrouble.NEWER,
                remedy="upgrade steward, or set another [store] url",
            )
        upgrade(connection)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _upgrader() -> Callable[[Connection], None]:
    """Import Alembic, which takes longer than the migrations, and return the function that runs them."""
    from alembic import command
    from alembic.config import Config

    def upgrade(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", "steward.store:migrations")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")

    return upgrade
