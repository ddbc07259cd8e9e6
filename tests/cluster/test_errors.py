"""What goes wrong, in the words of the model."""

import ssl

import pytest
from kafka import errors as kafka_errors

from steward.cluster.adapters.errors import (
    DENIALS,
    MALFORMED_RESPONSE,
    RETRIABLE,
    fault_of,
    malformed_response,
    name_of,
    raise_for,
    right,
    unknown_of,
    unknown_of_code,
)
from steward.model.error import (
    BrokerRefused,
    ClusterUnreachable,
    DeadlineExceeded,
    NotAuthorized,
    NotSupported,
)
from steward.model.unknown import Why


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (6, "NOT_LEADER_OR_FOLLOWER"),
        (15, "COORDINATOR_NOT_AVAILABLE"),
        (54, "SECURITY_DISABLED"),
        (31, "CLUSTER_AUTHORIZATION_FAILED"),
    ],
)
def test_names_are_kafkas(code: int, name: str) -> None:
    assert name_of(code) == name


def test_a_denied_object_names_the_exact_acl() -> None:
    why = unknown_of_code(29, acl=right("DESCRIBE_CONFIGS", "topic", "orders"))
    assert (why.why, why.acl) == (Why.DENIED, "DESCRIBE_CONFIGS on topic orders")
    assert str(why) == "not permitted: needs DESCRIBE_CONFIGS on topic orders"
    assert right("DESCRIBE", "cluster") == "DESCRIBE on cluster"


def test_a_whole_answer_denied() -> None:
    with pytest.raises(NotAuthorized) as caught:
        raise_for(31, what="DescribeAcls", acl="DESCRIBE on cluster")
    assert unknown_of(caught.value).acl == "DESCRIBE on cluster"
    with pytest.raises(NotSupported):
        raise_for(35, what="x", acl="")
    with pytest.raises(BrokerRefused, match="INVALID_REQUEST"):
        raise_for(42, what="x", acl="")
    raise_for(0, what="x", acl="")


@pytest.mark.parametrize(
    ("error", "kind", "why"),
    [
        (
            kafka_errors.KafkaConnectionError("111 ECONNREFUSED"),
            ClusterUnreachable,
            Why.UNREACHABLE,
        ),
        (kafka_errors.RequestTimedOutError("x"), DeadlineExceeded, Why.TIMED_OUT),
        (kafka_errors.KafkaProtocolError("x"), ClusterUnreachable, Why.UNREACHABLE),
        (kafka_errors.IncompatibleBrokerVersion("x"), NotSupported, Why.REFUSED),
        (kafka_errors.SaslAuthenticationFailedError("bad"), NotAuthorized, Why.DENIED),
        (ssl.SSLError(1, "x"), ClusterUnreachable, Why.UNREACHABLE),
        (OSError("x"), ClusterUnreachable, Why.UNREACHABLE),
    ],
)
def test_faults(error: Exception, kind: type, why: Why) -> None:
    fault = fault_of(error, "broker 1 (h:1)")
    assert type(fault) is kind
    assert "broker 1 (h:1)" in fault.summary
    assert "\n" not in fault.summary
    assert unknown_of(fault).why is why


def test_refused_connections_are_said_in_words() -> None:
    fault = fault_of(kafka_errors.KafkaConnectionError("111 ECONNREFUSED"), "h:1")
    assert fault.summary == "h:1 is not reachable: connection refused"


def test_no_denial_is_retried() -> None:
    assert not DENIALS & RETRIABLE


@pytest.mark.parametrize(
    "error", [TypeError("'NoneType' object is not iterable"), KeyError("orders"), IndexError("3")]
)
def test_an_answer_that_does_not_hold_together_is_a_fault_of_the_cluster(error: Exception) -> None:
    assert isinstance(error, MALFORMED_RESPONSE)
    fault = malformed_response(error)
    assert isinstance(fault, ClusterUnreachable)
    assert type(error).__name__ in fault.summary
    assert "\n" not in fault.summary
    assert unknown_of(fault).why is Why.UNREACHABLE


