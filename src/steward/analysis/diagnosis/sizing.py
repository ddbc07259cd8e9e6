"""Capacity of a group in readable form: arrivals, throughput of a member, and the number of members needed."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf
from typing import Annotated

from steward.analysis.diagnosis.capacity import (
    TARGET_UTILISATION,
    CapacityAdvice,
    GroupLoad,
    MemberCountForecast,
    advise,
    outlook,
)
from steward.analysis.diagnosis.input import DiagnosisInput
from steward.analysis.diagnosis.record_keys import is_keyed
from steward.analysis.diagnosis.workload import active, loads_of, service_rate_of
from steward.model.doc import Doc
from steward.model.group import GroupType
from steward.model.membership import idle_members
from steward.model.record_key import KeySample
from steward.model.unknown import NotApplicable, Unknown, Why
from steward.model.wording import count, duration, few

_NOT_MEASURED = Unknown(
    Why.NEEDS_HISTORY,
    "a member's throughput is measurable only while it always has work, or from its poll-idle-ratio",
)
_NO_MEMBERS = NotApplicable("the group has no members")
_DERIVED = NotApplicable("it depends on the service rate, which is unknown")
_STREAMS_MARKS = ("-repartition", "-changelog")


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """The group with a given number of members, the partitions spread evenly."""

    members: int
    busiest_partitions: Annotated[int, Doc("partitions of the busiest member")]
    capacity_per_second: Annotated[float, Doc("records per second that the group sustains")]
    utilisation: Annotated[float, Doc("arrivals as a share of that; from 1 on lag grows")]
    catch_up_seconds: Annotated[float | None, Doc("until the backlog is gone; null: never")]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupCapacity:
    """Whether the members keep up, how many would, and what else helps. Rates are records per second."""

    partitions: Annotated[int, Doc("partitions that can be distributed over members")]
    members: Annotated[int, Doc("members with at least one of them")]
    members_total: Annotated[int, Doc("all members, including idle ones")]
    idle_members: Annotated[int, Doc("members without a partition: they add no throughput")]
    arrivals_per_second: Annotated[float, Doc("records that arrive")]
    consumed_per_second: Annotated[float, Doc("records that are committed")]
    backlog_records: Annotated[int, Doc("unread records")]
    service_rate_per_member: Annotated[
        float | Unknown | NotApplicable, Doc("records per second that one member processes")
    ]
    service_seconds: Annotated[float | NotApplicable, Doc("time for one record")]
    utilisation: Annotated[
        float | NotApplicable,
        Doc("arrivals as a share of what the group sustains when spread evenly"),
    ]
    busiest_utilisation: Annotated[
        float | NotApplicable, Doc("the same of the busiest member, with the present assignment")
    ]
    target_utilisation: Annotated[float, Doc("utilisation to stay below")]
    members_needed: Annotated[
        int | NotApplicable | None,
        Doc("members that meet the target; null: there are too few partitions"),
    ]
    partitions_needed: Annotated[
        int | NotApplicable | None,
        Doc("partitions that meet it with one member each; null: not needed"),
    ]
    service_seconds_needed: Annotated[
        float | NotApplicable,
        Doc("time for one record at which one member per partition meets the target"),
    ]
    service_seconds_needed_now: Annotated[
        float | NotApplicable,
        Doc("time for one record at which the present members meet the target"),
    ]
    catch_up_seconds: Annotated[
        float | Unknown | None, Doc("until caught up at the current rates; null: never")
    ]
    options: Annotated[
        tuple[Option, ...], Doc("now, and every number of members that relieves the busiest one")
    ]
    advice: Annotated[tuple[str, ...], Doc("recommendations, the first to try first")]
    cautions: Annotated[tuple[str, ...], Doc("when not to add partitions or members")]


def capacity_of(case: DiagnosisInput) -> GroupCapacity:
    """Compute a group's capacity from its samples."""
    members = max(1, len(active(loads_of(case))) or len(case.members)) if case.members else 0
    partitions = sharable_partitions(case)
    rate = _service_rate(case, members)
    if rate is None or not members or not partitions:
        return _unknown(case, members, partitions)
    load = GroupLoad(
        partitions=partitions,
        members=members,
        arrivals_per_second=case.arrivals,
        service_seconds=1 / rate,
        backlog_records=case.unread,
    )
    return _known(case, load)


def _service_rate(case: DiagnosisInput, members: int) -> float | None:
    if case.is_pooled:
        return (
            case.consumed / members if members and case.backlogged and case.consumed > 0 else None
        )
    return service_rate_of(loads_of(case))


def sharable_partitions(case: DiagnosisInput) -> int:
    """Return how many members can have work: the partitions read, or with the range assignor the largest topic's."""
    assigned = {p for m in case.members for p in m.assignment}
    read = [r.partition for r in case.rows if not assigned or r.partition in assigned]
    detail = case.group.detail if case.group else None
    if detail is not None and not isinstance(detail, Unknown) and detail.assignor == "range":
        return max(Counter(p.topic for p in read).values(), default=0)
    return len(read)


