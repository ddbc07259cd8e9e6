"""Endpoints and files of consumers: read side by side, bounded; what fails says why and never stops the rest."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from steward.cluster.external import client_metrics as reading
from steward.cluster.external.client_metrics import read_clients
from support import servers

TEXT = 'kafka_consumer_consumer_metrics_poll_idle_ratio_avg{client_id="billing-1"} 0.5\n'


@contextmanager
def page(text: str) -> Iterator[str]:
    """Serve one page of text; gives its address."""

    def handle(peer: socket.socket) -> None:
        peer.recv(4096)
        peer.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + text.encode())

    with servers.serving(handle) as port:
        yield f"http://127.0.0.1:{port}/metrics"


def test_an_endpoint_and_a_file(tmp_path: Path) -> None:
    file = tmp_path / "stats.json"
    file.write_text('{"type": "consumer", "name": "b#consumer-1", "client_id": "b"}')
    with page(TEXT) as url:
        reports, failed = read_clients([url], [str(file)], 2.0)
    assert [r.client_id for r in reports] == ["billing-1", "b"]
    assert failed == ()


def test_failures_are_told_beside_what_was_read(tmp_path: Path) -> None:
    with page(TEXT) as url, page("up 1\n") as other:
        reports, failed = read_clients(
            ["http://127.0.0.1:1/metrics", url, other, "file:///etc/passwd"], [str(tmp_path / "no.json")], 2.0
        )  # fmt: skip
    assert len(reports) == 1
    assert len(failed) == 4
    assert "127.0.0.1:1" in failed[0]
    assert failed[1].endswith("has no metrics of a Kafka consumer")
    assert "not an http:// or https:// URL" in failed[2]
    assert "No such file" in failed[3]


def test_a_secret_in_an_address_is_not_shown() -> None:
    _, (failed,) = read_clients(["http://user:hunter2@127.0.0.1:1/m?token=s3cret"], [], 1.0)
    assert "hunter2" not in failed
    assert "s3cret" not in failed


def test_an_endpoint_that_hangs_is_given_up() -> None:
    with servers.serving(servers.silent) as port:
        began = time.monotonic()
        _, (failed,) = read_clients([f"http://127.0.0.1:{port}/m"], [], 0.3)
    assert time.monotonic() - began < 5
    assert "did not answer" in failed or "timed out" in failed


def test_too_much_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(reading, "LARGEST_ANSWER_BYTES", 10)
    monkeypatch.setattr(reading, "LARGEST_FILE_BYTES", 10)
    file = tmp_path / "stats.json"
    file.write_text("x" * 100)
    with page(TEXT) as url:
        _, failed = read_clients([url], [str(file)], 2.0)
    assert all("larger than 10 bytes" in f for f in failed)
    assert len(failed) == 2
