"""Users of a secured sandbox that a scenario creates and removes at its end."""

from steward.sandbox.scenarios.clients import REQUEST_S, Login, admin, admin_types
from steward.sandbox.scenarios.run import ScenarioRun

_ITERATIONS = 8_192


def create_user(run: ScenarioRun, name: str, password: str) -> Login:
    """Create a SCRAM user that may read and write the run's topics and read with its groups."""
    types, client = admin_types(), admin(run.sandbox)
    info = types.ScramCredentialInfo(types.ScramMechanism.SCRAM_SHA_512, _ITERATIONS)
    wanted = types.UserScramCredentialUpsertion(name, info, password.encode())
    for answer in client.alter_user_scram_credentials([wanted]).values():
        answer.result(timeout=REQUEST_S)
    run.life.at_end(lambda: _remove(run, name))
    for answer in client.create_acls(_rights(run, name), request_timeout=REQUEST_S).values():
        answer.result(timeout=REQUEST_S)
    return Login(user=name, password=password)


def _rights(run: ScenarioRun, user: str) -> list[object]:
    types = admin_types()
    topic, group = types.ResourceType.TOPIC, types.ResourceType.GROUP
    operations = types.AclOperation
    return [
        types.AclBinding(
            resource,
            f"{run.prefix}.",
            types.ResourcePatternType.PREFIXED,
            f"User:{user}",
            "*",
            operation,
            types.AclPermissionType.ALLOW,
        )
        for resource, operation in (
            (topic, operations.READ),
            (topic, operations.WRITE),
            (group, operations.READ),
        )
    ]


def _remove(run: ScenarioRun, user: str) -> None:
    types, client = admin_types(), admin(run.sandbox)
    every = types.AclBindingFilter(
        types.ResourceType.ANY,
        None,
        types.ResourcePatternType.ANY,
        f"User:{user}",
        None,
        types.AclOperation.ANY,
        types.AclPermissionType.ANY,
    )
    for answer in client.delete_acls([every], request_timeout=REQUEST_S).values():
        answer.result(timeout=REQUEST_S)
    deletion = types.UserScramCredentialDeletion(user, types.ScramMechanism.SCRAM_SHA_512)
    for answer in client.alter_user_scram_credentials([deletion]).values():
        answer.result(timeout=REQUEST_S)
