"""What configuration may hold: profiles, thresholds, waivers; each key once, with its meaning."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from steward.model.connection import Environment
from steward.model.doc import Doc
from steward.model.drift import DriftMode
from steward.model.lag import OBJECTIVE_SECONDS
from steward.model.partition_limits import APPROVAL_PARTITIONS, MOST_PARTITIONS
from steward.model.sasl import SASL_MECHANISMS

PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
ENVIRONMENTS = tuple(e.value for e in Environment)
RECEIVER_KINDS = ("webhook", "alertmanager", "slack")
DRIFT_MODES = tuple(m.value for m in DriftMode)
SEVERITIES = ("info", "low", "medium", "high", "critical")


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One cluster as ``[profiles.NAME]`` of steward.toml describes it."""

    bootstrap_servers: Annotated[str, Doc("HOST:PORT, several with commas", metavar="HOST:PORT")]
    environment: Annotated[
        str, Doc("what the cluster is for; without it, production", choices=ENVIRONMENTS)
    ] = "production"
    security_protocol: Annotated[str, Doc("how to talk to brokers", choices=PROTOCOLS)] = (
        "PLAINTEXT"
    )
    sasl_mechanism: Annotated[str, Doc("how to authenticate", choices=SASL_MECHANISMS)] = ""
    sasl_username: Annotated[str, Doc("user of PLAIN and SCRAM")] = ""
    sasl_password_env: Annotated[str, Doc("environment variable that holds the password")] = ""
    sasl_password_file: Annotated[str, Doc("file that holds the password, on its first line")] = ""
    sasl_password_command: Annotated[
        tuple[str, ...], Doc("program and arguments that print the password")
    ] = ()
    sasl_oauth_token_env: Annotated[str, Doc("environment variable with an OAUTHBEARER token")] = ""
    sasl_oauth_token_file: Annotated[str, Doc("file with an OAUTHBEARER token")] = ""
    sasl_oauth_token_command: Annotated[
        tuple[str, ...], Doc("program and arguments that print an OAUTHBEARER token")
    ] = ()
    sasl_kerberos_service_name: Annotated[str, Doc("service name of GSSAPI")] = "kafka"
    sasl_kerberos_domain_name: Annotated[str, Doc("domain name of GSSAPI")] = ""
    ssl_ca_file: Annotated[str, Doc("PEM file of the authority that signed the brokers")] = ""
    ssl_cert_file: Annotated[str, Doc("PEM file of the client's certificate (mTLS)")] = ""
    ssl_key_file: Annotated[str, Doc("PEM file of the client's key (mTLS)")] = ""
    ssl_key_password_env: Annotated[str, Doc("environment variable with the key's password")] = ""
    ssl_key_password_file: Annotated[str, Doc("file with the key's password")] = ""
    ssl_check_hostname: Annotated[bool, Doc("whether a certificate must name its host")] = True
    proxy_url: Annotated[str, Doc("SOCKS5 proxy, socks5://HOST:PORT")] = ""
    request_timeout_seconds: Annotated[float, Doc("seconds to wait for an answer")] = 30.0
    connect_timeout_seconds: Annotated[float, Doc("seconds to wait for a connection")] = 10.0
    cluster_id: Annotated[str, Doc("expected cluster id: another cluster is refused")] = ""
    metrics: Annotated[dict[str, str], Doc("Prometheus endpoint of each broker, by broker id")] = (
        field(default_factory=dict[str, str])
    )
    connect: Annotated[
        tuple[str, ...], Doc("REST addresses of the clusters of Kafka Connect workers that use it")
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
    read_only: Annotated[bool, Doc("whether steward refuses to change this cluster at all")] = False
    protected: Annotated[
        tuple[str, ...], Doc("names or patterns of objects that only safe changes may touch")
    ] = ()
    maintenance_windows: Annotated[
        tuple[str, ...],
        Doc("the only times, UTC, for changes that disturb, such as `sat,sun 02:00-06:00`; none: any time"),
    ] = ()  # fmt: skip
    max_partitions_per_topic: Annotated[
        int, Doc("partitions that a topic may be given before a person has to agree")
    ] = APPROVAL_PARTITIONS
    most_partitions_per_topic: Annotated[
        int, Doc("partitions above which a topic is refused; 9,000 and more always are")
    ] = MOST_PARTITIONS
    max_disruptive_steps: Annotated[int, Doc("disruptive steps that one plan may hold")] = 1_000
    max_destructive_steps: Annotated[int, Doc("destructive steps that one plan may hold")] = 20
    max_destroyed_bytes: Annotated[
        int, Doc("bytes on disk of topics that one plan may take data from; 0: no limit")
    ] = 0
    max_moved_partitions: Annotated[int, Doc("partitions that one plan may move")] = 10_000
    max_moved_bytes: Annotated[
        int, Doc("bytes that moves of one plan may copy between brokers; 0: no limit")
    ] = 0
    principal: Annotated[
        str,
        Doc("whom steward acts as, User:NAME, where sasl_username does not say it: nothing shuts it out unasked"),
    ] = ""  # fmt: skip
    allowed_programs: Annotated[
        tuple[str, ...],
        Doc("absolute paths of the programs that plans may run on this machine, such as for passwordFrom: {command}; "
            "in production no others run"),
    ] = ()  # fmt: skip
    policies: Annotated[
        tuple[str, ...],
        Doc("files or folders of Policy and Waiver documents that every plan is judged by; relative to this file"),
    ] = ()  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverSetting:
    """One ``[[waivers]]`` entry."""

    check: Annotated[str, Doc("name of the check")]
    object: Annotated[str, Doc("object as findings name it, such as `topic orders`; * for all")]
    reason: Annotated[str, Doc("why it is accepted")]
    expires: Annotated[str, Doc("last day on which it holds, YYYY-MM-DD")]
    accepted_by: Annotated[str, Doc("who accepted it")] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftSetting:
    """One ``[[drift]]`` entry: manifests that `steward serve` compares with a cluster, and what it does about drift."""

    cluster: Annotated[str, Doc("profile of the cluster")]
    manifests: Annotated[
        tuple[str, ...], Doc("files or folders of manifests; relative to this file")
    ]
    interval_seconds: Annotated[float, Doc("seconds between two comparisons")] = 300.0
    mode: Annotated[
        str,
        Doc("report: metrics and an alert; propose: a plan is kept, too; enforce: what the guard simply allows and "
            "destroys nothing is carried out", choices=DRIFT_MODES),
    ] = "report"  # fmt: skip
    topics: Annotated[str, Doc("mode of topics; without it, mode", choices=DRIFT_MODES)] = ""
    acls: Annotated[str, Doc("mode of ACLs; without it, mode", choices=DRIFT_MODES)] = ""
    quotas: Annotated[str, Doc("mode of quotas; without it, mode", choices=DRIFT_MODES)] = ""
    users: Annotated[
        str, Doc("mode of users; report or propose: no credential is enforced", choices=DRIFT_MODES)
    ] = ""
    authorizer_logs: Annotated[
        tuple[str, ...],
        Doc("logs of the brokers' authorizer (kafka.authorizer.logger at DEBUG) on this machine, to tell by whom"),
    ] = ()  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSettings:
    """``[store]``: where steward remembers, and for how long."""

    url: Annotated[
        str,
        Doc("database, sqlite:////PATH or postgresql+psycopg://USER@HOST/DATABASE; without it, a file in the "
            "state directory"),
    ] = ""  # fmt: skip
    url_env: Annotated[str, Doc("environment variable that holds the url, with its password")] = ""
    url_file: Annotated[str, Doc("file that holds the url, on its first line")] = ""
    url_command: Annotated[tuple[str, ...], Doc("program and arguments that print the url")] = ()
    keep_looks_hours: Annotated[float, Doc("hours for which every look is kept")] = 24.0
    keep_minutes_days: Annotated[
        float, Doc("days for which older looks are kept, merged by the minute")
    ] = 7.0
    keep_days: Annotated[
        float, Doc("days for which the rest is kept, merged by ten minutes; then it is deleted")
    ] = 90.0
    max_megabytes: Annotated[
        int, Doc("size at which the oldest history is deleted before its time, in 1,000,000 bytes")
    ] = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeSettings:
    """``[serve]``: what the daemon collects, how often, and where it answers."""

    clusters: Annotated[
        tuple[str, ...], Doc("profiles to collect; without it, all that are configured")
    ] = ()
    listen: Annotated[
        str, Doc("where to answer; others than this machine need a token", metavar="HOST:PORT")
    ] = "127.0.0.1:9642"
    allowed_hosts: Annotated[
        tuple[str, ...],
        Doc(
            "further host names that requests may be addressed to, where only this machine is served"
        ),
    ] = ()
    token_env: Annotated[str, Doc("environment variable that holds the bearer token")] = ""
    token_file: Annotated[str, Doc("file that holds the token, on its first line")] = ""
    token_command: Annotated[
        tuple[str, ...], Doc("program and arguments that print the token")
    ] = ()
    interval_seconds: Annotated[float, Doc("seconds between two looks at a cluster")] = 10.0
    timestamp_budget: Annotated[
        int,
        Doc("partitions that a look may ask for the record at a time, to narrow lag in seconds"),
    ] = 2_000
    lift_quarantines: Annotated[
        bool, Doc("whether a topic whose quarantine is over is opened again; otherwise it is told")
    ] = False
    partition_series: Annotated[
        bool, Doc("whether metrics hold a series for each group and partition")
    ] = True


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertSettings:
    """``[alerts]``: what counts as bad, and what is told again."""

    objective_seconds: Annotated[float, Doc("lag that a group may have, seconds")] = (
        OBJECTIVE_SECONDS
    )
    ok_ratio: Annotated[
        float,
        Doc(
            "share of the objective up to which the status of a group that is behind is ok, not lagging"
        ),
    ] = 0.2
    allowed_catch_up_seconds: Annotated[
        float, Doc("a lag that falls and is over within so many seconds is not told")
    ] = 300.0
    good_minutes_ratio: Annotated[
        float, Doc("share of minutes in which a group keeps its objective; burn rates are of the rest")
    ] = 0.99  # fmt: skip
    clear_ratio: Annotated[
        float, Doc("share of the objective below which a lag counts as over")
    ] = 0.8
    clear_ticks: Annotated[int, Doc("looks in a row that have to find it well")] = 3
    loss_within_seconds: Annotated[
        float, Doc("data loss is imminent when retention overtakes a group within so many seconds")
    ] = 3600.0
    unknown_pending_seconds: Annotated[
        float, Doc("seconds for which something has to be unknown before it is told")
    ] = 60.0
    under_min_isr_pending_seconds: Annotated[
        float, Doc("seconds for which a partition has to be under min.insync.replicas")
    ] = 30.0
    repeat_seconds: Annotated[
        float, Doc("what still fires is told again after so many seconds")
    ] = 14400.0
    off: Annotated[tuple[str, ...], Doc("rules that are not judged")] = ()
    link: Annotated[str, Doc("where people find this steward, for links in messages")] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertOverride:
    """One ``[[alerts.override]]`` entry; of several that match a group the first holds."""

    group: Annotated[str, Doc("name of a group, or a regular expression matched whole")]
    cluster: Annotated[str, Doc("profile that it is about; without it, all")] = ""
    objective_seconds: Annotated[float | None, Doc("lag that the group may have, seconds")] = None
    allowed_catch_up_seconds: Annotated[
        float | None, Doc("a lag that falls and is over within so many seconds is not told")
    ] = None
    off: Annotated[tuple[str, ...], Doc("rules that say nothing about the group")] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertReceiver:
    """One ``[[alerts.receiver]]`` entry."""

    name: Annotated[str, Doc("what messages and metrics call it")]
    kind: Annotated[str, Doc("in which shape it is told", choices=RECEIVER_KINDS)]
    url: Annotated[str, Doc("where it is, http:// or https://, if that is no secret")] = ""
    url_env: Annotated[str, Doc("environment variable that holds the url")] = ""
    url_file: Annotated[str, Doc("file that holds the url, on its first line")] = ""
    url_command: Annotated[tuple[str, ...], Doc("program and arguments that print the url")] = ()
    authorization_env: Annotated[
        str, Doc("environment variable with the value of the Authorization header")
    ] = ""
    authorization_file: Annotated[str, Doc("file with the value of the Authorization header")] = ""
    authorization_command: Annotated[
        tuple[str, ...], Doc("program and arguments that print the value of the Authorization header")
    ] = ()  # fmt: skip
    headers: Annotated[dict[str, str], Doc("further headers, by name; no secrets")] = field(
        default_factory=dict[str, str]
    )
    timeout_seconds: Annotated[float, Doc("seconds that one attempt may take")] = 10.0
    ssl_ca_file: Annotated[str, Doc("PEM file of the authority that signed its certificate")] = ""
    least_severity: Annotated[str, Doc("what is less is not told to it", choices=SEVERITIES)] = (
        "info"
    )
    clusters: Annotated[tuple[str, ...], Doc("profiles that it is told of; without it, all")] = ()
    rules: Annotated[tuple[str, ...], Doc("rules that it is told of; without it, all")] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that configuration says, from one file, with where it came from.

    ``ignored`` says of each file that was found and left alone why.
    """

    profiles: Mapping[str, Profile]
    default_profile: str
    thresholds: Mapping[str, Any]
    waivers: tuple[WaiverSetting, ...]
    source: str
    warnings: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    store: StoreSettings = StoreSettings()
    serve: ServeSettings = ServeSettings()
    alerts: AlertSettings = AlertSettings()
    alert_overrides: tuple[AlertOverride, ...] = ()
    alert_receivers: tuple[AlertReceiver, ...] = ()
    drifts: tuple[DriftSetting, ...] = ()


def environment_variables() -> tuple[tuple[str, str], ...]:
    """Return the environment variables that count, with their meaning."""
    return (
        ("STEWARD_CONFIG", "configuration file, as --config"),
        ("STEWARD_CLUSTER", "profile, as --cluster"),
        ("STEWARD_BOOTSTRAP_SERVERS", "brokers, as --bootstrap-server"),
        (
            "STEWARD_TRUSTED_DIRECTORIES",
            "folders, separated by colons, whose configuration is used whoever owns it; * for all",
        ),
        ("STEWARD_STATE_DIR", "where history, alerts, sandboxes and other state lie"),
        ("STEWARD_CACHE_DIR", "where Apache Kafka's jars lie"),
        ("NO_COLOR", "no colour in text"),
    )
