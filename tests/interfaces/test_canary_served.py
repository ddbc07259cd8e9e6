"""Canaries in whatever a daemon is given, and services that are down or repeat what they are asked: no secret leaks."""

import signal
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from steward.analysis.alerting.rules import AlertRules
from steward.analysis.lag.offset_table import OffsetTable
from steward.cluster.adapters.prometheus import read_metrics
from steward.cluster.observer import connect
from steward.commands.api.context import Context
from steward.commands.api.envelope import encode, envelope
from steward.commands.daemon.serve import ServeParams, serve
from steward.daemon.alerting.delivery import ReceiverWorker
from steward.daemon.drift import loop as drift_watch
from steward.model.connection import Connection
from steward.model.error import BrokerRefused
from steward.settings import alerts
from steward.settings.shapes import Settings
from support.canaries import Canaries, answering, assert_none_kept
from support.changing import Changing
from support.postgresql import PostgresServer, running_postgres
from support.raw_server import Behaviour, RawServer, raw_server, saying
from support.virtual_cluster import MovingCluster, MovingObserver, VirtualTime

HELD = (
    "SASL", "TOKEN", "PROXY", "KEY", "CONNECT_AUTH", "REGISTRY_AUTH", "STORE", "HOOK_AUTH", "HOOK_HEADER", "SERVE",
)  # fmt: skip
ADDRESSES = ("CONNECT", "REGISTRY", "METRICS", "HOOK", "SLACK", "ALERTMANAGER")
RECEIVERS = ("webhook", "slack", "alertmanager")
PAGES = ("readyz", "healthz", "metrics", "", "nothing")
BROKEN = ("refused", "failing", "sasl", "token", "proxy", "tls")


def repeating(client: socket.socket, head: bytes) -> None:
    """Answer with an error that repeats the request, in its status line and its body."""
    said = b" ".join(head.split())
    client.sendall(b"HTTP/1.1 500 cannot serve " + said + b"\r\nConnection: close\r\n\r\n" + head)


def redirecting(client: socket.socket, head: bytes) -> None:
    """Send the client elsewhere, with all that it asked for."""
    target = b"".join(head.split()[1:2])
    client.sendall(
        b"HTTP/1.1 302 go\r\nLocation: http://127.0.0.1:1" + target + b"\r\n"
        b"Content-Length: 0\r\nConnection: close\r\n\r\n"
    )  # fmt: skip


SERVICES: dict[str, Behaviour | None] = {
    "down": None,
    "refuse": saying(b""),
    "repeat": repeating,
    "redirect": redirecting,
}


def _profiles(canaries: Canaries, port: int, folder: Path) -> str:
    services = f"""
bootstrap_servers = "127.0.0.1:{port}"
connect = ["{canaries.url("CONNECT", port)}"]
connect_authorization_env = "CANARY_CONNECT_AUTH"
schema_registry = "{canaries.url("REGISTRY", port)}"
schema_registry_authorization_env = "CANARY_REGISTRY_AUTH"
metrics = {{ "1" = "{canaries.url("METRICS", port)}" }}
request_timeout_seconds = 1
connect_timeout_seconds = 1
environment = "development"
"""
    (folder / "key").write_text(canaries["KEY"])
    (folder / "key.pem").write_text("no key\n")
    sasl = """
security_protocol = "SASL_PLAINTEXT"
sasl_mechanism = "PLAIN"
sasl_username = "u"
sasl_password_env = "CANARY_SASL"
"""
    own = {
        "moving": sasl,
        "refused": sasl,
        "failing": sasl,
        "sasl": sasl,
        "token": 'security_protocol = "SASL_PLAINTEXT"\nsasl_mechanism = "OAUTHBEARER"\n'
        'sasl_oauth_token_env = "CANARY_TOKEN"',
        "proxy": f'proxy_url = "socks5://user:{quote(canaries["PROXY"], safe="")}@127.0.0.1:{port}"',
        "tls": f'security_protocol = "SSL"\nssl_cert_file = "{folder}/key.pem"\nssl_key_file = "{folder}/key.pem"\n'
        f'ssl_key_password_file = "{folder}/key"',
    }
    return "".join(f"[profiles.{name}]{services}{lines}\n" for name, lines in own.items())


def _receivers(canaries: Canaries) -> str:
    return "".join(
        f'[[alerts.receiver]]\nname = "{kind}"\nkind = "{kind}"\nurl_env = "CANARY_{place}"\ntimeout_seconds = 1\n'
        f'authorization_env = "CANARY_HOOK_AUTH"\nheaders = {{ X-Token = "{canaries["HOOK_HEADER"]}" }}\n'
        for kind, place in zip(RECEIVERS, ("HOOK", "SLACK", "ALERTMANAGER"), strict=True)
    )


