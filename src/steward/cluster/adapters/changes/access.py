"""Requests that change access and limits: ACLs, quotas, SCRAM credentials."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from steward.cluster.adapters.acls import OPERATIONS, PATTERN_TYPES, PERMISSIONS, RESOURCE_TYPES
from steward.cluster.adapters.changes.requests import ChangeError, ask_alter_quotas, by_key
from steward.cluster.adapters.changes.topics import in_turn
from steward.cluster.adapters.connections import KafkaClient
from steward.cluster.adapters.errors import first_code, right
from steward.cluster.adapters.messages import (
    AlterUserScramCredentialsRequest,
    CreateAclsRequest,
    DeleteAclsRequest,
)
from steward.model.acl import AclBinding
from steward.model.change import AlterQuota, CreateAcl, DeleteAcl, DeleteScram, UpsertScram
from steward.model.connection import Secret
from steward.model.sasl import SCRAM_MECHANISMS

_MECHANISMS = {name: number for number, name in enumerate(SCRAM_MECHANISMS, 1)}
_HASHES: Mapping[str, str] = dict(zip(SCRAM_MECHANISMS, ("sha256", "sha512"), strict=True))
_SALT_BYTES = 24


def _codes(names: Mapping[int, str]) -> dict[str, int]:
    return {name: code for code, name in names.items()}


_RESOURCES, _PATTERNS = _codes(RESOURCE_TYPES), _codes(PATTERN_TYPES)
_OPERATIONS, _PERMISSIONS = _codes(OPERATIONS), _codes(PERMISSIONS)


async def create_acls(client: KafkaClient, changes: Sequence[CreateAcl]) -> list[ChangeError]:
    """Add bindings; return the result of each."""

    async def ask(left: Sequence[CreateAcl]) -> Mapping[int, tuple[int, str | None]]:
        request = CreateAclsRequest(
            creations=[CreateAclsRequest.AclCreation(**_created(c.acl)) for c in left],
            min_version=1,
        )
        response = await client.ask_change(request)
        return {i: (r.error_code, r.error_message) for i, r in enumerate(response.results)}

    return await in_turn(client, changes, ask, lambda _: right("ALTER", "cluster"))


def _created(acl: AclBinding) -> dict[str, Any]:
    return {
        "resource_type": _RESOURCES[acl.resource_type],
        "resource_name": acl.resource_name,
        "resource_pattern_type": _PATTERNS[acl.pattern_type],
        "principal": acl.principal,
        "host": acl.host,
        "operation": _OPERATIONS[acl.operation],
        "permission_type": _PERMISSIONS[acl.permission],
    }


async def delete_acls(client: KafkaClient, changes: Sequence[DeleteAcl]) -> list[ChangeError]:
    """Remove bindings, each by a filter that matches only it; return the result of each."""

    async def ask(left: Sequence[DeleteAcl]) -> Mapping[int, tuple[int, str | None]]:
        request = DeleteAclsRequest(
            filters=[DeleteAclsRequest.DeleteAclsFilter(**_filter(c.acl)) for c in left],
            min_version=1,
        )
        response = await client.ask_change(request)
        return {
            i: (
                first_code([r.error_code, *(m.error_code for m in r.matching_acls or ())]),
                r.error_message,
            )
            for i, r in enumerate(response.filter_results)
        }

    return await in_turn(client, changes, ask, lambda _: right("ALTER", "cluster"))


def _filter(acl: AclBinding) -> dict[str, Any]:
    return {
        "resource_type_filter": _RESOURCES[acl.resource_type],
        "resource_name_filter": acl.resource_name,
        "pattern_type_filter": _PATTERNS[acl.pattern_type],
        "principal_filter": acl.principal,
        "host_filter": acl.host,
        "operation": _OPERATIONS[acl.operation],
        "permission_type": _PERMISSIONS[acl.permission],
    }


async def alter_quotas(client: KafkaClient, changes: Sequence[AlterQuota]) -> list[ChangeError]:
    """Set and remove limits; return the result of each entity."""

    async def ask(left: Sequence[AlterQuota]) -> Mapping[int, tuple[int, str | None]]:
        return await ask_alter_quotas(client, left, validate_only=False)

    return await in_turn(client, changes, ask, lambda _: right("ALTER_CONFIGS", "cluster"))


async def upsert_scram(
    client: KafkaClient, changes: Sequence[UpsertScram], passwords: Mapping[UpsertScram, Secret]
) -> list[ChangeError]:
    """Create or replace credentials; return the result of each. Only salt and salted password are sent."""

    async def ask(left: Sequence[UpsertScram]) -> Mapping[int, tuple[int, str | None]]:
        request = AlterUserScramCredentialsRequest(
            deletions=[], upsertions=[_upsertion(c, passwords[c]) for c in left]
        )
        response = await client.ask_change(request)
        return by_key(response.results, [c.user for c in left], lambda a: a.user)

    return await in_turn(client, changes, ask, lambda _: right("ALTER", "cluster"))


def _upsertion(change: UpsertScram, password: Secret) -> Any:
    salt = secrets.token_bytes(_SALT_BYTES)
    salted = hashlib.pbkdf2_hmac(
        _HASHES[change.mechanism], password.reveal().encode(), salt, change.iterations
    )
    return AlterUserScramCredentialsRequest.ScramCredentialUpsertion(
        name=change.user,
        mechanism=_MECHANISMS[change.mechanism],
        iterations=change.iterations,
        salt=salt,
        salted_password=salted,
    )


async def delete_scram(client: KafkaClient, changes: Sequence[DeleteScram]) -> list[ChangeError]:
    """Remove credentials; return the result of each."""

    async def ask(left: Sequence[DeleteScram]) -> Mapping[int, tuple[int, str | None]]:
        deletion = AlterUserScramCredentialsRequest.ScramCredentialDeletion
        request = AlterUserScramCredentialsRequest(
            deletions=[deletion(name=c.user, mechanism=_MECHANISMS[c.mechanism]) for c in left],
            upsertions=[],
        )
        response = await client.ask_change(request)
        return by_key(response.results, [c.user for c in left], lambda a: a.user)

    return await in_turn(client, changes, ask, lambda _: right("ALTER", "cluster"))
