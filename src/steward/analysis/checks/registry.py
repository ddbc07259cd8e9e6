"""Checks and the objects that they judge."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from steward.analysis.checks.facts import Facts
from steward.model.acl import AclBinding
from steward.model.broker import Broker
from steward.model.finding import Confidence, Evidence, Nature, ObjectRef, Remedy, Severity
from steward.model.group import Group
from steward.model.quota import QuotaEntry, entity_text
from steward.model.snapshot import Part
from steward.model.topic import Topic
from steward.model.transaction import Transaction
from steward.model.user import ScramUser

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundState:
    """What a check function yields; the runner adds name, severity by policy, and waiver.

    ``severity`` is set only if it differs from the check's default. ``topic`` is the topic whose criticality applies,
    if the object is not the topic itself.
    """

    object: ObjectRef
    summary: str
    evidence: tuple[Evidence, ...]
    remedy: Remedy
    severity: Severity | None = None
    confidence: Confidence = Confidence.OBSERVED
    topic: str | None = None


@dataclass(frozen=True, slots=True)
class Subjects(Generic[T]):
    """The objects that a check judges: how to list them, and the name of one."""

    kind: str
    list: Callable[[Facts], Iterable[T]]
    name: Callable[[T], str]

    def ref(self, subject: T) -> ObjectRef:
        """Return the object reference of one subject."""
        return ObjectRef(self.kind, self.name(subject))


def quota_name(entry: QuotaEntry) -> str:
    """Return a quota entity's name as kafka-configs writes it, ``user=alice,client-id=<default>``."""
    return entity_text(entry.entity)


def acl_name(acl: AclBinding) -> str:
    """Return an ACL as one phrase."""
    pattern = "" if acl.pattern_type == "LITERAL" else f"{acl.pattern_type} "
    return (
        f"{acl.permission} {acl.principal} {acl.operation} on "
        f"{pattern}{acl.resource_type} {acl.resource_name} from {acl.host}"
    )


CLUSTER: Subjects[None] = Subjects("cluster", lambda _: (None,), lambda _: "cluster")
TOPICS: Subjects[Topic] = Subjects("topic", lambda f: f.topics, lambda t: t.name)
USER_TOPICS: Subjects[Topic] = Subjects(
    "topic", lambda f: (t for t in f.topics if not t.is_internal), lambda t: t.name
)
TOPICS_AND_DEFAULTS: Subjects[Topic | None] = Subjects(
    "topic", lambda f: (None, *f.topics), lambda t: t.name if t else "defaults of the brokers"
)
"""The defaults that topics inherit (None) and each topic: an inherited value is one finding, not one per topic."""
BROKERS: Subjects[Broker] = Subjects("broker", lambda f: f.brokers, lambda b: str(b.id))
GROUPS: Subjects[Group] = Subjects("group", lambda f: f.groups, lambda g: g.id)
ACLS: Subjects[AclBinding] = Subjects("acl", lambda f: f.acls, acl_name)
QUOTAS: Subjects[QuotaEntry] = Subjects("quota", lambda f: f.quotas, quota_name)
USERS: Subjects[ScramUser] = Subjects("user", lambda f: f.users, lambda u: u.name)
TRANSACTIONS: Subjects[Transaction] = Subjects(
    "transaction", lambda f: f.transactions, lambda t: t.transactional_id
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One rule: the bad state that it is named for, the parts that it reads, and the function that finds it."""

    name: str
    id: str
    severity: Severity
    nature: Nature
    parts: frozenset[Part]
    subjects: Subjects[Any]
    examine: Callable[[Facts, Any], Iterator[FoundState]]
    needs_history: bool
    """without an earlier snapshot the check can judge nothing"""
    asks_history: bool
    """some of the check's findings need an earlier snapshot"""
    doc: str

    @property
    def headline(self) -> str:
        """The docstring's first line."""
        return self.doc.split("\n", 1)[0]


def check(
    id: str,
    severity: Severity,
    *,
    over: Subjects[T],
    parts: Iterable[Part],
    nature: Nature = Nature.POSTURE,
    needs_history: bool = False,
    asks_history: bool = False,
) -> Callable[[Callable[[Facts, T], Iterator[FoundState]]], Check]:
    """Make a check from a generator function ``(facts, subject) -> Iterator[FoundState]``.

    Errors: ValueError for a function without docstring, at import.
    """

    def make(examine: Callable[[Facts, T], Iterator[FoundState]]) -> Check:
        name = examine.__name__
        if not examine.__doc__:
            raise ValueError(f"check {name} has no docstring")
        return Check(
            name=name,
            id=id,
            severity=severity,
            nature=nature,
            parts=frozenset(parts),
            subjects=over,
            examine=examine,
            needs_history=needs_history,
            asks_history=asks_history or needs_history,
            doc=examine.__doc__,
        )

    return make
