"""Fetched records that brokers copy instead of sending them with sendfile."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts, known
from steward.analysis.checks.missing import FactMissing
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import on_cluster
from steward.analysis.zero_copy.assess import ListenerPath, ZeroCopy, ZeroCopyReport, assess
from steward.model.command import steward
from steward.model.finding import Evidence, ObjectRef, Remedy, Severity
from steward.model.snapshot import Part
from steward.model.unknown import NotApplicable, Unknown
from steward.model.wording import count, rate

PARTS = (Part.BROKERS, Part.BROKER_CONFIGS, Part.TOPICS, Part.TOPIC_CONFIGS, Part.METRICS)


@check("C12", Severity.INFO, over=CLUSTER, parts=PARTS)
def zero_copy_lost(facts: Facts, _: None) -> Iterator[FoundState]:
    """Brokers copy fetched records instead of sending them with sendfile.

    What it means: most bytes leave over TLS listeners, or come from remote storage (info severity); or brokers convert
        records for clients that fetch with a version below 4, which is medium severity. The limit is
        zero_copy_lost_ratio, a share of the bytes sent, and zero_copy_lost_bytes_per_second.
    Why it matters: copied records need CPU and memory of the broker. A conversion also decompresses and compresses
        them again, and delays the fetch.
    What to do: upgrade the clients that fetch with old versions. TLS and remote storage are choices: leave them in
        place, and plan the brokers' CPU for them. steward log zero-copy shows the shares and what is measured.
    """
    report = assess(facts.snapshot, facts.earlier[0].snapshot if facts.earlier else None)
    listeners = known(report.listeners)
    yield from (
        _over_tls(path, path.share, path.bytes_per_second)
        for path in listeners
        if path.state is ZeroCopy.LOST
        and isinstance(path.share, float)
        and isinstance(path.bytes_per_second, float)
        and path.share >= facts.thresholds.zero_copy_lost_ratio
        and path.bytes_per_second >= facts.thresholds.zero_copy_lost_bytes_per_second
    )
    yield from _remote(report, facts)
    yield from _converted(report)
    figures = [report.remote_share, report.conversions_total]
    figures += [path.share for path in listeners if path.state is not ZeroCopy.SENDFILE]
    for figure in figures:
        if isinstance(figure, Unknown):
            raise FactMissing(figure)


def _over_tls(path: ListenerPath, share: float, sent: float) -> FoundState:
    return FoundState(
        object=ObjectRef("listener", path.listener),
        summary=f"{100 * share:.0f}% of the bytes sent, now {rate(sent)}, are copied and encrypted: "
        f"{path.protocol} on {count(path.brokers, 'broker')}",
        evidence=(
            Evidence("DescribeConfigs", "listener.security.protocol.map", f"{path.listener}:{path.protocol}"),
            Evidence("metrics of the brokers", "outgoing-byte-total", f"{100 * share:.0f}%"),
        ),
        remedy=Remedy(
            "keep TLS, and plan the brokers' CPU for it; see what brokers measure",
            steward("log zero-copy"),
        ),
    )  # fmt: skip


def _remote(report: ZeroCopyReport, facts: Facts) -> Iterator[FoundState]:
    share, sent = report.remote_share, report.bytes_per_second
    if not isinstance(share, float) or not isinstance(sent, float):
        return
    limits = facts.thresholds
    if share < limits.zero_copy_lost_ratio or share * sent < limits.zero_copy_lost_bytes_per_second:
        return
    yield FoundState(
        object=on_cluster(),
        summary=f"{100 * share:.0f}% of the bytes that consumers fetch come from remote storage, copied through memory",
        evidence=(
            Evidence("metrics of the brokers", "RemoteFetchBytesPerSec", f"{100 * share:.0f}%"),
        ),
        remedy=Remedy(
            "raise local.retention.ms of the topics whose groups read remote segments",
            steward("log zero-copy"),
        ),
    )


def _converted(report: ZeroCopyReport) -> Iterator[FoundState]:
    converted = report.conversions_total
    if isinstance(converted, Unknown | NotApplicable) or converted <= 0:
        return
    topics = () if isinstance(report.topics, Unknown) else report.topics
    busy = sorted(
        (t for t in topics if isinstance(t.conversions, float) and t.conversions > 0),
        key=lambda t: (-_rate_of(t.conversions), t.topic),
    )
    yield FoundState(
        object=on_cluster(),
        severity=Severity.MEDIUM,
        summary=f"brokers have converted {count(round(converted), 'record')} for old clients since they started",
        evidence=(
            Evidence(
                "metrics of the brokers",
                "FetchMessageConversionsPerSec",
                count(round(converted), "record"),
            ),
            *(
                Evidence(
                    f"metrics of topic {t.topic}",
                    "FetchMessageConversionsPerSec",
                    f"{_rate_of(t.conversions):.1f}/s",
                )
                for t in busy[:4]
            ),
        ),
        remedy=Remedy(
            "upgrade the clients that fetch with a version below 4, then set message.downconversion.enable=false"
        ),
    )


def _rate_of(value: object) -> float:
    return value if isinstance(value, float) else 0.0
