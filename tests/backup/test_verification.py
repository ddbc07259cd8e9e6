"""Every fault in a backup is found: in objects, indexes, manifests, metadata and HEAD."""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from backup.test_capture import Backup, _log
from steward.backup.lineages import LineageStore
from steward.backup.stores.port import ObjectStoreFault
from steward.backup.verification.levels import Level
from steward.backup.verification.verify import LineageVerifier, Verification
from steward.records.backup.chain import chained
from steward.records.backup.layout import HEAD, header_key, log_key, manifest_key
from steward.records.backup.manifest import (
    Head,
    Manifest,
    encode,
    read_head,
    read_manifest,
    sha256_hex,
)
from steward.records.backup.problems import ProblemKind
from support.cluster_of_logs import TOPIC, ClusterOfLogs
from support.memory_objects import MemoryStore
from support.partition_logs import PartitionLog

FAULTS = 2_100
RECORD = (1_700_000_000_000, b"key", b"value", [("h", b"1")])


def _backup() -> Backup:
    logs = {0: _log(batches=6), 1: _log(batches=2), 2: PartitionLog()}
    for commit in (True, False, True):
        logs[0].transaction(7, [RECORD] * 3, commit=commit)
    logs[1].skip(4)
    logs[1].write([RECORD] * 2, "zstd")
    cluster = ClusterOfLogs(logs, limit=300, topic_configs={TOPIC: {"cleanup.policy": "compact"}})
    backup = Backup(cluster, object_bytes=300)
    backup.run()
    for log in logs.values():
        log.write([RECORD] * 4, "lz4")
        log.write([RECORD])
    backup.run()
    return backup


@pytest.fixture(scope="module")
def backup() -> Backup:
    return _backup()


def _verify(backup: Backup, objects: dict[str, bytes], level: Level = Level.V3) -> Verification:
    store = MemoryStore()
    store.objects = objects
    return LineageVerifier(LineageStore(store, backup.lineages()[0]), level).run()


def _objects(backup: Backup) -> dict[str, bytes]:
    store = backup.store
    assert isinstance(store, MemoryStore)
    return dict(store.objects)


@pytest.mark.parametrize("level", [Level.V0, Level.V1, Level.V2, Level.V3])
def test_a_whole_backup_is_verified_at_every_level(backup: Backup, level: Level) -> None:
    found = _verify(backup, _objects(backup), level)
    assert found.problems == []
    assert found.runs == 2
    if level >= Level.V2:
        stored = sum(len(v) for k, v in _objects(backup).items() if k.endswith(".log"))
        assert (found.bytes, found.records > 0) == (stored, True)


def _flip(chance: random.Random, objects: dict[str, bytes], keys: Sequence[str]) -> str:
    key = chance.choice(keys)
    content = bytearray(objects[key])
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    objects[key] = bytes(content)
    return key


def _remove(chance: random.Random, objects: dict[str, bytes], keys: Sequence[str]) -> str:
    key = chance.choice(keys)
    del objects[key]
    return key


def _swap(chance: random.Random, objects: dict[str, bytes], keys: Sequence[str]) -> str:
    different = [(a, b) for a in keys for b in keys if objects[a] != objects[b]]
    one, two = chance.choice(different)
    objects[one], objects[two] = objects[two], objects[one]
    return one


def _replace(chance: random.Random, objects: dict[str, bytes], keys: Sequence[str]) -> str:
    different = [(a, b) for a in keys for b in keys if objects[a] != objects[b]]
    one, two = chance.choice(different)
    objects[one] = objects[two]
    return one


def _truncate(chance: random.Random, objects: dict[str, bytes], keys: Sequence[str]) -> str:
    key = chance.choice(keys)
    objects[key] = objects[key][: chance.randrange(len(objects[key]))]
    return key


def _extend(chance: random.Random, objects: dict[str, bytes], keys: Sequence[str]) -> str:
    key = chance.choice(keys)
    objects[key] += objects[chance.choice(keys)][: chance.randrange(1, 200)]
    return key


def _duplicate(chance: random.Random, objects: dict[str, bytes], keys: Sequence[str]) -> str:
    key = chance.choice([k for k in keys if k.endswith(".log")])
    folder = key.rpartition("/")[0]
    while (copy := f"{folder}/{chance.randrange(60):020d}.log") in objects:
        continue
    objects[copy] = objects[key]
    return copy


KINDS = (_flip, _remove, _swap, _replace, _truncate, _extend, _duplicate)


