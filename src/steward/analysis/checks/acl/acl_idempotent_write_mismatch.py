"""IdempotentWrite bindings that are no longer needed."""

from collections.abc import Iterator

from steward.analysis.checks.acl.wording import acl_evidence
from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import count, few
from steward.model.command import Command, kafka, steward
from steward.model.finding import Evidence, ObjectRef, Remedy, Severity
from steward.model.snapshot import Part

NOT_NEEDED_SINCE = (2, 8)
_IN_ONE_COMMAND = 20


@check("A12", Severity.LOW, over=CLUSTER, parts=(Part.ACLS, Part.IDENTITY))
def acl_idempotent_write_mismatch(facts: Facts, _: None) -> Iterator[FoundState]:
    """IdempotentWrite on the cluster is granted although no producer needs it.

    What it means: since Kafka 2.8 (KIP-679) WRITE on any topic is enough for an idempotent producer.
    Why it matters: the binding is harmless, but it lists applications among the principals with cluster rights and so
        hides the real administrators.
    What to do: remove the bindings once all brokers run 2.8 or newer.
    """
    if facts.kafka_version < NOT_NEEDED_SINCE:
        return
    acls = [
        acl
        for acl in facts.acls
        if acl.resource_type == "CLUSTER"
        and acl.operation == "IDEMPOTENT_WRITE"
        and acl.permission == "ALLOW"
    ]
    if not acls:
        return
    principals = sorted({acl.principal for acl in acls})
    yield FoundState(
        object=ObjectRef("acl", "IDEMPOTENT_WRITE on CLUSTER"),
        summary=f"IdempotentWrite is granted to {count(len(principals), 'principal')} but no longer needed",
        evidence=(
            Evidence("ApiVersions", "Kafka version", facts.identity.kafka_version),
            Evidence("DescribeAcls", "principals", few(principals)),
            acl_evidence(acls[0]),
        ),
        remedy=Remedy(
            "remove the bindings" + _for_the_first(len(principals)), _command(facts, principals)
        ),
    )


def _for_the_first(number: int) -> str:
    return (
        f" (the command removes those of the first {_IN_ONE_COMMAND} principals)"
        if number > _IN_ONE_COMMAND
        else ""
    )


def _command(facts: Facts, principals: list[str]) -> Command:
    # never without principals: that would remove every IdempotentWrite binding of the cluster resource
    named = principals[:_IN_ONE_COMMAND]
    hosts = sorted(
        {
            acl.host
            for acl in facts.acls
            if acl.operation == "IDEMPOTENT_WRITE" and acl.principal in named
        }
    )
    if len(hosts) == 1:
        return steward(
            "acl delete",
            principal=named,
            operation="IDEMPOTENT_WRITE",
            on_cluster=True,
            host=hosts[0],
        )
    return kafka(
        "acls", "--remove", "--force", "--cluster",
        operation="IdempotentWrite", allow_principal=named, allow_host=hosts,
    )  # fmt: skip
