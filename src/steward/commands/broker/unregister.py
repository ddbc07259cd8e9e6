"""``steward broker unregister``: unregister a broker that is permanently gone."""

from dataclasses import dataclass
from typing import Annotated

from steward.cluster.ports import Scope
from steward.commands.api.consent import ConsentParams
from steward.commands.api.context import Context
from steward.commands.api.group_position import seen_or_fault
from steward.commands.api.registry import Answer, Capability, Effect, capability
from steward.commands.plan.change_command import planned_change, source_of
from steward.commands.plan.create import PlanRequest
from steward.commands.plan.execution_report import ChangeReport
from steward.model.change import UnregisterBroker
from steward.model.doc import Candidates, Doc
from steward.model.error import ObjectNotFound
from steward.model.snapshot import Part


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerUnregisterParams(ConsentParams):
    """Which broker."""

    broker: Annotated[
        int,
        Doc(
            "id of a broker that is stopped and holds no replicas",
            positional=True,
            completes=Candidates.BROKERS,
        ),
    ]


@capability(
    "broker.unregister",
    effect=Effect.EXECUTE,
    parts=(Part.BROKERS, Part.TOPICS),
    changes=(UnregisterBroker,),
    examples=(
        "steward broker unregister 4 --dry-run",
        "steward broker unregister 4 --yes",
    ),
)
def unregister_broker(params: BrokerUnregisterParams, context: Context) -> Answer[ChangeReport]:
    """Unregister a broker that is permanently gone, so that no new replica is assigned to it.

    Refused while it is alive or holds replicas: drain it, stop it, then unregister it. Requires Kafka 4.0, which
    reports brokers that are down. A broker that is started again registers itself again.
    """
    with context.connect(context.connection) as observer:
        seen = observer.observe(frozenset({Part.BROKERS}), Scope(), context.progress)
    brokers = {b.id for b in seen_or_fault(seen.brokers)}
    if params.broker not in brokers:
        raise ObjectNotFound(
            f"broker {params.broker} is not registered",
            remedy=f"registered brokers: {', '.join(str(b) for b in sorted(brokers))}",
            object_name=str(params.broker),
        )
    wanted = PlanRequest(
        title=f"unregister broker {params.broker}",
        source=source_of("broker", "unregister", str(params.broker)),
        changes=(UnregisterBroker(broker=params.broker),),
    )
    return planned_change(context, params, wanted)


CAPABILITIES: tuple[Capability, ...] = (unregister_broker,)
