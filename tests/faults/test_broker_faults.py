"""Faults of a broker, one after another: each disturbs the whole cluster."""

import time
from collections.abc import Iterator

import pytest

from faults.catalog import SINGLE_FAULTS, Fault
from faults.injection import Injectors, injectors
from faults.results import Result, result_of
from faults.rounds import Rounds, eyes_on

pytestmark = [pytest.mark.brokers, pytest.mark.faults, pytest.mark.timeout(400)]
ROUND_S = 5.0
ROUNDS = 5
JUDGED_FROM = 3
READY_S = 240.0


@pytest.fixture(scope="module")
def making(faulty: str) -> Iterator[Injectors]:
    """The injectors' process."""
    with injectors(faulty) as process:
        yield process


@pytest.mark.parametrize("fault", SINGLE_FAULTS, ids=lambda fault: fault.name)
def test_a_broker_is_diagnosed(
    making: Injectors, faulty: str, results: dict[str, Result], story: list[str], fault: Fault
):
    name, begun = fault.injector, time.monotonic()
    making.begin(name)
    try:
        making.until(lambda: name in making.there or name in making.failed, name, READY_S)
        assert name in making.there, making.failed[name]
        story.append(f"{name}: there after {making.there[name] - begun:.0f} s")
        with eyes_on(faulty) as observer:
            rounds, began = Rounds(observer, [fault.group]), time.monotonic()
            for number in range(ROUNDS):
                if number:
                    making.take_in(ROUND_S)
                rounds.look(judging=[fault.group] if number >= JUDGED_FROM else ())
    finally:
        making.end(name)
    result = result_of(fault, rounds.watches[fault.group].judged, began)
    results[fault.name] = result
    assert result.verdict == fault.cause, result.summary
    assert result.right, f"the action is not right: {result.summary}"
