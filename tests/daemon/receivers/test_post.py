"""A POST ends in time, verifies whom it talks to, and gives no secret away whatever happens."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from time import monotonic, sleep

import pytest
import trustme

from steward.daemon.receivers.post import ReceiverAnswer, post
from steward.daemon.receivers.receiver import ReceiverKind
from steward.daemon.receivers.send import send
from steward.model.connection import Secret
from support.http_receiver import HttpReceiver, http_receiver
from support.notes import note, receiver


@pytest.fixture
def http() -> Iterator[HttpReceiver]:
    with http_receiver() as running:
        yield running


def posted(url: str, seconds: float = 5.0, ca_file: str | None = None) -> ReceiverAnswer:
    return post(Secret(url), b"{}", {}, timeout_seconds=seconds, ca_file=ca_file)


@pytest.mark.parametrize(
    ("status", "ok", "is_refusal"),
    [(200, True, False), (202, True, False), (204, True, False), (400, False, True),
     (401, False, False), (404, False, False), (422, False, True), (429, False, False),
     (500, False, False), (503, False, False), (302, False, False)],
)  # fmt: skip
def test_the_status_decides(http: HttpReceiver, status: int, ok: bool, is_refusal: bool) -> None:
    http.status = status
    answer = posted(http.url)
    assert (answer.ok, answer.is_refusal) == (ok, is_refusal)
    assert answer.detail.startswith(f"localhost:{http.port}: {status}")
    assert len(http.taken()) == 1, "a redirect is not followed"


def test_everything_that_was_set_arrives(http: HttpReceiver) -> None:
    told = note(70.0)
    wanted = receiver(
        http.url,
        headers={"X-Tenant": "one"},
        secret_headers={"Authorization": Secret("Bearer s3cr3t-header")},
    )
    assert send(wanted, told).ok
    (request,) = http.taken()
    assert request.path == "/hook/s3cr3t-path?token=s3cr3t-query"
    assert request.headers["Authorization"] == "Bearer s3cr3t-header"
    assert request.headers["X-Tenant"] == "one"
    assert request.headers["Idempotency-Key"] == told.id
    assert request.headers["Content-Type"] == "application/json"


def test_a_login_in_the_url_becomes_a_header(http: HttpReceiver) -> None:
    assert posted(f"http://me:s3cr3t%40x@localhost:{http.port}/").ok
    (request,) = http.taken()
    assert request.headers["Authorization"] == "Basic bWU6czNjcjN0QHg="


def test_only_the_servers_address_is_needed_of_alertmanager(http: HttpReceiver) -> None:
    for base in (
        f"http://localhost:{http.port}/am/",
        f"http://localhost:{http.port}/am/api/v2/alerts",
    ):
        assert send(receiver(base, ReceiverKind.ALERTMANAGER), note(70.0)).ok
    assert {r.path for r in http.taken()} == {"/am/api/v2/alerts"}


def _drips(handler: BaseHTTPRequestHandler) -> None:
    """Answer a byte at a time, for ever."""
    try:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
        while True:
            handler.wfile.write(b"x")
            handler.wfile.flush()
            sleep(0.05)
    except OSError:
        return


def test_a_server_that_drips_is_left_at_the_deadline(http: HttpReceiver) -> None:
    http.script = _drips
    begun = monotonic()
    answer = posted(http.url, 0.5)
    assert not answer.ok
    assert "did not answer within" in answer.detail
    assert monotonic() - begun < 3


def test_a_server_that_says_nothing_is_left_at_the_deadline() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        answer = posted(f"http://127.0.0.1:{silent.getsockname()[1]}/s3cr3t", 0.3)
    assert "did not answer within" in answer.detail


def test_nobody_there_is_told() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    answer = posted(f"http://user:s3cr3t@127.0.0.1:{port}/s3cr3t")
    assert answer.detail == f"127.0.0.1:{port}: Connection refused"


def test_what_is_no_http_server_is_told(http: HttpReceiver) -> None:
    http.script = lambda handler: handler.wfile.write(b"220 smtp ready\r\n")  # type: ignore[func-returns-value]
    assert "not an HTTP server" in posted(http.url).detail


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def _context(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


def test_tls_is_verified(authority: trustme.CA, tmp_path: Path) -> None:
    ca_file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(ca_file)
    with http_receiver(_context(authority, "localhost")) as http:
        assert posted(http.url, ca_file=str(ca_file)).ok
        assert len(http.taken()) == 1
        stranger = posted(http.url)
        assert "certificate does not verify" in stranger.detail
        assert http.taken() == [], "nothing is sent to a stranger"
    with http_receiver(_context(authority, "elsewhere.example")) as http:
        wrong = posted(http.url, ca_file=str(ca_file))
        assert "certificate does not verify" in wrong.detail
        assert http.taken() == []


@pytest.mark.parametrize(
    "url", ["ftp://x/s3cr3t", "s3cr3t", "", "http://", "http://[s3cr3t", "http://h:s3cr3t/"]
)
def test_no_secret_in_any_answer(url: str) -> None:
    answer = posted(url)
    assert not answer.ok
    assert "s3cr3t" not in repr(answer)


def test_no_secret_in_answers_of_real_servers(http: HttpReceiver) -> None:
    wanted = receiver(http.url, secret_headers={"Authorization": Secret("s3cr3t-header")})
    for status in (200, 302, 400, 500):
        http.status = status
        assert "s3cr3t" not in repr(send(wanted, note(70.0)))
    assert "s3cr3t" not in repr(wanted)
