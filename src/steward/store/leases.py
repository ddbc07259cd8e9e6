"""Who does what, where several daemons share a database: a lease holds until a time and is renewed before it."""

from sqlalchemy import delete, or_, select

from steward.store.database import Database
from steward.store.inserting import insert_into
from steward.store.tables import LEASES


class Leases:
    """The leases of all daemons, by name, such as ``collect prod``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def acquire(self, name: str, holder: str, *, now_ms: int, ttl_ms: int) -> bool:
        """Take or renew a lease; tell whether it is held now.

        Errors: StoreUnavailable: then nothing is known, and a holder keeps it until its time.
        """
        with self._database.writing() as connection:
            insert = insert_into(connection, LEASES).values(
                name=name, holder=holder, until_ms=now_ms + ttl_ms
            )
            ours_or_over = or_(LEASES.c.holder == holder, LEASES.c.until_ms <= now_ms)
            taken = insert.on_conflict_do_update(
                index_elements=["name"],
                set_={"holder": insert.excluded.holder, "until_ms": insert.excluded.until_ms},
                where=ours_or_over,
            )
            return connection.execute(taken.returning(LEASES.c.name)).scalar() is not None

    def holder(self, name: str, *, now_ms: int) -> str | None:
        """Return who holds a lease now, None where nobody does.

        Errors: StoreUnavailable.
        """
        query = select(LEASES.c.holder).where(LEASES.c.name == name, LEASES.c.until_ms > now_ms)
        with self._database.reading() as connection:
            return connection.execute(query).scalar()

    def release(self, name: str, holder: str) -> None:
        """Give a lease back; one that is not held stays as it is.

        Errors: StoreUnavailable.
        """
        with self._database.writing() as connection:
            connection.execute(
                delete(LEASES).where(LEASES.c.name == name, LEASES.c.holder == holder)
            )
