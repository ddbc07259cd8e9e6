"""Client quotas (KIP-13, KIP-124, KIP-546, KIP-599, KIP-612)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class QuotaEntry:
    """The limits of one entity.

    ``entity`` is sorted pairs of type (``user``, ``client-id``, ``ip``) and name; a name of None is the default
    entity. ``limits``: bytes per second for the byte rates, per cent of one thread for ``request_percentage``,
    mutations or connections per second for the rest; byte rates and percentages hold per broker.
    """

    entity: tuple[tuple[str, str | None], ...]
    limits: Mapping[str, float]


QUOTA_KEYS = (
    "producer_byte_rate",
    "consumer_byte_rate",
    "request_percentage",
    "controller_mutation_rate",
    "connection_creation_rate",
)
BYTE_RATES = ("producer_byte_rate", "consumer_byte_rate")

DEFAULT = "<default>"
"""The text of the default entity; a real name that reads like it is prefixed with a backslash."""

_LIKE_DEFAULT = re.compile(r"\\*<default>")
_LIKE_NEXT_KIND = re.compile(r"(\\*),(?=client-id=)")


def name_text(name: str | None) -> str:
    r"""Write an entity's name so that it can be read back: None, the default entity, is ``<default>``.

    A user really named ``<default>`` is written ``\<default>``; one named ``\<default>`` gets two backslashes.
    """
    if name is None:
        return DEFAULT
    return f"\\{name}" if _LIKE_DEFAULT.fullmatch(name) else name


def name_from(text: str) -> str | None:
    """Read a name written by `name_text` or by a person; None is the default entity."""
    if text == DEFAULT:
        return None
    return text[1:] if text.startswith("\\") and _LIKE_DEFAULT.fullmatch(text) else text


def entity_text(pairs: Iterable[tuple[str, str | None]]) -> str:
    """Write types and names in the given order, ``user=alice,client-id=<default>``; the text is unique per entity."""
    return ",".join(
        f"{kind}={_LIKE_NEXT_KIND.sub(_escaped, name_text(name))}" for kind, name in pairs
    )


def _escaped(found: re.Match[str]) -> str:
    return f"{found[1]}{found[1]}\\,"