def _settings(canaries: Canaries, port: int, folder: Path, store: str) -> str:
    return f"""
[serve]
token_env = "CANARY_SERVE"
[alerts]
unknown_pending_seconds = 0
[[drift]]
cluster = "refused"
manifests = ["manifests"]
{store}
{_profiles(canaries, port, folder)}{_receivers(canaries)}"""


def _environment(canaries: Canaries, port: int) -> dict[str, str]:
    store = quote(canaries["STORE"], safe="")
    return {
        **{f"CANARY_{place}": canaries[place] for place in HELD},
        **{f"CANARY_{place}": canaries.url(place, port) for place in ADDRESSES},
        **{
            f"CANARY_{p}_AUTH": f"Bearer {canaries[f'{p}_AUTH']}"
            for p in ("CONNECT", "REGISTRY", "HOOK")
        },
        "CANARY_STORE": f"postgresql+psycopg://u:{store}@127.0.0.1:{port}/d?connect_timeout=2&password={store}",
    }


class LiveObserver(MovingObserver):
    """Looks at a moving cluster by the real clock."""

    def offset_table(self, *, with_start: bool = True, with_stable: bool = True) -> OffsetTable:
        self.cluster.time.now = time.monotonic()
        return super().offset_table(with_start=with_start, with_stable=with_stable)


def _observer(connection: Connection, canaries: Canaries) -> Any:
    """Connect: to a cluster that is well, to one that repeats every secret, to a fault of steward, or for real."""
    if connection.name == "moving":
        return LiveObserver(MovingCluster(VirtualTime(time.monotonic())))
    if connection.name not in ("refused", "failing"):
        return connect(connection)
    answers = read_metrics(connection.metrics, 1).values()
    said = " ".join(
        (*connection.metrics.values(), *map(str, answers), canaries["SASL"], canaries["HOOK_AUTH"],
         canaries["HOOK_HEADER"], canaries["SERVE"], canaries["PROXY"])
    )  # fmt: skip
    if connection.name == "failing":
        raise RuntimeError(f"cannot log in with {said}")
    raise BrokerRefused(f"POLICY_VIOLATION: {said}", kafka_error="POLICY_VIOLATION")


def _page(url: str, token: str) -> str:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return str(answer.headers) + answer.read().decode()
    except urllib.error.HTTPError as refusal:
        return str(refusal.headers) + refusal.read().decode()


