"""A raw connection to one broker, for the few requests that no client library sends."""

import socket
import ssl
import struct
from contextlib import AbstractContextManager
from types import TracebackType

from steward.model.command import Hint, steward
from steward.sandbox.error import SandboxError
from steward.sandbox.ports import LOOPBACK
from steward.sandbox.status import SandboxStatus

_TIMEOUT_S = 15.0
_CLIENT_ID = "steward-sandbox-scenario"


class NoConnection(SandboxError):
    """A broker does not accept connections."""


class RawConnection(AbstractContextManager["RawConnection"]):
    """One connection; on a secured sandbox with the administrator's certificate (mTLS)."""

    def __init__(self, sandbox: SandboxStatus, broker_id: int) -> None:
        self.broker_id = broker_id
        self._correlation = 0
        self._socket = _connect(sandbox, broker_id)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._socket.close()

    def ask(self, api_key: int, version: int, body: bytes) -> "Reader":
        """Send a request of a version before KIP-482 (no tagged fields) and return its answer.

        Errors: SandboxError if the broker closes the connection, as it does for an unknown version.
        """
        self._correlation += 1
        header = struct.pack(">hhi", api_key, version, self._correlation) + string(_CLIENT_ID)
        self._socket.sendall(struct.pack(">i", len(header) + len(body)) + header + body)
        (size,) = struct.unpack(">i", self._read(4))
        answer = Reader(self._read(size))
        answer.int32()  # correlation id: one request at a time is in flight
        return answer

    def _read(self, size: int) -> bytes:
        read = bytearray()
        while len(read) < size:
            more = self._socket.recv(size - len(read))
            if not more:
                raise SandboxError(f"broker {self.broker_id} closed the connection")
            read += more
        return bytes(read)


class Reader:
    """Reads an answer from start to end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def int16(self) -> int:
        """Read a signed number of two bytes."""
        return self._take(">h")

    def int32(self) -> int:
        """Read a signed number of four bytes."""
        return self._take(">i")

    def int64(self) -> int:
        """Read a signed number of eight bytes."""
        return self._take(">q")

    def string(self) -> str | None:
        """Read a string, or None where it is null."""
        size = self.int16()
        if size < 0:
            return None
        self._at += size
        return self._data[self._at - size : self._at].decode()

    def data(self) -> bytes:
        """Read bytes; none where they are null."""
        size = max(0, self.int32())
        self._at += size
        return self._data[self._at - size : self._at]

    def _take(self, form: str) -> int:
        (value,) = struct.unpack_from(form, self._data, self._at)
        self._at += struct.calcsize(form)
        return value


def string(text: str) -> bytes:
    """Encode a string as in the protocol."""
    data = text.encode()
    return struct.pack(">h", len(data)) + data


def _connect(sandbox: SandboxStatus, broker_id: int) -> socket.socket:
    broker = next(one for one in sandbox.brokers if one.id == broker_id)
    port = broker.ports["MTLS" if sandbox.secure else "PLAINTEXT"]
    try:
        plain = socket.create_connection((LOOPBACK, port), timeout=_TIMEOUT_S)
    except OSError as fault:
        raise NoConnection(
            f"broker {broker_id} of sandbox {sandbox.name} does not accept connections: {fault}",
            remedy=Hint(
                "Start it: ", steward("sandbox broker", "start", broker_id, name=sandbox.name)
            ),
        ) from fault
    if not sandbox.secure:
        return plain
    context = ssl.create_default_context(cafile=sandbox.connection["ssl_ca_file"])
    context.load_cert_chain(sandbox.connection["ssl_cert_file"], sandbox.connection["ssl_key_file"])
    return context.wrap_socket(plain, server_hostname=LOOPBACK)
