"""Every way to log in, and what a principal with few rights learns."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from confluent_kafka.admin import (
    NewTopic,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialDeletion,
    UserScramCredentialUpsertion,
)
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from steward.cluster.connection_checks.doctor import diagnose_connection
from steward.cluster.observer import connect
from steward.cluster.permissions import RIGHTS
from steward.cluster.ports import Scope
from steward.model.acl import AclBinding
from steward.model.connection import Connection, Secret
from steward.model.doctor import CheckStatus
from steward.model.error import ClusterUnreachable, NotAuthorized
from steward.model.snapshot import ALL_PARTS, ClusterSnapshot, Part
from steward.model.unknown import NotApplicable, Observed, Unknown, Why
from support.live_admin import admin_client, create_acls, done, remove_acls_of

pytestmark = pytest.mark.brokers

SEEN, HIDDEN, USER, PASSWORD = "sec-seen", "sec-hidden", "sec-reader", "reader-password"


def _through(sandbox, listener: str) -> Connection:
    """The administrator's connection by one listener."""
    base = replace(sandbox.connection, connect_timeout_seconds=30.0)
    servers = tuple(sandbox.status.listeners[listener].split(","))
    settings = sandbox.status.connection
    none = {"sasl_mechanism": None, "sasl_username": None, "sasl_password": None}
    changes = {
        "SCRAM": {"sasl_mechanism": "SCRAM-SHA-512"},
        "PLAIN": {"sasl_mechanism": "PLAIN"},
        "TLS": {"security_protocol": "SSL", "ssl_cert_file": None, "ssl_key_file": None} | none,
        "MTLS": {
            "security_protocol": "SSL",
            "ssl_cert_file": settings["ssl_cert_file"],
            "ssl_key_file": settings["ssl_key_file"],
        }
        | none,
    }
    return replace(base, bootstrap_servers=servers, **changes[listener])


def _gaps(snapshot: ClusterSnapshot) -> dict[Part, tuple[Unknown, ...]]:
    parts = {part: snapshot.part(part) for part in ALL_PARTS}
    return {part: p.gaps for part, p in parts.items() if isinstance(p, Observed) and p.gaps}


@pytest.mark.parametrize("listener", ["SCRAM", "PLAIN"])
def test_the_administrator_sees_all_and_knows_it(secure_sandbox, listener: str) -> None:
    with connect(_through(secure_sandbox, listener)) as observer:
        snapshot = observer.observe(ALL_PARTS)
    assert {p for p in ALL_PARTS if not isinstance(snapshot.part(p), Observed)} == set()
    assert _gaps(snapshot) == {}
    assert isinstance(snapshot.users, Observed)
    assert "admin" in {user.name for user in snapshot.users.value}


def test_mutual_tls_with_an_encrypted_key(secure_sandbox, tmp_path: Path) -> None:
    profile = _through(secure_sandbox, "MTLS")
    key = load_pem_private_key(Path(profile.ssl_key_file or "").read_bytes(), None)
    sealed = tmp_path / "sealed.pem"
    encryption = BestAvailableEncryption(b"passphrase")
    sealed.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption))
    profile = replace(profile, ssl_key_file=str(sealed), ssl_key_password=Secret("passphrase"))
    with connect(profile) as observer:
        identity = observer.observe(frozenset({Part.IDENTITY})).identity
    assert isinstance(identity, Observed)
    assert identity.value.cluster_id == secure_sandbox.status.cluster_id


def test_nobody_may_see_anything_but_is_told_so(secure_sandbox) -> None:
    with connect(_through(secure_sandbox, "TLS")) as observer:
        snapshot = observer.observe(ALL_PARTS)
    reasons = {p: snapshot.part(p) for p in ALL_PARTS}
    denied = {
        p for p, found in reasons.items() if isinstance(found, Unknown) and found.why is Why.DENIED
    }
    assert denied >= {Part.ACLS, Part.QUOTAS, Part.USERS, Part.REASSIGNMENTS, Part.QUORUM}
    assert isinstance(snapshot.topics, Observed)
    assert [g.acl for g in snapshot.topics.gaps] == ["DESCRIBE on topic *"]
    assert isinstance(snapshot.groups, Observed)
    assert [g.acl for g in snapshot.groups.gaps] == ["DESCRIBE on cluster"]