def _unknown(case: DiagnosisInput, members: int, partitions: int) -> GroupCapacity:
    return GroupCapacity(
        partitions=partitions,
        members=members,
        members_total=len(case.members),
        idle_members=len(idle_members(case.group)),
        arrivals_per_second=round(case.arrivals, 3),
        consumed_per_second=round(case.consumed, 3),
        backlog_records=case.unread,
        service_rate_per_member=_NOT_MEASURED if members else _NO_MEMBERS,
        service_seconds=_DERIVED,
        utilisation=_DERIVED,
        busiest_utilisation=_DERIVED,
        target_utilisation=TARGET_UTILISATION,
        members_needed=_DERIVED,
        partitions_needed=_DERIVED,
        service_seconds_needed=_DERIVED,
        service_seconds_needed_now=_DERIVED,
        catch_up_seconds=_catch_up(case),
        options=(),
        advice=(),
        cautions=(),
    )


def _catch_up(case: DiagnosisInput) -> float | Unknown | None:
    """Return in how many seconds the backlog is gone at the measured rates; None if never."""
    if case.unread == 0:
        return 0.0
    if not case.members:
        return None
    if not case.commits_move:
        return Unknown(Why.NEEDS_HISTORY, "no commit moved between samples")
    spare = case.consumed - case.arrivals
    return round(case.unread / spare, 1) if spare > 0 else None


def _known(case: DiagnosisInput, load: GroupLoad) -> GroupCapacity:
    found = advise(load)
    now = found.now
    return GroupCapacity(
        partitions=load.partitions,
        members=load.members,
        members_total=len(case.members),
        idle_members=len(idle_members(case.group)),
        arrivals_per_second=round(case.arrivals, 3),
        consumed_per_second=round(case.consumed, 3),
        backlog_records=case.unread,
        service_rate_per_member=round(load.service_rate, 3),
        service_seconds=round(load.service_seconds, 6),
        utilisation=round(now.utilisation, 3),
        busiest_utilisation=round(_busiest(case, load), 3),
        target_utilisation=TARGET_UTILISATION,
        members_needed=found.members_needed,
        partitions_needed=found.partitions_needed,
        service_seconds_needed=_finite(found.service_seconds_needed),
        service_seconds_needed_now=_finite(service_needed_now(load)),
        catch_up_seconds=_catch_up(case),
        options=tuple(_option(o) for o in _outlooks(load, found)),
        advice=tuple(advice_of(load, found, idle=len(idle_members(case.group)))),
        cautions=tuple(cautions_of(case)),
    )


def _busiest(case: DiagnosisInput, load: GroupLoad) -> float:
    """Return the utilisation of the busiest member, which decides if the load is uneven."""
    arrivals = [w.arrivals for w in loads_of(case)] or [case.arrivals / load.members]
    return max(arrivals) * load.service_seconds


def _finite(seconds: float) -> float | NotApplicable:
    return NotApplicable("no records arrive") if seconds == inf else round(seconds, 6)


def service_needed_now(load: GroupLoad) -> float:
    """Return the time per record at which the present members meet the target, in seconds."""
    if load.arrivals_per_second <= 0:
        return inf
    now = outlook(load, load.members)
    return load.service_seconds * TARGET_UTILISATION / now.utilisation


def _outlooks(load: GroupLoad, found: CapacityAdvice) -> Iterator[MemberCountForecast]:
    yield found.now
    steps = found.useful_steps
    chosen = steps if len(steps) <= 4 else (*steps[:3], steps[-1])
    for members in chosen:
        yield outlook(load, members)


def _option(found: MemberCountForecast) -> Option:
    return Option(
        members=found.members,
        busiest_partitions=found.partitions_of_the_busiest,
        capacity_per_second=round(found.capacity_per_second, 3),
        utilisation=round(found.utilisation, 3),
        catch_up_seconds=None
        if found.catch_up_seconds is None
        else round(found.catch_up_seconds, 1),
    )


def advice_of(load: GroupLoad, found: CapacityAdvice, *, idle: int = 0) -> Iterator[str]:
    """Yield recommendations: members first, then processing time, partitions last.

    ``load`` counts the members that read; ``idle`` members have no partition and come in addition.
    """
    now, best = found.now, found.best
    if now.utilisation <= TARGET_UTILISATION:
        yield (
            f"{count(load.members, 'member')} suffice{'s' if load.members == 1 else ''}: utilisation is "
            f"{percent(now.utilisation)}. If lag grows nevertheless, look for another cause"
        )
        return
    yield _members_first(load, found, idle)
    yield _faster(load, found)
    if best.utilisation > TARGET_UTILISATION and found.partitions_needed:
        yield _partitions_last(found.partitions_needed)


