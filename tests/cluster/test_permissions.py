"""The rights of every part."""

from steward.cluster.permissions import RIGHTS
from steward.model.snapshot import Part


def test_every_part_says_what_it_needs() -> None:
    assert set(RIGHTS) == set(Part)
    assert {p for p, rights in RIGHTS.items() if not rights} == {Part.METRICS}


def test_observing_needs_no_right_that_changes_anything() -> None:
    operations = {right.operation for rights in RIGHTS.values() for right in rights}
    assert operations == {"DESCRIBE", "DESCRIBE_CONFIGS", "READ"}


def test_names_fit_types() -> None:
    for rights in RIGHTS.values():
        for right in rights:
            assert right.resource_name == ("kafka-cluster" if right.is_on_cluster else "*")
            assert right.why
            assert right.request
