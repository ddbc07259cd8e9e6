"""Connections to brokers: many requests in parallel, each with a deadline; brokers fail independently."""

import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Mapping
from typing import Any, TypeVar, cast

from kafka import errors as kafka_errors
from kafka.future import Future
from kafka.net import inet
from kafka.net.connection import KafkaConnection
from kafka.net.selector import NetworkSelector
from kafka.net.transport import KafkaSSLTransport, KafkaTCPTransport

from steward.cluster.adapters import security
from steward.cluster.adapters.errors import MALFORMED_RESPONSE, fault_of, malformed_response
from steward.model.connection import Connection
from steward.model.error import ClusterUnreachable, DeadlineExceeded, NotSupported, StewardError
from steward.model.wording import duration

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")

_SOCKET_OPTIONS = (
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
)
_inet = cast("Any", inet)
_THROTTLE_POLL_SECONDS = 0.02
_RECONNECT_PAUSE_SECONDS = 0.1
_GRACE_SECONDS = 0.5
"""kafka-python's own request timeout fires first; this one covers requests that it loses."""

Address = tuple[str, int]


class _DrainOnClose:
    """Delivers what a peer sent before it closed: a refused login arrives together with the end of the stream."""

    def _sock_recv(self) -> tuple[bytes, Any]:
        received, error = cast("Any", super())._sock_recv()  # noqa: SLF001 - the one place that kafka-python reads at
        return received, None if received else error


class _TcpTransport(_DrainOnClose, KafkaTCPTransport):
    """A plain connection."""


class _TlsTransport(_DrainOnClose, KafkaSSLTransport):
    """A TLS connection."""


_tcp = cast("Any", _TcpTransport)
_tls = cast("Any", _TlsTransport)


class RequestCost:
    """Counters of requests and answers, updated as they happen."""

    def __init__(self) -> None:
        self.requests: Counter[str] = Counter()
        self.bytes_received = 0
        self._quickest: dict[int, float] = {}

    def answered(self, broker: int, seconds: float) -> None:
        """Record how long a broker took: its fastest answer is close to the round-trip time."""
        self._quickest[broker] = min(seconds, self._quickest.get(broker, seconds))

    def latency_seconds(self) -> dict[int, float]:
        """Return the fastest answer of each broker."""
        return dict(sorted(self._quickest.items()))


class BrokerConnection(KafkaConnection):
    """One connection to one broker."""

    client: "KafkaClient"

    def data_received(self, data: bytes) -> None:
        """Count and decode; a response that cannot be decoded closes the connection instead of hanging it."""
        self.client.cost.bytes_received += len(data)
        try:
            super().data_received(data)
        except (*MALFORMED_RESPONSE, MemoryError) as error:
            raise kafka_errors.KafkaProtocolError(f"undecodable response: {error}") from error

    @property
    def versions(self) -> dict[int, tuple[int, int]]:
        """The broker's range of versions for each API key."""
        data = cast("Any", self.broker_version_data)
        return dict(data.api_versions)


