"""``python -m steward.interfaces.reference DOCS``: write docs/reference and docs/monitoring."""

import sys
from collections.abc import Mapping
from pathlib import Path

from steward.interfaces.reference.monitoring import monitoring_files
from steward.interfaces.reference.pages import MEASURED, pages


def write(folder: Path, made: Mapping[str, str]) -> None:
    """Write the generated files and delete all others in the folder."""
    for name, text in made.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        if path.relative_to(folder).as_posix() not in {*made, *MEASURED}:
            path.unlink()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m steward.interfaces.reference DOCS")
    write(Path(sys.argv[1]) / "reference", pages())
    write(Path(sys.argv[1]) / "monitoring", monitoring_files())
