"""Identifies the server at an address: Kafka, TLS or HTTP, distinguished by a few bytes."""

import socket
import ssl
import struct
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

API_VERSIONS, SASL_HANDSHAKE, METADATA = 18, 17, 3
_CORRELATION_ID = 0x5354
_CLIENT_ID = b"steward"
_LARGEST_ANSWER_BYTES = 1024 * 1024
_TLS_RECORD_TYPES = (0x15, 0x16)
_TLS_MAJOR = 3

Stream = socket.socket


class NotKafka(Exception):
    """The peer answered, but not with a Kafka response; ``kind`` is http, tls or garbage."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class Closed(Exception):
    """The peer closed the connection without an answer."""


@dataclass(frozen=True, slots=True)
class SaslAnswer:
    """A listener's answer to a SASL handshake: Kafka's error code and the offered mechanisms."""

    error_code: int
    mechanisms: tuple[str, ...]


def resolve(host: str, port: int) -> tuple[str, ...]:
    """Resolve a host name; OSError where it has no address."""
    found = socket.getaddrinfo(host, port, socket.AF_UNSPEC, socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


@contextmanager
def dialled(host: str, port: int, timeout_seconds: float) -> Generator[Stream]:
    """Connect by TCP; every later read and write has the same timeout."""
    with socket.create_connection((host, port), timeout_seconds) as stream:
        yield stream


@contextmanager
def opened(
    host: str, port: int, timeout_seconds: float, context: ssl.SSLContext | None
) -> Generator[Stream]:
    """Connect by TCP, and TLS where a context is given."""
    with dialled(host, port, timeout_seconds) as stream:
        if context is None:
            yield stream
            return
        with context.wrap_socket(stream, server_hostname=host.rstrip(".")) as secured:
            yield secured


def api_versions(stream: Stream) -> dict[int, tuple[int, int]]:
    """Request the supported APIs; every broker and controller answers ApiVersions v0 before login.

    Errors: NotKafka, Closed, TimeoutError, OSError.
    """
    body = _ask(stream, API_VERSIONS, 0, b"")
    try:
        (count,) = struct.unpack_from(">i", body, 2)
        entries = [struct.unpack_from(">hhh", body, 6 + 6 * i) for i in range(count)]
    except struct.error:
        raise NotKafka("garbage") from None
    return {key: (low, high) for key, low, high in entries}


def sasl_handshake(stream: Stream, mechanism: str) -> SaslAnswer:
    """Offer a mechanism; the answer lists those of the listener."""
    name = mechanism.encode()
    body = _ask(stream, SASL_HANDSHAKE, 1, struct.pack(">h", len(name)) + name)
    try:
        code, count = struct.unpack_from(">hi", body, 0)
        return SaslAnswer(code, tuple(_strings(body, 6, count)))
    except struct.error:
        raise NotKafka("garbage") from None


def _strings(body: bytes, at: int, count: int) -> Iterator[str]:
    for _ in range(count):
        (length,) = struct.unpack_from(">h", body, at)
        yield body[at + 2 : at + 2 + length].decode("utf-8", "replace")
        at += 2 + length


def _ask(stream: Stream, key: int, version: int, body: bytes) -> bytes:
    header = struct.pack(">hhih", key, version, _CORRELATION_ID, len(_CLIENT_ID)) + _CLIENT_ID
    stream.sendall(struct.pack(">i", len(header) + len(body)) + header + body)
    start = _read(stream, 4)
    _refuse_other_protocols(start)
    (size,) = struct.unpack(">i", start)
    if not 4 <= size <= _LARGEST_ANSWER_BYTES:
        raise NotKafka("garbage")
    answer = _read(stream, size)
    if struct.unpack_from(">i", answer)[0] != _CORRELATION_ID:
        raise NotKafka("garbage")
    return answer[4:]


def _refuse_other_protocols(start: bytes) -> None:
    if start == b"HTTP":
        raise NotKafka("http")
    if start[0] in _TLS_RECORD_TYPES and start[1] == _TLS_MAJOR:
        raise NotKafka("tls")


def _read(stream: Stream, size: int) -> bytes:
    chunks: list[bytes] = []
    while size > 0:
        chunk = stream.recv(min(size, 65536))
        if not chunk:
            raise Closed
        chunks.append(chunk)
        size -= len(chunk)
    return b"".join(chunks)


def speaks_http(host: str, port: int, timeout_seconds: float) -> bool:
    """Return whether an HTTP server answers."""
    try:
        with dialled(host, port, timeout_seconds) as stream:
            stream.sendall(b"HEAD / HTTP/1.0\r\n\r\n")
            return stream.recv(5).startswith(b"HTTP")
    except OSError:
        return False


def speaks_tls(host: str, port: int, timeout_seconds: float) -> bool:
    """Return whether a TLS server answers, with any certificate."""
    try:
        with opened(host, port, timeout_seconds, unverified_context()):
            return True
    except ssl.SSLError as error:
        return "ALERT" in str(getattr(error, "reason", None) or "")
    except OSError:
        return False


def speaks_plain_kafka(host: str, port: int, timeout_seconds: float) -> bool:
    """Return whether a Kafka listener answers without TLS."""
    try:
        with dialled(host, port, timeout_seconds) as stream:
            return bool(api_versions(stream))
    except (OSError, NotKafka, Closed):
        return False


def unverified_context() -> ssl.SSLContext:
    """Create a context that accepts any certificate: to inspect a server, never to log in."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
