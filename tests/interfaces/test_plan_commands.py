"""Commands on kept plans: who has to agree, what is refused, what a second run and an undo do, and the exit codes."""

import json
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import steward.__main__ as entry
from steward.change.execution import open_executor as opening
from steward.change.planning.build import make_plan, with_id
from steward.commands.api.envelope import envelope_schema
from steward.commands.api.index import all_capabilities
from steward.documents.plan import plan_from_plain, plan_to_plain
from steward.model.change import (
    AlterConfigs,
    Change,
    ConfigTarget,
    CreateTopic,
    DeleteRecords,
    DeleteTopic,
)
from steward.model.connection import Secret
from steward.model.error import NotAuthorized
from steward.model.finding import ObjectRef
from steward.model.instant import Instant
from steward.model.names import TopicPartition
from steward.model.plan import Plan, Risk
from steward.model.policy import Criticality
from steward.store.open import open_store
from steward.store.plans import JournalEntry, JournalEvent
from support.cluster_on_file import REFUSED, ClusterOnFile
from support.cluster_text import snapshot_of
from support.command_line import CommandLine
from support.leases import fence_of

CLUSTER: dict[str, Any] = {
    "identity": {"version": "4.3", "controller": 1},
    "brokers": "1@a 2@b 3@c",
    "topics": {"orders": "3x", "old": "1x"},
    "topic_configs": {
        "orders": {"retention.ms": "1000", "min.insync.replicas": "2"},
        "old": {"retention.ms": "1000"},
    },
    "broker_configs": {"1": {}, "2": {}, "3": {}},
}
CAPABILITIES = {c.name: c for c in all_capabilities()}
CREATE = CreateTopic(
    name="new",
    partitions=2,
    replication_factor=3,
    configs={"retention.ms": "1000", "min.insync.replicas": "2"},
)
KEEP_LONGER = AlterConfigs(target=ConfigTarget.TOPIC, name="orders", set={"retention.ms": "2000"})
KEEP_SHORTER = AlterConfigs(target=ConfigTarget.TOPIC, name="orders", set={"retention.ms": "500"})


@pytest.fixture
def cluster(tmp_path: Path) -> ClusterOnFile:
    made = ClusterOnFile(tmp_path / "cluster")
    made.snapshot = snapshot_of(CLUSTER)
    return made


