"""``python -m steward.reference DIR``: write every page into a folder, and remove pages that are no more."""

import sys
from pathlib import Path

from steward.reference.pages import pages


def write(folder: Path) -> None:
    """Make the folder hold exactly the pages that the sources make."""
    made = pages()
    for name, text in made.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        if path.relative_to(folder).as_posix() not in made:
            path.unlink()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m steward.reference DIR")
    write(Path(sys.argv[1]))
