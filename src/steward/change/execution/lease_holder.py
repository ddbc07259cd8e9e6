"""This process as a lease holder, and proof that another holder's process has ended."""

import os
import socket
from functools import cache
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

from steward.store.leases import Holder

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_LONGEST_HOST = 128
_AFTER_COMMAND = 19
"""Index of the start time in /proc/PID/stat, counted from the field after the command's name."""


class ProcessNamespace(NamedTuple):
    """The scope in which a process id is unique: boot, namespace, host."""

    boot_id: str
    pid_namespace: str
    host: str


def this_process() -> Holder:
    """Return this process as a holder: host and process id for people, and a random id unique to this start."""
    return _of(os.getpid())


@cache
def _of(pid: int) -> Holder:  # a fork is another process, with another id
    host = socket.gethostname()[:_LONGEST_HOST]
    return Holder(name=f"{host}/{pid}/{uuid4().hex[:8]}", process=_evidence_of(pid))


def has_ended(holder: Holder) -> bool:
    """Return whether a holder's process has provably ended; False if uncertain.

    Certain only for a process of the same boot and the same process id namespace. Only Linux gives certainty.
    """
    try:
        boot_id, pid_namespace, host, number, started = holder.process.split("\n")
        pid, where = int(number), ProcessNamespace(boot_id, pid_namespace, host)
    except ValueError:
        return False
    if where != _where():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        pass  # it exists and belongs to another user
    found = _state_and_start(pid)
    return found is not None and (found[0] in "ZX" or found[1] != started)


def _evidence_of(pid: int) -> str:
    where, found = _where(), _state_and_start(pid)
    if where is None or found is None:
        return ""
    return "\n".join((*where, str(pid), found[1]))


def _where() -> ProcessNamespace | None:
    """Return the boot and the namespace of this process's ids; None if uncertain."""
    try:
        if Path("/proc/self").readlink().name != str(os.getpid()):
            return None  # /proc of another namespace
        return ProcessNamespace(
            boot_id=_BOOT_ID.read_text(encoding="ascii").strip(),
            pid_namespace=str(Path("/proc/self/ns/pid").readlink()),
            host=socket.gethostname(),
        )
    except (OSError, ValueError):
        return None


def _state_and_start(pid: int) -> tuple[str, str] | None:
    """Return a process's state and its start in ticks since boot, None if unreadable."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        fields = stat.rpartition(")")[2].split()
        return fields[0], fields[_AFTER_COMMAND]
    except (OSError, IndexError):
        return None
