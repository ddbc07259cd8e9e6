"""Applications that can change every topic."""

from collections.abc import Iterator

from steward.analysis.checks.acl.wording import acl_evidence, is_app, on_acl, remove_acl
from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import ACLS, FoundState, check
from steward.model.acl import AclBinding
from steward.model.authorization import WILDCARD
from steward.model.finding import Severity
from steward.model.snapshot import Part

CHANGE_OPERATIONS = frozenset({"ALL", "WRITE", "DELETE", "ALTER", "ALTER_CONFIGS"})


@check("A03", Severity.HIGH, over=ACLS, parts=(Part.ACLS,))
def acl_topic_wildcard_write(facts: Facts, acl: AclBinding) -> Iterator[FoundState]:
    """An application can write to, delete or alter every topic.

    What it means: an ALLOW on the topic name * gives WRITE, DELETE, ALTER, ALTER_CONFIGS or ALL to a principal that is
        not declared as an operator. The name * matches every topic, including those of other teams and future ones.
    Why it matters: one bug or one stolen credential affects all data, including Kafka's own topics such as
        __consumer_offsets.
    What to do: grant the names or the prefix that the application uses, then remove this binding.
    """
    if acl.resource_type != "TOPIC" or acl.resource_name != WILDCARD:
        return
    if acl.permission != "ALLOW" or acl.pattern_type != "LITERAL":
        return
    if acl.operation not in CHANGE_OPERATIONS or not is_app(facts, acl.principal):
        return
    if facts.authorizer.overriding_deny(acl):
        return
    yield FoundState(
        object=on_acl(acl),
        summary=f"{acl.principal} has {acl.operation} on every topic",
        evidence=(acl_evidence(acl),),
        remedy=remove_acl(acl, "grant the prefix that it uses, then remove this binding"),
    )
