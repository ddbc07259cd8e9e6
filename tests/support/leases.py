"""Leases in tests: one to write under, and time that passes for the database alone."""

from sqlalchemy import create_engine, text

from steward.change.execution.lease import lease_name
from steward.model.connection import Secret
from steward.store.leases import FencingToken, Holder, Leases
from steward.store.open import Store

ANYBODY = Holder(name="elsewhere/1/anybody")


def fence_of(store: Store, cluster_id: str = "c") -> FencingToken:
    """Return the lease of a cluster, taken if nobody has it."""
    return fence_by(store.leases, cluster_id)


def fence_by(leases: Leases, cluster_id: str = "c") -> FencingToken:
    """Return the lease of a cluster, taken if nobody has it."""
    name = lease_name(cluster_id)
    taken = leases.acquire(name, ANYBODY, ttl_ms=600_000)
    found = leases.find(name)
    assert found is not None
    return taken or found.fence


def let_pass(url: Secret, ms: int) -> None:
    """Let time pass on the database's clock: every lease gets that much older."""
    columns = ", ".join(f"{c} = {c} - {ms}" for c in ("since_ms", "renewed_ms", "until_ms"))
    engine = create_engine(url.reveal())
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE leases SET {columns} WHERE holder <> ''"))
    engine.dispose()
