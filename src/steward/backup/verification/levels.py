"""The levels of verification; each of V1 to V4 includes those before it."""

from enum import IntEnum


class Level(IntEnum):
    """How deep a verification goes."""

    V0 = 0
    """manifests: the chain of runs and, with a key, their signatures"""
    V1 = 1
    """presence and size of every object"""
    V2 = 2
    """every object is read back; its SHA-256 is the manifest's"""
    V3 = 3
    """batches: checksums, offsets, counts, gaps, header indexes"""
    V4 = 4
    """records: every batch is decoded; digests"""
    V5 = 5
    """the cluster: batches at the same offsets have the same checksums"""
