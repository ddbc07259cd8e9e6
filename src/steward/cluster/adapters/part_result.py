"""The result of one part's requests, before the observer adds the time."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from steward.cluster.adapters.connections import KafkaClient
from steward.cluster.adapters.errors import RETRIABLE
from steward.model.unknown import Unknown

T = TypeVar("T")
Item = TypeVar("Item")

ROUNDS = 6
_FIRST_PAUSE_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class PartResult(Generic[T]):
    """A value, and what of it could not be observed."""

    value: T
    gaps: tuple[Unknown, ...] = ()


def batches(items: Sequence[Item], size: int) -> Iterable[Sequence[Item]]:
    """Split a sequence into pieces of at most ``size``."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


async def in_rounds(
    client: KafkaClient,
    items: Sequence[Item],
    attempt: Callable[[Sequence[Item]], Awaitable[Sequence[Item]]],
) -> Sequence[Item]:
    """Attempt items, and retry those that the attempt returns, with growing pauses.

    ``attempt`` returns the items to retry; what remains after the last round is returned.
    """
    pause = _FIRST_PAUSE_SECONDS
    left: Sequence[Item] = items
    for round_ in range(ROUNDS):
        left = await attempt(left)
        if not left:
            break
        if round_ < ROUNDS - 1:
            await client.sleep(pause)
            pause *= 2
    return left


async def ask_until_ready(client: KafkaClient, broker: int, request: Any) -> Any:
    """Send to a broker, retry while its answer has a retriable error code, and return the last answer."""
    pause = _FIRST_PAUSE_SECONDS
    response = await client.ask(broker, request)
    for _ in range(ROUNDS - 1):
        if response.error_code not in RETRIABLE:
            break
        await client.sleep(pause)
        pause *= 2
        response = await client.ask(broker, request)
    return response


def shared(table: dict[Any, Any], value: Any) -> Any:
    """Return the first equal value: large clusters repeat few distinct replica lists and config entries."""
    return table.setdefault(value, value)
