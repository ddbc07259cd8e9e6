"""Plans, the journal of their execution, and the audit log: written before and after every step, never changed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, and_, exists, insert, or_, select

from steward.documents.json_writing import json_text
from steward.documents.plan import DAMAGED, decode, plan_from_plain, plan_to_plain
from steward.model.command import Hint, steward
from steward.model.error import ObjectNotFound, UsageError, WrongDocument
from steward.model.instant import Instant
from steward.model.plan import INTERRUPTED, Plan, PlanStepStatus, StepResult
from steward.model.policy import Criticality
from steward.store.database import Database
from steward.store.documents import damaged, keyed, of_key, read_keyed
from steward.store.inserting import chunks, insert_into
from steward.store.leases import FencingToken, require
from steward.store.names import stored
from steward.store.rows import plain_of
from steward.store.tables import AUDIT_LOG, PLAN_JOURNAL, PLANS

_SHORTEST_PREFIX = 4
DAMAGED_OUTCOME = "damaged"
UNREADABLE = "(damaged: unreadable)"


class JournalEvent(StrEnum):
    """Kinds of journal entries."""

    STARTED = "started"
    INTENT = "intent"
    """these steps are about to be requested"""
    RESULT = "result"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One entry of a plan's journal; ``body`` is plain data."""

    event: JournalEvent
    at: Instant
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One entry of the audit log: who did what to which cluster, from where, and the result."""

    at: Instant
    cluster: str
    actor: str
    origin: str
    plan_id: str
    event: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditQuery:
    """A filter of the audit log: entries must match every set field; ``limit`` keeps the newest, 0 all.

    ``since_ms`` is inside, ``until_ms`` is not; ``clusters`` are ids, None for all except ``other_clusters``; ``plan``
    is the beginning of an id.
    """

    since_ms: int | None = None
    until_ms: int | None = None
    actor: str = ""
    events: tuple[str, ...] = ()
    cluster: str = ""
    clusters: frozenset[str] | None = None
    other_clusters: frozenset[str] = frozenset()
    plan: str = ""
    limit: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanHead:
    """A saved plan without its steps."""

    id: str
    cluster: str
    title: str
    made_by: str
    created_at: Instant
    expires_at: Instant
    outcome: str


def open_steps(entries: Iterable[JournalEntry]) -> frozenset[int]:
    """Return the requested steps of a journal without a certain result; see `Plans.attempted`."""
    earlier: set[int] = set()
    this_run: set[int] = set()
    for entry in entries:
        match entry.event:
            case JournalEvent.STARTED:
                earlier |= this_run
                this_run = set()
            case JournalEvent.INTENT:
                this_run |= set(entry.body["steps"])
            case JournalEvent.RESULT:
                index, status = entry.body["index"], PlanStepStatus(entry.body["status"])
                if status is PlanStepStatus.DONE:
                    earlier.discard(index)
                if status is not PlanStepStatus.UNSURE:
                    this_run.discard(index)
            case JournalEvent.ENDED:
                pass
    return frozenset(earlier | this_run)


def _journal_of(plan_id: Any) -> Select[Any]:
    return select(PLAN_JOURNAL.c.id).where(PLAN_JOURNAL.c.plan_id == plan_id)


class Plans:
    """Everything that was planned and done.

    No line is deleted, and what was done is never rewritten. A plan that was not executed yet is saved again when it is
    made again: with new times.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(
        self,
        plan: Plan,
        criticality: Mapping[str, Criticality] | None = None,
        *,
        cluster_name: str = "",
        dry_run: bool = False,
    ) -> None:
        """Save a plan that was made here, or (``criticality`` None) one that was handed over.

        ``criticality`` is what manifests said of its topics, from the command that read them and made the plan of them:
        the plan's own word does not count. Made again before it was executed, a plan gets its new times and maker;
        handed over, or executed already, it stays as it is. ``cluster_name`` is the profile that chose the cluster.
        ``dry_run``: `heads` lists it on request alone.
        Errors: StoreUnavailable.
        """
        row = {
            "id": plan.id,
            "cluster": plan.cluster_id,
            "created_ms": plan.created_at.ms,
            "body": json_text(plan_to_plain(plan)),
            "criticality": json_text({t: level.value for t, level in (criticality or {}).items()}),
            "cluster_name": stored(cluster_name) if cluster_name else None,
            "dry_run": dry_run,
        }
        with self._database.writing() as connection:
            insertion = insert_into(connection, PLANS)
            if criticality is None:
                insertion = insertion.on_conflict_do_nothing()
            else:
                new = insertion.excluded
                insertion = insertion.on_conflict_do_update(
                    index_elements=[PLANS.c.id],
                    set_={
                        "created_ms": new.created_ms,
                        "body": new.body,
                        "criticality": new.criticality,
                        "cluster_name": new.cluster_name,
                        "dry_run": and_(PLANS.c.dry_run.is_not(False), new.dry_run),
                    },
                    where=~exists(_journal_of(plan.id)),
                )
            connection.execute(insertion, [row])

    def begun(self, plan_id: str) -> bool:
        """Tell whether an execution of a plan was ever begun.

        Errors: StoreUnavailable.
        """
        with self._database.reading() as connection:
            return connection.execute(_journal_of(plan_id).limit(1)).first() is not None

    def find(self, prefix: str) -> Plan:
        """Return the plan with this id prefix.

        Errors: ObjectNotFound; UsageError where several match or the prefix is too short; StoreUnavailable.
        """
        if len(prefix) < _SHORTEST_PREFIX or not prefix.isalnum():
            raise UsageError(
                f"{prefix!r} is not a plan id",
                remedy=Hint(
                    f"give at least its first {_SHORTEST_PREFIX} characters: ", steward("plan list")
                ),
            )
        query = select(PLANS).where(PLANS.c.id.startswith(prefix, autoescape=True)).limit(2)
        with self._database.reading() as connection:
            found = [(str(row.id), str(row.body)) for row in connection.execute(query)]
        if not found:
            raise ObjectNotFound(
                f"plan {prefix} does not exist in the store {self._database.place}",
                remedy=Hint("list them with: ", steward("plan list")),
                object_name=prefix,
            )
        if len(found) > 1:
            raise UsageError(f"several plans begin with {prefix}", remedy="give more of the id")
        key, body = found[0]
        plan = plan_from_plain(plain_of(body), f"plan {prefix} in the store")
        of_key("plan", key, plan.id, self._database.place)
        return plan

    def criticality(self, plan_id: str) -> Mapping[str, Criticality]:
        """Return the declared criticality of a plan's topics, from when this store saved it; empty where there is none.

        Errors: StoreUnavailable.
        """
        query = select(PLANS.c.criticality).where(PLANS.c.id == plan_id)
        with self._database.reading() as connection:
            found = connection.execute(query).scalar()
        levels: Mapping[str, Any] = (plain_of(found) or {}) if found else {}
        try:
            return {topic: Criticality(level) for topic, level in levels.items()}
        except ValueError:
            raise damaged("criticality of plan", plan_id, self._database.place) from None

    def heads(
        self,
        limit: int,
        *,
        clusters: frozenset[str] | None = None,
        other_clusters: frozenset[str] = frozenset(),
        dry_runs: bool = False,
    ) -> tuple[PlanHead, ...]:
        """Return the newest plans, newest first, with how each ended last: empty where it never ran.

        ``clusters`` are ids; None: all clusters except ``other_clusters``. Plans that only a dry run made are left out
        without ``dry_runs``, except where they were executed since.
        Errors: StoreUnavailable.
        """
        query = select(PLANS).order_by(PLANS.c.created_ms.desc(), PLANS.c.id).limit(limit)
        if clusters is not None:
            query = query.where(PLANS.c.cluster.in_(clusters))
        if other_clusters:
            query = query.where(PLANS.c.cluster.not_in(other_clusters))
        if not dry_runs:
            query = query.where(or_(PLANS.c.dry_run.is_not(True), exists(_journal_of(PLANS.c.id))))
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
        return tuple(self._head(row) for row in rows)

    def _head(self, row: Any) -> PlanHead:
        """Return a row's summary; of a damaged one what other columns contain."""
        title = UNREADABLE
        try:
            body = plain_of(row.body) or {}
            of_key("plan", row.id, str(body["id"]), self._database.place)
            return PlanHead(
                id=row.id,
                cluster=str(body["cluster_id"]),
                title=str(body["title"]),
                made_by=str(body["made_by"]),
                created_at=Instant(int(body["created_at"])),
                expires_at=Instant(int(body["expires_at"])),
                outcome=self.outcome(row.id),
            )
        except WrongDocument as fault:
            title = f"cannot be used: {fault.summary}"
        except DAMAGED:
            pass
        at = Instant(row.created_ms)
        return PlanHead(
            id=row.id, cluster=row.cluster, title=title, made_by="", created_at=at, expires_at=at,
            outcome=DAMAGED_OUTCOME,
        )  # fmt: skip

    def outcome(self, plan_id: str) -> str:
        """Return the result of a plan's last run, ``interrupted`` where none was recorded; empty where it never ran.

        Errors: StoreUnavailable.
        """
        entries = self.journal(plan_id)
        if not entries:
            return ""
        last = entries[-1]
        return (
            str(last.body.get("outcome", "")) if last.event is JournalEvent.ENDED else INTERRUPTED
        )

    def results(self, plan_id: str) -> dict[int, StepResult]:
        """Return the last recorded result of each step.

        Errors: StoreUnavailable.
        """
        found: dict[int, StepResult] = {}
        for entry in self.journal(plan_id):
            if entry.event is JournalEvent.RESULT:
                try:
                    result: StepResult = decode(StepResult, entry.body)
                except DAMAGED:
                    raise damaged("journal of plan", plan_id, self._database.place) from None
                found[result.index] = result
        return found

    def attempted(self, plan_id: str) -> frozenset[int]:
        """Return the steps that were requested and have no certain result.

        *done* ends an attempt, and so does a refusal in the run that sent the request. *unsure* does not, nor does the
        result of a later run that sent no request: if such a step is then observed in place, this plan made the change.
        Errors: StoreUnavailable.
        """
        return open_steps(self.journal(plan_id))

    def ever_attempted(self, plan_id: str) -> frozenset[int]:
        """Return the steps that were ever about to be requested, with any result.

        Errors: StoreUnavailable.
        """
        intents = (e for e in self.journal(plan_id) if e.event is JournalEvent.INTENT)
        return frozenset(index for entry in intents for index in entry.body["steps"])

    def undoing(self, plan_id: str) -> tuple[str, ...]:
        """Return the ids of the plans created to undo a plan, oldest first.

        Errors: StoreUnavailable.
        """
        query = select(PLANS).where(PLANS.c.body.contains(plan_id)).order_by(PLANS.c.created_ms)
        with self._database.reading() as connection:
            rows = [(str(row.id), plain_of(row.body) or {}) for row in connection.execute(query)]
        return tuple(
            key for key, body in rows if body.get("undoes") == plan_id and body.get("id") == key
        )  # fmt: skip

    def journal(self, plan_id: str) -> tuple[JournalEntry, ...]:
        """Return the journal of a plan's execution, oldest first.

        Errors: StoreUnavailable.
        """
        query = (
            select(PLAN_JOURNAL).where(PLAN_JOURNAL.c.plan_id == plan_id)
            .order_by(PLAN_JOURNAL.c.id)
        )  # fmt: skip
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
        return tuple(self._entry(plan_id, row) for row in rows)

    def _entry(self, plan_id: str, row: Any) -> JournalEntry:
        body = read_keyed("journal of plan", plan_id, row.body, self._database.place)
        if row.event not in set(JournalEvent):
            raise damaged("journal of plan", plan_id, self._database.place)
        return JournalEntry(JournalEvent(row.event), Instant(row.at_ms), body)

    def write(self, plan_id: str, entries: Iterable[JournalEntry], fence: FencingToken) -> None:
        """Append entries, all or none; they are on disk when this returns.

        Errors: StoreUnavailable; LeaseLost where another run has the lease: nothing is written.
        """
        rows = [
            {"plan_id": plan_id, "at_ms": e.at.ms, "event": e.event.value, "body": keyed(plan_id, e.body)}
            for e in entries
        ]  # fmt: skip
        with self._database.writing() as connection:
            require(connection, fence)
            for piece in chunks(rows):
                connection.execute(insert(PLAN_JOURNAL), piece)

    def audit(self, entry: AuditEntry) -> None:
        """Append an entry to the audit log.

        Errors: StoreUnavailable.
        """
        row = {
            "at_ms": entry.at.ms,
            "cluster": entry.cluster,
            "actor": entry.actor,
            "origin": entry.origin,
            "plan_id": entry.plan_id,
            "event": entry.event,
            "detail": entry.detail,
        }
        with self._database.writing() as connection:
            connection.execute(insert(AUDIT_LOG), [row])

    def noted(
        self, cluster: str | None, event: str, since: Instant | None = None
    ) -> tuple[AuditEntry, ...]:
        """Return audit entries of one kind about a cluster (None: any), newest first; all, or since a time.

        Errors: StoreUnavailable.
        """
        query = (
            select(AUDIT_LOG).where(AUDIT_LOG.c.event == event)
            .order_by(AUDIT_LOG.c.id.desc())
        )  # fmt: skip
        if cluster is not None:
            query = query.where(AUDIT_LOG.c.cluster == cluster)
        if since is not None:
            query = query.where(AUDIT_LOG.c.at_ms >= since.ms)
        return self._entries(query)

    def audited(self, plan_id: str) -> tuple[AuditEntry, ...]:
        """Return the audit entries about a plan, oldest first.

        Errors: StoreUnavailable.
        """
        query = select(AUDIT_LOG).where(AUDIT_LOG.c.plan_id == plan_id).order_by(AUDIT_LOG.c.id)
        return self._entries(query)

    def audit_log(self, asked: AuditQuery) -> tuple[AuditEntry, ...]:
        """Return audit entries, oldest first.

        Errors: StoreUnavailable.
        """
        table = AUDIT_LOG.c
        query = select(AUDIT_LOG).order_by(table.id.desc())
        if asked.since_ms is not None:
            query = query.where(table.at_ms >= asked.since_ms)
        if asked.until_ms is not None:
            query = query.where(table.at_ms < asked.until_ms)
        if asked.actor:
            query = query.where(table.actor == asked.actor)
        if asked.events:
            query = query.where(table.event.in_(asked.events))
        if asked.cluster:
            query = query.where(table.cluster == asked.cluster)
        if asked.clusters is not None:
            query = query.where(table.cluster.in_(asked.clusters))
        if asked.other_clusters:
            query = query.where(table.cluster.not_in(asked.other_clusters))
        if asked.plan:
            query = query.where(table.plan_id.startswith(asked.plan, autoescape=True))
        return self._entries(query.limit(asked.limit) if asked.limit else query)[::-1]

    def _entries(self, query: Select[Any]) -> tuple[AuditEntry, ...]:
        with self._database.reading() as connection:
            return tuple(
                AuditEntry(
                    at=Instant(row.at_ms),
                    cluster=row.cluster,
                    actor=row.actor,
                    origin=row.origin,
                    plan_id=row.plan_id,
                    event=row.event,
                    detail=row.detail,
                )
                for row in connection.execute(query)
            )
