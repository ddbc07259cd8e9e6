"""Restore records of topics, in the audit log: how to recreate a deleted topic, and since when one is quarantined."""

import json
from typing import Any

from steward.change.planning.disuse import quarantine_acls
from steward.change.planning.restore_record import QUARANTINED as QUARANTINED
from steward.change.planning.restore_record import Quarantine, RestoreRecord
from steward.commands.api.context import Context
from steward.commands.api.current_user import current_user, origin_of
from steward.commands.api.group_position import seen_or_fault
from steward.commands.api.open_store import open_store
from steward.documents.plan import decode_text, encode
from steward.model.instant import Instant
from steward.model.snapshot import ClusterSnapshot
from steward.model.topic import Topic
from steward.model.unknown import value_or

RESTORE_RECORD = "restore_card"
DAY_SECONDS = 86_400.0
MIN_QUARANTINE_MS = 86_400_000
"""Minimum quarantine: a day, so that daily jobs run within it."""


def quarantine_in_force(topic: Topic, seen: ClusterSnapshot, context: Context) -> Quarantine | None:
    """Return the active quarantine of a topic: recorded, and its DENY still in place."""
    acls = value_or(seen.acls, ())
    if not all(acl in acls for acl in quarantine_acls(topic.name)):
        return None
    found = saved_restore_record(QUARANTINED, Quarantine, topic.name, seen, context)
    return found if found is not None and found.topic_id == topic.id else None


def save_restore_record(
    event: str, card: RestoreRecord | Quarantine, seen: ClusterSnapshot, context: Context
) -> None:
    """Save a restore record in the audit log.

    Errors: StoreUnavailable.
    """
    from steward.store.plans import AuditEntry  # SQLAlchemy is imported only when needed

    entry = AuditEntry(
        at=Instant(context.now_ms()),
        cluster=_cluster_id(seen),
        actor=current_user(),
        origin=origin_of(context),
        plan_id="",
        event=event,
        detail=json.dumps(encode(card)),
    )
    with open_store(context) as store:
        store.plans.audit(entry)


def saved_restore_record(
    event: str, kind: type[Any], topic: str, seen: ClusterSnapshot, context: Context
) -> Any:
    """Return the newest restore record of a topic; None where there is none. Damaged ones are skipped.

    Errors: StoreUnavailable.
    """
    with open_store(context) as store:
        for entry in store.plans.noted(_cluster_id(seen), event):
            card = decode_text(kind, entry.detail)
            if card is not None and card.topic == topic:
                return card
    return None


def _cluster_id(seen: ClusterSnapshot) -> str:
    return seen_or_fault(seen.identity).cluster_id or ""
