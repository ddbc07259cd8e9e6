"""What a broker carried at one time: its disk, its replicas, its links; kept so that growth can be told."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerLoadSample:
    """One sample of a broker; None is what was not learned.

    Shape: the disk is that of the volume that was fullest.
    Units: bytes, bytes a second (mean of the last minute, by the broker's own metrics), epoch milliseconds.
    """

    broker: int
    at_ms: int
    log_bytes: int
    replicas: int
    disk_total_bytes: int | None = None
    disk_used_bytes: int | None = None
    bytes_in_per_second: float | None = None
    bytes_out_per_second: float | None = None
