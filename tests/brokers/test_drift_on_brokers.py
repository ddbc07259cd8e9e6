"""Drift that Kafka's own tools make, seen by the daemon: by whom, proposed, enforced once; retention cut in steps."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from steward.change.execution import open_executor as opening
from steward.change.execution.observation_scope import plan_scope
from steward.change.planning.cluster_state import ClusterState
from steward.change.planning.retention import RetentionCut, in_steps
from steward.cluster.change import connect_changer
from steward.cluster.observer import connect
from steward.commands.api.context import Context
from steward.commands.daemon.loops import loops_of
from steward.daemon.drift.loop import DriftWatch
from steward.model.change import AlterConfigs, ConfigTarget
from steward.model.connection import Connection, Secret
from steward.sandbox.places import broker_dir, sandbox_home
from steward.store.open import Store, open_store
from support.live_changes import Live
from support.live_execution import ALLOW, LiveExecution, store_in
from support.live_kill import killed_at
from support.running_sandbox import RunningSandbox
from support.waiting import until

pytestmark = pytest.mark.brokers

TOPIC = "drifting.orders"
DAY = 86_400_000
STEWARD = str(Path(sys.executable).parent / "steward")
MANIFEST = f"""
apiVersion: steward/v1
kind: Topic
metadata: {{name: {TOPIC}}}
spec: {{partitions: 2, replicas: 3, retention: 7d, config: {{min.insync.replicas: "2"}}}}
---
apiVersion: steward/v1
kind: Quota
metadata: {{name: drifting}}
spec: {{entity: {{user: drifting}}, limits: {{producerByteRate: 1MB/s}}}}
"""
DRIFT = """
[[drift]]
cluster = "{cluster}"
manifests = ["m.yaml"]
interval_seconds = 5
mode = "{mode}"
authorizer_logs = [{logs}]
"""


@pytest.fixture
def live(
    secure_sandbox: RunningSandbox, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Iterator[Live]:
    live = Live(secure_sandbox, capsys)
    (tmp_path / "m.yaml").write_text(MANIFEST)
    planned = live.steward("plan", str(tmp_path / "m.yaml"))
    live.done("plan", "execute", planned.data["id"], "--yes")
    yield live
    live.kafka("kafka-topics", "--delete", "--topic", TOPIC)
    live.kafka(
        "kafka-configs", "--alter", "--entity-type", "users", "--entity-name", "drifting",
        "--delete-config", "producer_byte_rate",
    )  # fmt: skip


class Opened:
    """Counts the connections over which clusters are changed."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, connection: Connection) -> object:
        self.count += 1
        return connect_changer(connection)


def written(live: Live, folder: Path, mode: str) -> Path:
    brokers = (broker_dir(sandbox_home(live.sandbox.name), n) for n in (1, 2, 3))
    logs = ", ".join(json.dumps(str(b / "log" / "server.log")) for b in brokers)
    path = folder / "steward.toml"
    path.write_text(DRIFT.format(cluster=live.sandbox.name, mode=mode, logs=logs))
    return path


def watch_of(live: Live, folder: Path, store: Store, mode: str) -> DriftWatch:
    context = Context(
        connect=connect, config=str(written(live, folder, mode)), cluster=live.sandbox.name
    )
    served = dict([context.named_profile])
    (watch,) = loops_of(context, served, store, lambda *_: None).drifts
    return watch


def retention(live: Live) -> str:
    said = live.kafka(
        "kafka-configs", "--describe", "--entity-type", "topics", "--entity-name", TOPIC
    )
    return said.split("retention.ms=")[1].split()[0]


def audited(live: Live, folder: Path, level: str) -> None:
    """Let the brokers' authorizer write down what it allows, or no more."""
    steps = LiveExecution(live.sandbox.name, live.sandbox.connection, folder, {})
    steps.carry_out(
        *(
            AlterConfigs(
                target=ConfigTarget.BROKER_LOGGER,
                name=broker,
                set={"kafka.authorizer.logger": level},
            )
            for broker in "123"
        )
    )


