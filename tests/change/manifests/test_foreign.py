"""Files of other tools: what they declare is carried over as it is meant, and every other key is reported."""

import contextlib
from textwrap import dedent
from typing import Any

import pytest
import yaml

from steward.change.manifests.desired import ManifestTarget, resolve
from steward.change.manifests.importers.convert import TOOLS, Imported, import_from
from steward.change.manifests.problem import ManifestsInvalid
from steward.change.manifests.reading import read
from steward.change.manifests.writing import write
from steward.change.manifests.yaml_nodes import Source

TOPICCTL = """
meta:
  name: clicks
  cluster: prod
  environment: production
  region: eu
  labels: {team: web}
spec:
  partitions: 9
  replicationFactor: 3
  retentionMinutes: 360
  placement: {strategy: in-rack, picker: randomized}
  settings:
    cleanup.policy: [compact, delete]
    max.message.bytes: 5542880
  migration: {throttleMB: 10}
"""
GITOPS = """
settings:
  topics:
    defaults: {replication: 3}
    blacklist: {prefixed: [_confluent]}
topics:
  my-topic: {partitions: 6, configs: {retention.ms: 86400000, segment.bytes: 1000}}
services:
  my-app: {type: application, principal: User:app, produces: [my-topic], consumes: [other]}
  my-streams: {type: kafka-streams, principal: User:str, consumes: [my-topic]}
  my-connect:
    type: kafka-connect
    principal: User:con
    connectors: {sink: {consumes: [my-topic]}}
users:
  ops: {principal: User:ops, roles: [reader]}
customServiceAcls:
  my-app:
    extra:
      {name: "pay.", type: TOPIC, pattern: PREFIXED, host: "*", principal: User:app, operation: DESCRIBE_CONFIGS,
       permission: ALLOW}
"""
JULIE = """
context: oltp
company: acme
projects:
  - name: pay
    consumers: [{principal: "User:reader", group: g}]
    producers: [{principal: "User:writer", transactionId: tx}]
    streams: [{principal: "User:str", applicationId: enrich, topics: {read: [a], write: [b]}}]
    topics:
      - name: orders
        dataType: avro
        plan: gold
        config: {replication.factor: "3", num.partitions: "12", retention.ms: "1000"}
        schemas: {value.schema.file: x.avsc}
platform:
  kafka:
    quotas: [{principal: "User:writer", producer_byte_rate: 1024, request_percentage: 50.0}]
  schema_registry: {instances: [{principal: "User:sr"}]}
"""
PLANS = """
plans:
  gold: {alias: gold, config: {min.insync.replicas: "2", retention.ms: "604800000"}}
"""
STRIMZI = """
apiVersion: kafka.strimzi.io/v1beta2
kind: KafkaTopic
metadata: {name: orders-cr, labels: {strimzi.io/cluster: c}}
spec: {topicName: orders, partitions: 3, replicas: 2, config: {retention.ms: 7200000, segment.bytes: 1073741824}}
---
apiVersion: kafka.strimzi.io/v1beta2
kind: KafkaTopic
metadata: {name: hidden, annotations: {strimzi.io/managed: "false"}}
spec: {partitions: 1, replicas: 1}
---
apiVersion: kafka.strimzi.io/v1beta2
kind: KafkaUser
metadata: {name: alice}
spec:
  authentication: {type: scram-sha-512, password: {valueFrom: {secretKeyRef: {name: s, key: k}}}}
  authorization:
    type: simple
    acls:
      - {resource: {type: topic, name: pay., patternType: prefix}, operations: [Read, Describe], host: "*"}
      - {resource: {type: cluster}, operation: Alter, type: deny}
  quotas: {producerByteRate: 1048576, requestPercentage: 55, controllerMutationRate: 10}
---
apiVersion: kafka.strimzi.io/v1beta2
kind: KafkaUser
metadata: {name: bob}
spec:
  authentication: {type: tls}
  authorization: {type: simple, acls: [{resource: {type: group, name: g}, operations: [Read]}]}
"""
JIKKOU = """
apiVersion: core.jikkou.io/v1beta2
kind: ConfigMap
metadata: {name: short}
data: {retention.ms: 3600000, cleanup.policy: delete}
---
apiVersion: kafka.jikkou.io/v1beta2
kind: KafkaTopicList
items:
  - metadata: {name: a, labels: {team: x}}
    spec: {partitions: 2, replicas: 3, configMapRefs: [short], configs: {cleanup.policy: compact}}
  - metadata: {name: b}
    spec: {partitions: 1, replicationFactor: 1, configMapRefs: [absent]}
---
apiVersion: kafka.jikkou.io/v1beta2
kind: KafkaPrincipalAuthorization
metadata: {name: "User:Alice"}
spec:
  roles: [admin]
  acls:
    - {resource: {type: topic, pattern: pay., patternType: PREFIXED}, type: ALLOW, operations: [READ, DESCRIBE_CONFIGS]}
---
apiVersion: kafka.jikkou.io/v1beta2
kind: KafkaClientQuota
spec: {type: USER_CLIENT, entity: {clientId: c, user: u}, configs: {requestPercentage: 10.0, producerByteRate: 1024.0}}
---
apiVersion: kafka.jikkou.io/v1
kind: KafkaUser
metadata: {name: bob}
spec: {authentications: [{type: scram-sha-256, iterations: 8192, password: hunter2}]}
"""


