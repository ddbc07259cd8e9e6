"""A notification on its way to one receiver: when it is tried, and when again."""

from dataclasses import dataclass

from steward.analysis.alerting.notification import Notification

FIRST_RETRY_SECONDS, LONGEST_RETRY_SECONDS = 1.0, 300.0
GIVE_UP_AFTER_SECONDS = 86_400.0
"""A receiver that is down for so long is told of what happened in between by nobody."""
REFUSALS = 3
"""How often a body that the receiver refuses as such is tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One notification for one receiver. Times are epoch milliseconds; ``attempts`` those that failed."""

    id: int
    key: str
    receiver: str
    notification: Notification
    created_ms: int
    due_ms: int
    attempts: int = 0
    last_error: str = ""


def delivery_key(receiver: str, notification: Notification) -> str:
    """Return what makes a delivery the same as another: it is sent once."""
    return f"{receiver} {notification.id}"


def retry_seconds(attempts: int, chance: float) -> float:
    """Return how long to wait after a number of failures: doubled each time, a fifth more or less by chance.

    Shape: ``chance`` in [0, 1] spreads what failed at the same time.
    """
    doubled = FIRST_RETRY_SECONDS * 2.0 ** min(attempts - 1, 20)
    return min(doubled, LONGEST_RETRY_SECONDS) * (0.8 + 0.4 * chance)
