"""A hanging transaction ended, and throttled clients named, on real brokers: Kafka's tools and the JMX agent agree."""

import re
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.request import urlopen

import pytest
from confluent_kafka import Producer

from steward.sandbox.scenarios import hanging_transaction, noisy_neighbour
from steward.sandbox.scenarios.watching import committed, end_offsets
from support.live_admin import client_settings
from support.live_changes import Live
from support.live_scenarios import scenario
from support.running_sandbox import RunningSandbox
from support.waiting import until

pytestmark = pytest.mark.brokers

TOPIC = "hanging-transaction.payments"
HUNG = f"{TOPIC}-{hanging_transaction.PARTITION}"
LOADER, SCRAPER = "noisy-neighbour.loader", "noisy-neighbour.scraper"
QUOTAS = ((LOADER, "producer_byte_rate"), (SCRAPER, "consumer_byte_rate"))


@pytest.fixture
def live(secure_sandbox: RunningSandbox, capsys: pytest.CaptureFixture[str]) -> Live:
    return Live(secure_sandbox, capsys)


def test_a_hanging_transaction_is_ended_and_its_readers_go_on(live: Live) -> None:
    where = (TOPIC, hanging_transaction.PARTITION)
    with scenario(live.sandbox, "hanging-transaction") as client:
        stable = end_offsets(client, TOPIC, committed_only=True)[where]
        assert _hanging(live), "Kafka's own tool finds it"

        shown = live.done("transaction", "abort", HUNG, "--dry-run")
        (step,) = shown["steps"]
        assert (step["kind"], step["reversible"]) == ("WriteTxnMarkers", False)
        assert live.steward("transaction", "abort", HUNG).code == 4
        assert end_offsets(client, TOPIC, committed_only=True)[where] == stable

        ended = live.done("transaction", "abort", HUNG, "--yes")
        assert [s["status"] for s in ended["execution"]["steps"]] == ["done"]
        assert not _hanging(live)
        until(
            lambda: (
                end_offsets(client, TOPIC, committed_only=True)[where]
                > stable + hanging_transaction.HIDDEN
            ),
            "the last stable offset goes on",
        )
        until(
            lambda: (
                committed(live.sandbox.status, "hanging-transaction.ledger").get(where, 0) > stable
            ),
            "its read_committed reader goes on",
        )
        gone = live.steward("transaction", "abort", HUNG, "--yes")
        assert (gone.code, "no transaction is open" in gone.told) == (1, True)


def _hanging(live: Live) -> list[str]:
    """Return the lines of kafka-transactions about the topic."""
    told = live.kafka("kafka-transactions", "find-hanging", "--topic", TOPIC)
    return [line for line in told.splitlines() if line.startswith(TOPIC)]


def test_a_transaction_that_its_coordinator_knows_is_left_alone(live: Live) -> None:
    live.done(
        "topic", "create", "abort-open", "--partitions", "1", "--replication-factor", "1",
        "--retention", "1d", "--yes",
    )  # fmt: skip
    with _open_transaction(live, "abort-open"):
        refused = live.steward("transaction", "abort", "abort-open-0", "--yes")
        assert refused.code == 4
        assert "not hanging: coordinator" in refused.told
        assert "Ongoing" in refused.told
    live.done("topic", "delete", "abort-open", "--yes")


@contextmanager
def _open_transaction(live: Live, topic: str) -> Iterator[None]:
    producer = Producer(
        {**client_settings(live.sandbox.connection), "transactional.id": "abort-open"}
    )
    producer.init_transactions(30)
    producer.begin_transaction()
    producer.produce(topic, b"x")
    producer.flush(30)
    yield
    producer.abort_transaction(30)


