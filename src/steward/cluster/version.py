"""The Kafka release of a cluster, inferred from the requests and feature levels that it supports."""

from collections.abc import Mapping

_BY_REQUEST = (
    ("4.4", 18, 5),  # ApiVersions v5, KIP-1242
    ("4.3", 35, 5),  # DescribeLogDirs v5, KIP-1066
    ("4.2", 2, 11),  # ListOffsets v11, KIP-1023
    ("4.1", 0, 13),  # Produce v13, KIP-516
    ("4.0", 2, 10),  # ListOffsets v10, KIP-1075
    ("3.9", 1, 17),  # Fetch v17, KIP-853
    ("3.8", 0, 11),  # Produce v11, KIP-890
    ("3.7", 1, 16),  # Fetch v16, KIP-951
    ("3.6", 24, 4),  # AddPartitionsToTxn v4, KIP-890
    ("3.5", 1, 15),  # Fetch v15, KIP-903
)
"""Release, API key and the version of that request introduced by the release."""

_NEWEST_METADATA_VERSION = 33
"""metadata.version of 4.4 (``4.4-IV2``); a broker that supports more is a later release."""


def kafka_version(
    api_versions: Mapping[int, tuple[int, int]], features: Mapping[str, int] | None = None
) -> str:
    """Infer the release, such as ``4.4``, from a broker's API versions; ``unknown`` before 3.5.

    A cluster whose finalized ``metadata.version`` is newer than the newest known release is ``4.4+``.
    """
    for release, key, version in _BY_REQUEST:
        if key in api_versions and api_versions[key][1] >= version:
            newest = release == _BY_REQUEST[0][0]
            later = (features or {}).get("metadata.version", 0) > _NEWEST_METADATA_VERSION
            return f"{release}+" if newest and later else release
    return "unknown"
