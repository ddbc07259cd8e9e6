"""Kafka's requests: kafka-python's own, and those it lacks, defined in Kafka's schema format beside this file.

Messages are untyped from here on: a field is named as in Kafka's schema, in snake case.

Source: KIP-848 (ConsumerGroupDescribe), KIP-932 (ShareGroupDescribe, DescribeShareGroupOffsets),
KIP-1071 (StreamsGroupDescribe), KIP-631 (UnregisterBroker).
"""

# The load_json argument belongs to a metaclass that type checkers do not see.
# pyright: reportGeneralTypeIssues=false, reportCallIssue=false

from typing import Any, cast

from kafka.protocol import admin, metadata
from kafka.protocol.api_message import ApiMessage
from kafka.protocol.consumer import fetch, group, offsets
from kafka.protocol.producer import produce, transaction

_admin = cast("Any", admin)
_metadata = cast("Any", metadata)

AclOperation: Any = _admin.ACLOperation
AlterClientQuotasRequest: Any = _admin.AlterClientQuotasRequest
AlterPartitionReassignmentsRequest: Any = _admin.AlterPartitionReassignmentsRequest
AlterUserScramCredentialsRequest: Any = _admin.AlterUserScramCredentialsRequest
ApiVersionsRequest: Any = _metadata.ApiVersionsRequest
CreateAclsRequest: Any = _admin.CreateAclsRequest
CreatePartitionsRequest: Any = _admin.CreatePartitionsRequest
CreateTopicsRequest: Any = _admin.CreateTopicsRequest
DeleteAclsRequest: Any = _admin.DeleteAclsRequest
DeleteGroupsRequest: Any = _admin.DeleteGroupsRequest
DeleteRecordsRequest: Any = _admin.DeleteRecordsRequest
DeleteTopicsRequest: Any = _admin.DeleteTopicsRequest
DescribeAclsRequest: Any = _admin.DescribeAclsRequest
DescribeClientQuotasRequest: Any = _admin.DescribeClientQuotasRequest
DescribeClusterRequest: Any = _admin.DescribeClusterRequest
DescribeConfigsRequest: Any = _admin.DescribeConfigsRequest
DescribeGroupsRequest: Any = _admin.DescribeGroupsRequest
DescribeLogDirsRequest: Any = _admin.DescribeLogDirsRequest
DescribeProducersRequest: Any = _admin.DescribeProducersRequest
DescribeQuorumRequest: Any = _admin.DescribeQuorumRequest
DescribeTopicPartitionsRequest: Any = _admin.DescribeTopicPartitionsRequest
DescribeTransactionsRequest: Any = _admin.DescribeTransactionsRequest
DescribeUserScramCredentialsRequest: Any = _admin.DescribeUserScramCredentialsRequest
ElectLeadersRequest: Any = _admin.ElectLeadersRequest
FetchRequest = cast("Any", fetch.FetchRequest)
FindCoordinatorRequest: Any = _metadata.FindCoordinatorRequest
InitProducerIdRequest = cast("Any", transaction.InitProducerIdRequest)
IncrementalAlterConfigsRequest: Any = _admin.IncrementalAlterConfigsRequest
LeaveGroupRequest = cast("Any", group.LeaveGroupRequest)
ListConfigResourcesRequest: Any = _admin.ListConfigResourcesRequest
ListGroupsRequest: Any = _admin.ListGroupsRequest
ListOffsetsRequest = cast("Any", offsets.ListOffsetsRequest)
ListPartitionReassignmentsRequest: Any = _admin.ListPartitionReassignmentsRequest
ListTransactionsRequest: Any = _admin.ListTransactionsRequest
MetadataRequest: Any = _metadata.MetadataRequest
MetadataResponse: Any = _metadata.MetadataResponse
OffsetCommitRequest = cast("Any", group.OffsetCommitRequest)
OffsetFetchRequest = cast("Any", group.OffsetFetchRequest)
ProduceRequest = cast("Any", produce.ProduceRequest)
UpdateFeaturesRequest: Any = _admin.UpdateFeaturesRequest


_SCHEMAS = __name__
_KAFKA_PYTHONS = "kafka.protocol.schemas.resources"


class ConsumerGroupDescribeRequest(ApiMessage, load_json=_SCHEMAS):
    """Describe groups of the consumer protocol."""


class ConsumerGroupDescribeResponse(ApiMessage, load_json=_SCHEMAS):
    """Groups of the consumer protocol with members, epochs and assignments."""


class ShareGroupDescribeRequest(ApiMessage, load_json=_SCHEMAS):
    """Describe share groups."""


class ShareGroupDescribeResponse(ApiMessage, load_json=_SCHEMAS):
    """Share groups with members, epochs and assignments."""


class StreamsGroupDescribeRequest(ApiMessage, load_json=_SCHEMAS):
    """Describe groups of the streams protocol."""


class StreamsGroupDescribeResponse(ApiMessage, load_json=_SCHEMAS):
    """Streams groups with topology, members, epochs and tasks."""


class DescribeShareGroupOffsetsRequest(ApiMessage, load_json=_SCHEMAS):
    """Request the share-partition start offsets of share groups; null topics means all."""


class DescribeShareGroupOffsetsResponse(ApiMessage, load_json=_SCHEMAS):
    """Share-partition start offsets, with lag since version 1."""


class UnregisterBrokerRequest(ApiMessage, load_json=_SCHEMAS):
    """Unregister a broker."""


class UnregisterBrokerResponse(ApiMessage, load_json=_SCHEMAS):
    """Result of unregistering a broker."""


class OffsetDelete:
    """Deletion of committed offsets: kafka-python ships the schema without a message class."""

    class OffsetDeleteRequest(ApiMessage, load_json=_KAFKA_PYTHONS):
        """Delete committed offsets."""

    class OffsetDeleteResponse(ApiMessage, load_json=_KAFKA_PYTHONS):
        """Deleted offsets."""


class WriteTxnMarkers:
    """Ending transactions with markers: kafka-python ships the schema without a message class."""

    class WriteTxnMarkersRequest(ApiMessage, load_json=_KAFKA_PYTHONS):
        """End transactions on partitions."""

    class WriteTxnMarkersResponse(ApiMessage, load_json=_KAFKA_PYTHONS):
        """Where markers were written."""


OffsetDeleteRequest: Any = OffsetDelete.OffsetDeleteRequest
WriteTxnMarkersRequest: Any = WriteTxnMarkers.WriteTxnMarkersRequest
