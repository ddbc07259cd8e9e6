"""Lag in seconds on real brokers, whatever timestamps producers set: the true age, or that it is not known."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from confluent_kafka import Consumer, Producer
from confluent_kafka import TopicPartition as Position
from confluent_kafka.admin import NewTopic

import steward.__main__ as entry
from support.live_admin import admin_client, client_settings, commit, done
from support.running_sandbox import RunningSandbox

pytestmark = pytest.mark.brokers

PREFIX = "stamps-"
CODECS = ("none", "gzip", "snappy", "lz4", "zstd")
HOUR_MS, AHEAD_MS = 3_600_000, 50 * 60_000
Stamps = list[int]


def _an_hour(now: int) -> Stamps:
    return [now - HOUR_MS + 3_600 * i for i in range(1_000)]


def _logs(now: int) -> dict[str, tuple[Stamps, int]]:
    """By name, what records are stamped with and where the group has committed."""
    hour = _an_hour(now)
    found: dict[str, tuple[Stamps, int]] = {
        f"ahead-{codec}": ([now + AHEAD_MS, *hour], 1) for codec in CODECS
    }
    found["backfill"] = ([now - 86_400_000 * (400 - i % 37) for i in range(300)], 123)
    found["falling"] = (hour[::-1], 500)
    found["seconds"] = ([now // 1000, *hour], 0)
    found["epoch"] = ([now, 1, now], 1)
    found["past"] = ([now // 1000] * 3, 1)
    found["first-ahead"] = ([now + AHEAD_MS, *hour], 0)
    found["read"] = (hour, 1_000)
    found["in-order"] = (hour, 700)
    found["appended"] = ([now - HOUR_MS, now - 2 * HOUR_MS, now - 3 * HOUR_MS], 1)
    return found


@pytest.fixture(scope="module")
def stamped(sandbox: RunningSandbox) -> Iterator[dict[str, tuple[Stamps, int]]]:
    """A topic and a group for each log; and one in which only a transaction's marker is left to read."""
    admin = admin_client(sandbox.connection)
    settings = client_settings(sandbox.connection)
    logs = _logs(int(time.time() * 1000))
    names = [*logs, "marker"]
    kept = {"retention.ms": "-1"}
    types = {"appended": {**kept, "message.timestamp.type": "LogAppendTime"}}
    done(
        admin.create_topics([NewTopic(PREFIX + n, 1, 1, config=types.get(n, kept)) for n in names])
    )
    for name, (stamps, committed) in logs.items():
        codec = name.removeprefix("ahead-") if name.startswith("ahead") else "lz4"
        producer = Producer({**settings, "compression.type": codec, "linger.ms": 20})
        for i, stamp in enumerate(stamps):
            producer.produce(PREFIX + name, f"record {i} ".encode() * 10, timestamp=stamp)
        assert producer.flush(30) == 0
        _commit(settings, name, committed)
    transactional = Producer({**settings, "transactional.id": PREFIX + "marker"})
    transactional.init_transactions(30)
    transactional.begin_transaction()
    for _ in range(5):
        transactional.produce(PREFIX + "marker", b"v")
    transactional.commit_transaction(30)
    _commit(settings, "marker", 5)
    yield logs
    done(admin.delete_consumer_groups([PREFIX + n for n in names]))
    done(admin.delete_topics([PREFIX + n for n in names]))


def _commit(settings: dict[str, Any], name: str, offset: int) -> None:
    consumer = Consumer({**settings, "group.id": PREFIX + name})
    commit(consumer, [Position(PREFIX + name, 0, offset)])
    consumer.close()


