"""The observer: requests the wanted parts in parallel and returns one frozen snapshot."""

import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self, TypeVar

from steward.analysis.lag.timestamp_search import TimestampAtOffset as TimestampFound
from steward.cluster.adapters import (
    access,
    acls,
    cluster,
    configs,
    group_offsets,
    groups,
    key_samples,
    log_dirs,
    offsets,
    producers,
    prometheus,
    quorum,
    quotas,
    samples,
    topics,
    transactions,
    users,
)
from steward.cluster.adapters.access import GrantedAccess
from steward.cluster.adapters.changes import validate_only as validating
from steward.cluster.adapters.configs import ResourceType
from steward.cluster.adapters.connections import KafkaClient
from steward.cluster.adapters.errors import MALFORMED_RESPONSE, malformed_response, unknown_of
from steward.cluster.adapters.groups import Listed
from steward.cluster.adapters.part_result import PartResult
from steward.cluster.first_contact import open_client
from steward.cluster.ports import EVERYTHING, Progress, Scope, quiet
from steward.model.acl import AclBinding
from steward.model.change import Change
from steward.model.connection import Connection
from steward.model.error import BrokerRefused, NotSupported, StewardError
from steward.model.group import Group, GroupType
from steward.model.names import TopicPartition
from steward.model.progress import ProgressStep
from steward.model.quorum import ClusterIdentity, Quorum
from steward.model.snapshot import ClusterSnapshot, ObservationCost, Part
from steward.model.topic import PartitionOffsets, Topic
from steward.model.unknown import NotApplicable, Observed, Unknown, Why

if TYPE_CHECKING:
    from steward.analysis.lag.offset_table import OffsetTable
    from steward.cluster.adapters.offset_tables import OffsetTableReader

T = TypeVar("T")
PartValue = Observed[Any] | Unknown | NotApplicable


_MAY_LACK = frozenset(
    {
        Part.QUORUM,
        Part.GROUP_CONFIGS,
        Part.CLIENT_METRICS,
        Part.ACLS,
        Part.QUOTAS,
        Part.USERS,
        Part.TRANSACTIONS,
        Part.PRODUCERS,
    }
)
"""Parts that clusters of older versions lack."""
_CONFIGS_ALONE = frozenset({Part.IDENTITY, Part.TOPIC_CONFIGS})


def connect(connection: Connection) -> "KafkaObserver":
    """Connect to a cluster and return its observer.

    Errors: ClusterUnreachable, NotAuthorized, ConfigurationError; each says in one line what and where, and what to do,
            within the profile's connect timeout.
    """
    return KafkaObserver(open_client(connection))


