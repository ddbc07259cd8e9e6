"""Leases for several processes that share a database: on the database's clock, each with a fencing token.

A lease is valid until a time and renewed before it. Every acquisition gets a higher token than any before it; a write
under a lease names its token, and is refused in the same transaction if a later token was issued.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, literal_column, or_, select, update

from steward.model.command import Hint, steward
from steward.model.error import LeaseLost
from steward.model.instant import Instant
from steward.store.database import Database
from steward.store.inserting import insert_into
from steward.store.tables import LEASES

FREE = ""
"""The holder of a free lease: its row stays, so that no token is issued twice."""

_CLOCK_MS = {
    "sqlite": "CAST((julianday('now') - 2440587.5) * 86400000.0 AS INTEGER)",
    "postgresql": "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)",
}


@dataclass(frozen=True, slots=True)
class FencingToken:
    """One acquisition of a lease, named by every write under it."""

    name: str
    token: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """An applicant for a lease: a name for people, unique per process start, and proof of that process."""

    name: str
    process: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A held lease; times are the database's. ``purpose`` is the id of a plan."""

    fence: FencingToken
    holder: Holder
    purpose: str
    since: Instant
    renewed: Instant
    until: Instant
    is_over: bool

    @property
    def run(self) -> str:
        """The holder and this acquisition."""
        return run_name(self.holder, self.fence)


def run_name(holder: Holder, fence: FencingToken) -> str:
    """Name one acquisition: host, process, process start, token."""
    return f"{holder.name}/{fence.token}"


class Leases:
    """All leases, by name, such as ``execute CLUSTER-ID``.

    Errors: StoreUnavailable.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def acquire(
        self,
        name: str,
        holder: Holder,
        *,
        ttl_ms: int,
        purpose: str = "",
        over: FencingToken | None = None,
    ) -> FencingToken | None:
        """Acquire a lease that is free or expired; None where it is held, even by an earlier run of its holder.

        ``over`` is an acquisition whose process is known to have ended: it need not have expired.
        """
        with self._database.writing() as connection:
            now = clock_ms(connection)
            insert = insert_into(connection, LEASES).values(
                name=name, holder=holder.name, process=holder.process, purpose=purpose, token=1,
                since_ms=now, renewed_ms=now, until_ms=now + ttl_ms,
            )  # fmt: skip
            new = insert.excluded
            open_to_us = or_(LEASES.c.holder == FREE, LEASES.c.until_ms <= now)
            if over is not None:
                open_to_us = or_(open_to_us, LEASES.c.token == over.token)
            taken = insert.on_conflict_do_update(
                index_elements=["name"],
                set_={
                    "token": LEASES.c.token + 1,
                    **{c: new[c] for c in ("holder", "process", "purpose")},
                    **{c: new[c] for c in ("since_ms", "renewed_ms", "until_ms")},
                },
                where=open_to_us,
            )
            token = connection.execute(taken.returning(LEASES.c.token)).scalar()
        return None if token is None else FencingToken(name, token)

    def renew(self, fence: FencingToken, *, ttl_ms: int) -> None:
        """Extend a lease; an expired one is extended unless another run has acquired it.

        Errors: LeaseLost, permanently.
        """
        with self._database.writing() as connection:
            now = clock_ms(connection)
            query = update(LEASES).where(*_ours(fence)).returning(LEASES.c.token)
            found = connection.execute(query.values(renewed_ms=now, until_ms=now + ttl_ms))
            if found.scalar() is None:
                raise _lost(connection, fence)

    def find(self, name: str) -> Lease | None:
        """Return the lease's holder, expired or not; None where it is free."""
        with self._database.reading() as connection:
            is_over = (LEASES.c.until_ms <= clock_ms(connection)).label("is_over")
            query = select(LEASES, is_over).where(LEASES.c.name == name, LEASES.c.holder != FREE)
            row = connection.execute(query).mappings().first()
        return None if row is None else _lease(row)

    def release(self, fence: FencingToken) -> None:
        """Release a lease; one that another run has acquired stays as it is."""
        with self._database.writing() as connection:
            connection.execute(update(LEASES).where(*_ours(fence)).values(holder=FREE, until_ms=0))

    def revoke(self, fence: FencingToken) -> bool:
        """Revoke a lease, so that its holder's writes are refused; False where another run has acquired it."""
        with self._database.writing() as connection:
            query = update(LEASES).where(*_ours(fence)).returning(LEASES.c.token)
            freed = query.values(holder=FREE, until_ms=0, token=LEASES.c.token + 1)
            return connection.execute(freed).scalar() is not None


def require(connection: Connection, fence: FencingToken) -> None:
    """Let the caller's transaction continue only under the newest token; the lease cannot be acquired until it ends.

    Errors: LeaseLost.
    """
    query = select(LEASES.c.token).where(*_ours(fence)).with_for_update()
    if connection.execute(query).scalar() is None:
        raise _lost(connection, fence)


def clock_ms(connection: Connection) -> ColumnElement[int]:
    """Return the database's clock as an expression: milliseconds since 1970."""
    return literal_column(_CLOCK_MS[connection.dialect.name])


def _ours(fence: FencingToken) -> tuple[Any, ...]:
    return (
        LEASES.c.name == fence.name,
        LEASES.c.token == fence.token,
        LEASES.c.holder != FREE,
    )


def _lost(connection: Connection, fence: FencingToken) -> LeaseLost:
    query = select(LEASES.c.holder).where(LEASES.c.name == fence.name)
    holder = connection.execute(query).scalar()
    who = f"{holder} holds it now" if holder else "it was released or revoked"
    return LeaseLost(
        f"this run lost the lease for changes to the cluster: {who}",
        remedy=Hint("wait until the holder has finished, then check with: ", steward("plan list")),
    )


def _lease(row: RowMapping) -> Lease:
    return Lease(
        fence=FencingToken(row["name"], row["token"]),
        holder=Holder(name=row["holder"], process=row["process"]),
        purpose=row["purpose"],
        since=Instant(row["since_ms"]),
        renewed=Instant(row["renewed_ms"]),
        until=Instant(row["until_ms"]),
        is_over=bool(row["is_over"]),
    )
