"""Reads a cluster written as compact YAML data into a snapshot, for the cases of checks and renderers.

Every part is optional; a part left out is an empty one (not Unknown), so that a case states only what matters.
Any part, and any object within a mapping part, may be a string instead: ``denied: DESCRIBE on cluster``,
``unreachable: broker 2``, ``unknown``, or ``not_applicable: text``.

    identity: {version: "4.3", controller: 1, features: {group.version: [1, 0, 1]}, operations: [DESCRIBE]}
    brokers: "1@a 2@b 3@c 4"              # id@rack; a trailing ! is fenced: 4!
    api_versions: {3: {0: [0, 9]}}        # what a broker supports; all others support nothing
    topics:
      orders:                              # one line a partition; * is the leader; no * = offline
        - "1* 2 3 isr 1 2"                 # isr left out = all replicas; also: offline 3, elr 2, epoch 5
      plain: 3x                            # three healthy partitions over the brokers, RF min(3, brokers)
      __consumer_offsets: {internal: true, partitions: ["1* 2 3"]}
    topic_configs: {orders: {min.insync.replicas: "1", retention.ms: ["604800000", DEFAULT_CONFIG]}}
    broker_configs: {"*": {auto.create.topics.enable: "true"}, 2: {...}}   # "*" is every broker
    log_dirs: {1: {/data: {orders-0: 100, _total: 1000, _usable: 100, _error: KAFKA_STORAGE_ERROR}}}
                                           # a replica may be {size: 100, lag: 7, future: true} too
    offsets: {orders-0: [0, 100], orders-1: [0, 100, 90]}                # start, end, last stable (default end)
    max_timestamps: {orders-0: {offset: 5, ahead: 301}}                  # seconds ahead of now, or ms: of the epoch
    groups:
      app: {type: consumer, state: Stable, protocol: consumer, assignor: uniform, epoch: 3, members: [
        {id: m1, instance: i1, client: c1, host: /10.0.0.1, topics: [orders], assignment: [orders-0]}]}
    group_offsets: {app: {orders-0: 50}}
    acls: ["ALLOW User:app READ TOPIC LITERAL orders *"]  # permission principal op type pattern name host
    quotas: [{user: alice, producer_byte_rate: 1000}, {user: null, ...}]  # null is the default entity
    users: {alice: {SCRAM-SHA-512: 8192}}
    transactions: {tx1: {state: Ongoing, producer: 9, age: 30, timeout: 60000, partitions: [orders-0]}}
    producers: {orders-0: [{id: 9, age: 30, txn_start: 5}]}
    samples: {orders-0: [{producer: -1, count: 1, bytes: 200, codec: none, times: 20}]}
    keys: {orders-0: {records: 1000, keyless: 400, top: [300, 20], distinct: 90}}
    quorum: {leader: 1, epoch: 3, voters: {1: 0, 2: 500, 3: 500}, observers: {4: 0}}   # id: ms since caught up
                                           # null: never; [caught up, fetched] where they differ
    metrics: {1: {"kafka_x{a=\"b\"}": 0.2, kafka_y: 3}}
    reassignments: {orders-0: {replicas: [1, 2, 3], adding: [3], removing: []}}
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from steward.model.acl import AclBinding
from steward.model.batch import BatchHeader, BatchSample
from steward.model.broker import Broker, BrokerMetrics, LogDir, MetricSample, ReplicaLog
from steward.model.config import ConfigEntry, ConfigSource, ConfigSynonym
from steward.model.group import Group, GroupDetail, GroupOffsets, GroupType, Member
from steward.model.names import TopicPartition
from steward.model.quorum import ClusterIdentity, Feature, Quorum, QuorumReplica
from steward.model.quota import QuotaEntry
from steward.model.record_key import KeySample, KeyShare, Share
from steward.model.snapshot import ClusterSnapshot
from steward.model.topic import MaxTimestamp, Partition, PartitionOffsets, Reassignment, Topic
from steward.model.transaction import ProducerState, Transaction
from steward.model.unknown import NotApplicable, Observed, Unknown, Why
from steward.model.user import ScramCredential, ScramUser

NOW_MS = 1_700_000_000_000

Data = Mapping[Any, Any]


def snapshot_of(data: Data, at_ms: int = NOW_MS) -> ClusterSnapshot:
    """Build the snapshot that the data describes, every part observed at ``at_ms``."""
    brokers = data.get("brokers", "1@r1 2@r2 3@r3")
    versions = data.get("api_versions", {})
    parts: dict[str, Any] = {"brokers": _part(brokers, lambda d: _brokers(d, versions), at_ms)}
    ids = [] if isinstance(parts["brokers"], Unknown) else [b.id for b in parts["brokers"].value]
    readers: dict[str, Callable[[Any], Any]] = {
        "identity": _identity,
        "quorum": lambda d: _quorum(d, at_ms, ids),
        "topics": lambda d: _topics(d, ids),
        "topic_configs": lambda d: _configs(d, ConfigSource.TOPIC, list(_names(data))),
        "broker_configs": lambda d: _configs(d, ConfigSource.STATIC, ids),
        "broker_loggers": lambda d: _configs(d, ConfigSource.LOGGER, ids),
        "group_configs": lambda d: _configs(d, ConfigSource.GROUP, []),
        "client_metrics": lambda d: _configs(d, ConfigSource.CLIENT_METRICS, []),
        "log_dirs": _log_dirs,
        "reassignments": _reassignments,
        "offsets": lambda d: _each(d, partition_key, _offsets),
        "max_timestamps": lambda d: _each(d, partition_key, lambda v: _max_timestamp(v, at_ms)),
        "groups": _groups,
        "group_offsets": lambda d: {
            g: _or_unknown(v, lambda v, g=g: _group_offsets(g, v)) for g, v in d.items()
        },
        "acls": lambda d: tuple(sorted(_acl(line) for line in d)),
        "quotas": lambda d: tuple(_quota(entry) for entry in d),
        "users": lambda d: tuple(_user(name, v) for name, v in sorted(d.items())),
        "transactions": lambda d: tuple(_transaction(k, v, at_ms) for k, v in sorted(d.items())),
        "producers": lambda d: {
            partition_key(k): _or_unknown(v, lambda v, k=k: _producers(k, v, at_ms))
            for k, v in d.items()
        },
        "samples": lambda d: {
            partition_key(k): _or_unknown(v, lambda v, k=k: _sample(k, v, at_ms))
            for k, v in d.items()
        },
        "keys": lambda d: {
            partition_key(k): _or_unknown(v, lambda v, k=k: _keys(k, v)) for k, v in d.items()
        },
        "metrics": lambda d: {
            b: _or_unknown(v, lambda v, b=b: _metrics(b, v)) for b, v in d.items()
        },
    }
    unknown = set(data) - set(readers) - {"brokers", "api_versions"}
    assert not unknown, f"no such part: {unknown}"
    lists = {"acls", "quotas"}
    for name, reader in readers.items():
        parts[name] = _part(data.get(name, [] if name in lists else {}), reader, at_ms)
    return ClusterSnapshot(**parts)


def absence(text: str) -> Unknown | NotApplicable:
    """Read ``denied: DESCRIBE on cluster`` and its like."""
    word, _, rest = text.partition(":")
    rest = rest.strip()
    if word == "not_applicable":
        return NotApplicable(rest)
    if word == "denied":
        return Unknown(Why.DENIED, "not permitted", acl=rest)
    if word == "unknown":
        return Unknown(Why.REFUSED, rest or "not learned")
    return Unknown(Why(word), rest)


def partition_key(text: str) -> TopicPartition:
    """Read ``orders-0``."""
    topic, _, number = text.rpartition("-")
    return TopicPartition(topic, int(number))


def _is_absence(data: Any) -> bool:
    words = {"not_applicable", "unknown", *(w.value for w in Why)}
    return isinstance(data, str) and data.partition(":")[0] in words


def _or_unknown(data: Any, read: Callable[[Any], Any]) -> Any:
    return absence(data) if _is_absence(data) else read(data)


def _part(data: Any, read: Callable[[Any], Any], at_ms: int) -> Any:
    if isinstance(data, Mapping) and "_gap" in data:
        gap = absence(data["_gap"])
        assert isinstance(gap, Unknown)
        rest = {k: v for k, v in data.items() if k != "_gap"}
        return Observed(read(rest), at_ms, (gap,))
    return absence(data) if _is_absence(data) else Observed(read(data), at_ms)


def _each(data: Data, key: Callable[[Any], Any], read: Callable[[Any], Any]) -> dict[Any, Any]:
    return {key(k): _or_unknown(v, read) for k, v in data.items()}


def _names(data: Data) -> list[str]:
    topics = data.get("topics", {})
    return [] if _is_absence(topics) else [t for t in topics if t != "_gap"]


def _identity(data: Data) -> ClusterIdentity:
    features = data.get("features", {})
    operations = data.get("operations", [])
    return ClusterIdentity(
        cluster_id=data.get("id", "test-cluster"),
        controller_id=data.get("controller", 1),
        kafka_version=str(data.get("version", "4.3")),
        features=tuple(
            Feature(name=n, finalized=f[0], supported_min=f[1], supported_max=f[2])
            for n, f in sorted(features.items())
        ),
        operations=absence(operations) if _is_absence(operations) else frozenset(operations),
    )


def _brokers(text: str, versions: Data) -> tuple[Broker, ...]:
    def one(word: str) -> Broker:
        fenced, word = word.endswith("!"), word.rstrip("!")
        number, _, rack = word.partition("@")
        return Broker(
            id=int(number),
            host=f"broker{number}",
            port=9092,
            rack=rack or None,
            fenced=fenced,
            is_controller=number == "1",
            api_versions=_or_unknown(
                versions.get(int(number), {}), lambda d: {k: (v[0], v[1]) for k, v in d.items()}
            ),
        )

    return tuple(sorted((one(w) for w in str(text).split()), key=lambda b: b.id))


def _quorum(data: Data, at_ms: int, ids: list[int]) -> Quorum:
    def replica(id: int, data: Any, endpoint: str = "") -> QuorumReplica:
        behind_ms, fetched_ms = data if isinstance(data, list) else (data, data and 0)
        return QuorumReplica(
            id=id,
            directory_id=None,
            log_end_offset=1000,
            last_fetch_ms=-1 if fetched_ms is None else at_ms - fetched_ms,
            last_caught_up_ms=-1 if behind_ms is None else at_ms - behind_ms,
            endpoints=(endpoint,) if endpoint else (),
        )

    endpoints = data.get("endpoints", {})
    voters = data.get("voters", dict.fromkeys(ids or [1, 2, 3], 0))
    return Quorum(
        leader_id=data.get("leader", min(voters, default=-1)),
        leader_epoch=data.get("epoch", 1),
        high_watermark=1000,
        voters=tuple(replica(i, ms, endpoints.get(i, "")) for i, ms in sorted(voters.items())),
        observers=tuple(replica(i, ms) for i, ms in sorted(data.get("observers", {}).items())),
    )


def _topics(data: Data, ids: list[int]) -> tuple[Topic, ...]:
    return tuple(_topic(name, value, ids) for name, value in sorted(data.items()))


def _topic(name: str, data: Any, ids: list[int]) -> Topic:
    internal, lines = name.startswith("__"), data
    if isinstance(data, Mapping):
        internal, lines = data.get("internal", internal), data["partitions"]
    if isinstance(lines, str) and (count := re.fullmatch(r"(\d+)x(?: rf(\d+))?", lines)):
        size = int(count[2] or min(3, len(ids)))
        rings = [[ids[(p + r) % len(ids)] for r in range(size)] for p in range(int(count[1]))]
        lines = [f"{ring[0]}* " + " ".join(map(str, ring[1:])) for ring in rings]
    partitions = tuple(_partition(name, number, line) for number, line in enumerate(lines))
    return Topic(name=name, id=f"id-{name}", is_internal=internal, partitions=partitions)


def _partition(topic: str, number: int, line: str) -> Partition:
    fields: dict[str, list[str]] = {"replicas": []}
    current = "replicas"
    for word in str(line).split():
        if word in ("isr", "offline", "elr", "lastelr", "epoch"):
            current = word
            fields[current] = []
        else:
            fields[current].append(word)
    leader = next((int(w[:-1]) for w in fields["replicas"] if w.endswith("*")), -1)
    replicas = tuple(int(w.rstrip("*")) for w in fields["replicas"])

    def ids(key: str) -> tuple[int, ...]:
        return tuple(int(w) for w in fields.get(key, ()))

    return Partition(
        topic=topic,
        partition=number,
        leader=leader,
        leader_epoch=int(fields.get("epoch", ["1"])[0]),
        replicas=replicas,
        isr=ids("isr") if "isr" in fields else replicas,
        offline_replicas=ids("offline"),
        elr=ids("elr"),
        last_known_elr=ids("lastelr"),
    )


def _configs(data: Data, source: ConfigSource, everyone: list[Any]) -> dict[Any, Any]:
    shared = data.get("*", {})
    names = [n for n in [*everyone, *data] if n != "*"]
    return {
        name: _or_unknown(data.get(name, {}), lambda own: _entries({**shared, **own}, source))
        for name in dict.fromkeys(names)
    }


def _entries(data: Data, source: ConfigSource) -> dict[str, ConfigEntry]:
    return {key: _entry(key, value, source) for key, value in data.items()}


def _entry(key: str, data: Any, source: ConfigSource) -> ConfigEntry:
    """Read a value, ``[value, SOURCE]``, or a mapping with value, source, sensitive, read_only, synonyms."""
    if isinstance(data, list):
        return ConfigEntry(key, data[0], ConfigSource(data[1]))
    if isinstance(data, Mapping):
        return ConfigEntry(
            key,
            data.get("value"),
            ConfigSource(data.get("source", source)),
            is_sensitive=data.get("sensitive", False),
            is_read_only=data.get("read_only", False),
            synonyms=tuple(
                ConfigSynonym(n, v, ConfigSource(s)) for n, v, s in data.get("synonyms", [])
            ),
        )
    return ConfigEntry(key, str(data), source)


def _log_dirs(data: Data) -> dict[int, Any]:
    return {
        broker: _or_unknown(
            dirs,
            lambda dirs, broker=broker: tuple(
                _log_dir(broker, p, d) for p, d in sorted(dirs.items())
            ),
        )
        for broker, dirs in data.items()
    }


def _log_dir(broker: int, path: str, data: Data) -> LogDir:
    none = NotApplicable("not reported")
    replicas = [
        _replica_log(key, size)
        for key, size in sorted(data.items())
        if not key.startswith("_") or "-" in key
    ]
    return LogDir(
        broker=broker,
        path=path,
        error=data.get("_error"),
        total_bytes=data.get("_total", none),
        usable_bytes=data.get("_usable", none),
        replicas=tuple(replicas),
    )


def _replica_log(key: str, data: Any) -> ReplicaLog:
    if not isinstance(data, Mapping):
        data = {"size": data}
    return ReplicaLog(
        partition_key(key),
        data["size"],
        data.get("lag", 0),
        is_future=data.get("future", False),
    )


def _reassignments(data: Data) -> tuple[Reassignment, ...]:
    return tuple(
        Reassignment(
            partition_key(k),
            tuple(v["replicas"]),
            tuple(v.get("adding", ())),
            tuple(v.get("removing", ())),
        )
        for k, v in sorted(data.items())
    )


def _max_timestamp(data: Data, at_ms: int) -> MaxTimestamp:
    stamp = data["ms"] if "ms" in data else at_ms + int(data["ahead"] * 1000)
    return MaxTimestamp(data.get("offset", 0), stamp)


def _offsets(data: list[int]) -> PartitionOffsets:
    return PartitionOffsets(data[0], data[1], data[2] if len(data) > 2 else data[1])


def _groups(data: Data) -> tuple[Group, ...]:
    return tuple(_group(name, value) for name, value in sorted(data.items()))


def _group(name: str, data: Data) -> Group:
    kind = GroupType(data.get("type", "classic"))
    none = NotApplicable("classic protocol")

    def detail(members: list[Data]) -> GroupDetail:
        return GroupDetail(
            assignor=data.get("assignor", "range"),
            epoch=data.get("epoch", none),
            assignment_epoch=data.get("epoch", none),
            members=tuple(_member(i, m) for i, m in enumerate(members)),
        )

    return Group(
        id=name,
        type=kind,
        state=data.get("state", "Stable"),
        protocol_type=data.get("protocol", "consumer"),
        coordinator=data.get("coordinator", 1),
        detail=_or_unknown(data.get("members", []), detail),
    )


def _member(number: int, data: Data) -> Member:
    none = NotApplicable("classic protocol")
    return Member(
        id=data.get("id", f"m{number}"),
        instance_id=data.get("instance"),
        client_id=data.get("client", "app"),
        host=data.get("host", "/127.0.0.1"),
        epoch=data.get("epoch", none),
        subscribed_topics=tuple(data.get("topics", ())),
        assignment=tuple(partition_key(p) for p in data.get("assignment", ())),
        target=none,
    )


def _group_offsets(group: str, data: Data) -> GroupOffsets:
    return GroupOffsets(group, {partition_key(k): v for k, v in data.items()})


def _acl(line: str) -> AclBinding:
    permission, principal, operation, resource, pattern, name, host = line.split()
    return AclBinding(resource, name, pattern, principal, host, operation, permission)


def _quota(data: Data) -> QuotaEntry:
    kinds = ("user", "client-id", "ip")
    entity = tuple(sorted((k, data[k]) for k in kinds if k in data))
    return QuotaEntry(entity, {k: float(v) for k, v in data.items() if k not in kinds})


def _user(name: str, data: Data) -> ScramUser:
    return ScramUser(name, tuple(ScramCredential(m, i) for m, i in sorted(data.items())))


def _transaction(name: str, data: Data, at_ms: int) -> Transaction:
    """``age`` is seconds since the start; without it none is open."""
    return Transaction(
        transactional_id=name,
        coordinator=1,
        state=data.get("state", "Ongoing"),
        producer_id=data.get("producer", 1),
        producer_epoch=0,
        timeout_ms=data.get("timeout", 60_000),
        start_ms=at_ms - int(data["age"] * 1000) if "age" in data else -1,
        partitions=tuple(partition_key(p) for p in data.get("partitions", ())),
    )


def _producers(key: str, data: list[Data], at_ms: int) -> tuple[ProducerState, ...]:
    """``age`` is seconds since the last timestamp; ``txn_start`` an open transaction's first offset."""
    return tuple(
        ProducerState(
            partition=partition_key(key),
            producer_id=p["id"],
            producer_epoch=p.get("epoch", 0),
            last_sequence=p.get("seq", 0),
            last_timestamp_ms=at_ms - int(p.get("age", 0) * 1000),
            coordinator_epoch=p.get("coordinator_epoch", -1),
            current_txn_start_offset=p.get("txn_start", -1),
        )
        for p in data
    )


