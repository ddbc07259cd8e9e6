"""Mutated documents of every kind end in a value or in one line; bench/fuzz_documents.py tries many more."""

from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from steward.model.error import StewardError
from support.document_kinds import EXPECTED, KINDS
from support.mutation import TOKENS, mutated


@pytest.mark.parametrize("kind", KINDS)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 2**32), content=st.one_of(st.none(), st.binary(max_size=200)))
@example(seed=0, content=b"[" * 50_000)
@example(seed=0, content=b"")
@example(seed=0, content=b"\xff")
@example(seed=0, content=b"- &a [*a]")
def test_every_kind_ends_in_a_value_or_in_one_line(
    kind: str, seed: int, content: bytes | None, tmp_path: Path
) -> None:
    samples, read = KINDS[kind]
    chance = Random(seed)
    document = mutated(chance.choice(samples), chance) if content is None else content
    try:
        read(document, tmp_path)
    except (StewardError, *EXPECTED) as fault:
        said = str(fault)
    else:
        said = "read"
    assert said.strip()
    assert "\n" not in said


@pytest.mark.parametrize("kind", KINDS)
def test_each_sample_is_valid(kind: str, tmp_path: Path) -> None:
    samples, read = KINDS[kind]
    for sample in samples:
        read(sample, tmp_path)


def test_mutations_are_the_same_for_the_same_seed() -> None:
    one, two = (mutated(b'{"a": [1, 2]}', Random(7)) for _ in range(2))
    assert one == two
    assert len({mutated(b'{"a": [1, 2]}', Random(n)) for n in range(200)}) > 100
    assert TOKENS
