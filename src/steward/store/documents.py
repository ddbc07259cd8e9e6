"""Documents that are looked up by a key: whether the document that lies under a key is the one of that key."""

import json
from collections.abc import Mapping
from typing import Any

from steward.model.error import StoreTrouble, WrongDocument
from steward.store.rows import plain_of

_KEY = "of"
"""Where plain data says which key it is of."""


def keyed(key: str, body: Mapping[str, Any]) -> str:
    """Write plain data as a document that states its key."""
    return json.dumps({_KEY: key, **body})


def read_keyed(kind: str, key: str, text: str, place: str) -> Mapping[str, Any]:
    """Read plain data that `keyed` wrote; what earlier versions wrote states no key and is taken as it is.

    Errors: WrongDocument.
    """
    found = plain_of(text)
    if found is None:
        raise damaged(kind, key, place)
    body = dict(found)
    of_key(kind, key, str(body.pop(_KEY, key)), place)
    return body


def damaged(kind: str, key: str, place: str) -> WrongDocument:
    """Say that what lies under a key cannot be read."""
    return WrongDocument(
        f"the {kind} {key} in the store {place} is damaged",
        why=StoreTrouble.REFUSED,
        remedy="nothing of it is used; compare the cluster by hand, and make a new plan",
        object_name=f"{kind} {key}",
    )


def of_key(kind: str, key: str, stated: str, place: str) -> None:
    """Insist that a document states the key that it was found under.

    Errors: WrongDocument.
    """
    if stated != key:
        raise WrongDocument(
            f"the store {place} holds another {kind} under {key}: it says that it is {stated or 'none'}",
            why=StoreTrouble.REFUSED,
            remedy="nothing of it is used; find out who else writes to the store",
            object_name=f"{kind} {key}",
        )
