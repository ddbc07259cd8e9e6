"""Which Kafka versions boot on the runtime that steward brings; the newest one is every other test's."""

from pathlib import Path

import pytest

from steward.sandbox import cluster
from steward.sandbox.lockfile import DEFAULT_KAFKA_VERSION, known_versions
from steward.sandbox.status import SandboxSpec
from steward.sandbox.tools import run_tool
from support.declared_state import differences, exported, make_with_kafkas_tools
from support.live_changes import Live
from support.running_sandbox import RunningSandbox

pytestmark = pytest.mark.brokers


@pytest.mark.parametrize("version", [v for v in known_versions() if v != DEFAULT_KAFKA_VERSION])
def test_an_older_version_boots_secured_answers_its_own_tools_and_is_exported_without_a_difference(
    version: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    name = f"v{version.replace('.', '-')}"
    try:
        status = cluster.up(SandboxSpec(name=name, kafka_version=version, secure=True, brokers=1))
        assert status.kafka_version == version
        made = run_tool(name, "kafka-topics", ["--create", "--topic", "t", "--partitions", "1"])
        assert made.returncode == 0, made.stderr
        assert run_tool(name, "kafka-topics", ["--list"]).stdout.split() == ["t"]
        live = Live(RunningSandbox(name, status), capsys)
        make_with_kafkas_tools(live)
        assert differences(live, exported(live, tmp_path)) == (0, [])
    finally:
        cluster.down(name, purge=True)
