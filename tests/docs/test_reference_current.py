"""docs/reference and docs/monitoring are what their sources make, and say the same each time."""

import subprocess
import sys
from pathlib import Path

import pytest

from steward.interfaces.reference.monitoring import monitoring_files
from steward.interfaces.reference.pages import MEASURED, pages

DOCS = Path(__file__).parents[2] / "docs"
MADE = {"reference": pages(), "monitoring": monitoring_files()}


def there(folder: Path) -> dict[str, str]:
    files = (p for p in folder.rglob("*") if p.is_file())
    return {p.relative_to(folder).as_posix(): p.read_text() for p in files}


@pytest.mark.parametrize("folder", MADE)
def test_files_are_current(folder: str) -> None:
    made, found = MADE[folder], there(DOCS / folder)
    assert folder != "reference" or found.keys() >= MEASURED, "run `make accuracy` and commit"
    stale = sorted(name for name in {*made, *found} - MEASURED if made.get(name) != found.get(name))
    assert not stale, f"run `make docs` and commit: {', '.join(stale)} differ"


def test_another_process_writes_the_same_and_removes_what_is_no_more(tmp_path: Path) -> None:
    (tmp_path / "reference" / "checks").mkdir(parents=True)
    (tmp_path / "reference" / "checks" / "gone.md").write_text("a page of a noun that is no more")
    command = [sys.executable, "-m", "steward.interfaces.reference", str(tmp_path)]
    subprocess.run(command, check=True, env={"PYTHONHASHSEED": "7", "HOME": str(tmp_path)})
    for folder, made in MADE.items():
        assert there(tmp_path / folder) == dict(made)
