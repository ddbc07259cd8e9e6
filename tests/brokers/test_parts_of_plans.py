"""On real brokers: a plan of one object leaves the others, and the possible part runs where another is impossible."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.live_changes import Live
from support.running_sandbox import RunningSandbox

pytestmark = pytest.mark.brokers

SHRUNK, FIRST, SECOND = "parts.shrunk", "parts.first", "parts.second"
MANIFEST = """
apiVersion: steward/v1
kind: Topic
metadata: {{name: {name}}}
spec: {{partitions: {partitions}, replicas: 3, retention: 1d, config: {{min.insync.replicas: "2"}}}}
---
"""


@pytest.fixture
def live(
    sandbox: RunningSandbox, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Iterator[Live]:
    live = Live(sandbox, capsys)
    live.done("topic", "create", SHRUNK, "--partitions", "3", "--retention", "1d", "--yes")
    declared = ((SHRUNK, 2), (FIRST, 1), (SECOND, 1))
    (tmp_path / "m.yaml").write_text(
        "".join(MANIFEST.format(name=name, partitions=count) for name, count in declared)
    )
    yield live
    for name in topics(live):
        live.kafka("kafka-topics", "--delete", "--topic", name)


def topics(live: Live) -> set[str]:
    return {t for t in live.kafka("kafka-topics", "--list").split() if t.startswith("parts.")}


def test_a_target_alone_is_changed_and_then_the_possible_part(live: Live, tmp_path: Path) -> None:
    manifests = str(tmp_path / "m.yaml")
    first = live.done("plan", manifests, "--target", f"Topic/{FIRST}")
    assert [s["object"]["name"] for s in first["steps"]] == [FIRST]
    live.done("plan", "execute", first["id"], "--yes")
    assert topics(live) == {SHRUNK, FIRST}

    whole = live.steward("plan", manifests)
    assert whole.code == 4
    assert [one["object"]["name"] for one in whole.data["impossible"]] == [SHRUNK]
    refused = live.steward("plan", "execute", whole.data["id"], "--yes")
    assert (refused.code, topics(live)) == (4, {SHRUNK, FIRST})
    done = live.done("plan", "execute", whole.data["id"], "--yes", "--allow-partial")
    assert [one["object"]["name"] for one in done["left_out"]] == [SHRUNK]
    assert topics(live) == {SHRUNK, FIRST, SECOND}
    described = live.kafka("kafka-topics", "--describe", "--topic", SHRUNK)
    assert "PartitionCount: 3" in described
