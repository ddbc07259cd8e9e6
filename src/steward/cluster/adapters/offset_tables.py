"""One poll of all offsets, in the order that can only overstate lag: starts, then commits, then ends.

Starts and last stable offsets change slowly: a poll may reuse those of an earlier one.
"""

import time
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from steward.analysis.lag.offset_table import ABSENT, GroupCommits, Longs, OffsetTable
from steward.analysis.lag.timestamp_search import TimestampAtOffset
from steward.cluster.adapters.columns import (
    GroupColumns,
    TopicColumns,
    list_offsets,
    list_offsets_of,
    offset_fetch,
)
from steward.cluster.adapters.connections import KafkaClient
from steward.cluster.adapters.errors import (
    GROUP_ID_NOT_FOUND,
    NONE,
    right,
    unknown_of,
    unknown_of_code,
)
from steward.cluster.adapters.first_records import OffsetRanges, read_first_records
from steward.cluster.adapters.groups import Listed, list_groups
from steward.cluster.adapters.part_result import batches
from steward.cluster.adapters.partition_layouts import LayoutReader, PartitionLayout
from steward.model.error import StewardError
from steward.model.group import GroupType
from steward.model.names import TopicPartition
from steward.model.unknown import Unknown, Why

_END, _START = -1, -2
_GROUPS_PER_REQUEST = 50
_PARTITIONS_PER_TIME_REQUEST = 500

Times = Mapping[TopicPartition, int]


