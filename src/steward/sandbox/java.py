"""Java command lines of brokers and of Kafka's tools."""

import os
from collections.abc import Sequence
from pathlib import Path

from steward.sandbox.files import private_dir
from steward.sandbox.jars import KafkaJars
from steward.sandbox.jre import JavaRuntime
from steward.sandbox.logs import logging_config, logging_flag
from steward.sandbox.places import broker_dir, temporary_dir
from steward.sandbox.ports import LOOPBACK
from steward.sandbox.processes import markers
from steward.sandbox.state import BrokerState, SandboxState

_QUICK = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto")
"""Short-lived processes: little compilation, simple garbage collection."""


_COMPILE_LATER = (
    "-XX:Tier4InvocationThreshold=50000",
    "-XX:Tier4MinInvocationThreshold=6000",
    "-XX:Tier4CompileThreshold=150000",
    "-XX:Tier4BackEdgeThreshold=400000",
)
"""Brokers: ten times the default thresholds of the optimising compiler, which costs 1.3 s of processor time
at the start; hot code is still compiled under load.
"""


def broker_command(
    runtime: JavaRuntime, jars: KafkaJars, state: SandboxState, broker: BrokerState
) -> list[str]:
    """Build a broker's command; creates the folder for files that it unpacks."""
    folder = broker_dir(state.home, broker.id)
    log4j2 = jars.logs_with_log4j2
    config = state.home / logging_config(log4j2=log4j2)[0]
    rules = state.home / "metrics-rules.yml"
    return [
        str(runtime.java),
        *markers(state.home, broker.id),
        *_kept_inside(state.home),
        f"-Xmx{state.heap}",
        "-XX:+UseSerialGC",
        *_COMPILE_LATER,
        "-XX:+ExitOnOutOfMemoryError",
        "-Djava.awt.headless=true",
        f"-Dkafka.logs.dir={folder / 'log'}",
        logging_flag(config, log4j2=log4j2),
        f"-javaagent:{jars.agent}={LOOPBACK}:{broker.metrics_port}:{rules}",
        "-cp",
        class_path(jars.classpath),
        "kafka.Kafka",
        str(folder / "server.properties"),
    ]


def tool_java(
    runtime: JavaRuntime, jars: KafkaJars, home: Path, main_class: str, arguments: Sequence[str]
) -> list[str]:
    """Build the command of a main class of Kafka's jars in a sandbox's folder, like `broker_command`."""
    log4j2 = jars.logs_with_log4j2
    config = home / logging_config(log4j2=log4j2, tool=True)[0]
    return [
        str(runtime.java),
        *markers(home),
        *_kept_inside(home),
        *_QUICK,
        "-Xmx512m",
        logging_flag(config, log4j2=log4j2),
        "-cp",
        class_path(jars.classpath),
        main_class,
        *arguments,
    ]


def _kept_inside(home: Path) -> list[str]:
    """Return the flags that keep files a JVM unpacks (native zstd, snappy, lz4) in the sandbox's folder."""
    return [f"-Djava.io.tmpdir={private_dir(temporary_dir(home))}", "-XX:-UsePerfData"]


def class_path(jars: Sequence[Path]) -> str:
    """Join jars to a class path."""
    return os.pathsep.join(str(jar) for jar in jars)
