"""Broker files: configuration and formatted storage, with a dynamic KRaft quorum (KIP-853) from the start."""

import shutil
import subprocess
from collections.abc import Sequence
from importlib import resources

from steward.sandbox.error import SandboxError
from steward.sandbox.files import not_written, private_dir, write_file
from steward.sandbox.jars import KafkaJars
from steward.sandbox.java import tool_java
from steward.sandbox.jre import JavaRuntime
from steward.sandbox.listeners import CONTROLLER_LISTENER
from steward.sandbox.logs import logging_config
from steward.sandbox.places import broker_dir
from steward.sandbox.ports import LOOPBACK
from steward.sandbox.processes import java_environment
from steward.sandbox.properties import data_dir, log_dirs, render, server_properties
from steward.sandbox.state import CONTROLLER, BrokerState, SandboxState, new_uuid

_FORMAT_TIMEOUT_S = 60
META = "meta.properties"
_FURTHER_FEATURES: dict[tuple[int, ...], tuple[str, ...]] = {(4, 1): ("share.version=1",)}
"""Feature levels that a version supports but does not enable by default; share groups are a preview in 4.1."""


def write_configuration(
    state: SandboxState, jars: KafkaJars, brokers: Sequence[BrokerState]
) -> None:
    """Write the configuration of brokers, and what all of a sandbox's brokers share."""
    rules = resources.files("steward.sandbox").joinpath("metrics-rules.yml").read_text("utf-8")
    write_file(state.home / "metrics-rules.yml", rules)
    for tool in (False, True):
        name, content = logging_config(log4j2=jars.logs_with_log4j2, tool=tool)
        write_file(state.home / name, content)
    for broker in brokers:
        folder = private_dir(broker_dir(state.home, broker.id))
        properties = render(server_properties(state, broker))
        write_file(folder / "server.properties", properties, private=True)


def format_brokers(
    state: SandboxState, runtime: JavaRuntime, jars: KafkaJars, brokers: Sequence[BrokerState]
) -> None:
    """Format the brokers' storage; formatted storage is unchanged.

    Kafka's StorageTool formats one; the others get the same metadata under their own ids, which saves a Java start
    each.
    Errors: SandboxError with the tool's last line of output.
    """
    fresh = [one for one in brokers if not (data_dir(state.home, one.id) / META).is_file()]
    for model in fresh[:1]:
        _format(state, runtime, jars, model)
        for other in fresh[1:]:
            _format_like(state, model, other)


def _format_like(state: SandboxState, model: BrokerState, broker: BrokerState) -> None:
    sources, targets = log_dirs(state, model.id), log_dirs(state, broker.id)
    skipped = () if CONTROLLER in broker.roles else ("__cluster_metadata-*",)
    ids = (broker.directory_id, *(new_uuid() for _ in targets[1:]))
    for source, target, directory_id in zip(sources, targets, ids, strict=True):
        try:
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(source, target, ignore=shutil.ignore_patterns(META, *skipped))
        except OSError as fault:
            raise not_written(target, fault) from fault
        properties = {**meta_properties(state, broker), "directory.id": directory_id}
        write_file(target / META, render(properties))


def meta_properties(state: SandboxState, broker: BrokerState) -> dict[str, str]:
    """Return the meta.properties of a broker's first log directory, as brokers write them (KIP-858)."""
    return {
        "version": "1",
        "cluster.id": state.cluster_id,
        "node.id": str(broker.id),
        "directory.id": broker.directory_id,
    }


def _format(
    state: SandboxState, runtime: JavaRuntime, jars: KafkaJars, broker: BrokerState
) -> None:
    for folder in log_dirs(state, broker.id):
        shutil.rmtree(folder, ignore_errors=True)
    config = broker_dir(state.home, broker.id) / "server.properties"
    arguments = ["format", "--cluster-id", state.cluster_id, "--config", str(config)]
    arguments += _quorum_arguments(state, broker)
    for feature in _FURTHER_FEATURES.get(jars.line, ()):
        arguments += ["--feature", feature]
    command = tool_java(runtime, jars, state.home, "kafka.tools.StorageTool", arguments)
    done = _run(command, state, broker)
    if done.returncode != 0:
        words = (done.stderr or done.stdout).strip().splitlines() or ["no message"]
        raise SandboxError(
            f"formatting broker {broker.id} of sandbox {state.name} failed: {words[-1]}",
            remedy="Check free disk space and the Kafka version.",
        )


def _quorum_arguments(state: SandboxState, broker: BrokerState) -> list[str]:
    if broker not in state.controllers:
        return []
    voters = ",".join(
        f"{one.id}@{LOOPBACK}:{one.ports[CONTROLLER_LISTENER]}:{one.directory_id}"
        for one in state.controllers
    )
    return ["--initial-controllers", voters]


def _run(
    command: list[str], state: SandboxState, broker: BrokerState
) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=_FORMAT_TIMEOUT_S,
            env=java_environment(),
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as fault:
        raise SandboxError(
            f"formatting broker {broker.id} of sandbox {state.name} failed: {fault}",
            remedy="Free memory and processor time, or correct JAVA_HOME, and run it again.",
        ) from fault
