"""Alerts: what fires, what is silenced and by whom, and whether receivers can be reached."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated
from uuid import uuid4

from steward.alerting.alert import SEVERITY, Alert, AlertState, Rule
from steward.alerting.notification import Notification, Reason, ToldAlert
from steward.alerting.silence import Silence, matcher_of
from steward.capabilities.context import Context
from steward.capabilities.envelope import Document
from steward.capabilities.person import person
from steward.capabilities.registry import (
    Answer,
    Capability,
    Effect,
    Notice,
    Outcome,
    capability,
)
from steward.capabilities.remembered import configuration_warnings, remembered
from steward.model.command import Hint, steward
from steward.model.doc import Doc
from steward.model.error import ConfigurationError, ObjectNotFound, UsageError
from steward.model.finding import ObjectRef, Severity
from steward.model.instant import Instant
from steward.model.verdict import Cause
from steward.model.wording import count

if TYPE_CHECKING:
    from steward.notify.post import Answer as Answered
    from steward.notify.receiver import Receiver

QUIET_AFTER_MS = 180_000
"""Without a look for so long nobody judges any more."""
_FAIL_ON = ("low", "medium", "high", "critical", "never")


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertListParams:
    """Which alerts."""

    rule: Annotated[
        tuple[str, ...], Doc("only those of these rules", metavar="RULE", commas=True)
    ] = ()
    resolved: Annotated[bool, Doc("also those that ended")] = False
    fail_on: Annotated[
        str, Doc("exit with 3 when something as bad fires and is not silenced", choices=_FAIL_ON)
    ] = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRow:
    """One alert."""

    severity: Annotated[Severity, Doc("how bad it is")]
    state: Annotated[str, Doc("pending, firing, silenced or resolved")]
    since: Annotated[Instant, Doc("when it began to fire; when first seen, while it is pending")]
    cluster: Annotated[str, Doc("name of the profile")]
    rule: Annotated[Rule, Doc("what is alerted on")]
    object: Annotated[ObjectRef, Doc("what it is about")]
    summary: Annotated[str, Doc("what is wrong, in one line")]
    cause: Annotated[Cause | None, Doc("the diagnosis, where there is one")]
    fingerprint: Annotated[str, Doc("its name in a silence", wide=True)]
    value: Annotated[float | None, Doc("the number that is judged", wide=True)]
    threshold: Annotated[float | None, Doc("what it is judged by", wide=True)]
    last_seen: Annotated[Instant, Doc("last judged bad", wide=True)]
    ended: Annotated[Instant | None, Doc("when it ended; null while it goes on")]
    silenced_by: Annotated[str | None, Doc("id of the silence", wide=True)]
    remedy: Annotated[str | None, Doc("what to do first", wide=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class SilenceRow:
    """One silence."""

    id: str
    matchers: Annotated[tuple[str, ...], Doc("conditions that all have to hold")]
    starts: Instant
    ends: Instant
    author: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertList:
    """Alerts, the worst first, and the silences in force."""

    alerts: tuple[AlertRow, ...]
    silences: tuple[SilenceRow, ...]


@capability(
    "alert.list",
    needs_cluster=False,
    examples=("steward alert list", "steward alert list --resolved -o json"),
)
def list_alerts(params: AlertListParams, context: Context) -> Answer[AlertList]:
    """List what fires, what is about to, and what is silenced.

    Reads what `steward serve` has written; with --cluster only that cluster's.
    """
    _check_rules(params.rule)
    now = context.now_ms()
    states = [AlertState.PENDING, AlertState.FIRING]
    with remembered(context) as store:
        alerts = store.alerts.list(
            states=[*states, AlertState.RESOLVED] if params.resolved else states
        )
        silences = store.silences.list(ending_after_ms=now)
    rows = sorted(
        (
            _row(a, silences, now)
            for a in alerts
            if (not params.rule or a.rule.value in params.rule)
            and context.cluster in (None, a.cluster)
        ),
        key=lambda row: (row.state == "resolved", -row.severity, row.since, row.object),
    )
    return Answer(
        data=AlertList(alerts=tuple(rows), silences=tuple(map(_silence_row, silences))),
        observed_at=Instant(now),
        warnings=(
            *configuration_warnings(context),
            *_damaged("alert", alerts.damaged),
            *_damaged("silence", silences.damaged),
            *_quiet(rows, now),
        ),
        outcome=_outcome(rows, params.fail_on),
    )


def _damaged(what: str, number: int) -> tuple[Notice, ...]:
    """Say how many rows of the store could not be read."""
    if not number:
        return ()
    said = (
        f"{count(number, what)} in the store {'is' if number == 1 else 'are'} damaged and left out"
    )
    return (Notice(code="damaged", message=said, remedy="steward serve writes them again"),)


def _check_rules(names: Iterable[str]) -> None:
    known = [r.value for r in Rule]
    for name in names:
        if name not in known:
            raise UsageError(f"there is no rule {name!r}", remedy=f"rules are {', '.join(known)}")


def _row(alert: Alert, silences: Iterable[Silence], now_ms: int) -> AlertRow:
    silence = next((s for s in silences if s.covers(alert, now_ms)), None)
    silenced = silence is not None and alert.state is not AlertState.RESOLVED
    remedy = alert.remedy
    return AlertRow(
        severity=alert.severity,
        state="silenced" if silenced else alert.state.value,
        since=Instant(alert.since_ms if alert.fired_ms is None else alert.fired_ms),
        cluster=alert.cluster,
        rule=alert.rule,
        object=alert.object,
        summary=alert.summary,
        cause=None if alert.verdict is None else alert.verdict.cause,
        fingerprint=alert.fingerprint,
        value=alert.value,
        threshold=alert.threshold,
        last_seen=Instant(alert.seen_ms),
        ended=None if alert.resolved_ms is None else Instant(alert.resolved_ms),
        silenced_by=silence.id if silence is not None and silenced else None,
        remedy=None if remedy is None else str(remedy.command or remedy.summary),
    )


def _silence_row(silence: Silence) -> SilenceRow:
    return SilenceRow(
        id=silence.id,
        matchers=tuple(str(m) for m in silence.matchers),
        starts=Instant(silence.starts_ms),
        ends=Instant(silence.ends_ms),
        author=silence.author,
        reason=silence.reason,
    )


def _quiet(rows: Iterable[AlertRow], now_ms: int) -> Iterator[Notice]:
    """Warn when what is listed was judged long ago: then nobody looks any more."""
    open_rows = [row for row in rows if row.state != "resolved"]
    latest = max((row.last_seen.ms for row in open_rows), default=now_ms)
    if now_ms - latest > QUIET_AFTER_MS:
        yield Notice(
            code="not_judged",
            message=f"none of these was judged since {Instant(latest)}",
            remedy="see whether steward serve runs and reaches the cluster",
        )


def _outcome(rows: Iterable[AlertRow], fail_on: str) -> Outcome:
    if fail_on == "never":
        return Outcome.DONE
    least = Severity[fail_on.upper()]
    firing = any(row.state == "firing" and row.severity >= least for row in rows)
    return Outcome.FINDINGS if firing else Outcome.DONE


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertSilenceParams:
    """Which alerts, for how long, why, by whom."""

    matchers: Annotated[
        tuple[str, ...],
        Doc(
            "conditions that all have to hold: LABEL=VALUE, LABEL=~REGEX, or a fingerprint of alert list; labels are "
            "cluster, rule, severity, kind, name, group",
            positional=True,
            metavar="MATCHER...",
        ),
    ]
    reason: Annotated[str, Doc("why; it is shown wherever the silence is")]
    for_: Annotated[float, Doc("how long", metavar="DURATION")] = 3600.0
    author: Annotated[str, Doc("who decided it; without it, who runs this")] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Silenced:
    """A silence as it was written."""

    silence: SilenceRow
    covers: Annotated[int, Doc("alerts that are pending or firing now and are not told any more")]


@capability(
    "alert.silence",
    effect=Effect.LOCAL,
    needs_cluster=False,
    examples=(
        "steward alert silence group=payments --for 2h --reason 'rolling deploy'",
        "steward alert silence cluster=prod 'group=~batch-.*' --reason 'nightly load'",
    ),
)
def silence_alerts(params: AlertSilenceParams, context: Context) -> Answer[Silenced]:
    """Tell nobody of some alerts for a while; they are judged and listed all the same."""
    if not params.matchers or params.for_ <= 0 or not params.reason.strip():
        raise UsageError(
            "a silence needs a matcher, a reason and a time above 0",
            remedy=Hint(steward("alert silence", help=True)),
        )
    now = context.now_ms()
    silence = Silence(
        id=uuid4().hex[:8],
        matchers=tuple(matcher_of(text) for text in params.matchers),
        starts_ms=now,
        ends_ms=now + round(params.for_ * 1000),
        author=params.author or person(),
        reason=params.reason.strip(),
    )
    with remembered(context) as store:
        store.silences.put(silence)
        alerts = store.alerts.list(states=[AlertState.PENDING, AlertState.FIRING])
    covered = sum(silence.covers(a, now) for a in alerts)
    return Answer(
        data=Silenced(silence=_silence_row(silence), covers=covered),
        observed_at=Instant(now),
        warnings=configuration_warnings(context),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertUnsilenceParams:
    """Which silence."""

    id: Annotated[str, Doc("of the silence, as alert list shows it", positional=True)]


@capability(
    "alert.unsilence",
    effect=Effect.LOCAL,
    needs_cluster=False,
    examples=("steward alert unsilence 3f2a91bc",),
)
def unsilence_alerts(params: AlertUnsilenceParams, context: Context) -> Answer[SilenceRow]:
    """End a silence now; what still fires is told with the next look."""
    now = context.now_ms()
    with remembered(context) as store:
        found = {s.id: s for s in store.silences.list(ending_after_ms=now)}
        if params.id not in found:
            known = ", ".join(found) or "there is none"
            raise ObjectNotFound(
                f"no silence {params.id} is in force",
                remedy=f"in force: {known}",
                object_name=params.id,
            )
        ended = replace(found[params.id], ends_ms=now)
        store.silences.put(ended)
    return Answer(
        data=_silence_row(ended),
        observed_at=Instant(now),
        warnings=configuration_warnings(context),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertTestParams:
    """Which receivers."""

    receivers: Annotated[
        tuple[str, ...],
        Doc("names of receivers; without any, all", positional=True, metavar="[RECEIVER]..."),
    ] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverRow:
    """How one receiver answered."""

    receiver: str
    kind: Annotated[str, Doc("webhook, alertmanager or slack")]
    ok: Annotated[bool, Doc("whether it took the notification")]
    answer: Annotated[str, Doc("host and status, or what went wrong")]
    seconds: Annotated[float, Doc("how long it took")]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertTest:
    """How the receivers answered."""

    receivers: tuple[ReceiverRow, ...]


@capability(
    "alert.test",
    effect=Effect.LOCAL,
    needs_cluster=False,
    long=True,
    examples=("steward alert test", "steward alert test on-call"),
)
def try_receivers(params: AlertTestParams, context: Context) -> Answer[AlertTest]:
    """Send a test notification to each receiver, and say what answered.

    The alert in it has ended already, so that nobody is woken for long; it goes around the outbox and is not repeated.
    """
    from steward.notify.send import send

    note = _test_notification(context.cluster or "test", context.now_ms())
    rows: list[ReceiverRow] = []
    for receiver in _chosen(params.receivers, context):
        context.progress(f"telling {receiver.name}")
        rows.append(_receiver_row(receiver, send(receiver, note)))
    worked = sum(row.ok for row in rows)
    outcome = Outcome.FAILED if not worked else Outcome.PARTLY
    return Answer(
        data=AlertTest(receivers=tuple(rows)),
        observed_at=Instant(context.now_ms()),
        warnings=configuration_warnings(context),
        outcome=Outcome.DONE if worked == len(rows) else outcome,
    )


def _chosen(names: tuple[str, ...], context: Context) -> tuple["Receiver", ...]:
    from steward.settings.alerts import receivers_of

    receivers = {r.name: r for r in receivers_of(context.settings, context.environ)}
    if not receivers:
        where = context.settings.source or "the configuration"
        raise ConfigurationError(
            f"{where} names no receiver", remedy="add an [[alerts.receiver]] to steward.toml"
        )
    for name in names:
        if name not in receivers:
            raise ObjectNotFound(
                f"there is no receiver {name}",
                remedy=f"known are {', '.join(receivers)}",
                object_name=name,
            )
    return tuple(receivers[n] for n in names or receivers)


def _receiver_row(receiver: "Receiver", answered: "Answered") -> ReceiverRow:
    return ReceiverRow(
        receiver=receiver.name,
        kind=receiver.kind.value,
        ok=answered.ok,
        answer=answered.detail,
        seconds=round(answered.seconds, 3),
    )


def _test_notification(cluster: str, now_ms: int) -> Notification:
    rule, at = Rule.LAG_OVER_OBJECTIVE, Instant(now_ms)
    text = f"this is a test of steward by {person()}: nothing lags"
    told = ToldAlert(
        fingerprint="0" * 16,
        state=AlertState.RESOLVED,
        object=ObjectRef("group", "steward-test"),
        severity=SEVERITY[rule],
        summary=text,
        value=0.0,
        threshold=60.0,
        started_at=Instant(now_ms - 1000),
        ended_at=at,
        evidence=(),
        remedy=None,
        verdict=None,
    )
    return Notification(
        id=uuid4().hex[:24],
        status=AlertState.RESOLVED,
        reason=Reason.TEST,
        cluster=cluster,
        rule=rule,
        severity=SEVERITY[rule],
        title=text,
        at=at,
        alerts=(told,),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRulesParams:
    """Nothing to choose."""


@capability(
    "alert.rules",
    needs_cluster=False,
    examples=("steward alert rules > steward.rules.yml",),
)
def show_rules(params: AlertRulesParams, context: Context) -> Answer[Document]:
    """Print alerting rules for Prometheus, for whom all alerts are in Prometheus.

    They are made from the metrics of `steward serve`. What steward alerts on by itself is judged with more.
    """
    from steward.metrics.rules import rule_file

    return Answer(data=Document(rule_file(), is_yaml=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertDashboardParams:
    """Nothing to choose."""


@capability(
    "alert.dashboard",
    needs_cluster=False,
    examples=("steward alert dashboard > steward.dashboard.json",),
)
def show_dashboard(params: AlertDashboardParams, context: Context) -> Answer[Document]:
    """Print a Grafana dashboard of the metrics of `steward serve`."""
    from steward.metrics.dashboard import dashboard

    return Answer(data=Document(dashboard()))


CAPABILITIES: tuple[Capability, ...] = (
    list_alerts,
    silence_alerts,
    unsilence_alerts,
    try_receivers,
    show_rules,
    show_dashboard,
)
