"""Command lines for people to paste: argument lists, completed with a cluster and quoted for a shell in one place."""

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from itertools import groupby
from typing import Annotated, LiteralString, Self

from steward.model.printable import ansi_c_quoted, is_printable, printable
from steward.model.quota import name_text

HOST_PORT = "HOST:PORT"
"""Placeholder for the brokers while no cluster is chosen."""
CLIENT_PROPERTIES = "client.properties"
"""Placeholder for the client configuration file that Apache Kafka's tools need."""

_CONFIG = "--command-config"
_OLD_OPTIONS: Mapping[str, str] = {
    "cluster": "--config",
    "console-consumer": "--consumer.config",
    "leader-election": "--admin.config",
}

OptionValue = str | int | float | bool | Iterable[str] | None
"""Value of an option: True is a flag, a list repeats the option, None and False omit it."""


class ClusterOptions(Enum):
    """How a command names its cluster."""

    NONE = "none"
    """it uses no cluster, or already names one"""
    STEWARD = "steward"
    """``--cluster NAME`` or ``-B HOST:PORT`` after the program"""
    TOOL = "tool"
    """``--bootstrap-server HOST:PORT`` after the program"""
    SUBCOMMAND = "subcommand"
    """the same after the first word"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterTarget:
    """The cluster that a command is for.

    ``cluster`` is the profile's name, empty where only addresses are known; ``override`` means that addresses other
    than the profile's are used; ``config`` is the file with the profile, where it is not the default;
    ``command_config`` is the client configuration for Apache Kafka's tools, empty for none. ``one_option``: the tools
    are of Kafka 4.2 or newer, where all take ``--command-config`` (KIP-1147).
    """

    bootstrap: str = ""
    cluster: str = ""
    override: bool = False
    config: str = ""
    command_config: str = ""
    one_option: bool = True


NOWHERE = ClusterTarget()


class Command:
    """A program with its arguments, immutable; the cluster is added once it is known.

    ``args`` is the line without the options that name the cluster; ``old_option`` is the option for the client
    configuration in Kafka's tools before 4.2. As text it is one line that a shell splits into exactly these arguments.
    It is no dataclass: the line is what is stored.
    """

    __slots__ = ("args", "old_option", "reach")

    def __init__(
        self,
        args: Iterable[str],
        reach: ClusterOptions = ClusterOptions.NONE,
        old_option: str = _CONFIG,
    ) -> None:
        self.args = tuple(args)
        self.reach = reach
        self.old_option = old_option

    def __eq__(self, other: object) -> bool:
        """Two commands are equal if they print and complete alike."""
        if not isinstance(other, Command):
            return NotImplemented
        return (self.args, self.reach) == (other.args, other.reach)

    def __hash__(self) -> int:
        """Hash the arguments."""
        return hash((self.args, self.reach))

    def __repr__(self) -> str:
        """Show the line."""
        return f"Command({self!s})"

    def at(self, target: ClusterTarget) -> "Command":
        """Return the command completed for a cluster."""
        place = 2 if self.reach is ClusterOptions.SUBCOMMAND else 1
        return Command((*self.args[:place], *self._connection(target), *self.args[place:]))

    @property
    def argv(self) -> tuple[str, ...]:
        """Every argument, with a placeholder for brokers that are required and unknown."""
        return self.at(NOWHERE).args

    def __str__(self) -> str:
        """Quote it for a shell."""
        return shlex.join(self.argv)

    @property
    def line(self) -> str:
        r"""The line without characters that act on a terminal: such arguments are written ``$'\033'``."""
        return " ".join(self.words)

    @property
    def words(self) -> tuple[str, ...]:
        """Its arguments as in `line`, each quoted."""
        return tuple(shlex.quote(a) if is_printable(a) else ansi_c_quoted(a) for a in self.argv)

    def _connection(self, target: ClusterTarget) -> tuple[str, ...]:
        match self.reach:
            case ClusterOptions.NONE:
                return ()
            case ClusterOptions.STEWARD:
                return (
                    *option("--config", target.config or None),
                    *option("--cluster", target.cluster or None),
                    *option("-B", _addresses(target) or None),
                )
            case ClusterOptions.TOOL | ClusterOptions.SUBCOMMAND:
                return (
                    *option("--bootstrap-server", target.bootstrap or HOST_PORT),
                    *option(
                        _CONFIG if target.one_option else self.old_option,
                        target.command_config or None,
                    ),
                )


def _addresses(target: ClusterTarget) -> str:
    return target.bootstrap if target.override or not target.cluster else ""


def option(name: str, value: OptionValue) -> tuple[str, ...]:
    """Return an option with its value as arguments; a value that looks like an option is joined to it."""
    if value is None or value is False:
        return ()
    if value is True:
        return (name,)
    if isinstance(value, (str, int, float)):
        text = str(value)
        joined = (f"{name}={text}",) if name.startswith("--") else (f"{name}{text}",)
        return joined if text.startswith("-") else (name, text)
    return tuple(word for one in value for word in option(name, one))


def _options(options: Mapping[str, OptionValue]) -> tuple[str, ...]:
    return tuple(
        word
        for name, value in options.items()
        for word in option(f"--{name.strip('_').replace('_', '-')}", value)
    )


VERBS_BESIDE: Mapping[str, frozenset[str]] = {
    "check": frozenset({"explain", "list"}),
    "plan": frozenset(
        {
            "audit",
            "break-lease",
            "cancel",
            "execute",
            "list",
            "pause",
            "resume",
            "show",
            "status",
            "undo",
        }
    ),
}
"""Short commands and their verbs: an operand with such a name is not the verb."""
_LOCAL = frozenset({"sandbox", "demo", "schema-of", "completion", "help", "profile", "lint"})
"""Nouns that use no cluster."""
_LOCAL_VERBS = frozenset({"log verify", "log dump", "log summary", "log diff"})
"""Verbs that use none, of a noun with others that do."""


def steward(phrase: LiteralString, *operands: str | int, **options: OptionValue) -> Command:
    """Return a command of steward: ``steward("topic alter", name, partitions=12)``.

    ``phrase`` is the noun and the verb, never input. ``output="wide"`` writes ``-o wide``.
    """
    words = tuple(phrase.split())
    named = tuple(str(o) for o in operands)
    given = (*option("-o", options.pop("output", None)), *_options(options))
    is_local = words[0] in _LOCAL or phrase in _LOCAL_VERBS
    reach = ClusterOptions.NONE if is_local else ClusterOptions.STEWARD
    if any(o.startswith("-") for o in named) or VERBS_BESIDE.get(phrase, frozenset()) & set(named):
        return Command(("steward", *words, *given, "--", *named), reach)
    return Command(("steward", *words, *named, *given), reach)


def kafka(
    tool: LiteralString,
    *words: LiteralString | tuple[LiteralString, OptionValue],
    **options: OptionValue,
) -> Command:
    """Return a command of Apache Kafka: ``kafka("topics", "--describe", topic=name)`` runs kafka-topics.sh.

    ``words`` are subcommands, flags and, as pairs, options that come first.
    """
    given = [w for word in words for w in ((word,) if isinstance(word, str) else option(*word))]
    reach = ClusterOptions.SUBCOMMAND if tool == "cluster" else ClusterOptions.TOOL
    line = (f"kafka-{tool}.sh", *given, *_options(options))
    return Command(line, reach, _OLD_OPTIONS.get(tool, _CONFIG))


def command_of_line(line: str) -> Command:
    """Read back a line that a complete command printed.

    Errors: ValueError where a shell would not accept the line.
    """
    return Command(tuple(shlex.split(line)))


HOLDS_COMMANDS = "holds commands"
Phrase = Annotated[str, HOLDS_COMMANDS]
"""A text that may be a Hint."""


class Hint(str):
    """A sentence with commands in it that can later be completed with a cluster."""

    parts: "tuple[str | Command, ...]"

    def __new__(cls, *parts: "str | Command") -> Self:
        """Join sentences and commands; the commands of a joined hint can still be completed."""
        made = super().__new__(cls, "".join(str(p) for p in parts))
        made.parts = tuple(one for p in parts for one in (p.parts if isinstance(p, Hint) else (p,)))
        return made

    def __add__(self, more: str) -> "Hint":
        """Append a sentence."""
        return Hint(self, more)

    def __radd__(self, before: str) -> "Hint":
        """Prepend a sentence."""
        return Hint(before, self)

    def __reduce__(self) -> tuple[type["Hint"], tuple["str | Command", ...]]:
        """Copy it with its commands."""
        return Hint, self.parts

    def at(self, target: ClusterTarget) -> "Hint":
        """Return it with every command completed for a cluster."""
        return Hint(*(p.at(target) if isinstance(p, Command) else p for p in self.parts))

    @property
    def line(self) -> str:
        """The text without characters that act on a terminal; its commands stay valid."""
        return "".join(p.line if isinstance(p, Command) else printable(p) for p in self.parts)

    @property
    def apart(self) -> "tuple[str | Command, ...]":
        """Its sentences and commands in order, each for a line of its own.

        Punctuation between a command and a sentence, such as a semicolon, is dropped.
        """
        found: list[str | Command] = []
        for are_commands, group in groupby(self.parts, key=_is_command):
            if are_commands:
                found += group
            elif said := "".join(map(str, group)).lstrip(_JOINTS if found else "").rstrip(" ;"):
                found.append(said)
        return tuple(found)


_JOINTS = " ;,.)"


def _is_command(part: str | Command) -> bool:
    return isinstance(part, Command)


def apart(text: str | Command) -> tuple[str | Command, ...]:
    """Return the sentences and commands of a text in order, each for a line of its own."""
    return text.apart if isinstance(text, Hint) else (text,)


SEE_RIGHTS = Hint("list the missing permissions with: ", steward("permissions"))
"""The remedy for a missing ACL."""


def quota_command(entity: Iterable[tuple[str, str | None]], **options: OptionValue) -> Command:
    """Return the command that alters the limits of an entity; a name of None is the default."""
    named = {kind.replace("-", "_"): name_text(name) for kind, name in entity}
    return steward("quota alter", **named, **options)


def read_keys(
    topic: str, partition: int, offset: str | int = "earliest", *, most: int = 10000
) -> Command:
    """Return the command that prints the record keys of a partition; count them with ``sort | uniq -c``."""
    return kafka(
        "console-consumer",
        topic=topic,
        partition=partition,
        offset=offset,
        max_messages=most,
        property=("print.key=true", "print.value=false"),
    )