ERRORS_OF_KAFKA = """
-1:UNKNOWN_SERVER_ERROR 1:OFFSET_OUT_OF_RANGE 2:CORRUPT_MESSAGE 3:UNKNOWN_TOPIC_OR_PARTITION
4:INVALID_FETCH_SIZE 5:LEADER_NOT_AVAILABLE 6:NOT_LEADER_OR_FOLLOWER 7:REQUEST_TIMED_OUT
8:BROKER_NOT_AVAILABLE 9:REPLICA_NOT_AVAILABLE 10:MESSAGE_TOO_LARGE 11:STALE_CONTROLLER_EPOCH
12:OFFSET_METADATA_TOO_LARGE 13:NETWORK_EXCEPTION 14:COORDINATOR_LOAD_IN_PROGRESS
15:COORDINATOR_NOT_AVAILABLE 16:NOT_COORDINATOR 17:INVALID_TOPIC_EXCEPTION 18:RECORD_LIST_TOO_LARGE
19:NOT_ENOUGH_REPLICAS 20:NOT_ENOUGH_REPLICAS_AFTER_APPEND 21:INVALID_REQUIRED_ACKS
22:ILLEGAL_GENERATION 23:INCONSISTENT_GROUP_PROTOCOL 24:INVALID_GROUP_ID 25:UNKNOWN_MEMBER_ID
26:INVALID_SESSION_TIMEOUT 27:REBALANCE_IN_PROGRESS 28:INVALID_COMMIT_OFFSET_SIZE
29:TOPIC_AUTHORIZATION_FAILED 30:GROUP_AUTHORIZATION_FAILED 31:CLUSTER_AUTHORIZATION_FAILED
32:INVALID_TIMESTAMP 33:UNSUPPORTED_SASL_MECHANISM 34:ILLEGAL_SASL_STATE 35:UNSUPPORTED_VERSION
36:TOPIC_ALREADY_EXISTS 37:INVALID_PARTITIONS 38:INVALID_REPLICATION_FACTOR
39:INVALID_REPLICA_ASSIGNMENT 40:INVALID_CONFIG 41:NOT_CONTROLLER 42:INVALID_REQUEST
43:UNSUPPORTED_FOR_MESSAGE_FORMAT 44:POLICY_VIOLATION 45:OUT_OF_ORDER_SEQUENCE_NUMBER
46:DUPLICATE_SEQUENCE_NUMBER 47:INVALID_PRODUCER_EPOCH 48:INVALID_TXN_STATE
49:INVALID_PRODUCER_ID_MAPPING 50:INVALID_TRANSACTION_TIMEOUT 51:CONCURRENT_TRANSACTIONS
52:TRANSACTION_COORDINATOR_FENCED 53:TRANSACTIONAL_ID_AUTHORIZATION_FAILED 54:SECURITY_DISABLED
55:OPERATION_NOT_ATTEMPTED 56:KAFKA_STORAGE_ERROR 57:LOG_DIR_NOT_FOUND 58:SASL_AUTHENTICATION_FAILED
59:UNKNOWN_PRODUCER_ID 60:REASSIGNMENT_IN_PROGRESS 61:DELEGATION_TOKEN_AUTH_DISABLED
62:DELEGATION_TOKEN_NOT_FOUND 63:DELEGATION_TOKEN_OWNER_MISMATCH
64:DELEGATION_TOKEN_REQUEST_NOT_ALLOWED 65:DELEGATION_TOKEN_AUTHORIZATION_FAILED
66:DELEGATION_TOKEN_EXPIRED 67:INVALID_PRINCIPAL_TYPE 68:NON_EMPTY_GROUP 69:GROUP_ID_NOT_FOUND
70:FETCH_SESSION_ID_NOT_FOUND 71:INVALID_FETCH_SESSION_EPOCH 72:LISTENER_NOT_FOUND
73:TOPIC_DELETION_DISABLED 74:FENCED_LEADER_EPOCH 75:UNKNOWN_LEADER_EPOCH
76:UNSUPPORTED_COMPRESSION_TYPE 77:STALE_BROKER_EPOCH 78:OFFSET_NOT_AVAILABLE 79:MEMBER_ID_REQUIRED
80:PREFERRED_LEADER_NOT_AVAILABLE 81:GROUP_MAX_SIZE_REACHED 82:FENCED_INSTANCE_ID
83:ELIGIBLE_LEADERS_NOT_AVAILABLE 84:ELECTION_NOT_NEEDED 85:NO_REASSIGNMENT_IN_PROGRESS
86:GROUP_SUBSCRIBED_TO_TOPIC 87:INVALID_RECORD 88:UNSTABLE_OFFSET_COMMIT
89:THROTTLING_QUOTA_EXCEEDED 90:PRODUCER_FENCED 91:RESOURCE_NOT_FOUND 92:DUPLICATE_RESOURCE
93:UNACCEPTABLE_CREDENTIAL 94:INCONSISTENT_VOTER_SET 95:INVALID_UPDATE_VERSION
96:FEATURE_UPDATE_FAILED 97:PRINCIPAL_DESERIALIZATION_FAILURE 98:SNAPSHOT_NOT_FOUND
99:POSITION_OUT_OF_RANGE 100:UNKNOWN_TOPIC_ID 101:DUPLICATE_BROKER_REGISTRATION
102:BROKER_ID_NOT_REGISTERED 103:INCONSISTENT_TOPIC_ID 104:INCONSISTENT_CLUSTER_ID
105:TRANSACTIONAL_ID_NOT_FOUND 106:FETCH_SESSION_TOPIC_ID_ERROR 107:INELIGIBLE_REPLICA
108:NEW_LEADER_ELECTED 109:OFFSET_MOVED_TO_TIERED_STORAGE 110:FENCED_MEMBER_EPOCH
111:UNRELEASED_INSTANCE_ID 112:UNSUPPORTED_ASSIGNOR 113:STALE_MEMBER_EPOCH
114:MISMATCHED_ENDPOINT_TYPE 115:UNSUPPORTED_ENDPOINT_TYPE 116:UNKNOWN_CONTROLLER_ID
117:UNKNOWN_SUBSCRIPTION_ID 118:TELEMETRY_TOO_LARGE 119:INVALID_REGISTRATION
120:TRANSACTION_ABORTABLE 121:INVALID_RECORD_STATE 122:SHARE_SESSION_NOT_FOUND
123:INVALID_SHARE_SESSION_EPOCH 124:FENCED_STATE_EPOCH 125:INVALID_VOTER_KEY 126:DUPLICATE_VOTER
127:VOTER_NOT_FOUND 128:INVALID_REGULAR_EXPRESSION 129:REBOOTSTRAP_REQUIRED
130:STREAMS_INVALID_TOPOLOGY 131:STREAMS_INVALID_TOPOLOGY_EPOCH 132:STREAMS_TOPOLOGY_FENCED
133:SHARE_SESSION_LIMIT_REACHED 134:GROUP_DELETION_FAILED
135:STREAMS_TOPOLOGY_DESCRIPTION_UPDATE_FAILED 136:CONTROLLER_ID_NOT_REGISTERED
"""
"""Every code of Apache Kafka 4.4.0 and its name (Errors)."""


def test_every_code_has_kafkas_own_name_and_a_later_one_is_shown_as_its_number() -> None:
    codes = {int(code): name for code, name in (one.split(":") for one in ERRORS_OF_KAFKA.split())}
    assert {code: name_of(code) for code in codes} == codes
    assert name_of(max(codes) + 1) == f"error {max(codes) + 1}"
