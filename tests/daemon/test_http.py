"""The daemon over HTTP: metrics that Prometheus reads, health, tokens, and where it refuses to listen."""

import json
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from steward.daemon.collection.collector import CollectorPlan
from steward.daemon.collection.loop import Watch
from steward.daemon.collection.store_writer import StoreWriter
from steward.daemon.http.listen import bind, check_guard, is_loopback, parse_listen
from steward.daemon.metrics.registry import FAMILIES
from steward.daemon.server import Server
from steward.model.connection import Secret
from steward.model.error import ClusterUnreachable, ConfigurationError, StewardError, UsageError
from support.memory_store import MemoryStore
from support.virtual_cluster import MovingCluster, MovingObserver, VirtualTime

TOKEN = Secret("correct horse")


@contextmanager
def serving(
    *clusters: MovingCluster, token: Secret | None = None, **options: Any
) -> Iterator[tuple[Server, list[Watch]]]:
    """A server over clusters whose looks the test takes itself."""
    time = clusters[0].time
    keeper = StoreWriter(MemoryStore, clock=time.clock)
    watches = [
        Watch(f"c{n}", lambda c=c: MovingObserver(c), CollectorPlan(interval=10), keeper,
              clock=time.clock)
        for n, c in enumerate(clusters)
    ]  # fmt: skip
    server = Server(
        watches, keeper, bind("127.0.0.1", 0), token=token, version="1.2.3", clock=time.clock,
        **options,
    )  # fmt: skip
    server.start_answering()
    try:
        yield server, watches
    finally:
        assert server.stop(10)


def get(url: str, token: str = "", method: str = "GET") -> tuple[int, str, dict[str, str]]:
    request = urllib.request.Request(url, method=method)
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read().decode(), dict(answer.headers)
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read().decode(), dict(refusal.headers)


def cluster(**options: Any) -> MovingCluster:
    found = MovingCluster(VirtualTime(), consumed={"app": 2.0, "idle": 5.0}, **options)
    found.time.now += 100
    return found


def test_metrics_are_what_prometheus_reads() -> None:
    with serving(cluster()) as (server, (watch,)):
        watch.poll_once()
        status, text, headers = get(f"{server.url}/metrics")
    assert status == 200
    assert headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    families = {f.name: f for f in text_string_to_metric_families(text)}
    known = {f.name.removesuffix("_total") for f in FAMILIES}
    assert set(families) <= known
    lag = {tuple(s.labels.values()): s.value for s in families["steward_group_lag_records"].samples}
    assert lag["c0", "app", "orders", "3"] == 300
    assert len(lag) == 8
    worst = families["steward_group_worst_lag_seconds"].samples
    low, high = (families[f"steward_group_lag_seconds_{b}"].samples for b in ("low", "high"))
    for value, least, most in zip(worst, low, high, strict=True):
        assert least.value <= value.value <= most.value
    assert families["steward_collection_up"].samples[0].value == 1


def test_what_is_unknown_has_no_sample() -> None:
    blind = cluster(blind=frozenset({1, 2}))
    with serving(blind) as (server, (watch,)):
        watch.poll_once()
        text = get(f"{server.url}/metrics")[1]
    families = {f.name: f for f in text_string_to_metric_families(text)}
    shown = {s.labels["partition"] for s in families["steward_group_lag_seconds"].samples}
    assert shown == {"0", "3"}
    assert {s.value for s in families["steward_group_lag_unknown"].samples} == {2}
    assert "steward_group_total_lag_records" not in families
    assert "steward_group_lag_seconds_high" not in families
    (sample,) = families["steward_partitions_unknown"].samples
    assert (sample.labels["why"], sample.value) == ("unreachable", 2)


