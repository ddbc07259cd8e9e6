"""One cluster with a bit of everything, trouble and gaps among it, for surfaces to show."""

import yaml

from steward.model.snapshot import ClusterSnapshot
from support.cluster_text import snapshot_of

TEXT = """
identity:
  id: kTEST
  version: "4.3"
  controller: 1
  features: {group.version: [1, 0, 1], kraft.version: [1, 0, 1]}
  operations: [DESCRIBE, DESCRIBE_CONFIGS]
brokers: "1@a 2@b 3@c!"
quorum: {leader: 1, epoch: 7, voters: {1: 0, 2: 500, 3: 90000}, observers: {}}
topics:
  orders:
    - "1* 2 3 isr 1 2"
    - "2* 3 1 isr 2"
    - "3 1 2 isr 3 offline 3"
  clicks: ["1* 2", "2* 1"]
  __consumer_offsets: {internal: true, partitions: ["1* 2 3"]}
topic_configs:
  orders:
    min.insync.replicas:
      value: "2"
      source: DYNAMIC_TOPIC_CONFIG
      synonyms: [[min.insync.replicas, "1", DEFAULT_CONFIG]]
    retention.ms: ["604800000", DYNAMIC_TOPIC_CONFIG]
    retention.bytes: ["-1", DEFAULT_CONFIG]
    cleanup.policy: ["delete", DEFAULT_CONFIG]
  clicks: "denied: DESCRIBE_CONFIGS on topic clicks"
broker_configs:
  1:
    node.id: "1"
    ssl.keystore.password: {value: s3cret, source: STATIC_BROKER_CONFIG, sensitive: true}
    num.io.threads: ["8", DEFAULT_CONFIG]
  2: {node.id: "2"}
  3: "unreachable: broker 3 did not answer"
log_dirs:
  1:
    /data:
      {orders-0: 2048, orders-1: 1024, orders-2: 512, clicks-0: 100, clicks-1: 100, _total: 10000, _usable: 1000}
  2:
    /data:
      {orders-0: 2048, orders-1: 1024, orders-2: 512, clicks-0: 100, clicks-1: 100, _total: 10000, _usable: 5000}
  3: "unreachable: broker 3 did not answer"
offsets:
  orders-0: [100, 1000]
  orders-1: [0, 500, 400]
  orders-2: "unreachable: no leader of orders-2"
  clicks-0: [0, 0]
  clicks-1: [0, 40]
groups:
  billing:
    type: classic
    coordinator: 2
    members:
      - {id: b1, instance: i1, client: billing-1, host: /10.0.0.1, topics: [orders], assignment: [orders-0, orders-1]}
  shipping:
    type: consumer
    state: Empty
    coordinator: 1
    assignor: uniform
    epoch: 5
  audit:
    type: share
    coordinator: 3
    members: "denied: DESCRIBE on group audit"
  clicker:
    type: classic
    coordinator: 1
    members:
      - {id: c1, client: clicker-1, topics: [clicks], assignment: [clicks-0, clicks-1]}
group_offsets:
  billing: {orders-0: 50, orders-1: 480}
  shipping: {orders-0: 990, orders-1: 500, gone-0: 5}
  audit: "denied: DESCRIBE on group audit"
  clicker: {}
acls:
  - ALLOW User:app READ TOPIC PREFIXED ord *
  - ALLOW User:app READ GROUP LITERAL billing *
  - DENY User:app WRITE TOPIC LITERAL orders *
  - ALLOW User:app WRITE TOPIC LITERAL orders *
  - ALLOW User:* DESCRIBE CLUSTER LITERAL kafka-cluster *
  - ALLOW User:ops ALL TOPIC LITERAL * 10.0.0.9
quotas:
  - {user: alice, producer_byte_rate: 1048576}
  - {user: null, client-id: null, request_percentage: 25}
users: {alice: {SCRAM-SHA-512: 8192}, app: {SCRAM-SHA-256: 4096, SCRAM-SHA-512: 4096}}
transactions:
  pay-1: {state: Ongoing, producer: 9, age: 90, timeout: 60000, partitions: [orders-1]}
  pay-2: {state: CompleteCommit, producer: 10}
reassignments: {}
"""

SECRET = "s3cret"


def example(**changes: object) -> ClusterSnapshot:
    """Return the example, with whole parts replaced by other text of theirs."""
    return snapshot_of({**yaml.safe_load(TEXT), **changes})
