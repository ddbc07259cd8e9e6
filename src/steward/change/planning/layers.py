"""Whether Kafka Connect, MirrorMaker or a schema registry use a topic, by their APIs or their traces in the cluster."""

import re
from collections.abc import Iterable, Iterator

from steward.analysis.checks.topic_kinds import is_connect_storage
from steward.change.planning.evidence import UseAnswer, UseEvidence, use_evidence
from steward.model.layer import ConnectCluster, Connector, Layers
from steward.model.snapshot import ClusterSnapshot
from steward.model.unknown import Observed, Unknown, known_or
from steward.model.wording import few

_MIRROR = "MirrorSourceConnector"
_CHECKPOINTS, _HEARTBEATS = ".checkpoints.internal", ".heartbeats"
_REST = "Kafka Connect REST"
_NAMES = "Metadata, ListGroups"


def connectors(topic: str, layers: Layers, snapshot: ClusterSnapshot) -> Iterator[UseEvidence]:
    """Return the connectors that use a topic; without a Connect address, whether traces of Connect exist."""
    if not layers.connect:
        yield _traces_of_connect(layers, snapshot)
        return
    uses, unseen, count = _uses(topic, layers.connect)
    if uses:
        yield use_evidence("connectors", UseAnswer.IN_USE, few(uses, 3), _REST)
    elif unseen:
        yield use_evidence("connectors", UseAnswer.UNKNOWN, few(unseen, 2), _REST)
    else:
        yield use_evidence("connectors", UseAnswer.CLEAR, f"none of {count} uses it", _REST)


def _uses(topic: str, clusters: Iterable[ConnectCluster]) -> tuple[list[str], list[str], int]:
    """Return the users of a topic, what is unknown, and the number of connectors."""
    uses: list[str] = []
    unseen: list[str] = []
    count = 0
    for cluster in clusters:
        if isinstance(cluster.connectors, Unknown):
            unseen.append(f"{cluster.place}: {cluster.connectors}")
            continue
        for connector in cluster.connectors:
            count += 1
            how = _how(connector, topic)
            if isinstance(how, Unknown):
                unseen.append(f"{connector.name}: {how.detail}")
            elif how:
                uses.append(f"{connector.kind} {connector.name} {how}")
    return uses, unseen, count


def _how(connector: Connector, topic: str) -> str | Unknown:
    """Describe how a connector uses a topic; empty if it does not."""
    active = connector.topics
    if not isinstance(active, Unknown) and topic in active:
        return "has used it"
    if connector.class_name == _MIRROR:
        return _how_mirrored(connector, topic)
    for key, value in sorted(connector.settings.items()):
        if topic in (word.strip() for word in value.split(",")):
            return f"names it ({key})"
    pattern = connector.settings.get("topics.regex")
    if pattern is not None:
        return "names it (topics.regex)" if _fits(pattern, topic) else ""
    # a sink's settings name what it reads; a source's settings may not name what it writes
    return active if isinstance(active, Unknown) and connector.kind != "sink" else ""


def _how_mirrored(connector: Connector, topic: str) -> str:
    """Return whether a topic is mirrored or is a mirror; this cluster may be the source or the target."""
    alias = connector.settings.get("source.cluster.alias", "")
    if alias and topic.startswith(f"{alias}."):
        return f"creates it as a copy of {topic.removeprefix(f'{alias}.')}"
    patterns = connector.settings.get("topics", ".*").split(",")
    return "copies it" if any(_fits(p.strip(), topic) for p in patterns) else ""


def _fits(pattern: str, topic: str) -> bool:
    """Return whether a Java pattern matches a topic's whole name; an unreadable pattern matches every name."""
    try:
        return re.fullmatch(pattern, topic) is not None
    except re.error:
        return True