def _lag(sandbox: RunningSandbox, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    code = entry.run(["lag", f"{PREFIX}.*", "--cluster", sandbox.name, "-o", "json"])
    answer = json.loads(capsys.readouterr().out)
    assert code == 0, answer
    return answer


def test_the_true_age_lies_between_the_bounds(
    sandbox: RunningSandbox,
    stamped: dict[str, tuple[Stamps, int]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = time.time()
    answer = _lag(sandbox, capsys)
    after = time.time()
    groups = {g["group"].removeprefix(PREFIX): g for g in answer["data"]["groups"]}
    assert groups.keys() == stamped.keys() | {"marker"}
    unknown = {u["of"]: u["why"] for u in answer["unknown"]}
    for name, (stamps, committed) in stamped.items():
        seconds, waiting = groups[name]["lag_seconds"], len(stamps) - committed
        assert groups[name]["lag_records"] == waiting, name
        if name == "first-ahead":
            assert seconds is None
            assert groups[name]["status"] == "unknown"
            assert "in the future" in unknown[PREFIX + name]
            assert "clock_skew" in groups[name]["flags"]
        elif name == "appended":
            assert 0 < seconds["low"] <= seconds["high"] < 600
            assert seconds["basis"] == "log_append_time"
        elif not waiting:
            assert (seconds["value"], seconds["high"]) == (0, 0)
            assert groups[name]["status"] == "ok"
        else:
            assert seconds is not None, (name, unknown)
            stamp = stamps[committed] / 1000
            assert seconds["low"] <= after - stamp + 0.01, name
            assert before - stamp - 0.01 <= seconds["high"], name
            assert seconds["high"] - seconds["low"] <= 1, name
            assert groups[name]["status"] == "over_objective"
    assert "marker_only" in groups["marker"]["flags"]
    assert groups["marker"]["lag_seconds"]["high"] == 0


def test_the_diagnosis_measures_alike(
    sandbox: RunningSandbox,
    stamped: dict[str, tuple[Stamps, int]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("ahead-zstd", "first-ahead"):
        code = entry.run(["diagnose", PREFIX + name, "--cluster", sandbox.name, "-o", "json"])
        answer = json.loads(capsys.readouterr().out)
        assert code == 0, answer
        seconds = answer["data"]["lag_seconds"]
        if name == "first-ahead":
            assert seconds is None
            assert answer["data"]["verdict"]["cause"] != "healthy"
        else:
            assert 3_500 < seconds["low"] <= seconds["high"] < 4_500


def test_the_checks_find_the_partitions_and_records_that_are_wrong(
    sandbox: RunningSandbox,
    stamped: dict[str, tuple[Stamps, int]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    only = ["--only", "timestamps_in_future", "--only", "timestamps_in_far_past"]
    entry.run(["check", *only, "--cluster", sandbox.name, "-o", "json"])
    findings = json.loads(capsys.readouterr().out)["data"]["findings"]
    found = {(f["check"], f["object"]["name"]): f for f in findings}
    wrong = found["timestamps_in_future", f"{PREFIX}ahead-gzip"]
    assert f"{PREFIX}ahead-gzip-0 offset 0" in str(wrong["evidence"])
    past = found["timestamps_in_far_past", f"{PREFIX}past"]
    assert f"timestamp {stamped['past'][0][0]} ms" in str(past["evidence"])
    assert ("timestamps_in_future", f"{PREFIX}in-order") not in found
    assert ("timestamps_in_far_past", f"{PREFIX}backfill") not in found


def test_a_reset_to_a_time_says_which_logs_are_out_of_order(
    sandbox: RunningSandbox,
    stamped: dict[str, tuple[Stamps, int]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    half = "@-30m"
    for name, (stamps, _) in stamped.items():
        words = ["group", "reset-offsets", PREFIX + name, "--to", half, "--dry-run"]
        entry.run([*words, "--cluster", sandbox.name, "-o", "json"])
        answer = json.loads(capsys.readouterr().out)
        codes = {w["code"] for w in answer["warnings"]}
        limit = int(time.time() * 1000) - HOUR_MS // 2
        if name == "appended":
            assert not codes
            assert answer["data"]["offsets"][0]["new_offset"] == 0
        elif max(stamps) < limit:
            (stays,) = answer["data"]["impossible"]
            assert "no record has this timestamp or a later one" in stays["reason"], name
        elif name in ("in-order", "read", "seconds"):
            assert not codes, (name, answer["warnings"])
        else:
            assert "timestamps_out_of_order" in codes, (name, answer["warnings"])
            first = next(i for i, stamp in enumerate(stamps) if stamp >= limit)
            assert answer["data"]["offsets"][0]["new_offset"] == first, name
