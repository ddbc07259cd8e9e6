"""Topics that were shut for a while, and whose time is over: told, or opened again where the settings say so."""

import threading
from collections.abc import Callable, Iterator
from random import Random

from steward.analysis.alerting.facts import Trouble, Troubles
from steward.change.guard.policy import Policy
from steward.change.plan_builder.builder import PlanBuilder, PlanRequest
from steward.change.planning.restore_record import QUARANTINED, Overdue, Quarantine, overdue
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
    """Looks at the quarantines of one cluster; where the store knows of none, nothing is asked of the cluster.

    Shape: ``enforcer`` opens topics again; None: it is only told. ``policy`` is read anew for each look. A fault leaves
           what was known: that the cluster or the store is away is told by others.
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
        """what is over, by the last look; not requested before the first"""

    def run(self, stop: threading.Event) -> None:
        """Look again and again until told to stop."""
        repeat(
            lambda: self.look_once(),
            lambda: pause_after(EVERY_SECONDS, self._failures, self._chance),
            stop,
            first_seconds=FIRST_SECONDS,
            clock=self._clock,
        )

    def look_once(self) -> None:
        """Take one look."""
        try:
            noted = self._store.plans.noted(None, QUARANTINED)
            if noted:
                with self._open() as observer:
                    self.troubles = self._look(observer)
            else:
                self.troubles = ()
            self._failures = 0
        except StewardError:
            self._failures += 1
        except Exception as fault:  # noqa: BLE001 - the supervisor: nothing here may end collecting
            self._failures += 1
            self._tell(
                "broken", f"steward itself failed: {type(fault).__name__}: {sieved(str(fault))}", ""
            )

    def troubles_of(self, cluster_id: str) -> Troubles:
        """Return what is over on the cluster with an id; not requested where the last look was at another."""
        same = not self._cluster_id or not cluster_id or self._cluster_id == cluster_id
        return self.troubles if same else NOT_REQUESTED

    def _look(self, observer: Observer) -> Troubles:
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
        found = overdue(newest.values(), seen.topics.value, seen.acls.value, now)
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
                if card is not None:  # a damaged one says nothing about a topic
                    yield card

    def _lifted(self, one: Overdue, observer: Observer, seen: ClusterSnapshot) -> str | None:
        """Open a topic again, if that is to be done; return why it is still shut, None where it is not."""
        if self._enforcer is None:
            return ""
        topic = one.quarantine.topic
        wanted = PlanRequest(
            title=f"open topic {topic}",
            source=f"topic quarantine {topic} --lift",
            changes=tuple(DeleteAcl(acl=acl) for acl in one.acls),
        )
        proposing = PlanBuilder(
            observer=observer,
            policy=self._policy(),
            made_by=self._made_by,
            now_ms=self._clock.now_ms,
        )
        done = self._enforcer.attempt(wanted, proposing, seen)
        if done.why or len(done.done) < len(one.acls):
            return next(iter(done.why.values()), "the next look tries again")
        self._tell("lifted", f"{_over(one)}: it is open again (plan {done.plan_id[:12]})", "")
        return None

    def _trouble(self, one: Overdue, why: str) -> Trouble:
        topic = one.quarantine.topic
        told = f"; not lifted: {why}" if why else ""
        return Trouble(
            name=topic,
            summary=f"{_over(one)}, and its DENY is still there{told}",
            source="DescribeAcls",
            evidence=tuple(
                Evidence("DescribeAcls", "still there", f"{a.permission} {a.principal} {a.operation}")
                for a in one.acls
            ),
            remedy=Remedy(
                "open the topic, shut it again, or delete it",
                steward("topic quarantine", topic, lift=True).at(
                    ClusterTarget(cluster=self.cluster)
                ),
            ),
        )  # fmt: skip


def _over(one: Overdue) -> str:
    shut = one.quarantine
    return f"the quarantine of topic {shut.topic} {f'is void: {one.fate}' if one.fate else f'was over at {shut.until}'}"
