"""Rates as options take them: ``125MB/s``."""

from steward.change.manifests.units import EXAMPLES, Unit, measure
from steward.model.error import UsageError


def positive_rate(option: str, text: str) -> float:
    """Return bytes per second.

    Errors: UsageError, naming the option, for what is no rate above 0.
    """
    value = measure(text, Unit.BYTES_PER_SECOND)
    if not value:
        raise UsageError(
            f"{option} {text!r} is not a positive rate", remedy=EXAMPLES[Unit.BYTES_PER_SECOND]
        )
    return float(value)
