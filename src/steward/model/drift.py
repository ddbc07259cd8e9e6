"""Drift: an object that has left its manifest, and what is done about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from steward.model.finding import ObjectRef
from steward.model.instant import Instant


class DriftMode(StrEnum):
    """What is done about drift, rising."""

    REPORT = "report"
    """it is told"""
    PROPOSE = "propose"
    """a plan that leads back is kept, and its id is told"""
    ENFORCE = "enforce"
    """the plan is carried out, as far as the guard simply allows it; what is destructive never is"""


DRIFT_KINDS = ("topics", "acls", "quotas", "users")
"""What may have a mode of its own: the kinds that manifests declare on a cluster."""

_KIND_OF_OBJECT: Mapping[str, str] = {"acl": "acls", "quota": "quotas", "user": "users"}


def drift_kind(about: ObjectRef) -> str:
    """Return which of the kinds an object is of; what is no ACL, quota or user belongs to topics."""
    return _KIND_OF_OBJECT.get(about.kind, "topics")


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftModes:
    """The mode of each kind: its own, or the one of all. Credentials are proposed at the most, never enforced."""

    every: DriftMode = DriftMode.REPORT
    own: Mapping[str, DriftMode] = field(default_factory=dict[str, DriftMode])

    def of(self, about: ObjectRef) -> DriftMode:
        """Return what is done about an object."""
        kind = drift_kind(about)
        mode = self.own.get(kind, self.every)
        if kind == "users" and mode is DriftMode.ENFORCE:
            return DriftMode.PROPOSE
        return mode


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One object that has left its manifest.

    ``changes`` say what is there and what is declared, a value each; ``digests`` name them (`since` goes by these).
    ``steps`` are the places in the plan that leads back; empty where no plan can.
    """

    object: ObjectRef
    changes: tuple[str, ...]
    digests: tuple[str, ...]
    steps: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """Since when something differs: between the last look without it and the first with it, and by whom.

    ``absent_at`` is None where no look was before; ``by`` is empty where nothing tells who did it.
    """

    seen_at: Instant
    absent_at: Instant | None
    by: str = ""

    def __str__(self) -> str:
        """Say it in one phrase."""
        who = f", by {self.by}" if self.by else ""
        if self.absent_at is None:
            return f"since {self.seen_at} at the latest{who}"
        return f"appeared between {self.absent_at} and {self.seen_at}{who}"
