"""ACLs for topics that do not exist."""

from collections.abc import Iterator

from steward.analysis.checks.acl.wording import acl_evidence, delete_topic_acls
from steward.analysis.checks.facts import Facts
from steward.analysis.checks.missing import require_all
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import count, few
from steward.model.acl import AclBinding
from steward.model.authorization import WILDCARD
from steward.model.finding import Evidence, ObjectRef, Remedy, Severity
from steward.model.snapshot import Part
from steward.model.unknown import Unknown, Why


@check("A05", Severity.LOW, over=CLUSTER, parts=(Part.ACLS, Part.BROKERS, Part.LOG_DIRS))
def acl_resource_absent(facts: Facts, _: None) -> Iterator[FoundState]:
    """ACLs exist for a topic that does not exist.

    What it means: literal bindings name a topic that does not exist. Kafka does not remove ACLs when a topic is deleted
        (KAFKA-2700).
    Why it matters: the bindings apply at once to a new topic of that name: principals of a retired application may
        read or write it.
    What to do: remove them, unless the topic is about to be created.
    """
    by_topic = _by_topic(facts)
    absent = sorted(by_topic.keys() - facts.hosted_topics) if by_topic else []
    if not absent:
        return
    untold = Unknown(Why.TRUNCATED, "it did not report its log directories")
    brokers = sorted(facts.live_broker_ids | facts.log_dirs.keys())
    require_all((f"broker {b}", facts.log_dirs.get(b, untold)) for b in brokers)
    for topic in absent:
        yield _found(topic, by_topic[topic])


def _by_topic(facts: Facts) -> dict[str, list[AclBinding]]:
    found: dict[str, list[AclBinding]] = {}
    for acl in facts.acls:
        if acl.resource_type == "TOPIC" and acl.pattern_type == "LITERAL":
            found.setdefault(acl.resource_name, []).append(acl)
    found.pop(WILDCARD, None)
    return found


def _found(topic: str, acls: list[AclBinding]) -> FoundState:
    principals = sorted({acl.principal for acl in acls})
    return FoundState(
        object=ObjectRef("acl", f"TOPIC {topic}"),
        summary=f"{count(len(acls), 'ACL')} for topic {topic}, which has no replica on any broker",
        evidence=(
            Evidence("DescribeLogDirs", f"replicas of topic {topic}", "none on any broker"),
            Evidence("DescribeAcls", "principals", few(principals)),
            acl_evidence(acls[0]),
        ),
        remedy=Remedy(
            "remove them, unless the topic is about to be created",
            delete_topic_acls(topic, acls),
        ),
    )