def test_who_is_throttled_is_named_with_limit_entry_and_broker(live: Live) -> None:
    limit = float(noisy_neighbour.LIMIT_BYTES_PER_S)
    with scenario(live.sandbox, "noisy-neighbour"):
        until(lambda: {LOADER, SCRAPER} <= set(_throttled(live)), "both are named as throttled")
        rows = until(lambda: _as_the_agents_say(live), "usage agrees with the brokers' agents")
        for user, quota in QUOTAS:
            row = rows[user, quota]
            assert (row["limit"], row["entity"]) == (limit, f"user={user}")
            assert row["share"] < 3, "a quota holds"
            assert row["used"] == pytest.approx(row["share"] * limit, rel=0.01)

        by_name = live.done("quota", "usage", "--user", LOADER)["clients"]
        assert {r["user"] for r in by_name} == {LOADER}
        words = ("--network", "125MB/s", "--disk", "100MB/s", "--tolerate", "1")
        advice, proposals = until(lambda: _advised(live, words), "both get a proposal")
        for key in QUOTAS:
            proposal = proposals[key]
            assert proposal["limit"] == limit
            assert proposal["proposed"] >= 2 * proposal["used"] * 0.99
            assert _verb_of(proposal["command"])[:2] == ["quota", "alter"]
        promised = {r["quota"]: r["promised"] for r in advice["capacity"]}
        assert promised["producer_byte_rate"] >= limit
        assert {r["quota"] for r in advice["capacity"]} >= {
            "producer_byte_rate",
            "request_percentage",
        }
        assert all(r["capacity"] > 0 for r in advice["capacity"])
        planned = live.done(*_verb_of(proposals[LOADER, "producer_byte_rate"]["command"]))
        assert planned["steps"][0]["object"] == {"kind": "quota", "name": f"user={LOADER}"}


def _verb_of(command: str) -> list[str]:
    """Return a command's words from its noun on: the cluster stands before it."""
    words = shlex.split(command)
    return words[words.index("quota") :]


def _advised(live: Live, words: tuple[str, ...]) -> tuple[Any, Any] | None:
    """Return the advice and its proposals by user and quota, once both clients have one."""
    advice = live.done("quota", "advise", *words)
    proposals = {(r["user"], r["quota"]): r for r in advice["clients"]}
    return (advice, proposals) if proposals.keys() >= set(QUOTAS) else None


def _as_the_agents_say(live: Live) -> dict[tuple[str, str], Any]:
    """Return usage by user and quota, where agents asked before and after say the same; empty where they do not.

    A busy machine lets rates jump from one second to the next, and clients rest: then the three are asked again.
    """
    before = _agents(live)
    clients = live.done("quota", "usage")["clients"]
    after = _agents(live)
    rows = {(r["user"], r["quota"]): r for r in clients}
    return rows if all(_lies_between(rows, before, after, key) for key in QUOTAS) else {}


def _lies_between(rows: Any, before: Any, after: Any, key: tuple[str, str]) -> bool:
    row, around = rows.get(key), [sum(seen.get(key, {}).values()) for seen in (before, after)]
    if row is None or not row["throttle_ms"] > 0 or row["broker"] not in after.get(key, {}):
        return False
    return row["share"] > 0.5 and 0.5 * min(around) <= row["used_in_cluster"] <= 1.5 * max(around)


def _throttled(live: Live) -> list[str]:
    rows = live.done("quota", "usage", "--throttled")["clients"]
    assert all(row["throttle_ms"] > 0 for row in rows)
    return [row["user"] for row in rows]


_SAMPLE = re.compile(r"^kafka_server_(produce|fetch)_byte_rate\{([^}]*)\} (\S+)$", re.MULTILINE)
_KINDS = {"produce": "producer_byte_rate", "fetch": "consumer_byte_rate"}


def _agents(live: Live) -> dict[tuple[str, str], dict[int, float]]:
    """Read what the brokers' JMX agents say of each user, by broker."""
    found: dict[tuple[str, str], dict[int, float]] = {}
    for broker, url in live.sandbox.connection.metrics.items():
        with urlopen(url, timeout=20) as answer:
            text = answer.read().decode()
        for kind, labels, value in _SAMPLE.findall(text):
            user = re.search(r'user="([^"]*)"', labels)
            if user is not None and float(value) > 0:
                found.setdefault((user[1], _KINDS[kind]), {})[broker] = float(value)
    return found
