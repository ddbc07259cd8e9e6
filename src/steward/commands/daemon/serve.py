"""The daemon: polls clusters, serves metrics and health over HTTP, stores history."""

import queue
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Annotated

from steward import __version__
from steward.commands.api.context import Context, target_of
from steward.commands.api.objectives import objectives_of
from steward.commands.api.registry import Answer, Capability, Notice, capability
from steward.commands.daemon.loops import loops_of
from steward.model.command import Hint, Phrase, steward
from steward.model.connection import Connection, Secret
from steward.model.doc import Doc
from steward.model.error import ConfigurationError, UsageError, shown_remedy
from steward.model.instant import Instant
from steward.model.redaction import sieved
from steward.model.snapshot import Part
from steward.settings.connecting import connection_of
from steward.settings.profiles import choose_profile
from steward.settings.secrets import secret_from
from steward.settings.shapes import Profile

if TYPE_CHECKING:  # columns, HTTP and the database: imported only when the daemon runs
    from steward.analysis.alerting.alert import Alert
    from steward.analysis.alerting.facts import TickFacts
    from steward.daemon.collection.loop import Fault, Watch
    from steward.daemon.collection.store_writer import StoreWriter
    from steward.daemon.server import Server

STOP_SECONDS = 8.0
"""Limit for a clean shutdown; supervisors allow ten seconds before they kill."""

_MOST_SECONDS = 10.0
"""Request timeout of the daemon: a broker that hangs must not delay its cluster's next poll."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeParams:
    """Listen address and poll interval; other settings are in [serve]."""

    listen: Annotated[
        str | None,
        Doc("listen here instead of [serve] listen; port 0: a free port", metavar="HOST:PORT"),
    ] = None
    interval: Annotated[
        float | None,
        Doc("poll interval, instead of [serve] interval_seconds", metavar="DURATION"),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeNotice:
    """One event in the daemon's log."""

    at: Instant
    event: Annotated[
        str,
        Doc(
            "serving, seen, broken, store_away, store_back, compared, drift, drift_broken, enforced, lifted, "
            "alert_firing, alert_resolved or stopped"
        ),
    ]
    cluster: Annotated[str | None, Doc("the cluster it concerns")]
    detail: str
    remedy: Annotated[Phrase, Doc("what to do; empty where no action is needed", wide=True)] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeReport:
    """The daemon's events, as they happen."""

    url: Annotated[str, Doc("base URL of /metrics, /healthz, /readyz")]
    notices: tuple[ServeNotice, ...]


Notices = queue.SimpleQueue[ServeNotice | None]
"""Safe to fill from a signal's handler; None says to stop."""


@capability(
    "serve",
    parts=(
        Part.GROUPS, Part.GROUP_OFFSETS, Part.OFFSETS, Part.TOPICS, Part.TOPIC_CONFIGS,
        Part.TRANSACTIONS, Part.PRODUCERS, Part.LOG_DIRS, Part.METRICS, Part.REASSIGNMENTS,
    ),
    several_clusters=True,
    examples=(
        "steward serve",
        "steward serve --cluster prod --cluster staging --interval 15s",
        "steward serve -B broker1:9092 --listen 127.0.0.1:9000",
    ),
)  # fmt: skip
def serve(params: ServeParams, context: Context) -> Iterator[Answer[ServeReport]]:
    """Poll clusters continuously, and serve metrics and health over HTTP.

    Each cluster is polled on its own schedule; a failing or slow cluster does not delay the others. Without --cluster,
    all configured profiles are polled. /metrics serves lag, partitions and groups for Prometheus; /readyz serves
    readiness. A line is printed when something changes. Manifests listed in [[drift]] are compared with their cluster
    on a schedule, and drift is reported, proposed or enforced. SIGTERM and Ctrl-C shut it down cleanly; a second
    Ctrl-C at once.
    """
    if params.interval is not None and params.interval < 1:
        raise UsageError(
            "--interval must be at least one second", remedy=Hint(steward("serve", help=True))
        )
    return _serve(params, context)


def _serve(params: ServeParams, context: Context) -> Iterator[Answer[ServeReport]]:
    from steward.daemon.malloc_tuning import give_large_blocks_back
    from steward.daemon.stopping import stop_signals

    notices: Notices = queue.SimpleQueue()

    def tell(event: str, cluster: str | None, detail: str, remedy: str = "") -> None:
        at = Instant(context.now_ms())
        said, remedy = sieved(detail), shown_remedy(remedy)  # log lines keep dates
        notices.put(ServeNotice(at=at, event=event, cluster=cluster, detail=said, remedy=remedy))

    give_large_blocks_back()
    server = _server(params, context, tell)
    with stop_signals(lambda: notices.put(None)):
        server.start()
        tell("serving", None, f"{_counted(server)} on {server.url}/metrics")
        try:
            while (notice := notices.get()) is not None:
                yield _answer(server, context, notice)
        finally:
            in_time = server.stop(STOP_SECONDS)
    detail = "history is saved" if in_time else "a poll was still in progress"
    at = Instant(context.now_ms())
    last = ServeNotice(at=at, event="stopped", cluster=None, detail=detail)
    yield _answer(server, context, last)


def _answer(server: "Server", context: Context, notice: ServeNotice) -> Answer[ServeReport]:
    warnings = context.settings.warnings if notice.event == "serving" else ()
    return Answer(
        data=ServeReport(url=server.url, notices=(notice,)),
        observed_at=notice.at,
        warnings=tuple(Notice(code="configuration", message=w) for w in warnings),
    )


