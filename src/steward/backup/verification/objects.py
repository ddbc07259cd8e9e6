"""Objects as wholes: presence, size, SHA-256 of what is read back, and objects that no manifest lists."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from steward.backup.lineages import LineageStore
from steward.backup.stores.port import ObjectMissing, ObjectStoreFault
from steward.records.backup.layout import header_key, place_of
from steward.records.backup.manifest import ObjectEntry, PartitionManifest, sha256_hex
from steward.records.backup.problems import Problem, ProblemKind
from steward.records.batches import HEADER


@dataclass(frozen=True, slots=True)
class ObjectCheck:
    """The check of one object: problems, and the records and bytes that were read."""

    problems: tuple[Problem, ...]
    records: int = 0
    bytes: int = 0


def check_presence(
    folder: LineageStore, entries: Sequence[ObjectEntry], sizes: Mapping[str, int]
) -> Iterator[Problem]:
    """Compare listed objects with what exists. ``sizes``: of the partition's objects, by name."""
    for entry in entries:
        for key, expected, found in (
            (entry.key, entry.size, sizes.get(entry.key)),
            (
                header_key(entry.key),
                entry.header_size,
                sizes.get(header_key(entry.key)),
            ),
        ):
            if found is None:
                yield missing(folder.key(key), expected)
            elif found != expected:
                yield Problem(
                    kind=ProblemKind.SIZE,
                    object=folder.key(key),
                    expected=f"{expected:,} bytes",
                    found=f"{found:,} bytes",
                )


def missing(key: str, size: int) -> Problem:
    """Report an object that does not exist."""
    return Problem(
        kind=ProblemKind.MISSING_OBJECT,
        object=key,
        expected=f"an object of {size:,} bytes",
        found="no object",
    )


def unreadable(key: str, fault: ObjectStoreFault) -> Problem:
    """Report an object that cannot be read."""
    return Problem(
        kind=ProblemKind.UNREADABLE_OBJECT,
        object=key,
        expected="a readable object",
        found=fault.summary,
    )


def other_content(key: str, expected: str, found: str) -> Problem:
    """Report an object with another SHA-256."""
    return Problem(
        kind=ProblemKind.CONTENT,
        object=key,
        expected=f"SHA-256 {expected}",
        found=f"SHA-256 {found}",
    )


def extra_objects(
    folder: LineageStore,
    last: PartitionManifest,
    entries: Sequence[ObjectEntry],
    sizes: Mapping[str, int],
) -> Iterator[Problem]:
    """Yield objects of batches that no manifest lists.

    After the last complete run there may be objects of a run that is going on or was interrupted: their first batch
    has the offset of their name.
    """
    listed = {entry.key for entry in entries}
    for key in sorted(sizes.keys() - listed):
        place = place_of(key)
        if place is None:
            continue
        base = place[1]
        if base < last.stored.next_offset or _first_offset(folder, key) != base:
            yield Problem(
                kind=ProblemKind.EXTRA_OBJECT,
                object=folder.key(key),
                offset=base,
                expected="only objects that a manifest lists",
                found=f"an object of {sizes[key]:,} bytes",
            )


def _first_offset(folder: LineageStore, key: str) -> int | None:
    head = bytearray()
    try:
        for piece in folder.store.stream(folder.key(key)):
            head += piece[: HEADER.size]
            if len(head) >= HEADER.size:
                return int(HEADER.unpack_from(head)[0])
    except ObjectStoreFault:
        return None
    return None


def check_content(folder: LineageStore, entry: ObjectEntry) -> ObjectCheck:
    """Read an object and its header index back, and compare their SHA-256."""
    problems = list(check_header(folder, entry)[1])
    key, read = folder.key(entry.key), 0
    digest = hashlib.sha256()
    try:
        for piece in folder.store.stream(key):
            digest.update(piece)
            read += len(piece)
    except ObjectMissing:
        return ObjectCheck((*problems, missing(key, entry.size)), 0, read)
    except ObjectStoreFault as fault:
        return ObjectCheck((*problems, unreadable(key, fault)), 0, read)
    if digest.hexdigest() != entry.sha256:
        problems.append(other_content(key, entry.sha256, digest.hexdigest()))
    return ObjectCheck(tuple(problems), entry.records, read)


def check_header(
    folder: LineageStore, entry: ObjectEntry
) -> tuple[bytes | None, tuple[Problem, ...]]:
    """Return the stored header index of an object, None where it is not the manifest's, and what is wrong."""
    key = folder.key(header_key(entry.key))
    try:
        content = folder.store.get(key).content
    except ObjectMissing:
        return None, (missing(key, entry.header_size),)
    except ObjectStoreFault as fault:
        return None, (unreadable(key, fault),)
    found = sha256_hex(content)
    if found != entry.header_sha256:
        return None, (other_content(key, entry.header_sha256, found),)
    return content, ()
