"""The whole daemon: a thread per cluster, one that writes, one that serves HTTP, and an orderly stop."""

import os
import socket
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import psutil
import uvicorn

from steward.daemon.alerting.alerter import Alerter
from steward.daemon.alerting.delivery import ReceiverStatus, ReceiverWorkers
from steward.daemon.collection.loop import Watch, WatchState
from steward.daemon.collection.store_writer import StoreWriter
from steward.daemon.drift.loop import DriftState, DriftWatch
from steward.daemon.http.connections import HttpLimits, uvicorn_config
from steward.daemon.http.listen import hosts_served
from steward.daemon.http.metrics_page import DaemonStatus, MetricsPages, view_of
from steward.daemon.http.routes import Readiness, application
from steward.daemon.ports import Clock
from steward.daemon.quarantine import QuarantineWatch
from steward.model.connection import Secret
from steward.model.instant import Instant
from steward.model.unknown import Unknown


class Server:
    """Runs the cluster loops, the store writer and HTTP until stopped."""

    def __init__(
        self,
        watches: Sequence[Watch],
        store_writer: StoreWriter,
        listener: socket.socket,
        *,
        token: Secret | None,
        version: str,
        per_partition: bool = True,
        clock: Clock | None = None,
        alerter: Alerter | None = None,
        dispatcher: ReceiverWorkers | None = None,
        drifts: Sequence[DriftWatch] = (),
        quarantines: Sequence[QuarantineWatch] = (),
        hosts: Iterable[str] = (),
        limits: HttpLimits | None = None,
    ) -> None:
        self._watches = watches
        self._drifts = drifts
        self._quarantines = quarantines
        self._alerter = alerter
        self._dispatcher = dispatcher
        self._store_writer = store_writer
        self._listener = listener
        self.url = _url_of(listener)
        """the address it listens on"""
        self._version = version
        self._clock = clock or Clock()
        self._pages = MetricsPages(per_partition=per_partition)
        self._process = psutil.Process()
        self._render_seconds = 0.0
        self._stop = threading.Event()
        limits = limits or HttpLimits()
        served = hosts_served(listener, hosts)
        self._http = uvicorn.Server(
            uvicorn_config(
                application(self.page, self.readiness, token, hosts=served, limits=limits), limits
            )
        )
        self._threads = (
            [
                threading.Thread(
                    target=w.run, args=(self._stop,), name=f"steward-{w.state.cluster}", daemon=True
                )
                for w in watches
            ]
            + [
                threading.Thread(
                    target=d.run,
                    args=(self._stop,),
                    name=f"steward-drift-{d.state.cluster}",
                    daemon=True,
                )
                for d in drifts
            ]
            + [
                threading.Thread(
                    target=q.run,
                    args=(self._stop,),
                    name=f"steward-quarantines-{q.cluster}",
                    daemon=True,
                )
                for q in quarantines
            ]
        )
        self._answering = threading.Thread(target=self._answer, name="steward-http", daemon=True)

    def start(self) -> None:
        """Start collecting and serving."""
        self.start_answering()
        for thread in self._threads:
            thread.start()

    def start_answering(self) -> None:
        """Start serving and writing; the caller polls."""
        self._store_writer.start()
        if self._dispatcher is not None:
            self._dispatcher.start()
        self._answering.start()

    def stop(self, timeout: float) -> bool:
        """Stop everything, history written; return whether all stopped in time.

        Polls in progress are awaited as far as the time allows: a cluster that hangs cannot keep the daemon running.
        """
        until = time.monotonic() + timeout
        self._stop.set()
        self._http.should_exit = True
        for thread in (*self._threads, self._answering):
            if thread.is_alive():
                thread.join(max(0.1, until - time.monotonic()))
        self._store_writer.stop(max(1.0, until - time.monotonic()))
        if self._dispatcher is not None:
            self._dispatcher.stop(max(0.5, until - time.monotonic()))
        return not any(t.is_alive() for t in (*self._threads, self._answering))

    def _answer(self) -> None:
        self._http.run(sockets=[self._listener])

    @property
    def states(self) -> tuple[WatchState, ...]:
        """The published state of each cluster."""
        return tuple(w.state for w in self._watches)

    def page(self) -> Iterable[str]:
        """Write the page of metrics."""
        began = time.perf_counter()
        now = self._clock.monotonic()
        yield from self._pages.write([view_of(s, now) for s in self.states], self._own())
        self._render_seconds = round(time.perf_counter() - began, 4)

    def _own(self) -> DaemonStatus:
        used = self._process.cpu_times()
        receivers: Mapping[str, ReceiverStatus] = (
            self._dispatcher.status() if self._dispatcher else {}
        )
        return DaemonStatus(
            version=self._version,
            resident_bytes=self._process.memory_info().rss,
            cpu_seconds=round(used.user + used.system, 2),
            render_seconds=self._render_seconds,
            store=self._store_writer.state,
            alerts=()
            if self._alerter is None
            else tuple(
                ((cluster, rule.value, state), count)
                for (cluster, rule, state), count in self._alerter.counts().items()
            ),
            delivered={n: receiver.delivered for n, receiver in receivers.items()},
            failures={n: receiver.failures for n, receiver in receivers.items()},
            pending={n: receiver.waiting for n, receiver in receivers.items()},
            quarantines_over={
                q.cluster: len(q.troubles)
                for q in self._quarantines
                if not isinstance(q.troubles, Unknown)
            },
            drifts=[(d.state, d.state.staleness(self._clock.monotonic())) for d in self._drifts],
        )

    def readiness(self) -> Readiness:
        """Return whether the daemon is ready, and the state of each part.

        It is ready once every cluster was polled and at least one successfully, so that one failing cluster does not
        take the others out of service.
        """
        now = self._clock.monotonic()
        states = self.states
        tried = all(s.poll is not None or s.fault is not None for s in states)
        store = self._store_writer.state
        detail: dict[str, Any] = {
            "clusters": [_of_cluster(s, now) for s in states],
            "drift": [_of_drift(d.state, now) for d in self._drifts],
            "store": {
                "status": "away" if store.trouble else "ok",
                "detail": store.trouble,
                "lost_writes": store.lost_writes,
            },
            "version": self._version,
            "pid": os.getpid(),
        }
        return tried and any(s.is_fresh(now) for s in states), detail


def _url_of(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _of_drift(state: DriftState, now: float) -> dict[str, Any]:
    seen = state.last
    status = "starting" if seen is None else "drifted" if seen.troubles else "in_sync"
    return {
        "cluster": state.cluster,
        "manifests": state.manifests,
        "status": "broken" if state.fault else status,
        "staleness_seconds": round(state.staleness(now), 1),
        "last_look": None if seen is None else str(Instant(seen.at_ms)),
        "objects": None if seen is None else dict(seen.counts),
        "plan": seen.plan_id if seen is not None and seen.plan_id else None,
        "fault": None if state.fault is None else state.fault.summary,
        "remedy": None if state.fault is None else state.fault.remedy,
    }


def _of_cluster(state: WatchState, now: float) -> dict[str, Any]:
    status = "starting"
    if state.is_fresh(now):
        status = "fresh"
    elif state.poll is not None:
        status = "stale"
    elif state.fault is not None:
        status = "broken"
    return {
        "cluster": state.cluster,
        "status": status,
        "staleness_seconds": round(state.staleness(now), 1),
        "last_look": None if state.poll is None else str(Instant(state.poll.at_ms)),
        "looks": state.succeeded,
        "restored_looks": state.restored_polls,
        "fault": None if state.fault is None else state.fault.summary,
        "remedy": None if state.fault is None else state.fault.remedy,
    }
