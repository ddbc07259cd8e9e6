"""Why a poll or check failed, as the daemon reports it."""

from dataclasses import dataclass

from steward.model.addressing import addressed
from steward.model.command import ClusterTarget, Phrase
from steward.model.error import StewardError


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why the last poll failed: a code, what and where, what to do."""

    code: str
    summary: str
    remedy: Phrase


def fault_of(error: StewardError, target: ClusterTarget) -> Fault:
    """Return the reason of a failure, with the commands of its remedy completed for the cluster."""
    remedy = addressed(error.remedy, target)
    return Fault(code=error.code, summary=error.summary, remedy=remedy)
