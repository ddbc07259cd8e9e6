"""Every kind of document that comes from outside: a valid one of each, and what reads it."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from change.manifests.test_foreign import GITOPS, JIKKOU, JULIE, PLANS, STRIMZI, TOPICCTL
from steward.analysis.checks.thresholds import Thresholds
from steward.analysis.diagnosis.client_metrics import reports_of_metrics
from steward.analysis.diagnosis.client_statistics import reports_of_statistics
from steward.analysis.rebalance.layout_file import read_layout, write_layout
from steward.analysis.rebalance.reassignment_json import FormatError, read_assignment, read_topics
from steward.change.drift.authorizer_log import read_requests
from steward.change.manifests.desired import ManifestTarget, resolve
from steward.change.manifests.importers.convert import import_from
from steward.change.manifests.lint.judge import judge
from steward.change.manifests.lint.rule import LintInput
from steward.change.manifests.reading import read
from steward.change.manifests.writing import write
from steward.change.manifests.yaml_nodes import Source
from steward.change.planning.build import make_plan
from steward.cluster.external.connect_and_registry import connectors_of, subjects_of
from steward.cluster.external.rest import RestService
from steward.codec import to_plain
from steward.commands.api.context import Context
from steward.commands.api.plan_report import planned
from steward.commands.check.audit import policy_of
from steward.commands.plan.policy_files import written_policies
from steward.documents.fault import DOCUMENT, DocumentError
from steward.documents.json_text import read_json
from steward.documents.plan import DAMAGED, decode, plan_from_plain, plan_id, plan_to_plain
from steward.documents.text import text_of
from steward.documents.toml_text import read_toml
from steward.http_client import Deadline
from steward.model.change import AlterConfigs, ConfigTarget, CreateTopic, DeleteTopic, UpsertScram
from steward.model.connection import Environment
from steward.model.exposition import parse
from steward.model.instant import Instant
from steward.model.partition_choice import offsets_of_file
from steward.model.plan import Plan
from steward.model.unknown import Unknown, Why
from steward.sandbox.lockfile import parse_lock
from steward.settings.alerts import alert_rules, receivers_of
from steward.settings.connecting import connection_of, criticality_setting
from steward.settings.drift import drift_settings
from steward.settings.reading import load_settings
from steward.settings.secrets import secret_from
from steward.settings.store import retention_of, store_url
from support.cluster_text import NOW_MS, snapshot_of
from support.layouts import layout

Read = Callable[[bytes, Path], object]
"""Reads a document; the folder is its own."""
ROOT = Path(__file__).parents[1]
MANIFESTS = (ROOT / "change" / "manifests" / "payments.yaml").read_bytes()
EXAMPLE = (ROOT.parent / "src/steward/interfaces/reference/example.toml").read_bytes()
LOCK = b"\n".join(
    (ROOT.parent / "src/steward/sandbox/locks/kafka-4.1.2.lock.toml").read_bytes().split(b"\n")[:18]
)
POLICIES = b"""\
apiVersion: steward/v1
kind: Policy
metadata: {name: rf-three}
spec: {select: {kinds: [Topic]}, target: resource, rule: "resource.replicas >= 3", effect: refuse, message: three}
---
apiVersion: steward/v1
kind: Waiver
metadata: {name: legacy-rf}
spec: {check: rf_one, object: topic/legacy.events, reason: drained in Q3, until: 2026-12-31}
"""
AUTHORIZER = b"""\
[2026-11-24 08:00:00,123] DEBUG Principal = User:alice is Allowed operation = ALTER_CONFIGS from host = 10.0.0.1 \
on resource = Topic:LITERAL:orders for request = IncrementalAlterConfigs with resourceRefCount = 1 based on rule x
[2026-11-24 08:00:01,123] DEBUG Principal = User:bob is Denied operation = READ from host = 10.0.0.2 on resource = \
Topic:LITERAL:orders for request = Fetch
"""
METRICS = b"""\
# TYPE kafka_consumer_consumer_metrics_poll_idle_ratio_avg gauge
kafka_consumer_consumer_metrics_poll_idle_ratio_avg{client_id="billing-1",} 0.03
kafka_consumer_consumer_metrics_last_poll_seconds_ago{client_id="bil\\\\ling-1",x="y"} 74.0 1700000000
java_lang_OperatingSystem_ProcessCpuLoad 0.97
"""
STATISTICS = json.dumps(
    {
        "name": "rdkafka#consumer-1", "client_id": "app", "type": "consumer", "ts": 5_000_000, "age": 9_000_000,
        "brokers": {"b:9092/1": {"name": "b:9092/1", "throttle": {"min": 0, "max": 5, "avg": 1}}},
        "topics": {"orders": {"partitions": {"0": {"fetchq_cnt": 3, "consumer_lag": 7, "app_offset": 4}, "-1": {}}}},
        "cgrp": {"state": "up", "rebalance_cnt": 3},
    }
).encode()  # fmt: skip
CONNECT = b'{"sink": {"info": {"name": "s", "config": {"topics": "orders"}, "type": "sink"}}}'
OFFSETS = b"topic,partition,offset\norders,0,1234\napp,payments,1,55\nother,payments,2,55\n"
PROPERTIES = b"hunter2\nsecond line\n"
CLUSTER: Mapping[str, Any] = {
    "identity": {"version": "4.3", "controller": 1},
    "topics": {"orders": "3x", "a.b": "1x"},
    "topic_configs": {"orders": {"retention.ms": "86400000"}, "a.b": {}},
    "log_dirs": {1: {"/data": {"orders-0": 1024}}},
    "offsets": {"orders-0": [0, 100]},
    "users": {"alice": {"SCRAM-SHA-512": 8192}},
}


def _sample_plan() -> bytes:
    plan = make_plan(
        (
            CreateTopic(name="new", partitions=3, replication_factor=1, configs={"retention.ms": "1000"}),
            AlterConfigs(target=ConfigTarget.TOPIC, name="orders", set={"retention.ms": "1"}),
            DeleteTopic(name="a.b", topic_id="id-of-a.b"),
            UpsertScram(user="bob", mechanism="SCRAM-SHA-512", iterations=8192, password_from="env:P"),
        ),
        snapshot_of(dict(CLUSTER)), title="t", made_by="me", source="test", now=Instant(NOW_MS),
    )  # fmt: skip
    return json.dumps(plan_to_plain(plan)).encode()


def _text(content: bytes) -> str:
    return text_of(content, "file", DOCUMENT)


def _manifests(content: bytes, _folder: Path) -> object:
    manifests = read([Source("m.yaml", _text(content))])
    judge(
        LintInput(manifests=manifests, thresholds=Thresholds(), environment=Environment.PRODUCTION)
    )
    write(manifests.documents)
    return resolve(manifests, ManifestTarget(cluster_id="5L6g3nShT-eMCtK--X86sw", name="prod"))


def _policies(content: bytes, folder: Path) -> object:
    (folder / "policies.yaml").write_bytes(content)
    config = folder / "steward.toml"
    config.write_text('[profiles.p]\nbootstrap_servers = "h:1"\npolicies = ["policies.yaml"]\n')
    return written_policies(
        Context(connect=_never, config=str(config), environ={}, directory=folder)
    )


def _importer(tool: str) -> Read:
    return lambda content, _: import_from([Source("f.yaml", _text(content))], tool)


def _plan(content: bytes, _folder: Path) -> object:
    return plan_from_plain(read_json(content, "plan.json"), "plan.json")


def _forged_plan(content: bytes, _folder: Path) -> object:
    """Read a plan whose id was made again of what it holds now."""
    plain = read_json(content, "plan.json")
    if isinstance(plain, dict):
        body = {k: v for k, v in plain.items() if k not in ("steward_plan", "checksum")}
        with suppress(*DAMAGED):
            forged: Plan = decode(Plan, body)
            plain = plan_to_plain(replace(forged, id=plan_id(forged)))
    plan = plan_from_plain(plain, "plan.json")
    return plan_to_plain(plan), to_plain(tuple(planned(step) for step in plan.steps))


def _settings(content: bytes, folder: Path) -> object:
    """Read settings, and all that is made of them."""
    path = folder / "steward.toml"
    path.write_bytes(content)
    context = Context(connect=_never, config=str(path), environ={}, directory=folder)
    settings = load_settings(path)
    outcomes: list[object] = []
    with _faults(outcomes):
        policy_of(context)
    for make in (alert_rules, drift_settings, retention_of):
        with _faults(outcomes):
            outcomes.append(make(settings))
    for read_with in (receivers_of, store_url):
        with _faults(outcomes):
            outcomes.append(read_with(settings, {"STEWARD_SLACK_URL": "https://h/x"}))
    for name, profile in settings.profiles.items():
        harmless = replace(profile, sasl_password_command=(), sasl_oauth_token_command=())
        with _faults(outcomes):
            outcomes.append(connection_of(name, harmless, {}))
        with _faults(outcomes):
            outcomes.append(criticality_setting(profile))
    return outcomes


@contextmanager
def _faults(outcomes: list[object]) -> Iterator[None]:
    from steward.model.error import StewardError

    try:
        yield
    except StewardError as fault:
        outcomes.append(str(fault))


def _never(_: object) -> Any:
    raise AssertionError("nothing is asked of a cluster")


def _secret(content: bytes, folder: Path) -> object:
    path = folder / "password"
    path.write_bytes(content)
    return secret_from("profile p: sasl_password", "", str(path), (), {})


def _authorizer(content: bytes, folder: Path) -> object:
    (folder / "authorizer.log").write_bytes(content)
    return list(read_requests(["authorizer.log"], folder))


def _answering(content: bytes) -> RestService:
    """Return a service that answers whatever it is asked in one way, as bytes from a wire."""
    service = RestService("http://localhost:1", None, Deadline.after(60.0))

    def get(*_path: str, query: str = "") -> Any:
        try:
            return read_json(content, service.place)
        except DocumentError as fault:
            return Unknown(Why.REFUSED, f"{fault.located}{query}")

    service.get = get  # pyright: ignore[reportAttributeAccessIssue]
    return service


def _connect(content: bytes, _folder: Path) -> object:
    return connectors_of(_answering(content)), subjects_of(_answering(content))


def _metrics(content: bytes, _folder: Path) -> object:
    return reports_of_metrics(parse(content.decode("utf-8", "replace")), "m")


KINDS: Mapping[str, tuple[tuple[bytes, ...], Read]] = {
    "manifests": ((*(d for d in MANIFESTS.split(b"---\n") if d), MANIFESTS), _manifests),
    "policies": ((POLICIES,), _policies),
    "topicctl": ((TOPICCTL.encode(),), _importer("topicctl")),
    "kafka-gitops": ((GITOPS.encode(),), _importer("kafka-gitops")),
    "julie": ((JULIE.encode(), PLANS.encode()), _importer("julie")),
    "strimzi": ((STRIMZI.encode(),), _importer("strimzi")),
    "jikkou": ((JIKKOU.encode(),), _importer("jikkou")),
    "plan": ((_sample_plan(),), _plan),
    "plan-forged": ((_sample_plan(),), _forged_plan),
    "reassignment": (
        (b'{"version":1,"partitions":[{"topic":"t","partition":0,"replicas":[1,2],"log_dirs":["any","any"]}]}',),
        lambda content, _: read_assignment(_text(content)),
    ),
    "topics-to-move": (
        (b'{"version": 1, "topics": [{"topic": "orders"}, {"topic": "clicks"}]}',),
        lambda content, _: read_topics(_text(content)),
    ),
    "layout": (
        (write_layout(layout(3, 4)).encode(),), lambda content, _: read_layout(_text(content)),
    ),
    "settings": ((EXAMPLE,), _settings),
    "secret": ((PROPERTIES,), _secret),
    "authorizer-log": ((AUTHORIZER,), _authorizer),
    "statistics": (
        (STATISTICS, STATISTICS + b"\n" + STATISTICS),
        lambda content, _: reports_of_statistics(content.decode("utf-8", "replace"), "s"),
    ),
    "metrics": ((METRICS,), _metrics),
    "connect": ((CONNECT, b'{"sink": {"topics": ["orders"]}}', b'["orders-value"]'), _connect),
    "offsets": (
        (OFFSETS,), lambda content, _: offsets_of_file(_text(content).splitlines(), "f.csv", "app"),
    ),
    "lock": ((LOCK,), lambda content, _: parse_lock(read_toml(content, "lock.toml"))),
}  # fmt: skip
"""By name: valid documents, and what reads one. A reader ends in a value, a StewardError or a FormatError."""
EXPECTED = (FormatError,)
