"""What a person reads, to the letter."""

import csv
import io

import pytest

from support.command_line import CommandLine
from support.example_cluster import example

GOLDEN = {
    ("topic", "list"): """\
NAME    PARTITIONS  REPLICATION-FACTOR  UNDER-REPLICATED  OFFLINE
clicks           2                   2                 0        0
orders           3                   3                 3        1
""",
    ("topic", "list", "--under-min-isr", "--no-headers"): """\
clicks  2  2  0  0  unknown  unknown  unknown
orders  3  3  3  1        2        2        1
""",
    ("topic", "describe", "orders", "--section", "partitions"): """\
name  orders

PARTITIONS
PARTITION  STATE             LEADER  REPLICAS  ISR  OFFLINE-REPLICAS  START-OFFSET  END-OFFSET  SIZE-BYTES
        0  under_replicated       1  1,2,3     1,2  -                          100        1000       2 KiB
        1  under_min_isr          2  2,3,1     2    -                            0         500       1 KiB
        2  offline                -  3,1,2     3    3                      unknown     unknown     unknown
""",
    ("group", "list"): """\
GROUP     TYPE      STATE   MEMBERS  COORDINATOR  LAG-RECORDS  FLAGS       TOPICS
audit     share     Stable  unknown            3      unknown  -           -
billing   classic   Stable        1            2          970  data_loss   orders
clicker   classic   Stable        1            1      unknown  no_commit   clicks
shipping  consumer  Empty         0            1           10  topic_gone  gone,orders
""",
    ("group", "describe", "billing"): """\
group             billing
type              classic
state             Stable
coordinator       2
protocol type     consumer
assignor          range
epoch             -
assignment epoch  -
lag records       970
flags             data_loss

MEMBERS
CLIENT-ID  HOST       INSTANCE-ID  PARTITIONS  LAG-RECORDS  ASSIGNMENT
billing-1  /10.0.0.1  i1                    2          970  orders:0-1

PARTITIONS
TOPIC   PARTITION  COMMITTED-OFFSET  END-OFFSET  LAG-RECORDS  FLAGS      CLIENT-ID
orders          0                50        1000          950  data_loss  billing-1
orders          1               480         500           20  -          billing-1
""",
    ("broker", "list"): """\
ID  ADDRESS       RACK  STATUS   IS-CONTROLLER  LEADERS  REPLICAS  OUT-OF-SYNC  LOG-BYTES  DISK-USED-PERCENT
 1  broker1:9092  a     running  yes                  3         6            2    3.7 KiB             90.0 %
 2  broker2:9092  b     running  no                   2         6            1    3.7 KiB             50.0 %
 3  broker3:9092  c     fenced   no                   0         4            2    unknown            unknown
""",
    ("quorum", "describe"): """\
leader id           1
leader epoch        7
high watermark      1000
voter count         3
voters caught up    2
tolerated failures  0

VOTERS
ID  ROLE    LOG-END-OFFSET  LAG-RECORDS  BEHIND-SECONDS
 1  leader            1000            0              0s
 2  voter             1000            0           500ms
 3  voter             1000            0          1m 30s

OBSERVERS
no observers
""",
    ("acl", "list", "--topic", "orders"): """\
PRINCIPAL  PERMISSION  OPERATION  RESOURCE-TYPE  RESOURCE-NAME  PATTERN-TYPE  HOST
User:app   ALLOW       READ       TOPIC          ord            PREFIXED      *
User:app   ALLOW       WRITE      TOPIC          orders         LITERAL       *
User:app   DENY        WRITE      TOPIC          orders         LITERAL       *
User:ops   ALLOW       ALL        TOPIC          *              LITERAL       10.0.0.9
""",
    ("acl", "describe", "app"): """\
principal  User:app

RIGHTS
RESOURCE-TYPE  RESOURCE-NAME  PATTERN-TYPE  ALLOWED        DENIED  HOST  DEFEATED
CLUSTER        kafka-cluster  LITERAL       DESCRIBE       -       *     -
GROUP          billing        LITERAL       DESCRIBE,READ  -       *     -
TOPIC          ord            PREFIXED      DESCRIBE,READ  -       *     -
TOPIC          orders         LITERAL       -              WRITE   *     WRITE
""",
    ("quota", "list"): """\
ENTITY                              PRODUCER-BYTE-RATE  REQUEST-PERCENTAGE
user=<default>,client-id=<default>                   -                25 %
user=alice                                     1 MiB/s                   -
""",
    ("user", "list"): """\
USER   MECHANISM      ITERATIONS
alice  SCRAM-SHA-512       8,192
app    SCRAM-SHA-256       4,096
app    SCRAM-SHA-512       4,096
""",
    ("transaction", "list"): """\
TRANSACTIONAL-ID  STATE           OPEN-SECONDS  TIMEOUT-SECONDS  PARTITIONS  COORDINATOR  PRODUCER-ID
pay-1             Ongoing               1m 30s               1m           1            1            9
pay-2             CompleteCommit             -               1m           0            1           10
""",
}  # fmt: skip


