"""A server on a bare socket, which does to its clients what a test wants, until they go away."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event, Thread

Behaviour = Callable[[socket.socket, bytes], None]
"""Given the connection and the request's head."""


@dataclass
class RawServer:
    """A running server; ``heads`` are the requests that came, ``ended`` is set when a connection was over."""

    port: int
    heads: list[bytes] = field(default_factory=list[bytes])
    ended: Event = field(default_factory=Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def raw_server(behaviour: Behaviour) -> Iterator[RawServer]:
    """Serve on loopback."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = RawServer(listener.getsockname()[1])

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            Thread(target=handle, args=[client], daemon=True).start()

    def handle(client: socket.socket) -> None:
        with client, suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                if not (more := client.recv(65536)):
                    break
                head += more
            server.heads.append(head)
            behaviour(client, head)
        server.ended.set()

    thread = Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(10)


def dripping(begin: bytes, piece: bytes) -> Behaviour:
    """Send a beginning, and then pieces one at a time, without end."""

    def behave(client: socket.socket, _: bytes) -> None:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.sendall(begin)
        pause = Event()
        while True:
            client.sendall(piece)
            pause.wait(0.01)  # the rhythm of a trickle, which no test waits for

    return behave


def saying(text: bytes) -> Behaviour:
    """Send a text and end the connection."""
    return lambda client, _: client.sendall(text)
