"""Causes that lie in the brokers: a broker short of CPU, disk or network."""

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
from steward.analysis.diagnosis.causes.wording import age_evidence, count, partitions, share, span
from steward.analysis.diagnosis.input import DiagnosisInput
from steward.model.command import kafka, steward
from steward.model.finding import Evidence
from steward.model.verdict import Action, Cause, Certainty, Verdict

_IDLE = 0.3
"""Idle share of threads below which they are short."""
_TIMES_OTHERS = 3.0
_LEAST_MS = 10.0
_LATENCY_SECONDS = 0.05
_SEVERAL = 2
"""Partitions that must lag together to suspect their leader where no metric does."""


def suspect(case: DiagnosisInput) -> int | None:
    """Return the one broker that leads all that lags, while what others lead does not lag; None if there is none.

    Shape: the readers of what lags manage elsewhere, or are several, and no partition of it is hot: else its reader or
           its key explains it as well. What a transaction holds back says nothing of a broker.
    """
    if not case.in_trouble or case.is_pooled or case.is_falling:
        return None
    held = case.blocked_keys
    late = [r for r in case.late if r.partition not in held]
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
    """L11a: request handlers of the suspect have no time left, and requests wait for them."""
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
            Evidence(f"metrics of broker {broker}", "RequestHandlerAvgIdlePercent", share(idle))
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
                summary=f"take load off broker {broker}: see who asks most of it",
                command=steward("broker describe", broker),
            ),
            Action(
                summary="give leadership back to the preferred replicas, if it leads more than its share",
                command=kafka(
                    "leader-election", "--all-topic-partitions", election_type="preferred"
                ),
            ),
            Action(
                summary="more request handler threads, if processors are free",
                command=steward("broker alter", broker, set="num.io.threads=16"),
                caution="Kafka allows at most twice the present number at once; threads do not "
                "help where all processors are busy",
            ),
        ),
    )


def broker_disk(case: DiagnosisInput) -> Verdict | None:
    """L11b: the suspect reads what it serves from disk."""
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
        "reading the log takes long there: records come from disk, not from the page cache",
        (
            Action(
                summary=f"see what fills or reads the disks of broker {broker}",
                command=steward("broker describe", broker),
            ),
            Action(
                summary="hold back who reads old data (a backfill, a replay) by a quota",
                command=steward(
                    "quota alter",
                    client_id="BACKFILL_CLIENT_ID",
                    set="consumer_byte_rate=10485760",
                ),
                caution="the quota holds on every broker; put in the client id of the backfill",
            ),
        ),
    )


def broker_network(case: DiagnosisInput) -> Verdict | None:
    """L11c: the suspect's answers take long to leave, or to arrive."""
    broker = suspect(case)
    if broker is None:
        return None
    found: list[Evidence] = []
    idle = gauge(case, broker, NETWORK_IDLE)
    if idle is not None and idle < _IDLE:
        found.append(
            Evidence(f"metrics of broker {broker}", "NetworkProcessorAvgIdlePercent", share(idle))
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
        "its answers are slow to arrive, though its threads and disks are not",
        (
            Action(
                summary=f"check the network to broker {broker}: packet loss, a saturated link, a "
                "proxy or load balancer before it",
                command=steward("broker describe", broker),
            ),
            Action(
                summary="less to carry: compression at the producers, client.rack at the "
                "consumers (reads from the nearest replica)"
            ),
        ),
    )


def broker_unknown(case: DiagnosisInput) -> Verdict | None:
    """L11: all that lags has one leader, and no metric says why."""
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
        "its metrics show no shortage" if seen else "why cannot be told without its metrics",
        (
            Action(
                summary=f"look at processors, disks and network of broker {broker}",
                command=steward("broker describe", broker),
            ),
            Action(
                summary="name the brokers' metrics endpoints in the profile (metrics.urls), so "
                "that the cause can be told"
                if not seen
                else "look at the machine itself: steal time, swapping, a neighbour"
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
    """Make the verdict that one broker is slow: what rests on little looking stays possible."""
    rows = case.late
    owners = {r.owner.id for r in rows if r.owner}
    return Verdict(
        cause=cause,
        confidence=certainty if case.rate_certainty is Certainty.LIKELY else Certainty.POSSIBLE,
        summary=f"All that lags ({partitions(rows)}) is led by broker {broker}, and read by "
        f"{count(len(owners), 'member')}; what other brokers lead keeps up: {why}.",
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
        settles=(*case.until_likely, "processors, disks and network of that machine itself")
        + (() if has_metrics(case, broker) else ("the brokers' metrics endpoints in the profile",)),
    )


def _by_leader(case: DiagnosisInput, broker: int) -> str:
    own = sum(r.unread for r in case.rows if r.leader == broker)
    rest = sum(r.unread for r in case.rows if r.leader != broker)
    return f"{own:,} unread records on it, {rest:,} elsewhere"


def _higher(
    case: DiagnosisInput, broker: int, metric: str, **labels: str
) -> tuple[float, float | None] | None:
    """Return a time on a broker and on the others, where the former is large; None where it is not, or is unknown."""
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
    rest = "" if usual is None else f"; {usual:.1f} ms on the others"
    return Evidence(f"metrics of broker {broker}", name, f"{own:.0f} ms{rest}")


def _slow_answers(case: DiagnosisInput, broker: int) -> Evidence | None:
    """Compare how long brokers took to answer steward itself: weak, for it is another connection."""
    if not case.latency_seconds:
        return None
    latest = case.latency_seconds[-1]
    own, others = latest.get(broker), [s for b, s in latest.items() if b != broker]
    if own is None or not others or own < max(_LATENCY_SECONDS, _TIMES_OTHERS * median(others)):
        return None
    return Evidence(
        "steward's own requests",
        f"answer of broker {broker}",
        f"{span(own)}; {span(median(others))} on the others",
    )
