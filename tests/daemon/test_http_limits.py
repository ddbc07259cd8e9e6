"""The daemon's HTTP under clients that idle, drip, read nothing, send too much, or come under a foreign name."""

import selectors
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from threading import Event, Thread
from typing import Any

import pytest
from test_http import TOKEN, cluster, get, serving

from steward.daemon.http.connections import HttpLimits
from steward.daemon.http.listen import bind, hosts_served
from steward.daemon.http.routes import host_of
from steward.daemon.server import Server

GET = b"GET %s HTTP/1.1\r\nHost: %s\r\n%s\r\n"
PATIENT = HttpLimits(header_seconds=600, idle_seconds=600, answer_seconds=600)


@contextmanager
def limited(limits: HttpLimits, **options: Any) -> Iterator[Server]:
    with serving(cluster(), limits=limits, **options) as (server, (watch,)):
        watch.poll_once()
        yield server


def opened(server: Server) -> socket.socket:
    port = int(server.url.rpartition(":")[2])
    return socket.create_connection(("127.0.0.1", port), timeout=30)


def asked(server: Server, path: str, host: str = "localhost", more: str = "") -> tuple[int, bytes]:
    with opened(server) as client:
        client.sendall(
            GET % (path.encode(), host.encode(), more.encode() + b"Connection: close\r\n")
        )
        text = b"".join(iter(lambda: client.recv(65536), b""))
    return int(text.split()[1]), text


def is_closed(client: socket.socket) -> bool:
    """Wait until the server ends a connection."""
    try:
        while client.recv(65536):
            pass
    except ConnectionError:
        return True
    return True


