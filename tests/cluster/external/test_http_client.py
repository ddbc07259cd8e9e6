"""HTTP to others ends at its deadline whatever a server does, takes no more than it asked for, and tells no secret."""

import gzip
import socket
from collections.abc import Iterator
from contextlib import closing
from threading import Event
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steward.cluster.adapters.prometheus import read_metrics
from steward.cluster.external.client_metrics import read_clients
from steward.cluster.external.rest import RestService
from steward.daemon.receivers.post import post
from steward.http_client import Deadline, HttpAnswer, HttpRequest, exchange
from steward.model.connection import Secret
from steward.model.unknown import Unknown, Why
from support.raw_server import Behaviour, dripping, raw_server, saying

OK = b"HTTP/1.1 200 OK\r\n"
SHORT = 0.3
HELD: dict[str, Behaviour] = {
    "drips its status line": dripping(b"HTTP/1.1 2", b"0"),
    "drips headers": dripping(OK + b"X: ", b"x"),
    "sends headers without end": dripping(OK, b"X-Y: z\r\n"),
    "drips interim answers": dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "drips its body": dripping(OK + b"Content-Length: 10000000\r\n\r\n", b"x"),
    "drips chunks": dripping(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "drips a chunk's size": dripping(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
    "drips trailers": dripping(OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n"),
    "drips a body without length": dripping(OK + b"\r\n", b"x"),
}
"""What would hold a client for ever that bounds each wait alone; some are refused earlier."""


def got(url: str, seconds: float = 30.0, **options: Any) -> HttpAnswer | Unknown:
    given_ = {"most_bytes": 1_000_000, **options}
    return exchange(HttpRequest(url=url, **given_), Deadline.after(seconds))


def why(found: HttpAnswer | Unknown) -> Why:
    assert isinstance(found, Unknown), found
    return found.why


@pytest.mark.parametrize("how", HELD)
def test_the_deadline_holds_whatever_a_server_does(how: str) -> None:
    with raw_server(HELD[how]) as server:
        assert why(got(f"{server.url}/x?token=s3cr3t", SHORT)) in (
            Why.TIMED_OUT,
            Why.REFUSED,
            Why.UNREACHABLE,
        )
        assert server.ended.wait(30), "the connection is ended, too"


@pytest.mark.parametrize("how", HELD)
def test_it_holds_for_everything_that_asks(how: str) -> None:
    with raw_server(HELD[how]) as server:
        broker = read_metrics({1: server.url}, SHORT)[1]
        assert isinstance(broker, Unknown)
        rest = RestService(server.url, None, Deadline.after(SHORT)).get("subjects")
        assert isinstance(rest, Unknown)
        reports, failed = read_clients([server.url], [], SHORT)
        assert (reports, len(failed)) == ((), 1)
        # a receiver's status counts, whatever becomes of its body
        answered = post(Secret(server.url), b"{}", {}, timeout_seconds=SHORT)
        assert "s3cr3t" not in answered.detail


def test_a_service_that_is_asked_often_has_one_deadline() -> None:
    with raw_server(HELD["drips headers"]) as server:
        service = RestService(server.url, None, Deadline.after(SHORT))
        assert all(isinstance(service.get("connectors", str(n)), Unknown) for n in range(100))
        assert len(server.heads) <= 2


def test_a_silent_server_and_one_that_never_accepts() -> None:
    waits = Event()
    with raw_server(lambda *_: waits.wait() and None) as server:
        assert why(got(server.url, SHORT)) is Why.TIMED_OUT
        waits.set()
    with closing(socket.socket()) as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        assert why(got(f"http://127.0.0.1:{full.getsockname()[1]}", SHORT)) is Why.TIMED_OUT
        assert why(got(f"https://127.0.0.1:{full.getsockname()[1]}", SHORT)) is Why.TIMED_OUT


def test_a_name_that_takes_long_to_resolve(monkeypatch: pytest.MonkeyPatch) -> None:
    waits = Event()

    def resolve(*_: object, **__: object) -> Any:
        waits.wait()
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    assert why(got("http://slow.example", SHORT)) is Why.TIMED_OUT
    waits.set()


@pytest.mark.parametrize(
    "head",
    [OK + b"Content-Length: 99999999\r\n\r\n", OK + b"\r\n",
     OK + b"Transfer-Encoding: chunked\r\n\r\nFFFFFF\r\n"],
)  # fmt: skip
def test_an_endless_body_is_refused_when_it_is_too_large(head: bytes) -> None:
    def endless(client: socket.socket, _: bytes) -> None:
        client.sendall(head)
        while True:
            client.sendall(b"x" * 65536)

    with raw_server(endless) as server:
        found = got(server.url, most_bytes=100_000)
        assert why(found) is Why.REFUSED
        assert "larger than 100,000 bytes" in str(found)
        cut = got(server.url, most_bytes=100_000, cuts_body=True)
        assert isinstance(cut, HttpAnswer)
        assert len(cut.body) == 100_000


def test_a_body_of_just_the_size_is_taken() -> None:
    with raw_server(saying(OK + b"Content-Length: 5\r\n\r\nhello")) as server:
        found = got(server.url, most_bytes=5)
        assert isinstance(found, HttpAnswer)
        assert found.body == b"hello"
        assert why(got(server.url, most_bytes=4)) is Why.REFUSED


def test_a_bomb_is_not_expanded() -> None:
    bomb = gzip.compress(b"0" * 50_000_000)
    head = OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
    with raw_server(saying(head + bomb)) as server:
        found = got(server.url)
        assert why(found) is Why.REFUSED
        assert b"Accept-Encoding: identity" in server.heads[0]


@pytest.mark.parametrize(
    "head",
    [b"Content-Length: 100\r\n\r\nshort", b"Transfer-Encoding: chunked\r\n\r\n5\r\nhel",
     b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc"],
)  # fmt: skip
def test_a_body_that_is_not_as_announced_is_no_answer(head: bytes) -> None:
    with raw_server(saying(OK + head)) as server:
        assert why(got(server.url)) in (Why.REFUSED, Why.UNREACHABLE)


@pytest.mark.parametrize(
    "text",
    [OK + b"X: " + b"a" * 200_000 + b"\r\n\r\n", OK + b"X: y\r\n" * 1000 + b"\r\n", b"220 smtp ready\r\n",
     b"", b"\x00\xff" * 100, b"HTTP/1.1 abc OK\r\n\r\n", b"HTTP/9.9 200 OK\r\n\r\n"],
)  # fmt: skip
def test_huge_headers_and_what_is_no_http(text: bytes) -> None:
    with raw_server(saying(text)) as server:
        assert why(got(server.url)) in (Why.REFUSED, Why.UNREACHABLE)


@given(st.binary(max_size=300))
@settings(max_examples=60, deadline=None)
def test_any_answer_is_survived(text: bytes) -> None:
    with raw_server(saying(text)) as server:
        assert isinstance(got(server.url), HttpAnswer | Unknown)


def redirecting(to: str) -> Behaviour:
    return lambda client, _: client.sendall(
        f"HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n".encode()
    )


def test_redirects_in_a_circle_end() -> None:
    with raw_server(redirecting("/again")) as server:
        assert why(got(server.url)) is Why.REFUSED
        assert len(server.heads) == 4


def test_a_redirect_within_the_server_is_followed() -> None:
    def moved(client: socket.socket, head: bytes) -> None:
        there = head.startswith(b"GET /there")
        (saying(OK + b"Content-Length: 2\r\n\r\nhi") if there else redirecting("/there"))(
            client, head
        )

    with raw_server(moved) as server:
        found = got(f"{server.url}/here")
        assert isinstance(found, HttpAnswer)
        assert found.body == b"hi"
        posted = got(f"{server.url}/here", method="POST", body=b"{}")
        assert isinstance(posted, HttpAnswer)
        assert posted.status == 302


@pytest.mark.parametrize("scheme", ["http", "https", "file", "gopher"])
def test_redirects_to_other_places_are_not_followed(scheme: str) -> None:
    with raw_server(saying(OK)) as other:
        target = f"{scheme}://localhost:{other.port}/s3cr3t"
        with raw_server(redirecting(target)) as server:
            found = got(server.url, headers={"Authorization": "Bearer s3cr3t"})
        assert isinstance(found, HttpAnswer) or why(found) is Why.REFUSED
        assert "s3cr3t" not in repr(found)
        assert other.heads == []


@pytest.fixture
def proxies(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    with raw_server(saying(OK + b"Content-Length: 5\r\n\r\nproxy")) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        yield proxy


def test_a_proxy_of_the_environment_is_for_receivers_alone(proxies: Any) -> None:
    with raw_server(saying(OK + b"Content-Length: 6\r\n\r\ndirect")) as server:
        direct = got(server.url)
        assert isinstance(direct, HttpAnswer)
        assert direct.body == b"direct"
        assert read_metrics({1: server.url}, 30.0)
        assert proxies.heads == []
        assert post(Secret(f"{server.url}/hook"), b"{}", {}, timeout_seconds=30.0).ok
        assert len(proxies.heads) == 1


@pytest.mark.parametrize(
    "url",
    ["ftp://x/s3cr3t", "s3cr3t", "", "http://", "http://[s3cr3t", "http://h:s3cr3t/", "http://h:99999/s3cr3t",
     "http://127.0.0.1:0/s3cr3t", "file:///etc/s3cr3t", "http://me:s3cr3t@127.0.0.1:1/s3cr3t?s3cr3t",
     "http://exa mple/s3cr3t", "http://127.0.0.1:1/s3cr3t\r\nX: y", "http://\ud800/s3cr3t"],
)  # fmt: skip
def test_no_secret_of_an_address_is_told(url: str) -> None:
    found = got(url, 30.0, headers={"Authorization": "s3cr3t\r\nX: y"})
    assert isinstance(found, Unknown)
    assert "s3cr3t" not in repr(found)


def test_a_login_becomes_a_header_and_leaves_the_address() -> None:
    with raw_server(saying(OK + b"Content-Length: 0\r\n\r\n")) as server:
        got(f"http://me:s3cr3t%40x@127.0.0.1:{server.port}/a?b=c")
        (head,) = server.heads
        assert head.startswith(b"GET /a?b=c HTTP/1.1\r\n")
        assert b"Authorization: Basic bWU6czNjcjN0QHg=" in head
