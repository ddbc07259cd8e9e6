"""``steward alert silence``: suppress notifications of some alerts for a while."""

from dataclasses import dataclass
from typing import Annotated
from uuid import uuid4

from steward.analysis.alerting.alert import AlertState
from steward.analysis.alerting.silence import Silence, matcher_of
from steward.commands.alert.shared import SilenceRow, silence_row
from steward.commands.api.context import Context
from steward.commands.api.current_user import current_user
from steward.commands.api.open_store import configuration_warnings, open_store
from steward.commands.api.registry import (
    Answer,
    Capability,
    Effect,
    capability,
)
from steward.model.command import Hint, steward
from steward.model.doc import Doc
from steward.model.error import UsageError
from steward.model.instant import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertSilenceParams:
    """Which alerts, how long, why, and by whom."""

    matchers: Annotated[
        tuple[str, ...],
        Doc(
            "conditions, all of which must match: LABEL=VALUE, LABEL=~REGEX, or a fingerprint of alert list; labels: "
            "cluster, rule, severity, kind, name, group",
            positional=True,
            metavar="MATCHER...",
        ),
    ]
    reason: Annotated[str, Doc("reason; shown with the silence")]
    for_: Annotated[float, Doc("duration", metavar="DURATION")] = 3600.0
    author: Annotated[str, Doc("who decided it; default: the current user")] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Silenced:
    """The saved silence."""

    silence: SilenceRow
    covers: Annotated[int, Doc("pending or firing alerts whose notifications it suppresses")]


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
    """Suppress notifications of some alerts for a while; they are still evaluated and listed."""
    if not params.matchers or params.for_ <= 0 or not params.reason.strip():
        raise UsageError(
            "a silence needs a matcher, a reason and a duration above 0",
            remedy=Hint(steward("alert silence", help=True)),
        )
    now = context.now_ms()
    silence = Silence(
        id=uuid4().hex[:8],
        matchers=tuple(matcher_of(text) for text in params.matchers),
        starts_ms=now,
        ends_ms=now + round(params.for_ * 1000),
        author=params.author or current_user(),
        reason=params.reason.strip(),
    )
    with open_store(context) as store:
        store.silences.put(silence)
        alerts = store.alerts.list(states=[AlertState.PENDING, AlertState.FIRING])
    covered = sum(silence.covers(a, now) for a in alerts)
    return Answer(
        data=Silenced(silence=silence_row(silence), covers=covered),
        observed_at=Instant(now),
        warnings=configuration_warnings(context),
    )


CAPABILITIES: tuple[Capability, ...] = (silence_alerts,)
