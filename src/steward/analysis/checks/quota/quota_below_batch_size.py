"""Consumer quotas that are smaller than one large batch."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.quota.wording import limit_evidence, on_quota, set_quota
from steward.analysis.checks.registry import QUOTAS, FoundState, check
from steward.analysis.checks.say import duration, volume
from steward.model.finding import Confidence, Evidence, Severity
from steward.model.quota import QuotaEntry
from steward.model.snapshot import Part

KEY = "consumer_byte_rate"


@check("Q08", Severity.HIGH, over=QUOTAS, parts=(Part.QUOTAS, Part.BROKER_CONFIGS))
def quota_below_batch_size(facts: Facts, entry: QuotaEntry) -> Iterator[FoundState]:
    """A consumer quota is so small that one large batch may block the consumer for ever.

    What it means: consumer_byte_rate times the quota window (quota.window.num - 1 samples of
        quota.window.size.seconds, 10 s by default) is below message.max.bytes, the batch size that topics permit.
    Why it matters: a fetch always returns the first batch whole. If this batch alone exceeds the window, the broker
        returns an empty response and does not count it (ClientQuotaManager). The next fetch requests the same batch
        again, so the consumer makes no progress and gets no error.
    What to do: raise the quota above the largest batch divided by the window, or lower the batch size.
    """
    rate = entry.limits.get(KEY)
    if rate is None:
        return
    samples, seconds, largest = (
        float(facts.any_broker_config(key).value or 0)
        for key in ("quota.window.num", "quota.window.size.seconds", "message.max.bytes")
    )
    window_seconds = (samples - 1) * seconds
    if rate * window_seconds >= largest:
        return
    yield FoundState(
        object=on_quota(entry),
        confidence=Confidence.INFERRED,
        summary=(
            f"a batch may have {volume(largest)}, but the quota allows "
            f"{volume(rate * window_seconds)} in its {duration(window_seconds)} window"
        ),
        evidence=(
            limit_evidence(entry.entity, KEY, rate),
            Evidence("DescribeConfigs broker", "message.max.bytes", f"{largest:,.0f} bytes"),
            Evidence("DescribeConfigs broker", "quota window", f"{window_seconds:g} s"),
        ),
        remedy=set_quota(
            entry.entity,
            f"{KEY}={-(-largest // max(window_seconds, 1)):.0f}",
            "raise the quota so that the largest batch fits into its window",
        ),
    )
