"""Every cause meets its cases: found where it is, withheld where the rules say so; and nothing is blamed in between."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from steward.analysis.diagnosis.decide import CAUSES, diagnose
from steward.model.verdict import Cause
from support.case_text import case_of

FILES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))
CASES = [
    pytest.param(path.stem, case, id=f"{path.stem}: {case['name']}")
    for path in FILES
    for case in yaml.safe_load(path.read_text())["cases"]
]


@pytest.mark.parametrize(("cause", "case"), CASES)
def test_case(cause: str, case: dict[str, Any]) -> None:
    """``verdict`` is the cause expected, the file's own by default; ``withheld`` ones may not even be runners-up."""
    found = diagnose(case_of(case["given"]))
    assert found.verdict.cause == case.get("verdict", cause), found.verdict.summary
    if "confidence" in case:
        assert found.verdict.confidence == case["confidence"]
    for words in case.get("says", ()):
        said = [found.verdict.summary, *(f"{e.fact} {e.value}" for e in found.verdict.evidence)]
        assert words in "\n".join(said)
    for words in case.get("does", ()):
        told = [f"{a.summary} {a.command} {a.caution}" for a in found.verdict.actions]
        assert words in "\n".join(told)
    fitting = {v.cause for v in (found.verdict, *found.runners_up)}
    if case.get("verdict", cause) != cause:
        assert cause not in fitting - {Cause(case["also"]) if "also" in case else None}
    assert {v.cause for v in found.runners_up} >= set(case.get("runners_up", ()))
    assert not fitting & set(case.get("withheld", ()))


def test_every_cause_has_a_case_that_finds_it_and_one_that_does_not() -> None:
    for cause in Cause:
        cases = [p.values[1] for p in CASES if p.values[0] == cause.value]
        assert any(c.get("verdict", cause.value) == cause for c in cases), cause
        if cause is not Cause.HEALTHY:
            assert any(c.get("verdict", cause.value) != cause for c in cases), cause


def test_causes_are_tried_in_the_order_of_the_list() -> None:
    order = [c.value for c in Cause]
    names = [c.__name__ for c in CAUSES]
    assert names == [n for n in order if n in names]
    assert set(order) - set(names) == {"healthy"}


@pytest.mark.parametrize(("cause", "case"), CASES)
def test_every_verdict_has_proof_and_something_to_do(cause: str, case: dict[str, Any]) -> None:
    found = diagnose(case_of(case["given"]))
    for verdict in (found.verdict, *found.runners_up):
        assert verdict.evidence
        assert verdict.actions or verdict.cause is Cause.HEALTHY
        assert verdict.summary.endswith(".")
        assert verdict.settles or verdict.confidence != "possible"
        assert all(e.source and e.fact and e.value for e in verdict.evidence)
        assert not re.search(r"\bNone\b(?! of)", verdict.summary)
        assert "  " not in verdict.summary