@pytest.fixture(scope="module")
def reader(secure_sandbox) -> Iterator[Connection]:
    """A user that may see one of two topics."""
    admin = admin_client(secure_sandbox.connection)
    done(admin.create_topics([NewTopic(SEEN, 2, 3), NewTopic(HIDDEN, 1, 3)]))
    info = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 8192)
    done(
        admin.alter_user_scram_credentials(
            [UserScramCredentialUpsertion(USER, info, PASSWORD.encode())]
        )
    )
    create_acls(
        admin, [AclBinding("TOPIC", SEEN, "LITERAL", f"User:{USER}", "*", "DESCRIBE", "ALLOW")]
    )
    base = _through(secure_sandbox, "SCRAM")
    profile = replace(base, sasl_username=USER, sasl_password=Secret(PASSWORD))
    _await_login(profile)
    yield profile
    remove_acls_of(admin, (f"User:{USER}",))
    done(
        admin.alter_user_scram_credentials(
            [UserScramCredentialDeletion(USER, ScramMechanism.SCRAM_SHA_512)]
        )
    )
    done(admin.delete_topics([SEEN, HIDDEN]))


def _await_login(profile: Connection) -> None:
    """Wait until every broker has heard of a new user."""
    deadline = time.monotonic() + 60
    while any(
        s.name == "sasl" and s.status is CheckStatus.FAILED for s in diagnose_connection(profile)
    ):
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_half_of_the_cluster(reader: Connection) -> None:
    with connect(reader) as observer:
        snapshot = observer.observe(ALL_PARTS)
    assert isinstance(snapshot.topics, Observed)
    assert [t.name for t in snapshot.topics.value] == [SEEN]
    assert [g.acl for g in snapshot.topics.gaps] == ["DESCRIBE on topic *"]
    assert isinstance(snapshot.topic_configs, Observed)
    refused = snapshot.topic_configs.value[SEEN]
    assert isinstance(refused, Unknown)
    assert refused.acl == f"DESCRIBE_CONFIGS on topic {SEEN}"
    assert isinstance(snapshot.producers, Observed)
    assert {u.acl for u in snapshot.producers.value.values()} == {f"READ on topic {SEEN}"}
    assert isinstance(snapshot.log_dirs, Observed)
    assert {u.acl for u in snapshot.log_dirs.value.values()} == {"DESCRIBE on cluster"}
    assert isinstance(snapshot.broker_configs, Observed)
    assert {u.acl for u in snapshot.broker_configs.value.values()} == {
        "DESCRIBE_CONFIGS on cluster"
    }
    for part in (Part.ACLS, Part.USERS, Part.QUORUM, Part.REASSIGNMENTS):
        found = snapshot.part(part)
        assert isinstance(found, Unknown)
        assert found.acl == "DESCRIBE on cluster"
    assert isinstance(snapshot.quotas, Unknown)
    assert snapshot.quotas.acl == "DESCRIBE_CONFIGS on cluster"


def test_a_hidden_topic_asked_for_by_name(reader: Connection) -> None:
    with connect(reader) as observer:
        topics = observer.observe(
            frozenset({Part.TOPICS}), Scope(topics=frozenset({SEEN, HIDDEN}))
        ).topics
    assert isinstance(topics, Observed)
    assert [t.name for t in topics.value] == [SEEN]
    assert [g.acl for g in topics.gaps] == [f"DESCRIBE on topic {HIDDEN}"]


