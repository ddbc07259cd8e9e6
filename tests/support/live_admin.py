"""Kafka's C client as administrator of a live sandbox: the other side of what the product reads."""

import time

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AclBinding as LiveAcl
from confluent_kafka.admin import (
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)

from steward.model.acl import AclBinding
from steward.model.connection import Connection

LIVE_TYPES = {
    "TOPIC": ResourceType.TOPIC,
    "GROUP": ResourceType.GROUP,
    "CLUSTER": ResourceType.BROKER,
    "TRANSACTIONAL_ID": ResourceType.TRANSACTIONAL_ID,
}

_NOT_YET = frozenset(
    {
        KafkaError.NOT_COORDINATOR,
        KafkaError.COORDINATOR_NOT_AVAILABLE,
        KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
        KafkaError.UNKNOWN_TOPIC_OR_PART,
    }
)


def client_settings(connection: Connection) -> dict[str, object]:
    """Write a connection as librdkafka wants it."""
    settings: dict[str, object] = {
        "bootstrap.servers": ",".join(connection.bootstrap_servers),
        "security.protocol": connection.security_protocol,
        "log_level": 0,
    }
    if connection.sasl_password is not None:
        settings |= {
            "sasl.mechanism": connection.sasl_mechanism,
            "sasl.username": connection.sasl_username,
            "sasl.password": connection.sasl_password.reveal(),
            "ssl.ca.location": connection.ssl_ca_file,
        }
    return settings


def admin_client(connection: Connection) -> AdminClient:
    """Connect as administrator."""
    return AdminClient(client_settings(connection))


def done(futures) -> dict[object, object]:
    """Wait for every answer; the first that failed is raised."""
    return {key: future.result(30) for key, future in futures.items()}


def commit(consumer: Consumer, offsets: list[TopicPartition]) -> None:
    """Commit; on a cluster that has just made its topic of offsets, as soon as the coordinator is there."""
    deadline = time.monotonic() + 60
    while True:
        try:
            consumer.commit(offsets=offsets, asynchronous=False)
        except KafkaException as fault:
            if fault.args[0].code() not in _NOT_YET or time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return


def create_acls(admin: AdminClient, acls: list[AclBinding]) -> None:
    """Create bindings."""
    done(admin.create_acls([_live(acl) for acl in dict.fromkeys(acls)]))


def remove_acls_of(admin: AdminClient, principals: tuple[str, ...]) -> None:
    """Remove every binding that names one of the principals."""
    anything = (ResourceType.ANY, None, ResourcePatternType.ANY)
    filters = [
        AclBindingFilter(*anything, p, None, AclOperation.ANY, AclPermissionType.ANY)
        for p in principals
    ]
    done(admin.delete_acls(filters))


def _live(acl: AclBinding) -> LiveAcl:
    return LiveAcl(
        LIVE_TYPES[acl.resource_type],
        acl.resource_name,
        ResourcePatternType[acl.pattern_type],
        acl.principal,
        acl.host,
        AclOperation[acl.operation],
        AclPermissionType[acl.permission],
    )
