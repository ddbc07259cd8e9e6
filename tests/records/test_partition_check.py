"""A partition's directory judged as one thing: what brokers write is clean, every injected fault is located."""

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.records.batch_table import batch_table
from steward.records.log.file_names import FileKind, log_file
from steward.records.log.partition_check import PartitionCheck
from steward.records.log.problem import Found, LogNote, LogProblem, NoteKind, ProblemKind
from steward.records.log.segment import scan_segment
from support.log_directories import NOW, LogWriter, partition, written

Files = dict[str, bytes]


def check(files: Files) -> list[Found]:
    """Check a directory that is held in memory."""
    bases = [f.base_offset for f in map(log_file, files) if f.kind is FileKind.LOG]
    contents = {name: data for name, data in files.items() if not name.endswith(".log")}
    checking = PartitionCheck(tuple(files), contents, max(bases, default=-1))
    found = list(checking.begin())
    for segment in checking.segments:
        view = memoryview(files[segment.name])

        def read(at: int, count: int, view: memoryview = view) -> memoryview:
            return view[at : at + count]

        scan = scan_segment(segment.name, segment.base_offset, len(view), read)
        found += checking.segment(scan)
    return [*found, *checking.finish()]


def problems(files: Files) -> list[LogProblem]:
    return [f for f in check(files) if isinstance(f, LogProblem)]


def files_of(path: Path) -> Files:
    return {entry.name: entry.read_bytes() for entry in path.iterdir()}


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return files_of(partition(tmp_path_factory.mktemp("log")))


def logs(files: Files) -> list[str]:
    return sorted(name for name in files if name.endswith(".log"))


def _starts(data: bytes) -> list[int]:
    return batch_table(data).positions.tolist()


def flipped(data: bytes, at: int, bit: int) -> bytes:
    return data[:at] + bytes([data[at] ^ (1 << bit)]) + data[at + 1 :]


def test_what_a_broker_writes_is_clean(sound: Files) -> None:
    assert check(sound) == []
    assert len(logs(sound)) == 3
    assert sum(name.endswith(".txnindex") for name in sound) == 3


@given(data=st.data())
def test_a_flipped_bit_in_a_segment_is_located_in_its_batch(
    sound: Files, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(logs(sound)))
    at = data.draw(st.integers(0, len(sound[name]) - 1))
    damaged = {**sound, name: flipped(sound[name], at, data.draw(st.integers(0, 7)))}
    table = batch_table(sound[name])
    starts = [*table.positions.tolist(), len(sound[name])]
    hit = max(i for i, start in enumerate(starts) if start <= at)
    found = check(damaged)
    places = [f.position for f in found if f.file == name]
    following = starts[hit + 1] if at - starts[hit] < 17 else starts[hit]
    assert starts[hit] in places or following in places or _by_others(found, at - starts[hit])


def _by_others(found: list[Found], at: int) -> bool:
    """A leader epoch or a base offset of the last batch shows in the files beside it."""
    return at < 16 and bool(found)


@given(data=st.data())
def test_a_closed_segment_that_was_truncated_is_located(sound: Files, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(logs(sound)[:-1]))
    kept = data.draw(st.integers(0, len(sound[name]) - 1))
    found = check({**sound, name: sound[name][:kept]})
    base = log_file(name).base_offset
    assert any(log_file(f.file).base_offset >= base for f in found)
    is_cut_inside = kept not in _starts(sound[name])
    if is_cut_inside:
        kinds = [f.kind for f in found if f.file == name]
        is_zero = not any(sound[name][max(s for s in _starts(sound[name]) if s < kept) : kept])
        wanted = ProblemKind.SEGMENT_ENDS_IN_ZEROS if is_zero else ProblemKind.SEGMENT_TRUNCATED
        assert wanted in kinds


@given(data=st.data())
def test_the_torn_tail_of_the_active_segment_is_no_damage_of_the_segment(
    sound: Files, data: st.DataObject
) -> None:
    name = logs(sound)[-1]
    last = _starts(sound[name])[-1]
    kept = data.draw(st.integers(last + 1, len(sound[name]) - 1))
    found = [f for f in check({**sound, name: sound[name][:kept]}) if f.file == name]
    is_zero = not any(sound[name][last:kept])
    assert [f.kind for f in found] == [
        NoteKind.PREALLOCATED_TAIL if is_zero else NoteKind.TORN_TAIL
    ]
    assert found[0].position == last


@pytest.mark.parametrize("suffix", ["index", "timeindex", "txnindex", "snapshot"])
@given(data=st.data())
def test_a_flipped_bit_beside_a_segment_is_located(
    sound: Files, suffix: str, data: st.DataObject
) -> None:
    names = sorted(n for n in sound if n.endswith(f".{suffix}") and sound[n])
    name = data.draw(st.sampled_from(names))
    at = data.draw(st.integers(0, len(sound[name]) - 1))
    found = check({**sound, name: flipped(sound[name], at, data.draw(st.integers(0, 7)))})
    assert name in [f.file for f in found]


