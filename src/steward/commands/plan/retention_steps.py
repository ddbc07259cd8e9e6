"""Options for reducing retention in steps, for every command that can reduce it."""

from steward.change.planning.retention import MOST_STEPS, RetentionCut
from steward.model.doc import Doc
from steward.model.error import UsageError

PAUSE_SECONDS = 360.0
"""Brokers check retention every five minutes (log.retention.check.interval.ms), and delete a minute later."""

STEPS = Doc(
    "reduce retention in this many equal steps, waiting after each, to avoid a disk load spike"
)
PAUSE = Doc(
    "longest wait between two steps; ends earlier when all logs were deleted from and disks are idle",
    metavar="DURATION",
)


def retention_cut(steps: int | None, pause_seconds: float) -> RetentionCut | None:
    """Return how reductions are divided; None: at once.

    Errors: UsageError.
    """
    if steps is None:
        return None
    if not 1 <= steps <= MOST_STEPS:
        raise UsageError(
            f"--retention-steps {steps}: must be 1 to {MOST_STEPS}",
            remedy="for example --retention-steps 5",
        )
    if not 0 <= pause_seconds <= 7 * 86_400:
        raise UsageError(
            "--retention-pause must be at most a week", remedy="for example --retention-pause 6m"
        )
    return RetentionCut(steps=steps, pause_seconds=pause_seconds)


def retention_options(steps: int | None) -> tuple[str, ...]:
    """Return the option as repeated in a command line."""
    return () if steps is None else ("--retention-steps", str(steps))
