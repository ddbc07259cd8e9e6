"""Which listeners and topics sendfile serves, and the shares, from a written cluster."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.analysis.zero_copy.assess import ZeroCopy, ZeroCopyReport, assess
from steward.model.unknown import NotApplicable, Unknown
from support.cluster_text import snapshot_of

RATE = "kafka_server_socket_server_metrics_outgoing_byte_rate"
TOTAL = "kafka_server_socket_server_metrics_outgoing_byte_total"
TOPIC = "kafka_server_brokertopicmetrics"
REQUESTS = "kafka_network_requestmetrics_requestspersec_count"
LISTENERS = {
    "listeners": "APPS://:9094,PLAINTEXT://:9092,INTERNAL://:9093,CONTROLLER://:9095",
    "listener.security.protocol.map": "APPS:SASL_SSL,PLAINTEXT:SASL_PLAINTEXT,INTERNAL:SSL,CONTROLLER:SSL",
    "controller.listener.names": "CONTROLLER",
}


def report(**parts: Any) -> ZeroCopyReport:
    data: dict[str, Any] = {
        "brokers": "1 2",
        "api_versions": {n: {1: [4, 18]} for n in (1, 2)},
        "broker_configs": {"*": LISTENERS},
        "topics": {"orders": "2x"},
        "topic_configs": {"orders": {}},
    }
    return assess(snapshot_of(data | parts))


def rates(apps: float, plain: float, internal: float = 0.0) -> dict[str, float]:
    sent = {"APPS": apps, "PLAINTEXT": plain, "INTERNAL": internal, "CONTROLLER": 1e9}
    return {
        f'{metric}{{listener="{name}",networkProcessor="{n}"}}': value / 2
        for name, value in sent.items()
        for n in (0, 1)
        for metric in (RATE, TOTAL)
    }


@given(st.lists(st.tuples(*[st.floats(0, 1e9)] * 3), min_size=2, max_size=2))
def test_the_eligible_share_is_the_byte_split_of_the_listeners(
    sent: list[tuple[float, float, float]],
) -> None:
    found = report(metrics={n: rates(*one) for n, one in enumerate(sent, 1)})
    plain, whole = sum(s[1] for s in sent), sum(sum(s) for s in sent)
    if not whole:
        assert isinstance(found.eligible_share, NotApplicable)
    else:
        assert found.eligible_share == pytest.approx(plain / whole)
        assert found.bytes_per_second == pytest.approx(whole)


def test_tls_loses_it_on_each_listener_and_authentication_does_not() -> None:
    found = report(metrics={n: rates(10, 30) for n in (1, 2)})
    assert not isinstance(found.listeners, Unknown)
    assert {p.listener: (p.protocol, p.state, p.share) for p in found.listeners} == {
        "APPS": ("SASL_SSL", ZeroCopy.LOST, 0.25),
        "INTERNAL": ("SSL", ZeroCopy.LOST, 0.0),
        "PLAINTEXT": ("SASL_PLAINTEXT", ZeroCopy.SENDFILE, 0.75),
    }


def test_with_an_earlier_snapshot_shares_are_of_the_bytes_since() -> None:
    parts = {"brokers": "1", "broker_configs": {"*": LISTENERS}}
    before = snapshot_of(parts | {"metrics": {1: rates(1000, 10)}})
    now = snapshot_of(parts | {"metrics": {1: rates(1010, 100)}})
    assert assess(now, before).eligible_share == pytest.approx(0.9)
    assert assess(now).eligible_share == pytest.approx(100 / 1110)
    restarted = snapshot_of(parts | {"metrics": {1: rates(30, 10)}})
    assert assess(restarted, now).eligible_share == pytest.approx(0.25)


def test_an_exporter_may_leave_out_the_suffix_of_totals() -> None:
    metrics = {k.replace("_total", ""): v for k, v in rates(10, 30).items()}
    assert report(metrics={1: metrics, 2: metrics}).eligible_share == pytest.approx(0.75)


def test_a_listener_that_differs_between_brokers_is_partly_lost() -> None:
    plain = {"listeners": "APPS://:1", "listener.security.protocol.map": "APPS:PLAINTEXT"}
    tls = plain | {"listener.security.protocol.map": "APPS:SSL"}
    found = report(
        broker_configs={1: plain, 2: tls},
        metrics={n: {f'{TOTAL}{{listener="APPS",networkProcessor="0"}}': 5} for n in (1, 2)},
    )
    assert not isinstance(found.listeners, Unknown)
    assert [p.state for p in found.listeners] == [ZeroCopy.PARTLY_LOST]
    assert isinstance(found.eligible_share, Unknown)


def test_remote_reads_are_taken_off_the_eligible_share() -> None:
    metrics = rates(25, 75) | {
        f"{TOPIC}_bytesoutpersec_oneminuterate": 50,
        f'{TOPIC}_bytesoutpersec_oneminuterate{{topic="orders"}}': 20,
        f"{TOPIC}_remotefetchbytespersec_oneminuterate": 10,
        f'{TOPIC}_remotefetchbytespersec_oneminuterate{{topic="orders"}}': 10,
    }
    found = report(
        metrics={1: metrics, 2: metrics},
        topics={"orders": "2x", "plain": "1x"},
        topic_configs={"orders": {"remote.storage.enable": "true"}, "plain": {}},
    )
    assert found.remote_share == pytest.approx(0.2)
    assert found.eligible_share == pytest.approx(0.75 * 0.8)
    assert not isinstance(found.topics, Unknown)
    states = {t.topic: (t.state, t.remote_share) for t in found.topics}
    assert states["orders"] == (ZeroCopy.PARTLY_LOST, pytest.approx(0.5))
    assert states["plain"][0] is ZeroCopy.SENDFILE
    assert isinstance(states["plain"][1], NotApplicable)


@pytest.mark.parametrize(
    ("oldest", "enabled", "converted", "state"),
    [
        (0, "true", 2.0, ZeroCopy.PARTLY_LOST),
        (0, "true", 0.0, ZeroCopy.AT_RISK),
        (0, "false", 2.0, ZeroCopy.SENDFILE),
        (4, "true", 2.0, ZeroCopy.SENDFILE),
    ],
)
def test_conversions_need_old_requests_and_a_topic_that_allows_them(
    oldest: int, enabled: str, converted: float, state: ZeroCopy
) -> None:
    metrics = rates(0, 1) | {
        f"{TOPIC}_fetchmessageconversionspersec_oneminuterate": converted,
        f'{TOPIC}_fetchmessageconversionspersec_oneminuterate{{topic="orders"}}': converted,
        f"{TOPIC}_fetchmessageconversionspersec_count": 60 * converted,
        f'{REQUESTS}{{request="FetchConsumer",version="2"}}': 1,
        f'{REQUESTS}{{request="FetchConsumer",version="17"}}': 3,
        f'{REQUESTS}{{request="Fetch",version="2"}}': 99,
    }
    found = report(
        metrics={1: metrics, 2: metrics},
        api_versions={n: {1: [oldest, 17]} for n in (1, 2)},
        topic_configs={"orders": {"message.downconversion.enable": enabled}},
    )
    assert not isinstance(found.topics, Unknown)
    assert [t.state for t in found.topics] == [state]
    assert found.old_fetch_share == (0.25 if oldest < 4 else found.old_fetch_share)
    assert isinstance(found.old_fetch_share, NotApplicable) == (oldest >= 4)


def test_without_metrics_the_states_are_known_and_the_shares_are_not() -> None:
    found = report(metrics="not_configured: the profile has no metrics endpoints")
    assert not isinstance(found.listeners, Unknown)
    assert {p.listener for p in found.listeners if p.state is ZeroCopy.LOST} == {"APPS", "INTERNAL"}
    for figure in (found.bytes_per_second, found.eligible_share, found.listeners[0].share):
        assert str(figure) == "the profile has no metrics endpoints"
    assert found.costs == ()


def test_one_broker_without_metrics_makes_sums_unknown_and_leaves_the_others_cost() -> None:
    idle = "kafka_network_socketserver_networkprocessoravgidlepercent_value"
    found = report(metrics={1: rates(1, 1) | {idle: 0.5}, 2: "unreachable: it did not answer"})
    assert isinstance(found.eligible_share, Unknown)
    assert "broker 2" in str(found.eligible_share)
    assert found.costs[0].network_idle == 0.5
    assert isinstance(found.costs[1].network_idle, Unknown)
    assert isinstance(found.costs[0].conversion_ms, Unknown)
