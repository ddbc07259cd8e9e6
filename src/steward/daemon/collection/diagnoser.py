"""Diagnoses lagging groups while they are watched, so that an alert gives the cause at once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from steward.analysis.diagnosis.decide import diagnose
from steward.analysis.diagnosis.time_window import relevant_samples
from steward.analysis.lag.group_summary import GroupLagSummary
from steward.cluster.diagnosis_collector import DiagnosisCollector
from steward.cluster.ports import Observer
from steward.daemon.collection.poll import ClusterPoll
from steward.daemon.collection.recent_samples import RecentSamples
from steward.daemon.ports import Clock
from steward.model.addressing import addressed
from steward.model.command import NOWHERE, ClusterTarget
from steward.model.error import StewardError
from steward.model.lag import LagStatus
from steward.model.verdict import Cause, Verdict

EARLY = 0.5
"""Share of its objective from which a group is diagnosed: the diagnosis is ready when the alert fires."""
AGAIN_SECONDS = 60.0
UNSTABLE_REBALANCES = 3
_QUERIES = 200
_MOST_CASES = 20
_MOST_POINTS = 60_000
"""Commits that one diagnosis processes: about half a second of work."""


@dataclass(slots=True)
class _Known:
    work: DiagnosisCollector
    verdict: Verdict | None = None
    at: float | None = None
    was_over: bool = False

    def is_due(self, now: float, *, over: bool) -> bool:
        """Return whether to diagnose it again: after a minute, and when it passes its objective."""
        return self.at is None or now - self.at >= AGAIN_SECONDS or over != self.was_over


class Diagnoser:
    """Diagnoses one cluster's lagging groups, worst first, a few at each poll.

    Only groups small enough to have stored samples are diagnosed. A diagnosis takes one more sample (a dozen requests)
    and joins it with the stored ones. It is valid for a minute and while its group lags; a group that cannot be
    diagnosed has none.
    Units: no diagnosis starts later than ``seconds`` after the first one of a poll, so that alerts are not delayed
           longer.
    """

    def __init__(
        self,
        observer: Observer,
        recent: RecentSamples,
        *,
        objective_of: Callable[[str], float],
        clock: Clock,
        target: ClusterTarget = NOWHERE,
        seconds: float = 1.0,
    ) -> None:
        self._observer = observer
        self._recent = recent
        self._objective_of = objective_of
        self._clock = clock
        self._target = target
        self._seconds = seconds
        self._known: dict[str, _Known] = {}

    def verdicts(self, poll: ClusterPoll) -> Mapping[str, Verdict]:
        """Return the cause of each group's lag, where it is known by now."""
        troubled = {
            g.group: self._pressure(g, poll) for g in poll.groups if g.group in poll.group_samples
        }
        worst = [g for g, much in sorted(troubled.items(), key=lambda p: (-p[1], p[0])) if much]
        self._known = {g: k for g, k in self._known.items() if troubled.get(g)}
        began = self._clock.monotonic()
        for group in worst[:_MOST_CASES]:
            if self._clock.monotonic() - began >= self._seconds:
                break
            known = self._known.get(group)
            if known is None:
                known = self._known[group] = _Known(DiagnosisCollector(self._observer, group))
            over = troubled[group] > 1
            if known.is_due(began, over=over):
                known.at, known.was_over = began, over
                known.verdict = self._diagnosed(group, known.work)
        return {g: k.verdict for g, k in self._known.items() if k.verdict is not None}

    def _pressure(self, group: GroupLagSummary, poll: ClusterPoll) -> float:
        """Return how close a group is to an alert, 0 where it is not lagging."""
        lag = max(group.value or 0.0, group.low or 0.0) / self._objective_of(group.group)
        stability = poll.stability.get(group.group)
        restless = stability is not None and stability.rebalances_in_5m >= UNSTABLE_REBALANCES
        if group.status is LagStatus.DATA_LOSS or restless:
            return max(1.0, lag)
        return lag if lag >= EARLY else 0.0

    def _diagnosed(self, group: str, work: DiagnosisCollector) -> Verdict | None:
        """Diagnose a group; None where that fails or there is nothing to explain."""
        try:
            now = work.sample(last=True)
            most = _MOST_POINTS // max(1, len(now.committed))
            before = [k for k in self._recent.of(group, most) if k.at < now.at]
            case = work.diagnosis_input(
                relevant_samples([*before, now]),
                objective_seconds=self._objective_of(group),
                now_ms=self._clock.now_ms,
                budget=_QUERIES,
            )
        except StewardError:
            return None
        verdict = addressed(diagnose(case), self._target).verdict
        return None if verdict.cause is Cause.HEALTHY else verdict
