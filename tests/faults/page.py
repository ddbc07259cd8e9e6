"""The page of the documents that states how well diagnoses hit, as last measured."""

from collections.abc import Iterable

from faults.results import Result, share_right, table

_HEAD = """\
# Accuracy of diagnoses

<!-- Measured: written by `make accuracy`, which injects every fault again; do not edit. -->

Each fault below was made on real Apache Kafka brokers with real clients ([scenarios](scenarios.md); the others are in
`tests/faults`), and the group that suffered from it diagnosed with what `steward diagnose` sees: brokers' answers and
metrics, nothing from the clients. *Right* means cause and action. Rates and standing commits that were seen for less
than five minutes are at most *possible*, so that short looks have no higher confidence. *Seconds to verdict* count from
when the trouble was there to the first verdict that stayed right; verdicts are made each 30 seconds, so that is how
exact they are. Groups named `healthy-...` are controls: there, anything but `healthy` would be a false alarm. Lag
that saws with each commit (`commit-rhythm`) is judged while it is over its objective of 60 s.

`slow-log` stands for a cold disk, where fetches wait as long within the broker: the disks that the tests run on are too
fast to be made slow honestly. Its log has no index, so that each fetch walks over tens of thousands of batches.
"""


def page(results: Iterable[Result]) -> str:
    """Write the page."""
    rows = list(results)
    right = sum(r.right for r in rows)
    alarms = [r for r in rows if r.fault.name.startswith("healthy-") and not r.right]
    return "\n".join(
        [
            _HEAD,
            f"**{right} of {len(rows)} right ({share_right(rows):.0%}); false alarms: {len(alarms)}.**",
            "",
            *table(rows),
            "",
        ]
    )