def _tried(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Return what is set once each receiver was tried, in vain, and that was written down."""
    everybody = threading.Event()
    receivers: set[str] = set()
    attempt = ReceiverWorker.attempt

    def attempted(lane: ReceiverWorker) -> float:
        seconds = attempt(lane)
        if lane.status.failures:
            receivers.add(lane.receiver.name)
        if receivers.issuperset(RECEIVERS):
            everybody.set()
        return seconds

    monkeypatch.setattr(ReceiverWorker, "attempt", attempted)
    return everybody


def _alert_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the first look that fails be an alert."""
    rules = alerts.alert_rules

    def impatient(settings: Settings) -> AlertRules:
        return replace(rules(settings), stale_intervals=0.0)

    monkeypatch.setattr(alerts, "alert_rules", impatient)


def _said_by(
    context: Context, wanted: set[str], everybody: threading.Event
) -> Generator[tuple[str, str]]:
    """Run the daemon until it has said what is wanted and all receivers were tried; return what it said, by page."""
    guard = threading.Timer(60, signal.raise_signal, [signal.SIGTERM])
    guard.daemon = True
    guard.start()
    missing = set(wanted)
    handler: Callable[..., Any] = serve.handler
    with closing(handler(ServeParams(listen="127.0.0.1:0", interval=1), context)) as answers:
        try:
            for answer in answers:
                notice = answer.data.notices[0]
                yield notice.event, encode(envelope("steward/serve/v1", answer))
                missing.discard(f"{notice.event} {notice.cluster}")
                if not missing:
                    assert everybody.wait(30)
                    for page in PAGES:
                        url = f"{answer.data.url}/{page}"
                        yield page, _page(url, context.environ["CANARY_SERVE"])
                    return
            raise AssertionError(f"it did not say {sorted(missing)}")
        finally:
            guard.cancel()


@contextmanager
def _serving(behaviour: Behaviour | None) -> Generator[tuple[int, RawServer | None]]:
    if behaviour is None:
        yield 1, None
    else:
        with raw_server(behaviour) as server:
            yield server.port, server


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    with running_postgres() as server:
        yield server


@pytest.mark.parametrize(
    ("services", "store"),
    [
        *((s, "sqlite") for s in SERVICES),
        ("down", "postgresql"),
        ("repeat", "answering"),
    ],
)
def test_a_daemon_shows_and_keeps_none(
    services: str, store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str], request: pytest.FixtureRequest,
) -> None:  # fmt: skip
    canaries, tried, state = Canaries(), _tried(monkeypatch), tmp_path / "state"
    monkeypatch.setattr(drift_watch, "FIRST_SECONDS", 0.0)
    _alert_at_once(monkeypatch)
    monkeypatch.setenv("STEWARD_STATE_DIR", str(state))
    (tmp_path / "manifests").mkdir()
    wanted = {f"broken {name}" for name in BROKEN}
    wanted |= {"drift_broken refused", "alert_firing refused", "seen moving"}
    wanted |= {"store_away None"} if store == "postgresql" else set()
    said: dict[str, list[str]] = {}
    with _serving(SERVICES[services]) as (port, server):
        environ = _environment(canaries, port)
        where = "" if store == "sqlite" else '[store]\nurl_env = "CANARY_STORE"'
        if store == "answering":
            environ["CANARY_STORE"] = answering(request.getfixturevalue("postgres"), canaries)
        config = tmp_path / "steward.toml"
        config.write_text(_settings(canaries, port, tmp_path, where))
        context = Context(
            connect=lambda connection: _observer(connection, canaries),
            config=str(config), environ=environ, directory=tmp_path,
        )  # fmt: skip
        with closing(_said_by(context, wanted, tried)) as pages:
            for what, text in pages:
                assert not canaries.found_in(text), what
                said.setdefault(what, []).append(text)
    assert said.keys() >= set(PAGES)
    assert '"refused"' in said["readyz"][0]
    assert "***" in said["readyz"][0]
    assert 'cluster="moving"' in said["metrics"][0]
    assert not canaries.found_in("".join(capfd.readouterr()))
    if server is not None:
        assert any(head.startswith(b"GET ") and canaries.found_in(head) for head in server.heads)
        assert any(head.startswith(b"POST ") and canaries.found_in(head) for head in server.heads)
    if store == "postgresql":
        assert '"away"' in said["readyz"][0]
    else:
        url = environ["CANARY_STORE"] if store == "answering" else ""
        rows = assert_none_kept(canaries, state, url)
        assert any("***" in row for row in rows["alerts"])
        assert {r for r in RECEIVERS if any(r in row for row in rows["deliveries"])} == set(
            RECEIVERS
        )


_CLUSTER_OF_LAYERS: dict[str, Any] = {
    "identity": {"version": "4.3", "controller": 1},
    "brokers": "1@a 2@b 3@c",
    "topics": {"orders": "1x"},
    "topic_configs": {"orders": {"cleanup.policy": "delete", "retention.ms": "1000"}},
    "broker_configs": {b: {"super.users": "User:root"} for b in (1, 2, 3)},
    "offsets": {"orders-0": [5, 5]},
    "groups": {},
    "group_offsets": {},
    "producers": {"orders-0": []},
    "acls": [],
    "log_dirs": {1: {"/data": {"orders-0": 0}}},
}


@pytest.mark.parametrize("services", SERVICES)
@pytest.mark.parametrize(
    "words",
    [
        ("topic", "delete", "orders", "--dry-run"),
        ("topic", "delete", "orders", "--yes", "--confirm", "orders"),
    ],
    ids=" ".join,
)
def test_layers_that_fail_or_repeat_what_they_are_asked_show_none(
    words: tuple[str, ...], services: str, changing: Callable[[dict[str, Any]], Changing], config: Path,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Kafka Connect and the schema registry, asked by the commands that read them; a plan keeps what they answered."""
    canaries = Canaries()
    run = changing(_CLUSTER_OF_LAYERS)
    with _serving(SERVICES[services]) as (port, server):
        for name, value in _environment(canaries, port).items():
            monkeypatch.setenv(name, value)
        config.write_text(
            f"""
[profiles.dev]
bootstrap_servers = "localhost:9092"
environment = "development"
connect = ["{canaries.url("CONNECT", port)}"]
connect_authorization_env = "CANARY_CONNECT_AUTH"
schema_registry = "{canaries.url("REGISTRY", port)}"
schema_registry_authorization_env = "CANARY_REGISTRY_AUTH"
request_timeout_seconds = 5
"""
        )
        for form in ("text", "json", "wide", "yaml", "csv"):
            code, out, err = run._run(*words, "--cluster", "dev", "-o", form, "--verbose")
            assert not canaries.found_in(out + err), (code, form)
        if server is not None:
            asked = [head for head in server.heads if canaries.found_in(head)]
            assert any(b"/connectors" in head for head in asked), server.heads
            assert any(b"/subjects" in head for head in asked), server.heads
    rows = assert_none_kept(canaries, tmp_path / "state")
    assert rows
