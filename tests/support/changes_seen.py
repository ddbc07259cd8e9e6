"""What a change reads and writes, as a snapshot has it."""

from steward.change.planning.cluster_state import ClusterState
from steward.change.planning.kinds import kind_of
from steward.model.change import Change
from steward.model.plan import State
from steward.model.snapshot import ClusterSnapshot


def state_of(change: Change, snapshot: ClusterSnapshot) -> State:
    """Return it as planning does."""
    return kind_of(change).state(change, ClusterState(snapshot))
