"""Rows from snapshots: what is counted, what is unknown, what is never guessed."""

from collections.abc import Callable
from typing import Any

import pytest

from steward.analysis.lag.positions import Positions, total_lag
from steward.cluster.permissions import Right
from steward.commands.acl.rows import rights_of
from steward.commands.api.context import Context
from steward.commands.api.matching import chosen, comparison
from steward.commands.api.registry import Answer, Outcome
from steward.commands.broker.rows import broker_rows
from steward.commands.cluster.describe import description_of
from steward.commands.cluster.doctor import diagnosis_of, outcome_of
from steward.commands.cluster.permissions import commands
from steward.commands.cluster.quorum import description
from steward.commands.group.rows import GroupListParams, descriptions, group_rows
from steward.commands.quota.rows import QuotaDescribeParams, effective
from steward.commands.topic import describe
from steward.commands.topic import list as listing
from steward.commands.topic.description import TopicPartitionRow
from steward.commands.topic.health import PartitionState, TopicFacts
from steward.commands.topic.rows import TopicListParams, topic_rows
from steward.commands.transaction.rows import TransactionListParams, transaction_rows
from steward.model.doctor import CheckStatus, DoctorStep
from steward.model.error import ObjectNotFound, UsageError
from steward.model.names import TopicPartition
from steward.model.snapshot import Part
from steward.model.unknown import NotApplicable, Observed, Unknown
from steward.settings.shapes import Profile
from support.cluster_text import snapshot_of
from support.fake_observer import FakeObserver


def known(part: Any) -> Any:
    assert isinstance(part, Observed)
    return part.value


# Topics


def test_a_replica_that_is_only_being_added_is_not_owed():
    moving = {"orders-0": {"replicas": [1, 2, 3], "adding": [3], "removing": []}}
    data = {"topics": {"orders": ["1* 2 3 isr 1 2"]}, "reassignments": moving}
    assert topic_rows(snapshot_of(data), TopicListParams())[0].under_replicated == 0
    data["reassignments"] = {}
    assert topic_rows(snapshot_of(data), TopicListParams())[0].under_replicated == 1


@pytest.mark.parametrize(
    ("line", "state"),
    [
        ("1* 2 3", PartitionState.OK),
        ("1* 2 3 isr 1 2", PartitionState.UNDER_REPLICATED),
        ("1* 2 3 isr 1", PartitionState.UNDER_MIN_ISR),
        ("1 2 3 isr 1", PartitionState.OFFLINE),
    ],
)
def test_a_partition_has_the_worst_state_that_holds(line: str, state: PartitionState):
    snapshot = snapshot_of(
        {"topics": {"t": [line]}, "topic_configs": {"t": {"min.insync.replicas": "2"}}}
    )
    partition = known(snapshot.topics)[0].partitions[0]
    assert TopicFacts(snapshot).state(partition) is state


def test_a_topic_whose_config_is_denied_is_kept_by_the_filter_as_unknown():
    snapshot = snapshot_of(
        {
            "topics": {"fine": ["1* 2 3"], "hidden": ["1* 2 3"]},
            "topic_configs": {
                "fine": {"min.insync.replicas": "2"},
                "hidden": "denied: DESCRIBE_CONFIGS on topic hidden",
            },
        }
    )
    rows = topic_rows(snapshot, TopicListParams(under_min_isr=True))
    assert [(row.name, type(row.under_min_isr)) for row in rows] == [("hidden", Unknown)]


