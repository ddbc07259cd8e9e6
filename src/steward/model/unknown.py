"""Unknown facts and why they are unknown: an absent fact is a value, never an empty one."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from steward.model.redaction import sieved

T = TypeVar("T")


class Why(StrEnum):
    """The closed list of reasons why a fact is unknown."""

    NOT_REQUESTED = "not_requested"
    DENIED = "denied"
    UNREACHABLE = "unreachable"
    TIMED_OUT = "timed_out"
    REFUSED = "refused"
    TRUNCATED = "truncated"
    NOT_CONFIGURED = "not_configured"
    NEEDS_HISTORY = "needs_history"
    NOT_COMMITTED = "not_committed"
    LEADER_CHANGE = "leader_change"


@dataclass(frozen=True, slots=True)
class Unknown:
    """A fact that exists but is unknown.

    ``detail`` is a sentence for people (the broker's error, the endpoint that did not answer), without secrets;
    ``acl`` is the ACL to add when ``why`` is DENIED, such as ``DESCRIBE_CONFIGS on topic orders``.
    """

    why: Why
    detail: str = ""
    acl: str = ""

    def __post_init__(self) -> None:
        """Remove secrets: a server's error may repeat the request, and this text is printed, served and stored."""
        if self.detail:
            object.__setattr__(self, "detail", sieved(self.detail))

    def __str__(self) -> str:
        """State the reason in one phrase."""
        if self.why is Why.DENIED and self.acl:
            return f"not permitted: needs {self.acl}"
        return self.detail or self.why.value.replace("_", " ")


@dataclass(frozen=True, slots=True)
class NotApplicable:
    """A fact that this cluster cannot have: its version lacks the feature, or it is disabled."""

    detail: str

    def __str__(self) -> str:
        """State the reason in one phrase."""
        return self.detail


@dataclass(frozen=True, slots=True)
class Observed(Generic[T]):
    """A part of the cluster, observed at one time.

    ``at_ms`` is the observer's wall clock in epoch milliseconds when the last answer arrived. ``gaps`` lists what could
    not be observed (a broker down, topics hidden by missing ACLs): the value is then true but incomplete.
    """

    value: T
    at_ms: int
    gaps: tuple[Unknown, ...] = ()


NOT_REQUESTED = Unknown(Why.NOT_REQUESTED, "not requested")


def value_or(part: Observed[T] | Unknown | NotApplicable, default: T) -> T:
    """Return the value of an observed part, or the default; the caller reports separately that it is missing."""
    return part.value if isinstance(part, Observed) else default


def known_or(fact: T | Unknown | NotApplicable, default: T) -> T:
    """Return a fact, or the default where it is unknown or cannot exist."""
    return default if isinstance(fact, (Unknown, NotApplicable)) else fact
