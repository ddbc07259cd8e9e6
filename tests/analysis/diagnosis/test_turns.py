"""Readers that read their partitions in turn, and readers that left one alone: simulated, then looked at.

An overloaded member serves one partition for as long as a fetch lasts: the others stand meanwhile, and that is no
pause. A paused partition is named as soon as its reader had time for it; until then it is a suspicion.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steward.analysis.diagnosis.client_report import ClientReport
from steward.analysis.diagnosis.decide import GroupDiagnosis, diagnose
from steward.analysis.diagnosis.input import DiagnosisInput
from steward.analysis.diagnosis.samples import GroupSample
from steward.analysis.lag.measure import group_lag
from steward.model.group import Group, GroupDetail, GroupType, Member
from steward.model.lag import Basis, LagSeconds, PartitionLag
from steward.model.names import TopicPartition
from steward.model.topic import PartitionOffsets
from steward.model.unknown import NotApplicable
from steward.model.verdict import Cause, Certainty

_STEP_S = 0.5
_NO_EPOCH = NotApplicable("classic groups have no epochs")
_BASE_S = 1_700_000_000.0


@dataclass(frozen=True, kw_only=True)
class Consumers:
    """A group, simulated: each member serves one partition for a turn, then its next that has records."""

    members: int
    partitions_each: int
    service_rate: float
    arrivals: float
    """records a second, on each partition"""
    turn_s: float
    commit_s: float = 1.0
    backlog: float = 0.0
    """seconds of arrivals that are unread when it begins"""
    paused: frozenset[int] = frozenset()
    weights: tuple[float, ...] = ()
    """of the arrivals on a member's partitions; even without"""

    def rate_of(self, partition: int) -> float:
        """Records a second that arrive on a partition."""
        if not self.weights:
            return self.arrivals
        place = partition % self.partitions_each
        return self.arrivals * self.partitions_each * self.weights[place] / sum(self.weights)

    def run(self, seconds: float) -> Iterator[tuple[float, Mapping[int, int], Mapping[int, int]]]:
        """Yield time, commits and ends, at each step."""
        readers = [_Reader(self, m) for m in range(self.members)]
        partitions = range(self.members * self.partitions_each)
        ends = {p: 1_000.0 + self.backlog * self.rate_of(p) for p in partitions}
        for step in range(round(seconds / _STEP_S) + 1):
            yield (
                step * _STEP_S,
                {p: int(c) for r in readers for p, c in r.committed.items()},
                {p: int(e) for p, e in ends.items()},
            )
            for partition in ends:
                ends[partition] += self.rate_of(partition) * _STEP_S
            for reader in readers:
                reader.work((step + 1) * _STEP_S, ends)


class _Reader:
    """One member: what it has read, and what of it is committed."""

    def __init__(self, group: Consumers, number: int) -> None:
        each = group.partitions_each
        self._group = group
        self._own = list(range(number * each, (number + 1) * each))
        self._read = dict.fromkeys(self._own, 1_000.0)
        self.committed = dict(self._read)
        self._at, self._until = (
            self._own[number % each],
            group.turn_s * (0.3 + 0.7 * (number + 1) / group.members),
        )
        self._commits_at = group.commit_s * (number + 1) / group.members

    def work(self, now: float, ends: Mapping[int, float]) -> None:
        left = self._group.service_rate * _STEP_S
        while left > 1e-9:
            if now >= self._until or self._unread(self._at, ends) <= 0:
                following = self._next(ends)
                if following is None:
                    break
                self._at, self._until = following, now + self._group.turn_s
            taken = min(left, self._unread(self._at, ends))
            self._read[self._at] += taken
            left -= taken
        if now >= self._commits_at:
            self._commits_at += self._group.commit_s
            self.committed = dict(self._read)

    def _unread(self, partition: int, ends: Mapping[int, float]) -> float:
        return (
            0.0 if partition in self._group.paused else int(ends[partition]) - self._read[partition]
        )

    def _next(self, ends: Mapping[int, float]) -> int | None:
        own, at = self._own, self._own.index(self._at)
        order = own[at + 1 :] + own[: at + 1]
        return next((p for p in order if self._unread(p, ends) > 0), None)


