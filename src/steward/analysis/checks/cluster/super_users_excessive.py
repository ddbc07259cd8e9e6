"""Principals that no ACL can hold back."""

from collections.abc import Iterator

from steward.analysis.checks.cluster.hidden import entries, not_told, told
from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import count, few, on_cluster
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.snapshot import Part

_KEY = "super.users"
_ANYONE = frozenset({"User:ANONYMOUS", "User:*"})


@check("C04", Severity.HIGH, over=CLUSTER, parts=(Part.BROKER_CONFIGS,))
def super_users_excessive(facts: Facts, _: None) -> Iterator[FoundState]:
    """More principals than needed stand above all ACLs.

    What it means: super.users names User:ANONYMOUS, or more principals than the threshold max_super_users allows
        beside the declared internal ones. Brokers hide the value of this key, because the authorizer defines it and
        not Kafka: where it is set, this check mostly has to say that it does not know.
    Why it matters: a super user may do everything, and no ACL, not even a DENY, stops it. ANONYMOUS there opens the
        cluster to every client that does not authenticate.
    What to do: keep the brokers' own principal and one break-glass administrator; give everybody else ACLs.
    """
    found = entries(facts, _KEY)
    values = told(found)
    for value in sorted(set(values.values())):
        users = [user.strip() for user in value.split(";") if user.strip()]
        anyone = sorted(_ANYONE.intersection(users))
        internal = facts.thresholds.internal_principals
        counted = [user for user in users if user not in internal]
        if not anyone and len(counted) <= facts.thresholds.max_super_users:
            continue
        on = [b for b, v in values.items() if v == value]
        yield FoundState(
            object=on_cluster(),
            severity=Severity.CRITICAL if anyone else Severity.HIGH,
            summary=f"clients that do not authenticate may do everything: {anyone[0]} is a super user"
            if anyone
            else f"no ACL holds {count(len(counted), 'principal')} back: super.users is long",
            evidence=(Evidence(f"DescribeConfigs broker {few(on)}", _KEY, few(users, 8)),),
            remedy=Remedy(
                "shorten super.users in server.properties to the brokers' own principal and one administrator, "
                "and restart the brokers one at a time"
            ),
        )
    yield from not_told(found, _KEY)
    facts.require_all_broker_configs()
