"""The connection checks of one address: each returns what it found, or what is wrong and what to do."""

import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from steward.cluster.adapters.errors import name_of
from steward.cluster.connection_checks import probe
from steward.cluster.connection_checks.certificate import peer_certificate
from steward.model.connection import Connection
from steward.model.wording import duration

_ILLEGAL_SASL_STATE, _UNSUPPORTED_SASL_MECHANISM = 34, 33
_SECURE = {"PLAINTEXT": "SSL", "SASL_PLAINTEXT": "SASL_SSL"}
_PLAIN = {secure: plain for plain, secure in _SECURE.items()}
_EXPIRED, _HOSTNAME_MISMATCH, _IP_MISMATCH = 10, 62, 64
_KAFKA_PORT = "check that the port is a Kafka broker's listener"
_UNKNOWN_CA = (2, 18, 19, 20, 21)


class Failure(Exception):
    """A failed step; ``denied`` by the broker; ``may_pass``: a slow peer may still answer."""

    def __init__(
        self, detail: str, remedy: str, *, denied: bool = False, may_pass: bool = False
    ) -> None:
        super().__init__(detail)
        self.may_pass = may_pass
        self.detail = detail
        self.remedy = remedy
        self.denied = denied


@dataclass(frozen=True, slots=True)
class CheckedAddress:
    """An address to check and its name; ``broker`` is the broker that advertises it, if any."""

    host: str
    port: int
    connection: Connection
    context: ssl.SSLContext | None
    timeout_seconds: float
    broker: int | None = None

    @property
    def address(self) -> str:
        """The address as people write it."""
        return f"{self.host}:{self.port}"

    def __str__(self) -> str:
        """Its name."""
        return self.address if self.broker is None else f"broker {self.broker} ({self.address})"


def dns(target: CheckedAddress) -> str:
    """Resolve the host."""
    try:
        found = probe.resolve(target.host, target.port)
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise Failure(
            f"the host name {target.host} does not resolve: {reason}", _whose_name(target)
        ) from None
    return f"resolves to {', '.join(found)}"


def _whose_name(target: CheckedAddress) -> str:
    if target.broker is None:
        return "correct the host in bootstrap_servers, or this machine's DNS"
    return (
        f"broker {target.broker} advertises a name that this machine cannot resolve: "
        "correct its advertised.listeners, or add the name to this machine's DNS"
    )


def tcp(target: CheckedAddress) -> str:
    """Connect."""
    started = time.monotonic()
    try:
        with probe.dialled(target.host, target.port, target.timeout_seconds):
            return f"connected in {duration(time.monotonic() - started)}"
    except TimeoutError:
        raise Failure(
            f"no answer within {duration(target.timeout_seconds)}",
            f"{_where(target)}; a firewall may drop it",
            may_pass=True,
        ) from None
    except ConnectionRefusedError:
        raise Failure(
            "connection refused: nothing listens on this port",
            f"{_where(target)}; is the broker running?",
        ) from None
    except OSError as error:
        raise Failure(f"cannot connect: {error.strerror or error}", _where(target)) from None


def _where(target: CheckedAddress) -> str:
    if target.broker is None:
        return "check host and port in bootstrap_servers"
    return f"check advertised.listeners of broker {target.broker}"


def tls(target: CheckedAddress) -> str:
    """Do the TLS handshake and verify the server's certificate, or report why it is not trusted."""
    host, port, timeout = target.host, target.port, target.timeout_seconds
    try:
        with probe.opened(host, port, timeout, target.context) as stream:
            version = stream.version() if isinstance(stream, ssl.SSLSocket) else None
    except ssl.SSLCertVerificationError as error:
        raise _untrusted(target, error) from None
    except OSError as error:
        raise _no_handshake(target, error) from None
    return f"{version}, {peer_certificate(host, port, timeout) or 'no certificate'}"


def _untrusted(target: CheckedAddress, error: ssl.SSLCertVerificationError) -> Failure:
    seen = peer_certificate(target.host, target.port, target.timeout_seconds)
    ca = target.connection.ssl_ca_file
    trusted = f"ssl_ca_file {ca}" if ca else "the system's certificate store"
    reason = str(error.verify_message or error.reason).rstrip(".")
    if error.verify_code in _UNKNOWN_CA:
        return Failure(
            f"unknown CA: {trusted} does not include the issuer of the {seen or 'server certificate'}",
            "set ssl_ca_file in the profile to the CA that issued the server's certificate",
        )
    if error.verify_code in (_HOSTNAME_MISMATCH, _IP_MISMATCH):
        return Failure(
            f"the server's certificate is not valid for {target.host}: {seen or reason}",
            "connect by a name in the certificate, issue a certificate for this host, "
            "or set ssl_check_hostname = false in the profile",
        )
    if error.verify_code == _EXPIRED:
        return Failure(
            f"the server's certificate has expired: {seen or reason}",
            "renew the broker's certificate; if it is valid, check this machine's clock",
        )
    return Failure(
        f"the server's certificate is not trusted: {reason}", "check ssl_ca_file in the profile"
    )


def _no_handshake(target: CheckedAddress, error: OSError) -> Failure:
    host, port, timeout = target.host, target.port, target.timeout_seconds
    protocol = target.connection.security_protocol
    if probe.speaks_plain_kafka(host, port, timeout):
        return Failure(
            f"the listener speaks Kafka without TLS, but the profile says {protocol}",
            f"set security_protocol = {_PLAIN[protocol]} in the profile, or use the TLS listener's port",
        )
    if probe.speaks_http(host, port, timeout):
        return _http_failure()
    if _wants_certificate(error):
        return _certificate_wanted(target)
    if isinstance(error, TimeoutError):
        detail = f"the TLS handshake did not complete within {duration(timeout)}"
        return Failure(detail, _not_tls_remedy(target), may_pass=True)
    reason = getattr(error, "reason", None) or error.strerror
    return Failure(
        f"the TLS handshake failed: {reason or 'the server closed the connection'}",
        _not_tls_remedy(target),
    )


