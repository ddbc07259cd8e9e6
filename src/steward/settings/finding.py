"""Finding steward.toml: the effective file, and files that are ignored because others could have written them."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import cast

from platformdirs import site_config_dir, user_config_dir

from steward.documents.toml_text import read_toml
from steward.model.error import ConfigurationError
from steward.settings.reading import load_settings
from steward.settings.shapes import Settings
from steward.settings.trust import Untrusted, trusted_content, trusted_directories

NAME = "steward.toml"


def find_settings(explicit: str | None, environ: Mapping[str, str], start: Path) -> Settings:
    """Return the effective configuration.

    Order: ``--config``, ``$STEWARD_CONFIG``, the nearest steward.toml upwards (not above a repository's root), the
           user's,
    the system's. A file that is found but not trusted is ignored and listed in ``ignored``.
    Errors: ConfigurationError, for a named file that does not exist or is not trusted, or for invalid content.
    """
    trusted, problem = trusted_in_force(environ)
    named = explicit or environ.get("STEWARD_CONFIG")
    if named:
        path = _named(named)
        return load_settings(path, trusted_content(path, trusted))
    ignored: list[str] = [problem] if problem else []
    for path in _places(start):
        try:
            content = trusted_content(path, trusted)
        except Untrusted as fault:
            said = f"{fault.summary}; the file is ignored ({fault.remedy})"
            ignored += [] if said in ignored else [said]
            continue
        settings = load_settings(path, content)
        return replace(settings, ignored=tuple(ignored))
    return replace(load_settings(None), ignored=tuple(ignored))


def _named(named: str) -> Path:
    try:
        path = Path(named).expanduser()
        is_there = path.exists() and not path.is_dir()
    except (OSError, ValueError, RuntimeError):
        path, is_there = Path(named), False
    if not is_there:
        raise ConfigurationError(
            f"configuration file {named} does not exist",
            remedy="name an existing file with --config or STEWARD_CONFIG",
        )
    return path


def _is_file(path: Path) -> bool:
    """Return whether the file exists; an invalid path does not."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _places(start: Path) -> Iterator[Path]:
    """Return the existing files, nearest first."""
    for folder in (start, *start.parents):
        if _is_file(folder / NAME):
            yield folder / NAME
        if (folder / ".git").exists():
            break
    for place in (user_config_dir("steward"), site_config_dir("steward")):
        if _is_file(Path(place) / NAME):
            yield Path(place) / NAME


def trusted_in_force(environ: Mapping[str, str]) -> tuple[tuple[str, ...], str]:
    """Return the directories that the user trusts, and why the user's own configuration could not be used, if so."""
    own, problem = _own_directories()
    return trusted_directories(environ, own), problem


def _own_directories() -> tuple[tuple[str, ...], str]:
    path = Path(user_config_dir("steward")) / NAME
    if not _is_file(path):
        return (), ""
    try:
        found: object = read_toml(trusted_content(path), str(path)).get("trusted_directories", [])
    except ConfigurationError as fault:
        return (), f"{fault.summary}; its trusted_directories are ignored"
    entries = cast("list[object]", found) if isinstance(found, list) else [None]
    texts = tuple(one for one in entries if isinstance(one, str))
    if len(texts) < len(entries):
        return (), f"{path}: trusted_directories is not a list of strings; it is ignored"
    return texts, ""
