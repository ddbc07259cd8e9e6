"""The requests of changes, each sent once; with validate-only set the brokers answer likewise but change nothing."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from steward.cluster.adapters.configs import ResourceType
from steward.cluster.adapters.connections import KafkaClient
from steward.cluster.adapters.errors import DENIALS, NONE, name_of
from steward.cluster.adapters.messages import (
    AlterClientQuotasRequest,
    CreatePartitionsRequest,
    CreateTopicsRequest,
    IncrementalAlterConfigsRequest,
)
from steward.model.change import (
    AlterConfigs,
    AlterQuota,
    Change,
    ConfigTarget,
    CreatePartitions,
    CreateTopic,
)
from steward.model.error import BrokerRefused, DeadlineExceeded, NotAuthorized, StewardError

ChangeError = StewardError | None
"""None: the cluster accepted the change."""

_REQUEST_TIMED_OUT = 7
_SET, _DELETE, _APPEND, _SUBTRACT = range(4)
_TARGETS: Mapping[ConfigTarget, ResourceType] = {
    ConfigTarget.TOPIC: ResourceType.TOPIC,
    ConfigTarget.BROKER: ResourceType.BROKER,
    ConfigTarget.BROKER_LOGGER: ResourceType.BROKER_LOGGER,
    ConfigTarget.GROUP: ResourceType.GROUP,
    ConfigTarget.CLIENT_METRICS: ResourceType.CLIENT_METRICS,
}


def change_error(change: Change, code: int, message: str | None, acl: str) -> ChangeError:
    """Convert the error code of a change into its result."""
    if code == NONE:
        return None
    name = name_of(code)
    said = f"{name}: {message}" if message else name
    if code in DENIALS:
        return NotAuthorized(
            f"{change.request}: not authorized, needs {acl}", acl=acl, remedy=f"add the ACL: {acl}"
        )
    if code == _REQUEST_TIMED_OUT:
        return DeadlineExceeded(f"{change.request}: {said}", may_have_happened=True)
    return BrokerRefused(f"{change.request}: {said}", kafka_error=name)


def by_key(
    answers: Iterable[Any], keys: Sequence[Any], key_of: Callable[[Any], Any]
) -> dict[int, tuple[int, str | None]]:
    """Return code and message of each answer at the index of its key."""
    places = {key: place for place, key in enumerate(keys)}
    return {
        places[key_of(a)]: (a.error_code, getattr(a, "error_message", None))
        for a in answers
        if key_of(a) in places
    }  # fmt: skip


async def ask_create_topics(
    client: KafkaClient, changes: Sequence[CreateTopic], *, validate_only: bool
) -> Mapping[int, tuple[int, str | None]]:
    """Send once, and return each answer by index."""
    request = CreateTopicsRequest(
        topics=[_creatable(change) for change in changes],
        timeout_ms=timeout_ms(client),
        validate_only=validate_only,
    )
    response = await client.ask_change(request)
    return by_key(response.topics, [c.name for c in changes], lambda a: a.name)


def _creatable(change: CreateTopic) -> Any:
    topic = CreateTopicsRequest.CreatableTopic
    placed = enumerate(change.assignment)
    return topic(
        name=change.name,
        num_partitions=-1 if change.assignment else change.partitions,
        replication_factor=-1 if change.assignment else change.replication_factor,
        assignments=[
            topic.CreatableReplicaAssignment(partition_index=number, broker_ids=list(ids))
            for number, ids in placed
        ],
        configs=[
            topic.CreatableTopicConfig(name=key, value=value)
            for key, value in sorted(change.configs.items())
        ],
    )


async def ask_create_partitions(
    client: KafkaClient, changes: Sequence[CreatePartitions], *, validate_only: bool
) -> Mapping[int, tuple[int, str | None]]:
    """Send once, and return each answer by index."""
    request = CreatePartitionsRequest(
        topics=[_growing(change) for change in changes],
        timeout_ms=timeout_ms(client),
        validate_only=validate_only,
    )
    response = await client.ask_change(request)
    return by_key(response.results, [c.topic for c in changes], lambda a: a.name)


def _growing(change: CreatePartitions) -> Any:
    topic = CreatePartitionsRequest.CreatePartitionsTopic
    placed = [topic.CreatePartitionsAssignment(broker_ids=list(ids)) for ids in change.assignment]
    return topic(name=change.topic, count=change.partitions, assignments=placed or None)


def asked_at(change: AlterConfigs) -> int | None:
    """Return the broker to send to, None for any."""
    is_broker = change.target in (ConfigTarget.BROKER, ConfigTarget.BROKER_LOGGER)
    return int(change.name) if is_broker and change.name.isdigit() else None


async def ask_alter_configs(
    client: KafkaClient,
    changes: Sequence[AlterConfigs],
    broker: int | None,
    *,
    validate_only: bool,
) -> Mapping[int, tuple[int, str | None]]:
    """Send once to one broker, or to any, and return each answer by index."""
    request = IncrementalAlterConfigsRequest(
        resources=[_alterable(change) for change in changes], validate_only=validate_only
    )
    response = await client.ask_change(request, broker)
    keys = [(int(_TARGETS[c.target]), c.name) for c in changes]
    return by_key(response.responses, keys, lambda a: (a.resource_type, a.resource_name))


def _alterable(change: AlterConfigs) -> Any:
    resource = IncrementalAlterConfigsRequest.AlterConfigsResource
    operations = [(key, _SET, value) for key, value in sorted(change.set.items())]
    operations += [(key, _DELETE, None) for key in sorted(change.remove)]
    for operation, lists in ((_APPEND, change.append), (_SUBTRACT, change.subtract)):
        operations += [(key, operation, ",".join(items)) for key, items in sorted(lists.items())]
    return resource(
        resource_type=int(_TARGETS[change.target]),
        resource_name=change.name,
        configs=[
            resource.AlterableConfig(name=key, config_operation=operation, value=value)
            for key, operation, value in operations
        ],
    )


async def ask_alter_quotas(
    client: KafkaClient, changes: Sequence[AlterQuota], *, validate_only: bool
) -> Mapping[int, tuple[int, str | None]]:
    """Send once, and return each answer by index."""
    request = AlterClientQuotasRequest(
        entries=[_quota_entry(c) for c in changes], validate_only=validate_only
    )
    response = await client.ask_change(request)
    return by_key(response.entries, [c.entity for c in changes], _quota_entity)


def _quota_entry(change: AlterQuota) -> Any:
    entry = AlterClientQuotasRequest.EntryData
    operations = [(key, value, False) for key, value in sorted(change.set.items())]
    operations += [(key, 0.0, True) for key in sorted(change.remove)]
    return entry(
        entity=[entry.EntityData(entity_type=kind, entity_name=name) for kind, name in change.entity],
        ops=[entry.OpData(key=key, value=value, remove=remove) for key, value, remove in operations],
    )  # fmt: skip


def _quota_entity(answer: Any) -> tuple[tuple[str, str | None], ...]:
    return tuple(sorted((e.entity_type, e.entity_name) for e in answer.entity))


def timeout_ms(client: KafkaClient) -> int:
    """Return the request's timeout: a little less than the client waits."""
    return int(client.connection.request_timeout_seconds * 900)
