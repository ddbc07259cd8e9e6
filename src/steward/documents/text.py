"""Converts bytes to text: strictly UTF-8, within a size limit."""

from steward.documents.fault import Bounds, DocumentError


def text_of(content: bytes | str, name: str, bounds: Bounds) -> str:
    """Return a document's text without a byte order mark.

    Errors: DocumentError, if it is not UTF-8 or too large.
    """
    if len(content) > bounds.most_bytes:
        raise DocumentError(
            name, f"it is larger than {bounds.most_bytes:,} bytes", remedy="split it"
        )
    if isinstance(content, str):
        return content.removeprefix("\ufeff")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = content.count(b"\n", 0, fault.start) + 1
        raise DocumentError(name, "not UTF-8 text", line=line, remedy="save it as UTF-8") from None
