"""In production, a topic that a plan created goes with the undo while it never held a record, and stays once it did."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from confluent_kafka import Producer

import steward.__main__ as entry
from support.live_admin import admin_client, client_settings, done
from support.running_sandbox import RunningSandbox

pytestmark = pytest.mark.brokers

TOPIC = "undo-made"
CREATE = (
    "topic", "create", TOPIC, "--partitions", "2", "--retention", "1d", "--min-insync-replicas",
    "2", "--yes",
)  # fmt: skip


@pytest.fixture
def production(
    sandbox: RunningSandbox, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[..., tuple[int, Any]]]:
    """Run commands on a cluster without a profile, which counts as production."""

    def run(*words: str) -> tuple[int, Any]:
        capsys.readouterr()
        code = entry.run([*words, "-B", sandbox.bootstrap_servers, "-o", "json"])
        return code, json.loads(capsys.readouterr().out)

    yield run
    admin = admin_client(sandbox.connection)
    if TOPIC in admin.list_topics(timeout=30).topics:
        done(admin.delete_topics([TOPIC]))


def test_it_goes_while_it_is_empty_and_stays_once_a_record_came(
    sandbox: RunningSandbox, production: Callable[..., tuple[int, Any]]
) -> None:
    admin = admin_client(sandbox.connection)

    def created() -> str:
        code, document = production(*CREATE)
        assert (code, document["data"]["environment"]) == (0, "production"), document["errors"]
        return document["data"]["id"]

    plan = created()
    code, document = production("plan", "undo", plan)
    assert (code, document["errors"][0]["code"]) == (4, "not_confirmed")
    code, document = production("plan", "undo", plan, "--confirm", TOPIC)
    assert code == 0, document["errors"]
    reasons = {r["rule"]: r["message"] for r in document["data"]["guard"]["reasons"]}
    assert "no record was ever written" in reasons["topic_deletion"]
    assert TOPIC not in admin.list_topics(timeout=30).topics

    plan = created()
    producer = Producer(client_settings(sandbox.connection))
    producer.produce(TOPIC, b"x")
    producer.flush(30)
    code, document = production("plan", "undo", plan, "--confirm", TOPIC)
    assert (code, document["data"]["execution"]) == (4, None)
    assert "topic_deletion" in {e["code"] for e in document["errors"]}
    assert TOPIC in admin.list_topics(timeout=30).topics
