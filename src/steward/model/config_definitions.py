"""Kafka's definitions of dynamic configuration keys, with their types and bounds.

Source: the ConfigDef objects of Apache Kafka 3.9.2, 4.3.1 and 4.4.0, printed from their jars: LogConfig (topics),
AbstractKafkaConfig and DynamicBrokerConfig.ALL_DYNAMIC_CONFIGS (brokers), GroupConfig, ClientMetricsConfigs,
QuotaConfig, LogLevelConfig. Where versions differ, the wider bounds are listed; the brokers validate against their
own bounds before a plan is allowed. A test compares the types with those that a running broker reports.
"""

from collections.abc import Mapping

from steward.model.change import ConfigTarget
from steward.model.config_definition import ConfigType, Definition

NEWEST = (4, 4)
"""The newest Kafka version whose bounds are known; for a newer version only the types it reports are used."""


def _int(least: int | None = None, most: int | None = None, *beside: int) -> Definition:
    return Definition(type=ConfigType.INT, least=least, most=most, beside=beside)


def _long(least: int | None = None) -> Definition:
    return Definition(type=ConfigType.LONG, least=least)


def _double(least: float | None = None, most: float | None = None) -> Definition:
    return Definition(type=ConfigType.DOUBLE, least=least, most=most)


def _word(*choices: str, prefixes: tuple[str, ...] = ()) -> Definition:
    return Definition(
        type=ConfigType.STRING, choices=choices, prefixes=prefixes, is_required=bool(choices)
    )


def _list(*choices: str, prefixes: tuple[str, ...] = (), unordered: bool = False) -> Definition:
    return Definition(type=ConfigType.LIST, choices=choices, prefixes=prefixes, unordered=unordered)


_BOOLEAN = Definition(type=ConfigType.BOOLEAN)
_STRING, _LIST = _word(), _list()
_CLASS = Definition(type=ConfigType.CLASS)
_PASSWORD = Definition(type=ConfigType.PASSWORD)
_POLICY = _list("compact", "delete", unordered=True)
_COMPRESSION = _word("uncompressed", "zstd", "lz4", "snappy", "gzip", "producer")
_STAMP = _word("CreateTime", "LogAppendTime")
_GZIP, _LZ4, _ZSTD = _int(1, 9, -1), _int(1, 17), _int(-131072, 22)
_THROTTLED = _list()
_COUNT, _SIZE, _TIME = _int(1), _int(0), _long(0)
_RECORD = _int(1, 2_147_483_639)

TOPIC: Mapping[str, Definition] = {
    "cleanup.policy": _POLICY,
    "compression.gzip.level": _GZIP,
    "compression.lz4.level": _LZ4,
    "compression.type": _COMPRESSION,
    "compression.zstd.level": _ZSTD,
    "delete.retention.ms": _TIME,
    "errors.deadletterqueue.group.enable": _BOOLEAN,
    "file.delete.delay.ms": _TIME,
    "flush.messages": _long(1),
    "flush.ms": _TIME,
    "follower.replication.throttled.replicas": _THROTTLED,
    "index.interval.bytes": _SIZE,
    "leader.replication.throttled.replicas": _THROTTLED,
    "local.retention.bytes": _long(-2),
    "local.retention.ms": _long(-2),
    "max.compaction.lag.ms": _long(1),
    "max.decompressed.message.bytes": _RECORD,
    "max.message.bytes": _SIZE,
    "message.downconversion.enable": _BOOLEAN,
    "message.format.version": _STRING,
    "message.timestamp.after.max.ms": _TIME,
    "message.timestamp.before.max.ms": _TIME,
    "message.timestamp.difference.max.ms": _TIME,
    "message.timestamp.type": _STAMP,
    "min.cleanable.dirty.ratio": _double(0, 1),
    "min.compaction.lag.ms": _TIME,
    "min.insync.replicas": _COUNT,
    "preallocate": _BOOLEAN,
    "remote.copy.lag.bytes": _long(-1),
    "remote.copy.lag.ms": _long(-1),
    "remote.log.copy.disable": _BOOLEAN,
    "remote.log.delete.on.disable": _BOOLEAN,
    "remote.storage.enable": _BOOLEAN,
    "retention.bytes": _long(),
    "retention.ms": _long(-1),
    "segment.bytes": _int(14),
    "segment.index.bytes": _int(4),
    "segment.jitter.ms": _TIME,
    "segment.ms": _long(1),
    "unclean.leader.election.enable": _BOOLEAN,
}

