"""``steward broker alter``: set or remove dynamic configuration of one broker, or the default for all."""

from dataclasses import dataclass
from typing import Annotated

from steward.cluster.ports import Scope
from steward.commands.api.config_words import configs_of, require_known
from steward.commands.api.consent import ConsentParams
from steward.commands.api.context import Context
from steward.commands.api.group_position import seen_or_fault
from steward.commands.api.registry import Answer, Capability, Effect, capability
from steward.commands.plan.change_command import planned_change, source_of
from steward.commands.plan.create import PlanRequest
from steward.commands.plan.execution_report import ChangeReport
from steward.model.change import AlterConfigs, ConfigTarget
from steward.model.command import Hint, steward
from steward.model.doc import Candidates, Doc
from steward.model.error import ObjectNotFound, UsageError
from steward.model.snapshot import Part
from steward.model.unknown import Unknown

DEFAULT = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerAlterParams(ConsentParams):
    """Which broker, and what to alter."""

    broker: Annotated[
        str,
        Doc("broker id, or default for all brokers", positional=True, completes=Candidates.BROKERS),
    ]
    set_: Annotated[
        tuple[str, ...],
        Doc(
            "KEY=VALUE in Kafka's keys, with units",
            metavar="KEY=VALUE",
            completes=Candidates.BROKER_SETTINGS,
        ),
    ] = ()
    unset: Annotated[
        tuple[str, ...],
        Doc(
            "remove this dynamic value",
            metavar="KEY",
            commas=True,
            completes=Candidates.BROKER_KEYS,
        ),
    ] = ()


@capability(
    "broker.alter",
    effect=Effect.EXECUTE,
    parts=(Part.BROKERS, Part.BROKER_CONFIGS, Part.TOPICS, Part.TOPIC_CONFIGS, Part.LOG_DIRS),
    changes=(ConfigTarget.BROKER,),
    examples=(
        "steward broker alter default --set log.cleaner.threads=2 --dry-run",
        "steward broker alter 2 --unset follower.replication.throttled.rate --yes",
    ),
)
def alter_broker(params: BrokerAlterParams, context: Context) -> Answer[ChangeReport]:
    """Set or remove dynamic configuration of one broker, or the default for all.

    Read-only keys are refused: set them in server.properties. Secrets cannot be set here, because plans do not hold
    secrets.
    """
    set_ = configs_of(params.set_)
    if not set_ and not params.unset:
        raise UsageError(
            "nothing to alter",
            remedy=Hint(
                steward("broker alter", "default", set="log.cleaner.threads=2", dry_run=True)
            ),
        )
    if params.broker != DEFAULT and not (params.broker.isascii() and params.broker.isdigit()):
        raise UsageError(
            f"{params.broker!r} is not a broker id",
            remedy="pass a broker's id, or default for all brokers",
        )
    with context.connect(context.connection) as observer:
        parts = frozenset({Part.BROKERS, Part.BROKER_CONFIGS})
        seen = observer.observe(parts, Scope(), context.progress)
    brokers = {str(b.id) for b in seen_or_fault(seen.brokers)}
    name = "" if params.broker == DEFAULT else params.broker
    if name and name not in brokers:
        raise ObjectNotFound(
            f"broker {name} does not exist",
            remedy=f"brokers: {', '.join(sorted(brokers))}",
            object_name=name,
        )
    configs = seen_or_fault(seen.broker_configs)
    known = next((c for c in configs.values() if not isinstance(c, Unknown)), None)
    if known is not None:
        require_known((*set_, *params.unset), known, "brokers")
    words = [w for k, v in sorted(set_.items()) for w in ("--set", f"{k}={v}")]
    words += [w for k in params.unset for w in ("--unset", k)]
    wanted = PlanRequest(
        title=f"alter broker {params.broker}",
        source=source_of("broker", "alter", params.broker, *words),
        changes=(
            AlterConfigs(
                target=ConfigTarget.BROKER,
                name=name,
                set=dict(sorted(set_.items())),
                remove=tuple(sorted(set(params.unset))),
            ),
        ),
    )
    return planned_change(context, params, wanted)


CAPABILITIES: tuple[Capability, ...] = (alter_broker,)
