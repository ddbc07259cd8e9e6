"""Grants on topics that do not exist."""

from collections.abc import Iterator
from shlex import quote

from steward.checks.acl.wording import acl_evidence
from steward.checks.facts import Facts, known
from steward.checks.registry import CLUSTER, Found, check
from steward.checks.say import few
from steward.model.acl import AclBinding
from steward.model.authorization import WILDCARD
from steward.model.finding import Confidence, Evidence, ObjectRef, Remedy, Severity
from steward.model.snapshot import Part
from steward.model.unknown import Unknown


@check("A05", Severity.LOW, over=CLUSTER, parts=(Part.ACLS, Part.TOPICS, Part.LOG_DIRS))
def acl_resource_absent(facts: Facts, _: None) -> Iterator[Found]:
    """ACLs remain for a topic that does not exist.

    What it means: bindings name a topic, not as a prefix, and there is no such topic. Kafka keeps ACLs when a topic is
        deleted (KAFKA-2700).
    Why it matters: they apply at once, and unseen, to any future topic of that name: its data may then be open to
        principals of an application long gone.
    What to do: remove them, unless the topic is about to be created.
    """
    by_topic = _by_topic(facts)
    absent = by_topic.keys() - facts.topic_by_name.keys()
    if not absent:
        return
    # Metadata hides topics that one may not describe; log directories show them all
    hosted, complete = _hosted_topics(facts)
    for topic in sorted(absent - hosted):
        yield _found(topic, by_topic[topic], complete)


def _by_topic(facts: Facts) -> dict[str, list[AclBinding]]:
    found: dict[str, list[AclBinding]] = {}
    for acl in facts.acls:
        if acl.resource_type == "TOPIC" and acl.pattern_type == "LITERAL":
            found.setdefault(acl.resource_name, []).append(acl)
    found.pop(WILDCARD, None)
    return found


def _hosted_topics(facts: Facts) -> tuple[set[str], bool]:
    """Return the topics that have replicas, and whether every broker told its own."""
    by_broker = known(facts.snapshot.log_dirs).value
    told = [dirs for dirs in by_broker.values() if not isinstance(dirs, Unknown)]
    names = {r.partition.topic for dirs in told for d in dirs for r in d.replicas}
    complete = len(told) == len(by_broker) and facts.live_broker_ids <= by_broker.keys()
    return names, complete


def _found(topic: str, acls: list[AclBinding], complete: bool) -> Found:
    principals = sorted({acl.principal for acl in acls})
    proof = "no broker holds a replica of it" if complete else "not every broker told what it holds"
    return Found(
        object=ObjectRef("acl", f"TOPIC {topic}"),
        confidence=Confidence.OBSERVED if complete else Confidence.INFERRED,
        summary=f"{len(acls)} ACLs for topic {topic}, which does not exist; {proof}",
        evidence=(
            Evidence("Metadata", f"topic {topic}", "absent"),
            Evidence("DescribeAcls", "principals", few(principals)),
            acl_evidence(acls[0]),
        ),
        remedy=Remedy(
            "remove them, unless the topic is about to be created",
            "kafka-acls.sh --bootstrap-server $BOOTSTRAP --remove --force "
            f"--topic {quote(topic)} --resource-pattern-type literal",
        ),
    )
