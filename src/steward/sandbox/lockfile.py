"""Which jars make up a Kafka version, and the SHA-256 that each must have."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

from steward.sandbox.error import SandboxError

DEFAULT_KAFKA_VERSION = "4.3.1"
KAFKA, STREAMS = "kafka", "streams"
"""The parts of a version: what brokers and tools need; what Kafka Streams adds to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedJar:
    """One jar, pinned."""

    group: str
    artifact: str
    version: str
    classifier: str
    sha256: str

    @property
    def filename(self) -> str:
        """Name of the jar in the cache."""
        suffix = f"-{self.classifier}" if self.classifier else ""
        return f"{self.artifact}-{self.version}{suffix}.jar"


def lock_name(part: str, version: str) -> str:
    """Name a part's lock file."""
    return f"{part}-{version}.lock.toml"


def known_versions() -> tuple[str, ...]:
    """List the Kafka versions that a lock file is shipped for, oldest first."""
    names = (entry.name for entry in _folder().iterdir())
    prefix, suffix = f"{KAFKA}-", ".lock.toml"
    found = [n[len(prefix) : -len(suffix)] for n in names if n.startswith(prefix)]
    return tuple(sorted(found, key=version_key))


def version_key(version: str) -> tuple[int, ...]:
    """Order versions by their numbers."""
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def read_lock(version: str, part: str = KAFKA) -> tuple[LockedJar, ...]:
    """Read the jars of a part, in class path order.

    Errors: SandboxError, listing the known versions, if no lock is shipped.
    """
    file = _folder() / lock_name(part, version)
    if not file.is_file():
        raise SandboxError(
            f"no lock file for the {part} jars of Apache Kafka {version}",
            remedy=f"Use one of {', '.join(known_versions())}, or --kafka-home DIR for another.",
        )
    return parse_lock(tomllib.loads(file.read_text(encoding="utf-8")))


def parse_lock(document: Mapping[str, Any]) -> tuple[LockedJar, ...]:
    """Take the jars from a lock file's content."""
    return tuple(
        LockedJar(
            group=entry["groupId"],
            artifact=entry["artifactId"],
            version=entry["version"],
            classifier=entry.get("classifier", ""),
            sha256=entry["sha256"],
        )
        for entry in document["dependencies"]
    )


def _folder() -> Traversable:
    return resources.files("steward.sandbox.locks")
