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

DEFAULT = "<default>"
"""How the default entity is written as a text; a name that reads like it has a backslash in front."""

_LIKE_DEFAULT = re.compile(r"\\*<default>")
_LIKE_NEXT_KIND = re.compile(r"(\\*),(?=client-id=)")


def name_text(name: str | None) -> str:
    r"""Write an entity's name so that it reads back: None, the default entity, is ``<default>``.

    Shape: a user that is really called ``<default>`` is ``\<default>``, one called so with a backslash has two.
    """
    if name is None:
        return DEFAULT
    return f"\\{name}" if _LIKE_DEFAULT.fullmatch(name) else name


def name_from(text: str) -> str | None:
    """Read a name that `name_text` wrote, or a person did; None is the default entity."""
    if text == DEFAULT:
        return None
    return text[1:] if text.startswith("\\") and _LIKE_DEFAULT.fullmatch(text) else text


def entity_text(pairs: Iterable[tuple[str, str | None]]) -> str:
    """Write types and names, in the order given, as ``user=alice,client-id=<default>``; no two entities are alike."""
    return ",".join(
        f"{kind}={_LIKE_NEXT_KIND.sub(_escaped, name_text(name))}" for kind, name in pairs
    )


def _escaped(found: re.Match[str]) -> str:
    return f"{found[1]}{found[1]}\\,"
