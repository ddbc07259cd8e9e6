"""Why a group lags, proved by what its looks saw, and what to do about it."""

from dataclasses import dataclass
from typing import Annotated

from steward.analysis.diagnosis.decide import GroupDiagnosis
from steward.analysis.diagnosis.decide import diagnose as decide
from steward.analysis.diagnosis.samples import GroupSample
from steward.analysis.diagnosis.time_window import SHORTEST_SECONDS, since_trouble
from steward.cluster.diagnosis_collector import CASE_PARTS, DiagnosisCollector
from steward.cluster.external.client_metrics import read_clients
from steward.cluster.ports import Observer
from steward.commands.api.answers import answer, cluster_name, value_of, wanted
from steward.commands.api.context import Context
from steward.commands.api.objectives import objectives_in
from steward.commands.api.registry import Answer, Capability, Outcome, capability
from steward.commands.lag.stored_samples import kept_looks
from steward.model.doc import Doc
from steward.model.error import UsageError
from steward.model.snapshot import Part
from steward.model.unknown import Observed
from steward.model.verdict import Cause, Certainty, Verdict

SHORTEST_WAIT = 10.0
_MOST_LOOKS = 60
_LONGEST_INTERVAL = 10.0
_HARMLESS = frozenset({Cause.HEALTHY, Cause.CATCHING_UP, Cause.MARKER_ONLY})
_ORDER = (Certainty.POSSIBLE, Certainty.LIKELY, Certainty.KNOWN)
_RESULT_PARTS = (Part.GROUPS, Part.GROUP_OFFSETS, Part.TOPICS, Part.OFFSETS)


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnoseParams:
    """Which group, for how long, and what else to listen to."""

    group: Annotated[str, Doc("the group's name", positional=True)]
    wait: Annotated[
        float,
        Doc(
            "how long to look, 10 s at least; from 5 min on rates and standing commits count as likely",
            metavar="DURATION",
        ),
    ] = 11.0
    objective: Annotated[
        float | None,
        Doc(
            "lag that the group may have; without it as [alerts] says, 60s by default",
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
            "exit with 3 for a harmful cause at least so sure; unknown: also when none can be told",
            choices=("possible", "likely", "known", "unknown", "never"),
        ),
    ] = "never"


@capability(
    "diagnose",
    parts=CASE_PARTS,
    long=True,
    examples=(
        "steward diagnose billing",
        "steward diagnose billing --wait 5m",
        "steward diagnose billing --client-metrics http://10.0.0.7:9404/metrics",
        "steward diagnose billing -o json --fail-on likely",
    ),
)
def diagnose(params: DiagnoseParams, context: Context) -> Answer[GroupDiagnosis]:
    """Say why a group lags, with the proof, and what to do.

    Looks at the group's own topics only, for 11 seconds or as long as --wait says. The first cause that fits is the
    verdict; runners-up, missing evidence and the arithmetic of members and partitions stand beside it. What rests on
    rates or on a commit that stands is at most possible before five minutes of looking, which `steward serve` may have
    done already: its looks are used, and the answer comes at once.
    """
    if params.wait < SHORTEST_WAIT:
        raise UsageError(
            f"--wait {params.wait:g}s is too short: rates need {SHORTEST_WAIT:g} s",
            remedy="leave it out, or use --wait 5m",
        )
    objective = objectives_in(context, params.objective).of_group(params.group)
    with context.connect(context.connection) as observer:
        work = DiagnosisCollector(observer, params.group, context.progress)
        looks = take_looks(work, observer, params, context)
        reports, failed = read_clients(
            params.client_metrics, params.client_stats, context.connection.connect_timeout_seconds
        )
        case = work.case(
            looks,
            objective_seconds=objective,
            now_ms=context.now_ms,
            clients=reports,
            unread_clients=failed,
        )
    found = decide(case)
    parts = _RESULT_PARTS if isinstance(work.latest.groups, Observed) else (Part.GROUPS,)
    outcome = outcome_of(found.verdict, params.fail_on)
    return answer(found, work.latest, context, parts, outcome=outcome)


def take_looks(
    work: DiagnosisCollector, observer: Observer, params: DiagnoseParams, context: Context
) -> tuple[GroupSample, ...]:
    """Look until the time is over, telling how far it is; the group must exist.

    Shape: looks that a daemon kept of late count as time that was looked: with enough of them one look does.
    """
    context.progress(f"looking at group {params.group}")
    before_ms = context.now_ms()
    first = work.look()
    seen = cluster_name(work.latest, context)
    kept = kept_looks(context, params.group, before_ms, seen.id or "")
    looks = [*kept, first]
    if not work.is_listed:
        _insist(observer, params.group)
    interval = min(_LONGEST_INTERVAL, max(1.0, params.wait / _MOST_LOOKS))
    ends_ms = round(looks[0].at * 1000 if kept else context.now_ms()) + params.wait * 1000
    last = bool(kept) and context.now_ms() >= ends_ms
    while not last:
        left = max(0.0, (ends_ms - context.now_ms()) / 1000)
        last = left <= interval
        context.progress(f"looking for {left:.0f} s more: {_short(looks)}")
        context.sleep(min(interval, left))
        looks.append(work.look(last=last))
    return since_trouble(looks, max(params.wait, SHORTEST_SECONDS)) if kept else tuple(looks)


def _short(looks: list[GroupSample]) -> str:
    last = looks[-1]
    return f"{len(last.members)} members, {len(last.committed)} partitions, look {len(looks)}"


def _insist(observer: Observer, group: str) -> None:
    """Refuse a group that is not there, naming the nearest that is."""
    seen = observer.observe(frozenset({Part.GROUPS})).groups
    complete = isinstance(seen, Observed) and not seen.gaps
    wanted((group,), (g.id for g in value_of(seen, ())), "group", complete=complete)


def outcome_of(verdict: Verdict, fail_on: str) -> Outcome:
    """Tell whether a verdict is as bad, and as sure, as what counts as failed."""
    if fail_on == "never" or verdict.cause in _HARMLESS:
        return Outcome.DONE
    if verdict.cause is Cause.NO_VALID_MEASUREMENT:
        return Outcome.FINDINGS if fail_on == "unknown" else Outcome.DONE
    least = _ORDER[0] if fail_on == "unknown" else Certainty(fail_on)
    sure = _ORDER.index(verdict.confidence) >= _ORDER.index(least)
    return Outcome.FINDINGS if sure else Outcome.DONE


CAPABILITIES: tuple[Capability, ...] = (diagnose,)
