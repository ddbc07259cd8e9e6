"""Builds the case of a group from compact data: what each partition, member and broker does over the looks.

looks: 12s/1s                 # how long, how often
objective: 60
group: {type: classic, state: Stable, assignor: range, states: [Stable, PreparingRebalance]}
members: {m1: {client: billing, host: h1, instance: i1, topics: [orders], from: 0, until: 5, epoch: 3}}
partitions:                   # orders-0..9 with spread: [m1, m2] gives ten, owned in turn
  orders-0:
    owner: m1                 # or a list: who read it, one after the other
    arrivals: 3               # records a second
    consumed: 2.5             # records a second, committed every `rhythm` seconds (default: at each look)
    rhythm: 5
    stops: 30                 # second from when on nothing is consumed any more
    unread: 300               # at the last look
    age: 100                  # seconds of the oldest unread record, known to a second; [low, high] for bounds
    start: 0                  # log start; `lost` records before it
    start_rate: 0
    stable: 50                # last stable offset; below the end by `held` records instead
    leader: 1                 # -1: none; replicas [1, 2, 3], isr [1, 2, 3]
    back: 0                   # records by which the commit jumped back half way
    flags: [marker_only]
brokers: [1, 2, 3]
metrics: {1: {"kafka_x{request=\"FetchConsumer\"}": 3}}
latency: {1: 0.2, 2: 0.001}
topic_configs: {orders: {retention.ms: "600000"}}
producers: {orders-0: [{id: 9, age: 1500, txn_start: 50}]}
transactions: {tx1: {producer: 9, age: 30, timeout: 60000, partitions: [orders-0]}}
quotas: [{client-id: billing, consumer_byte_rate: 1000}]
samples: {orders-0: [{count: 10, bytes: 1000}]}
keys: {orders-0: {records: 1000, keyless: 400, top: [300, 20], distinct: 90}}
clients: [{client: billing, poll_idle_ratio: 0.05, last_poll_seconds_ago: 90}]
reassigning: [orders-0]
gap: "denied: DESCRIBE on group billing"
stale: 100
"""

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from typing import Any

from steward.analysis.diagnosis.client_report import ClientReport
from steward.analysis.diagnosis.input import DiagnosisInput
from steward.analysis.diagnosis.samples import GroupSample
from steward.analysis.lag.measure import group_lag
from steward.model.group import Group, GroupDetail, GroupType, Member
from steward.model.lag import Basis, Flag, LagSeconds, PartitionLag
from steward.model.membership import idle_members, unsubscribed_topics
from steward.model.names import TopicPartition
from steward.model.topic import Partition, PartitionOffsets
from steward.model.unknown import NotApplicable, Observed, Unknown, Why
from support.cluster_text import NOW_MS, absence, partition_key, snapshot_of

Data = Mapping[str, Any]
_NO_EPOCH = NotApplicable("classic groups have no epochs")
_FIRST_COMMIT = 10_000


def case_of(data: Data, group: str = "billing") -> DiagnosisInput:
    """Build the case that the data describes."""
    seconds, every = (float(part.rstrip("s")) for part in data.get("looks", "12s/1s").split("/"))
    times = [i * every for i in range(round(seconds / every) + 1)]
    partitions = dict(_spread(data.get("partitions", {})))
    looks = tuple(_look(data, group, partitions, times, i) for i in range(len(times)))
    last = looks[-1]
    left_over = _left_over(looks)
    snapshot = snapshot_of(
        {k: v for k, v in data.items() if k in _PARTS} | {"brokers": _brokers(data)}
    )
    return DiagnosisInput(
        lag=group_lag(
            group,
            data.get("group", {}).get("type", "classic"),
            last.state,
            [_lag(key, spec, last, left_over) for key, spec in partitions.items()],
            objective_seconds=data.get("objective", 60.0),
            flags=(Flag.IDLE_MEMBERS,) if idle_members(last.group) else (),
        ),
        group_samples=looks,
        objective_seconds=data.get("objective", 60.0),
        now_ms=NOW_MS + round(data.get("stale", 0) * 1000),
        partitions={k: _partition(k, v) for k, v in partitions.items()},
        brokers=_value(snapshot.brokers),
        reassigning=frozenset(partition_key(p) for p in data.get("reassigning", ())),
        transactions=_value(snapshot.transactions),
        producers=_value(snapshot.producers),
        metrics=(_value(snapshot.metrics),) * 2 if "metrics" in data else (),
        latency_seconds=(data["latency"],) * 2 if "latency" in data else (),
        quotas=_value(snapshot.quotas),
        topic_configs=_value(snapshot.topic_configs),
        samples=_value(snapshot.samples),
        keys=_value(snapshot.keys),
        clients=tuple(_client(c) for c in data.get("clients", ())),
        unread_clients=tuple(data.get("unread_clients", ())),
    )


