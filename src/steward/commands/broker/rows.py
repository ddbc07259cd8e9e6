"""Rows of brokers: leaders, stored bytes, disk usage and configuration."""

from collections import Counter
from dataclasses import dataclass
from typing import Annotated

from steward.model.broker import Broker, LogDir
from steward.model.doc import Doc
from steward.model.replication import lacks_replicas, missing_replicas
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.topic import Topic
from steward.model.unknown import NotApplicable, Observed, Unknown, Why, value_or

BrokerCount = int | Unknown
Percent = float | Unknown | NotApplicable

LIST_PARTS = (Part.BROKERS, Part.TOPICS, Part.LOG_DIRS)
RUNNING, DEGRADED, FENCED, ABSENT = "running", "degraded", "fenced", "absent"


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerRow:
    """Summary of one broker."""

    id: int
    address: Annotated[str | Unknown, Doc("host and port advertised to this client")]
    rack: str | Unknown | None
    status: Annotated[
        str,
        Doc(
            "running, degraded (a log directory is offline), fenced, or absent (replicas are assigned to it, but it is"
            " not registered)"
        ),
    ]
    is_controller: Annotated[
        bool | Unknown, Doc("whether the cluster reports it as its controller")
    ]
    leaders: Annotated[BrokerCount, Doc("partitions it leads")]
    replicas: Annotated[BrokerCount, Doc("replicas assigned to it")]
    out_of_sync: Annotated[BrokerCount, Doc("of those, out of sync")]
    log_bytes: Annotated[BrokerCount, Doc("bytes of all its logs")]
    disk_used_percent: Annotated[
        Percent, Doc("usage of its fullest log directory's volume (KIP-827)")
    ]
    failed_log_dirs: Annotated[BrokerCount, Doc("log directories that are offline", wide=True)]


class _ReplicaCounts:
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
    """Return every registered broker, and unregistered ones that still have replicas assigned."""
    topics = snapshot.topics
    duties = _ReplicaCounts(topics.value) if isinstance(topics, Observed) else topics
    registered = {b.id: b for b in value_or(snapshot.brokers, ())}
    assigned = set(duties.replicas) if isinstance(duties, _ReplicaCounts) else set[int]()
    ids = sorted(assigned | set(registered)) if isinstance(snapshot.brokers, Observed) else ()
    return tuple(_row(id, registered.get(id), duties, snapshot) for id in ids)


def _row(
    id: int, broker: Broker | None, duties: _ReplicaCounts | Unknown, snapshot: ClusterSnapshot
) -> BrokerRow:
    gone = Unknown(Why.UNREACHABLE, f"broker {id} is not registered")
    dirs = log_dirs_of(id, snapshot)
    known = isinstance(duties, _ReplicaCounts)
    return BrokerRow(
        id=id,
        address=f"{broker.host}:{broker.port}" if broker else gone,
        rack=broker.rack if broker else gone,
        status=_status(broker, dirs),
        is_controller=broker.is_controller if broker else False,
        leaders=duties.leaders[id] if known else duties,
        replicas=duties.replicas[id] if known else duties,
        out_of_sync=duties.out_of_sync[id] if known else duties,
        log_bytes=dirs if isinstance(dirs, Unknown) else sum(bytes_on_disk(d) for d in dirs),
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


def bytes_on_disk(log_dir: LogDir) -> int:
    """Return the bytes of all replicas in a log directory."""
    return sum(log.size_bytes for log in log_dir.replicas)


def used_percent(log_dir: LogDir) -> float | NotApplicable:
    """Return the usage of a log directory's volume, in percent."""
    total, usable = log_dir.total_bytes, log_dir.usable_bytes
    if isinstance(total, NotApplicable):
        return total
    if isinstance(usable, NotApplicable) or total <= 0:
        return NotApplicable("the broker does not report its volumes")
    return round(100 * (total - usable) / total, 1)


def _fullest(dirs: tuple[LogDir, ...] | Unknown) -> Percent:
    if isinstance(dirs, Unknown):
        return dirs
    used = [used_percent(d) for d in dirs]
    known = [u for u in used if isinstance(u, float)]
    return max(known) if known else NotApplicable("the broker does not report its volumes")
