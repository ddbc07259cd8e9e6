"""The Prometheus text parser and its endpoints."""

import math
import threading

from hypothesis import given
from hypothesis import strategies as st

from steward.cluster.adapters.prometheus import parse, read_metrics
from steward.model.broker import BrokerMetrics
from steward.model.unknown import Unknown, Why
from support import servers

_names = st.from_regex(r"[a-zA-Z_:][a-zA-Z0-9_:]{0,20}", fullmatch=True)
_label_names = st.from_regex(r"[a-zA-Z_][a-zA-Z0-9_]{0,10}", fullmatch=True)
_values = st.text(alphabet=st.characters(blacklist_categories=["Cs"], blacklist_characters="\r"))


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


@given(_names, st.dictionaries(_label_names, _values, max_size=4), st.floats(allow_nan=False))
def test_what_is_written_is_read(name: str, labels: dict[str, str], value: float) -> None:
    written = ",".join(f'{k}="{_escaped(v)}"' for k, v in labels.items())
    line = f"{name}{{{written}}} {value!r}" if labels else f"{name} {value!r}"
    (sample,) = parse(f"# HELP {name} x\n# TYPE {name} gauge\n{line}\n")[name]
    assert dict(sample.labels) == labels
    assert sample.value == value


@given(st.text())
def test_any_text_is_survived(text: str) -> None:
    parse(text)


def test_specials_timestamps_and_trailing_commas() -> None:
    found = parse('a NaN\nb +Inf\nc{x="1",} -Inf 1700000000\nd{x="y"}3\nno value\n{} 1\n')
    assert math.isnan(found["a"][0].value)
    assert found["b"][0].value == math.inf
    assert (found["c"][0].labels, found["c"][0].value) == ((("x", "1"),), -math.inf)
    assert set(found) == {"a", "b", "c"}


def _page(body: bytes, status: bytes = b"200 OK") -> servers.Handler:
    def handle(peer: "servers.socket.socket") -> None:
        peer.recv(4096)
        peer.sendall(b"HTTP/1.1 " + status + b"\r\nConnection: close\r\n\r\n" + body)

    return handle


def test_each_endpoint_succeeds_or_fails_alone() -> None:
    with (
        servers.serving(_page(b"up 1\n")) as good,
        servers.serving(_page(b"<html>hello</html>")) as page,
        servers.serving(_page(b"", b"404 Not Found")) as missing,
        servers.serving(servers.silent) as silent,
    ):
        urls = {1: good, 2: page, 3: missing, 4: silent, 5: servers.free_port()}
        found = read_metrics({b: f"http://u:secret@127.0.0.1:{p}/m" for b, p in urls.items()}, 0.5)
    metrics = found[1]
    assert isinstance(metrics, BrokerMetrics)
    assert metrics.samples["up"][0].value == 1
    reasons = {b: f.why for b, f in found.items() if isinstance(f, Unknown)}
    assert reasons == {
        2: Why.REFUSED,
        3: Why.REFUSED,
        4: Why.TIMED_OUT,
        5: Why.UNREACHABLE,
    }
    assert "secret" not in repr(found)


def test_gently_brokers_are_asked_one_after_the_other() -> None:
    at_once, most, lock = 0, 0, threading.Lock()

    def handle(peer: "servers.socket.socket") -> None:
        nonlocal at_once, most
        peer.recv(4096)
        with lock:
            at_once += 1
            most = max(most, at_once)
        is_alone.wait(0.05)
        with lock:
            at_once -= 1
        peer.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nup 1\n")

    is_alone = threading.Event()
    with servers.serving(handle) as port:
        urls = dict.fromkeys(range(5), f"http://127.0.0.1:{port}/")
        assert len(read_metrics(urls, 5, gently=True)) == 5
        assert most == 1


def test_other_schemes_are_not_opened() -> None:
    (found,) = read_metrics({1: "file:///etc/hostname"}, 1).values()
    assert isinstance(found, Unknown)