def carried(*texts: str, tool: str = "") -> Imported:
    return import_from([Source(f"f{i}.yaml", dedent(t)) for i, t in enumerate(texts)], tool)


def specs(found: Imported, kind: str) -> dict[str, Any]:
    documents = [d for d in yaml.safe_load_all(write(found.manifests)) if d and d["kind"] == kind]
    return {d["metadata"]["name"]: d["spec"] for d in documents}


def left(found: Imported) -> set[str]:
    return {x.what for x in found.left}


def test_topicctl() -> None:
    found = carried(TOPICCTL)
    assert found.tools == ("topicctl",)
    assert specs(found, "Topic") == {
        "clicks": {
            "partitions": 9,
            "replicas": 3,
            "retention": "6h",
            "config": {"cleanup.policy": "compact,delete", "max.message.bytes": "5542880"},
        }
    }
    assert found.manifests[0].metadata.labels == {"team": "web"}
    assert left(found) == {"spec.placement.strategy", "spec.placement.picker", "spec.migration"}


def test_topicctl_names_clusters() -> None:
    found = carried("meta: {name: prod}\nspec: {bootstrapAddrs: [b:9092], clusterID: abc}\n")
    assert specs(found, "ManifestSet") == {
        "prod": {"clusters": [{"name": "prod", "clusterId": "abc"}]}
    }
    assert left(found) == {"spec.bootstrapAddrs"}


def test_kafka_gitops() -> None:
    found = carried(GITOPS)
    assert found.tools == ("kafka-gitops",)
    assert specs(found, "Topic") == {
        "my-topic": {"partitions": 6, "retention": "1d", "config": {"segment.bytes": "1000"}}
    }
    assert specs(found, "ManifestSet")["kafka-gitops"] == {"defaults": {"topic": {"replicas": 3}}}
    apps = specs(found, "Application")
    assert apps["my-app"] == {
        "principal": "User:app",
        "produces": [{"topic": "my-topic"}],
        "consumes": [{"topic": "other", "group": "my-app"}],
    }
    assert apps["my-streams"]["applicationId"] == "my-streams"
    assert apps["my-connect"]["storage"] == [
        "connect-configs-my-connect", "connect-offsets-my-connect", "connect-status-my-connect",
    ]  # fmt: skip
    assert apps["my-connect"]["consumes"] == [{"topic": "my-topic"}]
    assert specs(found, "Acl")["my-app-extra"]["operations"] == ["DescribeConfigs"]
    assert left(found) == {"settings.topics.blacklist", "users.ops.roles"}


def test_julie_puts_names_together() -> None:
    found = carried(JULIE, PLANS)
    assert found.tools == ("julie",)
    assert specs(found, "Topic") == {
        "oltp.acme.pay.orders.avro": {
            "partitions": 12, "replicas": 3, "retention": "1s", "profile": "gold",
        }
    }  # fmt: skip
    assert specs(found, "ManifestSet")["julie"]["profiles"]["gold"] == {
        "retention": "7d", "config": {"min.insync.replicas": "2"},
    }  # fmt: skip
    apps = specs(found, "Application")
    assert apps["writer-writes-oltp.acme.pay"]["produces"] == [
        {"topic": "oltp.acme.pay.orders.avro", "transactional": "tx", "transactionalPattern": "literal"}
    ]  # fmt: skip
    assert apps["reader-reads-oltp.acme.pay"]["consumes"][0]["group"] == "g"
    assert apps["str-streams-oltp.acme.pay"]["applicationId"] == "enrich"
    assert specs(found, "Quota")["user-writer"]["limits"] == {
        "producerByteRate": "1024B/s", "requestPercentage": 50,
    }  # fmt: skip
    assert left(found) == {"projects[0].topics[0].schemas", "platform.schema_registry"}


