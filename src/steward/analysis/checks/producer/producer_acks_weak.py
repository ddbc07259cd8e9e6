"""Durable topics whose producers may not wait for all replicas."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.producer.plain_writes import (
    evidence_of,
    require_enough_batches,
    shares,
    without_producer_id,
)
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import on_topic
from steward.model.finding import Confidence, Evidence, Remedy, Severity
from steward.model.snapshot import Part


@check("P02", Severity.MEDIUM, over=CLUSTER, parts=(Part.TOPICS, Part.SAMPLES))
def producer_acks_weak(facts: Facts, _: None) -> Iterator[FoundState]:
    """A producer may not wait until all in-sync replicas have its records.

    What it means: brokers do not store acks. Batches without a producer id show that the client is not idempotent, so
        it need not use acks=all. It may still do so: librdkafka and Kafka Connect use acks=all without idempotence by
        default, and conflicting Java settings switch idempotence off. So this is a possibility, never proven. Topics
        with one replica are left out.
    Why it matters: with acks=1 or 0, acknowledged records are lost when the leader fails before the followers have
        copied them.
    What to do: check acks in the configuration of the clients that write this topic, and set acks=all with
        enable.idempotence=true. The finding then disappears.
    """
    for writing in without_producer_id(facts):
        if writing.topic.replication_factor < 2:
            continue
        yield FoundState(
            object=on_topic(writing.topic),
            confidence=Confidence.INFERRED,
            summary=f"acks may be weaker than all (brokers do not store acks): {shares(writing)}",
            evidence=(
                *evidence_of(writing),
                Evidence(
                    "brokers",
                    "acks",
                    "not stored; other causes: librdkafka's default, Connect, conflicting Java settings",
                ),
            ),
            remedy=Remedy(
                "check acks in the configuration of the clients that write this topic, and set acks=all with "
                "enable.idempotence=true"
            ),
        )
    require_enough_batches(facts)
