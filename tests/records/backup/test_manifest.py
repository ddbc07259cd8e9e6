"""Manifests: one canonical form, chained, bound to a lineage; names that cannot leave their folder."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.documents.fault import DocumentError
from steward.model.error import ConfigurationError
from steward.records.backup.chain import chain_seed, chained
from steward.records.backup.layout import (
    Lineage,
    header_key,
    lineage_of,
    log_key,
    manifest_key,
    place_of,
    run_of,
)
from steward.records.backup.manifest import (
    AbortedTransaction,
    Digest,
    Fork,
    Gap,
    GapClass,
    Head,
    Manifest,
    ObjectEntry,
    PartitionManifest,
    StoredRange,
    encode,
    read_head,
    read_manifest,
)

HEX = "ab" * 32
ENTRY = ObjectEntry(
    key=log_key(7, 12), size=100, sha256=HEX, crc32c="0000000a", batches=2, records=3,
    base=12, last=14, header_size=9, header_sha256=HEX,
)  # fmt: skip
MANIFEST = Manifest(
    run="20261130T120000Z-0a1b2c3d", began_at="2026-11-30T12:00:00Z", ended_at="2026-11-30T12:00:09Z",
    cluster_id="c", topic="orders", topic_id="9vM", fork=2, compacted=False, meta=HEX, previous=HEX,
    previous_run="20261129T120000Z-0a1b2c3d", forked_from=Fork(manifest=HEX, offsets={"7": 12}),
    partitions=(
        PartitionManifest(
            partition=7, log_start=12, high_watermark=15, last_stable_offset=15,
            stored=StoredRange(base=12, logical_start=12, next_offset=15), leader_epochs=((0, 12),),
            gaps=(Gap(first=1, last=2, kind=GapClass.UNKNOWN),), gap_counts={"unknown": 2},
            aborted=(AbortedTransaction(producer_id=1, first_offset=12),), objects=(ENTRY,), chain=HEX,
            digest=Digest(records=3, l1=HEX, l2=HEX),
        ),
    ),
)  # fmt: skip


def test_a_manifest_is_read_as_written() -> None:
    content = encode(MANIFEST)
    assert read_manifest(content, "m") == MANIFEST
    assert encode(read_manifest(content, "m")) == content
    assert MANIFEST.of(7) is MANIFEST.partitions[0]
    assert MANIFEST.of(8) is None


def test_a_head_is_read_as_written() -> None:
    head = Head(run=MANIFEST.run, manifest=HEX)
    assert read_head(encode(head), "HEAD") == head


@given(st.data())
def test_no_edit_of_a_manifest_goes_unseen(data: st.DataObject) -> None:
    content = bytearray(encode(MANIFEST))
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= 1 << data.draw(st.integers(0, 7))
    try:
        found = read_manifest(bytes(content), "m")
    except (DocumentError, ConfigurationError):
        return
    assert found != MANIFEST


def test_other_spellings_of_the_same_manifest_are_damaged() -> None:
    for content in (
        json.dumps(json.loads(encode(MANIFEST))).encode(),
        encode(MANIFEST).replace(b"{", b'{"more":1,', 1),
    ):
        with pytest.raises(DocumentError, match="canonical form"):
            read_manifest(content, "m")


def test_a_newer_format_names_what_to_do() -> None:
    content = encode(MANIFEST).replace(b'"format":1', b'"format":2')
    with pytest.raises(ConfigurationError, match="has format 2") as raised:
        read_manifest(content, "m")
    assert "newer" in raised.value.remedy


def test_the_chain_is_bound_to_its_lineage_and_its_objects() -> None:
    lineage = Lineage("c", "orders", "9vM")
    seeds = {
        chain_seed(one, partition)
        for one in (
            lineage, Lineage("d", "orders", "9vM"), Lineage("c", "orders", "9vN"),
            Lineage("c", "orders", "9vM", 2),
        )
        for partition in (0, 1)
    }  # fmt: skip
    assert len(seeds) == 8
    seed = chain_seed(lineage, 7)
    assert chained(seed, ()) == seed
    assert chained(seed, (ENTRY, ENTRY)) == chained(chained(seed, (ENTRY,)), (ENTRY,))
    assert chain_seed(Lineage("c", "payments", "9vM"), 7) == seed  # an id names one topic


@given(st.integers(0, 99_999), st.integers(0, 2**63 - 1))
def test_names_of_objects_are_read_back(partition: int, base: int) -> None:
    key = log_key(partition, base)
    assert place_of(key) == (partition, base)
    assert header_key(key).endswith(".hdr")


@given(
    st.sampled_from(["c", "x-1"]),
    st.from_regex(r"[a-zA-Z0-9._-]{1,20}", fullmatch=True),
    st.integers(1, 9),
)
def test_names_of_lineages_are_read_back(cluster: str, topic: str, fork: int) -> None:
    lineage = Lineage(cluster, topic, "Ab_-9", fork)
    assert lineage_of(lineage.folder) == lineage


@pytest.mark.parametrize(
    "name",
    [
        "../p00000/00000000000000000000.log",
        "p0/00000000000000000000.log",
        "p00000/1.log",
        "p00000/../HEAD",
    ],
)
def test_other_names_are_no_objects(name: str) -> None:
    assert place_of(name) is None


def test_other_names_are_no_lineages_and_no_manifests() -> None:
    assert lineage_of("c/orders/9vM~1") is None
    assert lineage_of("c/orders") is None
    assert run_of("runs/../HEAD") is None
    assert run_of(manifest_key(MANIFEST.run)) == MANIFEST.run