def test_strimzi() -> None:
    found = carried(STRIMZI)
    assert found.tools == ("strimzi",)
    assert specs(found, "Topic") == {
        "orders": {
            "partitions": 3, "replicas": 2, "retention": "2h", "config": {"segment.bytes": "1073741824"},
        }
    }  # fmt: skip
    acls = specs(found, "Acl")
    assert acls["alice-1"]["resource"] == {"type": "topic", "name": "pay.", "pattern": "prefixed"}
    assert acls["alice-2"] == {
        "principal": "User:alice", "permission": "deny", "operations": ["Alter"],
        "resource": {"type": "cluster", "name": "kafka-cluster"},
    }  # fmt: skip
    assert acls["bob-1"]["principal"] == "User:CN=bob"
    assert specs(found, "Quota")["user-alice"]["limits"]["controllerMutationRate"] == 10
    assert specs(found, "User") == {"alice": {}}
    assert left(found) == {"metadata", "spec.authentication.password", "spec.authentication.type"}


def test_jikkou() -> None:
    found = carried(JIKKOU)
    assert found.tools == ("jikkou",)
    topics = specs(found, "Topic")
    assert topics["a"] == {
        "partitions": 2, "replicas": 3, "retention": "1h", "config": {"cleanup.policy": "compact"},
    }  # fmt: skip
    assert topics["b"]["replicas"] == 1
    assert specs(found, "Acl")["Alice-1"]["operations"] == ["Read", "DescribeConfigs"]
    assert specs(found, "Quota")["user-u-client-c"] == {
        "entity": {"user": "u", "clientId": "c"},
        "limits": {"producerByteRate": "1024B/s", "requestPercentage": 10},
    }
    assert specs(found, "User")["bob"] == {"mechanism": "SCRAM-SHA-256", "iterations": 8192}
    assert left(found) == {
        "items[1].spec.configMapRefs",
        "spec.roles",
        "spec.authentications[0].password",
    }
    assert "hunter2" not in write(found.manifests) + repr(found.left)


# the shapes of the tools' own examples that they do not share with the above


def test_topicctl_acls_name_their_principal_in_the_resource() -> None:
    found = carried(
        """
        meta: {name: readers, cluster: prod}
        spec:
          acls:
            - resource: {type: topic, name: pay, patternType: literal, principal: "User:a"}
              operations: [read, Describe]
            - resource: {type: transactional_id, name: tx-, patternType: prefixed, principal: "User:a",
                         host: 10.0.0.1, permission: deny}
              operations: [Write]
            - resource: {type: topic, name: nobody, patternType: literal}
              operations: [Read]
        """
    )
    assert specs(found, "Acl") == {
        "readers-1": {
            "principal": "User:a", "resource": {"type": "topic", "name": "pay"},
            "operations": ["Read", "Describe"],
        },
        "readers-2": {
            "principal": "User:a", "host": "10.0.0.1", "permission": "deny", "operations": ["Write"],
            "resource": {"type": "transactionalId", "name": "tx-", "pattern": "prefixed"},
        },
    }  # fmt: skip
    assert specs(found, "Topic") == {}
    assert left(found) == {"spec.acls[2].resource"}


def test_kafka_gitops_gives_acls_the_principal_of_their_owner() -> None:
    acl = "{name: '*', type: TOPIC, pattern: LITERAL, operation: ALTER, permission: ALLOW}"
    found = carried(
        f"""
        users: {{ops: {{principal: "User:ops", roles: []}}}}
        services: {{only-acls: {{type: application, principal: "User:app"}}}}
        customUserAcls: {{ops: {{alter: {acl}}}}}
        customServiceAcls: {{only-acls: {{alter: {acl}}}}}
        """
    )
    acls = specs(found, "Acl")
    assert {name: acl["principal"] for name, acl in acls.items()} == {
        "ops-alter": "User:ops",
        "only-acls-alter": "User:app",
    }
    assert specs(found, "Application") == {}
    assert found.left == ()


def test_julie_workers_labels_and_clients_of_one_principal() -> None:
    found = carried(
        """
        context: c
        projects:
          - name: p
            producers: [{principal: "User:a"}, {principal: "User:a"}]
            streams: [{principal: "User:s", applicationId: x, exactlyOnce: true, topics: {read: [r]}}]
            connectors:
              artefacts: [{path: jdbc.json, server: s, name: jdbc}]
              access_control:
                - {principal: "User:w", group: g, status_topic: st, topics: {read: [r], write: [w]}}
                - {principal: "User:v"}
            topics:
              - {name: t, metadata: {team: pay}, config: {num.partitions: 1, replication.factor: 1}}
        """
    )
    apps = specs(found, "Application")
    assert apps["w-connects-c.p"] == {
        "principal": "User:w", "type": "connect", "applicationId": "g",
        "storage": ["connect-configs", "connect-offsets", "st"],
        "produces": [{"topic": "w"}], "consumes": [{"topic": "r"}],
    }  # fmt: skip
    assert apps["v-connects-c.p"]["applicationId"] == "connect-cluster"
    assert {n for n in apps if "writes" in n} == {"a-writes-c.p", "a-writes-c.p-2"}
    assert found.manifests[0].metadata.labels == {"team": "pay"}
    assert left(found) == {"projects[0].connectors.artefacts"}


