"""Every option and operand of every command with texts of the wrong kind: one clear line, what to do, no fault."""

import io
import itertools
import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

import steward.__main__ as entry
from steward.analysis.lag.offset_table import OffsetTable
from steward.change.execution import open_executor as opening
from steward.commands.api.context import Context
from steward.commands.sandbox import demo
from steward.commands.sandbox import scenario as sandbox_commands
from steward.daemon.server import Server
from steward.interfaces.cli import run as cli_run
from steward.sandbox import cluster as sandboxes
from steward.sandbox.error import SandboxError
from support.cluster_on_file import ClusterOnFile
from support.example_cluster import example
from support.fake_observer import FakeObserver
from support.virtual_cluster import MovingCluster, MovingObserver, VirtualTime
from support.wrong_texts import NO_NUMBER, Place, hostile, places

PLACES = {str(place): place for place in places()}
CODES = frozenset(range(9)) | {130}
FAULTS = frozenset({1, 2, 8})
OF_MANY_DOCUMENTS = frozenset({"import", "lint"})
"""Commands that say what is wrong with each document, or write it in their report."""
MANIFEST = "apiVersion: steward/v1\nkind: Topic\nmetadata: {name: t1}\nspec: {partitions: 3}\n"
PROFILE = '[profiles.dev]\nbootstrap_servers = "h:1"\nenvironment = "development"\n'


class EveryCluster(ClusterOnFile):
    """A cluster on file that answers what the columns of lag ask, too."""

    def offset_table(self, **_: bool) -> OffsetTable:
        return MovingObserver(MovingCluster(VirtualTime())).offset_table()


def _not_here(*_: object, **__: object) -> None:
    raise SandboxError("no sandbox is started by these tests", remedy="start none")


def _ended(_: Server) -> None:
    raise KeyboardInterrupt


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let nothing be reached: a cluster on file, no sandbox, a daemon that ends at once, time that only calls move."""
    cluster = EveryCluster(tmp_path / "cluster")
    cluster.snapshot = example()
    clock = itertools.count(1_700_000_000_000, 1_000)
    made = partial(Context, sleep=lambda _: None, now_ms=lambda: next(clock))
    monkeypatch.setattr(cli_run, "Context", made)
    monkeypatch.setattr(entry, "connect", lambda _: cluster)
    monkeypatch.setattr(opening, "connect_changer", lambda _: cluster)
    for name in ("up", "down", "status"):
        monkeypatch.setattr(sandboxes, name, _not_here)
    monkeypatch.setattr(sandbox_commands, "run_scenario", _not_here)
    monkeypatch.setattr(sandbox_commands, "stop_scenarios", _not_here)
    monkeypatch.setattr(demo, "run_scenario", _not_here)
    monkeypatch.setattr(Server, "start", _ended)
    monkeypatch.setenv("STEWARD_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("STEWARD_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("PASSWORD", "not-this-1")
    return tmp_path


@pytest.mark.parametrize("name", PLACES)
def test_a_text_of_the_wrong_kind_is_one_line(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    place = PLACES[name]
    for kind, value in hostile(folder).items():
        own = folder / "runs" / kind
        own.mkdir(parents=True)
        (own / "manifest.yaml").write_text(MANIFEST)
        (own / "steward.toml").write_text(PROFILE)
        monkeypatch.chdir(own)
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
        capsys.readouterr()
        code = entry.run(place.line(value, "-o", "json", "--cluster", "dev", "--timeout", "2s"))
        out, err = capsys.readouterr()
        _judge(place, kind, code, out, err)


def _judge(place: Place, kind: str, code: int, out: str, err: str) -> None:
    said = (str(place), kind, code, err[:500])
    assert code in CODES, said
    assert "Traceback" not in err, said
    assert "internal error" not in err, said
    if kind in ("empty", "surrogate") or (place.is_number and kind in NO_NUMBER):
        assert code == 2, said
    if code in FAULTS and place.capability.name not in OF_MANY_DOCUMENTS:
        (error,) = json.loads(out)["errors"]
        assert error["message"], said
        assert error["remedy"], said
        commands = [line for line in err.splitlines() if line.lstrip().startswith("$ ")]
        assert len(err.splitlines()) == 2 + len(commands), said
        assert all(len(line) < 2_500 and line.isprintable() for line in err.splitlines()), said


VARIABLES = (
    "STEWARD_CONFIG", "STEWARD_CLUSTER", "STEWARD_BOOTSTRAP_SERVERS", "STEWARD_TRUSTED_DIRECTORIES",
    "STEWARD_STATE_DIR", "STEWARD_CACHE_DIR", "NO_COLOR", "HOME", "XDG_CONFIG_HOME",
)  # fmt: skip


@pytest.mark.parametrize("variable", VARIABLES)
@pytest.mark.parametrize(
    "words",
    [("topic", "list"), ("plan", "list"), ("sandbox", "list"), ("profile", "list"), ("profile", "explain")],
    ids=" ".join,
)  # fmt: skip
def test_a_variable_of_the_wrong_kind_is_one_line(
    variable: str, words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setattr(entry, "connect", lambda _: FakeObserver(example()))
    monkeypatch.setenv("STEWARD_STATE_DIR", str(tmp_path / "state"))
    (tmp_path / "steward.toml").write_text(PROFILE)
    monkeypatch.chdir(tmp_path)
    for kind, value in hostile(tmp_path).items():
        with monkeypatch.context() as patched:
            patched.setenv(variable, value)
            capsys.readouterr()
            code = entry.run([*words, "-q"])
        err = capsys.readouterr().err
        assert code in (0, 1, 2), (kind, err)
        assert "internal error" not in err, (kind, err)
        if code:
            first, second = err.splitlines()
            assert first.startswith("error: "), (kind, err)
            assert second.startswith("  try: "), (kind, err)


SASL = """
[profiles.dev]
bootstrap_servers = "h:1"
security_protocol = "SASL_PLAINTEXT"
sasl_mechanism = "PLAIN"
sasl_username = "u"
"""
PROGRAM = "import sys; sys.stdout.buffer.write(open({!r}, 'rb').read())"


def _in_variable(content: bytes, _: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("CONTENT", content.decode("utf-8", "surrogateescape"))
    return 'sasl_password_env = "CONTENT"'


def _in_file(content: bytes, folder: Path, _: pytest.MonkeyPatch) -> str:
    (folder / "content").write_bytes(content)
    return f'sasl_password_file = "{folder}/content"'


def _of_program(content: bytes, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    _in_file(content, folder, monkeypatch)
    words = [sys.executable, "-c", PROGRAM.format(f"{folder}/content")]
    return f"sasl_password_command = {json.dumps(words)}"


@pytest.mark.parametrize("put", [_in_variable, _in_file, _of_program])
@pytest.mark.parametrize(
    "content", [b"", b"   ", b"\n", b"\n\nsecond-line", b"\xff\xfe", b"caf\xe9-latin1"]
)
def test_a_secret_that_is_none_is_one_line(
    put: Callable[[bytes, Path, pytest.MonkeyPatch], str], content: bytes, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setattr(entry, "connect", lambda _: FakeObserver(example()))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "steward.toml").write_text(f"{SASL}{put(content, tmp_path, monkeypatch)}\n")
    has_a_line = content == b"\n\nsecond-line" and put is not _in_file
    code = entry.run(["topic", "list", "--quiet"])
    err = capsys.readouterr().err
    if has_a_line:
        assert code == 0, err
        return
    assert code == 2, err
    first, second = err.splitlines()
    assert first.startswith("error: profile dev: sasl_password: "), err
    assert second.startswith("  try: "), err
