"""What a live Java consumer says of itself: its JMX metrics, through the usual agent, prove that it is stuck."""

import os
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import NewTopic

from steward.sandbox.jars import kafka_jars
from steward.sandbox.processes import java_environment
from steward.sandbox.state import existing_state
from steward.sandbox.tools import run_tool, tool_command
from support.live_admin import admin_client, client_settings, done
from support.live_changes import Live
from support.running_sandbox import RunningSandbox
from support.waiting import until

pytestmark = pytest.mark.brokers

TOPIC, GROUP, CLIENT = "java-orders", "java-billing", "billing-java"
_RECORD_BYTES, _RECORDS = 10_000, 4_000
_READ_BYTES = 600 * _RECORD_BYTES
"""More than a batch (max.poll.records is 500): the first one is committed when the second is polled."""
_POLLED_LAST = 'consumer_metrics_last_poll_seconds_ago{client_id="billing-java"'


class Application:
    """The console consumer with a JMX agent: it hangs in its second batch, because nobody reads on what it writes."""

    def __init__(self, sandbox: RunningSandbox, rules: Path) -> None:
        self.port = _free_port()
        rules.write_text("lowercaseOutputName: true\n", "utf-8")
        agent = kafka_jars(existing_state(sandbox.name).kafka_version).agent
        told = (
            "--topic", TOPIC, "--group", GROUP, "--from-beginning",
            "--command-property", f"client.id={CLIENT}", "--command-property", "auto.commit.interval.ms=100",
        )  # fmt: skip
        java, *rest = tool_command(sandbox.name, "kafka-console-consumer", told)
        self._read, write = os.pipe()
        self._process = subprocess.Popen(
            [java, f"-javaagent:{agent}=127.0.0.1:{self.port}:{rules}", *rest],
            env=java_environment(),
            stdout=write,
        )
        os.close(write)
        left = _READ_BYTES
        while left > 0:
            left -= len(os.read(self._read, min(left, 65_536)))

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}/metrics"

    def seconds_since_poll(self) -> float:
        """Read it as a person would: the line of the page."""
        try:
            with urllib.request.urlopen(self.endpoint, timeout=5) as page:
                lines = page.read().decode().splitlines()
        except OSError:
            return -1.0
        return max(
            (float(line.split()[-1]) for line in lines if _POLLED_LAST in line), default=-1.0
        )

    def end(self) -> None:
        os.close(self._read)
        self._process.kill()
        self._process.wait()


def _is_empty(sandbox: RunningSandbox) -> bool:
    told = run_tool(
        sandbox.name, "kafka-consumer-groups", ("--describe", "--group", GROUP, "--state")
    )
    return "Empty" in told.stdout


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@pytest.fixture
def application(sandbox: RunningSandbox, tmp_path: Path) -> Iterator[Application]:
    admin = admin_client(sandbox.connection)
    done(admin.create_topics([NewTopic(TOPIC, 1, 1)]))
    producer = Producer({**client_settings(sandbox.connection), "linger.ms": 5})
    for _ in range(_RECORDS):
        producer.produce(TOPIC, b"x" * _RECORD_BYTES)
        producer.poll(0)
    producer.flush(30)
    running = Application(sandbox, tmp_path / "rules.yml")
    yield running
    running.end()
    until(lambda: _is_empty(sandbox), "the group has lost its member")
    done(admin.delete_consumer_groups([GROUP]))
    done(admin.delete_topics([TOPIC]))


def test_a_consumer_that_does_not_poll_is_known_to_be_stuck(
    application: Application, sandbox: RunningSandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    until(lambda: application.seconds_since_poll() > 60, "it has not polled for 60 s", seconds=120)
    said = Live(sandbox, capsys).done(
        "diagnose", GROUP, "--objective", "5s", "--client-metrics", application.endpoint
    )
    verdict = said["verdict"]
    assert (verdict["cause"], verdict["confidence"]) == ("stuck_consumer", "known")
    told = {e["fact"]: e["value"] for e in verdict["evidence"]}
    assert "m " in told["last-poll-seconds-ago"]  # a minute and more
