"""``steward log zero-copy``: whether brokers send fetched records with sendfile."""

from dataclasses import dataclass
from typing import Annotated

from steward.analysis.zero_copy.assess import (
    BrokerCost,
    ListenerPath,
    Share,
    TopicPath,
    ZeroCopy,
    ZeroCopyReport,
    assess,
)
from steward.cluster.ports import Scope
from steward.commands.api.answers import answer
from steward.commands.api.context import Context
from steward.commands.api.matching import chosen, selected_names
from steward.commands.api.observation import ObservationRequest, observed_in_steps
from steward.commands.api.registry import Answer, Capability, capability
from steward.model.command import Hint, steward
from steward.model.doc import Candidates, Doc
from steward.model.error import UsageError
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.unknown import NotApplicable, Unknown, value_or

Figure = float | Unknown | NotApplicable

_FIRST = (Part.BROKERS, Part.BROKER_CONFIGS, Part.TOPICS, Part.METRICS)
_CONFIG_KEYS = frozenset({"message.downconversion.enable", "remote.storage.enable"})
_METRICS = frozenset({Part.BROKERS, Part.METRICS})
PARTS = (*_FIRST, Part.TOPIC_CONFIGS)


@dataclass(frozen=True, slots=True, kw_only=True)
class ZeroCopyParams:
    """Which topics."""

    names: Annotated[tuple[str, ...], selected_names("[TOPIC]...", Candidates.TOPICS)] = ()
    all: Annotated[
        bool, Doc("list every topic, not only those whose fetches are or may be copied")
    ] = False
    window: Annotated[
        float,
        Doc("time between two samples, for shares of the bytes sent meanwhile", metavar="DURATION"),
    ] = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ZeroCopySummary:
    """The cluster as a whole."""

    bytes_out_per_second: Annotated[
        Figure, Doc("sent over all listeners of brokers, mean of the last 30 seconds")
    ]
    eligible_percent: Annotated[
        Figure,
        Doc(
            "of those bytes, over listeners without TLS, less remote reads: sendfile can serve them"
        ),
    ]
    remote_percent: Annotated[
        Figure, Doc("of the bytes that consumers fetch, read from remote storage")
    ]
    old_fetch_percent: Annotated[
        Figure,
        Doc("of consumers' Fetch requests since the brokers started, with a version below 4"),
    ]
    converted_records: Annotated[
        Figure, Doc("records converted for old clients since the brokers started")
    ]
    topics_on_sendfile: Annotated[
        int | Unknown, Doc("topics whose fetches are not copied on listeners without TLS")
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class ZeroCopyListener:
    """One listener."""

    listener: str
    protocol: str
    state: Annotated[
        ZeroCopy,
        Doc("sendfile; lost: TLS encrypts a copy; partly_lost: encrypted on some brokers only"),
    ]
    brokers: Annotated[int, Doc("brokers that serve it")]
    bytes_out_per_second: Annotated[Figure, Doc("mean of the last 30 seconds, all responses")]
    share_percent: Annotated[
        Figure, Doc("of the bytes sent since the brokers started, or in --window")
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class ZeroCopyTopic:
    """One topic, on the listeners that can use sendfile."""

    topic: str
    state: Annotated[
        ZeroCopy | Unknown,
        Doc("sendfile; at_risk: its configuration allows copies; partly_lost: copies are measured"),
    ]
    reason: Annotated[str, Doc("what copies its records")]
    bytes_out_per_second: Annotated[Figure, Doc("fetched by consumers, mean of about a minute")]
    remote_percent: Annotated[Figure, Doc("of those, read from remote storage")]
    converted_per_second: Annotated[Figure, Doc("records converted for old clients")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ZeroCopyCost:
    """What one broker measures."""

    broker: int
    network_idle_percent: Annotated[Figure, Doc("idle share of the network threads, which encrypt")]
    response_send_ms: Annotated[Figure, Doc("mean time to send a response to a consumer's Fetch")]
    conversion_ms: Annotated[Figure, Doc("mean time per Fetch spent on converting records")]
    conversion_memory_bytes: Annotated[
        Figure, Doc("mean memory per Fetch that converted records take")
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class ZeroCopyResult:
    """Where sendfile serves fetches, and what is measured of the rest."""

    summary: ZeroCopySummary
    listeners: tuple[ZeroCopyListener, ...] | Unknown
    topics: tuple[ZeroCopyTopic, ...] | Unknown
    costs: tuple[ZeroCopyCost, ...]


@capability(
    "log.zero-copy",
    parts=PARTS,
    examples=("steward log zero-copy", "steward log zero-copy orders --window 30s -o json"),
)
def zero_copy(params: ZeroCopyParams, context: Context) -> Answer[ZeroCopyResult]:
    """Show for each listener and topic whether brokers send fetched records with sendfile.

    A broker sends records from the file to the socket without a copy, except over TLS, when it converts them for a
    client that fetches with a version below 4 (before Kafka 4.0), and when it reads them from remote storage.
    Compressed batches are sent as stored. Shares and costs come from the brokers' metrics and are unknown without
    them; which part of the cost TLS alone causes is not measured by brokers.
    """
    if params.window < 0:
        raise UsageError(
            "--window must not be negative", remedy=Hint(steward("log zero-copy", help=True))
        )
    with context.connect(context.connection) as observer:
        earlier = None
        if params.window:
            earlier = observer.observe(_METRICS, progress=context.progress)
            context.wait(params.window, "waiting for the second sample")
        snapshot = observed_in_steps(observer, context, _FIRST, _configs_of_topics)
    report = assess(snapshot, earlier)
    data = ZeroCopyResult(
        summary=_summary(report),
        listeners=report.listeners
        if isinstance(report.listeners, Unknown)
        else tuple(_listener(one) for one in report.listeners),
        topics=_topics(report, snapshot, params),
        costs=tuple(_cost(one) for one in report.costs),
    )
    return answer(data, snapshot, context, PARTS, decisive=(Part.BROKER_CONFIGS, Part.TOPICS))


def _configs_of_topics(snapshot: ClusterSnapshot) -> ObservationRequest:
    topics = frozenset(t.name for t in value_or(snapshot.topics, ()))
    scope = Scope(topics=topics, config_keys=_CONFIG_KEYS, config_synonyms=False)
    return frozenset({Part.TOPIC_CONFIGS}), scope


def _summary(report: ZeroCopyReport) -> ZeroCopySummary:
    topics = report.topics
    return ZeroCopySummary(
        bytes_out_per_second=report.bytes_per_second,
        eligible_percent=_percent(report.eligible_share),
        remote_percent=_percent(report.remote_share),
        old_fetch_percent=_percent(report.old_fetch_share),
        converted_records=report.conversions_total,
        topics_on_sendfile=topics
        if isinstance(topics, Unknown)
        else sum(t.state is ZeroCopy.SENDFILE for t in topics),
    )


def _listener(path: ListenerPath) -> ZeroCopyListener:
    return ZeroCopyListener(
        listener=path.listener,
        protocol=path.protocol,
        state=path.state,
        brokers=path.brokers,
        bytes_out_per_second=path.bytes_per_second,
        share_percent=_percent(path.share),
    )


def _topics(
    report: ZeroCopyReport, snapshot: ClusterSnapshot, params: ZeroCopyParams
) -> tuple[ZeroCopyTopic, ...] | Unknown:
    if isinstance(report.topics, Unknown):
        return report.topics
    gaps = isinstance(snapshot.topics, Unknown) or snapshot.topics.gaps
    names = [path.topic for path in report.topics]
    shown = chosen(params.names, names, "topic", complete=not gaps) if params.names else names
    return tuple(
        _topic(path)
        for path in report.topics
        if path.topic in shown
        and (params.all or params.names or path.state is not ZeroCopy.SENDFILE)
    )


def _topic(path: TopicPath) -> ZeroCopyTopic:
    return ZeroCopyTopic(
        topic=path.topic,
        state=path.state,
        reason=path.reason,
        bytes_out_per_second=path.bytes_per_second,
        remote_percent=_percent(path.remote_share),
        converted_per_second=path.conversions,
    )


def _cost(cost: BrokerCost) -> ZeroCopyCost:
    return ZeroCopyCost(
        broker=cost.broker,
        network_idle_percent=_percent(cost.network_idle),
        response_send_ms=cost.response_send_ms,
        conversion_ms=cost.conversion_ms,
        conversion_memory_bytes=cost.conversion_memory_bytes,
    )


def _percent(share: Share) -> Figure:
    return 100 * share if isinstance(share, float | int) else share


CAPABILITIES: tuple[Capability, ...] = (zero_copy,)
