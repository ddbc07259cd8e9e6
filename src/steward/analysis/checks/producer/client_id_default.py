"""Clients with a default client id."""

import re
from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.group.names import is_console
from steward.analysis.checks.missing import require_all
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import count, few, on_cluster
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.group import Group, GroupDetail
from steward.model.snapshot import Part

_DEFAULT = re.compile(
    r"|rdkafka|sarama|kgo|kafka-python-.*|aiokafka-.*|consumer-\d+|producer-\d+|adminclient-\d+"
)
"""Default client ids of libraries. Java's consumer-GROUP-1 is accepted, because it contains the group."""


@check("P11", Severity.LOW, over=CLUSTER, parts=(Part.GROUPS,))
def client_id_default(facts: Facts, _: None) -> Iterator[FoundState]:
    """Clients use the default client id of their library.

    What it means: members of groups have an empty client id, or a default such as rdkafka or producer-1. Kafka does not
        list producers, but they are usually configured alike.
    Why it matters: metrics, quotas, request logs and lag reports identify clients by this id. A default id does not
        show which application is throttled, overloads brokers or fails.
    What to do: set client.id to the application's name and instance.
    """
    found: dict[str, set[str]] = {}
    for group in facts.groups:
        nameless = _has_default_id(group)
        if nameless:
            found[group.id] = nameless
    if found:
        ids = sorted({client_id for nameless in found.values() for client_id in nameless})
        yield FoundState(
            object=on_cluster(),
            summary=f"{count(len(found), 'group')} of {len(facts.groups):,} with default client ids: "
            f"{few(found, 3)}",
            evidence=(
                Evidence("DescribeGroups", "client ids", few(repr(id) for id in ids)),
                Evidence("DescribeGroups", "groups", few(found, 8)),
            ),
            remedy=Remedy("set client.id in the configuration of these applications"),
        )
    require_all((f"group {group.id}", group.detail) for group in facts.groups)


def _has_default_id(group: Group) -> set[str]:
    if is_console(group.id) or not isinstance(group.detail, GroupDetail):
        return set()
    return {m.client_id for m in group.detail.members if _DEFAULT.fullmatch(m.client_id)}
