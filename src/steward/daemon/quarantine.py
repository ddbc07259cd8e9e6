"""Topics whose quarantine has ended: reported, or unblocked where the settings say so."""

import threading
from collections.abc import Callable, Iterator
from random import Random

from steward.analysis.alerting.facts import Trouble, Troubles
from steward.change.guard.policy import Policy
from steward.change.plan_builder.builder import PlanBuilder, PlanRequest
from steward.change.planning.restore_record import (
    QUARANTINED,
    OverdueQuarantine,
    Quarantine,
    overdue_quarantines,
)
from steward.cluster.ports import EVERYTHING, Observer
from steward.daemon.drift.enforce import Enforcer
from steward.daemon.ports import Clock
from steward.daemon.repeating import pause_after, repeat
from steward.documents.plan import decode_text
from steward.model.change import DeleteAcl
from steward.model.command import ClusterTarget, steward
from steward.model.error import StewardError
from steward.model.finding import Evidence, Remedy
from steward.model.instant import Instant
from steward.model.redaction import sieved
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.unknown import NOT_REQUESTED, NotApplicable, Observed, Unknown
from steward.store.open import Store

EVERY_SECONDS = 600.0
FIRST_SECONDS = 30.0
_PARTS = frozenset({Part.IDENTITY, Part.TOPICS, Part.ACLS})


class QuarantineWatch:
    """Checks the quarantines of one cluster; if the store has none, the cluster receives no request.

    ``enforcer`` unblocks topics; None: they are only reported. ``policy`` is read again for each check. After a fault
    the last result stays: other loops report an unavailable cluster or store.
    """

    def __init__(
        self,
        cluster: str,
        store: Store,
        open_observer: Callable[[], Observer],
        policy: Callable[[], Policy],
        *,
        made_by: str,
        enforcer: Enforcer | None = None,
        clock: Clock | None = None,
        chance: Random | None = None,
        tell: Callable[[str, str, str], None] = lambda _e, _d, _r: None,
    ) -> None:
        self.cluster = cluster
        self._store = store
        self._open = open_observer
        self._policy = policy
        self._made_by = made_by
        self._enforcer = enforcer
        self._clock = clock or Clock()
        self._chance = chance or Random()  # noqa: S311 - spreads load, guards nothing
        self._tell = tell
        self._failures = 0
        self._cluster_id = ""
        self.troubles: Troubles = NOT_REQUESTED
        """ended quarantines, by the last check; not requested before the first"""

    def run(self, stop: threading.Event) -> None:
        """Repeat until stopped."""
        repeat(
            lambda: self.check_once(),
            lambda: pause_after(EVERY_SECONDS, self._failures, self._chance),
            stop,
            first_seconds=FIRST_SECONDS,
            clock=self._clock,
        )

    def check_once(self) -> None:
        """Do one check."""
        try:
            noted = self._store.plans.noted(None, QUARANTINED)
            if noted:
                with self._open() as observer:
                    self.troubles = self._observe(observer)
            else:
                self.troubles = ()
            self._failures = 0
        except StewardError:
            self._failures += 1
        except Exception as fault:  # noqa: BLE001 - the supervisor: nothing here may end collecting
            self._failures += 1
            self._tell(
                "broken", f"internal error: {type(fault).__name__}: {sieved(str(fault))}", ""
            )

    def troubles_of(self, cluster_id: str) -> Troubles:
        """Return the ended quarantines of the cluster with an id; not requested where the last check was of another."""
        same = not self._cluster_id or not cluster_id or self._cluster_id == cluster_id
        return self.troubles if same else NOT_REQUESTED

    def _observe(self, observer: Observer) -> Troubles:
        seen = observer.observe(_PARTS, EVERYTHING)
        self._cluster_id = seen.cluster_id or ""
        newest = {q.topic: q for q in self._quarantines(seen)}
        if not newest or isinstance(seen.acls, NotApplicable):
            return ()
        for part in (seen.acls, seen.topics):
            if isinstance(part, Unknown):
                return part
        if not isinstance(seen.acls, Observed) or not isinstance(seen.topics, Observed):
            return ()
        now = Instant(self._clock.now_ms())
        found = overdue_quarantines(newest.values(), seen.topics.value, seen.acls.value, now)
        return tuple(
            self._trouble(one, why)
            for one in found
            if (why := self._lifted(one, observer, seen)) is not None
        )

    def _quarantines(self, seen: ClusterSnapshot) -> Iterator[Quarantine]:
        """Yield the quarantines of this cluster, oldest first."""
        identity = seen.identity
        if isinstance(identity, Observed):
            for entry in reversed(
                self._store.plans.noted(identity.value.cluster_id or "", QUARANTINED)
            ):
                card = decode_text(Quarantine, entry.detail)
                if card is not None:  # a damaged record says nothing about a topic
                    yield card

    def _lifted(
        self, one: OverdueQuarantine, observer: Observer, seen: ClusterSnapshot
    ) -> str | None:
        """Unblock a topic, if configured; return why it is still blocked, None where it is not."""
        if self._enforcer is None:
            return ""
        topic = one.quarantine.topic
        wanted = PlanRequest(
            title=f"unblock topic {topic}",
            source=f"topic quarantine {topic} --lift",
            changes=tuple(DeleteAcl(acl=acl) for acl in one.acls),
        )
        proposing = PlanBuilder(
            observer=observer,
            policy=self._policy(),
            made_by=self._made_by,
            now_ms=self._clock.now_ms,
            executed=self._store.plans.begun,
        )
        done = self._enforcer.attempt(wanted, proposing, seen)
        if done.why or len(done.done) < len(one.acls):
            return next(iter(done.why.values()), "the next check tries again")
        self._tell("lifted", f"{_over(one)}: it is unblocked (plan {done.plan_id[:12]})", "")
        return None

    def _trouble(self, one: OverdueQuarantine, why: str) -> Trouble:
        topic = one.quarantine.topic
        reason = f"; not unblocked: {why}" if why else ""
        return Trouble(
            name=topic,
            summary=f"{_over(one)}, and its DENY still exists{reason}",
            source="DescribeAcls",
            evidence=tuple(
                Evidence("DescribeAcls", "still exists", f"{a.permission} {a.principal} {a.operation}")
                for a in one.acls
            ),
            remedy=Remedy(
                "unblock the topic, extend the quarantine, or delete the topic",
                steward("topic quarantine", topic, lift=True).at(
                    ClusterTarget(cluster=self.cluster)
                ),
            ),
        )  # fmt: skip


def _over(one: OverdueQuarantine) -> str:
    ended = one.quarantine
    state = f"is void: {one.why_void}" if one.why_void else f"ended at {ended.until}"
    return f"the quarantine of topic {ended.topic} {state}"
