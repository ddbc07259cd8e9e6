"""Importing steward does nothing but import, and help pays for nothing that it does not show."""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

_IMPORT_EVERYTHING = """
import importlib, json, os, pkgutil, sys, threading, traceback

SEEN = []
REFUSED = {"socket.connect", "socket.bind", "socket.getaddrinfo", "subprocess.Popen", "os.exec", "os.fork",
           "os.posix_spawn", "os.system", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "shutil.rmtree",
           "sqlite3.connect", "thread"}

def writes(args):
    path, mode, flags = args
    wanted = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
    return path != os.devnull and isinstance(flags, int) and bool(flags & wanted)

def hook(event, args):
    if event in REFUSED or (event == "open" and writes(args)):
        frames = [f.filename for f in traceback.extract_stack() if package.__name__ in f.filename]
        SEEN.append([event, repr(args)[:200], frames[-1] if frames else ""])

package = importlib.import_module(sys.argv[1])
names = [m.name for m in pkgutil.walk_packages(package.__path__, package.__name__ + ".")]
sys.addaudithook(hook)
threading.Thread.start = lambda thread: hook("thread", (thread,))  # not every version audits it
for name in names:
    importlib.import_module(name)
print(json.dumps({"seen": SEEN, "names": names}))
"""

_HELP = """
import sys
from steward.__main__ import run
code = run(["--help"])
print(code, *sorted(sys.modules), file=sys.stderr)
"""


@cache
def imported(package: str, folder: str = "") -> dict[str, Any]:
    """Import every module of a package in a process of its own; return their names and what they did."""
    command = [sys.executable, "-B", "-c", _IMPORT_EVERYTHING, package]
    done = subprocess.run(command, capture_output=True, text=True, env={"PYTHONPATH": folder})
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_importing_every_module_does_no_io() -> None:
    assert imported("steward")["seen"] == []


def test_every_module_was_imported() -> None:
    names = set(imported("steward")["names"])
    assert {"steward.cluster.adapters.connections", "steward.sandbox.cluster"} <= names


def test_io_at_import_would_be_seen(tmp_path: Path) -> None:
    loud = tmp_path / "loud"
    loud.mkdir()
    (loud / "__init__.py").touch()
    (loud / "writes.py").write_text(f"open({str(tmp_path / 'x')!r}, 'w')")
    (loud / "starts.py").write_text("import threading\nthreading.Thread(target=print).start()")
    (loud / "dials.py").write_text("import socket\nsocket.socket().connect_ex(('127.0.0.1', 9))")
    seen = {event for event, *_ in imported("loud", str(tmp_path))["seen"]}
    assert seen == {"open", "thread", "socket.connect"}


@pytest.fixture(scope="module")
def loaded_by_help() -> set[str]:
    done = subprocess.run([sys.executable, "-c", _HELP], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("Usage: steward")
    code, *modules = done.stderr.split()
    assert code == "0"
    return set(modules)


@pytest.mark.parametrize(
    "library",
    [
        "kafka",
        "confluent_kafka",
        "rich",
        "yaml",
        "jinja2",
        "jgo",
        "platformdirs",
        "ssl",
        "asyncio",
        "sqlalchemy",
    ],
)
def test_help_does_not_import(library: str, loaded_by_help: set[str]) -> None:
    assert library not in loaded_by_help


def test_help_imports_no_capability(loaded_by_help: set[str]) -> None:
    rooms = {m for m in loaded_by_help if m.startswith("steward.commands.")}
    assert rooms == {"steward.commands.api", "steward.commands.api.index"}
    assert not {
        m for m in loaded_by_help if m.startswith(("steward.analysis.checks", "steward.model"))
    }
