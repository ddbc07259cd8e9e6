"""Requests with validate-only set: would the brokers accept a change? Nothing is changed."""

from collections.abc import Iterator, Mapping, Sequence

from steward.cluster.adapters.changes.requests import (
    ask_alter_configs,
    ask_alter_quotas,
    ask_create_partitions,
    ask_create_topics,
    asked_at,
    change_error,
)
from steward.cluster.adapters.connections import KafkaClient
from steward.cluster.adapters.errors import NONE
from steward.model.change import AlterConfigs, AlterQuota, Change, CreatePartitions, CreateTopic
from steward.model.error import BrokerRefused, StewardError
from steward.model.request_size import MAX_OBJECTS, MAX_RECORDS, metadata_records

_PASSING = frozenset(
    {
        "COORDINATOR_LOAD_IN_PROGRESS", "COORDINATOR_NOT_AVAILABLE", "NOT_COORDINATOR", "NOT_CONTROLLER",
        "THROTTLING_QUOTA_EXCEEDED", "UNKNOWN_SERVER_ERROR", "BROKER_NOT_AVAILABLE", "NETWORK_EXCEPTION",
    }
)  # fmt: skip
"""Errors that say nothing about the change itself."""

Codes = Mapping[int, tuple[int, str | None]]


async def validate(client: KafkaClient, changes: Sequence[Change]) -> list[BrokerRefused | None]:
    """Ask once whether the brokers would accept each change; None where they would, or where it is unknown.

    It is unknown for changes without such a request, without authorization, and where the request failed.
    """
    found: list[BrokerRefused | None] = [None] * len(changes)
    grouped: dict[object, list[int]] = {}
    for place, change in enumerate(changes):
        where = asked_at(change) if isinstance(change, AlterConfigs) else None
        grouped.setdefault((type(change), where), []).append(place)
    for places in grouped.values():
        for piece in _pieces(places, changes):
            codes = await _asked(client, [changes[i] for i in piece])
            for number, (code, message) in codes.items():
                if code != NONE:
                    found[piece[number]] = _refusal(changes[piece[number]], code, message)
    return found


def _pieces(places: Sequence[int], changes: Sequence[Change]) -> Iterator[list[int]]:
    """Yield batches, one per request: the controller counts metadata records even though it writes none."""
    piece: list[int] = []
    records = 0
    for place in places:
        cost = metadata_records(changes[place])
        if piece and (records + cost > MAX_RECORDS or len(piece) >= MAX_OBJECTS):
            yield piece
            piece, records = [], 0
        piece.append(place)
        records += cost
    if piece:
        yield piece


async def _asked(client: KafkaClient, changes: Sequence[Change]) -> Codes:
    first = changes[0]
    try:
        match first:
            case CreateTopic():
                topics = [c for c in changes if isinstance(c, CreateTopic)]
                return await ask_create_topics(client, topics, validate_only=True)
            case CreatePartitions():
                grown = [c for c in changes if isinstance(c, CreatePartitions)]
                return await ask_create_partitions(client, grown, validate_only=True)
            case AlterConfigs():
                altered = [c for c in changes if isinstance(c, AlterConfigs)]
                return await ask_alter_configs(client, altered, asked_at(first), validate_only=True)
            case AlterQuota():
                quotas = [c for c in changes if isinstance(c, AlterQuota)]
                return await ask_alter_quotas(client, quotas, validate_only=True)
            case _:
                return {}
    except StewardError:  # not sent, or the answer was lost: the request changes nothing
        return {}


def _refusal(change: Change, code: int, message: str | None) -> BrokerRefused | None:
    fault = change_error(change, code, message, "")
    is_refused = isinstance(fault, BrokerRefused) and fault.kafka_error not in _PASSING
    return fault if is_refused and isinstance(fault, BrokerRefused) else None
