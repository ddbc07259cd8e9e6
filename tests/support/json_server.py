"""A real HTTP server that answers paths with JSON, as Kafka Connect and schema registries do."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


@dataclass
class JsonServer:
    """``answers`` maps paths, with their query, to JSON, or to a status; ``asked`` are paths and authorizations."""

    url: str
    answers: Mapping[str, Any]
    asked: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])


@contextmanager
def answering_json(answers: Mapping[str, Any]) -> Iterator[JsonServer]:
    """Serve on loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.asked.append((self.path, self.headers.get("Authorization", "")))
            found = served.answers.get(self.path, 404)
            body = json.dumps(found).encode()
            self.send_response(found if isinstance(found, int) else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served = JsonServer(f"http://127.0.0.1:{server.server_address[1]}", answers)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
