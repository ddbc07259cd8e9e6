"""The options by which a cut of retention goes in steps, for every command that can cut it."""

from steward.change.planning.retention import MOST_STEPS, RetentionCut
from steward.model.doc import Doc
from steward.model.error import UsageError

PAUSE_SECONDS = 360.0
"""Brokers look for what is over every five minutes (log.retention.check.interval.ms), and delete a minute later."""

STEPS = Doc("cut retention in so many equal steps, each waited for, so that disks are not shocked")
PAUSE = Doc(
    "longest wait between two such steps; it ends when all logs were cut and disks rest",
    metavar="DURATION",
)


def cut_of(steps: int | None, pause_seconds: float) -> RetentionCut | None:
    """Return how cuts are divided; None: at once.

    Errors: UsageError.
    """
    if steps is None:
        return None
    if not 1 <= steps <= MOST_STEPS:
        raise UsageError(
            f"--retention-steps {steps}: a cut has 1 to {MOST_STEPS} steps",
            remedy="write --retention-steps 5",
        )
    if not 0 <= pause_seconds <= 7 * 86_400:
        raise UsageError("--retention-pause is at most a week", remedy="write --retention-pause 6m")
    return RetentionCut(steps=steps, pause_seconds=pause_seconds)


def cut_words(steps: int | None) -> tuple[str, ...]:
    """Return the option as a command repeats it."""
    return () if steps is None else ("--retention-steps", str(steps))
