"""Client quotas set and removed, for all shapes of entity."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from steward.capabilities.changing import planned_change, source_of
from steward.capabilities.consent import ConsentParams
from steward.capabilities.context import Context
from steward.capabilities.execution_report import ChangeReport
from steward.capabilities.group_position import seen_or_fault
from steward.capabilities.planned import Wanted
from steward.capabilities.registry import Answer, Capability, Effect, capability
from steward.checks.quota.wording import entity_name
from steward.manifests.units import EXAMPLES, Unit, measure
from steward.model.change import AlterQuota
from steward.model.command import Hint, quota_command, steward
from steward.model.config_definition import allowed
from steward.model.config_definitions import QUOTA
from steward.model.doc import Doc
from steward.model.error import NotSupported, ObjectNotFound, UsageError
from steward.model.quota import QUOTA_KEYS, name_from
from steward.model.quota_resolution import Entity
from steward.model.snapshot import Part
from steward.model.unknown import NotApplicable

_BYTE_RATES = ("producer_byte_rate", "consumer_byte_rate")


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaEntityParams(ConsentParams):
    r"""Whose limits: a user, a client id, both together, or an address; <default> is the default entity.

    A user or client id that really has this name is written with a backslash: ``\<default>``.
    """

    user: Annotated[
        str | None,
        Doc("principal's name, or <default>; \\<default> is a user of that name", metavar="NAME"),
    ] = None
    client_id: Annotated[
        str | None, Doc("client id, or <default>; \\<default> is one of that name", metavar="ID")
    ] = None
    ip: Annotated[str | None, Doc("address, or <default>", metavar="ADDRESS")] = None

    @property
    def entity(self) -> Entity:
        """The entity as Kafka names it, sorted.

        Errors: UsageError where none is named.
        """
        named = (("client-id", self.client_id), ("ip", self.ip), ("user", self.user))
        found = tuple((k, name_from(v)) for k, v in named if v is not None)
        if not found:
            raise UsageError("no entity is named", remedy="add --user, --client-id or --ip")
        return found

    @property
    def words(self) -> tuple[str, ...]:
        """The entity as words of a command line."""
        named = (("--user", self.user), ("--client-id", self.client_id), ("--ip", self.ip))
        given = [(option, v) for option, v in named if v is not None]
        return tuple(
            word for option, v in given for word in ((option, v) if v else (f"{option}=",))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaAlterParams(QuotaEntityParams):
    """Whose limits, and which."""

    set_: Annotated[
        tuple[str, ...],
        Doc(f"KEY=VALUE, with units: producer_byte_rate=5MB/s; keys: {', '.join(QUOTA_KEYS)}",
            metavar="KEY=VALUE", commas=True),
    ] = ()  # fmt: skip
    unset: Annotated[tuple[str, ...], Doc("take this limit away", metavar="KEY", commas=True)] = ()


@capability(
    "quota.alter",
    effect=Effect.EXECUTE,
    parts=(Part.QUOTAS,),
    changes=(AlterQuota,),
    examples=(
        "steward quota alter --user app --set producer_byte_rate=5MB/s --dry-run",
        "steward quota alter --user '<default>' --set request_percentage=50 --unset consumer_byte_rate",
    ),
)
def alter_quota(params: QuotaAlterParams, context: Context) -> Answer[ChangeReport]:
    """Set or remove limits of one entity; its other limits stay.

    Byte rates, request percentage and connection rate hold on each broker, the mutation rate once for the cluster.
    """
    limits = _limits(params.set_)
    if not limits and not params.unset:
        raise UsageError(
            "nothing is to be altered",
            remedy=Hint(
                quota_command([("user", "app")], set="producer_byte_rate=5MB/s", dry_run=True)
            ),
        )
    for key in params.unset:
        _known(key)
    change = AlterQuota(entity=params.entity, set=limits, remove=tuple(sorted(set(params.unset))))
    words = [w for k, v in sorted(limits.items()) for w in ("--set", f"{k}={v:.15g}")]
    words += [w for k in params.unset for w in ("--unset", k)]
    return planned_change(
        context,
        params,
        Wanted(
            title=f"alter quota of {entity_name(change.entity)}",
            source=source_of("quota", "alter", *params.words, *words),
            changes=(change,),
        ),
    )


def _known(key: str) -> None:
    if key not in QUOTA_KEYS:
        from difflib import get_close_matches

        close = get_close_matches(key, QUOTA_KEYS, 1)
        hint = f"did you mean {close[0]}?" if close else f"use one of {', '.join(QUOTA_KEYS)}"
        raise UsageError(f"{key!r} is no quota", remedy=hint)


def _limits(words: Iterable[str]) -> dict[str, float]:
    """Read ``KEY=VALUE`` words.

    Errors: UsageError.
    """
    found: dict[str, float] = {}
    for word in words:
        key, equals, text = word.partition("=")
        if not equals:
            raise UsageError(
                f"{word!r} is not KEY=VALUE", remedy="write --set producer_byte_rate=5MB/s"
            )
        _known(key)
        unit = Unit.BYTES_PER_SECOND if key in _BYTE_RATES else Unit.NUMBER
        value = measure(text, unit)
        if value is None:
            raise UsageError(
                f"{word!r}: {text!r} measures nothing; allowed: {allowed(QUOTA[key])}, above 0",
                remedy=EXAMPLES[unit],
            )
        if key in found:
            raise UsageError(f"{key} is given twice", remedy="give it once")
        found[key] = float(value)
    return found


@capability(
    "quota.delete",
    effect=Effect.EXECUTE,
    parts=(Part.QUOTAS,),
    changes=(AlterQuota,),
    examples=("steward quota delete --user app --dry-run",),
)
def delete_quota(params: QuotaEntityParams, context: Context) -> Answer[ChangeReport]:
    """Take all limits of one entity away: a less specific entity's hold from then on, or none."""
    entity = params.entity
    seen = context.observe(frozenset({Part.QUOTAS}))
    if isinstance(seen.quotas, NotApplicable):
        raise NotSupported(str(seen.quotas))
    entry = next((q for q in seen_or_fault(seen.quotas) if q.entity == entity), None)
    if entry is None:
        raise ObjectNotFound(
            f"{entity_name(entity)} has no quota",
            remedy=Hint("list them with: ", steward("quota list")),
            object_name=entity_name(entity),
        )
    return planned_change(
        context,
        params,
        Wanted(
            title=f"delete quota of {entity_name(entity)}",
            source=source_of("quota", "delete", *params.words),
            changes=(AlterQuota(entity=entity, remove=tuple(sorted(entry.limits))),),
        ),
    )


CAPABILITIES: tuple[Capability, ...] = (alter_quota, delete_quota)
