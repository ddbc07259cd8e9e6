"""A sandbox's state, written to its folder before any of its processes starts."""

import base64
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from steward.documents.fault import DocumentError
from steward.documents.json_text import read_typed
from steward.model.command import Hint, steward
from steward.sandbox.error import SandboxError
from steward.sandbox.files import write_file
from steward.sandbox.places import sandbox_home, sandboxes_dir

_FILE = "state.json"
_FORMAT = 1
BROKER, CONTROLLER = "broker", "controller"


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerState:
    """One broker as it was laid out."""

    id: int
    rack: str
    roles: tuple[str, ...]
    ports: dict[str, int]
    """Port of each listener, by the listener's name."""
    metrics_port: int
    directory_id: str
    wanted: bool = True
    """False once it was stopped on purpose."""
    overrides: dict[str, str] = field(default_factory=dict[str, str])
    """Properties that differ from the defaults, to try bad settings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxState:
    """One sandbox as it was laid out."""

    name: str
    kafka_version: str
    kafka_home: str | None
    cluster_id: str
    secure: bool
    environment: str
    heap: str
    brokers: tuple[BrokerState, ...]
    created_brokers: int
    """Number of initial brokers: replication defaults depend on it, so that all brokers agree."""
    log_dirs: int = 1
    """Log directories of each broker (JBOD)."""
    was_ready: bool = False
    """True once all brokers answered: from then on its data is kept."""
    format: int = _FORMAT

    @property
    def home(self) -> Path:
        """Its folder."""
        return sandbox_home(self.name)

    @property
    def controllers(self) -> tuple[BrokerState, ...]:
        """The brokers that vote in the metadata quorum."""
        return tuple(broker for broker in self.brokers if CONTROLLER in broker.roles)

    def broker(self, broker_id: int) -> BrokerState:
        """Return one broker; SandboxError with the existing ones if there is no such broker."""
        for broker in self.brokers:
            if broker.id == broker_id:
                return broker
        known = ", ".join(str(broker.id) for broker in self.brokers)
        raise SandboxError(
            f"sandbox {self.name} has no broker {broker_id}", remedy=f"Its brokers are {known}."
        )

    def with_broker(self, changed: BrokerState) -> "SandboxState":
        """Return the state with one broker replaced or added."""
        others = [broker for broker in self.brokers if broker.id != changed.id]
        brokers = tuple(sorted([*others, changed], key=lambda broker: broker.id))
        return replace(self, brokers=brokers)


def save_state(state: SandboxState) -> None:
    """Write the state, completely or not at all."""
    content = msgspec.json.format(msgspec.json.encode(state), indent=2)
    write_file(state.home / _FILE, content)


def load_state(name: str) -> SandboxState | None:
    """Read the state of a sandbox; None if there is no such sandbox.

    Errors: SandboxError if its file is damaged or of another version.
    """
    path = sandbox_home(name) / _FILE
    try:
        state = read_typed(path.read_bytes(), SandboxState, path.name)
    except FileNotFoundError:
        return None
    except (OSError, DocumentError) as fault:
        raise _unreadable(path, name, str(fault)) from fault
    if state.format != _FORMAT:
        raise _unreadable(path, name, f"written in format {state.format}, not {_FORMAT}")
    return state


def existing_state(name: str) -> SandboxState:
    """Read the state of a sandbox that must exist.

    Errors: SandboxError, with the existing ones, if it does not; and as `load_state`.
    """
    state = load_state(name)
    if state is None:
        others = ", ".join(sandbox_names()) or "none"
        raise SandboxError(
            f"there is no sandbox {name}",
            remedy=Hint(f"There are: {others}. Start it: ", steward("sandbox up", name=name)),
        )
    return state


def sandbox_names() -> tuple[str, ...]:
    """List the sandboxes that have a folder, in order."""
    folder = sandboxes_dir()
    if not folder.is_dir():
        return ()
    return tuple(sorted(entry.name for entry in folder.iterdir() if entry.is_dir()))


def kept_ports() -> set[int]:
    """Return the ports reserved by all sandboxes, running or not."""
    return set(_ports_of_all())


def new_uuid() -> str:
    """Create an id as Kafka writes them: 22 characters, not starting with a dash."""
    while True:
        text = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if not text.startswith("-"):
            return text


def _ports_of_all() -> Iterator[int]:
    for name in sandbox_names():
        try:
            state = load_state(name)
        except SandboxError:
            continue
        for broker in state.brokers if state else ():
            yield from (*broker.ports.values(), broker.metrics_port)


def _unreadable(path: Path, name: str, why: str) -> SandboxError:
    return SandboxError(
        f"the state of sandbox {name} is unreadable: {path}: {why}",
        remedy=Hint("Remove it: ", steward("sandbox down", purge=True, name=name)),
    )
