"""SCRAM users: mechanisms and iterations, never a secret."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ScramCredential:
    """One credential of a user, such as (``SCRAM-SHA-512``, 8192)."""

    mechanism: str
    iterations: int


@dataclass(frozen=True, slots=True)
class ScramUser:
    """A user with SCRAM credentials on the cluster."""

    name: str
    credentials: tuple[ScramCredential, ...]