def _counted(server: "Server") -> str:
    names = [s.cluster for s in server.states]
    return f"cluster {names[0]}" if len(names) == 1 else f"{len(names)} clusters"


def _server(params: ServeParams, context: Context, tell: Callable[..., None]) -> "Server":
    """Build the daemon.

    Errors: ConfigurationError, UsageError; an unreachable cluster or store is no error.
    """
    from steward.analysis.alerting.wording import alert_line
    from steward.daemon.alerting.alerter import Alerter
    from steward.daemon.alerting.delivery import ReceiverWorker, ReceiverWorkers
    from steward.daemon.collection.store_writer import StoreWriter
    from steward.daemon.http.listen import bind, check_guard, parse_listen
    from steward.daemon.server import Server
    from steward.settings.alerts import alert_rules, receivers_of
    from steward.settings.store import retention_of, store_url
    from steward.store.open import open_store, store_at

    settings = context.settings.serve
    token = _token(context)
    host, port = parse_listen(params.listen or settings.listen)
    check_guard(host, token)
    url, retention = store_url(context.settings, context.environ), retention_of(context.settings)

    def notify_store(trouble: str) -> None:
        kept = "metrics continue, history is lost meanwhile"
        if trouble:
            tell("store_away", None, f"{trouble}; {kept}")
        else:
            tell("store_back", None, "history is saved again")

    rules = alert_rules(context.settings)
    receivers = receivers_of(context.settings, context.environ)
    remembered = store_at(url, retention)
    dispatcher = ReceiverWorkers(
        ReceiverWorker(remembered, r, now_ms=context.now_ms) for r in receivers
    )

    def notify_alert(alert: "Alert") -> None:
        remedy = alert.remedy.command if alert.remedy and alert.resolved_ms is None else None
        tell(
            f"alert_{alert.state.value}",
            alert.cluster,
            alert_line(alert),
            Hint(remedy) if remedy else "",
        )

    alerter = Alerter(remembered, rules, receivers, dispatcher, notify_alert)
    keeper = StoreWriter(lambda: open_store(url, retention), alerter, tell=notify_store)
    served = profiles_to_serve(context)
    loops = loops_of(context, served, remembered, tell)
    watches = [
        _watch(
            name,
            profile,
            params,
            context,
            keeper,
            tell,
            objectives_of(rules, name).of_group,
            partial(loops.with_loop_facts, name),
        )
        for name, profile in served.items()
    ]
    return Server(
        watches,
        keeper,
        bind(host, port),
        token=token,
        version=__version__,
        per_partition=settings.partition_series,
        dispatcher=dispatcher,
        alerter=alerter,
        drifts=loops.drifts,
        quarantines=loops.quarantines,
        hosts=(host, *settings.allowed_hosts),
    )


def _token(context: Context) -> Secret | None:
    serve = context.settings.serve
    what = f"{context.settings.source}: serve.token"
    return secret_from(
        what, serve.token_env, serve.token_file, serve.token_command, context.environ
    )


def profiles_to_serve(context: Context) -> Mapping[str, Profile]:
    """Return the clusters to poll: those given, those of [serve], all configured, or the only one."""
    settings = context.settings
    named = context.clusters or (() if context.bootstrap else settings.serve.clusters)
    if not named and not context.bootstrap and settings.profiles:
        return dict(settings.profiles)
    chosen = [
        choose_profile(
            settings,
            cluster=name,
            bootstrap=context.bootstrap if len(named) < 2 else None,
            environ=context.environ,
        )
        for name in dict.fromkeys(named or (context.cluster,))
    ]
    return dict(chosen)


def _watch(
    name: str,
    profile: Profile,
    params: ServeParams,
    context: Context,
    keeper: "StoreWriter",
    tell: Callable[..., None],
    objective_of: Callable[[str], float],
    beside: "Callable[[TickFacts], TickFacts]",
) -> "Watch":
    from steward.daemon.collection.collector import CollectorPlan
    from steward.daemon.collection.loop import Watch

    settings = context.settings.serve
    interval = params.interval or settings.interval_seconds
    if interval < 1 or settings.timestamp_budget < 1:
        raise ConfigurationError(
            f"{settings_name(context)}: serve.interval_seconds and serve.timestamp_budget must be 1 or more",
            remedy="for example interval_seconds = 10",
        )

    target = target_of(name, profile)

    def connection() -> Connection:
        found = connection_of(name, profile, context.environ)
        return replace(
            found,
            request_timeout_seconds=min(found.request_timeout_seconds, _MOST_SECONDS),
            connect_timeout_seconds=min(found.connect_timeout_seconds, _MOST_SECONDS),
        )

    def on_poll(cluster: str, fault: "Fault | None") -> None:
        if fault is None:
            tell("seen", cluster, "polled successfully")
        else:
            tell("broken", cluster, fault.summary, fault.remedy)

    return Watch(
        name,
        lambda: context.connect(connection()),
        CollectorPlan(
            interval=interval,
            budget=settings.timestamp_budget,
            search_seconds=interval * 0.4,
            objective_of=objective_of,
            ok_ratio=context.settings.alerts.ok_ratio,
            target=target,
        ),
        keeper,
        tell=on_poll,
        beside=beside,
    )


def settings_name(context: Context) -> str:
    """Name the configuration for messages."""
    return context.settings.source or "steward.toml"


CAPABILITIES: tuple[Capability, ...] = (serve,)
