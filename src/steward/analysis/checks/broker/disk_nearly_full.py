"""Log directories that are about to be full."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import BROKERS, FoundState, check
from steward.analysis.checks.say import on_broker, span, volume
from steward.model.broker import Broker, LogDir
from steward.model.command import steward
from steward.model.finding import Confidence, Evidence, Remedy, Severity
from steward.model.snapshot import Part
from steward.model.unknown import NotApplicable, Unknown

_DAY = 86_400
_LEAST_GROWTH_BYTES = 64 * 1024 * 1024
_REACH = 168
"""How many times the length of the window its growth may be extended: an hour speaks for a week."""


@check("B07", Severity.HIGH, over=BROKERS, parts=(Part.BROKERS, Part.LOG_DIRS))
def disk_nearly_full(facts: Facts, broker: Broker) -> Iterator[FoundState]:
    """A disk is nearly full, or will be soon.

    What it means: more than 85% of the disk under a log directory is used, or the growth between the looks fills it
        within days. Growth is extended to 168 times the time for which it was watched, no further.
    Why it matters: a broker whose disk is full takes the directory offline with all its replicas; brokers with the
        same load follow.
    What to do: shorten retention of the largest topics (steward topic list shows sizes), move replicas away, or add
        disk. Never delete files by hand.
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
        used = f"{100 * (total - usable) / total:.0f}% used, {volume(usable)} left"
        yield FoundState(
            object=on_broker(broker.id),
            confidence=Confidence.OBSERVED if left is None else Confidence.INFERRED,
            summary=f"{directory.path}: {used}"
            + (f"; full in about {span(left)} at the present rate" if left is not None else ""),
            evidence=(
                Evidence(
                    f"DescribeLogDirs broker {broker.id}",
                    directory.path,
                    f"{volume(usable)} usable of {volume(total)}",
                ),
            ),
            remedy=Remedy(
                "shorten retention of the largest topics, move replicas away, or add disk",
                steward("broker describe", broker.id),
            ),
        )


def _sizes(directory: LogDir) -> tuple[int, int] | None:
    """Return total and usable bytes; None for a failed directory or a version that does not tell."""
    total, usable = directory.total_bytes, directory.usable_bytes
    if directory.error or isinstance(total, NotApplicable) or isinstance(usable, NotApplicable):
        return None
    return (total, usable) if total > 0 else None


def _seconds_left(facts: Facts, directory: LogDir, usable: int) -> float | None:
    """Return when the disk is full at the rate of the window; None if not soon, or the window is too short to say."""
    if not facts.earlier:
        return None
    then = facts.earlier[0]
    seconds = facts.seconds_since(then, Part.LOG_DIRS)
    before = then.log_dirs.get(directory.broker, ())
    for earlier in () if isinstance(before, Unknown) else before:
        sizes = _sizes(earlier) if earlier.path == directory.path else None
        growth = sizes[1] - usable if sizes else 0
        if growth < _LEAST_GROWTH_BYTES or seconds <= 0:
            continue
        left = usable * seconds / growth
        if left <= min(facts.thresholds.disk_full_days * _DAY, _REACH * seconds):
            return left
    return None
