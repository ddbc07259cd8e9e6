"""This process as the holder of a lease, and proof that another holder's process has ended."""

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
"""Where /proc/PID/stat has the start time, counted from the field behind the command's name."""


class ProcessNamespace(NamedTuple):
    """What process ids are of: a boot, a namespace, a host."""

    boot_id: str
    pid_namespace: str
    host: str


def this_process() -> Holder:
    """Return who we are: host and process for people, and a random id that no other start of a process has."""
    return _of(os.getpid())


@cache
def _of(pid: int) -> Holder:  # a fork is another process, with another id
    host = socket.gethostname()[:_LONGEST_HOST]
    return Holder(name=f"{host}/{pid}/{uuid4().hex[:8]}", process=_evidence_of(pid))


def is_gone(holder: Holder) -> bool:
    """Tell whether a holder's process has provably ended; False wherever that is not certain.

    Shape: certain only for a process of the same boot of the same kernel and of the same namespace of process ids.
           On other systems than Linux nothing is certain.
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
        pass  # it exists, and is another user's
    found = _state_and_start(pid)
    return found is not None and (found[0] in "ZX" or found[1] != started)


def _evidence_of(pid: int) -> str:
    where, found = _where(), _state_and_start(pid)
    if where is None or found is None:
        return ""
    return "\n".join((*where, str(pid), found[1]))


def _where() -> ProcessNamespace | None:
    """Return the boot and the namespace that process ids of ours are of; None where that is not certain."""
    try:
        if Path("/proc/self").readlink().name != str(os.getpid()):
            return None  # a /proc of another namespace
        return ProcessNamespace(
            boot_id=_BOOT_ID.read_text(encoding="ascii").strip(),
            pid_namespace=str(Path("/proc/self/ns/pid").readlink()),
            host=socket.gethostname(),
        )
    except (OSError, ValueError):
        return None


def _state_and_start(pid: int) -> tuple[str, str] | None:
    """Return a process's state and its start in ticks since the boot, None where they cannot be read."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        fields = stat.rpartition(")")[2].split()
        return fields[0], fields[_AFTER_COMMAND]
    except (OSError, IndexError):
        return None