def _spread(data: Data) -> Iterator[tuple[TopicPartition, Data]]:
    """Read ``orders-0`` and ``orders-0..9``, whose ``spread`` names the owners in turn."""
    for key, spec in data.items():
        first, _, last = key.partition("..")
        topic, number = partition_key(first)
        for at in range(number, int(last or number) + 1):
            owners = spec.get("spread")
            owner = {} if owners is None else {"owner": owners[at % len(owners)]}
            yield TopicPartition(topic, at), {**spec, **owner}


def _members(data: Data) -> Data:
    """Read members: a mapping, or how many (m1, m2 ...)."""
    found = data.get("members", {})
    return {f"m{n + 1}": {} for n in range(found)} if isinstance(found, int) else found


_PARTS = frozenset(
    {"metrics", "topic_configs", "producers", "transactions", "quotas", "samples", "keys"}
)


def _brokers(data: Data) -> str:
    return " ".join(str(b) for b in data.get("brokers", (1, 2, 3)))


def _value(part: Any) -> Any:
    return part.value if isinstance(part, Observed) else part


def _client(data: Data) -> ClientReport:
    known = {f.name for f in fields(ClientReport)}
    report = ClientReport(source="http://client/metrics", client_id=data.get("client", "billing"))
    rest = {k: v for k, v in data.items() if k in known}
    paused = frozenset(partition_key(p) for p in data.get("paused", ()))
    return replace(report, **rest, paused_partitions=paused)


def _look(
    data: Data, group: str, partitions: Mapping[TopicPartition, Data], times: list[float], i: int
) -> GroupSample:
    at, whole = times[i], times[-1]
    described = data.get("group", {})
    states = described.get("states", [described.get("state", "Stable")])
    gap = absence(data["gap"]) if "gap" in data else None
    listed = Group(
        id=group,
        type=GroupType(described.get("type", "classic")),
        state=_now(states, i, len(times)),
        protocol_type="consumer",
        coordinator=1,
        detail=_detail(data, partitions, times, i),
    )
    return GroupSample(
        at=NOW_MS / 1000 - whole + at,
        group=listed,
        committed={} if gap else {
            k: _committed(v, at, whole) for k, v in partitions.items() if v.get("committed", True)
        },
        offsets={k: _offsets(v, at, whole) for k, v in partitions.items()},
        topic_ids={k.topic: _now(v.get("ids", ["id"]), i, len(times)) for k, v in partitions.items()},
        leaders={
            k: (v.get("leader", 1), _now(v.get("epochs", [1]), i, len(times)))
            for k, v in partitions.items()
        },
        gap=gap if isinstance(gap, Unknown) else None,
    )  # fmt: skip


