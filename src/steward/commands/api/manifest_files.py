"""Read manifests from files, folders, or standard input."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path

from steward.change.manifests.problem import ManifestsInvalid, Place, Problem
from steward.change.manifests.yaml_nodes import Source
from steward.documents.fault import DOCUMENT, DocumentError
from steward.documents.files import STDIN, path_of, read_file, read_stdin
from steward.documents.text import text_of
from steward.model.doc import Doc
from steward.model.error import UsageError

FROM_STDIN = "-"
_SUFFIXES = (".yaml", ".yml")


MANIFEST_PATHS = Doc(
    "files or folders of manifests; - is standard input", positional=True, metavar="PATH..."
)
"""Describes operands that name manifests."""


def sources(paths: Iterable[str], directory: Path) -> tuple[Source, ...]:
    """Read files; a folder stands for every .yaml and .yml below it, except hidden ones; ``-`` is standard input.

    Errors: UsageError, for a path that does not exist, cannot be read, or holds none; ManifestsInvalid, for text that
            is not UTF-8.
    """
    found: list[Source] = []
    for path in paths:
        if path == FROM_STDIN:
            found.append(_source(STDIN, read_stdin()))
            continue
        full = path_of(path, directory)
        for file in files_of(path, directory):
            shown = path if file == full else str(Path(path) / file.relative_to(full))
            found.append(_source(shown, read_file(file, shown)))
    return tuple(found)


def files_of(path: str, directory: Path) -> Iterator[Path]:
    """Return the files that a path stands for.

    Errors: UsageError.
    """
    full = path_of(path, directory)
    if full.is_file():
        yield full
        return
    if not full.is_dir():
        near = get_close_matches(Path(path).name, _siblings(full), 1)
        hint = (
            f"did you mean {Path(path).parent / near[0]}?"
            if near
            else "pass an existing file or folder"
        )
        raise UsageError(f"{path} does not exist", remedy=hint, object_name=path)
    files = sorted(
        f
        for f in full.rglob("*")
        if f.suffix in _SUFFIXES
        and f.is_file()
        and not any(part.startswith(".") for part in f.relative_to(full).parts)
    )
    if not files:
        raise UsageError(
            f"{path} holds no manifests", remedy="manifests end in .yaml or .yml", object_name=path
        )
    yield from files


def _siblings(path: Path) -> list[str]:
    try:
        return [p.name for p in path.parent.iterdir()]
    except OSError:
        return []


def _source(name: str, content: bytes) -> Source:
    try:
        return Source(name, text_of(content, name, DOCUMENT))
    except DocumentError as fault:
        problem = Problem(Place(name, fault.line), fault.reason, fault.remedy)
        raise ManifestsInvalid([problem]) from None