def test_jikkou_roles_deletions_and_patterns_of_a_moment() -> None:
    found = carried(
        """
        apiVersion: kafka.jikkou.io/v1
        kind: KafkaPrincipalRole
        metadata: {name: reader}
        spec:
          acls:
            - {type: ALLOW, operations: [READ], resource: {type: topic, pattern: pay., patternType: PREFIXED}}
            - {type: ALLOW, operations: [READ], resource: {type: topic, pattern: "^a", patternType: MATCH}}
        ---
        apiVersion: kafka.jikkou.io/v1
        kind: KafkaPrincipalAuthorization
        metadata: {name: "User:al"}
        spec: {roles: [reader, absent]}
        ---
        apiVersion: kafka.jikkou.io/v1
        kind: KafkaTopicList
        items:
          - metadata: {name: gone, annotations: {jikkou.io/delete: true}}
            spec: {partitions: 1, replicas: 1}
          - metadata: {name: kept, annotations: {jikkou.io/delete: false}}
            spec: {partitions: 1, replicas: 1}
        """
    )
    assert specs(found, "Acl") == {
        "al-reader-1": {
            "principal": "User:al", "operations": ["Read"],
            "resource": {"type": "topic", "name": "pay.", "pattern": "prefixed"},
        }
    }  # fmt: skip
    assert set(specs(found, "Topic")) == {"kept"}
    assert {(x.what, x.why.split(":")[0]) for x in found.left} == {
        ("spec.acls[1].resource", "match is matched against the topics that exist at one time"),
        ("spec.roles", "KafkaPrincipalRole absent is not in the files"),
        ("items[0].metadata.annotations", "gone is left out because jikkou.io/delete is true"),
        ("items[1].metadata.annotations", "they control jikkou itself"),
    }


def test_strimzi_rights_with_one_operation_each_beside_other_kinds() -> None:
    found = carried(
        """
        apiVersion: kafka.strimzi.io/v1
        kind: KafkaUser
        metadata: {name: w, labels: {strimzi.io/cluster: c}}
        spec:
          authentication: {type: scram-sha-512}
          authorization:
            type: simple
            acls:
              - {resource: {type: group, name: g}, operation: Read}
              - {resource: {type: group, name: g}, operation: Read}
              - {resource: {type: topic, name: t}, operation: Describe}
        ---
        apiVersion: kafka.strimzi.io/v1
        kind: KafkaConnect
        metadata: {name: w}
        spec: {replicas: 1}
        ---
        apiVersion: v1
        kind: Namespace
        metadata: {name: kafka}
        """
    )
    assert [acl["operations"] for acl in specs(found, "Acl").values()] == [
        ["Read"],
        ["Read"],
        ["Describe"],
    ]
    assert set(specs(found, "User")) == {"w"}
    assert {(x.what, x.why) for x in found.left} == {
        ("kind", "KafkaConnect is neither KafkaTopic nor KafkaUser"),
        ("document", "unrecognised format"),
    }


@pytest.mark.parametrize("text", [TOPICCTL, GITOPS, JULIE + "---" + PLANS, STRIMZI, JIKKOU])
def test_what_is_written_can_be_read_and_resolved(text: str) -> None:
    manifests = read([Source("m.yaml", write(carried(text).manifests))])
    resolve(manifests, ManifestTarget(cluster_id="x", name="x"))


def test_places_name_file_and_line() -> None:
    found = carried(TOPICCTL)
    assert [str(x.place) for x in found.left if x.what == "spec.migration"] == ["f0.yaml:16"]


def test_a_topic_without_partitions_is_reported() -> None:
    text = "apiVersion: kafka.strimzi.io/v1\nkind: KafkaTopic\nmetadata: {name: t}\nspec: {replicas: 1}\n"
    assert any("topic t has no partitions" in x.why for x in carried(text).left)


def test_two_of_one_name_are_reported() -> None:
    text = dedent(STRIMZI).split("---")[0]
    assert any("is also declared" in x.why for x in carried(text, text).left)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: 1\n", "unrecognised format"),
        ("a: [", "not YAML"),
        ("- 1\n", "unrecognised format"),
    ],
)
def test_what_is_no_tools_file_is_refused(text: str, told: str) -> None:
    with pytest.raises(ManifestsInvalid, match=told):
        carried(text)


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize(
    "text", ["{}", "[1]", "a: {b: [c, {d: e}]}", "meta: 1\nspec: [x]", "kind: x\nspec: 7"]
)
def test_odd_shapes_are_reported_and_never_a_fault(tool: str, text: str) -> None:
    with contextlib.suppress(ManifestsInvalid):
        carried(text, tool=tool)
