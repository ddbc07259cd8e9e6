"""The command over a cluster that moves: bounded looks, only its own topics, the right verdict, exit codes, text."""

import io
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from steward.analysis.diagnosis.decide import GroupDiagnosis
from steward.analysis.diagnosis.sample_codec import pack
from steward.commands.api.context import Context
from steward.commands.api.envelope import envelope, envelope_schema
from steward.commands.api.registry import Answer, Outcome
from steward.commands.lag.diagnose import DiagnoseParams, diagnose
from steward.interfaces.show import show
from steward.model.connection import Secret
from steward.model.error import ObjectNotFound, UsageError
from steward.model.snapshot import Part
from steward.model.topic import PartitionOffsets
from steward.model.verdict import Cause, Certainty
from steward.store.open import open_store
from support.case_text import case_of
from support.moving_cluster import Clock, MovingCluster

MEMBERS = [
    {"id": f"m{n}", "client": "billing", "host": f"/10.0.0.{n}", "topics": ["orders"],
     "assignment": [f"orders-{n}", f"orders-{n + 5}"]}
    for n in range(5)
]  # fmt: skip


def lag_spike(seconds: float) -> dict[str, Any]:
    """Ten partitions, five members, 25 records/s of 30, committed every 4 s; other topics and groups beside them."""
    committed = {f"orders-{n}": 5000 + int(seconds / 4) * 10 for n in range(10)}
    return {
        "topics": {"orders": "10x", "clicks": "3x"},
        "topic_configs": {"orders": {"cleanup.policy": "delete"}, "clicks": {}},
        "groups": {
            "billing": {"type": "classic", "state": "Stable", "assignor": "range", "members": MEMBERS},
            "other": {"type": "classic", "state": "Empty"},
        },
        "group_offsets": {"billing": committed, "other": {"clicks-0": 3}},
        "offsets": {f"orders-{n}": [0, 5300 + round(3 * seconds)] for n in range(10)} | {"clicks-0": [0, 3]},
        "quotas": [],
        "metrics": "not_configured: the profile has no metrics endpoints",
    }  # fmt: skip


RATES = {f"orders-{n}": 3.0 for n in range(10)} | {"clicks-0": 1.0}


def run(
    at: Callable[[float], Mapping[str, Any]],
    tmp_path: Path,
    rates: Mapping[str, float] = RATES,
    **params: Any,
) -> tuple[Answer[GroupDiagnosis], MovingCluster, Clock]:
    clock = Clock()
    cluster = MovingCluster(clock, at, rates)
    context = Context(
        connect=lambda _: cluster,
        bootstrap="broker1:9092",
        environ={},
        directory=tmp_path,
        now_ms=clock.now_ms,
        sleep=clock.sleep,
    )
    answer = diagnose.handler(DiagnoseParams(**{"group": "billing", **params}), context)
    return answer, cluster, clock


def test_the_lag_spike(tmp_path: Path) -> None:
    answer, _, clock = run(lag_spike, tmp_path)
    found = answer.data
    assert found.verdict.cause is Cause.UNDER_CAPACITY
    assert found.verdict.confidence is Certainty.POSSIBLE
    assert found.capacity.members_needed == 10
    assert clock.seconds <= 15
    assert 10 <= found.watched_seconds <= 13
    assert answer.outcome is Outcome.DONE


def test_it_asks_for_its_own_topics_and_group_only(tmp_path: Path) -> None:
    _, cluster, _ = run(lag_spike, tmp_path)
    for parts, scope in cluster.asked:
        if parts & {Part.GROUPS, Part.GROUP_OFFSETS}:
            assert scope.groups == {"billing"}
        else:
            assert scope.topics == {"orders"}
    assert not cluster.parts_asked & {
        Part.SAMPLES,
        Part.KEYS,
        Part.PRODUCERS,
        Part.TRANSACTIONS,
        Part.LOG_DIRS,
    }
    assert sum(Part.QUOTAS in parts for parts, _ in cluster.asked) == 1
    assert sum(Part.METRICS in parts for parts, _ in cluster.asked) == 2
    later = [s for p, s in cluster.asked if Part.GROUPS in p][1:]
    assert all(s.coordinators == {1} for s in later)


def test_waiting_looks_longer_and_becomes_likely(tmp_path: Path) -> None:
    def with_metrics(seconds: float) -> dict[str, Any]:
        return {**lag_spike(seconds), "metrics": {b: {"up": 1} for b in (1, 2, 3)}}

    answer, cluster, clock = run(with_metrics, tmp_path, wait=300.0)
    assert answer.data.verdict.cause is Cause.UNDER_CAPACITY
    assert answer.data.verdict.confidence is Certainty.LIKELY
    assert 300 <= clock.seconds <= 310
    assert len(cluster.asked) <= 2 * 64


