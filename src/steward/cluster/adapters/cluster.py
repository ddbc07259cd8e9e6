"""The cluster's identity and its brokers: DescribeCluster, ApiVersions."""

from collections.abc import Iterable
from typing import Any

from steward.cluster.adapters.connections import KafkaClient
from steward.cluster.adapters.errors import raise_for, right, unknown_of
from steward.cluster.adapters.messages import (
    AclOperation,
    ApiVersionsRequest,
    DescribeClusterRequest,
)
from steward.cluster.version import kafka_version
from steward.model.broker import Broker
from steward.model.error import ClusterUnreachable, StewardError
from steward.model.quorum import ClusterIdentity, Feature
from steward.model.unknown import NotApplicable, Unknown

_FENCED_SINCE_VERSION = 2
_NO_FENCED = NotApplicable("fenced brokers are listed since Kafka 4.0 (KIP-1073)")
_NO_OPERATIONS = NotApplicable("the cluster does not report authorized operations")

FENCED = ClusterUnreachable("the broker is fenced: the controller receives no heartbeat from it")

FEATURES_REQUEST_VERSION = 4


def describe_cluster_request() -> Any:
    """Request all brokers, fenced ones included where the version allows it, and authorized operations."""
    return DescribeClusterRequest(
        include_cluster_authorized_operations=True,
        endpoint_type=1,
        include_fenced_brokers=True,
        min_version=0,
    )


async def read_cluster(client: KafkaClient) -> Any:
    """Describe the cluster and use its unfenced brokers for requests.

    Errors: NotAuthorized, BrokerRefused, ClusterUnreachable.
    """
    response = await client.ask_any(describe_cluster_request())
    check(response)
    learn(client, response)
    return response


def check(response: Any) -> None:
    """Raise the fault for a DescribeCluster error code."""
    acl = right("DESCRIBE", "cluster")
    raise_for(response.error_code, what="DescribeCluster", acl=acl, message=response.error_message)


def learn(client: KafkaClient, response: Any) -> None:
    """Return the unfenced brokers of a DescribeCluster response."""
    client.learn_brokers({b.broker_id: (b.host, b.port) for b in response.brokers if not fenced(b)})


def fenced(broker: Any) -> bool:
    """Return whether a listed broker is fenced; False where the version does not report it."""
    return bool(broker.is_fenced) if broker.version >= _FENCED_SINCE_VERSION else False


def operations(response: Any) -> frozenset[str] | NotApplicable:
    """Return the cluster operations that this principal is authorized for."""
    bits = response.authorized_operations
    if bits is None:
        return _NO_OPERATIONS
    known = {operation.value: operation.name for operation in AclOperation}
    known |= {15: "TWO_PHASE_COMMIT"}
    return frozenset(known[bit] for bit in bits if bit in known)


async def read_identity(
    client: KafkaClient, cluster: Any, controller: int | Unknown
) -> ClusterIdentity:
    """Read features and versions and identify the cluster; the quorum reports the controller, brokers do not."""
    request = ApiVersionsRequest(
        client_software_name="steward",
        client_software_version="1",
        max_version=FEATURES_REQUEST_VERSION,
    )
    response = await client.ask_any(request)
    raise_for(response.error_code, what="ApiVersions", acl="")
    features = features_of(response)
    ranges = {key.api_key: (key.min_version, key.max_version) for key in response.api_keys}
    return ClusterIdentity(
        cluster_id=cluster.cluster_id,
        controller_id=controller,
        kafka_version=kafka_version(ranges, {f.name: f.finalized for f in features}),
        features=features,
        operations=operations(cluster),
    )


def features_of(response: Any) -> tuple[Feature, ...]:
    """Return the supported features with their finalized levels, 0 where disabled."""
    finalized = {f.name: f.max_version_level for f in response.finalized_features or ()}
    return tuple(
        Feature(
            name=f.name,
            finalized=finalized.get(f.name, 0),
            supported_min=f.min_version,
            supported_max=f.max_version,
        )
        for f in sorted(response.supported_features or (), key=lambda f: f.name)
    )


def unreachable_brokers(cluster: Any, others: Iterable[int]) -> dict[int, Unknown]:
    """Give the reason for each broker that cannot be asked: fenced, or named only by replica lists."""
    gone = ClusterUnreachable("the broker is not registered with the cluster, or down")
    found = dict.fromkeys(others, unknown_of(gone))
    for broker in cluster.brokers:
        if fenced(broker):
            found[broker.broker_id] = unknown_of(FENCED)
        else:
            found.pop(broker.broker_id, None)
    return found


async def read_brokers(
    client: KafkaClient, cluster: Any, controller: int | Unknown
) -> tuple[Broker, ...]:
    """Return every registered broker with the requests that it supports."""
    versions = await client.all({broker: client.versions(broker) for broker in client.brokers})
    return tuple(
        Broker(
            id=b.broker_id,
            host=b.host,
            port=b.port,
            rack=b.rack,
            fenced=fenced(b) if b.version >= _FENCED_SINCE_VERSION else _NO_FENCED,
            is_controller=controller
            if isinstance(controller, Unknown)
            else b.broker_id == controller,
            api_versions=unknown_of(found) if isinstance(found, StewardError) else found,
        )
        for b in sorted(cluster.brokers, key=lambda b: b.broker_id)
        for found in (versions.get(b.broker_id, FENCED),)
    )
