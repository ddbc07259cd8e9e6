"""What people and scripts are told of losses and restarts, and by which exit code."""

from typing import Any

import jsonschema
import pytest

from steward.commands.api.envelope import envelope_schema
from steward.commands.api.index import all_capabilities
from support.cluster_text import snapshot_of
from support.command_line import CommandLine, Ran

CAPABILITIES = {c.name: c for c in all_capabilities()}
CLUSTER: dict[str, Any] = {
    "identity": {"version": "4.3", "controller": 1},
    "brokers": "1@a 2@b 3@c",
    "quorum": {"leader": 1, "voters": {1: 0, 2: 500, 3: 500}},
    "topics": {
        "orders": ["1* 2 3", "2* 3 1"],
        "single": ["1*"],
        "__consumer_offsets": {"internal": True, "partitions": ["1* 2 3"]},
    },
    "topic_configs": {"*": {"min.insync.replicas": "2"}, "single": {"min.insync.replicas": "1"}},
    "log_dirs": {b: {"/data": {"orders-0": 100, "orders-1": 50}} for b in (1, 2, 3)},
    "groups": {
        "billing": {"members": [{"assignment": ["orders-0"]}]},
        "audit": {"type": "share", "members": "denied: DESCRIBE on group audit"},
        "idle": {"state": "Empty"},
    },
    "group_offsets": {"billing": {"single-0": 3}, "audit": {"single-0": 1}, "idle": {}},
}
SINGLE = ("--accept", "single")


class OnCluster:
    """Runs commands against the cluster above, changed."""

    def __init__(self, steward: CommandLine) -> None:
        self._steward = steward

    def __call__(self, *words: str, **parts: Any) -> Ran:
        self._steward.snapshot = snapshot_of({**CLUSTER, **parts})
        return self._steward(*words)

    def data(self, *words: str, **parts: Any) -> Any:
        ran = self(*words, "-o", "json", **parts)
        document = ran.json
        jsonschema.validate(document, envelope_schema(CAPABILITIES[".".join(words[:2])]))
        return document["data"]


@pytest.fixture
def run(steward: CommandLine) -> OnCluster:
    return OnCluster(steward)


def test_a_broker_in_full(run: OnCluster) -> None:
    (found,) = run.data("broker", "impact", "1")["impacts"]
    assert found["scope"] == {"kind": "broker", "ids": [1], "name": "1"}
    assert (found["partitions_offline"], found["offline"]) == (1, ["single-0"])
    assert (found["partitions_below_min_isr"], found["below_min_isr"]) == (1, ["single-0"])
    assert found["partitions_at_risk"] == 3
    assert found["leaders_moved"] == 2
    assert found["leaders_to"] == [{"broker": 2, "leaders": 2, "bytes_per_second": None}]
    assert found["partitions_without_target"] == 3
    groups = {g["group"]: g for g in found["groups"]}
    assert set(groups) == {"audit", "billing", "idle"}
    assert groups["billing"]["partitions_offline"] == 1
    assert groups["billing"]["leaders_moved"] == 1
    assert groups["idle"]["coordinator"] == "moves"


def test_what_was_not_measured_is_unknown_and_says_how_to_know(run: OnCluster) -> None:
    document = run("broker", "impact", "1", "-o", "json").json
    assert document["data"]["impacts"][0]["peak"] is None
    assert document["data"]["impacts"][0]["producers"] is None
    assert "--wait" in str(document["unknown"])


def test_two_looks_tell_rates(run: OnCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    offsets = {"orders-0": [0, 10], "orders-1": [0, 10], "single-0": [0, 0]}
    (found,) = run.data("broker", "impact", "1", "--wait", "1s", offsets=offsets)["impacts"]
    # both looks are of one time here: no rate can follow from them
    assert found["peak"] is None


def test_a_rack_and_a_pair(run: OnCluster) -> None:
    rack, pair = run.data("broker", "impact", "--rack", "b", "--pair", "2,3")["impacts"]
    assert rack["scope"] == {"kind": "rack", "ids": [2], "name": "b"}
    assert pair["scope"] == {"kind": "pair", "ids": [2, 3], "name": "2,3"}
    assert (rack["partitions_below_min_isr"], pair["partitions_below_min_isr"]) == (0, 3)


def test_all_are_ranked_the_worst_first(run: OnCluster) -> None:
    found = run.data("broker", "impact", "--all", "--pairs", "--topics")
    kinds = [i["scope"]["kind"] for i in found["impacts"]]
    assert kinds == ["pair"] * 3 + ["broker"] * 3 + ["rack"] * 3
    brokers = [i["scope"]["ids"][0] for i in found["impacts"] if i["scope"]["kind"] == "broker"]
    assert brokers[0] == 1
    assert found["pairs"] == {"pairs": 3, "with_offline": 2, "with_below_min_isr": 3, "shown": 3}
    topics = {t["topic"]: t for t in found["topics"]}
    assert topics["orders"]["writes_survive_brokers"] == 1
    assert topics["orders"]["data_survives_racks"] == 2
    assert topics["single"]["data_survives_brokers"] == 0


def test_text_names_what_stops(run: OnCluster) -> None:
    text = run("broker", "impact", "1").out
    assert "LOSS OF BROKER 1: 1 partition without a leader" in text
    assert "single-0" in text
    table = run("broker", "impact").out
    assert table.startswith("LOST")
    assert "broker 1" in table


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("impact", "9"), 1, "broker 9 does not exist"),
        (("impact", "--rack", "z"), 1, "rack z does not exist"),
        (("impact", "--host", "z"), 1, "host z does not exist"),
        (("impact", "--pair", "1"), 2, "does not name two brokers"),
        (("impact", "--limit", "0"), 2, "--limit must be 1 or more"),
        (("restart-gate", "9"), 1, "broker 9 does not exist"),
        (("restart-gate",), 2, "no broker named"),
    ],
)
def test_wrong_usage(run: OnCluster, words: tuple[str, ...], code: int, said: str) -> None:
    ran = run("broker", *words)
    assert (ran.code, said in ran.err) == (code, True), ran.err


