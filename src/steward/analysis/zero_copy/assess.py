"""Where brokers send fetched records with sendfile, and where they copy them through memory first.

A broker sends records from the file to the socket without copying them (FileChannel.transferTo) unless the connection
is encrypted, the records are converted for an old client, or they come from remote storage. Compression is no reason:
batches are sent as stored. Consumers and followers are alike.

Source: PlaintextTransportLayer, SslTransportLayer (KAFKA-9110), RecordsSend, RemoteLogInputStream (KIP-405) and
        KafkaApis of Apache Kafka; down-conversion: KIP-283, removed in 4.0 (KIP-896).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from steward.analysis.zero_copy.metrics import (
    BYTES_OUT,
    CONVERSION_MS,
    CONVERSIONS,
    CONVERSIONS_COUNT,
    FETCH,
    FETCH_CONSUMER,
    LISTENER_BYTE_RATE,
    LISTENER_BYTES,
    NETWORK_IDLE,
    REMOTE_BYTES,
    REQUESTS_COUNT,
    RESPONSE_SEND_MS,
    TEMPORARY_BYTES,
    MetricSums,
    is_total,
)
from steward.model.config import Configs
from steward.model.listener import BrokerListener, controller_listeners, listeners_in
from steward.model.snapshot import ClusterSnapshot
from steward.model.topic import Topic
from steward.model.unknown import NotApplicable, Observed, Unknown, Why

_FETCH_KEY = 1
FIRST_CURRENT_FETCH = 4
"""Older versions cannot carry message format v2 (KIP-98), so brokers convert the records."""
DOWN_CONVERSION, REMOTE_STORAGE = "message.downconversion.enable", "remote.storage.enable"

Measured = float | Unknown
Share = float | Unknown | NotApplicable
"""From 0 to 1; not applicable where nothing was sent."""
_IDLE = NotApplicable("brokers sent nothing recently")


class ZeroCopy(StrEnum):
    """How records reach the socket."""

    SENDFILE = "sendfile"
    """from the file to the socket, without a copy"""
    AT_RISK = "at_risk"
    """sendfile now; the configuration allows what loses it"""
    PARTLY_LOST = "partly_lost"
    """some fetches are copied: measured"""
    LOST = "lost"
    """every fetch is copied"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenerPath:
    """One listener name; ``protocol`` is of all its brokers, joined where they differ."""

    listener: str
    protocol: str
    brokers: int
    state: ZeroCopy
    bytes_per_second: Measured
    share: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicPath:
    """One topic, on listeners that can use sendfile.

    ``remote_share`` is of the bytes that consumers fetch, ``conversions`` are records per second.
    """

    topic: str
    state: ZeroCopy | Unknown
    reason: str
    bytes_per_second: Measured
    remote_share: Share
    conversions: Measured | NotApplicable


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerCost:
    """What one broker measures of the cost; times are means in milliseconds, ``network_idle`` is from 0 to 1."""

    broker: int
    network_idle: Measured
    response_send_ms: Measured
    conversion_ms: Measured
    conversion_memory_bytes: Measured


@dataclass(frozen=True, slots=True, kw_only=True)
class ZeroCopyReport:
    """All of it. Shares are from 0 to 1.

    ``eligible_share``: of the bytes sent, those over listeners that can use sendfile, less their part of remote reads.
    ``old_fetch_share``: consumers' Fetch requests since the brokers started for which records may be converted.
    ``conversions_total``: records converted for old clients since the brokers started.
    """

    listeners: tuple[ListenerPath, ...] | Unknown
    topics: tuple[TopicPath, ...] | Unknown
    costs: tuple[BrokerCost, ...]
    bytes_per_second: Measured
    eligible_share: Share
    remote_share: Share
    old_fetch_share: Share
    conversions_total: Measured | NotApplicable


