"""Rules on moves: none beside somebody else's, none that a disk has no room for, not too many at once."""

from collections import Counter
from collections.abc import Iterator

from steward.analysis.rebalance.moves.gates import is_cured_by
from steward.change.guard.subject import GuardInput, Reasons, refuse
from steward.change.planning.cluster_state import ClusterState, Unseen
from steward.model.change import ElectLeader, ReassignPartition
from steward.model.command import SEE_RIGHTS, Hint, steward
from steward.model.finding import ObjectRef
from steward.model.names import TopicPartition
from steward.model.plan import Plan, Step
from steward.model.snapshot import Part
from steward.model.topic import Partition
from steward.model.unknown import NotApplicable, Unknown
from steward.model.wording import bytes_text, few


def moves_of(plan: Plan) -> dict[TopicPartition, ReassignPartition]:
    """Return the moves of a plan by partition."""
    found = (s.change for s in plan.steps)
    return {c.partition: c for c in found if isinstance(c, ReassignPartition)}


def goes_with_moves(step: Step, moves: dict[TopicPartition, ReassignPartition]) -> bool:
    """Tell whether a step is a move, or the election that ends one: they are counted by themselves."""
    match step.change:
        case ReassignPartition():
            return True
        case ElectLeader(partition=partition, unclean=False):
            return partition in moves
        case _:
            return False


def cured_by(moves: dict[TopicPartition, ReassignPartition], partition: Partition) -> bool:
    """Tell whether a partition that lacks replicas is moved away from those that are out of sync."""
    move = moves.get(partition.key)
    return move is not None and is_cured_by(partition, move.replicas)


def placement(subject: GuardInput) -> Reasons:
    """Judge moves as a whole."""
    moves = moves_of(subject.plan)
    if not moves:
        return
    yield from _in_flight(subject, moves)
    yield from _limits(subject, moves)
    yield from _disks(subject, moves)


def _whole(subject: GuardInput) -> ObjectRef:
    return ObjectRef("plan", subject.plan.id)


def _in_flight(subject: GuardInput, moves: dict[TopicPartition, ReassignPartition]) -> Reasons:
    """Moves that somebody else began share brokers with ours, and were not counted when ours were planned."""
    try:
        others = sorted(subject.before.reassignments.keys() - moves.keys())
    except Unseen as unseen:
        yield refuse(
            "reassignments_unknown",
            _whole(subject),
            f"what moves already could not be seen: {unseen}",
            SEE_RIGHTS,
        )
        return
    if others:
        verb = "partition moves" if len(others) == 1 else "partitions move"
        yield refuse(
            "reassignment_in_flight",
            _whole(subject),
            f"{len(others)} {verb} already that this plan does not know of: {few(others, 3)}",
            Hint("wait until they have arrived: ", steward("reassignment list")),
        )


def _limits(subject: GuardInput, moves: dict[TopicPartition, ReassignPartition]) -> Reasons:
    policy = subject.policy
    if len(moves) > policy.max_moved_partitions:
        yield refuse(
            "too_many_moves",
            _whole(subject),
            f"{len(moves):,} partitions move, and a plan may move {policy.max_moved_partitions:,}",
            "move fewer, such as --topics, or raise max_moved_partitions in the profile",
        )
    copies, unknown = _copies(subject.before, moves)
    total = sum(copies.values())
    if policy.max_moved_bytes and (unknown or total > policy.max_moved_bytes):
        told = "an unknown number of bytes" if unknown else bytes_text(total)
        yield refuse(
            "too_many_moved_bytes",
            _whole(subject),
            f"{told} would be copied, and a plan may copy {bytes_text(policy.max_moved_bytes)}",
            "move fewer, such as --topics, or raise max_moved_bytes in the profile",
        )


def _copies(
    cluster: ClusterState, moves: dict[TopicPartition, ReassignPartition]
) -> tuple[Counter[int], bool]:
    """Return the bytes that are copied to each broker, and whether the size of something is unknown."""
    copies: Counter[int] = Counter()
    unknown = False
    for partition, move in moves.items():
        found = cluster.partition(partition)
        added = set(move.replicas) - set(found.replicas if found is not None else ())
        size = cluster.bytes_of_partition(partition)
        unknown |= bool(added) and size is None
        for broker in added:
            copies[broker] += size or 0
    return copies, unknown


def _disks(subject: GuardInput, moves: dict[TopicPartition, ReassignPartition]) -> Reasons:
    """Each copy lies beside the old ones until it has arrived: what goes makes no room for what comes."""
    copies, _ = _copies(subject.before, moves)
    room = dict(_room(subject))
    for broker, size in sorted(copies.items()):
        free = room.get(broker)
        if free is not None and size > free:
            yield refuse(
                "disk_would_overflow",
                ObjectRef("broker", str(broker)),
                f"{bytes_text(size)} would be copied to it, and its disks have {bytes_text(free)} left",
                f"move less to it, such as --topics, or plan with --exclude-brokers {broker}",
            )


def _room(subject: GuardInput) -> Iterator[tuple[int, int]]:
    """Yield what is free on each broker's disks; directories that report the same space are on one disk."""
    seen = subject.snapshot.part(Part.LOG_DIRS)
    found = getattr(seen, "value", {})
    for broker, dirs in found.items():
        if isinstance(dirs, Unknown):
            continue
        volumes = {(d.total_bytes, d.usable_bytes) for d in dirs if d.error is None}
        free = [usable for _, usable in volumes if not isinstance(usable, NotApplicable)]
        if free and len(free) == len(volumes):
            yield broker, sum(free)