class OffsetTableReader:
    """Polls one cluster, keeping the partition layout in between."""

    def __init__(self, client: KafkaClient) -> None:
        self._client = client
        self._layouts = LayoutReader(client)
        self._layout: PartitionLayout | None = None
        self._start: _Ends | None = None
        self._held_back: Longs | None = None
        """Last stable offsets where open transactions hold readers back, ABSENT elsewhere."""

    async def read(self, *, with_start: bool = True, with_stable: bool = True) -> OffsetTable:
        """Poll everything.

        Shape: what a failed leader or coordinator would report is unknown; everything else is present. Without starts
               or stable offsets, those of the last poll are reused if the partitions are the same.
        Errors: StewardError when not even topics or groups could be listed.
        """
        before = dict(self._client.cost.requests)
        layout = await self._current_layout()
        listing = self._client.spawn(list_groups(self._client, None))
        start = await self._starts(layout, anew=with_start)
        listed = await listing
        groups, unknown_groups = await self._commits(layout, listed.value)
        end, stable = _Ends(layout), _Ends(layout)
        works = {"end": self._fill(end, layout, _END, read_committed=False)}
        if with_stable:
            works["stable"] = self._fill(stable, layout, _END, read_committed=True)
        await self._client.all(works)
        requests = self._client.cost.requests
        return OffsetTable(
            partitions=layout.partitions,
            topic_ids=layout.topic_ids,
            leaders=layout.leaders,
            start=start.offsets,
            end=end.offsets,
            stable=self._stable(end.offsets, stable.offsets if with_stable else None),
            sent=end.sent,
            received=end.received,
            clock_offset=time.time() - time.monotonic(),
            groups=groups,
            unknown_groups=unknown_groups,
            unknown=start.unknown | end.unknown,
            gaps=tuple(dict.fromkeys((*layout.gaps, *listed.gaps))),
            requests={k: n - before.get(k, 0) for k, n in requests.items() if n > before.get(k, 0)},
            states=layout.topics,
            cluster_id=self._layouts.cluster_id,
        )

    async def _starts(self, layout: PartitionLayout, *, anew: bool) -> "_Ends":
        """Read log start offsets; reused ones are older, so a commit before them still proves data loss."""
        if anew or self._start is None:
            self._start = _Ends(layout)
            await self._fill(self._start, layout, _START, read_committed=False)
        return self._start

    def _stable(self, end: Longs, stable: Longs | None) -> Longs:
        """Return the last stable offsets; if not read now, partitions held back last time still count as held back."""
        if stable is not None:
            self._held_back = np.where(stable < end, stable, ABSENT)
            return stable
        held = self._held_back
        return end if held is None else np.where(held != ABSENT, held, end)

    async def first_records(
        self, wanted: OffsetRanges
    ) -> dict[TopicPartition, TimestampAtOffset | Unknown | None]:
        """Read the first record of each range of offsets; None where it holds no record."""
        return await read_first_records(self._client, wanted, await self._leaders_of(wanted))

    async def _leaders_of(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """Return the leaders of partitions, in their order; -1 for none."""
        layout = self._layout or await self._current_layout()
        found: dict[TopicPartition, int] = {}
        for partition in sorted(partitions):
            first, count = layout.first.get(partition.topic, (0, 0))
            known = partition.partition < count
            found[partition] = int(layout.leaders[first + partition.partition]) if known else -1
        return found

    async def timestamps(
        self, times: Times
    ) -> dict[TopicPartition, TimestampAtOffset | Unknown | None]:
        """Request the first record at or after a timestamp, for many partitions at once, one timestamp each.

        Shape: None where no record is that recent.
        """
        leader_of = await self._leaders_of(times)
        found: dict[TopicPartition, TimestampAtOffset | Unknown | None] = {}
        by_leader: dict[int, list[TopicPartition]] = {}
        for partition, leader in leader_of.items():
            by_leader.setdefault(leader, []).append(partition)
        for partition in by_leader.pop(-1, ()):
            found[partition] = Unknown(Why.UNREACHABLE, f"{partition} has no leader")
        works = {
            (leader, i): self._times_of(leader, piece, times)
            for leader, wanted in by_leader.items()
            for i, piece in enumerate(batches(wanted, _PARTITIONS_PER_TIME_REQUEST))
        }
        for (leader, _), answer in (await self._client.all(works)).items():
            if isinstance(answer, StewardError):
                found |= dict.fromkeys(by_leader[leader], unknown_of(answer))
            else:
                found |= answer
        return found

    async def _times_of(
        self, leader: int, partitions: Sequence[TopicPartition], times: Times
    ) -> dict[TopicPartition, TimestampAtOffset | Unknown | None]:
        by_topic: dict[str, list[TopicPartition]] = {}
        for p in partitions:
            by_topic.setdefault(p.topic, []).append(p)
        asked = {
            topic: (
                np.array([p.partition for p in wanted], np.int32),
                np.array([times[p] for p in wanted], np.int64),
            )
            for topic, wanted in by_topic.items()
        }
        answer: tuple[TopicColumns, ...] = await self._client.ask(leader, list_offsets(asked))
        found: dict[TopicPartition, TimestampAtOffset | Unknown | None] = {}
        for topic in answer:
            columns = zip(
                topic.partitions.tolist(), topic.errors.tolist(), topic.offsets.tolist(),
                topic.timestamps.tolist(), strict=True,
            )  # fmt: skip
            for number, error, offset, stamp in columns:
                key = TopicPartition(topic.topic, number)
                if error:
                    found[key] = unknown_of_code(error, acl=right("DESCRIBE", "topic", topic.topic))
                else:
                    found[key] = TimestampAtOffset(offset, stamp) if offset >= 0 else None
        missing = Unknown(Why.REFUSED, "the leader's answer does not mention the partition")
        return dict.fromkeys(partitions, missing) | found

    async def _current_layout(self) -> PartitionLayout:
        """Read the layout; if the partitions have changed, everything kept is dropped."""
        layout = await self._layouts.read()
        kept = self._layout
        if kept is None or kept.topic_ids != layout.topic_ids:
            self._start = self._held_back = None
        self._layout = layout
        return layout

    async def _fill(
        self, ends: "_Ends", layout: PartitionLayout, when: int, *, read_committed: bool
    ) -> None:
        works = {
            leader: self._ends_of(ends, leader, layout.asking(leader, when, read_committed))
            for leader in layout.by_leader
        }
        for leader, answer in (await self._client.all(works)).items():
            if isinstance(answer, StewardError):
                ends.fail(leader, unknown_of(answer))

    async def _ends_of(self, ends: "_Ends", leader: int, body: bytes) -> None:
        sent = time.monotonic()
        answer = await self._client.ask(leader, list_offsets_of(body))
        ends.take(answer, sent, time.monotonic())

    async def _commits(
        self, layout: PartitionLayout, listed: Sequence[Listed]
    ) -> tuple[tuple[GroupCommits, ...], dict[str, Unknown]]:
        by_id = {g.id: g for g in listed if g.type is not GroupType.SHARE}
        pieces: dict[tuple[int, int], list[str]] = {}
        for coordinator in sorted({g.coordinator for g in by_id.values()}):
            ids = sorted(i for i, g in by_id.items() if g.coordinator == coordinator)
            for number, piece in enumerate(batches(ids, _GROUPS_PER_REQUEST)):
                pieces[coordinator, number] = list(piece)
        works = {k: self._client.ask(k[0], offset_fetch(piece)) for k, piece in pieces.items()}
        found: dict[str, GroupCommits] = {}
        unknown: dict[str, Unknown] = {}
        for key, answer in (await self._client.all(works)).items():
            if isinstance(answer, StewardError):
                unknown |= dict.fromkeys(pieces[key], unknown_of(answer))
                continue
            for columns in answer:
                outcome = _group_commits(layout, by_id[columns.group], columns)
                if isinstance(outcome, Unknown):
                    unknown[columns.group] = outcome
                elif outcome is not None:
                    found[columns.group] = outcome
        return tuple(found[g] for g in sorted(found)), unknown


def _group_commits(
    layout: PartitionLayout, group: Listed, columns: GroupColumns
) -> GroupCommits | Unknown | None:
    if columns.error_code == GROUP_ID_NOT_FOUND:
        return None
    if columns.error_code != NONE:
        return unknown_of_code(columns.error_code, acl=right("DESCRIBE", "group", group.id))
    rows: list[NDArray[np.int64]] = []
    offsets: list[Longs] = []
    foreign: dict[TopicPartition, int] = {}
    for topic in columns.topics:
        committed = (topic.errors == NONE) & (topic.offsets >= 0)
        numbers, values = topic.partitions[committed], topic.offsets[committed]
        places, present = layout.rows(topic.topic, numbers)
        rows.append(places)
        offsets.append(values[present])
        if not present.all():
            strays = zip(numbers[~present].tolist(), values[~present].tolist(), strict=True)
            foreign |= {TopicPartition(topic.topic, n): v for n, v in strays}
    places = np.concatenate(rows) if rows else np.empty(0, np.int64)
    values = np.concatenate(offsets) if offsets else np.empty(0, np.int64)
    order = np.argsort(places, kind="stable")
    return GroupCommits(
        group=group.id,
        type=group.type.value,
        state=group.state,
        coordinator=group.coordinator,
        partitions=places[order].astype(np.int32),
        committed=values[order],
        foreign=foreign,
    )


class _Ends:
    """Fills columns of offsets from leaders' answers."""

    def __init__(self, layout: PartitionLayout) -> None:
        size = len(layout.partitions)
        self._layout = layout
        self.offsets: Longs = np.full(size, ABSENT, np.int64)
        self.sent = np.zeros(size)
        self.received = np.zeros(size)
        self.unknown: dict[int, Unknown] = {}
        for row in np.flatnonzero(layout.leaders < 0).tolist():
            self.unknown[row] = Unknown(Why.UNREACHABLE, f"{layout.partitions[row]} has no leader")

    def take(self, answer: tuple[TopicColumns, ...], sent: float, received: float) -> None:
        for topic in answer:
            rows, present = self._layout.rows(topic.topic, topic.partitions)
            errors = topic.errors[present]
            good = errors == NONE
            self.offsets[rows[good]] = topic.offsets[present][good]
            self.sent[rows[good]], self.received[rows[good]] = sent, received
            if not good.all():
                failed = zip(rows[~good].tolist(), errors[~good].tolist(), strict=True)
                acl = right("DESCRIBE", "topic", topic.topic)
                self.unknown |= {row: unknown_of_code(code, acl=acl) for row, code in failed}

    def fail(self, leader: int, why: Unknown) -> None:
        rows = np.flatnonzero(self._layout.leaders == leader).tolist()
        self.unknown |= dict.fromkeys(rows, why)
