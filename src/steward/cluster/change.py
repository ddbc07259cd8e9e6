"""The only access that changes a cluster; only the executor may open it."""

import threading
from collections.abc import Mapping, Sequence
from typing import Any, Self

from steward.cluster.adapters.changes import access, cluster, groups
from steward.cluster.adapters.changes import rights as changes_rights
from steward.cluster.adapters.changes import topics as plain
from steward.cluster.adapters.changes.requests import ChangeError
from steward.cluster.adapters.connections import KafkaClient
from steward.cluster.first_contact import open_client
from steward.model.change import (
    AbortTransaction,
    AlterConfigs,
    AlterGroupOffsets,
    AlterQuota,
    CancelReassignment,
    Change,
    CreateAcl,
    CreatePartitions,
    CreateTopic,
    CutRetention,
    DeleteAcl,
    DeleteGroup,
    DeleteGroupOffsets,
    DeleteRecords,
    DeleteScram,
    DeleteTopic,
    ElectLeader,
    ReassignPartition,
    RemoveMembers,
    UnregisterBroker,
    UpdateFeature,
    UpsertScram,
)
from steward.model.connection import Connection, Secret
from steward.model.error import NotAuthorized, NotSupported, StewardError

_PERFORMERS: Mapping[type[Change], Any] = {
    CreateTopic: plain.create_topics,
    DeleteTopic: plain.delete_topics,
    CreatePartitions: plain.create_partitions,
    AlterConfigs: plain.alter_configs,
    CutRetention: plain.cut_retention,
    CreateAcl: access.create_acls,
    DeleteAcl: access.delete_acls,
    AlterQuota: access.alter_quotas,
    DeleteScram: access.delete_scram,
    AlterGroupOffsets: groups.alter_offsets,
    DeleteGroupOffsets: groups.delete_offsets,
    DeleteGroup: groups.delete_groups,
    RemoveMembers: groups.remove_members,
    DeleteRecords: groups.delete_records,
    AbortTransaction: groups.abort_transactions,
    ElectLeader: cluster.elect_leaders,
    ReassignPartition: cluster.reassign_partitions,
    CancelReassignment: cluster.cancel_reassignments,
    UpdateFeature: cluster.update_features,
    UnregisterBroker: cluster.unregister_brokers,
}


def connect_changer(connection: Connection) -> "KafkaChanger":
    """Connect to a cluster and return its changer.

    Errors: ClusterUnreachable, NotAuthorized, ConfigurationError, before anything was changed.
    """
    return KafkaChanger(open_client(connection))


class KafkaChanger:
    """Changes a real cluster."""

    def __init__(self, client: KafkaClient) -> None:
        self._client = client
        self._one_at_a_time = threading.Lock()

    def perform(
        self, changes: Sequence[Change], passwords: Mapping[UpsertScram, Secret]
    ) -> tuple[StewardError | None, ...]:
        """Request changes of one kind in one request, and return the result of each; None: accepted.

        A fault that leaves open whether the change happened is DeadlineExceeded with ``may_have_happened``.
        """
        if not changes:
            return ()
        with self._one_at_a_time:
            try:
                return tuple(self._client.run(self._perform(changes, passwords)))
            except StewardError as fault:
                return (fault,) * len(changes)

    def denied(self, changes: Sequence[Change]) -> tuple[NotAuthorized | None, ...]:
        """Return the missing ACL of each change, None where none is missing or brokers do not report it.

        Errors: StewardError, where no broker answers.
        """
        with self._one_at_a_time:
            return tuple(self._client.run(changes_rights.denied(self._client, changes)))

    async def _perform(
        self, changes: Sequence[Change], passwords: Mapping[UpsertScram, Secret]
    ) -> list[ChangeError]:
        kind = type(changes[0])
        if kind is UpsertScram:
            wanted = [c for c in changes if isinstance(c, UpsertScram)]
            return await access.upsert_scram(self._client, wanted, passwords)
        performer = _PERFORMERS.get(kind)
        if performer is None:
            raise NotSupported(f"{changes[0].request} can be planned but not executed yet")
        return await performer(self._client, changes)

    def close(self) -> None:
        """Close every connection."""
        self._client.close()

    def __enter__(self) -> Self:
        """Use it as a context."""
        return self

    def __exit__(self, *exc: object) -> None:
        """Close it."""
        self.close()
