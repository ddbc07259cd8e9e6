"""Sends one notification to one receiver."""

from typing import assert_never

from steward.analysis.alerting.notification import Notification
from steward.daemon.receivers.bodies import alertmanager_body, slack_body, webhook_body
from steward.daemon.receivers.post import ReceiverAnswer, post
from steward.daemon.receivers.receiver import Receiver, ReceiverKind
from steward.model.connection import Secret

ALERTMANAGER_PATH = "/api/v2/alerts"


def send(receiver: Receiver, notification: Notification) -> ReceiverAnswer:
    """Send to a receiver, and return its answer.

    The notification's id is sent as ``Idempotency-Key``: it stays the same when sent again.
    """
    match receiver.kind:
        case ReceiverKind.WEBHOOK:
            url, body = receiver.url, webhook_body(notification)
        case ReceiverKind.ALERTMANAGER:
            url, body = (
                _alertmanager_url(receiver.url),
                alertmanager_body(notification, receiver.link),
            )
        case ReceiverKind.SLACK:
            url, body = receiver.url, slack_body(notification, receiver.link)
        case _:
            assert_never(receiver.kind)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "steward",
        "Idempotency-Key": notification.id,
        **receiver.headers,
        **{name: secret.reveal() for name, secret in receiver.secret_headers.items()},
    }
    return post(
        url, body, headers, timeout_seconds=receiver.timeout_seconds, ca_file=receiver.ca_file
    )


def _alertmanager_url(url: Secret) -> Secret:
    """Return the API's URL, where only the server's was given."""
    base = url.reveal().rstrip("/")
    return url if base.endswith(ALERTMANAGER_PATH) else Secret(base + ALERTMANAGER_PATH)
