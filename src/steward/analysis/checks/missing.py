"""How a check handles missing facts: reading one raises an exception that the runner turns into a result."""

from collections.abc import Iterable
from typing import TypeVar

from steward.model.unknown import NotApplicable, Unknown, Why

T = TypeVar("T")


class FactMissing(Exception):
    """A check read a fact that is unknown, with the reason."""

    def __init__(self, unknown: Unknown) -> None:
        super().__init__(str(unknown))
        self.unknown = unknown


class FactNotApplicable(Exception):
    """A check read a fact that this cluster cannot have: there is nothing to judge."""


def known(value: T | Unknown | NotApplicable) -> T:
    """Return the fact.

    Errors: FactMissing for Unknown, FactNotApplicable for NotApplicable; the runner turns them into a result.
    """
    if isinstance(value, Unknown):
        raise FactMissing(value)
    if isinstance(value, NotApplicable):
        raise FactNotApplicable(value.detail)
    return value


def require_all(facts: Iterable[tuple[str, object]]) -> None:
    """Stop a check with Unknown, after it has judged the rest, if facts of some objects are missing.

    Shape:  pairs of an object's name and its fact; all missing ones are reported together.
    Errors: FactMissing, with the reason and the missing ACL of the first.
    """
    missing = [(name, fact) for name, fact in facts if isinstance(fact, Unknown)]
    if not missing:
        return
    first, why = missing[0]
    others = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
    if why.why is Why.DENIED and why.acl:
        raise FactMissing(Unknown(why.why, why.detail, why.acl + others))
    raise FactMissing(Unknown(why.why, f"{first}{others}: {why}"))
