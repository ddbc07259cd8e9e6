"""Our message definitions: what is encoded is decoded, in every version."""

import pytest

from steward.cluster.adapters import messages as m

_ASSIGNMENT = {"topic_partitions": []}


def _group(**rest: object) -> dict[str, object]:
    return {
        "error_code": 0,
        "error_message": None,
        "group_id": "g",
        "group_state": "Stable",
        "group_epoch": 7,
        "assignment_epoch": 6,
        "authorized_operations": -2147483648,
    } | rest


@pytest.mark.parametrize(
    "request_type",
    [m.ConsumerGroupDescribeRequest, m.ShareGroupDescribeRequest, m.StreamsGroupDescribeRequest],
)
def test_describe_requests(request_type: type) -> None:
    for version in range(request_type.max_version + 1):
        data = request_type(group_ids=["a", "b"], include_authorized_operations=True).encode(
            version=version
        )
        assert bytes(data) == b"\x03\x02a\x02b\x01\x00"
        assert request_type.decode(data, version=version).group_ids == ["a", "b"]


@pytest.mark.parametrize("version", [0, 1])
def test_consumer_group_describe_response(version: int) -> None:
    response = m.ConsumerGroupDescribeResponse
    group = response.DescribedGroup
    member = group.Member
    part = member.Assignment.TopicPartitions
    import uuid

    topic = uuid.UUID(int=5)
    held = member.Assignment(
        topic_partitions=[part(topic_id=topic, topic_name="t", partitions=[0, 2])]
    )
    sent = response(
        throttle_time_ms=1,
        groups=[
            group(
                **_group(
                    assignor_name="uniform",
                    members=[
                        member(
                            member_id="m",
                            instance_id="i",
                            rack_id=None,
                            member_epoch=6,
                            client_id="c",
                            client_host="/h",
                            subscribed_topic_names=["t"],
                            subscribed_topic_regex=None,
                            assignment=held,
                            target_assignment=held,
                            member_type=1,
                        )
                    ],
                )
            )
        ],
    )
    got = response.decode(sent.encode(version=version), version=version)
    (described,) = got.groups
    assert (described.group_epoch, described.assignor_name) == (7, "uniform")
    assert described.members[0].assignment.topic_partitions[0].topic_id == topic
    assert described.members[0].target_assignment.topic_partitions[0].partitions == [0, 2]
    assert described.members[0].member_type == (1 if version else -1)


def test_streams_group_without_topology() -> None:
    response = m.StreamsGroupDescribeResponse
    sent = response(
        throttle_time_ms=0, groups=[response.DescribedGroup(**_group(topology=None, members=[]))]
    )
    (got,) = response.decode(sent.encode(version=0), version=0).groups
    assert got.topology is None
    assert got.members == []


@pytest.mark.parametrize(("version", "lag"), [(0, -1), (1, 9)])
def test_share_group_offsets(version: int, lag: int) -> None:
    response = m.DescribeShareGroupOffsetsResponse
    group = response.DescribeShareGroupOffsetsResponseGroup
    topic = group.DescribeShareGroupOffsetsResponseTopic
    partition = topic.DescribeShareGroupOffsetsResponsePartition
    import uuid

    row = partition(
        partition_index=3, start_offset=11, leader_epoch=0, lag=9, error_code=0, error_message=None
    )
    sent = response(
        throttle_time_ms=0,
        groups=[
            group(
                group_id="g",
                topics=[topic(topic_name="t", topic_id=uuid.UUID(int=1), partitions=[row])],
                error_code=0,
                error_message=None,
            )
        ],
    )
    (got,) = response.decode(sent.encode(version=version), version=version).groups
    assert got.topics[0].partitions[0].start_offset == 11
    assert got.topics[0].partitions[0].lag == lag


def test_unregister_broker() -> None:
    request = m.UnregisterBrokerRequest(broker_id=4).encode(version=0)
    assert bytes(request) == b"\x00\x00\x00\x04\x00"
    answer = m.UnregisterBrokerResponse(throttle_time_ms=0, error_code=102, error_message="no")
    said = m.UnregisterBrokerResponse.decode(answer.encode(version=0), version=0)
    assert (said.error_code, said.error_message) == (102, "no")
