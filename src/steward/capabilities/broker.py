"""Brokers: which there are, what they lead and store, how full their disks are, how they are configured."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated

from steward.capabilities import broker_changes
from steward.capabilities.answering import answer, value_of
from steward.capabilities.broker_impact import broker_impact
from steward.capabilities.broker_restart import restart_gate
from steward.capabilities.configs import ConfigRow, config_rows
from steward.capabilities.context import Context
from steward.capabilities.observing import Look, observe_in_steps
from steward.capabilities.registry import Answer, Capability, capability
from steward.cluster.ports import Scope
from steward.model.broker import Broker, LogDir
from steward.model.config import ConfigSource
from steward.model.doc import Doc
from steward.model.error import ObjectNotFound
from steward.model.replication import lacks_replicas, missing_replicas
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.topic import Topic
from steward.model.unknown import NotApplicable, Observed, Unknown, Why

Count = int | Unknown
Percent = float | Unknown | NotApplicable

_LIST_PARTS = (Part.BROKERS, Part.TOPICS, Part.LOG_DIRS)
RUNNING, DEGRADED, FENCED, ABSENT = "running", "degraded", "fenced", "absent"


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerListParams:
    """Nothing to choose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerRow:
    """One broker at a glance."""

    id: int
    address: Annotated[str | Unknown, Doc("host and port that it advertises to this client")]
    rack: str | Unknown | None
    status: Annotated[
        str,
        Doc(
            "running, degraded (a log directory is offline), fenced, or absent (replicas are assigned to it, but it is"
            " not registered)"
        ),
    ]
    is_controller: Annotated[bool | Unknown, Doc("whether the cluster names it as its controller")]
    leaders: Annotated[Count, Doc("partitions that it leads")]
    replicas: Annotated[Count, Doc("replicas assigned to it")]
    out_of_sync: Annotated[Count, Doc("of those, not in sync")]
    log_bytes: Annotated[Count, Doc("bytes of all its logs")]
    disk_used_percent: Annotated[Percent, Doc("of its fullest log directory's volume (KIP-827)")]
    failed_log_dirs: Annotated[Count, Doc("log directories that are offline", wide=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerList:
    """Brokers by id."""

    brokers: tuple[BrokerRow, ...]


@capability("broker.list", parts=_LIST_PARTS, examples=("steward broker list",))
def list_brokers(params: BrokerListParams, context: Context) -> Answer[BrokerList]:
    """List brokers with what they lead, what they store and how full their disks are."""
    snapshot = context.observe(frozenset(_LIST_PARTS))
    return answer(BrokerList(brokers=broker_rows(snapshot)), snapshot, context, _LIST_PARTS)


class _Duties:
    """How many partitions each broker leads and holds, counted once."""

    def __init__(self, topics: tuple[Topic, ...]) -> None:
        self.leaders: Counter[int] = Counter()
        self.replicas: Counter[int] = Counter()
        self.out_of_sync: Counter[int] = Counter()
        for topic in topics:
            for p in topic.partitions:
                self.leaders[p.leader] += 1
                self.replicas.update(p.replicas)
                if lacks_replicas(p):
                    self.out_of_sync.update(missing_replicas(p))


def broker_rows(snapshot: ClusterSnapshot) -> tuple[BrokerRow, ...]:
    """Return every registered broker, and those that replicas are assigned to all the same."""
    topics = snapshot.topics
    duties = _Duties(topics.value) if isinstance(topics, Observed) else topics
    registered = {b.id: b for b in value_of(snapshot.brokers, ())}
    assigned = set(duties.replicas) if isinstance(duties, _Duties) else set[int]()
    ids = sorted(assigned | set(registered)) if isinstance(snapshot.brokers, Observed) else ()
    return tuple(_row(id, registered.get(id), duties, snapshot) for id in ids)


def _row(
    id: int, broker: Broker | None, duties: _Duties | Unknown, snapshot: ClusterSnapshot
) -> BrokerRow:
    gone = Unknown(Why.UNREACHABLE, f"broker {id} is not registered")
    dirs = log_dirs_of(id, snapshot)
    known = isinstance(duties, _Duties)
    return BrokerRow(
        id=id,
        address=f"{broker.host}:{broker.port}" if broker else gone,
        rack=broker.rack if broker else gone,
        status=_status(broker, dirs),
        is_controller=broker.is_controller if broker else False,
        leaders=duties.leaders[id] if known else duties,
        replicas=duties.replicas[id] if known else duties,
        out_of_sync=duties.out_of_sync[id] if known else duties,
        log_bytes=dirs if isinstance(dirs, Unknown) else sum(_bytes(d) for d in dirs),
        disk_used_percent=_fullest(dirs),
        failed_log_dirs=dirs if isinstance(dirs, Unknown) else sum(bool(d.error) for d in dirs),
    )


def _status(broker: Broker | None, dirs: tuple[LogDir, ...] | Unknown) -> str:
    if broker is None:
        return ABSENT
    if broker.fenced is True:
        return FENCED
    failed = not isinstance(dirs, Unknown) and any(d.error for d in dirs)
    return DEGRADED if failed else RUNNING


def log_dirs_of(broker: int, snapshot: ClusterSnapshot) -> tuple[LogDir, ...] | Unknown:
    """Return a broker's log directories."""
    part = snapshot.log_dirs
    if isinstance(part, Unknown):
        return part
    missing = Unknown(Why.UNREACHABLE, f"broker {broker} reported no log directories")
    return part.value.get(broker, missing)


def _bytes(log_dir: LogDir) -> int:
    return sum(log.size_bytes for log in log_dir.replicas)


def _used_percent(log_dir: LogDir) -> float | NotApplicable:
    total, usable = log_dir.total_bytes, log_dir.usable_bytes
    if isinstance(total, NotApplicable):
        return total
    if isinstance(usable, NotApplicable) or total <= 0:
        return NotApplicable("the broker does not report its volumes")
    return round(100 * (total - usable) / total, 1)


def _fullest(dirs: tuple[LogDir, ...] | Unknown) -> Percent:
    if isinstance(dirs, Unknown):
        return dirs
    used = [_used_percent(d) for d in dirs]
    known = [u for u in used if isinstance(u, float)]
    return max(known) if known else NotApplicable("the broker does not report its volumes")


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerDescribeParams:
    """Which brokers, and how much of their configuration."""

    ids: Annotated[tuple[int, ...], Doc("ids of brokers", positional=True, metavar="ID...")]
    all_configs: Annotated[
        bool, Doc("every effective configuration entry, not only what is set")
    ] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LogDirRow:
    """One log directory."""

    path: str
    error: Annotated[str | None, Doc("Kafka's error where the directory is offline")]
    replicas: Annotated[int, Doc("logs in it")]
    log_bytes: int
    total_bytes: Annotated[int | NotApplicable, Doc("size of its volume (KIP-827)")]
    usable_bytes: Annotated[int | NotApplicable, Doc("free on its volume")]
    used_percent: Annotated[float | NotApplicable, Doc("used of its volume, by whomever")]
    future_replicas: Annotated[int, Doc("logs that are being moved into it")]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTopic:
    """What one broker stores of one topic."""

    topic: str
    replicas: int
    leaders: Count
    log_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerDescription:
    """A broker."""

    id: int
    summary: BrokerRow
    log_dirs: tuple[LogDirRow, ...] | Unknown
    largest_topics: Annotated[
        tuple[StoredTopic, ...] | Unknown, Doc("the ten topics that take most of its disks")
    ]
    configs: tuple[ConfigRow, ...] | Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerDescriptions:
    """The brokers asked for, by id."""

    brokers: tuple[BrokerDescription, ...]


_DESCRIBE_PARTS = (*_LIST_PARTS, Part.BROKER_CONFIGS)
_SET = frozenset({ConfigSource.BROKER, ConfigSource.BROKER_DEFAULT, ConfigSource.STATIC})
_LARGEST = 10


@capability(
    "broker.describe",
    parts=_DESCRIBE_PARTS,
    examples=("steward broker describe 2", "steward broker describe 2 --all-configs -o csv"),
)
def describe_brokers(params: BrokerDescribeParams, context: Context) -> Answer[BrokerDescriptions]:
    """Describe brokers: log directories, the largest topics on them, and their configuration."""
    snapshot = observe_in_steps(
        context, {Part.BROKERS, Part.TOPICS}, partial(_details, frozenset(params.ids))
    )
    rows = {row.id: row for row in broker_rows(snapshot)}
    if isinstance(snapshot.brokers, Observed):
        _insist(params.ids, rows)
    brokers = tuple(
        _describe(rows[id], snapshot, all_configs=params.all_configs)
        for id in sorted(set(params.ids) & set(rows))
    )
    return answer(BrokerDescriptions(brokers=brokers), snapshot, context, _DESCRIBE_PARTS)


def _details(ids: frozenset[int], _seen: ClusterSnapshot) -> Look:
    return frozenset({Part.LOG_DIRS, Part.BROKER_CONFIGS}), Scope(brokers=ids)


def _insist(ids: tuple[int, ...], rows: Mapping[int, BrokerRow]) -> None:
    for id in ids:
        if id not in rows:
            known = ", ".join(str(row) for row in rows)
            raise ObjectNotFound(
                f"broker {id} does not exist", remedy=f"known are {known}", object_name=str(id)
            )


def _describe(row: BrokerRow, snapshot: ClusterSnapshot, *, all_configs: bool) -> BrokerDescription:
    dirs = log_dirs_of(row.id, snapshot)
    part = snapshot.broker_configs
    missing = Unknown(Why.UNREACHABLE, f"broker {row.id} did not report its configuration")
    configs = part if isinstance(part, Unknown) else part.value.get(row.id, missing)
    return BrokerDescription(
        id=row.id,
        summary=row,
        log_dirs=dirs if isinstance(dirs, Unknown) else tuple(_log_dir(d) for d in dirs),
        largest_topics=dirs if isinstance(dirs, Unknown) else _largest(row.id, dirs, snapshot),
        configs=config_rows(configs, _SET, everything=all_configs),
    )


def _log_dir(log_dir: LogDir) -> LogDirRow:
    return LogDirRow(
        path=log_dir.path,
        error=log_dir.error,
        replicas=sum(not log.is_future for log in log_dir.replicas),
        log_bytes=_bytes(log_dir),
        total_bytes=log_dir.total_bytes,
        usable_bytes=log_dir.usable_bytes,
        used_percent=_used_percent(log_dir),
        future_replicas=sum(log.is_future for log in log_dir.replicas),
    )


def _largest(
    broker: int, dirs: tuple[LogDir, ...], snapshot: ClusterSnapshot
) -> tuple[StoredTopic, ...]:
    sizes: Counter[str] = Counter()
    replicas: Counter[str] = Counter()
    for log in (log for d in dirs for log in d.replicas if not log.is_future):
        sizes[log.partition.topic] += log.size_bytes
        replicas[log.partition.topic] += 1
    leaders = _leaders_by_topic(broker, snapshot)
    largest = sorted(sizes.items(), key=lambda item: (-item[1], item[0]))[:_LARGEST]
    return tuple(
        StoredTopic(
            topic=topic,
            replicas=replicas[topic],
            leaders=leaders if isinstance(leaders, Unknown) else leaders[topic],
            log_bytes=size,
        )
        for topic, size in largest
    )


def _leaders_by_topic(broker: int, snapshot: ClusterSnapshot) -> Counter[str] | Unknown:
    if isinstance(snapshot.topics, Unknown):
        return snapshot.topics
    return Counter(
        topic.name
        for topic in snapshot.topics.value
        for p in topic.partitions
        if p.leader == broker
    )


CAPABILITIES: tuple[Capability, ...] = (
    list_brokers,
    describe_brokers,
    broker_impact,
    restart_gate,
    *broker_changes.CAPABILITIES,
)
