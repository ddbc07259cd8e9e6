"""What clients use of their quotas and who is held back now, by brokers' metrics; and quotas that would fit them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import unquote_plus

from steward.capabilities.answering import answer, value_of
from steward.capabilities.context import Context
from steward.capabilities.registry import Answer, Capability, Notice, capability
from steward.checks.metric_names import (
    FETCH_BYTE_RATE,
    FETCH_THROTTLE_MS,
    PRODUCE_BYTE_RATE,
    PRODUCE_THROTTLE_MS,
    REQUEST_THROTTLE_MS,
    REQUEST_TIME_PERCENTAGE,
)
from steward.checks.quota.wording import entity_name
from steward.manifests.units import EXAMPLES, Unit, measure
from steward.model.broker import BrokerMetrics, MetricSample
from steward.model.command import Hint, Phrase, quota_command, steward
from steward.model.doc import Doc
from steward.model.error import UsageError
from steward.model.quota_resolution import QuotaResolver
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.unknown import NotApplicable, Unknown, Why
from steward.planning.quota_sizing import (
    Hardware,
    Shape,
    capacity_of,
    consumer_floor,
    proposed,
    request_capacity,
)

_METRICS = {
    "producer_byte_rate": (PRODUCE_BYTE_RATE, PRODUCE_THROTTLE_MS),
    "consumer_byte_rate": (FETCH_BYTE_RATE, FETCH_THROTTLE_MS),
    "request_percentage": (REQUEST_TIME_PERCENTAGE, REQUEST_THROTTLE_MS),
}
"""For each limit, the metrics of what is used of it and of how long answers are held back."""
_VERY_HIGH = {
    "producer_byte_rate": "1TB/s",
    "consumer_byte_rate": "1TB/s",
    "request_percentage": "1000000",
}
_UNLIMITED = NotApplicable("no quota limits it")
_OF_BROKERS = (Part.QUOTAS, Part.BROKERS)
_PARTS = (*_OF_BROKERS, Part.METRICS)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaUsageParams:
    """Which clients."""

    user: Annotated[tuple[str, ...], Doc("only this user", metavar="NAME")] = ()
    client_id: Annotated[tuple[str, ...], Doc("only this client id", metavar="ID")] = ()
    throttled: Annotated[bool, Doc("only who is held back now")] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageRow:
    """What one client uses of one limit; quotas hold per broker, so the highest broker counts."""

    user: Annotated[str, Doc("empty where the winning quota names none")]
    client_id: Annotated[str, Doc("empty where the winning quota names none")]
    quota: Annotated[str, Doc("Kafka's name of the limit")]
    used: Annotated[
        float, Doc("on the broker where it is highest: bytes/s, or per cent of one thread")
    ]
    limit: Annotated[float | NotApplicable | Unknown, Doc("per broker; null where none holds")]
    share: Annotated[float | NotApplicable | Unknown, Doc("used, of the limit; 1 is all of it")]
    throttle_ms: Annotated[float, Doc("how long answers are held back, on average, at the most")]
    broker: Annotated[int, Doc("where use is highest")]
    used_in_cluster: Annotated[float, Doc("sum over brokers", wide=True)]
    entity: Annotated[str | NotApplicable | Unknown, Doc("the entry that decides")]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaUsage:
    """Clients by how much of their limit they use, who is held back first."""

    clients: tuple[UsageRow, ...] | Unknown


@capability(
    "quota.usage",
    parts=_PARTS,
    examples=("steward quota usage", "steward quota usage --throttled -o json"),
)
def quota_usage(params: QuotaUsageParams, context: Context) -> Answer[QuotaUsage]:
    """Show what clients use of their quotas, and who is held back now, by the brokers' metrics.

    Brokers meter clients only while a quota of that kind exists; to meter without limiting, set a very high default.
    """
    snapshot = context.observe(frozenset(_PARTS))
    rows = usage_rows(snapshot)
    if not isinstance(rows, Unknown):
        rows = tuple(r for r in rows if _is_wanted(r, params))
    return answer(
        QuotaUsage(clients=rows),
        snapshot,
        context,
        _OF_BROKERS,
        warnings=tuple(_unmetered(snapshot)),
    )


def _is_wanted(row: UsageRow, params: QuotaUsageParams) -> bool:
    return (
        (not params.user or row.user in params.user)
        and (not params.client_id or row.client_id in params.client_id)
        and (not params.throttled or row.throttle_ms > 0)
    )


def _endpoints(snapshot: ClusterSnapshot) -> tuple[BrokerMetrics, ...]:
    return tuple(m for m in value_of(snapshot.metrics, {}).values() if isinstance(m, BrokerMetrics))


def _unmetered(snapshot: ClusterSnapshot) -> Iterator[Notice]:
    """Say which kinds of use brokers do not meter: nothing shown is not taken for nothing used."""
    endpoints = _endpoints(snapshot)
    if not endpoints:
        return
    for key, (used, _) in _METRICS.items():
        if not any(m.samples.get(used) for m in endpoints):
            yield Notice(
                code="not_metered",
                message=f"brokers do not meter {key}: no quota of that kind is set, or nobody uses it",
                object=key,
                remedy=Hint(
                    "meter it: ", quota_command([("user", None)], set=f"{key}={_VERY_HIGH[key]}")
                ),
            )


def usage_rows(snapshot: ClusterSnapshot) -> tuple[UsageRow, ...] | Unknown:
    """Return what each client uses of each limit; Unknown where no broker's metrics could be read."""
    if isinstance(snapshot.metrics, Unknown):
        return snapshot.metrics
    endpoints = _endpoints(snapshot)
    if not endpoints:
        why = next((m for m in snapshot.metrics.value.values() if isinstance(m, Unknown)), None)
        return why or Unknown(Why.NOT_CONFIGURED, "no metrics endpoint is configured")
    quotas = snapshot.quotas
    resolver = quotas if isinstance(quotas, Unknown) else QuotaResolver(value_of(quotas, ()))
    rows = [
        _row(key, names, found, resolver)
        for key, (used, throttle) in _METRICS.items()
        for names, found in sorted(_by_client(endpoints, used, throttle).items())
    ]
    return tuple(sorted(rows, key=_order))