@pytest.mark.parametrize("fault", KINDS, ids=lambda f: f.__name__.strip("_"))
def test_every_random_fault_is_found(
    backup: Backup, fault: Callable[[random.Random, dict[str, bytes], Sequence[str]], str]
) -> None:
    chance = random.Random(fault.__name__)
    whole = _objects(backup)
    keys = sorted(whole)
    for _ in range(FAULTS // len(KINDS)):
        objects = dict(whole)
        damaged = fault(chance, objects, keys)
        found = _verify(backup, objects)
        assert found.problems, damaged
        for problem in found.problems:
            assert problem.expected != problem.found


def _edited(
    backup: Backup, edit: Callable[[Manifest], Manifest], *, whole_chain: bool
) -> dict[str, bytes]:
    """Edit the newest manifest; ``whole_chain``: HEAD follows, as one who can write to the store would do it."""
    objects = _objects(backup)
    lineage = backup.lineages()[0]
    head_key = f"{lineage.folder}/{HEAD}"
    head = read_head(objects[head_key], HEAD)
    key = f"{lineage.folder}/{manifest_key(head.run)}"
    content = encode(edit(read_manifest(objects[key], key)))
    objects[key] = content
    if whole_chain:
        objects[head_key] = encode(Head(run=head.run, manifest=sha256_hex(content)))
    return objects


def _edits() -> dict[str, Callable[[Manifest], Manifest]]:
    def part(edit: Callable[..., object]) -> Callable[[Manifest], Manifest]:
        def apply(manifest: Manifest) -> Manifest:
            first = manifest.partitions[0]
            return replace(manifest, partitions=(edit(first), *manifest.partitions[1:]))

        return apply

    return {
        "counts": part(lambda p: replace(p, counts=replace(p.counts, data=p.counts.data + 1))),
        "gaps": part(lambda p: replace(p, gap_counts={"unknown": 3})),
        "offsets": part(lambda p: replace(p, stored=replace(p.stored, next_offset=10**6))),
        "base": part(lambda p: replace(p, stored=replace(p.stored, base=1))),
        "an object less": part(lambda p: replace(p, objects=p.objects[:-1])),
        "an object less, with its chain": part(_shortened),
        "chain": part(lambda p: replace(p, chain="00" * 32)),
        "codecs": part(lambda p: replace(p, codecs={"zstd": 1})),
        "epochs": part(lambda p: replace(p, leader_epochs=((7, 0),))),
        "times": part(lambda p: replace(p, timestamps=replace(p.timestamps, min=1))),
        "aborted": part(lambda p: replace(p, aborted=())),
        "a partition less": lambda m: replace(m, partitions=m.partitions[1:]),
        "previous": lambda m: replace(m, previous="00" * 32),
        "no previous": lambda m: replace(m, previous="", previous_run=""),
        "another cluster": lambda m: replace(m, cluster_id="other"),
        "metadata": lambda m: replace(m, meta="00" * 32),
        "compacted": lambda m: replace(m, fork=3),
    }


def _shortened(part: object) -> object:
    from steward.records.backup.manifest import PartitionManifest

    assert isinstance(part, PartitionManifest)
    objects = part.objects[:-1]
    return replace(part, objects=objects, chain=chained("00" * 32, objects))


@pytest.mark.parametrize("whole_chain", [False, True])
@pytest.mark.parametrize("name", [n for n in _edits() if n != "aborted"])
def test_every_edit_of_a_manifest_is_found(backup: Backup, name: str, whole_chain: bool) -> None:
    objects = _edited(backup, _edits()[name], whole_chain=whole_chain)
    assert _verify(backup, objects).problems


def test_a_fault_says_where_what_was_expected_and_what_was_found(backup: Backup) -> None:
    objects = _objects(backup)
    lineage = backup.lineages()[0]
    entry = backup.runs(lineage)[0].partitions[0].objects[1]
    key = f"{lineage.folder}/{entry.key}"
    content = bytearray(objects[key])
    content[-1] ^= 1
    objects[key] = bytes(content)
    problems = _verify(backup, objects).problems
    assert [(p.kind, p.object) for p in problems][:1] == [(ProblemKind.BATCH_CHECKSUM, key)]
    offset = problems[0].offset
    assert offset is not None
    assert entry.base <= offset <= entry.last
    assert _verify(backup, objects, Level.V1).problems == []
    assert [p.kind for p in _verify(backup, objects, Level.V2).problems] == [ProblemKind.CONTENT]


def test_an_object_that_cannot_be_read_is_a_problem_and_the_rest_is_checked(
    backup: Backup, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects = _objects(backup)
    broken = next(k for k in sorted(objects) if k.endswith(".log"))
    stream = MemoryStore.stream

    def failing(self: MemoryStore, key: str) -> object:
        if key == broken:
            raise ObjectStoreFault(f"{key} cannot be read: Input/output error")
        return stream(self, key)

    monkeypatch.setattr(MemoryStore, "stream", failing)
    found = _verify(backup, objects)
    assert [(p.kind, p.object) for p in found.problems] == [(ProblemKind.UNREADABLE_OBJECT, broken)]
    assert found.objects == sum(k.endswith(".log") for k in objects)


def test_objects_of_an_interrupted_run_are_no_damage(backup: Backup) -> None:
    objects = _objects(backup)
    lineage = backup.lineages()[0]
    log = PartitionLog(end=10_000)
    log.write([RECORD])
    objects[f"{lineage.folder}/{log_key(0, 10_000)}"] = log.data
    objects[f"{lineage.folder}/{header_key(log_key(0, 10_000))}"] = b"not complete"
    assert _verify(backup, objects).problems == []
    objects[f"{lineage.folder}/{log_key(0, 10_001)}"] = log.data
    assert [p.kind for p in _verify(backup, objects).problems] == [ProblemKind.EXTRA_OBJECT]
