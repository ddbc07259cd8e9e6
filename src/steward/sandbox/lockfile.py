"""The jars of a Kafka version and their expected SHA-256."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, cast

from steward.documents.toml_text import read_toml
from steward.sandbox.error import SandboxError

DEFAULT_KAFKA_VERSION = "4.4.0"
KAFKA, STREAMS = "kafka", "streams"
"""Parts of a version: jars of brokers and tools; additional jars of Kafka Streams."""


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
    """List the Kafka versions that have a lock file, oldest first."""
    names = (entry.name for entry in _folder().iterdir())
    prefix, suffix = f"{KAFKA}-", ".lock.toml"
    found = [n[len(prefix) : -len(suffix)] for n in names if n.startswith(prefix)]
    return tuple(sorted(found, key=version_key))


def version_key(version: str) -> tuple[int, ...]:
    """Order versions by their numbers."""
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def read_lock(version: str, part: str = KAFKA) -> tuple[LockedJar, ...]:
    """Read the jars of a part, in class path order.

    Errors: SandboxError with the known versions, if there is no lock file.
    """
    file = _folder() / lock_name(part, version)
    if not file.is_file():
        raise SandboxError(
            f"no lock file for the {part} jars of Apache Kafka {version}",
            remedy=f"Use one of {', '.join(known_versions())}, or --kafka-home DIR for another.",
        )
    return parse_lock(read_toml(file.read_bytes(), file.name))


def parse_lock(document: Mapping[str, Any]) -> tuple[LockedJar, ...]:
    """Parse the jars of a lock file.

    Errors: SandboxError for an invalid entry.
    """
    found: Any = document.get("dependencies")
    entries: list[Any] = found if isinstance(found, list) else [None]  # pyright: ignore[reportUnknownVariableType]
    return tuple(_jar(entry, number) for number, entry in enumerate(entries))


def _jar(entry: Any, number: int) -> LockedJar:
    table: Mapping[str, object] = (
        cast("Mapping[str, object]", entry) if isinstance(entry, dict) else {}
    )
    texts: dict[str, str] = {}
    for key in ("groupId", "artifactId", "version", "sha256", "classifier"):
        value = table.get(key, "" if key == "classifier" else None)
        if not isinstance(value, str):
            raise SandboxError(
                f"entry {number} of the lock file's dependencies has no string {key}",
                remedy="Reinstall steward.",
            )
        texts[key] = value
    return LockedJar(
        group=texts["groupId"],
        artifact=texts["artifactId"],
        version=texts["version"],
        classifier=texts["classifier"],
        sha256=texts["sha256"],
    )


def _folder() -> Traversable:
    return resources.files("steward.sandbox.locks")
