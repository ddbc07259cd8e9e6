"""Changes validated without being made: cut into requests that the controller takes, and what counts as a refusal."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from steward.cluster.adapters.changes import validate_only as validating
from steward.model.change import Change, CreateTopic, DeleteGroup
from steward.model.error import BrokerRefused, DeadlineExceeded

INVALID_CONFIG, THROTTLED, DENIED = 40, 89, 29


def _topic(number: int, partitions: int = 1) -> CreateTopic:
    return CreateTopic(name=f"t{number}", partitions=partitions, replication_factor=1)


class Asked:
    """Answers with codes by topic; records how many went into each request."""

    def __init__(self, codes: dict[str, int], fault: Exception | None = None) -> None:
        self.codes = codes
        self.fault = fault
        self.sizes: list[int] = []

    async def __call__(
        self, _: Any, changes: Sequence[CreateTopic], *, validate_only: bool
    ) -> dict[int, tuple[int, str | None]]:
        assert validate_only
        self.sizes.append(len(changes))
        if self.fault is not None:
            raise self.fault
        return {i: (self.codes.get(c.name, 0), "said") for i, c in enumerate(changes)}


def _validated(
    monkeypatch: pytest.MonkeyPatch, asked: Asked, changes: Sequence[Change]
) -> list[BrokerRefused | None]:
    monkeypatch.setattr(validating, "ask_create_topics", asked)
    client: Any = None
    return asyncio.run(validating.validate(client, changes))


def test_only_what_is_said_of_the_change_itself_refuses_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Asked({"t1": INVALID_CONFIG, "t2": THROTTLED, "t3": DENIED})
    found = _validated(monkeypatch, asked, [*map(_topic, range(4)), DeleteGroup(group="g")])
    assert [bool(f) for f in found] == [False, True, False, False, False]
    assert found[1] is not None
    assert str(found[1]) == "CreateTopics: INVALID_CONFIG: said"


def test_a_request_holds_no_more_records_than_the_controller_takes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = Asked({})
    found = _validated(monkeypatch, asked, [_topic(n, partitions=50) for n in range(300)])
    assert found == [None] * 300
    assert sum(asked.sizes) == 300
    assert all(size * 51 < 10_000 for size in asked.sizes)


def test_an_answer_that_is_lost_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Asked({}, DeadlineExceeded("lost", may_have_happened=True))
    assert _validated(monkeypatch, asked, [_topic(1)]) == [None]
