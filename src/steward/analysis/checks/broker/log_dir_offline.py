"""Brokers with an offline log directory."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import BROKERS, FoundState, Nature, check
from steward.analysis.checks.say import few, on_broker
from steward.model.broker import Broker
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.snapshot import Part


@check("B06", Severity.HIGH, over=BROKERS, parts=(Part.BROKERS, Part.LOG_DIRS), nature=Nature.STATE)
def log_dir_offline(facts: Facts, broker: Broker) -> Iterator[FoundState]:
    """A log directory is offline.

    What it means: the broker took the directory offline after an input/output error or because it was full.
    Why it matters: all replicas in it are out of the ISR, and the broker does not use the directory again until it is
        restarted. Meanwhile the cluster has fewer copies.
    What to do: repair or replace the disk, then restart the broker. It copies the missing data from the leaders.
    """
    if broker.fenced is True:
        return
    directories = facts.log_dirs_of(broker.id)
    failed = [d for d in directories if d.error is not None]
    if not failed:
        return
    yield FoundState(
        object=on_broker(broker.id),
        summary=f"{len(failed)} of {len(directories)} log directories are offline",
        evidence=tuple(
            Evidence(f"DescribeLogDirs broker {broker.id}", d.path, str(d.error)) for d in failed
        ),
        remedy=Remedy(f"repair {few(d.path for d in failed)} and restart broker {broker.id}"),
    )
