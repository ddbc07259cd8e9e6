"""Records of background scenarios: their process and progress."""

from dataclasses import dataclass
from pathlib import Path

import msgspec
import psutil

from steward.documents.fault import DocumentError
from steward.documents.json_text import read_typed
from steward.model.instant import Instant
from steward.sandbox.files import write_file
from steward.sandbox.places import sandbox_home
from steward.sandbox.processes import is_running


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioRecord:
    """A scenario in the background."""

    scenario: str
    pid: int
    create_time: float
    """Seconds since the epoch: a pid alone may later be another process."""
    seconds: float
    seed: int
    ready: bool = False
    ends_at_ms: int | None = None
    """Epoch milliseconds; None until the trouble is there, for its time counts from then on."""

    @property
    def ends_at(self) -> Instant | None:
        """When it stops by itself; None until the trouble is there."""
        return None if self.ends_at_ms is None else Instant(self.ends_at_ms)

    @property
    def process(self) -> psutil.Process | None:
        """The live process, or None if it has ended."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.create_time) < 1
        except psutil.NoSuchProcess:
            return None
        return process if same and is_running(process) else None


def scenarios_dir(sandbox_name: str) -> Path:
    """The folder of a sandbox's scenario records and logs."""
    return sandbox_home(sandbox_name) / "scenarios"


def log_file(sandbox_name: str, scenario: str) -> Path:
    """What a scenario in the background wrote."""
    return scenarios_dir(sandbox_name) / f"{scenario}.log"


def save_record(sandbox_name: str, record: ScenarioRecord) -> None:
    """Write a record, completely or not at all."""
    write_file(_path(sandbox_name, record.scenario), msgspec.json.encode(record))


def load_record(sandbox_name: str, scenario: str) -> ScenarioRecord | None:
    """Read a record; None if it is missing or unreadable."""
    return _read(_path(sandbox_name, scenario))


def remove_record(sandbox_name: str, scenario: str) -> None:
    """Delete a record."""
    _path(sandbox_name, scenario).unlink(missing_ok=True)


def records(sandbox_name: str) -> tuple[ScenarioRecord, ...]:
    """List the records of a sandbox, by scenario."""
    found = (_read(path) for path in sorted(scenarios_dir(sandbox_name).glob("*.json")))
    return tuple(record for record in found if record is not None)


def _path(sandbox_name: str, scenario: str) -> Path:
    return scenarios_dir(sandbox_name) / f"{scenario}.json"


def _read(path: Path) -> ScenarioRecord | None:
    try:
        return read_typed(path.read_bytes(), ScenarioRecord, path.name)
    except (OSError, DocumentError):
        return None
