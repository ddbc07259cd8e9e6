"""The page of metrics: every family that `/metrics` serves."""

from steward.daemon.metrics.registry import FAMILIES, Family
from steward.interfaces.reference.markdown import code, codes, page, plain, prose, sentence, table


def metrics_page() -> str:
    """Return the page of metrics."""
    return page(
        "Metrics",
        prose("`steward serve` serves these under `/metrics`, in Prometheus's text format. An unknown value "
              "has no sample; families whose names end in `_unknown` count missing values with the reason. "
              "An unknown value is never exported as 0."),
        table(("Metric", "Type", "Unit", "Labels", "Meaning"), map(_row, FAMILIES)),
    )  # fmt: skip


def _row(family: Family) -> tuple[str, ...]:
    return (
        code(family.name),
        str(family.kind),
        plain(family.unit),
        codes(family.labels),
        plain(sentence(family.help)),
    )
