"""A transaction log that one or two failures can lose or stop."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import config_evidence, few, on_topic
from steward.model.command import steward
from steward.model.connection import Environment
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.snapshot import Part

_TOPIC = "__transaction_state"
_KEY = "min.insync.replicas"
_REPLICAS, _IN_SYNC = 3, 2


@check("X05", Severity.HIGH, over=CLUSTER, parts=(Part.TOPICS, Part.TOPIC_CONFIGS, Part.BROKERS))
def transaction_log_fragile(facts: Facts, _: None) -> Iterator[FoundState]:
    """The log in which coordinators store transactions has too few copies.

    What it means: __transaction_state has fewer than three replicas, or its min.insync.replicas is below two. In a
        development environment with fewer than three brokers this is not a finding.
    Why it matters: if the log loses outcomes of transactions, open ones hang, and exactly-once guarantees are lost.
        With one copy, one broker's restart stops every transactional producer of its partitions.
    What to do: reassign its partitions to three replicas and set min.insync.replicas to 2. The settings
        transaction.state.log.replication.factor and transaction.state.log.min.isr apply only when it is created.
    """
    topic = facts.topic_by_name.get(_TOPIC)
    small = len(facts.brokers) < _REPLICAS and facts.environment is Environment.DEVELOPMENT
    if topic is None or small:
        return
    entry = facts.topic_config(_TOPIC, _KEY)
    weak: list[str] = []
    if topic.replication_factor < _REPLICAS:
        weak.append(f"replication factor {topic.replication_factor}")
    if int(entry.value or 0) < _IN_SYNC:
        weak.append(f"{_KEY} {entry.value}")
    if not weak:
        return
    thin = [p.partition for p in topic.partitions if len(p.replicas) < _REPLICAS]
    yield FoundState(
        object=on_topic(topic),
        summary=f"outcomes of transactions may be lost: {' and '.join(weak)}",
        evidence=(
            Evidence(
                f"Metadata topic {_TOPIC}",
                "partitions with fewer than 3 replicas",
                few(thin) or "none",
            ),
            config_evidence(f"topic {_TOPIC}", entry),
        ),
        remedy=Remedy(
            "reassign its partitions to three replicas",
            steward(
                "reassignment plan",
                "change-replication-factor",
                replication_factor=3,
                topics=_TOPIC,
            ),
        )
        if thin
        else Remedy(
            f"set {_KEY}=2",
            steward("topic alter", _TOPIC, set=f"{_KEY}=2"),
        ),
    )