class KafkaObserver:
    """Reads a real cluster; one observation at a time, over kept connections."""

    def __init__(self, client: KafkaClient) -> None:
        self._client = client
        self._one_at_a_time = threading.Lock()

    def observe(
        self, parts: frozenset[Part], scope: Scope = EVERYTHING, progress: Progress | None = None
    ) -> ClusterSnapshot:
        """Return a snapshot with the given parts, each as observed or as Unknown.

        Errors: ClusterUnreachable, when no broker answers.
        """
        with self._one_at_a_time:
            return self._observe(parts, scope, progress or quiet)

    def _observe(self, parts: frozenset[Part], scope: Scope, progress: Progress) -> ClusterSnapshot:
        started = time.monotonic()
        cost = self._client.begin()
        found = self._client.run(_Collection(self._client, parts, scope, progress).collect())
        facts: dict[str, Any] = {part.value: value for part, value in found.items()}
        return ClusterSnapshot(
            **facts,
            cost=ObservationCost(
                requests=dict(sorted(cost.requests.items())),
                bytes_received=cost.bytes_received,
                duration_seconds=time.monotonic() - started,
                latency_seconds=cost.latency_seconds(),
            ),
        )

    @cached_property
    def _tables(self) -> "OffsetTableReader":
        """Columns need numpy, which takes a tenth of a second to import: only polls of all offsets need it."""
        from steward.cluster.adapters.offset_tables import OffsetTableReader

        return OffsetTableReader(self._client)

    def offset_table(self, *, with_start: bool = True, with_stable: bool = True) -> "OffsetTable":
        """Poll every offset and every group's commits, as columns.

        Errors: ClusterUnreachable, when no broker answers.
        """
        with self._one_at_a_time:
            self._client.begin()
            return self._client.run(
                self._tables.read(with_start=with_start, with_stable=with_stable)
            )

    def timestamps(
        self, times: Mapping[TopicPartition, int]
    ) -> Mapping[TopicPartition, TimestampFound | Unknown | None]:
        """Request the first record at or after a timestamp in each partition; None where none is that recent."""
        with self._one_at_a_time:
            return self._client.run(self._tables.timestamps(times))

    def validate(self, changes: Sequence[Change]) -> tuple[BrokerRefused | None, ...]:
        """Ask whether the brokers would accept each change, without making it; None: they would, or it is unknown."""
        with self._one_at_a_time:
            return tuple(self._client.run(validating.validate(self._client, changes)))

    def first_records(
        self, wanted: Mapping[TopicPartition, range]
    ) -> Mapping[TopicPartition, TimestampFound | Unknown | None]:
        """Read offset and timestamp of the first record of each range of offsets; None where it holds none."""
        with self._one_at_a_time:
            return self._client.run(self._tables.first_records(wanted))

    def requests_sent(self) -> Mapping[str, int]:
        """Count the requests sent so far, by Kafka's name."""
        return dict(self._client.sent)

    def close(self) -> None:
        """Close every connection."""
        self._client.close()

    def __enter__(self) -> Self:
        """Use it as a context."""
        return self

    def __exit__(self, *exc: object) -> None:
        """Close it."""
        self.close()


