"""Global options, allowed before or after the verb, and parameter types with units."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:  # help must not import the model
    from steward.model.connection import Connection

FORMATS = ("text", "wide", "json", "yaml", "csv")
_CENTURY_SECONDS = 3_155_760_000
_LARGEST = 2**63 - 1
_LONGEST_SHOWN = 80
REPORT_FORMATS = ("markdown", "html", "sarif", "junit")


def _no_cluster(connection: "Connection") -> Any:
    """Placeholder where the composition root gave no connect function."""
    raise RuntimeError(f"no connect function for {connection.bootstrap_servers}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Globals:
    """The global options as given, and ``connect``, which opens an observer of a cluster."""

    connect: "Callable[[Connection], Any]" = _no_cluster
    clusters: tuple[str, ...] = ()
    bootstrap_server: str | None = None
    format: str = "text"
    no_headers: bool = False
    config: str | None = None
    timeout: float | None = None
    local_time: bool | None = None
    verbose: bool = False
    quiet: bool = False

    @property
    def cluster(self) -> str | None:
        """The last profile named."""
        return self.clusters[-1] if self.clusters else None


def globals_of(ctx: click.Context) -> Globals:
    """Return the global options collected so far; later words take precedence."""
    found = ctx.find_root().obj
    return found if isinstance(found, Globals) else Globals()


_DURATION_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}


def written_duration(seconds: float) -> str:
    """Write a duration in the largest unit that holds it wholly, as it is read: ``20s``, ``5m``, ``1d``."""
    for unit, size in reversed(_DURATION_UNITS.items()):
        if size >= 1 and seconds >= size and seconds % size == 0:
            return f"{seconds / size:.0f}{unit}"
    return f"{seconds * 1000:g}ms" if seconds else "0s"


class DurationType(click.ParamType[float]):
    """Seconds, written ``10``, ``10s``, ``5m``, ``2h`` or ``1d``."""

    name = "duration"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return seconds."""
        if isinstance(value, (int, float)):
            return float(value)
        found = re.fullmatch(r"([0-9]{1,15}(?:\.[0-9]{1,15})?)\s*(ms|s|m|h|d)?", str(value).strip())
        if not found:
            self.fail(f"{_cut(value)} is not a duration; use 10s, 5m, 2h or 1d", param, ctx)
        seconds = float(found[1]) * _DURATION_UNITS[found[2] or "s"]
        if seconds > _CENTURY_SECONDS:
            self.fail(f"{_cut(value)} is longer than a century", param, ctx)
        return seconds


class _Number(click.ParamType[float]):
    """A finite number: not nan, not infinite, no larger than Kafka's largest."""

    def __init__(self, name: str, kind: Callable[[str], float]) -> None:
        self.name = name
        self._kind = kind

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the number."""
        try:
            found = self._kind(str(value).strip())
        except (ValueError, OverflowError):
            found = math.nan
        if not abs(found) <= _LARGEST:
            self.fail(f"{_cut(value)} is not a valid {self.name}.", param, ctx)
        return found


class _Text(click.ParamType[str]):
    """A text that is not empty: an empty one is usually an unset script variable, and never means all."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the text."""
        text = str(value)
        if not text.strip() and not _is_default(param, ctx):
            what = "value holds only blanks" if text else "value is empty"
            self.fail(f"{what}; give a value, or omit the option.", param, ctx)
        return text


def _is_default(param: click.Parameter | None, ctx: click.Context | None) -> bool:
    if param is None or ctx is None:
        return False
    return ctx.get_parameter_source(param.name or "") is click.core.ParameterSource.DEFAULT


def _cut(value: object) -> str:
    text = repr(str(value))
    return text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "..."


WHOLE = _Number("integer", int)
NUMBER = _Number("number", float)
TEXT = _Text()


def global_options() -> list[click.Option]:
    """Return new instances of the global options, for each command that shows them."""

    def keep(ctx: click.Context, param: click.Parameter, value: object) -> None:
        source = ctx.get_parameter_source(param.name or "")
        if source is not None and source is not click.core.ParameterSource.DEFAULT:
            given: Mapping[str, Any] = {param.name or "": value}
            ctx.find_root().obj = replace(globals_of(ctx), **given)

    def option(*names: str, **settings: Any) -> click.Option:
        return click.Option(names, expose_value=False, callback=keep, **settings)

    return [
        option(
            "--cluster", "clusters", metavar="NAME", multiple=True, type=TEXT, shell_complete=_complete_profiles,
            help="Profile or sandbox of the cluster, or $STEWARD_CLUSTER.",
        ),
        option(
            "-B", "--bootstrap-server", metavar="HOST:PORT", type=TEXT,
            help="Bootstrap servers, or $STEWARD_BOOTSTRAP_SERVERS.",
        ),
        option(
            "-o", "--format", type=click.Choice((*FORMATS, *REPORT_FORMATS)), metavar="FORMAT",
            help=f"{', '.join(FORMATS)}; reports also {', '.join(REPORT_FORMATS)}.",
        ),
        option("--no-headers", is_flag=True, help="Omit table headers."),
        option(
            "--local-time/--utc", default=None, is_flag=True,
            help="Show times in text in this machine's zone, or in UTC; without it, as the setting local_time says.",
        ),
        option("--config", metavar="FILE", type=TEXT, help="Configuration file, or $STEWARD_CONFIG."),
        option("--timeout", type=DurationType(), metavar="DURATION", help="Timeout of requests."),
        option("-v", "--verbose", is_flag=True, help="More output on stderr, including tracebacks of faults."),
        option("-q", "--quiet", is_flag=True, help="No progress and no notes on stderr."),
    ]  # fmt: skip


def _complete_profiles(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    from steward.interfaces.cli.completion import completer
    from steward.model.doc import Candidates

    return completer(Candidates.PROFILES)(ctx, param, incomplete)


def requested_format(words: list[str]) -> str:
    """Return the format that a command line requests, for messages about lines that could not be parsed."""
    for i, word in enumerate(words):
        if word in ("-o", "--format") and i + 1 < len(words):
            return words[i + 1]
        if word.startswith("--format="):
            return word.partition("=")[2]
        if word.startswith("-o") and len(word) > 2 and not word.startswith("--"):
            return word[2:].lstrip("=")
    return "text"
