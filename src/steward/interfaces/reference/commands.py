"""The page of commands, generated from the tree that the command line parses with."""

from collections.abc import Iterator

import click

from steward.commands.api.index import NOUNS, Noun, capabilities_of
from steward.commands.api.registry import Capability, Effect
from steward.interfaces.cli.commands import command_of
from steward.interfaces.cli.completion import completion_command
from steward.interfaces.cli.help import help_command
from steward.interfaces.cli.options import global_options
from steward.interfaces.cli.params import UnitOption, click_params
from steward.interfaces.reference.markdown import (
    anchor,
    code,
    codes,
    fenced,
    link,
    page,
    plain,
    prose,
    sentence,
    table,
)
from steward.interfaces.sorting import columns_of
from steward.model.doc import Doc, field_docs

EFFECTS = {
    Effect.OBSERVE: "reads the cluster, changes nothing",
    Effect.LOCAL: "changes this machine only",
    Effect.PLAN: "saves a plan, changes no cluster",
    Effect.EXECUTE: "changes the cluster, by a plan that is shown and confirmed",
}


def command_name(capability: Capability) -> str:
    """Return the command line of a capability."""
    return f"steward {capability.name.replace('.', ' ')}"


def commands_page() -> str:
    """Return the page of every command."""
    return page(
        "Commands",
        prose(
            "`steward NOUN VERB [NAME]...`, nouns in the singular and in Kafka's terms; short commands for common "
            "tasks. Global options select the cluster and the output format; they may stand before or after the verb."
        ),
        "\n\n".join(_contents(section) for section in dict.fromkeys(n.section for n in NOUNS)),
        "## Global options",
        _options(global_options()),
        *(block for noun in NOUNS for block in _noun(noun)),
        *_own(completion_command()),
        *_own(help_command()),
    )


def _contents(section: str) -> str:
    nouns = [n for n in NOUNS if n.section == section]
    rows = ((link(code(n.name), f"#{anchor(n.name)}"), plain(n.help)) for n in nouns)
    return f"**{section}**\n\n{table(('Command', 'For'), rows)}"


def _noun(noun: Noun) -> Iterator[str]:
    yield f"## {noun.name}"
    own = [c for c in capabilities_of(noun) if not c.verb]
    if not own:
        yield prose(sentence(noun.help))
    for capability in capabilities_of(noun):
        yield from _command(capability)


def _command(capability: Capability) -> Iterator[str]:
    name = command_name(capability)
    if capability.verb:
        yield f"### {capability.name.replace('.', ' ')}"
    yield prose("\n".join(line.strip() for line in capability.doc.splitlines()))
    yield fenced(_usage(command_of(capability), name))
    docs = field_docs(capability.params)
    shown = zip(docs.values(), click_params(capability), strict=True)
    yield table(
        ("Argument or option", "Default", "Meaning"),
        (_parameter(parameter, doc) for (_, doc), parameter in shown),
    )
    if capability.examples:
        yield "Examples:"
        yield fenced("\n".join(capability.examples), "sh")
    yield "\n".join(_facts(capability))


def _usage(command: click.Command, name: str) -> str:
    ctx = click.Context(command, info_name=name)
    return " ".join([name, *command.collect_usage_pieces(ctx)])


def _parameter(parameter: click.Parameter, doc: Doc) -> tuple[str, str, str]:
    meaning = plain(sentence(doc.text))
    if doc.choices:
        meaning += f" One of {codes(doc.choices)}."
    if isinstance(parameter, click.Option) and parameter.multiple:
        meaning += " Separate several with commas, or repeat the option."
    return _spelled(parameter), _default(parameter), meaning


def _spelled(parameter: click.Parameter) -> str:
    ctx = click.Context(click.Command("x"))
    metavar = parameter.make_metavar(ctx)
    if isinstance(parameter, click.Argument):
        return code(metavar)
    names = sorted((*parameter.opts, *parameter.secondary_opts), key=len)
    if isinstance(parameter, click.Option) and parameter.is_flag:
        return codes(names)
    if parameter.metavar is None and isinstance(parameter.type, click.Choice):
        metavar = (parameter.name or "value").upper()
    return codes([*names[:-1], f"{names[-1]} {metavar}"])


def _default(parameter: click.Parameter) -> str:
    if parameter.required:
        return "required"
    value = parameter.default
    flag = isinstance(parameter, click.Option) and parameter.is_flag
    if flag or value is None or value in ((), "") or not isinstance(value, (str, int, float)):
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    unit = parameter.unit if isinstance(parameter, UnitOption) else ""
    return code(f"{value} {unit}".rstrip())


def _facts(capability: Capability) -> Iterator[str]:
    needs_nothing = capability.effect is Effect.OBSERVE and not capability.needs_cluster
    yield f"- Effect: {'none; needs no cluster' if needs_nothing else EFFECTS[capability.effect]}"
    if capability.parts:
        yield f"- Reads: {link(codes(sorted(capability.parts)), 'permissions.md')}"
    if capability.is_list:
        columns = codes(columns_of(capability))
        yield f"- Sorts: `--sort COLUMN`, or `--sort COLUMN:desc` for the largest first; by {columns}"
    if capability.formats:
        yield f"- Reports: {codes(f'-o {f}' for f in capability.formats)}"
    if capability.stream:
        yield "- Streams: one JSON envelope per line, until stopped"
    yield f"- Schema: {code(capability.schema)}"


def _options(options: list[click.Option]) -> str:
    rows = ((_spelled(o), plain(o.help or "")) for o in options)
    return table(("Option", "Meaning"), rows)


def _own(command: click.Command) -> Iterator[str]:
    """Describe a command of the command line itself, which is no capability."""
    text, _, examples = (command.help or "").partition("\n\n\b\n")
    yield f"## {command.name}"
    yield prose(text)
    yield fenced(_usage(command, f"steward {command.name}"))
    lines = [line.strip() for line in examples.splitlines()[1:]]
    if lines:
        yield "Examples:"
        yield fenced("\n".join(lines), "sh")
