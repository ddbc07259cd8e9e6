"""Looks at offsets, written in a few words."""

from collections.abc import Mapping, Sequence

import numpy as np

from steward.analysis.lag.offset_table import ABSENT, GroupCommits, OffsetTable
from steward.model.names import TopicPartition
from steward.model.topic import Partition, Topic
from steward.model.unknown import NotApplicable

_NO_ELR = NotApplicable("off")


def offset_table(
    topics: Mapping[str, Sequence[int]],
    groups: Mapping[str, Mapping[TopicPartition, int]] | None = None,
    *,
    at: float = 100.0,
    starts: Mapping[TopicPartition, int] | None = None,
    stables: Mapping[TopicPartition, int] | None = None,
    ids: Mapping[str, str] | None = None,
    clock_offset: float = 1_700_000_000.0,
    state: str = "Stable",
    brokers: int = 1,
) -> OffsetTable:
    """Make a look: topics with the ends of their partitions (-1 unknown), and what groups have committed."""
    partitions = tuple(TopicPartition(t, n) for t in sorted(topics) for n in range(len(topics[t])))
    ends = np.array([e for t in sorted(topics) for e in topics[t]], np.int64)
    index = {p: i for i, p in enumerate(partitions)}
    leaders = (np.arange(len(partitions)) % brokers + 1).astype(np.int32)
    start = np.where(ends == ABSENT, ABSENT, 0)
    stable = ends.copy()
    for values, given in ((start, starts), (stable, stables)):
        for partition, value in (given or {}).items():
            values[index[partition]] = value
    return OffsetTable(
        partitions=partitions,
        topic_ids=tuple((ids or {}).get(p.topic, f"id-{p.topic}") for p in partitions),
        leaders=leaders,
        start=start,
        end=ends,
        stable=stable,
        sent=np.where(ends == ABSENT, 0.0, at - 0.05),
        received=np.where(ends == ABSENT, 0.0, at),
        clock_offset=clock_offset,
        groups=tuple(_commits(g, index, c, state) for g, c in sorted((groups or {}).items())),
        requests={"ListOffsets": brokers},
        states=tuple(
            _topic(t, len(topics[t]), (ids or {}).get(t, f"id-{t}")) for t in sorted(topics)
        ),
    )


def _commits(
    group: str,
    index: Mapping[TopicPartition, int],
    committed: Mapping[TopicPartition, int],
    state: str,
) -> GroupCommits:
    known = sorted((index[p], offset) for p, offset in committed.items() if p in index)
    return GroupCommits(
        group=group,
        type="classic",
        state=state,
        coordinator=1,
        partitions=np.array([i for i, _ in known], np.int32),
        committed=np.array([o for _, o in known], np.int64),
        foreign={p: o for p, o in committed.items() if p not in index},
    )


def _topic(name: str, partitions: int, topic_id: str) -> Topic:
    return Topic(
        name=name,
        id=topic_id,
        is_internal=False,
        partitions=tuple(
            Partition(
                topic=name, partition=n, leader=1, leader_epoch=0, replicas=(1,), isr=(1,),
                offline_replicas=(), elr=_NO_ELR, last_known_elr=_NO_ELR,
            )
            for n in range(partitions)
        ),
    )  # fmt: skip
