"""``steward alert test``: send a test notification to each receiver, and report the responses."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated
from uuid import uuid4

from steward.analysis.alerting.alert import SEVERITY, AlertCondition, AlertState
from steward.analysis.alerting.notification import (
    AlertInNotification,
    Notification,
    NotificationReason,
)
from steward.commands.api.context import Context
from steward.commands.api.current_user import current_user
from steward.commands.api.open_store import configuration_warnings
from steward.commands.api.registry import (
    Answer,
    Capability,
    Effect,
    Outcome,
    capability,
)
from steward.model.doc import Doc
from steward.model.error import ConfigurationError, ObjectNotFound
from steward.model.finding import ObjectRef
from steward.model.instant import Instant

if TYPE_CHECKING:
    from steward.daemon.receivers.post import ReceiverAnswer as Answered
    from steward.daemon.receivers.receiver import Receiver


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertTestParams:
    """Which receivers."""

    receivers: Annotated[
        tuple[str, ...],
        Doc("names of receivers; default: all", positional=True, metavar="[RECEIVER]..."),
    ] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverRow:
    """The response of one receiver."""

    receiver: str
    kind: Annotated[str, Doc("webhook, alertmanager or slack")]
    ok: Annotated[bool, Doc("whether it accepted the notification")]
    answer: Annotated[str, Doc("host and status, or the error")]
    seconds: Annotated[float, Doc("how long it took")]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertTest:
    """The responses of the receivers."""

    receivers: tuple[ReceiverRow, ...]


@capability(
    "alert.test",
    effect=Effect.LOCAL,
    needs_cluster=False,
    long=True,
    examples=("steward alert test", "steward alert test on-call"),
)
def try_receivers(params: AlertTestParams, context: Context) -> Answer[AlertTest]:
    """Send a test notification to each receiver, and report the responses.

    The test alert is already resolved, so it pages no one for long; it bypasses the outbox and is not retried.
    """
    from steward.daemon.receivers.send import send

    note = _test_notification(context.cluster or "test", context.now_ms())
    rows: list[ReceiverRow] = []
    for receiver in _chosen(params.receivers, context):
        context.progress(f"notifying {receiver.name}")
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
            f"{where} defines no receiver", remedy="add an [[alerts.receiver]] to steward.toml"
        )
    for name in names:
        if name not in receivers:
            raise ObjectNotFound(
                f"no receiver named {name}",
                remedy=f"known receivers: {', '.join(receivers)}",
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
    rule, at = AlertCondition.LAG_OVER_OBJECTIVE, Instant(now_ms)
    text = f"test notification of steward, sent by {current_user()}; no action needed"
    alert = AlertInNotification(
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
        reason=NotificationReason.TEST,
        cluster=cluster,
        rule=rule,
        severity=SEVERITY[rule],
        title=text,
        at=at,
        alerts=(alert,),
    )


CAPABILITIES: tuple[Capability, ...] = (try_receivers,)
