"""Local programs that may run for a plan: found by name as in a shell, compared by their real paths."""

import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from steward.model.error import ConfigurationError


def located(program: str, environ: Mapping[str, str]) -> str:
    """Return the absolute path of a program, by $PATH for a bare name; empty where there is none."""
    found = shutil.which(program, path=environ.get("PATH", os.defpath))
    return str(Path(found).absolute()) if found else ""


def real_path(program: str, environ: Mapping[str, str]) -> str:
    """Return a program's absolute path with all links resolved, empty where there is none."""
    found = located(program, environ)
    return str(Path(found).resolve()) if found else ""


def allowed_programs(setting: Iterable[str]) -> frozenset[str]:
    """Return the real paths of the programs that a profile allows.

    Errors: ConfigurationError for a path that is not absolute.
    """
    paths = tuple(setting)
    wrong = next((path for path in paths if not Path(path).is_absolute()), None)
    if wrong is not None:
        raise ConfigurationError(
            f"allowed_programs contains {wrong!r}, which is not an absolute path",
            remedy="set the full path, such as /usr/bin/vault",
        )
    return frozenset(str(Path(path).resolve()) for path in paths)
