"""``steward diagnose``: the cause of a group's lag, with evidence and remedy."""

import math
from dataclasses import dataclass
from typing import Annotated

from steward.analysis.diagnosis.decide import GroupDiagnosis
from steward.analysis.diagnosis.decide import diagnose as decide
from steward.analysis.diagnosis.samples import GroupSample
from steward.analysis.diagnosis.time_window import SHORTEST_SECONDS, relevant_samples
from steward.cluster.diagnosis_collector import INPUT_PARTS, DiagnosisCollector
from steward.cluster.external.client_metrics import read_clients
from steward.cluster.ports import Observer
from steward.commands.api.answers import answer, cluster_name, wanted
from steward.commands.api.context import Context
from steward.commands.api.objectives import objectives_in
from steward.commands.api.registry import Answer, Capability, Outcome, capability
from steward.commands.lag.stored_samples import saved_samples
from steward.model.doc import Candidates, Doc
from steward.model.error import UsageError
from steward.model.snapshot import Part
from steward.model.unknown import Observed, value_or
from steward.model.verdict import Cause, Certainty, Verdict
from steward.model.wording import count

SHORTEST_WAIT = 10.0
_MOST_LOOKS = 60
_LONGEST_INTERVAL = 10.0
_HARMLESS = frozenset({Cause.HEALTHY, Cause.CATCHING_UP, Cause.MARKER_ONLY})
_ORDER = (Certainty.POSSIBLE, Certainty.LIKELY, Certainty.KNOWN)
_RESULT_PARTS = (Part.GROUPS, Part.GROUP_OFFSETS, Part.TOPICS, Part.OFFSETS)


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnoseParams:
    """Which group, how long to sample it, and additional evidence."""

    group: Annotated[str, Doc("the group's name", positional=True, completes=Candidates.GROUPS)]
    wait: Annotated[
        float,
        Doc(
            "how long to sample, at least 10 s; rates and stalled commits count as likely from 5 min on",
            metavar="DURATION",
        ),
    ] = 11.0
    objective: Annotated[
        float | None,
        Doc(
            "maximum lag of the group; default: [alerts], or 60s",
            metavar="DURATION",
        ),
    ] = None
    client_metrics: Annotated[
        tuple[str, ...],
        Doc(
            "Prometheus or OpenMetrics endpoint of a consumer of the group, or a KIP-714 collector",
            metavar="URL",
        ),
    ] = ()
    client_stats: Annotated[
        tuple[str, ...],
        Doc(
            "file with a consumer's librdkafka statistics (JSON, as its callback gets them)",
            metavar="FILE",
        ),
    ] = ()
    fail_on: Annotated[
        str,
        Doc(
            "exit with 3 for a harmful cause of at least this confidence; unknown: also when no cause is found",
            choices=("possible", "likely", "known", "unknown", "never"),
        ),
    ] = "never"


@capability(
    "diagnose",
    parts=INPUT_PARTS,
    long=True,
    examples=(
        "steward diagnose billing",
        "steward diagnose billing --wait 5m",
        "steward diagnose billing --client-metrics http://10.0.0.7:9404/metrics",
        "steward diagnose billing -o json --fail-on likely",
    ),
)
def diagnose(params: DiagnoseParams, context: Context) -> Answer[GroupDiagnosis]:
    """Diagnose why a group lags, with the evidence, and what to do.

    Samples only the group's own topics, for 11 seconds or as long as --wait says. The first cause that fits is the
    verdict; other causes that fit, missing evidence and the capacity calculation follow. Causes based on rates or on a
    stalled commit are at most possible before five minutes of sampling. Recent samples of `steward serve` are used if
    present; then the answer is immediate.
    """
    if params.wait < SHORTEST_WAIT:
        raise UsageError(
            f"--wait {params.wait:g}s is too short: rates need {SHORTEST_WAIT:g} s",
            remedy="who decided it; default: the current user",
        )
    objective = objectives_in(context, params.objective).of_group(params.group)
    with context.connect(context.connection) as observer:
        work = DiagnosisCollector(observer, params.group, context.progress)
        samples = take_samples(work, observer, params, context)
        reports, failed = read_clients(
            params.client_metrics, params.client_stats, context.connection.connect_timeout_seconds
        )
        case = work.diagnosis_input(
            samples,
            objective_seconds=objective,
            now_ms=context.now_ms,
            clients=reports,
            unread_clients=failed,
        )
    found = decide(case)
    parts = _RESULT_PARTS if isinstance(work.latest.groups, Observed) else (Part.GROUPS,)
    outcome = outcome_of(found.verdict, params.fail_on)
    return answer(found, work.latest, context, parts, outcome=outcome)


def take_samples(
    work: DiagnosisCollector, observer: Observer, params: DiagnoseParams, context: Context
) -> tuple[GroupSample, ...]:
    """Sample until the time is over, with progress; the group must exist.

    Recent samples of a daemon count as sampled time: with enough of them one new sample suffices.
    """
    context.progress(f"sampling group {params.group}")
    before_ms = context.now_ms()
    first = work.sample()
    seen = cluster_name(work.latest, context)
    kept = saved_samples(context, params.group, before_ms, seen.id or "")
    samples = [*kept, first]
    if not work.is_listed:
        _require_group(observer, params.group)
    interval = min(_LONGEST_INTERVAL, max(1.0, params.wait / _MOST_LOOKS))
    ends_ms = round(samples[0].at * 1000 if kept else context.now_ms()) + params.wait * 1000
    last = bool(kept) and context.now_ms() >= ends_ms
    while not last:
        left = max(0.0, (ends_ms - context.now_ms()) / 1000)
        last = left <= interval
        total = len(samples) + math.ceil(left / interval)
        context.wait(
            min(interval, left), _sample_text(samples), number=len(samples), total=total, left=left
        )
        samples.append(work.sample(last=last))
    return relevant_samples(samples, max(params.wait, SHORTEST_SECONDS)) if kept else tuple(samples)


def _sample_text(samples: list[GroupSample]) -> str:
    last = samples[-1]
    members, partitions = len(last.members), len(last.committed)
    return f"{count(members, 'member')}, {count(partitions, 'partition')}; sample"


def _require_group(observer: Observer, group: str) -> None:
    """Refuse a group that does not exist, with the nearest existing name."""
    seen = observer.observe(frozenset({Part.GROUPS})).groups
    complete = isinstance(seen, Observed) and not seen.gaps
    wanted((group,), (g.id for g in value_or(seen, ())), "group", complete=complete)


def outcome_of(verdict: Verdict, fail_on: str) -> Outcome:
    """Return whether a verdict is as harmful and as certain as what counts as failed."""
    if fail_on == "never" or verdict.cause in _HARMLESS:
        return Outcome.DONE
    if verdict.cause is Cause.NO_VALID_MEASUREMENT:
        return Outcome.FINDINGS if fail_on == "unknown" else Outcome.DONE
    least = _ORDER[0] if fail_on == "unknown" else Certainty(fail_on)
    sure = _ORDER.index(verdict.confidence) >= _ORDER.index(least)
    return Outcome.FINDINGS if sure else Outcome.DONE


CAPABILITIES: tuple[Capability, ...] = (diagnose,)
