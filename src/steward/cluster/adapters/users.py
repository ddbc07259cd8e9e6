"""SCRAM users: DescribeUserScramCredentials."""

from typing import Any

from steward.cluster.adapters.connections import KafkaClient
from steward.cluster.adapters.errors import NONE, raise_for, right, unknown_of_code
from steward.cluster.adapters.messages import DescribeUserScramCredentialsRequest
from steward.cluster.adapters.part_result import PartResult
from steward.model.sasl import SCRAM_MECHANISMS
from steward.model.user import ScramCredential, ScramUser

_MECHANISMS = dict(enumerate(SCRAM_MECHANISMS, 1))


async def read_users(client: KafkaClient) -> PartResult[tuple[ScramUser, ...]]:
    """List the users that have SCRAM credentials: mechanisms and iterations, never a secret.

    Errors: NotAuthorized without DESCRIBE on cluster.
    """
    # null also means all, but a broker that must deny it fails on the null and never answers (observed: 4.3.1)
    response = await client.ask_any(DescribeUserScramCredentialsRequest(users=[]))
    acl = right("DESCRIBE", "cluster")
    raise_for(
        response.error_code,
        what="DescribeUserScramCredentials",
        acl=acl,
        message=response.error_message,
    )
    good = sorted((r for r in response.results if r.error_code == NONE), key=lambda r: r.user)
    gaps = [
        unknown_of_code(r.error_code, acl=acl, message=f"user {r.user}")
        for r in response.results
        if r.error_code != NONE
    ]
    return PartResult(tuple(_user(result) for result in good), tuple(gaps))


def _user(result: Any) -> ScramUser:
    credentials = (
        ScramCredential(_MECHANISMS.get(c.mechanism, "UNKNOWN"), c.iterations)
        for c in result.credential_infos
    )
    return ScramUser(result.user, tuple(sorted(credentials, key=lambda c: c.mechanism)))