@pytest.fixture
def run(steward: CommandLine, cluster: ClusterOnFile, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run a command against the cluster on file."""
    monkeypatch.setattr(opening, "connect_changer", lambda _: cluster)

    def run(*words: str) -> Any:
        steward.monkeypatch.setattr(entry, "connect", lambda _: cluster)
        steward.capsys.readouterr()
        code = entry.run([*words, "-o", "json"])
        out, err = steward.capsys.readouterr()
        document = json.loads(out)
        name = ".".join(words[:2]) if words[0] == "plan" else words[0]
        jsonschema.validate(document, envelope_schema(CAPABILITIES[name]))
        return code, document, err

    return run


@pytest.fixture
def kept(cluster: ClusterOnFile, tmp_path: Path, config: Path) -> Callable[..., Plan]:
    """Make a plan and keep it."""

    def keep(*changes: Change, age_ms: int = 0) -> Plan:
        plan = plan_of(cluster, *changes, age_ms=age_ms)
        with open_store(Secret(f"sqlite:///{tmp_path}/state/steward.db")) as store:
            store.plans.save(plan)
        return plan

    return keep


def plan_of(cluster: ClusterOnFile, *changes: Change, age_ms: int = 0) -> Plan:
    import time

    now = time.time_ns() // 1_000_000 - age_ms
    return make_plan(
        changes, cluster.snapshot, title="t", made_by="me", source="test", now=Instant(now)
    )


def statuses(document: Any) -> list[str]:
    return [s["status"] for s in document["data"]["steps"]]


def test_without_yes_and_without_a_terminal_nothing_is_changed(run, kept, cluster) -> None:
    plan = kept(CREATE)
    for words in (("plan", "execute", plan.id), ("apply", plan.id)):
        code, document, _ = run(*words)
        assert code == 4
        assert document["data"]["outcome"] == "refused"
        assert document["errors"][0]["code"] == "not_confirmed"
        assert "--yes" in document["errors"][0]["message"]
    assert cluster.performed == []


def test_with_yes_it_is_carried_out_once(run, kept, cluster) -> None:
    plan = kept(CREATE, KEEP_LONGER)
    code, document, _ = run("apply", plan.id, "--yes")
    assert (code, document["data"]["outcome"], statuses(document)) == (0, "done", ["done"] * 2)
    assert document["data"]["plan_id"] == plan.id
    asked = len(cluster.performed)
    code, document, _ = run("apply", plan.id[:8], "--yes")
    assert (code, document["data"]["outcome"], statuses(document)) == (0, "done", ["already"] * 2)
    assert len(cluster.performed) == asked


def test_a_plan_that_was_carried_out_is_not_played_again(run, kept, cluster) -> None:
    plan = kept(CREATE)
    assert run("apply", plan.id, "--yes")[0] == 0
    cluster.alter(DeleteTopic(name="new", topic_id="id-of-new"))
    code, document, _ = run("apply", plan.id, "--yes")
    assert (code, document["data"]["outcome"], statuses(document)) == (6, "stale", ["stale"])
    assert len(cluster.performed) == 1


def test_a_dry_run_changes_nothing(run, kept, cluster) -> None:
    plan = kept(CREATE)
    code, document, _ = run("apply", plan.id, "--dry-run")
    assert (code, document["data"]["outcome"], document["errors"]) == (0, None, [])
    assert cluster.performed == []


def test_destructive_in_production_needs_the_name_or_the_plans_id(run, kept, cluster) -> None:
    plan = kept(KEEP_SHORTER)
    code, document, _ = run("apply", plan.id, "--yes")
    assert code == 4
    assert "--confirm orders" in document["errors"][0]["message"]
    assert run("apply", plan.id, "--confirm", "old")[0] == 4
    assert cluster.performed == []
    code, document, _ = run("apply", plan.id, "--confirm", "orders")
    assert (code, statuses(document)) == (0, ["done"])
    again = kept(replace(KEEP_SHORTER, set={"retention.ms": "400"}))
    assert run("apply", again.id, "--confirm", again.id)[0] == 0


def test_what_the_guard_refuses_is_refused_whoever_agrees(run, kept, cluster) -> None:
    plan = kept(DeleteTopic(name="old", topic_id=""))
    code, document, _ = run("apply", plan.id, "--yes", "--confirm", "old")
    assert (code, document["data"]["outcome"]) == (4, "refused")
    assert "topic_deletion" in {e["code"] for e in document["errors"]}
    assert cluster.performed == []


def test_a_plan_whose_time_is_over_is_stale(run, kept, cluster) -> None:
    plan = kept(CREATE, age_ms=25 * 3_600_000)
    code, document, _ = run("apply", plan.id, "--yes")
    assert (code, document["data"]["outcome"]) == (6, "stale")
    assert document["errors"][0]["code"] == "plan_expired"


def test_a_changed_value_makes_it_stale(run, kept, cluster) -> None:
    plan = kept(KEEP_LONGER)
    cluster.alter(replace(KEEP_LONGER, set={"retention.ms": "1500"}))
    code, document, _ = run("apply", plan.id, "--yes")
    assert (code, document["data"]["outcome"], statuses(document)) == (6, "stale", ["stale"])
    assert "retention.ms was 1000 and is 1500" in document["errors"][0]["message"]
    assert cluster.performed == []


def test_a_plan_for_another_cluster_is_refused(run, cluster, tmp_path) -> None:
    other = with_id(replace(plan_of(cluster, CREATE), cluster_id="another"))
    file = tmp_path / "other.plan.json"
    file.write_text(json.dumps(plan_to_plain(other)))
    code, document, _ = run("apply", str(file), "--yes")
    assert (code, document["errors"][0]["code"]) == (4, "wrong_cluster")
    assert cluster.performed == []


def test_a_file_that_was_edited_is_refused(run, cluster, tmp_path) -> None:
    plain = plan_to_plain(plan_of(cluster, CREATE))
    plain["steps"][0]["change"]["partitions"] = 200
    file = tmp_path / "edited.plan.json"
    file.write_text(json.dumps(plain))
    code, document, _ = run("apply", str(file), "--yes")
    assert (code, document["errors"][0]["code"]) == (4, "plan_edited")
    assert cluster.performed == []


@pytest.mark.parametrize("text", ["", "{}", "[1", '{"steward_plan": 99}'])
def test_what_is_no_plan_is_wrong_usage(run, tmp_path, text: str) -> None:
    file = tmp_path / "some.json"
    file.write_text(text)
    assert run("apply", str(file), "--yes")[0] == 2


def test_partly_done_it_is_resumed(run, kept, cluster) -> None:
    plan = kept(CREATE, KEEP_LONGER)
    cluster.refuses["orders"] = REFUSED
    code, document, _ = run("plan", "execute", plan.id, "--yes")
    assert (code, document["data"]["outcome"], statuses(document)) == (
        5,
        "partly",
        ["done", "failed"],
    )
    assert "plan resume" in document["errors"][0]["remedy"]
    cluster.refuses.clear()
    code, document, _ = run("plan", "resume", plan.id, "--yes")
    assert (code, statuses(document)) == (0, ["done", "done"])


def test_what_was_never_begun_is_not_resumed(run, kept) -> None:
    assert run("plan", "resume", kept(CREATE).id, "--yes")[0] == 2


def test_undone_the_cluster_is_as_before(run, kept, cluster) -> None:
    before = cluster.snapshot
    plan = kept(CREATE, KEEP_LONGER)
    assert run("apply", plan.id, "--yes", "--cluster", "dev")[0] == 0
    code, document, _ = run("plan", "undo", plan.id, "--dry-run", "--cluster", "dev")
    assert (code, document["data"]["execution"]) == (0, None)
    assert document["data"]["undoes"] == plan.id
    code, document, _ = run("plan", "undo", plan.id, "--yes", "--cluster", "dev")
    assert (code, document["data"]["execution"]["outcome"]) == (0, "done")
    assert cluster.snapshot == before
    assert document["data"]["id"] in run("plan", "status", plan.id)[1]["data"]["undone_by"]


def test_a_topic_that_was_created_in_production_is_not_undone_without_more(
    run, kept, cluster
) -> None:
    plan = kept(CREATE)
    assert run("apply", plan.id, "--yes")[0] == 0
    code, document, _ = run("plan", "undo", plan.id, "--yes", "--confirm", "new")
    assert code == 4
    assert "topic_deletion" in {e["code"] for e in document["errors"]}


EMPTY: dict[str, Any] = {
    "offsets": {"new-0": [0, 0], "new-1": [0, 0]},
    "producers": {},
    "groups": {"idle": {"state": "Empty"}},
    "group_offsets": {"idle": {"orders-0": 1}},
}


@pytest.mark.parametrize(
    ("seen", "words", "code", "rule"),
    [
        ({}, ("--confirm", "new"), 0, ""),
        ({}, (), 4, "not_confirmed"),
        (
            {"offsets": {"new-0": [0, 0], "new-1": [0, 1]}},
            ("--confirm", "new"),
            4,
            "topic_deletion",
        ),
        (
            {"offsets": {"new-0": [5, 5], "new-1": [0, 0]}},
            ("--confirm", "new"),
            4,
            "topic_deletion",
        ),
        ({"offsets": {"new-0": [0, 0]}}, ("--confirm", "new"), 4, "topic_deletion"),
        ({"group_offsets": {"idle": {"new-0": 0}}}, ("--confirm", "new"), 4, "topic_deletion"),
        ({"groups": "denied: DESCRIBE on group *"}, ("--confirm", "new"), 4, "topic_use_unknown"),
        (
            {"groups": {"live": {"members": [{"topics": ["new"]}]}}},
            ("--confirm", "new"),
            4,
            "topic_deletion",
        ),
    ],
)
def test_a_topic_that_was_created_in_production_and_never_used_is_undone(
    run, kept, cluster, seen: dict[str, Any], words: tuple[str, ...], code: int, rule: str
) -> None:
    plan = kept(CREATE)
    assert run("apply", plan.id, "--yes")[0] == 0
    now = snapshot_of({**CLUSTER, **EMPTY, **seen})
    parts = {name: getattr(now, name) for name in EMPTY}
    cluster.snapshot = replace(cluster.snapshot, **parts)
    found, document, _ = run("plan", "undo", plan.id, *words)
    assert found == code, document["errors"]
    assert rule in {e["code"] for e in document["errors"]} | {""}
    left = {t.name for t in cluster.snapshot.topics.value}
    assert ("new" in left) == bool(code)
    if not code:
        reasons = {r["rule"]: r["message"] for r in document["data"]["guard"]["reasons"]}
        assert "no record was ever written" in reasons["topic_deletion"]


def test_ctrl_c_says_how_to_go_on(run, kept, cluster) -> None:
    plan = kept(CREATE)

    def interrupt() -> None:
        raise KeyboardInterrupt

    cluster.before_performing = interrupt
    code, document, err = run("apply", plan.id, "--yes")
    assert code == 130
    assert f"steward --cluster prod plan resume {plan.id}" in document["errors"][0]["remedy"]
    assert "resume" in err
    assert run("plan", "status", plan.id)[1]["data"]["outcome"] == "interrupted"
    cluster.before_performing = lambda: None
    assert run("plan", "resume", plan.id, "--yes")[0] == 0


def test_the_list_and_the_audit_log_tell_what_was_done(run, kept, cluster) -> None:
    first = kept(CREATE)
    run("apply", first.id)
    run("apply", first.id, "--yes")
    (row,) = run("plan", "list")[1]["data"]["plans"]
    assert (row["id"], row["outcome"]) == (first.id, "done")
    status = run("plan", "status", first.id[:6])[1]["data"]
    assert [a["event"] for a in status["audit"]] == ["refused", "started", "done"]
    assert all(a["actor"] and a["origin"].startswith("cli on ") for a in status["audit"])
    assert status["open_steps"] == 0
    shown = run("plan", "show", first.id)[1]["data"]
    assert shown["steps"][0]["kind"] == "CreateTopics"
    assert shown["steps"][0]["risk"] == "safe"


def test_a_read_only_profile_refuses(run, kept, cluster, config: Path) -> None:
    config.write_text(
        config.read_text().replace(
            'criticality = { "click*"', 'read_only = true\ncriticality = { "click*"'
        )
    )
    code, document, _ = run("apply", kept(CREATE).id, "--yes")
    assert (code, document["errors"][0]["code"]) == (4, "read_only")


POLICY = """\
apiVersion: steward/v1
kind: Policy
metadata: {name: two-or-more}
spec: {select: {kinds: [Topic]}, rule: "resource.partitions >= 3", effect: refuse, message: too few}
---
apiVersion: steward/v1
kind: Waiver
metadata: {name: old}
spec: {check: two-or-more, object: topic/new, reason: small, until: "%s"}
"""


def with_policies(config: Path, text: str) -> None:
    (config.parent / "ours.yaml").write_text(text)
    config.write_text(
        config.read_text().replace(
            'criticality = { "', 'policies = ["ours.yaml"]\ncriticality = { "'
        )
    )


def test_policies_of_the_profiles_files_count_until_they_are_waived(
    run, kept, config: Path
) -> None:
    plan = kept(CREATE)
    with_policies(config, POLICY % "2020-01-01")
    code, document, _ = run("apply", plan.id, "--yes")
    assert (code, document["errors"][0]["code"]) == (4, "two-or-more")
    assert "expired on 2020-01-01" in document["errors"][0]["message"]
    (config.parent / "ours.yaml").write_text(POLICY % "2999-01-01")
    assert run("apply", plan.id, "--yes")[0] == 0


def test_policies_that_cannot_be_read_stop_everything(run, kept, config: Path, cluster) -> None:
    plan = kept(CREATE)
    with_policies(config, POLICY.replace("resource.partitions >= 3", "1 +") % "2999-01-01")
    code, document, _ = run("apply", plan.id, "--yes")
    assert code == 2
    assert "ours.yaml:4" in document["errors"][0]["message"]
    assert cluster.performed == []


def test_a_missing_right_is_found_before_the_first_step(run, kept, cluster) -> None:
    plan = kept(CREATE, KEEP_LONGER)
    acl = "ALTER_CONFIGS on topic orders"
    cluster.denies["orders"] = NotAuthorized(f"needs {acl}", acl=acl)
    code, document, _ = run("apply", plan.id, "--yes")
    assert (code, statuses(document)) == (7, ["skipped", "failed"])
    assert acl in document["errors"][0]["message"]
    assert cluster.performed == []
    cluster.denies.clear()
    code, document, _ = run("apply", plan.id, "--yes")
    assert (code, statuses(document)) == (0, ["done", "done"])


def test_what_a_plan_prints_as_json_is_its_file(run, kept, cluster, tmp_path) -> None:
    plan = kept(CREATE)
    _, document, _ = run("plan", "show", plan.id)
    file = tmp_path / "plan.json"
    for edit in (
        lambda d: d["steps"][0]["after"].update(partitions="9"),
        lambda d: d["document"]["steps"][0]["change"].update(partitions=9),
        lambda d: d.update(id="0" * 16),
    ):
        edited = json.loads(json.dumps(document))
        edit(edited["data"])
        file.write_text(json.dumps(edited))
        code, refused, _ = run("apply", str(file), "--yes")
        assert (code, refused["errors"][0]["code"]) == (4, "plan_edited")
    assert cluster.performed == []
    file.write_text(json.dumps(document))
    assert run("apply", str(file), "--yes")[0] == 0
    assert cluster.performed == [CREATE]


PROTECTED: dict[str, Any] = {
    **CLUSTER,
    "topics": {"payments.orders": "3x", "tmp.clicks": "1x"},
    "topic_configs": {
        "payments.orders": {"retention.ms": "1000", "min.insync.replicas": "2"},
        "tmp.clicks": {"retention.ms": "1000", "min.insync.replicas": "2"},
    },
    "offsets": {"payments.orders-0": [0, 100], "tmp.clicks-0": [0, 5]},
}
TRIM = DeleteRecords(
    topic="payments.orders", before={TopicPartition("payments.orders", 0): 100}
)  # fmt: skip


def forged(plan: Plan, folder: Path, **fields: Any) -> str:
    """Write a plan whose first step, or which itself, states something else, under the id of its new content."""
    of_step = {k: v for k, v in fields.items() if hasattr(plan.steps[0], k)}
    of_plan = {k: v for k, v in fields.items() if k not in of_step}
    steps = (replace(plan.steps[0], **of_step), *plan.steps[1:])
    file = folder / "forged.json"
    file.write_text(json.dumps(plan_to_plain(with_id(replace(plan, steps=steps, **of_plan)))))
    return str(file)


@pytest.fixture
def protected(cluster: ClusterOnFile, config: Path) -> ClusterOnFile:
    """Protect payments.* in production."""
    cluster.snapshot = snapshot_of(PROTECTED)
    config.write_text(
        config.read_text().replace(
            'criticality = { "click*"', 'protected = ["payments.*"]\ncriticality = { "click*"'
        )
    )
    return cluster


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"risk": Risk.SAFE, "object": ObjectRef("topic", "tmp.clicks")}, "object"),
        ({"risk": Risk.SAFE}, "risk"),
        ({"irreversible": "", "inverse": (CREATE,)}, "inverse"),
        ({"command": "kafka-topics.sh --list"}, "command"),
        ({"after": {"payments.orders-0 log start": "0"}}, "after"),
    ],
)
def test_a_plan_that_states_what_does_not_follow_from_its_change_is_refused(
    run, protected, tmp_path, fields: dict[str, Any], field: str
) -> None:
    plan = plan_of(protected, TRIM)
    code, document, _ = run("apply", str(forged(plan, tmp_path, **fields)), "--yes")
    assert (code, document["errors"][0]["code"]) == (4, "plan_edited")
    assert f"step 1: DeleteRecords states {field} " in document["errors"][0]["message"]
    assert protected.performed == []
    (line,) = run("plan", "audit")[1]["data"]["lines"]
    assert line["event"] == "refused"
    assert "tmp.clicks" not in line["detail"] or field == "object"
    assert run("plan", "list")[1]["data"]["plans"] == []


def test_the_store_is_believed_no_more_than_a_file(run, protected, tmp_path) -> None:
    plan = plan_of(protected, TRIM)
    file = forged(plan, tmp_path, risk=Risk.SAFE, object=ObjectRef("topic", "tmp.clicks"))
    other = plan_from_plain(json.loads(Path(file).read_text()), file)
    with open_store(Secret(f"sqlite:///{tmp_path}/state/steward.db")) as store:
        store.plans.save(other)
        store.plans.write(
            other.id, [JournalEntry(JournalEvent.STARTED, Instant(0), {})], fence_of(store)
        )
    for words in (("execute",), ("resume",), ("show",)):
        yes = () if words == ("show",) else ("--yes",)
        code, document, _ = run("plan", *words, other.id, *yes)
        assert (code, document["errors"][0]["code"]) == (4, "plan_edited"), words
    assert protected.performed == []


def test_a_criticality_that_no_manifest_said_here_does_not_count(run, cluster, tmp_path) -> None:
    scratch = replace(
        CREATE, name="scratch", configs={"retention.ms": "1000", "min.insync.replicas": "1"}
    )
    plan = plan_of(cluster, scratch)
    claims = {"*": Criticality.EPHEMERAL, "scratch": Criticality.EPHEMERAL}
    code, document, _ = run("apply", forged(plan, tmp_path, criticality=claims), "--yes")
    assert (code, document["errors"][0]["code"]) == (4, "min_isr_below_two")
    assert cluster.performed == []


def test_what_a_plan_says_of_disuse_and_of_undoing_is_not_taken_for_it(
    run, cluster, tmp_path
) -> None:
    quiet = {**EMPTY, "offsets": {"old-0": [0, 0]}}
    cluster.snapshot = snapshot_of({**CLUSTER, **quiet})
    claimed = plan_of(cluster, DeleteTopic(name="old", topic_id="", disuse="nobody uses it"))
    code, document, _ = run("apply", forged(claimed, tmp_path), "--confirm", "old")
    assert (code, document["errors"][0]["code"]) == (4, "topic_deletion")
    plain = plan_of(cluster, DeleteTopic(name="old", topic_id=""))
    code, document, _ = run("apply", forged(plain, tmp_path, undoes=claimed.id), "--confirm", "old")
    assert (code, document["errors"][0]["code"]) == (4, "topic_deletion")
    assert cluster.performed == []


def test_a_plan_lasts_a_day_whatever_it_says(run, cluster, tmp_path) -> None:
    old = plan_of(cluster, CREATE, age_ms=30 * 3_600_000)
    longer = Instant(old.expires_at.ms + 1_000_000_000)
    code, document, _ = run("apply", forged(old, tmp_path, expires_at=longer), "--yes")
    assert (code, document["errors"][0]["code"]) == (6, "plan_expired")
    young = plan_of(cluster, CREATE, age_ms=-3_600_000)
    code, document, _ = run("apply", forged(young, tmp_path), "--yes")
    assert (code, document["errors"][0]["code"]) == (4, "plan_from_future")
    assert cluster.performed == []


def test_another_plan_in_the_row_of_an_id_is_not_carried_out(run, kept, cluster, tmp_path) -> None:
    mine, other = kept(KEEP_LONGER), kept(KEEP_SHORTER)
    with sqlite3.connect(tmp_path / "state" / "steward.db") as database:
        body = "(SELECT body FROM plans WHERE id = ?)"
        database.execute(f"UPDATE plans SET body = {body} WHERE id = ?", (other.id, mine.id))
    for words in (("execute", "--confirm", "orders"), ("show",), ("status",), ("undo", "--yes")):
        code, document, _ = run("plan", words[0], mine.id, *words[1:])
        assert (code, document["errors"][0]["code"]) == (4, "wrong_document"), words
    assert run("apply", mine.id, "--confirm", "orders")[0] == 4
    assert cluster.performed == []
    titles = {row["id"]: row["title"] for row in run("plan", "list")[1]["data"]["plans"]}
    assert f"its own key is {other.id}" in titles[mine.id]
    assert titles[other.id] == "t"