def test_with_the_rights_of_the_table_everything_is_seen_and_known(
    secure_sandbox, reader: Connection
) -> None:
    admin = admin_client(secure_sandbox.connection)
    rights = {right for rights in RIGHTS.values() for right in rights}
    create_acls(
        admin,
        [
            AclBinding(
                r.resource_type,
                r.resource_name,
                "LITERAL",
                f"User:{USER}",
                "*",
                r.operation,
                "ALLOW",
            )
            for r in sorted(rights)
        ],
    )
    with connect(reader) as observer:
        snapshot = observer.observe(ALL_PARTS)
    parts = {p: snapshot.part(p) for p in ALL_PARTS}
    assert {p: f for p, f in parts.items() if isinstance(f, Unknown | NotApplicable)} == {}
    assert _gaps(snapshot) == {}
    inside = [
        unknown
        for found in parts.values()
        if isinstance(found, Observed) and isinstance(found.value, dict)
        for unknown in found.value.values()
        if isinstance(unknown, Unknown)
    ]
    assert inside == []


@pytest.mark.parametrize("listener", ["SCRAM", "PLAIN"])
def test_a_wrong_password(secure_sandbox, listener: str) -> None:
    profile = replace(_through(secure_sandbox, listener), sasl_password=Secret("wrong-guess"))
    with pytest.raises(NotAuthorized) as caught:
        connect(profile)
    assert "authentication failed" in caught.value.summary
    assert "wrong-guess" not in caught.value.summary + caught.value.remedy
    failed = [s for s in diagnose_connection(profile) if s.status is CheckStatus.FAILED]
    assert {s.name for s in failed} == {"sasl"}
    assert "wrong-guess" not in repr(failed)


@pytest.mark.parametrize(
    ("listener", "changes", "kind", "step", "says"),
    [
        ("SCRAM", {"ssl_ca_file": None}, ClusterUnreachable, "tls", "unknown CA"),
        ("SCRAM", {"sasl_mechanism": "SCRAM-SHA-256"}, NotAuthorized, "sasl", "does not offer"),
        (
            "SCRAM",
            {"security_protocol": "SASL_PLAINTEXT"},
            ClusterUnreachable,
            "kafka",
            "speaks TLS",
        ),
        ("SCRAM", {"security_protocol": "SSL"}, NotAuthorized, "metadata", "requires SASL"),
        (
            "TLS",
            {
                "security_protocol": "SASL_SSL",
                "sasl_mechanism": "PLAIN",
                "sasl_username": "a",
                "sasl_password": Secret("b"),
            },
            NotAuthorized,
            "sasl",
            "does not use SASL",
        ),
    ],
)
def test_what_does_not_fit_is_named(
    secure_sandbox, listener: str, changes: dict, kind: type, step: str, says: str
) -> None:
    profile = replace(_through(secure_sandbox, listener), **changes)
    with pytest.raises(kind, match=says):
        connect(profile)
    failed = [s for s in diagnose_connection(profile) if s.status is CheckStatus.FAILED]
    assert {s.name for s in failed} == {step}
    assert says in failed[0].detail


def test_mutual_tls_without_a_certificate(secure_sandbox) -> None:
    profile = replace(_through(secure_sandbox, "MTLS"), ssl_cert_file=None, ssl_key_file=None)
    with pytest.raises(NotAuthorized, match="client certificate"):
        connect(profile)


def test_the_doctor_finds_the_administrator_well(secure_sandbox) -> None:
    steps = diagnose_connection(_through(secure_sandbox, "SCRAM"))
    assert {s.status for s in steps} == {CheckStatus.OK}
    names = [s.name for s in steps]
    assert names[:5] == ["dns", "tcp", "tls", "kafka", "sasl"]
    assert names[-1] == "authorization"


def test_the_doctor_says_what_rights_are_missing(reader: Connection, secure_sandbox) -> None:
    remove_acls_of(admin_client(secure_sandbox.connection), (f"User:{USER}",))
    step = diagnose_connection(reader)[-1]
    assert (step.name, step.status) == ("authorization", CheckStatus.WARNING)
    assert "DESCRIBE and DESCRIBE_CONFIGS on cluster" in step.detail
    assert "quotas" in step.detail
