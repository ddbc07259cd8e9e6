"""A notification for one receiver, with its attempts and retries."""

from dataclasses import dataclass

from steward.analysis.alerting.notification import Notification

FIRST_RETRY_SECONDS, LONGEST_RETRY_SECONDS = 1.0, 300.0
GIVE_UP_AFTER_SECONDS = 86_400.0
"""Age at which an undelivered notification is discarded."""
REFUSALS = 3
"""Attempts for a body that the receiver rejects as invalid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One notification for one receiver. Times are epoch milliseconds; ``attempts`` counts failures."""

    id: int
    key: str
    receiver: str
    notification: Notification
    created_ms: int
    due_ms: int
    attempts: int = 0
    last_error: str = ""


def delivery_key(receiver: str, notification: Notification) -> str:
    """Return the key that identifies a delivery: equal ones are sent once."""
    return f"{receiver} {notification.id}"


def retry_seconds(attempts: int, chance: float) -> float:
    """Return how long to wait after a number of failures: doubled each time, plus or minus a fifth at random.

    ``chance`` in [0, 1] spreads retries of deliveries that failed at the same time.
    """
    doubled = FIRST_RETRY_SECONDS * 2.0 ** min(attempts - 1, 20)
    return min(doubled, LONGEST_RETRY_SECONDS) * (0.8 + 0.4 * chance)
