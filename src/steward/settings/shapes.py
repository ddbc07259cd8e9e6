"""All settings: profiles, thresholds, waivers; each key once, with its meaning."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from steward.model.connection import Environment
from steward.model.doc import Doc
from steward.model.drift import DriftMode
from steward.model.lag import OBJECTIVE_SECONDS
from steward.model.partition_limits import CONFIRM_ABOVE_PARTITIONS, REFUSE_ABOVE_PARTITIONS
from steward.model.sasl import SASL_MECHANISMS

PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
ENVIRONMENTS = tuple(e.value for e in Environment)
RECEIVER_KINDS = ("webhook", "alertmanager", "slack")
DRIFT_MODES = tuple(m.value for m in DriftMode)
SEVERITIES = ("info", "low", "medium", "high", "critical")


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One cluster, ``[profiles.NAME]`` in steward.toml."""

    bootstrap_servers: Annotated[
        str, Doc("HOST:PORT, several separated by commas", metavar="HOST:PORT")
    ]
    environment: Annotated[
        str, Doc("environment of the cluster; production if not set", choices=ENVIRONMENTS)
    ] = "production"
    security_protocol: Annotated[
        str, Doc("protocol for connections to brokers", choices=PROTOCOLS)
    ] = "PLAINTEXT"
    sasl_mechanism: Annotated[str, Doc("authentication mechanism", choices=SASL_MECHANISMS)] = ""
    sasl_username: Annotated[str, Doc("user name for PLAIN and SCRAM")] = ""
    sasl_password_env: Annotated[str, Doc("environment variable with the password")] = ""
    sasl_password_file: Annotated[str, Doc("file with the password, on its first line")] = ""
    sasl_password_command: Annotated[
        tuple[str, ...], Doc("program and arguments that print the password")
    ] = ()
    sasl_oauth_token_env: Annotated[str, Doc("environment variable with an OAUTHBEARER token")] = ""
    sasl_oauth_token_file: Annotated[str, Doc("file with an OAUTHBEARER token")] = ""
    sasl_oauth_token_command: Annotated[
        tuple[str, ...], Doc("program and arguments that print an OAUTHBEARER token")
    ] = ()
    sasl_kerberos_service_name: Annotated[str, Doc("service name for GSSAPI")] = "kafka"
    sasl_kerberos_domain_name: Annotated[str, Doc("domain name for GSSAPI")] = ""
    ssl_ca_file: Annotated[str, Doc("PEM file of the CA that signed the brokers' certificates")] = (
        ""
    )
    ssl_cert_file: Annotated[str, Doc("PEM file of the client's certificate (mTLS)")] = ""
    ssl_key_file: Annotated[str, Doc("PEM file of the client's key (mTLS)")] = ""
    ssl_key_password_env: Annotated[str, Doc("environment variable with the key's password")] = ""
    ssl_key_password_file: Annotated[str, Doc("file with the key's password")] = ""
    ssl_check_hostname: Annotated[bool, Doc("whether the certificate must match the host name")] = (
        True
    )
    proxy_url: Annotated[str, Doc("SOCKS5 proxy, socks5://HOST:PORT")] = ""
    request_timeout_seconds: Annotated[float, Doc("timeout for an answer, seconds")] = 30.0
    connect_timeout_seconds: Annotated[float, Doc("timeout for a connection, seconds")] = 10.0
    cluster_id: Annotated[str, Doc("expected cluster id: steward refuses any other cluster")] = ""
    metrics: Annotated[dict[str, str], Doc("Prometheus endpoint of each broker, by broker id")] = (
        field(default_factory=dict[str, str])
    )
    connect: Annotated[
        tuple[str, ...], Doc("REST addresses of the Kafka Connect clusters that use this cluster")
    ] = ()
    connect_authorization_env: Annotated[
        str, Doc("environment variable with the value of Connect's Authorization header")
    ] = ""
    schema_registry: Annotated[str, Doc("REST address of its schema registry")] = ""
    schema_registry_authorization_env: Annotated[
        str, Doc("environment variable with the value of the registry's Authorization header")
    ] = ""
    criticality: Annotated[
        dict[str, str], Doc("critical, standard or ephemeral, by topic name or pattern")
    ] = field(default_factory=dict[str, str])
    read_only: Annotated[bool, Doc("whether steward refuses every change to this cluster")] = False
    protected: Annotated[
        tuple[str, ...], Doc("names or patterns of objects that only safe changes may affect")
    ] = ()
    maintenance_windows: Annotated[
        tuple[str, ...],
        Doc("time windows for disruptive changes, UTC, such as `sat,sun 02:00-06:00`; none: any time"),
    ] = ()  # fmt: skip
    max_partitions_per_topic: Annotated[
        int, Doc("partitions per topic above which confirmation is required")
    ] = CONFIRM_ABOVE_PARTITIONS
    most_partitions_per_topic: Annotated[
        int,
        Doc(
            "partitions per topic above which a change is blocked; 9,000 or more are always blocked"
        ),
    ] = REFUSE_ABOVE_PARTITIONS
    max_disruptive_steps: Annotated[int, Doc("maximum number of disruptive steps in a plan")] = (
        1_000
    )
    max_destructive_steps: Annotated[int, Doc("maximum number of destructive steps in a plan")] = 20
    max_destroyed_bytes: Annotated[
        int, Doc("maximum bytes on disk of the topics that a plan deletes data from; 0: no limit")
    ] = 0
    max_moved_partitions: Annotated[int, Doc("maximum number of partitions that a plan moves")] = (
        10_000
    )
    max_moved_bytes: Annotated[
        int, Doc("maximum bytes that a plan copies between brokers; 0: no limit")
    ] = 0
    principal: Annotated[
        str,
        Doc("steward's own principal, User:NAME, if sasl_username does not give it; locking it out needs confirmation"),
    ] = ""  # fmt: skip
    allowed_programs: Annotated[
        tuple[str, ...],
        Doc("absolute paths of the programs that plans may run on this machine, such as for passwordFrom: {command}; "
            "in production no other program runs"),
    ] = ()  # fmt: skip
    policies: Annotated[
        tuple[str, ...],
        Doc("files or folders of Policy and Waiver documents that apply to every plan; relative to this file"),
    ] = ()  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverSetting:
    """One ``[[waivers]]`` entry."""

    check: Annotated[str, Doc("name of the check")]
    object: Annotated[str, Doc("object as findings name it, such as `topic orders`; * for all")]
    reason: Annotated[str, Doc("reason")]
    expires: Annotated[str, Doc("last valid day, YYYY-MM-DD")]
    accepted_by: Annotated[str, Doc("who accepted it")] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftSetting:
    """One ``[[drift]]`` entry: manifests that `steward serve` compares with a cluster, and its reaction to drift."""

    cluster: Annotated[str, Doc("profile of the cluster")]
    manifests: Annotated[
        tuple[str, ...], Doc("files or folders of manifests; relative to this file")
    ]
    interval_seconds: Annotated[float, Doc("interval of comparisons, seconds")] = 300.0
    mode: Annotated[
        str,
        Doc("report: metrics and an alert; propose: also save a plan; enforce: also execute the steps that need no "
            "confirmation and are not destructive", choices=DRIFT_MODES),
    ] = "report"  # fmt: skip
    topics: Annotated[str, Doc("mode of topics; default: mode", choices=DRIFT_MODES)] = ""
    acls: Annotated[str, Doc("mode of ACLs; default: mode", choices=DRIFT_MODES)] = ""
    quotas: Annotated[str, Doc("mode of quotas; default: mode", choices=DRIFT_MODES)] = ""
    users: Annotated[
        str,
        Doc(
            "mode of users; report or propose: credentials are never enforced", choices=DRIFT_MODES
        ),
    ] = ""
    authorizer_logs: Annotated[
        tuple[str, ...],
        Doc("logs of the brokers' authorizer (kafka.authorizer.logger at DEBUG) on this machine: who changed what"),
    ] = ()  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSettings:
    """``[store]``: where steward stores its data, and for how long."""

    url: Annotated[
        str,
        Doc("database, sqlite:////PATH or postgresql+psycopg://USER@HOST/DATABASE; default: a file in the "
            "state directory"),
    ] = ""  # fmt: skip
    url_env: Annotated[str, Doc("environment variable with the url, including its password")] = ""
    url_file: Annotated[str, Doc("file with the url, on its first line")] = ""
    url_command: Annotated[tuple[str, ...], Doc("program and arguments that print the url")] = ()
    keep_looks_hours: Annotated[float, Doc("hours for which every sample is kept")] = 24.0
    keep_minutes_days: Annotated[
        float, Doc("days for which older samples are kept, merged per minute")
    ] = 7.0
    keep_days: Annotated[
        float,
        Doc("days for which older samples are kept, merged per ten minutes; then they are deleted"),
    ] = 90.0
    max_megabytes: Annotated[
        int, Doc("size above which the oldest history is deleted early, in 1,000,000 bytes")
    ] = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupSettings:
    """``[backup]``: where backups of topics are stored, and the keys that sign their manifests."""

    location: Annotated[
        str,
        Doc("directory, s3://BUCKET/PREFIX, gs://BUCKET/PREFIX or az://ACCOUNT/CONTAINER/PREFIX; default: the "
            "directory backups in the state directory"),
    ] = ""  # fmt: skip
    signing_key_file: Annotated[
        str, Doc("PEM file of the Ed25519 private key that signs the manifest of each run")
    ] = ""
    public_key_file: Annotated[
        str, Doc("PEM file of the Ed25519 public key that verification requires of every manifest")
    ] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeSettings:
    """``[serve]``: what the daemon collects, how often, and where it listens."""

    clusters: Annotated[
        tuple[str, ...], Doc("profiles to collect; default: all configured ones")
    ] = ()
    listen: Annotated[
        str,
        Doc(
            "address to listen on; addresses that other machines can reach require a token",
            metavar="HOST:PORT",
        ),
    ] = "127.0.0.1:9642"
    allowed_hosts: Annotated[
        tuple[str, ...],
        Doc("additional host names accepted in requests, while only this machine can connect"),
    ] = ()
    token_env: Annotated[str, Doc("environment variable with the bearer token")] = ""
    token_file: Annotated[str, Doc("file with the token, on its first line")] = ""
    token_command: Annotated[
        tuple[str, ...], Doc("program and arguments that print the token")
    ] = ()
    interval_seconds: Annotated[float, Doc("poll interval of a cluster, seconds")] = 10.0
    timestamp_budget: Annotated[
        int,
        Doc(
            "maximum number of partitions per poll for timestamp queries, which narrow lag in seconds"
        ),
    ] = 2_000
    lift_quarantines: Annotated[
        bool,
        Doc("whether a topic is unblocked when its quarantine ends; otherwise an alert reports it"),
    ] = False
    partition_series: Annotated[
        bool, Doc("whether metrics include a series per group and partition")
    ] = True


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertSettings:
    """``[alerts]``: thresholds, and how often alerts repeat."""

    objective_seconds: Annotated[float, Doc("lag objective, seconds")] = OBJECTIVE_SECONDS
    ok_ratio: Annotated[
        float,
        Doc("share of the objective up to which the status of a lagging group is ok"),
    ] = 0.2
    allowed_catch_up_seconds: Annotated[
        float, Doc("a decreasing lag that will be gone within this time is not reported, seconds")
    ] = 300.0
    good_minutes_ratio: Annotated[
        float, Doc("share of minutes in which a group meets its objective; the rest is its error budget")
    ] = 0.99  # fmt: skip
    clear_ratio: Annotated[float, Doc("share of the objective below which a lag alert ends")] = 0.8
    clear_ticks: Annotated[
        int, Doc("consecutive polls that must find it well before the alert ends")
    ] = 3
    loss_within_seconds: Annotated[
        float,
        Doc("data loss is imminent when retention overtakes a group within this time, seconds"),
    ] = 3600.0
    unknown_pending_seconds: Annotated[
        float, Doc("how long something must be unknown before it is reported, seconds")
    ] = 60.0
    under_min_isr_pending_seconds: Annotated[
        float,
        Doc(
            "how long a partition must be below min.insync.replicas before it is reported, seconds"
        ),
    ] = 30.0
    repeat_seconds: Annotated[
        float, Doc("interval at which a firing alert is sent again, seconds")
    ] = 14400.0
    off: Annotated[tuple[str, ...], Doc("disabled rules")] = ()
    link: Annotated[str, Doc("URL of this steward, for links in messages")] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertOverride:
    """One ``[[alerts.override]]`` entry; the first one that matches a group applies."""

    group: Annotated[str, Doc("group name, or a regular expression that matches the whole name")]
    cluster: Annotated[str, Doc("profile it applies to; default: all")] = ""
    objective_seconds: Annotated[float | None, Doc("lag objective of the group, seconds")] = None
    allowed_catch_up_seconds: Annotated[
        float | None,
        Doc("a decreasing lag that will be gone within this time is not reported, seconds"),
    ] = None
    off: Annotated[tuple[str, ...], Doc("rules disabled for the group")] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertReceiver:
    """One ``[[alerts.receiver]]`` entry."""

    name: Annotated[str, Doc("name in messages and metrics")]
    kind: Annotated[str, Doc("message format", choices=RECEIVER_KINDS)]
    url: Annotated[str, Doc("URL, http:// or https://, if it is no secret")] = ""
    url_env: Annotated[str, Doc("environment variable with the url")] = ""
    url_file: Annotated[str, Doc("file with the url, on its first line")] = ""
    url_command: Annotated[tuple[str, ...], Doc("program and arguments that print the url")] = ()
    authorization_env: Annotated[
        str, Doc("environment variable with the value of the Authorization header")
    ] = ""
    authorization_file: Annotated[str, Doc("file with the value of the Authorization header")] = ""
    authorization_command: Annotated[
        tuple[str, ...], Doc("program and arguments that print the value of the Authorization header")
    ] = ()  # fmt: skip
    headers: Annotated[dict[str, str], Doc("additional headers, by name; no secrets")] = field(
        default_factory=dict[str, str]
    )
    timeout_seconds: Annotated[float, Doc("timeout of one attempt, seconds")] = 10.0
    ssl_ca_file: Annotated[str, Doc("PEM file of the CA that signed its certificate")] = ""
    least_severity: Annotated[str, Doc("minimum severity to send", choices=SEVERITIES)] = "info"
    clusters: Annotated[tuple[str, ...], Doc("profiles to send alerts of; default: all")] = ()
    rules: Annotated[tuple[str, ...], Doc("rules to send; default: all")] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings of one file, with the file's path.

    ``ignored`` gives the reason for each file that was found and ignored. ``local_time``: text shows times in
    the zone of the machine, not in UTC.
    """

    profiles: Mapping[str, Profile]
    default_profile: str
    thresholds: Mapping[str, Any]
    waivers: tuple[WaiverSetting, ...]
    source: str
    warnings: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    store: StoreSettings = StoreSettings()
    backup: BackupSettings = BackupSettings()
    serve: ServeSettings = ServeSettings()
    alerts: AlertSettings = AlertSettings()
    alert_overrides: tuple[AlertOverride, ...] = ()
    alert_receivers: tuple[AlertReceiver, ...] = ()
    drifts: tuple[DriftSetting, ...] = ()
    local_time: bool = False


def environment_variables() -> tuple[tuple[str, str], ...]:
    """Return the environment variables in use, with their meaning."""
    return (
        ("STEWARD_CONFIG", "configuration file, like --config"),
        (
            "STEWARD_CLUSTER",
            "profile or sandbox, like --cluster; --cluster and --bootstrap-server override it",
        ),
        ("STEWARD_BOOTSTRAP_SERVERS", "brokers, like --bootstrap-server"),
        (
            "STEWARD_TRUSTED_DIRECTORIES",
            "directories, separated by colons, whose configuration is trusted with any owner; * for all",
        ),
        ("STEWARD_STATE_DIR", "directory of history, alerts, sandboxes and other state"),
        ("STEWARD_CACHE_DIR", "directory of Apache Kafka's jars"),
        ("NO_COLOR", "disables colour in text output"),
    )
