"""What a principal provably sees."""

import pytest

from steward.cluster.adapters.access import GrantedAccess, closed_by_default, describes_all
from steward.model.acl import AclBinding
from steward.model.config import ConfigEntry, ConfigSource

_ME = "User:me"


def _acl(
    operation: str,
    name: str = "*",
    principal: str = _ME,
    permission: str = "ALLOW",
    host: str = "*",
) -> AclBinding:
    return AclBinding("TOPIC", name, "LITERAL", principal, host, operation, permission)


@pytest.mark.parametrize(
    ("bindings", "whole"),
    [
        ([], False),
        ([_acl("DESCRIBE")], True),
        ([_acl("READ")], True),
        ([_acl("ALL")], True),
        ([_acl("DESCRIBE", principal="User:*")], True),
        ([_acl("DESCRIBE_CONFIGS")], False),
        ([_acl("DESCRIBE", name="orders")], False),
        ([_acl("DESCRIBE", host="10.0.0.1")], False),
        ([_acl("DESCRIBE", principal="User:you")], False),
        ([_acl("ALL"), _acl("DESCRIBE", name="secret", permission="DENY")], False),
        ([_acl("ALL"), _acl("READ", name="secret", permission="DENY")], True),
    ],
)
def test_describes_all(bindings: list[AclBinding], whole: bool) -> None:
    assert describes_all(bindings, _ME, "TOPIC") is whole


def test_gaps_name_the_acl_that_would_close_them() -> None:
    access = GrantedAccess(frozenset(), is_enforced=True, sees=frozenset({"TOPIC"}))
    assert access.gaps("TOPIC") == ()
    assert [g.acl for g in access.gaps("GROUP")] == ["DESCRIBE on cluster"]
    assert [g.acl for g in access.gaps("TRANSACTIONAL_ID")] == ["DESCRIBE on transactional-id *"]
    assert GrantedAccess(frozenset(), is_enforced=False, sees=frozenset()).gaps("GROUP") == ()


def _entry(name: str, value: str | None) -> ConfigEntry:
    return ConfigEntry(name, value, ConfigSource.STATIC)


def test_only_kafkas_own_closed_authorizer_proves_a_super_user() -> None:
    standard = _entry(
        "authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer"
    )
    opened = _entry("allow.everyone.if.no.acl.found", None)
    assert closed_by_default({standard.name: standard})
    assert not closed_by_default({standard.name: standard, opened.name: opened})
    assert not closed_by_default({standard.name: _entry(standard.name, "com.example.Mine")})
    assert not closed_by_default({})
