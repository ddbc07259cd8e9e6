"""What verification finds: where, what the manifest says, and what is stored."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from steward.model.doc import Doc


class ProblemKind(StrEnum):
    """What is wrong with an object or a batch."""

    MISSING_OBJECT = "missing_object"
    """an object that the manifest lists does not exist"""
    EXTRA_OBJECT = "extra_object"
    """an object lies between those that the manifests list, and none lists it"""
    UNREADABLE_OBJECT = "unreadable_object"
    """an object cannot be read"""
    SIZE = "size"
    """an object has another size"""
    CONTENT = "content"
    """an object has another SHA-256"""
    MANIFEST = "manifest"
    """a manifest, HEAD or a run's metadata is damaged, or is not the one that the chain names"""
    SIGNATURE = "signature"
    """a manifest's signature is missing, or not one of the given key"""
    CHAIN = "chain"
    """objects do not give the chain that the manifest holds"""
    HEADER_INDEX = "header_index"
    """the header index does not have the headers of its batches"""
    BATCH_LENGTH = "batch_length"
    """the bytes of an object do not end with a batch"""
    BATCH_CHECKSUM = "batch_checksum"
    """a batch's CRC-32C is not that of its content"""
    BATCH_ORDER = "batch_order"
    """a batch begins below the offset after the one before"""
    FACTS = "facts"
    """counts, gaps, codecs or offsets differ from the manifest's"""
    RECORDS = "records"
    """records of a batch cannot be decoded"""
    DIGEST = "digest"
    """decoded records give another digest"""
    LIVE = "live"
    """the cluster holds other batches at the same offsets"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One mismatch. ``object`` is a key below the location of the backup."""

    kind: ProblemKind
    object: Annotated[str, Doc("the stored object")]
    offset: Annotated[
        int | None, Doc("the offset in the partition; null: it concerns the whole object")
    ] = None
    expected: Annotated[str, Doc("what the manifest or the chain says")]
    found: Annotated[str, Doc("what is stored")]