BROKER: Mapping[str, Definition] = {
    "background.threads": _COUNT,
    "compression.gzip.level": _GZIP,
    "compression.lz4.level": _LZ4,
    "compression.type": _COMPRESSION,
    "compression.zstd.level": _ZSTD,
    "config.providers": _LIST,
    "cordoned.log.dirs": _LIST,
    "errors.deadletterqueue.auto.create.topics.enable": _BOOLEAN,
    "errors.deadletterqueue.topic.name.prefix": _STRING,
    "follower.fetch.last.tiered.offset.enable": _BOOLEAN,
    "follower.replication.throttled.rate": _TIME,
    "group.consumer.assignment.interval.ms": _SIZE,
    "group.consumer.assignor.offload.enable": _BOOLEAN,
    "group.coordinator.cached.buffer.max.bytes": _int(524288),
    "group.share.assignment.interval.ms": _SIZE,
    "group.share.assignor.offload.enable": _BOOLEAN,
    "group.streams.assignment.interval.ms": _SIZE,
    "group.streams.assignor.offload.enable": _BOOLEAN,
    "leader.replication.throttled.rate": _TIME,
    "listener.security.protocol.map": _STRING,
    "listeners": _LIST,
    "log.cleaner.backoff.ms": _TIME,
    "log.cleaner.dedupe.buffer.size": _long(),
    "log.cleaner.delete.retention.ms": _TIME,
    "log.cleaner.io.buffer.load.factor": _double(),
    "log.cleaner.io.buffer.size": _SIZE,
    "log.cleaner.io.max.bytes.per.second": _double(),
    "log.cleaner.max.compaction.lag.ms": _long(1),
    "log.cleaner.min.cleanable.ratio": _double(0, 1),
    "log.cleaner.min.compaction.lag.ms": _TIME,
    "log.cleaner.threads": _SIZE,
    "log.cleanup.policy": _POLICY,
    "log.flush.interval.messages": _long(1),
    "log.flush.interval.ms": _long(),
    "log.index.interval.bytes": _SIZE,
    "log.index.size.max.bytes": _int(4),
    "log.local.retention.bytes": _long(-2),
    "log.local.retention.ms": _long(-2),
    "log.message.downconversion.enable": _BOOLEAN,
    "log.message.timestamp.after.max.ms": _TIME,
    "log.message.timestamp.before.max.ms": _TIME,
    "log.message.timestamp.difference.max.ms": _TIME,
    "log.message.timestamp.type": _STAMP,
    "log.preallocate": _BOOLEAN,
    "log.remote.copy.lag.bytes": _long(-1),
    "log.remote.copy.lag.ms": _long(-1),
    "log.retention.bytes": _long(),
    "log.retention.ms": _long(),
    "log.roll.jitter.ms": _long(),
    "log.roll.ms": _long(),
    "log.segment.bytes": _int(14),
    "log.segment.delete.delay.ms": _TIME,
    "max.connection.creation.rate": _SIZE,
    "max.connections": _SIZE,
    "max.connections.per.ip": _SIZE,
    "max.connections.per.ip.overrides": _STRING,
    "max.decompressed.message.bytes": _RECORD,
    "message.max.bytes": _SIZE,
    "metric.reporters": _LIST,
    "min.insync.replicas": _COUNT,
    "num.io.threads": _COUNT,
    "num.network.threads": _COUNT,
    "num.recovery.threads.per.data.dir": _COUNT,
    "num.replica.fetchers": _int(),
    "principal.builder.class": _CLASS,
    "producer.id.expiration.ms": _COUNT,
    "remote.fetch.max.wait.ms": _COUNT,
    "remote.list.offsets.request.timeout.ms": _long(1),
    "remote.log.index.file.cache.total.size.bytes": _long(1),
    "remote.log.manager.copier.thread.pool.size": _int(1, None, -1),
    "remote.log.manager.copy.max.bytes.per.second": _long(1),
    "remote.log.manager.expiration.thread.pool.size": _int(1, None, -1),
    "remote.log.manager.fetch.max.bytes.per.second": _long(1),
    "remote.log.manager.follower.thread.pool.size": _COUNT,
    "remote.log.reader.threads": _COUNT,
    "replica.alter.log.dirs.io.max.bytes.per.second": _TIME,
    "sasl.enabled.mechanisms": _LIST,
    "sasl.jaas.config": _PASSWORD,
    "sasl.kerberos.kinit.cmd": _STRING,
    "sasl.kerberos.min.time.before.relogin": _long(),
    "sasl.kerberos.principal.to.local.rules": _LIST,
    "sasl.kerberos.service.name": _STRING,
    "sasl.kerberos.ticket.renew.jitter": _double(),
    "sasl.kerberos.ticket.renew.window.factor": _double(),
    "sasl.login.refresh.buffer.seconds": Definition(type=ConfigType.SHORT),
    "sasl.login.refresh.min.period.seconds": Definition(type=ConfigType.SHORT),
    "sasl.login.refresh.window.factor": _double(),
    "sasl.login.refresh.window.jitter": _double(),
    "sasl.mechanism.inter.broker.protocol": _STRING,
    "share.coordinator.cached.buffer.max.bytes": _int(524288),
    "ssl.cipher.suites": _LIST,
    "ssl.client.auth": _word("required", "requested", "none"),
    "ssl.enabled.protocols": _LIST,
    "ssl.endpoint.identification.algorithm": _STRING,
    "ssl.engine.factory.class": _CLASS,
    "ssl.key.password": _PASSWORD,
    "ssl.keymanager.algorithm": _STRING,
    "ssl.keystore.certificate.chain": _PASSWORD,
    "ssl.keystore.key": _PASSWORD,
    "ssl.keystore.location": _STRING,
    "ssl.keystore.password": _PASSWORD,
    "ssl.keystore.type": _STRING,
    "ssl.protocol": _STRING,
    "ssl.provider": _STRING,
    "ssl.secure.random.implementation": _STRING,
    "ssl.trustmanager.algorithm": _STRING,
    "ssl.truststore.certificates": _PASSWORD,
    "ssl.truststore.location": _STRING,
    "ssl.truststore.password": _PASSWORD,
    "ssl.truststore.type": _STRING,
    "transaction.partition.verification.enable": _BOOLEAN,
    "unclean.leader.election.enable": _BOOLEAN,
}

