"""Which columns of a table stay where a terminal is narrow: by the field that a column shows, in one place."""

from collections.abc import Mapping

_ORDINARY = 50


def _ranked(*tiers: tuple[int, str]) -> Mapping[str, int]:
    return {field: rank for rank, fields in tiers for field in fields.split()}


_RANKS: Mapping[str, int] = _ranked(
    # how bad it is
    (0, "status severity verdict outcome risk result available offline impact change action"),
    # how much
    (5, "lag_seconds"),
    (
        10,
        "lag_records partitions disk_used_percent value utilisation open_seconds object",
    ),
    (12, "state detail message summary headline"),
    (15, "topic partition plan leader isr replicas trend last_polls"),
    # what is remarkable about it
    (
        20,
        "flags under_replicated members leaders operation principal resource_name permission title cluster",
    ),
    (25, "pattern_type resource_type"),
    (30, "caught_up_in reason log_bytes size_bytes address at until summary_text id"),
    # what explains it
    (
        60,
        "type arrives/s consumed/s bounds rack out_of_sync replication_factor host client_id instance_id",
    ),
    (
        70,
        "coordinator topics producer_id protocol_type assignor timeout_seconds",
    ),
    (80, "epoch assignment_epoch source check requests directory_id wanted_by approved_by"),
)
"""The lower, the longer a column stays; the first column of a table always stays. Others rank in between, and of two of
one rank the right one is left out first."""


def rank_of(field: str) -> int:
    """Return the rank of the column that shows a field."""
    return _RANKS.get(field, _ORDINARY)
