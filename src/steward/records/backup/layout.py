"""Names of the objects of a backup.

::

    CLUSTER-ID/TOPIC/TOPIC-ID/              a lineage: one life of a topic; after a truncation TOPIC-ID~2 and so on
      p00007/00000000000012345678.log       whole record batches, byte for byte; named by their first offset
      p00007/00000000000012345678.hdr       the headers of these batches as columns
      meta/RUN.json                         configuration, ACLs, quotas and group offsets at this run
      runs/RUN.manifest.json                what the run added; names the run before by SHA-256
      runs/RUN.manifest.sig                 Ed25519 signature of the manifest, where a key is given
      restores/TARGET-ID/p00007.json        where each record is in a topic that was restored from this backup
      HEAD                                  the last complete run

kafka-dump-log reads a ``.log`` object as it is: it takes the first offset from the name.
"""

import re
from dataclasses import dataclass

HEAD = "HEAD"
FIRST_FORK = 2
_OFFSET_DIGITS = 20
_PARTITION_DIGITS = 5
_LINEAGE = re.compile(
    r"(?P<cluster>[^/]+)/(?P<topic>[a-zA-Z0-9._-]{1,249})/(?P<id>[A-Za-z0-9_-]+)(?:~(?P<fork>[0-9]+))?"
)
_OBJECT = re.compile(r"p(?P<partition>[0-9]{5,10})/(?P<base>[0-9]{20})\.log")
_RUN_MANIFEST = re.compile(r"runs/(?P<run>[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8})\.manifest\.json")


@dataclass(frozen=True, slots=True, order=True)
class Lineage:
    """One life of one topic. ``fork`` is 1, and one more after each truncation of its log."""

    cluster_id: str
    topic: str
    topic_id: str
    fork: int = 1

    @property
    def folder(self) -> str:
        """The key that all its objects begin with, without a slash at the end."""
        life = self.topic_id if self.fork < FIRST_FORK else f"{self.topic_id}~{self.fork}"
        return f"{self.cluster_id}/{self.topic}/{life}"

    @property
    def head(self) -> str:
        """The key of its HEAD."""
        return f"{self.folder}/{HEAD}"


def lineage_of(folder: str) -> Lineage | None:
    """Return the lineage that a folder holds; None where its name is none."""
    found = _LINEAGE.fullmatch(folder)
    if found is None:
        return None
    fork = int(found["fork"] or 1)
    lineage = Lineage(found["cluster"], found["topic"], found["id"], fork)
    return lineage if lineage.folder == folder else None


def partition_folder(partition: int) -> str:
    """Return the folder of a partition's objects, inside the lineage."""
    return f"p{partition:0{_PARTITION_DIGITS}d}"


def log_key(partition: int, base_offset: int) -> str:
    """Return the name of an object of batches, inside the lineage."""
    return f"{partition_folder(partition)}/{base_offset:0{_OFFSET_DIGITS}d}.log"


def header_key(log: str) -> str:
    """Return the name of the header index that belongs to an object of batches."""
    return log.removesuffix(".log") + ".hdr"


def place_of(log: str) -> tuple[int, int] | None:
    """Return partition and first offset of an object of batches; None for another name."""
    found = _OBJECT.fullmatch(log)
    if found is None:
        return None
    partition, base = int(found["partition"]), int(found["base"])
    return (partition, base) if log_key(partition, base) == log else None


def manifest_key(run: str) -> str:
    """Return the name of a run's manifest, inside the lineage."""
    return f"runs/{run}.manifest.json"


def signature_key(run: str) -> str:
    """Return the name of the signature of a run's manifest."""
    return f"runs/{run}.manifest.sig"


def meta_key(run: str) -> str:
    """Return the name of a run's metadata."""
    return f"meta/{run}.json"


def offset_map_key(topic_id: str, partition: int) -> str:
    """Return the name of a partition's offset map, inside the lineage; ``topic_id`` is that of the restored topic."""
    return f"restores/{topic_id}/{partition_folder(partition)}.json"


def run_of(key: str) -> str | None:
    """Return the run whose manifest has this name; None for another name."""
    found = _RUN_MANIFEST.fullmatch(key)
    return found["run"] if found else None
