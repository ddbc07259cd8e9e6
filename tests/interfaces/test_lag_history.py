"""`steward lag --since`: what was kept is shown, without a look at the cluster."""

from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from steward.commands.api.envelope import envelope_schema
from steward.commands.lag.lag import lag
from steward.interfaces.views.lag_history import lag_bars
from steward.model.connection import Secret
from steward.model.error import ClusterUnreachable
from steward.model.history import EventKind, GroupEvent, GroupPoint
from steward.model.lag import Basis, LagStatus
from steward.model.unknown import Observed
from steward.store.open import open_store
from support.command_line import CommandLine


def point(group: str, seconds: float | None) -> GroupPoint:
    return GroupPoint(
        group=group, state="Stable", lag_records=5, lag_seconds=seconds, low=seconds, high=seconds,
        basis=None if seconds is None else Basis.CREATE_TIME, members=2,
        status=LagStatus.UNKNOWN if seconds is None
        else LagStatus.OVER_OBJECTIVE if seconds > 60 else LagStatus.OK,
    )  # fmt: skip


@pytest.fixture
def steward(steward: CommandLine, tmp_path: Path) -> CommandLine:
    """A cluster that is down, of which a daemon kept an hour."""
    import time

    now = time.time_ns() // 1_000_000
    with open_store(Secret(f"sqlite:///{tmp_path}/state/steward.db")) as store:
        for minute in range(60):
            at = now - (60 - minute) * 60_000
            lag_seconds = 90.0 if 30 <= minute < 45 else 2.0
            audit = None if minute % 10 == 0 else 1.0
            store.history.append(
                "prod", at, [point("payments", lag_seconds), point("audit", audit)]
            )
        store.history.append("dev", now - 600_000, [point("other", 1.0)])
        rebalance = GroupEvent(
            at_ms=now - 60_000, group="payments", kind=EventKind.REBALANCE, count=3
        )
        store.events.append("prod", [rebalance])
    steward.fault = ClusterUnreachable("no broker answered", remedy="")
    return steward


def test_history_answers_while_the_cluster_is_down(steward: CommandLine) -> None:
    ran = steward("lag", "--since", "2h", "-o", "json")
    assert ran.code == 0
    jsonschema.validate(ran.json, envelope_schema(lag))
    payments, audit = ran.json["data"]["history"]
    assert (payments["group"], audit["group"]) == ("payments", "audit"), "the worst first"
    assert payments["worst_seconds"] == 90.0
    assert payments["over_objective_ratio"] == 0.25
    assert payments["rebalances"] == 3
    assert len(payments["points"]) == 60
    first = payments["points"][0]
    assert first["lag_seconds"] == {"value": 2.0, "low": 2.0, "high": 2.0, "basis": "create_time"}
    assert [u for u in ran.json["unknown"] if u["of"] == "audit"] == [
        {"what": "history.lag_seconds", "of": "audit", "why": "unknown in 6 of 60 samples"}
    ]


def test_history_belongs_to_the_cluster_that_answers(steward: CommandLine, tmp_path: Path) -> None:
    """Whatever answers now, what was kept of another cluster id is not shown as its own."""
    with open_store(Secret(f"sqlite:///{tmp_path}/state/steward.db")) as store:
        store.clusters.learn("prod", "old-id")
    down = steward("lag", "--since", "2h", "-o", "json").json
    assert down["cluster"]["id"] == "old-id"
    assert len(down["data"]["history"]) == 2
    (notice,) = down["warnings"]
    assert notice["code"] == "cluster_not_asked"
    assert "cluster id old-id, the last that steward serve saw as prod" in notice["message"]
    steward.fault = None
    identity = steward.snapshot.identity
    assert isinstance(identity, Observed)
    other = replace(identity, value=replace(identity.value, cluster_id="new-id"))
    steward.snapshot = replace(steward.snapshot, identity=other)
    for words in (("lag", "--since", "2h"), ("capacity", "forecast")):
        ran = steward(*words, "-o", "json").json
        assert ran["cluster"] == {"id": "new-id", "name": "prod"}
        assert [w["code"] for w in ran["warnings"]] == ["cluster_replaced", "no_history"]
        assert "old-id" in ran["warnings"][0]["message"]
        assert not any(ran["data"].get(of) for of in ("history", "forecasts"))
    same = replace(identity, value=replace(identity.value, cluster_id="old-id"))
    steward.snapshot = replace(steward.snapshot, identity=same)
    again = steward("lag", "--since", "2h", "-o", "json").json
    assert (len(again["data"]["history"]), again["warnings"]) == (2, [])


