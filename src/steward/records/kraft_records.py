"""Records of the KRaft metadata log, decoded by name, with secrets hidden.

A record's value is a frame version, an api key and a version, each a varint, then the message (MetadataRecordSerde).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from struct import error
from typing import Any

from steward.model.names import TopicPartition
from steward.model.redaction import HIDDEN
from steward.records.compact_fields import decode, fields_of
from steward.records.record_heads import unsigned_varint

METADATA_TOPIC = "__cluster_metadata"
METADATA_PARTITION = TopicPartition(METADATA_TOPIC, 0)
_FRAME_VERSION = 1
_RECORDS: Mapping[int, tuple[str, str]] = {
    0: (
        "REGISTER_BROKER_RECORD",
        (
            "brokerId:int32 isMigratingZkBroker:bool@2 incarnationId:uuid brokerEpoch:int64 "
            "endPoints:[](name:string host:string port:uint16 securityProtocol:int16) "
            "features:[](name:string minSupportedVersion:int16 maxSupportedVersion:int16) rack:string "
            "fenced:bool inControlledShutdown:bool@1 logDirs:[]uuid@3~0"
        ),
    ),
    1: ("UNREGISTER_BROKER_RECORD", "brokerId:int32 brokerEpoch:int64"),
    2: ("TOPIC_RECORD", "name:string topicId:uuid"),
    3: (
        "PARTITION_RECORD",
        (
            "partitionId:int32 topicId:uuid replicas:[]int32 isr:[]int32 removingReplicas:[]int32 "
            "addingReplicas:[]int32 leader:int32 leaderRecoveryState:int8~0 leaderEpoch:int32 "
            "partitionEpoch:int32 directories:[]uuid@1 eligibleLeaderReplicas:[]int32@2~1 "
            "lastKnownElr:[]int32@2~2"
        ),
    ),
    4: ("CONFIG_RECORD", "resourceType:int8 resourceName:string name:string value:string"),
    5: (
        "PARTITION_CHANGE_RECORD",
        (
            "partitionId:int32 topicId:uuid isr:[]int32~0 leader:int32~1 replicas:[]int32~2 "
            "removingReplicas:[]int32~3 addingReplicas:[]int32~4 leaderRecoveryState:int8~5 "
            "directories:[]uuid@1~8 eligibleLeaderReplicas:[]int32@2~6 lastKnownElr:[]int32@2~7"
        ),
    ),
    7: ("FENCE_BROKER_RECORD", "id:int32 epoch:int64"),
    8: ("UNFENCE_BROKER_RECORD", "id:int32 epoch:int64"),
    9: ("REMOVE_TOPIC_RECORD", "topicId:uuid"),
    10: (
        "DELEGATION_TOKEN_RECORD",
        (
            "owner:string requester:string renewers:[]string issueTimestamp:int64 maxTimestamp:int64 "
            "expirationTimestamp:int64 tokenId:string"
        ),
    ),
    11: (
        "USER_SCRAM_CREDENTIAL_RECORD",
        "name:string mechanism:int8 salt:bytes storedKey:bytes serverKey:bytes iterations:int32",
    ),
    12: ("FEATURE_LEVEL_RECORD", "name:string featureLevel:int16"),
    14: (
        "CLIENT_QUOTA_RECORD",
        "entity:[](entityType:string entityName:string) key:string value:float64 remove:bool",
    ),
    15: ("PRODUCER_IDS_RECORD", "brokerId:int32 brokerEpoch:int64 nextProducerId:int64"),
    17: (
        "BROKER_REGISTRATION_CHANGE_RECORD",
        (
            "brokerId:int32 brokerEpoch:int64 fenced:int8~0 inControlledShutdown:int8@1~1 "
            "logDirs:[]uuid@2~2 cordonedLogDirs:[]uuid@3~3"
        ),
    ),
    18: (
        "ACCESS_CONTROL_ENTRY_RECORD",
        (
            "id:uuid resourceType:int8 resourceName:string patternType:int8 principal:string host:string "
            "operation:int8 permissionType:int8"
        ),
    ),
    19: ("REMOVE_ACCESS_CONTROL_ENTRY_RECORD", "id:uuid"),
    20: ("NO_OP_RECORD", ""),
    21: ("ZK_MIGRATION_STATE_RECORD", "zkMigrationState:int8"),
    22: ("REMOVE_USER_SCRAM_CREDENTIAL_RECORD", "name:string mechanism:int8"),
    23: ("BEGIN_TRANSACTION_RECORD", "name:string~0"),
    24: ("END_TRANSACTION_RECORD", ""),
    25: ("ABORT_TRANSACTION_RECORD", "reason:string~0"),
    26: ("REMOVE_DELEGATION_TOKEN_RECORD", "tokenId:string"),
    27: (
        "REGISTER_CONTROLLER_RECORD",
        (
            "controllerId:int32 incarnationId:uuid zkMigrationReady:bool endPoints:[](name:string "
            "host:string port:uint16 securityProtocol:int16) features:[](name:string "
            "minSupportedVersion:int16 maxSupportedVersion:int16)"
        ),
    ),
    28: ("CLEAR_ELR_RECORD", "topicName:string"),
}
"""By api key: the name of a record and its fields. Source: the metadata messages of Apache Kafka."""
_CONTROL_VALUES: Mapping[int, str] = {
    2: (
        "version:int16 leaderId:int32 voters:[](voterId:int32 voterDirectoryId:uuid@1) "
        "grantingVoters:[](voterId:int32 voterDirectoryId:uuid@1)"
    ),
    3: "version:int16 lastContainedLogTimestamp:int64",
    4: "version:int16",
    5: "version:int16 kRaftVersion:int16",
    6: (
        "version:int16 voters:[](voterId:int32 voterDirectoryId:uuid endpoints:[](name:string "
        "host:string port:uint16) kRaftVersionFeature:(minSupportedVersion:int16 "
        "maxSupportedVersion:int16))"
    ),
}
"""By type of control record: the fields of its value, whose version is its first field."""
_SECRETS = frozenset({"salt", "storedKey", "serverKey"})
_SECRET_SETTING = re.compile(
    r"(?i)(password|passwd|secret|jaas|credential|token|keystore\.key|private)"
)


@dataclass(frozen=True, slots=True)
class KraftRecord:
    """A decoded record: Kafka's name of it, its version, its fields as Kafka spells them."""

    type: str
    version: int
    data: Mapping[str, Any]


