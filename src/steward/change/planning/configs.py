"""Changes of dynamic configuration, and the effect of each changed value."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace

from steward.change.planning.cluster_state import CONFIG_PARTS, OWN_SOURCE, ClusterState
from steward.change.planning.config_effects import (
    Consequence,
    above_factor,
    consequence_of,
    is_lower,
    items_of,
    number_of,
)
from steward.change.planning.config_inheritance import pass_on
from steward.change.planning.config_keys import MIN_ISR
from steward.change.planning.config_values import spelled, spelled_all, wrong_values
from steward.change.planning.kind import LOOSEN, TIGHTEN, Hazard, Kind
from steward.model.change import AlterConfigs, Change, ConfigTarget
from steward.model.command import Command, kafka
from steward.model.config import ConfigEntry, ConfigSource, ConfigSynonym
from steward.model.finding import ObjectRef
from steward.model.plan import Risk, State
from steward.model.snapshot import Part
from steward.model.throttle import THROTTLED_REPLICAS
from steward.model.wording import size as size_text

_ENTITIES: Mapping[ConfigTarget, str] = {
    ConfigTarget.TOPIC: "topics",
    ConfigTarget.BROKER: "brokers",
    ConfigTarget.BROKER_LOGGER: "broker-loggers",
    ConfigTarget.GROUP: "groups",
    ConfigTarget.CLIENT_METRICS: "client-metrics",
}

KEEPS = frozenset(
    {
        "retention.ms",
        "retention.bytes",
        "delete.retention.ms",
        "log.retention.ms",
        "log.retention.minutes",
        "log.retention.hours",
        "log.retention.bytes",
        "log.cleaner.delete.retention.ms",
    }
)
"""Keys whose lower values delete records; -1 is unlimited."""

LISTS = frozenset({"cleanup.policy", *THROTTLED_REPLICAS})
"""List keys whose single items steward can append and subtract."""


class AlterConfigsHandler(Kind[AlterConfigs]):
    """Set and remove values of one resource in one request."""

    def object(self, change: AlterConfigs) -> ObjectRef:
        """Return the resource's name; empty for the default of all brokers."""
        return ObjectRef(change.target.value, "<default>" if is_default(change) else change.name)

    def parts(self, change: AlterConfigs) -> frozenset[Part]:
        """The configurations of this target; the default of all brokers is read from the live ones."""
        found = {CONFIG_PARTS[change.target]}
        if change.target is ConfigTarget.TOPIC:
            found.add(Part.TOPICS)
        if is_default(change):
            found.add(Part.BROKERS)
        return frozenset(found)

    def topics(self, change: AlterConfigs) -> frozenset[str]:
        """The topic, if the resource is one."""
        return frozenset({change.name} if change.target is ConfigTarget.TOPIC else ())

    def groups(self, change: AlterConfigs) -> frozenset[str]:
        """The group, if the resource is one."""
        return frozenset({change.name} if change.target is ConfigTarget.GROUP else ())

    def spelled(self, change: AlterConfigs) -> AlterConfigs:
        """Return the change with values spelled as brokers report them."""
        return replace(change, set=spelled_all(change.target, change.set))

    def state(self, change: AlterConfigs, cluster: ClusterState) -> State:
        """Return each key's own value in canonical spelling, None if not set on this resource; and a topic's id."""
        state: dict[str, str | None] = {}
        if change.target is ConfigTarget.TOPIC:
            topic = cluster.topics.get(change.name)
            if topic is None:
                return {}
            if topic.id:
                state["topic_id"] = topic.id
        for key in change.keys:
            entry = _entry(change, key, cluster)
            own = _own_value(change, key, cluster)
            state[key] = spelled(change.target, key, own, entry)
        return state

    def apply(self, change: AlterConfigs, cluster: ClusterState) -> None:
        """Set and remove values; a removed one falls back to the inherited value."""
        source = _source(change)
        if change.target is not ConfigTarget.BROKER:
            self._apply_on(change, change.name, cluster, source)
            return
        names = [str(b) for b in cluster.live_brokers] if is_default(change) else [change.name]
        before = {int(n): cluster.configs(change.target, n) for n in names if n.isdigit()}
        for name in names:
            self._apply_on(change, name, cluster, source)
        pass_on(change.keys, before, cluster)

    def _apply_on(
        self, change: AlterConfigs, name: str, cluster: ClusterState, source: ConfigSource
    ) -> None:
        entries = dict(cluster.configs(change.target, name))
        values = {**change.set, **_merged(change, cluster)}
        for key, value in values.items():
            entries[key] = _with_value(entries.get(key), key, value, source)
        for key in change.remove:
            left = _without(entries.pop(key, None), source)
            if left is not None:
                entries[key] = left
        cluster.set_configs(change.target, name, dict(sorted(entries.items())))

    def inverse(self, change: AlterConfigs, cluster: ClusterState) -> tuple[Change, ...] | str:
        """Restore the old values; deleted records are not restored."""
        put: dict[str, str] = {}
        remove: list[str] = []
        for key in change.keys:
            entry = _entry(change, key, cluster)
            if entry is not None and entry.is_sensitive:
                return f"the old value of {key} is secret"
            value = _own_value(change, key, cluster)
            if value is None:
                remove.append(key)
            else:
                put[key] = value
        return (
            AlterConfigs(target=change.target, name=change.name, set=put, remove=tuple(remove)),
        )

    def risk(self, change: AlterConfigs, cluster: ClusterState) -> Risk:
        """Return the highest risk of any key."""
        risks = [found.risk for _, found in _consequences(change, cluster)]
        return max(risks, key=list(Risk).index, default=Risk.SAFE)

    def hazard(self, change: AlterConfigs, cluster: ClusterState) -> Hazard | None:
        """Return the harmful values' effects."""
        texts = [c.text for _, c in _consequences(change, cluster) if c.confirm]
        return Hazard("disruptive_config", "; ".join(texts)) if texts else None

    def phase(self, change: AlterConfigs, cluster: ClusterState) -> int:
        """Loosen early, tighten late."""
        return LOOSEN if self.risk(change, cluster) is Risk.SAFE else TIGHTEN

    def impossible(self, change: AlterConfigs, cluster: ClusterState) -> str:
        """Refuse a missing topic, a read-only key, and a secret, which may not be in a plan."""
        if change.target is ConfigTarget.TOPIC and change.name not in cluster.topics:
            return "the topic does not exist"
        twice = Counter((*change.set, *change.remove, *change.append, *change.subtract))
        if twice and max(twice.values()) > 1:
            named = ", ".join(sorted(key for key, times in twice.items() if times > 1))
            return f"{named} is altered twice in one change, for example set and removed"
        no_lists = {*change.append, *change.subtract} - LISTS
        if no_lists:
            return f"{', '.join(sorted(no_lists))}: not a list, so items cannot be appended or subtracted"
        for key in change.keys:
            entry = _entry(change, key, cluster)
            if entry is None:
                continue
            if entry.is_read_only:
                return f"{key} is read-only: set it in the broker's properties file"
            if entry.is_sensitive and key in change.set:
                return f"{key} is secret and plans store no secrets: set it with kafka-configs"
        entries = {k: e for k in change.set if (e := _entry(change, k, cluster)) is not None}
        wrong = wrong_values(change.target, change.set, entries, cluster)
        return "; ".join(str(one) for one in wrong)

    def effects(self, change: AlterConfigs, cluster: ClusterState) -> tuple[str, ...]:
        """Describe each value that is not safe; for a topic's retention also how much it deletes."""
        texts: list[str] = []
        for (key, old, new), found in _consequences(change, cluster):
            if key in ("retention.ms", "retention.bytes") and is_lower(old, new):
                texts.append(_removed(key, old, new, cluster.bytes_of(change.name)))
            elif found.text:
                texts.append(found.text)
            of_topic = key == MIN_ISR and change.target is ConfigTarget.TOPIC
            topic = cluster.topics.get(change.name) if of_topic else None
            if topic is not None:
                texts += above_factor(new, topic.replication_factor)
        return tuple(dict.fromkeys(texts))

    def command(self, change: AlterConfigs) -> Command | None:
        """Return kafka-configs --alter; None for list items, which it cannot append."""
        if change.append or change.subtract:
            return None
        pairs = ",".join(f"{k}={_bracketed(v)}" for k, v in sorted(change.set.items()))
        return kafka(
            "configs",
            "--alter",
            entity_type=_ENTITIES[change.target],
            entity_name=change.name or None,
            entity_default=not change.name,
            add_config=pairs or None,
            delete_config=",".join(sorted(change.remove)) or None,
        )


