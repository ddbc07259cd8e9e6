"""What a run stores is what the brokers hold, whatever happens while it copies."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steward.backup.capture.metadata import META_PARTS
from steward.backup.capture.topic_run import CapturedTopic, TopicRun
from steward.backup.lineages import LineageStore, all_lineages
from steward.backup.stores.port import ConditionFailed, ObjectStore
from steward.backup.verification.levels import Level
from steward.backup.verification.verify import LineageVerifier
from steward.model.unknown import Observed
from steward.records.backup.layout import Lineage
from steward.records.backup.manifest import GapClass, Manifest
from steward.records.backup.problems import Problem
from support.cluster_of_logs import FIRST_ID, TOPIC, ClusterOfLogs
from support.memory_objects import MemoryStore
from support.partition_logs import PartitionLog, partition_logs

RECORD = (1_700_000_000_000, b"key", b"value", [("h", b"1")])
NAMES = count(1)


@dataclass
class Backup:
    """Runs over one cluster into one store."""

    cluster: ClusterOfLogs
    store: ObjectStore = field(default_factory=MemoryStore)
    object_bytes: int = 1 << 20
    bytes_per_second: float | None = None
    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    sign: Callable[[bytes], bytes] | None = None
    digest: bool = False

    def run(self) -> CapturedTopic:
        seen = self.cluster.observe(META_PARTS)
        assert isinstance(seen.topics, Observed)
        run = TopicRun(
            store=self.store,
            reader=self.cluster,
            observer=self.cluster,
            run=f"20261130T120000Z-{next(NAMES):08x}",
            now_ms=lambda: 1_700_000_000_000,
            object_bytes=self.object_bytes,
            bytes_per_second=self.bytes_per_second,
            clock=self.now,
            sleep=self.sleep,
            sign=self.sign,
            digest=self.digest,
        )
        return run.capture(seen.topics.value[0], seen)

    def lineages(self) -> tuple[Lineage, ...]:
        return all_lineages(self.store)

    def runs(self, lineage: Lineage) -> list[Manifest]:
        folder = LineageStore(self.store, lineage)
        tip = folder.tip()
        assert tip is not None
        return list(folder.history(tip))[::-1]

    def stored(self, partition: int = 0, lineage: Lineage | None = None) -> bytes:
        lineage = lineage or self.lineages()[-1]
        folder = LineageStore(self.store, lineage)
        entries = [
            e
            for m in self.runs(lineage)
            for p in m.partitions
            if p.partition == partition
            for e in p.objects
        ]
        return b"".join(bytes(d) for e in entries for d in self.store.stream(folder.key(e.key)))

    def problems(self, level: Level = Level.V3) -> list[Problem]:
        return [
            problem
            for lineage in self.lineages()
            for problem in LineageVerifier(LineageStore(self.store, lineage), level).run().problems
        ]


def _log(batches: int = 4, records: int = 3) -> PartitionLog:
    log = PartitionLog()
    for _ in range(batches):
        log.write([RECORD] * records)
    return log


@given(
    st.lists(partition_logs(), min_size=1, max_size=3), st.integers(1, 2_000), st.integers(1, 3_000)
)
@settings(max_examples=60)
def test_any_log_is_stored_byte_for_byte_in_any_fetch_and_object_sizes(
    logs: list[PartitionLog], limit: int, object_bytes: int
) -> None:
    cluster = ClusterOfLogs(
        dict(enumerate(logs)),
        limit=limit,
        topic_configs={TOPIC: {"cleanup.policy": "compact"}},
    )
    backup = Backup(cluster, object_bytes=object_bytes)
    done = backup.run()
    assert done.problem == ""
    for number, log in enumerate(logs):
        assert backup.stored(number) == log.data
        part = done.manifest.of(number)
        assert part is not None
        assert part.stored.next_offset == log.end
        assert part.counts.records == part.counts.data + part.counts.control + part.counts.aborted
    assert backup.problems() == []


@given(partition_logs(least=2), st.data())
@settings(max_examples=40)
def test_runs_add_up_to_the_log(log: PartitionLog, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(log.batches)))
    shown = PartitionLog(log.batches[:cut], log.aborted, 0, log.end)
    cluster = ClusterOfLogs({0: shown}, topic_configs={TOPIC: {"cleanup.policy": "compact"}})
    shown.truncate(log.end)  # the end follows from the batches
    backup = Backup(cluster)
    backup.run()
    cluster.logs[0] = log
    done = backup.run()
    backup.run()
    assert done.problem == ""
    assert backup.stored() == log.data
    assert len(backup.runs(backup.lineages()[0])) == 3
    assert backup.problems() == []


def test_an_empty_topic_is_a_complete_backup() -> None:
    backup = Backup(ClusterOfLogs({0: PartitionLog(), 1: PartitionLog(start=7, end=7)}))
    done = backup.run()
    assert done.problem == ""
    assert [p.stored.next_offset for p in done.manifest.partitions] == [0, 7]
    assert backup.problems() == []
    backup.cluster.logs[0].write([RECORD])
    backup.run()
    assert backup.stored(0) == backup.cluster.logs[0].data
    assert backup.problems() == []


def test_what_is_written_meanwhile_is_left_for_the_next_run() -> None:
    log = _log()
    backup = Backup(ClusterOfLogs({0: log}, limit=1))
    first = log.data

    def write(cluster: ClusterOfLogs) -> None:
        cluster.logs[0].write([RECORD])

    backup.cluster.on_read = write
    backup.run()
    assert backup.stored() == first
    backup.cluster.on_read = lambda _: None
    backup.run()
    assert backup.stored() == log.data
    assert backup.problems() == []


def test_nothing_above_the_last_stable_offset_is_stored() -> None:
    log = _log()
    cluster = ClusterOfLogs(
        {0: log}, producers={f"{TOPIC}-0": [{"id": 9, "age": 30, "txn_start": 6}]}
    )
    cluster.stable[0] = 6
    backup = Backup(cluster)
    done = backup.run()
    part = done.manifest.partitions[0]
    assert (part.stored.next_offset, part.high_watermark, part.last_stable_offset) == (6, 12, 6)
    assert [(t.producer_id, t.first_offset) for t in part.open_transactions] == [(9, 6)]
    cluster.stable.clear()
    backup.run()
    assert backup.stored() == log.data


def test_retention_that_overtakes_the_copy_is_a_gap_with_its_reason() -> None:
    log = _log(batches=6)
    backup = Backup(ClusterOfLogs({0: log}, limit=1))

    def trim(cluster: ClusterOfLogs) -> None:
        if len(cluster.reads) == 2:
            cluster.logs[0].trim(10)

    backup.cluster.on_read = trim
    done = backup.run()
    gaps = [(g.first, g.last, g.kind) for g in done.manifest.partitions[0].gaps]
    assert gaps == [(6, 8, GapClass.RETENTION_BEFORE_REACH)]
    assert backup.problems() == []


def test_retention_that_deletes_everything_is_a_gap_at_the_end() -> None:
    log = _log(batches=6)
    backup = Backup(ClusterOfLogs({0: log}, limit=1))

    def trim(cluster: ClusterOfLogs) -> None:
        if len(cluster.reads) == 2:
            cluster.logs[0].trim(18)

    backup.cluster.on_read = trim
    done = backup.run()
    gaps = [(g.first, g.last, g.kind) for g in done.manifest.partitions[0].gaps]
    assert gaps == [(6, 17, GapClass.RETENTION_BEFORE_REACH)]
    assert backup.problems() == []
    log.write([RECORD])
    assert backup.run().manifest.partitions[0].gaps == ()
    assert backup.problems() == []


def test_retention_between_runs_is_a_gap() -> None:
    log = _log(batches=6)
    backup = Backup(ClusterOfLogs({0: log}))
    backup.run()
    log.write([RECORD] * 3)
    log.write([RECORD] * 3)
    log.trim(21)
    gaps = [(g.first, g.last, g.kind) for g in backup.run().manifest.partitions[0].gaps]
    assert gaps == [(18, 20, GapClass.RETENTION_BEFORE_REACH)]
    assert backup.problems() == []


def test_a_leader_that_moves_is_followed() -> None:
    log = _log(batches=6)
    backup = Backup(ClusterOfLogs({0: log}, limit=1))

    def move(cluster: ClusterOfLogs) -> None:
        cluster.leader = 1 + len(cluster.reads) // 2 % 3

    backup.cluster.on_read = move
    assert backup.run().problem == ""
    assert backup.stored() == log.data


def test_a_follower_that_the_leader_names_is_read_until_it_is_gone() -> None:
    log = _log(batches=6)
    backup = Backup(ClusterOfLogs({0: log}, limit=1))
    backup.cluster.follower = 3

    def stop(cluster: ClusterOfLogs) -> None:
        if len(cluster.reads) == 4:
            cluster.follower = None

    backup.cluster.on_read = stop
    assert backup.run().problem == ""
    assert backup.stored() == log.data
    brokers = [broker for broker, _ in backup.cluster.reads]
    assert brokers[:4] == [1, 3, 3, 3]
    assert brokers[-1] == 1


def test_a_partition_that_gives_nothing_for_too_long_is_left_out_and_named() -> None:
    log = _log(batches=2)
    clock = [0.0]

    def sleep(seconds: float) -> None:
        clock[0] += max(seconds, 1.0)

    backup = Backup(ClusterOfLogs({0: log, 1: _log()}), now=lambda: clock[0], sleep=sleep)
    backup.cluster.leader = -1
    done = backup.run()
    assert "nothing was read for 5m" in done.problem
    assert [p.stored.next_offset for p in done.manifest.partitions] == [0, 0]
    backup.cluster.leader = 2
    assert backup.run().problem == ""
    assert backup.stored() == log.data
    assert backup.problems() == []


def test_a_topic_created_again_begins_a_new_lineage() -> None:
    backup = Backup(ClusterOfLogs({0: _log()}))
    backup.run()
    backup.cluster.topic_id = "AAAAAAAAAAAAAAAAAAAAAg"
    backup.cluster.logs[0] = _log(batches=1)
    backup.run()
    assert [(one.topic_id, one.fork) for one in backup.lineages()] == [
        (FIRST_ID, 1),
        ("AAAAAAAAAAAAAAAAAAAAAg", 1),
    ]
    assert backup.problems() == []


@pytest.mark.parametrize("again", [True, False])
def test_a_topic_that_goes_during_the_copy_keeps_what_was_read(again: bool) -> None:
    log = _log(batches=6)
    backup = Backup(ClusterOfLogs({0: log}, limit=1))

    def recreate(cluster: ClusterOfLogs) -> None:
        if len(cluster.reads) == 2:
            cluster.topic_id, cluster.exists = "AAAAAAAAAAAAAAAAAAAAAg", again

    backup.cluster.on_read = recreate
    done = backup.run()
    assert "was deleted" in done.problem
    assert done.manifest.topic_id == FIRST_ID
    assert backup.stored() == b"".join(log.batches[:2])
    assert backup.problems() == []


def _unclean(end: int, extra: int) -> Callable[[PartitionLog], None]:
    def election(log: PartitionLog) -> None:
        log.truncate(end)
        for _ in range(extra):
            log.write([RECORD] * 3, epoch=2)

    return election


@pytest.mark.parametrize("extra", [0, 1, 2, 4])
def test_a_truncated_log_opens_a_fork_and_nothing_is_overwritten(extra: int) -> None:
    log = _log(batches=6)
    first = log.data
    backup = Backup(ClusterOfLogs({0: log}))
    before = backup.run()
    _unclean(12, extra)(log)
    done = backup.run()
    assert done.problem == ""
    assert [one.fork for one in backup.lineages()] == [1, 2]
    assert backup.stored(lineage=backup.lineages()[0]) == first
    assert backup.stored(lineage=backup.lineages()[1]) == log.data
    fork = done.manifest.forked_from
    assert fork is not None
    assert fork.offsets == {"0": 12}
    assert before.manifest.partitions[0].incomplete == ""
    closed = backup.runs(backup.lineages()[0])[-1]
    assert "truncated at offset 12" in closed.partitions[0].incomplete
    assert backup.problems() == []
    log.write([RECORD], epoch=3)
    assert backup.run().manifest.fork == 2
    assert backup.problems() == []


def test_a_damaged_batch_from_a_broker_stops_the_partition_before_it() -> None:
    log = _log(batches=3)
    log.batches[1] = log.batches[1][:-1] + bytes([log.batches[1][-1] ^ 1])
    backup = Backup(ClusterOfLogs({0: log, 1: _log()}))
    done = backup.run()
    assert "damaged batch at offset 3" in done.problem
    assert backup.stored() == log.batches[0]
    assert backup.stored(1) == backup.cluster.logs[1].data
    assert backup.problems() == []


def test_more_partitions_than_are_open_at_once_are_all_copied() -> None:
    logs = {n: _log(batches=n % 4) for n in range(20)}
    backup = Backup(ClusterOfLogs(logs, limit=200))
    assert backup.run().problem == ""
    for number, log in logs.items():
        assert backup.stored(number) == log.data
    assert max(len(wanted) for _, wanted in backup.cluster.reads) <= 6


def test_a_second_run_at_the_same_time_is_refused_and_changes_nothing() -> None:
    backup = Backup(ClusterOfLogs({0: _log()}))
    other = Backup(backup.cluster, store=backup.store, object_bytes=1)
    refused: list[str] = []

    def race(_: ClusterOfLogs) -> None:
        if not refused:
            with pytest.raises(ConditionFailed, match="another backup writes") as raised:
                other.run()
            refused.append(raised.value.summary)

    backup.cluster.on_read = race
    assert backup.run().problem == ""
    assert len(refused) == 1
    assert backup.problems() == []
    assert other.run().problem == ""
    assert backup.problems() == []


def test_head_that_moved_meanwhile_is_not_overwritten() -> None:
    """The lock is lost, as a lease of a process that slept can be."""
    backup = Backup(ClusterOfLogs({0: _log()}))
    other = Backup(backup.cluster, store=backup.store)
    store = backup.store
    assert isinstance(store, MemoryStore)
    left = [other]

    def race(_: ClusterOfLogs) -> None:
        if left:
            store.held.clear()
            left.pop().run()

    backup.cluster.on_read = race
    with pytest.raises(ConditionFailed):
        backup.run()
    assert backup.problems() == []


def test_metadata_has_what_is_needed_beside_the_records() -> None:
    cluster = ClusterOfLogs(
        {0: _log()},
        topic_configs={TOPIC: {"retention.ms": "1000"}},
        acls=[
            "ALLOW User:app READ TOPIC LITERAL orders *",
            "ALLOW User:app READ TOPIC LITERAL other *",
        ],
        quotas=[{"user": "alice", "producer_byte_rate": 1000}],
        group_offsets={"app": {f"{TOPIC}-0": 5}, "other": {"x-0": 1}},
    )
    backup = Backup(cluster)
    done = backup.run()
    folder = LineageStore(backup.store, backup.lineages()[0])
    meta: Any = json.loads(backup.store.get(folder.key(f"meta/{done.manifest.run}.json")).content)
    assert meta["config"]["retention.ms"] == {"value": "1000", "source": "DYNAMIC_TOPIC_CONFIG"}
    assert [a["resource_name"] for a in meta["acls"]] == ["orders"]
    assert meta["group_offsets"] == {"app": {"0": {"offset": 5, "lag": 7}}}
    assert len(meta["quotas"]) == 1


def test_a_rate_spreads_the_requests() -> None:
    log = _log(batches=40, records=200)
    clock = [0.0]

    def sleep(seconds: float) -> None:
        clock[0] += seconds

    backup = Backup(
        ClusterOfLogs({0: log}), bytes_per_second=64e3, now=lambda: clock[0], sleep=sleep
    )
    backup.run()
    assert backup.stored() == log.data
    assert clock[0] >= (len(log.data) - 65_536) / 64e3
