"""Losses foretold and then brought about: each broker is killed, and the cluster does what was said of it."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from confluent_kafka.admin import NewTopic

from steward.analysis.impact.layout import NONE, PartitionColumns, layout_of
from steward.analysis.impact.leader_failover import failover, replicas_on
from steward.cluster.observer import connect
from steward.model.names import TopicPartition
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.unknown import Observed, Unknown
from steward.sandbox.cluster import broker_kill, broker_start
from support.live_admin import admin_client, done
from support.running_sandbox import RunningSandbox

pytestmark = pytest.mark.brokers

PREFIX = "foretold-"
PARTS = frozenset({Part.BROKERS, Part.TOPICS, Part.TOPIC_CONFIGS})
TOPICS: Mapping[str, tuple[int, Mapping[str, str]]] = {
    "alone": (1, {"min.insync.replicas": "1"}),
    "alone-unclean": (1, {"unclean.leader.election.enable": "true"}),
    "pair": (2, {"min.insync.replicas": "1"}),
    "pair-strict": (2, {"min.insync.replicas": "2"}),
    "usual": (3, {"min.insync.replicas": "2"}),
    "strict": (3, {"min.insync.replicas": "3"}),
}
_WITHIN_SECONDS = 90


@dataclass(frozen=True)
class Standing:
    """Partitions by what holds of them."""

    leaders: Mapping[TopicPartition, int]
    offline: frozenset[TopicPartition]
    below: frozenset[TopicPartition]


def standing_of(layout: PartitionColumns) -> Standing:
    """Say how things are."""
    rows = {layout.name_of(row): row for row in range(layout.partitions)}
    mine = {p: row for p, row in rows.items() if p.topic.startswith(PREFIX)}
    in_sync = layout.in_isr.sum(axis=0)
    leaders = {p: int(layout.leader[row]) for p, row in mine.items()}
    return Standing(
        leaders={p: layout.brokers[at] if at != NONE else -1 for p, at in leaders.items()},
        offline=frozenset(p for p, at in leaders.items() if at == NONE),
        below=frozenset(
            p for p, row in mine.items() if leaders[p] == NONE or in_sync[row] < layout.min_isr[row]
        ),
    )


def foretold(layout: PartitionColumns, broker: int) -> Standing:
    """Say how things will be without a broker."""
    lost = np.array([id == broker for id in layout.brokers])
    then = failover(layout, replicas_on(layout, lost))
    before = standing_of(layout)
    names = [layout.name_of(row) for row in range(layout.partitions)]
    mine = [(row, p) for row, p in enumerate(names) if p.topic.startswith(PREFIX)]
    return Standing(
        leaders={p: layout.brokers[at] if (at := then.leader[row]) != NONE else -1 for row, p in mine},
        offline=before.offline | {p for row, p in mine if then.offline[row]},
        below=before.below | {p for row, p in mine if then.below[row]},
    )  # fmt: skip


def look(sandbox: RunningSandbox) -> tuple[ClusterSnapshot, PartitionColumns]:
    with connect(sandbox.connection) as observer:
        snapshot = observer.observe(PARTS)
    layout = layout_of(snapshot)
    assert not isinstance(layout, Unknown)
    return snapshot, layout


def awaited(what: Callable[[], Any], until: Callable[[Any], bool]) -> Any:
    """Look until it is so, or the time is over; return the last look."""
    deadline = time.monotonic() + _WITHIN_SECONDS
    while not until(seen := what()) and time.monotonic() < deadline:
        time.sleep(0.5)
    return seen


def all_in_sync(sandbox: RunningSandbox) -> bool:
    snapshot, layout = look(sandbox)
    held = layout.replicas != NONE
    assert isinstance(snapshot.brokers, Observed)
    return len(snapshot.brokers.value) == 3 and bool((layout.in_isr == held).all())


@pytest.fixture(scope="module")
def troubled(sandbox: RunningSandbox) -> Iterator[RunningSandbox]:
    """The shared sandbox with topics of every kind; all brokers are back afterwards."""
    admin = admin_client(sandbox.connection)
    new = [
        NewTopic(PREFIX + name, num_partitions=6, replication_factor=factor, config=dict(config))
        for name, (factor, config) in TOPICS.items()
    ]
    done(admin.create_topics(new))
    yield sandbox
    for broker in sandbox.status.brokers:
        broker_start(sandbox.name, broker.id)
    awaited(lambda: all_in_sync(sandbox), bool)
    done(admin.delete_topics([topic.topic for topic in new]))


def run(sandbox: RunningSandbox, *words: str) -> tuple[int, Any]:
    command = [sys.executable, "-m", "steward", "broker", *words, "-o", "json"]
    ran = subprocess.run(
        [*command, "--cluster", sandbox.name], capture_output=True, text=True, check=False, timeout=120
    )  # fmt: skip
    return ran.returncode, json.loads(ran.stdout)["data"]


def usual_at_stake(sandbox: RunningSandbox, broker: int) -> set[str]:
    """Return which partitions of the usual kind speak against the restart of a broker."""
    _, gate = run(sandbox, "restart-gate", str(broker))
    assert gate["may_restart"] is (not gate["reasons"])
    named = {name for reason in gate["reasons"] for name in reason["objects"]}
    return {name for name in named if name.startswith(f"{PREFIX}usual-")}


def told_of(impact: Mapping[str, Any], field: str) -> set[str]:
    """Return the partitions that the command names."""
    return {name for name in impact[field] if name.startswith(PREFIX)}


def test_each_broker_killed_does_what_was_foretold(troubled: RunningSandbox) -> None:
    brokers = [b.id for b in troubled.status.brokers]
    for broker, other in zip(brokers, [*brokers[1:], brokers[0]], strict=True):
        assert awaited(lambda: all_in_sync(troubled), bool), "replicas did not get in sync again"
        _, layout = look(troubled)
        expected = foretold(layout, broker)
        (impact,) = run(troubled, "impact", str(broker))[1]["impacts"]
        assert usual_at_stake(troubled, other) == set()

        broker_kill(troubled.name, broker)
        seen = awaited(lambda: standing_of(look(troubled)[1]), expected.__eq__)
        assert seen.leaders == expected.leaders
        assert seen.offline == expected.offline
        assert seen.below == expected.below
        before = standing_of(layout)
        assert told_of(impact, "offline") == {str(p) for p in seen.offline - before.offline}
        assert told_of(impact, "below_min_isr") == {str(p) for p in seen.below - before.below}
        assert len(usual_at_stake(troubled, other)) == 6
        broker_start(troubled.name, broker)
