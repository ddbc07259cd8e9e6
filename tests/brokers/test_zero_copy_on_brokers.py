"""`steward log zero-copy` on real brokers: sendfile serves plaintext and not TLS, and shares are the bytes sent."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import pytest
from confluent_kafka import Consumer, Producer
from confluent_kafka import TopicPartition as Position
from confluent_kafka.admin import NewTopic

import steward.__main__ as entry
from steward.analysis.zero_copy.metrics import LISTENER_BYTES, MetricSums
from steward.cluster.observer import connect
from steward.model.snapshot import Part
from support.live_admin import admin_client, client_settings, done
from support.running_sandbox import RunningSandbox

pytestmark = pytest.mark.brokers

TOPIC = "zero-copy-orders"
RECORD = b"x" * 10_000
RECORDS = 2_000


class Shown(Protocol):
    """Run the command on a sandbox and return its data."""

    def __call__(self, sandbox: RunningSandbox, *words: str) -> Mapping[str, Any]: ...


@pytest.fixture
def shown(capsys: pytest.CaptureFixture[str]) -> Shown:
    def run(sandbox: RunningSandbox, *words: str) -> Mapping[str, Any]:
        code = entry.run(["log", "zero-copy", *words, "--cluster", sandbox.name, "-o", "json"])
        out, err = capsys.readouterr()
        assert code == 0, err
        return json.loads(out)["data"]

    return run


def filled(sandbox: RunningSandbox) -> Iterator[None]:
    admin = admin_client(sandbox.connection)
    done(admin.create_topics([NewTopic(TOPIC, 3, 1)]))
    producer = Producer(client_settings(sandbox.connection))
    for number in range(RECORDS):
        producer.produce(TOPIC, RECORD, partition=number % 3)
        producer.poll(0)
    assert producer.flush(60) == 0
    yield
    done(admin.delete_topics([TOPIC]))


@pytest.fixture(scope="module")
def plain(sandbox: RunningSandbox) -> Iterator[RunningSandbox]:
    for _ in filled(sandbox):
        yield sandbox


@pytest.fixture(scope="module")
def secured(secure_sandbox: RunningSandbox) -> Iterator[RunningSandbox]:
    for _ in filled(secure_sandbox):
        yield secure_sandbox


def read(settings: dict[str, Any], times: int = 1) -> int:
    """Read the whole topic a number of times; return the bytes of its values."""
    size = 0
    for _ in range(times):
        consumer = Consumer({**settings, "group.id": "zero-copy", "enable.auto.commit": False})
        consumer.assign([Position(TOPIC, n, 0) for n in range(3)])
        left = RECORDS
        while left:
            found = consumer.consume(left, 30)
            assert found
            left -= len(found)
            size += sum(len(one.value() or b"") for one in found)
        consumer.close()
    return size


def test_plaintext_listeners_use_sendfile_and_brokers_measure_the_rest(
    plain: RunningSandbox, shown: Shown
) -> None:
    read(client_settings(plain.connection))
    data = shown(plain, "--all")
    states = {one["listener"]: one["state"] for one in data["listeners"]}
    assert states == {"PLAINTEXT": "sendfile", "INTERNAL": "sendfile"}
    assert data["summary"]["eligible_percent"] == pytest.approx(100)
    assert data["summary"]["bytes_out_per_second"] > 0
    assert sum(one["share_percent"] for one in data["listeners"]) == pytest.approx(100)
    topic = next(one for one in data["topics"] if one["topic"] == TOPIC)
    assert topic["state"] == "sendfile"
    assert topic["bytes_out_per_second"] is not None
    assert [one["broker"] for one in data["costs"]] == [1, 2, 3]
    for cost in data["costs"]:
        assert all(value is not None for value in cost.values()), cost


def test_tls_listeners_lose_it_and_their_shares_are_the_bytes_that_clients_read(
    secured: RunningSandbox, shown: Shown
) -> None:
    first = shown(secured)
    assert {one["state"] for one in first["listeners"]} == {"lost"}
    assert first["summary"]["eligible_percent"] == 0
    before = _sent(secured)
    over_scram = read(client_settings(secured.connection), times=3)
    tls = client_settings(secured.connection) | {
        "bootstrap.servers": secured.status.listeners["MTLS"],
        "security.protocol": "SSL",
        "ssl.certificate.location": secured.connection.ssl_cert_file,
        "ssl.key.location": secured.connection.ssl_key_file,
    }
    over_tls = read(tls)
    after = _sent(secured)
    grown = {name: after[name] - before[name] for name in after}
    assert grown["SCRAM"] / grown["MTLS"] == pytest.approx(over_scram / over_tls, rel=0.05)


def _sent(sandbox: RunningSandbox) -> Mapping[str, float]:
    """Bytes sent over each listener since the brokers started."""
    with connect(sandbox.connection) as observer:
        snapshot = observer.observe(frozenset({Part.BROKERS, Part.METRICS}))
    return MetricSums(snapshot).labelled(LISTENER_BYTES, "listener")
