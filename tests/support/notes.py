"""Notifications to send."""

from steward.analysis.alerting.alert import AlertState
from steward.analysis.alerting.notification import Notification
from steward.daemon.receivers.receiver import Receiver, ReceiverKind
from steward.model.command import Command
from steward.model.connection import Secret
from steward.model.finding import Evidence
from steward.model.verdict import Action, Cause, Certainty, Verdict
from support.ticks import group, run, tick

VERDICT = Verdict(
    cause=Cause.UNDER_CAPACITY,
    confidence=Certainty.LIKELY,
    summary="5 members do 25 records/s of <30> & lag grows",
    evidence=(Evidence("OffsetFetch", "consumed a second", "25"),),
    actions=(
        Action(summary="run 10 members", command=Command(("kubectl", "scale", "--replicas=10"))),
    ),
)


def note(*lags: float, verdict: Verdict | None = VERDICT, number: int = 0) -> Notification:
    """What is told of groups that lag so much."""
    groups = [group(f"g{n}", lag, verdict=verdict, lag_records=7) for n, lag in enumerate(lags)]
    (step,) = run([tick(number, *groups)])
    return step.notifications[0]


def ended_note() -> Notification:
    """What is told when a lag is over."""
    steps = run([tick(0, group(lag=70.0)), *(tick(n, group(lag=1.0)) for n in range(1, 4))])
    found = steps[-1].notifications[0]
    assert found.status is AlertState.RESOLVED
    return found


def receiver(url: str, kind: ReceiverKind = ReceiverKind.WEBHOOK, **known) -> Receiver:
    known = {"name": "ops", "timeout_seconds": 5.0, **known}
    return Receiver(kind=kind, url=Secret(url), **known)
