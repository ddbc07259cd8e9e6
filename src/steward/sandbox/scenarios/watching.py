"""What a scenario reads to know that its problem exists: commits, lag, members, replicas.

Coordinators are asked with requests of our own, never by librdkafka's admin client: its process aborts with a failed
assertion when a coordinator moves meanwhile (librdkafka issue 5040).
"""

import contextlib
from typing import TYPE_CHECKING, Any

from steward.sandbox.scenarios.clients import REQUEST_S, admin, admin_types
from steward.sandbox.scenarios.raw_connection import NoConnection, RawConnection
from steward.sandbox.scenarios.raw_requests import (
    GROUP,
    commit_offset,
    committed_offsets,
    coordinator_of,
    member_ids,
)
from steward.sandbox.scenarios.run import ScenarioRun
from steward.sandbox.status import SandboxStatus

if TYPE_CHECKING:
    from confluent_kafka import TopicPartition


def committed(sandbox: SandboxStatus, group: str) -> dict[tuple[str, int], int]:
    """Return the commits of a group, by topic and partition."""
    with _coordinator(sandbox, group) as connection:
        return committed_offsets(connection, group)


def members(sandbox: SandboxStatus, group: str) -> frozenset[str]:
    """Return the member ids of a group of the classic protocol."""
    with _coordinator(sandbox, group) as connection:
        return member_ids(connection, group)


def _coordinator(sandbox: SandboxStatus, group: str) -> RawConnection:
    with _any_broker(sandbox) as connection:
        coordinator = coordinator_of(connection, group, GROUP)
    return RawConnection(sandbox, coordinator)


def _any_broker(sandbox: SandboxStatus) -> RawConnection:
    for broker in sandbox.brokers[:-1]:
        with contextlib.suppress(NoConnection):
            return RawConnection(sandbox, broker.id)
    return RawConnection(sandbox, sandbox.brokers[-1].id)


def commit(run: ScenarioRun, group: str, topic: str, offset: int) -> None:
    """Set the commits of a group without members on every partition of a topic."""
    partitions = [one.partition for one in partitions_of(admin(run.sandbox), topic)]

    def accepted() -> bool:
        with _coordinator(run.sandbox, group) as connection:
            commit_offset(connection, group, topic, partitions, offset)
        return True

    run.until(accepted, f"commits of {group} on {topic} are set to {offset}")


def end_offsets(
    client: Any, topic: str, *, committed_only: bool = False
) -> dict[tuple[str, int], int]:
    """Return the end of each partition of a topic: its high watermark, or its last stable offset."""
    from confluent_kafka import IsolationLevel

    level = IsolationLevel.READ_COMMITTED if committed_only else IsolationLevel.READ_UNCOMMITTED
    wanted = {
        partition: admin_types().OffsetSpec.latest() for partition in partitions_of(client, topic)
    }
    answers = client.list_offsets(wanted, isolation_level=level, request_timeout=REQUEST_S)
    return {
        (one.topic, one.partition): answer.result(timeout=REQUEST_S).offset
        for one, answer in answers.items()
    }


def committed_all(run: ScenarioRun, group: str, topic: str) -> None:
    """Wait until a group has committed on every partition of a topic."""
    client = admin(run.sandbox)

    def all_there() -> bool:
        wanted = {(one.topic, one.partition) for one in partitions_of(client, topic)}
        return wanted <= committed(run.sandbox, group).keys()

    run.until(
        all_there,
        f"group {group} has committed on all partitions of {topic}",
    )


def lag(sandbox: SandboxStatus, client: Any, group: str, topic: str) -> int:
    """Return a group's total lag on a topic; 0 until it has committed."""
    done = committed(sandbox, group)
    ends = end_offsets(client, topic)
    return sum(end - done[where] for where, end in ends.items() if where in done)


def partitions_of(client: Any, topic: str) -> list["TopicPartition"]:
    """List the partitions of a topic."""
    from confluent_kafka import KafkaException, TopicPartition

    found = client.list_topics(topic, timeout=REQUEST_S).topics[topic]
    if found.error is not None:
        raise KafkaException(found.error)
    return [TopicPartition(topic, number) for number in sorted(found.partitions)]
