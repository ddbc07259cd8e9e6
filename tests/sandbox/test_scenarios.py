"""What scenarios are made of, without brokers: their registry, seeds, lifetimes, records and bytes."""

import itertools
import os
import random
import re
import subprocess
import sys
import threading
from collections import Counter
from dataclasses import replace

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kafka.record.default_records import DefaultRecordBatch
from kafka.record.util import decode_varint

from steward.analysis.checks.catalog import CHECKS
from steward.model.error import ObjectNotFound
from steward.sandbox.error import SandboxError
from steward.sandbox.scenarios.background import (
    run_scenario,
    running_scenarios,
    stop_scenarios,
)
from steward.sandbox.scenarios.keys import even_keys, hot_keys
from steward.sandbox.scenarios.mixed import TROUBLES
from steward.sandbox.scenarios.producing import value_of
from steward.sandbox.scenarios.raw_batch import RawBatch, zigzag_varint
from steward.sandbox.scenarios.raw_connection import Reader, string
from steward.sandbox.scenarios.records import (
    ScenarioRecord,
    load_record,
    records,
    remove_record,
    save_record,
    scenarios_dir,
)
from steward.sandbox.scenarios.registry import SCENARIOS, Scenario, scenario_named
from steward.sandbox.scenarios.run import Lifetime, ScenarioRun
from steward.sandbox.status import SandboxStatus

PROMISED = {
    "mixed",
    "lag-spike",
    "hot-key",
    "weak-producer",
    "hanging-transaction",
    "rebalance-storm",
    "noisy-neighbour",
    "lost-broker",
    "abandoned-group",
    "no-retention",
    "min-isr-one",
}
BATCH = RawBatch(
    producer_id=4_711,
    producer_epoch=3,
    base_sequence=0,
    timestamp_ms=1_700_000_000_123,
    records=[(b"a", b"first"), (b"b", b"second" * 50)],
)


def a_run(seed: int = 1, prefix: str = "hot-key") -> ScenarioRun:
    sandbox = SandboxStatus(
        name="none",
        profile="none",
        kafka_version="4.3.1",
        cluster_id="",
        secure=False,
        running=True,
        state="running",
        brokers_running="3 of 3",
        brokers_down=(),
        bootstrap_servers="127.0.0.1:1",
        listeners={},
        brokers=(),
        metrics_urls=(),
        environment="development",
        heap="512m",
        data_dir="",
    )
    return ScenarioRun(sandbox=sandbox, prefix=prefix, seed=seed, progress=lambda _line: None)


def this_process(scenario: str = "mixed") -> ScenarioRecord:
    born = psutil.Process().create_time()
    return ScenarioRecord(
        scenario=scenario, pid=os.getpid(), create_time=born, seconds=60, seed=1, ready=True
    )


def test_every_promised_scenario_exists_once():
    names = [scenario.name for scenario in SCENARIOS]
    assert set(names) >= PROMISED
    assert len(names) == len(set(names))


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_a_scenario_says_what_it_does(scenario: Scenario):
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", scenario.name)
    assert 10 < len(scenario.summary) < 100
    assert "\n" not in scenario.summary
    assert re.search(r"\d", scenario.injects), "the trouble is stated with numbers"
    assert re.search(r"[Bb]ehind: |at the end", scenario.injects), "and with what is left"
    assert 30 <= scenario.default_seconds <= 300


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_what_a_scenario_should_find_are_checks_that_exist(scenario: Scenario):
    assert set(scenario.finds) <= {check.name for check in CHECKS}


def test_the_tour_finds_what_its_parts_find():
    assert len(TROUBLES) >= 8
    assert set(scenario_named("mixed").finds) == {c for part in TROUBLES for c in part.finds}


def test_an_unknown_scenario_is_refused_by_naming_the_known():
    with pytest.raises(ObjectNotFound, match="unknown scenario 'lag'") as caught:
        run_scenario("none", "lag")
    assert "lag-spike" in caught.value.remedy


@pytest.mark.parametrize("background", [True, False])
def test_a_scenario_needs_a_sandbox(background: bool):
    with pytest.raises(SandboxError, match="no sandbox absent"):
        run_scenario("absent", "min-isr-one", background=background)
    assert not scenarios_dir("absent").exists()


def test_a_scenario_needs_time():
    with pytest.raises(SandboxError, match="0 seconds"):
        run_scenario("absent", "mixed", seconds=0)


def test_listing_scenarios_loads_no_client_library():
    code = "import sys, steward.sandbox.scenarios.background as b; print('confluent_kafka' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout == "False\n"


def test_the_same_seed_gives_the_same_keys_and_another_seed_others():
    def keys(seed: int) -> list[bytes]:
        source = a_run(seed).random("keys")
        return list(itertools.islice(hot_keys(source, 100, share=0.7), 500))

    assert keys(1) == keys(1)
    assert keys(1) != keys(2)


def test_parts_and_purposes_have_randomness_of_their_own():
    run = a_run()
    drawn = {
        run.random("keys").random(),
        run.random("churn").random(),
        run.part("other").random("keys").random(),
    }
    assert len(drawn) == 3


