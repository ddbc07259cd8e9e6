"""The page of metrics: every family that `/metrics` serves."""

from steward.daemon.metrics.registry import FAMILIES, Family
from steward.interfaces.reference.markdown import code, codes, page, plain, prose, sentence, table


def metrics_page() -> str:
    """Return the page of metrics."""
    return page(
        "Metrics",
        prose("What `steward serve` offers under `/metrics`, in Prometheus's text format. A value that is not known "
              "has no sample; the families whose names end in `_unknown` count what is missing and say why. Nothing "
              "unknown is ever told as 0."),
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
