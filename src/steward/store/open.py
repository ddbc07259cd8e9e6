"""Opens the store: one object with all stored data."""

from types import TracebackType
from typing import Self

from steward.model.connection import Secret
from steward.store.alerts import Alerts
from steward.store.clusters import Clusters
from steward.store.controls import Controls
from steward.store.database import Database
from steward.store.drift import Drift
from steward.store.events import Events
from steward.store.group_samples import GroupSampleTable
from steward.store.history import HistoryTable
from steward.store.leases import Leases
from steward.store.loads import BrokerLoadTable
from steward.store.offset_history import OffsetHistoryTable
from steward.store.outbox import Outbox
from steward.store.plans import Plans
from steward.store.retention import Retention
from steward.store.silences import Silences
from steward.store.throttles import ThrottleTable


class Store:
    """The stored data of all clusters; thread-safe.

    Errors: every method of every part raises StoreUnavailable, and nothing else, when the database fails; the next call
            tries again.
    """

    def __init__(self, database: Database, retention: Retention) -> None:
        self._database = database
        self.clusters = Clusters(database)
        self.history = HistoryTable(database, retention)
        self.offset_history = OffsetHistoryTable(database)
        self.group_samples = GroupSampleTable(database, retention)
        self.events = Events(database, retention)
        self.loads = BrokerLoadTable(database, retention)
        self.leases = Leases(database)
        self.alerts = Alerts(database, retention)
        self.silences = Silences(database, retention)
        self.outbox = Outbox(database, retention)
        self.plans = Plans(database)
        self.throttles = ThrottleTable(database)
        self.controls = Controls(database)
        self.drift = Drift(database)

    @property
    def place(self) -> str:
        """Its place, without a password."""
        return self._database.place

    def size_bytes(self) -> int:
        """Return the size of its data.

        Errors: StoreUnavailable.
        """
        return self._database.size_bytes()

    def maintain(self, now_ms: int) -> None:
        """Merge and delete aged data; call it about every ten minutes.

        Errors: StoreUnavailable; the next call does what is left.
        """
        self.history.maintain(now_ms)
        for part in (
            self.group_samples,
            self.events,
            self.loads,
            self.alerts,
            self.silences,
            self.outbox,
        ):
            part.maintain(now_ms)

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def store_at(url: Secret, retention: Retention | None = None) -> Store:
    """Return a store that is opened at first use, for callers that must work without it.

    Errors: ConfigurationError for an invalid URL; each use reports other errors.
    """
    return Store(Database(url.reveal()), retention or Retention())


def open_store(url: Secret, retention: Retention | None = None) -> Store:
    """Open a store and migrate its tables.

    Errors: StoreUnavailable; ConfigurationError for an invalid URL, or a driver that is not installed.
    """
    store = store_at(url, retention)
    store.size_bytes()
    return store
