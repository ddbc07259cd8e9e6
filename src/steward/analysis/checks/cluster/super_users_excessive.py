"""Super users, to whom ACLs do not apply."""

from collections.abc import Iterator

from steward.analysis.checks.cluster.hidden import entries, hidden_value, visible_values
from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import count, few, on_cluster
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.snapshot import Part

_KEY = "super.users"
_ANYONE = frozenset({"User:ANONYMOUS", "User:*"})


@check("C04", Severity.HIGH, over=CLUSTER, parts=(Part.BROKER_CONFIGS,))
def super_users_excessive(facts: Facts, _: None) -> Iterator[FoundState]:
    """There are more super users than needed.

    What it means: super.users contains User:ANONYMOUS, or more principals than the threshold max_super_users allows
        beside the declared internal ones. The authorizer defines this key, not Kafka, so brokers hide its value: where
        it is set, the result of this check is mostly unknown.
    Why it matters: a super user can do everything, and no ACL, not even a DENY, prevents it. ANONYMOUS as super user
        opens the cluster to every client that does not authenticate.
    What to do: keep the brokers' own principal and one emergency administrator; add ACLs for all others.
    """
    found = entries(facts, _KEY)
    values = visible_values(found)
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
            summary=f"unauthenticated clients can do everything: {anyone[0]} is a super user"
            if anyone
            else f"super.users exempts {count(len(counted), 'principal')} from all ACLs",
            evidence=(Evidence(f"DescribeConfigs broker {few(on)}", _KEY, few(users, 8)),),
            remedy=Remedy(
                "reduce super.users in server.properties to the brokers' own principal and one administrator, "
                "and restart the brokers one at a time"
            ),
        )
    yield from hidden_value(found, _KEY)
    facts.require_all_broker_configs()
