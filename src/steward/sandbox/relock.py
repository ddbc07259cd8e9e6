"""Creates lock files, for developers who add a Kafka version."""

import hashlib
import sys
import tempfile
from pathlib import Path
from typing import Any

from steward.documents.toml_text import read_toml
from steward.sandbox.fetch import maven_context
from steward.sandbox.lockfile import KAFKA, STREAMS, lock_name, parse_lock, version_key

JMX_AGENT = "io.prometheus.jmx:jmx_prometheus_javaagent:1.0.1"
_LOG4J2_BINDING = "org.apache.logging.log4j:log4j-slf4j-impl:2.25.4!"
_RELOAD4J_BINDING = "org.slf4j:slf4j-reload4j:1.7.36!"
# "!" keeps jgo from taking the binding's POM as a bill of materials: it pins old Kafka clients
_NEWEST_EXAMPLES = "4.3.1"
"""The newest word count example available: it also runs on Kafka Streams of later versions."""
_UNUSED = [("org.apache.kafka", "connect-runtime")]
"""A dependency of kafka-tools for one Connect tool, which would add a web server."""


def main(arguments: list[str]) -> int:
    """Write the lock files of a version: ``python -m steward.sandbox.jars lock VERSION``."""
    if len(arguments) != 2 or arguments[0] != "lock":
        sys.stderr.write("usage: python -m steward.sandbox.jars lock VERSION\n")
        return 2
    version = arguments[1]
    folder = Path(__file__).parent / "locks"
    kafka = lock(_kafka_coordinates(version))
    _save(kafka, folder / lock_name(KAFKA, version))
    if version_key(version) >= (
        4,
        2,
    ):  # streams groups (KIP-1071); no examples were published before
        known = {jar.filename for jar in parse_lock(_content(kafka))}
        streams = lock(_kafka_coordinates(version) + _streams_coordinates(version))
        streams.dependencies = [d for d in streams.dependencies if _filename(d) not in known]
        _save(streams, folder / lock_name(STREAMS, version))
    return 0


def lock(coordinates: list[str]) -> Any:
    """Resolve coordinates to a jgo lock file; hashes are of the jars in the repository."""
    from jgo.env import LockFile

    with tempfile.TemporaryDirectory() as repo_cache:
        context = maven_context(Path(repo_cache))
        unused = [context.project(group, artifact) for group, artifact in _UNUSED]
        wanted = [context.create_dependency(one, unused) for one in coordinates]
        direct, transitive = context.resolver.resolve(wanted)
        return LockFile.from_resolved_dependencies([*direct, *transitive])


def _kafka_coordinates(version: str) -> list[str]:
    binding = _LOG4J2_BINDING if version_key(version) >= (4, 0) else _RELOAD4J_BINDING
    kafka = [f"org.apache.kafka:{artifact}:{version}" for artifact in ("kafka_2.13", "kafka-tools")]
    return [*kafka, binding, JMX_AGENT]


def _streams_coordinates(version: str) -> list[str]:
    examples = min(version, _NEWEST_EXAMPLES, key=version_key)
    return [
        f"org.apache.kafka:kafka-streams:{version}",
        f"org.apache.kafka:kafka-streams-examples:{examples}!",
    ]


def _filename(dependency: Any) -> str:
    return f"{dependency.artifactId}-{dependency.version}.jar"


def _content(lock_file: Any) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lock.toml"
        lock_file.save(path)
        return read_toml(path.read_bytes(), path.name)


def _save(lock_file: Any, path: Path) -> None:
    lock_file.save(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    sys.stdout.write(f"{path.name}: {len(lock_file.dependencies)} jars, {digest}\n")
