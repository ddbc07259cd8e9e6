"""Compress and expand the payload of record batches, in the formats that brokers accept.

Source: Kafka's org.apache.kafka.common.compress. LZ4 frames need independent blocks; snappy is framed as the xerial
library of Java frames it.
"""

import zlib
from collections.abc import Callable
from struct import Struct

LARGEST_PAYLOAD_BYTES = 1024 * 1024 * 1024
"""A batch that expands beyond this is not read."""
_GZIP_WINDOW = 31
_USUAL_RATIO, _SMALLEST_BUFFER_BYTES, _GROWTH = 8, 64 * 1024, 4
_XERIAL_MAGIC = b"\x82SNAPPY\0"
_XERIAL_HEADER = _XERIAL_MAGIC + Struct(">ii").pack(1, 1)
_XERIAL_BLOCK_BYTES = 32 * 1024
_SIZE = Struct(">i")
_ZSTD_LEVEL, _GZIP_LEVEL = 3, 6


class PayloadError(ValueError):
    """A payload that cannot be expanded: damaged, too large, or of an unknown codec."""


def expand(codec: str, payload: bytes, most: int = LARGEST_PAYLOAD_BYTES) -> bytes:
    """Return the whole content of a payload.

    Errors: PayloadError.
    """
    match codec:
        case "none":
            return payload
        case "gzip":
            return _gunzip(payload, most)
        case "snappy":
            return _unsnappy(payload, most)
        case "lz4" | "zstd":
            return _filled(codec, payload, most)
        case _:
            raise PayloadError(f"codec {codec} is unknown")


def compress(codec: str, content: bytes) -> bytes:
    """Return a payload that brokers and clients of every Kafka version can read.

    Errors: PayloadError for an unknown codec.
    """
    import cramjam

    match codec:
        case "none":
            return content
        case "gzip":
            return bytes(cramjam.gzip.compress(content, _GZIP_LEVEL))
        case "snappy":
            return _xerial(content)
        case "lz4":
            frame = cramjam.lz4.Compressor(content_checksum=False, block_linked=False)
            frame.compress(content)
            return bytes(frame.finish())
        case "zstd":
            return bytes(cramjam.zstd.compress(content, _ZSTD_LEVEL))
        case _:
            raise PayloadError(f"codec {codec} is unknown")


def _gunzip(payload: bytes, most: int) -> bytes:
    found = bytearray()
    rest = payload
    try:
        while rest:
            stream = zlib.decompressobj(_GZIP_WINDOW)
            found += stream.decompress(rest, most + 1 - len(found))
            if len(found) > most:
                raise PayloadError(_TOO_LARGE.format(most))
            if not stream.eof:
                raise PayloadError("the gzip stream ends early")
            rest = stream.unused_data
    except zlib.error as error:
        raise PayloadError(f"gzip: {error}") from error
    return bytes(found)


_TOO_LARGE = "it expands to more than {:,} bytes"


def _filled(codec: str, payload: bytes, most: int) -> bytes:
    """Expand into a buffer that grows until it holds everything: the library has no other bound."""
    import cramjam

    into: Callable[[bytes, bytearray], int] = (
        cramjam.lz4.decompress_into if codec == "lz4" else cramjam.zstd.decompress_into
    )
    size = min(most, max(_SMALLEST_BUFFER_BYTES, _USUAL_RATIO * len(payload)))
    while True:
        buffer = bytearray(size)
        try:
            return bytes(memoryview(buffer)[: into(payload, buffer)])
        except cramjam.DecompressionError as error:
            if size >= most:
                raise PayloadError(f"{codec}: {error}") from error
        size = min(most, _GROWTH * size)


def _unsnappy(payload: bytes, most: int) -> bytes:
    """Expand one raw block, or the blocks of a xerial frame."""
    if not payload.startswith(_XERIAL_MAGIC):
        return _raw_block(payload, most)
    at, blocks, left = len(_XERIAL_HEADER), list[bytes](), most
    while at < len(payload):
        if at + _SIZE.size > len(payload):
            raise PayloadError("the snappy frame ends early")
        (size,) = _SIZE.unpack_from(payload, at)
        at += _SIZE.size
        if size < 0 or at + size > len(payload):
            raise PayloadError("the snappy frame ends early")
        blocks.append(_raw_block(payload[at : at + size], left))
        at, left = at + size, left - len(blocks[-1])
    return b"".join(blocks)


def _raw_block(block: bytes, most: int) -> bytes:
    import cramjam

    try:
        if cramjam.snappy.decompress_raw_len(block) > most:
            raise PayloadError(_TOO_LARGE.format(most))
        return bytes(cramjam.snappy.decompress_raw(block))
    except cramjam.DecompressionError as error:
        raise PayloadError(f"snappy: {error}") from error


def _xerial(content: bytes) -> bytes:
    import cramjam

    found = bytearray(_XERIAL_HEADER)
    for at in range(0, len(content), _XERIAL_BLOCK_BYTES):
        block = bytes(cramjam.snappy.compress_raw(content[at : at + _XERIAL_BLOCK_BYTES]))
        found += _SIZE.pack(len(block)) + block
    return bytes(found)
