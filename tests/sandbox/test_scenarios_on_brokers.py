"""Each scenario makes the trouble it promises: seen on real brokers with Kafka's own tools and clients."""

import json
import threading
import time
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from steward.sandbox.cluster import broker_start, status
from steward.sandbox.processes import processes_of
from steward.sandbox.scenarios import hanging_transaction, lag_spike
from steward.sandbox.scenarios.background import (
    run_scenario,
    running_scenarios,
)
from steward.sandbox.scenarios.clients import admin, admin_types
from steward.sandbox.scenarios.registry import scenario_named
from steward.sandbox.scenarios.topics import in_sync, leaders
from steward.sandbox.scenarios.watching import committed, end_offsets, lag, members, partitions_of
from steward.sandbox.tools import run_tool
from support.live_scenarios import LONG_S, scenario
from support.waiting import until

pytestmark = pytest.mark.brokers


def tool(sandbox: Any, name: str, *arguments: str) -> str:
    told = run_tool(sandbox.name, name, arguments)
    assert told.returncode == 0, told.stderr
    return told.stdout


def topic_configs(client: Any, topic: str) -> dict[str, tuple[str, bool]]:
    """Values, and whether the topic itself sets them."""
    types = admin_types()
    asked = types.ConfigResource(types.ResourceType.TOPIC, topic)
    (answer,) = client.describe_configs([asked]).values()
    return {
        name: (entry.value, entry.source == types.ConfigSource.DYNAMIC_TOPIC_CONFIG.value)
        for name, entry in answer.result(timeout=20).items()
    }


def group(client: Any, name: str) -> Any:
    (answer,) = client.describe_consumer_groups([name]).values()
    return answer.result(timeout=20)


def log_of(sandbox: Any, topic: str) -> str:
    """Dump the batches of a topic's first partition as a broker has stored them."""
    folder = Path(status(sandbox.name).brokers[0].data_dir) / f"{topic}-0"
    return tool(sandbox, "kafka-dump-log", "--files", str(folder / f"{'0' * 20}.log"))


def test_lag_spike_has_half_its_members_and_more_than_a_minute_of_lag(sandbox: Any):
    with scenario(sandbox, "lag-spike") as client:
        described = group(client, "lag-spike.billing")
        owned = [len(one.assignment.topic_partitions) for one in described.members]
        assert owned == [2] * lag_spike.MEMBERS
        assert len(partitions_of(client, "lag-spike.orders")) == lag_spike.PARTITIONS
        assert lag(sandbox.status, client, "lag-spike.billing", "lag-spike.orders") > 60 * 25
    assert not members(sandbox.status, "lag-spike.billing"), "stopped members have left"


def test_hot_key_makes_a_partition_more_than_ten_times_its_siblings(sandbox: Any):
    with scenario(sandbox, "hot-key"):
        told = tool(sandbox, "kafka-log-dirs", "--describe", "--topic-list", "hot-key.orders")
    (line,) = [line for line in told.splitlines() if line.startswith("{")]
    directories = json.loads(line)["brokers"][0]["logDirs"]
    sizes = sorted(one["size"] for one in directories[0]["partitions"])
    assert len(sizes) == 6
    assert sizes[-1] > 10 * median(sizes[:-1])


def test_weak_producer_leaves_plain_batches_beside_good_ones(sandbox: Any):
    with scenario(sandbox, "weak-producer"):
        weak, good = (
            log_of(sandbox, "weak-producer.orders"),
            log_of(sandbox, "weak-producer.payments"),
        )
        bulk, shared = (
            log_of(sandbox, "weak-producer.bulk"),
            log_of(sandbox, "weak-producer.shared"),
        )
    for plain in (weak, bulk):
        assert "producerId: -1 " in plain
        assert "compresscodec: none" in plain
        assert "lz4" not in plain
    assert set(_values(weak, "count")) == {"1"}
    assert max(map(int, _values(bulk, "count"))) > 1
    assert "producerId: -1 " not in good
    assert set(_values(good, "compresscodec")) == {"lz4"}
    assert set(_values(shared, "compresscodec")) == {"none", "lz4"}