def kraft_record(value: bytes | None) -> KraftRecord | str:
    """Decode the value of a metadata record, or return why it cannot be decoded."""
    view = memoryview(value or b"")
    try:
        frame, at = unsigned_varint(view, 0)
        key, at = unsigned_varint(view, at)
        version, at = unsigned_varint(view, at)
        if frame != _FRAME_VERSION:
            return f"frame version {frame} is unknown"
        known = _RECORDS.get(key)
        if known is None:
            return f"the type of record {key} is unknown: a newer version of Kafka wrote it"
        name, fields = known
        data, _ = decode(fields_of(fields), version, view, at)
    except (IndexError, ValueError, error):
        return "it is no metadata record"
    return KraftRecord(name, version, _without_secrets(name, data))


def control_value(kind: int, value: bytes | None) -> Mapping[str, Any] | None:
    """Decode the value of a control record of the quorum; None for another type, or where it cannot be decoded."""
    fields = _CONTROL_VALUES.get(kind)
    if fields is None or value is None or len(value) < 2:
        return None
    version = int.from_bytes(value[:2], "big")
    try:
        return decode(fields_of(fields), version, memoryview(value), 0)[0]
    except (IndexError, ValueError, error):
        return None


def _without_secrets(name: str, data: dict[str, Any]) -> dict[str, Any]:
    shown = {key: HIDDEN if key in _SECRETS else value for key, value in data.items()}
    if name == _RECORDS[4][0] and _SECRET_SETTING.search(str(data.get("name", ""))):
        shown["value"] = HIDDEN
    return shown
