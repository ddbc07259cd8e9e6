"""Policies and waivers from files of a profile: they apply to every plan on its cluster."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from steward.change.guard.policy import CustomPolicy, RuleWaiver
from steward.commands.api.context import Context
from steward.model.error import ConfigurationError
from steward.settings.finding import trusted_in_force
from steward.settings.trust import check_trusted

if TYPE_CHECKING:  # manifests are imported only where a profile names files
    from steward.change.manifests.kinds import Manifest, PolicySpec, WaiverSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyFiles:
    """Content of the policy files."""

    policies: tuple[CustomPolicy, ...] = ()
    waivers: tuple[RuleWaiver, ...] = ()


def written_policies(context: Context) -> PolicyFiles:
    """Read the policy files of the active profile, if any.

    Errors: ConfigurationError, with file and line: without its policies no plan is checked.
    """
    paths = context.profile.policies
    if not paths:
        return PolicyFiles()
    from steward.change.manifests.kinds import PolicySpec, WaiverSpec
    from steward.change.manifests.problem import ManifestsInvalid
    from steward.change.manifests.reading import read
    from steward.commands.api.manifest_files import files_of, sources

    folder = Path(context.settings.source).parent if context.settings.source else context.directory
    trusted, _ = trusted_in_force(context.environ)
    for path in paths:
        for file in files_of(path, folder):
            check_trusted(file, trusted)  # a missing policy would let a plan pass
    try:
        manifests = read(sources(paths, folder))
    except ManifestsInvalid as fault:
        first = fault.problems[0]
        more = f" (and {len(fault.problems) - 1} more)" if len(fault.problems) > 1 else ""
        raise ConfigurationError(
            f"policies: {first.place}: {first.message}{more}", remedy=first.remedy
        ) from None
    return PolicyFiles(
        policies=tuple(_policy(m, spec) for m, spec in manifests.of(PolicySpec)),
        waivers=tuple(_waiver(spec) for _, spec in manifests.of(WaiverSpec)),
    )


def _policy(manifest: "Manifest", spec: "PolicySpec") -> CustomPolicy:
    from steward.change.guard.cel import compiled

    name = manifest.metadata.name
    if spec.select.labels:
        raise ConfigurationError(
            f"{manifest.place}: policy {name} selects by labels, which plans do not contain",
            remedy="select by kind, and by name in the rule: resource.name.startsWith('payments.')",
        )
    rule = compiled(spec.rule, spec.target)
    if isinstance(rule, str):  # validated when it was read
        raise ConfigurationError(f"{manifest.place}: policy {name}: {rule}")
    return CustomPolicy(
        name=name,
        kinds=spec.select.kinds,
        target=spec.target,
        effect=spec.effect,
        message=spec.message,
        rule=rule,
        place=str(manifest.place),
    )


def _waiver(spec: "WaiverSpec") -> RuleWaiver:
    return RuleWaiver(
        rule=spec.check,
        object=spec.object.replace("/", " ", 1),
        reason=spec.reason,
        expires=spec.until,
    )
