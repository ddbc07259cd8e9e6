"""A changer that restores records, too: every other change goes to the changer of the cluster."""

from collections.abc import Callable, Mapping, Sequence
from typing import Self

from steward.cluster.ports import Changer
from steward.model.change import Change, RestoreRecords, UpsertScram
from steward.model.connection import Secret
from steward.model.error import LeaseLost, NotAuthorized, StewardError


class RestoringChanger:
    """Changes a cluster; ``restore`` performs one restore to its end, or raises why it stopped."""

    def __init__(self, changer: Changer, restore: Callable[[RestoreRecords], None]) -> None:
        self._changer = changer
        self._restore = restore

    def denied(self, changes: Sequence[Change]) -> tuple[NotAuthorized | None, ...]:
        """Return the missing permission of each change; nothing is changed."""
        return self._changer.denied(changes)

    def perform(
        self, changes: Sequence[Change], passwords: Mapping[UpsertScram, Secret]
    ) -> tuple[StewardError | None, ...]:
        """Request changes of one kind, and return each result; restores run one after another.

        Errors: LeaseLost, where another executor took the lease while records were written.
        """
        restores = [change for change in changes if isinstance(change, RestoreRecords)]
        if not restores:
            return self._changer.perform(changes, passwords)
        return tuple(self._result(change) for change in restores)

    def _result(self, change: RestoreRecords) -> StewardError | None:
        try:
            self._restore(change)
        except LeaseLost:
            raise
        except StewardError as fault:
            return fault
        return None

    def close(self) -> None:
        """Close every connection."""
        self._changer.close()

    def __enter__(self) -> Self:
        """Use it as a context."""
        self._changer.__enter__()
        return self

    def __exit__(self, *exc: object) -> None:
        """Close every connection."""
        self._changer.__exit__(*exc)
