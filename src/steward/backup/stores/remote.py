"""S3, Google Cloud Storage and Azure by URL, through obstore; HEAD by conditional put (If-Match, If-None-Match).

Credentials come from the environment or the machine, as each cloud's own tools read them: AWS_ACCESS_KEY_ID and
AWS_ENDPOINT_URL, GOOGLE_APPLICATION_CREDENTIALS, AZURE_STORAGE_ACCOUNT_KEY and so on. None is stored or printed.
"""

from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from steward.backup.stores.lease import Lease
from steward.backup.stores.port import (
    READ_BYTES,
    ConditionFailed,
    ObjectMissing,
    ObjectStoreFault,
    StoredObject,
    Versioned,
    exists,
)
from steward.model.error import ConfigurationError
from steward.model.extra import Extra, ExtraMissing

_PART_BYTES = 8 * 1024 * 1024
_PARTS_AT_ONCE = 2
"""Per object being written: with four objects, 64 MiB wait for the store at most."""
_LISTED_AT_ONCE = 1_000
_RETRY_SECONDS = 60


class RemoteStore:
    """Objects in a bucket or container, below a prefix."""

    def __init__(self, url: str) -> None:
        self._location = url.rstrip("/")
        obstore = _obstore()
        self._api: Any = obstore
        from datetime import timedelta

        try:
            self._store: Any = obstore.store.from_url(
                self._location,
                retry_config={"retry_timeout": timedelta(seconds=_RETRY_SECONDS)},
            )
        except (ValueError, obstore.exceptions.BaseError) as fault:
            raise ConfigurationError(
                f"{self._location} is not a location of backups: {_line(fault)}",
                remedy="use a directory, s3://BUCKET/PREFIX, gs://BUCKET/PREFIX or az://ACCOUNT/CONTAINER/PREFIX",
            ) from None

    @property
    def location(self) -> str:
        """The URL."""
        return self._location

    def writer(self, key: str) -> "_PartWriter":
        """Open a new object, uploaded in parts."""
        with self.faults(key, "written"):
            opened = self._api.open_writer(
                self._store, key, buffer_size=_PART_BYTES, max_concurrency=_PARTS_AT_ONCE
            )
        return _PartWriter(self, key, opened)

    def put(self, key: str, content: bytes) -> None:
        """Write a small object."""
        with self.faults(key, "written"):
            self._api.put(self._store, key, content)

    def put_if(self, key: str, content: bytes, version: str | None) -> None:
        """Write an object if its entity tag is still the one read."""
        mode: object = "create" if version is None else _version(version)
        with self.faults(key, "written"):
            self._api.put(self._store, key, content, mode=mode, use_multipart=False)

    def get(self, key: str) -> Versioned:
        """Return an object with its entity tag."""
        with self.faults(key, "read"):
            found = self._api.get(self._store, key)
            meta = found.meta
            version = f"{meta.get('e_tag') or ''}\n{meta.get('version') or ''}"
            return Versioned(bytes(found.bytes()), version)

    def stream(self, key: str) -> Iterator[bytes | memoryview]:
        """Read an object in pieces."""
        with self.faults(key, "read"):
            for piece in self._api.get(self._store, key).stream(min_chunk_size=READ_BYTES):
                yield memoryview(piece)

    def size(self, key: str) -> int | None:
        """Return an object's size."""
        try:
            with self.faults(key, "read"):
                return int(self._api.head(self._store, key)["size"])
        except ObjectMissing:
            return None

    def list(self, prefix: str) -> Iterator[StoredObject]:
        """List objects, in the order of keys."""
        found: list[tuple[str, int]] = []
        with self.faults(prefix, "listed"):
            for page in self._api.list(self._store, prefix or None, chunk_size=_LISTED_AT_ONCE):
                found += [(str(one["path"]), int(one["size"])) for one in page]
        for key, size in sorted(found):
            yield StoredObject(key, size)

    def delete(self, key: str) -> None:
        """Delete an object."""
        try:
            with self.faults(key, "deleted"):
                self._api.delete(self._store, key)
        except ObjectMissing:
            return

    def hold(self, prefix: str) -> AbstractContextManager[None]:
        """Keep a lease, an object that is renewed each minute; that of a killed process expires after five."""
        return Lease(self, prefix).held()

    def discard_partial(self, prefix: str) -> None:
        """Do nothing: parts of an interrupted upload are no objects; a lifecycle rule of the bucket deletes them."""

    @contextmanager
    def faults(self, key: str, verb: str) -> Generator[None]:
        """Report a failed request in one line."""
        errors = self._api.exceptions
        name = f"{self._location.replace('://', ' ')}/{key}"  # a fault hides the path of a URL
        try:
            yield
        except FileNotFoundError:
            raise ObjectMissing(f"{name} does not exist", object_name=name) from None
        except (errors.PreconditionError, errors.AlreadyExistsError):
            raise ConditionFailed(
                f"another process replaced {name}", remedy="try again", object_name=name
            ) from None
        except (errors.PermissionDeniedError, errors.UnauthenticatedError) as fault:
            raise ObjectStoreFault(
                f"{name} cannot be {verb}: access denied ({_line(fault)})",
                remedy="check the credentials and the rights of their owner",
                object_name=name,
            ) from None
        except (errors.BaseError, OSError, ValueError) as fault:
            raise ObjectStoreFault(
                f"{name} cannot be {verb}: {_line(fault)}",
                remedy="check the URL, the endpoint and the network, then try again",
                object_name=name,
            ) from None


class _PartWriter:
    """Uploads parts; the object exists once all are there."""

    def __init__(self, store: RemoteStore, key: str, opened: Any) -> None:
        self._store, self._key = store, key
        self._opened: Any = opened

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Append bytes."""
        with self._store.faults(self._key, "written"):
            self._opened.write(data)

    def commit(self) -> None:
        """Complete the upload, unless there is an object of this name already."""
        if self._store.size(self._key) is not None:
            self.abort()
            raise exists(self._key)
        with self._store.faults(self._key, "written"):
            self._opened.close()

    def abort(self) -> None:
        """Drop the upload before it is complete."""
        self._opened = None


class _Library:
    """obstore's functions, its exceptions and its stores."""

    def __init__(self, functions: Any, exceptions: Any, stores: Any) -> None:
        self.exceptions, self.store = exceptions, stores
        self._functions = functions

    def __getattr__(self, name: str) -> Any:
        return getattr(self._functions, name)


def _version(version: str) -> dict[str, str]:
    tag, _, number = version.partition("\n")
    return {k: v for k, v in (("e_tag", tag), ("version", number)) if v}


def _line(fault: BaseException) -> str:
    """Return the cause of a fault, without the library's own nesting."""
    text = str(fault).strip().split("\n\n", 1)[0]
    return " ".join(text.split())[:300]


def _obstore() -> _Library:
    try:
        import obstore
        from obstore import exceptions, store
    except ModuleNotFoundError:
        raise ExtraMissing(Extra.OBJECTS, "a backup in an object store") from None
    return _Library(obstore, exceptions, store)
