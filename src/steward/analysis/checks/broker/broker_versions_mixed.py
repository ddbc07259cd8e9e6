"""Brokers of different releases in one cluster."""

from collections.abc import Iterator, Mapping

from steward.analysis.checks.facts import Facts, require_all
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import brokers_named, count, on_cluster
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.snapshot import Part
from steward.model.unknown import Unknown

Ranges = tuple[tuple[int, tuple[int, int]], ...]


@check("B13", Severity.MEDIUM, over=CLUSTER, parts=(Part.BROKERS,))
def broker_versions_mixed(facts: Facts, _: None) -> Iterator[FoundState]:
    """Brokers run different releases.

    What it means: some brokers support other versions of Kafka's requests than the rest.
    Why it matters: this is normal during an upgrade. If it persists, feature levels cannot be raised, and clients see
        different behaviour depending on the broker.
    What to do: finish the upgrade: restart the remaining brokers on the new release.
    """
    by_ranges = _by_ranges(facts)
    if len(by_ranges) > 1:
        usual = max(by_ranges, key=lambda r: (len(by_ranges[r]), r))
        others = {r: ids for r, ids in by_ranges.items() if r != usual}
        odd = sorted(b for ids in others.values() for b in ids)
        yield FoundState(
            object=on_cluster(),
            summary=f"{brokers_named(odd)}: another release than the other {count(len(by_ranges[usual]), 'broker')}",
            evidence=tuple(
                Evidence(
                    f"ApiVersions {brokers_named(ids)}",
                    "requests with other versions",
                    str(_differences(dict(ranges), dict(usual))),
                )
                for ranges, ids in sorted(others.items(), key=lambda i: i[1])
            ),
            remedy=Remedy("finish the upgrade: restart the remaining brokers on the same release"),
        )
    live = (b for b in facts.brokers if b.fenced is not True)
    require_all((f"broker {b.id}", b.api_versions) for b in live)


def _by_ranges(facts: Facts) -> Mapping[Ranges, list[int]]:
    found: dict[Ranges, list[int]] = {}
    for broker in facts.brokers:
        if broker.fenced is not True and not isinstance(broker.api_versions, Unknown):
            found.setdefault(tuple(sorted(broker.api_versions.items())), []).append(broker.id)
    return found


def _differences(some: Mapping[int, tuple[int, int]], others: Mapping[int, tuple[int, int]]) -> int:
    return sum(some.get(key) != others.get(key) for key in some.keys() | others.keys())
