"""Converts a profile into connection settings, with secrets fetched from where the profile says."""

import re
from collections.abc import Mapping

from steward.documents.files import path_of
from steward.model.connection import Connection, Environment
from steward.model.error import ConfigurationError
from steward.model.policy import Criticality
from steward.model.redaction import shown_url
from steward.model.sasl import OAUTHBEARER, PASSWORD_MECHANISMS, SASL_MECHANISMS
from steward.settings.secrets import secret_from
from steward.settings.shapes import Profile

_NUMBER = re.compile(r"[0-9]{1,9}")


def connection_of(name: str, profile: Profile, environ: Mapping[str, str]) -> Connection:
    """Convert a profile into connection settings, fetching its secrets.

    Errors: ConfigurationError for a missing secret, or settings that contradict each other.
    """
    password = secret_from(
        f"profile {name}: sasl_password",
        profile.sasl_password_env,
        profile.sasl_password_file,
        profile.sasl_password_command,
        environ,
    )
    token = secret_from(
        f"profile {name}: sasl_oauth_token",
        profile.sasl_oauth_token_env,
        profile.sasl_oauth_token_file,
        (),
        environ,
    )
    connection = Connection(
        name=name,
        bootstrap_servers=_addresses(profile.bootstrap_servers),
        environment=Environment(profile.environment),
        security_protocol=profile.security_protocol,
        sasl_mechanism=profile.sasl_mechanism or None,
        sasl_username=profile.sasl_username or None,
        sasl_password=password,
        sasl_kerberos_service_name=profile.sasl_kerberos_service_name,
        sasl_kerberos_domain_name=profile.sasl_kerberos_domain_name or None,
        sasl_oauth_token=token,
        sasl_oauth_token_command=profile.sasl_oauth_token_command,
        ssl_ca_file=_path(profile.ssl_ca_file),
        ssl_cert_file=_path(profile.ssl_cert_file),
        ssl_key_file=_path(profile.ssl_key_file),
        ssl_key_password=secret_from(
            f"profile {name}: ssl_key_password",
            profile.ssl_key_password_env,
            profile.ssl_key_password_file,
            (),
            environ,
        ),
        ssl_check_hostname=profile.ssl_check_hostname,
        proxy_url=profile.proxy_url or None,
        request_timeout_seconds=profile.request_timeout_seconds,
        connect_timeout_seconds=profile.connect_timeout_seconds,
        metrics={_broker_id(name, key): url for key, url in profile.metrics.items()},
        expected_cluster_id=profile.cluster_id or None,
    )
    check_authentication(connection)
    return connection


def check_authentication(connection: Connection) -> None:
    """Insist that a connection has what its SASL mechanism needs; the one place where that is judged.

    Errors: ConfigurationError.
    """
    if not connection.security_protocol.startswith("SASL"):
        return
    profile, mechanism = f"profile {connection.name}", connection.sasl_mechanism
    if mechanism not in SASL_MECHANISMS:
        raise ConfigurationError(
            f"{profile}: security_protocol {connection.security_protocol} needs a sasl_mechanism",
            remedy=f"set sasl_mechanism to one of {', '.join(SASL_MECHANISMS)}",
        )
    has_password = bool(connection.sasl_username) and connection.sasl_password is not None
    if mechanism in PASSWORD_MECHANISMS and not has_password:
        raise ConfigurationError(
            f"{profile}: {mechanism} needs a user and a password",
            remedy="set sasl_username and one of sasl_password_env, sasl_password_file, sasl_password_command",
        )
    has_token = bool(connection.sasl_oauth_token or connection.sasl_oauth_token_command)
    if mechanism == OAUTHBEARER and not has_token:
        raise ConfigurationError(
            f"{profile}: {mechanism} needs a token",
            remedy="set one of sasl_oauth_token_env, sasl_oauth_token_file, sasl_oauth_token_command",
        )


def criticality_setting(profile: Profile) -> Mapping[str, Criticality]:
    """Return the declared criticality of topics, by name or pattern."""
    found: dict[str, Criticality] = {}
    for pattern, level in profile.criticality.items():
        try:
            found[pattern] = Criticality(level)
        except ValueError:
            raise ConfigurationError(
                f"criticality of {pattern!r} is {level!r}",
                remedy="use critical, standard or ephemeral",
            ) from None
    return found


def own_principal(profile: Profile) -> str:
    """Return steward's own principal on a cluster, ``User:NAME``; empty where settings do not determine it."""
    if profile.principal:
        return profile.principal
    if profile.security_protocol == "PLAINTEXT":
        return "User:ANONYMOUS"
    named = profile.sasl_mechanism == "PLAIN" or profile.sasl_mechanism.startswith("SCRAM-")
    if profile.security_protocol.startswith("SASL_") and named and profile.sasl_username:
        return f"User:{profile.sasl_username}"
    return ""


def _addresses(text: str) -> tuple[str, ...]:
    addresses = tuple(part.strip() for part in text.split(",") if part.strip())
    for address in addresses:
        _, colon, port = address.rpartition(":")
        if not colon or not _NUMBER.fullmatch(port) or not 0 < int(port) < 65536:
            raise ConfigurationError(
                f"{shown_url(address)!r} is not a broker's address",
                remedy="write HOST:PORT, such as localhost:9092",
            )
    if not addresses:
        raise ConfigurationError("no bootstrap server given", remedy="set HOST:PORT")
    return addresses


def _broker_id(name: str, key: str) -> int:
    if not _NUMBER.fullmatch(key):
        raise ConfigurationError(
            f"profile {name}: metrics key {key!r} is not a broker id",
            remedy='write metrics = { "1" = "http://HOST:PORT/metrics" }',
        )
    return int(key)


def _path(text: str) -> str | None:
    return str(path_of(text)) if text else None