def looked_at(
    group: Consumers,
    *,
    begins_s: float,
    seconds: float,
    every: float,
    clients: Sequence[ClientReport] = (),
) -> GroupDiagnosis:
    """Diagnose a simulated group from looks over so many seconds, that begin so late."""
    seen = {at: (commits, ends) for at, commits, ends in group.run(begins_s + seconds)}
    times = [begins_s + i * every for i in range(int(seconds / every) + 1)]
    history = [(at, ends) for at, (_, ends) in seen.items()]
    members = tuple(_member(group, m) for m in range(group.members))
    looks = tuple(_look(at, *seen[at], members) for at in times)
    commits, ends = seen[times[-1]]
    rows = [_lag(p, commits[p], ends[p], times[-1], history, group) for p in sorted(ends)]
    return diagnose(
        DiagnosisInput(
            lag=group_lag("billing", "classic", "Stable", rows, objective_seconds=60.0),
            group_samples=looks,
            objective_seconds=60.0,
            now_ms=round((_BASE_S + times[-1]) * 1000),
            clients=tuple(clients),
        )
    )


def _member(group: Consumers, number: int) -> Member:
    own = range(number * group.partitions_each, (number + 1) * group.partitions_each)
    return Member(
        id=f"m{number}",
        instance_id=None,
        client_id=f"billing-{number}",
        host=f"host-{number}",
        epoch=_NO_EPOCH,
        subscribed_topics=("orders",),
        subscribed_regex=None,
        assignment=tuple(TopicPartition("orders", p) for p in own),
        target=_NO_EPOCH,
    )


def _look(
    at: float, commits: Mapping[int, int], ends: Mapping[int, int], members: tuple[Member, ...]
) -> GroupSample:
    detail = GroupDetail(
        assignor="cooperative-sticky", epoch=_NO_EPOCH, assignment_epoch=_NO_EPOCH, members=members
    )
    return GroupSample(
        at=_BASE_S + at,
        group=Group(
            id="billing", type=GroupType.CLASSIC, state="Stable", protocol_type="consumer", coordinator=1,
            detail=detail,
        ),
        committed={TopicPartition("orders", p): c for p, c in commits.items()},
        offsets={
            TopicPartition("orders", p): PartitionOffsets(start=0, end=e, last_stable=e)
            for p, e in ends.items()
        },
        topic_ids={"orders": "id"},
        leaders={TopicPartition("orders", p): (1, 1) for p in ends},
    )  # fmt: skip


def _lag(
    number: int,
    committed: int,
    end: int,
    now: float,
    history: Sequence[tuple[float, Any]],
    group: Consumers,
) -> PartitionLag:
    age = 0.0
    if end > committed:
        written = next((at for at, ends in history if ends[number] > committed), now)
        before = (1_000 - committed) / group.rate_of(number) + group.backlog
        age = now - written + max(0.0, before if written == 0 else 0.0)
    return PartitionLag(
        topic="orders",
        partition=number,
        committed_offset=committed,
        start_offset=0,
        end_offset=end,
        lag_records=end - committed,
        lost_records=0,
        flags=(),
        lag_seconds=LagSeconds(
            value=age, low=max(0.0, age - 0.5), high=age + 0.5, basis=Basis.CREATE_TIME
        ),
    )


def causes_of(found: GroupDiagnosis) -> list[Cause]:
    return [found.verdict.cause, *(v.cause for v in found.runners_up)]


LOOKS = st.sampled_from(
    [(12.0, 1.0), (20.0, 2.0), (42.0, 2.0), (42.0, 10.0), (60.0, 5.0), (120.0, 10.0), (300.0, 10.0)]
)


@st.composite
def overloaded(draw: st.DrawFn) -> Consumers:
    each = draw(st.integers(2, 5))
    service = draw(st.sampled_from([2.0, 5.0, 12.5, 50.0, 400.0]))
    load = draw(st.floats(1.12, 3.0))
    return Consumers(
        members=draw(st.integers(1, 5)),
        partitions_each=each,
        service_rate=service,
        arrivals=service * load / each,
        turn_s=draw(st.sampled_from([1.0, 5.0, 12.0, 30.0, 60.0, 200.0, 900.0])),
        commit_s=draw(st.sampled_from([0.5, 1.0, 5.0, 20.0])),
        backlog=draw(st.floats(70.0, 400.0)),
    )


@settings(max_examples=60, deadline=None)
@given(overloaded(), LOOKS, st.integers(0, 200))
def test_an_overloaded_reader_that_takes_turns_has_paused_nothing(
    group: Consumers, looks: tuple[float, float], begins: int
) -> None:
    found = looked_at(group, begins_s=float(begins), seconds=looks[0], every=looks[1])
    assert found.verdict.cause is not Cause.PARTITION_PAUSED, found.verdict.summary
    if looks[0] >= 3 * group.commit_s:
        assert found.verdict.cause is not Cause.CATCHING_UP, found.verdict.summary
    if looks[0] >= 6 * max(looks[1], group.commit_s):
        assert found.verdict.cause is Cause.UNDER_CAPACITY, found.verdict.summary
        rate = found.capacity.service_rate_per_member
        assert isinstance(rate, float)
        assert rate == pytest.approx(group.service_rate, rel=0.25, abs=1.0)


