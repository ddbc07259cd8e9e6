"""Requests that change a cluster: many changes of one kind in one request, the fate of each told apart."""

import base64
import uuid
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

from steward.cluster.adapters.client import Client
from steward.cluster.adapters.configs import ResourceType
from steward.cluster.adapters.errors import DENIALS, NONE, name_of, right
from steward.cluster.adapters.messages import (
    CreatePartitionsRequest,
    CreateTopicsRequest,
    DeleteTopicsRequest,
    IncrementalAlterConfigsRequest,
)
from steward.model.change import (
    AlterConfigs,
    Change,
    ConfigTarget,
    CreatePartitions,
    CreateTopic,
    CutRetention,
    DeleteTopic,
)
from steward.model.error import BrokerRefused, DeadlineExceeded, NotAuthorized, StewardError

Fate = StewardError | None
"""None: the cluster accepted the change."""

Answered = tuple[int, str | None] | StewardError
"""Code and message of one change, or the fault that kept its answer back."""

Ask = Callable[[Sequence[Any]], Awaitable[Mapping[int, Answered]]]

_REQUEST_TIMED_OUT = 7
_THROTTLING_QUOTA_EXCEEDED = 89
_PASSING = frozenset({14, 15, 16, 41, _THROTTLING_QUOTA_EXCEEDED})
"""Codes after which nothing has happened, and the same may succeed a little later.

COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR, NOT_CONTROLLER, THROTTLING_QUOTA_EXCEEDED.
"""
_PATIENCE_SECONDS = 25.0
_THROTTLED_PATIENCE_SECONDS = 600.0
"""How long to go on asking when nothing gets on: a quota lets through little, but it does."""
_FIRST_PAUSE_SECONDS = 0.25
_LONGEST_PAUSE_SECONDS = 10.0
_LONGEST_THROTTLE_SECONDS = 60.0
_NOT_MENTIONED = (-1, "the answer does not mention it")
_SET, _DELETE, _APPEND, _SUBTRACT = range(4)
_TARGETS: Mapping[ConfigTarget, ResourceType] = {
    ConfigTarget.TOPIC: ResourceType.TOPIC,
    ConfigTarget.BROKER: ResourceType.BROKER,
    ConfigTarget.BROKER_LOGGER: ResourceType.BROKER_LOGGER,
    ConfigTarget.GROUP: ResourceType.GROUP,
    ConfigTarget.CLIENT_METRICS: ResourceType.CLIENT_METRICS,
}


async def in_turn(
    client: Client, changes: Sequence[Any], ask: Ask, acl_of: Callable[[Any], str]
) -> list[Fate]:
    """Ask for changes, and again for those that were put off, honouring throttling; return each one's fate.

    Shape: ``ask`` gets the changes that are left and returns their answers by their place among them.
    """
    fates: dict[int, Fate] = {}
    left = list(range(len(changes)))
    pause, idle = _FIRST_PAUSE_SECONDS, 0.0
    while left:
        client.throttle_seconds = 0.0
        answers = await ask([changes[i] for i in left])
        again: list[int] = []
        for place, index in enumerate(left):
            answered = answers.get(place, _NOT_MENTIONED)
            if isinstance(answered, StewardError):
                fates[index] = answered
                continue
            code, message = answered
            if code in _PASSING and idle < _patience(code):
                again.append(index)
            else:
                fates[index] = fate(changes[index], code, message, acl_of(changes[index]))
        if len(again) < len(left):
            idle = 0.0
        left = again
        if left:
            wait = max(pause, min(client.throttle_seconds, _LONGEST_THROTTLE_SECONDS))
            await client.sleep(wait)
            idle += wait
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
    return [fates[i] for i in range(len(changes))]


def _patience(code: int) -> float:
    is_throttled = code == _THROTTLING_QUOTA_EXCEEDED
    return _THROTTLED_PATIENCE_SECONDS if is_throttled else _PATIENCE_SECONDS


def fate(change: Change, code: int, message: str | None, acl: str) -> Fate:
    """Turn the code that a change was answered with into its fate."""
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
    """Return code and message of each answer at the place of its key."""
    places = {key: place for place, key in enumerate(keys)}
    return {
        places[key_of(a)]: (a.error_code, getattr(a, "error_message", None))
        for a in answers
        if key_of(a) in places
    }  # fmt: skip


# Topics


