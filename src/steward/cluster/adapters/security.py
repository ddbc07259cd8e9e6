"""Converts a profile's security settings into a client's: reads files, hides secrets."""

import logging
import ssl
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from kafka.net.sasl.oauth import AbstractTokenProvider

from steward.model.connection import Connection, Secret
from steward.model.error import ConfigurationError
from steward.model.sasl import GSSAPI, OAUTHBEARER

_TOKEN_TIMEOUT_SECONDS = 30
_TOKEN_REUSE_SECONDS = 60
_LARGEST_RESPONSE_BYTES = 512 * 1024 * 1024


def silence_kafka_logger() -> None:
    """Silence kafka-python: at debug level it logs configuration and SASL bytes, including passwords."""
    logger = logging.getLogger("kafka")
    if not any(isinstance(handler, logging.NullHandler) for handler in logger.handlers):
        logger.addHandler(logging.NullHandler())
    logger.propagate = False
    logger.setLevel(logging.CRITICAL + 1)


def client_config(connection: Connection) -> dict[str, Any]:
    """Return kafka-python's settings for a profile.

    Errors: ConfigurationError names the setting or file, what was found and what was expected.
    """
    config: dict[str, Any] = {
        "client_id": connection.client_id,
        "client_software_name": "steward",
        "security_protocol": connection.security_protocol,
        "request_timeout_ms": int(connection.request_timeout_seconds * 1000),
        "receive_message_max_bytes": _LARGEST_RESPONSE_BYTES,
        # The adapter itself bounds what it sends; a full window would fail requests instead of delaying them.
        "max_in_flight_requests_per_connection": 1_000_000,
    }
    if connection.security_protocol.startswith("SASL"):
        config |= _sasl(connection)
    return config


def uses_tls(connection: Connection) -> bool:
    """Return whether the profile's protocol uses TLS."""
    return connection.security_protocol in ("SSL", "SASL_SSL")


def tls_context(connection: Connection) -> ssl.SSLContext:
    """Build the TLS context of a profile: its CA or the system's, and its own certificate.

    Errors: ConfigurationError for a file that is missing or not PEM, or a key with a wrong password.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = connection.ssl_check_hostname
    if connection.ssl_ca_file:
        path = _existing("ssl_ca_file", connection.ssl_ca_file, connection)
        try:
            context.load_verify_locations(path)
        except ssl.SSLError as error:
            raise _bad_file("ssl_ca_file", path, "PEM certificates", error) from error
    else:
        context.load_default_certs()
    if connection.ssl_cert_file:
        _load_own_certificate(context, connection, connection.ssl_cert_file)
    return context


def _load_own_certificate(context: ssl.SSLContext, connection: Connection, cert_file: str) -> None:
    cert = _existing("ssl_cert_file", cert_file, connection)
    key = None
    if connection.ssl_key_file:
        key = _existing("ssl_key_file", connection.ssl_key_file, connection)
    secret = connection.ssl_key_password
    try:
        # A callable, even for no password: OpenSSL would otherwise prompt on the terminal.
        context.load_cert_chain(cert, key, lambda: secret.reveal() if secret else "")
    except ssl.SSLError as error:
        expected = "a PEM certificate with its key, and the key's password if it is encrypted"
        raise _bad_file("ssl_cert_file", cert, expected, error) from error


def _sasl(connection: Connection) -> dict[str, Any]:
    """Return what kafka-python takes; that nothing is missing was checked where the profile was read."""
    config: dict[str, Any] = {"sasl_mechanism": connection.sasl_mechanism}
    if connection.sasl_mechanism == OAUTHBEARER:
        config["sasl_oauth_token_provider"] = _token_provider(connection)
    elif connection.sasl_mechanism == GSSAPI:
        _require_gssapi(connection)
        config["sasl_kerberos_service_name"] = connection.sasl_kerberos_service_name
        config["sasl_kerberos_domain_name"] = connection.sasl_kerberos_domain_name
    else:
        config["sasl_plain_username"] = connection.sasl_username
        password = connection.sasl_password
        config["sasl_plain_password"] = None if password is None else password.reveal()
    return config


_Provider = cast("Any", AbstractTokenProvider)


class TokenProvider(_Provider):
    """Provides kafka-python's OAuth token, renewed when it is a minute old."""

    def __init__(self, ask: Callable[[], Secret]) -> None:
        super().__init__()
        self._ask = ask
        self._token: Secret | None = None
        self._asked_at = 0.0

    def token(self) -> str:
        """Return the token itself."""
        now = time.monotonic()
        if self._token is None or now - self._asked_at > _TOKEN_REUSE_SECONDS:
            self._token, self._asked_at = self._ask(), now
        return self._token.reveal()


def _token_provider(connection: Connection) -> TokenProvider:
    token, command = connection.sasl_oauth_token, connection.sasl_oauth_token_command
    if token is not None:
        return TokenProvider(lambda: token)
    return TokenProvider(lambda: _token_of_command(command))


def _token_of_command(command: tuple[str, ...]) -> Secret:
    """Run the profile's token command; its output never appears in an error message."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_TOKEN_TIMEOUT_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        failure = (
            f"exit code {error.returncode}"
            if isinstance(error, subprocess.CalledProcessError)
            else type(error).__name__
        )
        raise ConfigurationError(
            f"sasl_oauth_token_command {command[0]!r} failed: {failure}",
            remedy="run the command by hand; it must print only the token",
        ) from None
    return Secret(done.stdout.strip())


def _require_gssapi(connection: Connection) -> None:
    try:
        import gssapi  # pyright: ignore  # noqa: F401
    except (ImportError, OSError):
        raise ConfigurationError(
            f"profile {connection.name}: sasl_mechanism GSSAPI needs the Python package gssapi",
            remedy="pip install gssapi; it needs the system's Kerberos libraries",
        ) from None


def _existing(key: str, path: str, connection: Connection) -> str:
    if Path(path).is_file():
        return path
    raise ConfigurationError(
        f"profile {connection.name}: {key} {path} does not exist",
        remedy=f"correct {key} in the profile",
    )


def _bad_file(key: str, path: str, expected: str, error: ssl.SSLError) -> ConfigurationError:
    return ConfigurationError(
        f"{key} {path} cannot be read ({error.reason or 'not PEM'}); expected {expected}",
        remedy=f"correct {key} in the profile",
    )
