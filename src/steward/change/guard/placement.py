"""Rules on moves: none beside foreign reassignments, none without enough disk space, not too many at once."""

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
from steward.model.wording import few
from steward.model.wording import size as size_text


def moves_of(plan: Plan) -> dict[TopicPartition, ReassignPartition]:
    """Return the moves of a plan by partition."""
    found = (s.change for s in plan.steps)
    return {c.partition: c for c in found if isinstance(c, ReassignPartition)}


def goes_with_moves(step: Step, moves: dict[TopicPartition, ReassignPartition]) -> bool:
    """Return whether a step is a move, or the election that ends one: they are counted separately."""
    match step.change:
        case ReassignPartition():
            return True
        case ElectLeader(partition=partition, unclean=False):
            return partition in moves
        case _:
            return False


def fixed_by(moves: dict[TopicPartition, ReassignPartition], partition: Partition) -> bool:
    """Return whether the plan moves an under-replicated partition away from its out-of-sync replicas."""
    move = moves.get(partition.key)
    return move is not None and is_cured_by(partition, move.replicas)


def placement(subject: GuardInput) -> Reasons:
    """Check moves as a whole."""
    moves = moves_of(subject.plan)
    if not moves:
        return
    yield from _in_flight(subject, moves)
    yield from _limits(subject, moves)
    yield from _disks(subject, moves)


def _whole(subject: GuardInput) -> ObjectRef:
    return ObjectRef("plan", subject.plan.id)


def _in_flight(subject: GuardInput, moves: dict[TopicPartition, ReassignPartition]) -> Reasons:
    """Block the plan while other reassignments run: they use the same brokers and were not counted in planning."""
    try:
        others = sorted(subject.before.reassignments.keys() - moves.keys())
    except Unseen as unseen:
        yield refuse(
            "reassignments_unknown",
            _whole(subject),
            f"ongoing reassignments are unknown: {unseen}",
            SEE_RIGHTS,
        )
        return
    if others:
        verb = "reassignment is" if len(others) == 1 else "reassignments are"
        yield refuse(
            "reassignment_in_flight",
            _whole(subject),
            f"{len(others)} {verb} in progress that this plan does not include: {few(others, 3)}",
            Hint("wait until they are complete: ", steward("reassignment list")),
        )


def _limits(subject: GuardInput, moves: dict[TopicPartition, ReassignPartition]) -> Reasons:
    policy = subject.policy
    if len(moves) > policy.max_moved_partitions:
        yield refuse(
            "too_many_moves",
            _whole(subject),
            f"the plan moves {len(moves):,} partitions; the limit is {policy.max_moved_partitions:,}",
            "move fewer, for example with --topics, or raise max_moved_partitions in the profile",
        )
    copies, unknown = _copies(subject.before, moves)
    total = sum(copies.values())
    if policy.max_moved_bytes and (unknown or total > policy.max_moved_bytes):
        text = "an unknown number of bytes" if unknown else size_text(total)
        yield refuse(
            "too_many_moved_bytes",
            _whole(subject),
            f"the plan copies {text}; the limit is {size_text(policy.max_moved_bytes)}",
            "move fewer, for example with --topics, or raise max_moved_bytes in the profile",
        )


def _copies(
    cluster: ClusterState, moves: dict[TopicPartition, ReassignPartition]
) -> tuple[Counter[int], bool]:
    """Return the bytes copied to each broker, and whether any size is unknown."""
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
    """Compare copies with free disk space: old replicas are deleted only after the copy is complete."""
    copies, _ = _copies(subject.before, moves)
    room = dict(_room(subject))
    for broker, size in sorted(copies.items()):
        free = room.get(broker)
        if free is not None and size > free:
            yield refuse(
                "disk_would_overflow",
                ObjectRef("broker", str(broker)),
                f"the plan copies {size_text(size)} to it, and its disks have {size_text(free)} free",
                f"move less to it, for example with --topics, or plan with --exclude-brokers {broker}",
            )


def _room(subject: GuardInput) -> Iterator[tuple[int, int]]:
    """Yield the free bytes on each broker's disks; directories that report the same space are on one disk."""
    seen = subject.snapshot.part(Part.LOG_DIRS)
    found = getattr(seen, "value", {})
    for broker, dirs in found.items():
        if isinstance(dirs, Unknown):
            continue
        volumes = {(d.total_bytes, d.usable_bytes) for d in dirs if d.error is None}
        free = [usable for _, usable in volumes if not isinstance(usable, NotApplicable)]
        if free and len(free) == len(volumes):
            yield broker, sum(free)
