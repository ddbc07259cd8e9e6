"""Documents looked up by a key: verifies that a document belongs to the key it is stored under."""

import json
from collections.abc import Mapping
from typing import Any

from steward.model.error import StoreTrouble, WrongDocument
from steward.store.rows import plain_of

_KEY = "of"
"""The field of a document that holds its key."""


def keyed(key: str, body: Mapping[str, Any]) -> str:
    """Encode plain data as a document that contains its key."""
    return json.dumps({_KEY: key, **body})


def read_keyed(kind: str, key: str, text: str, place: str) -> Mapping[str, Any]:
    """Decode plain data written by `keyed`; documents of earlier versions contain no key and are accepted.

    Errors: WrongDocument.
    """
    found = plain_of(text)
    if found is None:
        raise damaged(kind, key, place)
    body = dict(found)
    of_key(kind, key, str(body.pop(_KEY, key)), place)
    return body


def damaged(kind: str, key: str, place: str) -> WrongDocument:
    """Report an unreadable document."""
    return WrongDocument(
        f"the {kind} {key} in the store {place} is damaged",
        why=StoreTrouble.REFUSED,
        remedy="it is not used; check the cluster by hand, and create a new plan",
        object_name=f"{kind} {key}",
    )


def of_key(kind: str, key: str, stated: str, place: str) -> None:
    """Verify that a document contains the key it was stored under.

    Errors: WrongDocument.
    """
    if stated != key:
        raise WrongDocument(
            f"the store {place} has another {kind} under {key}: its own key is {stated or 'missing'}",
            why=StoreTrouble.REFUSED,
            remedy="it is not used; find out what else writes to the store",
            object_name=f"{kind} {key}",
        )
