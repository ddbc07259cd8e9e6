"""Losses by columns equal plain Python, partition by partition, for any small cluster."""

from collections import Counter
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from steward.analysis.impact.broker_pairs import all_pairs
from steward.analysis.impact.layout import LEVELS, PartitionColumns, layout_of
from steward.analysis.impact.leader_failover import failover, replicas_on
from steward.analysis.impact.single_losses import each_broker, each_host, each_rack, losses, one_set
from steward.analysis.impact.tolerance import tolerances
from steward.model.connection import Environment
from steward.model.policy import Criticality
from steward.model.snapshot import ClusterSnapshot
from steward.model.topic import Partition
from steward.model.unknown import Observed, Unknown
from support.cluster_text import snapshot_of

BROKERS = 6
LEVEL = {
    "t0": Criticality.CRITICAL,
    "t1": Criticality.STANDARD,
    "t2": Criticality.EPHEMERAL,
}


@st.composite
def partitions(draw: st.DrawFn) -> str:
    replicas = draw(st.permutations(range(1, BROKERS + 1)))[: draw(st.integers(1, 4))]
    isr = [r for r in replicas if draw(st.booleans())]
    elr = [r for r in replicas if r not in isr and draw(st.booleans())]
    leader = draw(st.sampled_from([*isr, None])) if isr else None
    words = [f"{r}*" if r == leader else str(r) for r in replicas]
    return " ".join([*words, "isr", *map(str, isr), "elr", *map(str, elr)])


@st.composite
def clusters(draw: st.DrawFn) -> ClusterSnapshot:
    racks = [draw(st.sampled_from(["@a", "@b", "@c", ""])) for _ in range(BROKERS)]
    fenced = [draw(st.sampled_from(["", "", "", "!"])) for _ in range(BROKERS)]
    topics = {f"t{n}": draw(st.lists(partitions(), min_size=1, max_size=4)) for n in range(3)}
    configs = {
        name: {
            "min.insync.replicas": str(draw(st.integers(1, 3))),
            "unclean.leader.election.enable": draw(st.sampled_from(["true", "false"])),
        }
        for name in topics
    }
    found = snapshot_of(
        {
            "brokers": " ".join(f"{n + 1}{racks[n]}{fenced[n]}" for n in range(BROKERS)),
            "topics": topics,
            "topic_configs": configs,
        }
    )
    return _on_shared_hosts(found)


def _on_shared_hosts(snapshot: ClusterSnapshot) -> ClusterSnapshot:
    assert isinstance(snapshot.brokers, Observed)
    moved = tuple(replace(b, host=f"h{b.id % 4}") for b in snapshot.brokers.value)
    return replace(snapshot, brokers=Observed(moved, 0))


def laid_out(snapshot: ClusterSnapshot) -> PartitionColumns:
    found = layout_of(snapshot, criticality=LEVEL, environment=Environment.STAGING)
    assert not isinstance(found, Unknown)
    rows = found.partitions
    return replace(
        found,
        log_bytes=np.where(found.replicas >= 0, np.arange(1, rows + 1) * 10.0, np.nan),
        rate=np.arange(1, rows + 1, dtype=np.float64),
    )


class Plain:
    """The reference: one partition after the other, sets instead of columns."""

    def __init__(self, snapshot: ClusterSnapshot, lost: frozenset[int]) -> None:
        assert isinstance(snapshot.topics, Observed)
        assert isinstance(snapshot.brokers, Observed)
        self.brokers = {b.id: b for b in snapshot.brokers.value}
        self.lost = lost
        self.able = {b.id for b in snapshot.brokers.value if not b.fenced} - lost
        self.snapshot = snapshot
        self.counts: Counter[str] = Counter()
        self.leaders_to: Counter[int] = Counter()
        self.rate_to: Counter[int] = Counter()
        self.leader: dict[Any, int] = {}
        for row, p in enumerate(p for t in snapshot.topics.value for p in t.partitions):
            self.add(row + 1, p)

    def config(self, topic: str, key: str) -> str:
        configs: Any = self.snapshot.topic_configs
        return configs.value[topic][key].value

    def add(self, weight: int, p: Partition) -> None:
        left = [r for r in p.isr if r not in self.lost]
        hit = len(left) < len(p.isr)
        elr = p.elr if isinstance(p.elr, tuple) else ()
        leader, unclean = p.leader, False
        if p.leader in self.lost:
            valid = left or [r for r in elr if r not in self.lost]
            leader = next((r for r in p.replicas if r in valid and r in self.able), -1)
            if leader < 0 and self.config(p.topic, "unclean.leader.election.enable") == "true":
                leader = next((r for r in p.replicas if r in self.able), -1)
                unclean = leader >= 0
            if leader >= 0:
                self.leaders_to[leader] += 1
                self.rate_to[leader] += weight
        self.leader[p.key] = leader
        size = len(left) or int(p.leader in self.lost and leader >= 0)
        needs = min(int(self.config(p.topic, "min.insync.replicas")), len(p.replicas))
        level = LEVELS.index(LEVEL[p.topic])
        offline = p.leader in self.lost and leader < 0
        below = hit and size < needs <= len(p.isr)
        copies = hit and size <= 1
        self.counts["offline"] += offline
        self.counts[f"offline {level}"] += offline
        self.counts["below"] += below
        self.counts[f"below {level}"] += below
        self.counts["at_risk"] += hit and size == needs < len(p.isr)
        self.counts["one_copy"] += copies
        self.counts["one_copy_bytes"] += copies * weight * 10
        self.counts["unclean"] += unclean
        gone = len(self.lost & {*p.replicas})
        self.counts["replicas"] += gone
        self.counts["rebuild_bytes"] += gone * weight * 10
        self.counts["without_target"] += bool(gone) and not self.has_target(p)

    def has_target(self, p: Partition) -> bool:
        racks = [self.brokers[r].rack for r in p.replicas]
        spread = len(racks) > 1 and None not in racks and len(set(racks)) == len(racks)
        left = {self.brokers[b].rack for b in self.able} - {None}
        return len(p.replicas) <= (min(len(left), len(self.able)) if spread else len(self.able))


