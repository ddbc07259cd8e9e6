"""Converts a database's error to one fault with its reason: locked, gone, full or refused."""

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from steward.model.error import StoreTrouble, StoreUnavailable
from steward.model.redaction import sieved

_SQLITE = (
    (("SQLITE_BUSY", "SQLITE_LOCKED"), StoreTrouble.LOCKED),
    (("SQLITE_FULL",), StoreTrouble.FULL),
    (("SQLITE_CANTOPEN", "SQLITE_IOERR"), StoreTrouble.GONE),
)
_POSTGRESQL = (
    (("55P03", "57014", "40P01", "40001"), StoreTrouble.LOCKED),
    (("53100", "53200"), StoreTrouble.FULL),
    (("08", "57P", "3D000"), StoreTrouble.GONE),
    (("28", "42501"), StoreTrouble.REFUSED),
)
_REMEDIES = {
    StoreTrouble.LOCKED: "find the process that holds the lock; steward retries by itself",
    StoreTrouble.GONE: "restore it, or set another [store] url; steward retries by itself",
    StoreTrouble.FULL: "free some space, or keep less history, such as [store] keep_looks_hours",
    StoreTrouble.REFUSED: "check its permissions, and that nothing else writes to it",
    StoreTrouble.NEWER: "upgrade steward, or set another [store] url",
}
_SENTENCES = {
    StoreTrouble.LOCKED: "is locked by another process",
    StoreTrouble.GONE: "is not reachable",
    StoreTrouble.FULL: "has no space left",
    StoreTrouble.REFUSED: "refused",
}


def unavailable(place: str, why: StoreTrouble, detail: str = "") -> StoreUnavailable:
    """Create the fault: place, reason, the database's message on one line, and remedy."""
    words = sieved(" ".join(detail.split()))
    summary = f"the store {place} {_SENTENCES.get(why, '')}".rstrip()
    return StoreUnavailable(
        f"{summary}: {words}" if words else summary, why=why, remedy=_REMEDIES[why]
    )


@contextmanager
def store_faults(place: str) -> Generator[None]:
    """Raise StoreUnavailable for every error of the database inside; ``place`` names it without secrets."""
    try:
        yield
    except DBAPIError as e:
        raise unavailable(place, _trouble(e), _driver_text(e)) from None
    except (SQLAlchemyError, sqlite3.Error, OSError) as e:
        raise unavailable(place, StoreTrouble.REFUSED, str(e)) from None


def _trouble(error: DBAPIError) -> StoreTrouble:
    name = getattr(error.orig, "sqlite_errorname", None) or ""
    for names, trouble in _SQLITE:
        if name.startswith(names):
            return trouble
    state = getattr(error.orig, "sqlstate", None)
    for states, trouble in _POSTGRESQL:
        if state and state.startswith(states):
            return trouble
    if error.connection_invalidated or (not name and not state):
        return StoreTrouble.GONE  # psycopg gives no state while no server answers
    return StoreTrouble.REFUSED


def _driver_text(error: DBAPIError) -> str:
    """Return the driver's first line; SQLAlchemy's text would add the statement and its values."""
    return str(error.orig).partition("\n")[0]
