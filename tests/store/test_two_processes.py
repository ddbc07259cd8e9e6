"""One SQLite file, two stores in one process and others beside it: nobody's lines are lost."""

import subprocess
import sys
from pathlib import Path

from steward.model.connection import Secret
from steward.model.instant import Instant
from steward.store.open import Store, open_store
from steward.store.plans import AuditEntry

BESIDE = """
import sys
from pathlib import Path
from test_two_processes import noted, opened, write
folder, name = Path(sys.argv[1]), sys.argv[2]
with opened(folder) as store:
    if name:
        write(store, name)
    print(",".join(noted(store)))
"""


def opened(folder: Path) -> Store:
    return open_store(Secret(f"sqlite:///{folder}/steward.db"))


def write(store: Store, detail: str) -> None:
    store.plans.audit(
        AuditEntry(
            at=Instant(1), cluster="c", actor="a", origin="o", plan_id="", event="e", detail=detail
        )
    )


def noted(store: Store) -> list[str]:
    return [entry.detail for entry in reversed(store.plans.noted("c", "e"))]


def beside(folder: Path, name: str = "") -> list[str]:
    """Have another process write a line, end, and tell what it saw."""
    ran = subprocess.run(
        [sys.executable, "-c", BESIDE, str(folder), name], capture_output=True, text=True,
        cwd=Path(__file__).parent, check=True,
    )  # fmt: skip
    return ran.stdout.strip().split(",")


def test_a_process_that_ends_takes_nothing_from_one_that_goes_on(tmp_path: Path) -> None:
    with opened(tmp_path) as first:
        write(first, "1")
        with opened(tmp_path) as second:  # as the daemon has it: one store to collect, one to tell
            write(second, "2")
            assert beside(tmp_path, "3") == ["1", "2", "3"]
            write(first, "4")
            assert beside(tmp_path, "5") == ["1", "2", "3", "4", "5"]
            write(second, "6")
            assert noted(first) == ["1", "2", "3", "4", "5", "6"]
    assert beside(tmp_path) == ["1", "2", "3", "4", "5", "6"]


def test_a_store_is_for_its_owner_alone(tmp_path: Path) -> None:
    with opened(tmp_path / "new"):
        assert (tmp_path / "new" / "steward.db").stat().st_mode & 0o777 == 0o600
