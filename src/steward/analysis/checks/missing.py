"""How a check meets a fact that is not there: it need not look for it, reading it says so."""

from collections.abc import Iterable
from typing import TypeVar

from steward.model.unknown import NotApplicable, Unknown, Why

T = TypeVar("T")


class FactMissing(Exception):
    """A check met a fact that was not learned: the runner reports the object as unknown."""

    def __init__(self, unknown: Unknown) -> None:
        super().__init__(str(unknown))
        self.unknown = unknown


class FactNotApplicable(Exception):
    """A check met a fact that this cluster cannot have: there is nothing to judge."""


def known(value: T | Unknown | NotApplicable) -> T:
    """Return the fact itself.

    Errors: FactMissing for Unknown, FactNotApplicable for NotApplicable; the runner turns them into its result.
    """
    if isinstance(value, Unknown):
        raise FactMissing(value)
    if isinstance(value, NotApplicable):
        raise FactNotApplicable(value.detail)
    return value


def require_all(facts: Iterable[tuple[str, object]]) -> None:
    """Stop a check that has judged what it could see, if some objects' facts are missing.

    Shape:  pairs of an object's name and its fact; all that are missing are told as one.
    Errors: FactMissing, with the reason and the right of the first.
    """
    missing = [(name, fact) for name, fact in facts if isinstance(fact, Unknown)]
    if not missing:
        return
    first, why = missing[0]
    others = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
    if why.why is Why.DENIED and why.acl:
        raise FactMissing(Unknown(why.why, why.detail, why.acl + others))
    raise FactMissing(Unknown(why.why, f"{first}{others}: {why}"))