def test_a_stale_cluster_is_never_shown_as_well() -> None:
    moving = cluster()
    with serving(moving) as (server, (watch,)):
        watch.poll_once()
        moving.time.now += 100
        text = get(f"{server.url}/metrics")[1]
        status, detail, _ = get(f"{server.url}/readyz")
    families = {f.name: f for f in text_string_to_metric_families(text)}
    assert not [n for n in families if n.startswith("steward_group_lag")]
    assert {s.labels["why"] for s in families["steward_group_unknown"].samples} == {"stale"}
    assert families["steward_collection_staleness_seconds"].samples[0].value == 100
    assert status == 503
    assert json.loads(detail)["clusters"][0]["status"] == "stale"


def test_partition_series_can_be_left_out() -> None:
    with serving(cluster(), per_partition=False) as (server, (watch,)):
        watch.poll_once()
        text = get(f"{server.url}/metrics")[1]
    assert "steward_group_worst_lag_seconds{" in text
    assert 'partition="' not in text


def test_two_clusters_share_each_family() -> None:
    first = cluster()
    second = MovingCluster(first.time)
    with serving(first, second) as (server, watches):
        for watch in watches:
            watch.poll_once()
        text = get(f"{server.url}/metrics")[1]
    assert text.count("# TYPE steward_group_lag_seconds gauge") == 1
    names = [f.name for f in text_string_to_metric_families(text)]
    assert len(names) == len(set(names))


def test_ready_once_all_were_tried_and_one_is_seen() -> None:
    good = cluster()
    broken = MovingCluster(good.time, trouble=ClusterUnreachable("no broker answered"))
    with serving(good, broken) as (server, (first, second)):
        assert get(f"{server.url}/readyz")[0] == 503
        assert get(f"{server.url}/healthz")[:2] == (200, "ok\n")
        first.poll_once()
        assert get(f"{server.url}/readyz")[0] == 503
        second.poll_once()
        status, text, _ = get(f"{server.url}/readyz")
    assert status == 200
    fresh, failed = json.loads(text)["clusters"]
    assert (fresh["status"], failed["status"]) == ("fresh", "broken")
    assert failed["fault"] == "no broker answered"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_nothing_but_reading(method: str) -> None:
    with serving(cluster()) as (server, _):
        for path in ("/metrics", "/readyz", "/healthz"):
            assert get(server.url + path, method=method)[0] == 405
        assert get(f"{server.url}/elsewhere")[0] == 404


def test_a_token_guards_all_but_the_pulse() -> None:
    with serving(cluster(), token=TOKEN) as (server, (watch,)):
        watch.poll_once()
        for path in ("/metrics", "/readyz", "/"):
            assert get(server.url + path)[0] == 401
            assert get(server.url + path, token="wrong")[0] == 401
            assert get(server.url + path, token=TOKEN.reveal())[0] == 200
        assert get(f"{server.url}/healthz")[0] == 200
        refused = get(f"{server.url}/metrics", token="wrong")
    assert "correct" not in refused[1]
    assert refused[2]["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.1.2.3", "example.org"])
def test_others_are_not_listened_to_without_a_token(host: str) -> None:
    with pytest.raises(ConfigurationError, match="has no token") as refused:
        check_guard(host, None)
    assert "token_env" in refused.value.remedy
    check_guard(host, TOKEN)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_this_machine_needs_none(host: str) -> None:
    assert is_loopback(host)
    check_guard(host, None)
    with pytest.raises(ConfigurationError, match="empty"):
        check_guard(host, Secret(""))


@pytest.mark.parametrize(
    ("text", "address"),
    [("127.0.0.1:9642", ("127.0.0.1", 9642)), ("[::1]:80", ("::1", 80)), ("localhost:0", ("localhost", 0))],
)  # fmt: skip
def test_addresses(text: str, address: tuple[str, int]) -> None:
    assert parse_listen(text) == address


@pytest.mark.parametrize("text", ["9642", ":9642", "host:port", "host:70000", ""])
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(UsageError, match="invalid listen address"):
        parse_listen(text)


def test_an_address_that_is_taken_is_one_clear_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(StewardError, match=f"cannot listen on 127.0.0.1:{port}"):
            bind("127.0.0.1", port)
