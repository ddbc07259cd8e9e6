"""docs/reference is what its sources make, and says the same each time."""

import subprocess
import sys
from pathlib import Path

from steward.reference.pages import pages

FOLDER = Path(__file__).parents[2] / "docs" / "reference"


def test_pages_are_current() -> None:
    made = pages()
    there = {p.relative_to(FOLDER).as_posix(): p.read_text() for p in FOLDER.rglob("*.*")}
    stale = sorted(name for name in {*made, *there} if made.get(name) != there.get(name))
    assert not stale, f"run `make docs` and commit: {', '.join(stale)} differ"


def test_another_process_writes_the_same_and_removes_what_is_no_more(tmp_path: Path) -> None:
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks" / "gone.md").write_text("a page of a noun that is no more")
    command = [sys.executable, "-m", "steward.reference", str(tmp_path)]
    subprocess.run(command, check=True, env={"PYTHONHASHSEED": "7", "HOME": str(tmp_path)})
    written = {p.relative_to(tmp_path).as_posix(): p.read_text() for p in tmp_path.rglob("*.*")}
    assert written == dict(pages())
