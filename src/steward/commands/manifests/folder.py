"""Write manifests into a folder: a file for each kind and prefix, so that teams can own theirs."""

import re
from collections.abc import Iterable
from pathlib import Path

from steward.change.manifests.kinds import AclSpec, ApplicationSpec, Manifest
from steward.change.manifests.writing import write
from steward.model.error import UsageError


def place(manifests: Iterable[Manifest], folder: Path, head: str) -> tuple[str, ...]:
    """Write manifests below a folder that has no manifests yet; return the files, sorted.

    Errors: UsageError, for a folder that cannot be written or already holds YAML: nothing is overwritten.
    """
    if folder.is_dir() and any(folder.rglob("*.y*ml")):
        raise UsageError(
            f"{folder} already holds manifests", remedy="use an empty or a new folder", object_name=str(folder)
        )  # fmt: skip
    grouped: dict[str, list[Manifest]] = {}
    for manifest in manifests:
        grouped.setdefault(_file(manifest), []).append(manifest)
    try:
        for name, group in sorted(grouped.items()):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(write(group, head), encoding="utf-8")
    except OSError as fault:
        raise UsageError(
            f"cannot write {folder}: {fault.strerror or fault}",
            remedy="use a folder that can be created or written",
            object_name=str(folder),
        ) from None
    return tuple(str(folder / name) for name in sorted(grouped))


def _file(manifest: Manifest) -> str:
    name, spec = manifest.metadata.name, manifest.spec
    if manifest.kind == "Topic":
        return f"topics/{_safe(re.split(r'[._-]', name, maxsplit=1)[0])}.yaml"
    if isinstance(spec, (AclSpec, ApplicationSpec)):
        return f"access/{_safe(spec.principal.partition(':')[2])}.yaml"
    return f"{manifest.kind.lower()}.yaml"


def _safe(word: str) -> str:
    """Return a word that is a valid file name on every system; names that map to the same word share a file."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", word).strip("._") or "all"
