"""The commands of ACL and quota findings, run as printed by Kafka's own tools, make the findings go."""

import shlex
from collections.abc import Iterator

import pytest

from steward.__main__ import run as steward
from steward.analysis.checks.catalog import CHECKS
from steward.analysis.checks.facts import Facts
from steward.analysis.checks.runner import run_checks
from steward.cluster.observer import connect
from steward.model.acl import AclBinding
from steward.model.command import Command
from steward.model.finding import Finding, Severity
from steward.model.snapshot import Part
from steward.sandbox.tools import run_tool
from support.live_admin import admin_client, create_acls, remove_acls_of

pytestmark = pytest.mark.brokers

BY_NAME = {check.name: check for check in CHECKS}


def allow(
    kind: str, name: str, who: str, operation: str, pattern: str = "LITERAL", host: str = "*"
):
    return AclBinding(kind, name, pattern, f"User:{who}", host, operation, "ALLOW")


SEEDS = {
    "acl_open_to_everyone": [allow("TOPIC", "remedy open", "*", "WRITE", "PREFIXED")],
    "acl_cluster_admin_to_app": [allow("CLUSTER", "kafka-cluster", "r2", "ALTER_CONFIGS")],
    "acl_topic_wildcard_write": [allow("TOPIC", "*", "r3", "DELETE")],
    "acl_prefix_too_broad": [allow("TOPIC", "r", "r4", "READ", "PREFIXED")],
    "acl_resource_absent": [
        allow("TOPIC", "remedy-absent", "r5", "READ"),
        allow("TOPIC", "remedy-absent", "r5", "DESCRIBE_CONFIGS"),
    ],
    "acl_group_wildcard": [allow("GROUP", "*", "r6", "READ", host="10.0.0.1")],
    "acl_redundant": [
        allow("GROUP", "r-7", "CN=r7,O=x y", "READ", host="10.0.0.1"),
        allow("GROUP", "r-7", "CN=r7,O=x y", "READ"),
    ],
    "acl_transactional_id_wildcard": [allow("TRANSACTIONAL_ID", "*", "r8", "WRITE")],
    "acl_idempotent_write_mismatch": [
        allow("CLUSTER", "kafka-cluster", "r9", "IDEMPOTENT_WRITE"),
        allow("CLUSTER", "kafka-cluster", "r10", "IDEMPOTENT_WRITE", host="10.0.0.1"),
    ],
    "acl_deny_shadows_allow": [
        allow("GROUP", "r11", "r11", "READ"),
        AclBinding("GROUP", "r11", "LITERAL", "User:r11", "*", "ALL", "DENY"),
    ],
}
PRINCIPALS = tuple(sorted({acl.principal for acls in SEEDS.values() for acl in acls}))


class Lab:
    """A cluster in which findings are made and cured."""

    def __init__(self, sandbox) -> None:
        self.sandbox = sandbox

    def tool(self, line: str) -> None:
        name, *arguments = shlex.split(line)
        ran = run_tool(self.sandbox.name, name.removesuffix(".sh"), arguments)
        assert ran.returncode == 0, (line, ran.stdout, ran.stderr)

    def run(self, command: Command) -> None:
        program, *arguments = command.args
        if program == "steward":
            assert steward(["--cluster", self.sandbox.name, *arguments, "--yes"]) == 0
        else:
            self.tool(shlex.join(command.args))

    def findings(self, name: str) -> dict[str, Finding]:
        check = BY_NAME[name]
        with connect(self.sandbox.connection) as observer:
            snapshot = observer.observe(check.parts | {Part.IDENTITY, Part.BROKERS})
        found = run_checks([check], Facts(snapshot, now_ms=snapshot.identity.at_ms)).findings
        assert not [f for f in found if f.severity is Severity.UNKNOWN], found
        return {str(f.object): f for f in found}

    def cure(self, name: str, seeds: str = "") -> None:
        """Seed a finding where it takes one, then run the command of every finding."""
        if seeds:
            self.tool(f"kafka-configs --alter {seeds}")
        found = self.findings(name)
        assert found, f"{name} does not find what it should"
        for finding in found.values():
            assert finding.remedy.command
            self.run(finding.remedy.command)
        assert not self.findings(name)


@pytest.fixture
def lab(secure_sandbox) -> Lab:
    return Lab(secure_sandbox)


@pytest.fixture
def admin(secure_sandbox) -> Iterator[object]:
    found = admin_client(secure_sandbox.connection)
    yield found
    remove_acls_of(found, PRINCIPALS)


@pytest.mark.parametrize("name", SEEDS)
def test_acl_finding_goes_with_its_command(lab: Lab, admin, name: str) -> None:
    create_acls(admin, SEEDS[name])
    lab.cure(name)


def test_quota_findings_go_one_after_the_other_with_their_commands(lab: Lab) -> None:
    try:
        for name in ("quota_default_absent", "quota_request_absent", "quota_mutation_absent"):
            lab.cure(name)
        lab.cure("quota_default_hits_internal")
        client = "--entity-type clients --entity-name 'remedy 1'"
        lab.cure("quota_winner_unexpected", f"{client} --add-config producer_byte_rate=9999999")
        small = "--entity-type users --entity-name remedy-user --add-config consumer_byte_rate=9999"
        lab.cure("quota_below_batch_size", small)
        huge = "--entity-type users --entity-default --add-config request_percentage=99999"
        lab.cure("quota_request_without_effect", huge)
    finally:
        for entity in ("--entity-default", "--entity-name admin"):
            lab.tool(
                f"kafka-configs --alter --entity-type users {entity} --delete-config producer_byte_rate,"
                "consumer_byte_rate,request_percentage,controller_mutation_rate"
            )
        lab.tool(
            "kafka-configs --alter --entity-type users --entity-name remedy-user "
            "--delete-config consumer_byte_rate"
        )
