"""A directory as object store: temporary file, fsync, rename, fsync of the directory.

HEAD is replaced under a lock file, so that of two runs on one machine the second sees what the first wrote.
"""

import fcntl
import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from errno import ENOSPC
from pathlib import Path

from steward.backup.stores.port import (
    READ_BYTES,
    ConditionFailed,
    ObjectMissing,
    ObjectStoreFault,
    StoredObject,
    Versioned,
    busy,
    exists,
)
from steward.records.backup.manifest import sha256_hex

_PARTIAL = ".partial"
_LOCK = ".lock"
_RUN_LOCK = "run.lock"


class LocalStore:
    """Objects as files below a directory, which is created by the first write."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @property
    def location(self) -> str:
        """The directory."""
        return str(self._root)

    def writer(self, key: str) -> "_FileWriter":
        """Open a new object."""
        return _FileWriter(self._path(key), self._root)

    def put(self, key: str, content: bytes) -> None:
        """Write a small object."""
        writer = self.writer(key)
        try:
            writer.write(content)
            writer.replace()
        except BaseException:
            writer.abort()
            raise

    def put_if(self, key: str, content: bytes, version: str | None) -> None:
        """Write an object if its content is still the one read."""
        with self._locked(key):
            try:
                found: str | None = self.get(key).version
            except ObjectMissing:
                found = None
            if found != version:
                raise ConditionFailed(f"another process replaced {self._path(key)}")
            self.put(key, content)

    @contextmanager
    def hold(self, prefix: str) -> Generator[None]:
        """Lock the folder, until the context ends or the process does."""
        lock = self._path(f"{prefix}/{_RUN_LOCK}")
        with _faults(lock, "written"):
            _make_folder(lock.parent, self._root)
            descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise busy(str(lock.parent)) from None
            yield
        finally:
            os.close(descriptor)

    @contextmanager
    def _locked(self, key: str) -> Generator[None]:
        path = self._path(key)
        lock = path.with_name(path.name + _LOCK)
        with _faults(lock, "written"):
            _make_folder(lock.parent, self._root)
            descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            with _faults(lock, "locked"):
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def get(self, key: str) -> Versioned:
        """Return a file's content; its version is its SHA-256."""
        path = self._path(key)
        with _faults(path, "read"):
            content = path.read_bytes()
        return Versioned(content, sha256_hex(content))

    def stream(self, key: str) -> Iterator[bytes | memoryview]:
        """Read a file in pieces."""
        path = self._path(key)
        with _faults(path, "read"), path.open("rb", buffering=0) as file:
            while piece := file.read(READ_BYTES):
                yield piece

    def size(self, key: str) -> int | None:
        """Return a file's size."""
        path = self._path(key)
        with _faults(path, "read"), suppress(FileNotFoundError, NotADirectoryError):
            return path.stat().st_size
        return None

    def list(self, prefix: str) -> Iterator[StoredObject]:
        """List files, in the order of keys."""
        top = self._root / prefix if prefix else self._root
        with _faults(top, "read"):
            found = sorted(
                (path.relative_to(self._root).as_posix(), path.stat().st_size)
                for path in (top.rglob("*") if top.is_dir() else ())
                if path.is_file() and not path.name.endswith((_PARTIAL, _LOCK))
            )
        for key, size in found:
            yield StoredObject(key, size)

    def delete(self, key: str) -> None:
        """Delete a file, and folders that become empty."""
        path = self._path(key)
        with _faults(path, "deleted"):
            path.unlink(missing_ok=True)
        for folder in path.parents:
            if folder == self._root:
                return
            try:
                folder.rmdir()
            except OSError:
                return

    def discard_partial(self, prefix: str) -> None:
        """Delete temporary files."""
        top = self._root / prefix
        with _faults(top, "deleted"):
            for path in top.rglob(f"*{_PARTIAL}") if top.is_dir() else ():
                with suppress(BlockingIOError, FileNotFoundError), path.open("rb") as file:
                    fcntl.flock(
                        file, fcntl.LOCK_EX | fcntl.LOCK_NB
                    )  # else a running backup writes it
                    path.unlink()

    def _path(self, key: str) -> Path:
        """Return the file of an object. A manifest from elsewhere may name any key.

        Errors: ObjectStoreFault, where it leads out of the location.
        """
        if key.startswith("/") or ".." in key.split("/"):
            raise ObjectStoreFault(
                f"{key} is no object of this location: it leads out of {self._root}",
                remedy="do not use this backup: it was altered",
                object_name=key,
            )
        return self._root / key


class _FileWriter:
    """Writes beside the object, and renames."""

    def __init__(self, path: Path, root: Path) -> None:
        self._path = path
        self._partial = path.with_name(f".{path.name}.{os.getpid()}{_PARTIAL}")
        with _faults(path, "written"):
            _make_folder(path.parent, root)
            self._file = self._partial.open("wb", buffering=0)
            fcntl.flock(self._file, fcntl.LOCK_EX)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Append bytes."""
        view = memoryview(data).cast("B")
        with _faults(self._path, "written"):
            while len(view):
                view = view[self._file.write(view) :]

    def commit(self) -> None:
        """Flush to the disk, link it under its name unless there is one already, and flush the directory."""
        with _faults(self._path, "written"):
            os.fsync(self._file.fileno())
            try:
                os.link(self._partial, self._path)
            except FileExistsError:
                raise exists(str(self._path)) from None
            self._partial.unlink()
            _sync(self._path.parent)
        self._file.close()

    def replace(self) -> None:
        """Do the same, and replace an object of this name."""
        with _faults(self._path, "written"):
            os.fsync(self._file.fileno())
            self._file.close()
            self._partial.replace(self._path)
            _sync(self._path.parent)

    def abort(self) -> None:
        """Delete the temporary file."""
        with suppress(OSError):
            self._file.close()
            self._partial.unlink(missing_ok=True)


@contextmanager
def _faults(path: Path, verb: str) -> Generator[None]:
    """Report a failed access to a file in one line."""
    try:
        yield
    except FileNotFoundError:
        raise ObjectMissing(f"{path} does not exist", object_name=str(path)) from None
    except OSError as fault:
        remedy = "free space or choose another location: backup create --to DIR"
        raise ObjectStoreFault(
            f"{path} cannot be {verb}: {fault.strerror or fault}",
            remedy=remedy if fault.errno == ENOSPC else "check the path and its permissions",
            object_name=str(path),
        ) from None


def _make_folder(folder: Path, root: Path) -> None:
    """Create a folder for this user alone, and make its entry durable in each parent."""
    if folder.is_dir():
        return
    if folder != root:
        _make_folder(folder.parent, root)
        folder.mkdir(mode=0o700, exist_ok=True)
    else:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _sync(folder.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