def _removed(key: str, old: str | None, new: str | None, size: int | None) -> str:
    if size is None:
        return f"{key} {old} -> {new}: deletes an unknown number of bytes"
    before, after = number_of(old), number_of(new)
    if key == "retention.ms" and before and after is not None and before != float("inf"):
        share = size * (1 - after / before)
        return (
            f"{key} {old} -> {new}: deletes about {size_text(share)} of {size_text(size)} on disk "
            "(assumes a steady write rate)"
        )
    return f"{key} {old} -> {new}: deletes up to {size_text(size)} on disk"


def _consequences(
    change: AlterConfigs, cluster: ClusterState
) -> list[tuple[tuple[str, str | None, str | None], Consequence]]:
    """Return each key's consequence; for a default, on every broker where the effective value changes."""
    found = dict.fromkeys(_effective(change, cluster))
    return [(values, consequence_of(change.target, *values)) for values in found]


def harms(change: AlterConfigs, cluster: ClusterState) -> list[tuple[str, bool]]:
    """Return each key with whether its change is anything but safe.

    Errors: Unseen.
    """
    return [(values[0], c.risk is not Risk.SAFE) for values, c in _consequences(change, cluster)]


def _effective(
    change: AlterConfigs, cluster: ClusterState
) -> Iterator[tuple[str, str | None, str | None]]:
    """Yield each key with its effective value before and after; a default on every broker."""
    source = _source(change)
    values = {**change.set, **_merged(change, cluster)}
    names = [change.name]
    if is_default(change):
        names = [str(broker) for broker in cluster.live_brokers] or [change.name]
    for key in change.keys:
        for name in names:
            entry = cluster.configs(change.target, name).get(key)
            old = entry.value if entry is not None else None
            if key not in values:
                left = _without(entry, source)
            elif entry is None:
                left = ConfigEntry(key, values[key], source)
            else:
                left = _with_value(entry, key, values[key], source)
            yield key, old, left.value if left is not None else None


