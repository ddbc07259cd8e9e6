"""Verifies that a cached jar matches the lock: by its hash, or by a stamp of an earlier verification."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from steward.documents.fault import DocumentError
from steward.documents.json_text import read_typed
from steward.sandbox.error import SandboxError
from steward.sandbox.files import write_file
from steward.sandbox.lockfile import LockedJar

STAMPS = ".verified.json"


def check_sha256(jar: LockedJar, file: Path, *, where: str = "") -> None:
    """Reject a file whose hash differs from the locked one."""
    with file.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != jar.sha256:
        place = f" ({where})" if where else f" at {file}"
        remedy = (
            "The repository or a proxy has altered it: do not use it; try another network or mirror."
            if where
            else f"Delete {file} and run again: it is downloaded again."
        )
        raise SandboxError(
            f"refused {jar.filename}{place}: SHA-256 is {found}, the lock expects {jar.sha256}",
            remedy=remedy,
        )


def verify_jars(jars: Sequence[LockedJar], folder: Path) -> None:
    """Verify every jar; hash only those that changed since their last verification.

    Errors: SandboxError for the first jar whose hash differs.
    """
    stamps = _read_stamps(folder)
    fresh = {jar.filename: _stamp(jar, folder / jar.filename) for jar in jars}
    changed = [jar for jar in jars if stamps.get(jar.filename) != fresh[jar.filename]]
    for jar in changed:
        check_sha256(jar, folder / jar.filename)
    if changed:
        write_file(folder / STAMPS, json.dumps({**stamps, **fresh}, indent=1, sort_keys=True))


def _stamp(jar: LockedJar, file: Path) -> list[object]:
    # ctime cannot be set back like mtime, so a replaced file never keeps its stamp
    found = file.stat()
    return [jar.sha256, found.st_size, found.st_mtime_ns, found.st_ctime_ns]


def _read_stamps(folder: Path) -> dict[str, list[object]]:
    try:
        return read_typed((folder / STAMPS).read_bytes(), dict[str, list[object]], STAMPS)
    except (OSError, DocumentError):
        return {}  # without stamps every jar is hashed again
