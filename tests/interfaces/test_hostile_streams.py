"""Names that act on a terminal, through what goes on without end or runs brokers: lag --watch, serve, sandbox."""

import io
import signal
import threading
import urllib.request
from collections.abc import Callable
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from steward.commands.api.context import Context
from steward.commands.api.registry import Answer, Capability
from steward.commands.daemon.serve import ServeParams, serve
from steward.commands.lag.lag import LagParams, lag
from steward.interfaces.show import show, show_notes
from steward.model.command import ClusterTarget
from support.command_line import CommandLine
from support.terminals import HOSTILE, Terminal, assert_visible, without_styles
from support.virtual_cluster import MovingCluster, MovingObserver, VirtualTime

TARGET = ClusterTarget(bootstrap="b1:9092", cluster="prod")
PAGES = ("metrics", "readyz", "healthz", "")
FORMATS = ("text", "wide", "csv", "json", "yaml")


def cluster_with(name: str) -> MovingCluster:
    """A cluster whose topic and groups have a hostile name; one group does nothing, and lags."""
    time = VirtualTime()
    found = MovingCluster(time, topic=name, consumed={name: 0.0, f"fast{name}": 5.0})
    time.now += 400
    found.advance()
    return found


def context_of(cluster: MovingCluster, directory: Path) -> Context:
    return Context(
        connect=lambda _: MovingObserver(cluster),
        bootstrap="broker1:9092",
        environ={},
        directory=directory,
        now_ms=cluster.time.now_ms,
        sleep=lambda seconds: setattr(cluster.time, "now", cluster.time.now + seconds),
    )


def assert_shown_visibly(capability: Capability, answer: Answer[Any]) -> None:
    for format in FORMATS:
        for stream in (io.StringIO(), Terminal()):
            show(capability, answer, format, stream, target=TARGET)
            show_notes(answer, stream, TARGET)
            assert_visible(without_styles(stream.getvalue()))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_watch_of_lag_shows_every_name_as_it_is(name: str, tmp_path: Path) -> None:
    answers = lag.handler(
        LagParams(watch=True, interval=10.0), context_of(cluster_with(name), tmp_path)
    )
    assert not isinstance(answers, Answer)
    seen = list(islice(answers, 3))
    assert {g.group for answer in seen for g in answer.data.groups} == {name, f"fast{name}"}
    for answer in seen:
        assert_shown_visibly(lag, answer)


@pytest.mark.parametrize("name", [n.replace("\udc9b", "") for n in HOSTILE])
def test_a_daemon_says_and_serves_every_name_as_it_is(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STEWARD_STATE_DIR", str(tmp_path / "state"))
    cluster = cluster_with(name)
    guard = threading.Timer(60, signal.raise_signal, [signal.SIGTERM])
    guard.daemon = True
    guard.start()
    handler: Callable[..., Any] = serve.handler
    seen: set[str] = set()
    with closing(
        handler(ServeParams(listen="127.0.0.1:0", interval=1), context_of(cluster, tmp_path))
    ) as answers:
        try:
            for answer in answers:
                assert_shown_visibly(serve, answer)
                seen.add(answer.data.notices[0].event)
                if "seen" in seen:
                    for page in PAGES:
                        with urllib.request.urlopen(f"{answer.data.url}/{page}", timeout=20) as got:
                            assert_visible(got.read().decode())
                    break
        finally:
            guard.cancel()
    assert seen >= {"serving", "seen"}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize(
    "words",
    [
        ("sandbox", "status", "--name"), ("sandbox", "up", "--name"), ("sandbox", "down", "--name"),
        ("sandbox", "scenario", "run"), ("sandbox", "broker", "stop", "1", "--name"), ("sandbox", "broker"),
        ("serve", "--listen"), ("serve", "--cluster"), ("lag", "--watch", "--cluster"), ("demo", "--name"),
    ],
)  # fmt: skip
def test_what_is_refused_is_said_visibly(
    words: tuple[str, ...], name: str, steward: CommandLine
) -> None:
    for format in ("text", "json"):
        ran = steward(*words, name.replace("\x00", ""), "-o", format)
        assert ran.code != 0
        assert_visible(ran.out)
        assert_visible(ran.err)


def test_sandboxes_of_such_names_are_listed_visibly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, steward: CommandLine
) -> None:
    monkeypatch.setenv("STEWARD_STATE_DIR", str(tmp_path))
    names = [n for n in HOSTILE if "/" not in n and "\x00" not in n]
    for name in names:
        home = tmp_path / "sandboxes" / name
        home.mkdir(parents=True)
        (home / "state.json").write_text(f'{{"name": "{"x" * 9}", "format": 1, "wrong": true}}')
    for words in (
        ("sandbox", "status"),
        ("sandbox", "status", "--name", "other"),
        ("profile", "list"),
    ):
        for format in ("text", "json"):
            ran = steward(*words, "-o", format)
            assert_visible(ran.out)
            assert_visible(ran.err)
