"""Load of a broker at one time: disk, replicas, network; stored to compute growth."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerLoadSample:
    """One sample of a broker; None means unknown.

    Shape: the disk is the fullest volume.
    Units: bytes, bytes per second (mean of the last minute, by the broker's own metrics), epoch milliseconds.
    """

    broker: int
    at_ms: int
    log_bytes: int
    replicas: int
    disk_total_bytes: int | None = None
    disk_used_bytes: int | None = None
    bytes_in_per_second: float | None = None
    bytes_out_per_second: float | None = None