def after_removal(entry: ConfigEntry | None, change: AlterConfigs) -> str | None:
    """Return the value in effect once a change removes the resource's own; None if unknown."""
    left = _without(entry, _source(change))
    return left.value if left is not None else None


def is_default(change: AlterConfigs) -> bool:
    """Return whether a change is of all brokers' default; a broker's own value hides it except in synonyms."""
    return change.target is ConfigTarget.BROKER and not change.name


def _source(change: AlterConfigs) -> ConfigSource:
    return ConfigSource.BROKER_DEFAULT if is_default(change) else OWN_SOURCE[change.target]


def _entry(change: AlterConfigs, key: str, cluster: ClusterState) -> ConfigEntry | None:
    if not is_default(change):
        return cluster.configs(change.target, change.name).get(key)
    brokers = cluster.live_brokers
    return cluster.configs(change.target, str(brokers[0])).get(key) if brokers else None


def _own_value(change: AlterConfigs, key: str, cluster: ClusterState) -> str | None:
    entry = _entry(change, key, cluster)
    if entry is None:
        return None
    source = _source(change)
    if entry.source is source:
        return "(secret)" if entry.is_sensitive else entry.value
    return next((s.value for s in entry.synonyms if s.source is source), None)


def _with_value(
    entry: ConfigEntry | None, key: str, value: str, source: ConfigSource
) -> ConfigEntry:
    value_type = None if entry is None else entry.type
    below = () if entry is None else _beneath(entry, source)
    above = () if entry is None else tuple(s for s in entry.synonyms if _ranks_above(s, source))
    own = ConfigSynonym(key, value, source)
    if above:
        return ConfigEntry(
            key, above[0].value, above[0].source, synonyms=(*above, own, *below), type=value_type
        )
    return ConfigEntry(key, value, source, synonyms=(own, *below) if below else (), type=value_type)


def _without(entry: ConfigEntry | None, source: ConfigSource) -> ConfigEntry | None:
    """Return the value in effect once the one set at ``source`` is removed; None if unknown."""
    if entry is None or (entry.source is not source and not entry.synonyms):
        return entry
    left = tuple(s for s in entry.synonyms if s.source is not source)
    if not left:
        return None
    return replace(entry, value=left[0].value, source=left[0].source, synonyms=left)


def _beneath(entry: ConfigEntry, source: ConfigSource) -> tuple[ConfigSynonym, ...]:
    if not entry.synonyms and entry.source is not source:
        return (ConfigSynonym(entry.name, entry.value, entry.source),)
    return tuple(
        s for s in entry.synonyms if s.source is not source and not _ranks_above(s, source)
    )


def _ranks_above(synonym: ConfigSynonym, source: ConfigSource) -> bool:
    """Return whether a synonym takes precedence over a value set at ``source``: a broker's own over the default."""
    return source is ConfigSource.BROKER_DEFAULT and synonym.source is ConfigSource.BROKER


def _merged(change: AlterConfigs, cluster: ClusterState) -> dict[str, str]:
    """Return the lists as the controller would leave them (ConfigurationControlManager.incrementalAlterConfigs)."""
    found: dict[str, str] = {}
    for key in (*change.append, *change.subtract):
        items = items_of(_own_value(change, key, cluster))
        items += [item for item in change.append.get(key, ()) if item not in items]
        for item in change.subtract.get(key, ()):
            if item in items:
                items.remove(item)
        found[key] = ",".join(items)
    return found


def _bracketed(value: str) -> str:
    return f"[{value}]" if "," in value else value
