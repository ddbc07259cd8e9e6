"""A sandbox of a benchmark's own, and the commands that are measured against each other."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from steward.model.connection import Connection
from steward.sandbox.cluster import down, up
from steward.sandbox.status import SandboxSpec
from steward.settings.connecting import connection_of
from steward.settings.profiles import sandbox_profiles

STEWARD = str(Path(sys.executable).parent / "steward")
NAME = "bench"


@contextmanager
def own_state() -> Generator[Path]:
    """Keep sandboxes and settings of this run apart from the user's; the cache of jars is shared."""
    with tempfile.TemporaryDirectory(prefix="steward-bench-") as folder:
        for name in [n for n in os.environ if n.startswith("STEWARD_") and "CACHE" not in n]:
            del os.environ[name]
        os.environ["STEWARD_STATE_DIR"] = folder
        yield Path(folder)


@contextmanager
def sandbox(heap: str | None = None, brokers: int = 3) -> Generator[Connection]:
    """Brokers over PLAINTEXT, gone at the end."""
    with own_state():
        up(SandboxSpec(name=NAME, heap=heap, brokers=brokers))
        try:
            yield connection_of(NAME, sandbox_profiles()[NAME], os.environ)
        finally:
            down(NAME, purge=True)


def seconds_of(command: Sequence[str], env: Mapping[str, str] | None = None) -> float:
    """Run a command to its end and return the seconds that it took, start of its process included."""
    began = time.perf_counter()
    ran = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    seconds = time.perf_counter() - began
    if ran.returncode:
        raise SystemExit(
            f"{' '.join(command[:3])} failed: {(ran.stderr or ran.stdout).strip()[-500:]}"
        )
    return seconds
