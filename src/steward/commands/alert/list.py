"""``steward alert list``: list pending, firing and silenced alerts."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated

from steward.analysis.alerting.alert import Alert, AlertCondition, AlertState
from steward.analysis.alerting.silence import Silence
from steward.commands.alert.shared import SilenceRow, silence_row
from steward.commands.api.context import Context
from steward.commands.api.open_store import configuration_warnings, open_store
from steward.commands.api.registry import (
    Answer,
    Capability,
    Notice,
    Outcome,
    capability,
)
from steward.model.doc import Doc
from steward.model.error import UsageError
from steward.model.finding import ObjectRef, Severity
from steward.model.instant import Instant
from steward.model.verdict import Cause
from steward.model.wording import count

QUIET_AFTER_MS = 180_000
"""Alerts older than this count as stale: no daemon is evaluating them."""
_FAIL_ON = ("low", "medium", "high", "critical", "never")


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertListParams:
    """Which alerts."""

    rule: Annotated[
        tuple[str, ...], Doc("only alerts of these rules", metavar="RULE", commas=True)
    ] = ()
    resolved: Annotated[bool, Doc("include resolved alerts")] = False
    fail_on: Annotated[
        str,
        Doc(
            "exit with 3 when an alert of this severity or worse fires and is not silenced",
            choices=_FAIL_ON,
        ),
    ] = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRow:
    """One alert."""

    severity: Annotated[Severity, Doc("severity")]
    state: Annotated[str, Doc("pending, firing, silenced or resolved")]
    since: Annotated[Instant, Doc("when it started to fire; when first seen, while it is pending")]
    cluster: Annotated[str, Doc("name of the profile")]
    rule: Annotated[AlertCondition, Doc("rule")]
    object: Annotated[ObjectRef, Doc("the object it concerns")]
    summary: Annotated[str, Doc("summary in one line")]
    cause: Annotated[Cause | None, Doc("the diagnosed cause, if any")]
    fingerprint: Annotated[str, Doc("its identifier for silences", wide=True)]
    value: Annotated[float | None, Doc("the value that the rule evaluates", wide=True)]
    threshold: Annotated[float | None, Doc("the threshold of the rule", wide=True)]
    last_seen: Annotated[Instant, Doc("when it was last found true", wide=True)]
    ended: Annotated[Instant | None, Doc("when it was resolved; null while active")]
    silenced_by: Annotated[str | None, Doc("id of the silence", wide=True)]
    remedy: Annotated[str | None, Doc("first thing to do", wide=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertList:
    """Alerts, the worst first, and the active silences."""

    alerts: tuple[AlertRow, ...]
    silences: tuple[SilenceRow, ...]


@capability(
    "alert.list",
    is_list=True,
    needs_cluster=False,
    examples=("steward alert list", "steward alert list --resolved -o json"),
)
def list_alerts(params: AlertListParams, context: Context) -> Answer[AlertList]:
    """List pending, firing and silenced alerts.

    Reads what `steward serve` has saved; with --cluster only that cluster's alerts.
    """
    _check_rules(params.rule)
    now = context.now_ms()
    states = [AlertState.PENDING, AlertState.FIRING]
    with open_store(context) as store:
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
        data=AlertList(alerts=tuple(rows), silences=tuple(map(silence_row, silences))),
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
    """Warn how many rows of the store could not be read."""
    if not number:
        return ()
    said = (
        f"{count(number, what)} in the store {'is' if number == 1 else 'are'} damaged and omitted"
    )
    return (Notice(code="damaged", message=said, remedy="steward serve writes them again"),)


def _check_rules(names: Iterable[str]) -> None:
    known = [r.value for r in AlertCondition]
    for name in names:
        if name not in known:
            raise UsageError(f"no rule named {name!r}", remedy=f"rules: {', '.join(known)}")


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


def _quiet(rows: Iterable[AlertRow], now_ms: int) -> Iterator[Notice]:
    """Warn when the listed alerts have not been evaluated recently."""
    open_rows = [row for row in rows if row.state != "resolved"]
    latest = max((row.last_seen.ms for row in open_rows), default=now_ms)
    if now_ms - latest > QUIET_AFTER_MS:
        yield Notice(
            code="not_judged",
            message=f"these alerts were last evaluated at {Instant(latest)}",
            remedy="check whether steward serve is running and reaches the cluster",
        )


def _outcome(rows: Iterable[AlertRow], fail_on: str) -> Outcome:
    if fail_on == "never":
        return Outcome.DONE
    least = Severity[fail_on.upper()]
    firing = any(row.state == "firing" and row.severity >= least for row in rows)
    return Outcome.FINDINGS if firing else Outcome.DONE


CAPABILITIES: tuple[Capability, ...] = (list_alerts,)