def test_markers_are_confirmed_by_one_small_fetch(tmp_path: Path) -> None:
    def markers(_: float) -> dict[str, Any]:
        return {
            **lag_spike(0),
            "group_offsets": {
                "billing": {f"orders-{n}": 5299 if n == 0 else 5300 for n in range(10)}
            },
            "offsets": {f"orders-{n}": [0, 5300] for n in range(10)},
            "samples": {"orders-0": [{"count": 5299}, {"count": 1, "control": True}]},
        }

    answer, cluster, _ = run(markers, tmp_path)
    assert answer.data.verdict.cause is Cause.MARKER_ONLY
    (scope,) = [s for p, s in cluster.asked if Part.SAMPLES in p]
    assert [(str(k), v) for k, v in (scope.sample_at or {}).items()] == [("orders-0", 5299)]
    assert scope.sample_bytes_per_partition <= 4096


def test_keys_are_sampled_where_advice_depends_on_them(tmp_path: Path) -> None:
    def hot(seconds: float) -> dict[str, Any]:
        spread = lag_spike(seconds)
        begun, came = {f"orders-{n}": 5000 for n in range(10)}, round(60 * seconds)
        return {
            **spread,
            "group_offsets": {"billing": {**begun, "orders-0": 5000 + 20 * int(seconds)}},
            "offsets": {f"orders-{n}": [0, 9000 + came if n == 0 else 5000] for n in range(10)},
            "keys": {"orders-0": {"records": 3000, "keyless": 3000}},
        }

    answer, cluster, _ = run(hot, tmp_path, rates=RATES | {"orders-0": 60.0})
    assert answer.data.verdict.cause is Cause.HOT_PARTITION
    assert "Its records have no key." in answer.data.verdict.summary
    (scope,) = [s for p, s in cluster.asked if Part.KEYS in p]
    ((partition, (first, last)),) = (scope.key_ranges or {}).items()
    assert str(partition) == "orders-0"
    assert last - first == 18_000 or first == 0
    assert scope.key_bytes <= 1024 * 1024


def test_a_record_beside_the_marker_is_no_marker(tmp_path: Path) -> None:
    def mixed(_: float) -> dict[str, Any]:
        return {
            **lag_spike(0),
            "group_offsets": {
                "billing": {f"orders-{n}": 5298 if n == 0 else 5300 for n in range(10)}
            },
            "offsets": {f"orders-{n}": [0, 5300] for n in range(10)},
            "samples": {"orders-0": [{"count": 5298}, {"count": 1}, {"count": 1, "control": True}]},
        }

    assert run(mixed, tmp_path)[0].data.verdict.cause is not Cause.MARKER_ONLY


def test_a_blocked_group_asks_who_blocks_it(tmp_path: Path) -> None:
    def hanging(seconds: float) -> dict[str, Any]:
        return {
            **lag_spike(seconds),
            "group_offsets": {"billing": {"orders-0": 5000}},
            "offsets": {"orders-0": [0, 9000 + round(3 * seconds), 5000]},
            "producers": {"orders-0": [{"id": 9, "age": 1500, "txn_start": 5000}]},
            "transactions": {},
            "broker_configs": {"*": {"transaction.max.timeout.ms": "900000"}},
        }

    answer, _, _ = run(hanging, tmp_path)
    assert answer.data.verdict.cause is Cause.HANGING_TRANSACTION
    assert answer.data.verdict.confidence is Certainty.KNOWN
    command = answer.data.verdict.actions[0].command
    assert str(command) == "steward -B broker1:9092 transaction abort orders-0 --producer-id 9"


def test_a_group_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ObjectNotFound) as error:
        run(lag_spike, tmp_path, group="biling")
    assert "did you mean billing?" in error.value.remedy


