"""Since when an object differs from its manifest, by earlier polls, and who changed it, by plans and authorizer log."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from steward.change.drift.authorizer_log import AuthorizedRequest, authors
from steward.model.drift import Appearance, Difference
from steward.model.error import StewardError
from steward.model.finding import ObjectRef
from steward.model.instant import Instant
from steward.model.plan import Plan, State, Step
from steward.store.drift import FirstSeen
from steward.store.open import Store
from steward.store.plans import AuditEntry

STARTED = "started"
"""Name of the audit entry for every started execution."""

_SEARCH_BACK_MS = 7 * 86_400_000
"""Without an earlier poll, plans of the last week are searched for an author."""


def _nothing() -> Iterable[AuthorizedRequest]:
    """Return no log."""
    return ()


@dataclass(kw_only=True)
class DriftAttribution:
    """Since when the objects of some manifests differ, updated at every poll.

    ``source`` names the manifests; ``log`` reads the authorizer's log when a difference is new.
    """

    store: Store
    source: str
    log: Callable[[], Iterable[AuthorizedRequest]] = _nothing
    _known: dict[tuple[ObjectRef, FirstSeen], str] = field(
        default_factory=dict[tuple[ObjectRef, FirstSeen], str]
    )

    def of(
        self, cluster_id: str, found: tuple[Difference, ...], plan: Plan, at: Instant
    ) -> Mapping[ObjectRef, Appearance]:
        """Record the drift of a poll, and return since when each object differs, and who changed it if known.

        The earliest difference of an object counts; ``plan`` restores the declared state.
        Errors: StoreUnavailable.
        """
        named = {d for one in found for d in one.digests}
        seen = self.store.drift.record(cluster_id, self.source, named, at)
        first = {one.object: min((seen[d] for d in one.digests), key=_when) for one in found}
        new = [one for one in found if (one.object, first[one.object]) not in self._known]
        if new:
            attribution = _Authors(
                self.store, cluster_id, [first[o.object] for o in new], tuple(self.log())
            )
            for one in new:
                when = first[one.object]
                self._known[one.object, when] = attribution.of(one, plan, when)
        self._known = {k: by for k, by in self._known.items() if first.get(k[0]) == k[1]}
        return {
            about: Appearance(
                seen_at=when.seen_at, absent_at=when.absent_at, by=self._known[about, when]
            )
            for about, when in first.items()
        }


def _when(appearance: FirstSeen) -> Instant:
    return appearance.seen_at


class _Authors:
    """Actors during the time in which differences appeared."""

    def __init__(
        self,
        store: Store,
        cluster_id: str,
        times: list[FirstSeen],
        asked: tuple[AuthorizedRequest, ...],
    ) -> None:
        self._store = store
        self._asked = asked
        self._plans: dict[str, Plan | None] = {}
        earliest = Instant(min(_from(t).ms for t in times))
        self._started = store.plans.noted(cluster_id, STARTED, earliest)

    def of(self, one: Difference, plan: Plan, when: FirstSeen) -> str:
        """Return who executed a plan that left an object as found, else who requested a change from the brokers."""
        steps = [plan.steps[place] for place in one.steps]
        for entry in self._started:
            if not _from(when) <= entry.at <= when.seen_at:
                continue
            known = self._plan(entry)
            if known is not None and any(_left(known, step) for step in steps):
                return f"{entry.actor} with plan {entry.plan_id[:12]}"
        if when.absent_at is None:
            return ""
        return " or ".join(authors(one.object, self._asked, when.absent_at, when.seen_at))

    def _plan(self, entry: AuditEntry) -> Plan | None:
        if entry.plan_id not in self._plans:
            try:
                self._plans[entry.plan_id] = self._store.plans.find(entry.plan_id)
            except StewardError:  # for example a plan of a newer version: name no author
                self._plans[entry.plan_id] = None
        return self._plans[entry.plan_id]


def _from(appearance: FirstSeen) -> Instant:
    return appearance.absent_at or Instant(appearance.seen_at.ms - _SEARCH_BACK_MS)


def _left(plan: Plan, back: Step) -> bool:
    """Return whether a plan left an object in the drifted state: with such a value, or deleted."""
    return any(
        step.object == back.object and _agrees(step.after, back.before, back.after)
        for step in plan.steps
    )


def _agrees(left: State, there: State, declared: State) -> bool:
    if not there or not left:
        return not there and not left
    changed = [k for k in {*there, *declared} if there.get(k) != declared.get(k)]
    return any(k in left and left[k] == there.get(k) for k in changed)
