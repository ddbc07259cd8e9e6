"""Settings of min.insync.replicas that conflict with eligible leader replicas."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.missing import FactNotApplicable
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import alter_brokers_config, config_evidence, few, on_cluster
from steward.model.command import steward
from steward.model.config import ConfigEntry, ConfigSource
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.snapshot import Part

_KEY = "min.insync.replicas"
_FEATURE = "eligible.leader.replicas.version"


@check("R07", Severity.MEDIUM, over=CLUSTER, parts=(Part.IDENTITY, Part.BROKER_CONFIGS))
def elr_min_isr_conflict(facts: Facts, _: None) -> Iterator[FoundState]:
    """Eligible leader replicas are on, but min.insync.replicas is not one value for the whole cluster.

    What it means: with ELR (KIP-966) the controller uses min.insync.replicas to decide which replicas may lead, so the
        value must be a cluster-wide dynamic one. It is missing, or single brokers have their own value.
    Why it matters: brokers and controller then use different values: a replica may lose its eligibility, or writes may
        be acknowledged with fewer copies than the controller assumes.
    What to do: set the cluster-wide value and delete the brokers' own values. The change clears all ELR sets once, so
        make it while all replicas are in sync.
    """
    levels = {feature.name: feature.finalized for feature in facts.identity.features}
    if levels.get(_FEATURE, 0) < 1:
        raise FactNotApplicable(f"{_FEATURE} is off")
    entries = {b: c[_KEY] for b, c in facts.known_broker_configs.items() if _KEY in c}
    own = [b for b, entry in entries.items() if ConfigSource.BROKER in _sources(entry)]
    without = [
        b for b, entry in entries.items() if ConfigSource.BROKER_DEFAULT not in _sources(entry)
    ]
    if own:
        yield FoundState(
            object=on_cluster(),
            summary=f"ELR is on, but single brokers have their own {_KEY}: {few(own)}",
            evidence=tuple(config_evidence(f"broker {b}", entries[b]) for b in own[:5]),
            remedy=Remedy(
                f"delete the value of broker {own[0]}",
                steward("broker alter", own[0], unset=_KEY),
            ),
        )
    elif without:
        entry = entries[without[0]]
        yield FoundState(
            object=on_cluster(),
            summary=f"ELR is on, but {_KEY} has no cluster-wide value",
            evidence=(
                Evidence("ApiVersions", _FEATURE, f"finalized {levels[_FEATURE]}"),
                config_evidence(f"broker {without[0]}", entry),
            ),
            remedy=alter_brokers_config(_KEY, entry.value or "2"),
        )
    facts.require_all_broker_configs()


def _sources(entry: ConfigEntry) -> set[ConfigSource]:
    return {entry.source, *(synonym.source for synonym in entry.synonyms)}
