"""Causes on a broker: it lacks CPU, disk or network capacity."""

from collections.abc import Iterator, Sequence
from statistics import median

from steward.analysis.diagnosis.broker_metrics import (
    FETCH_LOCAL_MS,
    NETWORK_IDLE,
    REQUEST_HANDLER_IDLE,
    REQUEST_QUEUE_MS,
    RESPONSE_QUEUE_MS,
    RESPONSE_SEND_MS,
    gauge,
    has_metrics,
)
from steward.analysis.diagnosis.causes.hot_partition import hot_rows
from steward.analysis.diagnosis.causes.wording import (
    age_evidence,
    count,
    duration,
    partitions,
    percent,
)
from steward.analysis.diagnosis.input import DiagnosisInput
from steward.model.command import kafka, steward
from steward.model.finding import Evidence
from steward.model.verdict import Action, Cause, Certainty, Verdict

_IDLE = 0.3
"""Idle ratio below which a thread pool counts as overloaded."""
_TIMES_OTHERS = 3.0
_LEAST_MS = 10.0
_LATENCY_SECONDS = 0.05
_SEVERAL = 2
"""How many partitions must lag together before their leader is suspected without metrics."""


def suspect(case: DiagnosisInput) -> int | None:
    """Return the broker that leads all late partitions while other leaders' partitions keep up, None if there is none.

    A broker is suspected only if the readers of its late partitions keep up elsewhere, or there are several of them,
    and no late partition is hot: otherwise the reader or the key explains the lag as well. Partitions that a
    transaction blocks do not count.
    """
    if not case.has_excess_lag or case.is_pooled or case.is_falling:
        return None
    blocked = case.blocked_keys
    late = [r for r in case.late if r.partition not in blocked]
    leaders = {r.leader for r in late}
    if len(leaders) != 1 or -1 in leaders or hot_rows(case, late):
        return None
    broker = leaders.pop()
    busy = [r for r in case.rows if r.arrivals > 0 or r.unread]
    own = [r for r in busy if r.leader == broker]
    elsewhere = [r for r in busy if r.leader != broker]
    if not elsewhere or 2 * len(late) < len(own):
        return None
    owners = {r.owner.id for r in late if r.owner}
    manage = {r.owner.id for r in elsewhere if r.owner and r.steps}
    return broker if len(owners) > 1 or owners & manage else None


def broker_cpu(case: DiagnosisInput) -> Verdict | None:
    """Request handlers of the suspected broker have no idle time, and requests queue for them."""
    broker = suspect(case)
    if broker is None:
        return None
    idle = gauge(case, broker, REQUEST_HANDLER_IDLE)
    waits = _higher(case, broker, REQUEST_QUEUE_MS, request="FetchConsumer")
    if (idle is None or idle >= _IDLE) and waits is None:
        return None
    found: list[Evidence] = []
    if idle is not None:
        found.append(
            Evidence(f"metrics of broker {broker}", "RequestHandlerAvgIdlePercent", percent(idle))
        )
    if waits is not None:
        found.append(_compared(broker, "FetchConsumer RequestQueueTimeMs mean", waits))
    both = idle is not None and idle < _IDLE and waits is not None
    return _slow(
        case,
        broker,
        Cause.BROKER_CPU,
        Certainty.LIKELY if both else Certainty.POSSIBLE,
        found,
        "its request handlers are busy",
        (
            Action(
                summary=f"reduce the load on broker {broker}: find the clients that request most from it",
                command=steward("broker describe", broker),
            ),
            Action(
                summary="move leadership back to the preferred replicas, if it leads more than its share",
                command=kafka(
                    "leader-election", "--all-topic-partitions", election_type="preferred"
                ),
            ),
            Action(
                summary="add request handler threads, if CPU is free",
                command=steward("broker alter", broker, set="num.io.threads=16"),
                caution="Kafka accepts at most twice the current number in one change; threads do not "
                "help if all CPUs are busy",
            ),
        ),
    )


def broker_disk(case: DiagnosisInput) -> Verdict | None:
    """The suspected broker reads fetched records from disk."""
    broker = suspect(case)
    if broker is None:
        return None
    local = _higher(case, broker, FETCH_LOCAL_MS, request="FetchConsumer")
    if local is None:
        return None
    return _slow(
        case,
        broker,
        Cause.BROKER_DISK,
        Certainty.LIKELY,
        [_compared(broker, "FetchConsumer LocalTimeMs mean", local)],
        "log reads are slow there: records come from disk, not from the page cache",
        (
            Action(
                summary=f"find what fills or reads the disks of broker {broker}",
                command=steward("broker describe", broker),
            ),
            Action(
                summary="limit clients that read old data (a backfill, a replay) with a quota",
                command=steward(
                    "quota alter",
                    client_id="BACKFILL_CLIENT_ID",
                    set="consumer_byte_rate=10485760",
                ),
                caution="the quota applies on every broker; insert the client id of the backfill",
            ),
        ),
    )


