"""``steward quota advise``: propose quotas."""

from dataclasses import dataclass
from typing import Annotated

from steward.change.planning.quota_sizing import (
    ClusterShape,
    Hardware,
    capacity_of,
    consumer_floor,
    proposed,
    request_capacity,
)
from steward.commands.api.answers import answer
from steward.commands.api.context import Context
from steward.commands.api.rates import positive_rate
from steward.commands.api.registry import Answer, Capability, capability
from steward.commands.quota.usage_rows import BROKER_METRICS, UsageRow, usage_rows, without_metrics
from steward.model.command import Hint, Phrase, quota_command, steward
from steward.model.config import config_entry
from steward.model.doc import Doc
from steward.model.error import UsageError
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.unknown import NotApplicable, Unknown, known_or, value_or


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaAdviseParams:
    """Hardware figures; brokers do not report them."""

    network: Annotated[
        str,
        Doc("network bandwidth of a broker in each direction, such as 1250MB/s", metavar="RATE"),
    ]
    disk: Annotated[
        str, Doc("sustained disk write throughput of a broker, such as 600MB/s", metavar="RATE")
    ]
    fan_out: Annotated[float, Doc("bytes read per byte written", unit="bytes")] = 2.0
    headroom: Annotated[
        float, Doc("share of the capacity to plan with, 0.6 to 0.7", unit="of the capacity")
    ] = 0.65
    tolerate: Annotated[int, Doc("number of brokers that may be down", unit="broker")] = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityRow:
    """Capacity of one broker for one kind of quota, and how much of it is allocated."""

    quota: Annotated[str, Doc("Kafka's name of the limit")]
    capacity: Annotated[float, Doc("per broker: bytes/s, or percent of one thread")]
    promised: Annotated[float, Doc("sum of the quotas of the observed clients, per broker")]
    oversubscription: Annotated[
        float, Doc("allocated share of the capacity: up to 1 guaranteed, 2 to 3 best effort")
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaAdviceRow:
    """A suggested quota for a client."""

    user: str
    client_id: str
    quota: Annotated[str, Doc("Kafka's name of the limit")]
    used: Annotated[float, Doc("highest on one broker, in this one sample")]
    limit: Annotated[float | NotApplicable | Unknown, Doc("quota in effect now")]
    proposed: Annotated[float, Doc("twice the use, or the minimum that works")]
    why: str
    command: Phrase


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaAdvice:
    """Suggested quotas. Based on one sample: measure two to four weeks before setting limits."""

    basis: Annotated[str, Doc("basis of the figures")]
    capacity: tuple[CapacityRow, ...] | Unknown
    clients: tuple[QuotaAdviceRow, ...] | Unknown


_ADVICE_OF_BROKERS = (*BROKER_METRICS, Part.TOPICS, Part.BROKER_CONFIGS)
_ADVICE_PARTS = (*_ADVICE_OF_BROKERS, Part.METRICS)


@capability(
    "quota.advise",
    parts=_ADVICE_PARTS,
    examples=("steward quota advise --network 1250MB/s --disk 600MB/s",),
)
def quota_advise(params: QuotaAdviseParams, context: Context) -> Answer[QuotaAdvice]:
    """Suggest quotas: what brokers can sustain with one down, and for each client twice its current use.

    The use is one sample of the brokers' metrics; weeks of measurement are a better basis. Set internal principals
    first, high and by name, then small defaults.
    """
    network, disk = positive_rate("--network", params.network), positive_rate("--disk", params.disk)
    if not 0 < params.headroom <= 1 or params.fan_out < 0 or params.tolerate < 0:
        raise UsageError(
            "--headroom must be above 0 and at most 1; --fan-out and --tolerate must not be negative",
            remedy=Hint(steward("quota advise", help=True)),
        )
    snapshot = context.observe(frozenset(_ADVICE_PARTS))
    hardware = Hardware(network_in=network, network_out=network, disk=disk)
    rows = usage_rows(snapshot)
    capacity = _capacity(params, hardware, snapshot, rows)
    clients = rows if isinstance(rows, Unknown) else tuple(_advice(r, snapshot) for r in rows)
    data = QuotaAdvice(
        basis=(
            "one sample of the brokers' metrics; hardware as given, not measured; quotas apply per broker, "
            "--network and --disk do not cover request time and the mutation rate"
        ),
        capacity=capacity,
        clients=clients,
    )
    return answer(
        data, snapshot, context, _ADVICE_OF_BROKERS, warnings=tuple(without_metrics(snapshot))
    )


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
            f"--tolerate {params.tolerate} exceeds the cluster: it has {brokers} brokers",
            remedy="tolerate fewer",
        )
    own = [t for t in snapshot.topics.value if not t.is_internal]
    replicas = sum(len(p.replicas) for t in own for p in t.partitions)
    partitions = sum(len(t.partitions) for t in own)
    shape = ClusterShape(
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
    seen = known_or(rows, ())
    promised = sum(r.limit for r in seen if r.quota == key and isinstance(r.limit, float))
    return CapacityRow(
        quota=key,
        capacity=round(capacity, 1),
        promised=round(promised, 1),
        oversubscription=round(promised / capacity, 3) if capacity else 0.0,
    )


def _threads(snapshot: ClusterSnapshot) -> tuple[int, int]:
    """Return the I/O and network threads of a broker; Kafka's defaults where unknown."""
    for entries in value_or(snapshot.broker_configs, {}).values():
        if isinstance(entries, Unknown):
            continue
        found = [entries.get(k) for k in ("num.io.threads", "num.network.threads")]
        numbers = [int(e.value) for e in found if e is not None and e.value and e.value.isdigit()]
        if len(numbers) == 2:
            return numbers[0], numbers[1]
    return 8, 3


def _advice(row: UsageRow, snapshot: ClusterSnapshot) -> QuotaAdviceRow:
    floor = _floor(row.quota, snapshot)
    limit = proposed(row.used, floor)
    whole = float(round(limit))
    entity = (("user", row.user), ("client-id", row.client_id))
    why = "twice the current use" if limit > floor else "minimum that works; current use is lower"
    return QuotaAdviceRow(
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
    """Return the minimum quota with which a client works."""
    if key == "request_percentage":
        return 1.0
    largest = 1_048_588
    for entries in value_or(snapshot.broker_configs, {}).values():
        entry = config_entry(entries, "message.max.bytes")
        if entry is not None and entry.value and entry.value.isdigit():
            largest = max(largest, int(entry.value))
    return consumer_floor(largest)


CAPABILITIES: tuple[Capability, ...] = (quota_advise,)