GROUP: Mapping[str, Definition] = {
    "consumer.assignment.interval.ms": _SIZE,
    "consumer.assignor.offload.enable": _BOOLEAN,
    "consumer.heartbeat.interval.ms": _COUNT,
    "consumer.session.timeout.ms": _COUNT,
    "errors.deadletterqueue.copy.record.enable": _BOOLEAN,
    "errors.deadletterqueue.topic.name": _STRING,
    "share.assignment.interval.ms": _SIZE,
    "share.assignor.offload.enable": _BOOLEAN,
    "share.auto.offset.reset": _word("latest", "earliest", prefixes=("by_duration:",)),
    "share.delivery.count.limit": _int(2),
    "share.heartbeat.interval.ms": _COUNT,
    "share.isolation.level": _word("read_committed", "read_uncommitted"),
    "share.partition.max.record.locks": _int(100),
    "share.record.lock.duration.ms": _int(1000),
    "share.renew.acknowledge.enable": _BOOLEAN,
    "share.session.timeout.ms": _COUNT,
    "streams.acceptable.recovery.lag": _TIME,
    "streams.assignment.interval.ms": _SIZE,
    "streams.assignor.name": _STRING,
    "streams.assignor.offload.enable": _BOOLEAN,
    "streams.heartbeat.interval.ms": _COUNT,
    "streams.initial.rebalance.delay.ms": _SIZE,
    "streams.num.standby.replicas": _SIZE,
    "streams.num.warmup.replicas": _SIZE,
    "streams.rack.aware.assignment.tags": _LIST,
    "streams.session.timeout.ms": _COUNT,
    "streams.task.offset.interval.ms": _COUNT,
}

CLIENT_METRICS: Mapping[str, Definition] = {
    "interval.ms": _int(100, 3_600_000),
    "match": _list(
        prefixes=(
            "client_instance_id=", "client_id=", "client_software_name=", "client_software_version=",
            "client_source_address=", "client_source_port=",
        )
    ),
    "metrics": _list(),
}  # fmt: skip

QUOTA: Mapping[str, Definition] = {
    "producer_byte_rate": _long(1),
    "consumer_byte_rate": _long(1),
    "request_percentage": _double(),
    "controller_mutation_rate": _double(),
    "connection_creation_rate": _int(1),
}
"""Limits of entities. Kafka refuses 0 and below for all of them (ClientQuotaControlManager)."""

_LEVELS = _word("OFF", "FATAL", "ERROR", "WARN", "INFO", "DEBUG", "TRACE")
_TABLES: Mapping[ConfigTarget, Mapping[str, Definition]] = {
    ConfigTarget.TOPIC: TOPIC,
    ConfigTarget.BROKER: BROKER,
    ConfigTarget.GROUP: GROUP,
    ConfigTarget.CLIENT_METRICS: CLIENT_METRICS,
}


def definition_of(
    target: ConfigTarget, key: str, reported: ConfigType | None = None
) -> Definition | None:
    """Return a key's definition, with the type that the cluster reports; None where the key is unknown."""
    if target is ConfigTarget.BROKER_LOGGER:
        return _LEVELS
    known = _TABLES[target].get(key)
    if reported is None or (known is not None and known.type is reported):
        return known
    return Definition(type=reported)
