"""Objects in memory, for tests of what is stored rather than of the store."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager

from steward.backup.stores.port import (
    ConditionFailed,
    ObjectMissing,
    StoredObject,
    Versioned,
    busy,
    exists,
)
from steward.records.backup.manifest import sha256_hex


class MemoryStore:
    """Keeps objects in a dict, which tests may damage."""

    location = "memory"

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.held: set[str] = set()

    def writer(self, key: str) -> "_Writer":
        return _Writer(self, key)

    def put(self, key: str, content: bytes) -> None:
        self.objects[key] = content

    def put_if(self, key: str, content: bytes, version: str | None) -> None:
        found = sha256_hex(self.objects[key]) if key in self.objects else None
        if found != version:
            raise ConditionFailed(f"another process replaced {key}")
        self.objects[key] = content

    def get(self, key: str) -> Versioned:
        if key not in self.objects:
            raise ObjectMissing(f"{key} does not exist")
        return Versioned(self.objects[key], sha256_hex(self.objects[key]))

    def stream(self, key: str) -> Iterator[bytes | memoryview]:
        content = self.get(key).content
        for at in range(0, len(content), 997):
            yield content[at : at + 997]

    def size(self, key: str) -> int | None:
        return len(self.objects[key]) if key in self.objects else None

    def list(self, prefix: str) -> Iterator[StoredObject]:
        for key in sorted(self.objects):
            if not prefix or key.startswith(f"{prefix}/"):
                yield StoredObject(key, len(self.objects[key]))

    def delete(self, key: str) -> None:
        self.objects.pop(key, None)

    @contextmanager
    def hold(self, prefix: str) -> Generator[None]:
        if prefix in self.held:
            raise busy(prefix)
        self.held.add(prefix)
        try:
            yield
        finally:
            self.held.discard(prefix)

    def discard_partial(self, prefix: str) -> None:
        return


class _Writer:
    def __init__(self, store: MemoryStore, key: str) -> None:
        self._store, self._key, self._data = store, key, bytearray()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._data += data

    def commit(self) -> None:
        if self._key in self._store.objects:
            raise exists(self._key)
        self._store.objects[self._key] = bytes(self._data)

    def abort(self) -> None:
        self._data.clear()
