"""Drift: an object that differs from its manifest, and what is done about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from steward.model.finding import ObjectRef
from steward.model.instant import Instant


class DriftMode(StrEnum):
    """What is done about drift, from least to most."""

    REPORT = "report"
    """it is reported"""
    PROPOSE = "propose"
    """a plan that restores the manifest is saved, and its id reported"""
    ENFORCE = "enforce"
    """the plan is executed, as far as policy allows it without confirmation; destructive steps never are"""


DRIFT_KINDS = ("topics", "acls", "quotas", "users")
"""Kinds of objects that manifests declare; each may have its own mode."""

_KIND_OF_OBJECT: Mapping[str, str] = {"acl": "acls", "quota": "quotas", "user": "users"}


def drift_kind(about: ObjectRef) -> str:
    """Return the kind of an object; everything except ACLs, quotas and users counts as topics."""
    return _KIND_OF_OBJECT.get(about.kind, "topics")


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftModes:
    """The mode of each kind: its own, or the general one. Credentials are proposed at most, never enforced."""

    every: DriftMode = DriftMode.REPORT
    own: Mapping[str, DriftMode] = field(default_factory=dict[str, DriftMode])

    def of(self, about: ObjectRef) -> DriftMode:
        """Return the mode of an object."""
        kind = drift_kind(about)
        mode = self.own.get(kind, self.every)
        if kind == "users" and mode is DriftMode.ENFORCE:
            return DriftMode.PROPOSE
        return mode


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One object that differs from its manifest.

    ``changes`` give the actual and the declared value of each difference; ``digests`` identify the values for `since`.
    ``steps`` are the indices of the steps that restore it; empty where no plan can.
    """

    object: ObjectRef
    changes: tuple[str, ...]
    digests: tuple[str, ...]
    steps: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmanagedObject:
    """An object that exists in the scope of a set and that no manifest declares.

    ``prune`` is what the set says of removing it: never, plan or confirm.
    """

    object: ObjectRef
    set: str
    prune: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Appearance:
    """When a difference appeared: after the last observation without it, before the first with it; and by whom.

    ``absent_at`` is None where no earlier observation exists; ``by`` is empty where the author is unknown.
    """

    seen_at: Instant
    absent_at: Instant | None
    by: str = ""

    def __str__(self) -> str:
        """Describe it in one phrase."""
        who = f", by {self.by}" if self.by else ""
        if self.absent_at is None:
            return f"since {self.seen_at} at the latest{who}"
        return f"appeared between {self.absent_at} and {self.seen_at}{who}"