NAMES = (
    "offline", "below", "at_risk", "one_copy", "one_copy_bytes", "unclean", "replicas", "rebuild_bytes",
    "without_target",
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(clusters())
def test_each_domain_equals_plain_python(snapshot: ClusterSnapshot) -> None:
    layout = laid_out(snapshot)
    for domains in (each_broker(layout), each_rack(layout), each_host(layout)):
        found = losses(layout, domains)
        for d in range(domains.count):
            lost = frozenset(np.array(layout.brokers)[domains.of == d].tolist())
            expected = Plain(snapshot, lost)
            for name in NAMES:
                assert getattr(found, name)[d] == expected.counts[name], (name, lost)
            for level in range(len(LEVELS)):
                assert found.offline_by_level[d, level] == expected.counts[f"offline {level}"]
                assert found.below_by_level[d, level] == expected.counts[f"below {level}"]
            for at, broker in enumerate(layout.brokers):
                assert found.leaders_to[d, at] == expected.leaders_to[broker]
                assert found.rate_to[d, at] == expected.rate_to[broker]


@settings(max_examples=60, deadline=None)
@given(clusters(), st.frozensets(st.integers(1, BROKERS), min_size=1, max_size=4))
def test_any_set_elects_whom_plain_python_elects(
    snapshot: ClusterSnapshot, lost: frozenset[int]
) -> None:
    layout = laid_out(snapshot)
    flags = np.array([b in lost for b in layout.brokers])
    then = failover(layout, replicas_on(layout, flags))
    leaders = {
        layout.name_of(row): layout.brokers[at] if at >= 0 else -1
        for row, at in enumerate(then.leader.tolist())
    }
    assert leaders == Plain(snapshot, lost).leader
    assert losses(layout, one_set(flags)).offline[0] == then.offline.sum()


@settings(max_examples=60, deadline=None)
@given(clusters())
def test_pairs_equal_plain_python(snapshot: ClusterSnapshot) -> None:
    layout = laid_out(snapshot)
    pairs = all_pairs(layout, losses(layout, each_broker(layout)))
    found = {
        (layout.brokers[a], layout.brokers[b]): n
        for n, (a, b) in enumerate(zip(pairs.first, pairs.second, strict=True))
    }
    assert isinstance(snapshot.topics, Observed)
    held = [p.replicas for t in snapshot.topics.value for p in t.partitions]
    for pair in combinations(range(1, BROKERS + 1), 2):
        shared = sum(set(pair) <= {*replicas} for replicas in held)
        assert (pair in found) == bool(shared)
        if shared:
            at, expected = found[pair], Plain(snapshot, frozenset(pair)).counts
            assert pairs.shared[at] == shared
            for name in ("offline", "below", "at_risk", "one_copy_bytes"):
                assert getattr(pairs, name)[at] == expected[name], (name, pair)


@settings(max_examples=60, deadline=None)
@given(clusters())
def test_a_topic_survives_what_every_choice_of_brokers_leaves_it(snapshot: ClusterSnapshot) -> None:
    layout = laid_out(snapshot)
    assert isinstance(snapshot.topics, Observed)
    for topic, found in zip(snapshot.topics.value, tolerances(layout), strict=True):
        needs = int(found.min_insync_replicas)  # pyright: ignore
        brokers = [[{b} for b in p.isr] for p in topic.partitions]
        led = all(p.leader >= 0 for p in topic.partitions)
        assert found.writes_survive_brokers == (
            _survives(brokers, topic.partitions, needs) if led else 0
        )
        assert found.data_survives_brokers == _survives(brokers, topic.partitions, 1)
        if isinstance(found.racks, int):
            rack = dict(zip(layout.brokers, layout.rack.tolist(), strict=True))
            racks = [
                [{b for b in p.isr if rack[b] == r} for r in {rack[b] for b in p.isr}]
                for p in topic.partitions
            ]
            assert found.writes_survive_racks == _survives(racks, topic.partitions, needs)
            assert found.data_survives_racks == _survives(racks, topic.partitions, 1)


def _survives(units: list[list[set[int]]], rows: tuple[Partition, ...], needs: int) -> int:
    """Count how many units may go, whichever, while each partition keeps as many in sync as it needs."""
    return min(
        max(
            (
                n
                for n in range(len(own) + 1)
                if all(
                    len(set(p.isr) - set().union(*gone)) >= min(needs, len(p.replicas))
                    for gone in combinations(own, n)
                )
            ),
            default=0,
        )
        for own, p in zip(units, rows, strict=True)
    )
