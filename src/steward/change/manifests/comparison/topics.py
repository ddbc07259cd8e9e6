"""Compare topics: create, add partitions, change replicas, configure; never recreate."""

from steward.change.manifests.comparison.configs import compare_configs
from steward.change.manifests.comparison.replicas import (
    changes_factor,
    compare_replicas,
    note_moves,
)
from steward.change.manifests.comparison.result import (
    UNSEEN,
    ComparisonOptions,
    ComparisonSoFar,
    seen,
)
from steward.change.manifests.desired import SAY_IT, DesiredState, DesiredTopic
from steward.change.manifests.problem import nearest
from steward.model.change import CreatePartitions, CreateTopic
from steward.model.config import Configs
from steward.model.snapshot import ClusterSnapshot
from steward.model.topic import Topic
from steward.model.unknown import Observed, Unknown
from steward.model.wording import count

_NO_SUCH_KEY = "see the topic configs of this Kafka version"


def compare_topics(
    desired: DesiredState,
    snapshot: ClusterSnapshot,
    options: ComparisonOptions,
    found: ComparisonSoFar,
) -> None:
    """Compare every declared topic."""
    topics = seen(snapshot.topics, len(desired.topics), "topic", found)
    if topics is None:
        return
    existing = {t.name: t for t in topics}
    known = known_keys(snapshot)
    unchecked = 0
    for wanted in desired.topics:
        topic = existing.get(wanted.name)
        if topic is not None:
            _counts(wanted, topic, found)
            _configs(wanted, snapshot, options, found)
        elif known or not wanted.config:
            _create(wanted, known, found)
        else:
            unchecked += 1
            _create(wanted, frozenset(wanted.config), found)
    pairs = [(w, existing[w.name]) for w in desired.topics if w.name in existing]
    compare_replicas([(w, t) for w, t in pairs if changes_factor(w, t)], snapshot, found)
    for wanted, topic in pairs:
        note_moves(wanted, topic, found)
    if unchecked:
        found.notes.append(
            f"config keys of {count(unchecked, 'new topic')} not checked: no existing topic is visible that lists them"
        )


def known_keys(snapshot: ClusterSnapshot) -> frozenset[str]:
    """Return the topic configs that the brokers know: every topic's response has them all."""
    part = snapshot.topic_configs
    for entries in part.value.values() if isinstance(part, Observed) else ():
        if not isinstance(entries, Unknown) and entries:
            return frozenset(entries)
    return frozenset()


def _create(wanted: DesiredTopic, known: frozenset[str], found: ComparisonSoFar) -> None:
    for key in sorted(set(wanted.config) - known):
        _unknown_key(wanted, key, nearest(key, known, _NO_SUCH_KEY), found)
    if wanted.replicas is None:
        found.cannot(
            "topic", wanted.name, f"topic {wanted.name} does not exist and has no spec.replicas ({wanted.place})",
            SAY_IT,
        )  # fmt: skip
        return
    found.changes.append(
        CreateTopic(
            name=wanted.name,
            partitions=wanted.partitions,
            replication_factor=wanted.replicas,
            configs=wanted.config,
        )
    )


def _unknown_key(wanted: DesiredTopic, key: str, remedy: str, found: ComparisonSoFar) -> None:
    found.cannot(
        "topic", wanted.name, f"the brokers do not know topic config {key} ({wanted.place})", remedy
    )


def _counts(wanted: DesiredTopic, topic: Topic, found: ComparisonSoFar) -> None:
    now = len(topic.partitions)
    if wanted.partitions > now and not changes_factor(wanted, topic):
        found.changes.append(CreatePartitions(topic=wanted.name, partitions=wanted.partitions))
    elif wanted.partitions < now:
        found.cannot(
            "topic", wanted.name,
            f"it has {now} partitions, {wanted.partitions} declared ({wanted.place}): Kafka cannot remove partitions",
            f"declare partitions: {now}, or move producers and consumers to a new topic; it is never recreated",
        )  # fmt: skip


def _configs(
    wanted: DesiredTopic,
    snapshot: ClusterSnapshot,
    options: ComparisonOptions,
    found: ComparisonSoFar,
) -> None:
    entries = _entries(wanted.name, snapshot)
    if isinstance(entries, Unknown) or entries is None:
        if wanted.config:
            why = str(entries) if entries is not None else "not read"
            found.cannot("topic", wanted.name, f"its configuration is unknown: {why}", UNSEEN)
        return
    result = compare_configs(wanted, entries, pin=options.pin)
    found.changes += result.changes
    for key in result.unknown_keys:
        _unknown_key(wanted, key, nearest(key, entries, _NO_SUCH_KEY), found)
    if result.reported:
        found.leave(
            "topic", wanted.name, f"set on the topic, but not declared: {', '.join(result.reported)}",
            "declare them, or set unmanagedConfig: reset or keep",
        )  # fmt: skip


def _entries(topic: str, snapshot: ClusterSnapshot) -> Configs | Unknown | None:
    part = snapshot.topic_configs
    return part.value.get(topic) if isinstance(part, Observed) else part