def test_drift_by_kafkas_tools_is_told_by_whom_proposed_and_enforced_once(
    live: Live, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Opened()
    monkeypatch.setattr(opening, "connect_changer", opened)
    with open_store(Secret(f"sqlite:///{tmp_path}/drift.db")) as store:
        proposing = watch_of(live, tmp_path, store, "propose")
        proposing.check_once()
        assert proposing.state.fault is None
        assert proposing.state.troubles == ()
        audited(live, tmp_path, "DEBUG")
        live.kafka(
            "kafka-configs", "--alter", "--entity-type", "topics", "--entity-name", TOPIC,
            "--add-config", "retention.ms=3600000",
        )  # fmt: skip
        live.kafka(
            "kafka-configs", "--alter", "--entity-type", "users", "--entity-name", "drifting",
            "--add-config", "producer_byte_rate=5",
        )  # fmt: skip
        proposing.check_once()
        audited(live, tmp_path, "INFO")
        opened.count = 0
        seen = proposing.state.last
        assert seen is not None
        quota, topic = seen.troubles
        assert "retention.ms is 3600000, declared 604800000" in topic.summary
        assert ", by User:" in topic.summary
        assert "127.0.0.1" in topic.summary
        assert "producer_byte_rate is 5" in quota.summary
        assert seen.plan_id[:12] in topic.summary
        proposing.check_once()
        assert proposing.state.last is not None
        assert proposing.state.last.plan_id == seen.plan_id
        assert opened.count == 0

        enforcing = watch_of(live, tmp_path, store, "enforce")
        enforcing.check_once()
        assert enforcing.state.fault is None
        assert enforcing.state.troubles == ()
        assert enforcing.state.enforced == {"done": 2}
        assert retention(live) == "604800000"
        assert opened.count == 1
        enforcing.check_once()
        assert enforcing.state.enforced == {"done": 2}
        assert opened.count == 1
        assert [h.outcome for h in store.plans.heads(9)] == [
            "done"
        ]  # proposed, then enforced: one plan


def test_the_daemon_serves_what_has_drifted(live: Live, tmp_path: Path) -> None:
    written(live, tmp_path, "report")
    live.kafka(
        "kafka-configs", "--alter", "--entity-type", "topics", "--entity-name", TOPIC,
        "--add-config", "retention.ms=3600000",
    )  # fmt: skip
    process = subprocess.Popen(
        [STEWARD, "serve", "--cluster", live.sandbox.name, "--listen", "127.0.0.1:0", "--interval", "2s",
         "-o", "json"],
        stdout=subprocess.PIPE, text=True, cwd=tmp_path,
        env={**os.environ, "STEWARD_CONFIG": str(tmp_path / "steward.toml")},
    )  # fmt: skip
    try:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["data"]["url"]
        sample = f'steward_drift_objects{{cluster="{live.sandbox.name}",manifests="m.yaml",kind="topics"}} 1'
        alert = f'steward_alerts{{cluster="{live.sandbox.name}",rule="drift",state="firing"}} 1'
        until(lambda: {sample, alert} <= set(page(url).splitlines()), "drift is on the page")
    finally:
        process.terminate()
        assert process.wait(30) == 0
        process.stdout.close()  # type: ignore[union-attr]


def page(url: str) -> str:
    with urllib.request.urlopen(f"{url}/metrics", timeout=10) as answer:
        return answer.read().decode()


def test_retention_is_cut_in_steps_and_goes_on_after_a_kill(live: Live, tmp_path: Path) -> None:
    words = (
        "topic",
        "alter",
        TOPIC,
        "--retention",
        "4d",
        "--retention-steps",
        "3",
        "--retention-pause",
        "1s",
    )
    began = time.monotonic()
    live.done(*words, "--yes", "--confirm", TOPIC)
    assert time.monotonic() - began >= 2
    assert retention(live) == str(4 * DAY)

    steps = LiveExecution(live.sandbox.name, live.sandbox.connection, tmp_path, {})
    plain = AlterConfigs(target=ConfigTarget.TOPIC, name=TOPIC, set={"retention.ms": str(DAY)})
    with connect(live.sandbox.connection) as observer:
        seen = observer.observe(*plan_scope([plain]))
    changes, _ = in_steps([plain], ClusterState(seen), RetentionCut(steps=3, pause_seconds=2.0))
    plan = steps.plan(*changes)
    with store_in(tmp_path) as store:
        store.plans.save(plan)
    killed_at(steps, plan.id, 8)
    assert retention(live) in (str(3 * DAY), str(2 * DAY))
    with steps.executor(plan) as executor:
        ended = executor.run(plan, lambda *_: ALLOW, approved=True).execution
    assert ended.outcome.value == "done"
    assert retention(live) == str(DAY)
    with steps.executor(plan) as executor:
        again = executor.run(plan, lambda *_: ALLOW, approved=True).execution
    assert again.outcome.value == "done"
