"""Shared clusters without policy classes."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import few, on_cluster
from steward.model.config import Configs
from steward.model.finding import Confidence, Evidence, Remedy, Severity
from steward.model.snapshot import Part

_KEYS = ("create.topic.policy.class.name", "alter.config.policy.class.name")


@check("C11", Severity.MEDIUM, over=CLUSTER, parts=(Part.BROKER_CONFIGS,))
def policy_classes_absent(facts: Facts, _: None) -> Iterator[FoundState]:
    """No policy class checks topics and configurations before the cluster accepts them.

    What it means: create.topic.policy.class.name or alter.config.policy.class.name is not set on a cluster that several
        teams share (threshold shared_cluster). The controllers run these classes. If they are separate processes, only
        the brokers' files are visible, and the finding is inferred from them.
    Why it matters: every principal that can create topics can create one with a thousand partitions, one replica or
        unlimited retention, at the expense of all teams.
    What to do: put a policy class on the controllers' class path. If all changes go through a tool that checks them,
        waive this finding with that reason.
    """
    if not facts.thresholds.shared_cluster:
        return
    configs = facts.known_broker_configs
    controllers = {b: c for b, c in configs.items() if _is_controller(c)}
    bare = {b: _missing(c) for b, c in (controllers or configs).items() if _missing(c)}
    if bare:
        missing = next(iter(bare.values()))
        assumed = (
            ""
            if controllers
            else " (inferred from the brokers' files; the controllers' files are not visible)"
        )
        yield FoundState(
            object=on_cluster(),
            confidence=Confidence.OBSERVED if controllers else Confidence.INFERRED,
            summary=f"no policy checks new topics or configurations on a shared cluster{assumed}",
            evidence=tuple(
                Evidence(f"DescribeConfigs broker {few(bare)}", key, "not set") for key in missing
            ),
            remedy=Remedy(
                f"set {' and '.join(missing)} on the controllers and restart them one at a time"
            ),
        )
    facts.require_all_broker_configs()


def _missing(configs: Configs) -> list[str]:
    return [key for key in _KEYS if key not in configs or not configs[key].value]


def _is_controller(configs: Configs) -> bool:
    return "process.roles" in configs and "controller" in (configs["process.roles"].value or "")
