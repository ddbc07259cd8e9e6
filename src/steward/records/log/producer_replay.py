"""Replay of producer states and transactions from the headers of batches, as a broker does when it loads a log.

Source: ProducerStateManager.java, ProducerAppendInfo.java and ProducerStateEntry.java of Apache Kafka.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from steward.records.batches import CONTROL, TRANSACTIONAL
from steward.records.control_records import ControlRecord

_SEQUENCES = 2**31


@dataclass(slots=True)
class ProducerState:
    """The state of one producer; -1 for what is not known of it.

    ``marker_seen``: the replay saw the end of one of its transactions, so that it knows where a later one begins.
    """

    epoch: int = -1
    last_sequence: int = -1
    last_offset: int = -1
    offset_delta: int = 0
    timestamp_ms: int = -1
    coordinator_epoch: int = -1
    txn_first_offset: int = -1
    marker_seen: bool = False


@dataclass(frozen=True, slots=True)
class EndedTransaction:
    """A transaction with data that an ABORT marker ended.

    ``first_is_known``: whether the replay saw the beginning of the transaction, not only a later part of it.
    """

    producer_id: int
    first_offset: int
    last_offset: int
    last_stable_offset: int
    position: int
    first_is_known: bool


@dataclass(slots=True)
class ProducerReplay:
    """Producer states after the batches so far.

    ``is_complete``: the replay began with the first batch of the log and saw each of them, so that what it does not
    know does not exist. ``aborts``: all ABORT markers of the last rows replayed, offset to producer id.
    """

    is_complete: bool = True
    states: dict[int, ProducerState] = field(default_factory=dict[int, ProducerState])
    open: dict[int, int] = field(default_factory=dict[int, int])
    """producer id to first offset, in order of the first offsets"""

    def add(
        self, rows: NDArray[np.void], markers: dict[int, ControlRecord | None]
    ) -> list[EndedTransaction]:
        """Replay batches and return the aborted transactions that end in them."""
        rows = rows[rows["producer_id"] >= 0]
        names = ("position", "base_offset", "attributes", "last_offset_delta", "max_timestamp_ms")
        names = (*names, "producer_id", "producer_epoch", "base_sequence", "record_count")
        ended: list[EndedTransaction] = []
        for at, base, attributes, delta, stamp, pid, epoch, sequence, records in zip(
            *(rows[name].tolist() for name in names), strict=True
        ):
            state = self.states.get(pid)
            if state is None:
                state = self.states[pid] = ProducerState()
            if state.epoch != epoch:
                state.epoch, state.last_sequence, state.last_offset = epoch, -1, -1
                state.offset_delta = 0
            if attributes & CONTROL:
                marker = markers.get(at)
                if marker is not None and marker.ends_transaction:
                    ended += self._end(pid, state, marker, base, at)
                    state.timestamp_ms = stamp
                continue
            state.last_sequence = (sequence + delta) % _SEQUENCES
            state.last_offset, state.offset_delta = base + delta, delta
            state.timestamp_ms = stamp
            if attributes & TRANSACTIONAL and pid not in self.open and records:
                self.open[pid] = state.txn_first_offset = base
        return ended

    def _end(
        self, pid: int, state: ProducerState, marker: ControlRecord, offset: int, position: int
    ) -> list[EndedTransaction]:
        first = self.open.pop(pid, -1)
        known = self.is_complete or state.marker_seen
        state.txn_first_offset, state.marker_seen = -1, True
        state.coordinator_epoch = marker.coordinator_epoch
        if not marker.is_abort or first < 0:
            return []
        stable = next(iter(self.open.values()), offset + 1)
        return [EndedTransaction(pid, first, offset, stable, position, known)]