@pytest.mark.parametrize(
    ("params", "names"),
    [
        ({}, ["a", "b", "c", "d"]),
        ({"internal": True}, ["__x", "a", "b", "c", "d"]),
        ({"names": ("__x",)}, ["__x"]),
        ({"names": (".*",)}, ["a", "b", "c", "d"]),
        ({"names": ("[ab]", "d")}, ["a", "b", "d"]),
        ({"under_replicated": True}, ["b", "c", "d"]),
        ({"unavailable": True}, ["d"]),
        ({"under_min_isr": True}, ["c", "d"]),
        ({"at_min_isr": True}, ["b"]),
        ({"at_min_isr": True, "unavailable": True}, ["b", "d"]),
    ],
)
def test_topic_filters(params: dict[str, Any], names: list[str]):
    lines = {"a": "1* 2 3", "b": "1* 2 3 isr 1 2", "c": "1* 2 3 isr 1", "d": "1 2 3 isr 1"}
    snapshot = snapshot_of(
        {
            "topics": {
                **{name: [line] for name, line in lines.items()},
                "__x": {"internal": True, "partitions": ["1* 2 3"]},
            },
            "topic_configs": {name: {"min.insync.replicas": "2"} for name in lines},
        }
    )
    assert [row.name for row in topic_rows(snapshot, TopicListParams(**params))] == names


def test_a_size_without_one_broker_is_unknown_not_smaller():
    data: dict[str, Any] = {
        "topics": {"t": ["1* 2"]},
        "log_dirs": {1: {"/d": {"t-0": 10}}, 2: "unreachable: broker 2"},
    }
    assert isinstance(
        topic_rows(snapshot_of(data), TopicListParams(size=True))[0].size_bytes, Unknown
    )
    data["log_dirs"][2] = {"/d": {"t-0": 12}}
    assert topic_rows(snapshot_of(data), TopicListParams(size=True))[0].size_bytes == 22


def asked(handler: Callable[[Any, Context], Answer[Any]], params: Any, data: dict[str, Any]):
    observer = FakeObserver(snapshot_of(data))
    context = Context(connect=lambda _: observer, bootstrap="h:1", environ={})
    return handler(params, context), observer


def test_topic_list_asks_for_topics_alone_while_all_is_well():
    _, observer = asked(listing.list_topics.handler, TopicListParams(), {"topics": {"t": ["1* 2"]}})
    assert [parts for parts, _ in observer.asked] == [{Part.TOPICS, Part.IDENTITY}]
    assert observer.closed


def test_topic_list_asks_for_movements_once_replicas_lack():
    data = {"topics": {"t": ["1* 2 isr 1"]}}
    _, observer = asked(listing.list_topics.handler, TopicListParams(), data)
    assert [parts for parts, _ in observer.asked][1:] == [{Part.REASSIGNMENTS}]


def test_topic_describe_asks_for_its_topics_and_their_groups_alone():
    data = {
        "topics": {"t": ["1* 2"], "other": ["1* 2"]},
        "offsets": {"t-0": [0, 9], "other-0": [0, 9]},
        "groups": {"g": {}, "h": {}},
        "group_offsets": {"g": {"t-0": 3}, "h": {"other-0": 3}},
    }
    params = describe.TopicDescribeParams(names=("t",))
    answer, observer = asked(describe.describe_topics.handler, params, data)
    assert [row.group for row in answer.data.topics[0].groups] == ["g"]
    assert all(scope.topics == {"t"} for _, scope in observer.asked)
    last_parts, last_scope = observer.asked[-1]
    assert last_parts == {Part.OFFSETS, Part.GROUPS}
    assert last_scope.groups == {"g"}


def test_topic_describe_sections_ask_for_no_more_than_they_show():
    params = describe.TopicDescribeParams(names=("t",), section=("configs",))
    _, observer = asked(describe.describe_topics.handler, params, {"topics": {"t": ["1* 2"]}})
    assert observer.parts_asked == {Part.IDENTITY, Part.TOPICS, Part.TOPIC_CONFIGS}


def test_an_offline_partition_keeps_what_is_known_of_it():
    data = {"topics": {"t": ["1 2 isr 2"]}, "offsets": {"t-0": "unreachable: no leader"}}
    params = describe.TopicDescribeParams(names=("t",))
    answer, _ = asked(describe.describe_topics.handler, params, data)
    row: TopicPartitionRow = answer.data.topics[0].partitions[0]
    assert (row.leader, row.replicas, row.isr) == (None, (1, 2), (2,))
    assert isinstance(row.end_offset, Unknown)
    assert isinstance(row.size_bytes, Unknown)


# Groups and lag

