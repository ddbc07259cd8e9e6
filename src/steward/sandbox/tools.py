"""Apache Kafka's own command line tools, run from the same jars against a sandbox."""

import subprocess
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from steward.model.command import Hint, steward
from steward.sandbox.credentials import credentials_of
from steward.sandbox.error import SandboxError
from steward.sandbox.jars import KafkaJars, kafka_jars
from steward.sandbox.java import tool_java
from steward.sandbox.jre import find_runtime
from steward.sandbox.libraries import require_libraries
from steward.sandbox.listeners import client_bootstraps, listeners_of
from steward.sandbox.processes import java_environment
from steward.sandbox.state import SandboxState, existing_state

_TOOLS = "org.apache.kafka.tools"
_CONFIG = "--command-config"
_ONE_OPTION_SINCE = (4, 2)
"""From this version on every tool takes the same option (KIP-1147)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tool:
    classes: tuple[str, ...]
    """Class names, newest first: some moved from Scala to Java."""
    config_option: str | None = _CONFIG
    """The option for the client configuration; None if the tool uses no broker."""
    subcommand_first: bool = False
    """Whether connection options follow its first argument."""


def _java(name: str, config_option: str | None = _CONFIG) -> _Tool:
    return _Tool(classes=(f"{_TOOLS}.{name}",), config_option=config_option)


def _moved(name: str, config_option: str | None = _CONFIG) -> _Tool:
    classes = (f"{_TOOLS}.{name}", f"kafka.admin.{name}", f"kafka.tools.{name}")
    return _Tool(classes=classes, config_option=config_option)


TOOLS = {
    "kafka-acls": _moved("AclCommand"),
    "kafka-broker-api-versions": _moved("BrokerApiVersionsCommand"),
    "kafka-client-metrics": _java("ClientMetricsCommand"),
    "kafka-cluster": _Tool(
        classes=(f"{_TOOLS}.ClusterTool",), config_option="--config", subcommand_first=True
    ),
    "kafka-configs": _moved("ConfigCommand"),
    "kafka-console-consumer": _java("consumer.ConsoleConsumer", "--consumer.config"),
    "kafka-console-producer": _moved("ConsoleProducer", "--producer.config"),
    "kafka-console-share-consumer": _java("consumer.ConsoleShareConsumer", "--consumer-config"),
    "kafka-consumer-perf-test": _java("ConsumerPerformance", "--consumer.config"),
    "kafka-consumer-groups": _java("consumer.group.ConsumerGroupCommand"),
    "kafka-delete-records": _java("DeleteRecordsCommand"),
    "kafka-dump-log": _Tool(
        classes=(f"{_TOOLS}.DumpLogSegments", "kafka.tools.DumpLogSegments"), config_option=None
    ),
    "kafka-features": _moved("FeatureCommand"),
    "kafka-get-offsets": _java("GetOffsetShell"),
    "kafka-groups": _java("GroupsCommand"),
    "kafka-leader-election": _java("LeaderElectionCommand", "--admin.config"),
    "kafka-log-dirs": _java("LogDirsCommand"),
    "kafka-metadata-quorum": _java("MetadataQuorumCommand"),
    "kafka-reassign-partitions": _java("reassign.ReassignPartitionsCommand"),
    "kafka-share-groups": _java("consumer.group.ShareGroupCommand"),
    "kafka-storage": _moved("StorageTool", None),
    "kafka-streams-groups": _java("streams.StreamsGroupCommand"),
    "kafka-topics": _java("TopicCommand"),
    "kafka-transactions": _java("TransactionsCommand"),
}


def tool_command(sandbox_name: str, tool: str, arguments: Sequence[str] = ()) -> list[str]:
    """Build the command that runs a tool against a sandbox: for long-running ones.

    Start it with `processes.java_environment`; ``down`` ends what is left of it.
    Errors: SandboxError if there is no such sandbox, or no such tool in its version; ExtraMissing.
    """
    require_libraries()
    state = existing_state(sandbox_name)
    known = TOOLS.get(tool)
    if known is None:
        raise SandboxError(f"unknown tool {tool}", remedy=f"Use one of {', '.join(TOOLS)}.")
    home = Path(state.kafka_home) if state.kafka_home else None
    jars = kafka_jars(state.kafka_version, kafka_home=home)
    main_class = _main_class(known, tool, jars)
    first = arguments[:1] if known.subcommand_first else ()
    connected = [*first, *_connection(state, known, jars), *arguments[len(first) :]]
    return tool_java(find_runtime(), jars, state.home, main_class, connected)


def run_tool(
    sandbox_name: str, tool: str, arguments: Sequence[str] = (), *, timeout: float = 60
) -> subprocess.CompletedProcess[str]:
    """Run a tool to its end and return its output, with any exit code.

    Errors: as `tool_command`; SandboxError after the timeout (seconds).
    """
    command = tool_command(sandbox_name, tool, arguments)
    try:
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=timeout,
            env=java_environment(),
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except subprocess.TimeoutExpired as fault:
        raise SandboxError(
            f"{tool} did not end within {timeout:g} s",
            remedy=Hint("Check whether the brokers run: ", steward("sandbox status")),
        ) from fault


def _connection(state: SandboxState, tool: _Tool, jars: KafkaJars) -> list[str]:
    if tool.config_option is None:
        return []
    entry = listeners_of(secure=state.secure)[0].name
    options = ["--bootstrap-server", client_bootstraps(state.brokers, secure=state.secure)[entry]]
    if state.secure:
        option = _CONFIG if jars.line >= _ONE_OPTION_SINCE else tool.config_option
        options += [option, str(credentials_of(state.home).client_properties)]
    return options


def _main_class(tool: _Tool, name: str, jars: KafkaJars) -> str:
    present = _classes(jars)
    for main_class in tool.classes:
        if f"{main_class.replace('.', '/')}.class" in present:
            return main_class
    raise SandboxError(
        f"Apache Kafka {jars.version} has no {name}", remedy="Use a sandbox of a newer version."
    )


def _classes(jars: KafkaJars) -> set[str]:
    found: set[str] = set()
    for jar in jars.classpath:
        if jar.name.startswith(("kafka-tools-", "kafka_2.")):
            with zipfile.ZipFile(jar) as archive:
                found.update(archive.namelist())
    return found
