"""Requests that change topics and configurations: one request for many changes, a result for each."""

import base64
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from steward.cluster.adapters.changes.requests import (
    ChangeError,
    ask_alter_configs,
    ask_create_partitions,
    ask_create_topics,
    asked_at,
    by_key,
    change_error,
    timeout_ms,
)
from steward.cluster.adapters.connections import KafkaClient
from steward.cluster.adapters.errors import right
from steward.cluster.adapters.messages import DeleteTopicsRequest
from steward.model.change import (
    AlterConfigs,
    ConfigTarget,
    CreatePartitions,
    CreateTopic,
    CutRetention,
    DeleteTopic,
)
from steward.model.error import StewardError

Answered = tuple[int, str | None] | StewardError
"""Code and message of one change, or the fault that prevented its answer."""

SendRequest = Callable[[Sequence[Any]], Awaitable[Mapping[int, Answered]]]

_THROTTLING_QUOTA_EXCEEDED = 89
_PASSING = frozenset({14, 15, 16, 41, _THROTTLING_QUOTA_EXCEEDED})
"""Codes that mean nothing was changed and a later retry may succeed.

COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR, NOT_CONTROLLER, THROTTLING_QUOTA_EXCEEDED.
"""
_PATIENCE_SECONDS = 25.0
_THROTTLED_PATIENCE_SECONDS = 600.0
"""How long to retry without progress: a quota lets little through, but something."""
_FIRST_PAUSE_SECONDS = 0.25
_LONGEST_PAUSE_SECONDS = 10.0
_LONGEST_THROTTLE_SECONDS = 60.0
_NOT_MENTIONED = (-1, "the answer does not mention it")


async def in_turn(
    client: KafkaClient, changes: Sequence[Any], ask: SendRequest, acl_of: Callable[[Any], str]
) -> list[ChangeError]:
    """Send changes, retry those deferred, honour throttling; return the result of each.

    ``ask`` receives the remaining changes and returns their answers by index.
    """
    fates: dict[int, ChangeError] = {}
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
                fates[index] = change_error(changes[index], code, message, acl_of(changes[index]))
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


# Topics


async def create_topics(client: KafkaClient, changes: Sequence[CreateTopic]) -> list[ChangeError]:
    """Create topics; return the result of each."""

    async def ask(left: Sequence[CreateTopic]) -> Mapping[int, tuple[int, str | None]]:
        return await ask_create_topics(client, left, validate_only=False)

    return await in_turn(client, changes, ask, lambda c: right("CREATE", "topic", c.name))


async def delete_topics(client: KafkaClient, changes: Sequence[DeleteTopic]) -> list[ChangeError]:
    """Delete topics by id; return the result of each."""

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


async def create_partitions(
    client: KafkaClient, changes: Sequence[CreatePartitions]
) -> list[ChangeError]:
    """Add partitions; return the result of each topic."""

    async def ask(left: Sequence[CreatePartitions]) -> Mapping[int, tuple[int, str | None]]:
        return await ask_create_partitions(client, left, validate_only=False)

    return await in_turn(client, changes, ask, lambda c: right("ALTER", "topic", c.topic))


def uuid_of(text: str) -> uuid.UUID:
    """Decode a topic id as Kafka writes it: URL-safe base64, unpadded."""
    return uuid.UUID(bytes=base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


# Configurations


async def alter_configs(client: KafkaClient, changes: Sequence[AlterConfigs]) -> list[ChangeError]:
    """Set and remove single values; those of a broker and its loggers are requested at that broker."""
    by_broker: dict[int | None, list[int]] = {}
    for index, change in enumerate(changes):
        by_broker.setdefault(asked_at(change), []).append(index)
    fates: list[ChangeError] = [None] * len(changes)
    for broker, places in by_broker.items():
        try:
            found = await _alter_at(client, broker, [changes[i] for i in places])
        except StewardError as fault:  # of one broker: the others may have succeeded
            found = [fault] * len(places)
        for place, one in zip(places, found, strict=True):
            fates[place] = one
    return fates


async def cut_retention(client: KafkaClient, changes: Sequence[CutRetention]) -> list[ChangeError]:
    """Set the values of one step of each retention cut."""
    return await alter_configs(client, [change.alteration for change in changes])


async def _alter_at(
    client: KafkaClient, broker: int | None, changes: Sequence[AlterConfigs]
) -> list[ChangeError]:
    async def ask(left: Sequence[AlterConfigs]) -> Mapping[int, tuple[int, str | None]]:
        return await ask_alter_configs(client, left, broker, validate_only=False)

    return await in_turn(client, changes, ask, _alter_right)


def _alter_right(change: AlterConfigs) -> str:
    if change.target in (ConfigTarget.TOPIC, ConfigTarget.GROUP):
        return right("ALTER_CONFIGS", change.target.value, change.name)
    return right("ALTER_CONFIGS", "cluster")
