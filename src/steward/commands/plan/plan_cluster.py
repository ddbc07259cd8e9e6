"""The cluster of a saved plan: printed commands name it, whatever cluster the command line chose."""

from dataclasses import replace
from typing import TYPE_CHECKING

from steward.commands.api.context import Context, target_of
from steward.commands.api.registry import ClusterName
from steward.model.command import ClusterTarget
from steward.model.error import StewardError
from steward.model.plan import Plan
from steward.settings.profiles import sandbox_profiles

if TYPE_CHECKING:  # SQLAlchemy is imported only when needed
    from steward.store.open import Store


def find_plan(given: str, store: "Store", context: Context) -> Plan:
    """Return the saved plan with this id or its first characters; from then on printed commands name its cluster.

    Errors: ObjectNotFound; UsageError; StoreUnavailable.
    """
    plan = store.plans.find(given)
    choose_printed_cluster(plan, store, context)
    return plan


def choose_printed_cluster(plan: Plan, store: "Store", context: Context) -> None:
    """Have printed commands name the cluster of a plan; where its name is unknown, the chosen cluster.

    Errors: StoreUnavailable.
    """
    context.plan_target = _target(plan, store.clusters.names_of(plan.cluster_id), context)


def cluster_of(plan: Plan, context: Context, *, otherwise: str = "") -> ClusterName:
    """Return the cluster of a plan, by id and name; where no name is known it is ``otherwise``, else its id."""
    target = context.plan_target
    name = (target.cluster or target.bootstrap) if target else otherwise
    return ClusterName(id=plan.cluster_id or None, name=name or plan.cluster_id)


def _target(plan: Plan, names: tuple[str, ...], context: Context) -> ClusterTarget | None:
    """Return the chosen cluster where its name is known to be the plan's, else a profile that is.

    Such a profile is the one under which the plan was made, or one whose ``cluster_id`` is the plan's.
    """
    try:
        if context.named_profile[0] in names:
            return context.target
    except StewardError:
        pass  # none is chosen: the plan knows one
    try:
        known = {**sandbox_profiles(), **context.settings.profiles}
    except StewardError:
        return None
    declared = (n for n, p in known.items() if p.cluster_id and p.cluster_id == plan.cluster_id)
    name = next((n for n in (*names, *declared) if n in known), None)
    if name is None:
        return None
    return replace(target_of(name, known[name]), config=context.config or "")
