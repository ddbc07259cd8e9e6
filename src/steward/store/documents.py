"""Documents that are looked up by a key: whether the document that lies under a key is the one of that key."""

from steward.model.error import StoreTrouble, WrongDocument


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