def _order(row: UsageRow) -> tuple[float, float, str, str, str]:
    share = row.share if isinstance(row.share, float) else 0.0
    return -row.throttle_ms, -share, row.user, row.client_id, row.quota


@dataclass(slots=True)
class _Use:
    """What was seen of one client and limit."""

    total: float = 0.0
    highest: float = 0.0
    broker: int = -1
    throttle_ms: float = 0.0


def _by_client(
    endpoints: Iterable[BrokerMetrics], used: str, throttle: str
) -> dict[tuple[str, str], _Use]:
    found: dict[tuple[str, str], _Use] = {}
    for metrics in endpoints:
        for sample in metrics.samples.get(used, ()):
            use = found.setdefault(_names(sample), _Use())
            if sample.value >= 0:  # NaN compares false
                use.total += sample.value
            if sample.value >= use.highest:
                use.highest, use.broker = sample.value, metrics.broker
        for sample in metrics.samples.get(throttle, ()):
            use = found.setdefault(_names(sample), _Use(broker=metrics.broker))
            if sample.value > use.throttle_ms:
                use.throttle_ms = sample.value
    return found


def _names(sample: MetricSample) -> tuple[str, str]:
    user, client_id = sample.label("user") or "", sample.label("client_id") or ""
    return unquote_plus(user), unquote_plus(client_id)