def _now(values: list[Any], i: int, looks: int) -> Any:
    """Pick what holds at a look from values that take turns."""
    return values[i * len(values) // looks]


def _detail(
    data: Data, partitions: Mapping[TopicPartition, Data], times: list[float], i: int
) -> GroupDetail:
    described = data.get("group", {})
    epochs = described.get("epochs", [])
    return GroupDetail(
        assignor=described.get("assignor", ""),
        epoch=_now(epochs, i, len(times)) if epochs else _NO_EPOCH,
        assignment_epoch=_NO_EPOCH,
        members=tuple(
            _member(name, spec or {}, [k for k, v in partitions.items() if _owner(v, i, len(times)) == name])
            for name, spec in sorted(_members(data).items())
            if (spec or {}).get("from", 0) <= times[i] < (spec or {}).get("until", 1e9)
        ),
    )  # fmt: skip


def _owner(spec: Data, i: int, looks: int) -> str | None:
    owner = spec.get("owner")
    return _now(owner, i, looks) if isinstance(owner, list) else owner


def _member(name: str, spec: Data, owned: list[TopicPartition]) -> Member:
    return Member(
        id=name,
        instance_id=spec.get("instance"),
        client_id=spec.get("client", name),
        host=spec.get("host", f"host-{name}"),
        epoch=spec.get("epoch", _NO_EPOCH),
        subscribed_topics=tuple(spec.get("topics", sorted({p.topic for p in owned}))),
        subscribed_regex=spec.get("regex"),
        assignment=tuple(sorted(owned)),
        target=_NO_EPOCH,
    )


def _committed(spec: Data, at: float, whole: float) -> int:
    if "at" in spec:
        return spec["at"]
    rhythm, phase = spec.get("rhythm"), spec.get("phase", 0)
    at = min(at, spec.get("stops", at))
    reached = at if not rhythm else int((at + phase) / rhythm + 1e-9) * rhythm
    back = spec.get("back", 0) if at > whole / 2 else 0
    return _FIRST_COMMIT + round(spec.get("consumed", 0) * reached) - back


def _end(spec: Data, at: float, whole: float) -> int:
    last = _committed(spec, whole, whole) + spec.get("unread", 0)
    return last - round(spec.get("arrivals", 0) * (whole - at))


def _offsets(spec: Data, at: float, whole: float) -> PartitionOffsets | Unknown:
    if spec.get("leader", 1) < 0:
        return Unknown(Why.UNREACHABLE, "no leader")
    end = _end(spec, at, whole)
    start = spec.get("start", 0) - round(spec.get("start_rate", 0) * (whole - at))
    if "lost" in spec:
        start = _committed(spec, whole, whole) + spec["lost"]
    return PartitionOffsets(
        start=start, end=end, last_stable=spec.get("stable", end - spec.get("held", 0))
    )


def _left_over(looks: tuple[GroupSample, ...]) -> frozenset[str]:
    """Return topics that no member subscribes to, and whose commits stand."""
    first, last = looks[0].committed, looks[-1].committed
    moved = {p.topic for p in last if first.get(p) != last[p]}
    return unsubscribed_topics(looks[-1].group, {p.topic for p in last}) - moved


def _lag(
    key: TopicPartition, spec: Data, last: GroupSample, left_over: frozenset[str]
) -> PartitionLag:
    offsets = last.offsets[key]
    known = isinstance(offsets, PartitionOffsets)
    committed = last.committed.get(key)
    flags = [Flag(f) for f in spec.get("flags", ())]
    if key.topic in left_over:
        flags.append(Flag.NOT_SUBSCRIBED)
    elif spec.get("lost"):
        flags.append(Flag.DATA_LOSS)
    if committed is None:
        flags.append(Flag.NO_COMMIT)
    records: Any = Unknown(Why.NOT_COMMITTED, "nothing is committed")
    if committed is not None:
        records = max(0, offsets.end - committed) if known else offsets
    return PartitionLag(
        topic=key.topic,
        partition=key.partition,
        committed_offset=NotApplicable("nothing is committed") if committed is None else committed,
        start_offset=offsets.start if known else offsets,
        end_offset=offsets.end if known else offsets,
        lag_records=records,
        lag_seconds=_seconds(spec, committed, records),
        lost_records=spec.get("lost", 0),
        flags=tuple(flags),
    )


def _seconds(spec: Data, committed: int | None, records: Any) -> LagSeconds | Unknown:
    if committed is None:
        return Unknown(Why.NOT_COMMITTED, "nothing is committed")
    if isinstance(records, Unknown):
        return records
    if isinstance(spec.get("age"), str):
        found = absence(spec["age"])
        assert isinstance(found, Unknown)
        return found
    if not records or "marker_only" in spec.get("flags", ()):
        return LagSeconds(value=0.0, low=0.0, high=0.0, basis=Basis.CREATE_TIME)
    age = spec.get("age", 1)
    low, high = age if isinstance(age, list) else (max(0, age - 0.5), age + 0.5)
    return LagSeconds(value=(low + high) / 2, low=low, high=high, basis=Basis.CREATE_TIME)


def _partition(key: TopicPartition, spec: Data) -> Partition:
    replicas = tuple(spec.get("replicas", (1, 2, 3)))
    return Partition(
        topic=key.topic,
        partition=key.partition,
        leader=spec.get("leader", 1),
        leader_epoch=1,
        replicas=replicas,
        isr=tuple(spec.get("isr", replicas)),
        offline_replicas=(),
        elr=NotApplicable("not in this cluster"),
        last_known_elr=NotApplicable("not in this cluster"),
    )
