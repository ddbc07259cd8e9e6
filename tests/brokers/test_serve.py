"""`steward serve` on real brokers: what it serves is what Kafka's own tool says, and it outlives a kill."""

import json
import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, Producer
from confluent_kafka import TopicPartition as Position
from confluent_kafka.admin import NewTopic
from prometheus_client.parser import text_string_to_metric_families

from steward.sandbox.tools import run_tool
from support.live_admin import admin_client, client_settings, commit, done
from support.running_sandbox import RunningSandbox
from support.waiting import until

pytestmark = pytest.mark.brokers

TOPIC, GROUP = "serve-orders", "serve-billing"
RECORDS = 40
STEWARD = str(Path(sys.executable).parent / "steward")
COMMITTED = (0, 3, 10)
"""What the group has committed on the partitions, of ten records each."""


@pytest.fixture(scope="module")
def lagging(sandbox: RunningSandbox) -> Iterator[RunningSandbox]:
    """A topic with ten records in each of three partitions, and a group in the middle of them."""
    admin = admin_client(sandbox.connection)
    done(admin.create_topics([NewTopic(TOPIC, 3, 3)]))
    settings = client_settings(sandbox.connection)
    producer = Producer(settings)
    for number in range(30):
        producer.produce(TOPIC, b"x", partition=number % 3)
    assert producer.flush(30) == 0
    idle = Consumer({**settings, "group.id": GROUP})
    commit(idle, [Position(TOPIC, n, offset) for n, offset in enumerate(COMMITTED)])
    idle.close()
    yield sandbox
    done(admin.delete_consumer_groups([GROUP]))
    done(admin.delete_topics([TOPIC]))


class Daemon:
    """A `steward serve` of a test's own, with a state directory of its own."""

    def __init__(self, sandbox: RunningSandbox, folder: Path) -> None:
        bootstrap = sandbox.connection.bootstrap_servers
        command = [STEWARD, "serve", "--interval", "2s", "--listen", "127.0.0.1:0", "-o", "json"]
        self.process = subprocess.Popen(
            [*command, "-B", ",".join(bootstrap)], stdout=subprocess.PIPE, text=True,
            env={**os.environ, "STEWARD_STATE_DIR": str(folder)},
        )  # fmt: skip
        assert self.process.stdout is not None
        self.lines = self.process.stdout
        self.url = json.loads(self.lines.readline())["data"]["url"]

    def get(self, path: str) -> str:
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:
            return answer.read().decode()

    def metrics(self) -> dict[str, Any]:
        return {f.name: f for f in text_string_to_metric_families(self.get("/metrics"))}

    def cluster(self) -> dict[str, Any]:
        try:
            return json.loads(self.get("/readyz"))["clusters"][0]
        except urllib.error.HTTPError as refusal:
            return json.loads(refusal.read())["clusters"][0]

    def end(self, number: int) -> int:
        self.process.send_signal(number)
        code = self.process.wait(30)
        self.lines.close()
        return code


@pytest.fixture
def start(lagging: RunningSandbox, tmp_path: Path) -> Iterator[Callable[[], Daemon]]:
    started: list[Daemon] = []

    def begin() -> Daemon:
        started.append(Daemon(lagging, tmp_path))
        return started[-1]

    yield begin
    for daemon in started:
        if daemon.process.poll() is None:
            daemon.end(signal.SIGKILL)


def samples(family: Any) -> dict[tuple[str, ...], float]:
    """Samples of the test's own topic or group, without the cluster's label."""
    found = {tuple(s.labels.values())[1:]: s.value for s in family.samples}
    return {k: v for k, v in found.items() if TOPIC in k or GROUP in k}


def test_it_serves_what_kafkas_own_tool_says(
    start: Callable[[], Daemon], lagging: RunningSandbox
) -> None:
    daemon = start()
    until(lambda: daemon.cluster()["looks"] >= 3, "three looks")
    families = daemon.metrics()
    said = run_tool(lagging.name, "kafka-consumer-groups", ["--describe", "--group", GROUP])
    told = {
        (GROUP, TOPIC, number): float(lag)
        for number, lag in re.findall(
            rf"{GROUP}\s+{TOPIC}\s+(\d+)\s+\d+\s+\d+\s+(\d+)", said.stdout
        )
    }
    assert told == {(GROUP, TOPIC, str(n)): 10.0 - c for n, c in enumerate(COMMITTED)}
    assert samples(families["steward_group_lag_records"]) == told
    seconds = samples(families["steward_group_lag_seconds"])
    assert seconds[GROUP, TOPIC, "2"] == 0
    assert 0 < seconds[GROUP, TOPIC, "1"] <= seconds[GROUP, TOPIC, "0"] + 1 < 300
    low, worst, high = (
        samples(families[f"steward_group_{name}"])[(GROUP,)]
        for name in ("lag_seconds_low", "worst_lag_seconds", "lag_seconds_high")
    )
    assert low <= worst <= high <= low + 1.5
    basis = {s.labels["basis"] for s in families["steward_group_lag_basis"].samples
             if s.labels["group"] == GROUP}  # fmt: skip
    assert basis == {"create_time"}
    assert samples(families["steward_topic_partitions"]) == {(TOPIC,): 3}
    assert samples(families["steward_topic_partitions_offline"]) == {(TOPIC,): 0}
    assert samples(families["steward_topic_partitions_under_min_isr"]) == {(TOPIC,): 0}
    assert daemon.end(signal.SIGTERM) == 0


def test_it_goes_on_after_a_kill(start: Callable[[], Daemon]) -> None:
    first = start()
    looks = until(lambda: (n := first.cluster()["looks"]) >= 4 and n, "four looks")
    assert first.end(signal.SIGKILL) == -signal.SIGKILL
    second = start()
    until(lambda: second.cluster()["looks"] >= 1, "a first look")
    assert second.cluster()["restored_looks"] >= looks - 1
    assert second.end(signal.SIGINT) == 0


def test_requests_of_a_look_are_few(start: Callable[[], Daemon]) -> None:
    daemon = start()
    until(lambda: daemon.cluster()["looks"] >= 11, "eleven looks")
    families = daemon.metrics()
    sent = {s.labels["request"]: s.value for s in families["steward_collection_requests"].samples}
    looks = families["steward_collections"].samples[0].value
    brokers, coordinators = 3, 3
    every = sum(sent[name] for name in ("Metadata", "ListGroups", "OffsetFetch"))
    assert every <= looks * (1 + brokers + coordinators) + 4
    assert daemon.end(signal.SIGTERM) == 0
