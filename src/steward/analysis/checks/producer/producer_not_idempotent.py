"""Durable topics that are written without idempotence."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.producer.plain_writes import (
    evidence_of,
    plainly_written,
    require_enough_batches,
    shares,
)
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import on_topic
from steward.model.finding import Remedy, Severity
from steward.model.snapshot import Part


@check("P01", Severity.HIGH, over=CLUSTER, parts=(Part.TOPICS, Part.SAMPLES))
def producer_not_idempotent(facts: Facts, _: None) -> Iterator[FoundState]:
    """A durable topic is written by producers without idempotence.

    What it means: among the newest batches of the topic, sampled and bounded, some carry producer id -1. Shares are
        told, for a good and a weak producer may write the same topic. Brokers do not tell which client it was.
        Topics declared ephemeral are left out, and those that Streams, Connect and MirrorMaker write themselves.
    Why it matters: when such a producer retries after a lost answer, its records are stored twice, and with more
        than one request in flight they may change their order.
    What to do: set enable.idempotence=true in the client, which wants acks=all, retries and at most five requests in
        flight. librdkafka leaves it off unless it is set; Java producers turn it off silently when another setting
        conflicts. To find the client, look at who may write to the topic and who is connected.
    """
    for writing in plainly_written(facts):
        yield FoundState(
            object=on_topic(writing.topic),
            summary=f"retries may duplicate or reorder records: {shares(writing)}",
            evidence=evidence_of(writing),
            remedy=Remedy(
                "set enable.idempotence=true (and acks=all) in the clients that write this topic; brokers do not "
                "tell which these are"
            ),
        )
    require_enough_batches(facts)
