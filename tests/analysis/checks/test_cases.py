"""Every check meets its cases: bad state found, good state quiet, missing fact unknown."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from steward.analysis.checks.catalog import CHECKS
from steward.analysis.checks.facts import Facts
from steward.analysis.checks.runner import run_checks
from steward.analysis.checks.thresholds import Thresholds
from steward.model.connection import Environment
from steward.model.policy import Criticality
from support.cluster_text import NOW_MS, snapshot_of

FILES = sorted((Path(__file__).parent / "cases").glob("*/*.yaml"))
BY_NAME = {check.name: check for check in CHECKS}


def read(path: Path) -> dict[str, Any]:
    return yaml.load(path.read_text(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


CASES = [
    pytest.param(path.stem, case, id=f"{path.stem}: {case['name']}")
    for path in FILES
    for case in read(path)["cases"]
]


def facts_of(case: dict[str, Any]) -> Facts:
    """Read a case: ``cluster``, and ``earlier`` snapshots as (seconds ago, cluster) if the check compares several."""

    def facts(cluster: dict[str, Any], at_ms: int, earlier: tuple[Facts, ...] = ()) -> Facts:
        return Facts(
            snapshot_of(cluster, at_ms),
            now_ms=at_ms,
            thresholds=Thresholds(**case.get("thresholds", {})),
            environment=Environment(case.get("environment", "production")),
            criticality={k: Criticality(v) for k, v in case.get("criticality", {}).items()},
            earlier=earlier,
        )

    snapshots = tuple(
        facts(
            {**case["cluster"], **snapshot["cluster"]}, NOW_MS - int(snapshot["seconds_ago"] * 1000)
        )
        for snapshot in case.get("earlier", [])
    )
    return facts(case["cluster"], NOW_MS, snapshots)


@pytest.mark.parametrize(("name", "case"), CASES)
def test_case(name: str, case: dict[str, Any]) -> None:
    """``finds`` lists object and severity of every finding, and, where wording matters, words of its summary."""
    report = run_checks([BY_NAME[name]], facts_of(case))
    found = sorted((str(f.object), f.severity.label) for f in report.findings)
    expected = sorted((f["object"], f["severity"]) for f in case["finds"])
    assert found == expected, [f.summary for f in report.findings]
    for expectation in case["finds"]:
        summaries = [f.summary for f in report.findings if str(f.object) == expectation["object"]]
        assert any(expectation.get("says", "") in summary for summary in summaries), summaries
    for finding in report.findings:
        assert finding.evidence
        assert all(e.source and e.fact and e.value for e in finding.evidence)
        assert finding.remedy.summary


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_file_is_named_for_its_check(path: Path) -> None:
    assert read(path)["check"] == path.stem
    assert path.stem in BY_NAME


@pytest.mark.parametrize("check", CHECKS, ids=lambda c: c.name)
def test_every_check_has_positive_negative_and_unknown_cases(check: Any) -> None:
    path = next(path for path in FILES if path.stem == check.name)
    severities = [{f["severity"] for f in case["finds"]} for case in read(path)["cases"]]
    assert any(s - {"unknown"} for s in severities), "no case in which it finds something"
    assert any(not s for s in severities), "no case in which it is quiet"
    assert any("unknown" in s for s in severities), "no case in which a fact is missing"


HEADINGS = ("What it means:", "Why it matters:", "What to do:")


@pytest.mark.parametrize("check", CHECKS, ids=lambda c: c.name)
def test_docstring_can_be_published(check: Any) -> None:
    positions = [check.doc.find(heading) for heading in HEADINGS]
    assert -1 not in positions
    assert positions == sorted(positions)
    assert check.headline.endswith(".")


def _unlimited_otherwise(value: Any) -> Any:
    """Write the largest number for every retention of -1."""
    if isinstance(value, list):
        return [_unlimited_otherwise(v) for v in value]
    if not isinstance(value, dict):
        return value
    largest = str(2**63 - 1)
    found = {k: _unlimited_otherwise(v) for k, v in value.items()}
    for key in found:
        if isinstance(key, str) and "retention." in key:
            if found[key] == "-1":
                found[key] = largest
            elif isinstance(found[key], list) and found[key][0] == "-1":
                found[key] = [largest, *found[key][1:]]
    return found


ENDLESS = [p for p in CASES if _unlimited_otherwise(p.values[1]) != p.values[1]]


@pytest.mark.parametrize(("name", "case"), ENDLESS)
def test_the_largest_number_is_as_unlimited_as_minus_one(name: str, case: dict[str, Any]) -> None:
    assert len(ENDLESS) > 5
    test_case(name, _unlimited_otherwise(case))
