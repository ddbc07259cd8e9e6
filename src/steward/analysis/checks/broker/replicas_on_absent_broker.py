"""Absent brokers that still have replicas."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import CLUSTER, FoundState, Nature, check
from steward.analysis.checks.say import count, on_broker
from steward.model.command import steward
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.snapshot import Part


@check("B19", Severity.MEDIUM, over=CLUSTER, parts=(Part.BROKERS, Part.TOPICS), nature=Nature.STATE)
def replicas_on_absent_broker(facts: Facts, _: None) -> Iterator[FoundState]:
    """Replicas are assigned to a broker that is absent.

    What it means: the broker is fenced (registered, but sends no heartbeats) or not registered, and partitions still
        have replicas on it.
    Why it matters: these replicas hold no current copy. Kafka never moves them by itself, however long the broker is
        absent.
    What to do: start the broker. If it will not return, reassign its replicas to other brokers and unregister it.
    """
    live = facts.live_broker_ids
    for broker, replicas in sorted(facts.partitions.replicas_by_broker.items()):
        if broker in live:
            continue
        state = "fenced" if broker in facts.broker_by_id else "not registered"
        yield FoundState(
            object=on_broker(broker),
            summary=f"{state}, but still has {count(replicas, 'replica')}",
            evidence=(
                Evidence("DescribeCluster", "broker", state),
                Evidence("Metadata", "replicas assigned to it", str(replicas)),
            ),
            remedy=Remedy(
                f"start broker {broker}; if it will not return, reassign its replicas and unregister it",
                steward("reassignment plan", "drain", brokers=broker),
            ),
        )
