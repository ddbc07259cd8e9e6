"""Log directories that are nearly full."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import BROKERS, FoundState, check
from steward.analysis.checks.say import duration, on_broker, volume
from steward.model.broker import Broker, LogDir
from steward.model.command import steward
from steward.model.finding import Confidence, Evidence, Remedy, Severity
from steward.model.snapshot import Part
from steward.model.unknown import NotApplicable, known_or

_DAY = 86_400
_MIN_GROWTH_BYTES = 64 * 1024 * 1024
_EXTRAPOLATION_FACTOR = 168
"""Growth is extrapolated at most to this multiple of the time between snapshots: one hour predicts one week."""


@check("B07", Severity.HIGH, over=BROKERS, parts=(Part.BROKERS, Part.LOG_DIRS))
def disk_nearly_full(facts: Facts, broker: Broker) -> Iterator[FoundState]:
    """A disk is nearly full, or will be soon.

    What it means: more than 85% of the disk of a log directory is used, or the growth between snapshots fills it within
        days. Growth is extrapolated at most to 168 times the time between the snapshots.
    Why it matters: a broker whose disk is full takes the directory offline with all its replicas. Brokers with the
        same load follow.
    What to do: shorten retention of the largest topics (steward topic list shows sizes), move replicas to other
        brokers, or add disk space. Never delete files by hand.
    """
    if broker.fenced is True:
        return
    for directory in facts.log_dirs_of(broker.id):
        sizes = _sizes(directory)
        if sizes is None:
            continue
        total, usable = sizes
        left = _seconds_left(facts, directory, usable)
        if total - usable <= facts.thresholds.disk_used_ratio * total and left is None:
            continue
        used = f"{100 * (total - usable) / total:.0f}% used, {volume(usable)} free"
        yield FoundState(
            object=on_broker(broker.id),
            confidence=Confidence.OBSERVED if left is None else Confidence.INFERRED,
            summary=f"{directory.path}: {used}"
            + (
                f"; full in about {duration(left)} at the present growth"
                if left is not None
                else ""
            ),
            evidence=(
                Evidence(
                    f"DescribeLogDirs broker {broker.id}",
                    directory.path,
                    f"{volume(usable)} usable of {volume(total)}",
                ),
            ),
            remedy=Remedy(
                "shorten retention of the largest topics, move replicas to other brokers, or add disk space",
                steward("broker describe", broker.id),
            ),
        )


def _sizes(directory: LogDir) -> tuple[int, int] | None:
    """Return total and usable bytes; None for a failed directory or a release that does not report them."""
    total, usable = directory.total_bytes, directory.usable_bytes
    if directory.error or isinstance(total, NotApplicable) or isinstance(usable, NotApplicable):
        return None
    return (total, usable) if total > 0 else None


def _seconds_left(facts: Facts, directory: LogDir, usable: int) -> float | None:
    """Return the seconds until the disk is full at the observed growth; None if later than the window can predict."""
    if not facts.earlier:
        return None
    then = facts.earlier[0]
    seconds = facts.seconds_since(then, Part.LOG_DIRS)
    before = then.log_dirs.get(directory.broker, ())
    for earlier in known_or(before, ()):
        sizes = _sizes(earlier) if earlier.path == directory.path else None
        growth = sizes[1] - usable if sizes else 0
        if growth < _MIN_GROWTH_BYTES or seconds <= 0:
            continue
        left = usable * seconds / growth
        if left <= min(facts.thresholds.disk_full_days * _DAY, _EXTRAPOLATION_FACTOR * seconds):
            return left
    return None
