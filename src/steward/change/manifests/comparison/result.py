"""Options and result of a comparison."""

from dataclasses import dataclass, field
from typing import TypeVar

from steward.model.change import Change
from steward.model.command import SEE_RIGHTS
from steward.model.drift import UnmanagedObject
from steward.model.finding import ObjectRef
from steward.model.plan import Impossible, Remaining
from steward.model.unknown import NotApplicable, Observed, Unknown
from steward.model.wording import count

T = TypeVar("T")

UNSEEN = SEE_RIGHTS


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonOptions:
    """How to compare.

    ``prune``: which of topics, acls, quotas, users may be pruned where their set says ``confirm``. ``unmanaged``: read
    all kinds that a scope can hold, to name what no manifest declares. ``rotate``: users whose passwords are set again.
    ``pin``: set also what the brokers' defaults give anyway.
    """

    prune: frozenset[str] = frozenset()
    unmanaged: bool = False
    rotate: frozenset[str] = frozenset()
    pin: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What a cluster needs to reach the desired state.

    ``changes`` are in no order: planning puts them into a safe one. ``remaining`` differs and stays. ``notes`` count as
    no difference: objects that the scope holds and no manifest declares, keys that could not be checked. ``unmanaged``
    are such objects, except those that ``changes`` remove.
    """

    changes: tuple[Change, ...]
    impossible: tuple[Impossible, ...] = ()
    remaining: tuple[Remaining, ...] = ()
    notes: tuple[str, ...] = ()
    unmanaged: tuple[UnmanagedObject, ...] = ()

    @property
    def in_sync(self) -> bool:
        """Whether there is nothing to change and no difference stays."""
        return not (self.changes or self.impossible or self.remaining)


@dataclass(slots=True)
class ComparisonSoFar:
    """The results of a comparison so far."""

    changes: list[Change] = field(default_factory=list[Change])
    impossible: list[Impossible] = field(default_factory=list[Impossible])
    remaining: list[Remaining] = field(default_factory=list[Remaining])
    notes: list[str] = field(default_factory=list[str])
    unmanaged: list[UnmanagedObject] = field(default_factory=list[UnmanagedObject])

    def cannot(self, kind: str, name: str, reason: str, remedy: str = "") -> None:
        """Add what no plan can do."""
        self.impossible.append(
            Impossible(object=ObjectRef(kind, name), reason=reason, remedy=remedy)
        )

    def leave(self, kind: str, name: str, reason: str, remedy: str = "") -> None:
        """Add a difference that stays."""
        self.remaining.append(Remaining(object=ObjectRef(kind, name), reason=reason, remedy=remedy))

    def result(self) -> Comparison:
        """Return the results."""
        return Comparison(
            changes=tuple(self.changes),
            impossible=tuple(self.impossible),
            remaining=tuple(self.remaining),
            notes=tuple(self.notes),
            unmanaged=tuple(self.unmanaged),
        )


def seen(
    part: Observed[T] | Unknown | NotApplicable, wanted: int, noun: str, found: ComparisonSoFar
) -> T | None:
    """Return an observed part; if it is unknown but something of it is declared, report that once."""
    if isinstance(part, Observed):
        return part.value
    if wanted:
        found.cannot(
            "cluster", "cluster", f"{count(wanted, noun)} declared, but not comparable: {part}",
            "" if isinstance(part, NotApplicable) else UNSEEN,
        )  # fmt: skip
    return None
