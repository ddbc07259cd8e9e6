"""Durable topics whose producers possibly do not wait for all replicas."""

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
from steward.model.finding import Confidence, Evidence, Remedy, Severity
from steward.model.snapshot import Part


@check("P02", Severity.MEDIUM, over=CLUSTER, parts=(Part.TOPICS, Part.SAMPLES))
def producer_acks_weak(facts: Facts, _: None) -> Iterator[FoundState]:
    """A producer possibly does not wait until all in-sync replicas have its records.

    What it means: brokers keep no trace of acks. What can be seen is that batches carry no producer id: an idempotent
        client would have demanded acks=all, this one need not have. The other causes are a client that leaves
        idempotence off with acks=all (librdkafka's default, Kafka Connect's), and Java settings that conflict. Hence
        possible, never proved. Topics with one replica are left out.
    Why it matters: with acks=1 or 0, records that were acknowledged are lost when the leader fails before the
        followers have copied them.
    What to do: look at acks in the configuration of the clients that write this topic, and set acks=all with
        enable.idempotence=true; then this finding is gone, and it is proved.
    """
    for writing in plainly_written(facts):
        if writing.topic.replication_factor < 2:
            continue
        yield FoundState(
            object=on_topic(writing.topic),
            confidence=Confidence.INFERRED,
            summary=f"acks may be weaker than all (possible, brokers cannot tell): {shares(writing)}",
            evidence=(
                *evidence_of(writing),
                Evidence(
                    "brokers",
                    "acks",
                    "not kept; other causes: librdkafka's default, Connect, conflicting Java settings",
                ),
            ),
            remedy=Remedy(
                "look up acks in the configuration of the clients that write this topic, and set acks=all with "
                "enable.idempotence=true"
            ),
        )
    require_enough_batches(facts)
