"""Keys and members that make the difference between right and wrong advice, on real brokers."""

from collections.abc import Iterator

import pytest

from faults.catalog import TRIAL_FAULTS, Fault
from faults.injection import injectors
from faults.results import Result, result_of
from faults.rounds import eyes_on
from faults.watching import READY_S, is_settled, watched

pytestmark = [pytest.mark.brokers, pytest.mark.faults, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def told(faulty: str, results: dict[str, Result], story: list[str]) -> Iterator[dict[str, Result]]:
    """Make the trouble, look at it, and judge it."""
    with eyes_on(faulty) as observer, injectors(faulty) as making:
        names = [fault.injector for fault in TRIAL_FAULTS]
        for name in names:
            making.begin(name)
        making.until(
            lambda: all(is_settled(making, name) for name in names), "groups are at work", READY_S
        )
        rounds, since = watched(observer, making, TRIAL_FAULTS)
        story += making.story()
        for fault in TRIAL_FAULTS:
            began = max(since, making.there.get(fault.injector, since))
            results[fault.name] = result_of(fault, rounds.watches[fault.group].judged, began)
        yield results


@pytest.mark.parametrize("fault", TRIAL_FAULTS, ids=lambda fault: fault.name)
def test_a_group_is_advised_rightly(told: dict[str, Result], fault: Fault):
    result = told[fault.name]
    assert result.verdict == fault.cause, result.summary
    assert result.right, f"the advice is not right: {result.summary}"
