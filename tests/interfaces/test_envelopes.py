"""Every capability's JSON is one document, and what `schema-of` says it is."""

import json

import jsonschema
import pytest
import yaml

from steward.commands.api.envelope import Document, envelope_schema
from steward.commands.api.index import all_capabilities
from steward.commands.api.registry import Effect
from steward.model.error import ClusterUnreachable
from support.command_line import CommandLine
from support.example_cluster import SECRET, example

COMMANDS: dict[str, tuple[str, ...]] = {
    "topic.advise": ("--window", "0"),
    "topic.list": ("--size", "--under-min-isr"),
    "topic.describe": ("orders", "clicks", "--all-configs"),
    "group.list": (),
    "group.describe": ("billing", "shipping", "audit", "clicker"),
    "broker.list": (),
    "broker.describe": ("1", "3", "--all-configs"),
    "broker.impact": ("1", "--all", "--pairs", "--topics"),
    "broker.restart-gate": ("--batches",),
    "cluster.describe": (),
    "quorum.describe": (),
    "acl.list": (),
    "acl.describe": ("app",),
    "quota.list": (),
    "quota.usage": (),
    "quota.advise": ("--network", "125MB/s", "--disk", "100MB/s", "--tolerate", "0"),
    "quota.describe": ("--user", "alice", "--client-id", "x", "--ip", "10.0.0.1"),
    "user.list": (),
    "user.describe": ("alice",),
    "reassignment.list": (),
    "reassignment.throttle.list": (),
    "log.zero-copy": ("--all",),
    "transaction.list": (),
    "transaction.describe": ("pay-1", "pay-2"),
    "profile.list": (),
    "profile.explain": ("prod",),
    "permissions": (),
    "alert.list": (),
    "export": (),
}
OBSERVING = [n for n in COMMANDS if n.partition(".")[0] not in ("profile", "permissions", "alert")]
ELSEWHERE = {
    "alert.dashboard",
    "alert.rules",
    "alert.silence",
    "alert.unsilence",
    "alert.test",
    "backup.create",
    "backup.list",
    "backup.prune",
    "backup.show",
    "backup.verify",
    "capacity.forecast",
    "lag",
    "diagnose",
    "check",
    "check.list",
    "check.explain",
    "demo",
    "doctor",
    "lint",
    "log.diff",
    "log.dump",
    "log.summary",
    "log.verify",
    "plan",
    "reassignment.plan",
    "reassignment.snapshot",
    "drift",
    "import",
    "serve",
    "schema-of",
}
"""Commands that need brokers, or that other tests show."""


def words_of(name: str) -> list[str]:
    return [*name.split("."), *COMMANDS[name]]


def test_every_observing_capability_is_shown_here():
    observing = (c for c in all_capabilities() if c.effect in (Effect.OBSERVE, Effect.LOCAL))
    names = {c.name for c in observing if c.noun not in ("sandbox", "plan")}
    assert names - ELSEWHERE - set(COMMANDS) == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_json_is_what_the_schema_says(name: str, steward: CommandLine):
    schema = steward("schema-of", name).json
    jsonschema.Draft202012Validator.check_schema(schema)
    ran = steward(*words_of(name), "-o", "json")
    jsonschema.validate(ran.json, schema)
    assert ran.json["schema"] == f"steward/{name}/v1"
    assert ran.json["errors"] == []
    assert ran.code == 0


@pytest.mark.parametrize("name", OBSERVING)
def test_a_failure_is_the_same_envelope(name: str, steward: CommandLine):
    steward.fault = ClusterUnreachable("no broker answered", remedy="look at it")
    ran = steward(*words_of(name), "-o", "json")
    jsonschema.validate(ran.json, steward("schema-of", name).json)
    assert ran.code == 8
    assert ran.json["data"] is None
    assert [e["code"] for e in ran.json["errors"]] == ["cluster_unreachable"]


@pytest.mark.parametrize("name", COMMANDS)
def test_yaml_says_the_same_as_json(name: str, steward: CommandLine):
    as_json = steward(*words_of(name), "-o", "json").json
    as_yaml = yaml.safe_load(steward(*words_of(name), "-o", "yaml").out)
    assert json.loads(json.dumps(as_yaml["data"], default=str)) == as_json["data"]


@pytest.mark.parametrize("format", ["text", "wide", "json", "yaml", "csv"])
@pytest.mark.parametrize("name", COMMANDS)
def test_no_format_shows_a_secret(name: str, format: str, steward: CommandLine):
    ran = steward(*words_of(name), "-o", format)
    assert ran.code == 0, ran.err
    assert "hunter2" not in ran.out + ran.err
    assert SECRET not in ran.out + ran.err
    assert "Traceback" not in ran.err
    assert "Unknown(" not in ran.out
    assert "NotApplicable(" not in ran.out


@pytest.mark.parametrize("name", OBSERVING)
def test_a_denied_cluster_is_named_not_blank(name: str, steward: CommandLine):
    denied = "denied: DESCRIBE on cluster"
    parts = ("quorum", "log_dirs", "acls", "users", "quotas", "transactions", "groups",
             "group_offsets", "topics", "brokers", "topic_configs", "broker_configs", "offsets",
             "reassignments")  # fmt: skip
    steward.snapshot = example(**dict.fromkeys(parts, denied))
    ran = steward(*words_of(name), "-o", "json")
    jsonschema.validate(ran.json, steward("schema-of", name).json)
    assert any("needs DESCRIBE on cluster" in u["why"] for u in ran.json["unknown"])
    assert ran.code == (0 if name == "cluster.describe" else 7)


def test_only_these_print_a_document_of_its_own():
    own = [c.name for c in all_capabilities() if c.result is Document]
    assert sorted(own) == ["alert.dashboard", "alert.rules", "schema-of"]


def test_a_schema_is_printed_as_it_is_in_every_format(steward: CommandLine):
    as_text = steward("schema-of", "topic.list")
    assert as_text.out == steward("schema-of", "topic.list", "-o", "json").out
    by_name = {c.name: c for c in all_capabilities()}
    assert as_text.json == envelope_schema(by_name["topic.list"])
    assert yaml.safe_load(steward("schema-of", "topic.list", "-o", "yaml").out) == as_text.json
    jsonschema.validate(as_text.json, envelope_schema(by_name["schema-of"]))


def test_an_unknown_schema_names_the_nearest(steward: CommandLine):
    ran = steward("schema-of", "topic.lst", "-o", "json")
    assert ran.code == 2
    assert "did you mean topic.list?" in ran.err
    assert ran.json["errors"][0]["code"] == "usage"
    assert "topic.list, topic.describe" in steward("schema-of", "topic").err
