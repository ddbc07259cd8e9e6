"""Groups of all four types: ListGroups on every broker, then a description from each group's coordinator."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from steward.cluster.adapters import consumer_protocol
from steward.cluster.adapters.connections import KafkaClient
from steward.cluster.adapters.errors import (
    COORDINATOR_LOAD_IN_PROGRESS,
    GROUP_ID_NOT_FOUND,
    NONE,
    RETRIABLE,
    TOPIC_AUTHORIZATION_FAILED,
    raise_for,
    right,
    unknown_of,
    unknown_of_code,
)
from steward.cluster.adapters.messages import (
    ConsumerGroupDescribeRequest,
    DescribeGroupsRequest,
    FindCoordinatorRequest,
    ListGroupsRequest,
    ShareGroupDescribeRequest,
    StreamsGroupDescribeRequest,
)
from steward.cluster.adapters.part_result import (
    ROUNDS,
    PartResult,
    ask_until_ready,
    batches,
    in_rounds,
)
from steward.model.error import BrokerRefused, StewardError
from steward.model.group import Group, GroupDetail, GroupType, Member
from steward.model.names import TopicPartition
from steward.model.unknown import NotApplicable, Unknown, Why

_GROUPS_PER_REQUEST = 100
_GROUP_COORDINATOR = 0
_NO_EPOCH = NotApplicable("classic groups have no epochs")
_NO_TARGET = NotApplicable("the broker does not report a target assignment for this group type")


@dataclass(frozen=True, slots=True)
class Listed:
    """A group as its coordinator lists it."""

    id: str
    type: GroupType
    state: str
    protocol_type: str
    coordinator: int


async def list_groups(
    client: KafkaClient, names: frozenset[str] | None, brokers: frozenset[int] | None = None
) -> PartResult[tuple[Listed, ...]]:
    """List groups on every broker, or on the given ones: each broker lists the groups it coordinates.

    Errors: the fault of one broker, when none answered.
    """
    answers = await client.all(
        {b: _list_on(client, b) for b in client.brokers if brokers is None or b in brokers}
    )
    faults = {b: answer for b, answer in answers.items() if isinstance(answer, StewardError)}
    if faults and len(faults) == len(answers):
        raise next(iter(faults.values()))
    found: dict[str, Listed] = {}
    for answer in answers.values():
        if not isinstance(answer, StewardError):
            found |= {g.id: g for g in answer if names is None or g.id in names}
    gaps = [_hidden_groups(broker, unknown_of(fault)) for broker, fault in sorted(faults.items())]
    return PartResult(tuple(sorted(found.values(), key=lambda g: g.id)), tuple(gaps))


def _hidden_groups(broker: int, why: Unknown) -> Unknown:
    detail = f"groups that broker {broker} coordinates are not listed: {why}"
    return Unknown(why.why, detail, why.acl)


async def _list_on(client: KafkaClient, broker: int) -> list[Listed]:
    request = ListGroupsRequest(states_filter=[], types_filter=[])
    response = await ask_until_ready(client, broker, request)
    raise_for(response.error_code, what="ListGroups", acl=right("DESCRIBE", "cluster"))
    return [
        Listed(g.group_id, _type(g.group_type), g.group_state, g.protocol_type, broker)
        for g in response.groups
    ]


def _type(name: str | None) -> GroupType:
    try:
        return GroupType((name or "classic").lower())
    except ValueError:
        return GroupType.UNKNOWN


async def find_coordinators(client: KafkaClient, groups: Sequence[str]) -> dict[str, int]:
    """Find the current coordinators of groups; a group without one is absent."""
    request = FindCoordinatorRequest(
        key_type=_GROUP_COORDINATOR, coordinator_keys=list(groups), min_version=4
    )
    response = await client.ask_any(request)
    return {c.key: c.node_id for c in response.coordinators if c.error_code == NONE}


async def describe_groups(client: KafkaClient, listed: Sequence[Listed]) -> tuple[Group, ...]:
    """Describe listed groups; a group that cannot be described keeps its listing and the reason."""
    describer = _Describer(client, {g.id: g for g in listed})
    left = await in_rounds(client, [g.id for g in listed], describer.attempt)
    return tuple(
        Group(
            id=g.id,
            type=g.type,
            state=g.state,
            protocol_type=g.protocol_type,
            coordinator=describer.coordinators[g.id],
            detail=describer.details.get(g.id)
            or Unknown(Why.REFUSED, f"coordinator not ready after {ROUNDS} attempts"),
        )
        for g in listed
        if g.id not in describer.gone or g.id in left
    )


class _Describer:
    """Describes in rounds, following a group to its new coordinator between them."""

    def __init__(self, client: KafkaClient, listed: Mapping[str, Listed]) -> None:
        self._client = client
        self._listed = listed
        self.coordinators = {g.id: g.coordinator for g in listed.values()}
        self.details: dict[str, GroupDetail | Unknown] = {}
        self.gone: set[str] = set()
        self._moved = False

    async def attempt(self, groups: Sequence[str]) -> Sequence[str]:
        if self._moved:
            self.coordinators |= await find_coordinators(self._client, groups)
        self._moved = True
        pieces = self._pieces(groups)
        answers = await self._client.all(
            {key: self._ask(key[0], key[1], piece) for key, piece in pieces.items()}
        )
        again: list[str] = []
        for key, answer in answers.items():
            if isinstance(answer, StewardError):
                self.details |= dict.fromkeys(pieces[key], unknown_of(answer))
            else:
                again += self._take(key[0], answer)
        return again

    def _pieces(self, groups: Sequence[str]) -> dict[tuple[GroupType, int, int], Sequence[str]]:
        by_place: dict[tuple[GroupType, int], list[str]] = {}
        for group in groups:
            place = (self._listed[group].type, self.coordinators[group])
            by_place.setdefault(place, []).append(group)
        return {
            (*place, i): piece
            for place, ids in by_place.items()
            for i, piece in enumerate(batches(ids, _GROUPS_PER_REQUEST))
        }

    async def _ask(self, type_: GroupType, coordinator: int, groups: Sequence[str]) -> list[Any]:
        if type_ is GroupType.UNKNOWN:
            raise BrokerRefused(
                "this version of steward does not know the group type", kafka_error=""
            )
        request = _REQUESTS[type_](list(groups))
        response = await self._client.ask(coordinator, request)
        return response.groups

    def _take(self, type_: GroupType, answers: Sequence[Any]) -> list[str]:
        again: list[str] = []
        for answer in answers:
            code = answer.error_code
            if code == NONE:
                self.details[answer.group_id] = _CONVERTERS[type_](answer)
            elif code in RETRIABLE or code == COORDINATOR_LOAD_IN_PROGRESS:
                again.append(answer.group_id)
            elif code == GROUP_ID_NOT_FOUND:
                self.gone.add(answer.group_id)
            else:
                self.details[answer.group_id] = _refused(answer)
        return again


def _refused(answer: Any) -> Unknown:
    acl = right("DESCRIBE", "group", answer.group_id)
    if answer.error_code == TOPIC_AUTHORIZATION_FAILED:
        acl = right("DESCRIBE", "topic", "*")
    return unknown_of_code(answer.error_code, acl=acl, message=answer.error_message)


_REQUESTS: Mapping[GroupType, Callable[[list[str]], Any]] = {
    GroupType.CLASSIC: lambda ids: DescribeGroupsRequest(groups=ids),
    GroupType.CONSUMER: lambda ids: ConsumerGroupDescribeRequest(group_ids=ids),
    GroupType.SHARE: lambda ids: ShareGroupDescribeRequest(group_ids=ids),
    GroupType.STREAMS: lambda ids: StreamsGroupDescribeRequest(group_ids=ids),
}


def _classic(answer: Any) -> GroupDetail:
    return GroupDetail(
        assignor=answer.protocol_data or "",
        epoch=_NO_EPOCH,
        assignment_epoch=_NO_EPOCH,
        members=_sorted(_classic_member(m, answer.protocol_type) for m in answer.members),
    )


def _classic_member(m: Any, protocol_type: str) -> Member:
    is_consumer = protocol_type == "consumer"
    asked = consumer_protocol.subscription(m.member_metadata if is_consumer else b"")
    return Member(
        id=m.member_id,
        instance_id=m.group_instance_id,
        client_id=m.client_id,
        host=m.client_host.lstrip("/"),
        rack=asked.rack,
        epoch=_NO_EPOCH,
        subscribed_topics=asked.topics,
        assignment=consumer_protocol.assignment(m.member_assignment if is_consumer else b""),
        target=_NO_TARGET,
    )


def _consumer(answer: Any) -> GroupDetail:
    return _epochs(
        answer,
        answer.assignor_name,
        (
            _member(
                m,
                instance_id=m.instance_id,
                subscribed_topics=tuple(sorted(m.subscribed_topic_names)),
                subscribed_regex=m.subscribed_topic_regex or None,
                assignment=_partitions(m.assignment),
                target=_partitions(m.target_assignment),
            )
            for m in answer.members
        ),
    )


def _share(answer: Any) -> GroupDetail:
    return _epochs(
        answer,
        answer.assignor_name,
        (
            _member(
                m,
                instance_id=None,
                subscribed_topics=tuple(sorted(m.subscribed_topic_names)),
                assignment=_partitions(m.assignment),
                target=_NO_TARGET,
            )
            for m in answer.members
        ),
    )


def _streams(answer: Any) -> GroupDetail:
    topology = answer.topology
    sources = {
        s.subtopology_id: tuple(
            sorted([*s.source_topics, *(t.name for t in s.repartition_source_topics)])
        )
        for s in (topology.subtopologies if topology is not None else None) or ()
    }
    topics = tuple(sorted({topic for found in sources.values() for topic in found}))
    return _epochs(
        answer,
        "streams",
        (
            _member(
                m,
                instance_id=m.instance_id,
                subscribed_topics=topics,
                assignment=_tasks(m.assignment, sources),
                target=_tasks(m.target_assignment, sources),
            )
            for m in answer.members
        ),
    )


_CONVERTERS: Mapping[GroupType, Callable[[Any], GroupDetail]] = {
    GroupType.CLASSIC: _classic,
    GroupType.CONSUMER: _consumer,
    GroupType.SHARE: _share,
    GroupType.STREAMS: _streams,
}


def _epochs(answer: Any, assignor: str, members: Any) -> GroupDetail:
    return GroupDetail(
        assignor=assignor,
        epoch=answer.group_epoch,
        assignment_epoch=answer.assignment_epoch,
        members=_sorted(members),
    )


def _member(m: Any, **rest: Any) -> Member:
    return Member(
        id=m.member_id,
        client_id=m.client_id,
        host=m.client_host.lstrip("/"),
        rack=m.rack_id or None,
        epoch=m.member_epoch,
        **rest,
    )


def _sorted(members: Any) -> tuple[Member, ...]:
    return tuple(sorted(members, key=lambda m: m.id))


def _partitions(assignment: Any) -> tuple[TopicPartition, ...]:
    return tuple(
        sorted(
            TopicPartition(t.topic_name, p)
            for t in assignment.topic_partitions
            for p in t.partitions
        )
    )


def _tasks(assignment: Any, sources: Mapping[str, tuple[str, ...]]) -> tuple[TopicPartition, ...]:
    """Return the source partitions of active tasks: task ``n`` of a subtopology reads partition ``n`` of each topic."""
    return tuple(
        sorted(
            TopicPartition(topic, p)
            for task in assignment.active_tasks
            for topic in sources.get(task.subtopology_id, ())
            for p in task.partitions
        )
    )
