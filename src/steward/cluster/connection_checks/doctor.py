"""Why a connection fails: every bootstrap server, then every advertised listener, step by step."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from steward.cluster.adapters import access, acls
from steward.cluster.adapters.bootstrap import addresses_of, bootstrap
from steward.cluster.adapters.cluster import read_cluster
from steward.cluster.adapters.connections import KafkaClient
from steward.cluster.adapters.security import client_config, tls_context, uses_tls
from steward.cluster.connection_checks import steps as examination
from steward.cluster.connection_checks.steps import CheckedAddress, Failure
from steward.cluster.permissions import RIGHTS
from steward.model.command import Hint, steward
from steward.model.connection import Connection
from steward.model.doctor import CheckStatus, DoctorStep
from steward.model.error import (
    ClusterUnreachable,
    ConfigurationError,
    DeadlineExceeded,
    NotAuthorized,
    StewardError,
)
from steward.model.wording import count

Report = Callable[[DoctorStep], None]
HostPort = tuple[str, int]

_LOGIN = "sasl"
_LONGEST_PROBE_SECONDS = 5.0


def diagnose_connection(
    connection: Connection, report: Report | None = None
) -> tuple[DoctorStep, ...]:
    """Check the path to a cluster and return every step; ``report`` receives each step as it completes.

    Steps for each bootstrap server and then each advertised listener: dns, tcp, tls, kafka, sasl, as far as the
    profile's protocol has them; steps after a failed one are skipped. Then metadata and authorization.
    """
    steps: list[DoctorStep] = []
    for step in _steps(connection):
        steps.append(step)
        if report is not None:
            report(step)
    return tuple(steps)


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why no bootstrap server could be used; ``may_pass``: the server may only be slow."""

    fault: StewardError
    may_pass: bool


def explain(
    connection: Connection, faults: Mapping[HostPort, StewardError], probe_seconds: float
) -> Explanation:
    """Describe why no bootstrap server could be used: the first failed step of the first server."""
    address, fault = next(iter(faults.items()))
    is_slow = isinstance(fault, DeadlineExceeded)
    target = replace(_target(connection, *address), timeout_seconds=probe_seconds)
    failure = _first_failure(target)
    may_pass = is_slow and (failure is None or failure.may_pass)
    if failure is None:
        failure = Failure(
            fault.summary,
            fault.remedy or Hint("check every step with: ", steward("doctor")),
            denied=isinstance(fault, NotAuthorized),
        )
    return Explanation(_phrased(connection, address, failure, len(faults)), may_pass)


def _phrased(
    connection: Connection, address: HostPort, failure: Failure, servers: int
) -> StewardError:
    where = f"{address[0]}:{address[1]} ({connection.security_protocol})"
    others = f"; {count(servers - 1, 'other bootstrap server')} failed too" if servers > 1 else ""
    summary = f"cannot connect to {where}: {failure.detail}{others}"
    if failure.denied:
        return NotAuthorized(summary, acl="", remedy=failure.remedy, object_name=connection.name)
    return ClusterUnreachable(summary, remedy=failure.remedy, object_name=connection.name)


def _first_failure(target: CheckedAddress) -> Failure | None:
    for name in _plain_steps(target.connection):
        try:
            examination.PLAIN_STEPS[name](target)
        except Failure as failure:
            return failure
    if target.connection.security_protocol.startswith("SASL"):
        try:
            examination.sasl(target, _no_login)
        except Failure as failure:
            return failure
        return None
    return examination.sasl_wanted(target)


def _no_login(_host: str, _port: int) -> None:
    """Skip the login: it has been tried."""


def _steps(connection: Connection) -> Iterator[DoctorStep]:
    try:
        client_config(connection)
        targets = [_target(connection, *address) for address in addresses_of(connection)]
    except ConfigurationError as error:
        yield DoctorStep(
            "configuration", connection.name, CheckStatus.FAILED, error.summary, error.remedy
        )
        return
    client = KafkaClient(connection)
    client.start()
    try:
        reached = False
        for target in targets:
            steps = list(_examined(target, client))
            yield from steps
            reached = reached or all(s.status is not CheckStatus.FAILED for s in steps)
        yield from (
            _inside(client, targets[0])
            if reached
            else _skipped(("metadata", "authorization"), connection.name)
        )
    finally:
        client.close()


def _target(
    connection: Connection, host: str, port: int, broker: int | None = None
) -> CheckedAddress:
    return CheckedAddress(
        host=host,
        port=port,
        connection=connection,
        context=tls_context(connection) if uses_tls(connection) else None,
        timeout_seconds=min(connection.connect_timeout_seconds, _LONGEST_PROBE_SECONDS),
        broker=broker,
    )