@pytest.mark.parametrize("suffix", ["index", "timeindex", "txnindex", "snapshot", "log"])
def test_swapped_files_are_located(sound: Files, suffix: str) -> None:
    one, other = sorted(n for n in sound if n.endswith(f".{suffix}"))[:2]
    found = problems({**sound, one: sound[other], other: sound[one]})
    wrong = {f.file for f in found}
    if suffix == "log":  # the indexes keep their names
        assert {one[:20], other[:20]} <= {name[:20] for name in wrong}
    elif suffix == "snapshot":  # an earlier state may be all that can be known
        assert wrong & {one, other}
    else:
        assert {one, other} <= wrong


@pytest.mark.parametrize("shift", [-1, 1, 5])
def test_a_segment_under_a_wrong_name_is_located(sound: Files, shift: int) -> None:
    name = logs(sound)[1]
    base = log_file(name).base_offset
    renamed = {
        n.replace(f"{base:020d}", f"{base + shift:020d}"): data
        for n, data in sound.items()
        if not n.endswith(".snapshot")
    }
    found = problems(renamed)
    assert any(f"{base + shift:020d}" in f.file for f in found)
    alone = {n if n != name else f"{base + shift:020d}.log": d for n, d in sound.items()}
    assert any(f.kind is ProblemKind.SEGMENT_MISSING for f in problems(alone))


def test_a_removed_segment_is_reported(sound: Files) -> None:
    name = logs(sound)[1]
    found = problems({n: d for n, d in sound.items() if n != name})
    assert ProblemKind.SEGMENT_MISSING in [f.kind for f in found]


def test_an_abort_marker_without_an_index_entry_is_reported(sound: Files) -> None:
    name = next(n for n in sorted(sound) if n.endswith(".txnindex"))
    found = problems({n: d for n, d in sound.items() if n != name})
    assert [f.kind for f in found] == [ProblemKind.TXNINDEX_ENTRY_MISSING] * 2
    assert all(f.file == name for f in found)


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("leader-epoch-checkpoint", "0\n2\n0 0\n", ProblemKind.LEADER_EPOCHS_MALFORMED),
        ("leader-epoch-checkpoint", "0\n2\n1 0\n0 5\n", ProblemKind.LEADER_EPOCHS_MALFORMED),
        ("leader-epoch-checkpoint", "0\n1\n0 0\n", ProblemKind.LEADER_EPOCHS_DISAGREE),
        ("leader-epoch-checkpoint", "", ProblemKind.LEADER_EPOCHS_DISAGREE),
        ("partition.metadata", "version: 0\n", ProblemKind.PARTITION_METADATA_MALFORMED),
        ("partition.metadata", "version: 0\ntopic_id: x\n", ProblemKind.PARTITION_METADATA_MALFORMED),
    ],
)  # fmt: skip
def test_checkpoints(sound: Files, name: str, text: str, kind: ProblemKind) -> None:
    found = problems({**sound, name: text.encode()})
    assert {f.kind for f in found} == {kind}
    assert {f.file for f in found} == {name}


def test_zeros_at_the_end_are_damage_only_where_nobody_writes(sound: Files) -> None:
    first, *_, last = logs(sound)
    tail = [f for f in check({**sound, last: sound[last] + bytes(4096)}) if f.file == last]
    assert [f.kind for f in tail] == [NoteKind.PREALLOCATED_TAIL]
    closed = problems({**sound, first: sound[first] + bytes(4096)})
    assert [f.kind for f in closed] == [ProblemKind.SEGMENT_ENDS_IN_ZEROS]
    assert closed[0].position == len(sound[first])


def test_after_a_damaged_length_the_check_goes_on_at_the_next_intact_batch(sound: Files) -> None:
    name = logs(sound)[0]
    second = _starts(sound[name])[1]
    data = bytearray(sound[name])
    data[second + 8 : second + 12] = struct.pack(">i", 1 << 29)
    data[-1] ^= 1
    found = [f for f in problems({**sound, name: bytes(data)}) if f.file == name]
    last = _starts(sound[name])[-1]
    assert [(f.kind, f.position) for f in found] == [
        (ProblemKind.BATCH_CHECKSUM_WRONG, last),
        (ProblemKind.BATCH_LENGTH_INVALID, second),
    ]


def test_a_preallocated_index_is_read_up_to_its_zeros(sound: Files) -> None:
    padded = {
        n: d + bytes(240) if n.endswith((".index", ".timeindex")) else d for n, d in sound.items()
    }
    assert check(padded) == []


def test_a_compacted_log_is_clean_and_its_gaps_are_noted(tmp_path: Path) -> None:
    log = LogWriter(tmp_path / "compacted-0")
    for base in (0, 10, 20, 23):
        log.append(written(base, [b"v" * 100] * 2, stamp=NOW + base))
    log.roll()
    log.append(written(40, [b"v"], stamp=NOW + 40))
    found = check(files_of(log.close()))
    assert [f.kind for f in found] == [NoteKind.OFFSETS_MISSING] * 2
    assert found[0].offset == 2
    assert isinstance(found[1], LogNote)


def test_a_missing_index_is_no_damage(sound: Files) -> None:
    found = check({n: d for n, d in sound.items() if not n.endswith(".index")})
    assert {f.kind for f in found} == {NoteKind.INDEX_MISSING}


def test_leftovers_are_one_note(sound: Files) -> None:
    left = {f"{name}.deleted": data for name, data in sound.items()}
    found = check({**sound, **left})
    assert [f.kind for f in found] == [NoteKind.LEFTOVER_FILE]
    assert f"{len(left)} files" in found[0].detail
