"""Writes files of the sandbox: completely or not at all, and private if they hold a secret."""

import os
from pathlib import Path

from steward.sandbox.error import SandboxError


def write_file(path: Path, content: str | bytes, *, private: bool = False) -> None:
    """Replace a file atomically.

    Errors: SandboxError with the path, if the disk is full or the folder is not writable.
    """
    data = content.encode() if isinstance(content, str) else content
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_new(temporary, data, 0o600 if private else 0o644)
        temporary.replace(path)
    except OSError as fault:
        temporary.unlink(missing_ok=True)
        raise not_written(path, fault) from fault


def not_written(path: Path, fault: OSError) -> SandboxError:
    """Report which path could not be written, and why."""
    return SandboxError(
        f"cannot write {path}: {fault.strerror or fault}",
        remedy="Free space or allow writing there, or set STEWARD_STATE_DIR and "
        "STEWARD_CACHE_DIR to writable folders.",
    )


def private_dir(path: Path) -> Path:
    """Create a folder that only its owner can enter."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.chmod(0o700)
    except OSError as fault:
        raise not_written(path, fault) from fault
    return path


def _write_new(path: Path, data: bytes, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, mode)
        file.write(data)
        file.flush()
        os.fsync(descriptor)
