"""Verifies one lineage against its manifests. Any mismatch is a problem; an object that cannot be read is one, too."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from steward.backup.lineages import LineageStore, Tip
from steward.backup.stores.port import ObjectMissing, ObjectStoreFault
from steward.backup.verification.batches import BatchCheck
from steward.backup.verification.levels import Level
from steward.backup.verification.objects import (
    ObjectCheck,
    check_content,
    check_presence,
    extra_objects,
)
from steward.cluster.ports import Progress, quiet
from steward.documents.fault import DocumentError
from steward.model.progress import ProgressStep
from steward.model.wording import size
from steward.records.backup.chain import chain_seed, chained
from steward.records.backup.layout import manifest_key, meta_key, place_of, signature_key
from steward.records.backup.manifest import (
    Digest,
    Manifest,
    ObjectEntry,
    PartitionManifest,
    encode,
    sha256_hex,
)
from steward.records.backup.problems import Problem, ProblemKind

MOST_PROBLEMS = 1_000
"""Per lineage: a lost disk damages everything, and a thousand examples show it."""


@dataclass(slots=True)
class Verification:
    """What was found: problems, how much was checked, all runs (the first first), digests of decoded records."""

    problems: list[Problem] = field(default_factory=list[Problem])
    runs: int = 0
    objects: int = 0
    records: int = 0
    bytes: int = 0
    manifest: str = ""
    history: list[Manifest] = field(default_factory=list[Manifest])
    digests: list[Digest] = field(default_factory=list[Digest])

    def add(self, *problems: Problem) -> None:
        """Keep problems, up to the limit."""
        self.problems += problems[: max(0, MOST_PROBLEMS - len(self.problems))]


class LineageVerifier:
    """One verification. ``is_signed_by``: whether a signature of a manifest is that of a given key; None: no key."""

    def __init__(
        self,
        folder: LineageStore,
        level: Level,
        *,
        is_signed_by: Callable[[bytes, bytes], bool] | None = None,
        progress: Progress = quiet,
    ) -> None:
        self._folder = folder
        self._level = level
        self._is_signed_by = is_signed_by
        self._progress = progress
        self._found = Verification()

    def run(self) -> Verification:
        """Verify from the first run to the last.

        Errors: ConfigurationError for manifests of a newer format.
        """
        runs = self._runs()
        if runs is None:
            return self._found
        self._found.runs = len(runs)
        self._found.history = runs
        self._check_meta(runs)
        partitions = sorted({p.partition for run in runs for p in run.partitions})
        for partition in partitions:
            self._check_partition(runs, partition)
        self._check_links(runs)
        return self._found

    def _problem(self, kind: ProblemKind, inside: str, expected: str, found: str) -> None:
        key = self._folder.key(inside)
        self._found.add(Problem(kind=kind, object=key, expected=expected, found=found))

    # Manifests

    def _runs(self) -> list[Manifest] | None:
        """Return all manifests, the first run first; None where the chain cannot be followed to its beginning."""
        try:
            tip = self._folder.tip()
        except (DocumentError, ObjectMissing) as fault:
            self._problem(ProblemKind.MANIFEST, "HEAD", "the last complete run", fault.summary)
            return None
        except ObjectStoreFault as fault:
            self._problem(ProblemKind.UNREADABLE_OBJECT, "HEAD", "a readable object", fault.summary)
            return None
        if tip is None:
            self._problem(ProblemKind.MISSING_OBJECT, "HEAD", "the last complete run", "no object")
            return None
        self._found.manifest = tip.sha256
        found: list[Manifest] = []
        try:
            found.extend(self._signed(tip))
        except (DocumentError, ObjectStoreFault) as fault:
            before = found[-1] if found else tip.manifest
            expected = f"SHA-256 {before.previous}"
            self._problem(
                ProblemKind.MANIFEST, manifest_key(before.previous_run), expected, fault.summary
            )
            return None
        return found[::-1]

    def _signed(self, tip: Tip) -> Iterator[Manifest]:
        for manifest in self._folder.history(tip):
            if self._is_signed_by is not None:
                self._check_signature(manifest, self._is_signed_by)
            yield manifest

    def _check_signature(
        self, manifest: Manifest, is_signed_by: Callable[[bytes, bytes], bool]
    ) -> None:
        key = signature_key(manifest.run)
        try:
            signature = self._folder.store.get(self._folder.key(key)).content
        except ObjectStoreFault as fault:
            self._problem(ProblemKind.SIGNATURE, key, "a signature", fault.summary)
            return
        if not is_signed_by(encode(manifest), signature):
            self._problem(
                ProblemKind.SIGNATURE, key, "a signature of the given key", "another signature"
            )

    def _check_meta(self, runs: list[Manifest]) -> None:
        for run in runs:
            key = meta_key(run.run)
            try:
                found = sha256_hex(self._folder.store.get(self._folder.key(key)).content)
            except ObjectMissing:
                self._problem(ProblemKind.MISSING_OBJECT, key, f"SHA-256 {run.meta}", "no object")
                continue
            except ObjectStoreFault as fault:
                self._problem(
                    ProblemKind.UNREADABLE_OBJECT, key, "a readable object", fault.summary
                )
                continue
            if found != run.meta:
                self._problem(ProblemKind.CONTENT, key, f"SHA-256 {run.meta}", f"SHA-256 {found}")

    def _check_links(self, runs: list[Manifest]) -> None:
        """Check that each run continues the one before, and that objects give the chain."""
        before: dict[int, PartitionManifest] = {}
        for run in runs:
            for part in run.partitions:
                key = manifest_key(run.run)
                earlier = before.get(part.partition)
                seed = (
                    earlier.chain if earlier else chain_seed(self._folder.lineage, part.partition)
                )
                found = chained(seed, part.objects)
                if found != part.chain:
                    self._problem(ProblemKind.CHAIN, key, f"chain {part.chain}", f"chain {found}")
                if earlier and part.stored.base > part.stored.next_offset:
                    self._problem(
                        ProblemKind.FACTS,
                        key,
                        f"offsets of partition {part.partition} that rise",
                        f"{part.stored.base} to {part.stored.next_offset}",
                    )
                before[part.partition] = part
            gone = set(before) - {p.partition for p in run.partitions}
            for partition in sorted(gone):
                self._problem(
                    ProblemKind.FACTS,
                    manifest_key(run.run),
                    f"partition {partition}, which earlier runs stored",
                    "no entry",
                )

    # Objects

    def _check_partition(self, runs: list[Manifest], partition: int) -> None:
        if self._level < Level.V1:
            return
        entries = [e for run in runs if (p := run.of(partition)) for e in p.objects]
        bad = [e.key for e in entries if (place_of(e.key) or (-1, -1)) != (partition, e.base)]
        for key in bad:
            self._problem(
                ProblemKind.MANIFEST, key, f"the name of an object of partition {partition}", key
            )
        if bad:
            return
        sizes = {o.key: o.size for o in self._folder.objects(partition)}
        last = next(p for run in reversed(runs) if (p := run.of(partition)))
        self._found.add(*extra_objects(self._folder, last, entries, sizes))
        for check in check_presence(self._folder, entries, sizes):
            self._found.add(check)
        if self._level == Level.V2:
            for entry in entries:
                self._content(entry)
        elif self._level > Level.V2:
            batches = BatchCheck(self._folder, partition, decode=self._level >= Level.V4)
            for run in runs:
                part = run.of(partition)
                if part is not None:
                    self._batches(batches, part, run)
            self._found.digests += batches.digests

    def _content(self, entry: ObjectEntry) -> None:
        self._count(check_content(self._folder, entry))

    def _batches(self, batches: BatchCheck, part: PartitionManifest, run: Manifest) -> None:
        batches.begin(part, run)
        for entry in part.objects:
            self._count(batches.check(entry))
        self._found.add(*batches.end())

    def _count(self, check: ObjectCheck) -> None:
        self._found.add(*check.problems)
        self._found.objects += 1
        self._found.records += check.records
        self._found.bytes += check.bytes
        self._progress(
            ProgressStep(f"{self._folder.lineage.topic}: {size(self._found.bytes)} verified")
        )
