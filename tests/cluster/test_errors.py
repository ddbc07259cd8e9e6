"""What goes wrong, in the words of the model."""

import ssl

import pytest
from kafka import errors as kafka_errors

from steward.cluster.adapters.errors import (
    DENIALS,
    RETRIABLE,
    SENSELESS,
    fault_of,
    name_of,
    raise_for,
    right,
    senseless,
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
    assert isinstance(error, SENSELESS)
    fault = senseless(error)
    assert isinstance(fault, ClusterUnreachable)
    assert type(error).__name__ in fault.summary
    assert "\n" not in fault.summary
    assert unknown_of(fault).why is Why.UNREACHABLE
