"""Kafka's errors in the terms of the model: retriable, denied, and the missing ACL."""

import os
import re
import ssl
from collections.abc import Iterable
from typing import Any, cast

from kafka import errors as kafka_errors

from steward.model.command import Hint, steward
from steward.model.error import (
    BrokerRefused,
    ClusterUnreachable,
    ConfigurationError,
    DeadlineExceeded,
    NotAuthorized,
    NotSupported,
    StewardError,
)
from steward.model.unknown import Unknown, Why

NONE = 0
UNKNOWN_TOPIC_OR_PARTITION = 3
INVALID_TOPIC_EXCEPTION = 17
NOT_LEADER_OR_FOLLOWER = 6
COORDINATOR_LOAD_IN_PROGRESS = 14
NOT_COORDINATOR = 16
TOPIC_AUTHORIZATION_FAILED = 29
GROUP_AUTHORIZATION_FAILED = 30
CLUSTER_AUTHORIZATION_FAILED = 31
UNSUPPORTED_VERSION = 35
TRANSACTIONAL_ID_AUTHORIZATION_FAILED = 53
SECURITY_DISABLED = 54
KAFKA_STORAGE_ERROR = 56
GROUP_ID_NOT_FOUND = 69
OFFSET_NOT_AVAILABLE = 78
RESOURCE_NOT_FOUND = 91
UNKNOWN_TOPIC_ID = 100
TRANSACTIONAL_ID_NOT_FOUND = 105

DENIALS = frozenset({29, 30, 31, 53, 65})
"""Codes that mean: not authorized."""

RETRIABLE = frozenset({5, 6, 7, 9, 13, 14, 15, 16, 41, 72, 74, 75, 78, 88, 89})
"""Codes after which a retry, later or at another broker, may succeed.

LEADER_NOT_AVAILABLE, NOT_LEADER_OR_FOLLOWER, REQUEST_TIMED_OUT, REPLICA_NOT_AVAILABLE, NETWORK_EXCEPTION,
COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR, NOT_CONTROLLER, LISTENER_NOT_FOUND,
FENCED_LEADER_EPOCH, UNKNOWN_LEADER_EPOCH, OFFSET_NOT_AVAILABLE, UNSTABLE_OFFSET_COMMIT,
THROTTLING_QUOTA_EXCEEDED.
"""

_kafka_errors = cast("Any", kafka_errors)
_ERRNO = re.compile(r"\b(\d+) E[A-Z]+\Z")
_UNRECOGNIZED = "UNKNOWN"
"""kafka-python's name for an unknown error code."""
_RENAMED = {
    -1: "UNKNOWN_SERVER_ERROR",
    6: "NOT_LEADER_OR_FOLLOWER",
    10: "MESSAGE_TOO_LARGE",
    17: "INVALID_TOPIC_EXCEPTION",
    35: "UNSUPPORTED_VERSION",
    39: "INVALID_REPLICA_ASSIGNMENT",
    128: "INVALID_REGULAR_EXPRESSION",
    129: "REBOOTSTRAP_REQUIRED",
    130: "STREAMS_INVALID_TOPOLOGY",
    131: "STREAMS_INVALID_TOPOLOGY_EPOCH",
    132: "STREAMS_TOPOLOGY_FENCED",
    133: "SHARE_SESSION_LIMIT_REACHED",
    134: "GROUP_DELETION_FAILED",
    135: "STREAMS_TOPOLOGY_DESCRIPTION_UPDATE_FAILED",
    136: "CONTROLLER_ID_NOT_REGISTERED",
}
"""Kafka's own names where kafka-python has none or a different one. Source: Errors of Apache Kafka 4.4.0."""


def name_of(code: int) -> str:
    """Return Kafka's name of an error code, such as ``NOT_COORDINATOR``."""
    if code in _RENAMED:
        return _RENAMED[code]
    message = getattr(_kafka_errors.for_code(code), "message", None)
    return str(message) if message and message != _UNRECOGNIZED else f"error {code}"


def right(operation: str, resource: str, name: str = "") -> str:
    """Spell an ACL as steward prints it: ``DESCRIBE_CONFIGS on topic orders``."""
    return f"{operation} on {resource} {name}".rstrip()


