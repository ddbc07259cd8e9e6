"""Requests to the controller: move replicas, elect leaders, finalize features, unregister brokers."""

from collections.abc import Mapping, Sequence
from typing import Any

from steward.cluster.adapters.changes.requests import ChangeError, timeout_ms
from steward.cluster.adapters.changes.topics import in_turn
from steward.cluster.adapters.cluster import FEATURES_REQUEST_VERSION, features_of
from steward.cluster.adapters.connections import KafkaClient
from steward.cluster.adapters.errors import raise_for, right
from steward.cluster.adapters.messages import (
    AlterPartitionReassignmentsRequest,
    ApiVersionsRequest,
    ElectLeadersRequest,
    UnregisterBrokerRequest,
    UpdateFeaturesRequest,
)
from steward.model.change import (
    CancelReassignment,
    ElectLeader,
    ReassignPartition,
    UnregisterBroker,
    UpdateFeature,
)

_PREFERRED, _UNCLEAN = 0, 1
_UPGRADE, _SAFE_DOWNGRADE = 1, 2
_ELECTION_NOT_NEEDED = 84
_NO_REASSIGNMENT_IN_PROGRESS = 85


async def elect_leaders(client: KafkaClient, changes: Sequence[ElectLeader]) -> list[ChangeError]:
    """Elect leaders; return the result of each partition. A leader already elected is no failure."""
    fates: list[ChangeError] = [None] * len(changes)
    for unclean in (False, True):
        places = [i for i, c in enumerate(changes) if c.unclean is unclean]
        if places:
            found = await _elect(client, [changes[i] for i in places], unclean=unclean)
            for place, one in zip(places, found, strict=True):
                fates[place] = one
    return fates


async def _elect(
    client: KafkaClient, changes: Sequence[ElectLeader], *, unclean: bool
) -> list[ChangeError]:
    async def ask(left: Sequence[ElectLeader]) -> Mapping[int, tuple[int, str | None]]:
        by_topic: dict[str, list[int]] = {}
        for change in left:
            by_topic.setdefault(change.partition.topic, []).append(change.partition.partition)
        partitions = ElectLeadersRequest.TopicPartitions
        request = ElectLeadersRequest(
            election_type=_UNCLEAN if unclean else _PREFERRED,
            topic_partitions=[
                partitions(topic=topic, partitions=numbers) for topic, numbers in by_topic.items()
            ],
            timeout_ms=timeout_ms(client),
            min_version=1,
        )
        response = await client.ask_change(request)
        raise_for(response.error_code, what="ElectLeaders", acl=right("ALTER", "cluster"))
        return _codes(left, response)

    return await in_turn(client, changes, ask, lambda _: right("ALTER", "cluster"))


def _codes(changes: Sequence[ElectLeader], response: Any) -> dict[int, tuple[int, str | None]]:
    answers = {
        (result.topic, p.partition_id): (
            0 if p.error_code == _ELECTION_NOT_NEEDED else p.error_code,
            p.error_message,
        )
        for result in response.replica_election_results
        for p in result.partition_result
    }
    keys = enumerate((c.partition.topic, c.partition.partition) for c in changes)
    return {place: answers[key] for place, key in keys if key in answers}


async def reassign_partitions(
    client: KafkaClient, changes: Sequence[ReassignPartition]
) -> list[ChangeError]:
    """Start reassignments; return for each partition whether it was accepted, not whether it is complete.

    Where brokers check it (KIP-860), only changes meant to alter the replication factor may do so.
    """
    fates: list[ChangeError] = [None] * len(changes)
    for changes_factor in (False, True):
        places = [i for i, c in enumerate(changes) if c.changes_factor is changes_factor]
        if places:
            wanted = [(changes[i], changes[i].replicas) for i in places]
            found = await _reassign(client, wanted, changes_factor=changes_factor)
            for place, one in zip(places, found, strict=True):
                fates[place] = one
    return fates


async def cancel_reassignments(
    client: KafkaClient, changes: Sequence[CancelReassignment]
) -> list[ChangeError]:
    """Cancel reassignments; return the result of each partition. One without a reassignment is no failure."""
    return await _reassign(client, [(c, None) for c in changes], changes_factor=True)


