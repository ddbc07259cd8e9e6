"""Request quotas that are too high to have an effect."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.quota.wording import limit_evidence, on_quota, set_quota
from steward.analysis.checks.registry import QUOTAS, FoundState, check
from steward.analysis.checks.say import count
from steward.model.finding import Evidence, Severity
from steward.model.quota import QuotaEntry
from steward.model.snapshot import Part

KEY = "request_percentage"


@check("Q12", Severity.MEDIUM, over=QUOTAS, parts=(Part.QUOTAS, Part.BROKER_CONFIGS))
def quota_request_without_effect(facts: Facts, entry: QuotaEntry) -> Iterator[FoundState]:
    """A request quota is at least as large as all threads of a broker, so it has no effect.

    What it means: request_percentage is a percentage of one thread. A broker has num.io.threads, and
        num.network.threads for each listener. A high entry that exempts a client from a lower default is not reported.
    Why it matters: it looks like a limit but limits nothing.
    What to do: choose a share of the total, such as a quarter.
    """
    percentage = entry.limits.get(KEY)
    if percentage is None or facts.quota_resolver.beneath(KEY, entry.entity):
        return
    threads = _threads(facts)
    if percentage < threads * 100:
        return
    yield FoundState(
        object=on_quota(entry),
        summary=f"{percentage:g}% has no effect: a broker has only {count(threads, 'thread')}",
        evidence=(
            limit_evidence(entry.entity, KEY, percentage),
            Evidence("DescribeConfigs broker", "io and network threads", str(threads)),
        ),
        remedy=set_quota(
            entry.entity, f"{KEY}={threads * 25}", "lower it, here to a quarter of all threads"
        ),
    )


def _threads(facts: Facts) -> int:
    """Return the number of a broker's threads; listeners of controllers have their own and do not count."""
    controllers = (facts.any_broker_config("controller.listener.names").value or "").split(",")
    listeners = (facts.any_broker_config("listeners").value or "").split(",")
    served = [name for name in listeners if name.partition("://")[0].strip() not in controllers]
    network = int(facts.any_broker_config("num.network.threads").value or 0)
    return int(facts.any_broker_config("num.io.threads").value or 0) + network * len(served)
