"""A proxy on loopback that takes its time: what a broker sends through it comes late, and little at a time."""

import contextlib
import socket
import threading

_CHUNK = 4 * 1_024


class SlowLink:
    """Forwards connections to a port: requests at once, answers at a rate that each connection has for itself.

    The buffer towards the broker is small: the broker notices that its answers do not get away, as over a bad network.
    """

    def __init__(self, bytes_per_s: float, target: int) -> None:
        self._bytes_per_s = bytes_per_s
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._sockets: list[socket.socket] = []
        self._over = threading.Event()

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._listener.getsockname()[1]

    def accept(self) -> None:
        """Serve until closed."""
        while not self._over.is_set():
            try:
                client, _ = self._listener.accept()
                broker = self._connected()
            except OSError:
                continue
            self._sockets += [client, broker]
            for pump, source, sink in ((self._quick, client, broker), (self._slow, broker, client)):
                threading.Thread(target=pump, args=(source, sink), daemon=True).start()

    def close(self) -> None:
        """Close every connection."""
        self._over.set()
        for one in [self._listener, *self._sockets]:
            _close(one)

    def _connected(self) -> socket.socket:
        broker = socket.socket()
        broker.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _CHUNK)
        broker.connect(("127.0.0.1", self._target))
        return broker

    def _quick(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(_CHUNK):
                sink.sendall(data)
        _close(source)
        _close(sink)

    def _slow(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(_CHUNK):
                self._over.wait(len(data) / self._bytes_per_s)
                sink.sendall(data)
        _close(source)
        _close(sink)


def _close(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()


def slow_link(*, bytes_per_s: float, target: int) -> SlowLink:
    """Begin to serve a link to a port of this machine; it has to be closed."""
    link = SlowLink(bytes_per_s, target)
    threading.Thread(target=link.accept, daemon=True).start()
    return link
