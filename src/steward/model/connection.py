"""How to reach a cluster, and with which identity: the settings of a profile, secrets wrapped."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from steward.model.redaction import remember_secret, remember_url


class Environment(StrEnum):
    """What a cluster is for; without a declared environment it counts as production."""

    PRODUCTION = "production"
    STAGING = "staging"
    DEVELOPMENT = "development"


class Secret:
    """A password, token or key passphrase; only `reveal` returns it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value
        remember_secret(value)
        if "://" in value:
            remember_url(value)

    def reveal(self) -> str:
        """Return the secret itself; call it only to send it."""
        return self._value

    def __repr__(self) -> str:
        """Hide the value."""
        return "Secret(***)"

    __str__ = __repr__


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """Everything a client needs to connect.

    ``security_protocol``: PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL; ``sasl_mechanism``: PLAIN, SCRAM-SHA-256,
    SCRAM-SHA-512, OAUTHBEARER or GSSAPI; files are paths of PEM files. ``sasl_oauth_token_command`` is the argument
    list of a program that prints a token. ``metrics`` maps a broker id to its Prometheus endpoint.
    """

    name: str
    bootstrap_servers: tuple[str, ...]
    environment: Environment = Environment.PRODUCTION
    security_protocol: str = "PLAINTEXT"
    sasl_mechanism: str | None = None
    sasl_username: str | None = None
    sasl_password: Secret | None = None
    sasl_kerberos_service_name: str = "kafka"
    sasl_kerberos_domain_name: str | None = None
    sasl_oauth_token: Secret | None = None
    sasl_oauth_token_command: tuple[str, ...] = ()
    ssl_ca_file: str | None = None
    ssl_cert_file: str | None = None
    ssl_key_file: str | None = None
    ssl_key_password: Secret | None = None
    ssl_check_hostname: bool = True
    proxy_url: str | None = field(default=None, repr=False)
    client_id: str = "steward"
    request_timeout_seconds: float = 30.0
    connect_timeout_seconds: float = 10.0
    metrics: Mapping[int, str] = field(default_factory=dict[int, str], repr=False)
    expected_cluster_id: str | None = None