def assess(snapshot: ClusterSnapshot, earlier: ClusterSnapshot | None = None) -> ZeroCopyReport:
    """Judge every listener and topic of a snapshot.

    ``earlier``: shares of listeners are about the bytes sent since that snapshot, else since the brokers started.
    Shape: needs brokers, broker configs, topics, topic configs, metrics; what is missing is Unknown.
    """
    sums = MetricSums(snapshot)
    converts = _brokers_convert(snapshot)
    paths = _listeners(snapshot, sums, MetricSums(earlier) if earlier else None)
    remote = _remote_share(snapshot, sums)
    no_conversion = NotApplicable("the brokers accept Fetch from version 4 on only")
    known = () if isinstance(paths, Unknown) else paths
    return ZeroCopyReport(
        listeners=paths,
        topics=_topics(snapshot, sums, converts),
        costs=tuple(_cost(sums, broker) for broker in sums.brokers),
        bytes_per_second=_sum(path.bytes_per_second for path in known)
        if known
        else _why(paths, "no listener is known"),
        eligible_share=_eligible(known, remote) if known else _why(paths, "no listener is known"),
        remote_share=remote,
        old_fetch_share=_old_fetches(sums) if converts is not False else no_conversion,
        conversions_total=sums.total(CONVERSIONS_COUNT, is_total)
        if converts is not False
        else no_conversion,
    )


def _why(value: object, otherwise: str) -> Unknown:
    return value if isinstance(value, Unknown) else Unknown(Why.TRUNCATED, otherwise)


def _sum(values: Iterable[Measured]) -> Measured:
    total = 0.0
    for value in values:
        if isinstance(value, Unknown):
            return value
        total += value
    return total


def _share(part: Measured, whole: Measured) -> Share:
    if isinstance(part, Unknown):
        return part
    if isinstance(whole, Unknown):
        return whole
    return min(1.0, part / whole) if whole > 0 else _IDLE


# Listeners


class _Sent:
    """Bytes sent over each listener, per second and in the time that shares are about."""

    def __init__(self, now: MetricSums, earlier: MetricSums | None) -> None:
        self._now = now
        self._earlier = earlier

    def rate(self, listener: str, *, on_all: bool) -> Measured:
        return _of_listener(self._now, LISTENER_BYTE_RATE, listener, on_all=on_all)

    def bytes(self, listener: str, *, on_all: bool) -> Measured:
        """Return the bytes since the earlier snapshot, or since the brokers started."""
        total = _of_listener(self._now, LISTENER_BYTES, listener, on_all=on_all)
        if self._earlier is None or isinstance(total, Unknown):
            return total
        before = _of_listener(self._earlier, LISTENER_BYTES, listener, on_all=on_all)
        if isinstance(before, Unknown):
            return before
        return total - before if total >= before else total  # a broker restarted


def _of_listener(sums: MetricSums, name: str, listener: str, *, on_all: bool) -> Measured:
    return sums.total(name, lambda s: s.label("listener") == listener, absent_is_zero=not on_all)


def _listeners(
    snapshot: ClusterSnapshot, sums: MetricSums, earlier: MetricSums | None
) -> tuple[ListenerPath, ...] | Unknown:
    if isinstance(snapshot.broker_configs, Unknown):
        return snapshot.broker_configs
    configs = snapshot.broker_configs.value
    by_name = data_listeners(configs)
    if not by_name:
        return next(
            (c for c in configs.values() if isinstance(c, Unknown)),
            Unknown(Why.TRUNCATED, "no broker reported its listeners"),
        )
    sent = _Sent(sums, earlier)
    on_all = {name: len(own) >= len(sums.brokers) for name, own in by_name.items()}
    amounts = {name: sent.bytes(name, on_all=on_all[name]) for name in by_name}
    whole = _sum(amounts.values())
    return tuple(
        ListenerPath(
            listener=name,
            protocol=" ".join(sorted({one.protocol for one in own})),
            brokers=len(own),
            state=_listener_state(own),
            bytes_per_second=sent.rate(name, on_all=on_all[name]),
            share=_share(amounts[name], whole),
        )
        for name, own in by_name.items()
    )


