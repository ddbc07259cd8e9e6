"""The guard's policy for the chosen cluster: the profile's limits and the configuration's waivers."""

from steward.change.guard.policy import Policy, RuleWaiver, window_of
from steward.change.guard.rules import RULE_NAMES
from steward.commands.api.context import Context
from steward.commands.api.waiver_expiry import expiry_of
from steward.commands.plan.policy_files import written_policies
from steward.model.connection import Environment
from steward.settings.connecting import criticality_setting, own_principal
from steward.settings.programs import allowed_programs, real_path
from steward.settings.shapes import WaiverSetting


def guard_policy(context: Context, *, allow_partial: bool = False) -> Policy:
    """Return the policy of the chosen cluster; ``allow_partial`` is what this run's command line allows.

    Errors: ConfigurationError, for a window, a waiver or a file of policies that cannot be read.
    """
    profile = context.profile
    written = written_policies(context)
    names = {policy.name for policy in written.policies}
    return Policy(
        environment=Environment(profile.environment),
        criticality=criticality_setting(profile),
        read_only=profile.read_only,
        allow_partial=allow_partial,
        protected=profile.protected,
        windows=tuple(window_of(text) for text in profile.maintenance_windows),
        confirm_above_partitions=profile.max_partitions_per_topic,
        max_disruptive_steps=profile.max_disruptive_steps,
        max_destructive_steps=profile.max_destructive_steps,
        refuse_above_partitions=profile.most_partitions_per_topic,
        max_destroyed_bytes=profile.max_destroyed_bytes,
        max_moved_partitions=profile.max_moved_partitions,
        max_moved_bytes=profile.max_moved_bytes,
        waivers=(
            *(_waiver(s) for s in context.settings.waivers if s.check in RULE_NAMES | names),
            *written.waivers,
        ),
        custom=written.policies,
        principal=own_principal(profile),
        allowed_programs=allowed_programs(profile.allowed_programs),
        real_path=lambda program: real_path(program, context.environ),
    )


def _waiver(setting: WaiverSetting) -> RuleWaiver:
    return RuleWaiver(
        rule=setting.check, object=setting.object, reason=setting.reason, expires=expiry_of(setting)
    )
