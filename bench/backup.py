"""A topic captured and verified by steward, and the same topic read by kafka-consumer-perf-test, in turns.

Both are whole processes, started and ended. The tool decompresses records and drops them; steward checks, hashes and
writes the batches to a directory. The page cache holds the logs for both.
"""

import hashlib
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from confluent_kafka import Producer

from filling import create_topics
from lab import NAME, STEWARD, sandbox
from reporting import Figure, conclude
from steward.model.connection import Connection
from steward.sandbox.processes import java_environment
from steward.sandbox.tools import tool_command

TOPIC, PARTITIONS = "bench-backup", 6
ROUNDS = 3
RATIO, MEMORY_MIB, VERIFY_GB = 1.2, 300.0, 1.0
_RECORD_BYTES = 1024


@dataclass(frozen=True)
class Ran:
    """One process: seconds, seconds of CPU, largest memory in MiB, output."""

    seconds: float
    cpu: float
    memory: float
    said: str


def main() -> int:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument(
        "--megabytes", type=int, default=1_200, help="of records, before compression"
    )
    parser.add_argument("--folder", help="where the backup goes; default: the temporary directory")
    chosen = parser.parse_args()
    with sandbox() as connection, tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        create_topics(connection, [TOPIC], PARTITIONS)
        records = _fill(connection, chosen.megabytes)
        theirs, ours = _captured(Path(folder), records)
        v0, v2, v3 = (_verified(Path(folder), level) for level in ("V0", "V2", "V3"))
        stored = sum(path.stat().st_size for path in Path(folder).rglob("*.log"))
        disk = stored / _write_seconds(Path(folder), stored)
    tool, own = _middle(theirs), median(_own_seconds(ran.said) for ran in theirs)
    mine = _middle(ours)
    return conclude(
        f"{records:,} records of {_RECORD_BYTES} bytes, {stored / 1e6:.0f} MB stored (lz4), {PARTITIONS} partitions, "
        f"median of {ROUNDS}",
        [
            Figure(name="kafka-consumer-perf-test, whole process", value=tool.seconds, unit="s"),
            Figure(name="kafka-consumer-perf-test, by its own clock", value=own, unit="s"),
            Figure(name="kafka-consumer-perf-test, CPU", value=tool.cpu, unit="s"),
            Figure(name="backup create, whole process", value=mine.seconds, unit="s"),
            Figure(name="backup create, CPU", value=mine.cpu, unit="s"),
            Figure(name="backup create, stored bytes", value=stored / mine.seconds / 1e6, unit="MB/s"),
            Figure(name="the disk: the same bytes written and flushed", value=disk / 1e6, unit="MB/s"),
            Figure(name="backup create against the tool, whole processes", value=tool.seconds / mine.seconds,
                   unit="x", budget=RATIO, at_least=True),
            Figure(name="backup create against the tool, CPU", value=tool.cpu / mine.cpu, unit="x"),
            Figure(name="backup create, memory", value=max(r.memory for r in ours), unit="MiB", budget=MEMORY_MIB),
            Figure(name="backup verify --level V2, whole process", value=stored / v2.seconds / 1e9, unit="GB/s"),
            Figure(name="V2 beyond V0, per second of CPU", value=stored / (v2.cpu - v0.cpu) / 1e9, unit="GB/s",
                   budget=VERIFY_GB, at_least=True),
            Figure(name="V3 beyond V0, per second of CPU", value=stored / (v3.cpu - v0.cpu) / 1e9, unit="GB/s"),
            Figure(name="SHA-256 alone, per second of CPU", value=_sha256_rate() / 1e9, unit="GB/s"),
            Figure(name="backup verify --level V3, memory", value=v3.memory, unit="MiB", budget=MEMORY_MIB),
        ],
    )  # fmt: skip


def _fill(connection: Connection, megabytes: int) -> int:
    """Write half-random values, so that lz4 halves them."""
    chance = random.Random(1)
    values = [
        chance.randbytes(_RECORD_BYTES // 2) + b"x" * (_RECORD_BYTES // 2) for _ in range(512)
    ]
    producer = Producer(
        {
            "bootstrap.servers": ",".join(connection.bootstrap_servers),
            "compression.type": "lz4",
            "linger.ms": 20,
            "batch.size": 262_144,
        }
    )
    records = megabytes * 1_000_000 // _RECORD_BYTES
    for i in range(records):
        while True:
            try:
                producer.produce(TOPIC, values[i % len(values)], partition=i % PARTITIONS)
                break
            except BufferError:
                producer.poll(0.1)
        if not i % 1_000:
            producer.poll(0)
    if producer.flush(120):
        raise SystemExit("the brokers did not take all records")
    return records


def _captured(folder: Path, records: int) -> tuple[list[Ran], list[Ran]]:
    """Run the tool and steward in turns; the last backup stays."""
    tool = tool_command(
        NAME,
        "kafka-consumer-perf-test",
        ["--topic", TOPIC, "--num-records", str(records), "--timeout", "60000"],
    )
    create = [
        STEWARD,
        "-q",
        "--cluster",
        NAME,
        "backup",
        "create",
        TOPIC,
        "--to",
        str(folder / "b"),
    ]
    theirs: list[Ran] = []
    ours: list[Ran] = []
    for _ in range(ROUNDS):
        theirs.append(_run(tool, java_environment()))
        shutil.rmtree(folder / "b", ignore_errors=True)
        ours.append(_run(create, os.environ))
    return theirs, ours


def _verified(folder: Path, level: str) -> Ran:
    command = [STEWARD, "-q", "backup", "verify", "--from", str(folder / "b"), "--level", level]
    return _middle([_run(command, os.environ) for _ in range(ROUNDS)])


def _middle(runs: Sequence[Ran]) -> Ran:
    return sorted(runs, key=lambda ran: ran.seconds)[len(runs) // 2]


def _run(command: Sequence[str], env: Mapping[str, str]) -> Ran:
    began = time.perf_counter()
    with tempfile.TemporaryFile("w+") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, env=env)
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        said = out.read()
    if process.returncode:
        raise SystemExit(f"{' '.join(command[:4])} failed: {said[-500:]}")
    return Ran(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, said)


def _write_seconds(folder: Path, size: int) -> float:
    """Return how long the disk takes to write and flush as many bytes, in one file."""
    piece = bytes(8 * 1024 * 1024)
    began = time.perf_counter()
    with (folder / "plain").open("wb", buffering=0) as file:
        for _ in range(size // len(piece)):
            file.write(piece)
        os.fsync(file.fileno())
    return time.perf_counter() - began


def _sha256_rate() -> float:
    """Return the bytes per second of CPU that SHA-256 takes on this machine, as it is loaded now: the ceiling of V2."""
    data = bytes(64 * 1024 * 1024)
    began = time.process_time()
    hashlib.sha256(data).digest()
    return len(data) / (time.process_time() - began)


def _own_seconds(said: str) -> float:
    """Return the time between start and end that the tool prints, less joining its group."""
    row = next(line for line in said.splitlines() if re.match(r"\d{4}-", line))
    fields = [field.strip() for field in row.split(",")]
    return float(fields[7]) / 1000  # fetch.time.ms


if __name__ == "__main__":
    sys.exit(main())
