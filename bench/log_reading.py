"""Segments read by steward log verify and by kafka-dump-log, in turns, each a whole process.

Shallow: every header, every checksum. Deep: every record as well. kafka-dump-log runs as its script starts it, with the
JVM's own choice of compilers; its text goes to a pipe that is read and dropped. The page cache holds the files.
Wall time counts what a person waits for; processor time says the same on a busy machine. The reading alone is the
processor time less that of a run over an empty segment, which is the start of each program.
"""

import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import cast

from kafka.record.memory_records import MemoryRecordsBuilder

from reporting import Figure, conclude
from steward.records.compression import compress
from steward.sandbox.jars import kafka_jars
from steward.sandbox.java import tool_java
from steward.sandbox.jre import find_runtime
from steward.sandbox.lockfile import DEFAULT_KAFKA_VERSION
from steward.sandbox.processes import java_environment

ROUNDS = 3
SHALLOW, DEEP, CORE_GB = 5.0, 3.0, 1.0
_QUICK = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
_FILE = f"{0:020d}.log"
"""Kind of segment: size in megabytes, records of a batch, bytes of a value, codec."""
KINDS = {
    "16 KiB batches": (512, 16, 1000, "none"),
    "1 KiB batches": (256, 1, 950, "none"),
    "records of 100 B": (128, 160, 60, "none"),
    "zstd": (128, 160, 400, "zstd"),
}


def main() -> int:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    rounds = parser.parse_args().rounds
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="steward-bench-") as folder:
        for number, (kind, shape) in enumerate(KINDS.items()):
            path = Path(folder) / f"bench-{number}" / _FILE
            path.parent.mkdir()
            records = _segment(path, *shape)
            figures += _measured(kind, path, records, rounds)
    return conclude(f"whole processes, median of {rounds}", figures)


def _measured(kind: str, path: Path, records: int, rounds: int) -> list[Figure]:
    size, folder = path.stat().st_size, path.parent.parent
    empty = folder / "bench-empty" / _FILE
    empty.parent.mkdir(exist_ok=True)
    empty.touch()

    def runs(file: Path, *, deep: bool) -> tuple[Seconds, Seconds]:
        ours = [sys.executable, "-m", "steward", "log", "verify", str(file)]
        theirs = ["--files", str(file)]
        if deep:
            ours, theirs = [*ours, "--records"], ["--deep-iteration", *theirs]
        return _in_turns(ours, _kafka(folder, theirs), rounds)

    started = runs(empty, deep=False)
    shallow, deep = runs(path, deep=False), runs(path, deep=True)
    reading = [max(run.cpu - start.cpu, 0.001) for run, start in zip(shallow, started, strict=True)]
    return [
        Figure(name=f"{kind}: log verify, wall time", value=shallow[0].wall, unit="s"),
        Figure(name=f"{kind}: kafka-dump-log, wall time", value=shallow[1].wall, unit="s"),
        Figure(name=f"{kind}: wall time, times faster", value=shallow[1].wall / shallow[0].wall, unit="x"),
        Figure(name=f"{kind}: processor time, times less", value=shallow[1].cpu / shallow[0].cpu, unit="x"),
        Figure(name=f"{kind}: reading alone, times less", value=reading[1] / reading[0], unit="x",
               budget=SHALLOW, at_least=True),
        Figure(name=f"{kind}: reading alone, per core", value=size / reading[0] / 1e9, unit="GB/s",
               budget=CORE_GB, at_least=True),
        Figure(name=f"{kind}: deep, wall time, times faster", value=deep[1].wall / deep[0].wall, unit="x"),
        Figure(name=f"{kind}: deep, processor time, times less", value=deep[1].cpu / deep[0].cpu, unit="x",
               budget=DEEP, at_least=True),
        Figure(name=f"{kind}: log verify --records, per core", value=records / deep[0].cpu / 1e6,
               unit="M records/s"),
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Seconds:
    """Of a run: on the clock, and of processors."""

    wall: float
    cpu: float


def _in_turns(ours: Sequence[str], theirs: Sequence[str], rounds: int) -> tuple[Seconds, Seconds]:
    """Return the medians of both."""
    found: tuple[list[Seconds], list[Seconds]] = ([], [])
    for _ in range(rounds):
        found[0].append(_run(ours, dict(os.environ)))
        found[1].append(_run(theirs, java_environment()))
    mine, others = (
        Seconds(median(r.wall for r in runs), median(r.cpu for r in runs)) for runs in found
    )
    return mine, others


def _run(command: Sequence[str], environment: dict[str, str]) -> Seconds:
    begin, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    ) as process:
        assert process.stdout is not None
        while process.stdout.read(1 << 20):
            pass
    assert process.returncode == 0, command
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Seconds(time.perf_counter() - begin, cpu)


def _kafka(home: Path, arguments: Sequence[str]) -> list[str]:
    jars = kafka_jars(DEFAULT_KAFKA_VERSION)
    name = "org.apache.kafka.tools.DumpLogSegments"
    command = tool_java(find_runtime(), jars, home, name, list(arguments))
    return [word for word in command if word not in _QUICK]


def _segment(path: Path, megabytes: int, count: int, value_bytes: int, codec: str) -> int:
    """Write a segment of equal batches with rising offsets; return the number of records."""
    chance = random.Random(1)
    half = value_bytes // 2
    builder = MemoryRecordsBuilder(
        magic=2, compression_type=0, batch_size=1 << 26, transactional=False,
        producer_id=-1, producer_epoch=-1, base_sequence=-1,
    )  # fmt: skip
    for i in range(count):
        value = chance.randbytes(value_bytes - half) + b"x" * half
        builder.append(timestamp=1_700_000_000_000 + i, key=b"%08d" % i, value=value, headers=[])
    builder.close()
    batch = bytearray(cast("bytes", builder.buffer()))
    if codec != "none":
        batch = _compressed(bytes(batch), codec)
    batches = megabytes * 2**20 // len(batch)
    with path.open("wb") as file:
        for i in range(batches):  # the base offset lies outside the checksum
            batch[:8] = (i * count).to_bytes(8, "big")
            file.write(batch)
    path.with_suffix(".index").write_bytes(b"")
    return batches * count


def _compressed(batch: bytes, codec: str) -> bytearray:
    from crc32c import crc32c

    payload = compress(codec, batch[61:])
    attributes = {"gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}[codec]
    content = attributes.to_bytes(2, "big") + batch[23:61] + payload
    head = batch[:8] + (9 + len(content)).to_bytes(4, "big") + batch[12:17]
    return bytearray(head + crc32c(bytes(content)).to_bytes(4, "big") + content)


if __name__ == "__main__":
    sys.exit(main())
