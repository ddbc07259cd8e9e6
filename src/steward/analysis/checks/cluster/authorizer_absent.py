"""Clusters without an authorizer."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.missing import known
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import on_cluster, static_broker_config
from steward.model.finding import Evidence, Severity
from steward.model.snapshot import Part
from steward.model.unknown import NotApplicable


@check("C02", Severity.HIGH, over=CLUSTER, parts=(Part.ACLS,))
def authorizer_absent(facts: Facts, _: None) -> Iterator[FoundState]:
    """No authorizer is configured: every client can do everything.

    What it means: authorizer.class.name is empty, so the brokers check no permissions.
    Why it matters: every client that can connect can read, write and delete every topic, change configurations and
        reset the offsets of every group, by mistake or on purpose.
    What to do: add ACLs for the applications, then set authorizer.class.name to
        org.apache.kafka.metadata.authorizer.StandardAuthorizer on brokers and controllers, with the brokers' own
        principal in super.users.
    """
    acls = facts.snapshot.acls
    if not isinstance(acls, NotApplicable):
        known(acls)
        return
    yield FoundState(
        object=on_cluster(),
        summary="every client can do everything: no authorizer is configured",
        evidence=(Evidence("DescribeAcls", "authorizer", acls.detail or "SECURITY_DISABLED"),),
        remedy=static_broker_config(
            "authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer"
        ),
    )
