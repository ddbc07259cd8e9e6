"""Small servers on loopback that are not Kafka, or only pretend to be."""

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Handler = Callable[[socket.socket], None]


@contextmanager
def serving(handle: Handler, context: ssl.SSLContext | None = None) -> Iterator[int]:
    """Serve each connection in a thread; gives the port."""
    listener = socket.create_server(("127.0.0.1", 0))
    accepted: list[socket.socket] = []

    def serve(peer: socket.socket) -> None:
        try:
            handle(context.wrap_socket(peer, server_side=True) if context else peer)
        except (OSError, ssl.SSLError):
            pass
        finally:
            peer.close()

    def accept() -> None:
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            accepted.append(peer)
            threading.Thread(target=serve, args=(peer,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for peer in accepted:
            peer.close()
        thread.join(5)


def http(peer: socket.socket) -> None:
    """Wait for a line, as HTTP servers do, and answer it with a page."""
    peer.settimeout(5)
    received = b""
    while b"\r\n" not in received:
        chunk = peer.recv(1024)
        if not chunk:
            return
        received += chunk
    peer.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nhello\n")


def garbage(peer: socket.socket) -> None:
    """Answer anything with bytes that mean nothing."""
    peer.recv(1024)
    peer.sendall(b"\x00\x00\x00\x14" + b"\xff" * 20)


def silent(peer: socket.socket) -> None:
    """Read on and never answer."""
    while peer.recv(1024):
        pass


def closing(peer: socket.socket) -> None:
    """Hang up at the first request."""
    peer.recv(1024)


def answering(versions: dict[int, tuple[int, int]]) -> Handler:
    """Answer ApiVersions v0 as a listener with these requests does, then hang up."""

    def handle(peer: socket.socket) -> None:
        request = peer.recv(1024)
        correlation = request[8:12]
        keys = b"".join(struct.pack(">hhh", k, low, high) for k, (low, high) in versions.items())
        body = correlation + struct.pack(">hi", 0, len(versions)) + keys
        peer.sendall(struct.pack(">i", len(body)) + body)

    return handle


def free_port() -> int:
    """A port on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]