def test_text_shows_the_course_in_a_line(steward: CommandLine) -> None:
    ran = steward("lag", "payments", "--since", "1h")
    (row,) = [line for line in ran.out.splitlines() if line.startswith("payments")]
    assert "1m 30s" in row
    # the first point may be just older than an hour, and a bar more or less falls between two columns
    assert " 25." in row
    assert 7 <= row.count("▇") <= 9, row
    assert "audit" not in ran.out


def test_a_shorter_time_shows_less(steward: CommandLine) -> None:
    ran = steward("lag", "--since", "5m", "-o", "json")
    assert {g["worst_seconds"] for g in ran.json["data"]["history"]} == {2.0, 1.0}
    assert (
        steward("lag", "--since", "5m", "--over", "90s", "-o", "json").json["data"]["history"] == []
    )


def test_it_fails_on_what_was(steward: CommandLine) -> None:
    assert steward("lag", "--since", "1h", "--fail-on", "over_objective").code == 3
    assert steward("lag", "--since", "5m", "--fail-on", "over_objective").code == 0
    assert steward("lag", "--since", "1h", "--fail-on", "unknown").code == 3


@pytest.mark.parametrize("words", [("--watch",), ("--by", "topic"), ("--topic", "orders")])
def test_what_history_cannot_show_is_refused(steward: CommandLine, words: tuple[str, ...]) -> None:
    assert steward("lag", "--since", "1h", *words).code == 2


def test_nothing_kept_is_said_with_what_keeps(steward: CommandLine) -> None:
    ran = steward("--cluster", "dev", "lag", "--since", "5m")
    assert ran.code == 0
    assert "no samples in this period" in ran.out
    assert "steward serve" in ran.err
    assert steward("lag", "nobody", "--since", "1h").code == 1


def test_the_course_marks_unknown_times_and_gaps() -> None:
    from steward.commands.lag.history import HistoryPoint
    from steward.model.instant import Instant
    from steward.model.lag import LagSeconds

    def at(ms: int, seconds: float | None, span: int = 0) -> HistoryPoint:
        lag_seconds = (
            None
            if seconds is None
            else LagSeconds(value=seconds, low=seconds, high=seconds, basis=Basis.APPEND)
        )
        return HistoryPoint(
            at=Instant(ms), span_seconds=span, samples=1, unknown_samples=int(seconds is None),
            lag_seconds=lag_seconds, best_seconds=None, lag_records=None, lost_records=0,
            status=LagStatus.OK, members=None,
        )  # fmt: skip

    drawn = lag_bars(
        [at(0, 0.0), at(4_000, 500.0), at(8_000, None), at(16_000, 60.0, 8)], 0, 32_000, 60
    )
    assert drawn == "▁···█···?·······▅▅▅▅▅▅▅▅········"


def test_history_of_a_cluster_that_was_replaced_is_not_mixed_in(
    steward: CommandLine, tmp_path: Path
) -> None:
    with open_store(Secret(f"sqlite:///{tmp_path}/state/steward.db")) as store:
        store.clusters.learn("prod", "first")
    ran = steward("lag", "--since", "2h", "-o", "json")
    assert [g["group"] for g in ran.json["data"]["history"]] == ["payments", "audit"]
    assert ran.json["cluster"] == {"id": "first", "name": "prod"}
    with open_store(Secret(f"sqlite:///{tmp_path}/state/steward.db")) as store:
        store.clusters.learn("prod", "second")
    ran = steward("lag", "--since", "2h", "-o", "json")
    assert ran.json["data"]["history"] == []
    assert ran.json["cluster"] == {"id": "second", "name": "prod"}