def test_even_keys_come_equally_often():
    counted = Counter(itertools.islice(even_keys(random.Random(1), 50), 500))
    assert len(counted) == 50
    assert set(counted.values()) == {10}


def test_a_hot_key_carries_its_share():
    counted = Counter(itertools.islice(hot_keys(random.Random(1), 200, share=0.7), 5_000))
    (hot, times), (_, next_times) = counted.most_common(2)
    assert hot == b"customer-hot"
    assert 0.66 < times / 5_000 < 0.74
    assert times > 100 * next_times


@given(st.integers(60, 4_096), st.integers(0, 10**9))
def test_values_have_the_size_asked_for(size: int, number: int):
    assert len(value_of(b"customer-00001", number, max(size, 80))) == max(size, 80)


def test_a_raw_batch_is_read_by_another_implementation():
    batch = DefaultRecordBatch(BATCH.encode())
    assert batch.validate_crc()
    assert batch.magic == 2
    assert batch.is_transactional
    assert not batch.is_control_batch
    assert (batch.producer_id, batch.producer_epoch, batch.base_sequence) == (4_711, 3, 0)
    assert batch.max_timestamp == batch.first_timestamp == BATCH.timestamp_ms
    assert batch.size_in_bytes == len(BATCH.encode())
    found = [(one.offset, one.timestamp, one.key, one.value) for one in batch]
    assert found == [
        (0, BATCH.timestamp_ms, b"a", b"first"),
        (1, BATCH.timestamp_ms, b"b", b"second" * 50),
    ]


@pytest.mark.parametrize("at", [21, 30, 50, 61, -1])
def test_the_crc_covers_all_that_follows_it(at: int):
    damaged = bytearray(BATCH.encode())
    damaged[at] ^= 1
    assert not DefaultRecordBatch(bytes(damaged)).validate_crc()


@given(st.integers(-(2**62), 2**62))
def test_varints_are_read_by_another_implementation(number: int):
    assert decode_varint(bytearray(zigzag_varint(number)), 0)[0] == number


def test_an_answer_is_read_field_by_field():
    answer = Reader(b"\xff\xfe" + b"\0\0\0\x07" + string("hé") + b"\xff\xff" + b"\xff" * 8)
    read = (answer.int16(), answer.int32(), answer.string(), answer.string(), answer.int64())
    assert read == (-2, 7, "hé", None, -1)


def test_a_lifetime_undoes_the_last_thing_first_after_its_workers():
    life, told = Lifetime(), list[str]()
    life.at_end(lambda: told.append("first"))
    life.at_end(lambda: told.append("second"))

    def work() -> None:
        life.over.wait()
        told.append("worker")

    life.start("worker", work)
    life.end()
    assert told == ["worker", "second", "first"]


def test_one_undoing_that_fails_does_not_keep_the_others_from_happening():
    life, told = Lifetime(), list[str]()
    life.at_end(lambda: told.append("undone"))
    life.at_end(lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        life.end()
    assert told == ["undone"]


def test_a_worker_that_fails_ends_the_run():
    run = a_run()
    run.start("worker", lambda: 1 / 0 and None)
    assert run.life.over.wait(5)
    assert isinstance(run.life.failure, ZeroDivisionError)
    with pytest.raises(ZeroDivisionError):
        run.until(lambda: False, "never")


def test_waiting_ends_with_the_run():
    run = a_run()
    threading.Timer(0.1, run.life.over.set).start()
    with pytest.raises(SandboxError, match="hot-key was ended before the sky falls"):
        run.until(lambda: False, "the sky falls")


def test_waiting_has_an_end():
    with pytest.raises(SandboxError, match="still waiting for: the sky falls"):
        a_run().until(lambda: False, "the sky falls", timeout_s=0.1)


def test_parts_share_the_lifetime_and_have_names_of_their_own():
    run = a_run(prefix="mixed")
    part = run.part("hot-key")
    assert part.name("orders") == "mixed.hot-key.orders"
    run.life.over.set()
    assert not part.going


def test_a_record_names_its_process():
    save_record("recorded", this_process())
    assert load_record("recorded", "mixed") == this_process()
    assert running_scenarios("recorded") == (this_process(),)
    remove_record("recorded", "mixed")
    assert records("recorded") == ()


def test_a_pid_that_is_another_process_now_is_never_touched():
    stranger = replace(this_process(), create_time=1.0)
    assert stranger.process is None
    save_record("recorded", stranger)
    assert stop_scenarios("recorded") == ()
    assert records("recorded") == ()


def test_a_damaged_record_is_no_record():
    scenarios_dir("recorded").mkdir(parents=True, exist_ok=True)
    (scenarios_dir("recorded") / "mixed.json").write_text("{")
    assert load_record("recorded", "mixed") is None
    assert records("recorded") == ()


def test_stopping_where_nothing_runs_is_no_fault():
    assert stop_scenarios("absent") == ()
    assert stop_scenarios("absent", "mixed") == ()