def _traces_of_connect(layers: Layers, snapshot: ClusterSnapshot) -> UseEvidence:
    if isinstance(layers.topics, Unknown):
        return use_evidence("connectors", UseAnswer.UNKNOWN, str(layers.topics), _NAMES)
    storage = sorted(t for t in layers.topics if is_connect_storage(t))
    traces = [*(f"topic {t}" for t in storage), *_groups_of_connect(snapshot)]
    if traces:
        fact = (
            f"Kafka Connect runs here ({few(traces, 3)}); its connectors' topics are unknown: set its address in the "
            "profile, connect = [...]"
        )
        return use_evidence("connectors", UseAnswer.UNKNOWN, fact, _NAMES)
    fact = "no trace of Kafka Connect here; workers that use another cluster are not visible"
    return use_evidence("connectors", UseAnswer.NOTE, fact, _NAMES)


def _groups_of_connect(snapshot: ClusterSnapshot) -> list[str]:
    """Return groups of Connect workers, by protocol, and of sinks, by name."""
    if not isinstance(snapshot.groups, Observed):
        return []
    return [
        f"group {g.id}"
        for g in snapshot.groups.value
        if g.protocol_type == "connect" or g.id.startswith("connect-")
    ]


def mirrors(topic: str, layers: Layers) -> Iterator[UseEvidence]:
    """Report traces of MirrorMaker: it reads without a group, and creates deleted copies again."""
    if isinstance(layers.topics, Unknown) or _is_told(layers.connect):
        return  # reported by connectors
    traces = sorted(t for t in layers.topics if _is_of_mirrors(t))
    if not traces:
        yield use_evidence("mirroring", UseAnswer.CLEAR, "no topic of MirrorMaker here", "Metadata")
        return
    ends = (_CHECKPOINTS, _HEARTBEATS)
    aliases = {t.removesuffix(end) for t in traces for end in ends if t.endswith(end)}
    alias = next((a for a in sorted(aliases) if topic.startswith(f"{a}.")), None)
    if alias is not None:
        fact = f"may be a copy of {alias}'s {topic.removeprefix(f'{alias}.')}, which MirrorMaker would create again"
    else:
        fact = "MirrorMaker runs here and reads its sources without a group"
    yield use_evidence("mirroring", UseAnswer.UNKNOWN, f"{fact} ({few(traces, 2)})", "Metadata")


def _is_told(clusters: Iterable[ConnectCluster]) -> bool:
    """Return whether the mirroring connectors themselves were read."""
    return any(
        c.class_name == _MIRROR
        for cluster in clusters
        if not isinstance(cluster.connectors, Unknown)
        for c in cluster.connectors
    )


def _is_of_mirrors(topic: str) -> bool:
    return (
        topic == "heartbeats"
        or topic.endswith((_CHECKPOINTS, _HEARTBEATS))
        or (topic.startswith(("mm2-", "mm2_")) and topic.endswith(".internal"))
    )


def subjects(topic: str, layers: Layers) -> Iterator[UseEvidence]:
    """Return the registry's subjects for a topic: deleting the topic does not delete them."""
    question, source = "schema subjects", "schema registry REST"
    found = layers.subjects
    if found is None:
        here = not isinstance(layers.topics, Unknown) and "_schemas" in layers.topics
        text = "not checked: set schema_registry in the profile"
        fact = f"{text} (topic _schemas: a registry stores its subjects here)" if here else text
        yield use_evidence(question, UseAnswer.NOTE, fact, "none")
        return
    if isinstance(found, Unknown):
        yield use_evidence(question, UseAnswer.UNKNOWN, str(found), source)
        return
    named = [s for s in sorted(found) if _owner(s, layers, topic) == topic]
    if named:
        yield use_evidence(
            question, UseAnswer.NOTE, f"not deleted with it: {few(named, 3)}", source
        )
    else:
        yield use_evidence(question, UseAnswer.CLEAR, "no subject belongs to it", source)


def _owner(subject: str, layers: Layers, topic: str) -> str:
    """Return a subject's topic: TopicNameStrategy and TopicRecordNameStrategy begin with it."""
    known = known_or(layers.topics, ())
    fitting = [t for t in (*known, topic) if subject.startswith(f"{t}-")]
    return max(fitting, key=len, default="")
