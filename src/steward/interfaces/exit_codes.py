"""Exit codes of outcomes and faults, in one table."""

from collections.abc import Mapping

from steward.commands.api.registry import Notice, Outcome
from steward.model.error import (
    ClusterUnreachable,
    ConfigurationError,
    Interrupted,
    NotAuthorized,
    PlanEdited,
    StewardError,
    UsageError,
    WrongDocument,
)

EXIT_CODES: Mapping[Outcome, int] = {
    Outcome.DONE: 0,
    Outcome.FAILED: 1,
    Outcome.INVALID: 2,
    Outcome.FINDINGS: 3,
    Outcome.REFUSED: 4,
    Outcome.PARTLY: 5,
    Outcome.STALE: 6,
    Outcome.NOT_PERMITTED: 7,
    Outcome.UNREACHABLE: 8,
}

USAGE = 2
INTERRUPTED = 130

MEANINGS: tuple[tuple[int, str], ...] = (
    (0, "done, or nothing found"),
    (1, "failed; also: the object does not exist"),
    (2, "invalid usage, configuration or manifest"),
    (3, "findings of the severity of --fail-on or worse"),
    (4, "blocked by policy or not confirmed"),
    (5, "partly done"),
    (6, "stale plan: the state it requires has changed, or it has expired"),
    (7, "not permitted by the cluster; the missing ACL is named"),
    (8, "cluster unreachable before any change"),
    (130, "interrupted by Ctrl-C, which is how a watch ends"),
)


def exit_code_of(error: StewardError) -> int:
    """Return the exit code of a fault."""
    match error:
        case Interrupted():
            return INTERRUPTED
        case PlanEdited() | WrongDocument():
            return EXIT_CODES[Outcome.REFUSED]
        case UsageError() | ConfigurationError():
            return USAGE
        case NotAuthorized():
            return EXIT_CODES[Outcome.NOT_PERMITTED]
        case ClusterUnreachable():
            return EXIT_CODES[Outcome.UNREACHABLE]
        case _:
            return EXIT_CODES[Outcome.FAILED]


def notice_of(error: StewardError) -> Notice:
    """Convert a fault to a notice for machine output."""
    return Notice(
        code=error.code, message=error.summary, object=error.object_name, remedy=error.remedy
    )
