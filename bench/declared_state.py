"""Thousands of declared objects planned against a live cluster, applied, and planned again."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from lab import NAME, STEWARD, own_state, seconds_of
from reporting import Figure, conclude
from steward.sandbox.cluster import down, up
from steward.sandbox.status import SandboxSpec

TOPICS, PARTITIONS, ACLS, QUOTAS = 5_000, 4, 10_000, 1_000
_SET = """apiVersion: steward/v1
kind: ManifestSet
metadata: {name: bench}
spec: {scope: {topics: [t.], principals: ["User:u*"]}, prune: {topics: confirm, acls: plan, quotas: plan}}
"""
_HEAD = "apiVersion: steward/v1\nkind: %s\nmetadata: {name: %s}\nspec: %s\n"


def main() -> int:
    with own_state() as folder:
        os.environ["STEWARD_CLUSTER"] = NAME
        everything = folder / "all.yaml"
        everything.write_text("---\n".join((_SET, *_documents())))
        up(SandboxSpec(name=NAME, secure=True, heap="1g"))
        try:
            figures = _measure(everything)
        finally:
            down(NAME, purge=True)
    title = f"{TOPICS:,} topics of {PARTITIONS} partitions, {ACLS:,} ACLs, {QUOTAS:,} quotas; TLS, SCRAM, an authorizer"
    return conclude(title, figures)


def _measure(everything: Path) -> list[Figure]:
    first, plan_id = _plan(everything)
    applied = seconds_of([STEWARD, "plan", "execute", plan_id, "--yes", "-q"])
    again, _ = _plan(everything, "--exit-code")
    return [
        Figure(name="plan, nothing there yet", value=first, unit="s", budget=10),
        Figure(name="plan execute", value=applied, unit="s"),
        Figure(name="plan, everything there: nothing to change", value=again, unit="s", budget=10),
    ]


def _plan(path: Path, *words: str) -> tuple[float, str]:
    """Return the seconds of a plan, start of the process included, and its id."""
    began = time.perf_counter()
    command = [STEWARD, "plan", str(path), "-q", "-o", "json", *words]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - began
    if ran.returncode:
        raise SystemExit(f"plan ended with {ran.returncode}: {ran.stderr.strip()[-500:]}")
    return seconds, json.loads(ran.stdout)["data"]["id"]


def _topic(number: int) -> str:
    spec = f"{{partitions: {PARTITIONS}, replicas: 1, retention: 7d, config: {{max.message.bytes: 2MiB}}}}"
    return _HEAD % ("Topic", _name(number), spec)


def _acl(number: int) -> str:
    resource = f"{{type: topic, name: {_name(number)}}}"
    principal = f"User:u{number % QUOTAS}"
    spec = f"{{principal: '{principal}', resource: {resource}, operations: [Read, Write]}}"
    return _HEAD % ("Acl", f"a{number}", spec)


def _name(number: int) -> str:
    return f"t.{number % 50:02d}.{number:05d}"


def _documents() -> list[str]:
    topics = [_topic(number) for number in range(TOPICS)]
    acls = [_acl(number) for number in range(ACLS // 2)]
    quotas = [
        _HEAD % ("Quota", f"q{n}", f"{{entity: {{user: u{n}}}, limits: {{producerByteRate: 5MB/s}}}}")
        for n in range(QUOTAS)
    ]  # fmt: skip
    return [*topics, *acls, *quotas]


if __name__ == "__main__":
    sys.exit(main())
