"""A cluster's throttles: lists of topics, rates of brokers, and the brokers that respond."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from steward.analysis.rebalance.throttles.rates import ThrottledBroker
from steward.cluster.ports import Observer, Scope
from steward.model.broker import Broker
from steward.model.config import Configs, ConfigSource
from steward.model.error import BrokerRefused, ClusterUnreachable, NotAuthorized
from steward.model.names import TopicPartition
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.throttle import THROTTLED_RATES, THROTTLED_REPLICAS
from steward.model.unknown import NotApplicable, Observed, Unknown, Why

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedThrottles:
    """Observed throttles.

    ``lists`` and ``rates`` are values set on a topic or broker itself, None if unset; ``defaults`` are rates for all
    brokers. ``live`` are brokers that responded; rates exist only for them. ``topics`` exist.
    """

    lists: Mapping[tuple[str, str], str | None]
    rates: Mapping[ThrottledBroker, str | None]
    defaults: Mapping[ThrottledBroker, str | None]
    live: frozenset[int]
    topics: frozenset[str]
    leaders: Mapping[TopicPartition, int]


def observe_throttles(
    observer: Observer, topics: Collection[str], brokers: Collection[int]
) -> ObservedThrottles:
    """Read the throttles of topics and brokers.

    A broker that is down, fenced, or does not respond is not live, which is no error.
    Errors: ClusterUnreachable; NotAuthorized, BrokerRefused if a topic's configuration is not returned.
    """
    parts = {Part.BROKERS, Part.TOPICS, Part.TOPIC_CONFIGS}
    if brokers:
        parts.add(Part.BROKER_CONFIGS)
    scope = Scope(topics=frozenset(topics), brokers=frozenset(brokers))
    return throttles_of(observer.observe(frozenset(parts), scope), brokers)


def throttles_of(snapshot: ClusterSnapshot, brokers: Iterable[int]) -> ObservedThrottles:
    """Return a snapshot's throttles.

    Errors: as `observe_throttles`.
    """
    found = _value(snapshot.brokers, "brokers")
    up = {b.id for b in found if is_up(b)}
    configs = {b: c for b, c in _broker_configs(snapshot).items() if b in up}
    live = frozenset(b for b in brokers if b in configs)
    ends = [ThrottledBroker(b, key) for b in sorted(live) for key in THROTTLED_RATES]
    topics = _value(snapshot.topics, "topics")
    return ObservedThrottles(
        lists=_lists(_value(snapshot.topic_configs, "topic configurations")),
        rates={at: _set_at(configs[at.broker], at.key, ConfigSource.BROKER) for at in ends},
        defaults={
            at: _set_at(configs[at.broker], at.key, ConfigSource.BROKER_DEFAULT) for at in ends
        },
        live=live,
        topics=frozenset(t.name for t in topics),
        leaders={p.key: p.leader for t in topics for p in t.partitions},
    )


def is_up(broker: Broker) -> bool:
    """Return whether a broker is up, as far as the Kafka version reports it; older ones omit those that are down."""
    return isinstance(broker.fenced, NotApplicable) or not broker.fenced


def _broker_configs(snapshot: ClusterSnapshot) -> dict[int, Configs]:
    part = snapshot.broker_configs
    if not isinstance(part, Observed):
        if part.why is Why.DENIED:
            raise _fault(part, "broker configurations")
        return {}
    known: dict[int, Configs] = {}
    for broker, configs in part.value.items():
        if not isinstance(configs, Unknown):
            known[broker] = configs
        elif configs.why is Why.DENIED:
            raise _fault(configs, f"the configuration of broker {broker}")
    return known


def _lists(configs: Mapping[str, Configs | Unknown]) -> dict[tuple[str, str], str | None]:
    found: dict[tuple[str, str], str | None] = {}
    for topic, entries in configs.items():
        if isinstance(entries, Unknown):
            raise _fault(entries, f"the configuration of topic {topic}")
        for key in THROTTLED_REPLICAS:
            found[topic, key] = _set_at(entries, key, ConfigSource.TOPIC)
    return found


def _set_at(configs: Configs, key: str, source: ConfigSource) -> str | None:
    """Return the value set at one source, even if another takes precedence."""
    entry = configs.get(key)
    if entry is None:
        return None
    if entry.source is source:
        return entry.value
    return next((s.value for s in entry.synonyms if s.source is source), None)


def _value(part: Observed[T] | Unknown, what: str) -> T:
    if isinstance(part, Observed):
        return part.value
    raise _fault(part, what)


def _fault(why: Unknown, what: str) -> Exception:
    said = f"throttles: {what} is unknown: {why}"
    if why.why is Why.DENIED:
        return NotAuthorized(said, acl=why.acl, remedy=f"add the ACL: {why.acl}")
    if why.why in (Why.UNREACHABLE, Why.TIMED_OUT):
        return ClusterUnreachable(said, remedy="try again when the brokers respond")
    return BrokerRefused(said, kafka_error=why.detail)
