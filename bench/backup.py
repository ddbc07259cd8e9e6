"""A topic captured and verified by steward, and the same topic read by kafka-consumer-perf-test, in turns.

Both are whole processes, started and ended. The tool decompresses records and drops them; steward checks, hashes and
writes the batches to a directory. The page cache holds the logs for both.
"""

import hashlib
import os
import random
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Sequence
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


def main() -> int:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument(
        "--megabytes", type=int, default=1_200, help="of records, before compression"
    )
    chosen = parser.parse_args()
    with sandbox() as connection, tempfile.TemporaryDirectory(prefix="steward-bench-") as folder:
        create_topics(connection, [TOPIC], PARTITIONS)
        records = _fill(connection, chosen.megabytes)
        theirs, own, ours, memory, verified, verify_cpu, verify_memory = _measure(
            Path(folder), records
        )
        stored = _stored(Path(folder))
    return conclude(
        f"{records:,} records of {_RECORD_BYTES} bytes, {stored / 1e6:.0f} MB stored (lz4), {PARTITIONS} partitions, "
        f"median of {ROUNDS}",
        [
            Figure(name="kafka-consumer-perf-test, whole process", value=theirs, unit="s"),
            Figure(name="kafka-consumer-perf-test, by its own clock", value=own, unit="s"),
            Figure(name="backup create, whole process", value=ours, unit="s"),
            Figure(name="backup create, stored bytes", value=stored / ours / 1e6, unit="MB/s"),
            Figure(name="backup create against the tool, whole processes", value=theirs / ours, unit="x",
                   budget=RATIO, at_least=True),
            Figure(name="backup create against the tool's own clock", value=own / ours, unit="x"),
            Figure(name="backup create, memory", value=memory, unit="MiB", budget=MEMORY_MIB),
            Figure(name="backup verify --level V2, whole process", value=stored / verified / 1e9, unit="GB/s"),
            Figure(name="backup verify --level V2, per second of CPU", value=stored / verify_cpu / 1e9, unit="GB/s",
                   budget=VERIFY_GB, at_least=True),
            Figure(name="SHA-256 alone, in one process", value=_sha256_rate() / 1e9, unit="GB/s"),
            Figure(name="backup verify --level V3, memory", value=verify_memory, unit="MiB", budget=MEMORY_MIB),
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


def _measure(folder: Path, records: int) -> tuple[float, float, float, float, float, float, float]:
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
    verify = [STEWARD, "-q", "backup", "verify", "--from", str(folder / "b"), "--level"]
    theirs: list[float] = []
    own: list[float] = []
    ours: list[float] = []
    peaks: list[float] = []
    for _ in range(ROUNDS):
        seconds, _, said = _run(tool, java_environment())
        theirs.append(seconds)
        own.append(_own_seconds(said))
        shutil.rmtree(folder / "b", ignore_errors=True)
        seconds, peak, _ = _run(create, os.environ)
        ours.append(seconds)
        peaks.append(peak)
    began = _cpu_seconds()
    v2 = median(_run([*verify, "V2"], os.environ)[0] for _ in range(ROUNDS))
    cpu = (_cpu_seconds() - began) / ROUNDS
    _, v3_peak, _ = _run([*verify, "V3"], os.environ)
    return median(theirs), median(own), median(ours), max(peaks), v2, cpu, v3_peak


def _sha256_rate() -> float:
    """Return the bytes per second of CPU that SHA-256 takes on this machine, as it is loaded now: the ceiling of V2."""
    data = bytes(64 * 1024 * 1024)
    began = time.process_time()
    hashlib.sha256(data).digest()
    return len(data) / (time.process_time() - began)


def _cpu_seconds() -> float:
    """Return the CPU time of all ended children."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _run(command: Sequence[str], env: object) -> tuple[float, float, str]:
    """Run a command; return seconds, the largest memory in MiB, and its output."""
    began = time.perf_counter()
    with tempfile.TemporaryFile("w+") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, env=env)  # type: ignore[arg-type]
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        said = out.read()
    if process.returncode:
        raise SystemExit(f"{' '.join(command[:4])} failed: {said[-500:]}")
    return seconds, usage.ru_maxrss / 1024, said


def _own_seconds(said: str) -> float:
    """Return the time between start and end that the tool prints, less joining its group."""
    row = next(line for line in said.splitlines() if re.match(r"\d{4}-", line))
    fields = [field.strip() for field in row.split(",")]
    return float(fields[7]) / 1000  # fetch.time.ms


def _stored(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*.log"))


if __name__ == "__main__":
    sys.exit(main())