def _not_tls_remedy(target: CheckedAddress) -> str:
    return f"check that {target.address} is a TLS listener of a broker, and which TLS versions it allows"


def _http_failure() -> Failure:
    return Failure(
        "this is an HTTP server, not a Kafka broker",
        "use a broker's listener port in bootstrap_servers (often 9092), not the port of a web service",
    )


def _wants_certificate(error: OSError) -> bool:
    reason = str(getattr(error, "reason", None) or "")
    return "CERTIFICATE" in reason and "ALERT" in reason


def _certificate_wanted(target: CheckedAddress) -> Failure:
    if target.connection.ssl_cert_file:
        return Failure(
            f"the broker does not accept the certificate {target.connection.ssl_cert_file}",
            "use a certificate issued by a CA in the broker's trust store",
            denied=True,
        )
    return Failure(
        "the broker requires a client certificate",
        "set ssl_cert_file and ssl_key_file in the profile",
        denied=True,
    )


def kafka(target: CheckedAddress) -> str:
    """Request API versions, which every Kafka broker answers before login."""
    try:
        with _stream(target) as stream:
            versions = probe.api_versions(stream)
    except probe.NotKafka as other:
        raise _other_protocol(target, other.kind) from None
    except (probe.Closed, OSError) as error:
        raise _no_answer(target, error) from None
    if probe.METADATA not in versions:
        raise Failure(
            "this is a controller listener: it does not serve clients",
            "use a broker's listener in bootstrap_servers",
        )
    return f"Kafka broker, supports {len(versions)} request types"


def _stream(target: CheckedAddress):  # noqa: ANN202  (the probe's context manager as it is)
    return probe.opened(target.host, target.port, target.timeout_seconds, target.context)


def _other_protocol(target: CheckedAddress, kind: str) -> Failure:
    if kind == "http":
        return _http_failure()
    if kind == "tls":
        return _tls_expected(target)
    return Failure(
        "the server sent bytes that are not a Kafka response",
        _KAFKA_PORT,
    )


def _tls_expected(target: CheckedAddress) -> Failure:
    protocol = target.connection.security_protocol
    return Failure(
        f"the listener speaks TLS, but the profile says {protocol}",
        f"set security_protocol = {_SECURE[protocol]} in the profile (and ssl_ca_file for a private CA)",
    )


def _no_answer(target: CheckedAddress, error: Exception) -> Failure:
    host, port, timeout = target.host, target.port, target.timeout_seconds
    if isinstance(error, OSError) and _wants_certificate(error):
        return _certificate_wanted(target)
    if target.context is None:
        if probe.speaks_http(host, port, timeout):
            return _http_failure()
        if probe.speaks_tls(host, port, timeout):
            return _tls_expected(target)
    if isinstance(error, TimeoutError):
        said = f"connected, but nothing answered a Kafka request within {duration(timeout)}"
        return Failure(said, _KAFKA_PORT, may_pass=True)
    return Failure("the server closed the connection after a Kafka request", _KAFKA_PORT)


def sasl(target: CheckedAddress, log_in: Callable[[str, int], None]) -> str:
    """Offer the profile's mechanism, then log in with it."""
    mechanism = target.connection.sasl_mechanism or ""
    try:
        with _stream(target) as stream:
            answer = probe.sasl_handshake(stream, mechanism)
    except (probe.NotKafka, probe.Closed, OSError):
        raise Failure("the SASL handshake got no answer", "check the listener's protocol") from None
    offered = ", ".join(answer.mechanisms) or "none"
    if answer.error_code == _UNSUPPORTED_SASL_MECHANISM:
        raise Failure(
            f"the listener does not offer {mechanism}; it offers {offered}",
            f"set sasl_mechanism in the profile to one of: {offered}",
            denied=True,
        )
    if answer.error_code == _ILLEGAL_SASL_STATE:
        plain = target.connection.security_protocol.removeprefix("SASL_")
        wanted = {"SSL": "SSL", "PLAINTEXT": "PLAINTEXT"}[plain]
        raise Failure(
            "the listener does not use SASL",
            f"set security_protocol = {wanted} in the profile",
            denied=True,
        )
    if answer.error_code:
        raise Failure(
            f"the SASL handshake failed: {name_of(answer.error_code)}", "check the broker's log"
        )
    log_in(target.host, target.port)
    return f"authenticated with {mechanism}{_as_whom(target.connection)}; offered: {offered}"


def _as_whom(connection: Connection) -> str:
    return f" as {connection.sasl_username}" if connection.sasl_username else ""


def sasl_wanted(target: CheckedAddress) -> Failure | None:
    """Report that a listener requires SASL, if it does not answer and its handshake shows so."""
    try:
        with _stream(target) as stream:
            answer = probe.sasl_handshake(stream, "PLAIN")
    except (probe.NotKafka, probe.Closed, OSError):
        return None
    if answer.error_code == _ILLEGAL_SASL_STATE or not answer.mechanisms:
        return None
    protocol = target.connection.security_protocol
    return Failure(
        f"the listener requires SASL ({', '.join(answer.mechanisms)}), but the profile says {protocol}",
        f"set security_protocol = SASL_{protocol} and sasl_mechanism in the profile",
        denied=True,
    )


PLAIN_STEPS: Mapping[str, Callable[[CheckedAddress], str]] = {
    "dns": dns,
    "tcp": tcp,
    "tls": tls,
    "kafka": kafka,
}
"""The steps before login, in order."""
