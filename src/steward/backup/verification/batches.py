"""The batches of one partition, run by run: checksums, order, and whether they say what the manifest says."""

from collections.abc import Iterator
from dataclasses import asdict, replace

from steward.backup.lineages import LineageStore
from steward.backup.stores.port import ObjectMissing, ObjectStoreFault
from steward.backup.verification.objects import (
    ObjectCheck,
    check_header,
    missing,
    other_content,
    unreadable,
)
from steward.records.backup.batch_facts import BatchFacts
from steward.records.backup.header_index import read_header_index
from steward.records.backup.layout import header_key, manifest_key
from steward.records.backup.manifest import Digest, Manifest, ObjectEntry, PartitionManifest
from steward.records.backup.object_scan import ObjectScan
from steward.records.backup.problems import Problem, ProblemKind
from steward.records.backup.record_tally import RecordTally

_MOST_PROBLEMS_OF_OBJECT = 20


class BatchCheck:
    """Reads the objects of a partition in order; facts of each run are counted again from its batches."""

    def __init__(self, folder: LineageStore, partition: int, *, decode: bool) -> None:
        self._folder = folder
        self._partition = partition
        self._decode = decode
        self._tally: RecordTally | None = None
        self.digests: list[Digest] = []
        """of each run that was decoded"""
        self._before: PartitionManifest | None = None
        self._facts = BatchFacts(0, compacted=False)
        self._part: PartitionManifest | None = None
        self._run = ""
        self._is_whole = True

    def begin(self, part: PartitionManifest, run: Manifest) -> None:
        """Start with a run: its objects follow what the runs before stored."""
        before = self._before
        start = before.stored.next_offset if before else part.stored.logical_start
        is_first = before is None or before.stored.base == before.stored.next_offset
        self._facts = BatchFacts(start, compacted=run.compacted, is_first=is_first)
        self._part, self._run, self._is_whole = part, run.run, True
        self._tally = RecordTally() if self._decode else None

    def check(self, entry: ObjectEntry) -> ObjectCheck:
        """Read one object of the run."""
        content, header_problems = check_header(self._folder, entry)
        index = read_header_index(content, entry.batches) if content is not None else None
        key = self._folder.key(entry.key)
        scan = ObjectScan(key, self._facts, self._tally)
        if index is not None:
            scan.expect(index.aborted, index.retention)
        problems = [*header_problems, *self._read(scan, key, entry)]
        found = scan.entry(entry.key, entry.header_size, entry.header_sha256)
        if found.sha256 != entry.sha256 and scan.size:
            problems.append(other_content(key, entry.sha256, found.sha256))
        elif found != entry and not problems:
            problems += _differences(key, ProblemKind.FACTS, asdict(entry), asdict(found))
        if index is not None and not problems and index.rows.tobytes() != scan.rows.tobytes():
            problems.append(
                Problem(
                    kind=ProblemKind.HEADER_INDEX,
                    object=self._folder.key(header_key(entry.key)),
                    expected="the headers of the batches",
                    found="other headers",
                )
            )
        self._is_whole = self._is_whole and not problems
        return ObjectCheck(tuple(problems[:_MOST_PROBLEMS_OF_OBJECT]), found.records, found.size)

    def _read(self, scan: ObjectScan, key: str, entry: ObjectEntry) -> Iterator[Problem]:
        try:
            for piece in self._folder.store.stream(key):
                yield from scan.feed(piece).problems
                if scan.has_damaged_length:
                    break
        except ObjectMissing:
            yield missing(key, entry.size)
            return
        except ObjectStoreFault as fault:
            yield unreadable(key, fault)
            return
        yield from scan.end()

    def end(self) -> Iterator[Problem]:
        """Compare the run's facts with its manifest, unless an object of it is damaged."""
        part, before = self._part, self._before
        if part is None:
            return
        self._before = part
        if not self._is_whole:
            return
        facts = self._facts
        if part.stored.next_offset > facts.next_offset:
            gap = (facts.next_offset, part.stored.next_offset - 1)
            facts.gaps.expect([gap])
            facts.gaps.tail(*gap)
        yield from self._compared_digest(part)
        counts = replace(
            facts.counts, tombstones=part.counts.tombstones, null_keys=part.counts.null_keys
        )
        kept = before.leader_epochs[-1:] if before else ()
        base = (
            facts.base
            if before is None or before.stored.base == before.stored.next_offset
            else before.stored.base
        )
        recounted = replace(
            part,
            counts=counts,
            timestamps=facts.timestamps,
            codecs=facts.codecs,
            magics=facts.magics,
            leader_epochs=facts.leader_epochs or kept,
            gaps=facts.gaps.listed,
            gap_counts=facts.gaps.counts,
            aborted=facts.aborted.listed,
            stored=replace(
                part.stored,
                base=part.stored.next_offset if base is None else base,
                next_offset=max(facts.next_offset, part.stored.next_offset),
            ),
        )
        if recounted != part:
            key = self._folder.key(manifest_key(self._run))
            yield from _differences(key, ProblemKind.FACTS, asdict(part), asdict(recounted))

    def _compared_digest(self, part: PartitionManifest) -> Iterator[Problem]:
        """Compare what was decoded with the manifest, as far as that holds it."""
        if self._tally is None:
            return
        found = self._tally.digest
        self.digests.append(found)
        key = self._folder.key(manifest_key(self._run))
        if part.digest is not None and part.digest != found:
            yield from _differences(key, ProblemKind.DIGEST, asdict(part.digest), asdict(found))
        if part.digest is not None and part.schema_ids != self._tally.schema_ids:
            ids, seen = {"schema_ids": part.schema_ids}, {"schema_ids": self._tally.schema_ids}
            yield from _differences(key, ProblemKind.FACTS, dict(ids), dict(seen))
        expected = {"tombstones": part.counts.tombstones, "null_keys": part.counts.null_keys}
        counted = {"tombstones": self._tally.tombstones, "null_keys": self._tally.null_keys}
        known = {name: value for name, value in expected.items() if value is not None}
        yield from _differences(key, ProblemKind.FACTS, dict(known), dict(counted))


def _differences(
    key: str, kind: ProblemKind, expected: dict[str, object], found: dict[str, object]
) -> Iterator[Problem]:
    for name, value in expected.items():
        if found[name] != value:
            yield Problem(
                kind=kind, object=key, expected=f"{name} {value}", found=f"{name} {found[name]}"
            )