def _keys(key: str, data: Data) -> KeySample:
    records, keyless = data.get("records", 1000), data.get("keyless", 0)
    top: list[int] = data.get("top", [])

    def share(hits: int) -> Share:
        value = hits / records
        return Share(value=value, low=max(0.0, value - 0.02), high=min(1.0, value + 0.02))

    return KeySample(
        partition=partition_key(key),
        first_offset=0,
        last_offset=records - 1,
        windows=8,
        bytes_read=data.get("bytes", 100_000),
        records=records,
        keyless=keyless,
        keyless_share=share(keyless),
        distinct=data.get("distinct", len(top)),
        frequent=tuple(
            KeyShare(digest=f"{i:012x}", share=share(hits), records=hits, offset=i)
            for i, hits in enumerate(top)
        ),
        producers=data.get("producers", 1),
        unread=tuple(data.get("unread", ())),
    )


def _sample(key: str, data: list[Data], at_ms: int) -> BatchSample:
    """One mapping a batch; ``times: N`` repeats it; ``ahead`` is seconds that its timestamp lies in the future.

    ``newest`` is the same of its latest record, ``at`` where the batch begins, ``stored`` how many records are left.
    """
    batches: list[BatchHeader] = []
    offset = begin = data[0].get("at", 0) if data else 0
    for batch in data:
        for _ in range(batch.get("times", 1)):
            count = batch.get("count", 100)
            offset = batch.get("at", offset)
            stamp = at_ms + int(batch.get("ahead", 0) * 1000)
            batches.append(
                BatchHeader(
                    base_offset=offset,
                    size_bytes=batch.get("bytes", 10_000),
                    magic=batch.get("magic", 2),
                    codec=batch.get("codec", "lz4"),
                    is_log_append_time=batch.get("append_time", False),
                    is_transactional=batch.get("transactional", False),
                    is_control=batch.get("control", False),
                    producer_id=batch.get("producer", 1),
                    producer_epoch=0,
                    base_sequence=0,
                    last_offset_delta=count - 1,
                    record_count=batch.get("stored", count),
                    base_timestamp_ms=stamp,
                    max_timestamp_ms=at_ms + int(batch["newest"] * 1000)
                    if "newest" in batch
                    else stamp,
                )
            )
            offset += count
    size = sum(b.size_bytes for b in batches)
    return BatchSample(
        partition=partition_key(key), from_offset=begin, bytes_read=size, batches=tuple(batches)
    )


def _metrics(broker: int, data: Data) -> BrokerMetrics:
    by_name: dict[str, list[MetricSample]] = {}
    for text, value in data.items():
        name, _, rest = text.partition("{")
        labels = tuple(sorted(re.findall(r'(\w+)="([^"]*)"', rest)))
        by_name.setdefault(name, []).append(MetricSample(name, labels, float(value)))
    return BrokerMetrics(broker, {k: tuple(v) for k, v in by_name.items()})
