"""The stock tool's JSON is read as strictly as it reads it; layouts survive a file."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.analysis.rebalance.given_plan import proposal_of
from steward.analysis.rebalance.layout import NONE, BalancedResource, ReplicaLayout
from steward.analysis.rebalance.layout_file import read_layout, write_layout
from steward.analysis.rebalance.optimality import ProvedPlacement
from steward.analysis.rebalance.reassignment_json import (
    FormatError,
    read_assignment,
    read_topics,
    write_assignment,
    write_topics,
)
from steward.model.names import TopicPartition
from support.layouts import layout

TWICE = '{"partitions": [%s, %s]}' % (('{"topic": "t", "partition": 0, "replicas": [1]}',) * 2)

assignments = st.dictionaries(
    st.builds(TopicPartition, st.text("abc.-_", min_size=1, max_size=8), st.integers(0, 99)),
    st.lists(st.integers(0, 50), min_size=1, max_size=4, unique=True).map(tuple),
    min_size=1,
)


@given(assignments)
def test_an_assignment_survives_its_file(assignment: dict[TopicPartition, tuple[int, ...]]) -> None:
    assert read_assignment(write_assignment(assignment)) == assignment


def test_topics_survive_their_file() -> None:
    assert read_topics(write_topics(["b", "a"])) == ("a", "b")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "not JSON"),
        ("[]", "not a JSON object"),
        ('{"version": 2, "partitions": []}', "version 2"),
        ('{"partitions": []}', "partition list is empty"),
        ('{"partitions": 3}', "no list of partitions"),
        ('{"partitions": [{"partition": 0, "replicas": [1]}]}', "no topic"),
        ('{"partitions": [{"topic": "t", "partition": "0", "replicas": [1]}]}', "'0'"),
        ('{"partitions": [{"topic": "t", "partition": 0, "replicas": []}]}', "t-0 is empty"),
        ('{"partitions": [{"topic": "t", "partition": 0, "replicas": [1, 1]}]}', "twice"),
        ('{"partitions": [{"topic": "t", "partition": 0, "replicas": [true]}]}', "True"),
        (TWICE, "listed twice"),
        ('{"partitions": [{"topic": "t", "partition": 0, "replicas": [1], "log_dirs": []}]}', "another length"),
        ('{"partitions": [{"topic": "t", "partition": 0, "replicas": [1], "log_dirs": ["/a"]}]}', "directories"),
    ],
)  # fmt: skip
def test_what_is_no_reassignment(text: str, why: str) -> None:
    with pytest.raises(FormatError, match=why):
        read_assignment(text)


def test_a_missing_version_is_version_1_and_any_is_any() -> None:
    text = '{"partitions": [{"topic": "t", "partition": 0, "replicas": [2, 1], "log_dirs": ["any", "any"]}]}'
    assert read_assignment(text) == {TopicPartition("t", 0): (2, 1)}


def test_a_layout_survives_its_file() -> None:
    over = layout(5, 40, added=1)
    found = read_layout(write_layout(over))
    place = [found.partitions.index(p) for p in over.partitions]
    assert np.array_equal(found.replicas[place], over.replicas)
    assert np.array_equal(found.leader[place], over.leader)
    assert np.allclose(found.size[place], over.size, atol=1)
    assert (found.brokers, found.racks) == (over.brokers, over.racks)


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"schema": "steward/layout/v1"}', "\x00"])
def test_what_is_no_layout(text: str) -> None:
    with pytest.raises(FormatError):
        read_layout(text)


OFFLINE = replace(
    layout(5, 40),
    leader=np.full(40, NONE, np.int32),
    alive=np.array([True, True, True, True, False]),
)
FULL = replace(layout(5, 40), disk=layout(5, 40).load(BalancedResource.DISK) + 1.0)


@pytest.mark.parametrize(
    ("over", "partition", "replicas", "rule", "told"),
    [
        (layout(5, 40), 0, (1, 2, 99), "broker_unregistered", "live brokers 1, 2, 3, 4, 5"),
        (layout(5, 40), 0, (1, 2), "replication_factor_changes", "--replication-factor 2 --topics topic-0"),
        (layout(5, 40), 77, (1, 2, 3), "partition_gone", "0 of its 1 partitions exist"),
        (OFFLINE, 0, (5, 1, 2), "broker_fenced", "live brokers 1, 2, 3, 4"),
        (OFFLINE, 1, (1, 2, 4), "no_live_replica", "replica first"),
        (FULL, 2, (4, 5, 1), "disk_would_overflow", "--exclude-brokers"),
    ],
)  # fmt: skip
def test_a_foreign_plan_that_would_not_end_is_refused_with_a_way_out(
    over: ReplicaLayout, partition: int, replicas: tuple[int, ...], rule: str, told: str
) -> None:
    found = proposal_of({TopicPartition("topic-0", partition): replicas}, over)
    assert isinstance(found, tuple)
    assert rule in {o.rule for o in found}
    assert any(told in o.instead for o in found)


def test_a_foreign_plan_is_measured() -> None:
    over = layout(6, 40)
    own = tuple(over.brokers[b] for b in over.replicas[0])
    free = next(b for b in over.brokers if b not in own)
    plan = proposal_of({over.partitions[0]: (*own[:2], free)}, over)
    assert isinstance(plan, ProvedPlacement)
    assert (plan.replicas_moved, plan.moved_bytes) == (1, over.size[0])
