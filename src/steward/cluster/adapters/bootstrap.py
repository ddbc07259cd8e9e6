"""The first contact: all bootstrap servers are tried at once; the first to answer identifies the cluster."""

from typing import Any

from steward.cluster.adapters import cluster
from steward.cluster.adapters.connections import Address, BrokerConnection, KafkaClient, new_future
from steward.model.connection import Connection
from steward.model.error import ConfigurationError, StewardError

DEFAULT_PORT = 9092


def addresses_of(connection: Connection) -> tuple[Address, ...]:
    """Parse the profile's bootstrap servers.

    Errors: ConfigurationError for one that is not ``host:port``.
    """
    if not connection.bootstrap_servers:
        raise ConfigurationError(
            f"profile {connection.name}: bootstrap_servers is empty, expected host:port",
            remedy="set bootstrap_servers in the profile, or pass --bootstrap-server HOST:PORT",
        )
    return tuple(_address(server, connection) for server in connection.bootstrap_servers)


def _address(server: str, connection: Connection) -> Address:
    host, colon, port = server.strip().rpartition(":")
    if not colon:
        host, port = port, str(DEFAULT_PORT)
    host = host.removeprefix("[").removesuffix("]")
    if host and port.isascii() and port.isdigit() and len(port) <= 5 and 0 < int(port) < 65536:
        return host, int(port)
    raise ConfigurationError(
        f"profile {connection.name}: bootstrap server {server!r} is not host:port",
        remedy="correct bootstrap_servers in the profile",
    )


async def bootstrap(
    client: KafkaClient, timeout_seconds: float | None = None
) -> dict[Address, StewardError]:
    """Learn the brokers from the first bootstrap server that answers in time; by default the profile's servers.

    Returns nothing on success, else the fault of each server.
    """
    addresses = tuple(dict.fromkeys(addresses_of(client.connection)))
    faults: dict[Address, StewardError] = {}
    winner = new_future()

    async def attempt(address: Address) -> None:
        link: BrokerConnection | None = None
        try:
            link = await client.open(*address, timeout_seconds)
            response = await client.ask_link(
                link, cluster.describe_cluster_request(), f"{address[0]}:{address[1]}"
            )
            cluster.check(response)
        except StewardError as fault:
            faults[address] = fault
            _close(link)
            if len(faults) == len(addresses) and not winner.is_done:
                winner.success(None)
            return
        if winner.is_done:
            _close(link)
        else:
            winner.success((address, link, response))

    for address in addresses:
        client.spawn(attempt(address))
    won: Any = await winner
    if won is None:
        return faults
    _settle(client, *won)
    return {}


def _close(link: BrokerConnection | None) -> None:
    if link is not None:
        link.close()


def _settle(client: KafkaClient, address: Address, link: BrokerConnection, response: Any) -> None:
    """Keep the connection for the broker that advertises exactly this address, else close it."""
    cluster.learn(client, response)
    _expect_cluster(client.connection, response.cluster_id, link)
    for broker in response.brokers:
        if (broker.host, broker.port) == address:
            client.adopt(broker.broker_id, link)
            return
    link.close()


def _expect_cluster(connection: Connection, found: str, link: BrokerConnection) -> None:
    expected = connection.expected_cluster_id
    if expected is None or expected == found:
        return
    link.close()
    raise ConfigurationError(
        f"profile {connection.name}: the cluster at {', '.join(connection.bootstrap_servers)} "
        f"has id {found}, expected {expected}",
        remedy="correct bootstrap_servers or the expected cluster id in the profile",
    )