def test_too_short_a_wait(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        run(lag_spike, tmp_path, wait=5.0)


@pytest.mark.parametrize(
    ("fail_on", "outcome"),
    [
        ("never", Outcome.DONE),
        ("possible", Outcome.FINDINGS),
        ("likely", Outcome.DONE),
        ("known", Outcome.DONE),
        ("unknown", Outcome.FINDINGS),
    ],
)
def test_fail_on(fail_on: str, outcome: Outcome, tmp_path: Path) -> None:
    assert run(lag_spike, tmp_path, fail_on=fail_on)[0].outcome is outcome


def test_denied_is_not_healthy(tmp_path: Path) -> None:
    def denied(_: float) -> dict[str, Any]:
        why = "denied: DESCRIBE on group billing"
        return {**lag_spike(0), "groups": why, "group_offsets": why}

    answer = run(denied, tmp_path)[0]
    assert answer.data.verdict.cause is Cause.NO_VALID_MEASUREMENT
    assert answer.outcome is Outcome.NOT_PERMITTED
    assert any("DESCRIBE on group billing" in u.why for u in answer.unknown)


def test_json_is_what_its_schema_says(tmp_path: Path) -> None:
    answer = run(lag_spike, tmp_path)[0]
    document = envelope("steward/diagnose/v1", answer)
    jsonschema.validate(document, envelope_schema(diagnose))
    data = document["data"]
    for key in ("group", "verdict", "runners_up", "capacity", "missing_evidence"):
        assert key in data
    verdict = data["verdict"]
    assert {"cause", "confidence", "summary", "evidence", "actions"} <= set(verdict)
    assert {"summary", "command", "caution"} == set(verdict["actions"][0])
    assert "$BOOTSTRAP" not in str(document)


def text_of(answer: Answer[Any], format: str = "text") -> str:
    stream = io.StringIO()
    show(diagnose, answer, format, stream)
    return stream.getvalue()


def test_the_text_says_the_verdict_first_and_stays_short(tmp_path: Path) -> None:
    text = text_of(run(lag_spike, tmp_path)[0])
    lines = text.splitlines()
    assert lines[0] == "UNDER_CAPACITY  (possible)  group billing"
    assert re.search(r"5 members on 10 partitions handle 2\d\.\d records/s", lines[1])
    order = [text.index(head) for head in ("\nDO\n", "\nPROOF", "\nCAPACITY", "\nNOT OBSERVED")]
    assert order == sorted(order)
    assert len(lines) <= 40
    assert re.search(r"^ +10 +1 +[\d.]+ +[56]\d%", text, re.MULTILINE)


def test_commands_stand_on_lines_of_their_own(tmp_path: Path) -> None:
    def gone(seconds: float) -> dict[str, Any]:
        return {**lag_spike(seconds), "groups": {"billing": {"type": "classic", "state": "Empty"}}}

    answer = run(gone, tmp_path)[0]
    text = text_of(answer)
    commands = [a.command for a in answer.data.verdict.actions if a.command]
    assert commands
    for command in commands:
        assert f"$ {command}" in [line.strip() for line in text.splitlines()]


def test_wide_adds_members_and_advice(tmp_path: Path) -> None:
    text = text_of(run(lag_spike, tmp_path)[0], "wide")
    assert "MEMBERS" in text
    assert "10.0.0.3" in text
    assert "CALMER" in text
    assert "group.instance.id" in text


def test_looks_that_a_daemon_kept_answer_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STEWARD_STATE_DIR", str(tmp_path))
    given = {
        "looks": "300s/10s",
        "members": {m["id"]: {"client": "billing"} for m in MEMBERS},
        "partitions": {
            f"orders-{n}": {
                "owner": f"m{n % 5}", "arrivals": 3, "consumed": 2.5, "unread": 300, "age": 100,
            }
            for n in range(10)
        },
    }  # fmt: skip
    looks = case_of(given).group_samples
    shift = {p: 5000 - looks[-1].committed[p] for p in looks[-1].committed}
    with open_store(Secret(f"sqlite:///{tmp_path}/steward.db")) as store:
        for look in looks:
            moved = replace(
                look,
                topic_ids={"orders": "id-orders"},
                leaders={},
                committed={p: c + shift[p] for p, c in look.committed.items()},
                offsets={
                    p: replace(o, end=o.end + shift[p], last_stable=o.end + shift[p])
                    for p, o in look.offsets.items()
                    if isinstance(o, PartitionOffsets)
                },
            )
            store.group_samples.append(
                "broker1:9092", round(look.at * 1000), {"billing": pack(moved)}
            )
    answer, cluster, clock = run(lag_spike, tmp_path)
    assert clock.seconds < 2
    assert answer.data.watched_seconds >= 300
    assert answer.data.verdict.cause is Cause.UNDER_CAPACITY
    assert len(cluster.asked) <= 3


def test_samples_of_a_cluster_that_was_replaced_are_not_joined(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STEWARD_STATE_DIR", str(tmp_path))
    sample = case_of({"members": 1, "partitions": {"orders-0": {"owner": "m1"}}}).group_samples[0]
    recent = replace(sample, at=sample.at - 30)
    with open_store(Secret(f"sqlite:///{tmp_path}/steward.db")) as store:
        store.clusters.learn("broker1:9092", "another")
        store.group_samples.append("another", round(recent.at * 1000), {"billing": pack(recent)})
    assert run(lag_spike, tmp_path)[0].data.watched_seconds < 15


def test_old_looks_are_not_joined_with_new_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STEWARD_STATE_DIR", str(tmp_path))
    look = case_of({"members": 1, "partitions": {"orders-0": {"owner": "m1"}}}).group_samples[0]
    old = replace(look, at=look.at - 300)
    with open_store(Secret(f"sqlite:///{tmp_path}/steward.db")) as store:
        store.group_samples.append("broker1:9092", round(old.at * 1000), {"billing": pack(old)})
    assert run(lag_spike, tmp_path)[0].data.watched_seconds < 15