@pytest.mark.parametrize("started", [b"", b"G", b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nX: "])
def test_health_and_metrics_are_answered_with_hundreds_of_open_connections(started: bytes) -> None:
    limits = HttpLimits(connections=100, header_seconds=600, idle_seconds=600, answer_seconds=600)
    with limited(limits) as server, ExitStack() as stack:
        clients = [stack.enter_context(opened(server)) for _ in range(400)]
        for client in clients:
            try:
                client.sendall(started)
            except ConnectionError:
                continue  # evicted already
        for path in ("/healthz", "/metrics", "/readyz"):
            assert get(server.url + path)[0] == 200
        for client in clients[:290]:  # the newest stay, those who waited longest are gone
            assert is_closed(client)


def test_connections_that_were_answered_count_as_waiting() -> None:
    limits = HttpLimits(connections=20, header_seconds=600, idle_seconds=600, answer_seconds=600)
    with limited(limits) as server, ExitStack() as stack:
        for _ in range(100):
            client = stack.enter_context(opened(server))
            client.sendall(GET % (b"/healthz", b"localhost", b""))
            assert client.recv(65536).startswith(b"HTTP/1.1 200")


def test_health_is_answered_while_every_answer_is_being_read_slowly() -> None:
    waits, begun = Event(), Event()

    def endless() -> Iterator[str]:
        begun.set()
        yield "x" * 10_000_000
        waits.wait()
        yield "end"

    limits = HttpLimits(
        connections=30, answers=4, header_seconds=600, idle_seconds=600, answer_seconds=600
    )
    with limited(limits) as server, ExitStack() as stack:
        server._pages.write = lambda *_: endless()  # type: ignore[method-assign]
        stack.callback(waits.set)
        readers = [stack.enter_context(opened(server)) for _ in range(4)]
        for reader in readers:
            reader.sendall(GET % (b"/metrics", b"localhost", b""))
        for reader in readers:
            assert reader.recv(1)
        assert get(f"{server.url}/healthz")[0] == 200
        status, text, headers = get(f"{server.url}/metrics")
        assert (status, headers["retry-after"]) == (503, "1")
        assert "too many requests" in text
        waits.set()


@pytest.mark.parametrize("first", ["nothing", "a request before"])
def test_a_trickle_of_header_bytes_does_not_prolong_the_time(first: str) -> None:
    limits = HttpLimits(header_seconds=0.2, idle_seconds=600, answer_seconds=600)
    with limited(limits) as server, opened(server) as client:
        if first != "nothing":
            client.sendall(GET % (b"/healthz", b"localhost", b""))
            assert client.recv(65536)
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: ")
        drip(client)


def test_a_trickle_of_body_bytes_does_not_prolong_the_time() -> None:
    limits = HttpLimits(header_seconds=0.2, idle_seconds=0.2, answer_seconds=600)
    with limited(limits) as server, opened(server) as client:
        client.sendall(GET % (b"/healthz", b"localhost", b"Transfer-Encoding: chunked\r\n"))
        drip(client, b"1\r\nx\r\n")


def drip(client: socket.socket, byte: bytes = b"x") -> None:
    """Send a byte whenever one can be sent, until the server ends the connection."""
    client.setblocking(False)
    with selectors.DefaultSelector() as selector:
        selector.register(client, selectors.EVENT_READ | selectors.EVENT_WRITE)
        sent = 0
        while True:
            try:
                for _, events in selector.select():
                    if events & selectors.EVENT_READ and not client.recv(65536):
                        return
                    if events & selectors.EVENT_WRITE and sent < 10_000:
                        sent += client.send(byte)
                    elif events & selectors.EVENT_WRITE:
                        selector.modify(client, selectors.EVENT_READ)
            except ConnectionError:
                return


def test_who_sends_nothing_or_idles_is_let_go() -> None:
    limits = HttpLimits(header_seconds=0.1, idle_seconds=0.1, answer_seconds=600)
    with limited(limits) as server, opened(server) as silent, opened(server) as idle:
        assert is_closed(silent)
        idle.sendall(GET % (b"/healthz", b"localhost", b""))
        assert is_closed(idle)
        assert get(f"{server.url}/healthz")[0] == 200


def test_who_does_not_read_its_answer_is_let_go() -> None:
    limits = HttpLimits(header_seconds=600, idle_seconds=600, answer_seconds=0.2)
    waits = Event()

    def endless() -> Iterator[str]:
        yield "x" * 50_000_000
        waits.wait()

    with limited(limits) as server, opened(server) as client:
        server._pages.write = lambda *_: endless()  # type: ignore[method-assign]
        ended = Thread(target=lambda: waits.wait())
        ended.start()
        client.sendall(GET % (b"/metrics", b"localhost", b""))
        assert is_closed(client)
        waits.set()
        ended.join()


def test_large_headers_and_bodies_are_refused() -> None:
    with limited(PATIENT) as server:
        for size in (20_000, 200_000, 2_000_000):
            with opened(server) as client:
                try:
                    client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * size)
                except ConnectionError:
                    continue
                assert is_closed(client)
        assert asked(server, "/metrics", more="Content-Length: 10000000\r\n")[0] == 413
        assert get(f"{server.url}/healthz")[0] == 200


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST:9642", "127.0.0.1", "127.0.0.1:80", "[::1]", "[::1]:9642", "localhost.",
     "steward.example", "Steward.Example:9642", "listen.name"],
)  # fmt: skip
def test_requests_to_this_machine_and_configured_names_are_answered(host: str) -> None:
    with limited(PATIENT, hosts=["listen.name", "steward.example"]) as server:
        for path in ("/", "/metrics", "/readyz", "/healthz"):
            assert asked(server, path, host)[0] == 200, path


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:9642", "localhost.evil.example", "127.0.0.1.evil.example", "[::1].evil",
     "127.0.0.2", "0.0.0.0", "localhost@evil", "xlocalhost", "[::2]", "[", ":", ""],
)  # fmt: skip
def test_requests_to_a_foreign_name_are_refused_on_loopback(host: str) -> None:
    with limited(PATIENT, token=TOKEN) as server:
        for path in ("/", "/metrics", "/readyz", "/healthz"):
            code, text = asked(server, path, host, f"Authorization: Bearer {TOKEN.reveal()}\r\n")
            assert code in (400, 421), path
            assert b"steward_" not in text


def test_a_request_without_a_host_is_refused_on_loopback() -> None:
    with limited(PATIENT) as server, opened(server) as client:
        client.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
        assert client.recv(65536).split()[1] == b"421"


def test_who_listens_to_others_is_addressed_by_any_name() -> None:
    with bind("0.0.0.0", 0) as listener:
        assert hosts_served(listener, ["x"]) is None


@pytest.mark.parametrize(
    ("value", "name"),
    [(b"[::1]:80", "::1"), (b"a.b.:1", "a.b"), (b"A", "a"), (b"", ""), (b"\xff", "\xff")],
)
def test_host_names_are_read_without_port(value: bytes, name: str) -> None:
    assert host_of(value) == name
