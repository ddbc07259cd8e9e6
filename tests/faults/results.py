"""What came of each fault, as rows of a table: printed after the tests, and written into the documents on demand."""

from collections.abc import Iterable
from dataclasses import dataclass

from faults.catalog import Fault
from faults.right_actions import is_right
from faults.rounds import Judged
from steward.analysis.diagnosis.decide import GroupDiagnosis
from steward.model.lag import LagSeconds
from steward.model.verdict import Cause


@dataclass(frozen=True, kw_only=True)
class Result:
    """One fault and its last diagnosis."""

    fault: Fault
    verdict: Cause
    confidence: str
    right: bool
    seconds: float | None
    """from when the trouble was there, and looked at, to the first verdict that stayed right; None if none did"""
    summary: str


def result_of(fault: Fault, judged: list[Judged], since: float) -> Result:
    """Return how a fault ended that was there since a (monotonic) time.

    Lag that comes and goes with each commit is there to be explained only while it is over the objective: verdicts of
    between, which rightly find nothing, do not count.
    """
    if fault.cause is Cause.COMMIT_RHYTHM:
        judged = [one for one in judged if _is_over(one.diagnosis)]
        assert judged, f"{fault.group} was never seen over its objective"
    last = judged[-1].diagnosis
    settled: float | None = None
    for one in reversed(judged):
        if not is_right(one.diagnosis, fault.cause, fault.says, fault.withholds):
            break
        settled = one.at
    return Result(
        fault=fault,
        verdict=last.verdict.cause,
        confidence=last.verdict.confidence.value,
        right=is_right(last, fault.cause, fault.says, fault.withholds),
        seconds=None if settled is None else max(0.0, settled - since),
        summary=last.verdict.summary,
    )


def _is_over(diagnosis: GroupDiagnosis) -> bool:
    lag = diagnosis.lag_seconds
    return isinstance(lag, LagSeconds) and lag.value > diagnosis.objective_seconds


def share_right(results: Iterable[Result]) -> float:
    """Return the share of faults whose cause and action were right."""
    rows = list(results)
    return sum(r.right for r in rows) / len(rows) if rows else 0.0


def table(results: Iterable[Result]) -> list[str]:
    """Write the rows as a Markdown table."""
    head = ["Fault", "Expected", "Verdict", "Confidence", "Right", "Seconds to verdict"]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for r in results:
        seconds = "" if r.seconds is None else f"{r.seconds:.0f}"
        cells = [
            r.fault.name, r.fault.cause.value, r.verdict.value, r.confidence,
            "yes" if r.right else "**no**", seconds,
        ]  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    return lines
