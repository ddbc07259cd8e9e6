"""A value that can hold a comma is never cut: what a list means is declared at the parameter."""

from typing import Any, get_args, get_origin

import click
import pytest

from steward.commands.api.index import all_capabilities
from steward.commands.api.registry import Capability
from steward.interfaces.cli.params import build, click_params
from steward.model.acl import AclBinding
from steward.model.change import CreateAcl, DeleteAcl
from steward.model.doc import Doc, field_docs
from support.changing import Changing

NO_COMMAS = {
    "only", "skip", "prune", "event", "for_", "unset", "accept", "rule", "topic", "topics", "exclude_topics",
    "brokers", "exclude_brokers", "resources", "pin", "weights",
}  # fmt: skip
"""Options whose values cannot hold one: names of checks, kinds, config keys, topics, resources; ids of brokers."""

OPTIONS = [
    (c, name, hint, doc)
    for c in all_capabilities()
    for name, (hint, doc) in field_docs(c.params).items()
    if get_origin(hint) is tuple and not doc.positional and not doc.choices
]
COMMON = "CN=reg,OU=eng,O=Acme,C=UK"
DEV = ("--cluster", "dev")


def _ids(value: Any) -> str:
    return value.name if isinstance(value, Capability) else value if isinstance(value, str) else ""


def _parsed(capability: Capability, name: str, *values: str) -> tuple[Any, ...]:
    option = next(p for p in click_params(capability) if p.name == name)
    words = [w for value in values for w in (option.opts[0], value)]
    command = click.Command("it", params=[option])
    return command.make_context("it", words).params[name]


@pytest.mark.parametrize(("capability", "name", "hint", "doc"), OPTIONS, ids=_ids)
def test_a_list_is_cut_at_commas_only_where_no_value_can_hold_one(
    capability: Capability, name: str, hint: Any, doc: Doc
) -> None:
    if get_args(hint)[0] is int:
        assert _parsed(capability, name, "1,2", "3") == (1, 2, 3)
        return
    if doc.commas:
        assert name in NO_COMMAS or (capability.name, name) == ("quota.alter", "set_")
        assert _parsed(capability, name, "a,b", "c") == ("a", "b", "c")
        assert _parsed(capability, name, "a.{1,3},b([x,y]{1,2},c),d") == (
            "a.{1,3}", "b([x,y]{1,2},c)", "d",
        )  # fmt: skip
        return
    assert _parsed(capability, name, COMMON, "b") == (COMMON, "b")


def test_every_list_of_names_that_can_hold_one_is_among_those() -> None:
    kept = {name for _, name, hint, doc in OPTIONS if not doc.commas and get_args(hint)[0] is str}
    assert kept >= {
        "principal", "user", "client_id", "group", "transactional_id", "set_", "confirm", "rotate", "manifests",
    }  # fmt: skip


def test_building_parameters_keeps_what_was_given() -> None:
    found = next(c for c in all_capabilities() if c.name == "acl.delete")
    assert build(found, {"principal": (COMMON,)}).principal == (COMMON,)


def _acl(principal: str, host: str = "*", permission: str = "ALLOW") -> AclBinding:
    return AclBinding("TOPIC", "orders", "LITERAL", principal, host, "READ", permission)


@pytest.fixture
def run(changing: Any) -> Changing:
    return changing(
        {
            "identity": {"version": "4.3"},
            "topics": {"orders": "3x"},
            "acls": [
                "ALLOW User:CN=reg READ TOPIC LITERAL orders *",
                f"ALLOW User:{COMMON} READ TOPIC LITERAL orders *",
                f"ALLOW User:{COMMON} READ TOPIC LITERAL orders 10.0.0.1",
                f"DENY User:{COMMON} READ TOPIC LITERAL orders 10.0.0.2",
            ],
        }
    )


def test_the_acl_of_a_distinguished_name_is_deleted_and_no_other(run: Changing) -> None:
    ran = run("acl", "delete", "--principal", f"User:{COMMON}", "--host", "*", "--yes", *DEV)
    assert ran.code == 0
    assert run.cluster.performed == [DeleteAcl(acl=_acl(f"User:{COMMON}"))]


def test_without_a_host_it_says_that_every_host_is_meant(run: Changing) -> None:
    ran = run("acl", "delete", "--principal", f"User:{COMMON}", "--dry-run", *DEV)
    assert ran.data["title"] == (
        f"delete ACLs of User:{COMMON}, every operation, every resource, every host, ALLOW and DENY"
    )
    (notice,) = [n for n in ran.document["warnings"] if n["code"] == "every_host"]
    assert "bindings of every host are deleted, here *, 10.0.0.1, 10.0.0.2" in notice["message"]
    assert len(ran.data["steps"]) == 3


def test_an_acl_of_a_distinguished_name_is_created_whole(run: Changing) -> None:
    words = (
        "--principal",
        "CN=new,O=Acme",
        "--principal",
        "b",
        "--operation",
        "READ",
        "--topic",
        "orders",
    )
    assert run("acl", "create", *words, "--yes", *DEV).code == 0
    made = {c.acl.principal for c in run.cluster.performed if isinstance(c, CreateAcl)}
    assert made == {"User:CN=new,O=Acme", "User:b"}
