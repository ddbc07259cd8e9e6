"""``steward reassignment throttle list``: list every replication throttle, and who set it."""

from dataclasses import dataclass
from typing import Annotated

from steward.analysis.rebalance.throttles.leftover import (
    SweepInput,
)
from steward.cluster.ports import EVERYTHING
from steward.commands.api.answers import answer
from steward.commands.api.context import Context
from steward.commands.api.registry import Answer, Capability, capability
from steward.commands.reassignment.throttles import (
    PARTS,
    ThrottleRow,
    brokers_down,
    sweep_input,
    throttle_rows,
)
from steward.model.doc import Doc
from steward.model.snapshot import Part
from steward.model.unknown import Observed

_NEEDED = (Part.TOPIC_CONFIGS, Part.BROKER_CONFIGS, Part.REASSIGNMENTS)
"""All of these are needed: who set a throttle is only clear together with the moves in progress."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThrottleListParams:
    """No parameters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingThrottle:
    """A throttle that steward set on a broker that is down now; the broker still has it when it is back."""

    broker: int
    key: str
    plan_id: str
    debt: Annotated[str, Doc("why it could not be removed")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ThrottleList:
    """Every replication throttle that is set."""

    throttles: tuple[ThrottleRow, ...]
    owed: Annotated[
        tuple[PendingThrottle, ...], Doc("on brokers that are down, from steward's journal")
    ]


@capability(
    "reassignment.throttle.list",
    is_list=True,
    parts=PARTS,
    examples=("steward reassignment throttle list",),
)
def list_throttles(params: ThrottleListParams, context: Context) -> Answer[ThrottleList]:
    """List every replication throttle on topics and brokers, and who set it.

    The journal records those that steward set. One that no reassignment in progress needs is an orphan: it slows down
    replicas that have to catch up. Remove orphans with steward reassignment throttle sweep.
    """
    seen = context.observe(frozenset(PARTS), EVERYTHING)
    whole = all(isinstance(seen.part(p), Observed) for p in (*_NEEDED, Part.IDENTITY))
    inputs = sweep_input(seen, context) if whole else None
    data = ThrottleList(
        throttles=throttle_rows(inputs) if inputs else (), owed=_pending(inputs) if inputs else ()
    )
    return answer(data, seen, context, PARTS)


def _pending(inputs: SweepInput) -> tuple[PendingThrottle, ...]:
    return tuple(
        PendingThrottle(
            broker=int(h.name),
            key=h.key,
            plan_id=h.plan_id,
            debt=h.debt or f"broker {h.name} does not respond",
        )
        for h in brokers_down(inputs)
    )


CAPABILITIES: tuple[Capability, ...] = (list_throttles,)
