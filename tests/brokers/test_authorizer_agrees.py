"""The evaluator of ACLs answers thousands of generated questions as a live StandardAuthorizer does."""

import random
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from confluent_kafka import (
    ConsumerGroupTopicPartitions,
    KafkaException,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka.admin import (
    AdminClient,
    NewTopic,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from steward.model.acl import AclBinding
from steward.model.authorization import CLUSTER_NAME, AccessAnswer, Authorizer
from support.live_admin import admin_client, client_settings, create_acls, done, remove_acls_of

pytestmark = pytest.mark.brokers

ASKER = "User:authorizer-asker"
HOST = "127.0.0.1"
ROUNDS = 50
ACLS_A_ROUND = 30
TOPICS = tuple(
    f"authz-{a}{b}"
    for a in ("a", "ab", "abc", "b", "ba")
    for b in ("", "-1", "-2", ".x", "_y", "z")
)
GROUPS = tuple(f"authz-{name}" for name in ("a", "ab", "abc", "b", "ba", "bb"))
PREFIXES = ("a", "authz-", "authz-a", "authz-ab", "authz-b", "authz-ba", "other", "*")
OPERATIONS = {
    "TOPIC": (
        "READ",
        "WRITE",
        "CREATE",
        "DELETE",
        "ALTER",
        "DESCRIBE",
        "DESCRIBE_CONFIGS",
        "ALTER_CONFIGS",
    ),
    "GROUP": ("READ", "DELETE", "DESCRIBE"),
    "CLUSTER": (
        "CREATE",
        "ALTER",
        "DESCRIBE",
        "CLUSTER_ACTION",
        "DESCRIBE_CONFIGS",
        "ALTER_CONFIGS",
        "IDEMPOTENT_WRITE",
    ),
}
PRINCIPALS = (ASKER, "User:*", "User:somebody-else")
Visible = dict[tuple[str, str], frozenset[str] | None]
"""What may be done to each resource; None where it may not even be described."""


@dataclass(frozen=True)
class Court:
    """Somebody who writes ACLs, and somebody who asks what they allow."""

    admin: AdminClient
    asker: AdminClient


@pytest.fixture(scope="module")
def court(secure_sandbox) -> Iterator[Court]:
    with opened_court(secure_sandbox.connection) as found:
        yield found


class opened_court:  # noqa: N801
    """Topics, groups and a user for the questions; gone again at the end."""

    def __init__(self, connection) -> None:
        self.connection = connection
        self.admin = admin_client(connection)

    def __enter__(self) -> Court:
        done(self.admin.create_topics([NewTopic(t, 1, 3) for t in TOPICS]))
        offsets = [TopicPartition(TOPICS[0], 0, 0)]
        for group in GROUPS:
            committed = ConsumerGroupTopicPartitions(group, offsets)
            within(60, lambda c=committed: done(self.admin.alter_consumer_group_offsets([c])))
        password = secrets.token_urlsafe(16)
        user = ASKER.removeprefix("User:")
        credential = UserScramCredentialUpsertion(
            user, ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096), password.encode()
        )
        done(self.admin.alter_user_scram_credentials([credential]))
        asker = AdminClient(
            {**client_settings(self.connection), "sasl.username": user, "sasl.password": password}
        )
        return Court(self.admin, asker)

    def __exit__(self, *_: object) -> None:
        remove_acls_of(self.admin, PRINCIPALS)
        done(self.admin.delete_consumer_groups(list(GROUPS)))
        done(self.admin.delete_topics(list(TOPICS)))


def within(seconds: float, attempt):
    """Repeat what may fail while brokers learn of a change."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return attempt()
        except (KafkaException, TimeoutError, AssertionError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def random_acls(dice: random.Random) -> list[AclBinding]:
    return [random_acl(dice) for _ in range(ACLS_A_ROUND)]


def random_acl(dice: random.Random) -> AclBinding:
    kind = dice.choices(("TOPIC", "GROUP", "CLUSTER"), (10, 3, 1))[0]
    pattern = dice.choice(("LITERAL", "PREFIXED"))
    names = TOPICS if kind == "TOPIC" else GROUPS
    name = dice.choice(PREFIXES) if pattern == "PREFIXED" else dice.choice((*names, "*", "absent"))
    if kind == "CLUSTER":
        pattern, name = "LITERAL", CLUSTER_NAME
    return AclBinding(
        resource_type=kind,
        resource_name=name,
        pattern_type=pattern,
        principal=dice.choices(PRINCIPALS, (6, 3, 1))[0],
        host=dice.choices((HOST, "*", "10.9.8.7"), (4, 4, 1))[0],
        operation=dice.choice((*OPERATIONS[kind], "ALL")),
        permission=dice.choices(("ALLOW", "DENY"), (5, 1))[0],
    )


def seen(asker: AdminClient) -> Visible:
    """Ask the cluster what it lets the asker do."""
    topics = asker.describe_topics(
        TopicCollection(list(TOPICS)), include_authorized_operations=True
    )
    groups = asker.describe_consumer_groups(list(GROUPS), include_authorized_operations=True)
    cluster = asker.describe_cluster(include_authorized_operations=True).result(30)
    return {
        **{("TOPIC", name): operations_of(future) for name, future in topics.items()},
        **{("GROUP", name): operations_of(future) for name, future in groups.items()},
        ("CLUSTER", CLUSTER_NAME): frozenset(o.name for o in cluster.authorized_operations or ()),
    }


def operations_of(future) -> frozenset[str] | None:
    try:
        return frozenset(o.name for o in future.result(30).authorized_operations or ())
    except KafkaException as e:
        if "AUTHORIZATION_FAILED" in e.args[0].name():
            return None
        raise


def expected(acls: list[AclBinding]) -> Visible:
    """Ask the evaluator the same."""
    authorizer = Authorizer(acls, allow_everyone=False)

    def allowed(kind: str, name: str) -> frozenset[str] | None:
        may = frozenset(
            operation
            for operation in OPERATIONS[kind]
            if authorizer.decide(ASKER, HOST, operation, kind, name).access is AccessAnswer.ALLOWED
        )
        if "DESCRIBE" in may:
            return may
        # a broker tells nothing of a cluster that one may not describe
        return frozenset() if kind == "CLUSTER" else None

    resources = [("TOPIC", t) for t in TOPICS] + [("GROUP", g) for g in GROUPS]
    return {r: allowed(*r) for r in (*resources, ("CLUSTER", CLUSTER_NAME))}


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_agrees_with_the_live_authorizer(court: Court, seed: int) -> None:
    acls = random_acls(random.Random(seed))
    remove_acls_of(court.admin, PRINCIPALS)
    create_acls(court.admin, acls)
    wanted = expected(acls)

    def compare() -> None:
        found = {key: within_kind(key, may) for key, may in seen(court.asker).items()}
        assert found == wanted, {k: (found[k], wanted[k]) for k in wanted if found[k] != wanted[k]}

    within(15, compare)


def within_kind(key: tuple[str, str], may: frozenset[str] | None) -> frozenset[str] | None:
    return None if may is None else may & frozenset(OPERATIONS[key[0]])


def test_the_questions_are_many_and_of_both_answers() -> None:
    rounds = [expected(random_acls(random.Random(seed))) for seed in range(ROUNDS)]
    answers = [may for answered in rounds for may in answered.values()]
    visible = [may for may in answers if may is not None]
    questions = sum(len(OPERATIONS[kind]) for kind, _ in rounds[0])
    assert questions * ROUNDS > 10_000
    assert 0.2 < len(visible) / len(answers) < 0.95
    assert len(set(visible)) > 30