def data_listeners(
    configs: Mapping[int, Configs | Unknown],
) -> Mapping[str, tuple[BrokerListener, ...]]:
    """Return the listeners over which records are fetched, by name: all but those of controllers."""
    found: dict[str, list[BrokerListener]] = {}
    for broker, own in sorted(configs.items()):
        if isinstance(own, Unknown):
            continue
        controllers = controller_listeners(own)
        for listener in listeners_in(broker, own):
            if listener.name not in controllers:
                found.setdefault(listener.name, []).append(listener)
    return {name: tuple(found[name]) for name in sorted(found)}


def _listener_state(listeners: tuple[BrokerListener, ...]) -> ZeroCopy:
    encrypted = sum(one.is_encrypted for one in listeners)
    if not encrypted:
        return ZeroCopy.SENDFILE
    return ZeroCopy.LOST if encrypted == len(listeners) else ZeroCopy.PARTLY_LOST


def _eligible(paths: tuple[ListenerPath, ...], remote: Share) -> Share:
    """Return the share of bytes for which sendfile is possible; remote reads count evenly over listeners."""
    mixed = next((p for p in paths if p.state is ZeroCopy.PARTLY_LOST), None)
    if mixed is not None:
        detail = f"listener {mixed.listener} is encrypted on some brokers only"
        return Unknown(Why.REFUSED, detail)
    share = 0.0
    for path in paths:
        if not isinstance(path.share, float):
            return path.share
        share += path.share if path.state is ZeroCopy.SENDFILE else 0.0
    if not share or isinstance(remote, NotApplicable):
        return share
    return remote if isinstance(remote, Unknown) else share * (1 - remote)


# Topics


def _brokers_convert(snapshot: ClusterSnapshot) -> bool | Unknown:
    """Return whether a broker accepts Fetch versions for which it converts records."""
    if isinstance(snapshot.brokers, Unknown):
        return snapshot.brokers
    reported = (b.api_versions for b in snapshot.brokers.value)
    known = [v[_FETCH_KEY] for v in reported if not isinstance(v, Unknown) and _FETCH_KEY in v]
    if not known:
        return Unknown(Why.REFUSED, "no broker reported its Fetch versions")
    return any(oldest < FIRST_CURRENT_FETCH for oldest, _ in known)


def _topics(
    snapshot: ClusterSnapshot, sums: MetricSums, converts: bool | Unknown
) -> tuple[TopicPath, ...] | Unknown:
    if isinstance(snapshot.topics, Unknown):
        return snapshot.topics
    facts = _TopicFacts(snapshot, sums, converts)
    return tuple(facts.path(topic) for topic in snapshot.topics.value)


class _TopicFacts:
    def __init__(
        self, snapshot: ClusterSnapshot, sums: MetricSums, converts: bool | Unknown
    ) -> None:
        self._configs = snapshot.topic_configs
        self._converts = converts
        self._out_known = sums.total(BYTES_OUT, is_total)
        self._out = sums.labelled(BYTES_OUT, "topic")
        self._conversions_known = sums.total(CONVERSIONS, is_total)
        self._conversions = sums.labelled(CONVERSIONS, "topic")
        self._remote_known = sums.total(REMOTE_BYTES, is_total)
        self._remote = sums.labelled(REMOTE_BYTES, "topic")

    def path(self, topic: Topic) -> TopicPath:
        out = _measured(self._out_known, self._out, topic.name)
        configs = self._config_of(topic.name)
        if isinstance(configs, Unknown):
            return TopicPath(
                topic=topic.name, state=configs, reason=str(configs), bytes_per_second=out,
                remote_share=configs, conversions=configs,
            )  # fmt: skip
        remote = self._remote_of(topic.name, configs, out)
        conversions = self._conversions_of(topic.name, configs)
        state, reason = _topic_state(remote, conversions)
        return TopicPath(
            topic=topic.name, state=state, reason=reason, bytes_per_second=out,
            remote_share=remote, conversions=conversions,
        )  # fmt: skip

    def _config_of(self, topic: str) -> Configs | Unknown:
        if isinstance(self._configs, Unknown):
            return self._configs
        missing = Unknown(Why.TRUNCATED, "the broker did not report its configuration")
        return self._configs.value.get(topic, missing)

    def _remote_of(self, topic: str, configs: Configs, out: Measured) -> Share:
        if not _is_on(configs, REMOTE_STORAGE):
            return NotApplicable(f"{REMOTE_STORAGE} is not set")
        remote = _measured(self._remote_known, self._remote, topic)
        return 0.0 if remote == 0 else _share(remote, out)

    def _conversions_of(self, topic: str, configs: Configs) -> Measured | NotApplicable:
        if self._converts is False:
            return NotApplicable("the brokers accept Fetch from version 4 on only")
        if not _is_on(configs, DOWN_CONVERSION):
            return NotApplicable(f"{DOWN_CONVERSION} is false: old clients are refused")
        if isinstance(self._converts, Unknown):
            return self._converts
        return _measured(self._conversions_known, self._conversions, topic)