@st.composite
def with_time(draw: st.DrawFn) -> Consumers:
    """Draw readers of which the first has paused a partition, and has time for it."""
    each = draw(st.integers(2, 5))
    service = draw(st.sampled_from([2.0, 5.0, 12.5, 50.0, 400.0]))
    members = draw(st.integers(1, 5))
    return Consumers(
        members=members,
        partitions_each=each,
        service_rate=service,
        arrivals=service * draw(st.floats(0.1, 0.8)) / each,
        turn_s=draw(st.sampled_from([1.0, 5.0, 30.0, 200.0])),
        commit_s=draw(st.sampled_from([0.5, 1.0, 5.0, 20.0])),
        paused=frozenset({draw(st.integers(0, each - 1))}),
    )


@settings(max_examples=60, deadline=None)
@given(with_time(), st.sampled_from([1.0, 2.0, 5.0, 10.0]), st.integers(90, 300))
def test_a_partition_that_is_left_alone_by_a_reader_with_time_is_paused(
    group: Consumers, every: float, begins: int
) -> None:
    found = looked_at(group, begins_s=float(begins), seconds=max(60.0, 12 * every), every=every)
    if found.lag_records and max(m.lag_records for m in found.members) >= 20:
        assert found.verdict.cause is Cause.PARTITION_PAUSED, found.verdict.summary
        (paused,) = group.paused
        assert f"orders-{paused} does not move" in found.verdict.summary


@settings(max_examples=60, deadline=None)
@given(
    overloaded(), st.lists(st.floats(0.05, 1.0), min_size=5, max_size=5), LOOKS, st.integers(0, 200)
)
def test_nor_has_one_whose_partitions_get_unlike_much(
    group: Consumers, weights: list[float], looks: tuple[float, float], begins: int
) -> None:
    uneven = replace(group, weights=tuple(weights[: group.partitions_each]))
    found = looked_at(uneven, begins_s=float(begins), seconds=looks[0], every=looks[1])
    assert found.verdict.cause is not Cause.PARTITION_PAUSED, found.verdict.summary
    if looks[0] >= 3 * group.commit_s:
        assert found.verdict.cause is not Cause.CATCHING_UP, found.verdict.summary


@settings(max_examples=60, deadline=None)
@given(overloaded(), LOOKS, st.integers(100, 300))
def test_a_pause_on_a_busy_reader_is_a_suspicion_until_the_reader_has_time(
    group: Consumers, looks: tuple[float, float], begins: int
) -> None:
    group = replace(group, paused=frozenset({0}), turn_s=min(group.turn_s, looks[1]), backlog=300.0)
    still_busy = group.arrivals * (group.partitions_each - 1) >= 1.1 * group.service_rate
    found = looked_at(group, begins_s=float(begins), seconds=looks[0], every=looks[1])
    if still_busy:
        assert found.verdict.cause is not Cause.PARTITION_PAUSED, found.verdict.summary
    if still_busy and looks[0] >= 8 * max(looks[1], group.commit_s) * group.partitions_each:
        assert found.verdict.cause is Cause.UNDER_CAPACITY, found.verdict.summary
        suspected = [v for v in found.runners_up if v.cause is Cause.PARTITION_PAUSED]
        assert len(suspected) == 1
        assert "orders-0 does not move" in suspected[0].summary
        assert suspected[0].settles


@settings(max_examples=60, deadline=None)
@given(overloaded(), st.sampled_from([0.0, 0.05, 0.6, 0.9]), st.booleans())
def test_what_the_reader_says_decides(group: Consumers, idle: float, says_paused: bool) -> None:
    """One of two partitions stands, the other has a backlog: the offsets alone cannot tell."""
    group = replace(
        group,
        members=1,
        partitions_each=2,
        paused=frozenset({0}),
        arrivals=group.service_rate * 1.5,
    )
    report = ClientReport(
        source="http://client/metrics",
        client_id="billing-0",
        poll_idle_ratio=idle,
        paused_partitions=frozenset({TopicPartition("orders", 0)} if says_paused else ()),
    )
    found = looked_at(group, begins_s=60.0, seconds=60.0, every=2.0, clients=(report,))
    if says_paused or idle >= 0.5:
        assert found.verdict.cause is Cause.PARTITION_PAUSED, found.verdict.summary
        assert (found.verdict.confidence is Certainty.KNOWN) == says_paused
    else:
        assert found.verdict.cause is Cause.UNDER_CAPACITY, found.verdict.summary
        assert Cause.PARTITION_PAUSED in causes_of(found)