def test_a_cluster_that_hides_its_topics_is_7(run: OnCluster) -> None:
    assert run("broker", "impact", topics="denied: DESCRIBE on topics").code == 7
    assert run("broker", "restart-gate", "1", topics="denied: DESCRIBE on topics").code == 7


def test_the_gate_opens(run: OnCluster) -> None:
    ran = run("broker", "restart-gate", "2")
    assert ran.code == 0
    assert "BROKER 2: YES" in ran.out


def test_a_single_replica_shuts_the_gate_until_it_is_accepted(run: OnCluster) -> None:
    shut = run("broker", "restart-gate", "1", "-o", "json")
    assert shut.code == 3
    (reason,) = shut.json["data"]["reasons"]
    assert (reason["rule"], reason["objects"], reason["passes"]) == ("offline", ["single-0"], False)
    ran = run("broker", "restart-gate", "1", *SINGLE)
    assert ran.code == 0
    assert "is the active controller" in ran.out


def test_two_at_once_stop_writes(run: OnCluster) -> None:
    found = run.data("broker", "restart-gate", "2", "3")
    assert {r["rule"] for r in found["reasons"]} == {"below_min_isr", "quorum"}


LAGGING = {"orders": ["1* 2 3 isr 1 2", "2* 3 1"], "single": ["1*"]}


@pytest.mark.parametrize(
    ("broker", "parts", "rule"),
    [
        ("2", {"topics": LAGGING}, "below_min_isr"),
        ("2", {"topics": {"orders": ["1* 2 3 isr 1"]}}, "below_min_isr_now"),
        ("2", {"topics": {"orders": ["1 3 isr 1"]}}, "offline_now"),
        ("2", {"reassignments": {"orders-0": {"replicas": [1, 2, 3], "adding": [2]}}}, "reassignment"),
        ("2", {"quorum": {"leader": 1, "voters": {1: 0, 2: 500, 3: 90_000}}}, "quorum"),
        ("2", {"quorum": {"leader": -1, "voters": {1: 0, 2: 0, 3: 0}}}, "quorum"),
        ("2", {"quorum": "denied: DESCRIBE on cluster"}, "unseen"),
        ("2", {"reassignments": "denied: DESCRIBE on cluster"}, "unseen"),
        ("2", {"topic_configs": "denied: DESCRIBE_CONFIGS on topics"}, "unseen"),
        ("2", {"topics": {"_gap": "denied: DESCRIBE on topic x", "orders": ["1* 2 3"]}}, "unseen"),
    ],
)  # fmt: skip
def test_what_shuts_the_gate(run: OnCluster, broker: str, parts: dict[str, Any], rule: str) -> None:
    ran = run("broker", "restart-gate", broker, "-o", "json", **parts)
    assert ran.code == 3
    assert [r["rule"] for r in ran.json["data"]["reasons"]] == [rule]


def test_reassignments_elsewhere_are_a_caution(run: OnCluster) -> None:
    topics = {"orders": ["1* 2 3"], "there": ["1* 3"]}
    configs = {"*": {"min.insync.replicas": "1"}}
    moves = {"there-0": {"replicas": [1, 3]}}
    parts = {"topics": topics, "reassignments": moves, "topic_configs": configs}
    found = run.data("broker", "restart-gate", "2", **parts)
    assert found["may_restart"]
    assert [c["rule"] for c in found["cautions"]] == ["reassignment"]


def test_no_controlled_shutdown_is_a_caution(run: OnCluster) -> None:
    off = {2: {"controlled.shutdown.enable": "false"}}
    found = run.data("broker", "restart-gate", "2", broker_configs=off)
    assert [c["rule"] for c in found["cautions"]] == ["controlled_shutdown"]


def test_a_broker_that_is_down_may_be_started(run: OnCluster) -> None:
    topics = {"orders": ["1* 2 3 isr 1 2"], "on3": ["3 isr 3"]}
    down: dict[str, Any] = {"brokers": "1@a 2@b 3@c!", "topics": topics}
    assert run("broker", "restart-gate", "3", **down).code == 0
    assert run("broker", "restart-gate", "2", **down).code == 3


def test_batches_keep_isr_and_the_quorum_and_end_with_the_controller(run: OnCluster) -> None:
    brokers = "1@a 2@a 3@b 4@b 5@c 6@c"
    topics = {"orders": ["1* 3 5", "2* 4 6", "3* 5 1"]}
    quorum = {"leader": 5, "voters": {1: 0, 3: 0, 5: 0}}
    found = run.data("broker", "restart-gate", "--batches", brokers=brokers, topics=topics, quorum=quorum)  # fmt: skip
    assert found["may_restart"] is None
    assert [b["brokers"] for b in found["batches"]] == [[1, 2], [3, 4], [5, 6]]
    assert found["blocked"] == []
