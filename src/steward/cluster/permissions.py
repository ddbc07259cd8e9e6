"""ACLs that each part of a snapshot needs: pure data."""

from collections.abc import Mapping
from dataclasses import dataclass

from steward.model.snapshot import Part

CLUSTER = "kafka-cluster"


@dataclass(frozen=True, slots=True, order=True)
class Right:
    """One ALLOW that the observer's principal needs, in the spelling of ``AclBinding``.

    ``resource_name`` is ``*`` for all of a type, ``kafka-cluster`` for the cluster; ``request`` is the Kafka
    request that needs it, ``why`` what is unknown without it.
    """

    operation: str
    resource_type: str
    resource_name: str
    why: str
    request: str

    @property
    def is_on_cluster(self) -> bool:
        """Whether the ACL is on the cluster itself."""
        return self.resource_type == "CLUSTER"


def _cluster(operation: str, why: str, request: str) -> Right:
    return Right(operation, "CLUSTER", CLUSTER, why, request)


def _topics(operation: str, why: str, request: str) -> Right:
    return Right(operation, "TOPIC", "*", why, request)


def _groups(operation: str, why: str, request: str) -> Right:
    return Right(operation, "GROUP", "*", why, request)


_LIST_TOPICS = _topics(
    "DESCRIBE", "topics that may not be described are silently missing", "Metadata"
)
_LIST_GROUPS = _cluster(
    "DESCRIBE", "groups that may not be described are silently missing", "ListGroups"
)
_CONTROLLER = _cluster("DESCRIBE", "which controller is active", "DescribeQuorum")

RIGHTS: Mapping[Part, tuple[Right, ...]] = {
    Part.IDENTITY: (_CONTROLLER,),
    Part.BROKERS: (_CONTROLLER,),
    Part.QUORUM: (_cluster("DESCRIBE", "voters, observers and their lag", "DescribeQuorum"),),
    Part.TOPICS: (_LIST_TOPICS,),
    Part.TOPIC_CONFIGS: (
        _LIST_TOPICS,
        _topics("DESCRIBE_CONFIGS", "configurations of topics", "DescribeConfigs"),
    ),
    Part.BROKER_CONFIGS: (
        _cluster("DESCRIBE_CONFIGS", "configurations of brokers", "DescribeConfigs"),
    ),
    Part.BROKER_LOGGERS: (
        _cluster("DESCRIBE_CONFIGS", "log levels of brokers", "DescribeConfigs"),
    ),
    Part.GROUP_CONFIGS: (
        _LIST_GROUPS,
        _groups("DESCRIBE_CONFIGS", "configurations of groups", "DescribeConfigs"),
    ),
    Part.CLIENT_METRICS: (
        _cluster("DESCRIBE_CONFIGS", "client metrics subscriptions", "ListConfigResources"),
    ),
    Part.LOG_DIRS: (
        _cluster("DESCRIBE", "log directories and sizes of replicas", "DescribeLogDirs"),
    ),
    Part.REASSIGNMENTS: (
        _cluster("DESCRIBE", "partitions being reassigned", "ListPartitionReassignments"),
    ),
    Part.OFFSETS: (
        _LIST_TOPICS,
        _topics("DESCRIBE", "start and end offsets", "ListOffsets"),
    ),
    Part.MAX_TIMESTAMPS: (
        _LIST_TOPICS,
        _topics("DESCRIBE", "largest timestamps of partitions", "ListOffsets"),
    ),
    Part.GROUPS: (
        _LIST_GROUPS,
        _groups("DESCRIBE", "members and assignments of groups", "DescribeGroups"),
        _topics("DESCRIBE", "groups that read such topics", "ConsumerGroupDescribe"),
    ),
    Part.GROUP_OFFSETS: (
        _LIST_GROUPS,
        _groups("DESCRIBE", "committed offsets", "OffsetFetch"),
        _topics("DESCRIBE", "commits on such topics are silently missing", "OffsetFetch"),
    ),
    Part.ACLS: (_cluster("DESCRIBE", "ACL bindings", "DescribeAcls"),),
    Part.QUOTAS: (_cluster("DESCRIBE_CONFIGS", "client quotas", "DescribeClientQuotas"),),
    Part.USERS: (_cluster("DESCRIBE", "SCRAM users", "DescribeUserScramCredentials"),),
    Part.TRANSACTIONS: (
        Right(
            "DESCRIBE",
            "TRANSACTIONAL_ID",
            "*",
            "transactional ids that may not be described are silently missing",
            "ListTransactions",
        ),
    ),
    Part.PRODUCERS: (
        _LIST_TOPICS,
        _topics("READ", "active producers of partitions", "DescribeProducers"),
    ),
    Part.SAMPLES: (
        _LIST_TOPICS,
        _topics("READ", "headers of stored batches", "Fetch"),
    ),
    Part.KEYS: (
        _LIST_TOPICS,
        _topics("READ", "whether records have keys", "Fetch"),
    ),
    Part.METRICS: (),
}
"""The ACLs of every part. METRICS comes from an endpoint beside Kafka and needs none."""
