"""A group's current and target positions, read for its own partitions only, as offsets and as times."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from steward.analysis.lag.search_pool import SearchPool, TimestampQuestion
from steward.analysis.lag.timestamp_search import TimestampSearch
from steward.cluster.ports import Observer, Scope
from steward.cluster.timestamp_search import search_timestamps
from steward.commands.api.context import Context
from steward.commands.api.matching import chosen
from steward.commands.api.observation import overlaid
from steward.model.command import Hint, steward
from steward.model.error import NotAuthorized, ObjectNotFound, StewardError
from steward.model.group import Group, GroupDetail
from steward.model.instant import Instant
from steward.model.names import TopicPartition
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.topic import PartitionOffsets
from steward.model.unknown import NotApplicable, Observed, Unknown, Why, value_or
from steward.model.wording import few

T = TypeVar("T")

BUDGET = 5_000
"""Maximum number of timestamp queries per command."""
_PASSES = 3
"""Searches for one record: each narrows the time by a factor of several million."""

_NOTHING_THERE = NotApplicable("end of the log: no record there yet")
_NOT_SETTLED = Unknown(
    Why.TRUNCATED,
    f"the record was not read (needs READ on the topic), and {BUDGET:,} timestamp queries did not find it",
)
_NO_COMMIT = NotApplicable("no committed offset")

KnownInstant = Instant | Unknown | NotApplicable


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPosition:
    """A group as observed: None where it does not exist; its commits; and the logs of the relevant topics."""

    group: Group | None
    committed: Mapping[TopicPartition, int]
    offsets: Mapping[TopicPartition, PartitionOffsets | Unknown]
    snapshot: ClusterSnapshot

    @property
    def existing(self) -> tuple[TopicPartition, ...]:
        """The existing partitions of the relevant topics."""
        return tuple(p.key for t in value_or(self.snapshot.topics, ()) for p in t.partitions)

    def is_compacted(self, topic: str) -> bool:
        """Return whether offsets of a topic's log may have no record."""
        configs = value_or(self.snapshot.topic_configs, {}).get(topic)
        if configs is None or isinstance(configs, Unknown):
            return False
        policy = configs.get("cleanup.policy")
        return policy is not None and "compact" in (policy.value or "")


def group_position(
    observer: Observer, context: Context, group: str, more_topics: Iterable[str] = ()
) -> GroupPosition:
    """Read a group, its commits, and the logs of the topics with commits, and of other given topics.

    Errors: a fault where group or commits cannot be read: nothing can be planned without them.
    """
    own = Scope(groups=frozenset({group}))
    parts = frozenset({Part.IDENTITY, Part.GROUPS, Part.GROUP_OFFSETS})
    seen = observer.observe(parts, own, context.progress)
    found = next((g for g in seen_or_fault(seen.groups) if g.id == group), None)
    committed = committed_or_fault(seen, group)
    topics = frozenset({p.topic for p in committed} | set(more_topics))
    logs = frozenset({Part.TOPICS, Part.OFFSETS, Part.TOPIC_CONFIGS})
    scope = Scope(topics=topics, config_synonyms=False)
    seen = overlaid(seen, observer.observe(logs, scope, context.progress))
    return GroupPosition(
        group=found, committed=committed, offsets=seen_or_fault(seen.offsets), snapshot=seen
    )


def seen_or_fault(part: Observed[T] | Unknown) -> T:
    """Return a part's value.

    Errors: NotAuthorized, StewardError where it could not be read.
    """
    if isinstance(part, Observed):
        return part.value
    if part.why is Why.DENIED:
        raise NotAuthorized(str(part), acl=part.acl, remedy=f"add the ACL: {part.acl}")
    raise StewardError(str(part))


def committed_or_fault(seen: ClusterSnapshot, group: str) -> Mapping[TopicPartition, int]:
    """Return a group's commits, none where it does not exist.

    Errors: as `seen_or_fault`.
    """
    found = seen_or_fault(seen.group_offsets).get(group)
    if isinstance(found, Unknown):
        return seen_or_fault(found)
    return found.committed if found is not None else {}


def missing_group(observer: Observer, context: Context, group: str) -> StewardError:
    """Return the fault for a missing group, with the nearest existing name."""
    everything = observer.observe(frozenset({Part.GROUPS}), Scope(), context.progress)
    names = [g.id for g in value_or(everything.groups, ())]
    try:
        chosen((group,), names, "group")
    except ObjectNotFound as fault:
        return fault
    return ObjectNotFound(f"group {group} does not exist", object_name=group)


def has_members(group: Group | None) -> bool:
    """Return whether the group has active members: Kafka sets offsets only while it has none."""
    return group is not None and group.state not in ("Empty", "Dead")


def active_members(group: Group) -> tuple[str, str]:
    """Return the members, and how to stop them."""
    if not isinstance(group.detail, GroupDetail):
        return f"the group is {group.state}", "stop its members first"
    members = group.detail.members
    clients = sorted({f"{m.client_id} on {m.host.lstrip('/')}" for m in members})
    static = [m.instance_id for m in members if m.instance_id]
    said = f"the group is {group.state}: {len(members)} active members ({few(clients, 3) or 'none is listed'})"
    remedy = Hint(
        "stop these processes, and run this again once the group is Empty: ",
        steward("group describe", group.id),
    )
    if static:
        leaves = steward("group remove-member", group.id, static[0])
        remedy = Hint(remedy, "; to remove a dead static member: ", leaves)
    return said, remedy


def timestamps_of(
    observer: Observer,
    context: Context,
    standing: GroupPosition,
    places: Iterable[tuple[TopicPartition, int | None]],
) -> Callable[[TopicPartition, int | None], KnownInstant]:
    """Find the timestamps of the records at given offsets; return a function that looks them up."""
    ends = {p: o.end for p, o in standing.offsets.items() if isinstance(o, PartitionOffsets)}
    questions = {
        (p, o): TimestampQuestion(
            partition=p, offset=o, end=ends[p], compacted=standing.is_compacted(p.topic)
        )
        for p, o in places
        if o is not None and o < ends.get(p, 0)
    }
    found: dict[tuple[TopicPartition, int], TimestampSearch | Unknown] = {}
    budget = BUDGET
    for _ in range(_PASSES):
        pool = SearchPool(
            questions.values(),
            now_ms=context.now_ms(),
            budget=budget,
            tolerance_ms=0,
            tolerance_ratio=0,
        )
        search_timestamps(pool, observer, context.progress)
        budget -= pool.asked
        found |= {key: pool.result(*key) for key in questions}
        questions = {key: _narrowed(q, found[key]) for key, q in questions.items()}

    def stamp(partition: TopicPartition, offset: int | None) -> KnownInstant:
        if offset is None:
            return _NO_COMMIT
        search = found.get((partition, offset), _NOTHING_THERE)
        return _instant(search) if isinstance(search, TimestampSearch) else search

    return stamp


def _narrowed(question: TimestampQuestion, found: TimestampSearch | Unknown) -> TimestampQuestion:
    """Continue where a search ended: its rounds are bounded, and the time of an old record takes more of them."""
    if isinstance(found, Unknown) or found.disputed:
        return question
    return replace(question, known_ms=(found.low_ms, found.high_ms))


def _instant(search: TimestampSearch) -> KnownInstant:
    if search.is_exact and search.low_ms is not None:
        return Instant(search.low_ms)
    return _NOT_SETTLED
