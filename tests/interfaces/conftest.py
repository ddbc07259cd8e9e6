"""A command line over the example cluster, with a configuration of its own."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from steward.change.execution import open_executor as opening
from support.changing import Changing
from support.cluster_on_file import ClusterOnFile
from support.cluster_text import snapshot_of
from support.command_line import CommandLine
from support.example_cluster import example

CONFIG = """
default_profile = "prod"

[profiles.prod]
bootstrap_servers = "broker1:9092"
environment = "production"
security_protocol = "SASL_SSL"
sasl_mechanism = "SCRAM-SHA-512"
sasl_username = "steward"
sasl_password_env = "PROD_PASSWORD"
criticality = { "click*" = "ephemeral" }

[profiles.dev]
bootstrap_servers = "localhost:9092"
environment = "development"
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "steward.toml"
    path.write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STEWARD_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("PROD_PASSWORD", "hunter2")
    return path


@pytest.fixture
def steward(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> CommandLine:
    return CommandLine(monkeypatch, capsys, example())


@pytest.fixture
def changing(
    steward: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[dict[str, Any]], Changing]:
    """Make a cluster that commands can change."""

    def make(text: dict[str, Any]) -> Changing:
        cluster = ClusterOnFile(tmp_path / "cluster")
        cluster.snapshot = snapshot_of(text)
        monkeypatch.setattr(opening, "connect_changer", lambda _: cluster)
        return Changing(steward, cluster)

    return make
