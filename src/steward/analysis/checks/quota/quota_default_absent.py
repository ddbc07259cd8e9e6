"""Clients without a bandwidth limit."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.quota.wording import UNSEEN, set_quota
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import on_cluster
from steward.model.finding import Evidence, Severity
from steward.model.quota import BYTE_RATES
from steward.model.snapshot import Part


@check("Q01", Severity.HIGH, over=CLUSTER, parts=(Part.QUOTAS,))
def quota_default_absent(facts: Facts, _: None) -> Iterator[FoundState]:
    """A client without its own quota can use all bandwidth.

    What it means: no default entry limits producer_byte_rate or consumer_byte_rate for clients without their own entry.
        The check applies to clusters that several teams share (checks.thresholds.shared_cluster).
    Why it matters: one job that reads a topic from its start, or one producer in a loop, can saturate the network and
        disks of every broker and delay all other clients.
    What to do: set a default user quota that is sufficient for ordinary clients, and higher quotas where needed.
    """
    if not facts.thresholds.shared_cluster:
        return
    missing = [k for k in BYTE_RATES if not facts.quota_resolver.resolve(k, UNSEEN, UNSEEN)]
    if not missing:
        return
    yield FoundState(
        object=on_cluster(),
        summary=f"clients without their own quota are unlimited in {' and '.join(missing)}",
        evidence=(
            Evidence("DescribeClientQuotas", "entries", str(len(facts.quotas))),
            Evidence("DescribeClientQuotas", "default entries", "none"),
        ),
        remedy=set_quota(
            (("user", None),),
            ",".join(f"{key}=10485760" for key in missing),
            "set a default user quota; 10 MiB/s per broker is a start: adapt it to your load",
        ),
    )