LAG = {
    "topics": {"t": 4 * ["1* 2"]},
    "offsets": {"t-0": [100, 1000], "t-1": [0, 500], "t-2": [7, 7], "t-3": "timed_out: broker 1"},
}


@pytest.mark.parametrize(
    ("partition", "committed", "lag", "lost", "flags"),
    [
        (0, 900, 100, 0, []),
        (0, 1000, 0, 0, []),
        (0, 100, 900, 0, []),
        (0, 40, 960, 60, ["data_loss"]),
        (0, 1200, 0, 0, ["recreated"]),
        (2, None, 0, 0, ["no_commit"]),
        (1, None, Unknown, 0, ["no_commit"]),
        (3, 10, Unknown, Unknown, []),
        (9, 10, NotApplicable, NotApplicable, ["topic_gone"]),
    ],
)
def test_lag_of_a_partition(partition: int, committed: Any, lag: Any, lost: Any, flags: list[str]):
    found = Positions(snapshot_of(LAG)).of_partition(TopicPartition("t", partition), committed)
    for value, expected in ((found.lag_records, lag), (found.lost_records, lost)):
        assert isinstance(value, expected) if isinstance(expected, type) else value == expected
    assert list(found.flags) == flags


def test_an_unknown_partition_makes_the_total_unknown_and_says_what_is_certain():
    snapshot = snapshot_of({**LAG, "group_offsets": {"g": {"t-0": 900, "t-3": 5}}})
    total = total_lag(Positions(snapshot).of_group("g"))
    assert isinstance(total, Unknown)
    assert "at least 100 records" in str(total)


def test_a_deleted_topic_does_not_count_as_lag():
    snapshot = snapshot_of({**LAG, "group_offsets": {"g": {"t-0": 900, "gone-0": 5}}})
    assert total_lag(Positions(snapshot).of_group("g")) == 100


def test_a_topic_that_may_only_be_hidden_is_unknown_not_gone():
    data = {
        **LAG,
        "topics": {"t": ["1* 2"], "_gap": "denied: DESCRIBE on topic secret"},
        "group_offsets": {"g": {"secret-0": 5}},
    }
    found = Positions(snapshot_of(data)).of_group("g")
    assert not isinstance(found, Unknown)
    assert found[0].flags == ()
    assert isinstance(found[0].lag_records, Unknown)


def test_a_group_without_commits_has_no_lag_rather_than_none():
    snapshot = snapshot_of({**LAG, "groups": {"g": {}}, "group_offsets": {"g": {}}})
    assert isinstance(group_rows(snapshot, GroupListParams())[0].lag_records, NotApplicable)


def test_an_assigned_partition_without_commit_is_listed():
    member = {"id": "m", "client": "c", "assignment": ["t-0", "t-1"]}
    snapshot = snapshot_of(
        {**LAG, "groups": {"g": {"members": [member]}}, "group_offsets": {"g": {"t-0": 900}}}
    )
    group = descriptions(snapshot, frozenset({"g"}))[0]
    assert not isinstance(group.partitions, Unknown)
    assert [(p.partition, p.client_id) for p in group.partitions] == [(0, "c"), (1, "c")]
    assert isinstance(group.summary.lag_records, Unknown)


@pytest.mark.parametrize(
    ("params", "names"),
    [
        ({}, ["behind", "dark", "even"]),
        ({"lag": ">0"}, ["behind", "dark"]),
        ({"lag": "=0"}, ["dark", "even"]),
        ({"lag": ">=1_000"}, ["dark"]),
        ({"state": ("Empty",)}, ["even"]),
        ({"type": ("share", "consumer")}, ["dark"]),
        ({"names": ("e.*", "behind")}, ["behind", "even"]),
    ],
)
def test_group_filters_keep_what_cannot_be_judged(params: dict[str, Any], names: list[str]):
    snapshot = snapshot_of(
        {
            **LAG,
            "groups": {"even": {"state": "Empty"}, "behind": {}, "dark": {"type": "consumer"}},
            "group_offsets": {
                "even": {"t-1": 500}, "behind": {"t-1": 1}, "dark": "timed_out: broker 2",
            },
        }
    )  # fmt: skip
    assert [row.group for row in group_rows(snapshot, GroupListParams(**params))] == names


