"""What consumers say of themselves, as the usual exporters and librdkafka spell it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.analysis.diagnosis.client_metrics import reports_of_metrics
from steward.analysis.diagnosis.client_report import ClientReport
from steward.analysis.diagnosis.client_statistics import reports_of_statistics
from steward.model.exposition import parse
from steward.model.names import TopicPartition

JMX_AGENT = """
# HELP kafka_consumer_consumer_metrics_poll_idle_ratio_avg The average fraction of time the consumer's poll() is idle
# TYPE kafka_consumer_consumer_metrics_poll_idle_ratio_avg gauge
kafka_consumer_consumer_metrics_poll_idle_ratio_avg{client_id="billing-1",} 0.03
kafka_consumer_consumer_metrics_last_poll_seconds_ago{client_id="billing-1",} 74.0
kafka_consumer_consumer_metrics_last_poll_seconds_ago{client_id="billing-2",} -1.0
kafka_consumer_consumer_metrics_poll_idle_ratio_avg{client_id="billing-2",} 0.9
kafka_consumer_consumer_fetch_manager_metrics_fetch_throttle_time_avg{client_id="billing-1",} NaN
kafka_consumer_consumer_fetch_manager_metrics_fetch_throttle_time_max{client_id="billing-1",} 1250.0
kafka_consumer_consumer_coordinator_metrics_rebalance_rate_per_hour{client_id="billing-1",} 12.0
java_lang_OperatingSystem_ProcessCpuLoad 0.97
"""
MICROMETER = """
# TYPE kafka_consumer_poll_idle_ratio_avg gauge
kafka_consumer_poll_idle_ratio_avg{client_id="consumer-billing-1",kafka_version="4.1.0"} 0.5
kafka_consumer_last_poll_seconds_ago{client_id="consumer-billing-1",kafka_version="4.1.0"} 0.0
kafka_consumer_fetch_manager_fetch_throttle_time_avg{client_id="consumer-billing-1",kafka_version="4.1.0"} 0.0
process_cpu_usage 0.12
# EOF
"""


def test_java_through_the_jmx_agent() -> None:
    one, two = reports_of_metrics(parse(JMX_AGENT), "http://h/metrics")
    assert one == ClientReport(
        source="http://h/metrics", client_id="billing-1", poll_idle_ratio=0.03, last_poll_seconds_ago=74,
        throttle_seconds=1.25, rebalances_per_hour=12, cpu_ratio=0.97,
    )  # fmt: skip
    assert two.last_poll_seconds_ago is None
    assert two.poll_idle_ratio == 0.9


def test_java_through_micrometer_as_openmetrics() -> None:
    (one,) = reports_of_metrics(parse(MICROMETER), "m")
    assert (one.client_id, one.poll_idle_ratio, one.cpu_ratio) == ("consumer-billing-1", 0.5, 0.12)
    assert one.last_poll_seconds_ago == 0
    assert one.throttle_seconds == 0


@pytest.mark.parametrize("text", ["", "up 1\n", "<html>", "kafka_producer_record_send_rate 3\n"])
def test_other_endpoints_say_nothing_of_consumers(text: str) -> None:
    assert reports_of_metrics(parse(text), "m") == ()


def statistics(seconds: float, **partitions: dict[str, int]) -> dict[str, Any]:
    return {
        "name": "billing#consumer-1",
        "client_id": "billing",
        "type": "consumer",
        "ts": round(seconds * 1e6),
        "time": 1_700_000_000,
        "age": round(3600e6),
        "brokers": {
            "h:9092/1": {"name": "h:9092/1", "throttle": {"min": 0, "max": 340, "avg": 12}},
            "GroupCoordinator": {"name": "GroupCoordinator", "throttle": {"max": 0}},
        },
        "topics": {
            "orders": {
                "topic": "orders",
                "partitions": {
                    "-1": {"partition": -1, "fetchq_cnt": 0},
                    **{k.removeprefix("p"): {"partition": int(k[1:]), **v} for k, v in partitions.items()},
                },
            }
        },
        "cgrp": {"state": "up", "join_state": "steady", "rebalance_cnt": 4, "assignment_size": 2},
    }  # fmt: skip


def test_librdkafka_once() -> None:
    text = json.dumps(statistics(1, p0={"app_offset": 5, "fetchq_cnt": 100, "consumer_lag": 400}))
    (one,) = reports_of_statistics(text, "stats.json")
    assert one == ClientReport(
        source="stats.json", client_id="billing", throttle_seconds=0.34, rebalances_per_hour=4, waiting_records=100
    )  # fmt: skip


def test_librdkafka_twice_tells_a_pause_from_a_full_queue() -> None:
    still = {"app_offset": 5, "fetchq_cnt": 0}
    lines = [
        statistics(0, p0={**still, "consumer_lag": 300}, p1={"app_offset": 7, "consumer_lag": 9}),
        statistics(30, p0={**still, "consumer_lag": 400}, p1={"app_offset": 90, "consumer_lag": 9}),
    ]
    (one,) = reports_of_statistics("\n".join(map(json.dumps, lines)), "s")
    assert one.paused_partitions == {TopicPartition("orders", 0)}
    assert one.last_poll_seconds_ago is None


def test_librdkafka_that_always_has_records_to_take_has_paused_nothing() -> None:
    """It may not have come to a partition whose records are not even fetched."""
    lines = [
        json.dumps(
            statistics(
                float(at),
                p0={"app_offset": 5, "consumer_lag": 300 + at, "fetchq_cnt": 0},
                p1={"app_offset": 5 * at, "consumer_lag": 200, "fetchq_cnt": 12 if at % 10 else 0},
            )
        )
        for at in range(61)
    ]
    (report,) = reports_of_statistics("\n".join(lines), "file")
    assert report.paused_partitions == frozenset()
    assert report.last_poll_seconds_ago is None


def test_a_pause_that_began_after_the_first_statistics_counts_from_its_own_beginning() -> None:
    """A file that grows for a day: the partition was read for 60 s, and stands for the last 20."""
    lines = [
        json.dumps(
            statistics(
                float(at),
                p0={"app_offset": min(at, 60), "consumer_lag": max(0, at - 60), "fetchq_cnt": 0},
                p1={"app_offset": at, "consumer_lag": 1, "fetchq_cnt": 0},
            )
        )
        for at in range(81)
    ]
    (report,) = reports_of_statistics("\n".join(lines), "file")
    assert report.paused_partitions == frozenset({TopicPartition("orders", 0)})
    (earlier,) = reports_of_statistics("\n".join(lines[:66]), "file")
    assert earlier.paused_partitions == frozenset(), "five seconds are a batch that is worked on"


def test_librdkafka_twice_tells_an_application_that_takes_nothing() -> None:
    lines = [
        statistics(0, p0={"app_offset": 5, "fetchq_cnt": 100, "consumer_lag": 300}),
        statistics(90, p0={"app_offset": 5, "fetchq_cnt": 100, "consumer_lag": 700}),
    ]
    (one,) = reports_of_statistics("\n".join(map(json.dumps, lines)), "s")
    assert one.last_poll_seconds_ago == 90
    assert one.paused_partitions == frozenset()


@pytest.mark.parametrize("text", ["", "{}", "[]", "not json", '{"type": "producer", "name": "p"}'])
def test_what_is_no_statistics_of_a_consumer(text: str) -> None:
    assert reports_of_statistics(text, "s") == ()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(
    st.dictionaries(st.sampled_from(["topics", "brokers", "cgrp", "ts", "age", "client_id"]), JSON)
)
def test_damaged_statistics_never_raise(found: dict[str, Any]) -> None:
    reports_of_statistics(json.dumps({**found, "type": "consumer", "name": "c"}), "s")