class KafkaClient:
    """Sends requests to brokers, by id or to any, and converts errors into faults of the model.

    The network loop runs in its own thread: an interrupt reaches the caller at once, and callers in several threads
    share the connections.
    """

    def __init__(self, connection: Connection) -> None:
        security.silence_kafka_logger()
        self.connection = connection
        self._config = security.client_config(connection)
        self._tls = security.tls_context(connection) if security.uses_tls(connection) else None
        self._net: Any = NetworkSelector(client_id="steward", slow_task_threshold_secs=0)
        self._addresses: dict[int, Address] = {}
        self._links: dict[int, Any] = {}
        self._down: dict[int, StewardError] = {}
        self._turn = 0
        self.throttle_seconds = 0.0
        """How long the last answer to a change asked the client to wait."""
        self.cost = RequestCost()
        self.sent: Counter[str] = Counter()
        """Requests sent since the start, independent of the current count."""

    def start(self) -> None:
        """Start the network thread."""
        self._net.start()

    def close(self) -> None:
        """Close every connection and stop the network thread."""
        if self._net._closed:  # noqa: SLF001
            return
        self.run(self._close_links())
        self._net.close()

    def begin(self) -> RequestCost:
        """Start a new count for answers from now on."""
        self.cost = RequestCost()
        return self.cost

    async def _close_links(self) -> None:
        for opening in self._links.values():
            if opening.succeeded():
                opening.value.close()
        self._links.clear()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the network thread and wait for it."""

        async def whole() -> T:
            try:
                return await work
            except MALFORMED_RESPONSE as error:
                raise malformed_response(error) from error

        return self._net.run(whole)

    def spawn(self, work: Coroutine[Any, Any, T]) -> Awaitable[T]:
        """Start a coroutine concurrently; await the result for its value or fault."""
        return self._net.call_soon_with_future(work)

    async def all(self, works: Mapping[K, Coroutine[Any, Any, T]]) -> dict[K, T | StewardError]:
        """Run coroutines concurrently; a failed one returns its fault as its value."""
        running = {key: self.spawn(work) for key, work in works.items()}
        results: dict[K, T | StewardError] = {}
        for key, task in running.items():
            try:
                results[key] = await task
            except StewardError as fault:
                results[key] = fault
        return results

    async def in_thread(self, work: Callable[[], T]) -> T:
        """Run blocking work in a separate thread."""
        done = new_future()

        def run() -> None:
            try:
                outcome: Any = work()
            except Exception as error:  # noqa: BLE001  (passed on to the caller that awaits)
                outcome = error
            self._net.call_soon_threadsafe(lambda: _settle(done, outcome))

        threading.Thread(target=run, name="steward-io", daemon=True).start()
        return await done

    async def sleep(self, seconds: float) -> None:
        """Wait without blocking the network thread."""
        await self._net.sleep(seconds)

    # Brokers

    def learn_brokers(self, addresses: Mapping[int, Address]) -> None:
        """Set the brokers' advertised addresses, and clear earlier failures."""
        for broker, address in addresses.items():
            if self._addresses.get(broker) != address:
                self._links.pop(broker, None)
        self._addresses = dict(addresses)
        self._down.clear()

    @property
    def addresses(self) -> dict[int, Address]:
        """The advertised address of each broker that requests may go to."""
        return dict(self._addresses)

    @property
    def brokers(self) -> tuple[int, ...]:
        """The ids of the brokers that requests may go to."""
        return tuple(sorted(self._addresses))

    @property
    def faults(self) -> dict[int, StewardError]:
        """The brokers that failed since they were last learned, and why."""
        return dict(self._down)

    def adopt(self, broker: int, link: BrokerConnection) -> None:
        """Use an open connection for a broker."""
        self._links[broker] = new_future().success(link)

    def address_of(self, broker: int) -> str:
        """Name a broker for people."""
        host, port = self._addresses.get(broker, ("?", 0))
        return f"broker {broker} ({host}:{port})"

    async def versions(self, broker: int) -> dict[int, tuple[int, int]]:
        """Return the version range per API key that a broker supports."""
        return (await self._link(broker)).versions

    # Requests

    async def ask(self, broker: int, request: Any) -> Any:
        """Send a request to one broker and return its response.

        Errors: ClusterUnreachable, DeadlineExceeded, NotSupported. A lost connection is reopened once; a broker that
                then fails is skipped until `learn_brokers`.
        """
        if broker in self._down:
            raise self._down[broker]
        try:
            return await self._ask_once(broker, request)
        except (DeadlineExceeded, NotSupported):
            raise
        except ClusterUnreachable:
            if broker in self._down:
                raise
            await self.sleep(_RECONNECT_PAUSE_SECONDS)
        return await self._ask_once(broker, request)

    async def ask_any(self, request: Any) -> Any:
        """Send a request to any broker that answers, trying one after another.

        Errors: the last broker's fault, when none answers.
        """
        brokers = self.brokers
        self._turn += 1
        fault: StewardError = ClusterUnreachable("no broker is known")
        for step in range(len(brokers)):
            broker = brokers[(self._turn + step) % len(brokers)]
            try:
                return await self.ask(broker, request)
            except (ClusterUnreachable, DeadlineExceeded) as error:
                fault = error
        raise fault

    async def ask_change(self, request: Any, broker: int | None = None) -> Any:
        """Send a request that changes something once, to one broker or any; never again after it may have arrived.

        Errors: ClusterUnreachable or NotAuthorized where no connection succeeded, so that nothing was sent;
                DeadlineExceeded with ``may_have_happened`` where the answer is lost; NotSupported.
        """
        self._turn += 1
        known = self.brokers
        turned = (*known[self._turn % len(known) :], *known[: self._turn % len(known)])
        fault: StewardError = ClusterUnreachable("no broker is known")
        for chosen in turned if broker is None else (broker,):
            try:
                link = await self._link(chosen)
            except StewardError as error:
                fault = error
                continue
            try:
                answer = await self.ask_link(link, request, self.address_of(chosen))
            except (ClusterUnreachable, DeadlineExceeded) as lost:
                self._drop(chosen, link)
                raise DeadlineExceeded(lost.summary, may_have_happened=True) from lost
            self.throttle_seconds = int(getattr(answer, "throttle_time_ms", 0) or 0) / 1000
            return answer
        raise fault

    async def ask_link(self, link: BrokerConnection, request: Any, address: str) -> Any:
        """Send a request over one open connection.

        Errors: DeadlineExceeded after the profile's request timeout, also where the broker asks to wait longer (or a
                corrupt answer seems to), and where kafka-python loses the request, as it does with an answer to another
                one.
        """
        patience = self.connection.request_timeout_seconds + _GRACE_SECONDS
        deadline = time.monotonic() + patience
        while link.paused:
            if time.monotonic() > deadline:
                link.close()
                raise DeadlineExceeded(
                    f"{address} throttles this client for more than {duration(patience)}"
                )
            await self.sleep(_THROTTLE_POLL_SECONDS)
        name = type(request).__name__.removesuffix("Request").removesuffix("Columns")
        self.cost.requests[name.removesuffix("Bytes")] += 1
        self.sent[name.removesuffix("Bytes")] += 1
        answer = cast("Any", link.send_request(request))
        timer = self._net.call_later(
            patience, lambda: _settle(answer, kafka_errors.KafkaTimeoutError("request timeout"))
        )
        try:
            return await answer
        except (kafka_errors.KafkaError, OSError) as error:
            raise fault_of(error, address) from error
        finally:
            self._net.cancel(timer)

    async def _ask_once(self, broker: int, request: Any) -> Any:
        link = await self._link(broker)
        asked = time.monotonic()
        try:
            answer = await self.ask_link(link, request, self.address_of(broker))
            self.cost.answered(broker, time.monotonic() - asked)
            return answer
        except (ClusterUnreachable, DeadlineExceeded) as fault:
            self._drop(broker, link)
            if isinstance(fault, DeadlineExceeded):
                self._down[broker] = fault
            raise

    def _drop(self, broker: int, link: BrokerConnection) -> None:
        opening = self._links.get(broker)
        if opening is not None and opening.value is link:
            del self._links[broker]

    async def _link(self, broker: int) -> BrokerConnection:
        opening = self._links.get(broker)
        if opening is not None and opening.succeeded() and opening.value.closed:
            opening = None
        if opening is None:
            if broker not in self._addresses:
                raise ClusterUnreachable(f"broker {broker} is not registered with the cluster")
            host, port = self._addresses[broker]
            opening = self._net.call_soon_with_future(
                self.open(host, port, name=self.address_of(broker))
            )
            self._links[broker] = opening
        try:
            return await opening
        except StewardError as fault:
            self._down[broker] = fault
            self._links.pop(broker, None)
            raise

    async def open(
        self, host: str, port: int, timeout_seconds: float | None = None, *, name: str = ""
    ) -> BrokerConnection:
        """Connect to an address and authenticate, within the profile's connect timeout or a shorter one.

        Errors: ClusterUnreachable, NotAuthorized, DeadlineExceeded.
        """
        timeout = timeout_seconds or self.connection.connect_timeout_seconds
        opened = new_future()
        holder: list[Any] = []

        async def opening() -> None:
            try:
                link = await self._handshake(host, port, time.monotonic() + timeout, holder)
            except (StewardError, kafka_errors.KafkaError, OSError, ssl.SSLError) as error:
                _settle(opened, error)
            else:
                _settle(opened, link)

        def expire() -> None:
            for transport in holder:
                transport.abort(kafka_errors.KafkaTimeoutError("connect timeout"))
            _settle(opened, kafka_errors.KafkaTimeoutError("connect timeout"))

        timer = self._net.call_later(timeout, expire)
        self._net.call_soon(opening)
        try:
            return await opened
        except (kafka_errors.KafkaError, OSError, ssl.SSLError) as error:
            raise fault_of(error, name or f"{host}:{port}") from error
        finally:
            self._net.cancel(timer)

    async def _handshake(
        self, host: str, port: int, deadline: float, holder: list[Any]
    ) -> BrokerConnection:
        sock: Any = await _inet.create_connection(
            self._net,
            host,
            port,
            _SOCKET_OPTIONS,
            proxy_url=self.connection.proxy_url,
            timeout_at=deadline,
        )
        transport: Any = (
            _tcp(self._net, sock, host=host)
            if self._tls is None
            else _tls(self._net, sock, host=host, ssl_context=self._tls)
        )
        holder.append(transport)
        await transport.handshake()
        link = BrokerConnection(self._net, node_id=f"{host}:{port}", **self._config)
        link.client = self
        link.connection_made(transport)
        await link.initialize(timeout_at=deadline)
        await link
        return link


def new_future() -> Any:
    """Create a future that a coroutine can await and another can set."""
    return Future()


def _settle(future: Any, outcome: Any) -> None:
    if future.is_done:
        return
    if isinstance(outcome, BaseException):
        future.failure(outcome)
    else:
        future.success(outcome)
