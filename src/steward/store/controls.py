"""Control of plans that run in another process, and their progress: one process writes, another reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update

from steward.model.instant import Instant
from steward.store.database import Database
from steward.store.documents import keyed, read_keyed
from steward.store.inserting import insert_into
from steward.store.leases import FencingToken, require
from steward.store.tables import PLAN_CONTROL, PLAN_PROGRESS


@dataclass(frozen=True, slots=True)
class PlanControl:
    """The requested action (``go``, ``pause``, ``cancel``), and the run that executes the plan, as leases name it."""

    wanted: str
    holder: str


@dataclass(frozen=True, slots=True)
class KeptProgress:
    """Progress of a plan, as plain data."""

    at: Instant
    body: Mapping[str, Any]


class Controls:
    """The plans of all clusters that move data."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(
        self, plan_id: str, holder: str, wanted: str, fence: FencingToken, *, now_ms: int
    ) -> None:
        """Write which run executes a plan from now on, and the requested action.

        Errors: StoreUnavailable; LeaseLost where another run has the lease.
        """
        row = {"plan_id": plan_id, "wanted": wanted, "holder": holder, "at_ms": now_ms}
        with self._database.writing() as connection:
            require(connection, fence)
            insert = insert_into(connection, PLAN_CONTROL).values(row)
            connection.execute(insert.on_conflict_do_update(index_elements=["plan_id"], set_=row))

    def want(self, plan_id: str, wanted: str, *, now_ms: int) -> bool:
        """Request an action of a plan; return whether the plan was ever started.

        Errors: StoreUnavailable.
        """
        query = (
            update(PLAN_CONTROL).where(PLAN_CONTROL.c.plan_id == plan_id)
            .values(wanted=wanted, at_ms=now_ms).returning(PLAN_CONTROL.c.plan_id)
        )  # fmt: skip
        with self._database.writing() as connection:
            return connection.execute(query).scalar() is not None

    def find(self, plan_id: str) -> PlanControl | None:
        """Return the requested action of a plan, None where it was never started.

        Errors: StoreUnavailable.
        """
        query = select(PLAN_CONTROL).where(PLAN_CONTROL.c.plan_id == plan_id)
        with self._database.reading() as connection:
            row = connection.execute(query).mappings().first()
        return PlanControl(row["wanted"], row["holder"]) if row else None

    def tell(
        self, plan_id: str, body: Mapping[str, Any], fence: FencingToken, *, now_ms: int
    ) -> None:
        """Replace the progress of a plan.

        Errors: StoreUnavailable; LeaseLost where another run has the lease.
        """
        row = {"plan_id": plan_id, "at_ms": now_ms, "body": keyed(plan_id, body)}
        with self._database.writing() as connection:
            require(connection, fence)
            insert = insert_into(connection, PLAN_PROGRESS).values(row)
            connection.execute(insert.on_conflict_do_update(index_elements=["plan_id"], set_=row))

    def progress(self, plan_id: str) -> KeptProgress | None:
        """Return the progress of a plan, None where it moved nothing.

        Errors: StoreUnavailable.
        """
        query = select(PLAN_PROGRESS).where(PLAN_PROGRESS.c.plan_id == plan_id)
        with self._database.reading() as connection:
            row = connection.execute(query).mappings().first()
        if row is None:
            return None
        body = read_keyed("progress of plan", plan_id, row["body"], self._database.place)
        return KeptProgress(Instant(row["at_ms"]), body)