def unknown_of_code(code: int, *, acl: str, message: str | None = None) -> Unknown:
    """Return why an object is unknown, from its broker's error code."""
    name = name_of(code)
    detail = f"{name}: {message}" if message else name
    if code in DENIALS:
        return Unknown(Why.DENIED, detail, acl)
    return Unknown(Why.LEADER_CHANGE if code == OFFSET_NOT_AVAILABLE else Why.REFUSED, detail)


def unknown_of(fault: StewardError) -> Unknown:
    """Convert a fault into the reason for a fact being unknown."""
    match fault:
        case NotAuthorized():
            return Unknown(Why.DENIED, fault.summary, fault.acl)
        case DeadlineExceeded():
            return Unknown(Why.TIMED_OUT, fault.summary)
        case ClusterUnreachable():
            return Unknown(Why.UNREACHABLE, fault.summary)
        case ConfigurationError():
            return Unknown(Why.NOT_CONFIGURED, fault.summary)
        case _:
            return Unknown(Why.REFUSED, fault.summary)


def raise_for(code: int, *, what: str, acl: str, message: str | None = None) -> None:
    """Raise the fault for an answer's error code; nothing for 0."""
    if code == NONE:
        return
    name = name_of(code)
    if code in DENIALS:
        raise NotAuthorized(f"{what}: not authorized, needs {acl}", acl=acl)
    if code == UNSUPPORTED_VERSION:
        raise NotSupported(f"{what}: this broker does not support the request")
    summary = f"{what}: {name}" + (f" ({message})" if message else "")
    raise BrokerRefused(summary, kafka_error=name)


MALFORMED_RESPONSE = (LookupError, ArithmeticError, TypeError, AttributeError)
"""Exceptions from reading an answer that decodes but is inconsistent, such as null where Kafka sends a list."""


def malformed_response(error: BaseException) -> StewardError:
    """Report an inconsistent answer."""
    return ClusterUnreachable(
        f"a broker sent a malformed response ({type(error).__name__}: {error})",
        remedy=Hint(
            "try again; if it persists, check proxies and load balancers between this machine and the brokers: ",
            steward("doctor"),
        ),
    )


def first_code(codes: Iterable[int]) -> int:
    """Return the first error code, 0 where there is none."""
    return next((code for code in codes if code != NONE), NONE)


def fault_of(error: BaseException, address: str) -> StewardError:
    """Convert an exception of kafka-python or the socket into a fault of the model.

    ``address`` is the broker as people know it, ``host:port`` or ``broker 2 (host:port)``.
    """
    match error:
        case StewardError():
            return error
        case kafka_errors.IncompatibleBrokerVersion():
            return NotSupported(f"{address}: {error}")
        case kafka_errors.SaslAuthenticationFailedError():
            return authentication_failed(address, str(error))
        case kafka_errors.UnsupportedSaslMechanismError() | kafka_errors.IllegalSaslStateError():
            return authentication_failed(address, str(error))
        case kafka_errors.RequestTimedOutError() | kafka_errors.KafkaTimeoutError():
            return DeadlineExceeded(f"{address} did not answer in time")
        case kafka_errors.KafkaProtocolError():
            return ClusterUnreachable(
                f"{address} sent bytes that are not a Kafka response",
                remedy=Hint(
                    "check that the port is a Kafka broker's listener: ", steward("doctor")
                ),
            )
        case ssl.SSLError():
            return ClusterUnreachable(
                f"{address}: TLS failed: {getattr(error, 'reason', None) or error}"
            )
        case _:
            return ClusterUnreachable(f"{address} is not reachable: {_reason(error)}")


def authentication_failed(address: str, reason: str) -> NotAuthorized:
    """Report failed authentication with the broker's reason, never the secret."""
    text = reason.rsplit(": ", 1)[-1].strip() or "the broker gave no reason"
    return NotAuthorized(
        f"authentication failed at {address}: {text}",
        acl="",
        remedy="check user name, password and SASL mechanism in the profile",
    )


def _reason(error: BaseException) -> str:
    text = str(error).removeprefix("KafkaConnectionError: ").strip()
    number = _ERRNO.search(text)
    if number is not None:
        return os.strerror(int(number[1])).lower()
    return text or type(error).__name__
