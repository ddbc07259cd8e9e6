"""Drift from steward.toml to the cluster: settings checked, files read anew, the real executor, metrics and health."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from steward.analysis.alerting.facts import DriftFacts, TickFacts
from steward.change.execution import open_executor as opening
from steward.commands.api.context import Context
from steward.commands.daemon.loops import Loops, loops_of
from steward.daemon.collection.store_writer import StoreWriter
from steward.daemon.drift.loop import DriftWatch
from steward.daemon.http.listen import bind
from steward.daemon.server import Server
from steward.model.change import AlterConfigs, ConfigTarget
from steward.model.error import ConfigurationError
from steward.settings.drift import drift_settings
from steward.settings.reading import load_settings
from steward.store.open import Store
from support.cluster_on_file import ClusterOnFile
from support.cluster_text import snapshot_of
from support.execution import store_at
from support.memory_store import MemoryStore
from support.ticks import tick

PROFILE = """
[profiles.prod]
bootstrap_servers = "b:9092"
environment = "production"
[profiles.other]
bootstrap_servers = "c:9092"
"""
DRIFT = """
[[drift]]
cluster = "prod"
manifests = ["manifests"]
interval_seconds = 60
mode = "enforce"
"""
TOPIC = """
apiVersion: steward/v1
kind: Topic
metadata: {name: orders}
spec: {partitions: 1, replicas: 3, retention: 7d, config: {min.insync.replicas: "2"}}
"""
CLUSTER: dict[str, Any] = {
    "identity": {"version": "4.3", "controller": 1},
    "topics": {"orders": "1x"},
    "topic_configs": {"orders": {"retention.ms": "3600000", "min.insync.replicas": "2"}},
    "broker_configs": {"*": {"min.insync.replicas": "1"}},
}


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("[drift]\nmode = 'report'", "drift is a table, not a list of tables"),
        ("[[drift]]\ncluster = 'prod'", "drift[0]: missing manifests"),
        ("[[drift]]\ncluster = 'prd'\nmanifests = ['m']", "there is no such profile"),
        ("[[drift]]\ncluster = 'prod'\nmanifests = ['-']", "does not read standard input"),
        ("[[drift]]\ncluster = 'prod'\nmanifests = ['m']\nmode = 'enforced'", "did you mean enforce?"),
        ("[[drift]]\ncluster = 'prod'\nmanifests = ['m']\nacls = 'no'", "report, propose, enforce"),
        ("[[drift]]\ncluster = 'prod'\nmanifests = ['m']\nusers = 'enforce'", "credentials are never changed"),
        ("[[drift]]\ncluster = 'prod'\nmanifests = ['m']\ninterval_seconds = 1", "set 5 or more"),
        ("[[drift]]\ncluster = 'prod'\nmanifests = ['m']\ninterval_seconds = inf", "write a finite number"),
    ],
)  # fmt: skip
def test_a_bad_setting_is_one_clear_line(tmp_path: Path, written: str, says: str) -> None:
    (tmp_path / "steward.toml").write_text(PROFILE + written)
    with pytest.raises(ConfigurationError) as raised:
        drift_settings(load_settings(tmp_path / "steward.toml"))
    assert says in f"{raised.value} ({raised.value.remedy})"
    assert "\n" not in str(raised.value)


def beside(loops: Loops, cluster: str) -> TickFacts:
    return loops.with_loop_facts(cluster, tick(0, cluster=cluster))


class Served:
    def __init__(self, folder: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.store = folder, store
        (folder / "steward.toml").write_text(PROFILE + DRIFT)
        (folder / "manifests").mkdir()
        (folder / "manifests" / "topics.yaml").write_text(TOPIC)
        self.cluster = ClusterOnFile(folder / "cluster")
        self.cluster.snapshot = snapshot_of(CLUSTER)
        monkeypatch.setattr(opening, "connect_changer", lambda _: self.cluster)
        self.context = Context(
            connect=lambda _: self.cluster, config=str(folder / "steward.toml"), directory=Path("/")
        )
        self.told: list[tuple[str, ...]] = []
        profiles = self.context.settings.profiles
        self.loops = loops_of(self.context, profiles, store, lambda *words: self.told.append(words))
        (self.watch,) = self.loops.drifts

    def server(self, *drifts: DriftWatch) -> Server:
        keeper = StoreWriter(MemoryStore)
        return Server(
            [], keeper, bind("127.0.0.1", 0), token=None, version="1", drifts=drifts or [self.watch]
        )


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    with store_at(tmp_path) as store:
        yield Served(tmp_path, store, monkeypatch)


def test_what_the_files_declare_is_enforced_by_the_executor(served: Served) -> None:
    served.watch.check_once()
    assert served.watch.state.fault is None
    assert served.cluster.performed == [
        AlterConfigs(target=ConfigTarget.TOPIC, name="orders", set={"retention.ms": "604800000"})
    ]
    (head,) = served.store.plans.heads(9)
    started = served.store.plans.audited(head.id)[0]
    assert (started.actor, started.event) == ("steward serve", "started")
    assert started.origin.startswith("serve, as ")
    assert [t[:2] for t in served.told] == [("enforced", "prod"), ("compared", "prod")]


def test_files_and_policy_are_read_anew_for_each_look(served: Served) -> None:
    served.watch.check_once()
    (served.folder / "manifests" / "topics.yaml").write_text(TOPIC.replace("7d", "9d"))
    served.watch.check_once()
    assert len(served.cluster.performed) == 2
    read_only = PROFILE.replace('"production"\n', '"production"\nread_only = true\n') + DRIFT
    (served.folder / "steward.toml").write_text(read_only)
    (served.folder / "manifests" / "topics.yaml").write_text(TOPIC.replace("7d", "10d"))
    served.watch.check_once()
    assert len(served.cluster.performed) == 2
    assert "read_only = true" in served.watch.state.troubles[0].summary


def test_a_folder_that_is_gone_is_a_fault_and_comes_back(served: Served) -> None:
    files = served.folder / "manifests"
    files.rename(served.folder / "away")
    served.watch.check_once()
    assert served.watch.state.fault is not None
    assert "manifests does not exist" in served.watch.state.fault.summary
    assert beside(served.loops, "prod").drift.unseen is not None
    (served.folder / "away").rename(files)
    served.watch.check_once()
    assert served.watch.state.fault is None
    assert beside(served.loops, "prod").drift == DriftFacts()
    assert beside(served.loops, "other").drift == DriftFacts()


def test_metrics_and_health_tell_it(served: Served) -> None:
    (served.folder / "steward.toml").write_text(PROFILE + DRIFT.replace("enforce", "report"))
    context = Context(connect=lambda _: served.cluster, config=str(served.folder / "steward.toml"))
    (watch,) = loops_of(context, context.settings.profiles, served.store, lambda *_: None).drifts
    server = served.server(watch)
    page = "".join(server.page())
    assert 'steward_drift_looks_total{cluster="prod",manifests="manifests"} 0' in page
    assert "steward_drift_objects{" not in page
    watch.check_once()
    page = "".join(server.page())
    assert 'steward_drift_objects{cluster="prod",manifests="manifests",kind="topics"} 1' in page
    assert 'steward_drift_objects{cluster="prod",manifests="manifests",kind="acls"} 0' in page
    assert "steward_drift_unknown{" not in page
    _, detail = server.readiness()
    (drift,) = json.loads(json.dumps(detail))["drift"]
    assert (drift["status"], drift["objects"]["topics"]) == ("drifted", 1)
    (served.folder / "manifests" / "topics.yaml").write_text("kind: Nothing")
    watch.check_once()
    page = "".join(server.page())
    assert "steward_drift_objects{" not in page
    assert 'steward_drift_unknown{cluster="prod",manifests="manifests",why="refused"} 1' in page
    assert 'code="manifest_invalid"} 1' in page
    _, detail = server.readiness()
    assert detail["drift"][0]["status"] == "broken"


def test_quarantines_that_are_over_are_counted_once_known(served: Served) -> None:
    (shut,) = [q for q in served.loops.quarantines if q.cluster == "prod"]
    server = Server(
        [],
        StoreWriter(MemoryStore),
        bind("127.0.0.1", 0),
        token=None,
        version="1",
        quarantines=[shut],
    )
    assert "steward_quarantines_over" not in "".join(server.page())
    shut.check_once()
    assert 'steward_quarantines_over{cluster="prod"} 0' in "".join(server.page())


def test_the_server_runs_it_in_a_thread_of_its_own_and_ends_it(served: Served) -> None:
    looked = threading.Event()
    served.watch.check_once = looked.set  # type: ignore[method-assign]
    served.watch._clock = served.watch._clock.__class__(
        wait=lambda event, _: looked.is_set() and event.wait(30)
    )
    server = served.server()
    server.start()
    assert looked.wait(10)
    assert server.stop(10)
