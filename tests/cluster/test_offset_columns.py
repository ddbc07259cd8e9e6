"""Columns on the wire: requests are what kafka-python would write, answers what it would read."""

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from kafka.protocol.consumer import (
    ListOffsetsRequest,
    ListOffsetsResponse,
    OffsetFetchResponse,
)

from steward.cluster.adapters.columns import (
    decode_commits,
    decode_offsets,
    list_offsets,
    list_offsets_of,
    offsets_body,
)

NAMES = st.text("abcdefghij.-_0123456789", min_size=1, max_size=200)
NUMBERS = st.integers(0, 2**31 - 1)
OFFSETS = st.integers(0, 2**63 - 1)
ROWS = st.lists(st.tuples(NUMBERS, st.integers(-3, 2**62)), max_size=150)

ANSWERED = st.tuples(NUMBERS, st.sampled_from([0, 3, 6]), OFFSETS, OFFSETS)


def by_kafka_python(asked: dict[str, list[tuple[int, int]]], level: int) -> bytes:
    kind: Any = ListOffsetsRequest
    topic = kind.ListOffsetsTopic
    row = topic.ListOffsetsPartition
    request = kind(
        replica_id=-1, isolation_level=level,
        topics=[
            topic(name=name, partitions=[
                row(partition_index=n, current_leader_epoch=-1, timestamp=t) for n, t in rows
            ])
            for name, rows in asked.items()
        ],
    )  # fmt: skip
    return bytes(request.encode(version=9))


@given(st.dictionaries(NAMES, ROWS, max_size=5), st.booleans())
def test_a_request_is_what_kafka_python_writes(
    asked: dict[str, list[tuple[int, int]]], read_committed: bool
) -> None:
    columns = {
        name: (np.array([n for n, _ in rows], np.int32), np.array([t for _, t in rows], np.int64))
        for name, rows in asked.items()
    }
    body = offsets_body(columns, read_committed=read_committed)
    assert body == by_kafka_python(asked, int(read_committed))


def test_frame_and_header_are_kafka_pythons() -> None:
    asked = {"orders": (np.arange(3, dtype=np.int32), -1)}
    ours = list_offsets(asked)
    theirs: Any = ListOffsetsRequest
    topic = theirs.ListOffsetsTopic
    row = topic.ListOffsetsPartition
    other = theirs(
        replica_id=-1, isolation_level=0,
        topics=[topic(name="orders", partitions=[
            row(partition_index=n, current_leader_epoch=-1, timestamp=-1) for n in range(3)
        ])],
    )  # fmt: skip
    for version in (6, 7, 8, 9):
        for request in (ours, other, list_offsets_of(offsets_body(asked))):
            request.API_VERSION = version
            request.with_header(correlation_id=7, client_id="steward")
        assert bytes(ours.encode(framed=True, header=True)) == bytes(
            other.encode(framed=True, header=True)
        )


@given(st.dictionaries(NAMES, st.lists(ANSWERED, max_size=40), max_size=4))
def test_an_answer_with_offsets_is_what_kafka_python_reads(
    topics: dict[str, list[tuple[int, int, int, int]]],
) -> None:
    kind: Any = ListOffsetsResponse
    topic = kind.ListOffsetsTopicResponse
    row = topic.ListOffsetsPartitionResponse
    answer = kind(
        throttle_time_ms=0,
        topics=[
            topic(name=name, partitions=[
                row(partition_index=n, error_code=e, timestamp=t, offset=o, leader_epoch=5)
                for n, e, t, o in rows
            ])
            for name, rows in topics.items()
        ],
    )  # fmt: skip
    found = decode_offsets(memoryview(bytes(answer.encode(version=9))))
    assert {
        t.topic: list(
            zip(t.partitions.tolist(), t.errors.tolist(), t.timestamps.tolist(), t.offsets.tolist(),
                strict=True)
        )
        for t in found
    } == topics  # fmt: skip


METADATA = st.sampled_from(["", "", "", "by hand", "x" * 200])
COMMITTED = st.tuples(NUMBERS, st.integers(-1, 2**62), METADATA)


@given(st.dictionaries(NAMES, st.lists(COMMITTED, max_size=40), max_size=4))
def test_an_answer_with_commits_is_what_kafka_python_reads(
    topics: dict[str, list[tuple[int, int, str]]],
) -> None:
    kind: Any = OffsetFetchResponse
    group = kind.OffsetFetchResponseGroup
    topic = group.OffsetFetchResponseTopics
    row = topic.OffsetFetchResponsePartitions
    answer = kind(
        throttle_time_ms=0,
        groups=[
            group(group_id="app", error_code=0, topics=[
                topic(name=name, partitions=[
                    row(partition_index=n, committed_offset=o, committed_leader_epoch=1, metadata=m,
                        error_code=0)
                    for n, o, m in rows
                ])
                for name, rows in topics.items()
            ])
        ],
    )  # fmt: skip
    (found,) = decode_commits(memoryview(bytes(answer.encode(version=8))))
    assert found.group == "app"
    assert {
        t.topic: list(zip(t.partitions.tolist(), t.offsets.tolist(), strict=True))
        for t in found.topics
    } == {name: [(n, o) for n, o, _ in rows] for name, rows in topics.items()}