# Brokers, cluster, quorum


def test_a_broker_that_only_its_replicas_remember_is_absent_not_left_out():
    rows = broker_rows(snapshot_of({"brokers": "1 2", "topics": {"t": ["1* 2 7 isr 1 2"]}}))
    assert [(row.id, row.status, row.out_of_sync) for row in rows] == [
        (1, "running", 0), (2, "running", 0), (7, "absent", 1),
    ]  # fmt: skip


def test_a_failed_log_directory_shows_in_the_status():
    dirs = {1: {"/a": {"_error": "KAFKA_STORAGE_ERROR"}, "/b": {"_total": 100, "_usable": 25}}}
    row = broker_rows(snapshot_of({"brokers": "1", "log_dirs": dirs}))[0]
    assert (row.status, row.failed_log_dirs, row.disk_used_percent) == ("degraded", 1, 75.0)


@pytest.mark.parametrize(
    ("voters", "caught_up", "may_fail"),
    [
        ({1: 0, 2: 0, 3: 0}, 3, 1),
        ({1: 0, 2: 0, 3: 60_000}, 2, 0),
        ({1: 0, 2: 60_000, 3: 60_000}, 1, 0),
        ({1: 0, 2: 0, 3: 0, 4: 0, 5: 0}, 5, 2),
        ({1: 0}, 1, 0),
    ],
)
def test_how_many_voters_may_fail(voters: dict[int, int], caught_up: int, may_fail: int):
    snapshot = snapshot_of({"quorum": {"leader": 1, "voters": voters}})
    summary = description(known(snapshot.quorum)).summary
    assert (summary.voters_caught_up, summary.may_fail) == (caught_up, may_fail)  # pyright: ignore


@pytest.mark.parametrize(
    ("acls", "authorizer"),
    [
        ([], True),
        ("denied: DESCRIBE on cluster", True),
        ("not_applicable: no authorizer", False),
        ("timed_out: broker 1", None),
    ],
)
def test_whether_there_is_an_authorizer(acls: Any, authorizer: bool | None):
    profile = Profile(bootstrap_servers="h:1")
    found = description_of(snapshot_of({"acls": acls}), "x", profile).access.authorizer
    assert isinstance(found, Unknown) if authorizer is None else found is authorizer


# Security


def test_rights_count_denials_implications_and_everyone():
    acls = known(
        snapshot_of(
            {
                "acls": [
                    "ALLOW User:a READ TOPIC LITERAL t *",
                    "ALLOW User:a ALTER_CONFIGS TOPIC LITERAL t *",
                    "ALLOW User:a WRITE TOPIC LITERAL t *",
                    "DENY User:* WRITE TOPIC PREFIXED t *",
                    "ALLOW User:b READ TOPIC LITERAL t *",
                ]
            }
        ).acls
    )
    rows = {(r.resource_name, r.pattern_type): r for r in rights_of("User:a", acls)}
    literal = rows["t", "LITERAL"]
    assert literal.allowed == ("ALTER_CONFIGS", "DESCRIBE", "DESCRIBE_CONFIGS", "READ")
    assert literal.defeated == ("WRITE",)
    assert rows["t", "PREFIXED"].denied == ("WRITE",)
    assert rows["t", "PREFIXED"].through == ("User:*",)


def test_which_quota_limits_a_client():
    entries = known(
        snapshot_of(
            {
                "quotas": [
                    {"user": "alice", "producer_byte_rate": 10},
                    {"user": "alice", "client-id": "app", "producer_byte_rate": 5},
                    {"client-id": None, "consumer_byte_rate": 7},
                ]
            }
        ).quotas
    )
    found = effective(QuotaDescribeParams(user="alice", client_id="app"), entries)
    by_key = {q.quota: (q.status, q.limit, q.entity) for q in found}
    assert by_key["producer_byte_rate"] == ("limited", 5.0, "user=alice,client-id=app")
    assert by_key["consumer_byte_rate"] == ("limited", 7.0, "client-id=<default>")
    assert by_key["request_percentage"] == ("unlimited", None, None)
    assert "connection_creation_rate" not in by_key