@pytest.mark.parametrize("words", GOLDEN, ids=" ".join)
def test_text(words: tuple[str, ...], steward: CommandLine):
    ran = steward(*words)
    assert ran.out == GOLDEN[words]
    assert ran.code == 0


def test_notes_say_once_what_is_unknown_and_why(steward: CommandLine):
    ran = steward("topic", "describe", "orders", "clicks")
    fields = (
        "under_min_isr, at_min_isr, min_insync_replicas, cleanup_policy, retention_ms, "
        "retention_bytes, configs"
    )
    assert ran.err.splitlines() == [
        f"unknown: {fields} of clicks: not permitted: needs DESCRIBE_CONFIGS on topic clicks",
        "unknown: size_bytes of orders: broker 3 did not answer",
        "unknown: start_offset, end_offset, last_stable_offset of orders-2: no leader of orders-2",
        "unknown: size_bytes of orders-2: the partition has no leader",
    ]
    assert steward("topic", "describe", "orders", "--quiet").err == ""


def test_many_unknown_facts_do_not_flood_the_terminal(steward: CommandLine):
    steward.snapshot = example(
        topics={f"t{i}": ["1* 2 3"] for i in range(50)},
        topic_configs={f"t{i}": f"denied: DESCRIBE_CONFIGS on topic t{i}" for i in range(50)},
    )
    ran = steward("topic", "list", "--under-min-isr")
    assert len(ran.err.splitlines()) == 13
    assert ran.err.splitlines()[-1] == "unknown: 38 more facts; -o json has them all"


def test_wide_shows_every_column(steward: CommandLine):
    head = steward("group", "describe", "billing", "-o", "wide").out
    assert "MEMBER  " in head
    assert "LOST-RECORDS" in head
    assert "LOST-RECORDS" not in steward("group", "describe", "billing").out


def test_csv_is_raw_values_with_the_object_in_front(steward: CommandLine):
    ran = steward("topic", "describe", "orders", "clicks", "-o", "csv", "--section", "partitions")
    rows = list(csv.DictReader(io.StringIO(ran.out)))
    assert [(row["object"], row["partition"]) for row in rows] == [
        ("clicks", "0"), ("clicks", "1"), ("orders", "0"), ("orders", "1"), ("orders", "2"),
    ]  # fmt: skip
    assert rows[2]["size_bytes"] == "2048"
    assert rows[4]["size_bytes"] == ""
    assert rows[2]["isr"] == "1,2"


def test_lists_in_csv_are_one_table(steward: CommandLine):
    rows = list(csv.DictReader(io.StringIO(steward("topic", "list", "-o", "csv").out)))
    assert [row["name"] for row in rows] == ["clicks", "orders"]
    headless = steward("topic", "list", "-o", "csv", "--no-headers").out
    assert headless.splitlines()[0].startswith("clicks,2,2,")


def test_a_quota_is_listed_as_it_was_entered(steward: CommandLine):
    steward.snapshot = example(quotas=[{"user": "alice", "producer_byte_rate": 5_000_000}])
    assert "  5 MB/s" in steward("quota", "list").out
    row = steward("quota", "list", "-o", "json").json["data"]["quotas"][0]
    assert row["producer_byte_rate"] == 5_000_000


def test_nothing_to_list_is_said(steward: CommandLine):
    steward.snapshot = example(quotas=[])
    assert steward("quota", "list").out == "no quotas\n"


def test_text_for_a_pipe_has_no_escape_codes(steward: CommandLine):
    for words in GOLDEN:
        assert "\x1b" not in steward(*words).out


def test_rights_to_change_stand_apart_from_rights_to_look(steward: CommandLine):
    ran = steward("permissions", "--for", "topic.create", "--principal", "User:eye")
    told = ran.out.split("# to read, and to plan:")[1]
    look, change = told.split("# additionally, to execute plans:")
    assert "--operation Create" not in look
    assert change.strip() == (
        "kafka-acls.sh --bootstrap-server broker1:9092 --command-config client.properties --add "
        "--allow-principal User:eye "
        "--operation Create --topic '*'"
    )
    assert "# additionally" not in steward("permissions", "--for", "topic.list").out


def test_permissions_are_ready_to_run(steward: CommandLine):
    ran = steward("permissions", "--for", "transaction.describe", "--principal", "User:eye")
    reach = "kafka-acls.sh --bootstrap-server broker1:9092 --command-config client.properties"
    add = f"{reach} --add --allow-principal User:eye"
    assert ran.out.splitlines()[-3:] == [
        f"{add} --operation Describe --cluster",
        f"{add} --operation Describe --topic '*'",
        f"{add} --operation Describe --transactional-id '*'",
    ]