def broker_network(case: DiagnosisInput) -> Verdict | None:
    """Responses of the suspected broker are slow to leave it, or slow to arrive."""
    broker = suspect(case)
    if broker is None:
        return None
    found: list[Evidence] = []
    idle = gauge(case, broker, NETWORK_IDLE)
    if idle is not None and idle < _IDLE:
        found.append(
            Evidence(f"metrics of broker {broker}", "NetworkProcessorAvgIdlePercent", percent(idle))
        )
    for metric, name in (
        (RESPONSE_QUEUE_MS, "ResponseQueueTimeMs"),
        (RESPONSE_SEND_MS, "ResponseSendTimeMs"),
    ):
        more = _higher(case, broker, metric, request="FetchConsumer")
        if more is not None:
            found.append(_compared(broker, f"FetchConsumer {name} mean", more))
    slow = _slow_answers(case, broker)
    if slow is not None and has_metrics(case, broker):
        found.append(slow)
    if not found:
        return None
    return _slow(
        case,
        broker,
        Cause.BROKER_NETWORK,
        Certainty.LIKELY if len(found) > 1 else Certainty.POSSIBLE,
        found,
        "its responses are slow to arrive, though its threads and disks are not",
        (
            Action(
                summary=f"check the network to broker {broker}: packet loss, a saturated link, a "
                "proxy or load balancer in front of it",
                command=steward("broker describe", broker),
            ),
            Action(
                summary="reduce traffic: compression at the producers, client.rack at the "
                "consumers (they read from the nearest replica)"
            ),
        ),
    )


def broker_unknown(case: DiagnosisInput) -> Verdict | None:
    """All late partitions have the same leader, and no metric says why."""
    broker = suspect(case)
    if broker is None or len(case.late) < _SEVERAL:
        return None
    slow = _slow_answers(case, broker)
    seen = has_metrics(case, broker)
    return _slow(
        case,
        broker,
        Cause.BROKER_UNKNOWN,
        Certainty.POSSIBLE,
        [] if slow is None else [slow],
        "its metrics show no shortage" if seen else "its metrics are needed to tell why",
        (
            Action(
                summary=f"check CPU, disks and network of broker {broker}",
                command=steward("broker describe", broker),
            ),
            Action(
                summary="add the brokers' metrics endpoints to the profile (metrics.urls): "
                "they show the cause"
                if not seen
                else "check the machine itself: CPU steal time, swapping, other workloads on the host"
            ),
        ),
    )


def _slow(
    case: DiagnosisInput,
    broker: int,
    cause: Cause,
    certainty: Certainty,
    found: Sequence[Evidence],
    why: str,
    actions: tuple[Action, ...],
) -> Verdict:
    """Return the verdict that one broker is slow; it stays possible if the observation was short."""
    rows = case.late
    owners = {r.owner.id for r in rows if r.owner}
    return Verdict(
        cause=cause,
        confidence=certainty if case.rate_certainty is Certainty.LIKELY else Certainty.POSSIBLE,
        summary=f"Broker {broker} leads all late partitions ({partitions(rows)}), read by "
        f"{count(len(owners), 'member')}; partitions with other leaders keep up: {why}.",
        evidence=(
            Evidence(
                "Metadata, OffsetFetch",
                f"lag on broker {broker} and elsewhere",
                _by_leader(case, broker),
            ),
            *found,
            age_evidence(case),
        ),
        actions=actions,
        settles=(*case.until_likely, "CPU, disks and network of that machine")
        + (() if has_metrics(case, broker) else ("the brokers' metrics endpoints in the profile",)),
    )


def _by_leader(case: DiagnosisInput, broker: int) -> str:
    own = sum(r.unread for r in case.rows if r.leader == broker)
    rest = sum(r.unread for r in case.rows if r.leader != broker)
    return f"{own:,} unread records on it, {rest:,} elsewhere"


def _higher(
    case: DiagnosisInput, broker: int, metric: str, **labels: str
) -> tuple[float, float | None] | None:
    """Return a broker's time and the others' median in ms if the broker's is high; None if it is not, or is unknown."""
    own = gauge(case, broker, metric, **labels)
    if own is None or own < _LEAST_MS:
        return None
    others = [
        v
        for b in _brokers(case)
        if b != broker and (v := gauge(case, b, metric, **labels)) is not None
    ]
    usual = median(others) if others else None
    return (own, usual) if usual is None or own >= _TIMES_OTHERS * max(usual, 1.0) else None


def _brokers(case: DiagnosisInput) -> Iterator[int]:
    yield from case.latest_metrics


def _compared(broker: int, name: str, found: tuple[float, float | None]) -> Evidence:
    own, usual = found
    rest = "" if usual is None else f"; {usual:.1f}ms on the others"
    return Evidence(f"metrics of broker {broker}", name, f"{duration(own / 1000)}{rest}")


def _slow_answers(case: DiagnosisInput, broker: int) -> Evidence | None:
    """Compare how fast brokers answered steward: weak evidence, because steward uses its own connection."""
    if not case.latency_seconds:
        return None
    latest = case.latency_seconds[-1]
    own, others = latest.get(broker), [s for b, s in latest.items() if b != broker]
    if own is None or not others or own < max(_LATENCY_SECONDS, _TIMES_OTHERS * median(others)):
        return None
    return Evidence(
        "steward's own requests",
        f"response time of broker {broker}",
        f"{duration(own)}; {duration(median(others))} on the others",
    )