def test_transactions_are_filtered_by_age_and_state():
    snapshot = snapshot_of({"transactions": {"a": {"age": 5}, "b": {"age": 500}, "c": {}}})
    rows = transaction_rows(snapshot, TransactionListParams(open_longer_than=60))
    assert [(row.transactional_id, row.open_seconds) for row in rows] == [("b", 500.0)]


def test_commands_leave_out_what_is_implied_and_quote_for_the_shell():
    rights = {
        Right("DESCRIBE", "TOPIC", "*", "", ""),
        Right("READ", "TOPIC", "*", "", ""),
        Right("DESCRIBE_CONFIGS", "TOPIC", "*", "", ""),
    }
    (command,) = commands(rights, "User:CN=a b")
    assert str(command) == (
        "kafka-acls.sh --bootstrap-server HOST:PORT --add --allow-principal 'User:CN=a b'"
        " --operation DescribeConfigs --operation Read --topic '*'"
    )


# Doctor


def step(name: str, status: CheckStatus, target: str = "h:1") -> DoctorStep:
    return DoctorStep(name, target, status, f"{name} said so", "do this")


OK, FAILED, SKIPPED, WARNING = (
    CheckStatus.OK, CheckStatus.FAILED, CheckStatus.SKIPPED, CheckStatus.WARNING,
)  # fmt: skip


@pytest.mark.parametrize(
    ("steps", "outcome", "verdict"),
    [
        ([("dns", OK), ("metadata", OK)], Outcome.DONE, "every step succeeded"),
        ([("metadata", OK), ("authorization", WARNING)], Outcome.DONE, "connected, with limits"),
        ([("dns", FAILED), ("tcp", SKIPPED)], Outcome.UNREACHABLE, "dns fails at h:1"),
        ([("dns", OK), ("tls", FAILED)], Outcome.UNREACHABLE, "tls fails at h:1"),
        ([("tcp", OK), ("sasl", FAILED)], Outcome.NOT_PERMITTED, "sasl fails at h:1"),
        ([("configuration", FAILED)], Outcome.FAILED, "configuration fails"),
        (
            [("metadata", OK), ("tcp", FAILED)],
            Outcome.FAILED,
            "the cluster responds, but tcp fails",
        ),
    ],
)
def test_what_the_doctor_concludes(steps: Any, outcome: Outcome, verdict: str):
    taken = tuple(step(name, status) for name, status in steps)
    assert outcome_of(taken) is outcome
    assert diagnosis_of(taken).verdict.startswith(verdict)


# Choosing


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["a.b"], {"a.b"}),
        (["a.*"], {"a.b", "axb"}),
        (["a\\.b"], {"a.b"}),
        (["_x", "axb"], {"_x", "axb"}),
        ([".*"], {"a.b", "axb"}),
    ],
)
def test_names_come_before_patterns_and_patterns_skip_hidden_names(
    words: list[str], found: set[str]
):
    names = ["a.b", "axb", "_x"]
    assert chosen(words, names, "topic", hidden=frozenset({"_x"})) == found


def test_what_means_nothing_is_not_found_and_may_only_be_hidden():
    with pytest.raises(ObjectNotFound) as caught:
        chosen(["b"], ["a"], "topic", complete=False)
    assert "hidden without DESCRIBE on the topic" in caught.value.remedy


def test_a_shell_pattern_is_explained():
    with pytest.raises(UsageError) as caught:
        chosen(["*x"], ["a"], "topic")
    assert "'.*x'" in caught.value.remedy


@pytest.mark.parametrize(
    ("text", "yes", "no"), [(">0", 1, 0), (">=1,000", 1000, 999), ("<5", 4, 5), ("7", 7, 8)]
)
def test_comparisons(text: str, yes: int, no: int):
    assert comparison(text)(yes)
    assert not comparison(text)(no)