def _values(dump: str, field: str) -> list[str]:
    lines = [line for line in dump.splitlines() if line.startswith("baseOffset")]
    return [line.split(f" {field}: ")[1].split()[0] for line in lines]


def test_hanging_transaction_is_found_by_kafkas_own_tool(sandbox: Any):
    _hangs(sandbox)


def test_hanging_transaction_on_a_secured_sandbox(secure_sandbox: Any):
    _hangs(secure_sandbox)


def _hangs(sandbox: Any) -> None:
    topic = "hanging-transaction.payments"
    with scenario(sandbox, "hanging-transaction") as client:
        found = tool(sandbox, "kafka-transactions", "find-hanging", "--topic", topic)
        (line,) = [line for line in found.splitlines() if line.startswith(topic)]
        assert line.split()[1] == str(hanging_transaction.PARTITION)
        where = (topic, hanging_transaction.PARTITION)
        stable = end_offsets(client, topic, committed_only=True)[where]
        assert end_offsets(client, topic)[where] >= stable + hanging_transaction.HIDDEN
        until(
            lambda: committed(sandbox.status, "hanging-transaction.ledger").get(where) == stable,
            "the reader stands at the last stable offset",
        )
        configs = tool(sandbox, "kafka-configs", "--describe", "--entity-type", "brokers")
        assert "verification" not in configs, "the brokers verify again"


def test_rebalance_storm_sees_strangers_come_and_go(sandbox: Any):
    with scenario(sandbox, "rebalance-storm") as client:
        seen = set(members(sandbox.status, "rebalance-storm.workers"))
        first = len(seen)

        def churned() -> bool:
            seen.update(members(sandbox.status, "rebalance-storm.workers"))
            return len(seen) >= first + 3

        until(churned, "three new members")
        assert not any(
            one.group_instance_id for one in group(client, "rebalance-storm.workers").members
        )


def test_noisy_neighbour_has_a_quota_for_as_long_as_it_runs(sandbox: Any):
    with scenario(sandbox, "noisy-neighbour") as client:
        quotas = _quotas(sandbox, "clients")
        assert "'noisy-neighbour.loader' are producer_byte_rate=65536" in quotas
        assert "'noisy-neighbour.scraper' are consumer_byte_rate=65536" in quotas
        assert (
            lag(sandbox.status, client, "noisy-neighbour.billing", "noisy-neighbour.orders") < 500
        )
    assert "noisy-neighbour" not in _quotas(sandbox, "clients")


def test_noisy_neighbour_is_a_user_on_a_secured_sandbox(secure_sandbox: Any):
    with scenario(secure_sandbox, "noisy-neighbour"):
        assert "'noisy-neighbour.loader' are producer_byte_rate=65536" in _quotas(
            secure_sandbox, "users"
        )
        assert "User:noisy-neighbour.scraper" in tool(secure_sandbox, "kafka-acls", "--list")
    assert "noisy-neighbour" not in _quotas(secure_sandbox, "users")
    assert "noisy-neighbour" not in tool(secure_sandbox, "kafka-acls", "--list")


def _quotas(sandbox: Any, entities: str) -> str:
    return tool(sandbox, "kafka-configs", "--describe", "--entity-type", entities)


def test_lost_broker_takes_a_topic_with_it_and_comes_back(sandbox: Any):
    with scenario(sandbox, "lost-broker") as client:
        (lost,) = [broker.id for broker in status(sandbox.name).brokers if broker.pid is None]
        try:
            assert leaders(client, "lost-broker.single") == {0: -1}
            assert all(len(isr) == 2 for isr in in_sync(client, "lost-broker.orders").values())
            before = sum(end_offsets(client, "lost-broker.orders").values())
            until(
                lambda: sum(end_offsets(client, "lost-broker.orders").values()) > before,
                "the topic of three replicas is written on",
            )
        finally:
            broker_start(sandbox.name, lost)
        until(
            lambda: all(len(isr) == 3 for isr in in_sync(client, "lost-broker.strict").values()),
            "its replicas have caught up",
        )
        until(lambda: leaders(client, "lost-broker.single") == {0: lost}, "its topic is back")


