"""Records that were old when they came into the log are no lag of who reads them at once."""

from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.diagnosis.test_kept_samples import AT, case_of, look
from steward.analysis.diagnosis.decide import diagnose
from steward.analysis.diagnosis.samples import GroupSample
from steward.model.verdict import Cause, Certainty


def reading(rate: int, waiting: int, seconds: int) -> tuple[GroupSample, ...]:
    """Looks each 5 s at a group that reads what comes, but for what came ``waiting`` looks ago and later."""
    return tuple(
        look(AT + at, "Stable", ("a",), 100 + rate * (at - 5 * waiting), 100 + rate * at)
        for at in range(0, seconds + 1, 5)
    )


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 500), st.integers(1, 3), st.floats(61, 86_400))
def test_a_group_that_reads_at_once_is_healthy_however_old_its_records_came(
    rate: int, waiting: int, age: float
) -> None:
    verdict = diagnose(case_of(reading(rate, waiting, 120), age)).verdict
    assert (verdict.cause, verdict.confidence) == (Cause.HEALTHY, Certainty.KNOWN)
    assert "entered the log" in verdict.summary
    assert not verdict.actions


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 500), st.integers(13, 40), st.floats(61, 86_400))
def test_what_waited_in_the_log_for_longer_than_the_objective_is_lag(
    rate: int, waiting: int, age: float
) -> None:
    verdict = diagnose(case_of(reading(rate, waiting, 300), age)).verdict
    assert verdict.cause is not Cause.HEALTHY


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 500), st.floats(61, 86_400))
def test_a_look_too_short_to_see_when_records_came_proves_nothing(rate: int, age: float) -> None:
    looks = reading(rate, 10, 20)
    assert diagnose(case_of(looks, age)).verdict.cause is not Cause.HEALTHY
