"""Every relative link of a document leads to a file, and every fragment to a heading."""

import re
from pathlib import Path

import pytest

from steward.interfaces.reference.markdown import anchor

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted((*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")))
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def headings(path: Path) -> set[str]:
    text = _FENCED.sub("", path.read_text())
    return {anchor(m.replace("`", "")) for m in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_resolve(path: Path) -> None:
    for target in _LINK.findall(_FENCED.sub("", path.read_text())):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, fragment = target.partition("#")
        linked = (path.parent / name).resolve() if name else path
        assert linked.exists(), f"{target} leads nowhere"
        assert linked.is_relative_to(ROOT), f"{target} leads out of the repository"
        assert not fragment or fragment in headings(linked), f"{target}: no such heading"


def test_documents_are_there() -> None:
    names = {str(p.relative_to(ROOT)) for p in DOCUMENTS}
    assert {"README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"} <= names
