"""When differences between manifests and a cluster were first observed, and last observed absent."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from steward.model.instant import Instant
from steward.store.database import Database
from steward.store.inserting import chunks, insert_into
from steward.store.tables import DRIFT, DRIFT_CHECKS


@dataclass(frozen=True, slots=True)
class FirstSeen:
    """``seen_at``: the first check with it; ``absent_at``: the check before, None where there was none."""

    seen_at: Instant
    absent_at: Instant | None


class Drift:
    """The differences found by the last check of each cluster, by the manifests compared with it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(
        self, cluster: str, source: str, differences: Collection[str], at: Instant
    ) -> Mapping[str, FirstSeen]:
        """Record the differences of a check, delete those that are gone, and return since when each exists.

        ``source`` names the manifests, ``differences`` are digests of at most 64 characters.
        Errors: StoreUnavailable.
        """
        source = source[:255]
        with self._database.writing() as connection:
            known = _known(connection, cluster, source)
            last = _last_check(connection, cluster, source)
            found = {d: known.get(d) or FirstSeen(at, last) for d in differences}
            gone = sorted(set(known) - set(found))
            for piece in chunks(gone):
                connection.execute(
                    delete(DRIFT).where(
                        DRIFT.c.cluster == cluster,
                        DRIFT.c.source == source,
                        DRIFT.c.difference.in_(piece),
                    )
                )
            rows = [_row(cluster, source, d, found[d]) for d in sorted(set(found) - set(known))]
            for piece in chunks(rows):
                connection.execute(insert(DRIFT), piece)
            row = {"cluster": cluster, "source": source, "at_ms": at.ms}
            put = insert_into(connection, DRIFT_CHECKS)
            connection.execute(
                put.on_conflict_do_update(
                    index_elements=["cluster", "source"], set_={"at_ms": put.excluded["at_ms"]}
                ),
                [row],
            )
        return found


def _known(connection: Connection, cluster: str, source: str) -> dict[str, FirstSeen]:
    query = select(DRIFT).where(DRIFT.c.cluster == cluster, DRIFT.c.source == source)
    return {
        str(row.difference): FirstSeen(
            Instant(row.seen_ms), None if row.absent_ms is None else Instant(row.absent_ms)
        )
        for row in connection.execute(query)
    }


def _last_check(connection: Connection, cluster: str, source: str) -> Instant | None:
    query = select(DRIFT_CHECKS.c.at_ms).where(
        DRIFT_CHECKS.c.cluster == cluster, DRIFT_CHECKS.c.source == source
    )
    at_ms = connection.execute(query).scalar()
    return None if at_ms is None else Instant(int(at_ms))


def _row(cluster: str, source: str, difference: str, found: FirstSeen) -> dict[str, object]:
    return {
        "cluster": cluster,
        "source": source,
        "difference": difference,
        "seen_ms": found.seen_at.ms,
        "absent_ms": found.absent_at.ms if found.absent_at else None,
    }
