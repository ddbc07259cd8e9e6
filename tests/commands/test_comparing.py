"""How little a plan of manifests asks for: declared keys of all topics, everything of those that differ."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import steward.__main__ as entry
from steward.cluster.ports import Scope
from steward.model.snapshot import Part
from support.cluster_text import snapshot_of
from support.fake_observer import FakeObserver

TOPIC = """
apiVersion: steward/v1
kind: Topic
metadata: {name: %s}
spec: {partitions: 1, replicas: 1, retention: %s, unmanagedConfig: %s, config: {%s}}
---"""
CLUSTER: dict[str, Any] = {
    "identity": {"version": "4.3", "controller": 1},
    "topics": {"a": "1", "b": "1", "undeclared": "1"},
    "topic_configs": {
        name: {
            "retention.ms": ["1000", "DYNAMIC_TOPIC_CONFIG"],
            "segment.ms": ["9", "DYNAMIC_TOPIC_CONFIG"],
            "cleanup.policy": "delete",
        }
        for name in ("a", "b", "undeclared")
    },
    "broker_configs": {"*": {"min.insync.replicas": "1"}},
}


@pytest.fixture
def looks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, list[Scope]]]:
    """Plan topics; return the exit code, what was printed, and the looks at configurations of topics."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STEWARD_STATE_DIR", str(tmp_path / "state"))
    (tmp_path / "steward.toml").write_text(
        '[profiles.dev]\nbootstrap_servers = "b:9092"\nenvironment = "development"\n'
    )

    def plan(*topics: tuple[str, str, str, str]) -> tuple[int, str, list[Scope]]:
        (tmp_path / "m.yaml").write_text("".join(TOPIC % topic for topic in topics))
        observer = FakeObserver(snapshot_of(CLUSTER))
        monkeypatch.setattr(entry, "connect", lambda _: observer)
        code = entry.run(["plan", "m.yaml", "--exit-code", "--cluster", "dev"])
        told = capsys.readouterr()
        scopes = [scope for parts, scope in observer.asked if Part.TOPIC_CONFIGS in parts]
        return code, told.out + told.err, scopes

    return plan


def test_in_sync_topics_are_asked_for_declared_keys_alone(looks) -> None:
    code, _, (scope,) = looks(("a", "1s", "keep", ""), ("b", "1s", "keep", "segment.ms: 9"))
    assert code == 0
    assert scope.topics == {"a", "b"}
    assert scope.config_keys == {"retention.ms", "segment.ms"}
    assert not scope.config_synonyms


def test_topics_that_differ_are_looked_at_whole(looks) -> None:
    code, told, (first, second) = looks(("a", "1s", "keep", ""), ("b", "2s", "keep", ""))
    assert code == 3
    assert "topic b" in told
    assert first.config_keys == {"retention.ms"}
    assert (second.topics, second.config_keys) == ({"b"}, None)


def test_where_undeclared_keys_matter_all_are_asked_for_once(looks) -> None:
    code, told, (scope,) = looks(("a", "1s", "reset", ""))
    assert (code, "segment.ms" in told) == (3, True)
    assert scope.config_keys is None


def test_a_key_that_brokers_do_not_know_is_told_with_the_one_that_is_meant(looks) -> None:
    code, told, scopes = looks(("a", "1s", "keep", "segmnt.ms: 9"))
    assert code == 4
    assert "do not know topic config segmnt.ms" in told
    assert "did you mean segment.ms?" in told
    assert [scope.config_keys for scope in scopes] == [{"retention.ms", "segmnt.ms"}, None]


def test_of_new_topics_alone_one_that_exists_tells_the_keys(looks) -> None:
    code, told, (scope,) = looks(("new", "1s", "keep", "segmnt.ms: 9"))
    assert code == 4
    assert "did you mean segment.ms?" in told
    assert (scope.topics, scope.config_keys) == ({"a"}, None)
