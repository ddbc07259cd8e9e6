"""What a comparison is asked, and what it answers."""

from dataclasses import dataclass, field
from typing import TypeVar

from steward.model.change import Change
from steward.model.command import SEE_RIGHTS
from steward.model.finding import ObjectRef
from steward.model.plan import Impossible, Remaining
from steward.model.unknown import NotApplicable, Observed, Unknown

T = TypeVar("T")

UNSEEN = SEE_RIGHTS


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonOptions:
    """How to compare.

    ``prune``: which of topics, acls, quotas, users may be pruned where their set says ``confirm``. ``rotate``: users
    whose passwords are set anew. ``pin``: set also what the brokers' defaults give anyway.
    """

    prune: frozenset[str] = frozenset()
    rotate: frozenset[str] = frozenset()
    pin: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What leads from a cluster to the desired state.

    ``changes`` are in no order: planning puts them into a safe one. ``remaining`` differs and stays. ``notes`` count as
    no difference: objects that the scope holds and no manifest declares, keys that could not be checked.
    """

    changes: tuple[Change, ...]
    impossible: tuple[Impossible, ...] = ()
    remaining: tuple[Remaining, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def in_sync(self) -> bool:
        """Whether there is nothing to do and nothing left."""
        return not (self.changes or self.impossible or self.remaining)


@dataclass(slots=True)
class ComparisonSoFar:
    """What a comparison has found so far."""

    changes: list[Change] = field(default_factory=list[Change])
    impossible: list[Impossible] = field(default_factory=list[Impossible])
    remaining: list[Remaining] = field(default_factory=list[Remaining])
    notes: list[str] = field(default_factory=list[str])

    def cannot(self, kind: str, name: str, reason: str, remedy: str = "") -> None:
        """Note what no plan can do."""
        self.impossible.append(
            Impossible(object=ObjectRef(kind, name), reason=reason, remedy=remedy)
        )

    def leave(self, kind: str, name: str, reason: str, remedy: str = "") -> None:
        """Note a difference that stays."""
        self.remaining.append(Remaining(object=ObjectRef(kind, name), reason=reason, remedy=remedy))

    def result(self) -> Comparison:
        """Return what was found."""
        return Comparison(
            changes=tuple(self.changes),
            impossible=tuple(self.impossible),
            remaining=tuple(self.remaining),
            notes=tuple(self.notes),
        )


def seen(
    part: Observed[T] | Unknown | NotApplicable, wanted: int, plural: str, found: ComparisonSoFar
) -> T | None:
    """Return a part that was seen; where something is wanted of it and it was not, say so once."""
    if isinstance(part, Observed):
        return part.value
    if wanted:
        found.cannot(
            "cluster", "cluster", f"{wanted} {plural} are wanted, and none can be seen: {part}",
            "" if isinstance(part, NotApplicable) else UNSEEN,
        )  # fmt: skip
    return None