_Wanted = tuple[ReassignPartition | CancelReassignment, tuple[int, ...] | None]


async def _reassign(
    client: KafkaClient, wanted: Sequence[_Wanted], *, changes_factor: bool
) -> list[ChangeError]:
    replicas = {change.partition: ids for change, ids in wanted}

    async def ask(
        left: Sequence[ReassignPartition | CancelReassignment],
    ) -> Mapping[int, tuple[int, str | None]]:
        topic = AlterPartitionReassignmentsRequest.ReassignableTopic
        partition = topic.ReassignablePartition
        by_topic: dict[str, list[Any]] = {}
        for change in left:
            ids = replicas[change.partition]
            one = partition(
                partition_index=change.partition.partition,
                replicas=None if ids is None else list(ids),
            )
            by_topic.setdefault(change.partition.topic, []).append(one)
        request = AlterPartitionReassignmentsRequest(
            timeout_ms=timeout_ms(client),
            allow_replication_factor_change=changes_factor,
            topics=[topic(name=name, partitions=ones) for name, ones in by_topic.items()],
        )
        response = await client.ask_change(request)
        return _reassigned(left, response)

    changes = [change for change, _ in wanted]
    return await in_turn(client, changes, ask, lambda _: right("ALTER", "cluster"))


def _reassigned(
    changes: Sequence[ReassignPartition | CancelReassignment], response: Any
) -> dict[int, tuple[int, str | None]]:
    """Return the error code of each partition; an error of the whole request applies to each."""
    if response.error_code:
        return dict.fromkeys(range(len(changes)), (response.error_code, response.error_message))
    answers = {
        (topic.name, p.partition_index): (
            0 if p.error_code == _NO_REASSIGNMENT_IN_PROGRESS else p.error_code,
            p.error_message,
        )
        for topic in response.responses
        for p in topic.partitions
    }
    keys = enumerate((c.partition.topic, c.partition.partition) for c in changes)
    return {place: answers[key] for place, key in keys if key in answers}


async def update_features(
    client: KafkaClient, changes: Sequence[UpdateFeature]
) -> list[ChangeError]:
    """Finalize feature levels, all or none; a lower level is requested as a safe downgrade."""
    now = await _levels(client)

    async def ask(left: Sequence[UpdateFeature]) -> Mapping[int, tuple[int, str | None]]:
        update = UpdateFeaturesRequest.FeatureUpdateKey
        request = UpdateFeaturesRequest(
            timeout_ms=timeout_ms(client),
            feature_updates=[
                update(
                    feature=c.name,
                    max_version_level=c.level,
                    upgrade_type=_SAFE_DOWNGRADE if c.level < now.get(c.name, 0) else _UPGRADE,
                )
                for c in left
            ],
            validate_only=False,
            min_version=1,
        )
        response = await client.ask_change(request)
        whole = (response.error_code, response.error_message)
        own = {r.feature: (r.error_code, r.error_message) for r in response.results or ()}
        return {
            place: own.get(c.name, whole) if whole[0] == 0 else whole
            for place, c in enumerate(left)
        }

    return await in_turn(client, changes, ask, lambda _: right("ALTER", "cluster"))


async def unregister_brokers(
    client: KafkaClient, changes: Sequence[UnregisterBroker]
) -> list[ChangeError]:
    """Unregister brokers, each by its own request; return the result of each."""

    async def ask(left: Sequence[UnregisterBroker]) -> Mapping[int, tuple[int, str | None]]:
        found: dict[int, tuple[int, str | None]] = {}
        for place, change in enumerate(left):
            response = await client.ask_change(UnregisterBrokerRequest(broker_id=change.broker))
            found[place] = (response.error_code, response.error_message)
        return found

    return await in_turn(client, changes, ask, lambda _: right("ALTER", "cluster"))


async def _levels(client: KafkaClient) -> dict[str, int]:
    request = ApiVersionsRequest(
        client_software_name="steward",
        client_software_version="1",
        max_version=FEATURES_REQUEST_VERSION,
    )
    response = await client.ask_any(request)
    raise_for(response.error_code, what="ApiVersions", acl="")
    return {f.name: f.finalized for f in features_of(response)}
