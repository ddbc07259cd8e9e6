"""Opening a cluster: the first contact, for observing and for changing."""

import time

from steward.cluster.adapters.bootstrap import bootstrap
from steward.cluster.adapters.connections import KafkaClient
from steward.cluster.connection_checks.doctor import explain
from steward.model.connection import Connection

_FIRST_GO_SECONDS = 3.0
_PROBE_SECONDS = 2.0


def open_client(connection: Connection) -> KafkaClient:
    """Return a client that knows the cluster's brokers; the caller closes it.

    Errors: ClusterUnreachable, NotAuthorized, ConfigurationError; each says in one line what and where, and what to do,
            within the profile's connect timeout.
    """
    client = KafkaClient(connection)
    client.start()
    try:
        _first_contact(client)
    except BaseException:
        client.close()
        raise
    return client


def _first_contact(client: KafkaClient) -> None:
    """Bootstrap in two attempts: after a short first one, a peer that is plainly no broker fails at once."""
    total = client.connection.connect_timeout_seconds
    deadline = time.monotonic() + total
    faults = client.run(bootstrap(client, min(_FIRST_GO_SECONDS, total / 2)))
    if not faults:
        return
    reason = explain(client.connection, faults, min(_PROBE_SECONDS, total / 5))
    if reason.may_pass and not client.run(
        bootstrap(client, max(deadline - time.monotonic(), total / 10))
    ):
        return
    raise reason.fault
