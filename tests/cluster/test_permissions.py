"""The rights of every part."""

import pytest

from steward.cluster.change_permissions import RIGHTS_TO_CHANGE, Need, needs_of
from steward.cluster.permissions import RIGHTS
from steward.commands.api.index import all_capabilities
from steward.commands.api.registry import Capability, Effect
from steward.model.acl import AclBinding
from steward.model.change import (
    CHANGE_KINDS,
    AlterConfigs,
    AlterGroupOffsets,
    Change,
    ConfigTarget,
    CreateAcl,
    DeleteTopic,
    RemoveMembers,
)
from steward.model.names import TopicPartition
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


def test_every_kind_of_change_says_what_it_needs() -> None:
    assert set(RIGHTS_TO_CHANGE) == set(CHANGE_KINDS)
    assert all(RIGHTS_TO_CHANGE.values())


ACL = AclBinding("TOPIC", "t", "LITERAL", "User:a", "*", "READ", "ALLOW")
OFFSETS = {TopicPartition("b", 0): 1, TopicPartition("a", 0): 1, TopicPartition("a", 1): 1}


@pytest.mark.parametrize(
    ("change", "needs"),
    [
        (DeleteTopic(name="t", topic_id="x"), [Need("DELETE", "topic", "t")]),
        (CreateAcl(acl=ACL), [Need("ALTER", "cluster")]),
        (AlterConfigs(target=ConfigTarget.GROUP, name="g"), [Need("ALTER_CONFIGS", "group", "g")]),
        (AlterConfigs(target=ConfigTarget.BROKER, name="1"), [Need("ALTER_CONFIGS", "cluster")]),
        (RemoveMembers(group="g", members={}), [Need("READ", "group", "g")]),
        (
            AlterGroupOffsets(group="g", offsets=OFFSETS),
            [Need("READ", "group", "g"), Need("READ", "topic", "a"), Need("READ", "topic", "b")],
        ),
    ],
)
def test_one_change_needs_its_rights_on_what_it_names(change: Change, needs: list[Need]) -> None:
    assert list(needs_of(change)) == needs


@pytest.mark.parametrize("found", all_capabilities(), ids=lambda c: c.name)
def test_commands_that_change_a_cluster_and_no_others_say_what_they_ask_for(
    found: Capability,
) -> None:
    assert bool(found.changes) == (found.effect is Effect.EXECUTE)
