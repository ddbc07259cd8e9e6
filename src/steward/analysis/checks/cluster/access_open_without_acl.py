"""Authorizers that allow whatever no ACL mentions."""

from collections.abc import Iterator

from steward.analysis.checks.cluster.hidden import entries, not_told, told
from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import config_evidence, count, on_cluster, static_broker_config
from steward.model.finding import Severity
from steward.model.snapshot import Part
from steward.model.unknown import NotApplicable

_KEY = "allow.everyone.if.no.acl.found"


@check("C03", Severity.CRITICAL, over=CLUSTER, parts=(Part.BROKER_CONFIGS, Part.ACLS))
def access_open_without_acl(facts: Facts, _: None) -> Iterator[FoundState]:
    """Everything that no ACL mentions is open to everybody.

    What it means: allow.everyone.if.no.acl.found is true. Brokers hide the value of this key, because the authorizer
        defines it and not Kafka: where it is set at all, this check mostly has to say that it does not know.
    Why it matters: a new topic is readable and writable by all until somebody thinks of its first ACL, and removing
        the last ACL of a resource opens it.
    What to do: add the ACLs that the applications need, then set it to false (the default) and restart the brokers.
    """
    if isinstance(facts.snapshot.acls, NotApplicable):
        return  # without an authorizer the key means nothing
    found = entries(facts, _KEY)
    open_on = [b for b, value in told(found).items() if value.strip().lower() == "true"]
    if open_on:
        yield FoundState(
            object=on_cluster(),
            summary=f"whatever no ACL mentions is open to everybody: {_KEY} is true on "
            f"{count(len(open_on), 'broker')}",
            evidence=(config_evidence(f"broker {open_on[0]}", found[open_on[0]]),),
            remedy=static_broker_config(_KEY, "false"),
        )
    yield from not_told(found, _KEY)
    facts.require_all_broker_configs()
