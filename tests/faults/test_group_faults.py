"""All faults of groups at once on one cluster: each group gets its own verdict, the healthy ones none."""

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest

from faults.catalog import GROUP_FAULTS, Fault
from faults.injection import injectors
from faults.results import Result, result_of
from faults.rounds import eyes_on
from faults.watching import READY_S, is_settled, watched

pytestmark = [pytest.mark.brokers, pytest.mark.faults, pytest.mark.timeout(900)]
AT_ONCE = ("lag-spike", "hanging-transaction", "healthy-steady")
"""Groups that the command line can tell from a cold start."""
COLD_START_S = 15.0


@pytest.fixture(scope="module")
def told(faulty: str, results: dict[str, Result], story: list[str]) -> Iterator[dict[str, Result]]:
    """Make all trouble, look at it, and judge it; what it came to, by the fault's name."""
    with eyes_on(faulty) as observer, injectors(faulty) as making:
        names = sorted({fault.injector for fault in GROUP_FAULTS})
        for name in names:
            making.begin(name)
        making.until(
            lambda: all(is_settled(making, name) for name in names), "groups are at work", READY_S
        )
        rounds, since = watched(observer, making, GROUP_FAULTS)
        story += making.story()
        for fault in GROUP_FAULTS:
            began = max(since, making.there.get(fault.injector, since))
            judged = rounds.watches[fault.group].judged
            if fault.injector not in making.failed:
                results[fault.name] = result_of(fault, judged, began)
        yield results


@pytest.mark.parametrize("fault", GROUP_FAULTS, ids=lambda fault: fault.name)
def test_a_group_is_diagnosed(told: dict[str, Result], fault: Fault):
    assert fault.name in told, "it could not be injected"
    result = told[fault.name]
    assert result.verdict == fault.cause, result.summary
    assert result.right, f"the action is not right: {result.summary}"


def test_the_command_line_tells_from_a_cold_start(told: dict[str, Result], faulty: str):
    faults = [fault for fault in GROUP_FAULTS if fault.name in AT_ONCE]
    command = [sys.executable, "-m", "steward", "diagnose", "--cluster", faulty, "-o", "json"]
    asked = [
        (fault, subprocess.Popen([*command, fault.group], stdout=subprocess.PIPE, text=True))
        for fault in faults
    ]
    for fault, process in asked:
        told_by_it = json.loads(process.communicate(timeout=120)[0])
        assert told_by_it["data"]["group"] == fault.group
        assert told_by_it["data"]["verdict"]["cause"] == fault.cause.value
        assert process.returncode == 0