def _plain_steps(connection: Connection) -> list[str]:
    if connection.proxy_url is not None:
        return []
    return [name for name in examination.PLAIN_STEPS if name != "tls" or uses_tls(connection)]


def _examined(target: CheckedAddress, client: KafkaClient) -> Iterator[DoctorStep]:
    """Run the steps for one address; the login is the client's own."""

    def log_in(host: str, port: int) -> None:
        try:
            client.run(client.open(host, port)).close()
        except StewardError as fault:
            denied = isinstance(fault, NotAuthorized)
            raise Failure(fault.summary, fault.remedy, denied=denied) from None

    names = _plain_steps(target.connection)
    works: dict[str, Callable[[], str]] = {
        name: lambda name=name: examination.PLAIN_STEPS[name](target) for name in names
    }
    if target.connection.security_protocol.startswith("SASL"):
        works[_LOGIN] = lambda: examination.sasl(target, log_in)
    if target.connection.proxy_url is not None:
        works = {"kafka": lambda: _through_proxy(target, log_in)}
    yield from _taken(works, str(target))


def _through_proxy(target: CheckedAddress, log_in: Callable[[str, int], None]) -> str:
    log_in(target.host, target.port)
    return "connected through the proxy"


def _taken(works: Mapping[str, Callable[[], str]], target: str) -> Iterator[DoctorStep]:
    names = list(works)
    for done, (name, work) in enumerate(works.items(), start=1):
        try:
            yield DoctorStep(name, target, CheckStatus.OK, work())
        except Failure as failure:
            yield DoctorStep(name, target, CheckStatus.FAILED, failure.detail, failure.remedy)
            yield from _skipped(names[done:], target)
            return


def _skipped(names: Iterable[str], target: str) -> Iterator[DoctorStep]:
    for name in names:
        yield DoctorStep(name, target, CheckStatus.SKIPPED, "an earlier step failed")


def _inside(client: KafkaClient, first: CheckedAddress) -> Iterator[DoctorStep]:
    """Check metadata and authorization after connecting."""
    name = client.connection.name
    try:
        faults = client.run(bootstrap(client))
    except StewardError as fault:
        faults = {(first.host, first.port): fault}
    if faults:
        failure = examination.sasl_wanted(first)
        fault = next(iter(faults.values()))
        detail, remedy = (
            (failure.detail, failure.remedy) if failure else (fault.summary, fault.remedy)
        )
        yield DoctorStep("metadata", name, CheckStatus.FAILED, detail, remedy)
        yield from _skipped(("authorization",), name)
        return
    brokers = client.addresses
    listed = ", ".join(f"{b} at {host}:{port}" for b, (host, port) in sorted(brokers.items()))
    yield DoctorStep(
        "metadata", name, CheckStatus.OK, f"{count(len(brokers), 'advertised broker')}: {listed}"
    )
    for broker, (host, port) in sorted(brokers.items()):
        yield from _examined(_target(client.connection, host, port, broker), client)
    yield _authorization(client)


async def _access(client: KafkaClient) -> access.GrantedAccess:
    cluster = await read_cluster(client)
    try:
        bindings = await acls.read_acls(client)
    except StewardError:
        bindings = None
    return await access.read_access(client, cluster, bindings)


def _authorization(client: KafkaClient) -> DoctorStep:
    name = client.connection.name
    try:
        found = client.run(_access(client))
    except StewardError as fault:
        return DoctorStep("authorization", name, CheckStatus.WARNING, fault.summary, fault.remedy)
    if not found.is_enforced:
        return DoctorStep(
            "authorization",
            name,
            CheckStatus.OK,
            "no authorizer is configured: every client may do everything",
        )
    needed = {r.operation for rights in RIGHTS.values() for r in rights if r.is_on_cluster}
    missing = sorted(needed - found.operations)
    held = ", ".join(sorted(found.operations)) or "none"
    if not missing:
        return DoctorStep(
            "authorization", name, CheckStatus.OK, f"authorized cluster operations: {held}"
        )
    parts = sorted(
        part.value
        for part, rights in RIGHTS.items()
        if any(r.is_on_cluster and r.operation in missing for r in rights)
    )
    return DoctorStep(
        "authorization",
        name,
        CheckStatus.WARNING,
        f"authorized cluster operations: {held}; without {' and '.join(missing)} on cluster, unknown: "
        f"{', '.join(parts)}",
        Hint("add the ACLs printed by: ", steward("permissions")),
    )
