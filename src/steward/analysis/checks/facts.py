"""What a check reads: a snapshot with indexes; reading a missing fact stops the check with the reason."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, TypeVar

from steward.analysis.checks.missing import FactMissing, FactNotApplicable, known, require_all
from steward.analysis.checks.partition_index import PartitionIndex
from steward.analysis.checks.readership import Readership
from steward.analysis.checks.thresholds import Thresholds
from steward.model.acl import AclBinding
from steward.model.authorization import Authorizer
from steward.model.batch import BatchSample
from steward.model.broker import Broker, BrokerMetrics, LogDir
from steward.model.config import ConfigEntry, Configs
from steward.model.connection import Environment
from steward.model.group import Group, GroupDetail
from steward.model.names import TopicPartition
from steward.model.policy import Criticality, criticality_of
from steward.model.quorum import ClusterIdentity, Quorum
from steward.model.quota import QuotaEntry
from steward.model.quota_resolution import QuotaResolver
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.topic import MaxTimestamp, PartitionOffsets, Reassignment, Topic
from steward.model.transaction import ProducerState, Transaction
from steward.model.unknown import NotApplicable, Observed, Unknown, Why
from steward.model.user import ScramUser

T = TypeVar("T")


class Facts:
    """One snapshot, indexed for checks; every property raises FactMissing where the part is Unknown.

    ``earlier`` holds the Facts of earlier snapshots, oldest first; ``now_ms`` is the time of the latest snapshot.
    """

    def __init__(
        self,
        snapshot: ClusterSnapshot,
        *,
        now_ms: int,
        thresholds: Thresholds | None = None,
        environment: Environment = Environment.PRODUCTION,
        criticality: Mapping[str, Criticality] | None = None,
        earlier: "tuple[Facts, ...]" = (),
    ) -> None:
        self.snapshot = snapshot
        self.now_ms = now_ms
        self.thresholds = thresholds or Thresholds()
        self.environment = environment
        self.earlier = earlier
        self._criticality: Mapping[str, Criticality] = criticality or {}
        self._indexes: dict[Callable[[Facts], Any], Any] = {}

    def index(self, make: "Callable[[Facts], T]") -> T:
        """Return what ``make`` builds from these facts, built once and shared by all checks that need it."""
        if make not in self._indexes:
            self._indexes[make] = make(self)
        return self._indexes[make]

    def _value(self, part: Observed[T] | Unknown | NotApplicable) -> T:
        return known(part).value

    def require_history(self) -> "Facts":
        """Return the oldest earlier snapshot; FactMissing if there is none."""
        if not self.earlier:
            raise FactMissing(
                Unknown(
                    Why.NEEDS_HISTORY, "needs two snapshots of the cluster: run with --window 10s"
                )
            )
        return self.earlier[0]

    def seconds_since(self, earlier: "Facts", part: Part) -> float:
        """Return the seconds between two snapshots of one part."""
        then, now = known(earlier.snapshot.part(part)), known(self.snapshot.part(part))
        return (now.at_ms - then.at_ms) / 1000

    # Whole parts

    @cached_property
    def identity(self) -> ClusterIdentity:
        """Cluster id, version and features."""
        return self._value(self.snapshot.identity)

    @cached_property
    def brokers(self) -> tuple[Broker, ...]:
        """Registered brokers."""
        return self._value(self.snapshot.brokers)

    @cached_property
    def quorum(self) -> Quorum:
        """The metadata quorum."""
        return self._value(self.snapshot.quorum)

    @cached_property
    def topics(self) -> tuple[Topic, ...]:
        """All visible topics."""
        return self._value(self.snapshot.topics)

    @cached_property
    def reassignments(self) -> tuple[Reassignment, ...]:
        """Partitions that are being reassigned."""
        return self._value(self.snapshot.reassignments)

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """All visible groups."""
        return self._value(self.snapshot.groups)

    @cached_property
    def acls(self) -> tuple[AclBinding, ...]:
        """All ACL bindings; not applicable without an authorizer."""
        return self._value(self.snapshot.acls)

    @cached_property
    def quotas(self) -> tuple[QuotaEntry, ...]:
        """All client quotas."""
        return self._value(self.snapshot.quotas)

    @cached_property
    def users(self) -> tuple[ScramUser, ...]:
        """All SCRAM users."""
        return self._value(self.snapshot.users)

    @cached_property
    def transactions(self) -> tuple[Transaction, ...]:
        """All visible transactional ids."""
        return self._value(self.snapshot.transactions)

    @cached_property
    def log_dirs(self) -> Mapping[int, tuple[LogDir, ...] | Unknown]:
        """Log directories by broker."""
        return self._value(self.snapshot.log_dirs)

    @cached_property
    def offsets(self) -> Mapping[TopicPartition, PartitionOffsets | Unknown]:
        """Offsets by partition."""
        return self._value(self.snapshot.offsets)

    @cached_property
    def producers(self) -> Mapping[TopicPartition, tuple[ProducerState, ...] | Unknown]:
        """Producer states by partition."""
        return self._value(self.snapshot.producers)

    @cached_property
    def max_timestamps(self) -> Mapping[TopicPartition, MaxTimestamp | Unknown]:
        """The record with the largest timestamp of each partition that holds any."""
        return self._value(self.snapshot.max_timestamps)

    @cached_property
    def samples(self) -> Mapping[TopicPartition, BatchSample | Unknown]:
        """Sampled batch headers by partition."""
        return self._value(self.snapshot.samples)

    @cached_property
    def metrics(self) -> Mapping[int, BrokerMetrics | Unknown]:
        """Metrics by broker."""
        return self._value(self.snapshot.metrics)

    # Indexes

    @cached_property
    def broker_by_id(self) -> Mapping[int, Broker]:
        """Brokers by id."""
        return {broker.id: broker for broker in self.brokers}

    @cached_property
    def live_broker_ids(self) -> frozenset[int]:
        """Brokers that are registered and not fenced."""
        return frozenset(b.id for b in self.brokers if b.fenced is not True)

    @cached_property
    def racks(self) -> frozenset[str]:
        """Racks in use."""
        return frozenset(b.rack for b in self.brokers if b.rack)

    @cached_property
    def rack_by_broker(self) -> Mapping[int, str | None]:
        """Each broker's rack, None where it has none."""
        return {b.id: b.rack for b in self.brokers}

    @cached_property
    def topic_by_name(self) -> Mapping[str, Topic]:
        """Topics by name."""
        return {topic.name: topic for topic in self.topics}

    @cached_property
    def reassigning(self) -> frozenset[TopicPartition]:
        """Partitions that are being reassigned."""
        return frozenset(r.partition for r in self.reassignments)

    @cached_property
    def partitions(self) -> PartitionIndex:
        """Partitions indexed by state and size."""
        return PartitionIndex(self.snapshot)

    @cached_property
    def readership(self) -> Readership:
        """Groups by the topics that they read."""
        return Readership(self.snapshot)

    @cached_property
    def hosted_topics(self) -> frozenset[str]:
        """Topics with a replica on a broker that reported its log directories.

        Metadata omits topics that steward has no DESCRIBE right for; log directories list all of them.
        """
        reporting = (dirs for dirs in self.log_dirs.values() if not isinstance(dirs, Unknown))
        return frozenset(r.partition.topic for dirs in reporting for d in dirs for r in d.replicas)

    @cached_property
    def authorizer(self) -> Authorizer:
        """The ACL bindings, evaluated as a broker does."""
        return Authorizer(self.acls)

    @cached_property
    def quota_resolver(self) -> QuotaResolver:
        """The quota entries, resolved as a broker does."""
        return QuotaResolver(self.quotas)

    @cached_property
    def kafka_version(self) -> tuple[int, int]:
        """The cluster's version as a pair, such as (4, 4)."""
        version = self.identity.version
        if version is None:
            raise FactMissing(
                Unknown(Why.REFUSED, "the brokers' request versions match no known release")
            )
        return version

    @cached_property
    def topic_configs(self) -> Mapping[str, Configs | Unknown]:
        """Effective configuration by topic."""
        return self._value(self.snapshot.topic_configs)

    @cached_property
    def broker_configs(self) -> Mapping[int, Configs | Unknown]:
        """Effective configuration by broker."""
        return self._value(self.snapshot.broker_configs)

    @cached_property
    def broker_loggers(self) -> Mapping[int, Configs | Unknown]:
        """Levels of loggers by broker."""
        return self._value(self.snapshot.broker_loggers)

    @cached_property
    def known_broker_configs(self) -> Mapping[int, Configs]:
        """Effective configuration of the brokers that reported it, lowest id first."""
        found = sorted(self.broker_configs.items())
        return {b: configs for b, configs in found if not isinstance(configs, Unknown)}

    def require_all_broker_configs(self) -> None:
        """Stop a check with Unknown, after it has judged the rest, if a broker's configuration is missing."""
        require_all((f"broker {b}", configs) for b, configs in sorted(self.broker_configs.items()))

    # Single facts

    def criticality(self, topic: str) -> Criticality:
        """Return a topic's declared criticality, or the configured default."""
        return criticality_of(topic, self._criticality, self.environment)

    def config(self, configs: Configs | Unknown | None, key: str) -> ConfigEntry:
        """Return one entry; a key that this broker does not know raises FactNotApplicable."""
        if configs is None:
            raise FactMissing(Unknown(Why.TRUNCATED, "the broker did not report its configuration"))
        entry = known(configs).get(key)
        if entry is None:
            raise FactNotApplicable(f"this release does not know {key}")
        return entry

    def topic_config(self, topic: str, key: str) -> ConfigEntry:
        """Return one effective entry of a topic."""
        return self.config(self.topic_configs.get(topic), key)

    def topic_configs_of(self, topic: str) -> Configs:
        """Return all effective entries of a topic."""
        found = self.topic_configs.get(topic)
        if found is None:
            raise FactMissing(Unknown(Why.TRUNCATED, "the broker did not report its configuration"))
        return known(found)

    def broker_configs_of(self, broker: int) -> Configs:
        """Return all effective entries of a broker."""
        found = self.broker_configs.get(broker)
        if found is None:
            raise FactMissing(Unknown(Why.TRUNCATED, "the broker did not report its configuration"))
        return known(found)

    def log_dirs_of(self, broker: int) -> tuple[LogDir, ...]:
        """Return a broker's log directories."""
        found = self.log_dirs.get(broker)
        if found is None:
            raise FactMissing(Unknown(Why.TRUNCATED, "the broker did not report its directories"))
        return known(found)

    def broker_config(self, broker: int, key: str) -> ConfigEntry:
        """Return one effective entry of a broker."""
        return self.config(self._value(self.snapshot.broker_configs).get(broker), key)

    def any_broker_config(self, key: str) -> ConfigEntry:
        """Return an entry of the lowest-numbered broker whose configuration is known."""
        for configs in self.known_broker_configs.values():
            return self.config(configs, key)
        return self.config(next(iter(self.broker_configs.values()), None), key)

    def offsets_of(self, partition: TopicPartition) -> PartitionOffsets:
        """Return a partition's offsets."""
        found = self.offsets.get(partition)
        if found is None:
            raise FactMissing(Unknown(Why.TRUNCATED, f"no broker reported offsets of {partition}"))
        return known(found)

    def committed(self, group: str) -> Mapping[TopicPartition, int]:
        """Return a group's committed offsets."""
        found = self._value(self.snapshot.group_offsets).get(group)
        if found is None:
            raise FactMissing(Unknown(Why.TRUNCATED, f"no offsets of group {group} were reported"))
        return known(found).committed

    def detail(self, group: Group) -> GroupDetail:
        """Return a group's members and epochs."""
        return known(group.detail)

    def require_all_metrics(self, name: str) -> None:
        """Stop a check with Unknown, after it has judged the rest, if a broker's metric ``name`` is missing."""
        require_all((f"broker {b}", self._metric_gap(b, name)) for b in sorted(self.broker_by_id))

    def _metric_gap(self, broker: int, name: str) -> Unknown | None:
        found = self.metrics.get(broker)
        if found is None:
            return Unknown(Why.NOT_CONFIGURED, "no metrics endpoint is configured")
        if isinstance(found, BrokerMetrics) and name not in found.samples:
            return Unknown(Why.NOT_CONFIGURED, f"its metrics have no {name}")
        return found if isinstance(found, Unknown) else None

    def metric(self, broker: int, name: str, **labels: str) -> float:
        """Return one metric of a broker, summed over the samples that have the labels.

        Errors: FactMissing if the endpoint did not answer or has no such metric.
        """
        found = self.metrics.get(broker)
        if found is None:
            raise FactMissing(
                Unknown(Why.NOT_CONFIGURED, "no metrics endpoint is configured for the broker")
            )
        samples = known(found).samples.get(name, ())
        wanted = [s for s in samples if all(s.label(k) == v for k, v in labels.items())]
        if not wanted:
            raise FactMissing(Unknown(Why.NOT_CONFIGURED, f"the broker's metrics have no {name}"))
        return sum(s.value for s in wanted)
