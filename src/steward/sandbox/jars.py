"""The jars of a Kafka version: those of its lock file, downloaded once and verified before each use."""

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from steward.sandbox.error import SandboxError
from steward.sandbox.fetch import fetch_jars
from steward.sandbox.lockfile import (
    DEFAULT_KAFKA_VERSION,
    STREAMS,
    LockedJar,
    read_lock,
    version_key,
)
from steward.sandbox.places import cache_dir
from steward.sandbox.verify import verify_jars

AGENT_ARTIFACT = "jmx_prometheus_javaagent"
_CORE_JAR = re.compile(r"kafka_2\.1\d-(\d+(?:\.\d+)+)(?:[-.]\w+)?\.jar")


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaJars:
    """Parts of the Java command line of a broker or tool."""

    version: str
    classpath: tuple[Path, ...]
    agent: Path
    """The JMX to Prometheus agent."""

    @property
    def line(self) -> tuple[int, ...]:
        """Major and minor version, for comparison."""
        return version_key(self.version)[:2]

    @property
    def logs_with_log4j2(self) -> bool:
        """Kafka 4 logs through log4j 2 (KIP-653), older ones through reload4j."""
        return self.line >= (4, 0)


def ignore_progress(_phase: str) -> None:
    """Report no progress."""


def kafka_jars(
    version: str,
    *,
    kafka_home: Path | None = None,
    progress: Callable[[str], None] = ignore_progress,
) -> KafkaJars:
    """Return the verified jars of a version, or an installation's own.

    Errors: SandboxError for an unknown version, an unreachable repository or a different hash.
    """
    if kafka_home is not None:
        return _of_installation(kafka_home, progress)
    jars = read_lock(version)
    paths = _ready(jars, progress)
    agent = next(path for jar, path in paths.items() if jar.artifact == AGENT_ARTIFACT)
    classpath = tuple(path for path in paths.values() if path != agent)
    return KafkaJars(version=version, classpath=classpath, agent=agent)


def streams_jars(
    version: str, *, progress: Callable[[str], None] = ignore_progress
) -> tuple[Path, ...]:
    """Return the additional jars of Kafka Streams and its examples: large, so downloaded on request.

    Errors: SandboxError if no lock file of them exists for this version, and as `kafka_jars`.
    """
    return tuple(_ready(read_lock(version, STREAMS), progress).values())


def _ready(jars: tuple[LockedJar, ...], progress: Callable[[str], None]) -> dict[LockedJar, Path]:
    folder = cache_dir() / "jars"
    missing = [jar for jar in jars if not (folder / jar.filename).is_file()]
    if missing:
        fetch_jars(missing, folder, progress)
    verify_jars(jars, folder)
    return {jar: folder / jar.filename for jar in jars}


def _of_installation(home: Path, progress: Callable[[str], None]) -> KafkaJars:
    libraries = tuple(sorted(home.expanduser().absolute().glob("libs/*.jar")))
    cores = [found for jar in libraries if (found := _CORE_JAR.fullmatch(jar.name))]
    if not cores:
        raise SandboxError(
            f"{home} is no Apache Kafka installation: libs/kafka_2.13-VERSION.jar is missing",
            remedy="Set --kafka-home to the folder of an unpacked Kafka release, or omit it.",
        )
    agents = [jar for jar in read_lock(DEFAULT_KAFKA_VERSION) if jar.artifact == AGENT_ARTIFACT]
    (agent,) = _ready(tuple(agents), progress).values()
    return KafkaJars(version=cores[0].group(1), classpath=libraries, agent=agent)


if __name__ == "__main__":
    from steward.sandbox.relock import main

    sys.exit(main(sys.argv[1:]))