def test_abandoned_group_is_empty_and_behind(sandbox: Any):
    with scenario(sandbox, "abandoned-group") as client:
        assert group(client, "abandoned-group.reports").state.name == "EMPTY"
        assert (
            lag(sandbox.status, client, "abandoned-group.reports", "abandoned-group.orders") >= 600
        )


def test_retention_overrun_leaves_commits_that_point_at_nothing(sandbox: Any):
    with scenario(sandbox, "retention-overrun") as client:
        earliest = {one: admin_types().OffsetSpec.earliest() for one in _events(client)}
        answers = client.list_offsets(earliest).items()
        starts = {(one.topic, one.partition): found.result(20).offset for one, found in answers}
        commits = committed(sandbox.status, "retention-overrun.warehouse")
    assert set(commits) == set(starts)
    assert all(commits[where] < start for where, start in starts.items())


def _events(client: Any) -> list[Any]:
    return partitions_of(client, "retention-overrun.events")


def test_topics_are_configured_as_badly_as_promised(sandbox: Any):
    with scenario(sandbox, "no-retention"), scenario(sandbox, "min-isr-one") as client:
        archive = topic_configs(client, "no-retention.archive")
        clicks = topic_configs(client, "no-retention.clicks")
        payments = topic_configs(client, "min-isr-one.payments")
        replicas = in_sync(client, "min-isr-one.payments")
    assert (archive["retention.ms"], archive["retention.bytes"]) == (("-1", True), ("-1", True))
    assert not clicks["retention.ms"][1]
    assert not clicks["retention.bytes"][1]
    assert payments["min.insync.replicas"] == ("1", True)
    assert all(len(isr) == 3 for isr in replicas.values())


def test_over_partitioned_in_the_foreground_ends_by_itself(sandbox: Any):
    before = threading.active_count()
    run_scenario(sandbox.name, "over-partitioned", seconds=0.1)
    client = admin(sandbox.status)
    assert len(partitions_of(client, "over-partitioned.events")) == 240
    (deleted,) = client.delete_topics(["over-partitioned.events"]).values()
    deleted.result(timeout=20)
    assert threading.active_count() <= before + 1


def test_a_scenario_in_the_foreground_ends_when_told(sandbox: Any):
    over, told = threading.Event(), list[str]()

    def progress(line: str) -> None:
        told.append(line)
        if line.startswith("ready"):
            over.set()

    begun = time.monotonic()
    run_scenario(sandbox.name, "abandoned-group", seconds=LONG_S, progress=progress, over=over)
    assert time.monotonic() - begun < LONG_S / 2
    assert told[0] == "starting scenario abandoned-group"


def test_share_and_streams_groups_are_of_their_types(sandbox: Any):
    with scenario(sandbox, "share-group"), scenario(sandbox, "streams-group"):
        groups = tool(sandbox, "kafka-groups", "--list")
    types = {line.split()[0]: line.split()[1] for line in groups.splitlines() if "." in line}
    assert types["share-group.workers"] == "Share"
    assert types["streams-group.wordcount"] == "Streams"


def test_the_tour_has_a_healthy_baseline_and_every_trouble(sandbox: Any):
    with scenario(sandbox, "mixed") as client:
        again = run_scenario(sandbox.name, "mixed", background=True)
        assert [again] == list(running_scenarios(sandbox.name)), "a second start changes nothing"
        for name, kind in (
            ("payments", "CLASSIC"),
            ("shipments", "CLASSIC"),
            ("invoices", "CONSUMER"),
        ):
            found = group(client, f"mixed.healthy.{name}-readers")
            assert (found.type.name, found.state.name, len(found.members)) == (kind, "STABLE", 2)
            assert lag(sandbox.status, client, found.group_id, f"mixed.healthy.{name}") < 200
        topics = set(client.list_topics(timeout=20).topics)
        for part in (
            scenario_named("mixed")
            .injects.split("the scenarios ")[1]
            .split(", with")[0]
            .split(", ")
        ):
            assert any(topic.startswith(f"mixed.{part}.") for topic in topics), part
        assert (
            lag(sandbox.status, client, "mixed.lag-spike.billing", "mixed.lag-spike.orders")
            > 60 * 25
        )
    assert not [
        one for one in processes_of(Path(sandbox.status.data_dir)) if "mixed" in one.cmdline()
    ]
