"""From the moment a group's lag passes its objective to the webhook that says so, on brokers, through the whole daemon.

A producer writes to a partition a group; each group commits at the end until it stops, at moments spread over the
collection interval. The record at its last commit is its oldest unread one from then on: 60 s after that record's
timestamp the alert is due. Notifications arrive at an HTTP receiver of the benchmark's own.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from argparse import ArgumentParser
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer, Producer, TopicPartition

from filling import create_topics, settle
from lab import STEWARD, sandbox
from reporting import Figure, conclude
from steward.model.connection import Connection

TOPIC = "bench-latency"
OBJECTIVE_SECONDS = 60.0
JITTER = 1.05
"""A look may begin so much later than its interval says."""
GRACE_SECONDS = 2.0
RATE = 20.0


def main() -> int:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--groups", type=int, default=12, help="each is one sample")
    parser.add_argument("--interval", type=float, default=10.0, help="seconds between looks")
    chosen = parser.parse_args()
    with sandbox() as connection:
        settle(5)
        create_topics(connection, [TOPIC], chosen.groups)
        told = _run(connection, chosen.groups, chosen.interval)
    late = [seconds for seconds, _ in told]
    return conclude(
        f"{chosen.groups} groups that stop, looks every {chosen.interval:g} s, objective {OBJECTIVE_SECONDS:g} s",
        [
            Figure(name="lag past the objective to the webhook, median", value=statistics.median(late), unit="s"),
            Figure(name="lag past the objective to the webhook, slowest", value=max(late), unit="s",
                   budget=chosen.interval * JITTER + GRACE_SECONDS),
            Figure(name="told too early, at most", value=-min(0.0, *late), unit="s", budget=0.5),
            Figure(name="groups told", value=len(told), unit="", budget=chosen.groups, at_least=True),
            Figure(name="of them with a diagnosis", value=sum(why for _, why in told), unit="",
                   budget=chosen.groups, at_least=True),
        ],
    )  # fmt: skip


class Writer:
    """Writes to every partition without end, and knows each record's timestamp."""

    def __init__(self, connection: Connection, partitions: int) -> None:
        self._producer = Producer(
            {"bootstrap.servers": ",".join(connection.bootstrap_servers), "linger.ms": 0}
        )
        self.stamps: list[list[float]] = [[] for _ in range(partitions)]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._stop.wait(1 / RATE):
            for partition, stamps in enumerate(self.stamps):
                now = time.time()
                self._producer.produce(TOPIC, b"x", partition=partition, timestamp=int(now * 1000))
                stamps.append(now)
            self._producer.poll(0)

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()
        self._producer.flush(10)


class Receiver:
    """Remembers when each group's alert came, and whether it said why."""

    def __init__(self) -> None:
        self.told: dict[str, tuple[float, bool]] = {}
        told = self.told

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                at = time.time()
                said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                for alert in said["alerts"] if said["rule"] == "lag_over_objective" else ():
                    if alert["state"] == "firing":
                        told.setdefault(alert["object"]["name"], (at, alert["verdict"] is not None))
                self.send_response(204)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()


@contextmanager
def _daemon(connection: Connection, url: str, interval: float) -> Generator[None]:
    with tempfile.TemporaryDirectory() as folder:
        settings = Path(folder) / "steward.toml"
        settings.write_text(
            f'[profiles.bench]\nbootstrap_servers = "{",".join(connection.bootstrap_servers)}"\n'
            f'[serve]\nlisten = "127.0.0.1:0"\ninterval_seconds = {interval}\n'
            f'[[alerts.receiver]]\nname = "bench"\nkind = "webhook"\nurl = "{url}"\n'
        )
        command = [STEWARD, "--config", str(settings), "--cluster", "bench", "serve", "-o", "json"]
        environment = {**os.environ, "STEWARD_STATE_DIR": folder}
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            try:
                yield
            finally:
                process.terminate()


def _run(connection: Connection, groups: int, interval: float) -> list[tuple[float, bool]]:
    receiver = Receiver()
    writer = Writer(connection, groups)
    names = [f"latency-{n:02}" for n in range(groups)]
    try:
        with _daemon(connection, receiver.url, interval):
            due = _stop_one_by_one(connection, writer, names, interval)
            until = max(due) + 3 * interval + 10
            while len(receiver.told) < groups and time.time() < until:
                time.sleep(0.2)
    finally:
        writer.stop()
        receiver.stop()
    return [
        (receiver.told[name][0] - at, receiver.told[name][1])
        for name, at in zip(names, due, strict=True)
        if name in receiver.told
    ]


def _stop_one_by_one(
    connection: Connection, writer: Writer, names: list[str], interval: float
) -> list[float]:
    """Let all groups commit at the end for three looks, then stop; return when each one's alert is due."""
    consumers = [
        Consumer({"bootstrap.servers": ",".join(connection.bootstrap_servers), "group.id": name})
        for name in names
    ]
    began, due = time.time(), [0.0] * len(names)
    ends = [began + 3 * interval + n * interval / len(names) for n in range(len(names))]
    while not all(due):
        for number, consumer in enumerate(consumers):
            if due[number]:
                continue
            offset = len(writer.stamps[number])
            consumer.commit(offsets=[TopicPartition(TOPIC, number, offset)], asynchronous=False)
            if time.time() >= ends[number]:
                while len(writer.stamps[number]) <= offset:
                    time.sleep(0.01)
                due[number] = writer.stamps[number][offset] + OBJECTIVE_SECONDS
        time.sleep(0.05)
    for consumer in consumers:
        consumer.close()
    return due


if __name__ == "__main__":
    sys.exit(main())