async def create_topics(client: Client, changes: Sequence[CreateTopic]) -> list[Fate]:
    """Create topics: the fate of each."""

    async def ask(left: Sequence[CreateTopic]) -> Mapping[int, tuple[int, str | None]]:
        request = CreateTopicsRequest(
            topics=[_creatable(change) for change in left],
            timeout_ms=timeout_ms(client),
            validate_only=False,
        )
        response = await client.ask_change(request)
        return by_key(response.topics, [c.name for c in left], lambda a: a.name)

    return await in_turn(client, changes, ask, lambda c: right("CREATE", "topic", c.name))


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


async def delete_topics(client: Client, changes: Sequence[DeleteTopic]) -> list[Fate]:
    """Delete topics by their ids: the fate of each."""

    async def ask(left: Sequence[DeleteTopic]) -> Mapping[int, tuple[int, str | None]]:
        state = DeleteTopicsRequest.DeleteTopicState
        request = DeleteTopicsRequest(
            topics=[state(name=None, topic_id=uuid_of(c.topic_id)) for c in left],
            topic_names=[],
            timeout_ms=timeout_ms(client),
            min_version=6,
        )
        response = await client.ask_change(request)
        keys = [uuid_of(c.topic_id) for c in left]
        return by_key(response.responses, keys, lambda a: a.topic_id)

    return await in_turn(client, changes, ask, lambda c: right("DELETE", "topic", c.name))


async def create_partitions(client: Client, changes: Sequence[CreatePartitions]) -> list[Fate]:
    """Add partitions: the fate of each topic."""

    async def ask(left: Sequence[CreatePartitions]) -> Mapping[int, tuple[int, str | None]]:
        topic = CreatePartitionsRequest.CreatePartitionsTopic
        request = CreatePartitionsRequest(
            topics=[
                topic(
                    name=c.topic,
                    count=c.partitions,
                    assignments=[
                        topic.CreatePartitionsAssignment(broker_ids=list(ids))
                        for ids in c.assignment
                    ]
                    or None,
                )
                for c in left
            ],
            timeout_ms=timeout_ms(client),
            validate_only=False,
        )
        response = await client.ask_change(request)
        return by_key(response.results, [c.topic for c in left], lambda a: a.name)

    return await in_turn(client, changes, ask, lambda c: right("ALTER", "topic", c.topic))


def uuid_of(text: str) -> uuid.UUID:
    """Read a topic id as Kafka writes it: base64 for URLs, unpadded."""
    return uuid.UUID(bytes=base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def timeout_ms(client: Client) -> int:
    """Return what a broker may take: a little less than we wait."""
    return int(client.connection.request_timeout_seconds * 900)


# Configurations


async def alter_configs(client: Client, changes: Sequence[AlterConfigs]) -> list[Fate]:
    """Set and remove single values; a broker's own, and its loggers', are asked for at that broker."""
    by_broker: dict[int | None, list[int]] = {}
    for index, change in enumerate(changes):
        by_broker.setdefault(_asked_at(change), []).append(index)
    fates: list[Fate] = [None] * len(changes)
    for broker, places in by_broker.items():
        try:
            found = await _alter_at(client, broker, [changes[i] for i in places])
        except StewardError as fault:  # of one broker: the others may have done theirs
            found = [fault] * len(places)
        for place, one in zip(places, found, strict=True):
            fates[place] = one
    return fates


async def cut_retention(client: Client, changes: Sequence[CutRetention]) -> list[Fate]:
    """Set the values of one step of each cut."""
    return await alter_configs(client, [change.alteration for change in changes])


def _asked_at(change: AlterConfigs) -> int | None:
    is_broker = change.target in (ConfigTarget.BROKER, ConfigTarget.BROKER_LOGGER)
    return int(change.name) if is_broker and change.name.isdigit() else None


async def _alter_at(
    client: Client, broker: int | None, changes: Sequence[AlterConfigs]
) -> list[Fate]:
    async def ask(left: Sequence[AlterConfigs]) -> Mapping[int, tuple[int, str | None]]:
        request = IncrementalAlterConfigsRequest(
            resources=[_alterable(change) for change in left], validate_only=False
        )
        response = await client.ask_change(request, broker)
        keys = [(int(_TARGETS[c.target]), c.name) for c in left]
        return by_key(response.responses, keys, lambda a: (a.resource_type, a.resource_name))

    return await in_turn(client, changes, ask, _alter_right)


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


def _alter_right(change: AlterConfigs) -> str:
    if change.target in (ConfigTarget.TOPIC, ConfigTarget.GROUP):
        return right("ALTER_CONFIGS", change.target.value, change.name)
    return right("ALTER_CONFIGS", "cluster")
