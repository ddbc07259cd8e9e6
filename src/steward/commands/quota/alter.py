"""``steward quota alter``: set or remove limits of one entity; its other limits stay."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from steward.analysis.checks.quota.wording import entity_name
from steward.change.manifests.units import EXAMPLES, Unit, measure
from steward.commands.api.context import Context
from steward.commands.api.registry import Answer, Capability, Effect, capability
from steward.commands.plan.change_command import planned_change, source_of
from steward.commands.plan.create import PlanRequest
from steward.commands.plan.execution_report import ChangeReport
from steward.commands.quota.changes import QuotaEntityParams
from steward.model.change import AlterQuota
from steward.model.command import Hint, quota_command
from steward.model.config_definition import allowed
from steward.model.config_definitions import QUOTA
from steward.model.doc import Candidates, Doc
from steward.model.error import UsageError
from steward.model.quota import BYTE_RATES, QUOTA_KEYS
from steward.model.snapshot import Part


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaAlterParams(QuotaEntityParams):
    """Which entity, and which limits."""

    set_: Annotated[
        tuple[str, ...],
        Doc(f"KEY=VALUE, with units: producer_byte_rate=5MB/s; keys: {', '.join(QUOTA_KEYS)}",
            metavar="KEY=VALUE", commas=True, completes=Candidates.QUOTA_SETTINGS),
    ] = ()  # fmt: skip
    unset: Annotated[
        tuple[str, ...],
        Doc("remove this limit", metavar="KEY", commas=True, completes=Candidates.QUOTA_KEYS),
    ] = ()


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

    Byte rates, request percentage and connection rate apply on each broker, the mutation rate once per cluster.
    """
    limits = _limits(params.set_)
    if not limits and not params.unset:
        raise UsageError(
            "nothing to alter",
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
        PlanRequest(
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
        raise UsageError(f"{key!r} is not a quota key", remedy=hint)


def _limits(words: Iterable[str]) -> dict[str, float]:
    """Parse ``KEY=VALUE`` words.

    Errors: UsageError.
    """
    found: dict[str, float] = {}
    for word in words:
        key, equals, text = word.partition("=")
        if not equals:
            raise UsageError(
                f"{word!r} is not KEY=VALUE", remedy="for example --set producer_byte_rate=5MB/s"
            )
        _known(key)
        unit = Unit.BYTES_PER_SECOND if key in BYTE_RATES else Unit.NUMBER
        value = measure(text, unit)
        if value is None:
            raise UsageError(
                f"{word!r}: {text!r} is not a positive value; allowed: {allowed(QUOTA[key])}, above 0",
                remedy=EXAMPLES[unit],
            )
        if key in found:
            raise UsageError(f"{key} is repeated", remedy="pass it once")
        found[key] = float(value)
    return found


CAPABILITIES: tuple[Capability, ...] = (alter_quota,)
