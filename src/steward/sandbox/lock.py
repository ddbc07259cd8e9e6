"""One process at a time works on a sandbox: a file lock that ends with its process."""

import fcntl
import os
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from steward.sandbox.error import SandboxError
from steward.sandbox.files import not_written
from steward.sandbox.places import sandboxes_dir

_POLL_S = 0.1


@contextmanager
def sandbox_lock(
    name: str, progress: Callable[[str], None], *, timeout_s: float = 180
) -> Generator[None]:
    """Hold the lock of a sandbox; its file is deleted when unused.

    Errors: SandboxError if another process holds it longer than the timeout.
    """
    path = sandboxes_dir() / f".{name}.lock"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise not_written(path.parent, fault) from fault
    descriptor = _acquire(path, name, progress, time.monotonic() + timeout_s)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(descriptor)


def _acquire(path: Path, name: str, progress: Callable[[str], None], deadline: float) -> int:
    is_reported = False
    while True:
        descriptor = _try_lock(path)
        if descriptor is not None:
            return descriptor
        if not is_reported:
            progress(f"waiting for another steward process that uses sandbox {name}")
            is_reported = True
        if time.monotonic() > deadline:
            raise SandboxError(
                f"another steward process uses sandbox {name} and does not finish",
                remedy="Wait for it or stop it, or use another --name.",
            )
        time.sleep(_POLL_S)


def _try_lock(path: Path) -> int | None:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as fault:
        raise not_written(path, fault) from fault
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # the previous holder unlinks the file: a lock on a deleted file excludes no process
        if path.stat().st_ino == os.fstat(descriptor).st_ino:
            return descriptor
    except (BlockingIOError, FileNotFoundError):
        pass
    os.close(descriptor)
    return None