class _Collection:
    """One observation: each part is a coroutine; what several parts need is read once."""

    def __init__(
        self, client: KafkaClient, parts: frozenset[Part], scope: Scope, progress: Progress
    ) -> None:
        self._client = client
        self._parts = parts
        self._scope = scope
        self._progress = progress
        self._read = 0
        self._memory: dict[str, Awaitable[Any]] = {}
        self._cluster: Any = None

    async def collect(self) -> dict[Part, PartValue]:
        self._cluster = await cluster.read_cluster(self._client)
        works = {part: self._part(part) for part in sorted(self._parts)}
        running = {part: self._client.spawn(work) for part, work in works.items()}
        return {part: await found for part, found in running.items()}

    async def _part(self, part: Part) -> PartValue:
        reader = _READERS[part]
        try:
            found = await reader(self)
        except NotSupported as fault:
            if part in _MAY_LACK:
                return NotApplicable(fault.summary)
            return unknown_of(fault)
        except StewardError as fault:
            return unknown_of(fault)
        except MALFORMED_RESPONSE as error:
            return unknown_of(malformed_response(error))
        self._read += 1
        named = part.value.replace("_", " ")
        self._progress(ProgressStep(f"{named} read:", number=self._read, total=len(self._parts)))
        if isinstance(found, (Unknown, NotApplicable)):
            return found
        return Observed(found.value, int(time.time() * 1000), tuple(dict.fromkeys(found.gaps)))

    def _once(self, name: str, work: Callable[[], Coroutine[Any, Any, T]]) -> Awaitable[T]:
        if name not in self._memory:
            self._memory[name] = self._client.spawn(work())
        return self._memory[name]

    # What several parts need

    def _identity(self) -> Awaitable[ClusterIdentity]:
        return self._once("identity", self._read_identity)

    async def _read_identity(self) -> ClusterIdentity:
        return await cluster.read_identity(self._client, self._cluster, await self._controller())

    def _quorum(self) -> Awaitable[Quorum]:
        return self._once("quorum", lambda: quorum.read_quorum(self._client))

    async def _controller(self) -> int | Unknown:
        try:
            return (await self._quorum()).leader_id
        except StewardError as fault:
            return unknown_of(fault)

    def _topics(self) -> Awaitable[PartResult[tuple[Topic, ...]]]:
        return self._once("topics", self._read_topics)

    async def _read_topics(self) -> PartResult[tuple[Topic, ...]]:
        identity = await self._identity()
        levels = {f.name: f.finalized for f in identity.features}
        with_elr = Part.TOPICS in self._parts and levels.get(topics.ELR_FEATURE, 0) > 0
        read = await topics.read_topics(self._client, self._scope.topics, with_elr=with_elr)
        if self._scope.topics is not None:
            return read
        return PartResult(read.value, read.gaps + await self._hidden_by_acls("TOPIC"))

    def _access(self) -> Awaitable[GrantedAccess]:
        return self._once("access", self._read_access)

    async def _read_access(self) -> GrantedAccess:
        try:
            bindings = await self._acls()
        except StewardError:
            bindings = None
        return await access.read_access(self._client, self._cluster, bindings)

    def _acls(self) -> Awaitable[tuple[AclBinding, ...] | NotApplicable]:
        return self._once("acls", lambda: acls.read_acls(self._client))

    async def _hidden_by_acls(self, resource_type: str) -> tuple[Unknown, ...]:
        """Report what lists of a type may lack because of missing ACLs."""
        return (await self._access()).gaps(resource_type)

    def _listed(self) -> Awaitable[PartResult[tuple[Listed, ...]]]:
        return self._once("listed groups", self._list_groups)

    async def _list_groups(self) -> PartResult[tuple[Listed, ...]]:
        read = await groups.list_groups(self._client, self._scope.groups, self._scope.coordinators)
        return PartResult(read.value, read.gaps + await self._hidden_by_acls("GROUP"))

    def _offsets(self) -> Awaitable[dict[TopicPartition, PartitionOffsets | Unknown]]:
        return self._once("offsets", self._read_offsets)

    async def _read_offsets(self) -> dict[TopicPartition, PartitionOffsets | Unknown]:
        listed = await self._topics()
        return await offsets.read_offsets(self._client, listed.value)

    def _wanted(self, broker: int) -> bool:
        return self._scope.brokers is None or broker in self._scope.brokers

    def _brokers(self) -> tuple[int, ...]:
        return tuple(b for b in self._client.brokers if self._wanted(b))

    # Parts

    async def identity(self) -> PartResult[Any]:
        return PartResult(await self._identity())

    async def brokers(self) -> PartResult[Any]:
        return PartResult(
            await cluster.read_brokers(self._client, self._cluster, await self._controller())
        )

    async def topics(self) -> PartResult[tuple[Topic, ...]]:
        return await self._topics()

    async def reassignments(self) -> PartResult[Any]:
        return PartResult(await topics.read_reassignments(self._client))

    async def topic_configs(self) -> PartResult[Any]:
        keys = self._scope.config_keys
        if self._scope.topics is not None and self._parts <= _CONFIGS_ALONE:
            # DescribeConfigs itself reports whether they exist
            return PartResult(
                await self._configs(ResourceType.TOPIC, sorted(self._scope.topics), keys)
            )
        listed = await self._topics()
        names = [t.name for t in listed.value]
        return PartResult(await self._configs(ResourceType.TOPIC, names, keys), listed.gaps)

    async def _configs(
        self, kind: ResourceType, names: list[str], keys: frozenset[str] | None = None
    ) -> configs.ConfigsByName:
        synonyms = self._scope.config_synonyms
        return await configs.read_configs(self._client, kind, names, keys, synonyms=synonyms)

    async def broker_configs(self) -> PartResult[Any]:
        return PartResult(await self._of_brokers(ResourceType.BROKER))

    async def broker_loggers(self) -> PartResult[Any]:
        return PartResult(await self._of_brokers(ResourceType.BROKER_LOGGER))

    async def _of_brokers(self, kind: ResourceType) -> dict[int, Any]:
        synonyms = self._scope.config_synonyms
        found = await configs.read_broker_configs(
            self._client, kind, self._brokers(), synonyms=synonyms
        )
        return dict(sorted((await self._unreachable_brokers() | found).items()))

    async def _unreachable_brokers(self) -> dict[int, Any]:
        """Brokers that belong to the cluster but cannot be asked; replica lists count if they are read."""
        named: set[int] = set()
        if Part.TOPICS in self._parts:
            listed = (await self._topics()).value
            named = {b for topic in listed for p in topic.partitions for b in p.replicas}
        found = cluster.unreachable_brokers(self._cluster, named)
        return {broker: why for broker, why in found.items() if self._wanted(broker)}

    async def client_metrics(self) -> PartResult[Any]:
        names = await configs.list_resources(self._client, ResourceType.CLIENT_METRICS)
        return PartResult(await self._configs(ResourceType.CLIENT_METRICS, list(names)))

    async def group_configs(self) -> PartResult[Any]:
        listed = await self._listed()
        names = {g.id for g in listed.value if g.type is not GroupType.CLASSIC}
        # a group can be configured before it exists: a group requested by name is always read
        names |= (self._scope.groups or frozenset()) - {g.id for g in listed.value}
        return PartResult(await self._configs(ResourceType.GROUP, sorted(names)), listed.gaps)

    async def offsets(self) -> PartResult[Any]:
        listed = await self._topics()
        return PartResult(await self._offsets(), listed.gaps)

    async def max_timestamps(self) -> PartResult[Any]:
        listed = await self._topics()
        own = [t for t in listed.value if not t.is_internal]
        return PartResult(await offsets.read_max_timestamps(self._client, own), listed.gaps)

    async def groups(self) -> PartResult[tuple[Group, ...]]:
        listed = await self._listed()
        described = await groups.describe_groups(self._client, listed.value)
        return PartResult(described, listed.gaps)

    async def group_offsets(self) -> PartResult[Any]:
        listed = await self._listed()
        restricted = await self._restriction()
        found = await group_offsets.read_group_offsets(self._client, listed.value, restricted)
        return PartResult(found, listed.gaps + await self._hidden_by_acls("TOPIC"))

    async def _restriction(self) -> tuple[Topic, ...] | None:
        """The topics that a scoped observation is limited to, None for all."""
        return None if self._scope.topics is None else (await self._topics()).value

    async def log_dirs(self) -> PartResult[Any]:
        restriction = await self._restriction()
        found = await log_dirs.read_log_dirs(self._client, self._brokers(), restriction)
        return PartResult(dict(sorted((await self._unreachable_brokers() | found).items())))

    async def quorum(self) -> PartResult[Any]:
        return PartResult(await self._quorum())

    async def acls(self) -> PartResult[Any] | NotApplicable:
        found = await self._acls()
        return found if isinstance(found, NotApplicable) else PartResult(found)

    async def quotas(self) -> PartResult[Any]:
        return PartResult(await quotas.read_quotas(self._client))

    async def users(self) -> PartResult[Any]:
        return await users.read_users(self._client)

    async def transactions(self) -> PartResult[Any]:
        read = await transactions.read_transactions(self._client)
        return PartResult(read.value, read.gaps + await self._hidden_by_acls("TRANSACTIONAL_ID"))

    async def producers(self) -> PartResult[Any]:
        listed = await self._topics()
        return PartResult(await producers.read_producers(self._client, listed.value), listed.gaps)

    async def samples(self) -> PartResult[Any]:
        listed = await self._topics()
        ends = await self._offsets()
        read = await samples.read_samples(self._client, listed.value, ends, self._scope)
        return PartResult(read.value, listed.gaps + read.gaps)

    async def keys(self) -> PartResult[Any]:
        listed = await self._topics()
        ends = await self._offsets()
        found = await key_samples.read_key_samples(self._client, listed.value, ends, self._scope)
        return PartResult(found, listed.gaps)

    async def metrics(self) -> PartResult[Any] | Unknown:
        endpoints = self._client.connection.metrics
        if not endpoints:
            return Unknown(Why.NOT_CONFIGURED, "the profile has no metrics endpoints")
        found = await self._client.in_thread(
            lambda: prometheus.read_metrics(
                {b: url for b, url in endpoints.items() if self._wanted(b)},
                self._client.connection.connect_timeout_seconds,
                gently=self._scope.metrics_gently,
            )
        )
        missing = prometheus.without_endpoint(b for b in self._brokers() if b not in endpoints)
        return PartResult(dict(sorted((found | missing).items())))


_READERS: dict[Part, Callable[[_Collection], Coroutine[Any, Any, Any]]] = {
    part: getattr(_Collection, part.value) for part in Part
}