def _is_on(configs: Configs, key: str) -> bool:
    entry = configs.get(key)
    return entry is not None and entry.value == "true"


def _measured(known: Measured, by_topic: Mapping[str, float], topic: str) -> Measured:
    """Return a topic's rate; a topic without one has none yet, if the rate of all topics is known."""
    return known if isinstance(known, Unknown) else by_topic.get(topic, 0.0)


def _topic_state(
    remote: Measured | NotApplicable, conversions: Measured | NotApplicable
) -> tuple[ZeroCopy, str]:
    lost, possible = list(_reasons(remote, conversions)), list(_risks(remote, conversions))
    if lost:
        return ZeroCopy.PARTLY_LOST, "; ".join(lost)
    if possible:
        return ZeroCopy.AT_RISK, "; ".join(possible)
    return ZeroCopy.SENDFILE, ""


def _reasons(
    remote: Measured | NotApplicable, conversions: Measured | NotApplicable
) -> Iterator[str]:
    if isinstance(remote, float) and remote > 0:
        yield f"{100 * remote:.0f}% of the bytes fetched come from remote storage"
    if isinstance(conversions, float) and conversions > 0:
        yield f"{conversions:.1f} records/s are converted for old clients"


def _risks(
    remote: Measured | NotApplicable, conversions: Measured | NotApplicable
) -> Iterator[str]:
    if not isinstance(remote, NotApplicable):
        yield "reads of remote segments are copied"
    if not isinstance(conversions, NotApplicable):
        yield "records are converted for clients that fetch with a version below 4"


# What the brokers measure


def _remote_share(snapshot: ClusterSnapshot, sums: MetricSums) -> Share:
    configs = snapshot.topic_configs
    if isinstance(configs, Observed) and not any(
        not isinstance(own, Unknown) and _is_on(own, REMOTE_STORAGE)
        for own in configs.value.values()
    ):
        unknown = next((c for c in configs.value.values() if isinstance(c, Unknown)), None)
        return unknown or NotApplicable(f"no topic sets {REMOTE_STORAGE}")
    if isinstance(configs, Unknown):
        return configs
    remote = sums.total(REMOTE_BYTES, is_total)
    return 0.0 if remote == 0 else _share(remote, sums.total(BYTES_OUT, is_total))


def _old_fetches(sums: MetricSums) -> Share:
    def is_fetch(version: object) -> bool:
        return isinstance(version, str) and version.isdigit()

    whole = sums.total(
        REQUESTS_COUNT,
        lambda s: s.label("request") == FETCH_CONSUMER and is_fetch(s.label("version")),
    )
    old = sums.total(
        REQUESTS_COUNT,
        lambda s: (
            s.label("request") == FETCH_CONSUMER
            and is_fetch(s.label("version"))
            and int(s.label("version") or 0) < FIRST_CURRENT_FETCH
        ),
        absent_is_zero=True,
    )
    return _share(old, whole)


def _cost(sums: MetricSums, broker: int) -> BrokerCost:
    return BrokerCost(
        broker=broker,
        network_idle=sums.of_broker(broker, NETWORK_IDLE),
        response_send_ms=sums.of_broker(broker, RESPONSE_SEND_MS, request=FETCH_CONSUMER),
        conversion_ms=sums.of_broker(broker, CONVERSION_MS, request=FETCH),
        conversion_memory_bytes=sums.of_broker(broker, TEMPORARY_BYTES, request=FETCH),
    )
