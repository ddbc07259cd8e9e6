"""Users whose partitions are led by one broker."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.quota.wording import limit_evidence
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import count
from steward.model.authorization import WILDCARD
from steward.model.command import kafka
from steward.model.finding import Confidence, Evidence, ObjectRef, Remedy, Severity
from steward.model.quota import BYTE_RATES, QuotaEntry
from steward.model.snapshot import Part
from steward.model.topic import Partition

MIN_BROKERS = 3
MIN_PARTITIONS = 12
CONCENTRATED_SHARE = 2 / 3


@check("Q16", Severity.MEDIUM, over=CLUSTER, parts=(Part.QUOTAS, Part.ACLS, Part.TOPICS))
def tenant_leaders_concentrated(facts: Facts, _: None) -> Iterator[FoundState]:
    """One broker leads most partitions of a user that has a quota.

    What it means: by its own ACLs the user can write or read at least 12 partitions, and one of three or more brokers
        leads more than two thirds of them.
    Why it matters: byte rates apply per broker. The user cannot use the quota of the other brokers, and this broker
        carries nearly all of its load.
    What to do: elect the preferred leaders if that spreads them, otherwise reassign the partitions.
    """
    named = [e for e in facts.quotas if _user_of(e) and any(key in e.limits for key in BYTE_RATES)]
    if not named or len(facts.live_broker_ids) < MIN_BROKERS:
        return
    names = sorted(facts.topic_by_name)
    for entry in named:
        partitions = [
            p
            for topic in _topics(facts, f"User:{_user_of(entry)}", names)
            for p in facts.topic_by_name[topic].partitions
        ]
        if len(partitions) >= MIN_PARTITIONS:
            yield from _judged(entry, partitions)


def _user_of(entry: QuotaEntry) -> str:
    """Return the user of an entry; empty for a default or another kind of entity."""
    return dict(entry.entity).get("user") or ""


def _topics(facts: Facts, principal: str, names: list[str]) -> set[str]:
    found: set[str] = set()
    for acl in facts.authorizer.of(principal):
        pattern = acl.resource_name
        if acl.resource_type != "TOPIC" or acl.permission != "ALLOW" or pattern == WILDCARD:
            continue
        if acl.operation not in ("READ", "WRITE", "ALL"):
            continue
        if acl.pattern_type == "PREFIXED":
            found.update(_beginning(pattern, names))
        elif pattern in facts.topic_by_name:
            found.add(pattern)
    return found


def _beginning(prefix: str, names: list[str]) -> Iterator[str]:
    for index in range(bisect_left(names, prefix), len(names)):
        if not names[index].startswith(prefix):
            return
        yield names[index]


def _judged(entry: QuotaEntry, partitions: list[Partition]) -> Iterator[FoundState]:
    broker, led = _most_frequent(p.leader for p in partitions)
    if broker < 0 or led <= CONCENTRATED_SHARE * len(partitions):
        return
    _, preferred = _most_frequent(p.replicas[0] for p in partitions if p.replicas)
    election_helps = preferred <= CONCENTRATED_SHARE * len(partitions)
    yield FoundState(
        object=ObjectRef("user", _user_of(entry)),
        confidence=Confidence.INFERRED,
        summary=f"broker {broker} leads {led} of the {count(len(partitions), 'partition')} that it can use",
        evidence=(
            Evidence(
                "Metadata", f"partitions led by broker {broker}", f"{led} of {len(partitions)}"
            ),
            *(limit_evidence(entry.entity, k, v) for k, v in sorted(entry.limits.items())),
        ),
        remedy=Remedy(
            "elect the preferred leaders",
            kafka("leader-election", "--all-topic-partitions", election_type="PREFERRED"),
        )
        if election_helps
        else Remedy("reassign some of its partitions so that other brokers lead them"),
    )


def _most_frequent(brokers: Iterable[int]) -> tuple[int, int]:
    """Return the most frequent broker (the lowest id among equals) and its number of partitions."""
    counts = Counter(broker for broker in brokers if broker >= 0)
    return min(counts.items(), key=lambda item: (-item[1], item[0]), default=(-1, 0))