def _row(
    key: str, names: tuple[str, str], use: _Use, resolver: QuotaResolver | Unknown
) -> UsageRow:
    user, client_id = names
    none = resolver if isinstance(resolver, Unknown) else _UNLIMITED
    resolved = None if isinstance(resolver, Unknown) else resolver.resolve(key, user, client_id)
    return UsageRow(
        user=user,
        client_id=client_id,
        quota=key,
        used=round(use.highest, 3),
        limit=resolved.limit if resolved else none,
        share=round(use.highest / resolved.limit, 3) if resolved else none,
        throttle_ms=round(use.throttle_ms, 1),
        broker=use.broker,
        used_in_cluster=round(use.total, 3),
        entity=entity_name(resolved.entity) if resolved else none,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaAdviseParams:
    """What brokers can do, as told: nobody but you can know it."""

    network: Annotated[
        str, Doc("what a broker's network carries each way, as in 1250MB/s", metavar="RATE")
    ]
    disk: Annotated[
        str, Doc("what a broker's disks write for hours, as in 600MB/s", metavar="RATE")
    ]
    fan_out: Annotated[float, Doc("bytes read for each byte written")] = 2.0
    headroom: Annotated[float, Doc("share of it to plan with, 0.6 to 0.7")] = 0.65
    tolerate: Annotated[int, Doc("brokers that may be down")] = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityRow:
    """What one broker can promise of one kind of quota, and how much is promised."""

    quota: Annotated[str, Doc("Kafka's name of the limit")]
    capacity: Annotated[float, Doc("per broker: bytes/s, or per cent of one thread")]
    promised: Annotated[float, Doc("sum of the quotas of the clients that were seen, per broker")]
    oversubscription: Annotated[
        float, Doc("promised, of the capacity: up to 1 guaranteed, 2 to 3 best effort")
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class AdviceRow:
    """A quota that fits a client."""

    user: str
    client_id: str
    quota: Annotated[str, Doc("Kafka's name of the limit")]
    used: Annotated[float, Doc("highest on one broker, in this one look")]
    limit: Annotated[float | NotApplicable | Unknown, Doc("that holds now")]
    proposed: Annotated[float, Doc("twice the use, or the floor")]
    why: str
    command: Phrase


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaAdvice:
    """What to promise to whom; it rests on one look: meter two to four weeks before you set limits."""

    basis: Annotated[str, Doc("what the figures rest on")]
    capacity: tuple[CapacityRow, ...] | Unknown
    clients: tuple[AdviceRow, ...] | Unknown


_ADVICE_OF_BROKERS = (*_OF_BROKERS, Part.TOPICS, Part.BROKER_CONFIGS)
_ADVICE_PARTS = (*_ADVICE_OF_BROKERS, Part.METRICS)


@capability(
    "quota.advise",
    parts=_ADVICE_PARTS,
    examples=("steward quota advise --network 1250MB/s --disk 600MB/s",),
)
def quota_advise(params: QuotaAdviseParams, context: Context) -> Answer[QuotaAdvice]:
    """Propose quotas: what a broker can promise with one down, and for each client twice what it uses.

    The use is that of one look at the brokers' metrics; weeks of metering are the better ground. Set internal
    principals first, high and by name, then small defaults.
    """
    network, disk = _rate("--network", params.network), _rate("--disk", params.disk)
    if not 0 < params.headroom <= 1 or params.fan_out < 0 or params.tolerate < 0:
        raise UsageError(
            "--headroom is above 0 and at most 1, --fan-out and --tolerate are not negative",
            remedy=Hint(steward("quota advise", help=True)),
        )
    snapshot = context.observe(frozenset(_ADVICE_PARTS))
    hardware = Hardware(network_in=network, network_out=network, disk=disk)
    rows = usage_rows(snapshot)
    capacity = _capacity(params, hardware, snapshot, rows)
    clients = rows if isinstance(rows, Unknown) else tuple(_advice(r, snapshot) for r in rows)
    data = QuotaAdvice(
        basis=(
            "one look at the brokers' metrics; hardware as told, not measured; quotas hold per broker, "
            "request time and the mutation rate are not in --network and --disk"
        ),
        capacity=capacity,
        clients=clients,
    )
    return answer(data, snapshot, context, _ADVICE_OF_BROKERS, warnings=tuple(_unmetered(snapshot)))


def _rate(option: str, text: str) -> float:
    value = measure(text, Unit.BYTES_PER_SECOND)
    if not value:
        raise UsageError(
            f"{option} {text!r} measures nothing", remedy=EXAMPLES[Unit.BYTES_PER_SECOND]
        )
    return float(value)


def _capacity(
    params: QuotaAdviseParams,
    hardware: Hardware,
    snapshot: ClusterSnapshot,
    rows: tuple[UsageRow, ...] | Unknown,
) -> tuple[CapacityRow, ...] | Unknown:
    if isinstance(snapshot.brokers, Unknown):
        return snapshot.brokers
    if isinstance(snapshot.topics, Unknown):
        return snapshot.topics
    brokers = len(snapshot.brokers.value)
    if params.tolerate >= brokers:
        raise UsageError(
            f"--tolerate {params.tolerate}, and there are {brokers} brokers",
            remedy="tolerate fewer",
        )
    own = [t for t in snapshot.topics.value if not t.is_internal]
    replicas = sum(len(p.replicas) for t in own for p in t.partitions)
    partitions = sum(len(t.partitions) for t in own)
    shape = Shape(
        brokers=brokers,
        tolerated=params.tolerate,
        replication_factor=replicas / partitions if partitions else 3.0,
        fan_out=params.fan_out,
        headroom=params.headroom,
    )
    capacity = capacity_of(hardware, shape)
    threads = request_capacity(*_threads(snapshot), params.headroom)
    figures = (
        ("producer_byte_rate", capacity.produce),
        ("consumer_byte_rate", capacity.fetch),
        ("request_percentage", threads),
    )
    return tuple(_capacity_row(key, value, rows) for key, value in figures)


def _capacity_row(key: str, capacity: float, rows: tuple[UsageRow, ...] | Unknown) -> CapacityRow:
    seen = () if isinstance(rows, Unknown) else rows
    promised = sum(r.limit for r in seen if r.quota == key and isinstance(r.limit, float))
    return CapacityRow(
        quota=key,
        capacity=round(capacity, 1),
        promised=round(promised, 1),
        oversubscription=round(promised / capacity, 3) if capacity else 0.0,
    )


def _threads(snapshot: ClusterSnapshot) -> tuple[int, int]:
    """Return the I/O and network threads of a broker; Kafka's defaults where they could not be seen."""
    for entries in value_of(snapshot.broker_configs, {}).values():
        if isinstance(entries, Unknown):
            continue
        found = [entries.get(k) for k in ("num.io.threads", "num.network.threads")]
        numbers = [int(e.value) for e in found if e is not None and e.value and e.value.isdigit()]
        if len(numbers) == 2:
            return numbers[0], numbers[1]
    return 8, 3


def _advice(row: UsageRow, snapshot: ClusterSnapshot) -> AdviceRow:
    floor = _floor(row.quota, snapshot)
    limit = proposed(row.used, floor)
    whole = float(round(limit))
    entity = (("user", row.user), ("client-id", row.client_id))
    why = "twice what it uses" if limit > floor else "the least that works: its use is below it"
    return AdviceRow(
        user=row.user,
        client_id=row.client_id,
        quota=row.quota,
        used=row.used,
        limit=row.limit,
        proposed=whole,
        why=why,
        command=Hint(
            quota_command(
                [(kind, name) for kind, name in entity if name],
                set=f"{row.quota}={whole:.0f}",
                dry_run=True,
            )
        ),
    )


def _floor(key: str, snapshot: ClusterSnapshot) -> float:
    """Return the least quota that lets a client work at all."""
    if key == "request_percentage":
        return 1.0
    largest = 1_048_588
    for entries in value_of(snapshot.broker_configs, {}).values():
        entry = None if isinstance(entries, Unknown) else entries.get("message.max.bytes")
        if entry is not None and entry.value and entry.value.isdigit():
            largest = max(largest, int(entry.value))
    return consumer_floor(largest)


CAPABILITIES: tuple[Capability, ...] = (quota_usage, quota_advise)
