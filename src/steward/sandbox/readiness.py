"""Readiness of a sandbox: every broker answers and is registered, unfenced, with every other."""

import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from steward.model.progress import ProgressStep
from steward.sandbox.credentials import ADMIN, Credentials, credentials_of
from steward.sandbox.error import SandboxError
from steward.sandbox.jars import ignore_progress
from steward.sandbox.listeners import listeners_of
from steward.sandbox.logs import last_words
from steward.sandbox.places import broker_dir
from steward.sandbox.ports import LOOPBACK, accepts
from steward.sandbox.processes import broker_processes
from steward.sandbox.state import BrokerState, SandboxState

_POLL_S = 0.1
_ANSWER_S = 2.0
SCRAM_ITERATIONS = 8192


class BrokerDied(SandboxError):
    """A broker exited while it was waited for."""

    def __init__(self, summary: str, *, remedy: str, port_taken: bool) -> None:
        super().__init__(summary, remedy=remedy)
        self.port_taken = port_taken


def wait_ready(
    state: SandboxState,
    brokers: Sequence[BrokerState],
    *,
    timeout_s: float,
    progress: Callable[[str], None] = ignore_progress,
) -> None:
    """Wait until these brokers all answer and know each other; ``progress`` receives their number.

    Errors: BrokerDied with the broker's last log line; SandboxError after the timeout.
    """
    deadline = time.monotonic() + timeout_s
    entry = listeners_of(secure=state.secure)[0].name
    first = "MTLS" if state.secure else entry

    def counted(step: str, late: Collection[int]) -> Collection[int]:
        progress(ProgressStep(step, number=len(brokers) - len(late), total=len(brokers)))
        return late

    _until(
        lambda: counted("brokers that listen:", _not_accepting(brokers, first)),
        state,
        brokers,
        deadline,
    )
    _until(
        lambda: counted("brokers that answer:", _not_answering(state, brokers, first)),
        state,
        brokers,
        deadline,
    )
    if state.secure:
        _create_scram_user(state, brokers)
        _until(lambda: _not_answering(state, brokers, entry), state, brokers, deadline)


def all_answer(state: SandboxState) -> bool:
    """Return whether every broker of the sandbox answers now."""
    entry = listeners_of(secure=state.secure)[0].name
    return not _not_accepting(state.brokers, entry) and not _not_answering(
        state, state.brokers, entry
    )


def _until(
    waiting_for: Callable[[], Collection[int]],
    state: SandboxState,
    brokers: Sequence[BrokerState],
    deadline: float,
) -> None:
    while late := waiting_for():
        _check_alive(state, brokers)
        if time.monotonic() > deadline:
            names = ", ".join(str(broker_id) for broker_id in sorted(late))
            log = broker_dir(state.home, min(late)) / "log" / "server.log"
            raise SandboxError(
                f"brokers {names} of sandbox {state.name} do not answer; last log line: "
                f"{last_words(log.parent)}",
                remedy=f"Read {log}; the machine may be too busy: try fewer --brokers.",
            )
        time.sleep(_POLL_S)


def _check_alive(state: SandboxState, brokers: Sequence[BrokerState]) -> None:
    alive = broker_processes(state.home)
    for broker in brokers:
        if broker.id not in alive:
            folder = broker_dir(state.home, broker.id) / "log"
            words = last_words(folder)
            raise BrokerDied(
                f"broker {broker.id} of sandbox {state.name} exited while starting: {words}",
                remedy=f"Read {folder / 'server.log'}.",
                port_taken="Address already in use" in words,
            )


def _not_accepting(brokers: Sequence[BrokerState], listener: str) -> set[int]:
    return {broker.id for broker in brokers if not accepts(broker.ports[listener])}


def _not_answering(state: SandboxState, brokers: Sequence[BrokerState], listener: str) -> set[int]:
    expected = {broker.id for broker in brokers}
    with ThreadPoolExecutor(len(brokers)) as pool:
        asked = {one.id: pool.submit(_brokers_seen_by, state, one, listener) for one in brokers}
        return {id_ for id_, seen in asked.items() if not expected <= seen.result()}


def _brokers_seen_by(state: SandboxState, broker: BrokerState, listener: str) -> set[int]:
    from confluent_kafka import KafkaException

    try:
        found = _admin(state, (broker,), listener).list_topics(timeout=_ANSWER_S)
    except KafkaException:
        return set()
    return set(found.brokers)


def _create_scram_user(state: SandboxState, brokers: Sequence[BrokerState]) -> None:
    # over mTLS, after the start: formatting could do it too, with the password on a command line
    from confluent_kafka import KafkaException
    from confluent_kafka import admin as library

    admin: Any = library  # its types do not say what it exports
    password = credentials_of(state.home).admin_password.read_bytes()
    info = admin.ScramCredentialInfo(admin.ScramMechanism.SCRAM_SHA_512, SCRAM_ITERATIONS)
    wanted = admin.UserScramCredentialUpsertion(ADMIN, info, password)
    client = _admin(state, brokers, "MTLS")
    try:
        client.alter_user_scram_credentials([wanted])[ADMIN].result(timeout=20)
    except (KafkaException, TimeoutError) as fault:
        raise SandboxError(
            f"the SCRAM user of sandbox {state.name} could not be created: {fault}",
            remedy=f"Read {broker_dir(state.home, brokers[0].id) / 'log' / 'server.log'}.",
        ) from fault


def _admin(state: SandboxState, brokers: Sequence[BrokerState], listener: str) -> Any:
    from confluent_kafka.admin import AdminClient

    servers = ",".join(f"{LOOPBACK}:{broker.ports[listener]}" for broker in brokers)
    settings: dict[str, Any] = {"bootstrap.servers": servers, "log_level": 0}
    if state.secure:
        settings.update(_client_security(credentials_of(state.home), listener))
    return AdminClient(settings)


def _client_security(credentials: Credentials, listener: str) -> dict[str, str]:
    if listener == "MTLS":
        return {
            "security.protocol": "SSL",
            "ssl.ca.location": str(credentials.ca),
            "ssl.certificate.location": str(credentials.admin_cert),
            "ssl.key.location": str(credentials.admin_key),
        }
    return {
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": ADMIN,
        "sasl.password": credentials.admin_password.read_text(encoding="utf-8"),
        "ssl.ca.location": str(credentials.ca),
    }
