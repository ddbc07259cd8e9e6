"""A real HTTP server that takes notifications, and answers as a test wants it to."""

import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from threading import Thread
from typing import Any

Script = Callable[[BaseHTTPRequestHandler], None]


@dataclass(frozen=True)
class Request:
    """One request that came in."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class HttpReceiver:
    """A running server: ``requests`` holds what came, ``status`` is answered, or ``script`` is run instead."""

    port: int = 0
    scheme: str = "http"
    status: int = 200
    script: Script | None = None
    requests: Queue[Request] = field(default_factory=Queue)

    @property
    def url(self) -> str:
        return f"{self.scheme}://localhost:{self.port}/hook/s3cr3t-path?token=s3cr3t-query"

    def taken(self) -> list[Request]:
        """Everything that has come until now, once."""
        found = []
        while not self.requests.empty():
            found.append(self.requests.get())
        return found


@contextmanager
def http_receiver(context: ssl.SSLContext | None = None) -> Iterator[HttpReceiver]:
    receiver = HttpReceiver(scheme="https" if context else "http")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            receiver.requests.put(Request(self.path, dict(self.headers), body))
            if receiver.script is not None:
                receiver.script(self)
                return
            self.send_response(receiver.status)
            if 300 <= receiver.status < 400:
                self.send_header("Location", f"http://localhost:{receiver.port}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None
    if context is not None:
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    receiver.port = server.server_address[1]
    thread = Thread(target=server.serve_forever, args=[0.05])
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
