"""Partition directories as a broker writes them: segments with indexes, snapshots and checkpoints."""

import struct
from dataclasses import dataclass, field
from pathlib import Path

import cramjam
from crc32c import crc32c
from kafka.record.memory_records import MemoryRecordsBuilder

NOW = 1_700_000_000_000
CODECS = {"none": 0, "gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}
TOPIC_ID = "AAAAAAAAAAAAAAAAAAAAAQ"


def checked(head: bytes, content: bytes) -> bytes:
    """Put length and checksum around a batch's content; ``head``: base offset, leader epoch."""
    base, epoch = head[:8], head[8:]
    crc = struct.pack(">I", crc32c(content))
    return base + struct.pack(">i", 9 + len(content)) + epoch + b"\x02" + crc + content


def written(
    base_offset: int,
    values: list[bytes],
    *,
    codec: str = "none",
    stamp: int = NOW,
    leader_epoch: int = 0,
    producer: tuple[int, int, int] = (-1, -1, -1),
    transactional: bool = False,
) -> bytes:
    """A batch of records with rising timestamps; ``producer``: id, epoch, base sequence."""
    pid, epoch, sequence = producer
    builder = MemoryRecordsBuilder(
        magic=2, compression_type=0, batch_size=1 << 26, transactional=transactional,
        producer_id=pid, producer_epoch=epoch, base_sequence=sequence,
    )  # fmt: skip
    for i, value in enumerate(values):
        builder.append(timestamp=stamp + i, key=b"k%d" % i, value=value, headers=[("h", b"1")])
    builder.close()
    plain = bytes(builder.buffer())
    attributes = struct.unpack_from(">h", plain, 21)[0] | CODECS[codec]
    payload = plain[61:]
    if codec == "snappy":
        payload = bytes(cramjam.snappy.compress_raw(payload))
    elif codec != "none":
        payload = bytes(getattr(cramjam, codec).compress(payload))
    content = struct.pack(">h", attributes) + plain[23:61] + payload
    return checked(struct.pack(">qi", base_offset, leader_epoch), content)


def marker(base_offset: int, producer: tuple[int, int], *, commit: bool, stamp: int = NOW) -> bytes:
    """A transaction marker of coordinator epoch 3."""
    key = struct.pack(">hh", 0, int(commit))
    value = struct.pack(">hi", 0, 3)
    body = b"\0\0\0" + bytes([len(key) * 2]) + key + bytes([len(value) * 2]) + value + b"\0"
    record = bytes([len(body) * 2]) + body
    content = struct.pack(">hiqqqhii", 0x30, 0, stamp, stamp, *producer, -1, 1) + record
    return checked(struct.pack(">qi", base_offset, 0), content)


@dataclass
class Segment:
    """A segment under construction."""

    base: int
    data: bytearray = field(default_factory=bytearray)
    index: bytearray = field(default_factory=bytearray)
    times: bytearray = field(default_factory=bytearray)
    aborted: bytearray = field(default_factory=bytearray)
    since: int = 0
    latest: tuple[int, int] = (-1, -1)
    indexed: int = -1

    def append(self, batch: bytes, interval: int) -> None:
        base, delta = struct.unpack_from(">q", batch)[0], struct.unpack_from(">i", batch, 23)[0]
        stamp = struct.unpack_from(">q", batch, 35)[0]
        if stamp > self.latest[0]:
            self.latest = (stamp, base + delta)
        if self.since > interval:
            self.index += struct.pack(">ii", base + delta - self.base, len(self.data))
            self._time()
            self.since = 0
        self.data += batch
        self.since += len(batch)

    def _time(self) -> None:
        stamp, offset = self.latest
        if stamp > self.indexed:
            self.times += struct.pack(">qi", stamp, offset - self.base)
            self.indexed = stamp

    def close(self) -> None:
        self._time()


class LogWriter:
    """Writes a partition's directory. Snapshots are taken where segments begin, and at the end."""

    def __init__(self, path: Path, *, interval: int = 300) -> None:
        self.path = path
        path.mkdir()
        self._interval = interval
        self.segments = [Segment(0)]
        self._epochs: dict[int, int] = {}
        self._states: dict[int, list[int]] = {}
        self._open: dict[int, int] = {}
        self.next = 0

    def append(self, batch: bytes, aborts: int | None = None) -> None:
        """Append a batch; ``aborts``: the producer whose transaction the marker aborts."""
        base, epoch = struct.unpack_from(">q", batch)[0], struct.unpack_from(">i", batch, 12)[0]
        attributes, delta = struct.unpack_from(">hi", batch, 21)
        stamp, pid, producer_epoch, sequence = struct.unpack_from(">qqhi", batch, 35)
        self._epochs.setdefault(epoch, base)
        if pid >= 0:
            state = self._states.setdefault(pid, [producer_epoch, -1, -1, 0, stamp, -1, -1])
            if attributes & 0x20:
                first = self._open.pop(pid, -1)
                state[4:] = [stamp, 3, -1]
                if aborts is not None and first >= 0:
                    stable = min(self._open.values(), default=base + 1)
                    self.segments[-1].aborted += struct.pack(">hqqqq", 0, pid, first, base, stable)
            else:
                state[:5] = [producer_epoch, sequence + delta, base + delta, delta, stamp]
                if attributes & 0x10 and pid not in self._open:
                    self._open[pid] = state[6] = base
        self.segments[-1].append(batch, self._interval)
        self.next = base + delta + 1

    def roll(self) -> None:
        self.segments[-1].close()
        self._snapshot()
        self.segments.append(Segment(self.next))

    def _snapshot(self) -> None:
        entries = b"".join(
            struct.pack(">qhiqiqiq", pid, *state) for pid, state in self._states.items()
        )
        content = struct.pack(">i", len(self._states)) + entries
        data = struct.pack(">hI", 1, crc32c(content)) + content
        (self.path / f"{self.next:020d}.snapshot").write_bytes(data)

    def close(self) -> Path:
        self.segments[-1].close()
        self._snapshot()
        for one in self.segments:
            stem = f"{one.base:020d}"
            (self.path / f"{stem}.log").write_bytes(one.data)
            (self.path / f"{stem}.index").write_bytes(one.index)
            (self.path / f"{stem}.timeindex").write_bytes(one.times)
            if one.aborted:
                (self.path / f"{stem}.txnindex").write_bytes(one.aborted)
        lines = [f"{epoch} {start}" for epoch, start in self._epochs.items()]
        text = "\n".join(["0", str(len(lines)), *lines]) + "\n"
        (self.path / "leader-epoch-checkpoint").write_text(text)
        (self.path / "partition.metadata").write_text(f"version: 0\ntopic_id: {TOPIC_ID}\n")
        return self.path


def partition(parent: Path, name: str = "orders-0", *, segments: int = 3) -> Path:
    """A partition with idempotent, plain and transactional batches, of all codecs, in several segments."""
    log = LogWriter(parent / name)
    stamp = NOW
    sequences = [0, 0]
    for number in range(segments):
        if number:
            log.roll()
        for i, codec in enumerate(CODECS):
            values = [b"%d-%d" % (number, i) * 10 for _ in range(3)]
            pid = i % 2
            stamp += 1000
            log.append(
                written(
                    log.next, values, codec=codec, stamp=stamp, leader_epoch=number,
                    producer=(pid, 0, sequences[pid]),
                )
            )  # fmt: skip
            sequences[pid] += 3
        for i, commit in enumerate((False, True, False)):
            pid, stamp = 10 + i, stamp + 1000
            for _ in range(2):
                log.append(
                    written(
                        log.next, [b"in a transaction" * 4], stamp=stamp, leader_epoch=number,
                        producer=(pid, 0, number), transactional=True,
                    )
                )  # fmt: skip
            end = marker(log.next, (pid, 0), commit=commit, stamp=stamp)
            end = end[:12] + struct.pack(">i", number) + end[16:]
            log.append(end, None if commit else pid)
    return log.close()
