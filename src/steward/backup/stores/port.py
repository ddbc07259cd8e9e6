"""The port of object stores: objects are written whole or not at all, and never replaced, except HEAD."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from steward.model.error import StewardError

READ_BYTES = 8 * 1024 * 1024
"""Bytes of one piece of an object that is read as a stream."""


class ObjectStoreFault(StewardError):
    """An object store could not be read or written."""

    code = "object_store_failed"


class ObjectMissing(ObjectStoreFault):
    """An object does not exist."""

    code = "object_missing"


class ConditionFailed(ObjectStoreFault):
    """Another process replaced the object since it was read."""

    code = "object_changed"


def busy(prefix: str, more: str = "") -> ConditionFailed:
    """Report that another process writes below a key."""
    return ConditionFailed(
        f"another backup writes {prefix}{more}", remedy="wait until it ends, then try again"
    )


def exists(name: str) -> ConditionFailed:
    """Report that an object was written by another process meanwhile."""
    return ConditionFailed(
        f"{name} exists already: another backup of this topic is running",
        remedy="wait until it ends, then try again",
    )


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object in a listing: its key below the location, and its size in bytes."""

    key: str
    size: int


@dataclass(frozen=True, slots=True)
class Versioned:
    """The content of an object, and the version that a conditional put names."""

    content: bytes
    version: str


class ObjectWriter(Protocol):
    """Writes one object; it does not exist before `commit` returns."""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Append bytes.

        Errors: ObjectStoreFault.
        """
        ...

    def commit(self) -> None:
        """Make the object durable and visible.

        Errors: ConditionFailed, where an object of this name exists; ObjectStoreFault.
        """
        ...

    def abort(self) -> None:
        """Discard what was written."""
        ...


class ObjectStore(Protocol):
    """Objects by key, below one location. Keys are relative paths with ``/``."""

    @property
    def location(self) -> str:
        """The directory or URL, as people name it."""
        ...

    def writer(self, key: str) -> ObjectWriter:
        """Open a new object."""
        ...

    def put(self, key: str, content: bytes) -> None:
        """Write a small object whole and durable; one of this name is replaced."""
        ...

    def put_if(self, key: str, content: bytes, version: str | None) -> None:
        """Write an object if its version is still this one; None: if it does not exist.

        Errors: ConditionFailed, where it has another version.
        """
        ...

    def get(self, key: str) -> Versioned:
        """Return a small object.

        Errors: ObjectMissing.
        """
        ...

    def stream(self, key: str) -> Iterator[bytes | memoryview]:
        """Read an object from its beginning, in pieces.

        Errors: ObjectMissing.
        """
        ...

    def size(self, key: str) -> int | None:
        """Return an object's size; None where it does not exist."""
        ...

    def list(self, prefix: str) -> Iterator[StoredObject]:
        """List the objects below a key, in the order of keys. ``prefix``: whole parts of a path; empty for all."""
        ...

    def delete(self, key: str) -> None:
        """Delete an object; one that does not exist is no error."""
        ...

    def hold(self, prefix: str) -> AbstractContextManager[None]:
        """Be the only writer below a key, until the context ends or the process does.

        Errors: ConditionFailed, where another process is.
        """
        ...

    def discard_partial(self, prefix: str) -> None:
        """Delete what interrupted writers left behind below a key."""
        ...
