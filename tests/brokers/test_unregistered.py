"""A broker that is gone for good is forgotten by the controller: seen by Kafka's own tool, and never while it lives."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from steward.sandbox.cluster import broker_start, broker_stop, down, up
from steward.sandbox.status import SandboxSpec
from support.live_changes import Live
from support.running_sandbox import RunningSandbox
from support.waiting import until

pytestmark = pytest.mark.brokers

NAME, GONE = "leaving", 4


@pytest.fixture
def live(state_dir: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Live]:
    status = up(SandboxSpec(name=NAME, brokers=4))
    yield Live(RunningSandbox(NAME, status), capsys)
    down(NAME, purge=True)


def _registered(live: Live) -> set[str]:
    rows = live.table("kafka-cluster", "list-endpoints", "--include-fenced-brokers")
    return {row["ID"] for row in rows}


def test_a_stopped_broker_is_forgotten_until_it_comes_back(live: Live) -> None:
    refused = live.steward("broker", "unregister", str(GONE), "--yes")
    assert refused.code == 4
    assert "alive" in refused.told or "stop" in refused.told
    broker_stop(NAME, GONE)
    until(lambda: live.done("broker", "list"), "the cluster responds")
    assert str(GONE) in _registered(live)
    forgotten = live.done("broker", "unregister", str(GONE), "--yes")["execution"]
    assert forgotten["outcome"] == "done"
    assert "registers itself" in forgotten["irreversible"]
    assert str(GONE) not in _registered(live)
    again = live.steward("broker", "unregister", str(GONE), "--yes")
    assert (again.code, again.document["errors"][0]["code"]) == (1, "not_found")
    broker_start(NAME, GONE)
    assert str(GONE) in _registered(live)
