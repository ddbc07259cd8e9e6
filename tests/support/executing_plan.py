"""A plan of three requests, executed by a process of its own; each waits until a line is typed, or input is closed."""

import signal
import sys
import time
from pathlib import Path

import steward.__main__ as entry
from steward.change.execution import open_executor as opening
from steward.change.planning.build import make_plan
from steward.model.change import AlterConfigs, ConfigTarget, CreatePartitions, CreateTopic
from steward.model.connection import Connection, Secret
from steward.model.instant import Instant
from steward.store.open import open_store
from support.cluster_on_file import ClusterOnFile
from support.cluster_text import snapshot_of

CHANGES = (
    CreateTopic(
        name="new",
        partitions=2,
        replication_factor=3,
        configs={"retention.ms": "1000", "min.insync.replicas": "2"},
    ),
    AlterConfigs(target=ConfigTarget.TOPIC, name="orders", set={"retention.ms": "2000"}),
    CreatePartitions(topic="old", partitions=2),
)


def _wait_for_a_line() -> None:
    sys.stdin.readline()


def _changer(_: Connection) -> ClusterOnFile:
    return cluster


def _cluster(path: Path) -> ClusterOnFile:
    made = ClusterOnFile(path)
    made.snapshot = snapshot_of({
        "identity": {"version": "4.3", "controller": 1},
        "brokers": "1@a 2@b 3@c",
        "topics": {"orders": "3x", "old": "1x"},
        "topic_configs": {
            "orders": {"retention.ms": "1000", "min.insync.replicas": "2"},
            "old": {"retention.ms": "1000"},
        },
        "broker_configs": {"1": {}, "2": {}, "3": {}},
    })  # fmt: skip
    made.before_performing = _wait_for_a_line
    return made


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    folder = Path(sys.argv[1])
    cluster = _cluster(folder / "cluster")
    now = Instant(time.time_ns() // 1_000_000)
    plan = make_plan(
        CHANGES, cluster.snapshot, title="t", made_by="me", source="test", now=now, ordered=True
    )
    with open_store(Secret(f"sqlite:///{folder}/steward.db")) as store:
        store.plans.save(plan)
    opening.connect_changer = _changer
    entry.connect = _changer
    words = (
        "-B",
        "b1:9092",
        "plan",
        "execute",
        plan.id,
        "--yes",
        "--confirm",
        "old",
        *sys.argv[2:],
    )
    sys.exit(entry.run(list(words)))