def _members_first(load: GroupLoad, found: CapacityAdvice, idle: int) -> str:
    steps, best = found.useful_steps, found.best
    if not steps:
        spare = (
            f", and {count(idle, 'member')} more {'is' if idle == 1 else 'are'} idle"
            if idle
            else ""
        )
        each = (
            "the only partition has a member"
            if load.partitions == 1
            else f"each of the {load.partitions} partitions has a member"
        )
        return f"more members do not help: {each} already{spare}"
    target = found.members_needed or steps[-1]
    chosen = outlook(load, target)
    scale = f"scale to {target} members"
    if not found.members_needed and best.utilisation >= 1:
        return (
            f"{scale}, but that is not enough: they process {best.capacity_per_second:,.0f} records/s, "
            f"{load.arrivals_per_second:,.0f} arrive{_in_between(load, found)}"
        )
    above = "" if found.members_needed else f" (above the target of {percent(TARGET_UTILISATION)})"
    falls = f"utilisation falls from {percent(found.now.utilisation)} to {percent(chosen.utilisation)}{above}"
    return f"{scale}: {falls}{_drained(load, chosen)}{_in_between(load, found)}"


def percent(share: float) -> str:
    """Write a utilisation: ``56%``."""
    return f"{share * 100:.0f}%"


def _drained(load: GroupLoad, chosen: MemberCountForecast) -> str:
    if chosen.catch_up_seconds is None or not load.backlog_records:
        return ""
    return f", the backlog of {load.backlog_records:,.0f} drains in {duration(chosen.catch_up_seconds)}"


def _in_between(load: GroupLoad, found: CapacityAdvice) -> str:
    """Return which numbers of members do not relieve the busiest one."""
    step = found.useful_steps[0]
    if step <= load.members + 1:
        return ""
    numbers = _few_numbers(load.members + 1, step - 1)
    most = count(found.now.partitions_of_the_busiest, "partition")
    return f". With {numbers} members the busiest one still reads {most}: no gain"


def _few_numbers(first: int, last: int) -> str:
    return str(first) if first == last else f"{first} to {last}"


def _faster(load: GroupLoad, found: CapacityAdvice) -> str:
    """Return the time per record at which the present members, or one per partition, meet the target."""
    needed = service_needed_now(load)
    suffice = "suffices" if load.members == 1 else "suffice"
    present = f"{count(load.members, 'member')} {suffice} at {duration(needed)} a record"
    full = (
        ""
        if load.members >= load.partitions
        else f", {load.partitions} members at {duration(found.service_seconds_needed)}"
    )
    return f"cheaper: cut processing time. {present} (now {duration(load.service_seconds)}){full}"


def _partitions_last(needed: int) -> str:
    return (
        f"last resort, because it cannot be undone: {needed} partitions and {needed} members. It helps only once each "
        "partition has a member of its own"
    )


def cautions_of(case: DiagnosisInput) -> Iterator[str]:
    """Yield when not to add partitions for this group, and how to check that more members help."""
    topics = sorted({r.partition.topic for r in case.rows})
    compacted = [t for t in topics if _policy(case, t) and "compact" in _policy(case, t)]
    if compacted:
        yield (
            f"{', '.join(compacted[:3])} is compacted, so its records have keys: with more partitions a key "
            "moves, and its old value stays forever in "
            "the old one"
        )
    if case.lag.type == GroupType.STREAMS.value or _is_streams(case, topics):
        yield "a Streams application keeps state per partition: more partitions break its joins and state stores"
    others = [t for t in topics if t not in compacted]
    if others:
        yield f"{_about_keys(case, others)}; {_LATEST}"
    yield (
        "each added member must raise the total by about the rate of one: if the first "
        "does not, a shared resource (a "
        "database, a CPU) is the limit, and more members make it worse"
    )


_LATEST = "consumers with auto.offset.reset=latest miss records written before they discover a new partition"


def _about_keys(case: DiagnosisInput, topics: Sequence[str]) -> str:
    """Return whether more partitions break per-key ordering, as far as keys were sampled."""
    seen = {p.topic: s for p, s in sorted(case.keys.items()) if isinstance(s, KeySample)}
    keyed = [t for t in topics if t in seen and is_keyed(seen[t])]
    if keyed:
        one = seen[keyed[0]]
        return (
            f"records of {few(keyed, 3)} have keys ({one.records - one.keyless:,} of {one.records:,} sampled): "
            "with more partitions most keys move, and per-key ordering breaks at the change"
        )
    if topics and all(t in seen for t in topics):
        records = sum(seen[t].records for t in topics)
        return f"no record of {few(topics, 3)} has a key ({records:,} sampled): more partitions break no ordering"
    return "if producers set keys, more partitions move keys, and per-key ordering breaks at the change"


def _policy(case: DiagnosisInput, topic: str) -> str:
    configs = case.topic_configs.get(topic)
    if configs is None or isinstance(configs, Unknown):
        return ""
    found = configs.get("cleanup.policy")
    return "" if found is None else found.value or ""


def _is_streams(case: DiagnosisInput, topics: Sequence[str]) -> bool:
    named = any(t.endswith(_STREAMS_MARKS) for t in topics)
    return named or any("-StreamThread-" in m.client_id for m in case.members)
